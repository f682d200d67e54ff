/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hashed page table of FreeBSD/powerpc64's kernel, all of it in a minidump.  The kernel's segments
 * follow from the address.
 * Sources: Power ISA 2.07, Book III-S, 5.7 (address translation); FreeBSD
 * sys/powerpc/aim/{slb,moea64_native}.c (KERNEL_VSID), lib/libkvm/kvm_minidump_powerpc64_hpt.c.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "bytes.h"
#include "entry.h"
#include "pages.h"
#include "pteg.h"

#define PTE_V		UINT64_C(0x1)		/* first doubleword */
#define PTE_H		UINT64_C(0x2)
#define PTE_SW		UINT64_C(0x78)		/* software's */
#define PTE_AVPN_SHIFT	7
#define PTE_RPN		UINT64_C(0x0ffffffffffff000)	/* second */
#define PTE_N		UINT64_C(0x4)
#define PTE_G		UINT64_C(0x8)
#define PTE_PP		UINT64_C(0x3)

enum { PTE_BYTES = 16, GROUP_BYTES = PTE_BYTES * PTEG_PTES };
enum { PAGE_SHIFT = 12, SEGMENT_SHIFT = 28, ESID_BITS = 36 };

/* slb.c: KERNEL_VSID_BIT, and the hash that spreads neighbouring segments. */
#define VSID_KERNEL	(UINT64_C(1) << ESID_BITS)
#define VSID_HASH	UINT64_C(0x13bb)
#define VSID_UNHASH	UINT64_C(0x614fb973)	/* its inverse modulo 2^36 */
_Static_assert(VSID_HASH * VSID_UNHASH % VSID_KERNEL == 1, "inverse");

enum { PARAM_GROUPS };	/* a power of two */

static uint64_t
vsid_of(vaddr_t va)
{
	const uint64_t esid = va >> SEGMENT_SHIFT;
	return ((esid << 8 | esid >> 28) * VSID_HASH & low_mask(ESID_BITS)) | VSID_KERNEL;
}

/* The segment's first address. */
static vaddr_t
vsid_back(uint64_t vsid)
{
	const uint64_t mixed = vsid * VSID_UNHASH & low_mask(ESID_BITS);
	return (mixed >> 8 | mixed << 28) << SEGMENT_SHIFT;
}

static uint64_t
hpt_group(const struct mmu *mmu, vaddr_t va, bool secondary)
{
	const uint64_t page = (va & low_mask(SEGMENT_SHIFT)) >> PAGE_SHIFT;
	const uint64_t hash = vsid_of(va) ^ page;
	const uint64_t group = (secondary ? ~hash : hash) & (mmu->param[PARAM_GROUPS] - 1);
	return mmu->root.addr + group * GROUP_BYTES;
}

static bool
hpt_match(const struct mmu *mmu, vaddr_t va, bool secondary, uint64_t first, uint64_t second,
    struct kv_run *run)
{
	(void)mmu;
	/* 5.7.7.1: the page's upper 5 bits; the lower 11 are in the hash. */
	const uint64_t upper = (va & low_mask(SEGMENT_SHIFT)) >> (PAGE_SHIFT + 11);
	/* B (a segment of 256 MiB) and L (a page of 4 KiB) are 0. */
	const uint64_t want = vsid_of(va) << 12 | upper << PTE_AVPN_SHIFT |
	    (secondary ? PTE_H | PTE_V : PTE_V);
	if ((first & ~PTE_SW) != want)
		return false;
	run->at = (struct kv_loc){ .addr = second & PTE_RPN, .space = KV_PHYS };
	/* The kernel's key is 0: PP 3 alone is read-only. */
	run->prot = prot_of(true, (second & PTE_PP) != 3, (second & (PTE_N | PTE_G)) == 0);
	run->prot_known = true;
	return true;
}

static const struct pteg_table hpt_table = { 8, hpt_group, hpt_match };

static enum kv_status
hpt_walk(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va, struct kv_run *run,
    mmu_step_fn *step, void *arg, struct kv_err *err)
{
	*run = (struct kv_run){ .first = va & ~low_mask(PAGE_SHIFT),
		.last = va | low_mask(PAGE_SHIFT) };
	enum kv_status st = pteg_find(&hpt_table, mmu, src, va, run, step, arg, err);
	if (st != KV_EUNMAPPED)
		return st;
	return kv_fail(err, KV_EUNMAPPED,
	    "0x%" PRIx64 ": neither PTEG has a PTE for VSID 0x%" PRIx64 ", page 0x%" PRIx64, va,
	    vsid_of(va), (va & low_mask(SEGMENT_SHIFT)) >> PAGE_SHIFT);
}

/* ---- each: the addresses of all PTEs, sorted. --------------------------------------- */

/* The address of which the first doubleword is, from the group that it is in. */
static vaddr_t
page_of(uint64_t first, uint64_t group)
{
	const uint64_t vsid = first >> 12;
	const uint64_t hash = (first & PTE_H) != 0 ? ~group : group;
	const uint64_t upper = (first >> PTE_AVPN_SHIFT & 0x1f) << 11;
	return vsid_back(vsid) | (upper | ((hash ^ vsid) & low_mask(11))) << PAGE_SHIFT;
}

static enum kv_status
collect(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo, vaddr_t last,
    struct pages *pages, struct kv_err *err)
{
	struct kv_loc at = mmu->root;
	for (uint64_t g = 0; g < mmu->param[PARAM_GROUPS]; g++, at.addr += GROUP_BYTES) {
		const uint8_t *p;
		size_t got;
		enum kv_status st = src->read(src->arg, at, GROUP_BYTES, &p, &got, err);
		if (st != KV_OK)
			return st;
		for (unsigned i = 0; i < PTEG_PTES; i++, p += PTE_BYTES) {
			const uint64_t first = be64_get(p);
			if ((first & PTE_V) == 0)
				continue;
			const vaddr_t va = page_of(first, g);
			if (va < (lo & ~low_mask(PAGE_SHIFT)) || va > last)
				continue;
			if ((st = mmu_pages_add(pages, va, err)) != KV_OK)
				return st;
		}
	}
	return KV_OK;
}

static enum kv_status
hpt_each(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo, vaddr_t last,
    mmu_run_fn *fn, void *arg, struct kv_err *err)
{
	struct pages pages = { 0 };
	enum kv_status st = collect(mmu, src, lo, last, &pages, err);
	/* Of several PTEs of one page the first counts; one that no look-up finds maps nothing. */
	if (st == KV_OK)
		mmu_pages_each(&pages, mmu, src, lo, last, fn, arg);
	free(pages.v);
	return st;
}

static const struct mmu_ops hpt_ops = {
	.walk = hpt_walk,
	.each = hpt_each,
};

enum kv_status
mmu_freebsd_hpt_init(struct mmu *ret, uint64_t off, uint64_t size, struct kv_err *err)
{
	/* 5.7.7: 2^11 groups at least, so that the hash tells what the AVPN does not. */
	const uint64_t least = UINT64_C(1) << 18, groups = size / GROUP_BYTES;
	if (size < least || (size & (size - 1)) != 0)
		return kv_fail(err, KV_EFORMAT,
		    "the hashed page table has 0x%" PRIx64 " bytes, wanted a power of two from 0x%" PRIx64
		    " on", size, least);
	*ret = (struct mmu){
		.ops = &hpt_ops,
		.regime = "hpt",
		.root = { .addr = off, .space = KV_FILE },
		.param = { [PARAM_GROUPS] = groups },
	};
	return KV_OK;
}
