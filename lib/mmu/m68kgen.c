/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * gen68k: the tree that a translation control register in the 68851's form describes, for
 * all Motorola MMUs; and transparent translation.
 * Sources: MC68851 User's Manual, 6.1.3 (TC) and 5.1.5 (SRP); MC68030 User's Manual, 9.7.3 (TT0,
 * TT1); M68040 User's Manual, 3.1.3 (TTRs).
 */
#include <inttypes.h>

#include "m68k.h"

#define TC_FCL		UINT32_C(0x01000000)	/* look up function codes first */
#define TC_PS(tc)	((tc) >> 20 & 0xf)
#define TC_IS(tc)	((tc) >> 16 & 0xf)
#define TC_TI(tc, i)	((tc) >> (12 - 4 * (i)) & 0xf)
#define SRP_DT(hi)	((hi) & 0x3)
#define SRP_SHORT	2u
#define TABLE_68030	UINT64_C(0xfffffff0)

#define TT_E		UINT32_C(0x8000)
#define TT_READ		UINT32_C(0x300)	/* 68030: R/W or its mask RWM */
#define TT_USER_ONLY(t)	(((t) >> 13 & 0x3) == 0)
enum { FC_SUPERVISOR_DATA = 5 };

enum kv_status
mmu_m68kgen_init(struct mmu *ret, int32_t mmutype, uint32_t tcr, const uint32_t srp[2],
    struct kv_err *err)
{
	static const char *const names[] = { "A", "B", "C", "D" };
	const unsigned ps = TC_PS(tcr), is = TC_IS(tcr);
	unsigned nlevels = 0, sum = ps + is;
	while (nlevels < 4 && TC_TI(tcr, nlevels) != 0)
		sum += TC_TI(tcr, nlevels++);
	if (ps < 8)
		return kv_fail(err, KV_EFORMAT,
		    "tcr 0x%" PRIx32 ": page size (bits 23:20) is 2^%u, wanted 2^8 to 2^15", tcr, ps);
	if (nlevels == 0 || sum != 32)
		return kv_fail(err, KV_EFORMAT,
		    "tcr 0x%" PRIx32 ": page, initial shift and table indices have %u bits, wanted 32",
		    tcr, sum);
	if ((tcr & TC_FCL) != 0)
		return kv_fail(err, KV_EUNSUP,
		    "tcr 0x%" PRIx32 ": tables of function codes (bit 24) are not supported", tcr);
	if (SRP_DT(srp[0]) != SRP_SHORT)
		return kv_fail(err, KV_EUNSUP,
		    "srp 0x%" PRIx32 ": type of the root (bits 1:0) is %u, wanted 2 (short descriptors)",
		    srp[0], SRP_DT(srp[0]));

	const bool is_040 = mmutype <= -2;
	*ret = (struct mmu){ .nlevels = (uint8_t)nlevels };
	unsigned shift = 32 - is;
	for (unsigned i = 0; i < nlevels; i++) {
		const unsigned bits = TC_TI(tcr, i);
		shift -= bits;
		ret->levels[i] = (struct radix_level){
			.name = names[i],
			.shift = (uint8_t)shift,
			.bits = (uint8_t)bits,
			.entry_size = 4,
			.table = true,
		};
		/* A 68040's pointer has just the address bits above the next table's size. */
		if (i > 0)
			ret->reg[i - 1] = is_040 ? low_mask(32) & ~low_mask(bits + 2) : TABLE_68030;
	}
	ret->param[M68K_FAMILY] = is_040 ? M68K_68040 : M68K_68030;
	ret->param[M68K_PG_FRAME] = low_mask(32) & ~low_mask(ps);
	/* The initial shift's bits are not looked at: va_bits stays 32. */
	m68k_finish(ret, "gen68k", srp[1] & TABLE_68030);
	return KV_OK;
}

bool
mmu_m68kgen_tt(int32_t mmutype, uint32_t tt, vaddr_t *lo, vaddr_t *last)
{
	const uint32_t mask = tt >> 16 & 0xff;
	if ((tt & TT_E) == 0 || (mask & (mask + 1)) != 0)
		return false;
	if (mmutype <= -2) {
		if (TT_USER_ONLY(tt))
			return false;
	} else if ((tt & TT_READ) == 0 || (((tt >> 4) ^ FC_SUPERVISOR_DATA) & ~tt & 0x7) != 0)
		return false;
	*lo = (tt >> 24 & ~mask) << 24;
	*last = *lo | (vaddr_t)mask << 24 | 0xffffff;
	return true;
}
