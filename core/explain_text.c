// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// An explanation as lines for a person, or as one line of JSON.
#include <string.h>

#include "explain.h"
#include "safe.h"
#include "type.h"

struct row {
	const char *word;     // stable: what machines and tests go by
	const char *sentence; // %: the name, $: the detail
};

static const struct row rows[R_COUNT] = {
	[R_ABSENT] = {"absent", "there is no function %: it may be a macro, be inlined into its "
				"callers, or belong to a module that is not loaded"},
	[R_INLINED] = {"inlined",
		       "BTF describes %, but there is no such symbol: the compiler put it "
		       "into its callers, or it was left out"},
	[R_VARIANTS] = {"variants", "there is no %; of it the compiler made $, which may lack "
				    "arguments or have them elsewhere"},
	[R_REFUSED] = {"refused", "$"},
	[R_DUPLICATE] = {"duplicate", "$ are called %: by name alone a probe could get to any"},
	[R_INIT] = {"init", "% ran while the kernel booted, and is gone from memory"},
	[R_NOTRACE] = {"notrace",
		       "the kernel keeps no place for a probe in %: it is marked notrace or "
		       "noinstr, or is no C"},
	[R_NO_BTF] = {"no_btf",
		      "BTF does not describe %: its arguments have no names and no types"},
	[R_NO_MODULE_BTF] = {"no_module_btf",
			     "the module $ has no BTF that describes %: its arguments "
			     "have no names and no types"},
	[R_VARIADIC] = {"variadic", "% takes a variable number of arguments"},
	[R_TOO_MANY] = {"too_many_arguments", "its arguments take $"},
	[R_STRUCT_ARG] = {"struct_argument", "it takes a struct by value: $"},
	[R_STRUCT_RETURN] = {"struct_return", "it returns a struct by value: $"},
	[R_BLACKLISTED] = {"blacklisted", "% is on the kernel's blacklist of kprobes"},
	[R_NEVER_RETURNS] = {"never_returns", "% never returns"},
};

static const char *const ways[W_COUNT] = {"fentry", "fexit", "kprobe", "kretprobe", "kprobe.multi"};

const char *explain_reason(enum reason r)
{
	return rows[r].word;
}

const char *explain_way(enum way w)
{
	return ways[w];
}

enum reason explain_first(const struct explanation *x)
{
	int r = 0;

	while (r < R_COUNT && !(x->reasons >> r & 1))
		r++;
	return r;
}

void explain_sentence(const struct explanation *x, enum reason r, struct buf *out)
{
	for (const char *p = rows[r].sentence; *p; p++) {
		if (*p == '%')
			safe_text(out, x->name, strlen(x->name));
		else if (*p == '$')
			safe_text(out, x->detail[r], strlen(x->detail[r]));
		else
			buf_char(out, *p);
	}
}

static void safe(struct buf *out, const char *text)
{
	safe_text(out, text, strlen(text));
}

// --- for a person --------------------------------------------------------------------------------

static void pad(struct buf *out, size_t from, size_t width)
{
	size_t used = out->len - from;

	buf_repeat(out, ' ', used < width ? width - used : 1);
}

static void registers(const struct explanation *x, const struct arch_arg *at, struct buf *out)
{
	bool on_stack = at->where == ARCH_STACK || at->on_stack;

	if (!x->arch || at->where == ARCH_NOWHERE || !at->words) {
		buf_char(out, '-');
		return;
	}
	if (at->where == ARCH_POINTER)
		buf_str(out, "copy, address in ");
	if (on_stack) {
		buf_printf(out, "stack +%u", x->arch->stack + 8 * at->word);
		return;
	}
	for (uint32_t i = 0; i < at->words && at->word + i < x->arch->arg_count; i++)
		buf_printf(out, "%s%s", i ? ", " : "", x->arch->args[at->word + i].name);
}

static void argument_rows(const struct explanation *x, struct buf *out)
{
	bool words = x->ways[W_FENTRY].works != NO;
	uint32_t count = x->arg_count + x->has_result;
	size_t width = 10, from;

	for (uint32_t i = 0; i < count; i++) {
		size_t n = strlen(x->args[i].type) + strlen(x->args[i].name) + 3;

		width = n > width ? n : width;
	}
	width = width > 48 ? 48 : width;
	buf_str(out, "\n  ");
	from = out->len;
	buf_str(out, "argument");
	pad(out, from, width);
	buf_str(out, words ? "fentry   kprobe\n" : "kprobe\n");
	for (uint32_t i = 0; i < count; i++) {
		const struct explained_arg *arg = &x->args[i];
		size_t star = strlen(arg->type);

		buf_str(out, "  ");
		from = out->len;
		safe(out, arg->type);
		if (star && arg->type[star - 1] != '*')
			buf_char(out, ' ');
		safe(out, *arg->name ? arg->name : "(no name)");
		pad(out, from, width);
		from = out->len;
		if (words) {
			buf_printf(out, arg->words > 1 ? "word %u-%u" : "word %u", arg->word,
				   arg->word + arg->words - 1);
			pad(out, from, 9);
		}
		if (i < x->arg_count)
			registers(x, &arg->at, out);
		else if (x->arch)
			buf_str(out, x->arch->retval.name);
		buf_char(out, '\n');
	}
}

static void way_rows(const struct explanation *x, struct buf *out)
{
	buf_char(out, '\n');
	for (int w = 0; w < W_COUNT; w++) {
		const struct verdict *v = &x->ways[w];

		buf_printf(out, "  %-13s ", ways[w]);
		buf_str(out, v->works == YES ? "yes" : v->works == NO ? "no" : "maybe");
		if (*v->why)
			buf_printf(out, ": %s", v->why);
		buf_char(out, '\n');
	}
}

static void instead_row(const struct explanation *x, struct buf *out)
{
	enum reason first = explain_first(x);

	if (x->instead_count) {
		buf_str(out, x->traceable == NO ? "  try instead: " : "  see also: ");
		for (uint32_t i = 0; i < x->instead_count; i++) {
			buf_str(out, i ? ", " : "");
			safe(out, x->instead[i]);
		}
		buf_char(out, '\n');
	} else if (first == R_NOTRACE || first == R_INLINED || first == R_REFUSED) {
		buf_str(out, "  try instead: a function that calls it\n");
	}
}

void explain_text(const struct explanation *x, struct buf *out)
{
	static const char *const answers[] = {
		[NO] = "can't be traced", [YES] = "can be traced", [UNKNOWN] = "may be traceable"};

	safe(out, x->name);
	if (*x->module) {
		buf_str(out, " [");
		safe(out, x->module);
		buf_char(out, ']');
	}
	buf_printf(out, ": %s\n", answers[x->traceable]);
	for (int r = 0; r < R_COUNT; r++) {
		if (!(x->reasons >> r & 1))
			continue;
		buf_printf(out, "  %s: ", rows[r].word);
		explain_sentence(x, r, out);
		buf_char(out, '\n');
	}
	instead_row(x, out);
	for (uint32_t i = 0; i < x->unseen_count; i++) {
		buf_str(out, "  not seen: ");
		safe(out, x->unseen[i]);
		buf_char(out, '\n');
	}
	if (x->variant_count && x->in_symbols == YES) {
		buf_str(out, "  the compiler also made: ");
		for (uint32_t i = 0; i < x->variant_count; i++) {
			buf_str(out, i ? ", " : "");
			safe(out, x->variants[i]);
		}
		buf_char(out, '\n');
	}
	if (x->btf) {
		char text[4096];
		struct buf b = buf_over(text, sizeof(text));

		type_prototype(x->btf, x->func, &b);
		buf_end(&b);
		buf_str(out, "\n  ");
		safe(out, text);
		buf_str(out, ";\n");
	}
	if (x->traceable == NO)
		return;
	if (x->arg_count || x->has_result)
		argument_rows(x, out);
	if (x->hidden_result && x->arch)
		buf_printf(out, "  (%s: where the result is to be written)\n",
			   x->arch->args[0].name);
	way_rows(x, out);
}

// --- for a machine -------------------------------------------------------------------------------

static void string(struct buf *out, const char *text)
{
	buf_char(out, '"');
	safe_json(out, text, strlen(text));
	buf_char(out, '"');
}

static void key(struct buf *out, const char *name)
{
	buf_printf(out, ",\"%s\":", name);
}

static const char *truth(enum answer a)
{
	return a == YES ? "true" : a == NO ? "false" : "null";
}

static void arguments_json(const struct explanation *x, struct buf *out)
{
	buf_char(out, '[');
	for (uint32_t i = 0; i < x->arg_count; i++) {
		const struct explained_arg *arg = &x->args[i];
		bool on_stack = arg->at.where == ARCH_STACK || arg->at.on_stack;
		bool known = x->arch && arg->at.where != ARCH_NOWHERE && arg->at.words;

		buf_str(out, i ? ",{\"name\":" : "{\"name\":");
		string(out, arg->name);
		key(out, "type");
		string(out, arg->type);
		buf_printf(out, ",\"size\":%llu,\"word\":%u,\"words\":%u",
			   (unsigned long long)arg->size, arg->word, arg->words);
		key(out, "register");
		if (known && !on_stack)
			string(out, x->arch->args[arg->at.word].name);
		else
			buf_str(out, "null");
		key(out, "stack");
		if (known && on_stack)
			buf_u64(out, x->arch->stack + 8 * arg->at.word);
		else
			buf_str(out, "null");
		key(out, "by_pointer");
		buf_str(out, arg->at.where == ARCH_POINTER ? "true}" : "false}");
	}
	buf_char(out, ']');
}

static void strings(struct buf *out, const char *const *list, uint32_t n)
{
	buf_char(out, '[');
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			buf_char(out, ',');
		string(out, list[i]);
	}
	buf_char(out, ']');
}

static void reasons_json(const struct explanation *x, struct buf *out)
{
	const char *comma = "";

	buf_char(out, '[');
	for (int r = 0; r < R_COUNT; r++) {
		char text[640];
		struct buf b = buf_over(text, sizeof(text));

		if (!(x->reasons >> r & 1))
			continue;
		explain_sentence(x, r, &b);
		buf_end(&b);
		buf_printf(out, "%s{\"reason\":\"%s\",\"message\":", comma, rows[r].word);
		string(out, text);
		buf_char(out, '}');
		comma = ",";
	}
	buf_char(out, ']');
}

static void types_json(const struct explanation *x, struct buf *out)
{
	char text[4096];
	struct buf b = buf_over(text, sizeof(text));

	if (x->btf)
		type_prototype(x->btf, x->func, &b);
	buf_end(&b);
	key(out, "prototype");
	if (x->btf)
		string(out, text);
	else
		buf_str(out, "null");
	key(out, "returns");
	if (x->btf)
		string(out, x->has_result ? x->args[x->arg_count].type : "void");
	else
		buf_str(out, "null");
	key(out, "args");
	if (x->btf)
		arguments_json(x, out);
	else
		buf_str(out, "null");
}

void explain_json(const struct explanation *x, struct buf *out)
{
	const char *list[8];
	enum reason first = explain_first(x);

	buf_str(out, "{\"name\":");
	string(out, x->name);
	key(out, "module");
	if (*x->module)
		string(out, x->module);
	else
		buf_str(out, "null");
	buf_printf(out, ",\"traceable\":%s,\"reason\":", truth(x->traceable));
	if (first < R_COUNT)
		string(out, rows[first].word);
	else
		buf_str(out, "null");
	key(out, "reasons");
	reasons_json(x, out);
	key(out, "attach");
	for (int w = 0; w < W_COUNT; w++) {
		buf_printf(out, "%s\"%s\":{\"works\":%s,\"why\":", w ? "," : "{", ways[w],
			   truth(x->ways[w].works));
		string(out, x->ways[w].why);
		buf_char(out, '}');
	}
	buf_char(out, '}');
	types_json(x, out);
	buf_printf(out, ",\"btf\":%s,\"symbols\":", x->btf ? "true" : "false");
	if (x->in_symbols == UNKNOWN)
		buf_str(out, "null");
	else
		buf_u64(out, x->symbols);
	buf_printf(out, ",\"ftrace\":%s,\"blacklist\":%s", truth(x->in_ftrace),
		   truth(x->in_blacklist));
	key(out, "variants");
	strings(out, x->variants, x->variant_count);
	for (uint32_t i = 0; i < x->instead_count; i++)
		list[i] = x->instead[i];
	key(out, "instead");
	strings(out, list, x->instead_count);
	for (uint32_t i = 0; i < x->unseen_count; i++)
		list[i] = x->unseen[i];
	key(out, "unseen");
	strings(out, list, x->unseen_count);
	buf_str(out, "}\n");
}
