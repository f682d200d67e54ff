/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/alpha.h"

const struct port port_openbsd_alpha = { .os = "openbsd", ALPHA_COMMON };
