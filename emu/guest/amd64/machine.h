/* SPDX-License-Identifier: BSD-2-Clause */
/* A PC with RAM above 4 GiB, in the layout of NetBSD (without randomised slots), OpenBSD or FreeBSD. */
#ifndef MACHINE_H
#define MACHINE_H

#include "x86_io.h"

#define HAS_NX		1
#define CPUS		2
#define CPU_IDLE	__asm__ volatile("cli; hlt")
#define ENTRY_SIZE	8
#define TEXT_SHIFT	21

#if NETBSD || OPENBSD			/* sys/arch/x86/x86/pmap.c; sys/arch/amd64/include/pmap.h */
#if OPENBSD
#define DIRECT		UINT64_C(0xfffffd8000000000)
#define DIRECT_END	UINT64_C(0xffffff8000000000)
#else
#define DIRECT		UINT64_C(0xffffa08040200000)	/* aligned to 2 MiB, not to a slot */
#endif
#define MAIN		UINT64_C(0xffff800000100000)
#define LARGE(i)	((i) == 0 ? UINT64_C(0xffff800040000000) : UINT64_C(0xffffb00000000000))
#define RESERVED_1G	UINT64_C(0xffffb001c0000000)
#else				/* sys/amd64/include/vmparam.h; DragonFly's are like these */
#define DIRECT		UINT64_C(0xfffff80000000000)
#if MINIDUMP_VERSION == 1	/* its page map has 8 bytes for each page: keep that small */
#define MIN_KERNEL	KERNEL_VA_MINUS_PA
#define MAIN		(MIN_KERNEL + 0x20100000)
#define LARGE(i)	(MIN_KERNEL + 0x28000000)
#define LARGE_SHIFTS	{ 21 }
#define HOLE		(MIN_KERNEL + 0x38000000)
#define HOLE_SIZE	UINT64_C(0x06000000)	/* DEVICE_VA is behind it */
#else
#define MIN_KERNEL	UINT64_C(0xfffffe0000000000)
#define MAIN		(MIN_KERNEL + 0x100000)
#define LARGE(i)	(MIN_KERNEL + ((i) == 0 ? 0x40000000 : UINT64_C(0x4000000000)))
#define RESERVED_1G	(MIN_KERNEL + UINT64_C(0x41c0000000))
#endif
#endif
#define ALIAS		UINT64_C(0x100000)
#ifndef HOLE
#define HOLE		(MAIN - 0x100000 + 0xc0000000)
#define HOLE_SIZE	UINT64_C(0x40000000)
#endif
#define RESERVED_2M	(MAIN - 0x100000 + 0x80000000)
#define PAT_2M		(RESERVED_2M + 0x400000)

#ifndef LARGE_SHIFTS
#define LARGE_SHIFTS	{ 21, 30 }
#endif
#define DIRECT_SHIFT	21
#define BOOT_VA(pa)	(pa)			/* the first 8 GiB */
#define DEVICE_VA(pa)	(UINT64_C(0xffffffffb0000000) + ((pa) & 0xffff000))

#define MAP_END		UINT64_C(0xffffffffc0000000)
#if MINIDUMP_VERSION > 1
#define MINIDUMP_PDE
#endif
#define MINIDUMP_AVAIL	(MINIDUMP_VERSION > 2)
#define MINIDUMP_MAGIC	"minidump FreeBSD/amd64"
#define MINIDUMP_DMAP	UINT64_C(0)
#define MINIDUMP_DMAP_HAS_PHYS 0
#define BITMAP_BYTES	0x28000			/* a bit for each page up to 5 GiB */
#define DUMP_ARCH	(DRAGONFLY ? "x86_64" : "amd64")
#define DUMP_ARCH_VERSION 2
#define ELF_MACHINE	62
#if DRAGONFLY					/* sys/platform/pc64/include/pcb.h: pcb_cr3 */
#define DUMP_PREPARE	(dumppcb[8] = radix_root)
#endif

#define FRAME_BITS	50			/* of 52, QEMU 7.2 lists so many */
/* AMD64 APM vol. 2, 5.4: what software and caches use; all but P. */
#define PLANTS		{ { UINT64_C(0x7ff0000000000f98), 0, GOOD }, { 0xf9c, 0, READ_ONLY }, \
    { ~UINT64_C(0), 1, HOLE_, 0 } }

#define KCORE_MID	0x09d			/* sys/aout_mids.h */
#define KCORE_ALIGN	8
#define KCORE_HEAD	16

#endif
