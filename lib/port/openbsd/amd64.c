/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenBSD/amd64: the direct map, which the header need not tell, then the tables. */
#include "port/amd64.h"

/* PMAP_DIRECT_BASE and _END, sys/arch/amd64/include/pmap.h: slots 507 to 510 of the top table. */
#define DIRECT_BASE	UINT64_C(0xfffffd8000000000)
#define DIRECT_LAST	UINT64_C(0xffffff7fffffffff)

static bool
amd64_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	return amd64_system(kcore, img) != AMD64_NETBSD;
}

static enum kv_status
amd64_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	enum kv_status s = amd64_header(dump, img, err);
	if (s != KV_OK)
		return s;
	const struct mmu direct = mmu_linear(DIRECT_BASE, DIRECT_LAST, 0, MMU_NOPROT);
	struct mmu mmu = mmu_x86_4level;
	mmu.root = (struct kv_loc) { .space = KV_PHYS, .addr = dump->root };
	s = dump_range(dump, DIRECT_BASE, DIRECT_LAST, &direct, err);
	return s == KV_OK ? dump_range(dump, 0, UINT64_MAX, &mmu, err) : s;
}

const struct port port_openbsd_amd64 = {
	.os = "openbsd", AMD64_COMMON, .probe = amd64_probe, .decode = amd64_decode,
};
