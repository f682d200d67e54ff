/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/arm, of either byte order. */
#include "port/freebsd/full.h"
#include "port/freebsd/minidump.h"

/* sys/arm/include/minidump.h */
enum { KERNBASE = 40, MMUFORMAT = 48 };
enum { MMU_UNKNOWN, MMU_V4, MMU_V6, MMU_V6_LPAE };
static const struct freebsd_layout layout = { .expected = "Expected", .pmapsize = "ptesize",
	.versions = 2, .size = 56, .avail_off = 52, .avail_from = 2 };

static enum kv_status
choose_mmu(const struct freebsd_head *head, const struct image *img, const struct mmu **ret,
    struct kv_err *err)
{
	const struct minidump_field format = minidump_u32(&head->view, "mmuformat", MMUFORMAT);
	switch (format.value) {
	case MMU_V4:
		*ret = &mmu_arm_armv5_pte_array;
		return KV_OK;
	case MMU_UNKNOWN:
	case MMU_V6:
		*ret = &mmu_arm_armv7_pte_array;
		return KV_OK;
	case MMU_V6_LPAE:
		return kv_fail(err, KV_EUNSUP, "%s: mmuformat at offset %#jx is 3: long descriptors "
		    "(LPAE) are not supported", img->name, (uintmax_t)format.off);
	default:
		return minidump_bad(img, &format, err, "0 (unknown), 1 (V4) or 2 (V6)");
	}
}

static enum kv_status
decode_minidump(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	struct freebsd_head head;
	const struct mmu *mmu = NULL;
	enum kv_status s = freebsd_head_read(&head, &layout, dump, img, err);
	if (s == KV_OK)
		s = choose_mmu(&head, img, &mmu, err);
	if (s != KV_OK)
		return s;
	head.md.avail32 = true;
	if (dump->big)
		head.md.order = BITMAP_BIG32;
	s = minidump_read(&head.md, img, &dump->ram, err);
	if (s != KV_OK)
		return s;
	return freebsd_page_map(dump, img, mmu, &head.md, freebsd_head_u32(&head, KERNBASE), err);
}

const struct port port_freebsd_arm = {
	.os = "freebsd", .machine = "arm", .form = "freebsd-minidump elf raw",
	.elf_machine = 40, .kernel_bits = 32, .orders = NETBSD_LITTLE | NETBSD_BIG,
	.bits = 32, .pagesize = 4096,
	.minidump_magic = "minidump FreeBSD/arm", .decode_minidump = decode_minidump,
	.decode_elf = freebsd_arm_elf, .decode_raw = freebsd_arm_raw,
};
