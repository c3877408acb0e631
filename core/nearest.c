// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#include "nearest.h"

#include <stdio.h>
#include <string.h>

#include "error.h"

#define LONGEST 64

// Edits from one word to the other (insert, delete, replace, swap neighbours); gives up past `most`.
static unsigned distance(const char *a, size_t n, const char *b, size_t m, unsigned most)
{
	unsigned rows[3][LONGEST + 1];
	unsigned *before = rows[0], *last = rows[1], *now = rows[2];

	if (n > LONGEST || m > LONGEST || (n > m ? n - m : m - n) > most)
		return most + 1;
	for (size_t j = 0; j <= m; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned least = now[0] = (unsigned)i;
		unsigned *spare = before;

		for (size_t j = 1; j <= m; j++) {
			unsigned d = last[j - 1] + (a[i - 1] != b[j - 1]);

			if (last[j] + 1 < d)
				d = last[j] + 1;
			if (now[j - 1] + 1 < d)
				d = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < d)
				d = before[j - 2] + 1;
			now[j] = d;
			if (d < least)
				least = d;
		}
		if (least > most)
			return most + 1;
		before = last;
		last = now;
		now = spare;
	}
	return last[m];
}

void nearest_init(struct nearest *n, const char *word, size_t len)
{
	n->word = word;
	n->len = len;
	n->count = 0;
}

void nearest_offer(struct nearest *n, const char *name)
{
	const char *tail = strrchr(name, '.');
	unsigned most = n->len < 4 ? 1 : n->len < 8 ? 2 : 3;
	unsigned d, at;

	// A path into an embedded struct is close when its last word is.
	tail = tail ? tail + 1 : name;
	d = distance(n->word, n->len, tail, strlen(tail), most);
	// skc_dport for dport: the same word behind a prefix.
	if (d > most && n->len >= 4) {
		const char *in = strlen(tail) > n->len ? tail + strlen(tail) - n->len : NULL;

		if (in && in[-1] == '_' && !memcmp(in, n->word, n->len))
			d = most;
	}
	if (d > most)
		return;
	if (tail != name)
		d++;
	for (at = 0; at < n->count && n->best[at].distance <= d; at++)
		if (!strcmp(n->best[at].name, name))
			return;
	if (at == NEAREST_COUNT)
		return;
	if (n->count < NEAREST_COUNT)
		n->count++;
	memmove(&n->best[at + 1], &n->best[at], (n->count - at - 1) * sizeof(*n->best));
	n->best[at].distance = d;
	snprintf(n->best[at].name, NEAREST_NAME, "%s", name);
}

void nearest_hint(const struct nearest *n, struct ks_error *error)
{
	unsigned count = 0;

	// Beside a near one, a far one is noise.
	while (count < n->count && n->best[count].distance <= n->best[0].distance + 1)
		count++;
	if (count == 1)
		error_hint(error, "did you mean %s?", n->best[0].name);
	else if (count == 2)
		error_hint(error, "did you mean %s or %s?", n->best[0].name, n->best[1].name);
	else if (count == 3)
		error_hint(error, "did you mean %s, %s or %s?", n->best[0].name, n->best[1].name,
			   n->best[2].name);
}

void ks_nearest(const char *word, const char *candidates, struct ks_error *error)
{
	struct nearest n;

	error->hint[0] = '\0';
	nearest_init(&n, word, strlen(word));
	for (const char *c = candidates; *c; c += strspn(c, " ")) {
		size_t len = strcspn(c, " ");
		char name[NEAREST_NAME];

		snprintf(name, sizeof(name), "%.*s", (int)len, c);
		nearest_offer(&n, name);
		c += len;
	}
	nearest_hint(&n, error);
}
