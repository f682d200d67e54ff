/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/riscv. */
#include "port/freebsd/full.h"
#include "port/freebsd/minidump.h"

/* sys/riscv/include/minidump.h */
static const struct freebsd_layout layout = { .expected = "Expected", .pmapsize = "pmapsize",
	.versions = 2, .size = 76, .avail_off = 72, .avail_from = 2 };

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
	return freebsd_direct_then_map(dump, img, &mmu_riscv_pte_array, &head, err);
}

const struct port port_freebsd_riscv = {
	.os = "freebsd", .machine = "riscv", .form = "freebsd-minidump elf raw",
	.elf_machine = 243, .kernel_bits = 64, .orders = NETBSD_LITTLE,
	.bits = 64, .pagesize = 4096,
	.minidump_magic = "minidump FreeBSD/riscv", .decode_minidump = decode_minidump,
	.decode_elf = freebsd_riscv_elf, .decode_raw = freebsd_riscv_raw,
};
