/* SPDX-License-Identifier: BSD-2-Clause */
/* Radix walker and x86 paging: rows from Intel SDM vol. 3A 4.5, and random trees. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "mmu/mmu.h"
#include "unit.h"

/* ---- Memory for page tables ------------------------------------------------------- */

#define K	UINT64_C(0x1000)
#define RAM_BASE	(1 * K)
#define RAM_PAGES	64

struct ram {
	uint8_t bytes[RAM_PAGES * 4096];
	unsigned valid[RAM_PAGES];	/* bytes of each page that can be read */
	bool copies;		/* answers from one buffer, as pread would */
	uint8_t copy[RAM_PAGES * 4096];
	unsigned reads;
};

static enum kv_status
ram_read(void *arg, struct kv_loc at, size_t len, const uint8_t **ret, size_t *got,
    struct kv_err *err)
{
	struct ram *ram = arg;
	ram->reads++;
	uint64_t off = at.addr - RAM_BASE;
	if (at.space != KV_PHYS || at.addr < RAM_BASE || off >= sizeof(ram->bytes) ||
	    ram->valid[off / K] == 0)
		return kv_fail(err, KV_EABSENT, "page 0x%" PRIx64 " is not here", at.addr & -K);
	uint64_t end = off;
	while (end < sizeof(ram->bytes) && end % K < ram->valid[end / K])
		end = end - end % K + ram->valid[end / K];
	if (end - off < len)
		return kv_fail(err, end % K != 0 ? KV_ETRUNC : KV_EABSENT, "0x%" PRIx64 " is cut",
		    at.addr);
	*ret = ram->bytes + off;
	*got = (size_t)(end - off);
	if (ram->copies) {
		memset(ram->copy, 0xa5, sizeof(ram->copy));
		memcpy(ram->copy, ram->bytes + off, len);
		*ret = ram->copy;
		*got = len;
	}
	return KV_OK;
}

static struct ram *
ram_new(void)
{
	struct ram *ram = calloc(1, sizeof(*ram));
	if (ram == NULL)
		abort();
	for (unsigned i = 0; i < RAM_PAGES; i++)
		ram->valid[i] = 4096;
	return ram;
}

static void
ram_put(struct ram *ram, const struct mmu *mmu, uint64_t pa, unsigned size, uint64_t v)
{
	uint8_t *p = ram->bytes + (pa - RAM_BASE);
	for (unsigned i = 0; i < size; i++)
		p[mmu->big ? size - 1 - i : i] = (uint8_t)(v >> (8 * i));
}

/* ---- x86 rows --------------------------------------------------------------------- */

#define P	UINT64_C(0x1)
#define RW	UINT64_C(0x2)
#define US	UINT64_C(0x4)
#define PS	UINT64_C(0x80)
#define NX	UINT64_C(0x8000000000000000)
#define SOFT	UINT64_C(0x7ff0000000000e7c)	/* all but P, RW, PS, G, address, NX */

enum { R_ = KV_R, RX = KV_R | KV_X, RWX = KV_R | KV_W | KV_X, RW_ = KV_R | KV_W };

/* Table, index, entry. */
static const struct {
	uint64_t table;
	unsigned index;
	uint64_t raw;
} x86_tables[] = {
	/* PML4 */
	{ 0x1000, 0, 0x2000 | P | RW },
	{ 0x1000, 1, 0x2000 | P | RW | PS },
	{ 0x1000, 2, 0x2000 | RW | US },
	{ 0x1000, 3, 0x7fff000 | P | RW },
	{ 0x1000, 254, 0x1000 | P | RW },
	{ 0x1000, 255, 0x2000 | P | RW | SOFT },
	{ 0x1000, 256, 0x3000 | P },
	{ 0x1000, 257, 0x2000 | P | RW | PS | SOFT | NX },
	{ 0x1000, 511, 0x4000 | P | RW | NX },
	/* PDPT of slots 0 and 255 */
	{ 0x2000, 0, 0x5000 | P | RW | US },
	{ 0x2000, 1, 0xc0000000 | P | RW | PS },
	{ 0x2000, 2, 0x80001000 | P | RW | PS },
	{ 0x2000, 3, 0x80002000 | P | RW | PS },
	{ 0x2000, 4, 0xa0000000 | P | RW | PS },
	{ 0x2000, 5, 0xfffffc0000000 | P | RW | PS },
	{ 0x2000, 6, 0x40000000 | P | RW | PS | SOFT | 0x100 },
	{ 0x2000, 7, 0x40000000 | RW | PS },
	{ 0x2000, 511, 0x140000000 | P | PS | NX },
	/* PD */
	{ 0x5000, 0, 0x6000 | P | RW | US },
	{ 0x5000, 1, 0xa00000 | P | RW | PS | NX },
	{ 0x5000, 2, 0xc01000 | P | RW | PS },
	{ 0x5000, 3, 0xc02000 | P | RW | PS },
	{ 0x5000, 4, 0xd00000 | P | RW | PS },
	{ 0x5000, 5, 0xfffffffe00000 | P | RW | PS },
	{ 0x5000, 6, ~P },
	{ 0x5000, 7, 0xe00000 | P | RW | PS | SOFT | 0x100 },
	{ 0x5000, 8, 0x9000 | P },
	{ 0x5000, 511, 0x1200000 | P | PS },
	/* PT */
	{ 0x6000, 0, 0x7654000 | P | RW },
	{ 0x6000, 1, 0x7655000 | P | NX },
	{ 0x6000, 2, 0x7650000 | P | RW | PS },
	{ 0x6000, 3, 0x7657000 | P | RW | PS | SOFT | 0x100 },
	{ 0x6000, 4, 0xffffffffff000 | P | RW },
	{ 0x6000, 6, 0x7658000 | RW | PS | NX },
	{ 0x6000, 511, 0x7777000 | P | RW },
	/* PT below a read-only PD entry */
	{ 0x9000, 0, 0x4321000 | P | RW },
	/* upper half */
	{ 0x3000, 0, 0x100000000 | P | RW | PS },
	{ 0x4000, 511, 0x7000 | P | RW },
	{ 0x7000, 511, 0x8000 | P | RW },
	{ 0x8000, 510, 0x9998000 | P | RW },
	{ 0x8000, 511, 0x9991000 | P | RW },
	/* PML5, above all that; its last entry leads into the last page of memory */
	{ 0xa000, 0, 0x1000 | P | RW },
	{ 0xa000, 1, 0x1000 | P | RW | PS },
	{ 0xa000, 2, 0x1000 | RW },
	{ 0xa000, 255, 0x1000 | P | RW | SOFT },
	{ 0xa000, 256, 0x1000 | P },
	{ 0xa000, 511, 0x40000 | P | RW },
	{ 0x40000, 511, 0x4000 | P | RW },
	{ 0x40000, 0, 0x3000 | P | RW | NX },
};

#define X86_NTABLES	(sizeof(x86_tables) / sizeof(x86_tables[0]))

static void
x86_fill(struct ram *ram)
{
	for (size_t i = 0; i < X86_NTABLES; i++)
		le32_put(ram->bytes + x86_tables[i].table - RAM_BASE + 8 * x86_tables[i].index,
		    (uint32_t)x86_tables[i].raw),
		    le32_put(ram->bytes + x86_tables[i].table - RAM_BASE + 8 * x86_tables[i].index + 4,
			(uint32_t)(x86_tables[i].raw >> 32));
}

#define GIB	UINT64_C(0x40000000)
#define MIB2	UINT64_C(0x200000)

struct row {
	const char *name;
	vaddr_t va;
	enum kv_status st;
	paddr_t pa;		/* of va */
	vaddr_t first, last;
	uint8_t prot;
	const char *text;
};

static const struct row rows4[] = {
	{ "4K", 0x0000000000000123, KV_OK, 0x7654123, 0, 0xfff, RWX, NULL },
	{ "4K last byte", 0xfff, KV_OK, 0x7654fff, 0, 0xfff, RWX, NULL },
	{ "4K NX read-only", 0x1000, KV_OK, 0x7655000, 0x1000, 0x1fff, R_, NULL },
	{ "4K with PAT (bit 7)", 0x2abc, KV_OK, 0x7650abc, 0x2000, 0x2fff, RWX, NULL },
	{ "4K all software bits", 0x3008, KV_OK, 0x7657008, 0x3000, 0x3fff, RWX, NULL },
	{ "4K largest frame", 0x4ffe, KV_OK, 0xffffffffffffe, 0x4000, 0x4fff, RWX, NULL },
	{ "PTE zero", 0x5000, KV_EUNMAPPED, 0, 0x5000, 0x5fff, 0,
	    "PT entry 5 (0x0) at 0x6028 is not present" },
	{ "PTE all but P", 0x6fff, KV_EUNMAPPED, 0, 0x6000, 0x6fff, 0,
	    "PT entry 6 (0x8000000007658082) at 0x6030 is not present" },
	{ "PTE before last", 0x1fe000, KV_EUNMAPPED, 0, 0x1fe000, 0x1fefff, 0, "PT entry 510 " },
	{ "PTE last", 0x1ff456, KV_OK, 0x7777456, 0x1ff000, 0x1fffff, RWX, NULL },

	{ "2M NX", 0x200000, KV_OK, 0xa00000, 0x200000, 0x3fffff, RW_, NULL },
	{ "2M last byte", 0x3fffff, KV_OK, 0xbfffff, 0x200000, 0x3fffff, RW_, NULL },
	{ "2M with PAT (bit 12)", 0x412345, KV_OK, 0xc12345, 0x400000, 0x5fffff, RWX, NULL },
	{ "2M reserved bit 13", 0x600000, KV_EUNMAPPED, 0, 0x600000, 0x7fffff, 0,
	    "PD entry 3 (0xc02083) at 0x5018 is a 2 MiB page with reserved bits 20:13 set" },
	{ "2M reserved bit 20", 0x9fffff, KV_EUNMAPPED, 0, 0x800000, 0x9fffff, 0,
	    "reserved bits 20:13" },
	{ "2M largest frame", 0xbfffff, KV_OK, 0xfffffffffffff, 0xa00000, 0xbfffff, RWX, NULL },
	{ "PDE all but P", 0xc00000, KV_EUNMAPPED, 0, 0xc00000, 0xdfffff, 0,
	    "PD entry 6 (0xfffffffffffffffe) at 0x5030 is not present" },
	{ "2M all software bits", 0xe00007, KV_OK, 0xe00007, 0xe00000, 0xffffff, RWX, NULL },
	{ "read-only above", 0x1000010, KV_OK, 0x4321010, 0x1000000, 0x1000fff, RX, NULL },
	{ "PDE last, read-only", 0x3fe54321, KV_OK, 0x1254321, 0x3fe00000, 0x3fffffff, RX, NULL },
	{ "PDE before last", 0x3fdfffff, KV_EUNMAPPED, 0, 0x3fc00000, 0x3fdfffff, 0,
	    "PD entry 510 " },

	{ "1G", GIB, KV_OK, 0xc0000000, GIB, 2 * GIB - 1, RWX, NULL },
	{ "1G last byte", 2 * GIB - 1, KV_OK, 0xffffffff, GIB, 2 * GIB - 1, RWX, NULL },
	{ "1G with PAT (bit 12)", 2 * GIB + 0x3456789, KV_OK, 0x83456789, 2 * GIB, 3 * GIB - 1,
	    RWX, NULL },
	{ "1G reserved bit 13", 3 * GIB, KV_EUNMAPPED, 0, 3 * GIB, 4 * GIB - 1, 0,
	    "PDPT entry 3 (0x80002083) at 0x2018 is a 1 GiB page with reserved bits 29:13 set" },
	{ "1G reserved bit 29", 5 * GIB - 1, KV_EUNMAPPED, 0, 4 * GIB, 5 * GIB - 1, 0,
	    "reserved bits 29:13" },
	{ "1G largest frame", 6 * GIB - 1, KV_OK, 0xfffffffffffff, 5 * GIB, 6 * GIB - 1, RWX, NULL },
	{ "1G all software bits", 6 * GIB + 5, KV_OK, 0x40000005, 6 * GIB, 7 * GIB - 1, RWX, NULL },
	{ "1G not present", 7 * GIB, KV_EUNMAPPED, 0, 7 * GIB, 8 * GIB - 1, 0, "PDPT entry 7 " },
	{ "PDPTE last, NX", 0x7fc0000001, KV_OK, 0x140000001, 0x7fc0000000, 0x7fffffffff, R_, NULL },
	{ "PDPTE before last", 0x7fbfffffff, KV_EUNMAPPED, 0, 0x7f80000000, 0x7fbfffffff, 0,
	    "PDPT entry 510 (0x0) at 0x2ff0 is not present" },

	{ "PML4E with PS", 0x8000000000, KV_EUNMAPPED, 0, 0x8000000000, 0xffffffffff, 0,
	    "PML4 entry 1 (0x2083) at 0x1008 has reserved bit 7 (PS) set" },
	{ "PML4E all but P", 0x10000000000, KV_EUNMAPPED, 0, 0x10000000000, 0x17fffffffff, 0,
	    "PML4 entry 2 (0x2006) at 0x1010 is not present" },
	{ "table absent", 0x18000000000, KV_EABSENT, 0, 0, 0, 0,
	    "PDPT entry 0 at 0x7fff000 cannot be read: page 0x7fff000 is not here" },
	{ "recursive: PML4 as data", 0x7f3f9fcfe008, KV_OK, 0x1008, 0x7f3f9fcfe000,
	    0x7f3f9fcfefff, RWX, NULL },
	{ "PML4E all software bits", 0x7f8000000040, KV_OK, 0x7654040, 0x7f8000000000,
	    0x7f8000000fff, RWX, NULL },
	{ "lower half, last byte", 0x7fffffffffff, KV_OK, 0x17fffffff, 0x7fffc0000000,
	    0x7fffffffffff, R_, NULL },
	{ "first not canonical", 0x800000000000, KV_EUNMAPPED, 0, 0x800000000000,
	    0xffff7fffffffffff, 0, "0x800000000000 is not a canonical address: bits 63:47" },
	{ "last not canonical", 0xffff7fffffffffff, KV_EUNMAPPED, 0, 0x800000000000,
	    0xffff7fffffffffff, 0, "not a canonical address" },
	{ "sign bit alone", 0x8000000000000000, KV_EUNMAPPED, 0, 0x800000000000,
	    0xffff7fffffffffff, 0, "not a canonical address" },
	{ "one high bit missing", 0x7fffff8000000000, KV_EUNMAPPED, 0, 0x800000000000,
	    0xffff7fffffffffff, 0, "not a canonical address" },
	{ "upper half, first byte, read-only above", 0xffff800000000000, KV_OK, 0x100000000,
	    0xffff800000000000, 0xffff80003fffffff, RX, NULL },
	{ "PML4E with PS and all else", 0xffff808000000000, KV_EUNMAPPED, 0, 0xffff808000000000,
	    0xffff80ffffffffff, 0, "reserved bit 7 (PS)" },
	{ "upper half, page before last, NX above", 0xffffffffffffe004, KV_OK, 0x9998004,
	    0xffffffffffffe000, 0xffffffffffffefff, RW_, NULL },
	{ "last byte of all", UINT64_MAX, KV_OK, 0x9991fff, 0xfffffffffffff000, UINT64_MAX, RW_,
	    NULL },
	{ "before the last two pages", 0xffffffffffffdfff, KV_EUNMAPPED, 0, 0xffffffffffffd000,
	    0xffffffffffffdfff, 0, "PT entry 509 (0x0) at 0x8fe8 is not present" },
};

static const struct row rows5[] = {
	{ "through PML5E 0", 0x123, KV_OK, 0x7654123, 0, 0xfff, RWX, NULL },
	{ "not canonical in 4 levels", 0xffff800000000000, KV_EUNMAPPED, 0, 0xffff800000000000,
	    0xffff807fffffffff, 0, "PML4 entry 256 (0x0) at 0x40800 is not present" },
	{ "PML4 slot 256 in the lower half", 0x800000000000, KV_OK, 0x100000000, 0x800000000000,
	    0x80003fffffff, RX, NULL },
	{ "PML5E with PS", 0x1000000000000, KV_EUNMAPPED, 0, 0x1000000000000, 0x1ffffffffffff, 0,
	    "PML5 entry 1 (0x1083) at 0xa008 has reserved bit 7 (PS) set" },
	{ "PML5E all but P", 0x2000000000000, KV_EUNMAPPED, 0, 0x2000000000000, 0x2ffffffffffff, 0,
	    "PML5 entry 2 (0x1002) at 0xa010 is not present" },
	{ "PML5E all software bits", 0xff000000200000, KV_OK, 0xa00000, 0xff000000200000,
	    0xff0000003fffff, RW_, NULL },
	{ "lower half, last byte", 0xffffffffffffff, KV_OK, 0x9991fff, 0xfffffffffff000,
	    0xffffffffffffff, RW_, NULL },
	{ "first not canonical", 0x100000000000000, KV_EUNMAPPED, 0, 0x100000000000000,
	    0xfeffffffffffffff, 0, "bits 63:56 are not all equal" },
	{ "last not canonical", 0xfeffffffffffffff, KV_EUNMAPPED, 0, 0x100000000000000,
	    0xfeffffffffffffff, 0, "not a canonical address" },
	{ "upper half, first byte, read-only above", 0xff00000000000000, KV_OK, 0x7654000,
	    0xff00000000000000, 0xff00000000000fff, RX, NULL },
	{ "table in the last page, NX above", 0xffff000000000042, KV_OK, 0x100000042,
	    0xffff000000000000, 0xffff00003fffffff, RW_, NULL },
	{ "last byte of all", UINT64_MAX, KV_OK, 0x9991fff, 0xfffffffffffff000, UINT64_MAX, RWX,
	    NULL },
};

static void
no_step(void *arg, const struct mmu_step *step)
{
	(void)arg;
	(void)step;
}

static void
row_check(const struct mmu *mmu, struct ram *ram, const struct row *r)
{
	struct mmu_src src = { ram_read, ram };
	struct kv_run run = { .first = 0xdead, .last = 0xdead };
	struct kv_err err = { .text = "" };
	enum kv_status st = mmu_walk(mmu, &src, r->va, &run, NULL, NULL, &err);
	CHECK_EQ(r->name, "status", st, r->st);
	CHECK_EQ(r->name, "status without text",
	    mmu_walk(mmu, &src, r->va, &run, NULL, NULL, NULL), r->st);
	/* A walk that is traced takes another way to the same answer. */
	struct kv_run traced = { .first = 0xdead, .last = 0xdead };
	CHECK_EQ(r->name, "status, traced", mmu_walk(mmu, &src, r->va, &traced, no_step, NULL, NULL),
	    r->st);
	CHECK(traced.first == run.first && traced.last == run.last && traced.prot == run.prot &&
		traced.at.addr == run.at.addr, "%s: traced and untraced walk differ", r->name);
	if (r->st == KV_OK || r->st == KV_EUNMAPPED) {
		CHECK_EQ(r->name, "first", run.first, r->first);
		CHECK_EQ(r->name, "last", run.last, r->last);
	}
	if (r->st == KV_OK) {
		CHECK_EQ(r->name, "pa", run.at.addr + (r->va - run.first), r->pa);
		CHECK_EQ(r->name, "space", run.at.space, KV_PHYS);
		CHECK_EQ(r->name, "prot", run.prot, r->prot);
		CHECK_EQ(r->name, "prot known", run.prot_known, true);
	} else
		CHECK_EQ(r->name, "status with the text", err.st, r->st);
	if (r->text != NULL)
		CHECK_TEXT(r->name, err.text, r->text);
}

static void
test_x86_4level(void)
{
	struct ram *ram = ram_new();
	x86_fill(ram);
	struct mmu mmu = mmu_x86_4level;
	mmu.root.addr = 0x1000;
	for (size_t i = 0; i < sizeof(rows4) / sizeof(rows4[0]); i++)
		row_check(&mmu, ram, &rows4[i]);
	free(ram);
}

static void
test_x86_5level(void)
{
	struct ram *ram = ram_new();
	x86_fill(ram);
	struct mmu mmu = mmu_x86_5level;
	mmu.root.addr = 0xa000;
	for (size_t i = 0; i < sizeof(rows5) / sizeof(rows5[0]); i++)
		row_check(&mmu, ram, &rows5[i]);
	free(ram);
}

/* Each address bit of a leaf by itself: a frame bit, or reserved, never ignored. */
static void
test_x86_bits(void)
{
	struct ram *ram = ram_new();
	struct mmu mmu = mmu_x86_4level;
	struct mmu_src src = { ram_read, ram };
	mmu.root.addr = 0x1000;
	ram_put(ram, &mmu, 0x1000, 8, 0x2000 | P);
	static const struct {
		const char *name;
		uint64_t entry;	/* where the leaf lies */
		uint64_t ps;
		unsigned lowest;	/* frame bits lowest to 51 */
		unsigned reserved;	/* reserved bits from here to lowest - 1 */
	} leaves[] = {
		{ "PTE", 0x4000, 0, 12, 12 },
		{ "PDE", 0x3000, PS, 21, 13 },
		{ "PDPTE", 0x2000, PS, 30, 13 },
	};
	for (unsigned l = 0; l < 3; l++) {
		ram_put(ram, &mmu, 0x2000, 8, 0x3000 | P);
		ram_put(ram, &mmu, 0x3000, 8, 0x4000 | P);
		for (unsigned bit = 1; bit < 64; bit++) {
			if (bit == 7)
				continue;
			uint64_t raw = P | leaves[l].ps | UINT64_C(1) << bit;
			ram_put(ram, &mmu, leaves[l].entry, 8, raw);
			struct kv_run run;
			enum kv_status st = mmu_walk(&mmu, &src, 0, &run, NULL, NULL, NULL);
			bool reserved = bit >= leaves[l].reserved && bit < leaves[l].lowest;
			bool frame = bit >= leaves[l].lowest && bit < 52;
			if (CHECK(st == (reserved ? KV_EUNMAPPED : KV_OK), "%s bit %u: status %d",
				leaves[l].name, bit, st) && st == KV_OK) {
				CHECK(run.at.addr == (frame ? UINT64_C(1) << bit : 0),
				    "%s bit %u: pa 0x%" PRIx64, leaves[l].name, bit, run.at.addr);
				CHECK(run.prot == (KV_R | (bit == 63 ? 0 : KV_X)),
				    "%s bit %u: prot %u", leaves[l].name, bit, run.prot);
			}
		}
	}
	CHECK_EQ("cr3", "flags and PCID", mmu_x86_root(0x8000000012345fff).addr, 0x12345000);
	CHECK_EQ("cr3", "largest", mmu_x86_root(UINT64_MAX).addr, 0xffffffffff000);
	free(ram);
}

/* ---- Trace ------------------------------------------------------------------------ */

struct trace {
	struct mmu_step step[8];
	unsigned n;
};

static void
trace_step(void *arg, const struct mmu_step *step)
{
	struct trace *t = arg;
	if (t->n < 8)
		t->step[t->n] = *step;
	t->n++;
}

static void
test_trace(void)
{
	struct ram *ram = ram_new();
	x86_fill(ram);
	struct mmu mmu = mmu_x86_4level;
	struct mmu_src src = { ram_read, ram };
	mmu.root.addr = 0x1000;
	static const struct {
		const char *name;
		unsigned level;
		uint64_t table, index, entry, raw, next;
		enum mmu_kind kind;
		uint8_t prot;
	} want[] = {
		{ "PML4", 3, 0x1000, 255, 0x17f8, 0x2000 | P | RW | SOFT, 0x2000, MMU_TABLE, RWX },
		{ "PDPT", 2, 0x2000, 0, 0x2000, 0x5007, 0x5000, MMU_TABLE, RWX },
		{ "PD", 1, 0x5000, 0, 0x5000, 0x6007, 0x6000, MMU_TABLE, RWX },
		{ "PT", 0, 0x6000, 1, 0x6008, 0x7655001 | NX, 0x7655000, MMU_LEAF, R_ },
	};
	struct trace t = { .n = 0 };
	struct kv_run run;
	CHECK_EQ("trace", "status",
	    mmu_walk(&mmu, &src, 0x7f8000001010, &run, trace_step, &t, NULL), KV_OK);
	CHECK_EQ("trace", "steps", t.n, 4);
	for (unsigned i = 0; i < 4; i++) {
		const struct mmu_step *s = &t.step[i];
		CHECK(s->name != NULL && strcmp(s->name, want[i].name) == 0, "step %u: name %s", i,
		    s->name);
		CHECK_EQ(want[i].name, "level", s->level, want[i].level);
		CHECK_EQ(want[i].name, "table", s->table.addr, want[i].table);
		CHECK_EQ(want[i].name, "index", s->index, want[i].index);
		CHECK_EQ(want[i].name, "entry", s->entry.addr, want[i].entry);
		CHECK_EQ(want[i].name, "size", s->size, 8);
		CHECK_EQ(want[i].name, "raw", s->raw, want[i].raw);
		CHECK_EQ(want[i].name, "next", s->next.addr, want[i].next);
		CHECK_EQ(want[i].name, "kind", s->kind, want[i].kind);
		CHECK_EQ(want[i].name, "prot", s->prot, want[i].prot);
	}
	static const struct {
		const char *name;
		vaddr_t va;
		unsigned steps;
		enum mmu_kind kind;
		const char *why;
	} ends[] = {
		{ "1G leaf ends at the PDPT", 0x40000000, 2, MMU_LEAF, NULL },
		{ "2M leaf ends at the PD", 0x200000, 3, MMU_LEAF, NULL },
		{ "reserved", 0x600000, 3, MMU_RESERVED, "reserved" },
		{ "invalid", 0x5000, 4, MMU_INVALID, "is not present" },
		{ "reserved at the root", 0x8000000000, 1, MMU_RESERVED, "PS" },
		{ "unreadable", 0x18000000000, 1, MMU_TABLE, NULL },
	};
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		t.n = 0;
		(void)mmu_walk(&mmu, &src, ends[i].va, &run, trace_step, &t, NULL);
		if (CHECK_EQ(ends[i].name, "steps", t.n, ends[i].steps)) {
			CHECK_EQ(ends[i].name, "kind", t.step[t.n - 1].kind, ends[i].kind);
			if (ends[i].why != NULL)
				CHECK_TEXT(ends[i].name, t.step[t.n - 1].why, ends[i].why);
		}
	}
	t.n = 0;
	(void)mmu_walk(&mmu, &src, 0x800000000000, &run, trace_step, &t, NULL);
	CHECK_EQ("not canonical", "steps", t.n, 0);
	free(ram);
}

/* ---- Other shapes ----------------------------------------------------------------- */

enum { TOY_LARGEST };	/* param: log2 of the largest page's bytes */

/*
 * A made-up format: bit 0 valid, bit 1 table, bit 2 reserved, bit 3 a page of 16 entries,
 * bit 4 writable; address above bit 11.
 */
static void
toy_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	const struct radix_level *lv = &mmu->levels[i];
	uint64_t low = (UINT64_C(1) << lv->shift) - 1;
	*ret = (struct mmu_entry){ .at.addr = raw & ~UINT64_C(0xfff),
		.prot = (uint8_t)(KV_R | ((raw & 16) != 0 ? KV_W : 0)) };
	if ((raw & 1) == 0) {
		ret->kind = MMU_INVALID;
		ret->why = "is void";
	} else if ((raw & 4) != 0 || ((raw & 2) != 0 && !lv->table) ||
	    ((raw & 2) == 0 && lv->shift > mmu->param[TOY_LARGEST])) {
		ret->kind = MMU_RESERVED;
		ret->why = "is odd";
	} else if ((raw & 2) != 0)
		ret->kind = MMU_TABLE;
	else {
		ret->kind = MMU_LEAF;
		if ((raw & 8) != 0) {
			ret->leaf_shift = (uint8_t)(lv->shift + 4);
			low = low << 4 | 15;
		}
		ret->at.addr &= ~low;
	}
}

static const struct mmu toy32be = {	/* 1024 entries of 4 bytes, twice; says it fully */
	.ops = &mmu_radix_ops, .param = { [TOY_LARGEST] = 22 },
	.regime = "toy32be", .big = true, .va_bits = 32,
	.nlevels = 2, .levels = { { "L1", 22, 10, 4, true }, { "L2", 12, 10, 4, false } },
	.decode = toy_decode,
};
static const struct mmu toy_pae = {	/* a root of four pages */
	.ops = &mmu_radix_ops, .param = { [TOY_LARGEST] = 21 },
	.regime = "toy-pae", .va_bits = 32,
	.nlevels = 2, .levels = { { "L1", 21, 11, 8, true }, { "L2", 12, 9, 8, false } },
	.decode = toy_decode, .valid_mask = 1,
};
static const struct mmu toy_high = {	/* 39 bits below all ones, 16 entries in the root */
	.ops = &mmu_radix_ops, .param = { [TOY_LARGEST] = 21 },
	.regime = "toy-high", .va_bits = 34,
	.va_base = UINT64_MAX << 34, .nlevels = 3,
	.levels = { { "A", 30, 4, 8, true }, { "B", 21, 9, 8, true },
	    { "C", 12, 9, 8, false } },
	.decode = toy_decode, .valid_mask = 1, .prot_unknown = true,
};
static const struct mmu toy64be = {	/* all 64 bits, levels of different width */
	.ops = &mmu_radix_ops, .param = { [TOY_LARGEST] = 36 },
	.regime = "toy64be", .big = true, .va_bits = 64,
	.nlevels = 6,
	.levels = { { "R5", 54, 10, 4, true }, { "R4", 45, 9, 8, true },
	    { "R3", 36, 9, 8, true }, { "R2", 30, 6, 8, true },
	    { "R1", 21, 9, 8, true }, { "R0", 12, 9, 8, false } },
	.decode = toy_decode, .valid_mask = 1,
};
static const struct mmu toy32le = {	/* address bits 31:30 are ignored */
	.ops = &mmu_radix_ops, .param = { [TOY_LARGEST] = 22 },
	.regime = "toy32le", .va_bits = 32,
	.nlevels = 2, .levels = { { "L1", 22, 8, 4, true }, { "L2", 12, 10, 4, false } },
	.decode = toy_decode, .valid_mask = 1,
};

/* All of memory is one entry, which is valid on each level. */
static enum kv_status
same_read(void *arg, struct kv_loc at, size_t len, const uint8_t **ret, size_t *got,
    struct kv_err *err)
{
	static const uint8_t entry[8] = { 0x01 };
	(void)arg, (void)at, (void)err;
	*ret = entry;
	*got = len;
	return KV_OK;
}

static void
test_shapes(void)
{
	struct ram *ram = ram_new();
	struct mmu_src src = { ram_read, ram };
	struct kv_run run;
	struct kv_err err;

	struct mmu m = toy32be;
	m.root.addr = 0x1000;
	ram_put(ram, &m, 0x1000 + 4 * 1023, 4, 0x2000 | 3 | 16);
	ram_put(ram, &m, 0x2000 + 4 * 1023, 4, 0xabcde000 | 1);
	ram_put(ram, &m, 0x2000 + 4 * 5, 4, 0x70000 | 1 | 8 | 16);
	CHECK_EQ("32 bits", "last byte", mmu_walk(&m, &src, 0xffffffff, &run, NULL, NULL, NULL), KV_OK);
	CHECK_EQ("32 bits", "pa", run.at.addr, 0xabcde000);
	CHECK_EQ("32 bits", "first", run.first, 0xfffff000);
	CHECK_EQ("32 bits", "last", run.last, 0xffffffff);
	CHECK_EQ("32 bits", "prot", run.prot, KV_R);
	CHECK_EQ("32 bits", "above", mmu_walk(&m, &src, 0x100000000, &run, NULL, NULL, &err),
	    KV_EUNMAPPED);
	CHECK_EQ("32 bits above", "first", run.first, 0x100000000);
	CHECK_EQ("32 bits above", "last", run.last, UINT64_MAX);
	CHECK_TEXT("32 bits above", err.text, "0x100000000 is outside");
	CHECK_EQ("wide page", "status", mmu_walk(&m, &src, 0xffc05678, &run, NULL, NULL, NULL), KV_OK);
	CHECK_EQ("wide page", "part of it: pa", run.at.addr, 0x75000);
	CHECK_EQ("wide page", "part of it: first", run.first, 0xffc05000);
	CHECK_EQ("wide page", "part of it: last", run.last, 0xffc05fff);

	m = toy_high;
	m.root.addr = 0x1000;
	memset(ram->bytes, 0, sizeof(ram->bytes));
	ram_put(ram, &m, 0x1000 + 8 * 0, 8, 0x2000 | 3);
	ram_put(ram, &m, 0x2000 + 8 * 1, 8, 0x200000 | 1);
	CHECK_EQ("high", "status", mmu_walk(&m, &src, 0xfffffffc00200004, &run, NULL, NULL, NULL),
	    KV_OK);
	CHECK_EQ("high", "first", run.first, 0xfffffffc00200000);
	CHECK_EQ("high", "pa", run.at.addr, 0x200000);
	CHECK_EQ("high", "prot known", run.prot_known, false);
	CHECK_EQ("high, below", "status",
	    mmu_walk(&m, &src, 0xfffffffbffffffff, &run, NULL, NULL, &err), KV_EUNMAPPED);
	CHECK_EQ("high, below", "first", run.first, 0);
	CHECK_EQ("high, below", "last", run.last, 0xfffffffbffffffff);

	/* A table whose end would lie past 2^64. */
	m.root.addr = UINT64_C(0xffffffffffffffc0);
	CHECK_EQ("table wraps", "status", mmu_walk(&m, &src, UINT64_MAX, &run, NULL, NULL, &err),
	    KV_EFORMAT);
	CHECK_TEXT("table wraps", err.text, "A entry 15: its table at 0xffffffffffffffc0 runs past");
	m.root.addr = UINT64_MAX - 4;
	CHECK_EQ("entry wraps", "status",
	    mmu_walk(&m, &src, UINT64_MAX << 34, &run, NULL, NULL, &err), KV_EFORMAT);
	struct mmu_src same = { same_read, NULL };
	m.root.addr = UINT64_MAX - 6;
	CHECK_EQ("entry wraps by a byte", "status",
	    mmu_walk(&m, &same, UINT64_MAX << 34, &run, NULL, NULL, &err), KV_EFORMAT);
	m.root.addr = UINT64_MAX - 7;
	CHECK_EQ("last entry of all", "status",
	    mmu_walk(&m, &same, UINT64_MAX << 34, &run, NULL, NULL, &err), KV_EUNMAPPED);
	CHECK_TEXT("last entry of all", err.text, "A entry 0 (0x1) at 0xfffffffffffffff8 is odd");
	m = toy64be;
	m.va_bits = 63;
	CHECK_EQ("beyond 63 bits", "status",
	    mmu_walk(&m, &same, UINT64_C(1) << 63, &run, NULL, NULL, &err), KV_EUNMAPPED);
	CHECK_TEXT("beyond 63 bits", err.text, "0x8000000000000000 is outside");
	m = mmu_x86_4level;
	m.root.addr = UINT64_MAX - 7;
	CHECK_EQ("x86 table wraps", "status",
	    mmu_walk(&m, &same, UINT64_MAX, &run, NULL, NULL, &err), KV_EFORMAT);
	free(ram);
}

/* ---- each ------------------------------------------------------------------------- */

struct found {
	struct kv_run run;
	enum kv_status st;
};

struct list {
	struct found *v;
	unsigned n, room;
	unsigned stop;		/* at the n-th, if not 0 */
	struct ram *disturb;	/* read through while in the callback */
};

static bool
list_add(void *arg, const struct kv_run *run, enum kv_status st)
{
	struct list *l = arg;
	if (l->disturb != NULL) {
		const uint8_t *p;
		size_t got;
		(void)ram_read(l->disturb, (struct kv_loc){ .addr = RAM_BASE + K }, 8, &p, &got, NULL);
	}
	if (l->n == l->room) {
		l->room = 2 * l->room + 64;
		if ((l->v = realloc(l->v, l->room * sizeof(*l->v))) == NULL)
			abort();
	}
	l->v[l->n++] = (struct found){ *run, st };
	return l->n != l->stop;
}

static void
list_get(struct list *l, const struct mmu *mmu, struct ram *ram, vaddr_t lo, vaddr_t last)
{
	struct mmu_src src = { ram_read, ram };
	l->n = 0;
	enum kv_status st = mmu_each(mmu, &src, lo, last, list_add, l, NULL);
	CHECK_EQ(mmu->regime, "each", st, KV_OK);
	for (unsigned i = 1; i < l->n; i++)
		if (l->v[i].run.first <= l->v[i - 1].run.first) {
			CHECK(false, "%s: 0x%" PRIx64 " is listed after 0x%" PRIx64, mmu->regime,
			    l->v[i].run.first, l->v[i - 1].run.first);
			break;
		}
}

/* The entry of the list that holds va, or NULL. */
static const struct found *
list_find(const struct list *l, vaddr_t va)
{
	unsigned lo = 0, hi = l->n;
	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		if (l->v[mid].run.first <= va)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo != 0 && va <= l->v[lo - 1].run.last ? &l->v[lo - 1] : NULL;
}

/* The walk of va says what the list says. */
static void
agree(const struct list *l, const struct mmu *mmu, struct ram *ram, vaddr_t va, uint64_t seed)
{
	struct mmu_src src = { ram_read, ram };
	struct kv_run run;
	enum kv_status st = mmu_walk(mmu, &src, va, &run, NULL, NULL, NULL);
	const struct found *f = list_find(l, va);
	enum kv_status want = f != NULL ? f->st : KV_EUNMAPPED;
	if (!CHECK(st == want, "%s seed %" PRIu64 " va 0x%" PRIx64 ": walk %d, each %d", mmu->regime,
		seed, va, st, want))
		return;
	if (st == KV_OK || st == KV_EUNMAPPED)
		CHECK(run.first <= va && va <= run.last, "%s seed %" PRIu64 " va 0x%" PRIx64
		    ": not in its run", mmu->regime, seed, va);
	if (st == KV_OK) {
		CHECK(run.at.addr + (va - run.first) == f->run.at.addr + (va - f->run.first),
		    "%s seed %" PRIu64 " va 0x%" PRIx64 ": walk 0x%" PRIx64 ", each 0x%" PRIx64,
		    mmu->regime, seed, va, run.at.addr + (va - run.first),
		    f->run.at.addr + (va - f->run.first));
		CHECK(run.prot == f->run.prot && run.prot_known == f->run.prot_known,
		    "%s seed %" PRIu64 " va 0x%" PRIx64 ": prot", mmu->regime, seed, va);
	} else if (st == KV_EUNMAPPED)
		CHECK(list_find(l, run.first) == NULL && list_find(l, run.last) == NULL,
		    "%s seed %" PRIu64 " va 0x%" PRIx64 ": hole reaches into a mapping", mmu->regime,
		    seed, va);
}

/*
 * Tables anywhere in memory, with few entries that point anywhere, so that they share and
 * loop; some pages absent, one cut.
 */
static void
random_fill(struct ram *ram, const struct mmu *mmu, uint64_t *rnd)
{
	bool x86 = mmu->levels[mmu->nlevels - 1].name[0] == 'P';
	memset(ram->bytes, 0, sizeof(ram->bytes));
	for (unsigned i = 0; i < RAM_PAGES; i++)
		ram->valid[i] = i > 4 && unit_random(rnd) % 6 == 0 ? 0 : 4096;
	uint64_t cut = 4 + unit_random(rnd) % (RAM_PAGES - 4);
	ram->valid[cut] = (unsigned)(unit_random(rnd) % 512) * 8;
	/* Levels of 4-byte entries get tables of their own: an entry means nothing to another. */
	for (unsigned i = 0; i < RAM_PAGES; i++) {
		unsigned size = mmu->nlevels == 6 && i >= 4 ? 8 : mmu->levels[0].entry_size;
		unsigned in_page = 4096 / size;
		unsigned many = (mmu->nlevels > 4 ? 2u : mmu->nlevels > 3 ? 3u : 20u) +
		    (unsigned)(unit_random(rnd) % 3);
		for (unsigned k = 0; k < many; k++) {
			unsigned index = (unsigned)(unit_random(rnd) % in_page);
			if (unit_random(rnd) % 4 == 0)
				index = unit_random(rnd) % 2 == 0 ? 0 : in_page - 1;
			else if (unit_random(rnd) % 2 == 0)
				index %= 16;	/* toy_high's root has no more */
			uint64_t table = RAM_BASE +
			    (4 + unit_random(rnd) % (RAM_PAGES - 4)) * K;
			uint64_t kind = unit_random(rnd) % 8, raw;
			if (x86) {
				raw = table | P | (unit_random(rnd) & (RW | US));
				if (unit_random(rnd) % 4 == 0)
					raw |= NX;
				if (kind == 0)
					raw = (unit_random(rnd) & UINT64_C(0xfffffffc0001f7f)) | P | PS;
				if (kind == 1)
					raw = (unit_random(rnd) & UINT64_C(0xffffff000)) | P | PS;
				if (kind == 2)
					raw &= ~P;
			} else {
				raw = table | 3 | (unit_random(rnd) & 16);
				if (kind <= 1)
					raw = (unit_random(rnd) & UINT64_C(0xfffff018)) | 1;
				if (kind == 2)
					raw = unit_random(rnd) & UINT64_C(0xffffffff);
			}
			ram_put(ram, mmu, RAM_BASE + i * K + index * size, size, raw);
		}
		/* The last level's entries name pages, or nearly all of a toy's would be odd. */
		if (!x86)
			for (unsigned k = 0; k < 3; k++) {
				uint64_t index = unit_random(rnd) % in_page;
				uint64_t raw = (unit_random(rnd) & UINT64_C(0xfffff018)) | 1;
				ram_put(ram, mmu, RAM_BASE + i * K + index * size, size, raw);
			}
	}
}

static const struct mmu *const shapes[] = {
	&mmu_x86_4level, &mmu_x86_5level, &toy32be, &toy32le, &toy_pae, &toy_high, &toy64be,
};
enum { NSHAPES = sizeof(shapes) / sizeof(shapes[0]), SEEDS = 12 };

/* Walk and each agree on both sides of every boundary. */
static void
test_random(void)
{
	struct ram *ram = ram_new();
	struct list all = { .v = NULL }, part = { .v = NULL };
	for (unsigned s = 0; s < NSHAPES; s++) {
		unsigned mapped = 0, unknown = 0;
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			uint64_t rnd = seed * 1000 + s;
			struct mmu mmu = *shapes[s];
			mmu.root.addr = RAM_BASE;
			random_fill(ram, &mmu, &rnd);
			ram->copies = seed % 2 == 0;
			all.disturb = seed % 3 == 0 ? ram : NULL;
			list_get(&all, &mmu, ram, 0, UINT64_MAX);
			unsigned step = 1 + all.n / 300;
			for (unsigned i = 0; i < all.n; i++) {
				const struct kv_run *r = &all.v[i].run;
				mapped += all.v[i].st == KV_OK;
				unknown += all.v[i].st != KV_OK;
				if (i != 0 && (r->first <= all.v[i - 1].run.last || r->last < r->first))
					CHECK(false, "%s seed %" PRIu64 ": runs overlap at 0x%" PRIx64,
					    mmu.regime, seed, r->first);
				if (i % step != 0)
					continue;
				agree(&all, &mmu, ram, r->first, seed);
				agree(&all, &mmu, ram, r->last, seed);
				agree(&all, &mmu, ram, r->first - 1, seed);
				agree(&all, &mmu, ram, r->last + 1, seed);
				agree(&all, &mmu, ram,
				    r->first + unit_random(&rnd) % (r->last - r->first + 1), seed);
			}
			for (unsigned i = 0; i < 50; i++)
				agree(&all, &mmu, ram, unit_random(&rnd), seed);

			/* A window answers as the whole, clipped. */
			for (unsigned i = 0; i < 10 && all.n != 0; i++) {
				vaddr_t lo = all.v[unit_random(&rnd) % all.n].run.first;
				vaddr_t last = all.v[unit_random(&rnd) % all.n].run.last;
				if (lo > last)
					continue;
				lo += unit_random(&rnd) % 3 == 0 ? 1 : 0;
				last -= unit_random(&rnd) % 3 == 0 ? 1 : 0;
				list_get(&part, &mmu, ram, lo, last);
				uint64_t sum_all = 0, sum_part = 0;
				for (unsigned k = 0; k < all.n; k++) {
					struct kv_run r = all.v[k].run;
					if (r.last < lo || r.first > last)
						continue;
					vaddr_t a = r.first < lo ? lo : r.first;
					vaddr_t b = r.last > last ? last : r.last;
					uint64_t at = all.v[k].st == KV_OK ? r.at.addr + (a - r.first) : 0;
					sum_all += (b - a + 1) * (at * 16 + all.v[k].st);
				}
				bool inside = true;
				for (unsigned k = 0; k < part.n; k++) {
					struct kv_run r = part.v[k].run;
					inside &= r.first >= lo && r.last <= last;
					sum_part += (r.last - r.first + 1) * (r.at.addr * 16 + part.v[k].st);
				}
				CHECK(inside, "%s seed %" PRIu64 ": runs outside of the window", mmu.regime,
				    seed);
				CHECK_EQ(mmu.regime, "window", sum_part, sum_all);
			}
		}
		CHECK(mapped > 100, "%s: only %u mappings in all trees", shapes[s]->regime, mapped);
		CHECK(unknown > 10, "%s: only %u unknown stretches", shapes[s]->regime, unknown);
	}
	free(all.v);
	free(part.v);
	free(ram);
}

/* Lets the last level name tables, too. */
static void
careless_decode(const struct mmu *mmu, unsigned i, uint64_t raw, struct mmu_entry *ret)
{
	(void)mmu, (void)i;
	*ret = (struct mmu_entry){
		.kind = (raw & 1) == 0 ? MMU_INVALID : (raw & 2) != 0 ? MMU_LEAF : MMU_TABLE,
		.at.addr = raw & ~UINT64_C(0xfff), .why = "is void" };
}

static void
test_each_edges(void)
{
	struct ram *ram = ram_new();
	struct mmu_src src = { ram_read, ram };
	struct list l = { .v = NULL };
	struct kv_run run;
	struct kv_err err;

	/* The third table is not looked into, though its level is described. */
	struct mmu m = toy_high;
	m.nlevels = 2;
	m.decode = careless_decode;
	m.root.addr = 0x1000;
	ram_put(ram, &m, 0x1000, 8, 0x5000 | 1);
	ram_put(ram, &m, 0x5000, 8, 0x6000 | 1);
	ram_put(ram, &m, 0x6000, 8, 0x7000 | 3);
	CHECK_EQ("a table too many", "walk",
	    mmu_walk(&m, &src, UINT64_MAX << 34, &run, NULL, NULL, &err), KV_EFORMAT);
	CHECK_TEXT("a table too many", err.text, "0xfffffffc00000000: the last level names another table");
	list_get(&l, &m, ram, 0, UINT64_MAX);
	CHECK_EQ("a table too many", "runs", l.n, 0);

	/* The first page of the root is missing: unknown, then what the second one maps. */
	m = toy_pae;
	m.root.addr = 0x1000;
	ram->valid[0] = 0;
	ram_put(ram, &m, 0x2000, 8, 0x600000 | 1);
	ram_put(ram, &m, 0x2008, 8, 0xa00000 | 1);
	list_get(&l, &m, ram, 0, UINT64_MAX);
	CHECK_EQ("unknown, then pages", "runs", l.n, 3);
	CHECK_EQ("unknown, then pages", "unknown", l.v[0].st, KV_EABSENT);
	CHECK_EQ("unknown, then pages", "its last", l.v[0].run.last, 0x3fffffff);
	CHECK_EQ("unknown, then pages", "first", l.v[1].run.first, 0x40000000);
	CHECK_EQ("unknown, then pages", "pa", l.v[1].run.at.addr, 0x600000);
	l.n = 0;
	l.stop = 1;
	CHECK_EQ("unknown, stop", "each", mmu_each(&m, &src, 0, UINT64_MAX, list_add, &l, NULL), KV_OK);
	CHECK_EQ("unknown, stop", "runs", l.n, 1);
	l.stop = 0;

	/* A root whose second half would lie past 2^64. */
	m = toy_high;
	m.root.addr = UINT64_C(0xffffffffffffffc0);
	list_get(&l, &m, ram, 0, UINT64_MAX);
	CHECK_EQ("root wraps", "runs", l.n, 2);
	CHECK_EQ("root wraps", "first half", l.v[0].st, KV_EABSENT);
	CHECK_EQ("root wraps", "second half", l.v[1].st, KV_EFORMAT);
	CHECK_EQ("root wraps", "its first", l.v[1].run.first, 0xfffffffe00000000);

	/* Over the end of what an index tells apart. */
	m = toy32le;
	m.root.addr = 0x3000;
	ram_put(ram, &m, 0x3000, 4, 0x400000 | 1);
	ram_put(ram, &m, 0x3000 + 4 * 255, 4, 0x800000 | 1);
	list_get(&l, &m, ram, 0x3fc00000, 0x403fffff);
	CHECK_EQ("index starts over", "runs", l.n, 2);
	CHECK_EQ("index starts over", "last entry", l.v[0].run.at.addr, 0x800000);
	CHECK_EQ("index starts over", "first entry", l.v[1].run.at.addr, 0x400000);
	free(l.v);
	free(ram);
}

static void
test_each(void)
{
	struct ram *ram = ram_new();
	struct mmu_src src = { ram_read, ram };
	struct list l = { .v = NULL };
	struct mmu mmu = mmu_x86_4level;
	mmu.root.addr = 0x1000;

	list_get(&l, &mmu, ram, 0, UINT64_MAX);
	CHECK_EQ("empty root", "runs", l.n, 0);

	/* One call for a whole table. */
	ram_put(ram, &mmu, 0x1000 + 8 * 511, 8, 0x2000 | P | RW);
	ram_put(ram, &mmu, 0x2000 + 8 * 511, 8, 0x3000 | P | RW);
	ram_put(ram, &mmu, 0x3000 + 8 * 511, 8, 0x4000 | P | RW);
	for (unsigned i = 0; i < 512; i++)
		ram_put(ram, &mmu, 0x4000 + 8 * i, 8, 0x555000 + 0x2000 * i + P);
	ram->reads = 0;
	list_get(&l, &mmu, ram, 0, UINT64_MAX);
	CHECK_EQ("full PT", "runs", l.n, 512);
	CHECK(ram->reads <= 5, "full PT: wanted at most 5 reads, got %u", ram->reads);
	CHECK_EQ("full PT", "canonical", l.v[0].run.first, 0xffffffffffe00000);
	CHECK_EQ("full PT", "end", l.v[511].run.last, UINT64_MAX);
	CHECK_EQ("full PT", "pa", l.v[511].run.at.addr, 0x555000 + 0x2000 * 511);

	/* Clipped on both sides, even to one byte. */
	list_get(&l, &mmu, ram, 0xffffffffffe01234, 0xffffffffffe02000);
	CHECK_EQ("clip", "runs", l.n, 2);
	CHECK_EQ("clip", "first", l.v[0].run.first, 0xffffffffffe01234);
	CHECK_EQ("clip", "pa", l.v[0].run.at.addr, 0x557234);
	CHECK_EQ("clip", "last", l.v[1].run.last, 0xffffffffffe02000);
	list_get(&l, &mmu, ram, UINT64_MAX, UINT64_MAX);
	CHECK_EQ("one byte", "runs", l.n, 1);
	CHECK_EQ("one byte", "pa", l.v[0].run.at.addr, 0x555000 + 0x2000 * 511 + 0xfff);
	list_get(&l, &mmu, ram, UINT64_MAX, 0);
	CHECK_EQ("lo above last", "runs", l.n, 0);
	list_get(&l, &mmu, ram, 0x800000000000, 0xffff7fffffffffff);
	CHECK_EQ("not canonical", "runs", l.n, 0);

	/* Stopped by fn. */
	l.n = 0;
	l.stop = 7;
	CHECK_EQ("stop", "status", mmu_each(&mmu, &src, 0, UINT64_MAX, list_add, &l, NULL), KV_OK);
	CHECK_EQ("stop", "runs", l.n, 7);
	l.stop = 0;

	/* An unreadable table is one unknown stretch; a cut one from the cut on. */
	ram->valid[3] = 0;
	ram->reads = 0;
	list_get(&l, &mmu, ram, 0, UINT64_MAX);
	CHECK(ram->reads < 600, "absent PT: wanted one read for each entry, got %u", ram->reads);
	CHECK_EQ("absent PT", "runs", l.n, 1);
	CHECK_EQ("absent PT", "status", l.v[0].st, KV_EABSENT);
	CHECK_EQ("absent PT", "first", l.v[0].run.first, 0xffffffffffe00000);
	CHECK_EQ("absent PT", "last", l.v[0].run.last, UINT64_MAX);
	ram->valid[3] = 8 * 3 + 4;
	list_get(&l, &mmu, ram, 0, UINT64_MAX);
	CHECK_EQ("cut PT", "runs", l.n, 4);
	CHECK_EQ("cut PT", "last mapping", l.v[2].run.last, 0xffffffffffe02fff);
	CHECK_EQ("cut PT", "status", l.v[3].st, KV_ETRUNC);
	CHECK_EQ("cut PT", "first unknown", l.v[3].run.first, 0xffffffffffe03000);
	CHECK_EQ("cut PT", "last", l.v[3].run.last, UINT64_MAX);
	ram->valid[0] = 0;
	list_get(&l, &mmu, ram, 0x1000, UINT64_MAX - 5);
	CHECK_EQ("absent root", "runs", l.n, 2);
	CHECK_EQ("absent root", "first", l.v[0].run.first, 0x1000);
	CHECK_EQ("absent root", "end of the lower half", l.v[0].run.last, 0x7fffffffffff);
	CHECK_EQ("absent root", "upper half", l.v[1].run.first, 0xffff800000000000);
	CHECK_EQ("absent root", "last", l.v[1].run.last, UINT64_MAX - 5);

	/* Unknown stretches of one table are merged only where they touch and fail alike. */
	for (unsigned i = 0; i < RAM_PAGES; i++)
		ram->valid[i] = 4096;
	memset(ram->bytes, 0, sizeof(ram->bytes));
	mmu = toy_pae;
	mmu.root.addr = 0x1000;
	ram_put(ram, &mmu, 0x2000, 8, 0x40000000 | 1);
	ram->valid[0] = ram->valid[2] = 0;
	list_get(&l, &mmu, ram, 0, UINT64_MAX);
	CHECK_EQ("two stretches", "runs", l.n, 3);
	CHECK_EQ("two stretches", "first's end", l.v[0].run.last, 0x3fffffff);
	CHECK_EQ("two stretches", "mapping", l.v[1].run.at.addr, 0x40000000);
	CHECK_EQ("two stretches", "second", l.v[2].run.first, 0x80000000);
	CHECK_EQ("two stretches", "second's end", l.v[2].run.last, 0xbfffffff);
	l.n = 0;
	l.stop = 1;
	(void)mmu_each(&mmu, &src, 0, UINT64_MAX, list_add, &l, NULL);
	CHECK_EQ("stop before a stretch is told", "runs", l.n, 1);
	l.stop = 0;
	ram->valid[0] = 8;
	ram->valid[1] = 0;
	list_get(&l, &mmu, ram, 0, 0x7fffffff);
	CHECK_EQ("other failure", "runs", l.n, 2);
	CHECK_EQ("other failure", "cut", l.v[0].st, KV_ETRUNC);
	CHECK_EQ("other failure", "cut from", l.v[0].run.first, 0x200000);
	CHECK_EQ("other failure", "absent", l.v[1].st, KV_EABSENT);
	CHECK_EQ("other failure", "absent from", l.v[1].run.first, 0x40000000);

	free(l.v);
	free(ram);
}

static bool
count_add(void *arg, const struct kv_run *run, enum kv_status st)
{
	(void)run;
	(void)st;
	++*(uint64_t *)arg;
	return true;
}

/* All of the root points at the root. */
static void
test_loop(void)
{
	struct ram *ram = ram_new();
	struct mmu_src src = { ram_read, ram };
	struct mmu mmu = mmu_x86_5level;
	struct kv_err err = { .text = "" };
	mmu.root.addr = 0x1000;
	mmu.table_limit = 1000;
	for (unsigned i = 0; i < 512; i++)
		ram_put(ram, &mmu, 0x1000 + 8 * i, 8, 0x1000 | P);
	uint64_t n = 0;
	CHECK_EQ("loop", "status", mmu_each(&mmu, &src, 0, UINT64_MAX, count_add, &n, &err),
	    KV_EFORMAT);
	CHECK(n <= 1000 * 512 && n > 0, "loop: %" PRIu64 " runs", n);
	CHECK_TEXT("loop", err.text, "page tables loop: gave up after 1000 of them, at the PT at 0x1000");
	/* A tree that needs exactly the limit is walked in full. */
	memset(ram->bytes, 0, sizeof(ram->bytes));
	ram_put(ram, &mmu, 0x1000, 8, 0x1000 | P);
	mmu.table_limit = 6;	/* five levels, and the root once more for the upper half */
	n = 0;
	CHECK_EQ("limit reached", "status",
	    mmu_each(&mmu, &src, 0, UINT64_MAX, count_add, &n, &err), KV_OK);
	CHECK_EQ("limit reached", "runs", n, 1);
	mmu.table_limit = 5;
	CHECK_EQ("limit passed", "status",
	    mmu_each(&mmu, &src, 0, UINT64_MAX, count_add, &n, &err), KV_EFORMAT);
	free(ram);
}

static const struct unit_test tests[] = {
	{ "x86, 4 levels", test_x86_4level },
	{ "x86, 5 levels", test_x86_5level },
	{ "x86, each bit of a leaf", test_x86_bits },
	{ "trace", test_trace },
	{ "other shapes", test_shapes },
	{ "each", test_each },
	{ "each, at edges", test_each_edges },
	{ "loops end", test_loop },
	{ "random trees: walk and each agree", test_random },
	{ NULL, NULL },
};

const struct unit_suite unit_mmu = { "mmu", tests };
