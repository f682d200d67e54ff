/* SPDX-License-Identifier: BSD-2-Clause */
/* 32-bit x86: PAE and 32-bit paging; rows from Intel SDM vol. 3A, 4.3 and 4.4. */
#include "mmu_test.h"

/* ---- PAE: four directories at 0x10000, tables at 0x20000 and 0x21000 -------------- */

static const struct put pae_puts[] = {
	{ KV_PHYS, 0x10000, 8, 0x20001 },			/* PD 0: read-only table */
	{ KV_PHYS, 0x10008, 8, 0xa00083 },			/* 1: 2 MiB */
	{ KV_PHYS, 0x10010, 8, 0xa00082 },			/* 2: not present */
	{ KV_PHYS, 0x10018, 8, 0xa02083 },			/* 3: bit 13 */
	{ KV_PHYS, 0x10020, 8, 0x0000000000a01fe3 },		/* 4: PAT, ignored bits */
	{ KV_PHYS, 0x10028, 8, 0x800fffffffe00083 },		/* 5: NX, largest frame */
	{ KV_PHYS, 0x10030, 8, 0x0010000000a00083 },		/* 6: bit 52 */
	{ KV_PHYS, 0x10038, 8, 0x4000000000020003 },		/* 7: bit 62 of a table */
	{ KV_PHYS, 0x10ff8, 8, 0xc00083 },			/* 511: end of the first GiB */
	{ KV_PHYS, 0x11000, 8, 0xe00083 },			/* 512: the second directory */
	{ KV_PHYS, 0x13000, 8, 0x21003 },			/* 0x600 */
	{ KV_PHYS, 0x13ff8, 8, 0x123000021003 },		/* 0x7ff: table not here */
	{ KV_PHYS, 0x13ff0, 8, 0x8000000000021003 },		/* 0x7fe: NX over a table */
	{ KV_PHYS, 0x20000, 8, 0x7654003 },
	{ KV_PHYS, 0x20008, 8, 0x8000000007655003 },
	{ KV_PHYS, 0x20010, 8, 0x7656fff },			/* all low bits */
	{ KV_PHYS, 0x20ff8, 8, 0x000ffffffffff001 },
	{ KV_PHYS, 0x21800, 8, 0x123456003 },			/* 0x100 */
	{ KV_PHYS, 0x21808, 8, 0x0010000007657003 },
	{ KV_PHYS, 0x21ff8, 8, 0x765f003 },
};

static const struct row pae_rows[] = {
	{ "4K below a read-only PDE", 0x123, KV_OK, 0x7654123, 0, 0xfff, R_X, NULL },
	{ "4K NX", 0x1fff, KV_OK, 0x7655fff, 0x1000, 0x1fff, R__, NULL },
	{ "4K all low bits", 0x2000, KV_OK, 0x7656000, 0x2000, 0x2fff, R_X, NULL },
	{ "PTE zero", 0x3000, KV_EUNMAPPED, 0, 0x3000, 0x3fff, 0,
	    "PT entry 3 (0x0) at 0x20018 is not present" },
	{ "last PTE, largest frame", 0x1fffff, KV_OK, 0xfffffffffffff, 0x1ff000, 0x1fffff, R_X, NULL },
	{ "2M", 0x234567, KV_OK, 0xa34567, 0x200000, 0x3fffff, RWX, NULL },
	{ "2M not present", 0x400000, KV_EUNMAPPED, 0, 0x400000, 0x5fffff, 0,
	    "PD entry 2 (0xa00082) at 0x10010 is not present" },
	{ "2M bit 13", 0x600000, KV_EUNMAPPED, 0, 0x600000, 0x7fffff, 0, "reserved bits 20:13" },
	{ "2M ignored bits", 0x800001, KV_OK, 0xa00001, 0x800000, 0x9fffff, RWX, NULL },
	{ "2M NX, largest frame", 0xbfffff, KV_OK, 0xfffffffffffff, 0xa00000, 0xbfffff, RW_, NULL },
	{ "2M bit 52", 0xc00000, KV_EUNMAPPED, 0, 0xc00000, 0xdfffff, 0, "reserved bits 62:52" },
	{ "table with bit 62", 0xe00000, KV_EUNMAPPED, 0, 0xe00000, 0xffffff, 0,
	    "PD entry 7 (0x4000000000020003) at 0x10038 has reserved bits 62:52 set" },
	{ "end of first directory", 0x3fffffff, KV_OK, 0xdfffff, 0x3fe00000, 0x3fffffff, RWX, NULL },
	{ "second directory", 0x40000000, KV_OK, 0xe00000, 0x40000000, 0x401fffff, RWX, NULL },
	{ "kernel text", 0xc0100000, KV_OK, 0x123456000, 0xc0100000, 0xc0100fff, RWX, NULL },
	{ "PTE bit 52", 0xc0101000, KV_EUNMAPPED, 0, 0xc0101000, 0xc0101fff, 0, "bits 62:52" },
	{ "NX over a table", 0xffdff000, KV_OK, 0x765f000, 0xffdff000, 0xffdfffff, RW_, NULL },
	{ "table not here", 0xffffffff, KV_EABSENT, 0, 0, 0, 0,
	    "PT entry 511 at 0x123000021ff8 cannot be read" },
	{ "above 4 GiB", 0x100000000, KV_EUNMAPPED, 0, 0x100000000, UINT64_MAX, 0, "outside" },
	{ "sign-extended", 0xffffffffc0100000, KV_EUNMAPPED, 0, 0x100000000, UINT64_MAX, 0,
	    "0xffffffffc0100000 is outside of the translated addresses 0x0 to 0xffffffff" },
};

static void
test_pae(void)
{
	struct mem mem = { .big = false };
	struct mmu mmu = mmu_x86_pae;
	mmu.root.addr = 0x10000;
	mem_fill(&mem, pae_puts, COUNT_OF(pae_puts));
	rows_check(&mmu, &mem, pae_rows, COUNT_OF(pae_rows));
	mem_free(&mem);
}

/* ---- 32-bit ----------------------------------------------------------------------- */

static const struct put puts32[] = {
	{ KV_PHYS, 0x10000, 4, 0x20003 },
	{ KV_PHYS, 0x10004, 4, 0x00800083 },	/* 1: 4 MiB */
	{ KV_PHYS, 0x10008, 4, 0x00800081 },	/* 2: read-only */
	{ KV_PHYS, 0x1000c, 4, 0x00a00083 },	/* 3: bit 21 */
	{ KV_PHYS, 0x10010, 4, 0xffdfffe3 },	/* 4: PSE-36, all else set, PAT too */
	{ KV_PHYS, 0x10014, 4, 0x00802083 },	/* 5: PA bit 32 */
	{ KV_PHYS, 0x10018, 4, 0x00800082 },	/* 6 */
	{ KV_PHYS, 0x10c00, 4, 0x20001 },	/* 0x300 */
	{ KV_PHYS, 0x10ffc, 4, 0x20fff & ~0x80u },	/* last: all low bits but PS */
	{ KV_PHYS, 0x20000, 4, 0x00345003 },
	{ KV_PHYS, 0x20004, 4, 0x00346ffd },
	{ KV_PHYS, 0x20008, 4, 0xfffffffe },
	{ KV_PHYS, 0x20400, 4, 0x00400003 },	/* 0x100 */
	{ KV_PHYS, 0x20ffc, 4, 0xfffff003 },
};

static const struct row rows32[] = {
	{ "4K", 0xabc, KV_OK, 0x345abc, 0, 0xfff, RWX, NULL },
	{ "4K all but RW", 0x1000, KV_OK, 0x346000, 0x1000, 0x1fff, R_X, NULL },
	{ "4K all but P", 0x2000, KV_EUNMAPPED, 0, 0x2000, 0x2fff, 0,
	    "PT entry 2 (0xfffffffe) at 0x20008 is not present" },
	{ "4M", 0x7fffff, KV_OK, 0xbfffff, 0x400000, 0x7fffff, RWX, NULL },
	{ "4M read-only", 0x800000, KV_OK, 0x800000, 0x800000, 0xbfffff, R_X, NULL },
	{ "4M bit 21", 0xc00000, KV_EUNMAPPED, 0, 0xc00000, 0xffffff, 0,
	    "PD entry 3 (0xa00083) at 0x1000c is a 4 MiB page with reserved bit 21 set" },
	{ "PSE-36, largest frame", 0x13fffff, KV_OK, 0xffffffffff, 0x1000000, 0x13fffff, RWX, NULL },
	{ "PSE-36, lowest bit", 0x1400000, KV_OK, 0x100800000, 0x1400000, 0x17fffff, RWX, NULL },
	{ "4M not present", 0x1800000, KV_EUNMAPPED, 0, 0x1800000, 0x1bfffff, 0, "not present" },
	{ "kernel text, PDE read-only", 0xc0100010, KV_OK, 0x400010, 0xc0100000, 0xc0100fff, R_X,
	    NULL },
	{ "last byte", 0xffffffff, KV_OK, 0xffffffff, 0xfffff000, 0xffffffff, RWX, NULL },
	{ "above", 0x100000000, KV_EUNMAPPED, 0, 0x100000000, UINT64_MAX, 0, "outside" },
};

static void
test_32bit(void)
{
	struct mem mem = { .big = false };
	struct mmu mmu = mmu_x86_32bit;
	mmu.root.addr = 0x10000;
	mem_fill(&mem, puts32, COUNT_OF(puts32));
	rows_check(&mmu, &mem, rows32, COUNT_OF(rows32));
	mem_free(&mem);
}

static uint64_t
random_entry(const struct mmu *mmu, unsigned level, uint64_t next, uint64_t *rnd)
{
	uint64_t x = unit_random(rnd);
	bool table = mmu->levels[level].table && x % 3 != 0;
	if (table)
		return next | (x >> 8 & 0xe7e) | (x % 8 != 0);
	return (x & (mmu->levels[level].entry_size == 8 ? UINT64_C(0x800fffffffffffff) : 0xffffffff)) |
	    (level == 0 ? 0x80 : 0) | (x >> 60 != 0);
}

static void
test_random(void)
{
	trees_check(&mmu_x86_pae, KV_PHYS, 0x40000, false, random_entry, 20, 0, 0xffffffff);
	trees_check(&mmu_x86_32bit, KV_PHYS, 0x40000, false, random_entry, 20, 0, UINT64_MAX);
}

/*
 * SDM 4.5: bits 51:12 are the address's, 62:52 and 11:8 ignored; of a large page, those below its
 * size are reserved but for PAT (12).  4.4: 62:52 are reserved, and in the pointers nothing is looked
 * at once they are loaded but P and the address.
 */
static void
test_bits(void)
{
#define FRAME	UINT64_C(0x000ffffffffff000)
#define HIGH	UINT64_C(0x7ff0000000000000)
#define PS	UINT64_C(0x80)
	static const struct bits bits[] = {
		{ "4level PML4", &mmu_x86_4level, 0, 64, 0x1234567003, FRAME, 1 | PS, 0 },
		{ "4level PT", &mmu_x86_4level, 3, 64, 0x1234567003, FRAME, 1, 0 },
		{ "4level 1G", &mmu_x86_4level, 1, 64, 0x40000083, FRAME & ~UINT64_C(0x3fffffff),
		    1 | 0x3fffe000, PS },
		{ "4level PD", &mmu_x86_4level, 2, 64, 0x1234567003, FRAME, 1, PS },
		{ "5level PML5", &mmu_x86_5level, 0, 64, 0x1234567003, FRAME, 1 | PS, 0 },
		{ "4level 2M", &mmu_x86_4level, 2, 64, 0x200083 | 1 << 22, FRAME & ~UINT64_C(0x1fffff),
		    1 | 0x1fe000, PS },
		{ "PAE PT", &mmu_x86_pae, 1, 64, 0x1234567003, FRAME, HIGH | 1, 0 },
		{ "PAE 2M", &mmu_x86_pae, 0, 64, 0x600083, FRAME & ~UINT64_C(0x1fffff),
		    HIGH | 1 | 0x1fe000, PS },
		{ "PDPT", &mmu_x86_pdpt, 0, 64, 0x1234567003, FRAME, 1, 0 },
		{ "PDPT's 2M", &mmu_x86_pdpt, 1, 64, 0x600083, FRAME & ~UINT64_C(0x1fffff),
		    HIGH | 1 | 0x1fe000, PS },
		{ "PDPT's PT", &mmu_x86_pdpt, 2, 64, 0x1234567003, FRAME, HIGH | 1, 0 },
		{ "PAE array", &mmu_x86_pae_pte_array, 0, 64, 0x1234567003, FRAME, HIGH | 1, 0 },
		{ "amd64 array", &mmu_x86_pte_array, 0, 64, 0x1234567003, FRAME, 1, 0 },
		{ "32-bit PT", &mmu_x86_32bit, 1, 32, 0x4567003, 0xfffff000, 1, 0 },
		{ "32-bit array", &mmu_x86_32bit_pte_array, 0, 32, 0x4567003, 0xfffff000, 1, 0 },
	};
	for (size_t i = 0; i < COUNT_OF(bits); i++)
		bits_check(&bits[i]);
}

/* Entries that are good ones in the other order of bytes, too: tables the same, the page another. */
static void
test_order(void)
{
	static const struct put puts[] = {
		{ KV_PHYS, 0x10000011000, 8, 0x0310010000011003 },	/* of itself */
		{ KV_PHYS, 0x10000011008, 8, 0x8300000000200083 },
	};
	static const struct row rows[] = {
		{ "order", 0x234567, KV_OK, 0x234567, 0x200000, 0x3fffff, RW_, NULL },
	};
	struct mem mem = { .big = false };
	struct mmu mmu = mmu_x86_4level;
	mmu.root = (struct kv_loc){ .addr = 0x10000011000, .space = KV_PHYS };
	mem_fill(&mem, puts, COUNT_OF(puts));
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	mem_free(&mem);
}

static const struct unit_test tests[] = {
	{ "order of bytes", test_order },
	{ "bits", test_bits },
	{ "PAE", test_pae },
	{ "32-bit", test_32bit },
	{ "random trees", test_random },
	{ NULL, NULL },
};

SUITE_OF(mmu_x86, tests);
