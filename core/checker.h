// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What the files of check share. Each function takes nodes whose children are checked or, where it
// says "parsed", still to be checked; it returns the node to use in their place, or NULL with an
// error.
#ifndef CORE_CHECKER_H
#define CORE_CHECKER_H

#include "check.h"

#define MAX_WEIGHT 4096 // operations in one expression, with all that its names stand for

struct checker {
	struct arena *arena;
	const struct scope *scope;
	struct ks_error *error;
	uint32_t weight; // operations so far, those of captures counted each time they are named
	bool in_entry;	 // what is checked stands in entry()
};

extern const struct value_type type_int, type_long, type_unsigned, type_address; // u64

// --- check.c ----------------------------------------------------------------------------------

// Parsed; what it makes may be another node.
struct node *check_node(struct checker *c, struct node *n);
// Checks a then b of a binary operation; each may be a constant of the other's enum.
int check_operands(struct checker *c, struct node *n);
// An operation of two operands.
struct node *check_operation(struct checker *c, struct node *n);
// Counts operations. -1 with error past MAX_WEIGHT; at: the node to blame.
int check_weight(struct checker *c, const struct node *at, uint32_t more);

// A new node where `at` stands in the text.
struct node *check_make(struct checker *c, enum node_kind kind, const struct node *at,
			struct node *a, struct node *b, const struct value_type *type);
struct node *check_constant(struct checker *c, const struct node *at, uint64_t value,
			    const struct value_type *type);
// An operation with all that belongs to it.
struct node *check_make_operation(struct checker *c, uint16_t op, const struct node *at,
				  struct node *a, struct node *b);
// An error under the whole of a node; "%s" in the format is its type.
struct node *check_error(struct checker *c, const struct node *n, const char *format);
void check_spell(const struct checker *c, const struct value_type *t, char *text, size_t cap);
// && or || of two scalars.
struct node *check_logic(struct checker *c, uint16_t op, const struct node *at, struct node *a,
			 struct node *b);
bool check_is_scalar(const struct node *n);
// Can a record carry it? -1 with error.
int check_capturable(struct checker *c, const struct node *n);
bool check_compares(uint16_t op);

// --- check_name.c: names ----------------------------------------------------------------------

struct node *check_name(struct checker *c, struct node *n);
struct node *check_argument(struct checker *c, struct node *n, const struct value_type *type,
			    uint32_t slot);
// Does n ask for an argument that the function has, and the place does not? Then the error says why.
// n: a name, or what else arg() takes.
bool check_gone(struct checker *c, const struct node *n);
// Is this a name that could stand for an enum constant, as nothing in the scope has it?
bool check_may_be_constant(const struct checker *c, const struct node *n);
// The constant of that name in the enum of `of`, if `of` is an enum and has it; else NULL, with no
// error.
struct node *check_constant_of(struct checker *c, struct node *n, const struct value_type *of);

// --- check_number.c: C's arithmetic -----------------------------------------------------------

struct node *check_literal(struct node *n);
// NULL stays NULL.
struct node *check_convert(struct checker *c, struct node *n, const struct value_type *t);
struct node *check_promote(struct checker *c, struct node *n);
int check_balance(struct checker *c, struct node **a, struct node **b);
struct node *check_unary(struct checker *c, struct node *n);
struct node *check_numbers(struct checker *c, struct node *n);
// Is n the constant 0, which also is NULL and no duration?
bool check_is_zero(const struct node *n);
// A scalar as 0 or 1, an int.
struct node *check_truth(struct checker *c, struct node *n);

// --- check_memory.c: members, elements, pointers ----------------------------------------------

struct node *check_member(struct checker *c, struct node *n);
struct node *check_deref(struct checker *c, struct node *n);
struct node *check_index(struct checker *c, struct node *n);
struct node *check_address(struct checker *c, struct node *n);
// Does n lie where an address leads, and not in a register, a constant or a built-in value?
bool check_in_memory(const struct node *n);
// An array in memory as the pointer to its first element, anything else as it is.
struct node *check_decay(struct checker *c, struct node *n);
// An operation one of whose operands is a pointer.
struct node *check_pointers(struct checker *c, struct node *n);
// The type of a pointer to a BTF type.
int check_pointer_to(struct checker *c, uint32_t to, bool is_user, struct value_type *ret);

// Is this an array, of characters or of anything else?
bool check_is_array(const struct node *n);
// What a and i of a[i] must be: an array or a pointer that can be followed, and a number. -1 with
// error.
int check_element_of(struct checker *c, const struct node *n, const struct node *i);

// --- check_slice.c: parts of arrays -----------------------------------------------------------

struct node *check_slice(struct checker *c, struct node *n);

// --- check_text.c: strings and patterns -------------------------------------------------------

// Could it be compared with text?
bool check_is_text(const struct checker *c, const struct node *n);
struct node *check_str(struct checker *c, struct node *pointer, uint32_t size);
struct node *check_text(struct checker *c, struct node *n);
struct node *check_match(struct checker *c, struct node *n);

// --- check_literal.c: literals of types -------------------------------------------------------

// Is n, or would it be with this text, compared by check_literals?
bool check_has_literals(const struct checker *c, const struct node *n, const struct node *text);
struct node *check_literals(struct checker *c, struct node *n);

// --- check_type.c: types by name --------------------------------------------------------------

struct node *check_cast(struct checker *c, struct node *n);
struct node *check_sizeof(struct checker *c, struct node *n);
// The type that the token of a N_CAST or N_NAME spells.
int check_node_type(struct checker *c, const struct node *n, struct value_type *ret);

// --- check_entry.c: what was there when a call or span began ----------------------------------

struct node *check_entry(struct checker *c, struct node *n);
// A deep copy of a parsed tree, and of all that follows it in a list. NULL with error.
struct node *check_copy(struct checker *c, const struct node *n);
// The error about n, which only the end of a call or span has, or only some.
void check_no_open(struct checker *c, const struct node *n);
// Is this a copy of a whole that was made when the call began? Then an error says that its parts are
// to be asked for.
bool check_stashed(struct checker *c, const struct node *n);

// --- check_stack.c: who called ----------------------------------------------------------------

// The built-in value stack or ustack.
struct node *check_stack(struct checker *c, struct node *n, const struct builtin_name *b);
// stack(n) or ustack(n), parsed.
struct node *check_frames(struct checker *c, struct node *n);
struct node *check_caller(struct checker *c, struct node *n);

// --- check_call.c: functions ------------------------------------------------------------------

struct node *check_call(struct checker *c, struct node *n);

#endif
