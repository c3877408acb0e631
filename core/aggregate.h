// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What a program does for an aggregation: the hit's key, its cell, and what is added there.
#ifndef CORE_AGGREGATE_H
#define CORE_AGGREGATE_H

#include "layout.h"
#include "lower.h"

#define AGG_MAX_KEYS 16
// Of a key's fields; with what comes behind them it has at most 512 (MAX_BPF_STACK, as 5.10 has it).
#define AGG_MAX_BYTES 496

// What is the same wherever it is used.
struct aggregate {
	uint8_t kind;	 // enum ks_agg_kind
	bool is_signed;	 // its value
	int maps[2];	 // numbers (ir.h), one for each half; -1: no keys
	uint32_t region; // bytes from a block's start, see bpf/wire.h
	uint32_t half;	 // bytes of each half of the region: a power of two
	uint32_t
		key_at; // bytes from the region's start to the key: fields as behind a record's header
	uint32_t
		nils_at; // from the key's start to 32 bits, of the fields that could not be read; 0: none
	// Keys that are stacks are told apart by their numbers. Their frames are put away with each new
	// cell, in maps by number; before that they lie in the region, one behind the other.
	int stacks[2];	     // those maps; -1: no key is a stack
	uint32_t stack_at;   // from the region's start
	uint32_t stack_size; // of each: a multiple of 8, at least what any of them needs
	int bucket_at;	     // from the key's start to a histogram's bucket; -1: it has none
	int64_t step;	     // of a linear histogram; else 0
	uint32_t sub_bits;   // of a log-linear one: 2^sub_bits buckets for each power of two
	bool sampled;	     // a cell also counts hits, whatever their weight
};

// At functions of one signature.
struct aggregate_use {
	const struct aggregate *aggregate;
	const struct layout *keys; // fields as if in a record
	const struct node *value;  // of 8 bytes; NULL: none
	uint32_t source;	   // see struct ir_insn: of the value; the keys' follow
};

// What of the program around it must be known.
struct aggregate_context {
	uint32_t point; // which of the places it is, for `func` as a key
	bool cookie;	// an attach cookie tells it instead
	int nils_cell;	// in the block
};

// Adds the hit. Needs the guard. Registers and memory that were known still are.
void aggregate_hit(struct lower *l, const struct aggregate_use *u,
		   const struct aggregate_context *c);
// Bytes of a map's cell, and of a half of the region.
uint32_t aggregate_cell(int kind, bool sampled);
uint32_t aggregate_half(int kind, bool has_keys, int64_t step, uint32_t sub_bits);

#endif
