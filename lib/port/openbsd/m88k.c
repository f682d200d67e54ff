/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenBSD/luna88k.  cpu data (sys/arch/m88k/include/kcore.h): s32 cputype, padding, one RAM
 * segment, where the kernel's virtual addresses are the physical ones.  Addresses beyond it
 * are mapped by tables that the dump does not name.
 */
#include "port/port.h"

enum { CPU_SEGS = 8, SEG_SIZE = 8, SEG_BYTES = 16, CPU_BYTES = CPU_SEGS + SEG_BYTES };

#define EM_88K	5
#define MID_M88K	0x99	/* <sys/exec.h> */

static enum kv_status
m88k_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_BYTES, err);
	if (s != KV_OK)
		return s;
	uint64_t start = 0, size = 0;
	(void)view_u64(&dump->kcore.cpu, CPU_SEGS, &start);
	(void)view_u64(&dump->kcore.cpu, CPU_SEGS + SEG_SIZE, &size);
	if (start > UINT32_MAX)
		return dump_bad(dump, img, CPU_SEGS, "ram_segs[0].start", start, err,
		    "an address below 2^32");
	if (size - 1 > UINT32_MAX - start)	/* and where size is 0 */
		return dump_bad(dump, img, CPU_SEGS + SEG_SIZE, "segment 0: ram_segs[0].size", size, err,
		    "1 to %#jx", (uintmax_t)(UINT64_C(0x100000000) - start));
	s = netbsd_segments(dump, img, CPU_SEGS, 1, NULL, err);
	if (s != KV_OK)
		return s;
	const struct mmu mmu = mmu_linear(start, start + size - 1, start, MMU_NOPROT);
	return dump_range(dump, start, start + size - 1, &mmu, err);
}

const struct port port_openbsd_m88k = {
	.os = "openbsd", .machine = "m88k", .form = "netbsd-kcore",
	.elf_machine = EM_88K, .kernel_bits = 32, .mid = MID_M88K,
	.orders = NETBSD_BIG, .align = 16,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.decode = m88k_decode,
};
