/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translation regimes: virtual address -> run.  A regime knows tables and
 * entries; it reads them through a callback and knows no file, OS or handle.
 */
#ifndef MMU_H
#define MMU_H

#include "kv.h"

struct mmu;

/* The low n bits, n from 0 to 64. */
static inline uint64_t
low_mask(unsigned n)
{
	return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

/*
 * Reads table bytes.  On KV_OK *ret points at len bytes or more; *got says how many
 * (so that a whole table costs one call), valid until the next call.  Fails as memory
 * fails: KV_EABSENT, KV_ETRUNC, KV_EIO.
 */
struct mmu_src {
	enum kv_status (*read)(void *arg, struct kv_loc at, size_t len, const uint8_t **ret,
	    size_t *got, struct kv_err *err);
	void *arg;
};

enum mmu_kind { MMU_INVALID, MMU_RESERVED, MMU_TABLE, MMU_LEAF };

/* One level visited by a walk, for traces. */
struct mmu_step {
	unsigned level;		/* levels left below this one: 0 is the last table */
	const char *name;	/* the manual's name of the table: "PML4", "PT" */
	struct kv_loc table;	/* start of the table */
	uint64_t index;		/* entry number in it */
	struct kv_loc entry;	/* the entry */
	unsigned size;		/* bytes of the entry */
	uint64_t raw;		/* the entry, decoded from target order */
	enum mmu_kind kind;
	struct kv_loc next;	/* TABLE: the next table; LEAF: first byte of the page */
	uint8_t prot;		/* what this entry allows: KV_R | KV_W | KV_X */
	const char *why;	/* INVALID, RESERVED: a phrase such as "is not present" */
};
typedef void mmu_step_fn(void *arg, const struct mmu_step *step);

/*
 * A stretch found by each.  st is KV_OK for a mapping (run->at is where it lies) or
 * the failure that kept a table from being read: the stretch is then unknown.
 * Return false to stop.
 */
typedef bool mmu_run_fn(void *arg, const struct kv_run *run, enum kv_status st);

struct mmu_ops {
	/*
	 * Translates va.  *run is set on KV_OK and on KV_EUNMAPPED, and run->first <= va
	 * <= run->last: the page (or the part of the hole that the visited tables prove).
	 * Returns KV_OK, KV_EUNMAPPED, or what reading an entry returned, with a sentence
	 * such as "PD entry 3 (0x0) at 0x1018 is not present".
	 * step, if not NULL, is called once per entry read.
	 */
	enum kv_status (*walk)(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va,
	    struct kv_run *run, mmu_step_fn *step, void *arg, struct kv_err *err);
	/*
	 * All mappings that touch [lo, last], clipped to it, neighbours not merged, and the
	 * unreadable stretches, in the order of their addresses.  KV_OK also when fn stopped it.  Page tables
	 * that loop end it with KV_EFORMAT once mmu->table_limit tables have been visited.
	 */
	enum kv_status (*each)(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo,
	    vaddr_t last, mmu_run_fn *fn, void *arg, struct kv_err *err);
};

/* ---- Radix trees: one walker, a level table and an entry decoder per machine. ---- */

struct mmu_entry {
	enum mmu_kind kind;
	struct kv_loc at;	/* TABLE: next table; LEAF: first byte of the page */
	uint8_t prot;		/* and-ed over the levels; a table that limits nothing: all */
	uint8_t skip;		/* TABLE: levels that this table is not of (ARM's fine tables) */
	uint8_t leaf_shift;	/* LEAF: log2 of a page wider than the entry's span, which
				 * several entries repeat; 0: the level's own shift */
	uint8_t sub_shift;	/* LEAF: log2 of its four subpages, if their rights differ; or 0 */
	uint8_t sub_prot[4];	/* then what each allows, in place of prot */
	const char *why;
};

struct radix_level {
	const char *name;
	uint8_t shift;		/* lowest VA bit of the index */
	uint8_t bits;		/* width of the index: a table has 2^bits entries */
	uint8_t entry_size;	/* 1, 4 or 8 */
	bool table;		/* an entry may name a table; of the last level none does */
};

#define MMU_MAXLEVELS	6
#define MMU_MAXREGS	32

/*
 * 16 GiB of 4 KiB tables.  Entries that point back up make a tree of 512^4 pages out of
 * one table: dump_end sets a lower limit, by the memory that the dump holds.
 */
#define MMU_TABLE_LIMIT	(UINT32_C(1) << 22)

/*
 * An instance, made at open from a template (levels may come from a header).
 * Everything in it is a value: it may be copied.
 */
struct mmu {
	const struct mmu_ops *ops;
	const char *regime;	/* the name in ports.def, fixtures and messages: "4level" */
	struct kv_loc root;
	bool big;		/* byte order of the entries */
	bool sign_extended;	/* bits above va_bits must equal bit va_bits - 1 ... */
	vaddr_t va_base;	/* ... else they must be as here (0; ~0 << 48 for a TTBR1) */
	uint8_t va_bits;	/* width that a radix tree or page map translates, at most 64 */
	uint8_t nlevels;
	uint8_t root_stride;	/* bytes from entry to entry of the root; 0: entry_size */
	/*
	 * The root's first entry, which lies at root, and how many there are; count 0: all from 0
	 * on.  Only where levels[0] covers all of va_bits.
	 */
	uint64_t root_first, root_count;
	struct radix_level levels[MMU_MAXLEVELS];	/* root first */
	void (*decode)(const struct mmu *mmu, unsigned level_index, uint64_t raw,
	    struct mmu_entry *ret);
	/*
	 * Or NULL: the untraced walk that succeeds, where a regime has a shorter way to it.  It
	 * returns false on all else, and then is asked for nothing: the walker starts anew.
	 */
	bool (*fast)(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va,
	    struct kv_run *run);
	uint64_t valid_mask;	/* an entry with none of these bits is surely invalid; 0: ask decode */
	bool prot_unknown;	/* the entries' prot says nothing */
	uint32_t table_limit;	/* each: visits of tables before it gives up; 0: MMU_TABLE_LIMIT */
	uint64_t param[4];	/* the regime's own: masks, register bits */
	uint64_t reg[MMU_MAXREGS];	/* and its own registers, if it has many */
	const void *arg;	/* and its own table, which outlives every copy of the instance */
};

/* lib/mmu/radix.c */
extern const struct mmu_ops mmu_radix_ops;

/* lib/mmu/x86.c: templates without a root. */
extern const struct mmu mmu_x86_4level;
extern const struct mmu mmu_x86_5level;
/* The top table that a long-mode CR3 names: without its flags or PCID. */
struct kv_loc mmu_x86_root(uint64_t cr3);

/* i386: the root is the page directory; PAE's four lie back to back ... */
extern const struct mmu mmu_x86_pae;
/* ... or where the four pointers say that a PAE CR3 names (bits 31:5). */
extern const struct mmu mmu_x86_pdpt;
extern const struct mmu mmu_x86_32bit;

/*
 * lib/mmu/array.c: makes an instance of a template for page maps of minidumps: size bytes at off in
 * the image, whose first entry is of base.  KV_EFORMAT if base is not a multiple of what an entry
 * covers.
 */
enum kv_status mmu_array(struct mmu *mmu, vaddr_t base, uint64_t off, uint64_t size,
    struct kv_err *err);
/* Such templates, by machine: an entry of the array is ... */
extern const struct mmu mmu_x86_pte_array;	/* long mode's PTE */
extern const struct mmu mmu_x86_pde_array;	/* long mode's PDE, above PTs in memory */
extern const struct mmu mmu_x86_pdp_array;	/* a PDPTE; of all 48 bits: only root is to be set */
extern const struct mmu mmu_x86_pae_pte_array, mmu_x86_32bit_pte_array;
extern const struct mmu mmu_arm_armv7_pte_array, mmu_arm_armv5_pte_array;
extern const struct mmu mmu_aarch64_4k_pte_array, mmu_aarch64_16k_pte_array;
extern const struct mmu mmu_riscv_pte_array;
/* FreeBSD/mips, whose PTEs are its own; of 4 or 8 bytes, of 32 or 64 bits of address. */
struct mmu mmu_mips_freebsd_pte_array(bool pte64, unsigned bits, bool big);

/*
 * lib/mmu/riscv.c: the regime that satp selects, with its root.  xlen is 32 or 64.
 * KV_EFORMAT if satp switches translation off, KV_EUNSUP if its mode is not defined.
 */
enum kv_status mmu_riscv_init(struct mmu *ret, uint64_t satp, unsigned xlen, struct kv_err *err);

/*
 * lib/mmu/aarch64.c: the half of the address space that TTBR1 translates, as TCR_EL1 has it.
 * KV_EFORMAT if TCR's granule or size is not defined.
 */
enum kv_status mmu_aarch64_init(struct mmu *ret, uint64_t tcr, uint64_t ttbr1, bool big,
    struct kv_err *err);

/* lib/mmu/arm.c: templates without root and byte order.  32-bit addresses, zero-extended. */
extern const struct mmu mmu_arm_armv7;	/* version 6 and 7 */
extern const struct mmu mmu_arm_armv5;	/* before, and XScale */

/* lib/mmu/alpha.c: a template without a root. */
extern const struct mmu mmu_alpha;

/*
 * lib/mmu/linear.c: va to last lie at pa and up.  prot: KV_R | KV_W | KV_X; MMU_NOPROT: not
 * known.  Addresses outside are unmapped.
 */
#define MMU_NOPROT	0x80u
struct mmu mmu_linear(vaddr_t va, vaddr_t last, paddr_t pa, unsigned prot);

/*
 * lib/mmu/mips.c.  bits: 32 or 64; page_shift 12, 13 or 14; archlevel 1 or 3; pg_shift of
 * the header (12; 6, on VR41xx 4) and its valid bit.  Tables are for KSEG2 (0xc0000000)
 * and XKSEG (0xc000000000000000).
 */
struct mmu_mips {
	unsigned bits, page_shift, archlevel, pg_shift;
	uint32_t pg_v;
	bool big;
};
/* A linear array of count PTEs at sysmap; the caller checks that memory holds them. */
enum kv_status mmu_mips_sysmap_init(struct mmu *ret, const struct mmu_mips *how, vaddr_t base,
    paddr_t sysmap, uint64_t count, struct kv_err *err);
/* Gives a Sysmap the PTEs of OpenBSD/mips64, of 4 bytes (loongson) or 8 (octeon). */
void mmu_mips_openbsd(struct mmu *mmu, bool pte64);
/* The tree of pointers below pmap_kern_segtab: they lie in KSEG0 or XKPHYS (KV_VIRT). */
enum kv_status mmu_mips_segtab_init(struct mmu *ret, const struct mmu_mips *how, paddr_t segtab,
    struct kv_err *err);

/*
 * lib/mmu/m68k.c: the trees whose shifts and masks the header holds, in the words of
 * sys/arch/m68k/include/kcore.h.
 */
struct mmu_m68k {
	int32_t mmutype;	/* -3 68060, -2 68040, -1 68030, 0 HP, 1 68851 */
	uint32_t page_size, sg_v, sg_frame, sg_ishift, sg_pmask;
	uint32_t sg40_shift1, sg40_mask2, sg40_shift2, sg40_mask3, sg40_shift3;
	uint32_t sg40_addr1, sg40_addr2, pg_v, pg_frame, sysseg_pa;
};
enum kv_status mmu_m68k_init(struct mmu *ret, const struct mmu_m68k *how, struct kv_err *err);

/*
 * lib/mmu/m68kgen.c: the tree that a 68851-style TCR and SRP describe.  A transparent
 * translation register: true if it is on, and names one supervisor range in one piece.
 */
enum kv_status mmu_m68kgen_init(struct mmu *ret, int32_t mmutype, uint32_t tcr,
    const uint32_t srp[2], struct kv_err *err);
bool mmu_m68kgen_tt(int32_t mmutype, uint32_t tt, vaddr_t *lo, vaddr_t *last);

/*
 * lib/mmu/sparc64.c: templates without a root, which is the physical address of the kernel's
 * top table.  mmu_sparc64_frame gives the instance other frame bits (OpenBSD: 46:13).
 */
extern const struct mmu mmu_sparc64_sun4u;
extern const struct mmu mmu_sparc64_sun4v;
void mmu_sparc64_frame(struct mmu *mmu, uint64_t tte_frame);

/* lib/mmu/sun4.c: NetBSD/sparc's segment map and PMEGs, both in the header (KV_BLOB). */
struct mmu_sun4 {
	bool sun4c;		/* 4 KiB pages; else sun4's 8 KiB */
	uint32_t kernbase, nsegmap, npmeg;
	uint64_t segmap_off, pmeg_off;	/* in the cpu data */
};
enum kv_status mmu_sun4_init(struct mmu *ret, const struct mmu_sun4 *how, struct kv_err *err);

/*
 * lib/mmu/srmmu.c.  segmap: NetBSD's dump, whose segment map (KV_BLOB) holds the virtual
 * addresses of PTE tables; va2pa is what is subtracted from them.  hardware: the context
 * table's entry.
 */
enum kv_status mmu_srmmu_segmap_init(struct mmu *ret, uint32_t kernbase, uint32_t nsegmap,
    uint64_t segmap_off, uint64_t va2pa, struct kv_err *err);
struct mmu mmu_srmmu_context(paddr_t context_table, unsigned context);

/* lib/mmu/sun3.c: the header's ksegmap and PMEGs (KV_BLOB); sun3x: an array of PTEs. */
struct mmu_sun3 {
	uint32_t page_size, kernbase, segshift, pg_frame, pg_valid;
	uint64_t ksegmap_off, nksegmap, pmeg_off;	/* in the cpu data */
};
enum kv_status mmu_sun3_init(struct mmu *ret, const struct mmu_sun3 *how, struct kv_err *err);
enum kv_status mmu_sun2_init(struct mmu *ret, const struct mmu_sun3 *how, struct kv_err *err);
/* kern_c_base: virtual address of the PTE of kernbase, in the contiguous part. */
enum kv_status mmu_sun3x_init(struct mmu *ret, uint32_t page_size, uint32_t kernbase,
    uint32_t pg_frame, uint32_t pg_valid, uint32_t kern_c_base, struct kv_err *err);

/* lib/mmu/sh.c: P3; the root's pointers lie in P1 (KV_VIRT).  Without root and byte order. */
extern const struct mmu mmu_sh;

/*
 * lib/mmu/powerpc.c: BATs and the 32-bit hashed table.  bats[0] the data BATs, bats[1] the
 * instruction BATs.  xbl: the 7455's long blocks (bits 16:13 of the upper word) are decoded.
 */
struct mmu_powerpc {
	uint32_t sdr1, sr[16];
	struct { uint32_t upper, lower; } bats[2][8];
	bool is_601, xbl;
};
struct mmu mmu_powerpc_oea(const struct mmu_powerpc *regs);

/* lib/mmu/powerpc64.c: the 64-bit hashed table below 16 bridge segment registers. */
struct mmu mmu_powerpc64_oea64(uint64_t sdr1, const uint64_t sr[16]);

/*
 * lib/mmu/virtual.c: n ranges, ascending and disjoint, whose first bytes lie at addr (KV_PHYS) and
 * up; the others were not dumped, and where they lie is not known (KV_EABSENT).  v must outlive the
 * instance.
 */
struct mmu_segment {
	vaddr_t first, last;	/* inclusive; p_memsz bytes, at most 2^63 - 1 */
	uint64_t addr;
	uint64_t dumped;	/* p_filesz */
	size_t number;		/* of the program header */
};
struct mmu mmu_virtual(const struct mmu_segment *v, size_t n);

/*
 * lib/mmu/tsb.c: FreeBSD/sparc64's kernel TSB of mask + 1 entries.  The caller bounds mask by
 * the size of the table, and puts the direct map before it.
 */
struct mmu mmu_tsb(struct kv_loc root, uint64_t mask);

/* lib/mmu/powerpc64radix.c: a template without a root; va_base is 0. */
extern const struct mmu mmu_powerpc64_radix;

/* lib/mmu/freebsdhpt.c: FreeBSD/powerpc64's hashed table, size bytes at off in the image. */
enum kv_status mmu_freebsd_hpt_init(struct mmu *ret, uint64_t off, uint64_t size,
    struct kv_err *err);

/* lib/mmu/displaced.c: what inner, which must outlive the instance, has at va + disp mod 2^64. */
struct mmu mmu_displaced(const struct mmu *inner, uint64_t disp);

/* Wrappers that port and api call. */
static inline enum kv_status
mmu_walk(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va, struct kv_run *run,
    mmu_step_fn *step, void *arg, struct kv_err *err)
{
	return mmu->ops->walk(mmu, src, va, run, step, arg, err);
}

static inline enum kv_status
mmu_each(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo, vaddr_t last,
    mmu_run_fn *fn, void *arg, struct kv_err *err)
{
	return mmu->ops->each(mmu, src, lo, last, fn, arg, err);
}

#endif
