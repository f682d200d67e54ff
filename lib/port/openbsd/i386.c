/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * OpenBSD/i386.  The cpu data is a block that nobody filled in.  The image is memory from
 * address 0 on; where the tables are, variables of the kernel tell (lib/libkvm/kvm_i386.c).
 */
#include "port/port.h"

#include <stdio.h>

#define EM_386		3
#define MID_I386	0x86	/* <sys/exec.h> */
/* KERNBASE, sys/arch/i386/include/param.h: the kernel's image lies at physical 0 from there. */
#define KERNBASE	UINT32_C(0xd0000000)
#define PAGE_SIZE_I386	0x1000u

extern const struct port port_netbsd_i386;

static bool
i386_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	return !port_netbsd_i386.probe(kcore, img);
}

/* The C variables have no underscore in ELF; nlist(3)'s callers write one. */
static enum kv_status
variable(struct dump *dump, const struct port_kernel *kernel, const char *name, uint64_t *ret,
    struct kv_err *err)
{
	char with[32];
	vaddr_t va;
	(void)snprintf(with, sizeof(with), "_%s", name);
	bool plain = kernel->lookup(kernel->arg, name, &va) ||
	    !kernel->lookup(kernel->arg, with, &va);
	return dump_kernel_uint(dump, kernel, plain ? name : with, 4, ret, err);
}

/* Reads the variables through the kernel's image alone. */
static enum kv_status
variables(struct dump *dump, const struct port_kernel *kernel, uint64_t *ptdpaddr,
    uint64_t *ptdsize, uint64_t *pae, struct kv_err *err)
{
	const struct mmu image = mmu_linear(KERNBASE, UINT32_MAX, 0, MMU_NOPROT);
	enum kv_status s = dump_range(dump, KERNBASE, UINT32_MAX, &image, err);
	if (s == KV_OK)
		s = variable(dump, kernel, "PTDpaddr", ptdpaddr, err);
	if (s == KV_OK)
		s = variable(dump, kernel, "PTDsize", ptdsize, err);
	if (s == KV_OK)
		s = variable(dump, kernel, "cpu_pae", pae, err);
	dump->nas = 0;
	return s;
}

static enum kv_status
i386_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	if (kernel->machine == 0)
		return kv_fail(err, KV_EUNSUP, "%s: may be a dump of openbsd/i386: give the kernel, whose "
		    "symbol PTDpaddr tells where the page tables are", img->name);
	enum kv_status s = netbsd_linear(dump, img, 0, err);
	if (s != KV_OK)
		return s;
	uint64_t ptdpaddr, ptdsize, pae;
	s = variables(dump, kernel, &ptdpaddr, &ptdsize, &pae, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s", img->name);
		return s;
	}
	const uint64_t size = (pae != 0 ? 4 : 1) * PAGE_SIZE_I386;
	if (ptdsize != size)
		return kv_fail(err, KV_EFORMAT, "%s: PTDsize is %#jx, wanted %#jx where cpu_pae is "
		    "%#jx", img->name, (uintmax_t)ptdsize, (uintmax_t)size, (uintmax_t)pae);
	if (ptdpaddr % PAGE_SIZE_I386 != 0)
		return kv_fail(err, KV_EFORMAT, "%s: PTDpaddr is %#jx, wanted a multiple of %#x",
		    img->name, (uintmax_t)ptdpaddr, PAGE_SIZE_I386);

	struct mmu mmu = pae != 0 ? mmu_x86_pae : mmu_x86_32bit;
	dump->root = ptdpaddr;
	mmu.root = (struct kv_loc) { .space = KV_PHYS, .addr = ptdpaddr };
	return dump_range(dump, 0, UINT32_MAX, &mmu, err);
}

const struct port port_openbsd_i386 = {
	.os = "openbsd", .machine = "i386", .form = "netbsd-kcore",
	.elf_machine = EM_386, .kernel_bits = 32, .mid = MID_I386,
	.orders = NETBSD_LITTLE, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = PAGE_SIZE_I386,
	.probe = i386_probe, .decode = i386_decode,
};
