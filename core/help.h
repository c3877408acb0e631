// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What `ksnoop --help` and `ksnoop help options` print.
#ifndef CORE_HELP_H
#define CORE_HELP_H

extern const char help_screen[];  // 24 lines of 80 columns at most, with what is asked for most
extern const char help_options[]; // all options; doc/ksnoop.1.scd has the same, as a spec says

#endif
