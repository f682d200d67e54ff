/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Radix trees: tables indexed by successive bits of the address.  Shape and decoder
 * come from struct mmu; every loop is bounded by its level table.
 */
#include <inttypes.h>
#include <stdio.h>

#include "bytes.h"
#include "mmu.h"

enum { PROT_ALL = KV_R | KV_W | KV_X };

static inline uint64_t
entry_get(const uint8_t *p, unsigned size, bool big)
{
	if (size == 8)
		return big ? be64_get(p) : le64_get(p);
	if (size == 1)
		return p[0];
	return big ? be32_get(p) : le32_get(p);
}

/* True if the tables translate va at all. */
static inline bool
va_in_space(const struct mmu *mmu, vaddr_t va)
{
	if (mmu->va_bits >= 64)
		return true;
	if (!mmu->sign_extended)
		return va >> mmu->va_bits == mmu->va_base >> mmu->va_bits;
	uint64_t top = va >> (mmu->va_bits - 1);
	return top == 0 || top == UINT64_MAX >> (mmu->va_bits - 1);
}

/* The hole around an address that no table translates. */
static enum kv_status
va_outside(const struct mmu *mmu, vaddr_t va, struct kv_run *run, struct kv_err *err)
{
	*run = (struct kv_run){ .first = va, .last = va };
	if (mmu->sign_extended) {
		run->first = UINT64_C(1) << (mmu->va_bits - 1);
		run->last = ~run->first;
		return kv_fail(err, KV_EUNMAPPED,
		    "0x%" PRIx64 " is not a canonical address: bits 63:%u are not all equal", va,
		    mmu->va_bits - 1u);
	}
	vaddr_t lo = mmu->va_base & ~low_mask(mmu->va_bits), last = lo | low_mask(mmu->va_bits);
	if (va < lo) {
		run->first = 0;
		run->last = lo - 1;
	} else {
		run->first = last + 1;
		run->last = UINT64_MAX;
	}
	return kv_fail(err, KV_EUNMAPPED,
	    "0x%" PRIx64 " is outside of the translated addresses 0x%" PRIx64 " to 0x%" PRIx64, va, lo,
	    last);
}

struct loc_text {
	char s[48];
};

static struct loc_text
loc_text(struct kv_loc at)
{
	static const char *const space[] = {
		[KV_PHYS] = "",
		[KV_VIRT] = "virtual address ",
		[KV_BLOB] = "header offset ",
		[KV_FILE] = "file offset ",
	};
	struct loc_text t;
	(void)snprintf(t.s, sizeof(t.s), "%s0x%" PRIx64, space[at.space], at.addr);
	return t;
}

/* The table's index for va. */
static inline uint64_t
va_index(const struct radix_level *lv, vaddr_t va)
{
	return va >> lv->shift & low_mask(lv->bits);
}

/* Bytes from one entry of level i to the next. */
static inline unsigned
entry_stride(const struct mmu *mmu, unsigned i)
{
	return i == 0 && mmu->root_stride != 0 ? mmu->root_stride : mmu->levels[i].entry_size;
}

/*
 * Where entry index of a table lies; false if that is past the top of its space: a
 * header may have named any table.
 */
static inline bool
entry_loc(const struct mmu *mmu, unsigned i, struct kv_loc table, uint64_t index,
    struct kv_loc *ret)
{
	if (i == 0)
		index -= mmu->root_first;
	*ret = table;
	return u64_add(table.addr, index * entry_stride(mmu, i), &ret->addr) &&
	    ret->addr <= UINT64_MAX - (mmu->levels[i].entry_size - 1u);
}

/* False if the root is shorter than its index is wide, and index is one that it lacks. */
static inline bool
root_has(const struct mmu *mmu, uint64_t index)
{
	return mmu->root_count == 0 || index - mmu->root_first < mmu->root_count;
}

/* The hole before or behind a root's entries. */
static enum kv_status
root_outside(const struct mmu *mmu, vaddr_t va, struct kv_run *run, struct kv_err *err)
{
	const struct radix_level *lv = &mmu->levels[0];
	const uint64_t index = va_index(lv, va), past = mmu->root_first + mmu->root_count;
	const vaddr_t base = va & ~low_mask(lv->shift + lv->bits);
	*run = (struct kv_run){ .first = base, .last = base | low_mask(lv->shift + lv->bits) };
	if (index < mmu->root_first)
		run->last = base + (mmu->root_first << lv->shift) - 1;
	else
		run->first = base + (past << lv->shift);
	return kv_fail(err, KV_EUNMAPPED,
	    "%s entry %" PRIu64 " does not exist: the table has %" PRIu64 " to %" PRIu64, lv->name,
	    index, mmu->root_first, past - 1);
}

/*
 * The byte at va, which lies in the span of a leaf entry.  A page wider than that span
 * (ARM's large pages, contiguous hints) is answered for the part that this entry proves.
 */
static inline struct kv_loc
leaf_at(const struct mmu_entry *e, const struct radix_level *lv, vaddr_t va)
{
	struct kv_loc at = e->at;
	at.addr += va & low_mask(e->leaf_shift > lv->shift ? e->leaf_shift : lv->shift);
	return at;
}

/* Of the span of a leaf entry, the address bits of what has the same rights. */
static inline uint64_t
leaf_span(const struct mmu_entry *e, uint64_t span)
{
	return e->sub_shift != 0 ? span & low_mask(e->sub_shift) : span;
}

/* What an entry alone allows at va. */
static inline uint8_t
leaf_prot(const struct mmu_entry *e, vaddr_t va)
{
	return e->sub_shift != 0 ? e->sub_prot[va >> e->sub_shift & 3] : e->prot;
}

static void
step_report(const struct mmu *mmu, unsigned i, struct kv_loc table, uint64_t index,
    struct kv_loc at, uint64_t raw, const struct mmu_entry *e, mmu_step_fn *step, void *arg)
{
	step(arg,
	    &(struct mmu_step){
		.level = mmu->levels[i].table ? mmu->nlevels - 1u - i : 0,
		.name = mmu->levels[i].name,
		.table = table,
		.index = i == 0 ? index - mmu->root_first : index,
		.entry = at,
		.size = mmu->levels[i].entry_size,
		.raw = raw,
		.kind = e->kind,
		.next = e->at,
		.prot = e->prot,
		.why = e->why,
	    });
}

static enum kv_status
radix_walk(const struct mmu *mmu, const struct mmu_src *src, vaddr_t va, struct kv_run *run,
    mmu_step_fn *step, void *arg, struct kv_err *err)
{
	if (!va_in_space(mmu, va))
		return va_outside(mmu, va, run, err);
	if (step == NULL && mmu->fast != NULL && mmu->fast(mmu, src, va, run))
		return KV_OK;

	struct kv_loc table = mmu->root;
	uint8_t prot = PROT_ALL;
	for (unsigned i = 0; i < mmu->nlevels; i++) {
		const struct radix_level *lv = &mmu->levels[i];
		uint64_t index = va_index(lv, va), span = low_mask(lv->shift);
		struct kv_loc at;
		if (i == 0 && !root_has(mmu, index))
			return root_outside(mmu, va, run, err);
		if (!entry_loc(mmu, i, table, index, &at))
			return kv_fail(err, KV_EFORMAT,
			    "%s entry %" PRIu64 ": its table at %s runs past the last address", lv->name,
			    index, loc_text(table).s);
		const uint8_t *p;
		size_t got;
		enum kv_status st = src->read(src->arg, at, lv->entry_size, &p, &got, err);
		if (st != KV_OK) {
			if (err != NULL)
				kv_prefix(err, "%s entry %" PRIu64 " at %s cannot be read", lv->name,
				    index, loc_text(at).s);
			return st;
		}
		uint64_t raw = entry_get(p, lv->entry_size, mmu->big);
		struct mmu_entry e = { .skip = 0 };
		mmu->decode(mmu, i, raw, &e);
		e.prot = leaf_prot(&e, va);
		if (step != NULL)
			step_report(mmu, i, table, index, at, raw, &e, step, arg);
		prot &= e.prot;
		if (e.kind == MMU_TABLE) {
			table = e.at;
			i += e.skip;
			continue;
		}
		span = leaf_span(&e, span);
		run->first = va & ~span;
		run->last = va | span;
		if (e.kind == MMU_LEAF) {
			run->at = leaf_at(&e, lv, run->first);
			run->prot = prot;
			run->prot_known = !mmu->prot_unknown;
			return KV_OK;
		}
		run->at = (struct kv_loc){ 0 };
		run->prot = 0;
		run->prot_known = false;
		if (err == NULL)
			return KV_EUNMAPPED;	/* and nothing is formatted */
		return kv_fail(err, KV_EUNMAPPED, "%s entry %" PRIu64 " (0x%" PRIx64 ") at %s %s",
		    lv->name, index, raw, loc_text(at).s, e.why);
	}
	/* Only a decoder that ignores its level's .table gets here. */
	return kv_fail(err, KV_EFORMAT, "0x%" PRIx64 ": the last level names another table", va);
}

/* ---- each ------------------------------------------------------------------------- */

/* Entries are copied out in pieces: both the callback and fn may read other memory. */
enum { PIECE = 512 };

struct each {
	const struct mmu *mmu;
	const struct mmu_src *src;
	mmu_run_fn *fn;
	void *arg;
	struct kv_err *err;
	uint32_t left;		/* tables that may still be visited */
	bool stopped;
	enum kv_status st;
};

/* A stretch behind entries that cannot be read; neighbours are merged. */
struct unknown {
	vaddr_t first, last;
	enum kv_status st;	/* KV_OK: none */
};

static void
unknown_flush(struct each *ea, struct unknown *u)
{
	if (u->st != KV_OK && !ea->stopped) {
		struct kv_run run = { .first = u->first, .last = u->last };
		ea->stopped = !ea->fn(ea->arg, &run, u->st);
	}
	u->st = KV_OK;
}

static void
unknown_add(struct each *ea, struct unknown *u, vaddr_t first, vaddr_t last, enum kv_status st)
{
	if (u->st == st && u->last + 1 == first) {
		u->last = last;
		return;
	}
	unknown_flush(ea, u);
	*u = (struct unknown){ first, last, st };
}

/*
 * Copies up to n entries from at on into raw: the whole piece in one call or, where it is not
 * all there, what the source has in one place.
 */
static enum kv_status
entries_get(struct each *ea, unsigned i, struct kv_loc at, bool *whole, uint64_t *n,
    uint64_t raw[PIECE])
{
	const unsigned size = ea->mmu->levels[i].entry_size, stride = entry_stride(ea->mmu, i);
	const uint8_t *p;
	size_t got;
	enum kv_status st = KV_EABSENT;
	if (*whole)
		st = ea->src->read(ea->src->arg, at, (size_t)((*n - 1) * stride + size), &p, &got, NULL);
	if (st != KV_OK) {
		*whole = false;
		st = ea->src->read(ea->src->arg, at, size, &p, &got, NULL);
		if (st != KV_OK)
			return st;
		uint64_t have = (got - size) / stride + 1;
		if (have < *n)
			*n = have;
	}
	/* Four loops, so that each is a plain copy, and one for what is rare. */
	const bool big = ea->mmu->big;
	uint64_t k;
	if (size != stride || size < 4)
		for (k = 0; k < *n; k++)
			raw[k] = entry_get(p + stride * k, size, big);
	else if (size == 8 && !big)
		for (k = 0; k < *n; k++)
			raw[k] = le64_get(p + 8 * k);
	else if (size == 8)
		for (k = 0; k < *n; k++)
			raw[k] = be64_get(p + 8 * k);
	else if (!big)
		for (k = 0; k < *n; k++)
			raw[k] = le32_get(p + 4 * k);
	else
		for (k = 0; k < *n; k++)
			raw[k] = be32_get(p + 4 * k);
	return KV_OK;
}

static void each_table(struct each *ea, unsigned i, struct kv_loc table, vaddr_t lo, vaddr_t last,
    uint8_t prot);

/* A page, or each of its subpages, from lo to last. */
static void
each_leaf(struct each *ea, unsigned i, const struct mmu_entry *e, vaddr_t lo, vaddr_t last,
    uint8_t prot)
{
	const struct mmu *mmu = ea->mmu;
	const uint64_t span = leaf_span(e, UINT64_MAX);
	for (vaddr_t to;; lo = to + 1) {
		to = u64_min(lo | span, last);
		struct kv_run run = {
			.first = lo,
			.last = to,
			.at = leaf_at(e, &mmu->levels[i], lo),
			.prot = prot & leaf_prot(e, lo),
			.prot_known = !mmu->prot_unknown,
		};
		ea->stopped = !ea->fn(ea->arg, &run, KV_OK);
		if (ea->stopped || to == last)
			break;
	}
}

/* One valid entry, which answers for lo to last. */
static void
each_entry(struct each *ea, unsigned i, uint64_t raw, vaddr_t lo, vaddr_t last, uint8_t prot)
{
	const struct mmu *mmu = ea->mmu;
	struct mmu_entry e = { .skip = 0 };
	mmu->decode(mmu, i, raw, &e);
	if (e.kind == MMU_LEAF)
		each_leaf(ea, i, &e, lo, last, prot);
	else if (e.kind == MMU_TABLE && i + 1 + e.skip < mmu->nlevels)
		each_table(ea, i + 1 + e.skip, e.at, lo, last, prot & e.prot);
}

/* lo to last lie in the part of the address space that this table translates. */
static void
each_table(struct each *ea, unsigned i, struct kv_loc table, vaddr_t lo, vaddr_t last, uint8_t prot)
{
	if (ea->left-- == 0) {
		ea->stopped = true;
		ea->st = kv_fail(ea->err, KV_EFORMAT,
		    "page tables loop: gave up after %" PRIu32 " of them, at the %s at %s for 0x%" PRIx64,
		    ea->mmu->table_limit != 0 ? ea->mmu->table_limit : MMU_TABLE_LIMIT,
		    ea->mmu->levels[i].name, loc_text(table).s, lo);
		return;
	}
	const struct radix_level *lv = &ea->mmu->levels[i];
	const uint64_t span = low_mask(lv->shift), valid_mask = ea->mmu->valid_mask;
	uint64_t raw[PIECE];
	struct unknown unknown = { .st = KV_OK };
	bool whole = true;
	for (vaddr_t va = lo;;) {
		uint64_t index = va_index(lv, va);
		uint64_t n = (last >> lv->shift) - (va >> lv->shift) + 1;
		if (n > PIECE)
			n = PIECE;
		/* Where address bits above a level's index are ignored, it starts over. */
		if (n > low_mask(lv->bits) - index + 1)
			n = low_mask(lv->bits) - index + 1;
		struct kv_loc at;
		enum kv_status st = KV_EFORMAT;
		if (entry_loc(ea->mmu, i, table, index, &at))
			st = entries_get(ea, i, at, &whole, &n, raw);
		if (st != KV_OK)
			n = 1;
		vaddr_t base = va & ~span, e_last = base | span;
		for (uint64_t k = 0; k < n && !ea->stopped; k++) {
			vaddr_t first = base + (k << lv->shift);
			e_last = first | span;
			vaddr_t from = first < lo ? lo : first, to = e_last > last ? last : e_last;
			if (st != KV_OK)
				unknown_add(ea, &unknown, from, to, st);
			else if (valid_mask == 0 || (raw[k] & valid_mask) != 0) {
				unknown_flush(ea, &unknown);	/* in the order of addresses */
				if (!ea->stopped)
					each_entry(ea, i, raw[k], from, to, prot);
			}
		}
		if (ea->stopped || e_last >= last)
			break;
		va = e_last + 1;
	}
	unknown_flush(ea, &unknown);
}

/* The part of [lo, last] that lies in [a, b] and among the root's entries. */
static void
each_part(struct each *ea, vaddr_t lo, vaddr_t last, vaddr_t a, vaddr_t b)
{
	const struct mmu *mmu = ea->mmu;
	if (mmu->root_count != 0) {
		const unsigned shift = mmu->levels[0].shift;
		a += mmu->root_first << shift;
		b = a + ((mmu->root_count - 1) << shift | low_mask(shift));
	}
	if (lo < a)
		lo = a;
	if (last > b)
		last = b;
	if (lo <= last)
		each_table(ea, 0, ea->mmu->root, lo, last, PROT_ALL);
}

static enum kv_status
radix_each(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo, vaddr_t last,
    mmu_run_fn *fn, void *arg, struct kv_err *err)
{
	struct each ea = {
		.mmu = mmu,
		.src = src,
		.fn = fn,
		.arg = arg,
		.err = err,
		.left = mmu->table_limit != 0 ? mmu->table_limit : MMU_TABLE_LIMIT,
		.st = KV_OK,
	};
	if (mmu->sign_extended) {
		uint64_t half = low_mask(mmu->va_bits - 1u);
		each_part(&ea, lo, last, 0, half);
		each_part(&ea, lo, last, ~half, UINT64_MAX);
	} else {
		vaddr_t base = mmu->va_base & ~low_mask(mmu->va_bits);
		each_part(&ea, lo, last, base, base | low_mask(mmu->va_bits));
	}
	return ea.st;
}

const struct mmu_ops mmu_radix_ops = {
	.walk = radix_walk,
	.each = radix_each,
};
