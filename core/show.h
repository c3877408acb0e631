// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Whole values as text: runs a plan over bytes.
#ifndef CORE_SHOW_H
#define CORE_SHOW_H

#include "buf.h"
#include "ksyms.h"
#include "plan.h"

enum show_form {
	SHOW_LINE, // {.f_flags = 0x8000, .f_pos = 4096}: one line, as C has it, without zeroes
	SHOW_TREE, // the same, indented by tabs, a member a line
	SHOW_FULL, // the same with members that are zero
	SHOW_DUMP, // what libbpf's btf_dump__dump_type_data prints, less its faults
};

// Of struct btf_dump_type_data_opts, by the same names.
struct show_dump {
	const char *indent_str; // NULL: a tab
	int indent_level;
	bool compact, skip_names, emit_zeroes;
	bool ends; // at the first byte that is missing, as libbpf's: what is open then stays open
};

struct show {
	uint8_t form;		     // enum show_form
	bool hex;		     // integers in hexadecimal, but for SHOW_DUMP
	bool plain;		     // nothing is shown by a formatter
	uint8_t level;		     // SHOW_TREE, SHOW_FULL: tabs before all lines but the first
	const struct ksyms *symbols; // NULL: pointers are numbers
	uint64_t size; // bytes that the whole value has, for plan_of_elements; 0: `there`
	uint32_t at;   // bytes that are in front of the value, for holes: see formats.h
	struct show_dump dump;
};

// As a spec has it: "tree", "full", "x" (in hexadecimal); any other: SHOW_LINE.
struct show show_as(const char *spec, const struct ksyms *symbols);
// Writes a value. bytes need not be aligned; there: how many of them were captured. What lies behind
// them is not shown but said to be missing: "?" for the first such member, then "...". No control
// byte of a value reaches out; what a script's function shows is a hole.
void show_text(const struct show *how, const struct plan *plan, const void *bytes, size_t there,
	       struct buf *out);
// The same as JSON. Structs and unions are objects, with the members of anonymous ones as their own;
// arrays are arrays, those of char strings; pointers "0x..."; enums numbers; what is missing
// {"error":"missing"}. Of how, only plain and size matter.
void show_json(const struct show *how, const struct plan *plan, const void *bytes, size_t there,
	       struct buf *out);

// Two values of a type, of which all bytes are there.
struct show_pair {
	const void *was, *is;
	uint32_t was_at, is_at; // bytes that are in front of each, for holes: see formats.h
	const char *path;	// in front of each member's name: "file->"
};

#define SHOW_UNCHANGED "(unchanged)"

// Writes what differs between them, "file->f_pos 0 -> 512, file->f_path.dentry 0x10 -> 0x20": each
// member and element as it is always shown, with the way to it; of a union those in use, and no bit
// twice. Where a formatter has the same words for both, what is in it. Of how, only plain and symbols
// matter. Nothing differs: SHOW_UNCHANGED; so it is with bytes that no member has.
void show_changes(const struct show *how, const struct plan *plan, const struct show_pair *pair,
		  struct buf *out);
// The same as JSON: {"f_pos":[0,512],"f_path.dentry":["0x10","0x20"]}; of a value without parts, [0,512].
void show_changes_json(const struct show *how, const struct plan *plan,
		       const struct show_pair *pair, struct buf *out);

#endif
