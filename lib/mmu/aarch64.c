/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AArch64: stage 1 of the kernel's half of the address space, 4, 16 and 64 KiB granules.
 * Source: Arm ARM (DDI 0487), D8.2 (sizes, TTBR), D8.3 (descriptors), D8.4 (permissions) and
 * TCR_EL1.
 */
#include <inttypes.h>

#include "entry.h"

/* TCR_EL1 */
#define TCR_T1SZ(tcr)	((unsigned)((tcr) >> 16 & 0x3f))
#define TCR_TG1(tcr)	((unsigned)((tcr) >> 30 & 0x3))
#define TCR_IPS(tcr)	((unsigned)((tcr) >> 32 & 0x7))
#define TCR_HPD1	(UINT64_C(1) << 42)	/* tables limit nothing */
#define TCR_DS		(UINT64_C(1) << 59)	/* LPA2: 52 bits with 4 and 16 KiB */
#define IPS_52BIT	6

/* Descriptors */
#define DESC_VALID	UINT64_C(0x1)
#define DESC_TABLE	UINT64_C(0x2)	/* a page at the last level */
#define DESC_AP_EL0	(UINT64_C(1) << 6)
#define DESC_AP_RO	(UINT64_C(1) << 7)
#define DESC_PXN	(UINT64_C(1) << 53)
#define DESC_PXNTABLE	(UINT64_C(1) << 59)
#define DESC_APTABLE_RO	(UINT64_C(1) << 62)

enum {
	PARAM_GRANULE,	/* log2 of its bytes */
	PARAM_HIGH,	/* where address bits above 47 lie: one of these */
	PARAM_HPD,
	PARAM_BLOCK,	/* log2 of the largest block's bytes */
};
enum { HIGH_NONE, HIGH_LPA, HIGH_LPA2 };

static uint64_t
output_address(const struct mmu *mmu, uint64_t raw)
{
	const uint64_t granule = low_mask((unsigned)mmu->param[PARAM_GRANULE]);
	switch (mmu->param[PARAM_HIGH]) {
	case HIGH_LPA:	/* bits 51:48 in 15:12 */
		return (raw & low_mask(48) & ~granule) | (raw >> 12 & 0xf) << 48;
	case HIGH_LPA2:	/* bits 49:48 in place, 51:50 in 9:8 */
		return (raw & low_mask(50) & ~granule) | (raw >> 8 & 0x3) << 50;
	default:
		return raw & low_mask(48) & ~granule;
	}
}

/*
 * A clear access flag may fault, but the memory is there; RES0 bits of a block's address are
 * not looked at, as the CPU need not either.
 */
static void
aarch64_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	const struct radix_level *lv = &mmu->levels[i];
	if ((raw & DESC_VALID) == 0) {
		entry_invalid(ret, "is not valid");
		return;
	}
	const bool upper = (raw & DESC_TABLE) != 0;
	const uint64_t pa = output_address(mmu, raw);
	if (lv->table && upper) {
		bool limits = mmu->param[PARAM_HPD] == 0;
		entry_table(ret, KV_PHYS, pa,
		    prot_of(true, !limits || (raw & DESC_APTABLE_RO) == 0,
			!limits || (raw & DESC_PXNTABLE) == 0));
	} else if (!lv->table && !upper)
		entry_reserved(ret, "is a block descriptor, reserved at the last level");
	else if (lv->shift > mmu->param[PARAM_BLOCK])
		entry_reserved(ret, "is a block descriptor, reserved at this level");
	else {
		const bool writable = (raw & DESC_AP_RO) == 0;
		/* D8.4.1: what EL0 may write, EL1 never executes. */
		entry_leaf(ret, pa & ~low_mask(lv->shift),
		    prot_of(true, writable,
			(raw & DESC_PXN) == 0 && !(writable && (raw & DESC_AP_EL0) != 0)));
	}
}

enum kv_status
mmu_aarch64_init(struct mmu *ret, uint64_t tcr, uint64_t ttbr1, bool big, struct kv_err *err)
{
	static const struct {
		const char *regime;
		unsigned shift;
	} granules[] = { [1] = { "16k", 14 }, [2] = { "4k", 12 }, [3] = { "64k", 16 } };
	static const char *const names[] = { "L-1", "L0", "L1", "L2", "L3" };

	const unsigned tg1 = TCR_TG1(tcr), t1sz = TCR_T1SZ(tcr);
	if (tg1 == 0)
		return kv_fail(err, KV_EFORMAT,
		    "TCR_EL1 0x%" PRIx64 ": granule TG1 (bits 31:30) is 0, wanted 1 (16 KiB), 2 (4 KiB) "
		    "or 3 (64 KiB)", tcr);
	const unsigned shift = granules[tg1].shift, width = shift - 3;
	const bool ds = shift != 16 && (tcr & TCR_DS) != 0;
	/* FEAT_LVA and FEAT_LPA2: 52 bits.  FEAT_TTST: down to 16 or 17 bits. */
	const unsigned least = shift == 16 || ds ? 12 : 16, most = shift == 16 ? 47 : 48;
	if (t1sz < least || t1sz > most)
		return kv_fail(err, KV_EFORMAT,
		    "TCR_EL1 0x%" PRIx64 ": T1SZ (bits 21:16) is %u, wanted %u to %u with granules of "
		    "%u KiB", tcr, t1sz, least, most, 1u << (shift - 10));

	const unsigned va_bits = 64 - t1sz;
	const unsigned nlevels = (va_bits - shift + width - 1) / width;
	*ret = (struct mmu){
		.ops = &mmu_radix_ops,
		.regime = granules[tg1].regime,
		.big = big,
		.va_base = ~low_mask(va_bits),
		.va_bits = (uint8_t)va_bits,
		.nlevels = (uint8_t)nlevels,
		.decode = aarch64_decode,
		.valid_mask = DESC_VALID,
	};
	ret->param[PARAM_GRANULE] = shift;
	if (ds)
		ret->param[PARAM_HIGH] = HIGH_LPA2;
	else if (shift == 16 && TCR_IPS(tcr) == IPS_52BIT)
		ret->param[PARAM_HIGH] = HIGH_LPA;
	else
		ret->param[PARAM_HIGH] = HIGH_NONE;
	ret->param[PARAM_HPD] = (tcr & TCR_HPD1) != 0;

	/* D8.3.1: the smallest level with blocks is that of 1 GiB, 32 MiB or 512 MiB; with 52-bit
	 * addresses one more. */
	ret->param[PARAM_BLOCK] = shift + width * ((shift == 12 ? 2u : 1u) +
	    (ret->param[PARAM_HIGH] != HIGH_NONE ? 1u : 0u));
	for (unsigned i = 0; i < nlevels; i++) {
		const unsigned below = nlevels - 1 - i, lv_shift = shift + below * width;
		ret->levels[i] = (struct radix_level){
			.name = names[4 - below],
			.shift = (uint8_t)lv_shift,
			.bits = (uint8_t)(i == 0 ? va_bits - lv_shift : width),
			.entry_size = 8,
			.table = below > 0,
		};
	}

	/* TTBR1_EL1: bit 0 is CnP, 63:48 the ASID; a table is aligned to its size, and to 64 bytes
	 * where bits 5:2 hold bits 51:48 of its address. */
	unsigned align = ret->levels[0].bits + 3u;
	uint64_t root = 0;
	if (TCR_IPS(tcr) == IPS_52BIT && ret->param[PARAM_HIGH] != HIGH_NONE) {
		root = (ttbr1 >> 2 & 0xf) << 48;
		if (align < 6)
			align = 6;
	}
	ret->root.addr = root | (ttbr1 & low_mask(48) & ~low_mask(align));
	return KV_OK;
}

/*
 * Page maps of FreeBSD's minidumps: blocks have become pages (sys/arm64/arm64/minidump_machdep.c).
 */
#define L3_ARRAY(name, granule) \
	.ops = &mmu_radix_ops, \
	.regime = name, \
	.va_bits = 64, \
	.nlevels = 1, \
	.levels = { { "L3", granule, 64 - granule, 8, false } }, \
	.decode = aarch64_decode, \
	.valid_mask = DESC_VALID, \
	.param = { [PARAM_GRANULE] = granule, [PARAM_HIGH] = HIGH_NONE, [PARAM_BLOCK] = granule }

const struct mmu mmu_aarch64_4k_pte_array = { L3_ARRAY("4k", 12) };
const struct mmu mmu_aarch64_16k_pte_array = { L3_ARRAY("16k", 14) };
