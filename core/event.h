// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The record of a classic tracepoint, as its format file in tracefs describes it.
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "arena.h"
#include "ksnoop.h"

#define EVENT_MAX_FIELDS 256
#define EVENT_MAX_SIZE	 65536 // bytes of a record

enum event_location {
	EVENT_HERE,	// the value is in the field
	EVENT_DATA_LOC, // the field is a u32: where the value lies, from the record's start, in the
			// low 16 bits, and its bytes in the high ones
	EVENT_REL_LOC	// the same, from the field's end
};

struct event_field {
	const char *name; // "prev_comm"
	const char *type; // of one element, as C spells it: "char", "const char *"
	uint32_t offset, size;
	uint32_t length; // elements of an array; 0: no array, or (is_array) one whose length varies
	bool is_array, is_signed;
	bool is_common;	  // what every event has: common_pid, ...
	uint8_t location; // enum event_location
};

struct event_format {
	const char *name;
	uint32_t id; // what perf_event_open(2) wants
	const struct event_field *fields;
	uint32_t count;
};

// Takes the text of a format file to pieces; all of the result is in the arena. -1 with error: KS_EOS
// (not such a file; the line is named), KS_ELIMIT, KS_ENOMEM.
int event_parse(struct event_format *f, struct arena *a, const char *text, size_t size,
		struct ks_error *error);
// Reads events/CATEGORY/NAME/format below a tracefs. KS_EABSENT, KS_EPERM and the above.
int event_open(struct event_format *f, struct arena *a, const char *tracefs, const char *category,
	       const char *name, struct ks_error *error);
// NULL when the event has no such field.
const struct event_field *event_field(const struct event_format *f, const char *name);

#endif
