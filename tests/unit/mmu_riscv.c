/* SPDX-License-Identifier: BSD-2-Clause */
/* RISC-V: rows from the Privileged Architecture, Sv32 to Sv57, Svnapot and Svpbmt. */
#include "mmu_test.h"

/* A PTE for the page at pa. */
#define PTE(pa, flags)	((uint64_t)(pa) >> 12 << 10 | (flags))
enum { V = 1, R = 2, W = 4, X = 8, U = 16, G = 32, A = 64, D = 128, SOFT = 0x300 };
#define N	UINT64_C(0x8000000000000000)
#define GIB	UINT64_C(0x40000000)

/* ---- satp ------------------------------------------------------------------------- */

static const struct {
	const char *name;
	uint64_t satp;
	unsigned xlen;
	enum kv_status st;
	const char *text;	/* the regime, if st is KV_OK */
	uint64_t root;
} satps[] = {
	{ "Sv39", 0x8000000000080200, 64, KV_OK, "sv39", 0x80200000 },
	{ "Sv39, ASID all ones, largest PPN", 0x8fffffffffffffff, 64, KV_OK, "sv39",
	    0xfffffffffff000 },
	{ "Sv48", 0x9000000000000001, 64, KV_OK, "sv48", 0x1000 },
	{ "Sv57", 0xa000000000000010, 64, KV_OK, "sv57", 0x10000 },
	{ "Bare", 0x80200, 64, KV_EFORMAT, "mode 0 (Bare): translation is off", 0 },
	{ "mode 1", 0x1000000000080200, 64, KV_EUNSUP, "mode 1, wanted 8", 0 },
	{ "mode 7", 0x7000000000080200, 64, KV_EUNSUP, "mode 7", 0 },
	{ "mode 11 (Sv64)", 0xb000000000080200, 64, KV_EUNSUP, "mode 11", 0 },
	{ "Sv32, ASID all ones", 0xffc80200, 32, KV_OK, "sv32", 0x80200000 },
	{ "Sv32, largest PPN", 0x803fffff, 32, KV_OK, "sv32", 0x3fffff000 },
	{ "Sv32 Bare", 0x7fffffff, 32, KV_EFORMAT, "satp 0x7fffffff has mode 0", 0 },
};

static void
test_satp(void)
{
	for (size_t i = 0; i < COUNT_OF(satps); i++) {
		struct mmu mmu;
		struct kv_err err = { .text = "" };
		CHECK_EQ(satps[i].name, "status",
		    mmu_riscv_init(&mmu, satps[i].satp, satps[i].xlen, &err), satps[i].st);
		if (satps[i].st == KV_OK) {
			CHECK_EQ(satps[i].name, "root", mmu.root.addr, satps[i].root);
			CHECK_TEXT(satps[i].name, mmu.regime, satps[i].text);
		} else
			CHECK_TEXT(satps[i].name, err.text, satps[i].text);
	}
}

/* ---- Sv39: L2 at 0x10000, L1 at 0x20000, L0 at 0x30000 ------------------------------ */

static const struct put puts39[] = {
	{ KV_PHYS, 0x10000, 8, PTE(0x20000, V) },
	{ KV_PHYS, 0x10008, 8, PTE(0xc0000000, V | R | W | X) },
	{ KV_PHYS, 0x10010, 8, PTE(0xc0200000, V | R | W) },
	{ KV_PHYS, 0x10018, 8, PTE(0xc0000000, R | W | X) },
	{ KV_PHYS, 0x10020, 8, PTE(0xffffffc0000000, V | X | SOFT | G | U | A | D) },
	{ KV_PHYS, 0x10028, 8, PTE(0x20000, V | A) },
	{ KV_PHYS, 0x10030, 8, PTE(0x20000, V | U) },
	{ KV_PHYS, 0x10038, 8, PTE(0x20000, V | D) },
	{ KV_PHYS, 0x10040, 8, PTE(0x20000, V | SOFT | G) },
	{ KV_PHYS, 0x10048, 8, PTE(0x20000, V) | N },
	{ KV_PHYS, 0x10050, 8, PTE(0x20000, V) | N >> 2 },
	{ KV_PHYS, 0x10058, 8, PTE(0xc0000000, V | R) | N },
	{ KV_PHYS, 0x10060, 8, PTE(0xc0000000, V | R) | N >> 1 },
	{ KV_PHYS, 0x107f8, 8, PTE(0x40000000, V | R | X) },	/* 255 */
	{ KV_PHYS, 0x10800, 8, PTE(0x20000, V) },		/* 256 */
	{ KV_PHYS, 0x10ff8, 8, PTE(0x20000, V) },		/* 511 */
	{ KV_PHYS, 0x20000, 8, PTE(0x30000, V) },
	{ KV_PHYS, 0x20008, 8, PTE(0x40200000, V | R | W) },
	{ KV_PHYS, 0x20010, 8, PTE(0x40201000, V | R | W) },
	{ KV_PHYS, 0x20018, 8, PTE(0x40300000, V | R | W) },
	{ KV_PHYS, 0x20020, 8, PTE(0x77777000, V) },
	{ KV_PHYS, 0x20ff8, 8, PTE(0x30000, V) },
	{ KV_PHYS, 0x30000, 8, PTE(0x80001000, V | R | W | A | D) },
	{ KV_PHYS, 0x30008, 8, PTE(0x80002000, V | W) },
	{ KV_PHYS, 0x30010, 8, PTE(0x80003000, V | W | X) },
	{ KV_PHYS, 0x30018, 8, PTE(0x80004000, V | A | D) },
	{ KV_PHYS, 0x30020, 8, PTE(0xfffffffffff000, V | X) },
	{ KV_PHYS, 0x30028, 8, PTE(0x80005000, V | R | X | SOFT | G) },
	{ KV_PHYS, 0x30030, 8, PTE(0x80006000, V | R) | UINT64_C(1) << 54 },
	{ KV_PHYS, 0x30038, 8, PTE(0x80007000, V | R) | UINT64_C(1) << 60 },
	{ KV_PHYS, 0x30040, 8, PTE(0x80008000, V | R) | UINT64_C(1) << 61 },
	{ KV_PHYS, 0x30048, 8, PTE(0x80009000, V | R) | UINT64_C(3) << 61 },
	{ KV_PHYS, 0x30050, 8, PTE(0x90008000, V | R) | N },	/* 10, of a 64 KiB page */
	{ KV_PHYS, 0x30058, 8, PTE(0x90004000, V | R) | N },
	{ KV_PHYS, 0x30060, 8, PTE(0x9000c000, V | R) | N },
	{ KV_PHYS, 0x30068, 8, PTE(0x9000d000, R | W | X) | N },
	{ KV_PHYS, 0x30ff8, 8, PTE(0x8000f000, V | R | W | X) },
};

#define HIGH	UINT64_C(0xffffffc000000000)

static const struct row rows39[] = {
	{ "4K", 0x123, KV_OK, 0x80001123, 0, 0xfff, RW_, NULL },
	{ "W alone", 0x1000, KV_EUNMAPPED, 0, 0x1000, 0x1fff, 0,
	    "VPN[0] entry 1 (0x20000805) at 0x30008 has the reserved encoding W without R" },
	{ "W and X", 0x2000, KV_EUNMAPPED, 0, 0x2000, 0x2fff, 0, "W without R" },
	{ "pointer at the last level", 0x3000, KV_EUNMAPPED, 0, 0x3000, 0x3fff, 0,
	    "VPN[0] entry 3 (0x200010c1) at 0x30018 points to another table, below the last level" },
	{ "largest frame, X alone", 0x4fff, KV_OK, 0xffffffffffffff, 0x4000, 0x4fff, __X, NULL },
	{ "software bits", 0x5000, KV_OK, 0x80005000, 0x5000, 0x5fff, R_X, NULL },
	{ "bit 54", 0x6000, KV_EUNMAPPED, 0, 0x6000, 0x6fff, 0, "reserved bits 60:54" },
	{ "bit 60", 0x7000, KV_EUNMAPPED, 0, 0x7000, 0x7fff, 0, "reserved bits 60:54" },
	{ "PBMT 1", 0x8008, KV_OK, 0x80008008, 0x8000, 0x8fff, R__, NULL },
	{ "PBMT 3", 0x9000, KV_EUNMAPPED, 0, 0x9000, 0x9fff, 0, "reserved memory type 3" },
	{ "NAPOT", 0xa123, KV_OK, 0x9000a123, 0xa000, 0xafff, R__, NULL },
	{ "NAPOT 0100", 0xb000, KV_EUNMAPPED, 0, 0xb000, 0xbfff, 0, "NAPOT page of a reserved size" },
	{ "NAPOT 1100", 0xc000, KV_EUNMAPPED, 0, 0xc000, 0xcfff, 0, "NAPOT" },
	{ "NAPOT without V", 0xd000, KV_EUNMAPPED, 0, 0xd000, 0xdfff, 0, "is not valid" },
	{ "last PTE", 0x1fffff, KV_OK, 0x8000ffff, 0x1ff000, 0x1fffff, RWX, NULL },
	{ "2M", 0x3fffff, KV_OK, 0x403fffff, 0x200000, 0x3fffff, RW_, NULL },
	{ "2M misaligned by 4K", 0x400000, KV_EUNMAPPED, 0, 0x400000, 0x5fffff, 0,
	    "is a superpage whose address is not aligned" },
	{ "2M misaligned by 1M", 0x600000, KV_EUNMAPPED, 0, 0x600000, 0x7fffff, 0, "not aligned" },
	{ "table absent", 0x800000, KV_EABSENT, 0, 0, 0, 0, "VPN[0] entry 0 at 0x77777000 cannot" },
	{ "1G", GIB + 5, KV_OK, 0xc0000005, GIB, 2 * GIB - 1, RWX, NULL },
	{ "1G misaligned", 2 * GIB, KV_EUNMAPPED, 0, 2 * GIB, 3 * GIB - 1, 0, "not aligned" },
	{ "1G not valid", 3 * GIB, KV_EUNMAPPED, 0, 3 * GIB, 4 * GIB - 1, 0, "is not valid" },
	{ "1G all bits, largest", 5 * GIB - 1, KV_OK, 0xffffffffffffff, 4 * GIB, 5 * GIB - 1, __X,
	    NULL },
	{ "table with A", 5 * GIB, KV_EUNMAPPED, 0, 5 * GIB, 6 * GIB - 1, 0, "reserved D, A or U" },
	{ "table with U", 6 * GIB, KV_EUNMAPPED, 0, 6 * GIB, 7 * GIB - 1, 0, "reserved D, A or U" },
	{ "table with D", 7 * GIB, KV_EUNMAPPED, 0, 7 * GIB, 8 * GIB - 1, 0, "reserved D, A or U" },
	{ "table with RSW and G", 8 * GIB, KV_OK, 0x80001000, 8 * GIB, 8 * GIB + 0xfff, RW_, NULL },
	{ "table with N", 9 * GIB, KV_EUNMAPPED, 0, 9 * GIB, 10 * GIB - 1, 0, "reserved bits 63:61" },
	{ "table with PBMT", 10 * GIB, KV_EUNMAPPED, 0, 10 * GIB, 11 * GIB - 1, 0, "63:61" },
	{ "1G with N", 11 * GIB, KV_EUNMAPPED, 0, 11 * GIB, 12 * GIB - 1, 0, "reserved bit 63 (N)" },
	{ "1G with PBMT 2", 12 * GIB, KV_OK, 0xc0000000, 12 * GIB, 13 * GIB - 1, R__, NULL },
	{ "end of lower half", 256 * GIB - 1, KV_OK, 0x7fffffff, 255 * GIB, 256 * GIB - 1, R_X, NULL },
	{ "not canonical", 256 * GIB, KV_EUNMAPPED, 0, 256 * GIB, HIGH - 1, 0, "bits 63:38" },
	{ "start of upper half", HIGH, KV_OK, 0x80001000, HIGH, HIGH + 0xfff, RW_, NULL },
	{ "last byte", UINT64_MAX, KV_OK, 0x8000ffff, ~UINT64_C(0xfff), UINT64_MAX, RWX, NULL },
};

static struct mmu
riscv(uint64_t satp, unsigned xlen)
{
	struct mmu mmu;
	if (mmu_riscv_init(&mmu, satp, xlen, NULL) != KV_OK)
		abort();
	return mmu;
}

static void
test_sv39(void)
{
	struct mem mem = { .big = false };
	const struct mmu mmu = riscv(0x8000000000000010, 64);
	mem_fill(&mem, puts39, COUNT_OF(puts39));
	rows_check(&mmu, &mem, rows39, COUNT_OF(rows39));
	mem_free(&mem);
}

/* The upper levels, above Sv39's tables. */
static void
test_sv48_sv57(void)
{
	static const struct put puts[] = {
		{ KV_PHYS, 0x40000, 8, PTE(0x10000, V) },
		{ KV_PHYS, 0x40ff8, 8, PTE(0x10000, V) },
		{ KV_PHYS, 0x40008, 8, PTE(0x8000000000, V | R) },
		{ KV_PHYS, 0x40010, 8, PTE(0x80c0000000, V | R) },
		{ KV_PHYS, 0x50000, 8, PTE(0x40000, V) },
		{ KV_PHYS, 0x50ff8, 8, PTE(0x40000, V) },
		{ KV_PHYS, 0x507f8, 8, PTE(0x1000000000000, V | R) },
		{ KV_PHYS, 0x50008, 8, PTE(0x8000000000, V | R) },
	};
	static const struct row rows48[] = {
		{ "4K", 0x123, KV_OK, 0x80001123, 0, 0xfff, RW_, NULL },
		{ "512G", 0xffffffffff, KV_OK, 0xffffffffff, 0x8000000000, 0xffffffffff, R__, NULL },
		{ "512G misaligned", 0x10000000000, KV_EUNMAPPED, 0, 0x10000000000, 0x17fffffffff, 0,
		    "not aligned" },
		{ "not canonical", 0x800000000000, KV_EUNMAPPED, 0, 0x800000000000,
		    0xffff7fffffffffff, 0, "bits 63:47" },
		{ "last byte", UINT64_MAX, KV_OK, 0x8000ffff, ~UINT64_C(0xfff), UINT64_MAX, RWX, NULL },
	};
	static const struct row rows57[] = {
		{ "4K", 0x123, KV_OK, 0x80001123, 0, 0xfff, RW_, NULL },
		{ "256T", 0xffffffffffffff, KV_OK, 0x1ffffffffffff, 0xff000000000000,
		    0xffffffffffffff, R__, NULL },
		{ "256T misaligned", 0x1000000000000, KV_EUNMAPPED, 0, 0x1000000000000,
		    0x1ffffffffffff, 0, "not aligned" },
		{ "not canonical", 0x100000000000000, KV_EUNMAPPED, 0, 0x100000000000000,
		    0xfeffffffffffffff, 0, "bits 63:56" },
		{ "last byte", UINT64_MAX, KV_OK, 0x8000ffff, ~UINT64_C(0xfff), UINT64_MAX, RWX, NULL },
	};
	struct mem mem = { .big = false };
	mem_fill(&mem, puts39, COUNT_OF(puts39));
	mem_fill(&mem, puts, COUNT_OF(puts));
	struct mmu mmu = riscv(0x9000000000000040, 64);
	rows_check(&mmu, &mem, rows48, COUNT_OF(rows48));
	mmu = riscv(0xa000000000000050, 64);
	rows_check(&mmu, &mem, rows57, COUNT_OF(rows57));
	mem_free(&mem);
}

static void
test_sv32(void)
{
	static const struct put puts[] = {
		{ KV_PHYS, 0x10000, 4, PTE(0x20000, V) },
		{ KV_PHYS, 0x10004, 4, PTE(0x3ffc00000, V | R | W) },
		{ KV_PHYS, 0x10008, 4, PTE(0x3ffc01000, V | R | W) },
		{ KV_PHYS, 0x1000c, 4, PTE(0x200000, V | X | W) },
		{ KV_PHYS, 0x10800, 4, PTE(0x80000000, V | R | X | SOFT | G) },
		{ KV_PHYS, 0x10ffc, 4, PTE(0x20000, V | SOFT | G) },
		{ KV_PHYS, 0x20000, 4, PTE(0x3fffff000, V | R) },
		{ KV_PHYS, 0x20004, 4, PTE(0x3fffff000, R | W | X) },
		{ KV_PHYS, 0x20ffc, 4, PTE(0x81234000, V | R | W) },
	};
	static const struct row rows[] = {
		{ "4K, largest frame", 0xfff, KV_OK, 0x3ffffffff, 0, 0xfff, R__, NULL },
		{ "4K not valid", 0x1000, KV_EUNMAPPED, 0, 0x1000, 0x1fff, 0, "VPN[0] entry 1" },
		{ "4M, largest frame", 0x7fffff, KV_OK, 0x3ffffffff, 0x400000, 0x7fffff, RW_, NULL },
		{ "4M misaligned", 0x800000, KV_EUNMAPPED, 0, 0x800000, 0xbfffff, 0, "not aligned" },
		{ "4M W and X", 0xc00000, KV_EUNMAPPED, 0, 0xc00000, 0xffffff, 0, "W without R" },
		{ "kernel", 0x80012345, KV_OK, 0x80012345, 0x80000000, 0x803fffff, R_X, NULL },
		{ "last byte", 0xffffffff, KV_OK, 0x81234fff, 0xfffff000, 0xffffffff, RW_, NULL },
		{ "above", 0x100000000, KV_EUNMAPPED, 0, 0x100000000, UINT64_MAX, 0, "outside" },
	};
	struct mem mem = { .big = false };
	const struct mmu mmu = riscv(0x80000010, 32);
	mem_fill(&mem, puts, COUNT_OF(puts));
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	mem_free(&mem);
}

static uint64_t
random_entry(const struct mmu *mmu, unsigned level, uint64_t next, uint64_t *rnd)
{
	uint64_t x = unit_random(rnd), flags = x & 0xff;
	if (mmu->levels[level].table && x >> 62 != 0)
		return PTE(next, V | (x & SOFT & G));
	if (x >> 60 != 0)
		flags |= V | R;
	if (mmu->levels[level].entry_size == 4)
		return PTE((x & 0x3ffffffff) >> mmu->levels[level].shift << mmu->levels[level].shift,
		    flags);
	return PTE((x & 0xffffffffffffff) >> mmu->levels[level].shift << mmu->levels[level].shift,
	    flags) | (level == mmu->nlevels - 1u && x % 5 == 0 ? N | 0x2000 : 0);
}

static void
test_random(void)
{
	struct mmu mmu = riscv(0x80000000, 32);
	trees_check(&mmu, KV_PHYS, 0x40000, false, random_entry, 10, 0, 0xffffffff);
	for (uint64_t mode = 8; mode <= 10; mode++) {
		mmu = riscv(mode << 60, 64);
		trees_check(&mmu, KV_PHYS, 0x40000, false, random_entry, 4, 0, UINT64_MAX);
		trees_check(&mmu, KV_PHYS, 0x40000, false, random_entry, 3, HIGH + 0x1800,
		    ~UINT64_C(0x1f800));
	}
}

static const struct unit_test tests[] = {
	{ "satp", test_satp },
	{ "Sv39", test_sv39 },
	{ "Sv48 and Sv57", test_sv48_sv57 },
	{ "Sv32", test_sv32 },
	{ "random trees", test_random },
	{ NULL, NULL },
};

SUITE_OF(mmu_riscv, tests);
