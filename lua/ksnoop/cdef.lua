-- Extracted from core/ksnoop.h by `make cdef`; change it there.
return [[
enum { KS_ABI = 19 };
enum ks_kind {
	KS_OK,
	KS_ESYNTAX,
	KS_ENAME,
	KS_ETYPE,
	KS_ELIMIT,
	KS_EABSENT,
	KS_EKERNEL,
	KS_EPERM,
	KS_EOS,
	KS_EOUTPUT,
	KS_ENOMEM,
	KS_ELITERAL,
	KS_EENDED
};
struct ks_error {
	int kind;
	int os;
	uint32_t pos, len;
	char message[320];
	char hint[320];
};
struct ks_options {
	const char *btf;
	const char *kallsyms, *tracefs, *blacklist;
	uint32_t buffer;
	uint32_t pages;
	bool no_hits;
	bool self;
	bool helper_reads;
	bool unbuffered;
	uint32_t max_probes;
	uint32_t budget;
	uint32_t linger_ms;
	bool sort;
};
enum ks_field_kind {
	KS_INT,
	KS_BOOL,
	KS_ENUM,
	KS_PTR,
	KS_CHARS,
	KS_STR,
	KS_FUNC,
	KS_BYTES,
	KS_INET,
	KS_VALUE,
	KS_PATH,
	KS_FLOAT,
	KS_CHANGES,
	KS_STACK,
	KS_USTACK
};
struct ks_slice {
	uint32_t count, wanted;
};
enum ks_unit { KS_PLAIN, KS_TIME, KS_RETVAL, KS_DURATION, KS_ERRNO, KS_SYMBOL, KS_CGROUP };
struct ks_field {
	const char *name;
	const char *type;
	uint8_t kind;
	uint8_t unit;
	bool is_signed;
	bool in_args;
	bool is_slice;
	bool is_part;
	uint32_t offset;
	uint32_t size;
	uint32_t type_id;
	uint32_t count;
	int32_t nil_bit;
	const char *spec;
	int32_t width;
};
enum ks_shape { KS_SCALAR, KS_STRUCT, KS_UNION, KS_ARRAY };
struct ks_part {
	const char *name;
	uint8_t kind;
	uint8_t shape;
	bool is_signed;
	bool is_char;
	uint8_t bit;
	uint8_t bits;
	uint32_t offset;
	uint32_t size;
	uint32_t type_id;
	uint32_t count;
};
struct ks_record {
	uint64_t time;
	uint32_t tid;
	uint32_t pid;
	uint32_t cpu;
	uint32_t point;
	uint64_t nils;
	uint8_t data[];
};
struct ks_counters {
	int64_t hits, recursion, suppressed, self, sampled, filtered, faults, unmatched, matched;
	int64_t lost, nils;
	int64_t remainder;
	int64_t delivered;
	int64_t opened, closed, reopened, gone, full, unopened;
	int64_t open;
	int64_t overwritten, kept;
	int64_t unfollowed;
};
struct ks_trace;
struct ks_probe;
struct ks_governed {
	uint32_t share;
	int64_t hits;
	struct ks_probe *probe;
};
struct ks_literal {
	int format;
	uint32_t size;
	const char *text;
	size_t len;
};
enum ks_wake { KS_WAKE_RECORDS = 1, KS_WAKE_SIGNAL = 2, KS_WAKE_CHILD = 4, KS_WAKE_TIMEOUT = 8 };
enum ks_form { KS_PROTOTYPES, KS_JSON, KS_NAMES };
enum ks_stage { KS_TOKENS, KS_TREE, KS_LAYOUT, KS_IR, KS_BPF, KS_LOG };
struct ks_pick {
	const char *text, *file;
	int line;
	uint32_t pos, len;
	const char *call;
	size_t call_len;
	const char *taken;
	size_t taken_len;
};
struct ks_variant;
struct ks_template;
struct ks_agg;
struct ks_end;
struct ks_opened;
struct ks_frame;
struct ks_hit;
struct ks_types;
int ks_abi(void);
struct ks_trace *ks_open(const struct ks_options *options, struct ks_error *error);
void ks_close(struct ks_trace *trace);
struct ks_probe *ks_probe(struct ks_trace *trace, const char *const *places, int count,
			  struct ks_error *error);
struct ks_probe *ks_call(struct ks_trace *trace, const char *const *places, int count,
			 struct ks_error *error);
struct ks_probe *ks_span(struct ks_trace *trace, uint32_t max, struct ks_error *error);
struct ks_end *ks_span_end(struct ks_probe *span, bool opens, const char *const *places, int count,
			   const char *key, struct ks_error *error);
struct ks_end *ks_within(struct ks_probe *probe, const char *const *places, int count,
			 struct ks_error *error);
int ks_within_ready(struct ks_probe *probe, struct ks_error *error);
struct ks_probe *ks_within_calls(struct ks_probe *probe);
int ks_end_where(struct ks_end *end, const char *expr, struct ks_error *error);
int ks_end_capture(struct ks_end *end, const char *text, struct ks_error *error);
int ks_span_ready(struct ks_probe *span, struct ks_error *error);
struct ks_probe *ks_span_opens(struct ks_probe *probe);
struct ks_opened *ks_span_opened(struct ks_probe *span, struct ks_error *error);
const struct ks_record *ks_opened_next(struct ks_opened *opened);
void ks_opened_free(struct ks_opened *opened);
int ks_sample(struct ks_probe *probe, uint32_t one_in, uint64_t interval, uint64_t burst,
	      struct ks_error *error);
int ks_where(struct ks_probe *probe, const char *expr, struct ks_error *error);
int ks_keep(struct ks_probe *probe, uint32_t count, struct ks_error *error);
int ks_emit(struct ks_probe *probe, const char *expr, struct ks_error *error);
int ks_capture(struct ks_probe *probe, const char *text, struct ks_error *error);
int ks_capture_default(struct ks_probe *probe, struct ks_error *error);
struct ks_template *ks_template(struct ks_probe *probe, const char *text, struct ks_error *error);
int ks_probe_source(struct ks_probe *probe, const char *file, int line, struct ks_error *error);
int ks_probe_index(const struct ks_probe *probe);
const char *ks_probe_name(const struct ks_probe *probe);
int ks_probe_points(const struct ks_probe *probe, uint32_t *left_out);
int ks_variant_count(const struct ks_probe *probe);
struct ks_variant *ks_variant(struct ks_probe *probe, int index);
int ks_variant_index(const struct ks_variant *variant);
int ks_field_count(const struct ks_variant *variant);
const struct ks_field *ks_field(const struct ks_variant *variant, int index);
int ks_field_index(const struct ks_variant *variant, const char *name, struct ks_error *error);
const struct ks_types *ks_types(const struct ks_variant *variant);
int ks_type_whole(const struct ks_types *types, uint32_t type_id, struct ks_part *out,
		  struct ks_error *error);
int ks_type_parts(const struct ks_types *types, uint32_t type_id, struct ks_part *out, int cap,
		  struct ks_error *error);
size_t ks_type_name(const struct ks_types *types, uint32_t type_id, char *buf, size_t cap);
struct ks_probe *ks_record_probe(const struct ks_trace *trace, const struct ks_record *record);
const struct ks_variant *ks_record_variant(const struct ks_trace *trace,
					   const struct ks_record *record);
const char *ks_point_func(const struct ks_trace *trace, uint32_t point);
const char *ks_note(struct ks_trace *trace);
int ks_define(struct ks_trace *trace, const char *head, const char *expr, struct ks_error *error);
int ks_with(struct ks_probe *probe, const char *name, const char *value, struct ks_error *error);
int ks_const(struct ks_trace *trace, const char *expr, int64_t *value, bool *is_unsigned,
	     struct ks_error *error);
bool ks_pick(const struct ks_trace *trace, uint32_t index, struct ks_pick *out);
int ks_has(struct ks_trace *trace, const char *what, struct ks_error *error);
enum ks_agg_kind { KS_COUNT, KS_SUM, KS_STATS, KS_HIST };
struct ks_agg_options {
	int kind;
	uint32_t max;
	int64_t step;
	uint32_t sub_bits;
	uint64_t over;
};
struct ks_row {
	uint32_t index;
	bool is_other;
	int64_t count;
	int64_t sum, min, max;
	int64_t samples;
	int64_t bucket;
};
struct ks_agg *ks_agg(struct ks_trace *trace, const struct ks_agg_options *options,
		      struct ks_error *error);
int ks_agg_use(struct ks_probe *probe, struct ks_agg *agg, const char *const *keys, int key_count,
	       const char *value, const char **at, struct ks_error *error);
int ks_no_events(struct ks_probe *probe);
int ks_agg_keys(const struct ks_agg *agg);
const struct ks_field *ks_agg_key(const struct ks_agg *agg, int index);
const struct ks_field *ks_agg_value(const struct ks_agg *agg);
int64_t ks_agg_read(struct ks_agg *agg, bool take, struct ks_error *error);
const struct ks_row *ks_agg_row(const struct ks_agg *agg, uint32_t index);
int64_t ks_agg_unread(const struct ks_agg *agg);
const void *ks_agg_bytes(const struct ks_agg *agg, uint32_t row, int key);
size_t ks_agg_text(const struct ks_agg *agg, uint32_t row, int key, const char *spec, char *buf,
		   size_t cap);
size_t ks_agg_json(const struct ks_agg *agg, uint32_t row, int key, char *buf, size_t cap);
int ks_format(struct ks_trace *trace, const char *type, bool reads, struct ks_error *error);
int ks_literal(const struct ks_trace *trace, struct ks_literal *out);
int ks_literal_bytes(struct ks_trace *trace, const void *bytes, struct ks_error *error);
int ks_compile(struct ks_trace *trace, struct ks_probe **at, struct ks_error *error);
int ks_privileges(struct ks_error *error);
int ks_capability(int number);
int ks_start(struct ks_trace *trace, struct ks_probe **at, struct ks_error *error);
int ks_attach(struct ks_trace *trace, struct ks_probe **at, struct ks_error *error);
uint32_t ks_attached(const struct ks_trace *trace, uint32_t *total, uint32_t *alone);
const char *ks_refused_text(const struct ks_trace *trace);
int ks_spawn(struct ks_trace *trace, const char *command, struct ks_error *error);
int ks_child_status(const struct ks_trace *trace);
int ks_wait(struct ks_trace *trace, int timeout_ms, struct ks_error *error);
int ks_signal(struct ks_trace *trace);
const struct ks_record *ks_next(struct ks_trace *trace);
int ks_stop(struct ks_trace *trace, struct ks_error *error);
void ks_switch(struct ks_probe *probe, bool on);
bool ks_governed(struct ks_trace *trace, struct ks_governed *out);
void ks_counters(struct ks_probe *probe, struct ks_counters *out);
int64_t ks_lost(const struct ks_probe *probe);
int64_t ks_unkept(const struct ks_probe *probe);
int64_t ks_late(const struct ks_trace *trace, uint64_t *by);
uint64_t ks_start_time(const struct ks_trace *trace);
uint64_t ks_start_wall(const struct ks_trace *trace);
uint64_t ks_now(void);
uint64_t ks_suspended(void);
struct ks_limits {
	double seconds;
	double memory;
	const char *caller;
	const struct ks_trace
		*trace;
	const char
		*place;
	uint32_t turn;
	int32_t ours;
	bool quiet;
	bool kept;
	bool watched;
	bool late;
	bool pressed;
};
struct ks_limits *ks_limits(void);
void ks_watch(const char *caller);
struct ks_hit *ks_hit(struct ks_variant *variant, const char *place, struct ks_error *error);
void ks_hit_free(struct ks_hit *hit);
int ks_hit_number(struct ks_hit *hit, const char *path, int64_t value, struct ks_error *error);
int ks_hit_text(struct ks_hit *hit, const char *path, const char *text, size_t n,
		struct ks_error *error);
int ks_hit_memory(struct ks_hit *hit, const char *path, uint64_t *address, struct ks_error *error);
int ks_hit_stack(struct ks_hit *hit, const uint64_t *frames, uint32_t count,
		 struct ks_error *error);
int ks_hit_turn(const struct ks_hit *hit);
uint64_t ks_hit_task(const struct ks_hit *hit);
int ks_hit_end(struct ks_hit *hit, uint64_t *key, struct ks_error *error);
void ks_hit_opened(struct ks_hit *hit, struct ks_hit *opened);
void ks_hit_within(struct ks_hit *hit, struct ks_hit *outer);
int ks_hit_row(struct ks_hit *hit, uint64_t now, uint64_t key, const struct ks_record **record,
	       struct ks_error *error);
int ks_hit_run(struct ks_hit *hit, const struct ks_record **record, struct ks_error *error);
size_t ks_text(const struct ks_trace *trace, const struct ks_record *record, int field,
	       const char *spec, char *buf, size_t cap);
int ks_fits(struct ks_trace *trace, const struct ks_variant *variant, int field, const char *spec,
	    struct ks_error *error);
const char *ks_why(const struct ks_trace *trace, const struct ks_record *record, int field);
size_t ks_value_text(struct ks_trace *trace, const struct ks_types *types, uint32_t type_id,
		     bool elements, const void *bytes, size_t n, const char *spec, char *buf,
		     size_t cap);
size_t ks_value_dump(struct ks_trace *trace, const struct ks_types *types, uint32_t type_id,
		     bool behind, const void *bytes, size_t n, int level, uint64_t *size, char *buf,
		     size_t cap);
int ks_value_fits(struct ks_trace *trace, const struct ks_types *types, uint32_t type_id,
		  bool elements, const char *spec, struct ks_error *error);
size_t ks_template_text(const struct ks_template *t, const struct ks_record *record, char *buf,
			size_t cap);
size_t ks_template_header(const struct ks_template *t, char *buf, size_t cap);
size_t ks_json(const struct ks_trace *trace, const struct ks_record *record, char *buf, size_t cap);
struct ks_columns {
	const struct ks_trace *trace;
	const int32_t *fields;
	uint32_t count;
};
size_t ks_csv(const struct ks_columns *columns, const struct ks_record *record, char *buf,
	      size_t cap);
size_t ks_csv_cell(const struct ks_trace *trace, const struct ks_record *record, int field,
		   char *buf, size_t cap);
size_t ks_json_string(const char *bytes, size_t n, char *buf, size_t cap);
size_t ks_safe_string(const char *bytes, size_t n, char *buf, size_t cap);
size_t ks_dump(struct ks_variant *variant, int stage, char *buf, size_t cap,
	       struct ks_error *error);
size_t ks_info(struct ks_trace *trace, const char *glob, int form, char *buf, size_t cap,
	       int *count, struct ks_error *error);
size_t ks_type(struct ks_trace *trace, const char *name, bool json, char *buf, size_t cap,
	       struct ks_error *error);
size_t ks_stubs(struct ks_trace *trace, const char *const *names, int count, char *buf, size_t cap,
		struct ks_error *error);
size_t ks_explain(struct ks_trace *trace, const char *name, bool json, char *buf, size_t cap,
		  struct ks_error *error);
const char *ks_feature_name(int n);
int ks_feature(struct ks_trace *trace, int n);
void ks_nearest(const char *word, const char *candidates, struct ks_error *error);
const char *ks_kernel(const struct ks_trace *trace);
size_t ks_columns(const char *bytes, size_t n);
int ks_write(int fd, const char *bytes, size_t n, struct ks_error *error);
int ks_output_to(const char *path, bool force, struct ks_error *error);
int ks_output_apart(struct ks_error *error);
void ks_output_undo(const char *path);
int ks_keep_fd(int fd, struct ks_error *error);
int ks_notify_fd(int fd, struct ks_error *error);
int ks_notify_socket(const char *name, struct ks_error *error);
bool ks_terminal(int fd, unsigned *columns, unsigned *rows);
size_t ks_unwritten(void);
struct ks_frame *ks_frame_open(struct ks_error *error);
void ks_frame_close(struct ks_frame *frame);
int ks_frame_begin(struct ks_frame *frame, struct ks_error *error);
int ks_frame_end(struct ks_frame *frame, struct ks_error *error);
size_t ks_frame_text(struct ks_frame *frame, char *buf, size_t cap);
int ks_peers(int *pids, int cap);
size_t ks_scripts(const char *directory, char *buf, size_t cap, struct ks_error *error);
int ks_trusted(const char *directory, const char *script, struct ks_error *error);
]]
