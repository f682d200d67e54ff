/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/mips (until 2021): 32 bits, n32 and 64 bits, of either byte order. */
#include "port/freebsd/minidump.h"
#include "port/mips.h"

/* sys/mips/include/minidump.h */
enum { KERNBASE = 40 };
static const struct freebsd_layout layout = { .expected = "Expected", .pmapsize = "ptesize",
	.versions = 2, .size = 68, .avail_off = 64, .avail_from = 2 };

/* System V ABI, MIPS supplement: n32.  Its kernel has the PTEs of 64 bits. */
#define EF_MIPS_ABI2	0x20u

static enum kv_status
decode_minidump(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	struct freebsd_head head;
	enum kv_status s = freebsd_head_read(&head, &layout, dump, img, err);
	if (s != KV_OK)
		return s;
	if (kernel->machine == 0)
		return kv_fail(err, KV_EINVAL, "%s: the dump does not tell whether its kernel is of 32 "
		    "or 64 bits: give the kernel", img->name);
	dump->bits = kernel->bits;
	head.md.avail32 = dump->bits == 32;
	/* Longs, since there is dump_avail; uint32_t before (sys/mips/mips/minidump_machdep.c). */
	if (dump->big && (dump->bits == 32 || head.version == 1))
		head.md.order = BITMAP_BIG32;
	s = minidump_read(&head.md, img, &dump->ram, err);
	/* As libkvm: KSEG0, KSEG1 and XKPHYS need no table. */
	if (s == KV_OK)
		s = mips_direct_ranges(dump, dump->bits, MMU_NOPROT, err);
	if (s != KV_OK)
		return s;
	const bool pte64 = dump->bits == 64 || (kernel->e_flags & EF_MIPS_ABI2) != 0;
	const struct mmu mmu = mmu_mips_freebsd_pte_array(pte64, dump->bits, dump->big);
	vaddr_t kernbase = freebsd_head_u64(&head, KERNBASE);
	if (dump->bits == 32)
		kernbase &= UINT32_MAX;	/* where it is sign-extended */
	return freebsd_page_map(dump, img, &mmu, &head.md, kernbase, err);
}

const struct port port_freebsd_mips = {
	.os = "freebsd", .machine = "mips", .form = "freebsd-minidump",
	.elf_machine = 8, .orders = NETBSD_LITTLE | NETBSD_BIG,
	.bits = 64, .pagesize = 4096,
	.minidump_magic = "minidump FreeBSD/mips", .decode_minidump = decode_minidump,
};
