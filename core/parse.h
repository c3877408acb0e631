// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
// Tokens -> tree, by C's grammar without side effects.
#ifndef CORE_PARSE_H
#define CORE_PARSE_H

#include "tree.h"

// NULL with error: KS_ESYNTAX with a place, KS_ELIMIT when nested too deeply, KS_ENOMEM.
struct node *parse(struct arena *a, const struct token *tokens, struct ks_error *error);
// The tree as indented lines, with types once checked, for --dump tree.
void parse_dump(const struct node *n, struct buf *out);

#endif
