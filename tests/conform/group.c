/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>

#include "group.h"

size_t
groups_make(const struct oracle *o, enum span_kind kind, struct group g[MAX_GROUPS])
{
	size_t total = 0, n, seen = 0;

	for (size_t i = 0; i < o->nspan; i++)
		total += o->span[i].kind == kind;
	n = total < MAX_GROUPS ? total : MAX_GROUPS;
	for (size_t i = 0, k = 0; i < o->nspan && k < n; i++) {
		if (o->span[i].kind != kind)
			continue;
		if (seen == k * total / n)
			g[k] = (struct group){ .from = i };
		g[k].to = i;
		g[k].count++;
		if (++seen < (k + 1) * total / n)
			continue;
		if (g[k].count == 1)
			snprintf(g[k].name, sizeof(g[k].name), "%s-0x%" PRIx64, span_kind_name(kind),
			    o->span[g[k].from].first);
		else
			snprintf(g[k].name, sizeof(g[k].name), "%s-0x%" PRIx64 "-to-0x%" PRIx64,
			    span_kind_name(kind), o->span[g[k].from].first, o->span[g[k].to].first);
		k++;
	}
	return n;
}
