/* SPDX-License-Identifier: BSD-2-Clause */
/* sun2, sun3 and sun3x: rows for the tables in the header and for the array of PTEs. */
#include "mmu_test.h"

#define BASE3	UINT64_C(0x0e000000)
static const struct mmu_sun3 sun3 = { 0x2000, 0x0e000000, 17, 0x7ffff, 0x80000000, 36, 256, 8184 };
static const struct mmu_sun3 sun2 = { 0x800, 0x6000, 15, 0xfff, 0x80000000, 36, 512, 2040 };

static void
test_sun3(void)
{
	static const struct put puts3[] = {
		{ KV_BLOB, 36, 1, 3 },
		{ KV_BLOB, 37, 1, 255 },
		{ KV_BLOB, 38, 1, 0 },
		{ KV_BLOB, 39, 1, 254 },
		{ KV_BLOB, 291, 1, 3 },				/* 255 */
		{ KV_BLOB, 292, 1, 3 },				/* no segment any more */
		{ KV_BLOB, 8184 + 3 * 64, 4, 0xc0001234 },
		{ KV_BLOB, 8184 + 3 * 64 + 4, 4, 0x80001235 },
		{ KV_BLOB, 8184 + 3 * 64 + 8, 4, 0x73ffffff },
		{ KV_BLOB, 8184 + 3 * 64 + 12, 4, 0xc4001236 },
		{ KV_BLOB, 8184 + 3 * 64 + 16, 4, 0xf3ffffff },
		{ KV_BLOB, 8184 + 3 * 64 + 20, 4, 0xcc000000 },
		{ KV_BLOB, 8184 + 3 * 64 + 60, 4, 0xc0000001 },
		{ KV_BLOB, 8184 + 0, 4, 0xc0000007 },		/* PMEG 0 */
		{ KV_BLOB, 8184 + 254 * 64, 4, 0xc0000008 },
		{ KV_BLOB, 8184 + 255 * 64, 4, 0xc0000009 },	/* never looked at */
	};
	static const struct row rows[] = {
		{ "8K", BASE3 + 0x1fff, KV_OK, 0x2469fff, BASE3, BASE3 + 0x1fff, RWX, NULL },
		{ "read-only", BASE3 + 0x2000, KV_OK, 0x246a000, BASE3 + 0x2000, BASE3 + 0x3fff, R_X,
		    NULL },
		{ "all but V and type", BASE3 + 0x4000, KV_EUNMAPPED, 0, BASE3 + 0x4000, BASE3 + 0x5fff, 0,
		    "PMEG entry 2 (0x73ffffff) at header offset 0x20c0 is not valid" },
		{ "type 1", BASE3 + 0x6000, KV_EUNMAPPED, 0, BASE3 + 0x6000, BASE3 + 0x7fff, 0,
		    "maps a device, not memory" },
		{ "all but type", BASE3 + 0x8000, KV_OK, 0xffffe000, BASE3 + 0x8000, BASE3 + 0x9fff, RWX,
		    NULL },
		{ "type 3", BASE3 + 0xa000, KV_EUNMAPPED, 0, BASE3 + 0xa000, BASE3 + 0xbfff, 0, "device" },
		{ "last of PMEG", BASE3 + 0x1ffff, KV_OK, 0x3fff, BASE3 + 0x1e000, BASE3 + 0x1ffff, RWX,
		    NULL },
		{ "invalid PMEG", BASE3 + 0x20000, KV_EUNMAPPED, 0, BASE3 + 0x20000, BASE3 + 0x3ffff, 0,
		    "ksegmap entry 1793 (0xff) at header offset 0x25 is the invalid PMEG" },
		{ "PMEG 0", BASE3 + 0x40000, KV_OK, 0xe000, BASE3 + 0x40000, BASE3 + 0x41fff, RWX, NULL },
		{ "PMEG 254", BASE3 + 0x60000, KV_OK, 0x10000, BASE3 + 0x60000, BASE3 + 0x61fff, RWX,
		    NULL },
		{ "last", 0xfffffff, KV_OK, 0x3fff, 0xfffe000, 0xfffffff, RWX, NULL },
		{ "behind", 0x10000000, KV_EUNMAPPED, 0, 0x10000000, 0xffffffff, 0,
		    "ksegmap entry 2048 does not exist: the table has 1792 to 2047" },
		{ "below", BASE3 - 1, KV_EUNMAPPED, 0, 0, BASE3 - 1, 0, "ksegmap entry 1791 does not" },
	};
	struct mem mem = { .big = true };
	struct mmu mmu;
	mem_fill(&mem, puts3, COUNT_OF(puts3));
	CHECK_EQ("sun3", "init", mmu_sun3_init(&mmu, &sun3, NULL), KV_OK);
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	uint64_t rnd = 6;
	(void)CHECK(agree_all(&mmu, &mem, 0, UINT64_MAX, &rnd, 200) > 5, "sun3: few runs");
	mem_free(&mem);
}

static void
test_sun2(void)
{
	static const struct put puts2[] = {
		{ KV_BLOB, 36, 1, 2 },
		{ KV_BLOB, 37, 1, 2 },			/* from 0x8000 on, not from 0xe000 */
		{ KV_BLOB, 547, 1, 2 },
		{ KV_BLOB, 2040 + 128, 4, 0xa0000123 },
		{ KV_BLOB, 2040 + 128 + 4, 4, 0x80000124 },
		{ KV_BLOB, 2040 + 128 + 8, 4, 0xa0400125 },
		{ KV_BLOB, 2040 + 128 + 12, 4, 0xff3fffff },
		{ KV_BLOB, 2040 + 128 + 48, 4, 0xa0000200 },	/* 12: 0x6000 */
		{ KV_BLOB, 2040 + 128 + 60, 4, 0x7f3fffff },
	};
	static const struct row rows[] = {
		{ "kernbase", 0x6004, KV_OK, 0x100004, 0x6000, 0x67ff, RWX, NULL },
		{ "segment 1, first", 0x87ff, KV_OK, 0x91fff, 0x8000, 0x87ff, RWX, NULL },
		{ "read-only", 0x8800, KV_OK, 0x92000, 0x8800, 0x8fff, R_X, NULL },
		{ "type 1", 0x9000, KV_EUNMAPPED, 0, 0x9000, 0x97ff, 0, "device" },
		{ "all but type", 0x9800, KV_OK, 0x7ff800, 0x9800, 0x9fff, RWX, NULL },
		{ "segment 1, 12", 0xe000, KV_OK, 0x100000, 0xe000, 0xe7ff, RWX, NULL },
		{ "all but V", 0xf800, KV_EUNMAPPED, 0, 0xf800, 0xffff, 0, "not valid" },
		{ "last segment", 0xff8000, KV_OK, 0x91800, 0xff8000, 0xff87ff, RWX, NULL },
		{ "behind", 0x1000000, KV_EUNMAPPED, 0, 0x1000000, 0xffffffff, 0, "does not exist" },
	};
	struct mem mem = { .big = true };
	struct mmu mmu;
	mem_fill(&mem, puts2, COUNT_OF(puts2));
	CHECK_EQ("sun2", "init", mmu_sun2_init(&mmu, &sun2, NULL), KV_OK);
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	mem_free(&mem);
}

static void
test_sun3x(void)
{
	static const struct put puts3x[] = {
		{ KV_VIRT, 0xf8010000, 4, 0x123400f9 },		/* kernbase's */
		{ KV_VIRT, 0xf8010004, 4, 0x12342005 },
		{ KV_VIRT, 0xf8010008, 4, 0x12344000 },
		{ KV_VIRT, 0xf801000c, 4, 0x12346003 },
		{ KV_VIRT, 0xf8010010, 4, 0xfffffff9 },
		{ KV_VIRT, 0xf8010014, 4, 0x30006 },		/* indirect, to 0x30004 */
		{ KV_VIRT, 0xf8010018, 4, 0x3000a },		/* to one that is indirect itself */
		{ KV_PHYS, 0x30004, 4, 0x555415d },
		{ KV_PHYS, 0x30008, 4, 0x30006 },
		{ KV_VIRT, 0xf801fffc, 4, 0x7ffe001 },		/* the last that the array has */
	};
	static const struct row rows[] = {
		{ "8K", 0xf8000004, KV_OK, 0x12340004, 0xf8000000, 0xf8001fff, RWX, NULL },
		{ "write-protected", 0xf8003fff, KV_OK, 0x12343fff, 0xf8002000, 0xf8003fff, R_X, NULL },
		{ "type 0", 0xf8004000, KV_EUNMAPPED, 0, 0xf8004000, 0xf8005fff, 0,
		    "C entry 507906 (0x12344000) at virtual address 0xf8010008 is not valid" },
		{ "type 3", 0xf8006000, KV_EUNMAPPED, 0, 0xf8006000, 0xf8007fff, 0, "long" },
		{ "indirect", 0xf800a123, KV_OK, 0x5554123, 0xf800a000, 0xf800bfff, R_X, NULL },
		{ "indirect twice", 0xf800c000, KV_EUNMAPPED, 0, 0xf800c000, 0xf800dfff, 0,
		    "indirect entry 0 (0x30006) at 0x30008 is indirect, but was itself reached so" },
		{ "all bits, largest", 0xf8009fff, KV_OK, 0xffffffff, 0xf8008000, 0xf8009fff, RWX, NULL },
		{ "last", 0xffffffff, KV_OK, 0x7ffffff, 0xffffe000, 0xffffffff, RWX, NULL },
		{ "below", 0xf7ffffff, KV_EUNMAPPED, 0, 0, 0xf7ffffff, 0, "does not exist" },
	};
	struct mem mem = { .big = true };
	struct mmu mmu;
	mem_fill(&mem, puts3x, COUNT_OF(puts3x));
	CHECK_EQ("sun3x", "init",
	    mmu_sun3x_init(&mmu, 0x2000, 0xf8000000, 0xffffff00, 1, 0xf8010000, NULL), KV_OK);
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	uint64_t rnd = 8;
	CHECK_EQ("sun3x", "runs", agree_all(&mmu, &mem, 0, UINT64_MAX, &rnd, 200), 5);
	mem_free(&mem);
}

static void
test_refused(void)
{
	struct mmu mmu;
	struct kv_err err;
	struct mmu_sun3 how = sun3;
	static const struct {
		const char *text;
		size_t at;
		uint64_t value;
	} bad[] = {
		{ "page_size is 0x800, wanted 0x2000", offsetof(struct mmu_sun3, page_size), 0x800 },
		{ "page_size is 0x0", offsetof(struct mmu_sun3, page_size), 0 },
		{ "page_size is 0x3000", offsetof(struct mmu_sun3, page_size), 0x3000 },
		{ "segshift is 18, wanted 17", offsetof(struct mmu_sun3, segshift), 18 },
	};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		how = sun3;
		uint32_t v = (uint32_t)bad[i].value;
		memcpy((char *)&how + bad[i].at, &v, sizeof(v));
		CHECK_EQ(bad[i].text, "status", mmu_sun3_init(&mmu, &how, &err), KV_EFORMAT);
		CHECK_TEXT(bad[i].text, err.text, bad[i].text);
	}
	how = sun3;
	how.nksegmap = 0;
	CHECK_EQ("no segments", "status", mmu_sun3_init(&mmu, &how, &err), KV_EFORMAT);
	how.nksegmap = 32768 - 1792 + 1;
	CHECK_EQ("too many segments", "status", mmu_sun3_init(&mmu, &how, &err), KV_EFORMAT);
	CHECK_TEXT("too many segments", err.text, "ksegmap has 30977 segments, wanted 1 to 30976");
	how.nksegmap = 32768 - 1792;
	CHECK_EQ("all segments", "status", mmu_sun3_init(&mmu, &how, &err), KV_OK);
	for (unsigned which = 0; which < 2; which++) {
		how = sun3;
		uint64_t *off = which == 0 ? &how.pmeg_off : &how.ksegmap_off;
		*off = UINT32_MAX;
		CHECK_EQ("offset of 32 bits", "status", mmu_sun3_init(&mmu, &how, &err), KV_OK);
		*off = UINT64_C(1) << 32;
		CHECK_EQ("offset of 33 bits", "status", mmu_sun3_init(&mmu, &how, &err), KV_EFORMAT);
		CHECK_TEXT("offset of 33 bits", err.text, which == 0 ? " and 0x100000000 in the header" :
		    "offsets 0x100000000 and ");
	}
	CHECK_EQ("sun2 as sun3", "status", mmu_sun3_init(&mmu, &sun2, &err), KV_EFORMAT);
	CHECK_EQ("sun3 as sun2", "status", mmu_sun2_init(&mmu, &sun3, &err), KV_EFORMAT);
	CHECK_EQ("sun3x page", "status",
	    mmu_sun3x_init(&mmu, 0x1000, 0xf8000000, 0xffffff00, 1, 0, &err), KV_EFORMAT);
	CHECK_EQ("sun3x kernbase", "status",
	    mmu_sun3x_init(&mmu, 0x2000, 0xf8001000, 0xffffff00, 1, 0, &err), KV_EFORMAT);
}

static const struct unit_test tests[] = {
	{ "sun3", test_sun3 },
	{ "sun2", test_sun2 },
	{ "sun3x", test_sun3x },
	{ "refused", test_refused },
	{ NULL, NULL },
};

SUITE_OF(mmu_sun3, tests);
