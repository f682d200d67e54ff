/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenBSD/arm, arm64 and riscv64.  cpu data (sys/arch/arm64/include/kcore.h): words kernelbase,
 * kerneloffs, staticsize, pmap_kernel_l1, pmap_kernel_l2 and eleven reserved ones; 8 RAM segments,
 * those of size 0 unused.  No kernel fills in a page table's address.
 */
#include "port/openbsd/static.h"

enum { WORD_KERNELBASE, WORD_KERNELOFFS, WORD_STATICSIZE, WORDS = 16, NSEGS = 8, SEG_BYTES = 16 };

static uint64_t
word(const struct view *cpu, unsigned i, unsigned bits)
{
	uint64_t v = 0;
	uint32_t low = 0;
	if (bits == 64)
		view_u64(cpu, i * 8, &v);
	else if (view_u32(cpu, i * 4, &low))
		v = low;
	return v;
}

bool
openbsd_static_probe(const struct netbsd_kcore *kc, struct image *img, unsigned bits)
{
	(void)img;
	const struct view *cpu = &kc->cpu;
	const uint64_t segs = WORDS * (bits / 8);
	const uint64_t base = word(cpu, WORD_KERNELBASE, bits);
	/* The arm writes no kernelbase, the others one in the upper half. */
	if (!view_has(cpu, segs, NSEGS * SEG_BYTES) || (base != 0 && base >> (bits - 1) == 0))
		return false;
	bool any = false;
	uint64_t next = 0;
	for (unsigned i = 0; i < NSEGS; i++) {
		uint64_t start = 0, size = 0;
		view_u64(cpu, segs + i * SEG_BYTES, &start);
		view_u64(cpu, segs + i * SEG_BYTES + 8, &size);
		if (size == 0)
			continue;
		if (start < next || !u64_add(start, size, &next))
			return false;
		any = true;
	}
	return any;
}

enum kv_status
openbsd_static_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	const struct view *cpu = &dump->kcore.cpu;
	const unsigned bits = dump->bits, size = bits / 8;
	const uint64_t segs = WORDS * size, top = low_mask(bits);
	enum kv_status s = dump_cpu_wants(dump, img, segs + NSEGS * SEG_BYTES, err);
	if (s == KV_OK)
		s = netbsd_segments(dump, img, segs, NSEGS, NULL, err);
	if (s != KV_OK)
		return s;
	uint64_t start = 0, len = 0;
	view_u64(cpu, segs, &start);
	view_u64(cpu, segs + 8, &len);
	if (len == 0)
		return dump_bad(dump, img, segs + 8, "ram_segs[0].size", len, err,
		    "more than 0: the kernel is in the first segment");

	const uint64_t base = word(cpu, WORD_KERNELBASE, bits);
	const uint64_t offs = word(cpu, WORD_KERNELOFFS, bits);
	const uint64_t staticsize = word(cpu, WORD_STATICSIZE, bits);
	if (offs > top - base)
		return dump_bad(dump, img, WORD_KERNELOFFS * size, "kerneloffs", offs, err,
		    "%#jx or less: kernelbase is %#jx", (uintmax_t)(top - base), (uintmax_t)base);
	const uint64_t lo = base + offs;
	if (staticsize == 0)	/* no address is known: reads say so */
		return KV_OK;
	if (staticsize - 1 > top - lo)
		return dump_bad(dump, img, WORD_STATICSIZE * size, "staticsize", staticsize, err,
		    "no more than up to %#jx: the static part begins at %#jx", (uintmax_t)top,
		    (uintmax_t)lo);
	if (offs > UINT64_MAX - start)
		return dump_bad(dump, img, segs, "ram_segs[0].start", start, err,
		    "%#jx or less: kerneloffs is %#jx", (uintmax_t)(UINT64_MAX - offs),
		    (uintmax_t)offs);
	const vaddr_t last = lo + (staticsize - 1);
	const struct mmu mmu = mmu_linear(lo, last, start + offs, MMU_NOPROT);
	return dump_range(dump, lo, last, &mmu, err);
}
