/* SPDX-License-Identifier: BSD-2-Clause */
#include "port/hppa.h"

const struct port port_openbsd_hppa = { .os = "openbsd", HPPA_COMMON, .mid = 0x20b };
