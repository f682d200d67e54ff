/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/port.h"

const struct port port_netbsd_or1k = {
	.os = "netbsd", .machine = "or1k", .form = "netbsd-kcore",
	.elf_machine = 92, .kernel_bits = 32, .mid = 0xb8,
	.orders = NETBSD_BIG, .align = 4,
	.bits = 32, .vabits = 32, .pagesize = 8192,
	.undefined = "the header's eight words have no meaning, and no kernel writes it",
};
