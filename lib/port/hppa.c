/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hppa, as NetBSD and OpenBSD dump it.  The cpu data is one int that nobody fills in; the image is
 * memory from address 0 on, physmem pages of it (sys/arch/hppa/hppa/machdep.c).  The kernel
 * lies there 1:1; what else it maps, no header tells.
 */
#include "port/hppa.h"

#define MEMORY_MAX	(UINT64_C(1) << 32)

/*
 * Without c_size the file may be longer than memory (a dump device is), and the kernel's
 * variable tells.  It is read as if memory went up to the end of the file.
 */
static enum kv_status
size_from_kernel(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    uint64_t *size, struct kv_err *err)
{
	uint64_t pages;
	enum kv_status s = netbsd_linear(dump, img, 0, err);
	if (s != KV_OK)
		return s;
	*size = dump->ram.total < MEMORY_MAX ? dump->ram.total : MEMORY_MAX;
	const struct mmu all = mmu_linear(0, UINT32_MAX, 0, MMU_NOPROT);
	s = dump_range(dump, 0, UINT32_MAX, &all, err);
	if (s != KV_OK)
		return s;
	s = dump_kernel_uint(dump, kernel, "physmem", 4, &pages, NULL);
	dump->nas = 0;
	format_fini(&dump->ram);
	if (s != KV_OK)
		return KV_OK;
	if (pages == 0 || pages > MEMORY_MAX / HPPA_PAGE)
		return kv_fail(err, KV_EFORMAT, "%s: the kernel's physmem is %#jx pages, wanted 1 to "
		    "%#jx", img->name, (uintmax_t)pages, (uintmax_t)(MEMORY_MAX / HPPA_PAGE));
	*size = pages * HPPA_PAGE;
	dump->open_end = false;
	return KV_OK;
}

enum kv_status
hppa_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	uint64_t size = dump->kcore.data_size;
	enum kv_status s = KV_OK;
	if (size == 0)
		s = size_from_kernel(dump, img, kernel, &size, err);
	if (s == KV_OK)
		s = format_init(&dump->ram, 1, img->size, err);
	if (s != KV_OK || size == 0)
		return s;
	s = format_add(&dump->ram, 0, 0, size, dump->kcore.mem_off, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s", img->name);
		return s;
	}
	const struct mmu mmu = mmu_linear(0, size - 1, 0, MMU_NOPROT);
	return dump_range(dump, 0, size - 1, &mmu, err);
}
