/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/sparc64.h"

enum { CPU_CPUTYPE = 0, SUN4U = 3, SUN4US = 4, SUN4V = 5 };

static enum kv_status
sparc64_decode(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	(void)kernel;
	enum kv_status s = dump_cpu_wants(dump, img, CPU_CPUTYPE + 4, err);
	if (s != KV_OK)
		return s;
	const uint32_t type = view_get32(&dump->kcore.cpu, CPU_CPUTYPE);
	if (type < SUN4U || type > SUN4V)
		return dump_bad(dump, img, CPU_CPUTYPE, "cputype", type, err,
		    "3 (sun4u), 4 (sun4us) or 5 (sun4v)");
	return sparc64_decode_header(dump, img,
	    type == SUN4V ? &mmu_sparc64_sun4v : &mmu_sparc64_sun4u, true, err);
}

const struct port port_netbsd_sparc64 = {
	.os = "netbsd", SPARC64_COMMON, .mid = 0x9c, .decode = sparc64_decode,
};
