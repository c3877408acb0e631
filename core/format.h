// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Bytes of a record -> what a person or a program reads.
#ifndef CORE_FORMAT_H
#define CORE_FORMAT_H

#include "backtrace.h"
#include "btf.h"
#include "buf.h"
#include "cgroups.h"
#include "glossary.h"
#include "ksyms.h"
#include "layout.h"

// What is needed besides the bytes.
struct format {
	const struct btf *btf;
	const struct layout *layout; // that the fields belong to
	struct glossary *glossary;   // for specs that are globs
	const char *place;	     // "return:vfs_read"
	// The name of a point of the trace; NULL: there is none.
	const char *(*func_of)(const struct ks_trace *trace, uint32_t point);
	const struct ks_trace *trace;
	const struct ksyms *symbols;	     // NULL: not read
	struct cgroups *cgroups;	     // NULL: they stay numbers
	const struct backtrace_names *names; // of what stands in stacks
	// NULL: a field that is a stack has its frames; else their number, by which they are found here.
	const struct backtraces *stacks;
	uint64_t start, start_wall; // ns of the boot clock and the wall clock at one moment
};

// The spec of a stack in a template, where it stands below the line: none that a script can write.
#define FORMAT_BLOCK "block"

// Can a field's text have holes (formats.h)? Known before there are records.
bool format_has_holes(const struct layout *l, int index);
static inline bool format_is_stack(const struct ks_field *f)
{
	return f->kind == KS_STACK || f->kind == KS_USTACK;
}
// May a field without a spec be shown by format_number? Known before there are records.
bool format_is_number(const struct layout *l, int index);
// The short way for most numbers: writes what format_text would, in ASCII. False: this one is not just
// a number, and nothing is written.
bool format_number(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		   struct buf *out);
bool format_nil(const struct ks_field *f, const struct ks_record *r);
// "EFAULT" for a field that is nil, "" for one that is not.
const char *format_why(const struct ks_field *f, const struct ks_record *r);
// The value as text. spec: "" for what its type asks for.
void format_text(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		 const char *spec, struct buf *out);
// The value in JSON, as an event has it.
void format_json_value(const struct format *fmt, const struct ks_field *f,
		       const struct ks_record *r, struct buf *out);
// Writes bytes as a spec has them: x, tree, full. False: it is none of these, and nothing is written. missing:
// bytes that were not captured.
bool format_bytes(const char *spec, const void *bytes, size_t n, uint64_t missing, struct buf *out);
// The same, where the field is a number that a script's function may show.
void format_holes(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		  const char *spec, struct buf *out);
// The event as one line of JSON. Shape: doc/ksnoop.1.scd, "What machines read".
void format_json(const struct format *fmt, const struct layout *l, const struct ks_record *r,
		 struct buf *out);
// Is a spec for what a field is? -1 with error at the spec's place.
int format_fits(const struct ks_field *f, const char *spec, uint32_t pos, uint32_t len,
		struct ks_error *error);
// Is this a spec that format_text knows? Globs ("O_*") are, whether or not anything matches.
bool format_spec(const char *spec, size_t len);

#endif
