/* SPDX-License-Identifier: BSD-2-Clause */
/* AArch64: rows from the Arm ARM, D8.2 to D8.4. */
#include "mmu_test.h"

#define TG1(v)	((uint64_t)(v) << 30)
#define T1SZ(v)	((uint64_t)(v) << 16)
#define IPS52	(UINT64_C(6) << 32)
#define HPD1	(UINT64_C(1) << 42)
#define DS	(UINT64_C(1) << 59)
#define PXN	(UINT64_C(1) << 53)
#define RO	UINT64_C(0x80)
#define EL0	UINT64_C(0x40)
#define SOFT	UINT64_C(0x0740000000000f3c)	/* attributes, AF, SH, nG, UXN, software */
enum { BLOCK = 1, TABLE = 3, PAGE = 3 };

/* ---- TCR and TTBR1 ---------------------------------------------------------------- */

static const struct {
	const char *name;
	uint64_t tcr, ttbr1;
	enum kv_status st;
	const char *text;	/* KV_OK: regime */
	unsigned nlevels, top_bits, top_shift;
	uint64_t root;
} inits[] = {
	{ "4K, 48", TG1(2) | T1SZ(16), 0x80001000, KV_OK, "4k", 4, 9, 39, 0x80001000 },
	{ "ASID and CnP", TG1(2) | T1SZ(16), 0xffff000080001fff, KV_OK, "4k", 4, 9, 39, 0x80001000 },
	{ "4K, 39", TG1(2) | T1SZ(25), 0x80001000, KV_OK, "4k", 3, 9, 30, 0x80001000 },
	{ "4K, 40: 2 entries", TG1(2) | T1SZ(24), 0x80001fff, KV_OK, "4k", 4, 1, 39, 0x80001ff0 },
	{ "4K, 25", TG1(2) | T1SZ(39), 0x800010ff, KV_OK, "4k", 2, 4, 21, 0x80001080 },
	{ "4K, 16", TG1(2) | T1SZ(48), 0x800010ff, KV_OK, "4k", 1, 4, 12, 0x80001080 },
	{ "4K, T1SZ 49", TG1(2) | T1SZ(49), 0, KV_EFORMAT, "T1SZ (bits 21:16) is 49, wanted 16 to 48",
	    0, 0, 0, 0 },
	{ "4K, T1SZ 15", TG1(2) | T1SZ(15), 0, KV_EFORMAT, "is 15, wanted 16 to 48 with granules of 4",
	    0, 0, 0, 0 },
	{ "4K, 52", TG1(2) | T1SZ(12) | DS | IPS52, 0x8000103c, KV_OK, "4k", 5, 4, 48,
	    0xf000080001000 },
	{ "16K, 47", TG1(1) | T1SZ(17), 0x80004000, KV_OK, "16k", 3, 11, 36, 0x80004000 },
	{ "16K, 48", TG1(1) | T1SZ(16), 0x8000401f, KV_OK, "16k", 4, 1, 47, 0x80004010 },
	{ "16K, 36", TG1(1) | T1SZ(28), 0x80007fff, KV_OK, "16k", 2, 11, 25, 0x80004000 },
	{ "64K, 48", TG1(3) | T1SZ(16), 0x800103ff, KV_OK, "64k", 3, 6, 42, 0x80010200 },
	{ "64K, 42", TG1(3) | T1SZ(22), 0x8001ffff, KV_OK, "64k", 2, 13, 29, 0x80010000 },
	{ "64K, 52", TG1(3) | T1SZ(12) | IPS52, 0x80010000 | 0x14, KV_OK, "64k", 3, 10, 42,
	    0x5000080010000 },
	{ "64K, 48, IPS 52", TG1(3) | T1SZ(16) | IPS52, 0x8000800103fc, KV_OK, "64k", 3, 6, 42,
	    0xf800080010200 },
	{ "64K, 43, IPS 52: 64 bytes", TG1(3) | T1SZ(21) | IPS52, 0x8001007e, KV_OK, "64k", 3, 1, 42,
	    0xf000080010040 },
	{ "64K, 44, IPS 52: 64 bytes", TG1(3) | T1SZ(20) | IPS52, 0x8001007e, KV_OK, "64k", 3, 2, 42,
	    0xf000080010040 },
	{ "4K, 48, IPS 52 without DS", TG1(2) | T1SZ(16) | IPS52, 0x8000103c, KV_OK, "4k", 4, 9, 39,
	    0x80001000 },
	{ "4K, 48, DS without IPS 52", TG1(2) | T1SZ(16) | DS, 0x8000103c, KV_OK, "4k", 4, 9, 39,
	    0x80001000 },
	{ "64K, 12 without IPS", TG1(3) | T1SZ(12), 0x8001003c, KV_OK, "64k", 3, 10, 42, 0x80010000 },
	{ "64K, T1SZ 48", TG1(3) | T1SZ(48), 0, KV_EFORMAT, "is 48, wanted 12 to 47", 0, 0, 0, 0 },
	{ "64K, T1SZ 11", TG1(3) | T1SZ(11), 0, KV_EFORMAT, "is 11, wanted 12 to 47", 0, 0, 0, 0 },
	{ "no granule", T1SZ(16), 0, KV_EFORMAT, "granule TG1 (bits 31:30) is 0", 0, 0, 0, 0 },
	{ "T0SZ and TG0 say nothing", TG1(2) | T1SZ(16) | 0xffff, 0x1000, KV_OK, "4k", 4, 9, 39,
	    0x1000 },
};

static void
test_init(void)
{
	for (size_t i = 0; i < COUNT_OF(inits); i++) {
		struct mmu mmu;
		struct kv_err err = { .text = "" };
		CHECK_EQ(inits[i].name, "status",
		    mmu_aarch64_init(&mmu, inits[i].tcr, inits[i].ttbr1, false, &err), inits[i].st);
		if (inits[i].st != KV_OK) {
			CHECK_TEXT(inits[i].name, err.text, inits[i].text);
			continue;
		}
		CHECK_TEXT(inits[i].name, mmu.regime, inits[i].text);
		CHECK_EQ(inits[i].name, "levels", mmu.nlevels, inits[i].nlevels);
		CHECK_EQ(inits[i].name, "top bits", mmu.levels[0].bits, inits[i].top_bits);
		CHECK_EQ(inits[i].name, "top shift", mmu.levels[0].shift, inits[i].top_shift);
		CHECK_EQ(inits[i].name, "root", mmu.root.addr, inits[i].root);
	}
}

/* ---- Walks ------------------------------------------------------------------------ */

#define BASE	UINT64_C(0xffff000000000000)
#define GIB	UINT64_C(0x40000000)

/* L0 at 0x10000, L1 at 0x20000, L2 at 0x30000, L3 at 0x40000. */
static const struct put puts4k[] = {
	{ KV_PHYS, 0x10000, 8, 0x20000 | TABLE },
	{ KV_PHYS, 0x10008, 8, 0x20000 | BLOCK },
	{ KV_PHYS, 0x10010, 8, 0x20000 | 2 },
	{ KV_PHYS, 0x10018, 8, UINT64_C(0xff80000000020ffc) | TABLE },	/* all but address */
	{ KV_PHYS, 0x10020, 8, UINT64_C(0x4000000000020000) | TABLE },	/* APTable[1] */
	{ KV_PHYS, 0x10028, 8, UINT64_C(0x0800000000020000) | TABLE },	/* PXNTable */
	{ KV_PHYS, 0x10c00, 8, 0x20000 | TABLE },				/* 384 */
	{ KV_PHYS, 0x10ff8, 8, 0x123456789000 | TABLE },
	{ KV_PHYS, 0x20000, 8, 0x30000 | TABLE },
	{ KV_PHYS, 0x20008, 8, 0xc0000000 | BLOCK },
	{ KV_PHYS, 0x20010, 8, 0xfffffffff000 | RO | BLOCK },		/* RES0 bits set */
	{ KV_PHYS, 0x20018, 8, 0xc0000000 },
	{ KV_PHYS, 0x20ff8, 8, 0xffff00000000 | PXN | SOFT | BLOCK },
	{ KV_PHYS, 0x30000, 8, 0x40000 | TABLE },
	{ KV_PHYS, 0x30008, 8, 0x80200000 | BLOCK },
	{ KV_PHYS, 0x30010, 8, 0x803ff000 | SOFT | BLOCK },
	{ KV_PHYS, 0x30018, 8, 0x80400000 | 2 },
	{ KV_PHYS, 0x30ff8, 8, 0x40000 | TABLE },
	{ KV_PHYS, 0x40000, 8, 0x77000 | PAGE },
	{ KV_PHYS, 0x40008, 8, 0x78000 | RO | PXN | PAGE },
	{ KV_PHYS, 0x40010, 8, 0x79000 | BLOCK },
	{ KV_PHYS, 0x40018, 8, 0x7a000 | 2 },
	{ KV_PHYS, 0x40020, 8, 0xfffffffff000 | SOFT | PAGE },
	{ KV_PHYS, 0x40028, 8, 0x7b000 | EL0 | PAGE },
	{ KV_PHYS, 0x40030, 8, 0x7c000 | EL0 | RO | PAGE },
	{ KV_PHYS, 0x40038, 8, UINT64_C(0x000f00000007d000) | PAGE },	/* bits 51:48 are RES0 */
	{ KV_PHYS, 0x40ff8, 8, 0x7f000 | PAGE },
};

static const struct row rows4k[] = {
	{ "4K", BASE + 0x123, KV_OK, 0x77123, BASE, BASE + 0xfff, RWX, NULL },
	{ "4K RO PXN", BASE + 0x1fff, KV_OK, 0x78fff, BASE + 0x1000, BASE + 0x1fff, R__, NULL },
	{ "block at L3", BASE + 0x2000, KV_EUNMAPPED, 0, BASE + 0x2000, BASE + 0x2fff, 0,
	    "L3 entry 2 (0x79001) at 0x40010 is a block descriptor, reserved at the last level" },
	{ "bit 0 clear at L3", BASE + 0x3000, KV_EUNMAPPED, 0, BASE + 0x3000, BASE + 0x3fff, 0,
	    "is not valid" },
	{ "4K largest, all attributes", BASE + 0x4fff, KV_OK, 0xffffffffffff, BASE + 0x4000,
	    BASE + 0x4fff, RWX, NULL },
	{ "EL0 may write", BASE + 0x5000, KV_OK, 0x7b000, BASE + 0x5000, BASE + 0x5fff, RW_, NULL },
	{ "EL0 may read", BASE + 0x6000, KV_OK, 0x7c000, BASE + 0x6000, BASE + 0x6fff, R_X, NULL },
	{ "bits 51:48", BASE + 0x7000, KV_OK, 0x7d000, BASE + 0x7000, BASE + 0x7fff, RWX, NULL },
	{ "L3 last", BASE + 0x1fffff, KV_OK, 0x7ffff, BASE + 0x1ff000, BASE + 0x1fffff, RWX, NULL },
	{ "2M", BASE + 0x3fffff, KV_OK, 0x803fffff, BASE + 0x200000, BASE + 0x3fffff, RWX, NULL },
	{ "2M, RES0 set", BASE + 0x400000, KV_OK, 0x80200000, BASE + 0x400000, BASE + 0x5fffff, RWX,
	    NULL },
	{ "2M not valid", BASE + 0x600000, KV_EUNMAPPED, 0, BASE + 0x600000, BASE + 0x7fffff, 0,
	    "L2 entry 3 (0x80400002) at 0x30018 is not valid" },
	{ "L2 last", BASE + GIB - 1, KV_OK, 0x7ffff, BASE + GIB - 0x1000, BASE + GIB - 1, RWX, NULL },
	{ "1G", BASE + GIB + 7, KV_OK, 0xc0000007, BASE + GIB, BASE + 2 * GIB - 1, RWX, NULL },
	{ "1G RO, largest", BASE + 3 * GIB - 1, KV_OK, 0xffffffffffff, BASE + 2 * GIB,
	    BASE + 3 * GIB - 1, R_X, NULL },
	{ "1G not valid", BASE + 3 * GIB, KV_EUNMAPPED, 0, BASE + 3 * GIB, BASE + 4 * GIB - 1, 0,
	    "L1 entry 3" },
	{ "L1 last", BASE + 512 * GIB - 1, KV_OK, 0xffff3fffffff, BASE + 511 * GIB,
	    BASE + 512 * GIB - 1, RW_, NULL },
	{ "block at L0", BASE + 512 * GIB, KV_EUNMAPPED, 0, BASE + 512 * GIB, BASE + 1024 * GIB - 1, 0,
	    "L0 entry 1 (0x20001) at 0x10008 is a block descriptor, reserved at this level" },
	{ "bit 0 clear at L0", BASE + 1024 * GIB, KV_EUNMAPPED, 0, BASE + 1024 * GIB,
	    BASE + 1536 * GIB - 1, 0, "is not valid" },
	{ "table, all attributes", BASE + 1536 * GIB, KV_OK, 0x77000, BASE + 1536 * GIB,
	    BASE + 1536 * GIB + 0xfff, R__, NULL },
	{ "APTable", BASE + 2048 * GIB, KV_OK, 0x77000, BASE + 2048 * GIB, BASE + 2048 * GIB + 0xfff,
	    R_X, NULL },
	{ "PXNTable", BASE + 2560 * GIB, KV_OK, 0x77000, BASE + 2560 * GIB, BASE + 2560 * GIB + 0xfff,
	    RW_, NULL },
	{ "kernel", 0xffffc00000001000, KV_OK, 0x78000, 0xffffc00000001000, 0xffffc00000001fff, R__,
	    NULL },
	{ "table absent", UINT64_MAX, KV_EABSENT, 0, 0, 0, 0, "L1 entry 511 at 0x123456789ff8 cannot" },
	{ "TTBR0's half", 0, KV_EUNMAPPED, 0, 0, BASE - 1, 0,
	    "0x0 is outside of the translated addresses 0xffff000000000000 to 0xffffffffffffffff" },
	{ "below", BASE - 1, KV_EUNMAPPED, 0, 0, BASE - 1, 0, "outside" },
};

static struct mmu
aarch64(uint64_t tcr, uint64_t ttbr1, bool big)
{
	struct mmu mmu;
	if (mmu_aarch64_init(&mmu, tcr, ttbr1, big, NULL) != KV_OK)
		abort();
	return mmu;
}

static void
test_4k(void)
{
	for (int big = 0; big <= 1; big++) {
		struct mem mem = { .big = big };
		struct mmu mmu = aarch64(TG1(2) | T1SZ(16), 0x10001, big);
		mem_fill(&mem, puts4k, COUNT_OF(puts4k));
		rows_check(&mmu, &mem, rows4k, COUNT_OF(rows4k));

		static const struct row hpd[] = {
			{ "APTable off", BASE + 2048 * GIB, KV_OK, 0x77000, BASE + 2048 * GIB,
			    BASE + 2048 * GIB + 0xfff, RWX, NULL },
			{ "PXNTable off", BASE + 2560 * GIB, KV_OK, 0x77000, BASE + 2560 * GIB,
			    BASE + 2560 * GIB + 0xfff, RWX, NULL },
		};
		mmu = aarch64(TG1(2) | T1SZ(16) | HPD1, 0x10001, big);
		rows_check(&mmu, &mem, hpd, COUNT_OF(hpd));

		/* From level 1, and 25 bits from level 2. */
		static const struct row short_rows[] = {
			{ "39 bits", 0xffffff8000200123, KV_OK, 0x80200123, 0xffffff8000200000,
			    0xffffff80003fffff, RWX, NULL },
			{ "39 bits, below", 0xffffff7fffffffff, KV_EUNMAPPED, 0, 0, 0xffffff7fffffffff, 0,
			    "outside" },
		};
		mmu = aarch64(TG1(2) | T1SZ(25), 0x20000, big);
		rows_check(&mmu, &mem, short_rows, COUNT_OF(short_rows));
		mem_free(&mem);
	}
}

static void
test_16k(void)
{
	static const struct put puts[] = {
		{ KV_PHYS, 0x10000, 8, 0x20000 | TABLE },
		{ KV_PHYS, 0x10008, 8, 0x30000 | BLOCK },
		{ KV_PHYS, 0x13ff8, 8, 0x20000 | TABLE },
		{ KV_PHYS, 0x20000, 8, 0x30000 | TABLE },
		{ KV_PHYS, 0x20008, 8, 0x82ffc000 | BLOCK },
		{ KV_PHYS, 0x23ff8, 8, 0x30000 | TABLE },
		{ KV_PHYS, 0x30000, 8, 0xfffffffff000 | PAGE },
		{ KV_PHYS, 0x30008, 8, 0x8000 | BLOCK },
		{ KV_PHYS, 0x33ff8, 8, 0x8000 | PAGE },
	};
	static const vaddr_t base = UINT64_C(0xffff800000000000);
	const struct row rows[] = {
		{ "16K, largest", base + 0x3fff, KV_OK, 0xffffffffffff, base, base + 0x3fff, RWX, NULL },
		{ "block at L3", base + 0x4000, KV_EUNMAPPED, 0, base + 0x4000, base + 0x7fff, 0,
		    "last level" },
		{ "32M", base + 0x3ffffff, KV_OK, 0x83ffffff, base + 0x2000000, base + 0x3ffffff, RWX,
		    NULL },
		{ "block at L1", base + 0x1000000000, KV_EUNMAPPED, 0, base + 0x1000000000,
		    base + 0x1fffffffff, 0, "L1 entry 1 (0x30001) at 0x10008 is a block descriptor, res" },
		{ "last byte", UINT64_MAX, KV_OK, 0xbfff, ~UINT64_C(0x3fff), UINT64_MAX, RWX, NULL },
	};
	struct mem mem = { .big = false };
	mem_fill(&mem, puts, COUNT_OF(puts));
	const struct mmu mmu = aarch64(TG1(1) | T1SZ(17), 0x10000, false);
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));

	/* LPA2: 64 GiB blocks, address bits 51:50 in 9:8, which are not attributes then. */
	const struct row lpa2_rows[] = {
		{ "64G", base + 0x1000000010, KV_OK, 0x10, base + 0x1000000000, base + 0x1fffffffff, RWX,
		    NULL },
		{ "bits 51:48", base + 0x4000, KV_OK, 0xf000000008000, base + 0x4000, base + 0x7fff, RWX,
		    NULL },
	};
	mem_put(&mem, KV_PHYS, 0x30008, 8, UINT64_C(0x0003000000008300) | PAGE);
	const struct mmu lpa2 = aarch64(TG1(1) | T1SZ(17) | DS, 0x10000, false);
	rows_check(&lpa2, &mem, lpa2_rows, COUNT_OF(lpa2_rows));
	mem_free(&mem);
}

static void
test_64k(void)
{
	static const struct put puts[] = {
		{ KV_PHYS, 0x10000, 8, 0x20000 | TABLE },
		{ KV_PHYS, 0x10008, 8, 0x40000000000 | BLOCK },
		{ KV_PHYS, 0x101f8, 8, 0x20000 | TABLE },	/* 63: the last of 48 bits */
		{ KV_PHYS, 0x20000, 8, 0x30000 | TABLE },
		{ KV_PHYS, 0x20008, 8, 0xa0000000 | BLOCK },
		{ KV_PHYS, 0x2fff8, 8, 0x30000 | TABLE },
		{ KV_PHYS, 0x30000, 8, 0xffffffff0000 | PAGE },
		{ KV_PHYS, 0x30008, 8, 0x00008000a000 | PAGE },	/* bits 15:12 */
		{ KV_PHYS, 0x30010, 8, 0x40000 | BLOCK },
		{ KV_PHYS, 0x3fff8, 8, 0x50000 | PAGE },
	};
	const struct row rows[] = {
		{ "64K, largest", BASE + 0xffff, KV_OK, 0xffffffffffff, BASE, BASE + 0xffff, RWX, NULL },
		{ "bits 15:12 are RES0", BASE + 0x10004, KV_OK, 0x80000004, BASE + 0x10000,
		    BASE + 0x1ffff, RWX, NULL },
		{ "block at L3", BASE + 0x20000, KV_EUNMAPPED, 0, BASE + 0x20000, BASE + 0x2ffff, 0,
		    "last level" },
		{ "512M", BASE + 0x3fffffff, KV_OK, 0xbfffffff, BASE + 0x20000000, BASE + 0x3fffffff,
		    RWX, NULL },
		{ "block at L1", BASE + 0x40000000000, KV_EUNMAPPED, 0, BASE + 0x40000000000,
		    BASE + 0x7ffffffffff, 0, "reserved at this level" },
		{ "last byte", UINT64_MAX, KV_OK, 0x5ffff, ~UINT64_C(0xffff), UINT64_MAX, RWX, NULL },
	};
	struct mem mem = { .big = false };
	mem_fill(&mem, puts, COUNT_OF(puts));
	const struct mmu mmu = aarch64(TG1(3) | T1SZ(16), 0x10000, false);
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));

	/* 52 bits: bits 51:48 from 15:12, and 4 TiB blocks. */
	static const vaddr_t base = UINT64_C(0xfff0000000000000);
	const struct row lpa_rows[] = {
		{ "bits 51:48", base + 0x10004, KV_OK, 0xa000080000004, base + 0x10000, base + 0x1ffff,
		    RWX, NULL },
		{ "4T", base + 0x40000000005, KV_OK, 0x40000000005, base + 0x40000000000,
		    base + 0x7ffffffffff, RWX, NULL },
		{ "below", base - 1, KV_EUNMAPPED, 0, 0, base - 1, 0, "outside" },
	};
	const struct mmu lpa = aarch64(TG1(3) | T1SZ(12) | IPS52, 0x10000, false);
	rows_check(&lpa, &mem, lpa_rows, COUNT_OF(lpa_rows));
	mem_free(&mem);
}

/* Five levels: 512 GiB blocks and level -1. */
static void
test_4k_52(void)
{
	static const struct put puts[] = {
		{ KV_PHYS, 0x10000, 8, 0x20000 | TABLE },
		{ KV_PHYS, 0x10008, 8, 0x20000 | BLOCK },
		{ KV_PHYS, 0x20008, 8, 0x8000000000 | BLOCK },
	};
	static const vaddr_t base = UINT64_C(0xfff0000000000000);
	const struct row rows[] = {
		{ "512G", base + 0x8000000001, KV_OK, 0x8000000001, base + 0x8000000000,
		    base + 0xffffffffff, RWX, NULL },
		{ "block at L-1", base + 0x1000000000000, KV_EUNMAPPED, 0, base + 0x1000000000000,
		    base + 0x1ffffffffffff, 0, "L-1 entry 1 (0x20001) at 0x10008 is a block descriptor" },
	};
	struct mem mem = { .big = false };
	mem_fill(&mem, puts, COUNT_OF(puts));
	const struct mmu mmu = aarch64(TG1(2) | T1SZ(12) | DS | IPS52, 0x10000, false);
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	mem_free(&mem);
}

static uint64_t
random_entry(const struct mmu *mmu, unsigned level, uint64_t next, uint64_t *rnd)
{
	uint64_t x = unit_random(rnd);
	if (mmu->levels[level].table && x >> 62 != 0)
		return next | (x & UINT64_C(0xf800000000000000)) | TABLE;
	if (x >> 59 == 0)
		return x;
	return (x & ~UINT64_C(3)) | (level == mmu->nlevels - 1u ? (uint64_t)PAGE : BLOCK);
}

static void
test_random(void)
{
	static const uint64_t tcrs[] = { TG1(2) | T1SZ(16), TG1(2) | T1SZ(25), TG1(2) | T1SZ(33),
		TG1(1) | T1SZ(16), TG1(1) | T1SZ(17), TG1(3) | T1SZ(16), TG1(3) | T1SZ(12) | IPS52 };
	for (size_t i = 0; i < COUNT_OF(tcrs); i++) {
		const struct mmu mmu = aarch64(tcrs[i], 0, false);
		trees_check(&mmu, KV_PHYS, 0x100000, i % 2 != 0, random_entry, 3, 0, UINT64_MAX);
	}
}

static const struct unit_test tests[] = {
	{ "TCR and TTBR1", test_init },
	{ "4K", test_4k },
	{ "16K", test_16k },
	{ "64K", test_64k },
	{ "4K, 52 bits", test_4k_52 },
	{ "random trees", test_random },
	{ NULL, NULL },
};

SUITE_OF(mmu_aarch64, tests);
