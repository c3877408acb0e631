// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// calls WORD N: N calls of a kernel function whose arguments follow from the number of the call, i
// from 0 on. Which function sees what: spec/kernel/places_spec.lua. Prints "calls N" on stderr.
//
//   fallocate  of /tmp/calls-file: 1, i pages, 100 + i; 0 bytes for an odd i, which is EINVAL
//   write      100 + i bytes at i pages of the same file
//   names      prctl(PR_SET_NAME, "name-i")
//   timers     setitimer(ITIMER_REAL, 1000 + i seconds, 7 us)
//   mkdir      "/tmp/calls-i", 0700 + i % 8
//   absent     the same, 0755; the name is in memory that nobody has touched
//   umask32    umask(i) as programs of 32 bits call it
//   umask      umask(i)
//   futex      FUTEX_CMP_REQUEUE with 100 + i, 200 + i, 300 + i, which is EAGAIN
//   mmap       of 12345 bytes of /tmp/calls-file, from page i on
//   sockopt    TCP_KEEPIDLE = 1 + i
//   getopt     SO_TYPE, with room for 4 + i bytes; the size lies 4 bytes behind the room
//   euid       the effective user 1000 + i, asked for by geteuid
//   uptime     reads /proc/uptime
//   sysinfo    sysinfo()
//   packets    1000 + i bytes out of dummy0
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <unistd.h>

#define PAGE 4096

static int fd = -1;

static void must(const char *what, bool right)
{
	if (!right) {
		perror(what);
		exit(1);
	}
}

static void open_file(void)
{
	fd = open("/tmp/calls-file", O_RDWR | O_CREAT, 0600);
	must("open", fd >= 0);
}

static void do_fallocate(int i)
{
	int r = fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)i * PAGE, i % 2 ? 0 : 100 + i);

	must("fallocate", i % 2 ? r < 0 && errno == EINVAL : r == 0);
}

static void do_write(int i)
{
	static const char bytes[1000];

	must("pwrite", pwrite(fd, bytes, (size_t)(100 + i), (off_t)i * PAGE) == 100 + i);
}

static void do_name(int i)
{
	char name[16];

	snprintf(name, sizeof(name), "name-%d", i);
	must("prctl", prctl(PR_SET_NAME, name) == 0);
}

static void do_timer(int i)
{
	const struct itimerval value = {.it_value = {.tv_sec = 1000 + i, .tv_usec = 7}};

	must("setitimer", setitimer(ITIMER_REAL, &value, NULL) == 0);
}

static void do_mkdir(int i)
{
	char name[32];

	snprintf(name, sizeof(name), "/tmp/calls-%d", i);
	must("mkdir", syscall(SYS_mkdir, name, 0700 + i % 8) == 0);
	rmdir(name);
}

static void do_absent(int i)
{
	char name[32], *there;

	snprintf(name, sizeof(name), "/tmp/calls-%d", i);
	must("pwrite", pwrite(fd, name, sizeof(name), (off_t)i * PAGE) == sizeof(name));
	there = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, (off_t)i * PAGE);
	must("mmap", there != MAP_FAILED);
	must("mkdir", syscall(SYS_mkdir, there, 0755) == 0);
	munmap(there, PAGE);
	rmdir(name);
}

static void do_umask(int i)
{
	umask((mode_t)(i & 0777));
}

static void do_umask32(int i)
{
	long ret = 60; // umask there

	__asm__ volatile("int $0x80"
			 : "+a"(ret)
			 : "b"(i & 0777)
			 : "memory", "r8", "r9", "r10", "r11");
	must("umask of 32 bits", ret >= 0);
}

static void do_futex(int i)
{
	static uint32_t word, other;
	long r = syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE | FUTEX_PRIVATE_FLAG, 100 + i,
			 (void *)(uintptr_t)(200 + i), &other, 300 + i);

	must("futex", r < 0 && errno == EAGAIN);
}

static void do_mmap(int i)
{
	void *p = mmap(NULL, 12345, PROT_READ, MAP_SHARED, fd, (off_t)i * PAGE);

	must("mmap", p != MAP_FAILED);
	munmap(p, 12345);
}

static void open_tcp(void)
{
	fd = socket(AF_INET, SOCK_STREAM, 0);
	must("socket", fd >= 0);
}

static void do_sockopt(int i)
{
	int seconds = 1 + i;

	must("setsockopt", setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof(int)) == 0);
}

static void do_getopt(int i)
{
	static struct {
		int value;
		socklen_t size;
	} room;

	room.size = (socklen_t)(4 + i);
	must("getsockopt", getsockopt(fd, SOL_SOCKET, SO_TYPE, &room.value, &room.size) == 0);
}

static void do_euid(int i)
{
	must("setresuid", syscall(SYS_setresuid, -1, 1000 + i, -1) == 0);
	must("geteuid", syscall(SYS_geteuid) == 1000 + i);
	must("setresuid", syscall(SYS_setresuid, -1, 0, -1) == 0);
}

static void do_uptime(int i)
{
	char text[64];

	(void)i;
	fd = open("/proc/uptime", O_RDONLY);
	must("uptime", read(fd, text, sizeof(text)) > 0);
	close(fd);
}

static void do_sysinfo(int i)
{
	struct sysinfo s;

	(void)i;
	must("sysinfo", syscall(SYS_sysinfo, &s) == 0);
}

static int dummy0;

static void open_dummy(void)
{
	struct ifreq request = {.ifr_name = "dummy0"};

	fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	must("dummy0", ioctl(fd, SIOCGIFINDEX, &request) == 0);
	dummy0 = request.ifr_ifindex;
	ioctl(fd, SIOCGIFFLAGS, &request);
	request.ifr_flags |= IFF_UP;
	must("up", ioctl(fd, SIOCSIFFLAGS, &request) == 0);
}

static void do_packet(int i)
{
	const struct sockaddr_ll to = {.sll_family = AF_PACKET,
				       .sll_halen = 6,
				       .sll_ifindex = dummy0};
	char packet[1500] = {[0] = 2, [6] = 2, [12] = 8};

	must("sendto", sendto(fd, packet, (size_t)(1000 + i), 0, (void *)&to, sizeof(to)) > 0);
}

static const struct {
	const char *word;
	void (*call)(int i), (*before)(void);
} words[] = {
	{"fallocate", do_fallocate, open_file},
	{"write", do_write, open_file},
	{"names", do_name, NULL},
	{"timers", do_timer, NULL},
	{"mkdir", do_mkdir, NULL},
	{"absent", do_absent, open_file},
	{"umask32", do_umask32, NULL},
	{"umask", do_umask, NULL},
	{"futex", do_futex, NULL},
	{"mmap", do_mmap, open_file},
	{"sockopt", do_sockopt, open_tcp},
	{"getopt", do_getopt, open_tcp},
	{"euid", do_euid, NULL},
	{"uptime", do_uptime, NULL},
	{"sysinfo", do_sysinfo, NULL},
	{"packets", do_packet, open_dummy},
};

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 0;

	for (size_t k = 0; argc > 2 && k < sizeof(words) / sizeof(*words); k++) {
		if (strcmp(words[k].word, argv[1]) != 0)
			continue;
		if (words[k].before)
			words[k].before();
		for (int i = 0; i < n; i++)
			words[k].call(i);
		fprintf(stderr, "calls %d\n", n);
		return 0;
	}
	return 2;
}
