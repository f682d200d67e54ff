/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/amd64.  cpu data (sys/arch/amd64/include/kcore.h): u64 ptdpaddr, u64 nmemsegs, then
 * the RAM segments.  Their count is bounded by the cpu data only: sparse dumps have many.
 */
#include "port/port.h"

enum { CPU_PTDPADDR = 0, CPU_NMEMSEGS = 8, CPU_SEGS = 16, SEG_BYTES = 16 };

#define EM_X86_64	62
#define MID_X86_64	0x9d	/* <sys/aout_mids.h> */
/* AMD64 APM vol. 2, 3.1.2: CR3 holds bits 51:12 of the top table's address. */
#define CR3_FRAME	UINT64_C(0x000ffffffffff000)

/*
 * The header does not tell the number of levels (NetBSD has always 4; kernels of the
 * harness have 5, too): the one through which the kernel's dumpmag reads as it should.
 */
static struct mmu
choose_regime(struct dump *dump, const struct port_kernel *kernel)
{
	struct mmu four = mmu_x86_4level, five = mmu_x86_5level;
	four.root = five.root = (struct kv_loc) { .space = KV_PHYS, .addr = dump->root };
	return dump_try_dumpmag(dump, &five, kernel) > dump_try_dumpmag(dump, &four, kernel) ?
	    five : four;
}

static enum kv_status
amd64_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	const struct netbsd_kcore *kc = &dump->kcore;
	uint64_t ptdpaddr, nmemsegs;
	if (!view_u64(&kc->cpu, CPU_PTDPADDR, &ptdpaddr) ||
	    !view_u64(&kc->cpu, CPU_NMEMSEGS, &nmemsegs))
		return kv_fail(err, KV_EFORMAT, "%s: cpu segment at offset %#jx: c_size is %#zx, "
		    "wanted %#x or more", img->name, (uintmax_t)kc->cpu_off, kc->cpu.len,
		    CPU_SEGS);
	uint64_t room = (kc->cpu.len - CPU_SEGS) / SEG_BYTES;
	if (nmemsegs == 0 || nmemsegs > room)
		return kv_fail(err, KV_EFORMAT, "%s: nmemsegs at offset %#jx is %#jx, wanted 1 to "
		    "%#jx: the cpu segment has %#zx bytes", img->name,
		    (uintmax_t)(kc->cpu_off + CPU_NMEMSEGS), (uintmax_t)nmemsegs,
		    (uintmax_t)room, kc->cpu.len);
	enum kv_status s = netbsd_segments(dump, img, CPU_SEGS, nmemsegs, err);
	if (s != KV_OK)
		return s;

	dump->root = ptdpaddr & CR3_FRAME;
	struct mmu mmu = choose_regime(dump, kernel);
	dump->vabits = mmu.va_bits;
	return dump_range(dump, 0, UINT64_MAX, &mmu, err);
}

const struct port port_netbsd_amd64 = {
	.os = "netbsd", .machine = "amd64", .form = "netbsd-kcore",
	.elf_machine = EM_X86_64, .mid = MID_X86_64,
	.orders = NETBSD_LITTLE, .align = 8,
	.bits = 64, .vabits = 48, .pagesize = 4096,
	.decode = amd64_decode,
};
