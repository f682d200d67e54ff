/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/port.h"

const struct port port_netbsd_sh3 = {
	.os = "netbsd", .machine = "sh3", .form = "netbsd-kcore",
	.elf_machine = 42, .kernel_bits = 32, .mid = 0x91,
	.orders = NETBSD_LITTLE | NETBSD_BIG, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.undefined = "the port has no header, and no kernel writes a dump",
};
