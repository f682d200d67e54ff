/* SPDX-License-Identifier: BSD-2-Clause */
/* What does not read: holes, absent pages, memory past the end of the file; and what is said. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "group.h"

#define MAX_SHAPES	32

/* ---- Every byte fails ---- */

static void
fails_at(struct subject *s, kvm_t *kd, const struct span *sp, uint64_t va)
{
	expect_fail(s, kd, va, 1, 0, 0, sp->kind);
	expect_fail(s, kd, va, span_left(sp, va, 8), 0, 0, sp->kind);
}

/* Addresses that differ from mapped ones in one bit: a walk that drops it takes them for those. */
static void
aliases(struct subject *s, kvm_t *kd, const struct span *sp, struct rng *rng, unsigned maps)
{
	for (unsigned i = 0; i < maps; i++) {
		const struct span *map = pick_span(s, rng, SPAN_MAP);

		for (unsigned bit = 0; map != NULL && bit < s->o->bits; bit++) {
			uint64_t va = map->first ^ UINT64_C(1) << bit;

			if (UINT64_C(1) << bit >= s->o->pagesize && va >= sp->first && va <= sp->last)
				fails_at(s, kd, sp, va);
		}
	}
}

static void
gap_probes(struct subject *s, kvm_t *kd, const struct span *sp, struct rng *rng, bool many)
{
	uint64_t edges[SPAN_EDGES];
	const unsigned n = span_edges(s->o, sp, many ? 9 : 1, edges);

	fails_at(s, kd, sp, sp->first);
	fails_at(s, kd, sp, sp->last);
	for (unsigned i = 0; i < n; i++)
		fails_at(s, kd, sp, edges[i]);
	for (unsigned i = 0; i < (many ? 2 : 32); i++)
		fails_at(s, kd, sp, rng_in(rng, sp->first, sp->last));
	aliases(s, kd, sp, rng, many ? 1 : 16);
	/* A read much larger than the span. */
	if (sp->kind != SPAN_SHORT && s->o->top - sp->first >= CHUNK)
		expect_fail(s, kd, sp->first, CHUNK, 0, 0, sp->kind);
}

static void
gap(struct subject *s, const struct group *g, enum span_kind kind)
{
	kvm_t *kd = subject_handle(s);
	struct rng rng = begin_rng(s);

	for (size_t i = g->from; kd != NULL && i <= g->to; i++)
		if (s->o->span[i].kind == kind)
			gap_probes(s, kd, &s->o->span[i], &rng, g->count > 16);
}

/* ---- Unmapped, absent and truncated say different things ---- */

/* A message without its numbers: "0x", digits and what looks like an address become #. */
static void
shape(char *to, size_t size, const char *from)
{
	size_t n = 0;

	while (*from != '\0' && n + 1 < size) {
		size_t len = 0;
		bool digit = false, all_hex = true;

		while (isalnum((unsigned char)from[len])) {
			char c = from[len++];

			digit |= isdigit((unsigned char)c) != 0;
			all_hex &= isxdigit((unsigned char)c) != 0 || (len == 2 && c == 'x');
		}
		if (len == 0)
			to[n++] = *from++;
		else if (all_hex && (digit || len >= 8)) {
			to[n++] = '#';
			from += len;
		} else
			for (; len > 0 && n + 1 < size; len--)
				to[n++] = *from++;
	}
	to[n] = '\0';
}

struct shapes {
	char *text[MAX_SHAPES];
	uint64_t va[MAX_SHAPES];
	size_t n;
};

static void
shapes_collect(struct subject *s, kvm_t *kd, enum span_kind kind, struct shapes *set)
{
	struct rng rng = begin_rng(s);

	set->n = 0;
	for (unsigned i = 0; i < 400 && set->n < MAX_SHAPES; i++) {
		const struct span *sp = pick_span(s, &rng, kind);
		uint64_t va = i % 3 == 0 ? sp->first : i % 3 == 1 ? sp->last :
		    rng_in(&rng, sp->first, sp->last);
		char text[512];
		size_t k;

		lib_read(s->lib, kd, va, s->got, 1);
		shape(text, sizeof(text), s->lib->kvm_geterr(kd));
		for (k = 0; k < set->n && strcmp(set->text[k], text) != 0; k++)
			;
		if (k < set->n)
			continue;
		set->text[set->n] = xstrdup(text);
		set->va[set->n++] = va;
	}
}

static void
messages(struct subject *s)
{
	static const enum span_kind kinds[] = { SPAN_HOLE, SPAN_ABSENT, SPAN_SHORT };
	struct shapes set[3] = { { .n = 0 } };
	kvm_t *kd = subject_handle(s);

	if (kd == NULL)
		return;
	if (!s->lib->ours) {
		report_skip(s->r, "only <kvm.h> of this project promises different messages");
		return;
	}
	for (size_t i = 0; i < 3; i++)
		if (span_count(s->o, kinds[i]) > 0)
			shapes_collect(s, kd, kinds[i], &set[i]);
	for (size_t a = 0; a < 3; a++)
		for (size_t b = a + 1; b < 3; b++)
			for (size_t i = 0; i < set[a].n; i++)
				for (size_t k = 0; k < set[b].n; k++)
					if (strcmp(set[a].text[i], set[b].text[k]) == 0)
						report_fail(s->r, "%s 0x%" PRIx64 " and %s 0x%" PRIx64
						    " have one message: \"%s\"", span_kind_name(kinds[a]),
						    set[a].va[i], span_kind_name(kinds[b]), set[b].va[k],
						    set[a].text[i]);
	for (size_t a = 0; a < 3; a++)
		for (size_t i = 0; i < set[a].n; i++)
			free(set[a].text[i]);
}

void
check_gap(struct subject *s)
{
	static const enum span_kind kinds[] = { SPAN_HOLE, SPAN_ABSENT, SPAN_SHORT };
	unsigned present = 0;

	for (size_t k = 0; k < 3; k++) {
		struct group g[MAX_GROUPS];
		size_t n = groups_make(s->o, kinds[k], g);

		present += n > 0;
		for (size_t i = 0; i < n; i++)
			if (begin(s, "%s/fails", g[i].name)) {
				gap(s, &g[i], kinds[k]);
				report_end(s->r);
			}
	}
	if (present > 1 && begin(s, "messages/differ")) {
		messages(s);
		report_end(s->r);
	}
}
