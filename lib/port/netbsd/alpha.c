/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/alpha.h"

const struct port port_netbsd_alpha = { .os = "netbsd", ALPHA_COMMON };
