/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD/powerpc64's hashed table in a minidump: rows from the Power ISA 2.07, Book III-S, 5.7.7, and
 * sys/powerpc/aim/slb.c, by which segment 0 of the kernel has VSID 2^36.
 */
#include "mmu_test.h"

/* 2048 PTEGs in the image.  Segment 0: the PTEG is the page's lower 11 bits, or their complement. */
enum { TABLE = 0x100000, SIZE = 0x40000 };

#define V	UINT64_C(0x0001000000000001)	/* VSID 2^36, valid */
#define H	UINT64_C(0x2)
#define ODD	UINT64_C(0x00010000013bb001)	/* VSID 2^36 + 0x13bb, valid */

#define PTE(group, slot, first, second)	\
	{ KV_FILE, TABLE + (group) * 0x80 + (slot) * 0x10, 8, (first) },	\
	{ KV_FILE, TABLE + (group) * 0x80 + (slot) * 0x10 + 8, 8, (second) }

static const struct put ptes[] = {
	PTE(1, 0, V | 4, 0xbad002),			/* L: a large page */
	PTE(1, 1, V | UINT64_C(1) << 62, 0xbad002),	/* B: a segment of 1 TiB */
	PTE(1, 2, V, 0x345002),
	PTE(1, 3, V, 0xbad002),				/* the same page again */
	PTE(1, 4, V | 0x80, 0x348002),			/* page 0x801 */
	PTE(2, 0, V | H, 0x346006),			/* page 0x7fd; N */
	/* Largest frame; G; PP 3; all that is software's, and the bits above the frame but PP's upper one. */
	PTE(0x12, 7, V | 0x78, UINT64_C(0x7ffffffffffff1f3) | 8),
	/*
	 * 2^56: segment 2^28, whose number rotated left by 8 in 36 bits is 1: VSID 0x13bb, which is odd.
	 * And its page 0x1002: bit 12 of that is the AVPN's.
	 */
	PTE(0x3bb, 6, ODD, 0x349002),
	PTE(0x3b9, 0, ODD | 0x100, 0x34a002),
	PTE(5, 0, 1, 0xbad002),				/* a VSID that is not the kernel's */
	PTE(6, 0, V - 1, 0xbad002),			/* not valid */
};

static const struct row rows[] = {
	{ "third of a group", 0x1fff, KV_OK, 0x345fff, 0x1000, 0x1fff, RWX, NULL },
	{ "upper bits of the page", 0x801000, KV_OK, 0x348000, 0x801000, 0x801fff, RWX, NULL },
	{ "secondary, N", 0x7fd004, KV_OK, 0x346004, 0x7fd000, 0x7fdfff, RW_, NULL },
	{ "PP 3, G, largest", 0x12000, KV_OK, UINT64_C(0x0ffffffffffff000), 0x12000, 0x12fff, R__, NULL },
	{ "odd VSID", UINT64_C(1) << 56, KV_OK, 0x349000, UINT64_C(1) << 56, (UINT64_C(1) << 56) + 0xfff, RWX,
	    NULL },
	{ "odd VSID, another page", (UINT64_C(1) << 56) + 0x1002000, KV_OK, 0x34a000,
	    (UINT64_C(1) << 56) + 0x1002000, (UINT64_C(1) << 56) + 0x1002fff, RWX, NULL },
	{ "another VSID", 0x5000, KV_EUNMAPPED, 0, 0x5000, 0x5fff, 0,
	    "0x5000: neither PTEG has a PTE for VSID 0x1000000000, page 0x5" },
	{ "not valid", 0x6000, KV_EUNMAPPED, 0, 0x6000, 0x6fff, 0, "page 0x6" },
	{ "segment 16", 0x100001000, KV_EUNMAPPED, 0, 0x100001000, 0x100001fff, 0, "page 0x1" },
};

static bool
stop(void *arg, const struct kv_run *run, enum kv_status st)
{
	(void)run, (void)st;
	++*(unsigned *)arg;
	return false;
}

struct steps {
	unsigned n;
	struct mmu_step last;
};

static void
last_step(void *arg, const struct mmu_step *step)
{
	struct steps *steps = arg;
	steps->n++;
	steps->last = *step;
}

static void
table_make(struct mem *mem)
{
	for (uint64_t at = TABLE; at < TABLE + SIZE; at += CHUNK)
		(void)mem_make(mem, (struct kv_loc){ .addr = at, .space = KV_FILE });
}

static void
test_rows(void)
{
	struct mem mem = { .big = true };
	uint64_t rnd = 1;
	struct mmu mmu;
	table_make(&mem);
	mem_fill(&mem, ptes, COUNT_OF(ptes));
	CHECK_EQ("table", "status", mmu_freebsd_hpt_init(&mmu, TABLE, SIZE, NULL), KV_OK);
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	CHECK_EQ("each", "runs", agree_all(&mmu, &mem, 0, UINT64_MAX, &rnd, 100), 6);
	CHECK_EQ("each, cut", "runs", agree_all(&mmu, &mem, 0x1800, 0x8010ff, &rnd, 100), 4);
	CHECK_EQ("each, between", "runs", agree_all(&mmu, &mem, 0x2000, 0x11fff, &rnd, 100), 0);
	const struct mmu_src src = { mem_read, &mem };
	unsigned n = 0;
	CHECK_EQ("stop", "status", mmu_each(&mmu, &src, 0, UINT64_MAX, stop, &n, NULL), KV_OK);
	CHECK_EQ("stop", "calls", n, 1);
	struct kv_run run;
	struct kv_err err = { .text = "" };
	CHECK_EQ("sentence", "status", mmu_walk(&mmu, &src, 0xffff000, &run, NULL, NULL, &err), KV_EUNMAPPED);
	CHECK(strcmp(err.text, "0xffff000: neither PTEG has a PTE for VSID 0x1000000000, page 0xffff") == 0,
	    "sentence: %s", err.text);
	/* What is shown: the entry that is found, or the first of a group without one. */
	static const struct {
		const char *name;
		vaddr_t va;
		unsigned steps, index;
		uint64_t raw;
	} shown[] = {
		{ "third", 0x1000, 1, 0xa, V },
		{ "secondary", 0x7fd000, 2, 0x10, V | H },
		{ "none", 0x2000, 2, 0x7fd * 8, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(shown); i++) {
		struct steps steps = { .n = 0 };
		(void)mmu_walk(&mmu, &src, shown[i].va, &run, last_step, &steps, NULL);
		const bool found = shown[i].raw != 0;
		CHECK_EQ(shown[i].name, "steps", steps.n, shown[i].steps);
		CHECK_EQ(shown[i].name, "table", steps.last.table.addr, TABLE);
		CHECK_EQ(shown[i].name, "index", steps.last.index, shown[i].index);
		CHECK_EQ(shown[i].name, "entry", steps.last.entry.addr, TABLE + shown[i].index * 0x10);
		CHECK_EQ(shown[i].name, "entry's space", steps.last.entry.space, KV_FILE);
		CHECK_EQ(shown[i].name, "size", steps.last.size, 16);
		CHECK_EQ(shown[i].name, "raw", steps.last.raw, shown[i].raw);
		CHECK_EQ(shown[i].name, "kind", steps.last.kind, found ? MMU_LEAF : MMU_INVALID);
		CHECK_EQ(shown[i].name, "why", steps.last.why == NULL, found);
		CHECK_EQ(shown[i].name, "next", steps.last.next.addr, found ? run.at.addr : 0);
		CHECK_EQ(shown[i].name, "prot", steps.last.prot, found ? run.prot : 0);
		CHECK(strcmp(steps.last.name, shown[i].steps == 1 ? "primary PTEG" : "secondary PTEG") == 0,
		    "%s: %s", shown[i].name, steps.last.name);
	}
	/* A page a group: more than any list holds at first. */
	for (unsigned i = 0x100; i < 0x700; i++) {
		mem_put(&mem, KV_FILE, TABLE + i * 0x80 + 0x50, 8, V);
		mem_put(&mem, KV_FILE, TABLE + i * 0x80 + 0x58, 8, (uint64_t)(i * 3) << 12 | 2);
	}
	CHECK_EQ("many", "runs", agree_all(&mmu, &mem, 0, UINT64_MAX, &rnd, 100), 0x600 + 6);
	mem_free(&mem);
}

static void
test_absent(void)
{
	struct mem mem = { .big = true };
	struct mmu mmu;
	unsigned n = 0;
	CHECK_EQ("table", "status", mmu_freebsd_hpt_init(&mmu, TABLE, SIZE, NULL), KV_OK);
	/* The first quarter is there. */
	mem_put(&mem, KV_FILE, TABLE + 0x80, 8, V);
	mem_put(&mem, KV_FILE, TABLE + 0x88, 8, 0x345002);
	static const struct row absent[] = {
		{ "secondary", 0x2000, KV_EABSENT, 0, 0, 0, 0,
		    "secondary PTEG at file offset 0x13fe80 cannot be read" },
		{ "primary", 0x600000, KV_EABSENT, 0, 0, 0, 0,
		    "primary PTEG at file offset 0x130000 cannot be read" },
	};
	rows_check(&mmu, &mem, absent, COUNT_OF(absent));
	/* Half a group. */
	struct mmu half;
	CHECK_EQ("half", "status", mmu_freebsd_hpt_init(&half, TABLE + CHUNK - 64, SIZE, NULL), KV_OK);
	static const struct row cut = { "half", 0, KV_EABSENT, 0, 0, 0, 0,
		"primary PTEG at file offset 0x10ffc0 cannot be read" };
	row_check(&half, &mem, &cut);
	const struct mmu_src src = { mem_read, &mem };
	struct kv_err err = { .text = "" };
	CHECK_EQ("each", "status", mmu_each(&mmu, &src, 0, UINT64_MAX, stop, &n, &err), KV_EABSENT);
	CHECK_TEXT("each", err.text, "is not here");
	CHECK_EQ("each", "calls", n, 0);
	mem_free(&mem);
}

static void
test_sizes(void)
{
	static const struct {
		uint64_t size;
		enum kv_status st;
	} sizes[] = {
		{ 0, KV_EFORMAT }, { 0x20000, KV_EFORMAT }, { 0x40000, KV_OK }, { 0x60000, KV_EFORMAT },
		{ 0x40001, KV_EFORMAT }, { 0x80000, KV_OK },
	};
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct mmu mmu;
		struct kv_err err = { .text = "" };
		CHECK(mmu_freebsd_hpt_init(&mmu, TABLE, sizes[i].size, &err) == sizes[i].st,
		    "a table of 0x%" PRIx64 " bytes: %s", sizes[i].size, err.text);
		CHECK_TEXT("size", err.text,
		    sizes[i].st == KV_OK ? "" : "wanted a power of two from 0x40000 on");
	}
}

static const struct unit_test tests[] = {
	{ "rows", test_rows },
	{ "absent", test_absent },
	{ "sizes", test_sizes },
	{ 0 },
};
SUITE_OF(mmu_freebsdhpt, tests);
