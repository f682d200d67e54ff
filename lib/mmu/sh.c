/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SH-3 and SH-4: P3, whose TLB the kernel fills from a table of pointers to pages of PTEs.
 * Sources: SH-4 Software Manual, 3.2 and 3.3.1 (PTEL); NetBSD sys/arch/sh3/include/pte.h,
 * sys/arch/sh3/sh3/pmap.c.
 */
#include "entry.h"

#define SH_P1		UINT64_C(0x80000000)
#define SH_P2		UINT64_C(0xa0000000)
#define SH_P3		UINT64_C(0xc0000000)
#define SH_V		UINT64_C(0x100)
#define SH_PR_W		UINT64_C(0x20)	/* low bit of PR: writable */
#define SH_PPN		UINT64_C(0x1ffff000)

static void
sh_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	if (mmu->levels[i].table) {
		if (raw == 0)
			entry_invalid(ret, "is NULL");
		else if (raw < SH_P1 || raw >= SH_P2)
			entry_reserved(ret, "does not point into P1");
		else
			entry_table(ret, KV_VIRT, raw, PROT_RWX);
	} else if ((raw & SH_V) == 0)
		entry_invalid(ret, "is not valid");
	else
		entry_leaf(ret, raw & SH_PPN, prot_of(true, (raw & SH_PR_W) != 0, true));
}

const struct mmu mmu_sh = {
	.ops = &mmu_radix_ops,
	.regime = "sh",
	.va_base = SH_P3,
	.va_bits = 29,
	.nlevels = 2,
	.levels = {
		/* 128 of the root's 512 pointers are for P3. */
		{ "PTP", 22, 7, 4, true },
		{ "PT", 12, 10, 4, false },
	},
	.decode = sh_decode,
};
