/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/amd64. */
#include "port/freebsd/full.h"
#include "port/freebsd/minidump.h"

/* sys/amd64/include/minidump.h */
enum { KERNBASE = 40, DMAPBASE = 48, DMAPEND = 56 };
static const struct freebsd_layout layout = { .expected = "expected", .pmapsize = "pmapsize",
	.versions = 3, .size = 72, .avail_off = 64, .avail_from = 3 };

static enum kv_status
decode_minidump(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	struct freebsd_head head;
	enum kv_status s = freebsd_head_read(&head, &layout, dump, img, err);
	if (s == KV_OK)
		s = minidump_read(&head.md, img, &dump->ram, err);
	if (s != KV_OK)
		return s;
	s = freebsd_page_map(dump, img, head.version == 1 ? &mmu_x86_pte_array : &mmu_x86_pde_array,
	    &head.md, freebsd_head_u64(&head, KERNBASE), err);
	if (s == KV_OK)
		s = freebsd_direct_map(dump, freebsd_head_u64(&head, DMAPBASE),
		    freebsd_head_u64(&head, DMAPEND), 0, err);
	return s;
}

const struct port port_freebsd_amd64 = {
	.os = "freebsd", .machine = "amd64", .form = "freebsd-minidump elf raw",
	.elf_machine = 62, .kernel_bits = 64, .orders = NETBSD_LITTLE,
	.bits = 64, .pagesize = 4096,
	.minidump_magic = "minidump FreeBSD/amd64", .decode_minidump = decode_minidump,
	.decode_elf = freebsd_amd64_elf, .decode_raw = freebsd_amd64_raw,
};
