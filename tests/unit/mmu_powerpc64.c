/* SPDX-License-Identifier: BSD-2-Clause */
/* 64-bit PowerPC: rows from the Power ISA, Book III-S, 4.7. */
#include "mmu_test.h"

/* The table is at 0x200000, of 2048 PTEGs; VSID 0x4123456 in segment 13. */
#define SDR1	0x200000

struct pte {
	uint64_t at, first, second;
};

static const struct pte ptes[] = {
	/* Page 0x12: hash 0x4123444, PTEG 0x444; secondary PTEG 0x3bb. */
	{ 0x222200, 0x4123456003, 0xbad002 },		/* H */
	{ 0x222210, 0x4123456000, 0xbad002 },		/* not valid */
	{ 0x222220, 0x4123457001, 0xbad002 },		/* another VSID */
	{ 0x222230, 0x14123456001, 0xbad002 },		/* a bit above the VSID */
	{ 0x222240, 0x4123456081, 0xbad002 },		/* API 1 */
	{ 0x222250, 0x4123456005, 0xbad002 },		/* L */
	{ 0x222260, 0x4123456079, 0xfffffffffffff1f2 },	/* software bits; all but N, G, PP 2 */
	{ 0x222270, 0x4123456001, 0xbad002 },
	/* Page 0xfc01: API 0x1f, hash 0x412c857, PTEG 0x57; 0x857 with 4096 PTEGs. */
	{ 0x202bf0, 0x4123456f81, 0x346003 },
	{ 0x242bf0, 0x4123456f81, 0x347002 },
	/* Page 0x13: hash 0x4123445, secondary PTEG 0x3ba. */
	{ 0x21dd00, 0x4123456001, 0xbad002 },		/* H clear */
	{ 0x21dd30, 0x4123456003, 0x348006 },		/* N */
	/* Segment 14: VSID 1, 16 MiB.  Page 3 has hash 2, page 0 hash 1, page 15 hash 14. */
	{ 0x200100, 0x1301, 0x0bad000002 },		/* L clear */
	{ 0x200110, 0x1305, 0x7080002 },		/* a frame with low bits */
	{ 0x200120, 0x1305, 0x7000002 },
	{ 0x200080, 0x1005, 0x3fffffffff000002 },
	{ 0x200700, 0x1f85, 0x8000002 },		/* the AVPN's last bit set */
	/* Segment 15: VSID 2 with Ks and N; pages 0 and 1 have hash 2 and 3. */
	{ 0x200130, 0x2001, 0x500000 },
	{ 0x200180, 0x2001, 0x501001 },
	/* Segment 0: VSID 0. */
	{ 0x200000, 0x1, 0x600008 | 2 },		/* G */
};

static const struct row rows64[] = {
	{ "guarded", 4, KV_OK, 0x600004, 0, 0xfff, RW_, NULL },
	{ "neither", 0x1000, KV_EUNMAPPED, 0, 0x1000, 0x1fff, 0,
	    "0x1000: neither PTEG has a PTE for VSID 0x0, page 0x1" },
	{ "direct store", 0xc1234567, KV_EUNMAPPED, 0, 0xc0000000, 0xcfffffff, 0,
	    "segment register 12 (0x80000000) is a direct-store segment" },
	{ "primary, 7th, largest", 0xd0012345, KV_OK, 0x3ffffffffffff345, 0xd0012000, 0xd0012fff, RWX,
	    NULL },
	{ "primary, last of 8, API", 0xdfc01fff, KV_OK, 0x346fff, 0xdfc01000, 0xdfc01fff, R_X, NULL },
	{ "secondary, N", 0xd0013000, KV_OK, 0x348000, 0xd0013000, 0xd0013fff, RW_, NULL },
	{ "same PTEG, API 2", 0xd1012000, KV_EUNMAPPED, 0, 0xd1012000, 0xd1012fff, 0, "page 0x1012" },
	{ "16M", 0xe3456789, KV_OK, 0x7456789, 0xe3000000, 0xe3ffffff, RWX, NULL },
	{ "16M, largest", 0xe0ffffff, KV_OK, 0x3fffffffffffffff, 0xe0000000, 0xe0ffffff, RWX, NULL },
	{ "16M, last bit of AVPN", 0xef000000, KV_OK, 0x8000000, 0xef000000, 0xefffffff, RWX, NULL },
	{ "16M, none", 0xe1000000, KV_EUNMAPPED, 0, 0xe1000000, 0xe1ffffff, 0, "VSID 0x1" },
	{ "Ks, PP 0", 0xf0000000, KV_OK, 0x500000, 0xf0000000, 0xf0000fff, NONE, NULL },
	{ "Ks, PP 1, segment's N", 0xf0001000, KV_OK, 0x501000, 0xf0001000, 0xf0001fff, R__, NULL },
	{ "above", 0x100000000, KV_EUNMAPPED, 0, 0x100000000, UINT64_MAX, 0,
	    "segment registers cover 0x0 to 0xffffffff only" },
};

/* As dumps have them, in 64 bits: the upper half says nothing. */
static const uint64_t sr64[16] = { [12] = 0x80000000, [13] = 0xffffffff04123456, [14] = 0x08000001,
	[15] = 0x50000002 };

static void
test_rows(void)
{
	struct mem mem = { .big = true };
	uint64_t rnd = 21;
	for (size_t i = 0; i < COUNT_OF(ptes); i++) {
		mem_put(&mem, KV_PHYS, ptes[i].at, 8, ptes[i].first);
		mem_put(&mem, KV_PHYS, ptes[i].at + 8, 8, ptes[i].second);
	}
	/* The rest of the table is there, too. */
	for (uint64_t at = 0x200000; at < 0x240000; at += 0x10000)
		(void)mem_make(&mem, (struct kv_loc){ .addr = at, .space = KV_PHYS });
	struct mmu mmu = mmu_powerpc64_oea64(SDR1, sr64);
	rows_check(&mmu, &mem, rows64, COUNT_OF(rows64));
	CHECK_EQ("each", "runs", agree_all(&mmu, &mem, 0xd0000000, 0xdfffffff, &rnd, 300), 6);
	CHECK_EQ("each, to the end", "runs", agree_all(&mmu, &mem, 0xffff0000, UINT64_MAX, &rnd, 20), 0);
	CHECK_EQ("each, 16M", "runs", agree_all(&mmu, &mem, 0xe0000004, 0xefffffff, &rnd, 300), 3);

	/* 4096 PTEGs, of which a part is absent; HTABSIZE past its end. */
	static const struct row rows_size[] = {
		{ "12 bits of hash", 0xdfc01000, KV_OK, 0x347000, 0xdfc01000, 0xdfc01fff, RWX, NULL },
		{ "secondary absent", 0xd0014000, KV_EABSENT, 0, 0, 0, 0,
		    "secondary PTEG at 0x25de80 cannot be read" },
	};
	/* SDR1 4:45, whatever stands beside it. */
	mmu = mmu_powerpc64_oea64(UINT64_MAX, sr64);
	CHECK_EQ("all of SDR1", "root", mmu.root.addr, UINT64_C(0x0ffffffffffc0000));
	mmu = mmu_powerpc64_oea64(SDR1 | 1, sr64);
	rows_check(&mmu, &mem, rows_size, COUNT_OF(rows_size));
	(void)agree_all(&mmu, &mem, 0xd0010000, 0xd001ffff, &rnd, 50);
	mmu = mmu_powerpc64_oea64(SDR1 | 31, sr64);
	struct kv_run run;
	const struct mmu_src src = { mem_read, &mem };
	CHECK_EQ("HTABSIZE 31", "status", mmu_walk(&mmu, &src, 0xd0014000, &run, NULL, NULL, NULL),
	    KV_EABSENT);
	mem_free(&mem);
}

static void
step_keep(void *arg, const struct mmu_step *step)
{
	*(struct mmu_step *)arg = *step;
}

/* What the last group visited shows: the entry found, or the first one of the group. */
static void
test_steps(void)
{
	static const struct {
		vaddr_t va;
		uint64_t at, raw;
		enum mmu_kind kind;
		paddr_t next;
	} rows[] = {
		{ 0xd0012345, 0x222260, 0x4123456079, MMU_LEAF, 0x3ffffffffffff000 },
		{ 0xd0013000, 0x21dd30, 0x4123456003, MMU_LEAF, 0x348000 },
		{ 0xe1000000, 0x23ff80, 0x2187, MMU_INVALID, 0 },	/* hash 0: the complement's group */
	};
	struct mem mem = { .big = true };
	const struct mmu_src src = { mem_read, &mem };
	for (uint64_t at = 0x200000; at < 0x240000; at += 0x10000)
		(void)mem_make(&mem, (struct kv_loc){ .addr = at, .space = KV_PHYS });
	for (size_t i = 0; i < COUNT_OF(ptes); i++) {
		mem_put(&mem, KV_PHYS, ptes[i].at, 8, ptes[i].first);
		mem_put(&mem, KV_PHYS, ptes[i].at + 8, 8, ptes[i].second);
	}
	mem_put(&mem, KV_PHYS, 0x23ff80, 8, 0x2187);	/* L and H, of VSID 2 */
	const struct mmu mmu = mmu_powerpc64_oea64(SDR1, sr64);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct mmu_step last = { .name = NULL };
		struct kv_run run;
		(void)mmu_walk(&mmu, &src, rows[i].va, &run, step_keep, &last, NULL);
		CHECK_EQ("step", "entry", last.entry.addr, rows[i].at);
		CHECK_EQ("step", "index", last.index, (rows[i].at - SDR1) / 16);
		CHECK_EQ("step", "size", last.size, 16);
		CHECK_EQ("step", "raw", last.raw, rows[i].raw);
		CHECK_EQ("step", "kind", last.kind, rows[i].kind);
		CHECK_EQ("step", "next", last.next.addr, rows[i].next);
	}
	mem_free(&mem);
}

/* Power ISA 3.0B, 5.7.10: radix trees of 13, 9, 9, 9 bits; bit 0 is V, bit 1 is L, of a leaf. */
#define RADIX_V	(UINT64_C(1) << 63)
#define RADIX_L	(UINT64_C(3) << 62)	/* and V */

static void
test_radix(void)
{
	static const struct put puts[] = {
		{ KV_PHYS, 0x10000, 8, RADIX_V | 0x20009 },
		{ KV_PHYS, 0x10008, 8, RADIX_L | UINT64_C(0x8000000007) },	/* 512 GiB */
		{ KV_PHYS, 0x1fff8, 8, RADIX_V | 0x20009 },			/* the last of 8192 */
		{ KV_PHYS, 0x20000, 8, RADIX_V | 0x21009 },
		{ KV_PHYS, 0x20008, 8, RADIX_L | UINT64_C(0x40000006) },	/* 1 GiB, no execute */
		{ KV_PHYS, 0x20010, 8, UINT64_C(0x4000000040000007) },		/* L without V */
		{ KV_PHYS, 0x21000, 8, RADIX_V | 0x22009 },
		{ KV_PHYS, 0x21008, 8, RADIX_L | 0x600005 },			/* 2 MiB, read-only */
		{ KV_PHYS, 0x22000, 8, RADIX_L | 0x345007 },
		{ KV_PHYS, 0x22008, 8, RADIX_V | 0x23009 },			/* a table of level 5 */
		/* The lowest and the highest bit of a table's address, and reserved ones above it. */
		{ KV_PHYS, 0x20018, 8, RADIX_V | 0x24109 },
		{ KV_PHYS, 0x24100, 8, RADIX_L | 0x800005 },
		{ KV_PHYS, 0x20020, 8, RADIX_V | UINT64_C(0x3f80000000025009) },
		{ KV_PHYS, UINT64_C(0x80000000025000), 8, RADIX_L | UINT64_C(0x3f80000000a00005) },
	};
	static const struct row rows[] = {
		{ "4K", 0xfff, KV_OK, 0x345fff, 0, 0xfff, RWX, NULL },
		{ "table below the last", 0x1000, KV_EUNMAPPED, 0, 0x1000, 0x1fff, 0,
		    "L4 entry 1 (0x8000000000023009) at 0x22008 points to another table" },
		{ "not valid", 0x2000, KV_EUNMAPPED, 0, 0x2000, 0x2fff, 0, "is not valid" },
		{ "2M", 0x2abcde, KV_OK, 0x6abcde, 0x200000, 0x3fffff, R_X, NULL },
		{ "1G", 0x7fffffff, KV_OK, 0x7fffffff, 0x40000000, 0x7fffffff, RW_, NULL },
		{ "a table of 256 bytes' alignment", 0xc0000123, KV_OK, 0x800123, 0xc0000000, 0xc01fffff, R_X,
		    NULL },
		{ "the highest addresses", UINT64_C(0x100000123), KV_OK, UINT64_C(0x80000000a00123),
		    UINT64_C(0x100000000), UINT64_C(0x1001fffff), R_X, NULL },
		{ "L alone", 0x80000000, KV_EUNMAPPED, 0, 0x80000000, 0xbfffffff, 0, "is not valid" },
		{ "512G", UINT64_C(0x8000000123), KV_EUNMAPPED, 0, UINT64_C(0x8000000000),
		    UINT64_C(0xffffffffff), 0, "L1 entry 1 (0xc000008000000007) at 0x10008 is a leaf" },
		{ "last of 52 bits", UINT64_C(0xfff8000000123), KV_OK, 0x345123, UINT64_C(0xfff8000000000),
		    UINT64_C(0xfff8000000fff), RWX, NULL },
	};
	struct mem mem = { .big = true };
	struct mmu mmu = mmu_powerpc64_radix;
	mmu.root.addr = 0x10000;
	mem_fill(&mem, puts, COUNT_OF(puts));
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	mem_free(&mem);
}

static const struct unit_test tests[] = {
	{ "radix tree", test_radix },
	{ "steps", test_steps },
	{ "rows", test_rows },
	{ NULL, NULL },
};

SUITE_OF(mmu_powerpc64, tests);
