/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/sparc: sun4, sun4c, sun4m, sun4d.  Sources: sys/arch/sparc/include/kcore.h,
 * sys/arch/sparc/sparc/pmap.c.
 */
#include "port/port.h"

enum {
	CPU_CPUTYPE = 0, CPU_KERNBASE = 4, CPU_NMEMSEG = 8, CPU_MEMSEGOFFSET = 12,
	CPU_NSEGMAP = 16, CPU_SEGMAPOFFSET = 20, CPU_NPMEG = 24, CPU_PMEGOFFSET = 28, CPU_BYTES = 32,
};
enum { SUN4 = 0, SUN4C = 1, SUN4M = 2, SUN4D = 4 };
enum { SEG_BYTES = 16, SEGMAP_BYTES = 16, SEGMENT_SHIFT = 18, PAGE_BYTES = 0x1000,
	MOST_PMEGS = 0x10000 };	/* sg_pmeg has 16 bits */

static uint32_t
word(const struct dump *dump, uint64_t off)
{
	return view_get32(&dump->kcore.cpu, off);
}

static uint32_t
pagesize(uint32_t cputype)
{
	return cputype == SUN4 ? 0x2000 : PAGE_BYTES;
}

/* An array of the cpu data: its count and its offset are words of the header. */
static enum kv_status
array_check(const struct dump *dump, const struct image *img, uint64_t count_at, const char *count,
    uint64_t off_at, const char *off, uint64_t size, struct kv_err *err)
{
	const uint64_t len = dump->kcore.cpu.len, at = word(dump, off_at);
	if (at < CPU_BYTES || at > len)
		return dump_bad(dump, img, off_at, off, at, err, "%#x to %#jx", CPU_BYTES,
		    (uintmax_t)len);
	if (word(dump, count_at) > (len - at) / size)
		return dump_bad(dump, img, count_at, count, word(dump, count_at), err,
		    "%#jx or less: the cpu data has %#jx bytes", (uintmax_t)((len - at) / size),
		    (uintmax_t)len);
	return KV_OK;
}

/* Whether the kernel's va2pa_offset, which lies x above its physical address, is x. */
static bool
offset_reads(struct dump *dump, vaddr_t symbol, uint32_t x)
{
	const struct kv_loc at = { .space = KV_PHYS, .addr = symbol - x };
	const uint8_t *p;
	size_t got;
	return memory_read(&dump->mem, at, 4, &p, &got, NULL) == KV_OK &&
	    be32_get(p) == x;
}

/* Virtual minus physical address of the kernel, in which the PTE tables lie. */
static uint32_t
va2pa(struct dump *dump, const struct port_kernel *kernel)
{
	const uint32_t kernbase = word(dump, CPU_KERNBASE);
	vaddr_t symbol;
	if (!kernel->lookup(kernel->arg, "va2pa_offset", &symbol))
		return kernbase;
	symbol &= UINT32_MAX;
	if (offset_reads(dump, symbol, kernbase))
		return kernbase;
	for (size_t i = 0; i < dump->ram.n; i++) {
		const struct extent *x = &dump->ram.v[i];
		for (paddr_t pa = x->first; pa <= x->last && pa < kernbase; pa += PAGE_BYTES)
			if (offset_reads(dump, symbol, kernbase - (uint32_t)pa))
				return kernbase - (uint32_t)pa;
	}
	return kernbase;
}

static enum kv_status
regime(struct dump *dump, struct image *img, const struct port_kernel *kernel, struct mmu *mmu,
    struct kv_err *err)
{
	const uint32_t type = word(dump, CPU_CPUTYPE), kernbase = word(dump, CPU_KERNBASE);
	const uint32_t nsegmap = word(dump, CPU_NSEGMAP), segmap = word(dump, CPU_SEGMAPOFFSET);
	if (type == SUN4M || type == SUN4D)
		return mmu_srmmu_segmap_init(mmu, kernbase, nsegmap, segmap, va2pa(dump, kernel), err);
	dump->pagesize = pagesize(type);
	const uint64_t pmeg = (UINT64_C(1) << SEGMENT_SHIFT) / dump->pagesize * 4;
	enum kv_status s = array_check(dump, img, CPU_NPMEG, "npmeg", CPU_PMEGOFFSET, "pmegoffset",
	    pmeg, err);
	if (s != KV_OK)
		return s;
	if (word(dump, CPU_NPMEG) == 0 || word(dump, CPU_NPMEG) > MOST_PMEGS)
		return dump_bad(dump, img, CPU_NPMEG, "npmeg", word(dump, CPU_NPMEG), err,
		    "1 to %#x", MOST_PMEGS);
	const struct mmu_sun4 how = {
		.sun4c = type == SUN4C, .kernbase = kernbase, .nsegmap = nsegmap,
		.npmeg = word(dump, CPU_NPMEG), .segmap_off = segmap,
		.pmeg_off = word(dump, CPU_PMEGOFFSET),
	};
	return mmu_sun4_init(mmu, &how, err);
}

static enum kv_status
sparc_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	enum kv_status s = dump_cpu_wants(dump, img, CPU_BYTES, err);
	if (s != KV_OK)
		return s;
	const uint32_t type = word(dump, CPU_CPUTYPE), kernbase = word(dump, CPU_KERNBASE);
	if (type > SUN4D || type == 3)
		return dump_bad(dump, img, CPU_CPUTYPE, "cputype", type, err,
		    "0 (sun4), 1 (sun4c), 2 (sun4m) or 4 (sun4d)");
	if (kernbase == 0 || (kernbase & low_mask(24)) != 0)
		return dump_bad(dump, img, CPU_KERNBASE, "kernbase", kernbase, err,
		    "a multiple of 0x1000000");
	const uint64_t segments = ((UINT64_C(1) << 32) - kernbase) >> SEGMENT_SHIFT;
	if (word(dump, CPU_NSEGMAP) != segments)
		return dump_bad(dump, img, CPU_NSEGMAP, "nsegmap", word(dump, CPU_NSEGMAP), err,
		    "%#jx: kernbase is %#jx", (uintmax_t)segments, (uintmax_t)kernbase);
	s = array_check(dump, img, CPU_NMEMSEG, "nmemseg", CPU_MEMSEGOFFSET, "memsegoffset",
	    SEG_BYTES, err);
	if (s == KV_OK)
		s = array_check(dump, img, CPU_NSEGMAP, "nsegmap", CPU_SEGMAPOFFSET, "segmapoffset",
		    SEGMAP_BYTES, err);
	if (s == KV_OK && word(dump, CPU_NMEMSEG) == 0)
		s = dump_bad(dump, img, CPU_NMEMSEG, "nmemseg", 0, err, "1 or more");
	/* sys/arch/sparc/sparc/machdep.c, dumpsys: page 0 is not written, but has its room. */
	const uint64_t page = pagesize(type);
	const struct netbsd_page0 page0 = { page, page };
	if (s == KV_OK)
		s = netbsd_segments(dump, img, word(dump, CPU_MEMSEGOFFSET), word(dump, CPU_NMEMSEG),
		    &page0, err);
	struct mmu mmu;
	if (s == KV_OK)
		s = regime(dump, img, kernel, &mmu, err);
	return s == KV_OK ? dump_range(dump, kernbase, UINT32_MAX, &mmu, err) : s;
}

const struct port port_netbsd_sparc = {
	.os = "netbsd", .machine = "sparc", .form = "netbsd-kcore",
	.elf_machine = 2, .kernel_bits = 32, .mid = 0x8a,
	.orders = NETBSD_BIG, .align = 8,
	.bits = 32, .vabits = 32, .pagesize = PAGE_BYTES,
	.decode = sparc_decode,
};
