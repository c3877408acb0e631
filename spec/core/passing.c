// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Does arch_args know where gcc puts arguments? Each function of spec/fixtures/passing.c is called
// with numbers that count up, one for each word of its arguments; the callee keeps all registers
// and the top of the stack, and every word must be where arch_args says.
//   passing BTF      exit 0: all of them were; needs to run on x86-64
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fixtures/passing.c"
#include "arch.h"

#define HIDDEN __attribute__((visibility("hidden"), used))

HIDDEN unsigned long passed_regs[6], passed_stack[32];

// What each call really arrives at.
__asm__(".pushsection .text\n"
	".type capture, @function\n"
	"capture:\n"
	"	mov %rdi, passed_regs(%rip)\n"
	"	mov %rsi, passed_regs+8(%rip)\n"
	"	mov %rdx, passed_regs+16(%rip)\n"
	"	mov %rcx, passed_regs+24(%rip)\n"
	"	mov %r8, passed_regs+32(%rip)\n"
	"	mov %r9, passed_regs+40(%rip)\n"
	"	mov %rdi, %rax\n" // where a large result goes is also what is returned
	"	mov %rsp, %rsi\n"
	"	lea passed_stack(%rip), %rdi\n"
	"	mov $32, %ecx\n"
	"	rep movsq\n"
	"	ret\n"
	".popsection\n");
HIDDEN void capture(void);

static void *volatile target; // or gcc sees that the types differ
static int checked, wrong;

// Words count up from 1; only the lowest byte of each is looked at.
static void check(const struct btf *b, const char *name)
{
	struct arch_arg args[16];
	uint32_t id = btf_find(b, BTF_KIND_FUNC, name, 0), n;
	unsigned char next = 1;
	bool hidden;

	if (!id) {
		printf("%s is not in the BTF\n", name);
		wrong++;
		return;
	}
	n = arch_args(&arch_x86_64, b, btf_type(b, id)->type, args, 16, &hidden);
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t k = 0; k < args[i].words; k++, next++, checked++) {
			uint32_t at = args[i].word + k;
			unsigned long found = args[i].where == ARCH_REGISTER
						      ? passed_regs[at]
						      : passed_stack[arch_x86_64.stack / 8 + at];

			if ((unsigned char)found == next)
				continue;
			printf("%s: word %u of argument %u: %lx, not %x\n", name, k, i, found,
			       next);
			wrong++;
		}
	}
}

#define AS(name) ((__typeof__(&name))target)
#define CALL(name, ...)                                                                            \
	do {                                                                                       \
		memset(passed_regs, 0xee, sizeof(passed_regs));                                    \
		AS(name)(__VA_ARGS__);                                                             \
		check(&b, #name);                                                                  \
	} while (0)
#define WIDE(low, high) ((wide)(high) << 64 | (low))

int main(int argc, char **argv)
{
	struct ks_error e;
	struct btf b;

	if (argc != 2 || btf_open(&b, argv[1], NULL, &e) < 0)
		return 2;
	target = (void *)capture;
	CALL(p_ints, 1, 2, 3, 4, (void *)5, 6, 7, 8, 9);
	CALL(p_small, (struct s4){1}, 2);
	CALL(p_pair, 1, (struct s16){2, 3}, 4);
	CALL(p_twelve, (struct s12){1, 0, 2}, 3);
	CALL(p_split, 1, 2, 3, 4, 5, (struct s16){6, 7}, 8);
	CALL(p_split8, 1, 2, 3, 4, 5, 6, 7, (struct s16){8, 9}, 10);
	CALL(p_large, 1, (struct s24){2, 3, 4}, 5);
	CALL(p_large_late, 1, 2, 3, 4, 5, 6, 7, 8, (struct s24){9, 10, 11});
	CALL(p_wide, 1, WIDE(2, 3), 4);
	CALL(p_wide_late, 1, 2, 3, 4, 5, WIDE(6, 7), 8);
	CALL(p_wide_gap, 1, 2, 3, 4, 5, 6, 7, 8, 9, WIDE(10, 11));
	CALL(p_packed, 1, (struct p9){2, 3L << 56}, 4);
	CALL(p_empty, 1, (struct empty){}, 2);
	CALL(p_union, (union u8){1}, 2);
	CALL(p_result, 1, 2);
	CALL(p_result_small, 1);
	btf_fini(&b);
	printf("%d words checked, %d wrong\n", checked, wrong);
	return wrong != 0 || checked == 0;
}
