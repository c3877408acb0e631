// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Strings in predicates: equal to a literal, or like a pattern.
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include "lower.h"

#define MATCH_MAX 128 // bytes of a string that a pattern looks at

// Makes what bpf_probe_read_*_str returned for the N_STR n its length with the NUL: older kernels say
// 0 of an empty string of the user's ("maccess: fix strncpy_from_user_nofault() empty string handling").
void text_length(struct lower *l, const struct node *n, int reg);
// Goes to the label when n->a's text is, or is not, the literal n->b.
void text_equal(struct lower *l, const struct node *n, bool equal, int label);
// Goes to the label when n->a's text matches, or does not match, the pattern n->b.
void text_match(struct lower *l, const struct node *n, bool match, int label);

// Copies the task's name to base + off.
void text_comm(struct lower *l, const struct node *n, int base, int off);

#endif
