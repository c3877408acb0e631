// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Text of an expression -> tokens. Each keeps its place, for the caret under an error.
#ifndef CORE_LEX_H
#define CORE_LEX_H

#include "arena.h"
#include "buf.h"
#include "ksnoop.h"

// Operators of two characters stand for themselves as 'a' | 'b' << 8.
#define TWO(a, b) ((a) | (b) << 8)

enum token_kind {
	T_END,
	T_NUMBER,
	T_DURATION,
	T_STRING,
	T_NAME,
	T_PARAM,
	T_OPERATOR,
	T_ADDRESS // 10.0.0.1, 10.0.0.0/8; whether it is one, check finds out
};

struct token {
	uint8_t kind;	 // enum token_kind
	uint16_t op;	 // T_OPERATOR: the character, or TWO(first, second)
	uint32_t pos;	 // bytes from the start of the source
	uint32_t len;	 // bytes, with quotes
	const char *p;	 // the text in the source; of a string, what is inside the quotes; of $x, x
	uint32_t n;	 // bytes at p
	uint64_t number; // T_NUMBER; T_DURATION in nanoseconds
};

// Turns text[from, to) into an array that ends with T_END; positions count from text. NULL with
// error: KS_ESYNTAX, KS_ELIMIT, KS_ENOMEM. The text must outlive the tokens.
struct token *lex(struct arena *a, const char *text, uint32_t from, uint32_t to,
		  struct ks_error *error);
// One line a token, for --dump tokens.
void lex_dump(const struct token *t, struct buf *out);

#endif
