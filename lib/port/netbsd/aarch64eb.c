/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/netbsd/aarch64.h"

const struct port port_netbsd_aarch64eb = {
	AARCH64_COMMON, .machine = "aarch64eb", .orders = NETBSD_BIG,
};
