/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/openbsd/static.h"

static bool
arm64_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	return openbsd_static_probe(kcore, img, 64);
}

const struct port port_openbsd_arm64 = {
	.os = "openbsd", .machine = "arm64", .form = "netbsd-kcore",
	.elf_machine = 183, .kernel_bits = 64, .mid = 0x9f,
	.orders = NETBSD_LITTLE, .align = 8,
	.bits = 64, .vabits = 64, .pagesize = 4096,
	.probe = arm64_probe, .decode = openbsd_static_decode,
};
