// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Tokens -> tree, by C's grammar without side effects.
#ifndef CORE_PARSE_H
#define CORE_PARSE_H

#include "tree.h"

// NULL with error: KS_ESYNTAX with a place, KS_ELIMIT when nested too deeply, KS_ENOMEM.
//
// What only a parsed tree has:
//   N_NAME, N_PARAM  token is the name
//   N_CALL   token is the function's name; arguments from a, chained by next
//   N_LIST   elements from a, chained by next; only b of N_IN
//   N_IN     is a in b? b: N_LIST or N_PARAM
//   N_CAST   token's text is the type; a: what is cast. Without a, a bare type as an argument
//   N_SIZEOF of a; without a, token's text is the type
//   N_BINARY with '~' and TWO('!', '~'), which check makes N_MATCH
//   N_INDEX, N_ADDRESS, N_DEREF  as written: a[b], &a, *a
struct node *parse(struct arena *a, const struct token *tokens, struct ks_error *error);
// The tree as indented lines, with types once checked, for --dump tree.
void parse_dump(const struct node *n, struct buf *out);

#endif
