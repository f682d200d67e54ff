/* SPDX-License-Identifier: BSD-2-Clause */
/* A PC in 32-bit mode: two levels, or PAE with RAM above 4 GiB; laid out as each BSD has it. */
#ifndef MACHINE_H
#define MACHINE_H

#include "x86_io.h"

#define CPUS		1
#if REGIME_pae
#define HAS_NX		1
#define ENTRY_SIZE	8
#define TEXT_SHIFT	21
#else
#define HAS_NX		0
#define ENTRY_SIZE	4
#define TEXT_SHIFT	22
#endif
#define LARGE_SHIFTS	{ TEXT_SHIFT }
#define DIRECT_SHIFT	TEXT_SHIFT

#define GIB4		(UINT64_C(4) << 30)
#define DIRECT_SPLIT	GIB4			/* RAM from there on has a direct map of its own */
#define DIRECT_VA(pa)	((uintptr_t)((pa) < GIB4 ? 0xd8000000 + (pa) : 0xdc000000 + ((pa) - GIB4)))
#define DIRECT_PA(va)	((va) < 0xdc000000 ? (va) - UINT64_C(0xd8000000) : \
    (va) - UINT64_C(0xdc000000) + GIB4)
#define TABLE_LIMIT	GIB4			/* what the boot tables show */
#define MIN_KERNEL	UINT64_C(0xc0000000)
#define MAIN		UINT64_C(0xd0100000)
#define ALIAS		UINT64_C(0x100000)
#define LARGE(i)	UINT64_C(0xd1000000)
#define HOLE		UINT64_C(0xe0000000)
#define RESERVED_LARGE	UINT64_C(0xf4000000)
#define HOLE_SIZE	UINT64_C(0x10000000)
#define BOOT_VA(pa)	(pa)			/* the first 3 GiB */
#define DEVICE_VA(pa)	(pa)			/* none: ports */

#define MAP_END		UINT64_C(0x100000000)
#define MINIDUMP_MAGIC	"minidump FreeBSD/i386"
#define MINIDUMP_AVAIL	(MINIDUMP_VERSION > 1)
#define MINIDUMP_WORD	(ENTRY_SIZE == 8)	/* paemode */
#define BITMAP_BYTES	0x28000
#define DUMP_ARCH	"i386"
#define DUMP_ARCH_VERSION 2
#define ELF_MACHINE	3

#if REGIME_pae				/* the CPU has 40 */
#define FRAME_BITS	40
#define PLANTS		{ { 0xf98, 0, GOOD }, { 0xf9c, 0, READ_ONLY }, { ~UINT64_C(0), 1, HOLE_, 0 }, \
    { U(1) << 62, 0, RESERVED_, 0 }, { U(1) << 52, 0, RESERVED_, 0 } }
#else
#define FRAME_BITS	32
#define PLANTS		{ { 0xf98, 0, GOOD }, { 0xf9c, 0, READ_ONLY }, { ~UINT64_C(0), 1, HOLE_, 0 } }
#endif

#define KCORE_MID	0x086			/* sys/aout_mids.h */
#define KCORE_ALIGN	8
#if OPENBSD
#define KCORE_UNPACKED				/* dumpsys() of sys/arch/i386/i386/machdep.c */
#else
#define KCORE_HEAD	8
#endif

#endif
