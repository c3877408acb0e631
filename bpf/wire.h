// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The contract between the programs in the kernel and ksnoop in user space: data, no code.
#ifndef BPF_WIRE_H
#define BPF_WIRE_H

#include <stdint.h>

// A record in the ring buffer: this header, then the captures at fixed offsets. struct ks_record
// in core/ksnoop.h is the same bytes as user space sees them.
struct wire_header {
	uint64_t time;	   // boot clock, ns
	uint64_t pid_tgid; // low half the thread's id, high half the process's
	uint32_t cpu;
	uint32_t point; // which of the places it comes from
	uint64_t nils;	// bit n: capture n could not be read
};

#define WIRE_HEADER 32
#define WIRE_NILS   64 // captures that can be nil, at most

// The counter map: one value, mmapped, with a block for every CPU:
//
//   block = [ guard line ][ line of probe 0 ][ line of probe 1 ] ...     each line 64 bytes
//
// so that one register with the block's address reaches all of them by a constant offset. A block
// is as long as a power of two, and so is the number of blocks: the index can be masked.
#define WIRE_LINE	64
#define WIRE_MAX_PROBES 256

// Words of the guard line.
enum {
	GUARD_BUSY,    // not 0: a program of ours is at work on this CPU
	GUARD_CPU,     // the CPU's number, written by user space
	GUARD_SCRATCH, // what a program puts there while the guard is its own
};

// Words of a probe's line. A program only ever adds to them, but for ON, which user space writes.
enum {
	CELL_ON,
	CELL_HITS,
	CELL_SUPPRESSED,
	CELL_SELF,
	CELL_FAULTS,
	CELL_MATCHED,
	CELL_LOST,
	CELL_NILS,
};

#endif
