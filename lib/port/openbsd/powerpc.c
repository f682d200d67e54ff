/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/port.h"

const struct port port_openbsd_powerpc = {
	.os = "openbsd", .machine = "powerpc", .form = "netbsd-kcore",
	.elf_machine = 20, .kernel_bits = 32, .mid = 0x95,
	.orders = NETBSD_BIG, .align = 8,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.undefined = "the kernel leaves the header's ptable and potable unset",
};
