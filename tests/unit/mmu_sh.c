/* SPDX-License-Identifier: BSD-2-Clause */
/* SuperH's P3: rows for pointers into P1 and for PTEs, in both byte orders. */
#include "mmu_test.h"

#define P1	UINT64_C(0x80000000)
#define P3	UINT64_C(0xc0000000)

static const struct put puts_sh[] = {
	{ KV_PHYS, 0x10000, 4, P1 + 0x20000 },
	{ KV_PHYS, 0x10004, 4, 0x7fffffff },
	{ KV_PHYS, 0x10008, 4, 0xa0020000 },
	{ KV_PHYS, 0x1000c, 4, 0x9fff0000 },
	{ KV_PHYS, 0x101fc, 4, P1 + 0x20000 },		/* 127 */
	{ KV_PHYS, 0x10200, 4, P1 + 0x20000 },		/* 128: P4's, if it had any */
	{ KV_PHYS, 0x10014, 4, 0xa0000000 },		/* the first byte of P2 */
	{ KV_PHYS, 0x10018, 4, P1 },			/* of P1 */
	{ KV_VIRT, P1 + 0x20000, 4, 0x0c345120 },
	{ KV_VIRT, P1 + 0x20004, 4, 0x0c346100 },
	{ KV_VIRT, P1 + 0x20008, 4, 0xfffffeff },
	{ KV_VIRT, P1 + 0x2000c, 4, 0xffffffff },
	{ KV_VIRT, P1 + 0x20010, 4, 0x0c347140 },	/* PR 10: read-only for all */
	{ KV_VIRT, P1 + 0x20ffc, 4, 0x0c34f160 },
};

static const struct row rows[] = {
	{ "4K", P3 + 0xfff, KV_OK, 0xc345fff, P3, P3 + 0xfff, RWX, NULL },
	{ "PR 00", P3 + 0x1000, KV_OK, 0xc346000, P3 + 0x1000, P3 + 0x1fff, R_X, NULL },
	{ "all but V", P3 + 0x2000, KV_EUNMAPPED, 0, P3 + 0x2000, P3 + 0x2fff, 0,
	    "PT entry 2 (0xfffffeff) at virtual address 0x80020008 is not valid" },
	{ "all bits, largest", P3 + 0x3fff, KV_OK, 0x1fffffff, P3 + 0x3000, P3 + 0x3fff, RWX, NULL },
	{ "PR 10", P3 + 0x4000, KV_OK, 0xc347000, P3 + 0x4000, P3 + 0x4fff, R_X, NULL },
	{ "last of table", P3 + 0x3fffff, KV_OK, 0xc34ffff, P3 + 0x3ff000, P3 + 0x3fffff, RWX, NULL },
	{ "pointer below P1", P3 + 0x400000, KV_EUNMAPPED, 0, P3 + 0x400000, P3 + 0x7fffff, 0,
	    "PTP entry 1 (0x7fffffff) at 0x10004 does not point into P1" },
	{ "pointer into P2", P3 + 0x800000, KV_EUNMAPPED, 0, P3 + 0x800000, P3 + 0xbfffff, 0, "P1" },
	{ "table absent", P3 + 0xc00000, KV_EABSENT, 0, 0, 0, 0, "virtual address 0x9fff0000 cannot" },
	{ "NULL", P3 + 0x1000000, KV_EUNMAPPED, 0, P3 + 0x1000000, P3 + 0x13fffff, 0, "is NULL" },
	{ "first of P2", P3 + 0x1400000, KV_EUNMAPPED, 0, P3 + 0x1400000, P3 + 0x17fffff, 0,
	    "PTP entry 5 (0xa0000000) at 0x10014 does not point into P1" },
	{ "first of P1", P3 + 0x1800000, KV_EABSENT, 0, 0, 0, 0, "virtual address 0x80000000 cannot" },
	{ "last of P3", 0xdfffffff, KV_OK, 0xc34ffff, 0xdffff000, 0xdfffffff, RWX, NULL },
	{ "P4", 0xe0000000, KV_EUNMAPPED, 0, 0xe0000000, UINT64_MAX, 0, "outside" },
	{ "P2", 0xbfffffff, KV_EUNMAPPED, 0, 0, 0xbfffffff, 0, "outside" },
};

static void
test_rows(void)
{
	for (int big = 0; big <= 1; big++) {
		struct mem mem = { .big = big };
		struct mmu mmu = mmu_sh;
		mmu.big = big;
		mmu.root.addr = 0x10000;
		mem_fill(&mem, puts_sh, COUNT_OF(puts_sh));
		rows_check(&mmu, &mem, rows, COUNT_OF(rows));
		mem_free(&mem);
	}
}

static uint64_t
random_entry(const struct mmu *mmu, unsigned level, uint64_t next, uint64_t *rnd)
{
	uint64_t x = unit_random(rnd);
	if (mmu->levels[level].table)
		return x >> 60 != 0 ? next : x & 0xffffffff;
	return x & 0xffffffff;
}

static void
test_random(void)
{
	trees_check(&mmu_sh, KV_VIRT, P1, true, random_entry, 10, 0, UINT64_MAX);
}

static const struct unit_test tests[] = {
	{ "rows", test_rows },
	{ "random trees", test_random },
	{ NULL, NULL },
};

SUITE_OF(mmu_sh, tests);
