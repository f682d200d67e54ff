/* SPDX-License-Identifier: BSD-2-Clause */
/* MIPS: rows for linear and tree-shaped tables; EntryLo as in the R4000 and R3000 manuals. */
#include "mmu_test.h"

/* Tables of segtab kernels, in KSEG0 or XKPHYS. */
#define KSEG0	UINT64_C(0x80000000)
#define XKPHYS	UINT64_C(0x9800000000000000)
#define XKSEG	UINT64_C(0xc000000000000000)
#define KSEG2	UINT64_C(0xc0000000)

static const struct mmu_mips mips3_4k = { 32, 12, 3, 6, 0x2, false };
static const struct mmu_mips mips1_4k = { 32, 12, 1, 12, 0x200, true };

static struct mmu
sysmap(const struct mmu_mips *how, vaddr_t base, uint64_t count)
{
	struct mmu mmu;
	if (mmu_mips_sysmap_init(&mmu, how, base, 0x10000, count, NULL) != KV_OK)
		abort();
	return mmu;
}

static struct mmu
segtab(const struct mmu_mips *how)
{
	struct mmu mmu;
	if (mmu_mips_segtab_init(&mmu, how, 0x10000, NULL) != KV_OK)
		abort();
	return mmu;
}

static void
test_sysmap(void)
{
	static const struct put puts3[] = {
		{ KV_PHYS, 0x10000, 4, 0x00400006 },	/* pfn 0x10000, D V */
		{ KV_PHYS, 0x10004, 4, 0x00400042 },	/* V alone */
		{ KV_PHYS, 0x10008, 4, 0xfffffffd },	/* all but V */
		{ KV_PHYS, 0x1000c, 4, 0xffffffff },
		{ KV_PHYS, 0x1003c, 4, 0x00000046 },	/* 15: the last */
		{ KV_PHYS, 0x10040, 4, 0x00000046 },	/* 16: not of the array */
	};
	static const struct row rows3[] = {
		{ "4K", KSEG2 + 0xfff, KV_OK, 0x10000fff, KSEG2, KSEG2 + 0xfff, RWX, NULL },
		{ "clean", KSEG2 + 0x1000, KV_OK, 0x10001000, KSEG2 + 0x1000, KSEG2 + 0x1fff, R_X, NULL },
		{ "all but V", KSEG2 + 0x2000, KV_EUNMAPPED, 0, KSEG2 + 0x2000, KSEG2 + 0x2fff, 0,
		    "Sysmap entry 2 (0xfffffffd) at 0x10008 is not valid" },
		{ "all bits", KSEG2 + 0x3000, KV_OK, 0xffffff000, KSEG2 + 0x3000, KSEG2 + 0x3fff, RWX,
		    NULL },
		{ "last", KSEG2 + 0xffff, KV_OK, 0x1fff, KSEG2 + 0xf000, KSEG2 + 0xffff, RWX, NULL },
		{ "behind", KSEG2 + 0x10000, KV_EUNMAPPED, 0, KSEG2 + 0x10000, 0xffffffff, 0,
		    "Sysmap entry 16 does not exist: the table has 0 to 15" },
		{ "KSEG0", KSEG0, KV_EUNMAPPED, 0, 0, KSEG2 - 1, 0, "outside" },
		{ "above", 0x100000000, KV_EUNMAPPED, 0, 0x100000000, UINT64_MAX, 0, "outside" },
	};
	static const struct put puts1[] = {
		{ KV_PHYS, 0x10000, 4, 0x12345600 },
		{ KV_PHYS, 0x10004, 4, 0xfffffaff },	/* all but D */
		{ KV_PHYS, 0x10008, 4, 0xfffffdff },	/* all but V */
	};
	static const struct row rows1[] = {
		{ "archlevel 1", KSEG2 + 4, KV_OK, 0x12345004, KSEG2, KSEG2 + 0xfff, RWX, NULL },
		{ "archlevel 1, all but D", KSEG2 + 0x1000, KV_OK, 0xfffff000, KSEG2 + 0x1000,
		    KSEG2 + 0x1fff, R_X, NULL },
		{ "archlevel 1, all but V", KSEG2 + 0x2000, KV_EUNMAPPED, 0, KSEG2 + 0x2000,
		    KSEG2 + 0x2fff, 0, "not valid" },
	};
	struct mem mem = { .big = false };
	mem_fill(&mem, puts3, COUNT_OF(puts3));
	struct mmu mmu = sysmap(&mips3_4k, KSEG2, 16);
	rows_check(&mmu, &mem, rows3, COUNT_OF(rows3));
	uint64_t rnd = 3;
	CHECK_EQ("Sysmap", "runs", agree_all(&mmu, &mem, 0, UINT64_MAX, &rnd, 100), 4);
	CHECK_EQ("Sysmap, clipped", "runs", agree_all(&mmu, &mem, KSEG2 + 0x1004, KSEG2 + 0xe000,
	    &rnd, 100), 2);

	/* 8 and 16 KiB: the frame of the first half, whose low bits do not count. */
	static const struct row rows8[] = {
		{ "8K", KSEG2 + 0x1fff, KV_OK, 0x10001fff, KSEG2, KSEG2 + 0x1fff, RWX, NULL },
		{ "8K, odd frame", KSEG2 + 0x2000, KV_OK, 0x10000000, KSEG2 + 0x2000, KSEG2 + 0x3fff,
		    R_X, NULL },
	};
	static const struct row rows16[] = {
		{ "16K, all bits", XKSEG + 0xffff, KV_OK, 0xfffffffff, XKSEG + 0xc000, XKSEG + 0xffff,
		    RWX, NULL },
	};
	static const struct row rows_vr[] = {
		{ "VR41xx", KSEG2 + 4, KV_OK, 0x04000004, KSEG2, KSEG2 + 0xfff, RWX, NULL },
		{ "VR41xx, low frame bits", KSEG2 + 0x1000, KV_OK, 0x04000000, KSEG2 + 0x1000,
		    KSEG2 + 0x1fff, R_X, NULL },
	};
	static const struct mmu_mips how8 = { 32, 13, 3, 6, 0x2, false },
				     how16 = { 64, 14, 3, 6, 0x2, false },
				     how_vr = { 32, 12, 3, 4, 0x2, false };
	mmu = sysmap(&how8, KSEG2, 16);
	rows_check(&mmu, &mem, rows8, COUNT_OF(rows8));
	mmu = sysmap(&how16, XKSEG, 4);
	rows_check(&mmu, &mem, rows16, COUNT_OF(rows16));
	mmu = sysmap(&how_vr, KSEG2, 16);
	rows_check(&mmu, &mem, rows_vr, COUNT_OF(rows_vr));
	mem_free(&mem);

	struct mem mem1 = { .big = true };
	mem_fill(&mem1, puts1, COUNT_OF(puts1));
	mmu = sysmap(&mips1_4k, KSEG2, 16);
	rows_check(&mmu, &mem1, rows1, COUNT_OF(rows1));
	mem_free(&mem1);
}

static void
test_segtab32(void)
{
	static const struct put puts32[] = {
		{ KV_PHYS, 0x10400, 4, KSEG0 + 0x20000 },	/* 256: KSEG2's first */
		{ KV_PHYS, 0x10404, 4, 0xa0020000 },		/* KSEG1 */
		{ KV_PHYS, 0x10408, 4, 0xc0020000 },
		{ KV_PHYS, 0x1040c, 4, 0x7ffff000 },
		{ KV_PHYS, 0x10410, 4, 0x81230000 },
		{ KV_PHYS, 0x107fc, 4, KSEG0 + 0x20000 },	/* 511 */
		{ KV_VIRT, KSEG0 + 0x20000, 4, 0x00400046 },
		{ KV_VIRT, KSEG0 + 0x20ffc, 4, 0x00400086 },
		{ KV_VIRT, 0xa0020000, 4, 0x004000c6 },
	};
	static const struct row rows[] = {
		{ "first", KSEG2, KV_OK, 0x10001000, KSEG2, KSEG2 + 0xfff, RWX, NULL },
		{ "last of table", KSEG2 + 0x3fffff, KV_OK, 0x10002fff, KSEG2 + 0x3ff000,
		    KSEG2 + 0x3fffff, RWX, NULL },
		{ "PTE zero", KSEG2 + 0x1000, KV_EUNMAPPED, 0, KSEG2 + 0x1000, KSEG2 + 0x1fff, 0,
		    "PTE entry 1 (0x0) at virtual address 0x80020004 is not valid" },
		{ "table in KSEG1", KSEG2 + 0x400000, KV_OK, 0x10003000, KSEG2 + 0x400000,
		    KSEG2 + 0x400fff, RWX, NULL },
		{ "table in KSEG2", KSEG2 + 0x800000, KV_EUNMAPPED, 0, KSEG2 + 0x800000,
		    KSEG2 + 0xbfffff, 0, "SEG entry 258 (0xc0020000) at 0x10408 does not point into" },
		{ "table below KSEG0", KSEG2 + 0xc00000, KV_EUNMAPPED, 0, KSEG2 + 0xc00000,
		    KSEG2 + 0xffffff, 0, "does not point into" },
		{ "table absent", KSEG2 + 0x1000000, KV_EABSENT, 0, 0, 0, 0,
		    "PTE entry 0 at virtual address 0x81230000 cannot be read" },
		{ "NULL", KSEG2 + 0x1400000, KV_EUNMAPPED, 0, KSEG2 + 0x1400000, KSEG2 + 0x17fffff, 0,
		    "SEG entry 261 (0x0) at 0x10414 is NULL" },
		{ "last byte", 0xffffffff, KV_OK, 0x10002fff, 0xfffff000, 0xffffffff, RWX, NULL },
		{ "below", KSEG2 - 1, KV_EUNMAPPED, 0, 0, KSEG2 - 1, 0, "outside" },
	};
	struct mem mem = { .big = false };
	mem_fill(&mem, puts32, COUNT_OF(puts32));
	const struct mmu mmu = segtab(&mips3_4k);
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	mem_free(&mem);
}

/* First and last entry of each level, by page size: index widths and shifts. */
static void
test_shapes(void)
{
	static const struct {
		const char *name;
		struct mmu_mips how;
		vaddr_t va;
		uint64_t at[3];		/* bytes into each table */
	} shapes[] = {
		{ "32-bit, 4K", { 32, 12, 3, 6, 2, false }, 0xc0401000, { 257 * 4, 4, 0 } },
		{ "32-bit, 8K", { 32, 13, 3, 6, 2, true }, 0xc1002000, { 65 * 4, 4, 0 } },
		{ "32-bit, 16K", { 32, 14, 3, 6, 2, true }, 0xc4004000, { 17 * 4, 4, 0 } },
		{ "32-bit, 8K, last", { 32, 13, 3, 6, 2, true }, 0xffffe000, { 127 * 4, 2047 * 4, 0 } },
		{ "32-bit, 16K, last", { 32, 14, 3, 6, 2, true }, 0xffffc000, { 31 * 4, 4095 * 4, 0 } },
		{ "64-bit, 4K", { 64, 12, 3, 6, 2, true }, XKSEG + 0x80401000, { 8, 8, 4 } },
		{ "64-bit, 8K", { 64, 13, 3, 6, 2, true }, XKSEG + 0x401002000, { 8, 8, 4 } },
		{ "64-bit, 16K", { 64, 14, 3, 6, 2, false }, XKSEG + 0x2004004000, { 8, 8, 4 } },
		{ "64-bit, 4K, last", { 64, 12, 3, 6, 2, true }, XKSEG + 0xfffffff000,
		    { 511 * 8, 511 * 8, 1023 * 4 } },
		{ "64-bit, 8K, last", { 64, 13, 3, 6, 2, true }, XKSEG + 0xfffffffe000,
		    { 1023 * 8, 1023 * 8, 2047 * 4 } },
		{ "64-bit, 16K, last", { 64, 14, 3, 6, 2, true }, XKSEG + 0xffffffffc000,
		    { 2047 * 8, 2047 * 8, 4095 * 4 } },
	};
	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		const bool wide = shapes[i].how.bits == 64;
		const uint64_t direct = wide ? XKPHYS : KSEG0;
		const unsigned size = wide ? 8 : 4;
		struct mem mem = { .big = shapes[i].how.big };
		mem_put(&mem, KV_PHYS, 0x10000 + shapes[i].at[0], size, direct + 0x20000);
		if (wide)
			mem_put(&mem, KV_VIRT, direct + 0x20000 + shapes[i].at[1], size, direct + 0x30000);
		mem_put(&mem, KV_VIRT, direct + (wide ? 0x30000 : 0x20000) + shapes[i].at[wide ? 2 : 1],
		    4, 0x00400006);
		const struct mmu mmu = segtab(&shapes[i].how);
		const uint64_t page = UINT64_C(1) << shapes[i].how.page_shift;
		const struct row row = { shapes[i].name, shapes[i].va + 5, KV_OK, 0x10000005,
			shapes[i].va, shapes[i].va + page - 1, RWX, NULL };
		row_check(&mmu, &mem, &row);
		mem_free(&mem);
	}
	/* Where pointers may point: See MIPS Run, 2.8 and 2.9. */
	static const struct mmu_mips how32 = { 32, 12, 3, 6, 2, true }, how64 = { 64, 12, 3, 6, 2, true };
	static const struct {
		const struct mmu_mips *how;
		uint64_t pointer;
		bool good;
	} pointers[] = {
		{ &how64, 0xffffffff80020000, true }, { &how64, 0xffffffffa0020000, true },
		{ &how64, 0x8000000000020000, true }, { &how64, 0xbfffffffffff0000, true },
		{ &how64, 0xffffffffc0020000, false }, { &how64, 0xc000000000020000, false },
		{ &how64, 0x80020000, false }, { &how64, 0xffffffff7fff0000, false },
		{ &how64, 0x7fffffffffff0000, false },
		{ &how64, 0xffffffff80000000, true }, { &how64, 0xffffffff7fffffff, false },
		{ &how64, 0xffffffffbfffffff, true }, { &how64, 0xffffffffc0000000, false },
		{ &how64, 0x8000000000000000, true }, { &how64, 0x7fffffffffffffff, false },
		{ &how64, 0xbfffffffffffffff, true }, { &how64, 0xc000000000000000, false },
		{ &how32, 0x80000000, true }, { &how32, 0x7fffffff, false },
		{ &how32, 0xbfffffff, true }, { &how32, 0xc0000000, false },
	};
	for (size_t i = 0; i < COUNT_OF(pointers); i++) {
		const struct mmu mmu = segtab(pointers[i].how);
		struct mmu_entry e;
		mmu.decode(&mmu, 0, pointers[i].pointer, &e);
		CHECK_EQ("pointer", "kind", e.kind, pointers[i].good ? MMU_TABLE : MMU_RESERVED);
		CHECK_EQ("pointer", "space", e.at.space, pointers[i].good ? KV_VIRT : KV_PHYS);
	}
}

/* FreeBSD's sys/mips/include/pte.h: PTE_RO is bit 29 of 4 bytes, bit 55 of 8. */
static void
test_freebsd_prot(void)
{
	static const struct {
		bool wide;
		uint64_t raw;
		uint8_t prot;
	} rows[] = {
		{ false, 0x00004006, RWX }, { false, 0x20004006, R_X }, { false, 0x40004006, RWX },
		{ true, 0x00004006, RWX }, { true, UINT64_C(1) << 55 | 0x4006, R_X },
		{ true, UINT64_C(1) << 29 | 0x4006, RWX }, { true, UINT64_C(1) << 54 | 0x4006, RWX },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct mmu mmu = mmu_mips_freebsd_pte_array(rows[i].wide, 32, true);
		struct mmu_entry e;
		mmu.decode(&mmu, 0, rows[i].raw, &e);
		CHECK_EQ("FreeBSD", "protection", e.prot, rows[i].prot);
	}
}

/* An array of FreeBSD's PTEs in either order of bytes: entry 1 maps the fifth page, entry 2 none. */
static void
test_freebsd_order(void)
{
	for (unsigned wide = 0; wide < 2; wide++)
		for (unsigned big = 0; big < 2; big++) {
			const unsigned size = wide ? 8 : 4;
			const struct put puts[] = {
				{ KV_PHYS, size, size, 0x142 }, { KV_PHYS, 2 * size, size, 0x184 },
			};
			static const struct row rows[] = {
				{ "FreeBSD's array", 0x1abc, KV_OK, 0x5abc, 0x1000, 0x1fff, R_X | RW_, NULL },
				{ "not valid", 0x2000, KV_EUNMAPPED, 0, 0x2000, 0x2fff, 0, "(0x184)" },
			};
			const struct mmu mmu = mmu_mips_freebsd_pte_array(wide, 32, big);
			struct mem mem = { .big = big };
			mem_fill(&mem, puts, COUNT_OF(puts));
			rows_check(&mmu, &mem, rows, COUNT_OF(rows));
			mem_free(&mem);
		}
}

static void
test_refused(void)
{
	static const struct {
		struct mmu_mips how;
		vaddr_t base;
		uint64_t count;
		const char *text;
	} bad[] = {
		{ { 32, 11, 3, 6, 2, false }, KSEG2, 1, "page size 0x800" },
		{ { 32, 15, 3, 6, 2, false }, KSEG2, 1, "page size 0x8000" },
		{ { 32, 63, 3, 6, 2, false }, KSEG2, 1, "page size 0x8000000000000000, wanted 4, 8 or 16 KiB" },
		{ { 32, 64, 3, 6, 2, false }, KSEG2, 1, "page size 0x0, wanted" },
		{ { 32, 99, 3, 6, 2, false }, KSEG2, 1, "page size 0x0" },
		{ { 32, 12, 2, 6, 2, false }, KSEG2, 1, "archlevel 2, wanted 1 or 3" },
		{ { 32, 12, 3, 7, 2, false }, KSEG2, 1, "pg_shift 7, wanted 4 to 6 with archlevel 3" },
		{ { 32, 12, 1, 6, 2, false }, KSEG2, 1, "pg_shift 6, wanted 12 to 12" },
		{ { 32, 12, 3, 6, 0, false }, KSEG2, 1, "pg_v is 0" },
		{ { 32, 12, 3, 6, 2, false }, KSEG2 + 0x1000, 1, "not a multiple" },
		{ { 32, 12, 3, 6, 2, false }, KSEG2, 0, "sysmapsize is 0, wanted 1 to 262144" },
		{ { 32, 12, 3, 6, 2, false }, KSEG2, 262145, "sysmapsize is 262145" },
		{ { 64, 12, 3, 6, 2, false }, XKSEG, (UINT64_C(1) << 32) + 1,
		    "sysmapsize is 4294967297, wanted 1 to 4294967296 PTEs" },
		{ { 64, 12, 3, 6, 2, false }, 0xffffffff80000000, 1, "is not a multiple of 2^44" },
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct mmu mmu;
		struct kv_err err = { .text = "" };
		CHECK_EQ(bad[i].text, "status", mmu_mips_sysmap_init(&mmu, &bad[i].how, bad[i].base,
		    0x10000, bad[i].count, &err), KV_EFORMAT);
		CHECK_TEXT(bad[i].text, err.text, bad[i].text);
	}
	const struct mmu most = sysmap(&mips3_4k, KSEG2, 262144);
	CHECK_EQ("most PTEs", "count", most.root_count, 262144);
}

static uint64_t
random_entry(const struct mmu *mmu, unsigned level, uint64_t next, uint64_t *rnd)
{
	uint64_t x = unit_random(rnd);
	if (!mmu->levels[level].table)
		return (x & 0xfffffffd) | (x >> 60 != 0 ? 2 : 0);
	return x >> 60 == 0 ? x : mmu->levels[level].entry_size == 8 ? XKPHYS + (next & low_mask(40)) :
	    next;
}

/* Roots lie where a small KSEG0 address says, too. */
static void
test_random(void)
{
	static const struct mmu_mips hows[] = { { 32, 12, 3, 6, 2, false }, { 32, 13, 3, 6, 2, false },
		{ 64, 12, 3, 6, 2, false }, { 64, 14, 3, 6, 2, false } };
	for (size_t i = 0; i < COUNT_OF(hows); i++) {
		struct mmu mmu = segtab(&hows[i]);
		trees_check(&mmu, KV_VIRT, hows[i].bits == 64 ? XKPHYS : KSEG0, false, random_entry, 6, 0,
		    UINT64_MAX);
		mmu = sysmap(&hows[i], hows[i].bits == 64 ? XKSEG : KSEG2, 1000);
		trees_check(&mmu, KV_VIRT, 0x40000, true, random_entry, 6, 0, UINT64_MAX);
	}
}

static void
test_openbsd(void)
{
	static const struct put puts4[] = {
		{ KV_PHYS, 0x10000, 4, 0xf0400006 },	/* the upper 4 bits are software's */
		{ KV_PHYS, 0x10004, 4, 0xfffffffb },	/* all but M */
		{ KV_PHYS, 0x10008, 4, 0xfffffffd },	/* all but V */
	};
	static const struct row rows4[] = {
		{ "loongson", XKSEG + 0x3fff, KV_OK, 0x10003fff, XKSEG, XKSEG + 0x3fff, RWX, NULL },
		{ "loongson, clean", XKSEG + 0x4000, KV_OK, 0x3ffffc000, XKSEG + 0x4000, XKSEG + 0x7fff,
		    R_X, NULL },
		{ "loongson, invalid", XKSEG + 0x8000, KV_EUNMAPPED, 0, XKSEG + 0x8000, XKSEG + 0xbfff,
		    0, "Sysmap entry 2 (0xfffffffd) at 0x10008 is not valid" },
	};
	static const struct put puts8[] = {
		{ KV_PHYS, 0x10000, 8, UINT64_C(0x3000000000400006) },
		{ KV_PHYS, 0x10008, 8, UINT64_C(0x4001000000000046) },	/* XI, PA 2^54 */
		{ KV_PHYS, 0x10010, 8, UINT64_C(0x8000000000000102) },	/* RI */
		{ KV_PHYS, 0x10018, 8, UINT64_C(0x0400000000000102) },
		{ KV_PHYS, 0x10020, 8, UINT64_C(0xfffffffffffffffd) },
	};
	static const struct row rows8[] = {
		{ "octeon", XKSEG + 0x3fff, KV_OK, 0x10003fff, XKSEG, XKSEG + 0x3fff, RWX, NULL },
		{ "octeon, no execute", XKSEG + 0x4000, KV_OK, UINT64_C(1) << 54, XKSEG + 0x4000,
		    XKSEG + 0x7fff, RW_, NULL },
		{ "octeon, no read", XKSEG + 0x8000, KV_OK, 0x4000, XKSEG + 0x8000, XKSEG + 0xbfff, __X,
		    NULL },
		{ "octeon, beyond 2^64", XKSEG + 0xc000, KV_EUNMAPPED, 0, XKSEG + 0xc000, XKSEG + 0xffff,
		    0, "beyond 2^64" },
		{ "octeon, invalid", XKSEG + 0x10000, KV_EUNMAPPED, 0, XKSEG + 0x10000, XKSEG + 0x13fff,
		    0, "Sysmap entry 4 (0xfffffffffffffffd) at 0x10020 is not valid" },
	};
	static const struct mmu_mips loongson = { 64, 14, 3, 6, 0x2, false },
				     octeon = { 64, 14, 3, 6, 0x2, true };
	struct mem mem4 = { .big = false }, mem8 = { .big = true };
	mem_fill(&mem4, puts4, COUNT_OF(puts4));
	struct mmu mmu = sysmap(&loongson, XKSEG, 16);
	mmu_mips_openbsd(&mmu, false);
	rows_check(&mmu, &mem4, rows4, COUNT_OF(rows4));
	mem_free(&mem4);
	mem_fill(&mem8, puts8, COUNT_OF(puts8));
	mmu = sysmap(&octeon, XKSEG, 16);
	mmu_mips_openbsd(&mmu, true);
	rows_check(&mmu, &mem8, rows8, COUNT_OF(rows8));
	mem_free(&mem8);
}

static const struct unit_test tests[] = {
	{ "FreeBSD's protection", test_freebsd_prot },
	{ "FreeBSD's order of bytes", test_freebsd_order },
	{ "PTEs of OpenBSD", test_openbsd },
	{ "Sysmap", test_sysmap },
	{ "segment table, 32-bit", test_segtab32 },
	{ "shapes", test_shapes },
	{ "refused", test_refused },
	{ "random trees", test_random },
	{ NULL, NULL },
};

SUITE_OF(mmu_mips, tests);
