/* SPDX-License-Identifier: BSD-2-Clause */
/* gen68k: trees by TCR widths, and transparent translation. */
#include "mmu_test.h"

/* PS, IS, A, B, C, D */
#define TCR(ps, is, a, b, c, d) \
	((uint32_t)(ps) << 20 | (is) << 16 | (a) << 12 | (b) << 8 | (c) << 4 | (d) | 0x80000000)
static const uint32_t srp[2] = { 0x80000202, 0x10000 };

static struct mmu
gen(int32_t type, uint32_t tcr)
{
	struct mmu mmu;
	if (mmu_m68kgen_init(&mmu, type, tcr, srp, NULL) != KV_OK)
		abort();
	return mmu;
}

static void
test_init(void)
{
	static const struct {
		const char *text;
		uint32_t tcr, srp0;
		enum kv_status st;
	} rows[] = {
		{ "two levels", TCR(12, 0, 10, 10, 0, 0), 0x80000202, KV_OK },
		{ "four levels", TCR(8, 1, 6, 6, 6, 5), 0x7fff0002, KV_OK },
		{ "behind a zero nothing counts", TCR(12, 0, 10, 10, 0, 7), 2, KV_OK },
		{ "have 31 bits, wanted 32", TCR(12, 0, 10, 9, 0, 0), 2, KV_EFORMAT },
		{ "have 33 bits", TCR(13, 0, 10, 10, 0, 0), 2, KV_EFORMAT },
		{ "page size (bits 23:20) is 2^7", TCR(7, 0, 10, 10, 5, 0), 2, KV_EFORMAT },
		{ "have 12 bits", TCR(12, 0, 0, 10, 10, 0), 2, KV_EFORMAT },
		{ "function codes", TCR(12, 0, 10, 10, 0, 0) | 0x01000000, 2, KV_EUNSUP },
		{ "type of the root (bits 1:0) is 3", TCR(12, 0, 10, 10, 0, 0), 3, KV_EUNSUP },
		{ "type of the root (bits 1:0) is 1", TCR(12, 0, 10, 10, 0, 0), 0x80000001, KV_EUNSUP },
		{ "is 0, wanted 2", TCR(12, 0, 10, 10, 0, 0), 0, KV_EUNSUP },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct mmu mmu;
		struct kv_err err = { .text = "" };
		const uint32_t root[2] = { rows[i].srp0, 0x1001f };
		CHECK_EQ(rows[i].text, "status",
		    mmu_m68kgen_init(&mmu, -1, rows[i].tcr, root, &err), rows[i].st);
		if (rows[i].st != KV_OK)
			CHECK_TEXT(rows[i].text, err.text, rows[i].text);
		else
			CHECK_EQ(rows[i].text, "root", mmu.root.addr, 0x10010);
	}
}

/* The 68040's tree, 7 7 6: page tables of 256 bytes, half of them at odd multiples. */
static void
test_68040(void)
{
	static const struct put puts40[] = {
		{ KV_PHYS, 0x10004, 4, 0x203fb },	/* to 0x20200 */
		{ KV_PHYS, 0x20200, 4, 0x301fb },		/* to 0x30100 */
		{ KV_PHYS, 0x30104, 4, 0x555003 },
		{ KV_PHYS, 0x30108, 4, 0x30102 },		/* indirect, to 0x30100 */
		{ KV_PHYS, 0x30100, 4, 0x666005 },
		{ KV_PHYS, 0x10008, 4, 0x20001 },
	};
	static const struct row rows[] = {
		{ "table at 0x30100", 0x2001004, KV_OK, 0x555004, 0x2001000, 0x2001fff, RWX, NULL },
		{ "indirect", 0x2002004, KV_OK, 0x666004, 0x2002000, 0x2002fff, R_X, NULL },
		{ "A type 1", 0x4000000, KV_EUNMAPPED, 0, 0x4000000, 0x5ffffff, 0,
		    "A entry 2 (0x20001) at 0x10008 is not valid" },
		{ "B zero", 0x2040000, KV_EUNMAPPED, 0, 0x2040000, 0x207ffff, 0, "B entry 1" },
		{ "C zero", 0x2003000, KV_EUNMAPPED, 0, 0x2003000, 0x2003fff, 0, "C entry 3" },
	};
	struct mem mem = { .big = true };
	mem_fill(&mem, puts40, COUNT_OF(puts40));
	const struct mmu mmu = gen(-2, TCR(12, 0, 7, 7, 6, 0));
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	mem_free(&mem);
}

/* The 68030's: pages at each level, tables at multiples of 16, an initial shift. */
static void
test_68030(void)
{
	static const struct put puts30[] = {
		{ KV_PHYS, 0x10000, 4, 0x2001a },		/* to 0x20010 */
		{ KV_PHYS, 0x10004, 4, 0xabc00001 },		/* page of 4 MiB */
		{ KV_PHYS, 0x10008, 4, 0xabc01001 },
		{ KV_PHYS, 0x20010, 4, 0x30002 },
		{ KV_PHYS, 0x20014, 4, 0x7ff40005 },		/* page of 256 KiB */
		{ KV_PHYS, 0x20018, 4, 0x7ff42001 },
		{ KV_PHYS, 0x30000, 4, 0x123001 },
		{ KV_PHYS, 0x30004, 4, 0x40003 },
	};
	static const struct row rows[] = {
		{ "page", 0x4, KV_OK, 0x123004, 0, 0xfff, RWX, NULL },
		{ "long", 0x1000, KV_EUNMAPPED, 0, 0x1000, 0x1fff, 0, "long page descriptor" },
		{ "256K", 0x7ffff, KV_OK, 0x7ff7ffff, 0x40000, 0x7ffff, R_X, NULL },
		{ "256K, not aligned", 0x80000, KV_EUNMAPPED, 0, 0x80000, 0xbffff, 0, "not aligned" },
		{ "4M", 0x400000, KV_OK, 0xabc00000, 0x400000, 0x7fffff, RWX, NULL },
		{ "4M, not aligned", 0x800000, KV_EUNMAPPED, 0, 0x800000, 0xbfffff, 0, "not aligned" },
		{ "initial shift", 0xf0000004, KV_OK, 0x123004, 0xf0000000, 0xf0000fff, RWX, NULL },
	};
	struct mem mem = { .big = true };
	mem_fill(&mem, puts30, COUNT_OF(puts30));
	const struct mmu mmu = gen(-1, TCR(12, 4, 6, 4, 6, 0));
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	uint64_t rnd = 5;
	/* 16 times what one pass of the tables lists: a page, 256 KiB, 4 MiB. */
	CHECK_EQ("initial shift", "runs", agree_all(&mmu, &mem, 0, 0xffffffff, &rnd, 200), 48);
	mem_free(&mem);
}

static void
test_tt(void)
{
	static const struct {
		const char *name;
		int32_t type;
		uint32_t tt;
		bool on;
		vaddr_t lo, last;
	} rows[] = {
		{ "68040", -2, 0x8000c000, true, 0x80000000, 0x80ffffff },
		{ "68040, mask", -2, 0x833fa000, true, 0x80000000, 0xbfffffff },
		{ "68040, all", -3, 0x00ffe000, true, 0, 0xffffffff },
		{ "68040, off", -2, 0x80004000, false, 0, 0 },
		{ "68040, user only", -2, 0x80008000, false, 0, 0 },
		{ "68040, mask with a gap", -2, 0x8005c000, false, 0, 0 },
		{ "68030, function code 5", -1, 0x80008150, true, 0x80000000, 0x80ffffff },
		{ "68030, any function code", -1, 0x80008107, true, 0x80000000, 0x80ffffff },
		{ "68030, R/W set", 1, 0x807f8257, true, 0x80000000, 0xffffffff },
		{ "68030, writes only", -1, 0x80008050, false, 0, 0 },
		{ "68030, function code 1", -1, 0x80008110, false, 0, 0 },
		{ "68030, function code 1 or 5", -1, 0x80008114, true, 0x80000000, 0x80ffffff },
		{ "68030, off", -1, 0x80000150, false, 0, 0 },
		{ "68030, off, every other bit", -1, 0x80007fff, false, 0, 0 },
		{ "68040, off, every other bit", -2, 0x80007fff, false, 0, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		vaddr_t lo = 0, last = 0;
		CHECK_EQ(rows[i].name, "on", mmu_m68kgen_tt(rows[i].type, rows[i].tt, &lo, &last),
		    rows[i].on);
		CHECK_EQ(rows[i].name, "lo", lo, rows[i].lo);
		CHECK_EQ(rows[i].name, "last", last, rows[i].last);
	}
}

static const struct unit_test tests[] = {
	{ "TCR and SRP", test_init },
	{ "68040", test_68040 },
	{ "68030", test_68030 },
	{ "transparent translation", test_tt },
	{ NULL, NULL },
};

SUITE_OF(mmu_m68kgen, tests);
