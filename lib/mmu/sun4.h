/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD/sparc's segment map, as kcore.h writes it: 16 bytes a segment of 256 KiB. */
#ifndef SUN4_H
#define SUN4_H

#include "mmu.h"

enum { SEGMENT_SHIFT = 18, SEGMAP_BYTES = 16 };

/*
 * A map is read as a u64 at offset 8 of each: u32 sg_pte, u16 sg_pmeg, u8 sg_npte,
 * s8 sg_nwired.
 */
#define SG_PTE(raw)	((uint32_t)((raw) >> 32))
#define SG_PMEG(raw)	((uint32_t)((raw) >> 16 & 0xffff))
#define SG_NPTE(raw)	((uint32_t)((raw) >> 8 & 0xff))

/* Fills the root of an instance whose levels[0] is a segment map in the header. */
enum kv_status sun4_segmap(struct mmu *ret, uint32_t kernbase, uint32_t nsegmap,
    uint64_t segmap_off, struct kv_err *err);

#endif
