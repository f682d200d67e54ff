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
/* Kernel variable dumpmag, 4 bytes, on every NetBSD. */
#define DUMPMAG		UINT32_C(0x8fca0101)

/* What an instance makes of the kernel's dumpmag, from worst to best. */
enum verdict { FAILS, IN_DUMP, READS };

static enum verdict
try_regime(const struct mmu *mmu, struct memory *mem, vaddr_t va)
{
	const struct mmu_src src = { .read = memory_read, .arg = mem };
	struct kv_run run;
	if (mmu_walk(mmu, &src, va, &run, NULL, NULL, NULL) != KV_OK)
		return FAILS;
	struct kv_loc at = run.at;
	at.addr += va - run.first;
	const uint8_t *p;
	size_t got;
	if (memory_read(mem, at, 4, &p, &got, NULL) != KV_OK)
		return FAILS;
	return le32_get(p) == DUMPMAG ? READS : IN_DUMP;
}

/*
 * The header does not tell the number of levels (NetBSD has always 4; kernels of the
 * harness have 5, too): the one through which the kernel's dumpmag reads as it should.
 */
static const struct mmu *
choose_regime(paddr_t root, struct memory *mem, const struct port_kernel *kernel)
{
	vaddr_t va;
	if (kernel->lookup == NULL || !kernel->lookup(kernel->arg, "dumpmag", &va))
		return &mmu_x86_4level;
	struct mmu four = mmu_x86_4level, five = mmu_x86_5level;
	four.root = five.root = (struct kv_loc) { .space = KV_PHYS, .addr = root };
	return try_regime(&five, mem, va) > try_regime(&four, mem, va) ? &mmu_x86_5level :
	    &mmu_x86_4level;
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

	struct memory mem = { .img = img, .fmt = &dump->ram };
	dump->root = ptdpaddr & CR3_FRAME;
	dump->as[0] = (struct as_range) { .lo = 0, .last = UINT64_MAX };
	dump->as[0].mmu = *choose_regime(dump->root, &mem, kernel);
	dump->as[0].mmu.root = (struct kv_loc) { .space = KV_PHYS, .addr = dump->root };
	dump->nas = 1;
	return KV_OK;
}

const struct port port_netbsd_amd64 = {
	.os = "netbsd", .machine = "amd64", .form = "netbsd-kcore",
	.elf_machine = EM_X86_64, .mid = MID_X86_64,
	.orders = NETBSD_LITTLE, .align = 8,
	.bits = 64, .vabits = 48, .pagesize = 4096,
	.decode = amd64_decode,
};
