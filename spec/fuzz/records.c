// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Any bytes as a record of the ring buffer, through all that is made of records: fields, templates, JSON.
// An input is: a byte that chooses the probe, a byte that chooses a spec, the record from its head on.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "trace.h"

// Probes of spec/fixtures/kernel.c, with captures of every kind; what this program can't compile is
// left out.
static const struct definition {
	const char *place, *captures[16];
} definitions[] = {
	{"vfs_read", {"comm", "uid=uid", "n=count|size", "file->f_flags|x", "str(user(buf), 40)"}},
	{"return:vfs_read", {"retval", "file|sym", "e=file->f_inode->i_mtime.tv_nsec|dur"}},
	{"vfs_open",
	 {"path->dentry->d_iname", "short=str(path->dentry->d_name.name, 8)", "p=path",
	  "d=path->dentry|x"}},
	{"odd_user",
	 {"odd->color", "odd->level", "odd->big", "odd->big_sign", "odd->small", "odd->yes",
	  "odd->text", "odd->clock", "all=*odd", "grid=odd->grid", "numbers=odd->numbers",
	  "tree=*odd|tree"}},
	{"bit_user",
	 {"bits->low", "bits->sign", "bits->flag", "bits->long_one|x", "bits->long_sign",
	  "all=*bits|full"}},
	{"vfs_write",
	 {"whole=*file", "inode=*file->f_inode", "path=file->f_path", "tag=file->f_tag",
	  "bytes=buf(buf, 24)", "name=path(file)", "more=*file->f_more"}},
	{"enums", {NULL}},
	{"pointers", {NULL}},
	{"everything", {NULL}},
};
static const char *const specs[] = {"",	   "x",	   "size", "dur", "clock",
				    "sym", "tree", "full", "s",	  "-8"};

#define PROBES (sizeof(definitions) / sizeof(*definitions))

static struct ks_trace *trace;
static const struct ks_template *templates[PROBES];

static void fail(const char *what, const char *text)
{
	fprintf(stderr, "FLAW: %s: %s\n", what, text);
	abort();
}

static void prepare(void)
{
	const char *btf = getenv("FUZZ_BTF");
	struct ks_options options = {.btf = btf ? btf : "build/fixtures/kernel.btf"};
	struct ks_error e = {0};
	struct ks_probe *p, *at;

	trace = ks_open(&options, &e);
	if (!trace)
		fail(e.message, options.btf);
	for (size_t i = 0; i < PROBES; i++) {
		p = ks_probe(trace, &definitions[i].place, 1, &e);
		if (!p)
			fail(e.message, definitions[i].place);
		for (int k = 0; k < 16 && definitions[i].captures[k]; k++)
			ks_capture(p, definitions[i].captures[k], &e);
		ks_capture_default(p, &e);
		templates[i] = ks_template(p, "{time} {pid|7} {comm|-16} {func} {cpu} {time|dur}",
					   &e);
	}
	if (ks_compile(trace, &at, &e) < 0)
		fail(e.message, ks_probe_name(at));
}

static void look_at_text(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (((unsigned char)text[i] < 0x20 && text[i] != '\n' && text[i] != '\t') ||
		    text[i] == 0x7f)
			fail("a control byte in a record's text", text);
}

static void show(const struct ks_record *r, const struct ks_template *t, const char *spec)
{
	static char text[1 << 20];
	const struct ks_variant *v = ks_record_variant(trace, r);
	const char *wrong = "it does not end in a newline";
	size_t n, at;

	ks_point_func(trace, r->point);
	for (int i = 0; i < ks_field_count(v); i++) {
		n = ks_text(trace, r, i, format_spec(spec, strlen(spec)) ? spec : NULL, text,
			    sizeof(text));
		if (n < sizeof(text))
			look_at_text(text, n);
		if (strlen(ks_why(trace, r, i)) > 16)
			fail("a long reason", ks_why(trace, r, i));
	}
	n = t ? ks_template_text(t, r, text, sizeof(text)) : 0;
	if (n < sizeof(text))
		look_at_text(text, n);
	n = ks_json(trace, r, text, sizeof(text));
	if (n >= sizeof(text))
		return;
	if (!n || text[n - 1] != '\n' || (wrong = json_flaw(text, n - 1, &at))) {
		fprintf(stderr, "%s\n", wrong);
		fail("this is no line of JSON", text);
	}
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);
int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
	struct ks_record *r;
	size_t want, probe;

	if (!trace)
		prepare();
	if (size < 3)
		return 0;
	probe = bytes[0] % trace->point_count;
	want = trace->points[probe].variant->layout.size;
	// To the byte; what is not there of a record is 0.
	r = calloc(1, want);
	if (!r)
		abort();
	memcpy(r, bytes + 2, size - 2 < want ? size - 2 : want);
	r->point = (uint32_t)probe;
	show(r, templates[trace->points[probe].variant->probe->index],
	     specs[bytes[1] % (sizeof(specs) / sizeof(*specs))]);
	free(r);
	return 0;
}
