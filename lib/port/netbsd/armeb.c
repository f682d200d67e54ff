/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD/arm, big-endian: header and page tables are, too. */
#include "port/netbsd/arm.h"

const struct port port_netbsd_armeb = {
	.os = "netbsd", .machine = "armeb", .form = "netbsd-kcore",
	.elf_machine = EM_ARM, .kernel_bits = 32, .mid = MID_ARM6,
	.orders = NETBSD_BIG, .align = 8,
	.bits = 32, .vabits = 32, .pagesize = 4096,
	.probe = netbsd_arm_probe, .decode = netbsd_arm_decode,
};
