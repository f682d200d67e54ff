/* SPDX-License-Identifier: BSD-2-Clause */
/* 32-bit ARM: rows from the Arm ARM v7-A/R, B3.5, and v5, B3.3. */
#include "mmu_test.h"

/* L1 at 0x10000; coarse tables at 0x20000 and 0x20400; a fine one at 0x21000. */
static const struct put puts7[] = {
	{ KV_PHYS, 0x10000, 4, 0x20001 },
	{ KV_PHYS, 0x10004, 4, 0x203f9 },	/* 1: all but the base and PXN */
	{ KV_PHYS, 0x10008, 4, 0x20005 },		/* 2: PXN */
	{ KV_PHYS, 0x1000c, 4, 0x80100402 },		/* 3: section, PL1 RW */
	{ KV_PHYS, 0x10010, 4, 0x80100412 },		/* 4: XN */
	{ KV_PHYS, 0x10014, 4, 0x80100403 },		/* 5: PXN */
	{ KV_PHYS, 0x10018, 4, 0xfffb8402 },		/* 6: largest, RO, all other bits */
	{ KV_PHYS, 0x1001c, 4, 0x80100400 },		/* 7: type 0 */
	{ KV_PHYS, 0x10040, 4, 0xabc4fc02 | 0x1e0 },	/* 16: supersection with all address bits */
	{ KV_PHYS, 0x1007c, 4, 0xab040602 },		/* 31: supersection, bit 9 */
	{ KV_PHYS, 0x10020, 4, 0x8013e00e },		/* 8: section, AP 000, all other bits */
	{ KV_PHYS, 0x12000, 4, 0x20401 },		/* 0x800 */
	{ KV_PHYS, 0x13ffc, 4, 0x20001 },
	{ KV_PHYS, 0x13ff8, 4, 0x99999401 },
	{ KV_PHYS, 0x20000, 4, 0x00345012 },		/* small, AP 001 */
	{ KV_PHYS, 0x20004, 4, 0x00346013 },		/* small, XN */
	{ KV_PHYS, 0x20008, 4, 0x00347212 },		/* AP 101 */
	{ KV_PHYS, 0x2000c, 4, 0x00348c13 },		/* S, nG: no address bits */
	{ KV_PHYS, 0x20010, 4, 0x00349002 },		/* AP 000 */
	{ KV_PHYS, 0x20014, 4, 0x0034a202 },		/* AP 100 */
	{ KV_PHYS, 0x20024, 4, 0x0034ddce },		/* AP 000, all other bits but XN */
	{ KV_PHYS, 0x20018, 4, 0x0034b220 | 2 },	/* AP 110 */
	{ KV_PHYS, 0x2001c, 4, 0xfffff030 | 0xdce },	/* AP 011, all but XN, largest */
	{ KV_PHYS, 0x20020, 4, 0x0034c010 },		/* type 0 */
	{ KV_PHYS, 0x20040, 4, 0x7fff0011 },		/* 16: large */
	{ KV_PHYS, 0x2007c, 4, 0x7fff8011 },		/* 31: large, XN */
	{ KV_PHYS, 0x203fc, 4, 0x0034f012 },
	{ KV_PHYS, 0x20400, 4, 0x00400012 },
	{ KV_PHYS, 0x20404, 4, 0x00401013 },
};

static const struct row rows7[] = {
	{ "small", 0x123, KV_OK, 0x345123, 0, 0xfff, RWX, NULL },
	{ "small, XN", 0x1fff, KV_OK, 0x346fff, 0x1000, 0x1fff, RW_, NULL },
	{ "read-only", 0x2000, KV_OK, 0x347000, 0x2000, 0x2fff, R_X, NULL },
	{ "nG and S", 0x3abc, KV_OK, 0x348abc, 0x3000, 0x3fff, RW_, NULL },
	{ "AP 000", 0x4000, KV_OK, 0x349000, 0x4000, 0x4fff, NONE, NULL },
	{ "AP 100", 0x5000, KV_OK, 0x34a000, 0x5000, 0x5fff, NONE, NULL },
	{ "AP 110", 0x6000, KV_OK, 0x34b000, 0x6000, 0x6fff, R_X, NULL },
	{ "all bits", 0x7fff, KV_OK, 0xffffffff, 0x7000, 0x7fff, RWX, NULL },
	{ "type 0", 0x8000, KV_EUNMAPPED, 0, 0x8000, 0x8fff, 0,
	    "L2 entry 8 (0x34c010) at 0x20020 is not valid (type 0)" },
	{ "AP 000, all other bits", 0x9000, KV_OK, 0x34d000, 0x9000, 0x9fff, NONE, NULL },
	{ "large, first of 16", 0x10ffe, KV_OK, 0x7fff0ffe, 0x10000, 0x10fff, RWX, NULL },
	{ "large, last of 16", 0x1f001, KV_OK, 0x7ffff001, 0x1f000, 0x1ffff, RW_, NULL },
	{ "last of L2", 0xff00f, KV_OK, 0x34f00f, 0xff000, 0xfffff, RWX, NULL },
	{ "table, domain and IMP bits", 0x100000, KV_OK, 0x345000, 0x100000, 0x100fff,
	    RWX, NULL },
	{ "table, PXN", 0x200000, KV_OK, 0x345000, 0x200000, 0x200fff, RW_, NULL },
	{ "section", 0x3fffff, KV_OK, 0x801fffff, 0x300000, 0x3fffff, RWX, NULL },
	{ "section, AP 000, all other bits", 0x8fffff, KV_OK, 0x801fffff, 0x800000, 0x8fffff, NONE,
	    NULL },
	{ "section, XN", 0x400000, KV_OK, 0x80100000, 0x400000, 0x4fffff, RW_, NULL },
	{ "section, PXN (type 3)", 0x500000, KV_OK, 0x80100000, 0x500000, 0x5fffff, RW_, NULL },
	{ "section, largest, AP 101", 0x6fffff, KV_OK, 0xffffffff, 0x600000, 0x6fffff, R_X, NULL },
	{ "section, type 0", 0x700000, KV_EUNMAPPED, 0, 0x700000, 0x7fffff, 0,
	    "L1 entry 7 (0x80100400) at 0x1001c is not valid" },
	{ "supersection, 40 bits", 0x1012345, KV_OK, 0xfcab012345, 0x1000000, 0x10fffff, R_X, NULL },
	{ "supersection, last of 16", 0x1ffffff, KV_OK, 0xabffffff, 0x1f00000, 0x1ffffff, RWX, NULL },
	{ "kernel", 0x80001004, KV_OK, 0x401004, 0x80001000, 0x80001fff, RW_, NULL },
	{ "table absent", 0xffe00000, KV_EABSENT, 0, 0, 0, 0, "L2 entry 0 at 0x99999400 cannot" },
	{ "last byte", 0xffffffff, KV_OK, 0x34ffff, 0xfffff000, 0xffffffff, RWX, NULL },
	{ "above", 0x100000000, KV_EUNMAPPED, 0, 0x100000000, UINT64_MAX, 0, "outside" },
};

static const struct put puts5[] = {
	{ KV_PHYS, 0x10000, 4, 0x20001 },
	{ KV_PHYS, 0x10004, 4, 0x21003 },		/* 1: fine */
	{ KV_PHYS, 0x10008, 4, 0x21ff3 },		/* 2: fine, all other bits */
	{ KV_PHYS, 0x1000c, 4, 0x203fd },		/* 3: coarse, all other bits */
	{ KV_PHYS, 0x10010, 4, 0xfff40402 },		/* 4: section; bit 18 means nothing */
	{ KV_PHYS, 0x10014, 4, 0xfffff3fe },		/* 5: section, all but AP */
	{ KV_PHYS, 0x10018, 4, 0xfffffffc },		/* 6 */
	{ KV_PHYS, 0x13ffc, 4, 0x21003 },
	{ KV_PHYS, 0x20000, 4, 0x00345552 },		/* coarse: small */
	{ KV_PHYS, 0x20004, 4, 0x00346512 },		/* the second subpage read-only */
	{ KV_PHYS, 0x20008, 4, 0x00347c13 },		/* type 3: extended small */
	{ KV_PHYS, 0x2000c, 4, 0x0034800f },		/* type 3, AP 00 */
	{ KV_PHYS, 0x20010, 4, 0x00349ffc },
	{ KV_PHYS, 0x20014, 4, 0x0034a802 },		/* the last alone writable */
	{ KV_PHYS, 0x2005c, 4, 0x00450fc1 },		/* 23: large, the first subpage read-only */
	{ KV_PHYS, 0x2004c, 4, 0x00450fc1 },		/* 19 */
	{ KV_PHYS, 0x20078, 4, 0x7fffffff & ~2u },	/* 30: large, all bits */
	{ KV_PHYS, 0x203fc, 4, 0x0034fff2 },
	{ KV_PHYS, 0x21000, 4, 0x00500013 },		/* fine: tiny */
	{ KV_PHYS, 0x21004, 4, 0x00500413 },
	{ KV_PHYS, 0x21008, 4, 0x0050080f },
	{ KV_PHYS, 0x2100c, 4, 0x00500c10 },
	{ KV_PHYS, 0x2101c, 4, 0x00600ff2 },		/* 7: small, last of 4 */
	{ KV_PHYS, 0x21020, 4, 0x00610422 },		/* 8, 9: small, two subpages read-only */
	{ KV_PHYS, 0x21024, 4, 0x00610422 },
	{ KV_PHYS, 0x210bc, 4, 0x00700e71 },		/* 47: large, the third subpage writable */
	{ KV_PHYS, 0x210c0, 4, 0x00700371 },		/* 48: the last read-only */
	{ KV_PHYS, 0x210fc, 4, 0x00700551 },		/* 63: large, last of 64 */
	{ KV_PHYS, 0x21ffc, 4, 0xfffffc1f },		/* 1023 */
};

static const struct row rows5[] = {
	{ "small", 0x123, KV_OK, 0x345123, 0, 0xfff, RWX, NULL },
	{ "small, subpage 0", 0x13ff, KV_OK, 0x3463ff, 0x1000, 0x13ff, RWX, NULL },
	{ "subpage 1, read-only", 0x1400, KV_OK, 0x346400, 0x1400, 0x17ff, R_X, NULL },
	{ "subpage 2", 0x1823, KV_OK, 0x346823, 0x1800, 0x1bff, RWX, NULL },
	{ "subpage 2, read-only", 0x5800, KV_OK, 0x34a800, 0x5800, 0x5bff, R_X, NULL },
	{ "subpage 3", 0x5fff, KV_OK, 0x34afff, 0x5c00, 0x5fff, RWX, NULL },
	{ "extended small", 0x2fff, KV_OK, 0x347fff, 0x2000, 0x2fff, RWX, NULL },
	{ "extended small, AP 00", 0x3000, KV_OK, 0x348000, 0x3000, 0x3fff, R_X, NULL },
	{ "type 0", 0x4000, KV_EUNMAPPED, 0, 0x4000, 0x4fff, 0, "L2 entry 4 (0x349ffc)" },
	{ "large, subpage 0, read-only", 0x13456, KV_OK, 0x453456, 0x13000, 0x13fff, R_X, NULL },
	{ "large, subpage 1", 0x17456, KV_OK, 0x457456, 0x17000, 0x17fff, RWX, NULL },
	{ "large", 0x1e123, KV_OK, 0x7fffe123, 0x1e000, 0x1efff, RWX, NULL },
	{ "last of coarse", 0xfffff, KV_OK, 0x34ffff, 0xff000, 0xfffff, RWX, NULL },
	{ "tiny", 0x1003ff, KV_OK, 0x5003ff, 0x100000, 0x1003ff, RWX, NULL },
	{ "tiny, next", 0x100400, KV_OK, 0x500400, 0x100400, 0x1007ff, RWX, NULL },
	{ "tiny, AP 00", 0x100800, KV_OK, 0x500800, 0x100800, 0x100bff, R_X, NULL },
	{ "tiny, type 0", 0x100c00, KV_EUNMAPPED, 0, 0x100c00, 0x100fff, 0,
	    "fine L2 entry 3 (0x500c10) at 0x2100c is not valid" },
	{ "small in a fine table", 0x101c04, KV_OK, 0x600c04, 0x101c00, 0x101fff, RWX, NULL },
	{ "its subpage 0", 0x1023ff, KV_OK, 0x6103ff, 0x102000, 0x1023ff, RWX, NULL },
	{ "its subpage 1, read-only", 0x102400, KV_OK, 0x610400, 0x102400, 0x1027ff, R_X, NULL },
	{ "its subpage 2, writable", 0x10bc01, KV_OK, 0x70bc01, 0x10bc00, 0x10bfff, RWX, NULL },
	{ "its subpage 3, read-only", 0x10c001, KV_OK, 0x70c001, 0x10c000, 0x10c3ff, R_X, NULL },
	{ "large in a fine table", 0x10fffe, KV_OK, 0x70fffe, 0x10fc00, 0x10ffff, RWX, NULL },
	{ "last of fine", 0x1fffff, KV_OK, 0xffffffff, 0x1ffc00, 0x1fffff, RWX, NULL },
	{ "fine, other bits", 0x200000, KV_OK, 0x500000, 0x200000, 0x2003ff, RWX, NULL },
	{ "coarse, other bits", 0x300000, KV_OK, 0x345000, 0x300000, 0x300fff, RWX, NULL },
	{ "section, bit 18", 0x412345, KV_OK, 0xfff12345, 0x400000, 0x4fffff, RWX, NULL },
	{ "section, AP 00", 0x500000, KV_OK, 0xfff00000, 0x500000, 0x5fffff, R_X, NULL },
	{ "L1 type 0", 0x600000, KV_EUNMAPPED, 0, 0x600000, 0x6fffff, 0, "L1 entry 6 (0xfffffffc)" },
	{ "last byte", 0xffffffff, KV_OK, 0xffffffff, 0xfffffc00, 0xffffffff, RWX, NULL },
	{ "above", 0x100000000, KV_EUNMAPPED, 0, 0x100000000, UINT64_MAX, 0, "outside" },
};

static void
check(const struct mmu *template, const struct put *puts, size_t nputs, const struct row *rows,
    size_t nrows)
{
	for (int big = 0; big <= 1; big++) {
		struct mem mem = { .big = big };
		struct mmu mmu = *template;
		mmu.big = big;
		mmu.root.addr = 0x10000;
		mem_fill(&mem, puts, nputs);
		rows_check(&mmu, &mem, rows, nrows);
		mem_free(&mem);
	}
}

static void
test_armv7(void)
{
	check(&mmu_arm_armv7, puts7, COUNT_OF(puts7), rows7, COUNT_OF(rows7));
}

static void
test_armv5(void)
{
	check(&mmu_arm_armv5, puts5, COUNT_OF(puts5), rows5, COUNT_OF(rows5));
}

static void
level_note(void *arg, const struct mmu_step *step)
{
	*(unsigned *)arg = step->level;
}

static bool
run_stop(void *arg, const struct kv_run *run, enum kv_status st)
{
	(void)run, (void)st;
	return --*(unsigned *)arg != 0;
}

/* Both kinds of a second table are a walk's last, and a listing ends between two subpages. */
static void
test_trace(void)
{
	struct mem mem = { .big = false };
	struct mmu mmu = mmu_arm_armv5;
	mmu.root.addr = 0x10000;
	mem_fill(&mem, puts5, COUNT_OF(puts5));
	struct mmu_src src = { mem_read, &mem };
	static const vaddr_t vas[] = { 0x123, 0x100000 };
	for (size_t i = 0; i < COUNT_OF(vas); i++) {
		struct kv_run run;
		unsigned level = 9;
		CHECK_EQ("trace", "status", mmu_walk(&mmu, &src, vas[i], &run, level_note, &level, NULL), KV_OK);
		CHECK_EQ("trace", "last level", level, 0);
	}
	for (unsigned n = 1; n <= 4; n++) {
		unsigned left = n;
		CHECK_EQ("stop", "status", mmu_each(&mmu, &src, 0x1000, 0x1fff, run_stop, &left, NULL), KV_OK);
		CHECK_EQ("stop", "left", left, 0);
	}
	mem_free(&mem);
}

static uint64_t
random_entry(const struct mmu *mmu, unsigned level, uint64_t next, uint64_t *rnd)
{
	uint64_t x = unit_random(rnd);
	if (level > 0 || x % 4 == 0)
		return x & 0xffffffff;
	if (mmu->nlevels == 3)	/* a table of the level after next is a fine one */
		return next | (x & 0x1f0) | (next >> CHUNK_SHIFT & 1 ? 3 : 1);
	return next | (x & 0x1f0) | 1;
}

static void
test_random(void)
{
	trees_check(&mmu_arm_armv7, KV_PHYS, 0x40000, false, random_entry, 20, 0, 0xffffffff);
	trees_check(&mmu_arm_armv5, KV_PHYS, 0x40000, true, random_entry, 20, 0, UINT64_MAX);
}

static const struct unit_test tests[] = {
	{ "armv7", test_armv7 },
	{ "armv5", test_armv5 },
	{ "armv5, trace and stop", test_trace },
	{ "random trees", test_random },
	{ NULL, NULL },
};

SUITE_OF(mmu_arm, tests);
