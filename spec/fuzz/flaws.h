// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#ifndef FUZZ_FLAWS_H
#define FUZZ_FLAWS_H

// Does program_flaw find what it is there to find? Prints which it does not; 0: all.
int flaws(void);

#endif
