/* SPDX-License-Identifier: BSD-2-Clause */
/* Alpha: rows from the Alpha Architecture Reference Manual, II-B 3. */
#include "mmu_test.h"

#define PTE(pa, flags)	((uint64_t)(pa) >> 13 << 32 | (flags))
enum { V = 1, FOR = 2, FOW = 4, FOE = 8, GH = 0x60, KRE = 0x100, KWE = 0x1000 };
#define K1SEG	UINT64_C(0xfffffe0000000000)
#define TOP	UINT64_C(0xfffffc0000000000)	/* lowest canonical of the upper half */

/* L1 at 0x10000, L2 at 0x20000, L3 at 0x30000. */
static const struct put alpha_puts[] = {
	{ KV_PHYS, 0x10000, 8, PTE(0x20000, V | KRE) },
	{ KV_PHYS, 0x10ff8, 8, PTE(0x20000, V) },		/* 511: end of the lower half */
	{ KV_PHYS, 0x11000, 8, PTE(0x20000, V) },		/* 512 */
	{ KV_PHYS, 0x11800, 8, PTE(0x20000, V | KRE | KWE) },	/* 768: K1SEG */
	{ KV_PHYS, 0x11808, 8, PTE(0x1ffff7654000, V) },	/* 769 */
	{ KV_PHYS, 0x11810, 8, PTE(0x20000, 0xfffffffe) },	/* 770 */
	{ KV_PHYS, 0x11ff8, 8, PTE(0x20000, 0xffffffff) },	/* 1023 */
	{ KV_PHYS, 0x20000, 8, PTE(0x30000, V | KRE) },
	{ KV_PHYS, 0x20008, 8, PTE(0x30000, KRE) },
	{ KV_PHYS, 0x21ff8, 8, PTE(0x30000, 0xffffffff) },
	{ KV_PHYS, 0x30000, 8, PTE(0x1234000, V | KRE | KWE) },
	{ KV_PHYS, 0x30008, 8, PTE(0x1236000, V | KRE | KWE | FOW) },
	{ KV_PHYS, 0x30010, 8, PTE(0x1238000, V | KRE | FOE) },
	{ KV_PHYS, 0x30018, 8, PTE(0x123a000, V | KRE | KWE | FOR | GH) },
	{ KV_PHYS, 0x30020, 8, PTE(0x123c000, 0xffffeffe) },
	{ KV_PHYS, 0x30028, 8, PTE(0x1fffffffe000, 0xffffffff) },
	{ KV_PHYS, 0x30030, 8, PTE(0x123e000, V | KWE) },
	{ KV_PHYS, 0x31ff8, 8, PTE(0x7ffe000, V | KRE | KWE) },
};

static const struct row rows[] = {
	{ "8K", K1SEG + 0x1fff, KV_OK, 0x1235fff, K1SEG, K1SEG + 0x1fff, RWX, NULL },
	{ "FOW", K1SEG + 0x2000, KV_OK, 0x1236000, K1SEG + 0x2000, K1SEG + 0x3fff, R_X, NULL },
	{ "FOE", K1SEG + 0x4000, KV_OK, 0x1238000, K1SEG + 0x4000, K1SEG + 0x5fff, R__, NULL },
	{ "FOR, granularity hint", K1SEG + 0x6000, KV_OK, 0x123a000, K1SEG + 0x6000, K1SEG + 0x7fff,
	    KV_W | KV_X, NULL },
	{ "all but V", K1SEG + 0x8000, KV_EUNMAPPED, 0, K1SEG + 0x8000, K1SEG + 0x9fff, 0,
	    "L3 entry 4 (0x91effffeffe) at 0x30020 is not valid" },
	{ "all bits, largest", K1SEG + 0xbfff, KV_OK, 0x1fffffffffff, K1SEG + 0xa000,
	    K1SEG + 0xbfff, NONE, NULL },
	{ "KWE alone", K1SEG + 0xc000, KV_OK, 0x123e000, K1SEG + 0xc000, K1SEG + 0xdfff, KV_W, NULL },
	{ "hole", K1SEG + 0xe000, KV_EUNMAPPED, 0, K1SEG + 0xe000, K1SEG + 0xffff, 0, "L3 entry 7" },
	{ "L3 last", K1SEG + 0x7fffff, KV_OK, 0x7ffffff, K1SEG + 0x7fe000, K1SEG + 0x7fffff, RWX,
	    NULL },
	{ "L2 not valid", K1SEG + 0x800000, KV_EUNMAPPED, 0, K1SEG + 0x800000, K1SEG + 0xffffff, 0,
	    "L2 entry 1 (0x1800000100) at 0x20008 is not valid" },
	{ "L2 last", K1SEG + 0x1ff800000, KV_OK, 0x1234000, K1SEG + 0x1ff800000,
	    K1SEG + 0x1ff801fff, RWX, NULL },
	{ "table absent", K1SEG + 0x200000000, KV_EABSENT, 0, 0, 0, 0,
	    "L2 entry 0 at 0x1ffff7654000 cannot" },
	{ "L1 all but V", K1SEG + 0x400000000, KV_EUNMAPPED, 0, K1SEG + 0x400000000,
	    K1SEG + 0x5ffffffff, 0, "L1 entry 770" },
	{ "last byte", UINT64_MAX, KV_OK, 0x7ffffff, ~UINT64_C(0x1fff), UINT64_MAX, RWX, NULL },
	{ "upper half, first", TOP, KV_OK, 0x1234000, TOP, TOP + 0x1fff, RWX, NULL },
	{ "lower half, first", 5, KV_OK, 0x1234005, 0, 0x1fff, RWX, NULL },
	{ "lower half, last", 0x3ffffffffff, KV_OK, 0x7ffffff, 0x3ffffffe000, 0x3ffffffffff, RWX,
	    NULL },
	{ "not canonical", 0x40000000000, KV_EUNMAPPED, 0, 0x40000000000, TOP - 1, 0, "bits 63:42" },
	{ "not canonical, last", TOP - 1, KV_EUNMAPPED, 0, 0x40000000000, TOP - 1, 0, "canonical" },
};

static void
test_alpha(void)
{
	struct mem mem = { .big = false };
	struct mmu mmu = mmu_alpha;
	mmu.root.addr = 0x10000;
	mem_fill(&mem, alpha_puts, COUNT_OF(alpha_puts));
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	mem_free(&mem);
}

static uint64_t
random_entry(const struct mmu *mmu, unsigned level, uint64_t next, uint64_t *rnd)
{
	uint64_t x = unit_random(rnd);
	if (mmu->levels[level].table)
		return PTE(next, (x & 0xfffffffe) | (x >> 61 != 0));
	return (x & ~UINT64_C(1)) | (x >> 61 != 0);
}

static void
test_random(void)
{
	trees_check(&mmu_alpha, KV_PHYS, 0x100000, false, random_entry, 8, 0, UINT64_MAX);
	trees_check(&mmu_alpha, KV_PHYS, 0x100000, false, random_entry, 4, K1SEG + 0x1004,
	    UINT64_MAX - 0x2003);
}

static const struct unit_test tests[] = {
	{ "three levels", test_alpha },
	{ "random trees", test_random },
	{ NULL, NULL },
};

SUITE_OF(mmu_alpha, tests);
