// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "facts.h"

#include <stdio.h>
#include <string.h>

#include "error.h"
#include "type.h"

void facts_init(struct facts *f, bool another, const char *kallsyms, const char *tracefs,
		const char *blacklist)
{
	*f = (struct facts){.symbols = {.hidden = true},
			    .no_symbols = another && !kallsyms,
			    .no_tracefs = another && !tracefs,
			    .no_blacklist = another && !blacklist};
	tracefs_init(&f->tracefs, tracefs, blacklist);
	snprintf(f->symbols_path, sizeof(f->symbols_path), "%s",
		 kallsyms ? kallsyms : "/proc/kallsyms");
}

void facts_fini(struct facts *f)
{
	tracefs_fini(&f->tracefs);
	ksyms_fini(&f->symbols);
}

static bool another(bool none, struct ks_error *error)
{
	if (none)
		error_set(error, KS_EABSENT, "with --btf only that file is looked at");
	return none;
}

const struct ksyms *facts_symbols(struct facts *f, struct ks_error *error)
{
	if (another(f->no_symbols, error))
		return NULL;
	if (!f->tried) {
		f->tried = true;
		if (ksyms_open(&f->symbols, f->symbols_path, &f->missing) < 0)
			f->symbols.text = NULL;
	}
	if (f->symbols.text)
		return &f->symbols;
	*error = f->missing;
	return NULL;
}

const struct tracefs *facts_functions(struct facts *f, struct ks_error *error)
{
	bool none = another(f->no_tracefs, error);

	return none || tracefs_functions(&f->tracefs, error) < 0 ? NULL : &f->tracefs;
}

const struct tracefs *facts_blacklist(struct facts *f, struct ks_error *error)
{
	bool none = another(f->no_blacklist, error);

	return none || tracefs_blacklist(&f->tracefs, error) < 0 ? NULL : &f->tracefs;
}

const struct tracefs *facts_events(struct facts *f, struct ks_error *error)
{
	bool none = another(f->no_tracefs, error);

	return none || tracefs_events(&f->tracefs, error) < 0 ? NULL : &f->tracefs;
}

const char *facts_tracefs(const struct facts *f, struct ks_error *error)
{
	if (another(f->no_tracefs, error)) {
		error_hint(error, "--tracefs FOLDER is a copy of that kernel's tracefs");
		return NULL;
	}
	return tracefs_folder(&f->tracefs, error);
}

// A kernel that has the function has been built with what needs it.
static enum answer has_function(struct facts *f, const char *name)
{
	struct ks_error ignored;
	const struct ksyms *k = facts_symbols(f, &ignored);

	if (!k)
		return UNKNOWN;
	return ksyms_count(k, name) ? YES : NO;
}

static bool has_member(const struct btf *b, const char *name, const char *member)
{
	uint32_t id = btf_find(b, BTF_KIND_STRUCT, name, 0);
	struct type_member ignored;

	return id && type_member(b, id, member, strlen(member), &ignored);
}

enum answer facts_can(struct facts *f, const struct btf *b, enum ability what)
{
	enum answer a;

	switch (what) {
	case CAN_TRAMPOLINE:
		return has_function(f, "arch_prepare_bpf_trampoline");
	case CAN_KPROBE:
		return has_function(f, "create_local_trace_kprobe");
	case CAN_MULTI:
		// The first alone is there without CONFIG_FPROBE, and refuses.
		a = has_function(f, "bpf_kprobe_multi_link_attach");
		return a == YES ? has_function(f, "register_fprobe_ips") : a;
	case CAN_STRUCTS: // kernel: 720e6a435194, which gave the function model this member
		return has_member(b, "btf_func_model", "arg_flags") ? YES : NO;
	case CAN_MANY_WORDS: // kernel: 473e3150e30a; there is nothing that tells without trying
		break;
	}
	return UNKNOWN;
}
