/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/hppa.h"

const struct port port_netbsd_hppa = { .os = "netbsd", HPPA_COMMON, .mid = 0x9a };
