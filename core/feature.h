// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#ifndef CORE_FEATURE_H
#define CORE_FEATURE_H
#include "btf.h"
#include <stdbool.h>
enum feature {
	FEATURE_FENTRY,
	FEATURE_MODULE_BTF,
	FEATURE_KPROBE_MULTI,
	FEATURE_MULTI_RETURN_EXACT,
	FEATURE_TASK_BTF,
	FEATURE_ANY_POINTER_ARG,
	FEATURE_STRUCT_ARGS,
	FEATURE_WORDS_12,
	FEATURE_CHECKED_LOADS
};
struct features {
	signed char known[20];
};
static inline void feature_init(struct features *f, const struct btf *b)
{
	(void)f;
	(void)b;
}
static inline bool feature_has(struct features *f, enum feature w)
{
	return f->known[w] == 1 || w == FEATURE_FENTRY || w >= FEATURE_TASK_BTF;
}
#endif
