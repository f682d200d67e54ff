/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * MIPS: the software page tables of the BSDs' kernels, which the TLB is filled from.
 * Sources: MIPS R4000 User's Manual, 4 (EntryLo); IDT R30xx Software Reference Manual
 * (EntryLo of archlevel 1); NEC VR4121 User's Manual, 6 (EntryLo of 1 KiB units); NetBSD
 * sys/arch/mips/include/{kcore,mips1_pte,mips3_pte}.h, sys/uvm/pmap/pmap_segtab.c; OpenBSD
 * sys/arch/mips64/include/pte.h.
 */
#include <inttypes.h>

#include "entry.h"

#define MIPS1_FRAME	UINT64_C(0xfffff000)
#define MIPS1_D		UINT64_C(0x400)		/* writable */
#define MIPS3_FRAME	UINT64_C(0x3fffffc0)	/* bits 31:30 belong to software */
#define MIPS3_D		UINT64_C(0x4)
/* OpenBSD: two more bits are software's; PTEs of 8 bytes have RI and XI above those. */
#define OPENBSD_FRAME32	UINT64_C(0x0fffffc0)
#define OPENBSD_FRAME64	UINT64_C(0x0fffffffffffffc0)
#define OPENBSD_XI	(UINT64_C(1) << 62)
#define OPENBSD_RI	(UINT64_C(1) << 63)

enum { PARAM_ARCHLEVEL, PARAM_PG_SHIFT, PARAM_PG_V, PARAM_PAGE_SHIFT };
enum { REG_FRAME };

static void
pte_decode(const struct mmu *mmu, uint64_t raw, struct mmu_entry *ret)
{
	if ((raw & mmu->param[PARAM_PG_V]) == 0) {
		entry_invalid(ret, "is not valid");
		return;
	}
	const bool mips1 = mmu->param[PARAM_ARCHLEVEL] == 1;
	/* A page of 8 or 16 KiB is a pair of TLB pages: the frame of its first one counts. */
	const unsigned shift = mips1 ? 0 : (unsigned)mmu->param[PARAM_PG_SHIFT];
	const paddr_t frame = raw & mmu->reg[REG_FRAME], pa = frame << shift;
	if (pa >> shift != frame) {
		entry_reserved(ret, "has an address beyond 2^64");
		return;
	}
	/* An entry of 4 bytes has neither RI nor XI set here. */
	entry_leaf(ret, pa & ~low_mask((unsigned)mmu->param[PARAM_PAGE_SHIFT]),
	    prot_of((raw & OPENBSD_RI) == 0, (raw & (mips1 ? MIPS1_D : MIPS3_D)) != 0,
		(raw & OPENBSD_XI) == 0));
}

static void
sysmap_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	(void)i;
	pte_decode(mmu, raw, ret);
}

/* Addresses that reach memory without the TLB. */
static bool
is_direct(vaddr_t va, unsigned size)
{
	if (size == 4)	/* KSEG0, KSEG1 */
		return va >= UINT64_C(0x80000000) && va < UINT64_C(0xc0000000);
	return va >> 62 == 2 ||	/* XKPHYS; then the compatible KSEG0 and KSEG1 */
	    (va >= UINT64_C(0xffffffff80000000) && va < UINT64_C(0xffffffffc0000000));
}

static void
segtab_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	if (!mmu->levels[i].table)
		pte_decode(mmu, raw, ret);
	else if (raw == 0)
		entry_invalid(ret, "is NULL");
	else if (!is_direct(raw, mmu->levels[i].entry_size))
		entry_reserved(ret, "does not point into directly mapped memory");
	else
		entry_table(ret, KV_VIRT, raw, PROT_RWX);
}

static enum kv_status
common_init(struct mmu *ret, const struct mmu_mips *how, struct kv_err *err)
{
	if (how->page_shift < 12 || how->page_shift > 14)
		return kv_fail(err, KV_EFORMAT, "page size 0x%" PRIx64 ", wanted 4, 8 or 16 KiB",
		    how->page_shift < 64 ? UINT64_C(1) << how->page_shift : 0);
	if (how->archlevel != 1 && how->archlevel != 3)
		return kv_fail(err, KV_EFORMAT, "archlevel %u, wanted 1 or 3", how->archlevel);
	const unsigned least = how->archlevel == 1 ? 12 : 4, most = how->archlevel == 1 ? 12 : 6;
	if (how->pg_shift < least || how->pg_shift > most)
		return kv_fail(err, KV_EFORMAT, "pg_shift %u, wanted %u to %u with archlevel %u",
		    how->pg_shift, least, most, how->archlevel);
	if (how->pg_v == 0)
		return kv_fail(err, KV_EFORMAT, "pg_v is 0: no PTE would be valid");
	*ret = (struct mmu){
		.ops = &mmu_radix_ops,
		.big = how->big,
		.param = {
			[PARAM_ARCHLEVEL] = how->archlevel,
			[PARAM_PG_SHIFT] = how->pg_shift,
			[PARAM_PG_V] = how->pg_v,
			[PARAM_PAGE_SHIFT] = how->page_shift,
		},
		.reg = {
			[REG_FRAME] = how->archlevel == 1 ? MIPS1_FRAME : MIPS3_FRAME,
		},
	};
	return KV_OK;
}

enum kv_status
mmu_mips_sysmap_init(struct mmu *ret, const struct mmu_mips *how, vaddr_t base, paddr_t sysmap,
    uint64_t count, struct kv_err *err)
{
	enum kv_status st = common_init(ret, how, err);
	if (st != KV_OK)
		return st;
	/* KSEG2 and its 64-bit namesake are 1 GiB wide; of XKSEG 2^44 bytes are used at most. */
	const unsigned va_bits = how->bits == 32 || base >= UINT64_C(0xffffffffc0000000) ? 30 : 44;
	const unsigned bits = va_bits - how->page_shift;
	if ((base & low_mask(va_bits)) != 0)
		return kv_fail(err, KV_EFORMAT,
		    "Sysmap's first address 0x%" PRIx64 " is not a multiple of 2^%u", base, va_bits);
	if (count == 0 || count > UINT64_C(1) << bits)
		return kv_fail(err, KV_EFORMAT,
		    "sysmapsize is %" PRIu64 ", wanted 1 to %" PRIu64 " PTEs", count,
		    UINT64_C(1) << bits);
	ret->regime = "sysmap";
	ret->root = (struct kv_loc){ .addr = sysmap, .space = KV_PHYS };
	ret->root_count = count;
	ret->va_base = base;
	ret->va_bits = (uint8_t)va_bits;
	ret->nlevels = 1;
	ret->levels[0] = (struct radix_level){
		.name = "Sysmap",
		.shift = (uint8_t)how->page_shift,
		.bits = (uint8_t)bits,
		.entry_size = 4,
	};
	ret->decode = sysmap_decode;
	ret->valid_mask = how->pg_v;
	return KV_OK;
}

void
mmu_mips_openbsd(struct mmu *mmu, bool pte64)
{
	mmu->reg[REG_FRAME] = pte64 ? OPENBSD_FRAME64 : OPENBSD_FRAME32;
	mmu->levels[0].entry_size = pte64 ? 8 : 4;
}

/*
 * A PTE table is one page, and so is a 64-bit segment table; a 32-bit one covers 2 GiB,
 * of which KSEG2 is the upper half.
 */
enum kv_status
mmu_mips_segtab_init(struct mmu *ret, const struct mmu_mips *how, paddr_t segtab,
    struct kv_err *err)
{
	enum kv_status st = common_init(ret, how, err);
	if (st != KV_OK)
		return st;
	const uint8_t page = (uint8_t)how->page_shift, pte_bits = (uint8_t)(page - 2),
		      seg_shift = (uint8_t)(page + pte_bits);
	const struct radix_level pte = { "PTE", page, pte_bits, 4, false };
	if (how->bits == 32) {
		ret->nlevels = 2;
		ret->va_base = UINT64_C(0xc0000000);
		ret->va_bits = 30;
		ret->levels[0] = (struct radix_level){ "SEG", seg_shift, (uint8_t)(31 - seg_shift), 4, true };
		ret->levels[1] = pte;
	} else {
		const uint8_t seg_bits = (uint8_t)(page - 3);
		ret->nlevels = 3;
		ret->va_base = UINT64_C(0xc000000000000000);
		ret->va_bits = (uint8_t)(seg_shift + 2 * seg_bits);
		ret->levels[0] = (struct radix_level){ "XSEG", (uint8_t)(seg_shift + seg_bits),
			seg_bits, 8, true };
		ret->levels[1] = (struct radix_level){ "SEG", seg_shift, seg_bits, 8, true };
		ret->levels[2] = pte;
	}
	ret->regime = "segtab";
	ret->root = (struct kv_loc){ .addr = segtab, .space = KV_PHYS };
	ret->decode = segtab_decode;
	return KV_OK;
}

/*
 * FreeBSD's PTE (sys/mips/include/pte.h): EntryLo, and above it software's bits, of which one says
 * that the page is read-only.  D only says that it was written.
 */
#define FREEBSD_V	UINT64_C(0x2)
#define FREEBSD_FRAME32	UINT64_C(0x1fffffc0)
#define FREEBSD_FRAME64	UINT64_C(0x3ffffffc0)
#define FREEBSD_RO32	(UINT64_C(1) << 29)
#define FREEBSD_RO64	(UINT64_C(1) << 55)

static void
freebsd_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	const bool wide = mmu->levels[i].entry_size == 8;
	if ((raw & FREEBSD_V) == 0)
		entry_invalid(ret, "is not valid");
	else
		entry_leaf(ret, (raw & (wide ? FREEBSD_FRAME64 : FREEBSD_FRAME32)) >> 6 << 12,
		    prot_of(true, (raw & (wide ? FREEBSD_RO64 : FREEBSD_RO32)) == 0, true));
}

struct mmu
mmu_mips_freebsd_pte_array(bool pte64, unsigned bits, bool big)
{
	return (struct mmu){
		.ops = &mmu_radix_ops,
		.regime = "sysmap",
		.big = big,
		.va_bits = (uint8_t)bits,
		.nlevels = 1,
		.levels = { { "PTE", 12, (uint8_t)(bits - 12), pte64 ? 8 : 4, false } },
		.decode = freebsd_decode,
		.valid_mask = FREEBSD_V,
	};
}
