// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A verifier in small: what must hold of every program that we make, on every path through it.
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include "encode.h"

// What is wrong with the program, and at which instruction; NULL: nothing is. It goes every path, but
// one that comes by where another did with no less:
//
//   jumps go forward and stay inside; every instruction can be reached; the end is an exit
//   no register and no byte of the stack is read that was not set
//   the stack is used within its 512 bytes, and as wide as it is aligned
//   a record of the ring is used within its bytes, after a test for NULL, and handed in once
const char *program_flaw(const struct program *p, uint32_t *at);

#endif
