/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/i386.  cpu data (sys/arch/i386/include/kcore.h): u32 pdppaddr, u32 nmemsegs, then the
 * RAM segments.  Their count is bounded by the cpu data only: sparse dumps have many.
 */
#include "port/port.h"

enum { CPU_PDPPADDR = 0, CPU_NMEMSEGS = 4, CPU_SEGS = 8, SEG_BYTES = 16 };

#define EM_386		3
#define MID_I386	0x86	/* <sys/aout_mids.h> */
/* Intel SDM vol. 3A, 4.3 and 4.4: tables are pages; I386_KCORE_PAE says that entries have 8 bytes. */
#define PDP_FRAME	UINT32_C(0xfffff000)
#define PDP_PAE		UINT32_C(0x200)

/* How many segments the cpu data has room for, behind its fixed part. */
static uint64_t
segments_room(const struct view *cpu)
{
	return (cpu->len - CPU_SEGS) / SEG_BYTES;
}

/* OpenBSD's cpu data is what was on the stack: no segments in order. */
static bool
i386_probe(const struct netbsd_kcore *kc, struct image *img)
{
	(void)img;
	const uint32_t n = view_get32(&kc->cpu, CPU_NMEMSEGS);
	if (n == 0 || n > segments_room(&kc->cpu))
		return false;
	uint64_t next = 0;
	for (uint64_t i = 0; i < n; i++) {
		const uint64_t start = view_get64(&kc->cpu, CPU_SEGS + i * SEG_BYTES);
		if (start < next ||
		    !u64_add(start, view_get64(&kc->cpu, CPU_SEGS + i * SEG_BYTES + 8), &next))
			return false;
	}
	return true;
}

static enum kv_status
i386_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	const struct view *cpu = &dump->kcore.cpu;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_SEGS + SEG_BYTES, err);
	if (s != KV_OK)
		return s;
	const uint32_t pdppaddr = view_get32(cpu, CPU_PDPPADDR), nmemsegs = view_get32(cpu, CPU_NMEMSEGS);
	if (nmemsegs == 0 || nmemsegs > segments_room(cpu))
		return dump_bad(dump, img, CPU_NMEMSEGS, "nmemsegs", nmemsegs, err,
		    "1 to %#jx: the cpu segment has %#zx bytes", (uintmax_t)segments_room(cpu),
		    cpu->len);
	s = netbsd_segments(dump, img, CPU_SEGS, nmemsegs, NULL, err);
	if (s != KV_OK)
		return s;

	struct mmu mmu = (pdppaddr & PDP_PAE) != 0 ? mmu_x86_pae : mmu_x86_32bit;
	dump->root = pdppaddr & PDP_FRAME;
	mmu.root = (struct kv_loc) { .space = KV_PHYS, .addr = dump->root };
	return dump_range(dump, 0, UINT32_MAX, &mmu, err);
}

const struct port port_netbsd_i386 = {
	.os = "netbsd", .machine = "i386", .form = "netbsd-kcore",
	.elf_machine = EM_386, .kernel_bits = 32, .mid = MID_I386,
	.orders = NETBSD_LITTLE, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.probe = i386_probe, .decode = i386_decode,
};
