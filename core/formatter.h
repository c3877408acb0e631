// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Types whose values mean more than their bytes say: addresses, flags, device numbers, locks. A row
// for each: how a value is shown, and its inverse.
//
// A formatter is found by a type's name *and* what lies behind the name, so that another type of the
// same name is shown as what it is. The text is for people; in JSON, in Lua and in expressions a
// value stays what it is in C, or is the number or the text that `json` says.
#ifndef CORE_FORMATTER_H
#define CORE_FORMATTER_H

#include "btf.h"
#include "buf.h"
#include "ksyms.h"

// What is needed besides the bytes.
struct formatter_context {
	const struct btf *btf;
	uint32_t type_id;	     // as declared, typedefs and qualifiers included
	uint32_t detail;	     // what formatter_detail gave for it
	const struct ksyms *symbols; // NULL: not read
};

enum formatter_json {
	FORMATTER_PLAIN,  // as if there were no formatter
	FORMATTER_TEXT,	  // what show writes, as a string
	FORMATTER_NUMBER, // what show writes is a number and stands as it is
};

struct formatter {
	const char *name; // "struct in_addr", "gfp_t"
	uint8_t json;	  // enum formatter_json
	// Writes the value in one line, safe for a terminal. size: of the type, all of which is at
	// bytes, which need not be aligned.
	void (*show)(const void *bytes, size_t size, const struct formatter_context *context,
		     struct buf *out);
	// Fills in bytes from text, which need not end in NUL. -1 with error, whose place counts in
	// text. NULL: there is no inverse.
	int (*parse)(const char *text, size_t len, const struct formatter_context *context,
		     void *bytes, size_t size, struct ks_error *error);
	bool is_address; // of the internet: parse's text may be of a prefix, less its "/8"
};

// The formatter of a type, looked for under each of its names from the outermost typedef on; NULL
// when it has none. Not for bit-fields. Borrowed, static.
const struct formatter *formatter_of(const struct btf *btf, uint32_t type_id);
// The same for a member of a struct: some mean more than their type says (h_source in struct ethhdr
// is a MAC, saddr in struct iphdr an address). of: the struct's own name without "struct", "" for
// none.
const struct formatter *formatter_of_member(const struct btf *btf, uint32_t type_id, const char *of,
					    const char *member);

// Do elements of this type make a text in this member? Besides those of char those of unsigned char do,
// where all that use the member take them for a name. of: NULL, and member: no member.
bool formatter_holds_text(const struct btf *btf, uint32_t element, const char *of,
			  const char *member);

// Those of addresses whose type says nothing: IPv4 or IPv6, and hardware addresses.
const struct formatter *formatter_address(bool is_v6);
const struct formatter *formatter_mac(void);
// What a formatter has to look up to show values; to be asked once, when a type is met, and to be kept
// for formatter_context. tick_ns: how long a jiffy is; 0: not known.
uint32_t formatter_detail(const struct formatter *formatter, const struct btf *btf,
			  uint64_t tick_ns);

#endif
