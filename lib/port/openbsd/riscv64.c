/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/openbsd/static.h"

static bool
riscv64_probe(const struct netbsd_kcore *kcore, struct image *img)
{
	return openbsd_static_probe(kcore, img, 64);
}

const struct port port_openbsd_riscv64 = {
	.os = "openbsd", .machine = "riscv64", .form = "netbsd-kcore",
	.elf_machine = 243, .kernel_bits = 64, .mid = 0xa1,
	.orders = NETBSD_LITTLE, .align = 8,
	.bits = 64, .vabits = 64, .pagesize = 4096,
	.probe = riscv64_probe, .decode = openbsd_static_decode,
};
