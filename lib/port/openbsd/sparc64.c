/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/sparc64.h"

enum { CPU_CPUTYPE = 0, SUN4U = 3 };

static enum kv_status
sparc64_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	uint32_t type = 0;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_CPUTYPE + 4, err);
	if (s != KV_OK)
		return s;
	(void)view_u32(&dump->kcore.cpu, CPU_CPUTYPE, &type);
	if (type != SUN4U)
		return dump_bad(dump, img, CPU_CPUTYPE, "cputype", type, err, "3 (sun4u)");
	struct mmu mmu = mmu_sparc64_sun4u;
	mmu_sparc64_frame(&mmu, UINT64_C(0x00007fffffffe000));	/* include/pte.h */
	return sparc64_decode_header(dump, img, &mmu, false, err);
}

const struct port port_openbsd_sparc64 = {
	.os = "openbsd", SPARC64_COMMON, .mid = 0x97, .decode = sparc64_decode,
};
