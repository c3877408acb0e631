// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Events as rows of a table, by RFC 4180.
#ifndef CORE_FORMAT_CSV_H
#define CORE_FORMAT_CSV_H

#include "format.h"

// A field as the text of a cell, not yet between quotes: numbers exact, times those of the wall clock,
// text as for a terminal, what has parts in JSON; "?EFAULT" for what could not be read.
void format_csv_cell(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		     struct buf *out);
// A line: the place, then n fields by their indexes, -1 for an empty cell.
void format_csv(const struct format *fmt, const struct layout *l, const int32_t *fields, uint32_t n,
		const struct ks_record *r, struct buf *out);

#endif
