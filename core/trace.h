// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What the facade's files share: a trace and its probes, which only they look into.
#ifndef CORE_TRACE_H
#define CORE_TRACE_H

#include "../bpf/wire.h"
#include "arch.h"
#include "arena.h"
#include "attach.h"
#include "attaching.h"
#include "bpfmap.h"
#include "btf.h"
#include "cells.h"
#include "encode.h"
#include "expand.h"
#include "facts.h"
#include "feature.h"
#include "format.h"
#include "formats.h"
#include "frames.h"
#include "governor.h"
#include "ksnoop.h"
#include "layout.h"
#include "place.h"
#include "plan.h"
#include "reorder.h"
#include "ring.h"
#include "sampler.h"
#include "scope.h"
#include "shape.h"
#include "spec.h"
#include "userfiles.h"
#include "wait.h"

#define MAX_MODULES 1024
#define MAX_POINTS  65536
#define MAX_ALONE   100 // points of a probe that need a program each, unless told otherwise

// A function or tracepoint that a probe is put on. Its id is what records say.
struct point {
	struct ks_variant *variant;
	const char *func;   // as events call it: "vfs_read", for "sys:openat" "openat"
	const char *symbol; // as the kernel calls it
};

// What a probe's texts mean at those of its points where what they look up is the same.
struct ks_variant {
	struct ks_probe *probe;
	uint32_t index; // in the probe
	enum attach_kind kind;
	const struct module *module; // NULL: the kernel's own types
	uint32_t btf_id;	     // what the program is made for; 0: nothing of BTF's
	uint32_t event_id;	     // of a classic tracepoint
	uint32_t hz;		     // of a timer
	uint32_t words;		     // of arguments
	uint32_t first, count;	     // its points in the trace
	// Prototypes that these have, if several may share it (alike.h); the scope has the first one's
	// arguments. origin: the variant that it parted from.
	struct alike *alike;
	uint32_t alike_count, alike_room, origin;
	struct scope scope;
	struct layout layout;
	const char *exprs[MAX_FIELDS]; // the text of each field's expression; NULL: has none
	struct shape_where wheres[MAX_WHERES];
	uint32_t where_count;
	struct shape_where emit; // when kept records go out; its node NULL: none are kept
	struct aggregate_use uses[MAX_USES];
	uint32_t use_count;
	const char *use_texts[MAX_USES * SOURCE_USE_SIZE]; // of each its value's and its keys'
	uint32_t end;  // which of the probe's ends it is of (end.h): one can't lose all its places
	bool is_glob;  // of a pattern: left out where the texts do not compile
	bool left_out; // they do not
	struct ir ir;
	struct program program;
	bool compiled;
	struct ks_variant *same; // whose program serves these points too; NULL: has its own
	struct ks_variant
		*own; // the one before of the probe's that have their own; NULL: it is the first
	struct attachment attachment;
	int64_t recursion; // as last seen; -1: not told
	// Of a call's: where it begins, and what its end asks for of that.
	struct scope open_scope;
	const struct scope *opens[1];
	struct stash stash;
	struct ks_variant *open; // the program there; NULL: nothing is asked for
	// Of a span's: its key; what is read of the stash where it closes; what is said where it opens.
	struct pairs_end pairs;
	struct pairs_use pairs_use;
	struct pairs_origin pairs_from;
};

// What the script wrote: places, predicates, captures.
struct ks_probe {
	struct ks_trace *trace;
	uint32_t index;
	uint32_t counters; // the first of its lines in the counter map; pairs have two
	const char *file;  // where the script defines it; NULL: not said
	int line;
	const char *place; // "return:vfs_read"; several with ", " between
	const char *name;  // the same, with "#2" behind it when another probe is there already
	struct ks_variant **variants;
	uint32_t count, room;
	bool is_call;
	bool shares;   // functions of a pattern may share a variant: alike.h
	bool at_entry; // of a call: what its texts say is decided and captured there
	bool prepared; // it is known what the ends of its calls ask for
	bool paired;   // of their beginnings, they do
	struct frames frames;
	struct span *span;	   // span.h; NULL: it is none
	struct recorder *recorder; // recorder.h; NULL: records go out at once
	struct within
		*within; // within.h: the innermost of the calls that hits must lie in; NULL: any
	// Programs that make no events: where calls begin, and where tasks end.
	struct ks_variant **others, *gone;
	uint32_t other_count;
	struct sampler sampler;	    // which of its hits are looked at
	const struct param *params; // $names
	bool paused;		    // does not count, or will not when the trace starts
	uint32_t left_out;	    // points that were
	uint32_t refused;	    // functions that match and can't be traced
	bool no_record;		    // its hits go into aggregations alone
	int64_t delivered;
};

// A module's BTF.
struct module {
	struct btf btf;
	struct plans plans;
	const char *name;
};

// Records that came together and are handed out one by one.
struct unroll {
	const unsigned char *records;
	uint32_t at, left;    // the next one, and how many there are
	uint32_t count, each; // of one task's, and bytes from one to the next
};

// What a person should know though nothing failed.
struct note {
	struct note *next;
	const char *text;
};

struct ks_trace {
	struct arena keep; // what lives as long as the trace
	struct arena work; // what compiling needs; gone when ks_start returns
	struct ks_options options;
	struct btf btf;
	struct plans plans;	      // of the kernel's own types
	const struct define *defines; // the script's words, the newest first
	struct module *modules[MAX_MODULES];
	uint32_t module_count;
	bool modules_read;
	struct point *points;
	uint32_t point_count, point_room;
	struct features features;
	bool assumes;	   // that the kernel can do everything, as nothing will be loaded
	uint64_t promised; // bytes that recorders' tasks may take together
	const struct arch *arch;
	struct note *notes, **last_note;
	const char *refused_text; // what could not be started; NULL: nothing of a script's
	struct facts facts;	  // symbols, and what tracefs lists
	bool wants_symbols;	  // a capture shows them
	struct scope_asked asked;
	struct scope_picks picks; // of first()
	struct cgroups cgroups;
	struct userfiles users;	      // for names in what ustack captured
	struct backtrace_names names; // in stacks
	struct glossary glossary;
	struct formats formats; // of the script's
	bool has_texts;		// a probe was given one: what types look like is settled
	const struct ksyms *symbols;
	char btf_path[256];
	char kernel[65];
	struct ks_probe *probes[WIRE_MAX_PROBES];
	uint32_t count;
	struct ks_agg *aggs;		 // the newest first
	uint32_t lines;			 // of the counter map, given away so far
	struct bpfmap maps[MAX_MAPS];	 // besides the ring and the counters
	const char *map_names[MAX_MAPS]; // of these
	uint32_t map_count;
	struct shape_geometry geometry;
	struct cells cells;
	struct ring ring;
	struct reorder reorder; // of options.sort
	uint64_t latest;	// of all records given
	int64_t late;		// so many came after one of a later time,
	uint64_t late_by;	// by so many ns at most
	struct unroll unroll;
	struct wait wait;
	struct lower_target target;
	uint32_t own_pid; // whose hits are left out; 0: nobody's
	struct attaching attaching;
	struct governor governor;
	bool started, stopped, has_maps;
	bool attaches; // what is compiled is for the kernel, not to be shown
	uint64_t start, start_wall;
	uint64_t made;	  // where memory of hits that are made up goes on; 0: there is none yet
	uint64_t tick_ns; // what jiffies count
};

// What a record's values need to be shown, and the variant that it is of.
struct format trace_format(const struct ks_trace *t, const struct ks_record *r);
const struct ks_variant *trace_variant(const struct ks_trace *t, const struct ks_record *r);
// Reads the kernel's symbols if they are wanted. Without them addresses stay numbers.
void trace_symbols(struct ks_trace *t);
// Can a field's value be shown by a spec? -1 with error at the spec's place.
int trace_fits(struct ks_trace *t, const struct btf *btf, const struct ks_field *f,
	       const struct spec *spec, struct ks_error *error);
// How values of the types of one BTF, the kernel's or a module's, are laid out; NULL: it is neither.
struct plans *trace_plans(struct ks_trace *t, const struct btf *btf);
// Begins such plans, with what the trace knows of values.
void trace_make_plans(const struct ks_trace *t, struct plans *plans, const struct btf *btf);
// Pads what was written from `from` on to a column's width. is_ascii: it is known to be that.
void template_pad(struct buf *out, size_t from, int32_t width, bool is_ascii);
// Begins a column that is padded when its holes are filled (formats.h); it ends in HOLE_END.
void template_column(struct buf *out, int32_t width);
// Adds a note, by printf's rule.
void trace_note(struct ks_trace *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Finds what the places stand for: makes the probe's variants and points. -1 with error.
int resolve(struct ks_probe *p, const char *const *places, int count, struct ks_error *error);
// Reads the modules' BTF files, once; those that can't be read are left out. -1 with error.
int module_read_all(struct ks_trace *t, struct ks_error *error);
// May a module that is loaded have a function of this name? Not if BTF describes all of them, and none
// has the name among its strings.
bool module_may_have(const char *name);

// Adds text[from, to), "[name=]expr|spec", as a capture. Its field's index, or -1 with error.
// shown: it stands in a template, and needs no name of its own.
// *spec: how this mention of it wants to be shown; in the trace's memory.
int variant_capture(struct ks_variant *v, const char *text, uint32_t from, uint32_t to, bool shown,
		    struct spec *spec, struct ks_error *error);
// Adds what the default printer shows: arguments and, at a return, retval.
int variant_capture_default(struct ks_variant *v, struct ks_error *error);
// The number that text, "[name=]expr|spec", stands for, made 8 bytes wide; *f: as what it is shown.
// NULL with error.
const struct node *variant_number(struct ks_variant *v, const char *text, struct ks_field *f,
				  struct ks_error *error);
// The key of a span's end: a number or pointer of 8 bytes. NULL with error.
const struct node *variant_key(struct ks_variant *v, const char *text, struct ks_error *error);
// Calls f for every checked tree of its texts until one gives -1, which comes back; else 0.
int variant_each_tree(const struct ks_variant *v, int (*f)(void *data, const struct node *n),
		      void *data);
int variant_where(struct ks_variant *v, const char *text, struct ks_error *error);
int variant_emit(struct ks_variant *v, const char *text, struct ks_error *error);
// Text to instructions. Needs: the trace's geometry. -1 with error.
int variant_compile(struct ks_variant *v, struct ks_error *error);
// The rest of the way from its IR to instructions.
int variant_finish(struct ks_variant *v, struct ks_error *error);
struct attach_target variant_target(const struct ks_variant *v, char name[16]);
// The script's text that an instruction comes from; NULL: none.
const char *variant_source(const struct ks_variant *v, uint32_t insn, uint32_t *pos, uint32_t *len);
// The text that asks for the largest of what is put away where it begins; NULL: none.
const char *variant_largest(const struct ks_variant *v, const struct stash *s);
// The script's texts of all instructions, for the kernel. -1: out of memory.
int variant_lines(const struct ks_variant *v, struct program_lines *lines);
// What belongs to the calls of a probe besides their ends; once, when all its texts are there and
// before there are maps. -1 with error.
int call_prepare(struct ks_probe *p, struct ks_error *error);
// The same of what is known to ask for it.
int call_pair(struct ks_probe *p, struct ks_error *error);
// The program of one of its others.
int call_compile(struct ks_variant *v, const struct shape *end, struct ks_error *error);
// What is to be known of the beginnings of a variant's calls; why: they can't be seen; NULL: they can.
void call_scope(struct ks_variant *v, const char *why);
// The program that is told of every task's end, as the next of the others. -1 with error.
int call_gone(struct ks_probe *p, struct ks_error *error);
// A probe without places and texts, not yet one of the trace's. NULL with error.
struct ks_probe *probe_new(struct ks_trace *t, uint32_t lines, struct ks_error *error);
// Gives it its places' name, borrowed, and one that no other probe has.
int probe_name(struct ks_probe *p, const char *place, struct ks_error *error);
// Places as one text. NULL with error.
const char *probe_places(struct arena *a, const char *const *places, int count,
			 struct ks_error *error);
// Adds a text to `count` of its variants. What needs a literal to be told first is not done at all. -1
// with error.
int probe_text(struct ks_probe *p, uint32_t first, uint32_t count, const char *text,
	       int (*add)(struct ks_variant *, const char *, struct ks_error *),
	       struct ks_error *error);
// A text did not compile at one variant: 0 when the probe goes on without it, -1 with error.
int probe_leave_out(struct ks_variant *v, const struct ks_error *why, struct ks_error *error);
// Takes the next lines of the counter map; returns the first of them.
uint32_t trace_lines(struct ks_trace *t, uint32_t count);
// Has a map made when the trace starts; its name is copied. Its number for programs (ir.h), or -1 with
// error: KS_ELIMIT.
int trace_map(struct ks_trace *t, const struct bpfmap *wanted, struct ks_error *error);
// Takes back what a text added to the probe's variants since probe_marks; and what that is, in the
// trace's working memory. NULL with error.
struct probe_mark;
struct probe_mark *probe_marks(struct ks_probe *p, struct ks_error *error);
void probe_take_back(struct ks_probe *p, const struct probe_mark *marks);
// Which of a probe's first `count` variants this one was a part of.
uint32_t probe_origin(const struct ks_variant *v, uint32_t count);
// Has the governor watch the trace, before the memory of compiling is freed. -1 with error.
int trace_watch(struct ks_trace *t, struct ks_error *error);
// Makes the maps, once. -1 with error.
int trace_maps(struct ks_trace *t, struct ks_error *error);
// Has the maps made for a value of `size` bytes, a multiple of 8, in every task; bounded: in no more
// than a hash has room for. *tasks: how many can have one; 0: all. The names are of a map and of the
// zeros that a hash needs. -1 with error.
int trace_per_task(struct ks_trace *t, const char *name, const char *zeros, uint32_t size,
		   bool bounded, struct per_task *ret, uint32_t *tasks, struct ks_error *error);
// The descriptors of all maps, by their numbers: MAP_OWN + MAX_MAPS at most.
void trace_map_fds(const struct ks_trace *t, int *fds);

#endif
