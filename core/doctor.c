// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What `ksnoop doctor` wants to know of the kernel and no file tells: what it can do.
#include "trace.h"

const char *ks_feature_name(int n)
{
	return n < 0 || n >= FEATURE_COUNT ? NULL : feature_name((enum feature)n);
}

int ks_feature(struct ks_trace *t, int n)
{
	if (n < 0 || n >= FEATURE_COUNT || t->assumes)
		return -1;
	return feature_has(&t->features, (enum feature)n);
}
