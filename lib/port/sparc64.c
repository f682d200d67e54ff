/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sparc64's header.  Sources: NetBSD and OpenBSD sys/arch/sparc64/include/kcore.h,
 * sys/arch/sparc64/sparc64/pmap.c.
 */
#include "port/sparc64.h"

enum {
	CPU_NMEMSEG = 4, CPU_MEMSEGOFFSET = 8, CPU_SEGMAPOFFSET = 24, CPU_KERNBASE = 32,
	CPU_CPUBASE = 40, CPU_KTEXT = 48, CPU_KDATA = 72, CPU_OLD_BYTES = 96,
	CPU_NEWMAGIC = 96, CPU_NUM4MBSEGS = 104, CPU_OFF4MBSEGS = 112, CPU_NUMCPUINFOS = 120,
	CPU_PERCPUSZ = 128, CPU_THISCPU = 136, CPU_CPUSP = 144, CPU_NEW_BYTES = 152,
};
enum { SEG_BYTES = 16, PAIR_BYTES = 16, MOST_PAIRS = 1024 };
#define NEWMAGIC	UINT64_C(0x3afec01e)
#define PAIR_SIZE	UINT64_C(0x400000)
#define CPUBASE_SHIFT	UINT64_C(0x8000)	/* the interrupt stack lies below cpubase */
#define VA_BITS		43

static uint64_t
quad(const struct dump *dump, uint64_t off)
{
	uint64_t v = 0;
	(void)view_u64(&dump->kcore.cpu, off, &v);
	return v;
}

/* size bytes from va on lie at pa: what of them is not below kernbase. */
static enum kv_status
locked(struct dump *dump, struct image *img, uint64_t at, const char *field, vaddr_t va,
    paddr_t pa, uint64_t size, struct kv_err *err)
{
	const uint64_t kernbase = quad(dump, CPU_KERNBASE);
	if (size == 0)
		return KV_OK;
	if (size - 1 > UINT64_MAX - va || size - 1 > UINT64_MAX - pa)
		return dump_bad(dump, img, at, field, va, err,
		    "an address that %#jx bytes, and their physical ones from %#jx on, fit above",
		    (uintmax_t)size, (uintmax_t)pa);
	const vaddr_t last = va + (size - 1);
	if (last < kernbase)
		return KV_OK;
	const vaddr_t lo = va < kernbase ? kernbase : va;
	const struct mmu mmu = mmu_linear(lo, last, pa + (lo - va), MMU_NOPROT);
	return dump_range(dump, lo, last, &mmu, err);
}

static enum kv_status
pairs(struct dump *dump, struct image *img, struct kv_err *err)
{
	const uint64_t n = quad(dump, CPU_NUM4MBSEGS), off = quad(dump, CPU_OFF4MBSEGS);
	if (n > MOST_PAIRS)	/* a TLB locks a few */
		return dump_bad(dump, img, CPU_NUM4MBSEGS, "num4mbsegs", n, err, "%d or less",
		    MOST_PAIRS);
	if (!view_has(&dump->kcore.cpu, off, n * PAIR_BYTES))
		return dump_bad(dump, img, CPU_OFF4MBSEGS, "off4mbsegs", off, err,
		    "%#jx pairs inside %#zx bytes of cpu data", (uintmax_t)n, dump->kcore.cpu.len);
	enum kv_status s = KV_OK;
	for (uint64_t i = 0; s == KV_OK && i < n; i++) {
		const uint64_t at = off + i * PAIR_BYTES;
		s = locked(dump, img, at, "va of a 4 MiB pair", quad(dump, at), quad(dump, at + 8),
		    PAIR_SIZE, err);
	}
	return s;
}

static enum kv_status
percpu(struct dump *dump, struct image *img, struct kv_err *err)
{
	if (quad(dump, CPU_NUMCPUINFOS) == 0)
		return KV_OK;
	const uint64_t base = quad(dump, CPU_CPUBASE), size = quad(dump, CPU_PERCPUSZ);
	const uint64_t cpu = quad(dump, CPU_THISCPU);
	uint64_t pa;
	if (base < CPUBASE_SHIFT)
		return dump_bad(dump, img, CPU_CPUBASE, "cpubase", base, err, "%#jx or more",
		    (uintmax_t)CPUBASE_SHIFT);
	if (size == 0)
		return dump_bad(dump, img, CPU_PERCPUSZ, "percpusz", size, err, "more than 0");
	if (!u64_mul(cpu, size, &pa) || !u64_add(pa, quad(dump, CPU_CPUSP), &pa))
		return dump_bad(dump, img, CPU_THISCPU, "thiscpu", cpu, err,
		    "a number whose window, of %#jx bytes each, begins below 2^64", (uintmax_t)size);
	return locked(dump, img, CPU_CPUBASE, "cpubase", base - CPUBASE_SHIFT, pa, size, err);
}

static enum kv_status
tables(struct dump *dump, struct image *img, const struct mmu *template, struct kv_err *err)
{
	const uint64_t kernbase = quad(dump, CPU_KERNBASE);
	struct mmu mmu = *template;
	dump->root = quad(dump, CPU_SEGMAPOFFSET);
	if (dump->root % dump->pagesize != 0)
		return dump_bad(dump, img, CPU_SEGMAPOFFSET, "segmapoffset", dump->root, err,
		    "a multiple of %#x", dump->pagesize);
	mmu.root = (struct kv_loc) { .space = KV_PHYS, .addr = dump->root };
	enum kv_status s = KV_OK;
	if (kernbase <= INT64_MAX)
		s = dump_range(dump, kernbase, INT64_MAX, &mmu, err);
	/* Above the hole lie the same tables, as the kernel's own pseg_get has it. */
	const vaddr_t upper = (vaddr_t)INT64_MAX + 1;
	mmu.va_base = ~low_mask(VA_BITS);
	return s == KV_OK ?
	    dump_range(dump, kernbase > upper ? kernbase : upper, UINT64_MAX, &mmu, err) : s;
}

enum kv_status
sparc64_decode_header(struct dump *dump, struct image *img, const struct mmu *mmu, bool newform,
    struct kv_err *err)
{
	const struct view *cpu = &dump->kcore.cpu;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_OLD_BYTES, err);
	if (s != KV_OK)
		return s;
	const uint64_t segs = quad(dump, CPU_MEMSEGOFFSET);
	uint32_t n = 0;
	(void)view_u32(cpu, CPU_NMEMSEG, &n);
	if (segs < CPU_OLD_BYTES || segs > cpu->len)
		return dump_bad(dump, img, CPU_MEMSEGOFFSET, "memsegoffset", segs, err, "%#x to %#zx",
		    CPU_OLD_BYTES, cpu->len);
	if (n == 0 || n > (cpu->len - segs) / SEG_BYTES)
		return dump_bad(dump, img, CPU_NMEMSEG, "nmemseg", n, err, "1 to %#jx",
		    (uintmax_t)((cpu->len - segs) / SEG_BYTES));
	s = netbsd_segments(dump, img, segs, n, NULL, err);
	if (s != KV_OK)
		return s;
	if (newform && segs > CPU_NEW_BYTES && quad(dump, CPU_NEWMAGIC) == NEWMAGIC) {
		s = pairs(dump, img, err);
		if (s == KV_OK)
			s = percpu(dump, img, err);
	} else {
		s = locked(dump, img, CPU_KTEXT, "ktextbase", quad(dump, CPU_KTEXT),
		    quad(dump, CPU_KTEXT + 8), quad(dump, CPU_KTEXT + 16), err);
		if (s == KV_OK)
			s = locked(dump, img, CPU_KDATA, "kdatabase", quad(dump, CPU_KDATA),
			    quad(dump, CPU_KDATA + 8), quad(dump, CPU_KDATA + 16), err);
	}
	return s == KV_OK ? tables(dump, img, mmu, err) : s;
}
