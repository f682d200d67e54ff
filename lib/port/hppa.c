/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hppa: the cpu data is one int that nobody sets; the image is physmem pages from address 0 on,
 * where virtual addresses are the physical ones (sys/arch/hppa/hppa/machdep.c).
 */
#include "port/hppa.h"

#define SPACE	(UINT64_C(1) << 32)

enum kv_status
hppa_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	enum kv_status s = netbsd_linear(dump, img, 0, err);
	if (s != KV_OK)
		return s;
	struct mmu mmu = mmu_linear(0, UINT32_MAX, 0, MMU_NOPROT);
	s = dump_range(dump, 0, UINT32_MAX, &mmu, err);
	if (s != KV_OK)
		return s;
	uint64_t size = dump->ram.total, physmem;
	if (dump->kcore.data_size == 0 &&
	    dump_kernel_uint(dump, kernel, "physmem", 4, &physmem, NULL) == KV_OK && physmem != 0) {
		size = physmem * dump->pagesize;
		format_fini(&dump->ram);
		s = format_init(&dump->ram, 1, img->size, err);
		if (s == KV_OK)
			s = format_add(&dump->ram, 0, 0, size, dump->kcore.mem_off, err);
		if (s != KV_OK)
			return s;
	}
	dump->nas = 0;
	if (size == 0)
		return KV_OK;
	if (size > SPACE)
		size = SPACE;
	mmu = mmu_linear(0, size - 1, 0, MMU_NOPROT);
	return dump_range(dump, 0, size - 1, &mmu, err);
}
