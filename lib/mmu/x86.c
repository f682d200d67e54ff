/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86 paging: 64-bit mode of 4 and 5 levels, PAE and 32-bit.
 * Sources: Intel SDM vol. 3A, 4.3 to 4.5; AMD64 APM vol. 2, 5.2 and 5.3.
 */
#include "bytes.h"
#include "entry.h"

#define X86_P		UINT64_C(0x1)		/* present */
#define X86_RW		UINT64_C(0x2)
#define X86_PS		UINT64_C(0x80)		/* a page, not a table; PAT in a PTE */
#define X86_PAT_LARGE	UINT64_C(0x1000)	/* PAT of a large page, not an address bit */
#define X86_NX		UINT64_C(0x8000000000000000)
#define X86_FRAME	UINT64_C(0x000ffffffffff000)	/* bits 51:12 */

/* What differs between the formats of x86 entries: indices of struct mmu's param. */
enum {
	PARAM_FRAME,	/* address bits of an entry */
	PARAM_NX,	/* the execute-disable bit, or 0 */
	PARAM_RESERVED,	/* bits that fault if set, whatever the entry is */
};

/*
 * Read as the CPU would, except where the dump does not tell: address bits from
 * MAXPHYADDR up to 51 fault on the CPU but name memory that no dump has; EFER.NXE is
 * taken to be set, CR4.PGE, SMEP and protection keys do not matter to a reader.
 * Bits 11:8 and 62:52 are ignored, as Intel has it (AMD reserves bit 8 of a PML4E).
 */
static inline __attribute__((always_inline)) void
x86_entry(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	const struct radix_level *lv = &mmu->levels[i];
	uint64_t frame = raw & mmu->param[PARAM_FRAME];

	ret->at = (struct kv_loc){ .addr = frame, .space = KV_PHYS };
	ret->prot = (uint8_t)(KV_R | ((raw & X86_RW) != 0 ? KV_W : 0) |
	    ((raw & mmu->param[PARAM_NX]) != 0 ? 0 : KV_X));
	ret->leaf_shift = 0;
	ret->why = NULL;
	if ((raw & X86_P) == 0) {
		ret->kind = MMU_INVALID;
		ret->prot = 0;
		ret->why = "is not present";
	} else if ((raw & mmu->param[PARAM_RESERVED]) != 0) {
		ret->kind = MMU_RESERVED;
		ret->why = "has reserved bits 62:52 set";
	} else if (!lv->table)
		ret->kind = MMU_LEAF;
	else if ((raw & X86_PS) == 0)
		ret->kind = MMU_TABLE;
	else if (lv->shift > 30) {	/* no page is larger than 1 GiB */
		ret->kind = MMU_RESERVED;
		ret->why = "has reserved bit 7 (PS) set";
	} else {
		const uint64_t low = low_mask(lv->shift);
		ret->at.addr = frame & ~low;
		ret->kind = MMU_LEAF;
		if ((frame & low & ~X86_PAT_LARGE) != 0) {
			ret->kind = MMU_RESERVED;
			ret->why = lv->shift == 30 ? "is a 1 GiB page with reserved bits 29:13 set" :
						     "is a 2 MiB page with reserved bits 20:13 set";
		}
	}
}

/*
 * 4.3: a 4 MiB page has bits 39:32 of its address in bits 20:13 (PSE-36), and bit 21 is
 * reserved.  CR4.PSE is taken to be set.
 */
static void
x86_decode_32bit(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	(void)mmu;
	if ((raw & X86_P) == 0) {
		entry_invalid(ret, "is not present");
		return;
	}
	uint8_t prot = prot_of(true, (raw & X86_RW) != 0, true);
	if (i == 1)
		entry_leaf(ret, raw & UINT64_C(0xfffff000), prot);
	else if ((raw & X86_PS) == 0)
		entry_table(ret, KV_PHYS, raw & UINT64_C(0xfffff000), prot);
	else if ((raw & UINT64_C(0x200000)) != 0)
		entry_reserved(ret, "is a 4 MiB page with reserved bit 21 set");
	else
		entry_leaf(ret, (raw & UINT64_C(0xffc00000)) | (raw >> 13 & 0xff) << 32, prot);
}

static void
x86_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	x86_entry(mmu, i, raw, ret);
}

/*
 * The walk that succeeds of 4 or 5 levels, with the decoder inline: half the instructions of the shared one.
 * False on all else, which the shared walker then finds again and puts into words.
 */
static bool
x86_walk_fast(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va, struct kv_run *run)
{
	struct kv_loc table = mmu->root;
	uint8_t prot = KV_R | KV_W | KV_X;
	for (unsigned i = 0; i < mmu->nlevels; i++) {
		const struct radix_level *lv = &mmu->levels[i];
		struct kv_loc at = table;
		at.addr += (va >> lv->shift & 511) * 8;
		const uint8_t *p;
		size_t got;
		if (at.addr < table.addr || src->read(src->arg, at, 8, &p, &got, NULL) != KV_OK)
			return false;
		struct mmu_entry e;
		x86_entry(mmu, i, le64_get(p), &e);
		prot &= e.prot;
		if (e.kind == MMU_TABLE) {
			table = e.at;
			continue;
		}
		if (e.kind != MMU_LEAF)
			return false;
		const uint64_t span = (UINT64_C(1) << lv->shift) - 1;
		*run = (struct kv_run){ va & ~span, va | span, e.at, prot, true };
		return true;
	}
	return false;
}

/*		  shift	bits	size	table */
#define PML5	{ "PML5", 48,	9,	8,	true }
#define PML4	{ "PML4", 39,	9,	8,	true }
#define PDPT	{ "PDPT", 30,	9,	8,	true }
#define PD	{ "PD",	  21,	9,	8,	true }
#define PT	{ "PT",	  12,	9,	8,	false }

const struct mmu mmu_x86_4level = {
	.ops = &mmu_radix_ops,
	.regime = "4level",
	.fast = x86_walk_fast,
	.sign_extended = true,
	.va_bits = 48,
	.nlevels = 4,
	.levels = { PML4, PDPT, PD, PT },
	.decode = x86_decode,
	.valid_mask = X86_P,
	.param = { [PARAM_FRAME] = X86_FRAME, [PARAM_NX] = X86_NX },
};

const struct mmu mmu_x86_5level = {
	.ops = &mmu_radix_ops,
	.regime = "5level",
	.fast = x86_walk_fast,
	.sign_extended = true,
	.va_bits = 57,
	.nlevels = 5,
	.levels = { PML5, PML4, PDPT, PD, PT },
	.decode = x86_decode,
	.valid_mask = X86_P,
	.param = { [PARAM_FRAME] = X86_FRAME, [PARAM_NX] = X86_NX },
};

/*
 * 4.4, but for the four PDPTEs: the BSDs keep the four page directories back to back, and
 * their headers name the first.  Bits 62:52 are reserved here, unlike in 64-bit mode.
 */
const struct mmu mmu_x86_pae = {
	.ops = &mmu_radix_ops,
	.regime = "pae",
	.va_bits = 32,
	.nlevels = 2,
	.levels = { { "PD", 21, 11, 8, true }, PT },
	.decode = x86_decode,
	.valid_mask = X86_P,
	.param = {
		[PARAM_FRAME] = X86_FRAME,
		[PARAM_NX] = X86_NX,
		[PARAM_RESERVED] = UINT64_C(0x7ff0000000000000),
	},
};

/*
 * 4.4.1: entries of the page-directory-pointer table limit no access.  The CPU checks their reserved
 * bits (63:52, 8:5, 2:1) when CR3 is loaded, and never again: what a dump has there says nothing.
 */
static void
x86_decode_pdpt(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	if (i > 0)
		x86_entry(mmu, i, raw, ret);
	else if ((raw & X86_P) == 0)
		entry_invalid(ret, "is not present");
	else
		entry_table(ret, KV_PHYS, raw & X86_FRAME, PROT_RWX);
}

/* 4.4 as the CPU has it. */
const struct mmu mmu_x86_pdpt = {
	.ops = &mmu_radix_ops,
	.regime = "pae",
	.va_bits = 32,
	.nlevels = 3,
	.levels = { { "PDPT", 30, 2, 8, true }, PD, PT },
	.decode = x86_decode_pdpt,
	.valid_mask = X86_P,
	.param = {
		[PARAM_FRAME] = X86_FRAME,
		[PARAM_NX] = X86_NX,
		[PARAM_RESERVED] = UINT64_C(0x7ff0000000000000),
	},
};

const struct mmu mmu_x86_32bit = {
	.ops = &mmu_radix_ops,
	.regime = "32bit",
	.va_bits = 32,
	.nlevels = 2,
	.levels = { { "PD", 22, 10, 4, true }, { "PT", 12, 10, 4, false } },
	.decode = x86_decode_32bit,
	.valid_mask = X86_P,
};

/* ---- Page maps of minidumps: FreeBSD's sys/{amd64,i386}/.../minidump_machdep*.c, DragonFly's. ---- */

#define LONG_MODE	.ops = &mmu_radix_ops, .decode = x86_decode, .valid_mask = X86_P, \
			.param = { [PARAM_FRAME] = X86_FRAME, [PARAM_NX] = X86_NX }

/* The writer has made a 1 GiB page 512 entries of 2 MiB. */
const struct mmu mmu_x86_pde_array = {
	LONG_MODE,
	.regime = "pde",
	.va_bits = 64,
	.nlevels = 2,
	.levels = { { "PD", 21, 43, 8, true }, PT },
};

/* ... and large pages entries of 4 KiB. */
const struct mmu mmu_x86_pte_array = {
	LONG_MODE,
	.regime = "pte",
	.va_bits = 64,
	.nlevels = 1,
	.levels = { { "PT", 12, 52, 8, false } },
};

const struct mmu mmu_x86_pdp_array = {
	LONG_MODE,
	.regime = "pdp",
	.sign_extended = true,
	.va_bits = 48,
	.nlevels = 3,
	.levels = { { "PDPT", 30, 18, 8, true }, PD, PT },
};

const struct mmu mmu_x86_pae_pte_array = {
	.ops = &mmu_radix_ops,
	.regime = "pae",
	.va_bits = 32,
	.nlevels = 1,
	.levels = { { "PT", 12, 20, 8, false } },
	.decode = x86_decode,
	.valid_mask = X86_P,
	.param = {
		[PARAM_FRAME] = X86_FRAME,
		[PARAM_NX] = X86_NX,
		[PARAM_RESERVED] = UINT64_C(0x7ff0000000000000),
	},
};

static void
x86_decode_32bit_pte(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	(void)i;
	x86_decode_32bit(mmu, 1, raw, ret);
}

const struct mmu mmu_x86_32bit_pte_array = {
	.ops = &mmu_radix_ops,
	.regime = "32bit",
	.va_bits = 32,
	.nlevels = 1,
	.levels = { { "PT", 12, 20, 4, false } },
	.decode = x86_decode_32bit_pte,
	.valid_mask = X86_P,
};

struct kv_loc
mmu_x86_root(uint64_t cr3)
{
	return (struct kv_loc){ .addr = cr3 & X86_FRAME, .space = KV_PHYS };
}
