// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What the facade's files share: a trace and its probes, which only they look into.
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "../bpf/wire.h"
#include "arena.h"
#include "attach.h"
#include "btf.h"
#include "cells.h"
#include "encode.h"
#include "expand.h"
#include "format.h"
#include "ksnoop.h"
#include "layout.h"
#include "ring.h"
#include "scope.h"
#include "shape.h"
#include "spec.h"
#include "wait.h"

#define MAX_WHERES  32
#define MAX_MODULES 1024
#define STR_TEXT    32768 // a string field as text, at its longest, with every byte escaped

struct ks_probe {
	struct ks_trace *trace;
	uint32_t index;
	const char *place; // "return:vfs_read"
	const char *name;  // the same, with "#2" behind it when another probe is there already
	const char *func;  // "vfs_read"
	uint32_t func_id;
	bool is_return;
	struct scope scope;
	struct layout layout;
	const struct param *params;    // its $names
	const char *exprs[MAX_FIELDS]; // the text of each field's expression; NULL: has none
	struct shape_where wheres[MAX_WHERES];
	uint32_t where_count;
	struct ir ir;
	struct program program;
	bool compiled;
	struct attachment attachment;
	int64_t delivered;
	int64_t recursion; // as last seen; -1: not told
};

// A module's BTF.
struct module {
	struct btf btf;
	const char *name;
};

struct ks_trace {
	struct arena keep; // what lives as long as the trace
	struct arena work; // what compiling needs; gone when ks_start returns
	struct ks_options options;
	struct btf btf;
	const struct define *defines;	     // the script's words, the newest first
	struct module *modules[MAX_MODULES]; // read for ks_info
	uint32_t module_count;
	char btf_path[256];
	char kernel[65];
	struct ks_probe *probes[WIRE_MAX_PROBES];
	uint32_t count;
	struct shape_geometry geometry;
	struct cells cells;
	struct ring ring;
	struct wait wait;
	uint32_t own_pid; // whose hits are left out; 0: nobody's
	bool started, stopped, has_maps;
	uint64_t start, start_wall;
};

// What the probe's values need to be shown.
struct format trace_format(const struct ks_probe *p);
// Adds text[from, to), "[name=]expr|spec", as a capture. Its field's index, or -1 with error.
// *spec: how this mention of it wants to be shown; in the trace's memory.
int probe_capture(struct ks_probe *p, const char *text, uint32_t from, uint32_t to,
		  struct spec *spec, struct ks_error *error);
// Text to instructions. Needs: the trace's geometry. -1 with error.
int probe_compile(struct ks_probe *p, struct ks_error *error);
struct attach_target probe_target(const struct ks_probe *p, char name[16]);
// Makes the maps, once. -1 with error.
int trace_maps(struct ks_trace *t, struct ks_error *error);

#endif
