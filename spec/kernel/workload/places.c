// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// places WORD [ARG...]: hand-made programs at places of every kind, through core/attach.c; prints what
// came of it, one line a fact.
//
//   features          "NAME: yes|no"
//   kinds             "KIND: counted N of CALLS, skipped N, after closing N"
//   module            the same for a module's function (dummy.ko is loaded)
//   slots             programs on one function until the kernel takes no more
//   sleepers          returns of 32 threads that sleep in one function, by each kind
//   errors            "CASE: MESSAGE | HINT"
//   unprivileged      the same as a user with CAP_BPF and CAP_PERFMON alone
//   lines             the log of a program that is refused, with its texts
//   poor COMMAND...   runs it with 64 KiB of locked memory and without CAP_SYS_RESOURCE
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../bpf/isa.h"
#include "attach.h"
#include "btf.h"
#include "cells.h"
#include "feature.h"
#include "type.h"

#define CALLS 200
#define UMASK "__x64_sys_umask"

static struct btf btf;
static int map; // one number
static volatile uint64_t *count;
static uint32_t own;

// --- programs --------------------------------------------------------------------------------

// Counts what this process does.
static struct program counting(void)
{
	static struct bpf_insn insns[10];

	insns[0] = isa_call(HELPER_get_current_pid_tgid);
	insns[1] = isa_alu_imm(8, BPF_RSH, BPF_REG_0, 32);
	insns[2] = isa_branch_imm(4, BPF_JNE, BPF_REG_0, (int32_t)own, 4);
	insns[3] = isa_imm64(BPF_REG_1, BPF_PSEUDO_MAP_VALUE, MAP_CELLS);
	insns[4] = isa(0, 0, 0, 0, 0);
	insns[5] = isa_alu_imm(4, BPF_MOV, BPF_REG_2, 1);
	insns[6] = isa_xadd(BPF_REG_1, 0, BPF_REG_2);
	insns[7] = isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0);
	insns[8] = isa_exit();
	return (struct program){.insns = insns, .count = 9};
}

// Reads a word of the context at an offset.
static struct program reading(struct bpf_insn insns[3], int16_t offset)
{
	insns[0] = isa_load(8, BPF_REG_2, BPF_REG_1, offset);
	insns[1] = isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0);
	insns[2] = isa_exit();
	return (struct program){.insns = insns, .count = 3};
}

static int load(const struct program *p, const struct attach_target *t, struct attachment *a,
		struct ks_error *e)
{
	const int fds[MAP_OWN] = {[MAP_RING] = -1, [MAP_CELLS] = map};

	*a = (struct attachment){.prog_fd = -1, .link_fd = -1};
	return attach_load(p, t, fds, NULL, 0, a, e);
}

// Loads and attaches; on failure the error is printed behind `what`.
static bool on(const char *what, const struct program *p, const struct attach_target *t,
	       struct attachment *a)
{
	struct ks_error e = {0};

	if (load(p, t, a, &e) == 0 && attach_link(a, t, &e) == 0)
		return true;
	attach_close(a);
	printf("%s: %s | %s\n", what, e.message, e.hint);
	return false;
}

static uint32_t find(uint32_t kind, const char *name)
{
	return btf_find(&btf, kind, name, 0);
}

static struct attach_target target(enum attach_kind kind, const char *func)
{
	static const char *symbols[1];
	struct attach_target t = {.kind = kind, .name = "ks_places", .func = func};

	symbols[0] = func;
	if (kind == ATTACH_FENTRY || kind == ATTACH_FEXIT)
		t.btf_id = find(BTF_KIND_FUNC, func);
	if (kind == ATTACH_MULTI || kind == ATTACH_MULTI_RETURN || kind == ATTACH_SESSION) {
		t.symbols = symbols;
		t.count = 1;
	}
	return t;
}

// --- kinds -----------------------------------------------------------------------------------

static void umasks(void)
{
	for (int i = 0; i < CALLS; i++)
		umask((mode_t)(i & 0777));
}

static void forks(void)
{
	for (int i = 0; i < CALLS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
}

static void kind(const char *name, const struct attach_target *t, void (*calls)(void))
{
	const struct program p = counting();
	struct attachment a;
	uint64_t counted;
	int64_t skipped;

	*count = 0;
	if (!on(name, &p, t, &a))
		return;
	calls();
	counted = *count;
	skipped = attach_recursion(&a);
	attach_close(&a);
	calls();
	printf("%s: counted %llu of %d, skipped %lld, after closing %llu\n", name,
	       (unsigned long long)counted, CALLS, (long long)skipped,
	       (unsigned long long)(*count - counted));
}

static uint32_t event_id(const char *name)
{
	char path[200], text[16] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/%s/id", name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return 0;
	close(fd);
	return (uint32_t)atoi(text);
}

static void kinds(void)
{
	static const struct {
		const char *name;
		enum attach_kind kind;
	} at_functions[] = {
		{"fentry", ATTACH_FENTRY},	{"fexit", ATTACH_FEXIT},
		{"kprobe", ATTACH_KPROBE},	{"kretprobe", ATTACH_KRETPROBE},
		{"kprobe.multi", ATTACH_MULTI}, {"kretprobe.multi", ATTACH_MULTI_RETURN},
		{"session", ATTACH_SESSION},
	};
	struct attach_target t;

	for (size_t i = 0; i < sizeof(at_functions) / sizeof(*at_functions); i++) {
		t = target(at_functions[i].kind, UMASK);
		kind(at_functions[i].name, &t, umasks);
	}
	t = target(ATTACH_TP_BTF, "sched_process_fork");
	t.btf_id = find(BTF_KIND_TYPEDEF, "btf_trace_sched_process_fork");
	kind("tp_btf", &t, forks);
	t = target(ATTACH_RAW_TP, "sched_process_fork");
	kind("raw_tp", &t, forks);
	t = target(ATTACH_TP, "sched_process_fork");
	t.event_id = event_id("sched/sched_process_fork");
	kind("tp", &t, forks);
}

// Packets out of dummy0, each of which is one call of dummy_xmit.
static void packets(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	struct ifreq request = {.ifr_name = "dummy0"};
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_halen = 6};
	char packet[64] = {[0] = 2, [6] = 2, [12] = 8};

	if (ioctl(fd, SIOCGIFINDEX, &request) < 0)
		perror("dummy0");
	to.sll_ifindex = request.ifr_ifindex;
	ioctl(fd, SIOCGIFFLAGS, &request);
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		perror("up");
	for (int i = 0; i < CALLS; i++)
		if (sendto(fd, packet, sizeof(packet), 0, (void *)&to, sizeof(to)) < 0)
			perror("sendto");
	close(fd);
}

static void module(void)
{
	struct btf own_types;
	struct ks_error e;
	struct attach_target t = {.name = "ks_places", .func = "dummy_xmit", .module = "dummy"};
	static const char *symbol = "dummy_xmit";

	// A packet each time: dummy0's queue is drained in the sender's context.
	t.kind = ATTACH_KPROBE;
	kind("kprobe", &t, packets);
	t.kind = ATTACH_KRETPROBE;
	kind("kretprobe", &t, packets);
	t.kind = ATTACH_MULTI;
	t.symbols = &symbol;
	t.count = 1;
	kind("kprobe.multi", &t, packets);
	t.symbols = NULL;
	if (btf_open(&own_types, "/sys/kernel/btf/dummy", &btf, &e) == 0) {
		t.btf_id = btf_find(&own_types, BTF_KIND_FUNC, "dummy_xmit", 0);
		btf_fini(&own_types);
	}
	t.kind = ATTACH_FENTRY;
	kind("fentry", &t, packets);
	t.kind = ATTACH_FEXIT;
	kind("fexit", &t, packets);
}

static void slots(void)
{
	enum { MOST = 45 };
	struct attachment a[MOST];
	struct attach_target t = target(ATTACH_FENTRY, UMASK);
	int maps[MOST], n = 0, exact = 0;

	for (; n < MOST; n++) {
		const struct program p = counting();

		map = maps[n] = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ks_slot", 4, 8, 1, NULL);
		if (!on("the next", &p, &t, &a[n]))
			break;
	}
	umasks();
	for (int i = 0; i < n; i++) {
		uint64_t value = 0;
		int key = 0;

		bpf_map_lookup_elem(maps[i], &key, &value);
		exact += value == CALLS;
		attach_close(&a[i]);
	}
	printf("%d attached, %d exact\n", n, exact);
}

// --- sleepers --------------------------------------------------------------------------------

static void *sleeper(void *arg)
{
	const struct timespec t = {.tv_sec = 1};

	(void)arg;
	nanosleep(&t, NULL);
	return NULL;
}

static void sleeps(const char *name, enum attach_kind kind)
{
	const struct program p = counting();
	struct attach_target t = target(kind, "hrtimer_nanosleep");
	struct attachment a;
	pthread_t ids[32];

	*count = 0;
	if (!on(name, &p, &t, &a))
		return;
	for (int i = 0; i < 32; i++)
		pthread_create(&ids[i], NULL, sleeper, NULL);
	for (int i = 0; i < 32; i++)
		pthread_join(ids[i], NULL);
	printf("%s: returns %llu of 32, skipped %lld\n", name, (unsigned long long)*count,
	       (long long)attach_recursion(&a));
	attach_close(&a);
}

// --- errors ----------------------------------------------------------------------------------

static void refused(const char *name, const struct program *p, const struct attach_target *t)
{
	struct attachment a;

	if (on(name, p, t, &a))
		printf("%s: attached\n", name);
	attach_close(&a);
}

// The name of several functions.
static const char *twin(void)
{
	FILE *f = popen("awk '$2 ~ /[tT]/ && $3 ~ /^[a-z_]*_show$/ && n[$3]++ == 2 { print $3 }' "
			"/proc/kallsyms | head -n 1",
			"r");
	static char name[128];

	if (f && fscanf(f, "%127s", name) != 1)
		name[0] = '\0';
	if (f)
		pclose(f);
	return name;
}

static void errors(void)
{
	static const char *const several[] = {"vfs_read", "vfs_write", "no_such_function",
					      "vfs_open"};
	static const char *const notrace[] = {"vfs_read", "vfs_write", "vfs_open", "start_kernel",
					      "vfs_fsync"};
	struct bpf_insn near_insns[3], far_insns[3];
	struct bpf_insn *too_many = calloc(1000001, sizeof(*too_many));
	struct program p = counting(), words = reading(near_insns, 0),
		       far = reading(far_insns, 8 * 11);
	struct attach_rejection why;
	struct attach_target t;

	refused("kprobe, absent", &p,
		&(struct attach_target){.kind = ATTACH_KPROBE,
					.name = "ks_places",
					.func = "no_such_function"});
	refused("kprobe, not traceable", &p,
		&(struct attach_target){.kind = ATTACH_KPROBE,
					.name = "ks_places",
					.func = "asm_exc_int3"});
	t = target(ATTACH_FENTRY, "do_mmap");
	t.words = 9;
	refused("fentry, many words", &words, &t);
	t = target(ATTACH_FENTRY, "start_kernel");
	refused("fentry, notrace", &p, &t);
	t = target(ATTACH_MULTI, "x");
	t.symbols = several;
	t.count = 4;
	t.rejection = &why;
	refused("multi, one absent", &p, &t);
	printf("multi, which: %u\n", why.index);
	t.symbols = notrace;
	t.count = 5;
	refused("multi, not traceable", &p, &t);
	printf("multi, then which: %u\n", why.index);
	refused("raw_tp, absent", &p,
		&(struct attach_target){.kind = ATTACH_RAW_TP,
					.name = "ks_places",
					.func = "no_such_tracepoint"});
	refused("raw_tp, too few", &far,
		&(struct attach_target){.kind = ATTACH_RAW_TP,
					.name = "ks_places",
					.func = "sched_process_fork"});
	t = target(ATTACH_TP, "no_such_tracepoint");
	t.event_id = 1 << 20;
	refused("tp, absent", &p, &t);
	t = target(ATTACH_FENTRY, "dummy_xmit");
	t.module = "no_such_module";
	refused("module, absent", &p, &t);
	t = target(ATTACH_KPROBE, UMASK);
	t.cookie = 7;
	refused("kprobe, cookie", &p, &t);
	t = target(ATTACH_KPROBE, twin());
	printf("kprobe, twin's name: %s\n", t.func);
	refused("kprobe, twins", &p, &t);
	t = target(ATTACH_FENTRY, UMASK);
	refused("too long", &(struct program){.insns = too_many, .count = 1000001}, &t);
	free(too_many);
	setrlimit(RLIMIT_NOFILE, &(struct rlimit){3, 3});
	t = target(ATTACH_KPROBE, UMASK);
	refused("no files left", &p, &t);
}

static void unprivileged(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};
	const struct program p = counting();
	struct attach_target t = target(ATTACH_KPROBE, UMASK);

	data[1].effective = data[1].permitted = 1u << (CAP_BPF - 32) | 1u << (CAP_PERFMON - 32);
	prctl(PR_SET_KEEPCAPS, 1);
	if (setresgid(65534, 65534, 65534) < 0 || setresuid(65534, 65534, 65534) < 0 ||
	    syscall(SYS_capset, &header, data) < 0)
		perror("capset");
	refused("kprobe", &p, &t);
	t = target(ATTACH_TP, "sched_process_fork");
	t.event_id = 1;
	refused("tp", &p, &t);
	t = target(ATTACH_FENTRY, UMASK);
	refused("fentry", &p, &t);
	t.module = "dummy";
	refused("fentry, module", &p, &t);
	t.module = NULL;
	memset(data, 0, sizeof(data));
	syscall(SYS_capset, &header, data);
	refused("nothing", &p, &t);
}

// What the kernel was told of a program that it took.
static void told(const char *what, const struct program *p, const struct attach_target *t)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	struct attachment a;

	if (!on(what, p, t, &a))
		return;
	bpf_obj_get_info_by_fd(a.prog_fd, &info, &size);
	printf("%s: attached, %u line infos, %u func infos\n", what, info.nr_line_info,
	       info.nr_func_info);
	attach_close(&a);
}

// Lines that the kernel does not take: more text than BTF may have.
static void too_much(void)
{
	enum { MANY = 90000 };
	struct bpf_insn *insns = calloc(MANY + 1, sizeof(*insns));
	struct line *texts = calloc(MANY, sizeof(*texts));
	const struct program_lines info = {.name = "x", .lines = texts, .count = MANY};
	const struct program p = {.insns = insns, .count = MANY + 1};
	struct attach_target t = target(ATTACH_FENTRY, UMASK);
	char text[2][250];

	memset(text[0], 'a', sizeof(text[0]) - 1);
	memset(text[1], 'b', sizeof(text[1]) - 1);
	text[0][sizeof(text[0]) - 1] = text[1][sizeof(text[1]) - 1] = '\0';
	for (uint32_t i = 0; i < MANY; i++) {
		insns[i] = isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0);
		texts[i] = (struct line){i, "x", text[i & 1], 1, 1};
	}
	insns[MANY] = isa_exit();
	t.lines = &info;
	told("too much text", &p, &t);
	free(insns);
	free(texts);
}

// Lines of a program that has a second function, of which they say nothing.
static void second_function(void)
{
	struct bpf_insn insns[] = {isa(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 1), isa_exit(),
				   isa_alu_imm(4, BPF_MOV, BPF_REG_0, 0), isa_exit()};
	const struct program p = {.insns = insns, .count = 4};
	const struct program_lines info = {.name = "x"};
	struct attach_target t = target(ATTACH_FENTRY, UMASK);

	t.lines = &info;
	told("two functions", &p, &t);
}

static void lines(void)
{
	struct line texts[] = {
		{0, "scripts/slow.lua", "where = \"file->f_flags == 1 && \xc3\xa4 \\\"x\\\"\"", 4,
		 9},
		{1, "scripts/slow.lua", "capture = { \"a\nb\" }", 5, 3},
		{1, "scripts/slow.lua", "never seen", 6, 3},
		{2, "scripts/slow.lua", "the end", 7, 3},
	};
	const struct program_lines info = {.name = "return:vfs_read#2", .lines = texts, .count = 4};
	struct attach_rejection why;
	struct attach_target t = target(ATTACH_FENTRY, UMASK);
	struct bpf_insn insns[3];
	struct program p = reading(insns, 0);
	char command[512];
	struct attachment a;
	struct ks_error e;

	t.lines = &info;
	t.rejection = &why;
	told("lines", &p, &t);
	if (on("symbol", &p, &t, &a)) {
		fflush(stdout);
		if (system("grep ksnoop_ /proc/kallsyms | sed 's/.*bpf_prog_[0-9a-f]*_/symbol: /; "
			   "s/\t.*//'") != 0)
			printf("symbol: none\n");
		attach_close(&a);
	}
	too_much();
	second_function();
	p.insns[1] = isa_load(8, BPF_REG_3, BPF_REG_5, 0); // never written
	if (load(&p, &t, &a, &e) == 0)
		return;
	printf("refused: %s | insn %lld | %s\n", e.message, (long long)why.insn, why.words);
	printf("hint: %s\n", e.hint);
	fflush(stdout);
	snprintf(command, sizeof(command), "stat -c 'mode: %%a' %s; grep -a '^;' %s; rm %s",
		 why.log_path, why.log_path, why.log_path);
	if (system(command) != 0)
		printf("no log\n");
}

static int poor(char **argv)
{
	struct rlimit limit = {65536, 65536};

	setrlimit(RLIMIT_MEMLOCK, &limit);
	prctl(PR_CAPBSET_DROP, CAP_SYS_RESOURCE, 0, 0, 0);
	execvp(argv[0], argv);
	return 127;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void features(void)
{
	struct features f;

	feature_init(&f, &btf);
	for (int i = 0; i < FEATURE_COUNT; i++) {
		uint64_t start = now();
		bool yes = feature_has(&f, (enum feature)i);

		printf("%s: %s\n", feature_name((enum feature)i), yes ? "yes" : "no");
		fprintf(stderr, "%s: %.1f ms\n", feature_name((enum feature)i),
			(double)(now() - start) / 1e6);
	}
}

int main(int argc, char **argv)
{
	const char *word = argc > 1 ? argv[1] : "";
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = BPF_F_MMAPABLE);
	struct ks_error e;

	if (!strcmp(word, "poor"))
		return poor(argv + 2);
	if (btf_open(&btf, "/sys/kernel/btf/vmlinux", NULL, &e) < 0)
		return 1;
	own = attach_own_pid();
	map = bpf_map_create(BPF_MAP_TYPE_ARRAY, "ks_places", 4, 8, 1, &opts);
	count = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	if (!strcmp(word, "features"))
		features();
	else if (!strcmp(word, "kinds"))
		kinds();
	else if (!strcmp(word, "module"))
		module();
	else if (!strcmp(word, "slots"))
		slots();
	else if (!strcmp(word, "errors"))
		errors();
	else if (!strcmp(word, "unprivileged"))
		unprivileged();
	else if (!strcmp(word, "lines"))
		lines();
	else if (!strcmp(word, "sleepers")) {
		sleeps("fexit", ATTACH_FEXIT);
		sleeps("kretprobe", ATTACH_KRETPROBE);
		sleeps("kretprobe.multi", ATTACH_MULTI_RETURN);
	}
	btf_fini(&btf);
	return 0;
}
