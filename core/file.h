// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Whole files whose size nobody says beforehand, as those of /proc and tracefs.
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include "ksnoop.h"

// The bytes of a file with a NUL behind them, malloc'ed; *size does not count the NUL. NULL with
// error: KS_EABSENT (no such file), KS_EPERM (not for us), KS_EOS, KS_ELIMIT (more than `limit`).
char *file_read(const char *path, size_t limit, size_t *size, struct ks_error *error);

#endif
