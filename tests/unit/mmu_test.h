/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of single regimes share: memory of several address spaces, rows of what a
 * walk must answer, the agreement of walk and each, and random trees.
 */
#ifndef MMU_TEST_H
#define MMU_TEST_H

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mmu/mmu.h"
#include "unit.h"

enum { R__ = KV_R, RW_ = KV_R | KV_W, R_X = KV_R | KV_X, RWX = KV_R | KV_W | KV_X, __X = KV_X,
	NONE = 0, UNKNOWN = 0xff };

#define COUNT_OF(a)	(sizeof(a) / sizeof((a)[0]))

/* ---- Memory: chunks of 64 KiB, of any space --------------------------------------- */

enum { CHUNK_SHIFT = 16, CHUNK = 1 << CHUNK_SHIFT, NCHUNKS = 48 };

struct mem {
	struct {
		enum kv_space space;
		uint64_t number;
		uint8_t *bytes;
	} chunk[NCHUNKS];
	unsigned n;
	bool big;
};

static inline uint8_t *
mem_find(const struct mem *mem, struct kv_loc at)
{
	for (unsigned i = 0; i < mem->n; i++)
		if (mem->chunk[i].space == at.space &&
		    mem->chunk[i].number == at.addr >> CHUNK_SHIFT)
			return mem->chunk[i].bytes + at.addr % CHUNK;
	return NULL;
}

static inline uint8_t *
mem_make(struct mem *mem, struct kv_loc at)
{
	uint8_t *p = mem_find(mem, at);
	if (p != NULL)
		return p;
	if (mem->n == NCHUNKS)
		abort();
	mem->chunk[mem->n].space = at.space;
	mem->chunk[mem->n].number = at.addr >> CHUNK_SHIFT;
	mem->chunk[mem->n].bytes = calloc(1, CHUNK);
	if (mem->chunk[mem->n++].bytes == NULL)
		abort();
	return mem_find(mem, at);
}

static inline void
mem_put(struct mem *mem, enum kv_space space, uint64_t addr, unsigned size, uint64_t v)
{
	for (unsigned i = 0; i < size; i++) {
		unsigned byte = mem->big ? size - 1 - i : i;
		*mem_make(mem, (struct kv_loc){ .addr = addr + byte, .space = space }) =
		    (uint8_t)(v >> (8 * i));
	}
}

static inline enum kv_status
mem_read(void *arg, struct kv_loc at, size_t len, const uint8_t **ret, size_t *got,
    struct kv_err *err)
{
	const struct mem *mem = arg;
	size_t room = CHUNK - (size_t)(at.addr % CHUNK);
	const uint8_t *p = mem_find(mem, at);
	if (p == NULL || room < len)
		return kv_fail(err, KV_EABSENT, "0x%" PRIx64 " is not here", at.addr);
	*ret = p;
	*got = room;
	return KV_OK;
}

static inline void
mem_free(struct mem *mem)
{
	while (mem->n > 0)
		free(mem->chunk[--mem->n].bytes);
}

/* Entries to lay down: size bytes at addr. */
struct put {
	enum kv_space space;
	uint64_t addr;
	unsigned size;
	uint64_t raw;
};

static inline void
mem_fill(struct mem *mem, const struct put *puts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		mem_put(mem, puts[i].space, puts[i].addr, puts[i].size, puts[i].raw);
}

/* ---- Rows ------------------------------------------------------------------------- */

struct row {
	const char *name;
	vaddr_t va;
	enum kv_status st;
	paddr_t pa;		/* of va */
	vaddr_t first, last;
	unsigned prot;		/* UNKNOWN: prot_known must be false */
	const char *text;
};

/* What a trace saw last. */
struct seen {
	unsigned n;
	enum mmu_kind kind;
	uint64_t raw;
};

static inline void
seen_step(void *arg, const struct mmu_step *step)
{
	struct seen *seen = arg;
	seen->n++;
	seen->kind = step->kind;
	seen->raw = step->raw;
	(void)CHECK(step->name != NULL && step->name[0] != '\0', "step %u has no name", seen->n);
	(void)CHECK((step->kind <= MMU_RESERVED) == (step->why != NULL), "step %u: why", seen->n);
}

static inline void
row_check(const struct mmu *mmu, struct mem *mem, const struct row *r)
{
	struct mmu_src src = { mem_read, mem };
	struct kv_run run = { .first = 0xdead, .last = 0xdead };
	struct kv_err err = { .text = "" };
	struct seen seen = { .n = 0 };
	enum kv_status st = mmu_walk(mmu, &src, r->va, &run, seen_step, &seen, &err);
	CHECK_EQ(r->name, "status", st, r->st);
	CHECK_EQ(r->name, "status without text",
	    mmu_walk(mmu, &src, r->va, &run, NULL, NULL, NULL), r->st);
	if (r->st == KV_OK || r->st == KV_EUNMAPPED) {
		CHECK_EQ(r->name, "first", run.first, r->first);
		CHECK_EQ(r->name, "last", run.last, r->last);
	}
	if (r->st == KV_OK) {
		CHECK_EQ(r->name, "pa", run.at.addr + (r->va - run.first), r->pa);
		CHECK_EQ(r->name, "space", run.at.space, KV_PHYS);
		CHECK_EQ(r->name, "prot known", run.prot_known, r->prot != UNKNOWN);
		if (r->prot != UNKNOWN)
			CHECK_EQ(r->name, "prot", run.prot, r->prot);
		CHECK_EQ(r->name, "last step", seen.n == 0 || seen.kind == MMU_LEAF, true);
	} else
		CHECK_EQ(r->name, "status with the text", err.st, r->st);
	if (r->text != NULL)
		CHECK_TEXT(r->name, err.text, r->text);
}

static inline void
rows_check(const struct mmu *mmu, struct mem *mem, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		row_check(mmu, mem, &rows[i]);
}

/* ---- walk and each agree ---------------------------------------------------------- */

enum { NRUNS = 16384 };

struct runs {
	struct {
		struct kv_run run;
		enum kv_status st;
	} at[NRUNS];
	size_t n;
	vaddr_t lo, last;
};

static inline bool
runs_add(void *arg, const struct kv_run *run, enum kv_status st)
{
	struct runs *runs = arg;
	if (!CHECK(run->first <= run->last && run->first >= runs->lo && run->last <= runs->last,
		"each: 0x%" PRIx64 " to 0x%" PRIx64 " is not clipped", run->first, run->last) ||
	    !CHECK(runs->n < NRUNS, "each: more than %d runs", (int)NRUNS))
		return false;
	runs->at[runs->n].run = *run;
	runs->at[runs->n++].st = st;
	return true;
}

static inline int
runs_compare(const void *pa, const void *pb)
{
	const struct kv_run *a = pa, *b = pb;	/* the first member */
	return a->first < b->first ? -1 : a->first > b->first;
}

/* What walk says of va must be what each listed. */
static inline void
agree(const struct mmu *mmu, struct mem *mem, const struct runs *runs, vaddr_t va)
{
	if (va < runs->lo || va > runs->last)
		return;
	struct mmu_src src = { mem_read, mem };
	struct kv_run run;
	enum kv_status st = mmu_walk(mmu, &src, va, &run, NULL, NULL, NULL);
	size_t lo = 0, hi = runs->n;
	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;
		if (runs->at[mid].run.first <= va)
			lo = mid;
		else
			hi = mid;
	}
	const bool found = runs->n > 0 && runs->at[lo].run.first <= va &&
	    va <= runs->at[lo].run.last;
	enum kv_status want = found ? runs->at[lo].st : KV_EUNMAPPED;
	if (!CHECK(st == want, "0x%" PRIx64 ": walk says %d, each %d", va, (int)st, (int)want) ||
	    st != KV_OK)
		return;
	const struct kv_run *f = &runs->at[lo].run;
	CHECK(run.at.addr + (va - run.first) == f->at.addr + (va - f->first) &&
	    run.prot == f->prot && run.prot_known == f->prot_known &&
	    run.first <= va && va <= run.last,
	    "0x%" PRIx64 ": walk and each differ in address or protection", va);
}

/* Lists [lo, last], and compares at every edge and at n random places. */
static inline size_t
agree_all(const struct mmu *mmu, struct mem *mem, vaddr_t lo, vaddr_t last, uint64_t *rnd,
    unsigned n)
{
	struct mmu_src src = { mem_read, mem };
	struct runs *runs = calloc(1, sizeof(*runs));
	if (runs == NULL)
		abort();
	runs->lo = lo;
	runs->last = last;
	CHECK_EQ("each", "status", mmu_each(mmu, &src, lo, last, runs_add, runs, NULL), KV_OK);
	qsort(runs->at, runs->n, sizeof(runs->at[0]), runs_compare);
	for (size_t i = 0; i < runs->n; i++) {
		const struct kv_run *r = &runs->at[i].run;
		if (i > 0)
			(void)CHECK(runs->at[i - 1].run.last < r->first,
			    "each lists 0x%" PRIx64 " twice", r->first);
		agree(mmu, mem, runs, r->first);
		agree(mmu, mem, runs, r->last);
		if (r->first > 0)
			agree(mmu, mem, runs, r->first - 1);
		if (r->last < UINT64_MAX)
			agree(mmu, mem, runs, r->last + 1);
	}
	agree(mmu, mem, runs, lo);
	agree(mmu, mem, runs, last);
	for (unsigned i = 0; i < n; i++) {
		uint64_t x = unit_random(rnd);
		agree(mmu, mem, runs, last - lo == UINT64_MAX ? x : lo + x % (last - lo + 1));
	}
	size_t found = runs->n;
	free(runs);
	return found;
}

/* ---- Random trees ----------------------------------------------------------------- */

/* Makes an entry of a level; next is where a table of the next level lies. */
typedef uint64_t tree_entry_fn(const struct mmu *mmu, unsigned level, uint64_t next,
    uint64_t *rnd);

enum { TREE_TABLES = 3 };

/*
 * Fills mem with tables from base on, TREE_TABLES a level, each at a multiple of 64 KiB, with
 * a few entries at random places and the first and last; the last table of a level
 * but the root is not in memory.  space: of the tables below the root.
 */
static inline void
tree_fill(struct mem *mem, struct mmu *mmu, enum kv_space space, uint64_t base,
    tree_entry_fn *entry, uint64_t *rnd)
{
	for (unsigned i = 0; i < mmu->nlevels; i++) {
		const struct radix_level *lv = &mmu->levels[i];
		const unsigned stride = i == 0 && mmu->root_stride != 0 ? mmu->root_stride :
		    lv->entry_size;
		for (unsigned t = 0; t < (i == 0 ? 1u : TREE_TABLES - 1u); t++) {
			struct kv_loc table = {
				.addr = base + ((uint64_t)(i * TREE_TABLES + t) << CHUNK_SHIFT),
				.space = i == 0 ? mmu->root.space : space,
			};
			if (i == 0)
				mmu->root = table;
			memset(mem_make(mem, table), 0, CHUNK);
			for (unsigned k = 0; k < (mmu->nlevels > 3 ? 5u : 9u); k++) {
				uint64_t index = unit_random(rnd) & low_mask(lv->bits);
				if (k < 2)
					index = k == 0 ? 0 : low_mask(lv->bits);
				if (i == 0 && mmu->root_count != 0)
					index %= mmu->root_count;
				uint64_t next = base + (((i + 1) * TREE_TABLES +
				    unit_random(rnd) % TREE_TABLES) << CHUNK_SHIFT);
				mem_put(mem, table.space, table.addr + index * stride,
				    lv->entry_size, entry(mmu, i, next, rnd));
			}
		}
	}
}

/* Fills and compares n trees; checks that they had something mapped. */
static inline void
trees_check(const struct mmu *template, enum kv_space space, uint64_t base, bool big,
    tree_entry_fn *entry, unsigned n, vaddr_t lo, vaddr_t last)
{
	uint64_t rnd = 1;
	size_t found = 0;
	for (unsigned i = 0; i < n; i++) {
		struct mem mem = { .big = big };
		struct mmu mmu = *template;
		mmu.big = big;
		tree_fill(&mem, &mmu, space, base, entry, &rnd);
		found += agree_all(&mmu, &mem, lo, last, &rnd, 200);
		mem_free(&mem);
	}
	(void)CHECK(found > n, "random trees: %zu runs in %u trees", found, n);
}

#define SUITE_OF(name, tests) \
	const struct unit_suite unit_##name; \
	const struct unit_suite unit_##name = { #name, tests }

/* ---- Entries, bit by bit ---------------------------------------------------------- */

/* What is made of a good entry when one of its bits is turned, according to the manual. */
struct bits {
	const char *name;
	const struct mmu *mmu;
	unsigned level, width;
	uint64_t entry;
	uint64_t address;	/* bits that are the address's, at the same place */
	uint64_t refused;	/* bits that must stay as they are */
	uint64_t other;		/* bits that make it an entry of another kind: not looked at */
};

static inline void
bits_check(const struct bits *b)
{
	struct mmu_entry good, e;
	b->mmu->decode(b->mmu, b->level, b->entry, &good);
	CHECK_EQ(b->name, "address", good.at.addr, b->entry & b->address);
	for (unsigned i = 0; i < b->width; i++) {
		const uint64_t bit = UINT64_C(1) << i, raw = b->entry ^ bit;
		if ((bit & b->other) != 0)
			continue;
		b->mmu->decode(b->mmu, b->level, raw, &e);
		const bool refused = (bit & b->refused) != 0;
		CHECK(refused == (e.kind == MMU_INVALID || e.kind == MMU_RESERVED),
		    "%s: entry 0x%" PRIx64 " (bit %u): wanted %s", b->name, raw, i,
		    refused ? "it refused" : "it accepted");
		if (!refused)
			CHECK(e.kind == good.kind && e.at.addr == (raw & b->address),
			    "%s: entry 0x%" PRIx64 " (bit %u): wanted address 0x%" PRIx64 ", got 0x%" PRIx64,
			    b->name, raw, i, raw & b->address, e.at.addr);
	}
}

#endif
