/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD/amd64: its number of levels. */
#include "port/amd64.h"

static bool
amd64_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	return amd64_system(kcore, img) != AMD64_OPENBSD;
}

/*
 * The header does not tell the number of levels (NetBSD has always 4; kernels of the
 * harness have 5, too): the one through which the kernel's dumpmag reads as it should.
 */
static struct mmu
choose_regime(struct dump *dump, const struct port_kernel *kernel)
{
	struct mmu four = mmu_x86_4level, five = mmu_x86_5level;
	four.root = five.root = (struct kv_loc) { .space = KV_PHYS, .addr = dump->root };
	return dump_try_dumpmag(dump, &five, kernel) > dump_try_dumpmag(dump, &four, kernel) ?
	    five : four;
}

static enum kv_status
amd64_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	enum kv_status s = amd64_header(dump, img, err);
	if (s != KV_OK)
		return s;
	struct mmu mmu = choose_regime(dump, kernel);
	dump->vabits = mmu.va_bits;
	return dump_range(dump, 0, UINT64_MAX, &mmu, err);
}

const struct port port_netbsd_amd64 = {
	.os = "netbsd", AMD64_COMMON, .probe = amd64_probe, .decode = amd64_decode,
};
