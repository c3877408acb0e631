// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Which CPUs a machine can have.
#ifndef CORE_CPUS_H
#define CORE_CPUS_H

// The highest number of a CPU that can ever come up, or -errno.
int cpus_highest(void);
// How many can, which is how many values an element of a per-CPU map has; or -errno.
int cpus_possible(void);

#endif
