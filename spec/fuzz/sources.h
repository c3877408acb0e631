// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Which text of the script is each instruction for?
#ifndef FUZZ_SOURCES_H
#define FUZZ_SOURCES_H

#include "encode.h"

// What is wrong with the texts of a program's instructions, and at which one; NULL: nothing is.
//
//   what a note calls a predicate, or between "header" and "submit" a capture, is for one
//   an instruction is for another text than the one before it only where a note says so; behind a
//   text there may also be some that are for none
//   a predicate's text has a place of some length
const char *sources_flaw(const struct program *p, uint32_t *at);

#endif
