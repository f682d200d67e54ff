/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/vax: memory from physical address 0 on; the kernel's image, up to the symbol _end, is all
 * that can be translated.  The system page table is not recorded.
 */
#include "port/port.h"

#define KERNBASE	UINT32_C(0x80000000)

static enum kv_status
vax_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	vaddr_t end;
	if (!kernel->lookup(kernel->arg, "_end", &end) &&
	    !kernel->lookup(kernel->arg, "end", &end))
		return kv_fail(err, KV_EUNSUP, "%s: may be a dump of netbsd/vax: give the kernel, whose "
		    "symbol _end tells how much can be translated", img->name);
	end &= UINT32_MAX;
	if (end <= KERNBASE)
		return kv_fail(err, KV_EFORMAT, "%s: the kernel's _end is %#jx, wanted more than %#jx",
		    img->name, (uintmax_t)end, (uintmax_t)KERNBASE);
	enum kv_status s = netbsd_linear(dump, img, 0, err);
	if (s != KV_OK)
		return s;
	const struct mmu mmu = mmu_linear(KERNBASE, end - 1, 0, MMU_NOPROT);
	return dump_range(dump, KERNBASE, end - 1, &mmu, err);
}

const struct port port_netbsd_vax = {
	.os = "netbsd", .machine = "vax", .form = "netbsd-kcore",
	.elf_machine = 75, .kernel_bits = 32, .mid = 0x96,
	.orders = NETBSD_LITTLE, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.decode = vax_decode,
};
