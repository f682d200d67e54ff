/* SPDX-License-Identifier: BSD-2-Clause */
/* sparc64: rows for the kernel's tree and both kinds of TTE. */
#include "mmu_test.h"

#define V	UINT64_C(0x8000000000000000)

static const struct put puts64[] = {
	{ KV_PHYS, 0x10000, 8, 0x20000 },
	{ KV_PHYS, 0x10008, 8, 0x20001 },
	{ KV_PHYS, 0x10010, 8, 0x21000 },
	{ KV_PHYS, 0x10018, 8, 0x7ff99998000 },
	{ KV_PHYS, 0x11ff8, 8, 0x20000 },
	{ KV_PHYS, 0x20000, 8, 0x30000 },
	{ KV_PHYS, 0x21000, 8, 0x30000 },		/* 512 */
	{ KV_PHYS, 0x21ff8, 8, 0x30000 },
	{ KV_PHYS, 0x30000, 8, V | 0x76543216002 },	/* sun4u: W */
	{ KV_PHYS, 0x30008, 8, V | 0x70000000a000 },	/* bits above 42: sun4v's address */
	{ KV_PHYS, 0x30010, 8, ~V },
	{ KV_PHYS, 0x30018, 8, ~UINT64_C(0) },
	{ KV_PHYS, 0x30020, 8, V | 0x10000 | 0xc0 },	/* sun4v: W and EP */
	{ KV_PHYS, 0x30028, 8, V | 0x12000 | 0x40 },
	{ KV_PHYS, 0x31ff8, 8, V | 0x7ffe000 },
};

static const struct row rows4u[] = {
	{ "8K", 0x1fff, KV_OK, 0x76543217fff, 0, 0x1fff, RWX, NULL },
	{ "0, 512, 1, read-only", 0x100002000, KV_OK, 0xa000, 0x100002000, 0x100003fff, R_X, NULL },
	{ "all but V", 0x4000, KV_EUNMAPPED, 0, 0x4000, 0x5fff, 0,
	    "TTE entry 2 (0x7fffffffffffffff) at 0x30010 is not valid" },
	{ "all bits", 0x7fff, KV_OK, 0x7ffffffffff, 0x6000, 0x7fff, RWX, NULL },
	{ "last TTE", 0x7ffff0, KV_OK, 0x7fffff0, 0x7fe000, 0x7fffff, R_X, NULL },
	{ "L2 zero", 0x800000, KV_EUNMAPPED, 0, 0x800000, 0xffffff, 0,
	    "L2 entry 1 (0x0) at 0x20008 is zero" },
	{ "L1 not aligned", 0x200000000, KV_EUNMAPPED, 0, 0x200000000, 0x3ffffffff, 0,
	    "L1 entry 1 (0x20001) at 0x10008 is not the address of a page" },
	{ "L1 at half a page", 0x400000000, KV_EUNMAPPED, 0, 0x400000000, 0x5ffffffff, 0,
	    "not the address of a page" },
	{ "table absent", 0x600000000, KV_EABSENT, 0, 0, 0, 0, "L2 entry 0 at 0x7ff99998000 cannot" },
	{ "last kernel address", 0x7ffffffffff, KV_OK, 0x7ffffff, 0x7ffffffe000, 0x7ffffffffff, R_X,
	    NULL },
	{ "in the hole", 0x80000000000, KV_EUNMAPPED, 0, 0x80000000000, UINT64_MAX, 0, "outside" },
	{ "above the hole", 0xfffff80000000000, KV_EUNMAPPED, 0, 0x80000000000, UINT64_MAX, 0,
	    "outside" },
};

static const struct row rows4v[] = {
	{ "software bit 1", 4, KV_OK, 0x76543216004, 0, 0x1fff, R__, NULL },
	{ "bits 46:44", 0x2000, KV_OK, 0x70000000a000, 0x2000, 0x3fff, R__, NULL },
	{ "all bits", 0x7fff, KV_OK, 0xffffffffffffff, 0x6000, 0x7fff, RWX, NULL },
	{ "W and EP", 0x8000, KV_OK, 0x10000, 0x8000, 0x9fff, RWX, NULL },
	{ "W alone", 0xa000, KV_OK, 0x12000, 0xa000, 0xbfff, RW_, NULL },
};

static void
test_rows(void)
{
	struct mem mem = { .big = true };
	mem_fill(&mem, puts64, COUNT_OF(puts64));
	struct mmu mmu = mmu_sparc64_sun4u;
	mmu.root.addr = 0x10000;
	rows_check(&mmu, &mem, rows4u, COUNT_OF(rows4u));
	static const struct row wider[] = {
		{ "OpenBSD's frame", 0x7fff, KV_OK, 0x7fffffffffff, 0x6000, 0x7fff, RWX, NULL },
	};
	mmu_sparc64_frame(&mmu, UINT64_C(0x00007fffffffe000));
	rows_check(&mmu, &mem, wider, COUNT_OF(wider));
	mmu = mmu_sparc64_sun4v;
	mmu.root.addr = 0x10000;
	rows_check(&mmu, &mem, rows4v, COUNT_OF(rows4v));
	mem_free(&mem);
}

static uint64_t
random_entry(const struct mmu *mmu, unsigned level, uint64_t next, uint64_t *rnd)
{
	uint64_t x = unit_random(rnd);
	if (mmu->levels[level].table)
		return x >> 60 != 0 ? next : x;
	return x >> 61 != 0 ? x | V : x & ~V;
}

static void
test_random(void)
{
	trees_check(&mmu_sparc64_sun4u, KV_PHYS, 0x100000, true, random_entry, 5, 0, UINT64_MAX);
	trees_check(&mmu_sparc64_sun4v, KV_PHYS, 0x100000, true, random_entry, 5, 0x1000, 0x7fffffff123);
}

static const struct unit_test tests[] = {
	{ "rows", test_rows },
	{ "random trees", test_random },
	{ NULL, NULL },
};

SUITE_OF(mmu_sparc64, tests);
