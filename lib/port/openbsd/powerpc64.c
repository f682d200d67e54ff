/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/port.h"

const struct port port_openbsd_powerpc64 = {
	.os = "openbsd", .machine = "powerpc64", .form = "netbsd-kcore",
	.elf_machine = 21, .kernel_bits = 64, .mid = 0xa0,
	.orders = NETBSD_BIG, .align = 8,
	.bits = 64, .vabits = 64, .pagesize = 4096,
	.undefined = "the port's header is empty",
};
