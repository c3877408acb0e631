// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Where stdout leads to.
#ifndef CORE_OUTFILE_H
#define CORE_OUTFILE_H

// What was stdout before ks_output_to took its place, closed on exec; -1: it still is.
int outfile_before(void);
// What ksnoop itself writes to: STDOUT_FILENO, or what that was before ks_output_apart.
int outfile_own(void);
// From now on it writes there. Returns where it wrote before.
int outfile_turn(int fd);

#endif
