// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What the spec changes shows: of a whole value the members that differ, of any other both.
#ifndef CORE_FORMAT_CHANGES_H
#define CORE_FORMAT_CHANGES_H

#include "format.h"

// f: a KS_CHANGES of fmt's layout, which could be read. "file->f_pos 0 -> 512", "0 -> 512", or
// SHOW_UNCHANGED.
void format_changes(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		    struct buf *out);
// {"f_pos":[0,512]}, or [0,512] of what has no members.
void format_changes_json(const struct format *fmt, const struct ks_field *f,
			 const struct ks_record *r, struct buf *out);

#endif
