/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/port.h"

const struct port port_netbsd_ia64 = {
	.os = "netbsd", .machine = "ia64", .form = "netbsd-kcore",
	.elf_machine = 50, .kernel_bits = 64, .mid = 0x9f,
	.orders = NETBSD_LITTLE, .align = 16,
	.bits = 64, .vabits = 64, .pagesize = 16384,
	.undefined = "the port has no header, and no kernel writes a dump",
};
