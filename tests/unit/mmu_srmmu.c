/* SPDX-License-Identifier: BSD-2-Clause */
/* The SPARC Reference MMU: rows from the SPARC Architecture Manual, V8, appendix H. */
#include "mmu_test.h"

#define PTD(pa)		((uint64_t)(pa) >> 4 | 1)
#define PTE(pa, acc)	((uint64_t)(pa) >> 4 | (acc) << 2 | 2)
#define SOFT		UINT64_C(0xe0)		/* C, M, R */

static const struct put hw[] = {
	{ KV_PHYS, 0x10000, 4, PTD(0x20000) },
	{ KV_PHYS, 0x10004, 4, PTE(0xf00001000, 0) },	/* context 1: one page of 4 GiB */
	{ KV_PHYS, 0x10008, 4, 3 },
	{ KV_PHYS, 0x20000, 4, PTD(0x30000) },
	{ KV_PHYS, 0x20004, 4, PTE(0xa01000000, 3) | SOFT },
	{ KV_PHYS, 0x20008, 4, PTE(0xa01fff000, 1) },	/* low frame bits */
	{ KV_PHYS, 0x2000c, 4, PTD(0x30000) | 2 },	/* type 3 */
	{ KV_PHYS, 0x20010, 4, PTD(0xf77777700) },
	{ KV_PHYS, 0x203c0, 4, PTD(0x30000) },		/* 0xf0 */
	{ KV_PHYS, 0x203fc, 4, PTD(0x30040) },		/* table at 64 bytes more */
	{ KV_PHYS, 0x30000, 4, PTD(0x40000) },
	{ KV_PHYS, 0x30004, 4, PTE(0x12340000, 2) },
	{ KV_PHYS, 0x30008, 4, 0xfffffffc },
	{ KV_PHYS, 0x300fc, 4, PTE(0xffffc0000, 7) },
	{ KV_PHYS, 0x3013c, 4, PTD(0x40000) },
	{ KV_PHYS, 0x40000, 4, PTE(0x100000000, 0) },
	{ KV_PHYS, 0x40004, 4, PTE(0x5000, 1) },
	{ KV_PHYS, 0x40008, 4, PTE(0x6000, 2) },
	{ KV_PHYS, 0x4000c, 4, PTE(0x7000, 3) },
	{ KV_PHYS, 0x40010, 4, PTE(0x8000, 4) },
	{ KV_PHYS, 0x40014, 4, PTE(0x9000, 5) },
	{ KV_PHYS, 0x40018, 4, PTE(0xa000, 6) },
	{ KV_PHYS, 0x4001c, 4, PTE(0xffffff000, 7) | SOFT },
	{ KV_PHYS, 0x40020, 4, PTD(0x40000) },
	{ KV_PHYS, 0x40024, 4, PTE(0xb000, 7) & ~UINT64_C(2) },
	{ KV_PHYS, 0x40028, 4, PTE(0xb000, 7) | 1 },
	{ KV_PHYS, 0x400fc, 4, PTE(0xc000, 3) },
};

static const struct row rows_hw[] = {
	{ "ACC 0", 0xfff, KV_OK, 0x100000fff, 0, 0xfff, R__, NULL },
	{ "ACC 1", 0x1000, KV_OK, 0x5000, 0x1000, 0x1fff, RW_, NULL },
	{ "ACC 2", 0x2000, KV_OK, 0x6000, 0x2000, 0x2fff, R_X, NULL },
	{ "ACC 3", 0x3000, KV_OK, 0x7000, 0x3000, 0x3fff, RWX, NULL },
	{ "ACC 4", 0x4000, KV_OK, 0x8000, 0x4000, 0x4fff, __X, NULL },
	{ "ACC 5", 0x5000, KV_OK, 0x9000, 0x5000, 0x5fff, RW_, NULL },
	{ "ACC 6", 0x6000, KV_OK, 0xa000, 0x6000, 0x6fff, R_X, NULL },
	{ "ACC 7, largest, C M R", 0x7fff, KV_OK, 0xfffffffff, 0x7000, 0x7fff, RWX, NULL },
	{ "PTD at level 3", 0x8000, KV_EUNMAPPED, 0, 0x8000, 0x8fff, 0,
	    "level 3 entry 8 (0x4001) at 0x40020 is a table descriptor, reserved at level 3" },
	{ "type 0", 0x9000, KV_EUNMAPPED, 0, 0x9000, 0x9fff, 0, "not valid (type 0)" },
	{ "type 3", 0xa000, KV_EUNMAPPED, 0, 0xa000, 0xafff, 0, "reserved type 3" },
	{ "last of level 3", 0x3ffff, KV_OK, 0xcfff, 0x3f000, 0x3ffff, RWX, NULL },
	{ "256K", 0x7ffff, KV_OK, 0x1237ffff, 0x40000, 0x7ffff, R_X, NULL },
	{ "level 2, type 0", 0x80000, KV_EUNMAPPED, 0, 0x80000, 0xbffff, 0,
	    "level 2 entry 2 (0xfffffffc) at 0x30008 is not valid" },
	{ "last of level 2, largest", 0xffffff, KV_OK, 0xfffffffff, 0xfc0000, 0xffffff, RWX, NULL },
	{ "16M", 0x1fffffe, KV_OK, 0xa01fffffe, 0x1000000, 0x1ffffff, RWX, NULL },
	{ "16M, low frame bits", 0x2000004, KV_OK, 0xa01000004, 0x2000000, 0x2ffffff, RW_, NULL },
	{ "level 1, type 3", 0x3000000, KV_EUNMAPPED, 0, 0x3000000, 0x3ffffff, 0, "type 3" },
	{ "table absent", 0x4000000, KV_EABSENT, 0, 0, 0, 0, "level 2 entry 0 at 0xf77777700 cannot" },
	{ "level 1 zero", 0x5000000, KV_EUNMAPPED, 0, 0x5000000, 0x5ffffff, 0, "level 1 entry 5" },
	{ "kernel", 0xf0004000, KV_OK, 0x8000, 0xf0004000, 0xf0004fff, __X, NULL },
	{ "last byte", 0xffffffff, KV_OK, 0xcfff, 0xfffff000, 0xffffffff, RWX, NULL },
	{ "above", 0x100000000, KV_EUNMAPPED, 0, 0x100000000, UINT64_MAX, 0, "outside" },
};

static void
test_hardware(void)
{
	struct mem mem = { .big = true };
	mem_fill(&mem, hw, COUNT_OF(hw));
	struct mmu mmu = mmu_srmmu_context(0x10000, 0);
	rows_check(&mmu, &mem, rows_hw, COUNT_OF(rows_hw));
	static const struct row context1[] = {
		{ "4G", 0x12345678, KV_OK, 0xf12345678, 0, 0xffffffff, R__, NULL },
	};
	mmu = mmu_srmmu_context(0x10000, 1);
	rows_check(&mmu, &mem, context1, COUNT_OF(context1));
	static const struct row context2[] = {
		{ "context, type 3", 0, KV_EUNMAPPED, 0, 0, 0xffffffff, 0,
		    "context entry 0 (0x3) at 0x10008 has the reserved type 3" },
	};
	mmu = mmu_srmmu_context(0x10000, 2);
	rows_check(&mmu, &mem, context2, COUNT_OF(context2));
	mem_free(&mem);
}

/* The dump's way: sg_pte is an address in the kernel, 0xb0000000 above memory's. */
static void
test_segmap(void)
{
	static const struct put map[] = {
		{ KV_BLOB, 0x28, 8, UINT64_C(0xf004000000000000) },	/* npte 0 says nothing */
		{ KV_BLOB, 0x38, 8, UINT64_C(0x00000000ffffff00) },	/* sg_pte NULL, all else set */
		{ KV_BLOB, 0x48, 8, UINT64_C(0xf7777000ffffffff) },
		{ KV_BLOB, 0x58, 8, UINT64_C(0xeffffffcffffffff) },	/* below the kernel */
		{ KV_BLOB, 0x68, 8, UINT64_C(0xf0000000ffffffff) },
		{ KV_PHYS, 0x40040000, 4, PTE(0x123456000, 3) },
		{ KV_PHYS, 0x40040010, 4, PTE(0x123457000, 3) },
		{ KV_PHYS, 0x400400fc, 4, PTE(0x123458000, 3) },
	};
	static const struct row rows[] = {
		{ "first", 0xf0000004, KV_OK, 0x123456004, 0xf0000000, 0xf0000fff, RWX, NULL },
		{ "text", 0xf0004000, KV_OK, 0x123457000, 0xf0004000, 0xf0004fff, RWX, NULL },
		{ "zero PTE", 0xf0001000, KV_EUNMAPPED, 0, 0xf0001000, 0xf0001fff, 0,
		    "level 3 entry 1 (0x0) at 0x40040004 is not valid" },
		{ "last of segment", 0xf003ffff, KV_OK, 0x123458fff, 0xf003f000, 0xf003ffff, RWX, NULL },
		{ "NULL", 0xf0040000, KV_EUNMAPPED, 0, 0xf0040000, 0xf007ffff, 0,
		    "at header offset 0x38 has no PTEs (sg_pte is NULL)" },
		{ "table absent", 0xf0080000, KV_EABSENT, 0, 0, 0, 0, "level 3 entry 0 at 0x47777000" },
		{ "below", 0xefffffff, KV_EUNMAPPED, 0, 0, 0xefffffff, 0, "does not exist" },
		{ "below kernbase", 0xf00c0000, KV_EUNMAPPED, 0, 0xf00c0000, 0xf00fffff, 0,
		    "at header offset 0x58 has a sg_pte below kernbase" },
		{ "at kernbase", 0xf0100000, KV_EABSENT, 0, 0, 0, 0, "level 3 entry 0 at 0x40000000" },
		{ "behind the map", 0xf0140000, KV_EUNMAPPED, 0, 0xf0140000, 0xffffffff, 0,
		    "does not exist: the table has 15360 to 15364" },
	};
	struct mem mem = { .big = true };
	struct mmu mmu;
	struct kv_err err = { .text = "" };
	mem_fill(&mem, map, COUNT_OF(map));
	CHECK_EQ("segmap", "status",
	    mmu_srmmu_segmap_init(&mmu, 0xf0000000, 5, 0x20, 0xb0000000, NULL), KV_OK);
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	uint64_t rnd = 2;
	CHECK_EQ("segmap", "runs", agree_all(&mmu, &mem, 0, UINT64_MAX, &rnd, 100), 5);
	/* An offset that wraps, as the kernel's 32-bit sum does. */
	CHECK_EQ("wrap", "status",
	    mmu_srmmu_segmap_init(&mmu, 0xf0000000, 5, 0x20, UINT64_C(0xffffffffb0000000), NULL), KV_OK);
	row_check(&mmu, &mem, &rows[0]);
	CHECK_EQ("nsegmap", "status",
	    mmu_srmmu_segmap_init(&mmu, 0xf0000000, 1025, 0x20, 0, &err), KV_EFORMAT);
	CHECK_TEXT("nsegmap", err.text, "nsegmap is 1025");
	mem_free(&mem);
}

static uint64_t
random_entry(const struct mmu *mmu, unsigned level, uint64_t next, uint64_t *rnd)
{
	uint64_t x = unit_random(rnd) & 0xffffffff;
	if (mmu->levels[level].table && (x >> 30 != 0 || level == 0))
		return PTD(next);
	return x >> 28 == 15 ? x : (x & ~UINT64_C(3)) | 2;
}

static void
test_random(void)
{
	const struct mmu mmu = mmu_srmmu_context(0, 0);
	trees_check(&mmu, KV_PHYS, 0x100000, true, random_entry, 12, 0, UINT64_MAX);
}

static const struct unit_test tests[] = {
	{ "from the context table", test_hardware },
	{ "from the segment map", test_segmap },
	{ "random trees", test_random },
	{ NULL, NULL },
};

SUITE_OF(mmu_srmmu, tests);
