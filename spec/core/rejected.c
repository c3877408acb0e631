// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// rejected: reads a verifier's log and prints the last instruction that it speaks of.
#include <stdio.h>

#include "attach.h"

int main(void)
{
	static char log[1 << 20];
	size_t n = fread(log, 1, sizeof(log) - 1, stdin);

	log[n] = '\0';
	printf("%lld\n", (long long)attach_rejected_insn(log));
	return 0;
}
