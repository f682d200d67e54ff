/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenBSD/arm.  Its kernel leaves the words about the static part 0: then no virtual address can be
 * translated.
 */
#include "port/openbsd/static.h"

enum { CPU_KERNELBASE = 0 };

#define PAGE_BYTES	0x1000u
#define EM_ARM	40
#define MID_ARM6	0x8f	/* <sys/exec.h>; NetBSD's, too */

static bool
arm_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	return openbsd_static_probe(kcore, img, 32);
}

/* NetBSD's dumps, which have 1 in the first word, are not to be taken whatever the kernel says. */
static enum kv_status
arm_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	uint32_t kernelbase = 0;
	(void)view_u32(&dump->kcore.cpu, CPU_KERNELBASE, &kernelbase);
	if (kernelbase % PAGE_BYTES != 0)
		return dump_bad(dump, img, CPU_KERNELBASE, "kernelbase", kernelbase, err,
		    "a multiple of %#x", PAGE_BYTES);
	return openbsd_static_decode(dump, img, kernel, err);
}

const struct port port_openbsd_arm = {
	.os = "openbsd", .machine = "arm", .form = "netbsd-kcore",
	.elf_machine = EM_ARM, .kernel_bits = 32, .mid = MID_ARM6,
	.orders = NETBSD_LITTLE, .align = 8,
	.bits = 32, .vabits = 32, .pagesize = PAGE_BYTES,
	.probe = arm_probe, .decode = arm_decode,
};
