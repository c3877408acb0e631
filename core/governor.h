// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// A watch over what tracing costs the machine: a thread that looks at the counters and, when that is too
// much for some seconds, has all probes pause, whatever the rest of the process is busy with.
#ifndef CORE_GOVERNOR_H
#define CORE_GOVERNOR_H

#include <pthread.h>

#include "cells.h"

#define GOVERNOR_ROWS 512

// What is counted in a probe's lines, and how many instructions go with each.
struct governor_row {
	uint32_t counters;    // the first of its lines; pairs have a second behind it
	bool paired, no_hits; // hits are not counted
	uint32_t match;	      // of a hit that all of its program runs for; the rest every hit has
	uint32_t opening;     // where it begins
};

struct governor {
	struct cells *cells;
	uint32_t budget; // percent of one CPU
	struct governor_row rows[GOVERNOR_ROWS];
	uint8_t probes[GOVERNOR_ROWS]; // whose they are: the caller's numbers
	uint32_t count;
	uint64_t ps; // that an instruction takes here, in 10^-12 s
	uint64_t seen[GOVERNOR_ROWS][3];
	bool runs;
	pthread_t thread;
	int end_fd;		  // tells the thread to end
	bool fired;		  // written once, when what follows is there
	uint32_t share, row;	  // percent, and which of the rows cost most
	uint64_t hits_per_second; // of that one
};

// What an instruction takes here, by running a program of known length; 10^-12 s.
uint64_t governor_calibrate(void);
// Begins; rows, cells and budget are there. -1 with error.
int governor_start(struct governor *g, struct ks_error *error);
// Ends the thread; what it found stays.
void governor_stop(struct governor *g);
// Did it have the probes pause?
bool governor_fired(const struct governor *g);

#endif
