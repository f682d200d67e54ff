/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD on MIPS: cpu data as sys/arch/mips/include/kcore.h has it since 2020 (with a 64-bit
 * sysmappa) and had it before; 32 and 64-bit kernels; page tables that are a linear array
 * (Sysmap, up to 2015) or the segment tables of sys/uvm/pmap.
 */
#include "port/netbsd/mips.h"

/* Where the fields lie, since 2020 and before; the RAM segments follow at 32 in both. */
struct layout {
	bool wide;	/* sysmappa has 8 bytes */
	unsigned sysmappa, sysmapsize, archlevel, pg_shift, pg_frame, pg_v, nmemsegs;
};
static const struct layout since_2020 = { true, 0, 8, 12, 16, 20, 24, 28 };
static const struct layout before = { false, 0, 4, 8, 12, 16, 20, 24 };
enum { CPU_SEGS = 32, SEG_BYTES = 16 };

/* pg_frame and pg_v that kernels write, by archlevel: mips1_pte.h, mips3_pte.h. */
static const struct kind {
	uint32_t archlevel, pg_frame, pg_v;
} kinds[] = {
	{ 1, 0xfffff000, 0x200 },
	{ 3, 0x3fffffc0, 0x2 },
};

static uint32_t
field(const struct dump *dump, unsigned off)
{
	return view_get32(&dump->kcore.cpu, off);	/* the caller has checked the size */
}

/* The kind that a header of that layout tells; NULL: none. */
static const struct kind *
find_kind(const struct dump *dump, const struct layout *at)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (field(dump, at->pg_frame) == kinds[i].pg_frame && field(dump, at->pg_v) == kinds[i].pg_v)
			return &kinds[i];
	return NULL;
}

/* A header tells its age by where pg_frame and pg_v make sense. */
static enum kv_status
find_layout(const struct dump *dump, const struct image *img, const struct layout **ret,
    struct kv_err *err)
{
	*ret = find_kind(dump, &since_2020) != NULL ? &since_2020 : &before;
	const struct kind *kind = find_kind(dump, *ret);
	if (kind != NULL) {
		const uint32_t archlevel = field(dump, (*ret)->archlevel);
		if (archlevel == kind->archlevel)
			return KV_OK;
		return dump_bad(dump, img, (*ret)->archlevel, "archlevel", archlevel, err,
		    "%u with pg_v %#x", (unsigned)kind->archlevel, (unsigned)kind->pg_v);
	}
	return kv_fail(err, KV_EFORMAT, "%s: pg_frame and pg_v are %#jx and %#jx at offsets %#jx and "
	    "%#jx (headers since 2020), and %#jx and %#jx at %#jx and %#jx (before): wanted 0xfffff000 "
	    "and 0x200, or 0x3fffffc0 and 0x2", img->name,
	    (uintmax_t)field(dump, since_2020.pg_frame), (uintmax_t)field(dump, since_2020.pg_v),
	    (uintmax_t)dump->kcore.cpu_off + since_2020.pg_frame,
	    (uintmax_t)dump->kcore.cpu_off + since_2020.pg_v,
	    (uintmax_t)field(dump, before.pg_frame), (uintmax_t)field(dump, before.pg_v),
	    (uintmax_t)dump->kcore.cpu_off + before.pg_frame,
	    (uintmax_t)dump->kcore.cpu_off + before.pg_v);
}

/* sysmapsize says which tables there are: kernels with segment tables leave it 0. */
static enum kv_status
add_tables(struct dump *dump, const struct image *img, const struct mmu_mips *how,
    const struct layout *at, struct kv_err *err)
{
	const uint32_t sysmapsize = field(dump, at->sysmapsize);
	const vaddr_t base = how->bits == 32 ? UINT64_C(0xc0000000) : UINT64_C(0xc000000000000000);
	/* Listing an array that is longer than memory would take ages. */
	const uint64_t have = format_present(&dump->ram);
	if (sysmapsize > have / 4)
		return dump_bad(dump, img, at->sysmapsize, "sysmapsize", sysmapsize, err,
		    "%#jx or less: there are %#jx bytes of memory", (uintmax_t)have / 4, (uintmax_t)have);
	struct mmu mmu;
	enum kv_status s = sysmapsize != 0 ?
	    mmu_mips_sysmap_init(&mmu, how, base, dump->root, sysmapsize, err) :
	    mmu_mips_segtab_init(&mmu, how, dump->root, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s: cpu segment at offset %#jx", img->name,
		    (uintmax_t)dump->kcore.cpu_off);
		return s;
	}
	/* KSEG2, XKSEG, or what a segment table reaches: a 32-bit one begins with user space. */
	dump->vabits = sysmapsize == 0 ? (unsigned)mmu.levels[0].shift + mmu.levels[0].bits :
	    how->bits == 32 ? 30 : 62;
	return dump_range(dump, base, how->bits == 32 ? UINT32_MAX : UINT64_MAX, &mmu, err);
}

enum kv_status
netbsd_mips_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	const struct view *cpu = &dump->kcore.cpu;
	const struct layout *at;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_SEGS, err);
	if (s == KV_OK)
		s = find_layout(dump, img, &at, err);
	if (s != KV_OK)
		return s;
	const uint32_t nmemsegs = field(dump, at->nmemsegs), pg_shift = field(dump, at->pg_shift),
		       archlevel = field(dump, at->archlevel);
	const uint64_t room = (cpu->len - CPU_SEGS) / SEG_BYTES;
	if (nmemsegs == 0 || nmemsegs > room)
		return dump_bad(dump, img, at->nmemsegs, "nmemsegs", nmemsegs, err,
		    "1 to %#jx: the cpu segment has %#zx bytes", (uintmax_t)room, cpu->len);
	/* 4: NEC VR41xx, whose frames count 1 KiB. */
	if (archlevel == 1 ? pg_shift != 12 : pg_shift != 6 && pg_shift != 4)
		return dump_bad(dump, img, at->pg_shift, "pg_shift", pg_shift, err, "%s with archlevel %u",
		    archlevel == 1 ? "0xc" : "0x6 or 0x4", (unsigned)archlevel);
	s = netbsd_segments(dump, img, CPU_SEGS, nmemsegs, NULL, err);
	if (s != KV_OK)
		return s;
	dump->root = at->wide ? view_get64(cpu, at->sysmappa) : field(dump, at->sysmappa);
	if ((dump->root & 3) != 0)
		return dump_bad(dump, img, at->sysmappa, "sysmappa", dump->root, err, "a multiple of 4");

	/* An R3000's kernels have 32 bits and pages of 4 KiB (sys/arch/mips/include/locore.h). */
	const bool r3000 = archlevel == 1;
	if (kernel->machine == 0 && !r3000)
		return kv_fail(err, KV_EINVAL, "%s: the dump tells neither the page size of its kernel nor "
		    "whether that is of 32 or 64 bits: give the kernel", img->name);
	dump->bits = r3000 ? 32 : kernel->bits;
	s = mips_direct_ranges(dump, dump->bits, KV_R | KV_W | KV_X, err);
	if (s != KV_OK)
		return s;
	unsigned page_shift = 12;
	if (!r3000)
		s = mips_page_shift(dump, kernel, &page_shift, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s", img->name);
		return s;
	}
	dump->pagesize = 1u << page_shift;
	const struct mmu_mips how = {
		.bits = dump->bits,
		.page_shift = page_shift,
		.archlevel = archlevel,
		.pg_shift = pg_shift,
		.pg_v = field(dump, at->pg_v),
		.big = cpu->big,
	};
	return add_tables(dump, img, &how, at, err);
}
