/* SPDX-License-Identifier: BSD-2-Clause */
/* Enumerations: kvm_each_range, kvm_walk_pages, kvm_each_extent. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conform.h"
#include "range.h"

struct list {
	struct kvm_range *p;
	size_t n, cap;
	size_t stop;	/* the callback says stop at this one; 0: never */
};

static int
collect(const struct kvm_range *kr, void *arg)
{
	struct list *l = arg;

	l->p = grow(l->p, l->n, &l->cap, sizeof(*l->p));
	l->p[l->n++] = *kr;
	return l->n != l->stop;
}

/* The bytes of [lo, hi] that a span covers. */
static uint64_t
overlap(const struct span *sp, uint64_t lo, uint64_t hi)
{
	uint64_t a = sp->first > lo ? sp->first : lo, b = sp->last < hi ? sp->last : hi;

	return a > b ? 0 : b - a + 1;
}

/*
 * A list of ranges of [lo, hi] against the oracle: ascending, inside, true; and nothing left out:
 * since ranges are disjoint and each agrees, equal sums mean equal sets.
 */
static void
list_agrees(struct subject *s, const struct list *l, uint64_t lo, uint64_t hi)
{
	const struct oracle *o = s->o;
	uint64_t listed = 0, want = 0;

	for (size_t i = 0; i < l->n; i++) {
		const struct kvm_range *kr = &l->p[i];

		if (kr->kr_kind == KVM_UNMAPPED)
			report_fail(s->r, "0x%" PRIx64 ": an unmapped stretch is listed", kr->kr_first);
		if (kr->kr_first < lo || kr->kr_last > hi)
			report_fail(s->r, "0x%" PRIx64 " to 0x%" PRIx64 " is not within 0x%" PRIx64 " to 0x%"
			    PRIx64, kr->kr_first, kr->kr_last, lo, hi);
		if (i > 0 && kr->kr_first <= l->p[i - 1].kr_last)
			report_fail(s->r, "0x%" PRIx64 " follows a range that ends at 0x%" PRIx64,
			    kr->kr_first, l->p[i - 1].kr_last);
		if (i > 0 && kr->kr_kind == KVM_MAPPED && l->p[i - 1].kr_kind == KVM_MAPPED &&
		    kr->kr_first - 1 == l->p[i - 1].kr_last && kr->kr_prot == l->p[i - 1].kr_prot &&
		    kr->kr_paddr - l->p[i - 1].kr_paddr == kr->kr_first - l->p[i - 1].kr_first &&
		    kr->kr_offset - l->p[i - 1].kr_offset ==
		    (int64_t)(kr->kr_first - l->p[i - 1].kr_first))
			report_fail(s->r, "0x%" PRIx64 " is not merged with the range before it", kr->kr_first);
		if (!range_agrees(s, kr))
			continue;
		for (size_t k = oracle_span_index(o, kr->kr_first);
		    k < o->nspan && o->span[k].first <= kr->kr_last; k++)
			listed += overlap(&o->span[k], kr->kr_first, kr->kr_last);
	}
	for (size_t k = oracle_span_index(o, lo); k < o->nspan && o->span[k].first <= hi; k++)
		if (o->span[k].kind != SPAN_HOLE)
			want += overlap(&o->span[k], lo, hi);
	if (listed == want)
		return;
	/* Name the first address that is missing. */
	for (size_t k = oracle_span_index(o, lo), i = 0; k < o->nspan && o->span[k].first <= hi; k++) {
		const struct span *sp = &o->span[k];
		uint64_t at = sp->first > lo ? sp->first : lo, end = sp->last < hi ? sp->last : hi;

		if (sp->kind == SPAN_HOLE)
			continue;
		for (;;) {
			while (i < l->n && l->p[i].kr_last < at)
				i++;
			if (i == l->n || l->p[i].kr_first > at) {
				report_fail(s->r, "0x%" PRIx64 " (%s 0x%" PRIx64 ", line %u) is not listed", at,
				    span_kind_name(sp->kind), sp->first, sp->line);
				return;
			}
			if (l->p[i].kr_last >= end)
				break;
			at = l->p[i].kr_last + 1;
		}
	}
	report_fail(s->r, "0x%" PRIx64 " bytes are listed, wanted 0x%" PRIx64, listed, want);
}

static void
each_window(struct subject *s, kvm_t *kd, uint64_t lo, uint64_t hi)
{
	struct list l = { .n = 0 };
	int n = s->lib->kvm_each_range(kd, lo, hi, collect, &l);

	if (n != 0)
		report_fail(s->r, "kvm_each_range(0x%" PRIx64 ", 0x%" PRIx64 ") returned %d: \"%s\"", lo, hi,
		    n, s->lib->kvm_geterr(kd));
	else
		list_agrees(s, &l, lo, hi);
	free(l.p);
}

static void
each_all(struct subject *s, kvm_t *kd)
{
	each_window(s, kd, 0, s->o->top);
}

/* Any window gives the same answers, clipped. */
static void
each_windows(struct subject *s, kvm_t *kd)
{
	struct rng rng = begin_rng(s);
	unsigned windows = s->o->nspan > 1000 ? 40 : 120;

	for (unsigned i = 0; i < windows && s->o->nspan > 0; i++) {
		const struct span *a = &s->o->span[rng_in(&rng, 0, s->o->nspan - 1)];
		size_t far = (size_t)(a - s->o->span) + (size_t)rng_in(&rng, 0, 5);
		const struct span *b = &s->o->span[far < s->o->nspan ? far : s->o->nspan - 1];
		uint64_t lo = i % 3 == 0 ? a->first : i % 3 == 1 ? a->last : rng_in(&rng, a->first, a->last);
		uint64_t hi = i % 4 == 0 ? b->last : i % 4 == 1 ? lo : rng_in(&rng, b->first, b->last);

		each_window(s, kd, lo, hi < lo ? lo : hi);
	}
}

/* A callback that returns 0 is not called again. */
static void
each_stop(struct subject *s, kvm_t *kd)
{
	struct list l = { .stop = 1 };
	int n = s->lib->kvm_each_range(kd, 0, s->o->top, collect, &l);

	expect_number(s, "kvm_each_range, stopped", n, 0);
	expect_number(s, "calls before it stopped", (int64_t)l.n,
	    span_count(s->o, SPAN_HOLE) < s->o->nspan);
	free(l.p);
}

/* ---- kvm_walk_pages ---- */

/* A page record as a range: where the kernel maps it, or else in the direct map. */
struct pages {
	struct list kernel, direct;	/* with kp_kmap_vaddr, without */
	struct subject *s;
};

/* kp_dmap_vaddr must be where the header's direct map has that memory, or 0. */
static void
dmap_agrees(struct subject *s, const struct kvm_page *kp)
{
	const struct span *d = &s->o->dmap;
	uint64_t want = 0;

	if (!s->o->has_dmap)
		return;		/* a library may know of one */
	if (kp->kp_paddr >= d->pa && kp->kp_paddr - d->pa <= d->last - d->first)
		want = d->first + (kp->kp_paddr - d->pa);
	if (kp->kp_dmap_vaddr != want)
		report_fail(s->r, "physical 0x%" PRIx64 ": kp_dmap_vaddr is 0x%" PRIx64 ", wanted 0x%" PRIx64,
		    kp->kp_paddr, kp->kp_dmap_vaddr, want);
}

static int
collect_page(struct kvm_page *kp, void *arg)
{
	struct pages *p = arg;
	const struct oracle *o = p->s->o;
	const struct span *zero = oracle_span(o, 0);
	/* 0 is also an address that a kernel may map. */
	bool mapped = zero != NULL && zero->kind == SPAN_MAP && kp->kp_paddr == zero->pa;
	bool direct = o->has_dmap && kp->kp_kmap_vaddr == 0 && !mapped;
	uint64_t va = direct ? kp->kp_dmap_vaddr : kp->kp_kmap_vaddr;
	struct kvm_range kr = { .kr_first = va, .kr_last = va + (kp->kp_len - 1),
		.kr_paddr = kp->kp_paddr, .kr_offset = kp->kp_offset, .kr_prot = kp->kp_prot,
		.kr_prot_known = true, .kr_kind = kp->kp_offset == -1 ? KVM_ABSENT : KVM_MAPPED };

	if (kp->kp_len == 0 || kp->kp_version != LIBKVM_WALK_PAGES_VERSION)
		kr.kr_kind = KVM_UNKNOWN;	/* agrees with no map */
	dmap_agrees(p->s, kp);
	return collect(&kr, direct ? &p->direct : &p->kernel);
}

static int
by_first(const void *a, const void *b)
{
	const struct kvm_range *x = a, *y = b;

	return x->kr_first < y->kr_first ? -1 : x->kr_first > y->kr_first;
}

static int
by_paddr(const void *a, const void *b)
{
	const struct kvm_range *x = a, *y = b;

	return x->kr_paddr < y->kr_paddr ? -1 : x->kr_paddr > y->kr_paddr;
}

/* Is it in the header's direct map, which is listed by memory and not by address? */
static bool
in_dmap(const struct oracle *o, uint64_t va)
{
	return o->has_dmap && va >= o->dmap.first && va <= o->dmap.last;
}

/* Each record is true and none is there twice; the mapped bytes that they cover. */
static uint64_t
pages_agree(struct subject *s, struct list *l)
{
	const struct oracle *o = s->o;
	uint64_t listed = 0;

	if (l->n > 0)	/* FreeBSD promises no order */
		qsort(l->p, l->n, sizeof(*l->p), by_first);
	for (size_t i = 0; i < l->n; i++) {
		struct kvm_range *kr = &l->p[i];
		const struct span *sp = oracle_span(o, kr->kr_first);

		if (i > 0 && kr->kr_first <= l->p[i - 1].kr_last)
			report_fail(s->r, "0x%" PRIx64 " is listed twice", kr->kr_first);
		/* A page has no word for truncated: not in the file is not in the dump. */
		if (sp != NULL && sp->kind == SPAN_SHORT && kr->kr_kind == KVM_ABSENT)
			kr->kr_kind = KVM_TRUNCATED;
		if (!range_agrees(s, kr) || kr->kr_kind != KVM_MAPPED)
			continue;
		for (size_t k = oracle_span_index(o, kr->kr_first);
		    k < o->nspan && o->span[k].first <= kr->kr_last; k++)
			listed += overlap(&o->span[k], kr->kr_first, kr->kr_last);
	}
	return listed;
}

/* Bytes of the direct map's memory that the kernel maps elsewhere, too; l is sorted by it. */
static uint64_t
mapped_twice(const struct oracle *o, const struct list *l)
{
	const struct span *d = &o->dmap;
	uint64_t n = 0, next = d->pa, pa_last = d->pa + (d->last - d->first);

	for (size_t i = 0; i < l->n; i++) {
		const struct kvm_range *kr = &l->p[i];
		uint64_t lo = kr->kr_paddr, hi = lo + (kr->kr_last - kr->kr_first);

		lo = lo > next ? lo : next;
		hi = hi < pa_last ? hi : pa_last;
		if (lo > hi || kr->kr_kind != KVM_MAPPED)
			continue;
		n += hi - lo + 1;
		if (hi == pa_last)
			break;
		next = hi + 1;
	}
	return n;
}

/*
 * Every byte of every map is in exactly one page, and holes are in none.  Where the header tells a
 * direct map, its memory is listed once: by where else the kernel maps it or, if nowhere, with
 * kp_kmap_vaddr 0.
 */
static void
walk_pages(struct subject *s, kvm_t *kd)
{
	const struct oracle *o = s->o;
	struct pages all = { .s = s }, one = { .s = s, .kernel = { .stop = 1 }, .direct = { .stop = 1 } };
	uint64_t listed, direct, want = 0, want_direct = 0;
	int n;

	if (lacks(s, s->lib->kvm_walk_pages == NULL, "kvm_walk_pages"))
		return;
	/* kp_len is a size_t: on a 32-bit host 2^51 bytes are a million records and more. */
	for (size_t k = 0; k < o->nspan; k++)
		if (o->span[k].kind != SPAN_HOLE &&
		    (o->span[k].last - o->span[k].first) / 1024 / 1024 > SIZE_MAX / 2) {
			report_skip(s->r, "this host's size_t does not hold the lengths of its pages");
			return;
		}
	n = s->lib->kvm_walk_pages(kd, collect_page, &all);
	expect_number(s, "kvm_walk_pages", n, 1);
	listed = pages_agree(s, &all.kernel);
	direct = pages_agree(s, &all.direct);
	for (size_t k = 0; k < o->nspan; k++)
		if (o->span[k].kind == SPAN_MAP) {
			uint64_t len = o->span[k].last - o->span[k].first + 1;

			if (in_dmap(o, o->span[k].first))
				want_direct += len;
			else
				want += len;
		}
	if (listed != want)
		report_fail(s->r, "0x%" PRIx64 " mapped bytes are listed, wanted 0x%" PRIx64, listed, want);
	if (all.kernel.n > 0)
		qsort(all.kernel.p, all.kernel.n, sizeof(*all.kernel.p), by_paddr);
	if (o->has_dmap && direct + mapped_twice(o, &all.kernel) != want_direct)
		report_fail(s->r, "0x%" PRIx64 " bytes of the direct map are listed as such and 0x%" PRIx64
		    " by another address, wanted 0x%" PRIx64 " in all", direct,
		    mapped_twice(o, &all.kernel), want_direct);
	free(all.kernel.p);
	free(all.direct.p);
	if (want + want_direct == 0)
		return;
	n = s->lib->kvm_walk_pages(kd, collect_page, &one);
	expect_number(s, "kvm_walk_pages, stopped", n, 0);
	expect_number(s, "calls before it stopped", (int64_t)(one.kernel.n + one.direct.n), 1);
	free(one.kernel.p);
	free(one.direct.p);
}

/* ---- kvm_each_extent ---- */

struct extents {
	struct subject *s;
	uint64_t bytes, next;
	size_t n;
	struct kvm_extent *p;
	size_t cap;
};

static int
collect_extent(const struct kvm_extent *ke, void *arg)
{
	struct extents *e = arg;

	if (ke->ke_len == 0 || (e->n > 0 && ke->ke_paddr < e->next))
		report_fail(e->s->r, "extent 0x%" PRIx64 " length 0x%" PRIx64 " follows one that ends at 0x%"
		    PRIx64, ke->ke_paddr, ke->ke_len, e->next);
	e->next = ke->ke_paddr + ke->ke_len;
	e->bytes += ke->ke_len;
	e->p = grow(e->p, e->n, &e->cap, sizeof(*e->p));
	e->p[e->n++] = *ke;
	return 1;
}

/* Both ends of every stated stretch of memory lie where the extents say. */
static void
extents(struct subject *s, kvm_t *kd)
{
	struct extents e = { .s = s };
	struct kvm_info ki = { .ki_bits = 0 };
	size_t k = 0;

	if (lacks(s, s->lib->kvm_each_extent == NULL, "kvm_each_extent"))
		return;
	expect_number(s, "kvm_each_extent", s->lib->kvm_each_extent(kd, collect_extent, &e), 0);
	if (s->lib->kvm_getinfo != NULL && s->lib->kvm_getinfo(kd, &ki, sizeof(ki)) == 0) {
		expect_number(s, "extents, by kvm_getinfo", (int64_t)ki.ki_nextents, (int64_t)e.n);
		expect_number(s, "bytes, by kvm_getinfo", (int64_t)ki.ki_memory, (int64_t)e.bytes);
	}
	for (size_t i = 0; i < s->o->nram; i++) {
		const struct ram *r = &s->o->ram[i];

		for (unsigned end = 0; end < 2; end++) {
			uint64_t pa = end == 0 ? r->first : r->last, off;
			uint8_t want, got;
			bool known;

			while (k < e.n && e.p[k].ke_paddr + (e.p[k].ke_len - 1) < pa)
				k++;
			if (k == e.n || e.p[k].ke_paddr > pa) {
				report_fail(s->r, "physical 0x%" PRIx64 " (ram, line %u) is in no extent", pa,
				    r->line);
				continue;
			}
			off = (uint64_t)e.p[k].ke_offset + (pa - e.p[k].ke_paddr);
			if (off >= s->f->m.size)
				continue;	/* cut off with the file's end */
			if (memory_want(&s->f->m, pa, 1, &want, &known) &&
			    (pread(s->f->m.fd, &got, 1, (off_t)off) != 1 || got != want))
				report_fail(s->r, "physical 0x%" PRIx64 " is said to lie at 0x%" PRIx64
				    " of the core, where there is another byte", pa, off);
		}
	}
	free(e.p);
}

void
check_each(struct subject *s)
{
	static const struct {
		const char *name;
		void (*run)(struct subject *, kvm_t *);
		bool pages;
	} checks[] = {
		{ "each/all", each_all, false },
		{ "each/windows", each_windows, false },
		{ "each/stop", each_stop, false },
		{ "each/walk-pages", walk_pages, true },
		{ "each/extents", extents, true },
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (begin(s, "%s", checks[i].name)) {
			kvm_t *kd = subject_handle(s);

			if (kd != NULL && (checks[i].pages ||
			    !lacks(s, s->lib->kvm_each_range == NULL, "kvm_each_range")))
				checks[i].run(s, kd);
			report_end(s->r);
		}
}
