// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A file in the place of stdout.
#ifndef CORE_OUTFILE_H
#define CORE_OUTFILE_H

// What was stdout before ks_output_to took its place, closed on exec; -1: it still is.
int outfile_before(void);

#endif
