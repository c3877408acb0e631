// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// hits COUNT [FOLDER]: reads one byte of /dev/zero so often, in 20 batches, and prints for every BPF
// program that ran meanwhile "NAME HITS LEAST MEAN": nanoseconds a hit by the kernel's own count
// (kernel.bpf_stats_enabled), in the cheapest batch and over all. The cheapest one is the one without
// a timer's interrupt or a wake-up in the middle of a program, and so the same in every run. Machine
// code goes to FOLDER/NAME.jited, for objdump -D -b binary -m i386:x86-64.
//
// hits wait PROGRAMS: waits until so many programs run at a read (of two bytes), a minute at most.
#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_PROGRAMS 64

#define BATCHES 20

struct program {
	struct bpf_prog_info now;
	__u64 hits, ns; // since the first look
	double least;	// nanoseconds a hit
};

static struct program programs[MAX_PROGRAMS];

static int info_of(__u32 id, struct bpf_prog_info *info)
{
	__u32 size = sizeof(*info);
	int fd = bpf_prog_get_fd_by_id(id), code;

	memset(info, 0, size);
	code = fd < 0 ? -1 : bpf_obj_get_info_by_fd(fd, info, &size);
	close(fd);
	return code;
}

// Looks at all programs; returns how many there are.
static int look(void)
{
	int count = 0;

	for (__u32 id = 0; count < MAX_PROGRAMS && bpf_prog_get_next_id(id, &id) == 0; count++) {
		struct program *p = &programs[count];
		struct bpf_prog_info info;
		__u64 hits, ns;

		if (info_of(id, &info) < 0)
			return -1;
		hits = info.run_cnt - p->now.run_cnt;
		ns = info.run_time_ns - p->now.run_time_ns;
		if (p->now.id == id && hits) {
			double each = (double)ns / (double)hits;

			p->least = p->hits && p->least < each ? p->least : each;
			p->hits += hits;
			p->ns += ns;
		}
		p->now = info;
	}
	return count;
}

static int read_bytes(int fd, long count)
{
	char byte;

	for (long i = 0; i < count; i++)
		if (read(fd, &byte, 1) != 1)
			return -1;
	return 0;
}

static int wait_for(int fd, int wanted)
{
	char bytes[2];

	for (int turn = 0; turn < 3000; turn++) {
		int seen = look(), running = 0;

		for (struct program *p = programs; p < programs + (seen > 0 ? seen : 0); p++)
			p->hits = 0;
		for (int i = 0; i < 10; i++)
			if (read(fd, bytes, 2) != 2)
				return 1;
		if (seen >= 0 && look() == seen) {
			for (const struct program *p = programs; p < programs + seen; p++)
				running += p->hits >= 10;
			if (running >= wanted)
				return 0;
		}
		usleep(20000);
	}
	fprintf(stderr, "hits: the programs did not come\n");
	return 1;
}

// The machine code of a program that is loaded.
static void save(const char *folder, const struct bpf_prog_info *program)
{
	static unsigned char code[1 << 16];
	struct bpf_prog_info info = {.jited_prog_len = sizeof(code),
				     .jited_prog_insns = (__u64)(unsigned long)code};
	__u32 size = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(program->id);
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.jited", folder, program->name);
	f = bpf_obj_get_info_by_fd(fd, &info, &size) < 0 ? NULL : fopen(path, "w");
	if (!f || fwrite(code, info.jited_prog_len, 1, f) != 1 || fclose(f) != 0)
		fprintf(stderr, "hits: can't write %s\n", path);
	close(fd);
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? atol(argv[1]) : 20000;
	int fd = open("/dev/zero", O_RDONLY), seen, now;

	if (fd >= 0 && argc == 3 && !strcmp(argv[1], "wait"))
		return wait_for(fd, atoi(argv[2]));
	if (fd < 0 || read_bytes(fd, 100) < 0) // what is made at the first call
		return 1;
	seen = now = look();
	for (int batch = 0; batch < BATCHES && now >= 0 && now == seen; batch++) {
		if (read_bytes(fd, count / BATCHES) < 0)
			return 1;
		now = look();
	}
	if (now < 0 || now != seen) {
		fprintf(stderr, "hits: can't see the programs, or they change\n");
		return 1;
	}
	for (const struct program *p = programs; p < programs + now; p++) {
		if (!p->hits)
			continue;
		printf("%s %llu %.2f %.2f\n", p->now.name, (unsigned long long)p->hits, p->least,
		       (double)p->ns / (double)p->hits);
		if (argc > 2)
			save(argv[2], &p->now);
	}
	return 0;
}
