/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's sun4u with an UltraSPARC-II: locked 4 MiB entries for kernel and RAM, software fills the rest. */
#ifndef MACHINE_H
#define MACHINE_H

#define CPUS		1
#define ENTRY_SIZE	8
#define DIRECT_BUILT_IN
#define KERNEL_BUILT_IN

/* Locked pages of 4 MiB. */
#define KERNBASE_PA	0x00400000
#define DIRECT_COUNT	4
#define BANK		0x02000000		/* RAM of console and disk: no cluster */
#define BANK_COUNT	5
#define LOCKED_SIZE	0x400000

#if FREEBSD				/* sys/sparc64/include/vmparam.h */
#define KERNBASE	0xc0000000
#define DIRECT		0xfffff80000000000
#define DIRECT_SIZE	0x80000000000
#define BANK_VA		(DIRECT + BANK)
#else					/* sys/arch/sparc64/include/param.h */
#define KERNBASE	0x01000000
#define DIRECT		0x40000000
#if OPENBSD				/* kernel's data: its header has one linear range for it */
#define BANK_VA		(DIRECT + BANK)
#define DATA_SIZE	(BANK + BANK_COUNT * LOCKED_SIZE)
#else
#define BANK_VA		0x60000000
#endif
#endif

#define BOOT_VA(pa)	((pa) >= BANK ? (pa) - BANK + BANK_VA : DIRECT + (pa))
#define DEVICE_VA(pa)	BOOT_VA(pa)
#define CONSOLE_PA	0x03300000
#define DISK_PA		0x02000000

/* All pages must be in the TLB at once: 64 entries. */
#if FREEBSD
#define HAS_NX		1			/* in the TSB: who may enter the ITLB */
#define TSB_SHIFT	12			/* entries: 32 MiB by pages of 8 KiB, then again */
#define TTE_SHIFT	5
#define TTE_EXEC	0x800
#define NPAGES		8
#define MAIN		UINT64_C(0xc0800000)
#define ALIAS		UINT64_C(0x100000)
#define INVALID		(MAIN + 64 * PAGE)
#define LARGE_SHIFTS	{ 16, 19, 22 }
#define LARGE(i)	(UINT64_C(0xc0c00000) + ((i) == 2 ? 0x400000 : (i) * 0x200000))
#define FRAME_BITS	41			/* of an UltraSPARC-II */
#define FRAME_KIND	FRAME
#define DUMP_ARCH	"sparc64"
#define DUMP_ARCH_VERSION 1
#else
#define HAS_NX		0
#define NO_LARGE
#define NPAGES		12
#define UPPER		UINT64_C(0xfffff80000000000)
#define MAIN		UINT64_C(0x100000000)
#define ALIAS		UINT64_C(0x10800000)
#define INVALID		(MAIN + 64 * PAGE)
#endif
#define HOLE		UINT64_C(0x40000000000)
#define HOLE_SIZE	UINT64_C(0x10000000)

#if OPENBSD
#define KCORE_MID	0x097			/* sys/exec.h */
#else
#define KCORE_MID	0x09c			/* sys/aout_mids.h */
#endif
#define KCORE_ALIGN	16

#endif
