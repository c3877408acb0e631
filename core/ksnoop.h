// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// The one public header: everything that Lua, or a C program, can ask of ksnoop's core.
//
// Form: handle first, error last; int 0/-1 or pointer/NULL; text goes into the caller's buffer by
// snprintf's rule (returns the length needed, without the NUL). The library never prints, never
// exits. What lies between the two marks is extracted to lua/ksnoop/cdef.lua by `make cdef`: no
// preprocessor, no struct by value, no callbacks, no varargs there.
#ifndef KSNOOP_H
#define KSNOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(default)

/* ks:cdef begin */
// Raised with every change of what follows; Lua compares it with ks_abi() and names both sides.
enum { KS_ABI = 19 };

enum ks_kind {
	KS_OK,
	KS_ESYNTAX, // the text is no expression
	KS_ENAME,   // a name in an expression that nothing here has
	KS_ETYPE,   // the types do not fit
	KS_ELIMIT,  // a limit of ksnoop or of BPF, named in the message
	KS_EABSENT, // this kernel has no such function, or no BTF
	KS_EKERNEL, // the kernel refused
	KS_EPERM,   // privileges are missing
	KS_EOS,	    // a system call failed
	KS_EOUTPUT, // the output can't be written
	KS_ENOMEM,
	KS_ELITERAL, // what a literal stands for has to be told first: see ks_format
	KS_EENDED    // a signal ended it
};

// What went wrong, for a person. Owned by the caller; nothing in it needs freeing.
struct ks_error {
	int kind;	   // enum ks_kind
	int os;		   // errno, or 0
	uint32_t pos, len; // where in the expression, in bytes; len 0: nowhere
	char message[320]; // "struct sock has no member 'port'"
	char hint[320];	   // "did you mean sk->__sk_common.skc_dport?"; may be empty
};

struct ks_options {
	const char *btf; // file with BTF (raw or ELF) instead of the running kernel's; or NULL
	// Files instead of /proc/kallsyms, /sys/kernel/tracing and the kprobes' blacklist; or NULL.
	const char *kallsyms, *tracefs, *blacklist;
	uint32_t buffer;     // bytes of the ring buffer; 0: the default, 4 MiB
	uint32_t pages;	     // the same as pages for each CPU; 0: see buffer
	bool no_hits;	     // do not count hits: a rejected event costs less
	bool self;	     // do not exclude the calling process
	bool helper_reads;   // read all memory by bpf_probe_read_kernel, none directly: to compare
	bool unbuffered;     // deliver at once, do not linger for more
	uint32_t max_probes; // programs for one function each that a pattern may take; 0: 100
	// What tracing may cost for 3 s, as far as that can be told, in percent of one processor: more, and
	// all probes are paused (ks_governed). 0: anything.
	uint32_t budget;
	uint32_t linger_ms; // how long to let records gather; 0: the default, 10
	bool sort;	    // give records in the order of their times
};

// How a field's bytes are to be read.
enum ks_field_kind {
	KS_INT,	    // size 1, 2, 4 or 8, by is_signed
	KS_BOOL,    // size 1
	KS_ENUM,    // an integer whose values have names
	KS_PTR,	    // 8 bytes, an address
	KS_CHARS,   // char[size], up to its first NUL
	KS_STR,	    // int32 length with the NUL, or -errno; then the bytes
	KS_FUNC,    // the name of a place: a point, see ks_point_func
	KS_BYTES,   // size bytes as they are
	KS_INET,    // an internet address: u16 family, 2 bytes of 0, 16 bytes in network order
	KS_VALUE,   // a struct, union or array as it lies in memory; a slice: struct ks_slice first
	KS_PATH,    // the names of a file's path: struct wire_path in bpf/wire.h
	KS_FLOAT,   // size 4 or 8; no field, but a part of a value
	KS_CHANGES, // what something was where a call or span began, and what it is where that ends
	KS_STACK,   // where calls of the kernel return to: struct wire_stack in bpf/wire.h
	KS_USTACK   // those of a process
};

// What a slice of an array begins with in a record: how many elements of it follow, and how many
// its bounds ask for.
struct ks_slice {
	uint32_t count, wanted;
};

// What a number counts, when its type does not say it.
enum ks_unit { KS_PLAIN, KS_TIME, KS_RETVAL, KS_DURATION, KS_ERRNO, KS_SYMBOL, KS_CGROUP };

// Where a capture lies in a record. Borrowed: belongs to the probe.
struct ks_field {
	const char *name;
	const char *type; // as C spells it: "struct file *"
	uint8_t kind;	  // enum ks_field_kind
	uint8_t unit;	  // enum ks_unit
	bool is_signed;
	bool in_args;	  // a capture of the script's, not one that every event has
	bool is_slice;	  // KS_VALUE: begins with struct ks_slice, and type_id is of an element
	bool is_part;	  // of a stack: `count` frames were asked for, not all
	uint32_t offset;  // bytes from the start of the record
	uint32_t size;	  // bytes
	uint32_t type_id; // BTF type; 0: none
	// KS_VALUE: elements of an array, of a slice at most; of a stack: frames shown at most; else 0
	uint32_t count;
	int32_t nil_bit;  // bit of the record's nils; -1: always readable
	const char *spec; // "size", "x", ... as written; "" when none
	int32_t width;	  // column width; negative: left
};

// What a value is made of.
enum ks_shape { KS_SCALAR, KS_STRUCT, KS_UNION, KS_ARRAY };

// A member of a struct or union, an element of an array, or the whole of a type. Borrowed: lives as
// long as the trace.
struct ks_part {
	const char *name; // of a member; else ""
	uint8_t kind;	  // enum ks_field_kind, as a field of this type would have it
	uint8_t shape;	  // enum ks_shape
	bool is_signed;
	bool is_char;	  // KS_INT: an array of these is KS_CHARS
	uint8_t bit;	  // a bit-field's first bit, counted from the lowest of the byte at offset
	uint8_t bits;	  // its width; 0: no bit-field
	uint32_t offset;  // bytes from the start of the whole
	uint32_t size;	  // bytes; of a bit-field those of its type; 0: of no known size
	uint32_t type_id; // BTF type; a module's too: see ks_types
	uint32_t count;	  // elements of an array; 0 of a flexible one
};

// A record as it lies in the ring buffer (bpf/wire.h says the same to the kernel's half).
struct ks_record {
	uint64_t time; // boot clock, ns
	uint32_t tid;
	uint32_t pid;
	uint32_t cpu;
	uint32_t point; // where it comes from: see ks_record_probe
	uint64_t nils;	// bit n: the capture with nil_bit n could not be read
	uint8_t data[];
};

// Sums over all CPUs. -1: not known. What each means: the manual, "Accounting".
struct ks_counters {
	int64_t hits, recursion, suppressed, self, sampled, filtered, faults, unmatched, matched;
	int64_t lost, nils;
	int64_t remainder; // of sampled, those that no weight stands for; -1: the probe has no rate
	int64_t delivered; // records handed out by ks_next
	// Beginnings of calls, of a probe whose ends ask for them; else -1.
	int64_t opened, closed, reopened, gone, full, unopened;
	int64_t open; // at this moment
	// Of a probe that keeps records: those that newer ones took the place of, and those that are kept,
	// or were when their task ended; else -1.
	int64_t overwritten, kept;
	// Of a probe whose hits must lie in certain calls; else -1: such calls of which nobody knows, so
	// that hits in them were filtered.
	int64_t unfollowed;
};

struct ks_trace;
struct ks_probe;

// What made the governor pause all probes.
struct ks_governed {
	uint32_t share; // what they cost, in percent of one processor
	int64_t hits;	// a second, of the probe that cost most; with no_hits those that matched
	struct ks_probe *probe; // that one; borrowed
};

// A literal of a type that has an inverse of the script's.
struct ks_literal {
	int format;	  // what ks_format returned
	uint32_t size;	  // bytes that it stands for
	const char *text; // borrowed, until ks_literal_bytes; ends in no NUL
	size_t len;
};

// Why ks_wait returned; bits.
enum ks_wake { KS_WAKE_RECORDS = 1, KS_WAKE_SIGNAL = 2, KS_WAKE_CHILD = 4, KS_WAKE_TIMEOUT = 8 };

enum ks_form { KS_PROTOTYPES, KS_JSON, KS_NAMES };
enum ks_stage { KS_TOKENS, KS_TREE, KS_LAYOUT, KS_IR, KS_BPF, KS_LOG };

// What first() took in one of the script's texts. Borrowed: lives as long as the trace.
struct ks_pick {
	const char *text, *file; // file: NULL: not said
	int line;		 // of the probe
	uint32_t pos, len;	 // where in the text: first() itself, or a word that says it
	const char *call;	 // "first(a, b)" as it was written; ends in no NUL
	size_t call_len;
	const char *taken; // "b", in there
	size_t taken_len;
};

struct ks_variant;
struct ks_template;
struct ks_agg;
struct ks_end;
struct ks_opened;
struct ks_frame;
struct ks_hit;
struct ks_types; // the BTF that type ids count in

int ks_abi(void);

// --- a trace: everything that runs together; owns all that comes from it ---------------------

// Opens BTF and nothing else; no privileges. NULL with error.
struct ks_trace *ks_open(const struct ks_options *options, struct ks_error *error);
// Detaches and frees everything. NULL is fine.
void ks_close(struct ks_trace *trace);

// --- probes: borrowed, they belong to the trace ----------------------------------------------

// A probe at one place or several: "function", "return:function", "tp:name", "sys:name", patterns;
// "!pattern" leaves functions out. NULL with error: no such place, not traceable.
struct ks_probe *ks_probe(struct ks_trace *trace, const char *const *places, int count,
			  struct ks_error *error);
// A probe at the returns of functions and system calls, of which retval and the arguments are known
// and, where its texts ask for them, `elapsed` and what entry(x) was when it was called.
struct ks_probe *ks_call(struct ks_trace *trace, const char *const *places, int count,
			 struct ks_error *error);
// A span: a probe at the places where something closes that opened elsewhere. It has none yet, see
// ks_span_end. max: how many can be open at the same time; 0: 10240.
struct ks_probe *ks_span(struct ks_trace *trace, uint32_t max, struct ks_error *error);
// Adds places where it opens or, once all of these and their texts are there, where it closes. key: an
// expression that tells which of the open ones it is; NULL: the task. NULL with error, whose place is
// in the key, or where there is none in a place.
struct ks_end *ks_span_end(struct ks_probe *span, bool opens, const char *const *places, int count,
			   const char *key, struct ks_error *error);
// Hits of a probe, or in a span where it opens, shall count only in calls of the functions or system
// calls at these places, made by the same task; and those in calls of what was named before. Before any
// other text of the probe's but $names, of a span's before its ends. NULL with error.
struct ks_end *ks_within(struct ks_probe *probe, const char *const *places, int count,
			 struct ks_error *error);
// All of these are there, and other texts can follow, in which what they capture are names. 0 or -1.
int ks_within_ready(struct ks_probe *probe, struct ks_error *error);
// The innermost of these calls, as a probe of which only places and variants are asked, and which lies in
// the others itself; NULL: it need not lie in any.
struct ks_probe *ks_within_calls(struct ks_probe *probe);
// Adds to these places what decides there, and what is captured there: of where a span opens a name
// where it closes, of calls that hits must lie in one in these. 0 or -1.
int ks_end_where(struct ks_end *end, const char *expr, struct ks_error *error);
int ks_end_capture(struct ks_end *end, const char *text, struct ks_error *error);
// All its ends are there, and texts of its own can follow. 0 or -1.
int ks_span_ready(struct ks_probe *span, struct ks_error *error);
// Where it opens, as a probe of which only places and variants are asked; NULL: it is no span.
struct ks_probe *ks_span_opens(struct ks_probe *probe);
// What is open now, to be freed: records of where it opened, with `key` and `elapsed`. NULL with error.
struct ks_opened *ks_span_opened(struct ks_probe *span, struct ks_error *error);
// The next one, or NULL when all were given.
const struct ks_record *ks_opened_next(struct ks_opened *opened);
void ks_opened_free(struct ks_opened *opened);
// Of the hits that its predicates let pass, takes one in so many by chance (0: all) and, on each CPU, one
// every `interval` ns (0: as many as come), some of them up to `burst` ns too early. Of a call or span it
// is decided at its beginning, where that is seen. What is taken has a field `weight`, of 8 bytes: how
// many it stands for. Before the probe's captures, once. 0 or -1: KS_ELIMIT.
int ks_sample(struct ks_probe *probe, uint32_t one_in, uint64_t interval, uint64_t burst,
	      struct ks_error *error);
// Adds a predicate; all of a probe's must hold. The text is copied. Where a pattern's functions
// have not what a text asks for, they are left out, as long as some remain.
int ks_where(struct ks_probe *probe, const char *expr, struct ks_error *error);
// Keeps the last `count` records of every task in the kernel, which go out together with the record for
// which the condition of ks_emit is true; without one the trace does not start. Not of a span. 0 or -1.
int ks_keep(struct ks_probe *probe, uint32_t count, struct ks_error *error);
// The condition, as a predicate. 0 or -1.
int ks_emit(struct ks_probe *probe, const char *expr, struct ks_error *error);
// Adds a capture "name=expr|spec", which may be there already when name and expression are the
// same. 0 or -1.
int ks_capture(struct ks_probe *probe, const char *text, struct ks_error *error);
// Adds the captures of the default printer: arguments and, at a return, retval; elapsed where a
// predicate asks for it. 0 or -1.
int ks_capture_default(struct ks_probe *probe, struct ks_error *error);
// Parses a template, NULL for the default one; adds its captures to the probe. Borrowed, belongs to
// the trace.
struct ks_template *ks_template(struct ks_probe *probe, const char *text, struct ks_error *error);
// Where the script defines it, for the verifier's log and for bpftool. 0 or -1.
int ks_probe_source(struct ks_probe *probe, const char *file, int line, struct ks_error *error);
int ks_probe_index(const struct ks_probe *probe);
// The places; "places#2" for a second probe there.
const char *ks_probe_name(const struct ks_probe *probe);
// How many functions and tracepoints it is put on; *left_out: how many of a pattern's have not what
// its texts ask for.
int ks_probe_points(const struct ks_probe *probe, uint32_t *left_out);

// What a probe's texts mean at functions of one signature; captures lie alike in all its records.
int ks_variant_count(const struct ks_probe *probe);
// NULL: it was left out.
struct ks_variant *ks_variant(struct ks_probe *probe, int index);
int ks_variant_index(const struct ks_variant *variant);
int ks_field_count(const struct ks_variant *variant);
const struct ks_field *ks_field(const struct ks_variant *variant, int index);
// Index of a field by name, or -1 with the nearest name in the error's hint.
int ks_field_index(const struct ks_variant *variant, const char *name, struct ks_error *error);

// --- values ----------------------------------------------------------------------------------

// What the type_id of a variant's fields counts in; of one module's variants always the same.
// Borrowed, lives as long as the trace.
const struct ks_types *ks_types(const struct ks_variant *variant);
// The type as a whole, its offset and name empty. 0, or -1 with error: no such type.
int ks_type_whole(const struct ks_types *types, uint32_t type_id, struct ks_part *out,
		  struct ks_error *error);
// The members of a struct or union, in the order of their declaration; in the place of one without
// a name those inside it, as C finds them. Of an array one part: an element. Fills in cap at most;
// returns how many there are, or -1 with error: no such type (KS_ENAME), too many parts (KS_ELIMIT).
int ks_type_parts(const struct ks_types *types, uint32_t type_id, struct ks_part *out, int cap,
		  struct ks_error *error);
// The type as C spells it: "struct file".
size_t ks_type_name(const struct ks_types *types, uint32_t type_id, char *buf, size_t cap);

// Of a record that ks_next gave:
struct ks_probe *ks_record_probe(const struct ks_trace *trace, const struct ks_record *record);
const struct ks_variant *ks_record_variant(const struct ks_trace *trace,
					   const struct ks_record *record);
// The name of a point as records, and fields of KS_FUNC, say it; NULL: there is none. Borrowed.
const char *ks_point_func(const struct ks_trace *trace, uint32_t point);

// What a person should know though nothing failed, one note a call; NULL when all were given.
const char *ks_note(struct ks_trace *trace);

// --- words -----------------------------------------------------------------------------------

// Makes a word: "f(x, y)" in expressions stands for expr from now on, and no more for what it did.
// 0 or -1; positions of an error count in head, one space and expr.
int ks_define(struct ks_trace *trace, const char *head, const char *expr, struct ks_error *error);
// Makes $name in the probe's expressions stand for a constant: a number or 'text' as expressions
// have them, or a list: "()", "(1,)", "(1, 2)". Before the probe's expressions. 0 or -1; positions
// of an error count in value.
int ks_with(struct ks_probe *probe, const char *name, const char *value, struct ks_error *error);
// The value of a constant expression, as 64 bits: of an uint64_t if *is_unsigned. 0 or -1.
int ks_const(struct ks_trace *trace, const char *expr, int64_t *value, bool *is_unsigned,
	     struct ks_error *error);
// What first() took: the index-th of all, each place once. False: there are no more.
bool ks_pick(const struct ks_trace *trace, uint32_t index, struct ks_pick *out);
// Does this kernel have a type ("struct sock", "enum x", "size_t"), a member ("struct sock.a.b"), a
// constant or a place? 1, 0, or -1 with error when it is no such question.
int ks_has(struct ks_trace *trace, const char *what, struct ks_error *error);

// --- aggregations in the kernel: borrowed, they belong to the trace ---------------------------

enum ks_agg_kind { KS_COUNT, KS_SUM, KS_STATS, KS_HIST };

struct ks_agg_options {
	int kind;	   // enum ks_agg_kind
	uint32_t max;	   // keys; 0: 10240. What has no room is counted in one row
	int64_t step;	   // KS_HIST: width of a bucket; 0: powers of two
	uint32_t sub_bits; // KS_HIST: 2^sub_bits buckets for each power of two; 0: one
	uint64_t over; // ns: the first key is the boot clock's time divided by this; 0: it is not
};

// One line of an aggregation.
struct ks_row {
	uint32_t index;
	bool is_other;	       // what there was no room for
	int64_t count;	       // where hits are sampled, this and the sum are of their weights
	int64_t sum, min, max; // min and max: KS_STATS; of unsigned values as uint64_t
	int64_t samples;       // hits that it was made of
	// KS_HIST: which bucket. Powers of two: -1 what is negative, 0 for 0, b for [2^(b-1), 2^b).
	// With a step: value / step, rounded down. With sub_bits s: up to 2^s the value itself, from
	// there on for a value v whose highest bit is e ((e - s + 1) << s) + (v >> (e - s)) - (1 << s).
	int64_t bucket;
};

// NULL with error: KS_ELIMIT.
struct ks_agg *ks_agg(struct ks_trace *trace, const struct ks_agg_options *options,
		      struct ks_error *error);
// Adds the probe's hits: by keys "[name=]expr|spec", with a value (not of KS_COUNT). What several
// probes add must have keys and values of the same types. 0, or -1 with error in the text *at (NULL:
// in none).
int ks_agg_use(struct ks_probe *probe, struct ks_agg *agg, const char *const *keys, int key_count,
	       const char *value, const char **at, struct ks_error *error);
// The probe's hits are for aggregations alone: no record leaves the kernel.
int ks_no_events(struct ks_probe *probe);
int ks_agg_keys(const struct ks_agg *agg);
// The keys, and the value (NULL: it is a count), as they are shown; offset means nothing.
const struct ks_field *ks_agg_key(const struct ks_agg *agg, int index);
const struct ks_field *ks_agg_value(const struct ks_agg *agg);
// Reads its rows, in no order; take: and begins anew, so that each hit is in the rows of one such call.
// Returns how many there are, until the next call; -1 with error.
int64_t ks_agg_read(struct ks_agg *agg, bool take, struct ks_error *error);
const struct ks_row *ks_agg_row(const struct ks_agg *agg, uint32_t index);
// How many values could not be read, and so were not added, in all.
int64_t ks_agg_unread(const struct ks_agg *agg);
// A key of a row: its bytes, NULL where it could not be read; as text (spec NULL: its own);
// as JSON.
const void *ks_agg_bytes(const struct ks_agg *agg, uint32_t row, int key);
size_t ks_agg_text(const struct ks_agg *agg, uint32_t row, int key, const char *spec, char *buf,
		   size_t cap);
size_t ks_agg_json(const struct ks_agg *agg, uint32_t row, int key, char *buf, size_t cap);

// --- types that a script shows and reads itself ------------------------------------------------

// From now on a value of the type, "struct x", "union x", "enum x" or a typedef of one of these or of
// an integer, makes a hole in the texts below, for the caller to fill: core/formats.h has its form. Before
// the trace's first text; the same type again counts anew. reads: its literals, x == 'text', can be
// read too: a call that takes an expression may then fail with KS_ELITERAL, nothing of it done, and
// is to be made again when the caller has told what the literal stands for.
// Returns an index that holes and literals say; -1 with error: no such type (KS_EABSENT).
int ks_format(struct ks_trace *trace, const char *type, bool reads, struct ks_error *error);
// The literal that the last KS_ELITERAL was about. 0, or -1: there was none.
int ks_literal(const struct ks_trace *trace, struct ks_literal *out);
// Tells the bytes that it stands for; NULL: it stands for nothing. 0 or -1.
int ks_literal_bytes(struct ks_trace *trace, const void *bytes, struct ks_error *error);

// --- running ---------------------------------------------------------------------------------

// Text to instructions, for every probe. No privileges. 0 or -1; *at is the probe that failed.
int ks_compile(struct ks_trace *trace, struct ks_probe **at, struct ks_error *error);
// Says what is missing to trace here: capabilities, lockdown. 0 when nothing is.
int ks_privileges(struct ks_error *error);
// Has this process a capability, by its number (capabilities(7))? 1 or 0; -1: /proc does not tell.
int ks_capability(int number);
// Loads and attaches all or nothing, then lets the probes count. *at as above.
int ks_start(struct ks_trace *trace, struct ks_probe **at, struct ks_error *error);
// The same in parts, for who has something to do meanwhile: 1, to be called again; 0, all is on; -1. The
// first part does not put on any. A signal ends it with KS_EENDED.
int ks_attach(struct ks_trace *trace, struct ks_probe **at, struct ks_error *error);
// How far that is: parts done, all, and how many programs are for one function each.
uint32_t ks_attached(const struct ks_trace *trace, uint32_t *total, uint32_t *alone);
// The text in which the error of ks_compile or ks_start has its place; NULL: it has none.
const char *ks_refused_text(const struct ks_trace *trace);
// Starts `sh -c command`, held until the probes are on. Call before ks_start. 0 or -1.
int ks_spawn(struct ks_trace *trace, const char *command, struct ks_error *error);
// The child's wait(2) status, once KS_WAKE_CHILD was seen.
int ks_child_status(const struct ks_trace *trace);
// Waits for records, a signal, the child's end or the time; returns bits of enum ks_wake, or -1.
int ks_wait(struct ks_trace *trace, int timeout_ms, struct ks_error *error);
// The signal that KS_WAKE_SIGNAL stands for, once; 0 when none.
int ks_signal(struct ks_trace *trace);
// The next record, or NULL when all are read or, with `sort`, none is sure to be the next: ks_wait returns
// soon then. Borrowed until the next call.
const struct ks_record *ks_next(struct ks_trace *trace);
// Ends counting: afterwards no program writes; what is in the ring can still be read.
int ks_stop(struct ks_trace *trace, struct ks_error *error);
// Lets a probe count, or not: then its hits leave no trace at all. Before ks_start: how it begins.
void ks_switch(struct ks_probe *probe, bool on);
// Has the governor paused all probes? Then nothing is counted any more, ks_switch or not; all that was
// comes yet.
bool ks_governed(struct ks_trace *trace, struct ks_governed *out);
void ks_counters(struct ks_probe *probe, struct ks_counters *out);
// The counter lost alone, without a system call.
int64_t ks_lost(const struct ks_probe *probe);
// Of these, the records that their task had no room to keep.
int64_t ks_unkept(const struct ks_probe *probe);
// How many records ks_next gave after one of a later time; *by: ns between the two, at most. The order of
// records of one CPU is exact. With `sort` there are such only when a program was held up for longer than
// records are held for it, a second, or than there was room to hold them.
int64_t ks_late(const struct ks_trace *trace, uint64_t *by);
// Nanoseconds of the boot clock at which the trace began, and of the wall clock then.
uint64_t ks_start_time(const struct ks_trace *trace);
uint64_t ks_start_wall(const struct ks_trace *trace);
uint64_t ks_now(void); // boot clock
// How far CLOCK_MONOTONIC is behind the boot clock: nanoseconds that the machine was suspended.
uint64_t ks_suspended(void);

// --- what a script's functions may take ---------------------------------------------------------

// Read by the ksnoop program, which keeps to it. One for the process.
struct ks_limits {
	double seconds;	    // of processor time that a function may take; infinite: any
	double memory;	    // bytes of Lua's heap
	const char *caller; // whose function it is, for messages; borrowed until the next ks_watch
	const struct ks_trace
		*trace; // that runs, whose sums are told when the process has to end; or NULL
	const char
		*place; // of the script, where the function that is late was; borrowed as caller is
	uint32_t turn;	// another number: another function
	int32_t ours; // more than 0: a function of ksnoop's works for it, which will come to its end
	bool quiet;   // no sums
	bool kept;    // somebody keeps to it; else, as a module in another's Lua, nobody
	bool watched; // functions of the script's may run
	bool late;    // one has taken too long, and an error was raised in it
	bool pressed; // memory is short: time for a full collection
};

// What holds for this process; there from the start, with the defaults.
struct ks_limits *ks_limits(void);
// Functions of the script's run from now on, until the next call; NULL: no more. Of events ks_next says
// whose it is, and that it is another.
void ks_watch(const char *caller);

// --- hits that are made up --------------------------------------------------------------------

// An event at a place, as an event of a script's test: "vfs_read" is a call, which entry, return and
// call see alike, "return:vfs_read" a return, "tp:sched_switch" a tracepoint. NULL with error:
// KS_EABSENT, the variant is not there. Owned by the caller, of one who frees it before the trace.
struct ks_hit *ks_hit(struct ks_variant *variant, const char *place, struct ks_error *error);
void ks_hit_free(struct ks_hit *hit);
// Sets an argument, retval, a built-in value, or what lies in or behind one: "count", "pid",
// "file.f_path.dentry.d_name.name", "vec.0.iov_len". Pointers on the way lead to memory that is made,
// all zeros else. 0 or -1; of a text for what is a number with KS_ELITERAL.
int ks_hit_number(struct ks_hit *hit, const char *path, int64_t value, struct ks_error *error);
int ks_hit_text(struct ks_hit *hit, const char *path, const char *text, size_t n,
		struct ks_error *error);
// Makes what a pointer leads to, all zeros: at *address, or where there is room if that is 0, which it
// says then. 1; 0: it is no pointer, and lies where it is; or -1.
int ks_hit_memory(struct ks_hit *hit, const char *path, uint64_t *address, struct ks_error *error);
// What `stack` is there, the innermost frame first. 0 or -1.
int ks_hit_stack(struct ks_hit *hit, const uint64_t *frames, uint32_t count,
		 struct ks_error *error);
// 0: it is of one moment; 1: where a call begins; 2: where it ends.
int ks_hit_turn(const struct ks_hit *hit);
uint64_t ks_hit_task(const struct ks_hit *hit); // the tid
// Of an end of a span or a call of `within`, what decides there, and the key or task: 1; 0 filtered;
// -1 that can't be read; -2 error.
int ks_hit_end(struct ks_hit *hit, uint64_t *key, struct ks_error *error);
// What it closes, and the innermost call that it lies in: borrowed, for as long as it lives.
void ks_hit_opened(struct ks_hit *hit, struct ks_hit *opened);
void ks_hit_within(struct ks_hit *hit, struct ks_hit *outer);
// What ks_opened_next says at a time of one that is open. 0 or -1.
int ks_hit_row(struct ks_hit *hit, uint64_t now, uint64_t key, const struct ks_record **record,
	       struct ks_error *error);
// What the probe makes of it, by the engine that needs no kernel: 1 and its record, which lives as
// long as the hit; 0 filtered; -1 a predicate could not be read; -2 error. Of a span, of what it closes.
int ks_hit_run(struct ks_hit *hit, const struct ks_record **record, struct ks_error *error);

// --- text ------------------------------------------------------------------------------------

// One field as a printer shows it. spec: as behind | in a template, "size|6"; NULL: the field's own, without
// a width. Returns the length needed.
size_t ks_text(const struct ks_trace *trace, const struct ks_record *record, int field,
	       const char *spec, char *buf, size_t cap);
// Can the field be shown by this spec? 0, or -1 with error, whose place counts in spec. To be asked before a
// spec is used: it also reads what that needs.
int ks_fits(struct ks_trace *trace, const struct ks_variant *variant, int field, const char *spec,
	    struct ks_error *error);
// Why a field is nil: "EFAULT", or "" when it is not.
const char *ks_why(const struct ks_trace *trace, const struct ks_record *record, int field);
// A value as a printer shows it, such as a part of a field: its n bytes, which may be fewer than its
// type has. elements: of an array of that type, as many as there are bytes. spec: NULL for none.
size_t ks_value_text(struct ks_trace *trace, const struct ks_types *types, uint32_t type_id,
		     bool elements, const void *bytes, size_t n, const char *spec, char *buf,
		     size_t cap);
// The same as libbpf's btf_dump__dump_type_data has it, without its faults: types in front of values,
// nothing of what is 0, `level` blanks in front of each line, no newline behind the last. behind: the bytes
// are what a pointer of the type leads to. A struct of which not all bytes are there ends where they
// do, with no closing brace. *size: bytes that the value has; 0: not known.
size_t ks_value_dump(struct ks_trace *trace, const struct ks_types *types, uint32_t type_id,
		     bool behind, const void *bytes, size_t n, int level, uint64_t *size, char *buf,
		     size_t cap);
// As ks_fits, for ks_value_text.
int ks_value_fits(struct ks_trace *trace, const struct ks_types *types, uint32_t type_id,
		  bool elements, const char *spec, struct ks_error *error);
// The event through a template, with a newline.
size_t ks_template_text(const struct ks_template *t, const struct ks_record *record, char *buf,
			size_t cap);
// The titles of a template's columns, with a newline.
size_t ks_template_header(const struct ks_template *t, char *buf, size_t cap);
// The event as one line of JSON, with a newline.
size_t ks_json(const struct ks_trace *trace, const struct ks_record *record, char *buf, size_t cap);
// Columns of a table: for each the index of a field of a record's variant, -1 for none. All borrowed.
struct ks_columns {
	const struct ks_trace *trace;
	const int32_t *fields;
	uint32_t count;
};
// The event as one line of CSV (RFC 4180), with a newline: its place, then the columns.
size_t ks_csv(const struct ks_columns *columns, const struct ks_record *record, char *buf,
	      size_t cap);
// The text of one cell, as it is before it gets quotes.
size_t ks_csv_cell(const struct ks_trace *trace, const struct ks_record *record, int field,
		   char *buf, size_t cap);
// Any bytes as the inside of a JSON string, or made safe for a terminal.
size_t ks_json_string(const char *bytes, size_t n, char *buf, size_t cap);
size_t ks_safe_string(const char *bytes, size_t n, char *buf, size_t cap);

// --- asking about the kernel -----------------------------------------------------------------

// A stage of a compiled variant as text. KS_LOG loads the program (and needs privileges).
size_t ks_dump(struct ks_variant *variant, int stage, char *buf, size_t cap,
	       struct ks_error *error);
// All functions that match a name or glob, in a form: their prototypes, one a line, "[module]" behind
// those of modules; an object of JSON for each; or their names alone. *count says how many. 0 found is KS_EABSENT with the nearest names. (size_t)-1: error.
size_t ks_info(struct ks_trace *trace, const char *glob, int form, char *buf, size_t cap,
	       int *count, struct ks_error *error);
// What lies where in a type, "struct sock", "enum x", "size_t", "sock", or in a member of one,
// "struct sock.sk_lock"; or a line for each type that matches "struct tcp_*". Or an object of JSON for
// each. None is KS_EABSENT with the nearest names. (size_t)-1: error.
size_t ks_type(struct ks_trace *trace, const char *name, bool json, char *buf, size_t cap,
	       struct ks_error *error);
// Annotations for the Lua language server: a class for each struct and union that a name stands for, for
// those in them, and for those that their members point to. (size_t)-1: error, as of ks_type.
size_t ks_stubs(struct ks_trace *trace, const char *const *names, int count, char *buf, size_t cap,
		struct ks_error *error);
// Can a function be traced here, and how: a block of lines, or one line of JSON. The error's kind is
// then KS_EABSENT when it can't be, else KS_OK; its message is the gravest of what stands in the
// way. (size_t)-1: error.
size_t ks_explain(struct ks_trace *trace, const char *name, bool json, char *buf, size_t cap,
		  struct ks_error *error);
// The n-th thing that a kernel can do or not, "kprobe.multi"; NULL: there are no more.
const char *ks_feature_name(int n);
// Can the running kernel do it? 1, 0, or -1: to try takes privileges, or the types are a file's.
int ks_feature(struct ks_trace *trace, int n);
// "did you mean b?" for a word and candidates with spaces between; "" when none is close.
void ks_nearest(const char *word, const char *candidates, struct ks_error *error);
// The kernel's release, as uname(2) says.
const char *ks_kernel(const struct ks_trace *trace);
// How many columns of a terminal a text in UTF-8 takes, as wcwidth(3) has it, with colours in it: of
// what begins with ESC [ and ends with m none.
size_t ks_columns(const char *bytes, size_t n);
// Writes all bytes to a file descriptor; 1 is what stdout was before ks_output_apart. 0, or -1 (KS_EOUTPUT, os = EPIPE for a closed pipe).
int ks_write(int fd, const char *bytes, size_t n, struct ks_error *error);
// From now on stdout is a file that is made for it, which nobody but its owner can read: SUDO_UID's where that
// is set for root. One that is there is replaced with force, else it is refused; a device or a FIFO is
// written to as it is. Programs that are started get what stdout was before. 0 or -1.
int ks_output_to(const char *path, bool force, struct ks_error *error);
// From now on stdout is ks_write's alone: what anybody else writes there goes to stderr. 0 or -1.
int ks_output_apart(struct ks_error *error);
// Takes that file away again, if nothing is in it.
void ks_output_undo(const char *path);
// Is a descriptor open to be written to? Then programs that are started do not get it. 0 or -1.
int ks_keep_fd(int fd, struct ks_error *error);
// Says that the probes are on: writes "READY=1" and a newline to a descriptor and closes it; sends a
// datagram as sd_notify(3) does to a socket, "/path" or "@name". 0 or -1.
int ks_notify_fd(int fd, struct ks_error *error);
int ks_notify_socket(const char *name, struct ks_error *error);
// Is a file descriptor a terminal? Then its size, 80 by 24 where it knows none.
bool ks_terminal(int fd, unsigned *columns, unsigned *rows);
// How many bytes stdio keeps for stdout: what Lua's print wrote and nobody flushed.
size_t ks_unwritten(void);
// What is written to stdout from begin to end, by whomever, as a text instead: one at a time. Begin
// and end flush nothing: that is the caller's. Owned by the caller; ks_frame_close(NULL) is nothing.
struct ks_frame *ks_frame_open(struct ks_error *error);
void ks_frame_close(struct ks_frame *frame);
int ks_frame_begin(struct ks_frame *frame, struct ks_error *error);
int ks_frame_end(struct ks_frame *frame, struct ks_error *error);
// What was written between the last begin and end; the length that it needs, as snprintf(3).
size_t ks_frame_text(struct ks_frame *frame, char *buf, size_t cap);
// Processes whose work our own output makes: our ancestors and whoever reads our stdout's pipe.
// Fills in pids, cap at most; returns how many.
int ks_peers(int *pids, int cap);
// The names of the Lua scripts in a directory without their ".lua", sorted, a line each. (size_t)-1:
// error.
size_t ks_scripts(const char *directory, char *buf, size_t cap, struct ks_error *error);
// Is this directory, in which a script's modules would be looked up, safe from other users?
int ks_trusted(const char *directory, const char *script, struct ks_error *error);
/* ks:cdef end */

#pragma GCC visibility pop

#endif
