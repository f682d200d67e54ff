/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NetBSD/vax.  Nothing in its cpu data; the image is memory from address 0 on, where the kernel's
 * image begins, which is mapped from KERNBASE to its symbol _end (lib/libkvm/kvm_vax.c).
 * The system page table, for what is above, is not recorded.
 */
#include "port/port.h"

#define EM_VAX		75
#define MID_VAX		0x96	/* <sys/exec_aout.h> */
#define KERNBASE	UINT32_C(0x80000000)
#define SYSTEM_END	UINT32_C(0xc0000000)	/* VAX Architecture Reference Manual, 4.3: S0 */

static enum kv_status
vax_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	vaddr_t end;
	if (!kernel->lookup(kernel->arg, "_end", &end) &&
	    !kernel->lookup(kernel->arg, "end", &end)) {
		if (kernel->machine == 0)
			return kv_fail(err, KV_EUNSUP, "%s: is a dump of netbsd/vax: give the kernel, whose "
			    "symbol _end tells how much of memory is mapped", img->name);
		return kv_fail(err, KV_EUNSUP, "%s: the kernel file %s has no symbol _end, which tells how "
		    "much of memory is mapped", img->name, kernel->name);
	}
	if (end <= KERNBASE || end > SYSTEM_END)
		return kv_fail(err, KV_EFORMAT, "%s: _end in the kernel file %s is %#jx, wanted %#jx to "
		    "%#jx", img->name, kernel->name, (uintmax_t)end, (uintmax_t)KERNBASE + 1,
		    (uintmax_t)SYSTEM_END);
	enum kv_status s = netbsd_linear(dump, img, 0, err);
	if (s != KV_OK)
		return s;
	const struct mmu mmu = mmu_linear(KERNBASE, end - 1, 0, MMU_NOPROT);
	return dump_range(dump, KERNBASE, end - 1, &mmu, err);
}

const struct port port_netbsd_vax = {
	.os = "netbsd", .machine = "vax", .form = "netbsd-kcore",
	.elf_machine = EM_VAX, .kernel_bits = 32, .mid = MID_VAX,
	.orders = NETBSD_LITTLE, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.decode = vax_decode,
};
