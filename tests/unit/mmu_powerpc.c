/* SPDX-License-Identifier: BSD-2-Clause */
/* PowerPC OEA: rows from the Programming Environments Manual, 7.4 to 7.6, and the 601's. */
#include <stdio.h>

#include "mmu_test.h"

/* VSID 0x123456 in segment 13: hash 0x23456 ^ page; the table is at 0x200000. */
#define PTE(hi, lo)	((uint64_t)(hi) << 32 | (lo))
#define SDR1		0x00200000

static const struct put puts_oea[] = {
	/* Page 0x12: hash 0x23444, PTEG 0x44; secondary hash 0x5cbbb, PTEG 0x3bb. */
	{ KV_PHYS, 0x201100, 8, PTE(0x891a2b40, 0x00bad002) },	/* H set: not a primary entry */
	{ KV_PHYS, 0x201108, 8, PTE(0x091a2b00, 0x00bad002) },	/* not valid */
	{ KV_PHYS, 0x201110, 8, PTE(0x891a2b80, 0x00bad002) },	/* VSID 0x123457 */
	{ KV_PHYS, 0x201118, 8, PTE(0x891a2b01, 0x00bad002) },	/* API 1 */
	{ KV_PHYS, 0x201120, 8, PTE(0x891a2b00, 0xfffff1f6) },	/* all but G, PP 2 */
	{ KV_PHYS, 0x201128, 8, PTE(0x891a2b00, 0x00bad002) },	/* a second one */
	/* Page 0xfc01: API 0x3f, hash 0x2c857, PTEG 0x57 (0x2057 with mask 3). */
	{ KV_PHYS, 0x2015f8, 8, PTE(0x891a2b3f, 0x00346003) },	/* last of 8; PP 3 */
	{ KV_PHYS, 0x2215f8, 8, PTE(0x891a2b3f, 0x00347002) },
	/* Page 0x13: hash 0x23445, secondary 0x5cbba, PTEG 0x3ba. */
	{ KV_PHYS, 0x20ee80, 8, PTE(0x891a2b00, 0x00bad002) },	/* H clear: not a secondary one */
	{ KV_PHYS, 0x20ee98, 8, PTE(0x891a2b40, 0x0034800a) },	/* G */
	/* Segment 14, VSID 1 with Ks; pages 0 to 3: hash 1, 0, 3, 2. */
	{ KV_PHYS, 0x200040, 8, PTE(0x80000080, 0x00500000) },
	{ KV_PHYS, 0x200000, 8, PTE(0x80000080, 0x00501001) },
	{ KV_PHYS, 0x2000c0, 8, PTE(0x80000080, 0x00502002) },
	{ KV_PHYS, 0x200080, 8, PTE(0x80000080, 0x00503003) },
	/* Segment 15, VSID 0x10 with N: page 0 has hash 0x10; page 0xffff hash 0xffef. */
	{ KV_PHYS, 0x200400, 8, PTE(0x80000800, 0x00600002) },
	{ KV_PHYS, 0x20fbc0, 8, PTE(0x8000083f, 0x00601002) },
	/* Segment 10, VSID 0x20: page 1 has hash 0x21, behind an instruction BAT. */
	{ KV_PHYS, 0x200840, 8, PTE(0x80001000, 0x00999002) },
	/* Segment 11, VSID 0x800001, and a bit above that means nothing: page 0x10 has hash 0x11. */
	{ KV_PHYS, 0x200440, 8, PTE(0xc0000080, 0x00700002) },
};

static const struct mmu_powerpc regs_oea = {
	.sdr1 = SDR1,
	.sr = { [10] = 0x20, [11] = 0x01800001, [12] = 0x80000000, [13] = 0x123456, [14] = 0x40000001,
		[15] = 0x10000010 },
	.bats = {
		{
			{ 0x80001ffe, 0x10000002 },	/* 256 MiB, RW */
			{ 0x90020002, 0x00400001 },	/* 128 KiB, read-only */
			{ 0x90040001, 0x00400002 },	/* for users */
			{ 0x90460006, 0x00400002 },	/* an address bit under the mask */
			{ 0x9080007e, 0x7f800000 },	/* 4 MiB, nobody */
			{ 0xfffe0002, 0xfffe0003 },	/* the last 128 KiB, over segment 15's pages */
		},
		{
			{ 0x80001ffe, 0x10000001 },
			{ 0xa000001e, 0x00700002 },	/* 1 MiB */
			{ 0xc0000002, 0x00800002 },	/* over a direct-store segment */
			{ 0x90020002, 0x00500001 },	/* elsewhere than the data BAT */
		},
	},
};

static const struct row rows_oea[] = {
	{ "BAT, first", 0x80000000, KV_OK, 0x10000000, 0x80000000, 0x8fffffff, RWX, NULL },
	{ "BAT, last", 0x8fffffff, KV_OK, 0x1fffffff, 0x80000000, 0x8fffffff, RWX, NULL },
	{ "before a BAT", 0x9001ffff, KV_EUNMAPPED, 0, 0x9001f000, 0x9001ffff, 0,
	    "0x9001ffff: no BAT maps it, and neither PTEG has a PTE for VSID 0x0, page 0x1f" },
	{ "BAT 128K, fetches elsewhere", 0x9003ffff, KV_OK, 0x41ffff, 0x90020000, 0x9003ffff, R__,
	    NULL },
	{ "BAT for users", 0x90040000, KV_EUNMAPPED, 0, 0x90040000, 0x90040fff, 0, "no BAT" },
	{ "BAT, bit under mask", 0x90460000, KV_EUNMAPPED, 0, 0x90460000, 0x90460fff, 0, "no BAT" },
	{ "BAT, PP 00", 0x90812345, KV_OK, 0x7f812345, 0x90800000, 0x90bfffff, NONE, NULL },
	{ "instruction BAT alone", 0xa0000004, KV_OK, 0x700004, 0xa0000000, 0xa0000fff, __X, NULL },
	{ "instruction BAT over a page", 0xa0001004, KV_OK, 0x999004, 0xa0001000, 0xa0001fff, RW_,
	    NULL },
	{ "instruction BAT, last", 0xa00fffff, KV_OK, 0x7fffff, 0xa00ff000, 0xa00fffff, __X, NULL },
	{ "behind it", 0xa0100000, KV_EUNMAPPED, 0, 0xa0100000, 0xa0100fff, 0, "VSID 0x20, page 0x100" },
	{ "VSID's highest bit", 0xb0010004, KV_OK, 0x700004, 0xb0010000, 0xb0010fff, RWX, NULL },
	{ "BAT over direct store", 0xc0000000, KV_OK, 0x800000, 0xc0000000, 0xc0000fff, __X, NULL },
	{ "direct store", 0xc0020000, KV_EUNMAPPED, 0, 0xc0020000, 0xc0020fff, 0,
	    "segment register 12 (0x80000000) is a direct-store segment" },
	{ "primary", 0xd0012345, KV_OK, 0xfffff345, 0xd0012000, 0xd0012fff, RWX, NULL },
	{ "primary, last of 8, API", 0xdfc01fff, KV_OK, 0x346fff, 0xdfc01000, 0xdfc01fff, R_X, NULL },
	{ "secondary, guarded", 0xd0013000, KV_OK, 0x348000, 0xd0013000, 0xd0013fff, RW_, NULL },
	{ "neither", 0xd0014000, KV_EUNMAPPED, 0, 0xd0014000, 0xd0014fff, 0,
	    "VSID 0x123456, page 0x14" },
	{ "same PTEG, API 1", 0xd0412000, KV_OK, 0xbad000, 0xd0412000, 0xd0412fff, RWX, NULL },
	{ "same PTEG, API 2", 0xd0812000, KV_EUNMAPPED, 0, 0xd0812000, 0xd0812fff, 0, "page 0x812" },
	{ "where H is wanted set", 0xd03ed000, KV_OK, 0xbad000, 0xd03ed000, 0xd03edfff, RWX, NULL },
	{ "where H is wanted clear", 0xd03ec000, KV_OK, 0xbad000, 0xd03ec000, 0xd03ecfff, RWX, NULL },
	{ "Ks, PP 0", 0xe0000000, KV_OK, 0x500000, 0xe0000000, 0xe0000fff, NONE, NULL },
	{ "Ks, PP 1", 0xe0001000, KV_OK, 0x501000, 0xe0001000, 0xe0001fff, R_X, NULL },
	{ "Ks, PP 2", 0xe0002000, KV_OK, 0x502000, 0xe0002000, 0xe0002fff, RWX, NULL },
	{ "Ks, PP 3", 0xe0003000, KV_OK, 0x503000, 0xe0003000, 0xe0003fff, R_X, NULL },
	{ "N", 0xf0000000, KV_OK, 0x600000, 0xf0000000, 0xf0000fff, RW_, NULL },
	{ "BAT before page", 0xffffffff, KV_OK, 0xffffffff, 0xfffe0000, 0xffffffff, R__, NULL },
	{ "above", 0x100000000, KV_EUNMAPPED, 0, 0x100000000, UINT64_MAX, 0, "outside" },
};

static void
test_oea(void)
{
	struct mem mem = { .big = true };
	mem_fill(&mem, puts_oea, COUNT_OF(puts_oea));
	struct mmu mmu = mmu_powerpc_oea(&regs_oea);
	CHECK_TEXT("regime", mmu.regime, "oea");
	rows_check(&mmu, &mem, rows_oea, COUNT_OF(rows_oea));
	uint64_t rnd = 11;
	CHECK_EQ("each", "runs", agree_all(&mmu, &mem, 0x7fff0000, 0xa0200000, &rnd, 300), 259);
	/* Six pages of segment 13, four of 14, one of 15, and a block. */
	CHECK_EQ("each, pages", "runs", agree_all(&mmu, &mem, 0xd0000004, 0xffffffff, &rnd, 300), 12);

	CHECK_EQ("each, part of a block", "runs",
	    agree_all(&mmu, &mem, 0x80001234, 0x8000fffe, &rnd, 10), 1);

	/* A table of 256 KiB, of which two quarters are not in memory. */
	static const struct row rows_mask[] = {
		{ "hash bits from the mask", 0xdfc01000, KV_OK, 0x347000, 0xdfc01000, 0xdfc01fff, RWX,
		    NULL },
		{ "primary absent", 0xd0012000, KV_EABSENT, 0, 0, 0, 0,
		    "primary PTEG at 0x211100 cannot be read" },
		{ "secondary absent", 0xdfc02000, KV_EABSENT, 0, 0, 0, 0,
		    "secondary PTEG at 0x21eac0 cannot be read" },
	};
	struct mmu_powerpc regs = regs_oea;
	regs.sdr1 = SDR1 | 3;
	mmu = mmu_powerpc_oea(&regs);
	rows_check(&mmu, &mem, rows_mask, COUNT_OF(rows_mask));
	(void)agree_all(&mmu, &mem, 0xdfc00000, 0xdfc0ffff, &rnd, 50);

	/* The largest table, 32 MiB: VSID 0x40001, page 0 has hash 0x40001, of which bit 18 counts, too. */
	static const struct row rows_largest[] = {
		{ "highest bit of the hash", 0xd0000004, KV_OK, 0x500004, 0xd0000000, 0xd0000fff, RWX, NULL },
		{ "highest bit of the page", 0xd8000004, KV_OK, 0x501004, 0xd8000000, 0xd8000fff, RWX, NULL },
	};
	static const struct put puts_largest[] = {
		{ KV_PHYS, 0x41000040, 8, PTE(0x82000080, 0x00500002) },
		/* Page 0x8000: hash 0x48001; API 0x20. */
		{ KV_PHYS, 0x41200040, 8, PTE(0x820000a0, 0x00501002) },
	};
	mem_fill(&mem, puts_largest, COUNT_OF(puts_largest));
	regs.sdr1 = 0x400001ff;
	regs.sr[13] = 0x40001;
	mmu = mmu_powerpc_oea(&regs);
	rows_check(&mmu, &mem, rows_largest, COUNT_OF(rows_largest));
	mem_free(&mem);
}

static void
test_bats(void)
{
	struct mem mem = { .big = true };
	uint64_t rnd = 12;
	/* A block inside of another: the earlier answers, and runs end where the answer does. */
	static const struct row rows_overlap[] = {
		{ "inner, earlier", 0x80040000, KV_OK, 0x700000, 0x80040000, 0x8005ffff, R__, NULL },
		{ "outer, before it", 0x80020004, KV_OK, 0x10020004, 0x80020000, 0x8003ffff, RW_, NULL },
		{ "outer, behind it", 0x80060000, KV_OK, 0x10060000, 0x80060000, 0x8007ffff, RW_, NULL },
	};
	struct mmu_powerpc regs = {
		.sdr1 = SDR1,
		.bats = { { { 0x80040002, 0x00700001 }, { 0x80001ffe, 0x10000002 } } },
	};
	for (unsigned i = 0; i < 16; i++)
		regs.sr[i] = 0x80000000;
	struct mmu mmu = mmu_powerpc_oea(&regs);
	rows_check(&mmu, &mem, rows_overlap, COUNT_OF(rows_overlap));
	CHECK_EQ("overlap", "runs", agree_all(&mmu, &mem, 0x80000000, 0x800fffff, &rnd, 100), 8);

	/* The last of the instruction BATs cuts a block, too, and what it fetches is elsewhere. */
	static const struct row rows_cut[] = {
		{ "cut, before it", 0x80020004, KV_OK, 0x10020004, 0x80020000, 0x8003ffff, RW_, NULL },
		{ "cut, there", 0x80040004, KV_OK, 0x10040004, 0x80040000, 0x8005ffff, RW_, NULL },
	};
	const struct mmu_powerpc cut = {
		.sdr1 = SDR1,
		.bats = { { { 0x80001ffe, 0x10000002 } }, { [7] = { 0x80040002, 0x00700002 } } },
	};
	mmu = mmu_powerpc_oea(&cut);
	rows_check(&mmu, &mem, rows_cut, COUNT_OF(rows_cut));

	/* A length mask with a gap, BL 101, maps nothing. */
	static const struct row rows_gap[] = {
		{ "gap, first", 0x80000000, KV_EUNMAPPED, 0, 0x80000000, 0x80000fff, 0, "direct-store" },
		{ "gap, second", 0x80020000, KV_EUNMAPPED, 0, 0x80020000, 0x80020fff, 0, "direct-store" },
		{ "gap, not", 0x80040000, KV_EUNMAPPED, 0, 0x80040000, 0x80040fff, 0, "direct-store" },
		{ "gap, again", 0x80080000, KV_EUNMAPPED, 0, 0x80080000, 0x80080fff, 0, "direct-store" },
	};
	regs.bats[0][0].upper = 0x80000016;
	regs.bats[0][0].lower = 0x10000002;
	regs.bats[0][1].upper = 0;
	mmu = mmu_powerpc_oea(&regs);
	rows_check(&mmu, &mem, rows_gap, COUNT_OF(rows_gap));

	/* Without the gap, BL 111: 1 MiB. */
	static const struct row rows_no_gap[] = {
		{ "no gap, first", 0x80000000, KV_OK, 0x10000000, 0x80000000, 0x800fffff, RW_, NULL },
		{ "no gap, last", 0x800fffff, KV_OK, 0x100fffff, 0x80000000, 0x800fffff, RW_, NULL },
		{ "no gap, beyond", 0x80100000, KV_EUNMAPPED, 0, 0x80100000, 0x80100fff, 0, "direct-store" },
	};
	regs.bats[0][0].upper = 0x8000001e;
	mmu = mmu_powerpc_oea(&regs);
	rows_check(&mmu, &mem, rows_no_gap, COUNT_OF(rows_no_gap));

	/* The 7455's long blocks: 1 GiB; elsewhere the upper bits of the mask mean nothing. */
	static const struct row rows_xbl[] = {
		{ "1G", 0x7fffffff, KV_OK, 0x3fffffff, 0x40000000, 0x7fffffff, RW_, NULL },
	};
	static const struct row rows_no_xbl[] = {
		{ "256M", 0x4fffffff, KV_OK, 0x0fffffff, 0x40000000, 0x4fffffff, RW_, NULL },
		{ "behind", 0x50000000, KV_EUNMAPPED, 0, 0x50000000, 0x50000fff, 0, "direct-store" },
	};
	regs.bats[0][0].upper = 0x40007ffe;
	regs.bats[0][0].lower = 0x00000002;
	regs.xbl = true;
	mmu = mmu_powerpc_oea(&regs);
	rows_check(&mmu, &mem, rows_xbl, COUNT_OF(rows_xbl));
	regs.xbl = false;
	mmu = mmu_powerpc_oea(&regs);
	rows_check(&mmu, &mem, rows_no_xbl, COUNT_OF(rows_no_xbl));
	mem_free(&mem);
}

static void
test_601(void)
{
	static const struct row rows_601[] = {
		{ "8M", 0x807fffff, KV_OK, 0x107fffff, 0x80000000, 0x807fffff, RWX, NULL },
		{ "behind", 0x80800000, KV_EUNMAPPED, 0, 0x80800000, 0x80800fff, 0, "direct-store" },
		{ "Ks, PP 1", 0x90000000, KV_OK, 0x20000000, 0x90000000, 0x9001ffff, R_X, NULL },
		{ "Ks, PP 0", 0x91000000, KV_OK, 0x20020000, 0x91000000, 0x9101ffff, NONE, NULL },
		{ "V in the upper word", 0xa0000000, KV_EUNMAPPED, 0, 0xa0000000, 0xa0000fff, 0, "no BAT" },
		{ "fifth BAT", 0xb0000000, KV_EUNMAPPED, 0, 0xb0000000, 0xb0000fff, 0, "no BAT" },
	};
	struct mmu_powerpc regs = {
		.sdr1 = SDR1,
		.is_601 = true,
		.bats = { {
			{ 0x80000011, 0x1000007f },	/* M, and PP 1 without Ks */
			{ 0x90000009, 0x20000040 },
			{ 0x91000008, 0x20020040 },
			{ 0xa0000042, 0x2000003f },	/* all of BSM, and not V */
			{ 0xb0000002, 0x2000007f },
		} },
	};
	for (unsigned i = 0; i < 16; i++)
		regs.sr[i] = 0x80000000;
	struct mem mem = { .big = true };
	struct mmu mmu = mmu_powerpc_oea(&regs);
	CHECK_TEXT("regime", mmu.regime, "oea601");
	rows_check(&mmu, &mem, rows_601, COUNT_OF(rows_601));

	/* The largest block of all, by all bits of XBL and BL. */
	static const struct row rows_4g[] = {
		{ "4G", 0xf0001234, KV_OK, 0xf0001234, 0, 0xffffffff, RWX, NULL },
	};
	const struct mmu_powerpc all = { .sdr1 = SDR1, .xbl = true, .bats = {
		{ { 0x0001fffe, 0x00000002 } }, { { 0x0001fffe, 0x00000002 } } } };
	mmu = mmu_powerpc_oea(&all);
	rows_check(&mmu, &mem, rows_4g, COUNT_OF(rows_4g));
	mem_free(&mem);
}

enum { NAMES = 256 };

static void
names_add(void *arg, const struct mmu_step *step)
{
	char *names = arg;
	size_t n = strlen(names);
	(void)snprintf(names + n, NAMES - n, "%s%c", step->name, step->kind == MMU_LEAF ? '+' : '-');
}

static void
step_keep(void *arg, const struct mmu_step *step)
{
	*(struct mmu_step *)arg = *step;
}

/* What is shown of a BAT: which register, and what is in it. */
static void
test_bat_steps(void)
{
	static const struct {
		vaddr_t va;
		const char *name;
		unsigned index;
		uint64_t raw;
		paddr_t pa;
		uint8_t prot;
	} rows[] = {
		{ 0x90812345, "DBAT", 4, PTE(0x9080007e, 0x7f800000), 0x7f800000, NONE },
		{ 0xffffffff, "DBAT", 5, PTE(0xfffe0002, 0xfffe0003), 0xfffe0000, R__ },
		{ 0xc0000000, "IBAT", 2, PTE(0xc0000002, 0x00800002), 0x00800000, __X },
	};
	struct mem mem = { .big = true };
	const struct mmu_src src = { mem_read, &mem };
	const struct mmu mmu = mmu_powerpc_oea(&regs_oea);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *row = rows[i].name;
		struct mmu_step step = { .name = "none" };
		struct kv_run run;
		CHECK_EQ(row, "status", mmu_walk(&mmu, &src, rows[i].va, &run, step_keep, &step, NULL), KV_OK);
		CHECK_TEXT(row, step.name, row);
		CHECK_EQ(row, "level", step.level, 0);
		CHECK_EQ(row, "table", step.table.addr, 0);
		CHECK_EQ(row, "table's space", step.table.space, KV_BLOB);
		CHECK_EQ(row, "index", step.index, rows[i].index);
		CHECK_EQ(row, "entry", step.entry.addr, 8 * rows[i].index);
		CHECK_EQ(row, "entry's space", step.entry.space, KV_BLOB);
		CHECK_EQ(row, "size", step.size, 8);
		CHECK_EQ(row, "raw", step.raw, rows[i].raw);
		CHECK_EQ(row, "kind", step.kind, MMU_LEAF);
		CHECK_EQ(row, "next", step.next.addr, rows[i].pa);
		CHECK_EQ(row, "next's space", step.next.space, KV_PHYS);
		CHECK_EQ(row, "prot", step.prot, rows[i].prot);
	}
	mem_free(&mem);
}

static void
test_trace(void)
{
	struct mem mem = { .big = true };
	const struct mmu_src src = { mem_read, &mem };
	mem_fill(&mem, puts_oea, COUNT_OF(puts_oea));
	const struct mmu mmu = mmu_powerpc_oea(&regs_oea);
	static const struct {
		vaddr_t va;
		const char *names;
	} traces[] = {
		{ 0x80000000, "DBAT+" },
		{ 0xd0012000, "primary PTEG+" },
		{ 0xd0013000, "primary PTEG-secondary PTEG+" },
		{ 0xd0014000, "primary PTEG-secondary PTEG-" },
		{ 0xa0000000, "primary PTEG-secondary PTEG-IBAT+" },
		{ 0xc0000000, "IBAT+" },
		{ 0xc0020000, "" },
	};
	for (size_t i = 0; i < COUNT_OF(traces); i++) {
		char names[NAMES] = "";
		struct kv_run run;
		(void)mmu_walk(&mmu, &src, traces[i].va, &run, names_add, names, NULL);
		CHECK(strcmp(names, traces[i].names) == 0, "trace 0x%" PRIx64
		    ": wanted \"%s\", got \"%s\"", traces[i].va, traces[i].names, names);
	}
	mem_free(&mem);
}

/* A full table of random entries, over every segment and some BATs. */
static void
test_random(void)
{
	uint64_t rnd = 13;
	for (unsigned i = 0; i < 3; i++) {
		struct mem mem = { .big = true };
		struct mmu_powerpc regs = { .sdr1 = 0x10000 };
		for (unsigned s = 0; s < 16; s++)
			regs.sr[s] = (uint32_t)unit_random(&rnd) & 0x70000007;
		for (unsigned b = 0; b < 4; b++) {
			regs.bats[b % 2][b].upper = ((uint32_t)unit_random(&rnd) & 0xff000000) | 0x7e;
			regs.bats[b % 2][b].lower = (uint32_t)unit_random(&rnd);
		}
		for (uint64_t off = 0; off < 0x10000; off += 8)
			mem_put(&mem, KV_PHYS, 0x10000 + off, 8,
			    (unit_random(&rnd) & UINT64_C(0x800003ffffffffff)) |
			    UINT64_C(0x8000000000000000));
		const struct mmu mmu = mmu_powerpc_oea(&regs);
		size_t n = agree_all(&mmu, &mem, 0x10000000, 0x1fffffff, &rnd, 500);
		(void)CHECK(n > 100, "random table: %zu runs", n);
		mem_free(&mem);
	}
}

static const struct unit_test tests[] = {
	{ "oea", test_oea },
	{ "BATs", test_bats },
	{ "601", test_601 },
	{ "trace", test_trace },
	{ "BATs in a trace", test_bat_steps },
	{ "random tables", test_random },
	{ NULL, NULL },
};

SUITE_OF(mmu_powerpc, tests);
