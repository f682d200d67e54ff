/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/i386. */
#include "port/freebsd/full.h"
#include "port/freebsd/minidump.h"

/* sys/i386/include/minidump.h */
enum { KERNBASE = 40, PAEMODE = 44 };
static const struct freebsd_layout layout = { .expected = "expected", .pmapsize = "ptesize",
	.versions = 2, .size = 52, .avail_off = 48, .avail_from = 2 };

static enum kv_status
decode_minidump(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	struct freebsd_head head;
	enum kv_status s = freebsd_head_read(&head, &layout, dump, img, err);
	if (s != KV_OK)
		return s;
	head.md.avail32 = true;
	s = minidump_read(&head.md, img, &dump->ram, err);
	if (s != KV_OK)
		return s;
	return freebsd_page_map(dump, img, freebsd_head_u32(&head, PAEMODE) != 0 ?
	    &mmu_x86_pae_pte_array : &mmu_x86_32bit_pte_array, &head.md,
	    freebsd_head_u32(&head, KERNBASE), err);
}

const struct port port_freebsd_i386 = {
	.os = "freebsd", .machine = "i386", .form = "freebsd-minidump elf raw",
	.elf_machine = 3, .kernel_bits = 32, .orders = NETBSD_LITTLE,
	.bits = 32, .pagesize = 4096,
	.minidump_magic = "minidump FreeBSD/i386", .decode_minidump = decode_minidump,
	.decode_elf = freebsd_i386_elf, .decode_raw = freebsd_i386_raw,
};
