// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// What the language can do, one row a feature: its name, and a capture that shows whether this build
// has it, of vfs_read (file, buf, count, pos) or "PLACE|capture"; "" for what was always there.
#ifndef TRACES_FEATURES_H
#define TRACES_FEATURES_H

#include "traces.h"

#define FEATURES(X)                                                                                \
	X(ARGUMENT, "argument", "")                                                                \
	X(MEMBER, "member", "")                                                                    \
	X(TWO_POINTERS, "two pointers deep", "")                                                   \
	X(THREE_POINTERS, "three pointers deep", "")                                               \
	X(EMBEDDED, "embedded struct", "")                                                         \
	X(ANONYMOUS, "anonymous struct", "")                                                       \
	X(BIT_FIELD, "bit-field", "")                                                              \
	X(ENUM_MEMBER, "enum member", "")                                                          \
	X(BOOL, "_Bool member", "")                                                                \
	X(POINTER, "pointer captured", "")                                                         \
	X(FUNCTION_POINTER, "function pointer", "")                                                \
	X(CHARS, "char array captured", "")                                                        \
	X(CHARS_COMPARED, "char array compared", "")                                               \
	X(STRING_COMPARED, "char pointer compared", "")                                            \
	X(STR, "str(p)", "")                                                                       \
	X(STR_N, "str(p, n)", "")                                                                  \
	X(USER, "user(p)", "")                                                                     \
	X(DEREF, "*p", "")                                                                         \
	X(DOUBLE_POINTER, "**p", "")                                                               \
	X(ADD, "+ -", "")                                                                          \
	X(MULTIPLY, "*", "")                                                                       \
	X(DIVIDE, "/", "")                                                                         \
	X(MODULO, "%", "")                                                                         \
	X(SHIFT, "<< >>", "")                                                                      \
	X(BITWISE, "& | ^", "")                                                                    \
	X(UNARY, "unary - ~", "")                                                                  \
	X(NOT, "!", "")                                                                            \
	X(COMPARE, "comparison", "")                                                               \
	X(COMPARE_POINTERS, "comparison of pointers", "")                                          \
	X(LOGIC, "&& ||", "")                                                                      \
	X(CHOICE, "?:", "")                                                                        \
	X(POINTER_CHOICE, "?: of pointers", "")                                                    \
	X(PID, "pid tid", "")                                                                      \
	X(UID, "uid", "")                                                                          \
	X(CPU, "cpu", "")                                                                          \
	X(TIME, "time", "")                                                                        \
	X(COMM, "comm", "")                                                                        \
	X(FUNC, "func", "")                                                                        \
	X(RETVAL, "retval", "")                                                                    \
	X(RETVAL_CHAIN, "member of retval", "")                                                    \
	X(ENUM_CONSTANT, "enum constant", "")                                                      \
	X(ERRNO_NAME, "errno name", "")                                                            \
	X(NUMBER, "number", "")                                                                    \
	X(DURATION, "duration", "")                                                                \
	X(CAPTURE_NAME, "name of a capture", "")                                                   \
	X(TEMPLATE, "template", "")                                                                \
	X(SPEC, "spec", "")                                                                        \
	X(SEVERAL_WHERES, "several predicates", "")                                                \
	X(MANY_CAPTURES, "ten captures or more", "")                                               \
	X(DEFAULT_CAPTURES, "default captures", "")                                                \
	X(RETURN_PLACE, "return place", "")                                                        \
	X(KPROBE, "kprobe:f", "kprobe:vfs_read|x=count")                                           \
	X(TRACEPOINT, "tp:t", "tp:sched_switch|x=next->pid")                                       \
	X(RAW_TRACEPOINT, "raw:t", "raw:sched_switch|x=next->pid")                                 \
	X(SYSCALL, "sys:s", "sys:openat|x=flags")                                                  \
	X(PROFILE, "profile:hz", "profile:99|x=cpu")                                               \
	X(PATTERN, "f*", "vfs_rea*|x=pid")                                                         \
	X(PLACES, "several places", "vfs_read,vfs_write|x=count")                                  \
	X(KEEP, "keep and emit", "")                                                               \
	X(NO_HITS_OPTION, "no_hits", "")                                                           \
	X(HELPER_OPTION, "helper_reads", "")                                                       \
	X(SELF_OPTION, "self", "")                                                                 \
	X(SAMPLE, "sample", "")                                                                    \
	X(RATE, "rate", "")                                                                        \
	X(CAST, "cast of a number", "x=(unsigned char)count")                                      \
	X(CAST_POINTER, "cast to a pointer", "x=((struct inode *)file)->i_mode")                   \
	X(SIZEOF_TYPE, "sizeof(type)", "x=sizeof(struct file)")                                    \
	X(SIZEOF_VALUE, "sizeof value", "x=sizeof(file->f_flags)")                                 \
	X(INDEX, "[constant]", "x=file->f_inode->i_sb->s_id[1]")                                   \
	X(INDEX_COMPUTED, "[computed]", "x=file->f_inode->i_sb->s_id[count & 7]")                  \
	X(INDEX_POINTER, "p[n]", "x=pos[1]")                                                       \
	X(ADDRESS, "&", "x=&file->f_pos")                                                          \
	X(POINTER_ADD, "pointer + n", "x=file + 1")                                                \
	X(POINTER_SUBTRACT, "pointer - pointer", "x=pos - pos")                                    \
	X(IN, "in", "x=count in (1, 2)")                                                           \
	X(GLOB, "~ glob", "x=comm ~ 'a*'")                                                         \
	X(NOT_GLOB, "!~ glob", "x=comm !~ 'a*'")                                                   \
	X(NTOHS, "ntohs", "x=ntohs(count)")                                                        \
	X(NTOHL, "ntohl", "x=ntohl(count)")                                                        \
	X(ERRNO, "errno(x)", "x=errno((int)count)")                                                \
	X(ARG_NAME, "arg(name)", "x=arg(count)")                                                   \
	X(ARG_POSITION, "arg(n)", "x=arg(2)")                                                      \
	X(ARG_TYPE, "arg(type)", "x=arg(struct file *)->f_flags")                                  \
	X(FIRST, "first", "x=first(file->no_such_member, count)")                                  \
	X(BUF, "buf(p, n)", "x=buf(file, 8)")                                                      \
	X(UNITS, "ns us ms", "x=us(count)")                                                        \
	X(SYMBOL, "symbol(p)", "x=symbol(file->f_op)")                                             \
	X(ADDR, "addr(...)",                                                                       \
	  "x=addr(2, file->f_inode->i_generation, file->f_inode->i_sb->s_uuid)")                   \
	X(PATH, "path(x)", "x=path(file)")                                                         \
	X(ADDR_LITERAL, "10.0.0.0/8", "x=(__be32)count == 10.0.0.0/8")                             \
	X(CURRENT, "current", "x=current->tgid")                                                   \
	X(GID, "gid", "x=gid")                                                                     \
	X(CGROUP, "cgroup", "x=cgroup")                                                            \
	X(STRUCT, "struct captured", "x=file->f_path")                                             \
	X(STRUCT_DEREF, "*p of a struct", "x=*file")                                               \
	X(ARRAY, "array captured", "x=current->signal->rlim")                                      \
	X(SLICE, "[constant:constant]", "x=file->f_inode->i_sb->s_id[1:4]")                        \
	X(SLICE_COMPUTED, "[computed:computed]", "x=file->f_inode->i_sb->s_id[count & 3:count]")   \
	X(SLICE_POINTER, "p[computed:computed]", "x=pos[0:count]")

enum feature {
#define X(id, name, ask) F_##id,
	FEATURES(X)
#undef X
		FEATURE_COUNT
};

_Static_assert(FEATURE_COUNT <= 128, "a wider set");

static inline features feature(enum feature f)
{
	return (features)1 << f;
}

// --- draw.c: what lies behind a function's arguments -----------------------------------------

struct text {
	char s[3000];
	uint32_t n; // 3000: it did not fit
};

__attribute__((format(printf, 2, 3))) void put(struct text *t, const char *format, ...);

// What a chain of members is to end in.
enum wish {
	AN_INT, // no bit-field, enum or _Bool
	A_BIT_FIELD,
	AN_ENUM,
	A_BOOL,
	A_POINTER,
	A_STRUCT_POINTER,
	A_FUNCTION_POINTER,
	AN_INT_POINTER,
	A_DOUBLE_POINTER,
	A_CHAR_POINTER,
	CHARS,	      // an array of char
	INTS,	      // another array, of numbers
	A_STRUCT,     // in memory
	NETWORK_BYTES // an array of 16 bytes
};

#define ROOTS 16

struct maker {
	const struct btf *b;
	struct root {
		const char *name; // of an argument; "" when it has none
		uint32_t type;
	} roots[ROOTS];
	uint32_t root_count;
	uint32_t returned; // the type of retval; 0: there is none
	features enabled;
	features used;		// by the line at hand
	const uint32_t *counts; // how often each was used so far
	uint32_t task;		// the type of current; 0: not in this build
	uint32_t captures;	// c0, c1, ... can be named
};

// Writes a chain that ends as wished; *type is what it ends in. False: none was found.
bool draw_chain(struct maker *m, enum wish w, struct text *out, uint32_t *type);
// The same from an argument or retval only, without members.
bool draw_root(struct maker *m, enum wish w, struct text *out, uint32_t *type);
bool draw_wished(const struct btf *b, uint32_t type, uint32_t bits, enum wish w);

// --- grammar.c: expressions ------------------------------------------------------------------

void grammar_open(const struct btf *b);
// A number of some depth, made of what was used least so far.
bool grammar_number(struct maker *m, struct text *out, int depth);
// Something that is only good for a capture: a string, a pointer...
bool grammar_capture(struct maker *m, struct text *out);

#endif
