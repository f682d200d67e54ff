/* SPDX-License-Identifier: BSD-2-Clause */
/* What the ports to MIPS share. */
#ifndef PORT_MIPS_H
#define PORT_MIPS_H

#include "port/port.h"

#define EM_MIPS	8

/*
 * Appends what MIPS maps without the TLB.  32 bits: KSEG0, KSEG1.  64: the eight windows of
 * XKPHYS, one a cache attribute, and the compatible KSEG0 and KSEG1.  prot: as mmu_linear has it.
 */
enum kv_status mips_direct_ranges(struct dump *dump, unsigned bits, unsigned prot,
    struct kv_err *err);

/*
 * log2 of the kernel's page size: the first int of its uvmexp.  KV_EUNSUP, KV_EABSENT ... if that
 * cannot be read; KV_EFORMAT if no MIPS kernel has it.  The sentence does not name the image yet.
 */
enum kv_status mips_page_shift(struct dump *dump, const struct port_kernel *kernel,
    unsigned *ret, struct kv_err *err);

#endif
