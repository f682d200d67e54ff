/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kvm_walk_pages.  First all that the kernel maps outside of the direct map, by address; then
 * the pages of the dump that nothing of this maps, which the direct map alone shows.
 */
#include "api/handle.h"

#include <limits.h>
#include <stdlib.h>

/* FreeBSD's records are of one page or, on amd64, of one large page. */
#define LARGE_PAGE	(UINT64_C(1) << 21)

/* Physical memory that the first pass told. */
struct seen {
	paddr_t first, last;	/* inclusive */
};

struct pages {
	kvm_t *kd;
	kvm_walk_pages_cb_t *cb;
	void *closure;
	bool stopped, no_memory;
	struct seen *seen;
	size_t n, cap;
	size_t at;	/* the second pass: of seen, what may reach into the next extent */
};

static bool
has_dmap(const kvm_t *kd)
{
	return kd->dump.dmap.lo < kd->dump.dmap.last;
}

/* The physical memory behind the direct map. */
static struct seen
dmap_memory(const kvm_t *kd)
{
	const struct as_range *dmap = &kd->dump.dmap;
	const paddr_t first = dmap->mmu.root.addr;
	uint64_t len_less_1 = dmap->last - dmap->lo;
	return (struct seen) { first, len_less_1 > UINT64_MAX - first ? UINT64_MAX :
	    first + len_less_1 };
}

/* What the direct map says of pa; 0: it has no place there. */
static vaddr_t
dmap_address(const kvm_t *kd, paddr_t pa)
{
	if (!has_dmap(kd))
		return 0;
	const struct seen memory = dmap_memory(kd);
	return pa >= memory.first && pa <= memory.last ?
	    kd->dump.dmap.lo + (pa - memory.first) : 0;
}

/*
 * The length of the record that begins here: a large page where one lies, else up to the next
 * page.  What is not in the dump is one record as long as it can be.
 */
static uint64_t
record_len(const kvm_t *kd, vaddr_t va, paddr_t pa, uint64_t left_less_1, bool there)
{
	const uint64_t page = kd->dump.pagesize;
	uint64_t most = page - va % page;
	if (!there)
		most = (size_t)-(size_t)page;
	else if ((va | pa) % LARGE_PAGE == 0 && left_less_1 >= LARGE_PAGE - 1)
		most = LARGE_PAGE;
	return u64_min(left_less_1, most - 1) + 1;
}

/* A stretch as records.  offset: -1, or of the first byte; kmap: va is the kernel's address. */
static void
tell(struct pages *pages, vaddr_t va, paddr_t pa, uint64_t len_less_1, int64_t offset,
    unsigned prot, bool kmap)
{
	const kvm_t *kd = pages->kd;
	for (;;) {
		const uint64_t n = record_len(kd, va, pa, len_less_1, offset != -1);
		struct kvm_page page = {
			.kp_version = LIBKVM_WALK_PAGES_VERSION,
			.kp_paddr = pa,
			.kp_kmap_vaddr = kmap ? va : 0,
			.kp_dmap_vaddr = dmap_address(kd, pa),
			.kp_prot = (unsigned char)prot,
			.kp_offset = (off_t)offset,
			.kp_len = (size_t)n,
		};
		if (pages->cb(&page, pages->closure) == 0)
			pages->stopped = true;
		if (pages->stopped || n - 1 == len_less_1)
			return;
		len_less_1 -= n;
		va += n;
		pa += n;
		if (offset != -1)
			offset += (int64_t)n;
	}
}

static int
by_first(const void *pa, const void *pb)
{
	const struct seen *a = pa, *b = pb;
	return u64_compare(a->first, b->first);
}

/* Sorts what was told; what overlaps becomes one. */
static void
seen_merge(struct pages *pages)
{
	size_t n = 0;
	struct seen *seen = pages->seen;
	if (pages->n > 0)
		qsort(seen, pages->n, sizeof(*seen), by_first);
	for (size_t i = 0; i < pages->n; i++) {
		if (n > 0 && seen[i].first <= seen[n - 1].last)
			seen[n - 1].last = u64_max(seen[i].last, seen[n - 1].last);
		else
			seen[n++] = seen[i];
	}
	pages->n = n;
}

static bool
seen_grow(struct pages *pages)
{
	size_t cap = pages->cap == 0 ? 256 : pages->cap * 2;
	struct seen *grown = cap > SIZE_MAX / sizeof(*grown) ? NULL :
	    realloc(pages->seen, cap * sizeof(*grown));
	if (grown == NULL) {
		pages->no_memory = true;
		return false;
	}
	pages->seen = grown;
	pages->cap = cap;
	return true;
}

/*
 * Notes memory that was told.  Tables may map the same memory without end: the list grows with
 * what is mapped, not with how often.
 */
static bool
seen_add(struct pages *pages, paddr_t first, paddr_t last)
{
	if (pages->n == pages->cap) {
		seen_merge(pages);
		if (pages->n >= pages->cap / 2 && !seen_grow(pages))
			return false;
	}
	pages->seen[pages->n++] = (struct seen) { first, last };
	return true;
}

static int
tell_range(const struct kvm_range *range, void *arg)
{
	struct pages *pages = arg;
	const uint64_t len_less_1 = range->kr_last - range->kr_first;
	const bool there = range->kr_kind == KVM_MAPPED;
	if (range->kr_kind == KVM_UNKNOWN)
		return 1;
	if (there && has_dmap(pages->kd) &&
	    !seen_add(pages, range->kr_paddr, range->kr_paddr + len_less_1))
		return 0;
	/* What translates can be read at least. */
	tell(pages, range->kr_first, range->kr_paddr, len_less_1,
	    there ? range->kr_offset : -1,
	    range->kr_prot_known ? range->kr_prot : KVM_PROT_READ | KVM_PROT_WRITE, true);
	return !pages->stopped;
}

/* The second pass over one extent: what of it is in the direct map and not among seen. */
static int
tell_extent(const struct kvm_extent *extent, void *arg)
{
	struct pages *pages = arg;
	const struct seen memory = dmap_memory(pages->kd);
	/* A file that ends early has not all of it. */
	const uint64_t off = (uint64_t)extent->ke_offset, size = pages->kd->img.size;
	const uint64_t have = u64_min(extent->ke_len, size - u64_min(off, size));
	if (have == 0)
		return 1;
	paddr_t pa = u64_max(extent->ke_paddr, memory.first);
	const paddr_t last = u64_min(extent->ke_paddr + (have - 1), memory.last);
	/* Extents ascend, and seen does in both ends: what ends before pa is not looked at again. */
	for (; pa <= last && !pages->stopped; pages->at++) {
		const struct seen *next = pages->at < pages->n && pages->seen[pages->at].first <= last ?
		    &pages->seen[pages->at] : NULL;
		if (next == NULL || next->first > pa) {
			paddr_t to = next == NULL ? last : next->first - 1;
			tell(pages, dmap_address(pages->kd, pa), pa, to - pa,
			    extent->ke_offset + (int64_t)(pa - extent->ke_paddr),
			    KVM_PROT_READ | KVM_PROT_WRITE, false);
		}
		if (next == NULL || next->last >= last)
			break;
		pa = u64_max(pa, next->last + 1);
	}
	return !pages->stopped;
}

static bool
second_pass(struct pages *pages)
{
	seen_merge(pages);
	return kvm_each_extent(pages->kd, tell_extent, pages) == 0;
}

/* The first pass: around the direct map, if there is one. */
static bool
first_pass(struct pages *pages)
{
	kvm_t *kd = pages->kd;
	const struct as_range *dmap = &kd->dump.dmap;
	if (!has_dmap(kd))
		return kvm_each_range(kd, 0, UINT64_MAX, tell_range, pages) == 0;
	const bool ok = dmap->lo == 0 || kvm_each_range(kd, 0, dmap->lo - 1, tell_range, pages) == 0;
	return ok && (pages->stopped || pages->no_memory || dmap->last == UINT64_MAX ||
	    kvm_each_range(kd, dmap->last + 1, UINT64_MAX, tell_range, pages) == 0);
}

int
kvm_walk_pages(kvm_t *kd, kvm_walk_pages_cb_t *cb, void *closure)
{
	struct pages pages = { .kd = kd, .cb = cb, .closure = closure };
	if (!header_wanted(kd, "kvm_walk_pages"))
		return 0;
	bool ok = first_pass(&pages);
	if (ok && !pages.no_memory && has_dmap(kd))
		ok = second_pass(&pages);
	free(pages.seen);
	if (pages.no_memory)
		err_soft(kd, "kvm_walk_pages: no memory for the list of what was told");
	return ok && !pages.stopped && !pages.no_memory;
}
