// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Which spec is for which field.
#include <string.h>

#include "error.h"
#include "format.h"

static const char *const specs[] = {"x",    "size", "dur",     "clock", "sym",
				    "tree", "full", "changes", "fold"};

bool format_spec(const char *spec, size_t len)
{
	for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++)
		if (strlen(specs[i]) == len && !memcmp(specs[i], spec, len))
			return true;
	return naming_glob(spec, len);
}

// What each spec is for.
static bool shows(const char *spec, uint8_t kind)
{
	bool is_number = kind == KS_INT || kind == KS_ENUM;
	bool are_bytes = kind == KS_BYTES || kind == KS_CHARS || kind == KS_STR;

	if (!*spec)
		return true;
	if (!strcmp(spec, "changes") || kind == KS_CHANGES)
		return !strcmp(spec, "changes") && kind == KS_CHANGES;
	if (!strcmp(spec, "fold"))
		return kind == KS_STACK || kind == KS_USTACK;
	if (!strcmp(spec, "tree") || !strcmp(spec, "full"))
		return kind == KS_VALUE || are_bytes;
	if (!strcmp(spec, "x"))
		return is_number || kind == KS_BOOL || kind == KS_PTR || kind == KS_VALUE ||
		       are_bytes;
	return is_number || (kind == KS_PTR && !strcmp(spec, "sym"));
}

int format_fits(const struct ks_field *f, const char *spec, uint32_t pos, uint32_t len,
		struct ks_error *error)
{
	const char *what = naming_glob(spec, strlen(spec)) ? "has names for numbers"
			   : !strcmp(spec, "sym")	   ? "has names for numbers and pointers"
			   : !strcmp(spec, "x")		   ? "is for numbers and bytes"
			   : !strcmp(spec, "fold")	   ? "is for stacks"
			   : !strcmp(spec, "tree") || !strcmp(spec, "full")
				   ? "is for structs, arrays and bytes"
				   : "is for numbers";

	if (shows(spec, f->kind))
		return 0;
	if (f->kind == KS_CHANGES)
		return error_at(error, KS_ETYPE, pos, len,
				"%s is for a value, and this is what changed of one", spec);
	if (!strcmp(spec, "changes")) {
		error_at(error, KS_ETYPE, pos, len,
			 "changes asks for two values, and this is one: %s", f->type);
		error_hint(error, "it is for what is captured: capture = { \"x|changes\" }");
		return -1;
	}
	return error_at(error, KS_ETYPE, pos, len, "%s %s, and this is %s", spec, what, f->type);
}
