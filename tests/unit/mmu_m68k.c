/* SPDX-License-Identifier: BSD-2-Clause */
/* m68k: rows from the MC68030 (9.5), M68040 (3.2) and HP's formats; all big-endian. */
#include "mmu_test.h"

/* What NetBSD kernels write, for 4 and 8 KiB pages. */
#define COMMON_4K	.page_size = 0x1000, .sg_v = 2, .sg_frame = 0xfffff000, .sg_ishift = 22,	\
	.sg_pmask = 0x003ff000, .sg40_shift1 = 25, .sg40_mask2 = 0x01fc0000, .sg40_shift2 = 18,		\
	.sg40_mask3 = 0x0003f000, .sg40_shift3 = 12, .sg40_addr1 = 0xfffffe00,				\
	.sg40_addr2 = 0xffffff00, .pg_v = 1, .pg_frame = 0xfffff000, .sysseg_pa = 0x10000
#define COMMON_8K	.page_size = 0x2000, .sg_v = 2, .sg_frame = 0xffffe000, .sg_ishift = 24,	\
	.sg_pmask = 0x00ffe000, .sg40_shift1 = 25, .sg40_mask2 = 0x01fc0000, .sg40_shift2 = 18,		\
	.sg40_mask3 = 0x0003e000, .sg40_shift3 = 13, .sg40_addr1 = 0xfffffe00,				\
	.sg40_addr2 = 0xffffff80, .pg_v = 1, .pg_frame = 0xffffe000, .sysseg_pa = 0x10000

static struct mmu
m68k(struct mmu_m68k how)
{
	struct mmu mmu;
	if (mmu_m68k_init(&mmu, &how, NULL) != KV_OK)
		abort();
	return mmu;
}

static const struct put puts30[] = {
	{ KV_PHYS, 0x10000, 4, 0x20002 },
	{ KV_PHYS, 0x10004, 4, 0x20ffe },		/* 1: all but the type; write-protected */
	{ KV_PHYS, 0x10008, 4, 0x20000 },		/* 2: type 0 */
	{ KV_PHYS, 0x1000c, 4, 0x21002 },		/* 3 */
	{ KV_PHYS, 0x10010, 4, 0x7fc00001 },		/* 4: early termination */
	{ KV_PHYS, 0x10014, 4, 0x7fd00001 },		/* 5: not aligned */
	{ KV_PHYS, 0x10018, 4, 0x20003 },		/* 6: long */
	{ KV_PHYS, 0x1001c, 4, 0x99999002 },		/* 7 */
	{ KV_PHYS, 0x10ffc, 4, 0x20002 },
	{ KV_PHYS, 0x20000, 4, 0x345001 },
	{ KV_PHYS, 0x20004, 4, 0x346005 },
	{ KV_PHYS, 0x20008, 4, 0x347000 },
	{ KV_PHYS, 0x2000c, 4, 0xfffffff9 },		/* all but WP and bit 1, largest */
	{ KV_PHYS, 0x20010, 4, 0x30006 },		/* indirect, to 0x30004 */
	{ KV_PHYS, 0x20014, 4, 0x3000a },		/* to one that is indirect itself */
	{ KV_PHYS, 0x20018, 4, 0x30003 },		/* long */
	{ KV_PHYS, 0x2001c, 4, 0x30002 },		/* to an invalid one */
	{ KV_PHYS, 0x20ffc, 4, 0x34f001 },
	{ KV_PHYS, 0x21004, 4, 0x00c01001 },
	{ KV_PHYS, 0x30004, 4, 0x555005 },
	{ KV_PHYS, 0x30008, 4, 0x30006 },
};

static const struct row rows30[] = {
	{ "4K", 0xfff, KV_OK, 0x345fff, 0, 0xfff, RWX, NULL },
	{ "write-protected", 0x1000, KV_OK, 0x346000, 0x1000, 0x1fff, R_X, NULL },
	{ "type 0", 0x2000, KV_EUNMAPPED, 0, 0x2000, 0x2fff, 0,
	    "PT entry 2 (0x347000) at 0x20008 is not valid" },
	{ "all bits", 0x3fff, KV_OK, 0xffffffff, 0x3000, 0x3fff, RWX, NULL },
	{ "indirect", 0x4123, KV_OK, 0x555123, 0x4000, 0x4fff, R_X, NULL },
	{ "indirect twice", 0x5000, KV_EUNMAPPED, 0, 0x5000, 0x5fff, 0,
	    "indirect entry 0 (0x30006) at 0x30008 is indirect, but was itself reached so" },
	{ "long page descriptor", 0x6000, KV_EUNMAPPED, 0, 0x6000, 0x6fff, 0, "long page descriptor" },
	{ "indirect to type 0", 0x7000, KV_EUNMAPPED, 0, 0x7000, 0x7fff, 0,
	    "indirect entry 0 (0x0) at 0x30000 is not valid" },
	{ "last of table", 0x3fffff, KV_OK, 0x34ffff, 0x3ff000, 0x3fffff, RWX, NULL },
	{ "table, write-protected", 0x400000, KV_OK, 0x345000, 0x400000, 0x400fff, R_X, NULL },
	{ "segment, type 0", 0x800000, KV_EUNMAPPED, 0, 0x800000, 0xbfffff, 0,
	    "ST entry 2 (0x20000) at 0x10008 is not valid" },
	{ "3, 1, 0x234", 0xc01234, KV_OK, 0xc01234, 0xc01000, 0xc01fff, RWX, NULL },
	{ "early termination", 0x1012345, KV_OK, 0x7fc12345, 0x1000000, 0x13fffff, RWX, NULL },
	{ "early, not aligned", 0x1400000, KV_EUNMAPPED, 0, 0x1400000, 0x17fffff, 0, "not aligned" },
	{ "long table", 0x1800000, KV_EUNMAPPED, 0, 0x1800000, 0x1bfffff, 0, "long descriptors" },
	{ "table absent", 0x1c00000, KV_EABSENT, 0, 0, 0, 0, "PT entry 0 at 0x99999000 cannot" },
	{ "last byte", 0xffffffff, KV_OK, 0x34ffff, 0xfffff000, 0xffffffff, RWX, NULL },
	{ "above", 0x100000000, KV_EUNMAPPED, 0, 0x100000000, UINT64_MAX, 0, "outside" },
};

static void
test_68030(void)
{
	struct mem mem = { .big = true };
	mem_fill(&mem, puts30, COUNT_OF(puts30));
	struct mmu mmu = m68k((struct mmu_m68k){ .mmutype = -1, COMMON_4K });
	rows_check(&mmu, &mem, rows30, COUNT_OF(rows30));
	mmu = m68k((struct mmu_m68k){ .mmutype = 1, COMMON_4K });
	rows_check(&mmu, &mem, rows30, COUNT_OF(rows30));

	/* HP: one valid bit each, and no types. */
	static const struct row rows_hp[] = {
		{ "4K", 4, KV_OK, 0x345004, 0, 0xfff, RWX, NULL },
		{ "no indirection", 0x4000, KV_EUNMAPPED, 0, 0x4000, 0x4fff, 0, "not valid" },
		{ "bit 1 means nothing", 0x6000, KV_OK, 0x30000, 0x6000, 0x6fff, RWX, NULL },
		{ "no early termination", 0x1000000, KV_EUNMAPPED, 0, 0x1000000, 0x13fffff, 0,
		    "not valid" },
		{ "bit 0 means nothing", 0x1800000, KV_OK, 0x345000, 0x1800000, 0x1800fff, RWX, NULL },
	};
	mmu = m68k((struct mmu_m68k){ .mmutype = 0, COMMON_4K });
	rows_check(&mmu, &mem, rows_hp, COUNT_OF(rows_hp));

	mmu = m68k((struct mmu_m68k){ .mmutype = -1, COMMON_8K });
	static const struct row rows8[] = {
		{ "8K", 0x1fff, KV_OK, 0x345fff, 0, 0x1fff, RWX, NULL },
		{ "8K, table 1", 0x1000000, KV_OK, 0x344000, 0x1000000, 0x1001fff, R_X, NULL },
		{ "8K, index 0x3ff", 0x7fe000, KV_OK, 0x34e000, 0x7fe000, 0x7fffff, RWX, NULL },
		{ "8K, index 0x401", 0x802000, KV_OK, 0xc00000, 0x802000, 0x803fff, RWX, NULL },
		{ "8K, last table", 0xff000000, KV_EUNMAPPED, 0, 0xff000000, 0xffffffff, 0, "ST entry 255" },
	};
	rows_check(&mmu, &mem, rows8, COUNT_OF(rows8));
	mem_free(&mem);
}

static const struct put puts40[] = {
	{ KV_PHYS, 0x10000, 4, 0x20002 },
	{ KV_PHYS, 0x10004, 4, 0x20003 },		/* 1: type 3 is resident, too */
	{ KV_PHYS, 0x10008, 4, 0x20001 },		/* 2: type 1 is not */
	{ KV_PHYS, 0x1000c, 4, 0x201ff },		/* 3: all bits but the address */
	{ KV_PHYS, 0x101fc, 4, 0x20202 },		/* 127 */
	{ KV_PHYS, 0x20000, 4, 0x30002 },
	{ KV_PHYS, 0x20004, 4, 0x30103 },		/* 1: the second table of 256 bytes */
	{ KV_PHYS, 0x20008, 4, 0x30000 },
	{ KV_PHYS, 0x2000c, 4, 0x30005 },
	{ KV_PHYS, 0x200c0, 4, 0x30002 },		/* 0x30 */
	{ KV_PHYS, 0x201fc, 4, 0x300fe },		/* 127, all bits, write-protected */
	{ KV_PHYS, 0x203fc, 4, 0x30002 },		/* of the second table of 512 bytes */
	{ KV_PHYS, 0x30000, 4, 0x345001 },
	{ KV_PHYS, 0x30004, 4, 0x346003 },
	{ KV_PHYS, 0x30008, 4, 0x30106 },		/* indirect, to 0x30104 */
	{ KV_PHYS, 0x3000c, 4, 0xfffffffb },		/* all but W, largest */
	{ KV_PHYS, 0x30010, 4, 0x347ffc },
	{ KV_PHYS, 0x300fc, 4, 0x34f005 },
	{ KV_PHYS, 0x30100, 4, 0x400001 },
	{ KV_PHYS, 0x30104, 4, 0x401001 },
};

static const struct row rows40[] = {
	{ "4K", 0xfff, KV_OK, 0x345fff, 0, 0xfff, RWX, NULL },
	{ "page type 3", 0x1000, KV_OK, 0x346000, 0x1000, 0x1fff, RWX, NULL },
	{ "indirect", 0x2fff, KV_OK, 0x401fff, 0x2000, 0x2fff, RWX, NULL },
	{ "all bits", 0x3000, KV_OK, 0xfffff000, 0x3000, 0x3fff, RWX, NULL },
	{ "page type 0", 0x4000, KV_EUNMAPPED, 0, 0x4000, 0x4fff, 0, "PT entry 4 (0x347ffc)" },
	{ "last of table", 0x3f123, KV_OK, 0x34f123, 0x3f000, 0x3ffff, R_X, NULL },
	{ "second table", 0x40000, KV_OK, 0x400000, 0x40000, 0x40fff, RWX, NULL },
	{ "L2 type 0", 0x80000, KV_EUNMAPPED, 0, 0x80000, 0xbffff, 0,
	    "L2 entry 2 (0x30000) at 0x20008 is not valid" },
	{ "L2 type 1", 0xc0000, KV_EUNMAPPED, 0, 0xc0000, 0xfffff, 0, "L2 entry 3" },
	{ "0, 0x30, 1", 0xc01234, KV_OK, 0x346234, 0xc01000, 0xc01fff, RWX, NULL },
	{ "L2 last, all bits", 0x1fc0000, KV_OK, 0x345000, 0x1fc0000, 0x1fc0fff, R_X, NULL },
	{ "L1 type 3", 0x2000000, KV_OK, 0x345000, 0x2000000, 0x2000fff, RWX, NULL },
	{ "L1 type 1", 0x4000000, KV_EUNMAPPED, 0, 0x4000000, 0x5ffffff, 0,
	    "L1 entry 2 (0x20001) at 0x10008 is not valid" },
	{ "L1 all bits", 0x6000000, KV_OK, 0x345000, 0x6000000, 0x6000fff, R_X, NULL },
	{ "last byte", 0xffffffff, KV_OK, 0x34ffff, 0xfffff000, 0xffffffff, R_X, NULL },
};

static void
test_68040(void)
{
	struct mem mem = { .big = true };
	mem_fill(&mem, puts40, COUNT_OF(puts40));
	struct mmu mmu = m68k((struct mmu_m68k){ .mmutype = -2, COMMON_4K });
	rows_check(&mmu, &mem, rows40, COUNT_OF(rows40));
	mmu = m68k((struct mmu_m68k){ .mmutype = -3, COMMON_4K });
	rows_check(&mmu, &mem, rows40, COUNT_OF(rows40));
	static const struct row rows8[] = {
		{ "8K", 0x1fff, KV_OK, 0x345fff, 0, 0x1fff, RWX, NULL },
		{ "8K, last of 32", 0x3e000, KV_EUNMAPPED, 0, 0x3e000, 0x3ffff, 0,
		    "PT entry 31 (0x0) at 0x3007c is not valid" },
		/* A pointer's bit 7 is an address bit with tables of 128 bytes. */
		{ "8K, table at 0x30080", 0x1ffe000, KV_OK, 0x34e000, 0x1ffe000, 0x1ffffff, R_X, NULL },
	};
	mmu = m68k((struct mmu_m68k){ .mmutype = -2, COMMON_8K });
	rows_check(&mmu, &mem, rows8, COUNT_OF(rows8));
	mem_free(&mem);
}

static void
test_refused(void)
{
	static const struct {
		const char *text;
		struct mmu_m68k how;
		uint32_t mmu_m68k_offset, value;
	} bad[] = {
		{ "page_size is 0x0", { .mmutype = -1, COMMON_4K },
		    offsetof(struct mmu_m68k, page_size), 0 },
		{ "page_size is 0x1800", { .mmutype = -1, COMMON_4K },
		    offsetof(struct mmu_m68k, page_size), 0x1800 },
		{ "page_size is 0x10000", { .mmutype = -1, COMMON_4K },
		    offsetof(struct mmu_m68k, page_size), 0x10000 },
		{ "page_size is 0x80, wanted a power of two from 0x100", { .mmutype = -1, COMMON_4K },
		    offsetof(struct mmu_m68k, page_size), 0x80 },
		{ "pg_frame 0xffffe000 has bits inside of a page of 0x4000 bytes",
		    { .mmutype = -1, COMMON_8K }, offsetof(struct mmu_m68k, page_size), 0x4000 },
		{ "sg_ishift is 12, wanted 13 to 31", { .mmutype = -1, COMMON_4K },
		    offsetof(struct mmu_m68k, sg_ishift), 12 },
		{ "sg_ishift is 32", { .mmutype = -1, COMMON_4K },
		    offsetof(struct mmu_m68k, sg_ishift), 32 },
		{ "sg_pmask is 0x7ff000, wanted 0x3ff000", { .mmutype = -1, COMMON_4K },
		    offsetof(struct mmu_m68k, sg_pmask), 0x7ff000 },
		{ "sg40_shift1 33", { .mmutype = -2, COMMON_4K },
		    offsetof(struct mmu_m68k, sg40_shift1), 33 },
		{ "do not descend", { .mmutype = -2, COMMON_4K },
		    offsetof(struct mmu_m68k, sg40_shift2), 25 },
		{ "do not descend", { .mmutype = -2, COMMON_4K },
		    offsetof(struct mmu_m68k, sg40_shift2), 12 },
		{ "sg40_shift3 is 0xd, wanted 0xc", { .mmutype = -2, COMMON_4K },
		    offsetof(struct mmu_m68k, sg40_shift3), 13 },
		{ "sg40_mask2 is 0x1f80000", { .mmutype = -2, COMMON_4K },
		    offsetof(struct mmu_m68k, sg40_mask2), 0x1f80000 },
		{ "sg40_mask3 is 0x3e000, wanted 0x3f000", { .mmutype = -2, COMMON_4K },
		    offsetof(struct mmu_m68k, sg40_mask3), 0x3e000 },
		{ "bits 3:0 of a table's address", { .mmutype = -2, COMMON_4K },
		    offsetof(struct mmu_m68k, sg40_addr2), 0xffffff01 },
		{ "sg_frame 0xffffffff", { .mmutype = -1, COMMON_4K },
		    offsetof(struct mmu_m68k, sg_frame), 0xffffffff },
	};
	/* The smallest and the largest page of a 68030 (9.5.1.1). */
	static const struct mmu_m68k good[] = {
		{ .mmutype = -1, .page_size = 0x100, .sg_v = 2, .sg_frame = 0xfffffff0, .sg_ishift = 20,
		    .sg_pmask = 0x000fff00, .pg_v = 1, .pg_frame = 0xffffff00 },
		{ .mmutype = -1, .page_size = 0x8000, .sg_v = 2, .sg_frame = 0xfffffff0, .sg_ishift = 24,
		    .sg_pmask = 0x00ff8000, .pg_v = 1, .pg_frame = 0xffff8000 },
	};
	for (size_t i = 0; i < COUNT_OF(good); i++)
		CHECK_EQ("page size", "last level's shift", m68k(good[i]).levels[1].shift, i == 0 ? 8 : 15);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct mmu mmu;
		struct kv_err err = { .text = "" };
		struct mmu_m68k how = bad[i].how;
		memcpy((char *)&how + bad[i].mmu_m68k_offset, &bad[i].value, sizeof(uint32_t));
		CHECK_EQ(bad[i].text, "status", mmu_m68k_init(&mmu, &how, &err), KV_EFORMAT);
		CHECK_TEXT(bad[i].text, err.text, bad[i].text);
	}
	for (int32_t type = -4; type <= 2; type++) {
		struct mmu mmu;
		const struct mmu_m68k how = { .mmutype = type, COMMON_4K };
		CHECK_EQ("mmutype", "status", mmu_m68k_init(&mmu, &how, NULL),
		    type == -4 || type == 2 ? KV_EUNSUP : KV_OK);
	}
}

static uint64_t
random_entry(const struct mmu *mmu, unsigned level, uint64_t next, uint64_t *rnd)
{
	uint64_t x = unit_random(rnd) & 0xffffffff;
	if (level + 2u < mmu->nlevels)
		return next | (x & 0xc) | (x >> 28 != 0 ? 2 : 1);
	if (level + 2u == mmu->nlevels && x >> 30 == 0)
		return next | 2;
	return x >> 28 != 1 ? (x & ~UINT64_C(3)) | 1 : x;
}

static void
test_random(void)
{
	struct mmu mmu = m68k((struct mmu_m68k){ .mmutype = -1, COMMON_4K });
	trees_check(&mmu, KV_PHYS, 0x40000, true, random_entry, 10, 0, UINT64_MAX);
	mmu = m68k((struct mmu_m68k){ .mmutype = -2, COMMON_8K });
	trees_check(&mmu, KV_PHYS, 0x40000, true, random_entry, 10, 0x1004, 0xfffff003);
}

static const struct unit_test tests[] = {
	{ "68030, 68851, HP", test_68030 },
	{ "68040, 68060", test_68040 },
	{ "refused", test_refused },
	{ "random trees", test_random },
	{ NULL, NULL },
};

SUITE_OF(mmu_m68k, tests);
