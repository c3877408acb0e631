// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What this kernel can do, found out by trying: tiny programs are loaded and, where that says
// little, attached. Never by its version: distributions build kernels as they like.
#ifndef CORE_FEATURE_H
#define CORE_FEATURE_H

#include "btf.h"

enum feature {
	FEATURE_FENTRY,		    // programs at functions, by BTF
	FEATURE_MODULE_BTF,	    // at functions of modules too
	FEATURE_KPROBE,		    // kprobes by perf
	FEATURE_KPROBE_MULTI,	    // one program at many functions
	FEATURE_MULTI_RETURN_EXACT, // and at their returns, of which none is lost under concurrency
	FEATURE_KPROBE_SESSION,	    // one program for both
	FEATURE_PERF_LINK,	    // kprobes and tracepoints have links
	FEATURE_COOKIE,		    // bpf_get_attach_cookie in fentry, kprobe and multi
	FEATURE_TASK_BTF,	    // bpf_get_current_task_btf
	FEATURE_FUNC_ARG,	    // bpf_get_func_arg and its like
	FEATURE_FUNC_IP,	    // bpf_get_func_ip in fentry and kprobe
	FEATURE_ANY_POINTER_ARG,    // fentry: pointers to what is no struct can be loaded
	FEATURE_STRUCT_ARGS,	    // fentry: structs by value, of up to two words
	FEATURE_WORDS_12,	    // fentry: more than 6 words of arguments
	FEATURE_CHECKED_LOADS,	    // a direct load from a user address reads 0
	FEATURE_TASK_STORAGE,	    // bpf_task_storage_get in fentry
	FEATURE_RINGBUF,
	FEATURE_FENTRY_SKIPS, // the kernel tells how many hits of fentry it skipped
	FEATURE_KPROBE_SKIPS, // and of kprobes
	FEATURE_SYMBOL_COUNT, // attach_symbols() tells one from several
	FEATURE_COUNT
};

// Each answer is found once. Needs privileges to say yes.
struct features {
	const struct btf *btf; // the running kernel's
	uint32_t target;       // a function that programs can be loaded for; 0: not looked up yet
	int8_t known[FEATURE_COUNT]; // 0: not asked; 1: yes; -1: no
};

void feature_init(struct features *f, const struct btf *btf);
bool feature_has(struct features *f, enum feature which);
// "kprobe.multi"
const char *feature_name(enum feature which);

#endif
