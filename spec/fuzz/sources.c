// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "sources.h"

#include <string.h>

#include "shape.h"

static bool is_where(uint32_t source)
{
	return source > 0 && source <= MAX_WHERES;
}

const char *sources_flaw(const struct program *p, uint32_t *at)
{
	bool in_record = false;
	uint32_t last = 0;

	for (uint32_t n = 0; n < p->count; n++) {
		const struct ir_insn *i = p->from[n];
		const char *note = p->note[n];
		uint32_t source = i ? i->source : 0;

		*at = n;
		if (note && !strcmp(note, "submit"))
			in_record = false;
		if (note && !strncmp(note, "where: ", 7) && !is_where(source))
			return "an instruction of a predicate has lost its text";
		if (note && in_record && source <= MAX_WHERES)
			return "an instruction of a capture has lost its text";
		if (source != last && source && !note)
			return "in the midst of a text is an instruction that has none";
		if (is_where(source) && !i->len)
			return "a text without a length";
		if (note && !strcmp(note, "header"))
			in_record = true;
		last = source;
	}
	return NULL;
}
