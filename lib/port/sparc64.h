/* SPDX-License-Identifier: BSD-2-Clause */
/* What the dumps of NetBSD/sparc64 and OpenBSD/sparc64 share. */
#ifndef PORT_SPARC64_H
#define PORT_SPARC64_H

#include "port/port.h"

/*
 * cpu data (sys/arch/sparc64/include/kcore.h).  newform: with NetBSD's locked pairs and
 * per-CPU window, if the header has them.  mmu: without a root.
 */
enum kv_status sparc64_decode_header(struct dump *dump, struct image *img, const struct mmu *mmu,
    bool newform, struct kv_err *err);

#define SPARC64_COMMON						\
	.machine = "sparc64", .form = "netbsd-kcore",		\
	.elf_machine = 43, .kernel_bits = 64,			\
	.orders = NETBSD_BIG, .align = 16,			\
	.bits = 64, .vabits = 44, .pagesize = 0x2000

#endif
