/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/openbsd/static.h"

const struct port port_openbsd_riscv64 = {
	.os = "openbsd", .machine = "riscv64", .form = "netbsd-kcore",
	.elf_machine = 243, .kernel_bits = 64, .mid = 0xa1,
	.orders = NETBSD_LITTLE, .align = 8,
	.bits = 64, .vabits = 64, .pagesize = 4096,
	.decode = openbsd_static_decode,
};
