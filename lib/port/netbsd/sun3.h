/* SPDX-License-Identifier: BSD-2-Clause */
/* What sun2 and sun3 share: a segment map and a PMEG table in the header, and a linear image. */
#ifndef PORT_NETBSD_SUN3_H
#define PORT_NETBSD_SUN3_H

#include "port/netbsd/m68k.h"

enum { SUN3_NPMEG = 256, SUN3_PMEG_BYTES = 64 };

/*
 * Decodes the header of a machine of that name and page size, whose ksegmap has nksegmap bytes,
 * and appends its range.  table: bytes of PMEGs that the cpu data must hold.
 */
enum kv_status sun3_decode(struct dump *dump, struct image *img, const char *name,
    uint32_t page_size, unsigned nksegmap, unsigned table,
    enum kv_status (*init)(struct mmu *ret, const struct mmu_sun3 *how, struct kv_err *err),
    struct kv_err *err);

#endif
