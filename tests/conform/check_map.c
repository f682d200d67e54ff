/* SPDX-License-Identifier: BSD-2-Clause */
/* What maps read as: content, edges, and reads that cross from one stretch into the next. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "group.h"

#define FULL	(UINT64_C(64) << 20)	/* bytes of a fixture read in full, smallest maps first */
#define EDGE	((size_t)64 << 10)	/* of larger maps, at both ends */
#define PROBES	512			/* in all larger maps of a group */
#define STRADDLES 2000			/* neighbours looked at, evenly spread */

/* ---- Content ---- */

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The largest size up to which all maps together stay within FULL. */
static uint64_t
full_size(const struct oracle *o)
{
	uint64_t *size = xmalloc((o->nspan + 1) * sizeof(*size)), sum = 0, most = 0;
	size_t n = 0;

	for (size_t i = 0; i < o->nspan; i++)
		if (o->span[i].kind == SPAN_MAP && o->span[i].last - o->span[i].first < FULL)
			size[n++] = o->span[i].last - o->span[i].first + 1;
	if (n > 0)
		qsort(size, n, sizeof(*size), by_number);
	for (size_t i = 0; i < n && sum + size[i] <= FULL; i++) {
		sum += size[i];
		/* Of maps of one size either all are read in full or none. */
		if (i + 1 == n || size[i + 1] != size[i])
			most = size[i];
	}
	free(size);
	return most;
}

static void
content_full(struct subject *s, kvm_t *kd, const struct span *sp)
{
	for (uint64_t va = sp->first;;) {
		size_t n = span_left(sp, va, CHUNK);

		expect_map(s, kd, sp, va, n);
		if (sp->last - va == n - 1)
			break;
		va += n;
	}
}

static void
content_probes(struct subject *s, kvm_t *kd, const struct span *sp, struct rng *rng, size_t probes)
{
	uint64_t tail = sp->last - sp->first >= EDGE ? sp->last - (EDGE - 1) : sp->first;

	expect_map(s, kd, sp, sp->first, span_left(sp, sp->first, EDGE));
	expect_map(s, kd, sp, tail, span_left(sp, tail, EDGE));
	for (size_t i = 0; i < probes; i++) {
		uint64_t va = rng_in(rng, sp->first, sp->last);
		/* Sizes of every order of magnitude, up to one that crosses 2 MiB pages. */
		size_t max = (size_t)1 << rng_in(rng, 0, i % 64 == 0 ? 20 : 12);

		expect_map(s, kd, sp, va, span_left(sp, va, max));
	}
}

static void
content(struct subject *s, const struct group *g, uint64_t full)
{
	kvm_t *kd = subject_handle(s);
	struct rng rng = begin_rng(s);
	size_t probes = PROBES / g->count > 2 ? PROBES / g->count : 2;

	for (size_t i = g->from; kd != NULL && i <= g->to; i++) {
		const struct span *sp = &s->o->span[i];

		if (sp->kind != SPAN_MAP)
			continue;
		if (sp->last - sp->first < full)
			content_full(s, kd, sp);
		else
			content_probes(s, kd, sp, &rng, probes);
	}
}

/* ---- Edges: 1 to 9 bytes at odd places, and across page boundaries ---- */

static void
edges_at(struct subject *s, kvm_t *kd, const struct span *sp, uint64_t va)
{
	for (size_t n = 1; n <= 9; n++) {
		uint64_t back = va - sp->first >= n ? va - n : sp->first;

		expect_map(s, kd, sp, va, span_left(sp, va, n));
		expect_map(s, kd, sp, back, span_left(sp, back, n));
		if (va - sp->first >= n / 2)	/* across va */
			expect_map(s, kd, sp, va - n / 2, span_left(sp, va - n / 2, n));
	}
}

static void
edges(struct subject *s, const struct group *g)
{
	kvm_t *kd = subject_handle(s);
	struct rng rng = begin_rng(s);
	uint64_t page = s->o->pagesize;
	unsigned many = g->count > 100 ? 1 : 8;

	for (size_t i = g->from; kd != NULL && i <= g->to; i++) {
		const struct span *sp = &s->o->span[i];
		uint64_t pages;

		if (sp->kind != SPAN_MAP)
			continue;
		edges_at(s, kd, sp, sp->first);
		edges_at(s, kd, sp, sp->last);
		pages = (sp->last - sp->first) / page;
		for (unsigned k = 0; k < many && pages > 0; k++) {
			/* The first boundaries, the last ones, and some between. */
			uint64_t at[] = { k < pages ? k + 1 : pages, k < pages ? pages - k : 1,
				rng_in(&rng, 1, pages) };

			for (unsigned j = 0; j < 3; j++)
				edges_at(s, kd, sp, (sp->first / page + at[j]) * page);
		}
		for (unsigned k = 0; k < many; k++)
			edges_at(s, kd, sp, rng_in(&rng, sp->first, sp->last));
	}
}

/* ---- Straddling reads ---- */

static bool
adjacent(const struct span *a, const struct span *b)
{
	return a->last != UINT64_MAX && a->last + 1 == b->first;
}

/* Two maps that touch: the bytes of both, in one read. */
static void
straddle_maps(struct subject *s, kvm_t *kd, const struct span *a, const struct span *b)
{
	static const size_t sides[][2] = { { 1, 1 }, { 8, 8 }, { 3, 6 }, { 4096, 4096 }, { 5000, 70 } };

	for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
		uint64_t below = a->last - a->first;
		size_t l = below < sides[i][0] ? (size_t)below + 1 : sides[i][0];
		size_t r = span_left(b, b->first, sides[i][1]);
		uint8_t joined[2][8192];
		bool known[2][8192];
		kssize_t n;

		memory_want(&s->f->m, a->pa + below - (l - 1), l, joined[0], known[0]);
		memory_want(&s->f->m, b->pa, r, joined[1], known[1]);
		memset(s->got, UNTOUCHED, l + r);
		n = lib_read(s->lib, kd, b->first - l, s->got, l + r);
		if (n != (kssize_t)(l + r)) {
			report_fail(s->r, "0x%" PRIx64 ": %zu bytes across two maps returned %" PRId64
			    ": \"%s\"", b->first - l, l + r, n, s->lib->kvm_geterr(kd));
			continue;
		}
		for (size_t k = 0; k < l + r; k++) {
			unsigned side = k >= l;
			size_t at = k >= l ? k - l : k;

			if (!known[side][at] || s->got[k] == joined[side][at])
				continue;
			report_fail(s->r, "0x%" PRIx64 ", in a read of %zu bytes across 0x%" PRIx64
			    "\n  wanted: %02x\n  got:    %02x", b->first - l + k, l + r, b->first,
			    joined[side][at], s->got[k]);
			break;
		}
	}
}

static void
straddle_out(struct subject *s, kvm_t *kd, const struct span *a, const struct span *b)
{
	static const size_t sides[][2] = { { 1, 1 }, { 7, 2 }, { 100, 5000 }, { 4096, 1 } };

	for (size_t i = 0; i < sizeof(sides) / sizeof(sides[0]); i++) {
		uint64_t below = a->last - a->first;
		size_t l = below < sides[i][0] ? (size_t)below + 1 : sides[i][0];
		size_t r = span_left(b, b->first, sides[i][1]);

		expect_fail(s, kd, b->first - l, l + r, l, a->pa + below - (l - 1), b->kind);
	}
}

/* From a gap into the map behind it: nothing may be read. */
static void
straddle_in(struct subject *s, kvm_t *kd, const struct span *a, const struct span *b)
{
	size_t r = span_left(b, b->first, 9);

	expect_fail(s, kd, a->last, 1 + r, 0, 0, a->kind);
}

static bool
is_pair(const struct oracle *o, size_t i, enum span_kind a, enum span_kind b)
{
	return o->span[i].kind == a && o->span[i + 1].kind == b &&
	    adjacent(&o->span[i], &o->span[i + 1]);
}

static void
straddle(struct subject *s, enum span_kind a, enum span_kind b)
{
	const struct oracle *o = s->o;
	size_t pairs = 0, step, seen = 0;
	kvm_t *kd;

	for (size_t i = 0; i + 1 < o->nspan; i++)
		pairs += is_pair(o, i, a, b);
	if (pairs == 0 || !begin(s, "straddle/%s-to-%s", span_kind_name(a), span_kind_name(b)))
		return;
	kd = subject_handle(s);
	step = pairs / STRADDLES + 1;
	for (size_t i = 0; kd != NULL && i + 1 < o->nspan; i++) {
		if (!is_pair(o, i, a, b) || seen++ % step != 0)
			continue;
		if (a != SPAN_MAP)
			straddle_in(s, kd, &o->span[i], &o->span[i + 1]);
		else if (b == SPAN_MAP)
			straddle_maps(s, kd, &o->span[i], &o->span[i + 1]);
		else
			straddle_out(s, kd, &o->span[i], &o->span[i + 1]);
	}
	report_end(s->r);
}

/* ---- Any split of a read gives the same bytes ---- */

static void
split(struct subject *s)
{
	kvm_t *kd = subject_handle(s);
	struct rng rng = begin_rng(s);

	for (unsigned i = 0; kd != NULL && i < 24; i++) {
		const struct span *sp = pick_span(s, &rng, SPAN_MAP);
		uint64_t va = rng_in(&rng, sp->first, sp->last);
		size_t n = span_left(sp, va, (size_t)rng_in(&rng, 2, 40000)), done = 0;

		if (!expect_map(s, kd, sp, va, n))
			continue;
		/* want holds the same bytes in one piece, unless the oracle leaves some open */
		memcpy(s->want, s->got, n);
		memset(s->got, UNTOUCHED, n);
		while (done < n) {
			size_t piece = (size_t)rng_in(&rng, 1, rng_in(&rng, 1, n - done));

			if (lib_read(s->lib, kd, va + done, s->got + done, piece) != (kssize_t)piece)
				break;
			done += piece;
		}
		if (done != n || memcmp(s->got, s->want, n) != 0)
			report_fail(s->r, "0x%" PRIx64 ": 0x%zx bytes read in pieces differ from one "
			    "read, or fail at byte 0x%zx: \"%s\"", va, n, done, s->lib->kvm_geterr(kd));
	}
}

void
check_map(struct subject *s)
{
	struct group g[MAX_GROUPS];
	size_t n = groups_make(s->o, SPAN_MAP, g);
	uint64_t full = full_size(s->o);

	for (size_t i = 0; i < n; i++) {
		if (begin(s, "%s/content", g[i].name)) {
			content(s, &g[i], full);
			report_end(s->r);
		}
		if (begin(s, "%s/edges", g[i].name)) {
			edges(s, &g[i]);
			report_end(s->r);
		}
	}
	if (n > 0 && begin(s, "read/split")) {
		split(s);
		report_end(s->r);
	}
	straddle(s, SPAN_MAP, SPAN_MAP);
	straddle(s, SPAN_MAP, SPAN_HOLE);
	straddle(s, SPAN_MAP, SPAN_ABSENT);
	straddle(s, SPAN_MAP, SPAN_SHORT);
	straddle(s, SPAN_HOLE, SPAN_MAP);
	straddle(s, SPAN_ABSENT, SPAN_MAP);
}
