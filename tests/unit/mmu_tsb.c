/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD/sparc64's TSB: rows from sys/sparc64/include/{tsb,tte}.h and the UltraSPARC-I/II User's
 * Manual, 6.2.
 */
#include "allocations.h"
#include "mmu_test.h"

/* 256 entries of 32 bytes. */
enum { TSB = 0x400000, MASK = 0xff };

#define V	(UINT64_C(1) << 63)
#define SIZE64K	(UINT64_C(1) << 61)
#define TAG(va, size)	((uint64_t)(va) >> (13 + 3 * (size)) << 2 | (size))

static const struct put entries[] = {
	/* 8 KiB at 0xc0002000: all frame bits, W. */
	{ KV_PHYS, TSB + 0x20, 8, TAG(0xc0002000, 0) },
	{ KV_PHYS, TSB + 0x28, 8, V | UINT64_C(0x7ffffffe000) | 2 },
	/* The part at 0xc001a000 of 64 KiB at 0xc0010000; executable; a bit below the large frame. */
	{ KV_PHYS, TSB + 0xd * 0x20, 8, TAG(0xc001a000, 1) },
	{ KV_PHYS, TSB + 0xd * 0x20 + 8, 8, V | SIZE64K | 0x20002000 | 0x800 },
	/* Tag and data differ in size. */
	{ KV_PHYS, TSB + 2 * 0x20, 8, TAG(0xc0004000, 0) },
	{ KV_PHYS, TSB + 2 * 0x20 + 8, 8, V | SIZE64K | 0xbad0000 },
	/* Not valid. */
	{ KV_PHYS, TSB + 3 * 0x20, 8, TAG(0xc0006000, 0) },
	{ KV_PHYS, TSB + 3 * 0x20 + 8, 8, 0xbad0000 },
	/* The page of entry 6, in entry 5. */
	{ KV_PHYS, TSB + 5 * 0x20, 8, TAG(0xc000c000, 0) },
	{ KV_PHYS, TSB + 5 * 0x20 + 8, 8, V | 0xbad0000 },
	/*
	 * A page far above, whose entry comes before that of 0xc001a000; all software
	 * bits but one, and all that lies between frame and size. */
	{ KV_PHYS, TSB + 4 * 0x20, 8, TAG(0x1c0008000, 0) },
	{ KV_PHYS, TSB + 4 * 0x20 + 8, 8, V | UINT64_C(0x1ffff80040001780) },
};

static const struct row rows[] = {
	{ "8K", 0xc0003fff, KV_OK, UINT64_C(0x7ffffffffff), 0xc0002000, 0xc0003fff, RW_, NULL },
	{ "same entry, another page", 0xc0202000, KV_EUNMAPPED, 0, 0xc0202000, 0xc0203fff, 0,
	    "TSB entry 1 (tag 0x180004, data 0x800007ffffffe002) at 0x400020 is of another page" },
	{ "part of 64K", 0xc001a004, KV_OK, 0x2000a004, 0xc001a000, 0xc001bfff, R_X, NULL },
	{ "next part", 0xc001c000, KV_EUNMAPPED, 0, 0xc001c000, 0xc001dfff, 0, "is not valid" },
	{ "sizes differ", 0xc0004000, KV_EUNMAPPED, 0, 0xc0004000, 0xc0005fff, 0,
	    "TSB entry 2" },
	{ "not valid", 0xc0006000, KV_EUNMAPPED, 0, 0xc0006000, 0xc0007fff, 0, "is not valid" },
	{ "far above", 0x1c0008004, KV_OK, 0x40000004, 0x1c0008000, 0x1c0009fff, R__, NULL },
	{ "its place below", 0xc0008000, KV_EUNMAPPED, 0, 0xc0008000, 0xc0009fff, 0, "is of another page" },
	{ "in its neighbour", 0xc000c000, KV_EUNMAPPED, 0, 0xc000c000, 0xc000dfff, 0, "TSB entry 6" },
};

static bool
stop(void *arg, const struct kv_run *run, enum kv_status st)
{
	(void)run, (void)st;
	++*(unsigned *)arg;
	return false;
}

static bool
count(void *arg, const struct kv_run *run, enum kv_status st)
{
	(void)run, (void)st;
	++*(unsigned *)arg;
	return true;
}

/* Refuses what does not lie behind what came before. */
static bool
ascends(void *arg, const struct kv_run *run, enum kv_status st)
{
	vaddr_t *last = arg;
	const bool good = st == KV_OK && run->first > *last;
	CHECK_EQ("each, in order of address", "ascends", good, true);
	*last = run->last;
	return true;
}

static void
test_rows(void)
{
	struct mem mem = { .big = true };
	uint64_t rnd = 1;
	mem_fill(&mem, entries, COUNT_OF(entries));
	const struct mmu mmu = mmu_tsb((struct kv_loc){ .addr = TSB, .space = KV_PHYS }, MASK);
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	CHECK_EQ("each", "runs", agree_all(&mmu, &mem, 0, UINT64_MAX, &rnd, 100), 3);
	CHECK_EQ("each, cut before", "runs", agree_all(&mmu, &mem, 0xc0002100, UINT64_MAX, &rnd, 100), 3);
	CHECK_EQ("each, cut behind", "runs", agree_all(&mmu, &mem, 0, 0xc001a0ff, &rnd, 100), 2);
	CHECK_EQ("each, between", "runs", agree_all(&mmu, &mem, 0xc0004000, 0xc0019fff, &rnd, 100), 0);
	const struct mmu_src src = { mem_read, &mem };
	unsigned n = 0;
	CHECK_EQ("stop", "status", mmu_each(&mmu, &src, 0, UINT64_MAX, stop, &n, NULL), KV_OK);
	CHECK_EQ("stop", "calls", n, 1);
	vaddr_t at = 0;
	CHECK_EQ("order", "status", mmu_each(&mmu, &src, 0, UINT64_MAX, ascends, &at, NULL), KV_OK);
	CHECK_EQ("order", "end", at, 0x1c0009fff);
	mem_free(&mem);
}

/* Two entries: the even parts of one large page, and the odd ones of another. */
static void
test_small(void)
{
	static const struct put two[] = {
		{ KV_PHYS, TSB, 8, TAG(0xc0010000, 1) },
		{ KV_PHYS, TSB + 8, 8, V | SIZE64K | 0x20000000 },
		{ KV_PHYS, TSB + 0x20, 8, TAG(0xc0020000, 1) },
		{ KV_PHYS, TSB + 0x28, 8, V | SIZE64K | 0x20010000 | 2 },
	};
	static const struct row parts[] = {
		{ "first", 0xc0010000, KV_OK, 0x20000000, 0xc0010000, 0xc0011fff, R__, NULL },
		{ "odd", 0xc0012000, KV_EUNMAPPED, 0, 0xc0012000, 0xc0013fff, 0, "is of another page" },
		{ "last", 0xc002e004, KV_OK, 0x2001e004, 0xc002e000, 0xc002ffff, RW_, NULL },
	};
	struct mem mem = { .big = true };
	uint64_t rnd = 1;
	mem_fill(&mem, two, COUNT_OF(two));
	const struct mmu mmu = mmu_tsb((struct kv_loc){ .addr = TSB, .space = KV_PHYS }, 1);
	rows_check(&mmu, &mem, parts, COUNT_OF(parts));
	CHECK_EQ("small", "runs", agree_all(&mmu, &mem, 0, UINT64_MAX, &rnd, 100), 8);
	CHECK_EQ("small, cut", "runs", agree_all(&mmu, &mem, 0xc0014000, 0xc0023fff, &rnd, 100), 4);
	mem_free(&mem);
}

/* What is not in the dump may be of any address. */
static void
test_absent(void)
{
	struct mem mem = { .big = true };
	uint64_t rnd = 1;
	struct mmu mmu = mmu_tsb((struct kv_loc){ .addr = TSB, .space = KV_PHYS }, MASK);
	static const struct row absent = { "absent", 0xc0002000, KV_EABSENT, 0, 0, 0, 0,
		"TSB entry 1 at 0x400020 cannot be read" };
	row_check(&mmu, &mem, &absent);
	CHECK_EQ("absent", "runs", agree_all(&mmu, &mem, 0x1000, 0xffffffff, &rnd, 100), 1);
	/* Entries that can be read, and others behind them that cannot: what these map is not known. */
	struct kv_run run;
	struct kv_err err = { .text = "" };
	mem_put(&mem, KV_PHYS, 0x40ffe0, 8, TAG(0xc0000000, 0));
	mem_put(&mem, KV_PHYS, 0x40ffe8, 8, V | 0x20000000);
	mmu.root.addr = 0x40ffe0;
	CHECK_EQ("absent behind", "runs", agree_all(&mmu, &mem, 0xc0002000, 0xffffffff, &rnd, 0), 1);
	unsigned n = 0;
	const struct mmu_src src = { mem_read, &mem };
	CHECK_EQ("absent behind", "status", mmu_each(&mmu, &src, 0, UINT64_MAX, count, &n, &err), KV_OK);
	CHECK_EQ("absent behind", "runs", n, 1);
	CHECK_EQ("absent behind", "text", err.text[0], 0);
	CHECK_EQ("present", "status", mmu_walk(&mmu, &src, 0xc0000000, &run, NULL, NULL, &err), KV_OK);
	/* Tag and data are all that is read. */
	for (unsigned less = 0; less < 2; less++) {
		const struct mmu last = mmu_tsb((struct kv_loc){ .addr = 0x40fff0 + less, .space = KV_PHYS }, 0);
		CHECK_EQ("last bytes", "status", mmu_walk(&last, &src, 0xc0000000, &run, NULL, NULL, NULL),
		    less == 0 ? KV_EUNMAPPED : KV_EABSENT);
	}
	/* No memory for the list. */
	const struct mmu one = mmu_tsb(mmu.root, 0);
	allocations_left = 0;
	const enum kv_status st = mmu_each(&one, &src, 0, UINT64_MAX, count, &n, &err);
	allocations_left = -1;
	CHECK_EQ("no memory", "status", st, KV_ENOMEM);
	CHECK_TEXT("no memory", err.text, "no memory for a list of 0 pages");
	CHECK_EQ("no memory", "runs", n, 1);
	mmu.root.addr = UINT64_MAX - 0x1f;
	static const struct row past = { "past 2^64", 0xc0002000, KV_EFORMAT, 0, 0, 0, 0,
		"TSB entry 1 runs past the last address" };
	row_check(&mmu, &mem, &past);
	mem_free(&mem);
}

static const struct unit_test tests[] = {
	{ "rows", test_rows },
	{ "a small TSB", test_small },
	{ "absent", test_absent },
	{ 0 },
};
SUITE_OF(mmu_tsb, tests);
