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
	 * All mappings that touch [lo, last], clipped to it, neighbours not merged, in any
	 * order; plus the unreadable stretches.  KV_OK also when fn stopped it.  Page tables
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
	const char *why;
};

struct radix_level {
	const char *name;
	uint8_t shift;		/* lowest VA bit of the index */
	uint8_t bits;		/* width of the index: a table has 2^bits entries */
	uint8_t entry_size;	/* 1, 4 or 8 */
	bool leaf, table;	/* what an entry may be here */
};

#define MMU_MAXLEVELS	6

/*
 * 16 GiB of 4 KiB tables.  Entries that point back up make a tree of 512^4 pages out of
 * one table; a port that knows how much memory the dump holds sets a lower limit (a few times the
 * number of its pages: a recursive slot visits each table about twice).
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
	uint8_t va_bits;	/* width that the tables translate, at most 64 */
	uint8_t pa_bits;	/* widest physical address an entry can hold */
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
	uint64_t valid_mask;	/* an entry with none of these bits is surely invalid; 0: ask decode */
	bool prot_unknown;	/* the entries' prot says nothing */
	uint32_t table_limit;	/* each: visits of tables before it gives up; 0: MMU_TABLE_LIMIT */
	uint64_t param[4];	/* the regime's own: masks, register bits */
};

/* lib/mmu/radix.c */
extern const struct mmu_ops mmu_radix_ops;

/* lib/mmu/x86.c: templates without a root. */
extern const struct mmu mmu_x86_4level;
extern const struct mmu mmu_x86_5level;
/* The top table that a long-mode CR3 names: without its flags or PCID. */
struct kv_loc mmu_x86_root(uint64_t cr3);

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
