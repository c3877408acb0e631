// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "format.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../bpf/wire.h"
#include "digits.h"
#include "error.h"
#include "format_changes.h"
#include "formatter.h"
#include "hexdump.h"
#include "path.h"
#include "safe.h"
#include "show.h"
#include "type.h"

// What a string field has besides the bytes asked for: its length, the byte that tells of a cut, a NUL.
#define STR_EXTRA 6

static const char *bytes(const struct ks_field *f, const struct ks_record *r)
{
	return (const char *)r + f->offset;
}

static int32_t string_length(const struct ks_field *f, const struct ks_record *r)
{
	int32_t n;

	memcpy(&n, bytes(f, r), sizeof(n));
	return n;
}

// The field's integer, extended to 64 bits by its sign.
static inline uint64_t integer(const struct ks_field *f, const struct ks_record *r)
{
	const char *p = bytes(f, r);
	union {
		uint64_t u64;
		uint32_t u32;
		uint16_t u16;
		uint8_t u8;
	} v = {0};

	switch (f->size) { // of a size that is known, memcpy is a load
	case 8:
		memcpy(&v.u64, p, 8);
		return v.u64;
	case 4:
		memcpy(&v.u32, p, 4);
		return f->is_signed ? (uint64_t)(int64_t)(int32_t)v.u32 : v.u32;
	case 2:
		memcpy(&v.u16, p, 2);
		return f->is_signed ? (uint64_t)(int64_t)(int16_t)v.u16 : v.u16;
	default:
		memcpy(&v.u8, p, 1);
		return f->is_signed ? (uint64_t)(int64_t)(int8_t)v.u8 : v.u8;
	}
}

bool format_nil(const struct ks_field *f, const struct ks_record *r)
{
	return f->nil_bit >= 0 && (r->nils >> f->nil_bit & 1);
}

const char *format_why(const struct ks_field *f, const struct ks_record *r)
{
	const char *name = NULL;
	int32_t n;

	if (!format_nil(f, r))
		return "";
	if (f->kind == KS_STR && (n = string_length(f, r)) > INT32_MIN)
		name = errno_name(-n);
	return name ? name : "EFAULT";
}

static void size(struct buf *out, uint64_t v, bool negative)
{
	static const char units[] = "KMGTPE";
	double d = (double)v;
	int unit = -1;

	if (negative)
		buf_char(out, '-');
	for (; d >= (unit < 0 ? 1024 : 1023.5) && unit < 5; unit++) // 1023.5K is shown as 1.0M
		d /= 1024;
	if (unit < 0)
		buf_u64(out, v);
	else
		buf_printf(out, d < 9.95 ? "%.1f%c" : "%.0f%c", d, units[unit]);
}

static void duration(struct buf *out, int64_t ns)
{
	double d = ns < 0 ? -(double)ns : (double)ns;
	const char *unit = "ns";

	if (ns < 0)
		buf_char(out, '-');
	if (d >= 999.5e6) { // as is all that would round to 1000ms
		d /= 1e9;
		unit = "s";
	} else if (d >= 999.5e3) {
		d /= 1e6;
		unit = "ms";
	} else if (d >= 1e3) {
		d /= 1e3;
		unit = "us";
	}
	buf_printf(out,
		   unit[0] == 'n' || d >= 99.95 ? "%.0f%s"
		   : d >= 9.995			? "%.1f%s"
						: "%.2f%s",
		   d, unit);
}

// Local time, 15:04:05.123456. Events come close together: what localtime_r says, which is most of
// the work, holds for a second.
static void clock_time(struct buf *out, uint64_t wall)
{
	static _Thread_local time_t known = -1;
	static _Thread_local char text[9];
	time_t seconds = (time_t)(wall / 1000000000);
	uint32_t us = (uint32_t)(wall % 1000000000 / 1000);
	char both[17];
	struct tm tm;

	if (seconds != known && localtime_r(&seconds, &tm)) {
		snprintf(text, sizeof(text), "%02d:%02d:%02d", tm.tm_hour, tm.tm_min, tm.tm_sec);
		known = seconds;
	}
	memcpy(both, text, 8);
	both[8] = '.';
	digits_eight(both + 9, us * 100);
	buf_add(out, both, 15);
}

// "vfs_read+0x12 [module]", or the address.
static void symbol(const struct format *fmt, uint64_t address, struct buf *out)
{
	uint64_t offset = 0;
	const struct ksym *s = fmt->symbols && address ? ksyms_at(fmt->symbols, address, &offset)
						       : NULL;

	if (!s) {
		buf_hex(out, address);
		return;
	}
	safe_text(out, ksyms_name(fmt->symbols, s), strlen(ksyms_name(fmt->symbols, s)));
	if (offset) {
		buf_char(out, '+');
		buf_hex(out, offset);
	}
	if (*ksyms_module(fmt->symbols, s))
		buf_printf(out, " [%s]", ksyms_module(fmt->symbols, s));
}

// "10.0.0.1", "fe80::1"; of another family, its number.
static void internet(const char *p, struct buf *out)
{
	char text[INET6_ADDRSTRLEN];
	uint16_t family;

	memcpy(&family, p, sizeof(family));
	if ((family == AF_INET || family == AF_INET6) &&
	    inet_ntop(family, p + 4, text, sizeof(text)))
		buf_str(out, text);
	else
		buf_printf(out, "(family %u)", family);
}

static void hex_bytes(const char *p, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%02x", (unsigned char)p[i]);
}

bool format_bytes(const char *spec, const void *bytes, size_t n, uint64_t missing, struct buf *out)
{
	if (!strcmp(spec, "x"))
		hexdump_pairs(bytes, n, out);
	else if (!strcmp(spec, "tree") || !strcmp(spec, "full"))
		hexdump_block(bytes, n, out);
	else
		return false;
	if (missing)
		buf_printf(out, "... (%zu of %llu bytes)", n, (unsigned long long)(n + missing));
	return true;
}

// The names that a glob has for it; without one, it stays a number.
static bool named(const struct format *fmt, const struct ks_field *f, uint64_t v, const char *glob,
		  struct buf *out)
{
	const struct naming *c = naming_glob(glob, strlen(glob))
					 ? glossary_of(fmt->glossary, fmt->btf, f->type_id, f->size,
						       glob)
					 : NULL;

	return c && naming_show(c, v, out);
}

// What its type or name says that it is: a device, flags, a hardware address, ...
static bool formatted(const struct format *fmt, const struct ks_field *f, const void *value,
		      struct buf *out)
{
	ptrdiff_t i = f - fmt->layout->fields;
	const struct formatter *formatter = fmt->layout->formatters[i];
	const struct formatter_context context = {.btf = fmt->btf,
						  .type_id = f->type_id,
						  .detail = fmt->layout->details[i],
						  .symbols = fmt->symbols};

	if (formatter)
		formatter->show(value, f->size, &context, out);
	return formatter;
}

// Writes a whole value as text or JSON by its plan, which knows what its bytes mean.
static void value(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		  const char *spec, bool json, struct buf *out)
{
	const struct plan *plan = fmt->layout->plans[f - fmt->layout->fields];
	const struct formatter *formatter = fmt->layout->formatters[f - fmt->layout->fields];
	struct show how = show_as(spec, fmt->symbols);
	const char *p = bytes(f, r);
	size_t there = f->size;
	struct ks_slice slice;

	if (f->is_slice) {
		uint64_t each = (f->size - sizeof(slice)) / f->count;

		memcpy(&slice, p, sizeof(slice));
		p += sizeof(slice);
		there = (slice.count < f->count ? slice.count : f->count) * each;
		how.size = slice.wanted * each;
	}
	how.at = (uint32_t)(p - (const char *)r);
	if (!json && *spec &&
	    (f->is_slice ? type_is_byte(fmt->btf, f->type_id)
			 : type_is_bytes(fmt->btf, f->type_id)) &&
	    format_bytes(spec, p, there, how.size > there ? how.size - there : 0, out))
		return;
	if (formatter && (json ? formatter->json == FORMATTER_TEXT : !how.hex)) {
		buf_str(out, json ? "\"" : ""); // an address: nothing in it that JSON escapes
		formatted(fmt, f, p, out);
		buf_str(out, json ? "\"" : "");
	} else if (plan && json) {
		show_json(&how, plan, p, there, out);
	} else if (plan) {
		show_text(&how, plan, p, there, out);
	} else {
		buf_str(out, json ? "\"" : "");
		hex_bytes(p, there, out);
		buf_str(out, json ? "\"" : "");
	}
}

// A number as a spec wants it. False: the spec leaves it to the number's type and unit.
static bool as_spec(const struct format *fmt, const struct ks_field *f, uint64_t v,
		    const char *spec, struct buf *out)
{
	int64_t s = (int64_t)v;

	if (!strcmp(spec, "x")) {
		buf_hex(out, f->size < 8 ? v & ((1ull << f->size * 8) - 1) : v);
	} else if (!strcmp(spec, "size")) {
		bool negative = f->is_signed && s < 0;

		size(out, negative ? -v : v, negative);
	} else if (!strcmp(spec, "dur")) {
		duration(out, f->unit == KS_TIME ? (int64_t)(v - fmt->start) : s);
	} else if (!strcmp(spec, "clock") && f->unit != KS_SYMBOL && f->unit != KS_ERRNO) {
		clock_time(out, fmt->start_wall + (v - fmt->start));
	} else if (!strcmp(spec, "sym")) {
		symbol(fmt, v, out);
	} else {
		return named(fmt, f, v, spec, out);
	}
	return true;
}

// False: nobody knows its path.
static bool cgroup(const struct format *fmt, uint64_t id, struct buf *out)
{
	const char *path = fmt->cgroups ? cgroups_path(fmt->cgroups, id) : NULL;

	if (path)
		safe_text(out, path, strlen(path));
	return path != NULL;
}

static void number(const struct format *fmt, const struct ks_field *f, uint64_t v, const char *spec,
		   struct buf *out)
{
	int64_t s = (int64_t)v;
	const char *name;

	if (*spec && as_spec(fmt, f, v, spec, out))
		return;
	if (f->unit == KS_SYMBOL) {
		symbol(fmt, v, out);
	} else if (!*spec && formatted(fmt, f, &v, out)) {
		return;
	} else if (f->unit == KS_ERRNO && (name = errno_name((int)v))) {
		buf_str(out, name);
	} else if (f->unit == KS_DURATION && !*spec) {
		duration(out, s);
	} else if (f->unit == KS_TIME) {
		clock_time(out, fmt->start_wall + (v - fmt->start));
	} else if (f->unit == KS_CGROUP && cgroup(fmt, v, out)) {
		return;
	} else if (f->unit == KS_RETVAL && f->is_signed && s < 0 && s >= -4095 &&
		   (name = errno_name((int)-s))) {
		buf_char(out, '-');
		buf_str(out, name);
	} else if (f->is_signed) {
		buf_s64(out, s);
	} else {
		buf_u64(out, v);
	}
}

bool format_has_holes(const struct layout *l, int index)
{
	if (l->fields[index].kind == KS_CHANGES)
		return format_has_holes(&l->ends[index]->layout, 0);
	return l->formats[index] || (l->plans[index] && l->plans[index]->has_formats);
}

bool format_is_number(const struct layout *l, int index)
{
	const struct ks_field *f = &l->fields[index];

	return f->kind == KS_INT && !l->formatters[index] && !l->formats[index] &&
	       (f->unit == KS_PLAIN || f->unit == KS_RETVAL || f->unit == KS_TIME);
}

bool format_number(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		   struct buf *out)
{
	uint64_t v = integer(f, r);

	if (format_nil(f, r))
		return false;
	if (f->unit == KS_TIME)
		clock_time(out, fmt->start_wall + (v - fmt->start));
	else if (!f->is_signed || (int64_t)v >= 0)
		buf_u64(out, v);
	else if (f->unit == KS_PLAIN)
		buf_s64(out, (int64_t)v);
	else // an error number, perhaps
		return false;
	return true;
}

// The constant's name, or the number.
static void enumeration(const struct format *fmt, const struct ks_field *f, uint64_t v,
			struct buf *out)
{
	uint32_t id = type_peel(fmt->btf, f->type_id);
	const struct btf_type *t = btf_type(fmt->btf, id);
	bool wide = btf_kind(t) == BTF_KIND_ENUM64;
	const uint32_t *e = (const void *)(t + 1);

	for (uint32_t i = 0; i < btf_vlen(t); i++, e += wide ? 3 : 2) {
		uint64_t has = wide	      ? e[1] | (uint64_t)e[2] << 32
			       : f->is_signed ? (uint64_t)(int64_t)(int32_t)e[1]
					      : e[1];

		if (has == v) {
			buf_str(out, btf_string(fmt->btf, e[0]));
			return;
		}
	}
	if (f->is_signed)
		buf_s64(out, (int64_t)v);
	else
		buf_u64(out, v);
}

// What a string field holds: *cut when there was more than it takes.
static const char *string(const struct ks_field *f, const struct ks_record *r, size_t *n, bool *cut)
{
	const char *p = bytes(f, r);

	*cut = false;
	if (f->kind == KS_CHARS) {
		*n = strnlen(p, f->size);
		return p;
	}
	*n = (size_t)string_length(f, r);
	*n -= *n > 0;			// the NUL
	if (*n > f->size - STR_EXTRA) { // one more than asked for was read, to know
		*cut = true;
		*n = f->size - STR_EXTRA;
	}
	return p + 4;
}

static const char *func(const struct format *fmt, const struct ks_field *f,
			const struct ks_record *r)
{
	const char *name;
	uint32_t point;

	memcpy(&point, bytes(f, r), sizeof(point));
	name = fmt->func_of(fmt->trace, point);
	return name ? name : "?";
}

static void stack(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		  enum backtrace_form form, struct buf *out)
{
	const struct wire_stack *s = (const void *)bytes(f, r);
	size_t room = f->size;
	uint64_t number;

	if (fmt->stacks) {
		memcpy(&number, bytes(f, r), sizeof(number));
		s = backtraces_find(fmt->stacks, number);
		room = fmt->stacks->each;
	}
	if (s)
		backtrace_show(f, s, room, fmt->names, form, out);
	else
		buf_str(out, form == BACKTRACE_JSON ? "[]" : "");
}

void format_text(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		 const char *spec, struct buf *out)
{
	uint64_t v;
	size_t n;
	bool cut;
	const char *p;

	if (format_nil(f, r)) {
		buf_char(out, '?');
		buf_str(out, format_why(f, r));
		return;
	}
	switch (f->kind) {
	case KS_FUNC:
		buf_str(out, func(fmt, f, r));
		break;
	case KS_CHARS:
	case KS_STR:
		p = string(f, r, &n, &cut);
		if (f->kind == KS_CHARS && *spec) // with what is behind a NUL
			n = f->size;
		if (!*spec || !format_bytes(spec, p, n, 0, out)) // mostly there is none
			safe_text(out, p, n);
		if (cut)
			buf_str(out, "...");
		break;
	case KS_BYTES:
		if (!format_bytes(spec, bytes(f, r), f->size, 0, out))
			hex_bytes(bytes(f, r), f->size, out);
		break;
	case KS_INET:
		internet(bytes(f, r), out);
		break;
	case KS_VALUE:
		value(fmt, f, r, spec, false, out);
		break;
	case KS_PATH:
		path_text(bytes(f, r), f->size, safe_text, out);
		break;
	case KS_CHANGES:
		format_changes(fmt, f, r, out);
		break;
	case KS_STACK:
	case KS_USTACK:
		stack(fmt, f, r,
		      !strcmp(spec, "fold")	    ? BACKTRACE_FOLDED
		      : !strcmp(spec, FORMAT_BLOCK) ? BACKTRACE_BLOCK
						    : BACKTRACE_LINES,
		      out);
		break;
	case KS_BOOL:
		if (*spec)
			number(fmt, f, integer(f, r), spec, out);
		else
			buf_str(out, integer(f, r) ? "true" : "false");
		break;
	case KS_PTR:
		v = integer(f, r);
		if (f->unit == KS_RETVAL && v >= (uint64_t)-4095 && errno_name((int)-(int64_t)v)) {
			buf_char(out, '-');
			buf_str(out, errno_name((int)-(int64_t)v));
		} else if ((f->unit == KS_SYMBOL && !*spec) || !strcmp(spec, "sym")) {
			symbol(fmt, v, out);
		} else {
			buf_hex(out, v);
		}
		break;
	case KS_ENUM:
		if (*spec)
			number(fmt, f, integer(f, r), spec, out);
		else
			enumeration(fmt, f, integer(f, r), out);
		break;
	default:
		number(fmt, f, integer(f, r), spec, out);
		break;
	}
}

void format_holes(const struct format *fmt, const struct ks_field *f, const struct ks_record *r,
		  const char *spec, struct buf *out)
{
	uint32_t hole = fmt->layout->formats[f - fmt->layout->fields];

	if (*spec || format_nil(f, r))
		hole = 0;
	if (hole)
		formats_open(hole - 1, f->type_id, f->offset, 0, out);
	format_text(fmt, f, r, spec, out);
	if (hole)
		buf_str(out, HOLE_END);
}

void format_json_value(const struct format *fmt, const struct ks_field *f,
		       const struct ks_record *r, struct buf *out)
{
	size_t n;
	bool cut;
	const char *p;

	if (format_nil(f, r)) {
		buf_str(out, "{\"error\":\"");
		buf_str(out, format_why(f, r));
		buf_str(out, "\"}");
		return;
	}
	switch (f->kind) {
	case KS_FUNC:
		buf_char(out, '"');
		safe_json(out, func(fmt, f, r), strlen(func(fmt, f, r)));
		buf_char(out, '"');
		break;
	case KS_CHARS:
	case KS_STR:
		p = string(f, r, &n, &cut);
		buf_char(out, '"');
		safe_json(out, p, n);
		buf_str(out, cut ? "...\"" : "\"");
		break;
	case KS_BYTES:
	case KS_INET:
		buf_char(out, '"');
		format_text(fmt, f, r, "", out);
		buf_char(out, '"');
		break;
	case KS_VALUE:
		value(fmt, f, r, "", true, out);
		break;
	case KS_PATH:
		buf_char(out, '"');
		path_text(bytes(f, r), f->size, safe_json, out);
		buf_char(out, '"');
		break;
	case KS_CHANGES:
		format_changes_json(fmt, f, r, out);
		break;
	case KS_STACK:
	case KS_USTACK:
		stack(fmt, f, r, BACKTRACE_JSON, out);
		break;
	case KS_BOOL:
		buf_str(out, integer(f, r) ? "true" : "false");
		break;
	case KS_PTR: // as text: a JSON reader's numbers end at 2^53
		buf_char(out, '"');
		buf_hex(out, integer(f, r));
		buf_char(out, '"');
		break;
	default:
		if (f->unit == KS_TIME)
			buf_u64(out, fmt->start_wall + (integer(f, r) - fmt->start));
		else if (f->is_signed)
			buf_s64(out, (int64_t)integer(f, r));
		else
			buf_u64(out, integer(f, r));
		break;
	}
}

static void json_member(const struct format *fmt, const struct ks_field *f,
			const struct ks_record *r, bool *first, struct buf *out)
{
	buf_str(out, *first ? "\"" : ",\"");
	*first = false;
	safe_json(out, f->name, strlen(f->name));
	buf_str(out, "\":");
	format_json_value(fmt, f, r, out);
}

void format_json(const struct format *fmt, const struct layout *l, const struct ks_record *r,
		 struct buf *out)
{
	bool first = false;

	buf_str(out, "{\"type\":\"event\",\"probe\":\"");
	safe_json(out, fmt->place, strlen(fmt->place));
	buf_char(out, '"');
	for (uint32_t i = 0; i < l->count; i++)
		if (!l->fields[i].in_args && l->fields[i].kind != KS_FUNC)
			json_member(fmt, &l->fields[i], r, &first, out);
	buf_str(out, ",\"args\":{");
	first = true;
	for (uint32_t i = 0; i < l->count; i++)
		if (l->fields[i].in_args)
			json_member(fmt, &l->fields[i], r, &first, out);
	buf_str(out, "}}\n");
}
