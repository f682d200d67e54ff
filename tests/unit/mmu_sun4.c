/* SPDX-License-Identifier: BSD-2-Clause */
/* sun4 and sun4c: rows for segment maps and PMEGs in a header. */
#include "mmu_test.h"

#define KERNBASE	UINT64_C(0xf0000000)
/* A segment as the root reads it: sg_pte, sg_pmeg, sg_npte, sg_nwired. */
#define SEG(pte, pmeg, npte)	((uint64_t)(pte) << 32 | (uint64_t)(pmeg) << 16 | (npte) << 8 | 0x7f)

/* The segment map is at 0x40 of the header, the PMEGs at 0x5008. */
static const struct put puts4[] = {
	{ KV_BLOB, 0x48, 8, SEG(0, 1, 64) },
	{ KV_BLOB, 0x40, 8, ~UINT64_C(0) },			/* the first word is nobody's */
	{ KV_BLOB, 0x58, 8, SEG(0xf0123456, 1, 0) },
	{ KV_BLOB, 0x68, 8, SEG(0, 127, 64) },		/* the invalid one of 128 */
	{ KV_BLOB, 0x78, 8, SEG(0, 128, 1) },
	{ KV_BLOB, 0x88, 8, SEG(0, 126, 1) },		/* 4 */
	{ KV_BLOB, 0x98, 8, SEG(0xffffffff, 0, 255) },	/* 5 */
	{ KV_BLOB, 0x40 + 16 * 1023 + 8, 8, SEG(0, 2, 1) },
	/* PMEG 1 of 64 PTEs, or 2 of 32 */
	{ KV_BLOB, 0x5108, 4, 0xc0001234 },
	{ KV_BLOB, 0x510c, 4, 0x80001235 },
	{ KV_BLOB, 0x5110, 4, 0x73ffffff },
	{ KV_BLOB, 0x5114, 4, 0xc4001236 },
	{ KV_BLOB, 0x5118, 4, 0xc8001236 },
	{ KV_BLOB, 0x511c, 4, 0xf3ffffff },
	{ KV_BLOB, 0x5204, 4, 0xc0000001 },		/* 63 of PMEG 1 */
	{ KV_BLOB, 0x5304, 4, 0xc000beef },		/* 63 of PMEG 2 */
	{ KV_BLOB, 0x5008, 4, 0xc0000bad },		/* PMEG 0 */
	{ KV_BLOB, 0x5184, 4, 0xc0000007 },		/* 31 of PMEG 2, with 32 each */
};

static const struct row rows4c[] = {
	{ "4K", KERNBASE + 0xfff, KV_OK, 0x1234fff, KERNBASE, KERNBASE + 0xfff, RWX, NULL },
	{ "read-only", KERNBASE + 0x1000, KV_OK, 0x1235000, KERNBASE + 0x1000, KERNBASE + 0x1fff, R_X,
	    NULL },
	{ "all but V and type", KERNBASE + 0x2000, KV_EUNMAPPED, 0, KERNBASE + 0x2000,
	    KERNBASE + 0x2fff, 0, "PMEG entry 2 (0x73ffffff) at header offset 0x5110 is not valid" },
	{ "type 1", KERNBASE + 0x3000, KV_EUNMAPPED, 0, KERNBASE + 0x3000, KERNBASE + 0x3fff, 0,
	    "maps a device, not memory" },
	{ "type 2", KERNBASE + 0x4000, KV_EUNMAPPED, 0, KERNBASE + 0x4000, KERNBASE + 0x4fff, 0,
	    "device" },
	{ "all but type", KERNBASE + 0x5000, KV_OK, 0x7ffff000, KERNBASE + 0x5000, KERNBASE + 0x5fff,
	    RWX, NULL },
	{ "last of PMEG", KERNBASE + 0x3ffff, KV_OK, 0x1fff, KERNBASE + 0x3f000, KERNBASE + 0x3ffff,
	    RWX, NULL },
	{ "no PTEs", KERNBASE + 0x40000, KV_EUNMAPPED, 0, KERNBASE + 0x40000, KERNBASE + 0x7ffff, 0,
	    "segmap entry 15361 (0xf01234560001007f) at header offset 0x58 has no PTEs" },
	{ "invalid PMEG", KERNBASE + 0x80000, KV_EUNMAPPED, 0, KERNBASE + 0x80000, KERNBASE + 0xbffff,
	    0, "has the invalid PMEG" },
	{ "PMEG past the last", KERNBASE + 0xc0000, KV_EUNMAPPED, 0, KERNBASE + 0xc0000,
	    KERNBASE + 0xfffff, 0, "PMEG that does not exist" },
	{ "last PMEG", KERNBASE + 0x100000, KV_EUNMAPPED, 0, KERNBASE + 0x100000, KERNBASE + 0x100fff,
	    0, "PMEG entry 0 (0x0) at header offset 0xce08 is not valid" },
	{ "PMEG 0", KERNBASE + 0x140004, KV_OK, 0xbad004, KERNBASE + 0x140000, KERNBASE + 0x140fff, RWX,
	    NULL },
	{ "last byte", 0xffffffff, KV_OK, 0xbeeffff, 0xfffff000, 0xffffffff, RWX, NULL },
	{ "below", KERNBASE - 1, KV_EUNMAPPED, 0, 0, KERNBASE - 1, 0,
	    "segmap entry 15359 does not exist: the table has 15360 to 16383" },
	{ "above", 0x100000000, KV_EUNMAPPED, 0, 0x100000000, UINT64_MAX, 0, "outside" },
};

static struct mmu
sun4(struct mmu_sun4 how)
{
	struct mmu mmu;
	if (mmu_sun4_init(&mmu, &how, NULL) != KV_OK)
		abort();
	return mmu;
}

static void
test_sun4(void)
{
	struct mem mem = { .big = true };
	mem_fill(&mem, puts4, COUNT_OF(puts4));
	struct mmu mmu = sun4((struct mmu_sun4){ true, 0xf0000000, 1024, 128, 0x40, 0x5008 });
	rows_check(&mmu, &mem, rows4c, COUNT_OF(rows4c));
	uint64_t rnd = 4;
	CHECK_EQ("sun4c", "runs", agree_all(&mmu, &mem, 0, UINT64_MAX, &rnd, 200), 7);

	static const struct row rows8[] = {
		{ "8K, PMEG 1 of 32", KERNBASE, KV_EUNMAPPED, 0, KERNBASE, KERNBASE + 0x1fff, 0,
		    "PMEG entry 0 (0x0) at header offset 0x5088" },
		{ "8K, PMEG 2, last", 0xffffffff, KV_OK, 0xffff, 0xffffe000, 0xffffffff, RWX, NULL },
		{ "8K, PMEG 2, second", 0xfffc3fff, KV_OK, 0x246bfff, 0xfffc2000, 0xfffc3fff, R_X, NULL },
	};
	mmu = sun4((struct mmu_sun4){ false, 0xf0000000, 1024, 128, 0x40, 0x5008 });
	rows_check(&mmu, &mem, rows8, COUNT_OF(rows8));

	/* A base that is no power of two, and a map that ends early. */
	static const struct row rows_e8[] = {
		{ "first", 0xe8000004, KV_OK, 0x1234004, 0xe8000000, 0xe8000fff, RWX, NULL },
		{ "below", 0xe7ffffff, KV_EUNMAPPED, 0, 0, 0xe7ffffff, 0, "does not exist" },
		{ "behind", 0xe8280000, KV_EUNMAPPED, 0, 0xe8280000, 0xffffffff, 0,
		    "segmap entry 14858 does not exist: the table has 14848 to 14857" },
	};
	mmu = sun4((struct mmu_sun4){ true, 0xe8000000, 10, 128, 0x40, 0x5008 });
	rows_check(&mmu, &mem, rows_e8, COUNT_OF(rows_e8));
	mem_free(&mem);
}

static void
test_refused(void)
{
	static const struct {
		const char *text;
		struct mmu_sun4 how;
	} bad[] = {
		{ "kernbase 0xf0001000 is not a multiple", { true, 0xf0001000, 1024, 128, 0, 0 } },
		{ "nsegmap is 1025, wanted 1 to 1024", { true, 0xf0000000, 1025, 128, 0, 0 } },
		{ "nsegmap is 0", { true, 0xf0000000, 0, 128, 0, 0 } },
		{ "npmeg is 0", { true, 0xf0000000, 1024, 0, 0, 0 } },
		{ "npmeg is 65537", { false, 0xf0000000, 1024, 65537, 0, 0 } },
		{ "segmapoffset 0xffffffffffffffff", { true, 0xf0000000, 1024, 128, UINT64_MAX, 0 } },
		{ "pmegoffset 0x100000000", { true, 0xf0000000, 1024, 128, 0, 0x100000000 } },
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct mmu mmu;
		struct kv_err err = { .text = "" };
		CHECK_EQ(bad[i].text, "status", mmu_sun4_init(&mmu, &bad[i].how, &err), KV_EFORMAT);
		CHECK_TEXT(bad[i].text, err.text, bad[i].text);
	}
	/* Of each the most that there may be. */
	const struct mmu_sun4 most = { false, 0xf0000000, 1024, 65536, UINT32_MAX, UINT32_MAX };
	struct mmu mmu;
	CHECK_EQ("most", "status", mmu_sun4_init(&mmu, &most, NULL), KV_OK);
}

static uint64_t
random_entry(const struct mmu *mmu, unsigned level, uint64_t next, uint64_t *rnd)
{
	uint64_t x = unit_random(rnd);
	(void)next, (void)mmu;
	return level == 0 ? SEG(x >> 32, x >> 56, x & 0xff) : x & 0xf3ffffff;
}

/* PMEGs of random bytes, at an odd place. */
static void
test_random(void)
{
	uint64_t rnd = 9;
	size_t found = 0;
	for (unsigned i = 0; i < 10; i++) {
		struct mem mem = { .big = true };
		struct mmu mmu = sun4((struct mmu_sun4){ i % 2 != 0, 0xf0000000, 1024, 256, 0x40,
		    0x20ff8 });
		tree_fill(&mem, &mmu, KV_BLOB, 0x400000, random_entry, &rnd);
		for (uint64_t off = 0; off < 0x10000; off += 4)
			mem_put(&mem, KV_BLOB, 0x20ff8 + off, 4, unit_random(&rnd) & 0xf3ffffff);
		found += agree_all(&mmu, &mem, 0xf0000000, 0xffffffff, &rnd, 200);
		mem_free(&mem);
	}
	(void)CHECK(found > 1000, "random PMEGs: %zu runs", found);
}

static const struct unit_test tests[] = {
	{ "rows", test_sun4 },
	{ "refused", test_refused },
	{ "random maps", test_random },
	{ NULL, NULL },
};

SUITE_OF(mmu_sun4, tests);
