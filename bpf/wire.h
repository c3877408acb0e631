// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The contract between the programs in the kernel and ksnoop in user space: data, no code.
#ifndef BPF_WIRE_H
#define BPF_WIRE_H

#include <stdint.h>

// A record in the ring buffer: this header, then the captures at fixed offsets. struct ks_record
// in core/ksnoop.h is the same bytes as user space sees them.
struct wire_header {
	uint64_t time;	   // boot clock, ns
	uint64_t pid_tgid; // low half the thread's id, high half the process's
	uint32_t cpu;
	uint32_t point; // which of the places it comes from
	uint64_t nils;	// bit n: capture n could not be read
};

// Of a probe that does not look at all its hits, 8 bytes with the record's weight come first behind it.

#define WIRE_HEADER 32
#define WIRE_NILS   64 // captures that can be nil, at most

// What path(x) captures: the names on the way from a file up to the root, each with its NUL, the
// file's own first. What the bytes behind `size` hold is left from before.
struct wire_path {
	uint32_t size; // bytes of names
	uint8_t leaf;  // enum wire_path_leaf
	uint8_t end;   // enum wire_path_end
	uint16_t none;
	uint64_t inode; // PATH_LOOSE: its number
	char type[16];	// PATH_LOOSE: the name of its file system's type, with a NUL, perhaps cut
	char names[992];
};

#define PATH_SIZE   1024
#define PATH_NAMES  992
#define PATH_NAME   257 // a name with its NUL and one byte more than it can have, to know of a cut
#define PATH_ROUNDS 64	// names and mounts on the way, and one

// What the file itself is.
enum wire_path_leaf {
	PATH_PLAIN,
	PATH_DELETED, // its name was taken away
	PATH_LOOSE    // in no tree, with or without a name: a pipe, a socket
};

// Where the way ended.
enum wire_path_end {
	PATH_ROOT,	// at the root
	PATH_CUT,	// on the way: too many names, too long, or they lead to no root
	PATH_UNREADABLE // on the way, where memory could not be read
};

// What stack and ustack capture: where each call returns to, the innermost first, as many as there is
// room for. Of stack the first of them are in the program that asked, and in what called it. Whether
// the traced function is among them depends on how that came to be called.
struct wire_stack {
	uint32_t size;	   // bytes of the frames
	uint16_t ours;	   // so many of them are the program's and its trampoline's
	uint16_t in_event; // not 0: then come those of a tracepoint
	uint64_t function; // that is traced; 0: there is none, or it is not known
	uint64_t frames[]; // ustack: struct wire_user_frame
};

// struct bpf_stack_build_id of include/uapi/linux/bpf.h
struct wire_user_frame {
	int32_t status; // USER_FRAME_FILE, or there is an address alone
	uint8_t build_id[20];
	uint64_t at; // the byte in the file, or the address
};

#define USER_FRAME_FILE 1
#define STACK_HEAD	16 // bytes of struct wire_stack before its frames
#define STACK_OURS	8 // frames that are not shown, and one to know that there are more, at most
// The first instruction of a function, and one before it that marks its entry, end within so many bytes:
// behind it lies where a trampoline returns to.
#define STACK_PROLOGUE 16
#define STACK_MOST     127 // frames that the kernel gives (sysctl kernel.perf_event_max_stack)
#define STACK_DEFAULT  64

// What a flight recorder has for every task: this, then so many records of one length as it keeps. When
// the condition comes true, all of it goes into the ring buffer as it is, and user space takes it apart.
// Its first fields lie where those of a record do: the time is that of the newest, and where a record has
// its CPU there is no number of one.
struct wire_kept {
	uint64_t time;
	uint32_t count; // records that are kept
	uint32_t next;	// where the next one goes: behind the last it is the first again
	uint32_t mark;	// WIRE_KEPT
	uint32_t point; // one of the probe's
};

#define WIRE_KEPT UINT32_MAX

// The counter map: one value, mmapped, with a block for every CPU:
//
//   block = [ guard line ][ line 0 ][ line 1 ] ...     each line 64 bytes
//
// so that one register with the block's address reaches all of them by a constant offset. A block
// is as long as a power of two, and so is the number of blocks: the index can be masked.
#define WIRE_LINE	64
#define WIRE_MAX_PROBES 256

// Words of the guard line. A record's time is read, and the record submitted, between taking the guard and giving
// it back: by that user space knows which records can still come (core/reorder.h).
enum {
	GUARD_BUSY,    // not 0: a program of ours is at work on this CPU
	GUARD_CPU,     // the CPU's number, written by user space
	GUARD_SCRATCH, // what a program puts there while the guard is its own
};

// Words of a probe's line. A program only ever adds to them, but for ON, which user space writes.
enum {
	CELL_ON,
	CELL_HITS,
	CELL_SUPPRESSED,
	CELL_SELF,
	CELL_FAULTS,
	CELL_MATCHED,
	CELL_LOST,
	CELL_NILS,
};

// Words of the line behind it, of a probe that pairs beginnings with ends.
enum {
	PAIR_OPENED,
	PAIR_CLOSED,
	PAIR_REOPENED,	 // it began again, or what was around it ended: its end was not seen
	PAIR_GONE,	 // with its task
	PAIR_FULL,	 // began and found no place
	PAIR_UNMATCHED,	 // ended, and its beginning was not seen
	PAIR_SUPPRESSED, // began while another program of ours was at work
	PAIR_UNKNOWN,	 // a span: where it begins, its where or key could not be read
};

// Words of a line of its own, of a probe that keeps records.
enum {
	KEPT_OVERWRITTEN, // to make room for newer ones
	KEPT_EMITTED,	  // that went into the ring
	KEPT_NO_ROOM,	  // their task had none to keep them: no memory, or too many tasks
};

// Words of the line of a probe that does not look at all its hits.
enum {
	SAMPLER_SAMPLED, // hits that were not looked at
	SAMPLER_STATE,	 // of the generator of random numbers; user space writes its first
	SAMPLER_NEXT,	 // a rate: the time up to which hits were given away
	SAMPLER_DROPPED, // a rate: hits since the last that was taken, which the next stands for, too
};

// An aggregation's region of a CPU's block: a line with these words, two halves of cells, and room for
// the key of a hit. Programs write to one half and, of two maps with a cell for each key, to one; once
// user space has moved them on to the others, and has waited for those that still ran, nobody writes to
// what is left behind.
enum {
	REGION_HALF, // bytes from the first half to the one in use: 0, or as long as a half is
	REGION_UNREADABLE, // hits whose value could not be read
	REGION_ZERO = 3	   // from here on 0: what a new cell holds
};

// A cell, as the map of an aggregation with keys has one for each: as many of these as its kind needs.
// An aggregation without keys has its one cell in the half in use, one with keys what has no room.
enum {
	AGG_COUNT,
	AGG_SUM,
	AGG_MIN, // AGG_COUNT 0: means nothing
	AGG_MAX,
	AGG_CELL_WORDS
};

// Where hits are sampled, counts and sums are of their weights, and behind the words that its kind needs
// a cell has one more: how many hits these were.
#define AGG_HALF_WORDS 8 // of a half of the region with one cell: more than that, a power of two

// A histogram in powers of two without keys: behind its cell's words one for each bucket. Bucket b is
// word AGG_CELL_WORDS + 1 + b: -1 for what is negative, 0 for 0, b for [2^(b-1), 2^b).
#define AGG_BUCKETS 128 // words: more than there are, so that a mask keeps within

#endif
