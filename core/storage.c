// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "storage.h"

#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "../bpf/isa.h"
#include "attach.h"
#include "bpfmap.h"
#include "cleanup.h"
#include "file.h"

#define FILE_MOST 65536

bool storage_takes(uint32_t bytes)
{
	struct bpfmap map = {.name = "ks_ask",
			     .type = BPF_MAP_TYPE_TASK_STORAGE,
			     .key_size = 4,
			     .value_size = bytes,
			     .flags = BPF_F_NO_PREALLOC};
	struct ks_error ignored;
	LIBBPF_OPTS(bpf_test_run_opts, run);
	KS_CLOSE int prog = -1;
	bool yes;

	if (bpfmap_open(&map, &ignored) < 0)
		return false;
	const struct bpf_insn insns[] = {
		isa_call(HELPER_get_current_task_btf),
		isa_alu(8, BPF_MOV, BPF_REG_2, BPF_REG_0),
		isa_imm64(BPF_REG_1, BPF_PSEUDO_MAP_FD, map.fd),
		isa(0, 0, 0, 0, 0), // the rest of it
		isa_alu_imm(8, BPF_MOV, BPF_REG_3, 0),
		isa_alu_imm(8, BPF_MOV, BPF_REG_4, BPF_LOCAL_STORAGE_GET_F_CREATE),
		isa_call(HELPER_task_storage_get),
		isa_branch_imm(8, BPF_JEQ, BPF_REG_0, 0, 1),
		isa_alu_imm(8, BPF_MOV, BPF_REG_0, 1),
		isa_exit(),
	};

	// What it gave goes with the map. Such programs can be run by themselves since v5.10.
	prog = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "ks_ask", attach_license(), insns,
			     sizeof(insns) / sizeof(*insns), NULL);
	yes = prog >= 0 && bpf_prog_test_run_opts(prog, &run) == 0 && run.retval == 1;
	bpfmap_close(&map);
	return yes;
}

// The number that stands behind a word of a file; 0: it can't be read.
static uint64_t number_in(const char *path, const char *word)
{
	struct ks_error ignored;
	size_t size;
	char *text = file_read(path, FILE_MOST, &size, &ignored);
	const char *at = text ? strstr(text, word) : NULL;
	uint64_t n = at ? strtoull(at + strlen(word), NULL, 10) : 0;

	free(text);
	return n;
}

bool storage_affordable(uint32_t bytes, uint64_t *promised)
{
	uint64_t tasks = number_in("/proc/sys/kernel/threads-max", "");
	uint64_t pids = number_in("/proc/sys/kernel/pid_max", "");
	uint64_t available = number_in("/proc/meminfo", "MemAvailable:") * 1024;
	uint64_t all = (tasks < pids ? tasks : pids) * bytes;

	if (available && *promised + all > available / 2)
		return false;
	*promised += all;
	return true;
}
