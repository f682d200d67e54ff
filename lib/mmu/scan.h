/* SPDX-License-Identifier: BSD-2-Clause */
/* Listing by asking: for regimes whose tables are not in order of address. */
#ifndef SCAN_H
#define SCAN_H

#include "mmu.h"

/*
 * each by walking the 4 KiB pages of [lo, last] below 4 GiB: 2^20 walks at most.  A hashed
 * table could be listed in its own order, but a PTEG that cannot be read would then leave
 * unknown which addresses it held, and entries that a BAT or an earlier entry hides would
 * be listed: this answers what a walk answers, by construction.
 */
enum kv_status mmu_scan_each(const struct mmu *mmu, const struct mmu_src *src, vaddr_t lo,
    vaddr_t last, mmu_run_fn *fn, void *arg, struct kv_err *err);

#endif
