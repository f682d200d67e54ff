/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RISC-V: Sv32, Sv39, Sv48 and Sv57.
 * Source: RISC-V Privileged Architecture 20240411, chapters 11.3 to 11.6 (Sv32 to Sv57), 12
 * (Svnapot) and 13 (Svpbmt).
 */
#include <inttypes.h>

#include "entry.h"

#define RISCV_V		UINT64_C(0x1)
#define RISCV_R		UINT64_C(0x2)
#define RISCV_W		UINT64_C(0x4)
#define RISCV_X		UINT64_C(0x8)
#define RISCV_U		UINT64_C(0x10)
#define RISCV_A		UINT64_C(0x40)
#define RISCV_D		UINT64_C(0x80)
#define RISCV_PPN_SHIFT	10
#define RISCV_RESERVED	UINT64_C(0x1fc0000000000000)	/* bits 60:54 */
#define RISCV_PBMT	UINT64_C(0x6000000000000000)	/* Svpbmt: bits 62:61 */
#define RISCV_N		UINT64_C(0x8000000000000000)	/* Svnapot */

enum { PARAM_PPN };	/* bits of the PPN, in place */

/*
 * As the CPU has it, but for what a reader need not know: a clear A or D may fault, and U
 * keeps the supervisor out unless SUM is set; the memory is behind the entry all the same.
 */
static void
riscv_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	const struct radix_level *lv = &mmu->levels[i];
	if ((raw & RISCV_V) == 0) {
		entry_invalid(ret, "is not valid");
		return;
	}
	const uint64_t pa = (raw & mmu->param[PARAM_PPN]) >> RISCV_PPN_SHIFT << 12;
	if ((raw & (RISCV_R | RISCV_W)) == RISCV_W)
		entry_reserved(ret, "has the reserved encoding W without R");
	else if ((raw & RISCV_RESERVED) != 0 && lv->entry_size == 8)
		entry_reserved(ret, "has reserved bits 60:54 set");
	else if ((raw & (RISCV_R | RISCV_X)) == 0) {
		if (!lv->table)
			entry_reserved(ret, "points to another table, below the last level");
		else if ((raw & (RISCV_D | RISCV_A | RISCV_U)) != 0)
			entry_reserved(ret, "points to a table with reserved D, A or U set");
		else if ((raw & (RISCV_N | RISCV_PBMT)) != 0)
			entry_reserved(ret, "points to a table with reserved bits 63:61 set");
		else
			entry_table(ret, KV_PHYS, pa, PROT_RWX);
		return;
	} else if ((raw & RISCV_PBMT) == RISCV_PBMT)
		entry_reserved(ret, "has the reserved memory type 3 in bits 62:61");
	else if ((pa & low_mask(lv->shift)) != 0)
		entry_reserved(ret, "is a superpage whose address is not aligned to its size");
	else {
		entry_leaf(ret, pa, prot_of((raw & RISCV_R) != 0, (raw & RISCV_W) != 0,
		    (raw & RISCV_X) != 0));
		if ((raw & RISCV_N) == 0)
			return;
		/* Svnapot: PPN bits 3:0 of 1000 say 64 KiB; nothing else is defined. */
		if (lv->shift != 12)
			entry_reserved(ret, "has reserved bit 63 (N) set");
		else if ((pa >> 12 & 0xf) != 0x8)
			entry_reserved(ret, "is a NAPOT page of a reserved size");
		else {
			ret->at.addr = pa & ~low_mask(16);
			ret->leaf_shift = 16;
		}
	}
}

/*		  shift	bits	size	leaf	table */
#define L4	{ "VPN[4]", 48,	9,	8,	true }
#define L3	{ "VPN[3]", 39,	9,	8,	true }
#define L2	{ "VPN[2]", 30,	9,	8,	true }
#define L1	{ "VPN[1]", 21,	9,	8,	true }
#define L0	{ "VPN[0]", 12,	9,	8,	false }

#define RV64_PPN	UINT64_C(0x003ffffffffffc00)	/* bits 53:10 */

/* By satp's MODE; 11.3, table of satp encodings. */
static const struct {
	unsigned mode;
	struct mmu mmu;
} modes[] = {
	{ 8, { .regime = "sv39", .va_bits = 39, .nlevels = 3, .levels = { L2, L1, L0 } } },
	{ 9, { .regime = "sv48", .va_bits = 48, .nlevels = 4, .levels = { L3, L2, L1, L0 } } },
	{ 10, { .regime = "sv57", .va_bits = 57, .nlevels = 5, .levels = { L4, L3, L2, L1, L0 } } },
};

static const struct mmu sv32 = {
	.ops = &mmu_radix_ops,
	.regime = "sv32",
	.va_bits = 32,
	.nlevels = 2,
	.levels = { { "VPN[1]", 22, 10, 4, true }, { "VPN[0]", 12, 10, 4, false } },
	.decode = riscv_decode,
	.valid_mask = RISCV_V,
	.param = { [PARAM_PPN] = UINT64_C(0xfffffc00) },
};

enum kv_status
mmu_riscv_init(struct mmu *ret, uint64_t satp, unsigned xlen, struct kv_err *err)
{
	const char *bare = "satp 0x%" PRIx64 " has mode 0 (Bare): translation is off";
	if (xlen == 32) {
		if ((satp & UINT64_C(0x80000000)) == 0)
			return kv_fail(err, KV_EFORMAT, bare, satp);
		*ret = sv32;
		ret->root = (struct kv_loc){ .addr = (satp & 0x3fffff) << 12 };
		return KV_OK;
	}
	unsigned mode = (unsigned)(satp >> 60);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (modes[i].mode != mode)
			continue;
		*ret = modes[i].mmu;
		ret->ops = &mmu_radix_ops;
		ret->sign_extended = true;
		ret->decode = riscv_decode;
		ret->valid_mask = RISCV_V;
		ret->param[PARAM_PPN] = RV64_PPN;
		ret->root = (struct kv_loc){ .addr = (satp & low_mask(44)) << 12 };
		return KV_OK;
	}
	if (mode == 0)
		return kv_fail(err, KV_EFORMAT, bare, satp);
	return kv_fail(err, KV_EUNSUP,
	    "satp 0x%" PRIx64 " has mode %u, wanted 8 (Sv39), 9 (Sv48) or 10 (Sv57)", satp, mode);
}

/*
 * The page map of FreeBSD's minidumps: superpages have become 4 KiB pages
 * (sys/riscv/riscv/minidump_machdep.c).
 */
const struct mmu mmu_riscv_pte_array = {
	.ops = &mmu_radix_ops,
	.regime = "pte",
	.va_bits = 64,
	.nlevels = 1,
	.levels = { { "VPN[0]", 12, 52, 8, false } },
	.decode = riscv_decode,
	.valid_mask = RISCV_V,
	.param = { [PARAM_PPN] = RV64_PPN },
};
