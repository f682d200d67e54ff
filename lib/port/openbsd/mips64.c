/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenBSD/loongson (little-endian) and OpenBSD/octeon (big-endian).  cpu data
 * (sys/arch/mips64/include/kcore.h): u64 kernel_pa, s32 mmutype, padding, 8 RAM segments.  Where
 * the linear array of PTEs is, only the kernel's own variables tell.
 */
#include "port/mips.h"

enum { CPU_SEGS = 16, SEG_BYTES = 16, NSEGS = 8, CPU_BYTES = CPU_SEGS + NSEGS * SEG_BYTES };

#define MID_MIPS64	0x9e	/* <sys/exec.h> */
/* The virtual address of the first PTE where the kernel has no Sysmapbase. */
#define CKSSEG_BASE	UINT64_C(0xffffffffc0000000)

/* Sysmap, Sysmapsize and Sysmapbase of the kernel. */
static enum kv_status
find_sysmap(struct dump *dump, const struct port_kernel *kernel, unsigned pte_bytes, uint64_t *count,
    vaddr_t *base, struct kv_err *err)
{
	uint64_t sysmap;
	enum kv_status s = dump_kernel_uint(dump, kernel, "Sysmap", 8, &sysmap, err);
	if (s == KV_OK)
		s = dump_kernel_uint(dump, kernel, "Sysmapsize", 4, count, err);
	if (s != KV_OK)
		return s;
	s = dump_kernel_uint(dump, kernel, "Sysmapbase", 8, base, err);
	if (s == KV_EUNSUP)
		*base = CKSSEG_BASE;
	else if (s != KV_OK)
		return s;
	struct kv_run run;
	s = dump->mem.virt(dump->mem.virt_arg, sysmap, &run, err);
	if (s != KV_OK) {
		kv_prefix(err, "the kernel's Sysmap is %#jx", (uintmax_t)sysmap);
		return s;
	}
	dump->root = run.at.addr + (sysmap - run.first);
	/* Listing an array that is longer than memory would take ages. */
	const uint64_t have = format_present(&dump->ram);
	if (*count > have / pte_bytes)
		return kv_fail(err, KV_EFORMAT, "the kernel's Sysmapsize is %#jx, wanted %#jx or "
		    "less: there are %#jx bytes of memory", (uintmax_t)*count,
		    (uintmax_t)(have / pte_bytes), (uintmax_t)have);
	return KV_OK;
}

static enum kv_status
add_ranges(struct dump *dump, const struct port_kernel *kernel, struct kv_err *err)
{
	/* sys/arch/mips64/include/pte.h; octeon's kernels have the option MIPS_PTE64. */
	const bool octeon = dump->kcore.cpu.big;
	struct mmu_mips how = { .bits = 64, .archlevel = 3, .pg_shift = 6, .pg_v = 0x2,
		.big = octeon };
	uint64_t count;
	vaddr_t base;
	struct mmu mmu;
	enum kv_status s = mips_direct_ranges(dump, 64, KV_R | KV_W | KV_X, err);
	if (s == KV_OK)
		s = mips_page_shift(dump, kernel, &how.page_shift, err);
	if (s == KV_OK)
		s = find_sysmap(dump, kernel, octeon ? 8 : 4, &count, &base, err);
	if (s == KV_OK)
		s = mmu_mips_sysmap_init(&mmu, &how, base, dump->root, count, err);
	if (s != KV_OK)
		return s;
	mmu_mips_openbsd(&mmu, octeon);
	if (base >= CKSSEG_BASE)
		dump->vabits = 30;	/* else XKSEG's 62 */
	dump->pagesize = 1u << how.page_shift;
	return dump_range(dump, base, UINT64_MAX, &mmu, err);
}

static enum kv_status
mips64_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	enum kv_status s = dump_cpu_wants(dump, img, CPU_BYTES, err);
	if (s == KV_OK)
		s = netbsd_segments(dump, img, CPU_SEGS, NSEGS, NULL, err);
	if (s != KV_OK)
		return s;
	if (dump->ram.n == 0)
		return dump_bad(dump, img, CPU_SEGS + 8, "ram_segs[0].size", 0, err,
		    "more than 0: there is no memory segment");
	s = add_ranges(dump, kernel, err);
	if (s == KV_EUNSUP && kernel->machine == 0)	/* no file, and no resolver that knows */
		return kv_fail(err, s, "%s: give the kernel: only its Sysmap, Sysmapsize and uvmexp "
		    "tell where the page tables are", img->name);
	if (s != KV_OK)
		kv_prefix(err, "%s", img->name);
	return s;
}

const struct port port_openbsd_mips64 = {
	.os = "openbsd", .machine = "mips64", .form = "netbsd-kcore",
	.elf_machine = EM_MIPS, .kernel_bits = 64, .mid = MID_MIPS64,
	.orders = NETBSD_LITTLE | NETBSD_BIG, .align = 8,
	.bits = 64, .vabits = 62, .pagesize = 16384,
	.decode = mips64_decode,
};
