/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's virt board with a Cortex-A or newer; NetBSD's or FreeBSD's layout of the upper half. */
#ifndef MACHINE_H
#define MACHINE_H

#define HAS_NX		1
#define CPUS		2
#define CPU_IDLE	__asm__ volatile("wfi")
#define ENTRY_SIZE	8

#define TOP		(UINT64_C(0) - (UINT64_C(1) << VABITS))		/* where TTBR1's half begins */
#define HAS_GIB		(PAGE_SHIFT == 12)
#define ALIAS		UINT64_C(0x400000)
#if FREEBSD				/* sys/arm64/include/vmparam.h */
#define MIN_KERNEL	TOP
#define DIRECT		(TOP + UINT64_C(0xa00000000000) - RAM_FIRST)
#define MAIN		(MIN_KERNEL + 0x20000000)
#define LARGE(i)	(MIN_KERNEL + UINT64_C(0x40000000) * (1 + (i)))
#define HOLE		(MIN_KERNEL + 0x30000000)
#define HOLE_SIZE	UINT64_C(0x10000000)
#define DEVICE_VA(pa)	(MIN_KERNEL + 0x10000000 + ((pa) & 0x7ffffff))
#define MAP_END		(MIN_KERNEL + (HAS_GIB ? UINT64_C(0x140000000) : UINT64_C(0x48000000)))
#else					/* sys/arch/aarch64/include/vmparam.h */
#define DIRECT		TOP
#define MAIN		(KERNEL_VA_MINUS_PA + UINT64_C(0x80000000))
#define LARGE(i)	(MAIN + UINT64_C(0x400000000) * (1 + (i)))
#define HOLE		(MAIN + UINT64_C(0x40000000))
#define LIMITED(i)	(MAIN + ((i) == 0 ? 0x20000000 : UINT64_C(0x80000000)))	/* a table each */
#define HOLE_SIZE	UINT64_C(0x40000000)
#define DEVICE_VA(pa)	(UINT64_C(0xfffffffff0000000) + ((pa) & 0x7ffffff))
#endif

#define RAM_FIRST	UINT64_C(0x40000000)
#define BOOT_VA(pa)	(pa)
#define CONSOLE_PA	UINT64_C(0x09000000)
#define VIRTIO_PA	UINT64_C(0x0a000000)
#define VIRTIO_COUNT	32
#define VIRTIO_STRIDE	0x200
#define DEVICES		{ CONSOLE_PA, VIRTIO_PA + (VIRTIO_COUNT - 1) * VIRTIO_STRIDE }

#if PAGE_SHIFT == 12
#define TG1		UINT64_C(2)
#define LARGE_SHIFTS	{ 21, 30 }
#define DIRECT_SHIFT	21
#elif PAGE_SHIFT == 14
#define TG1		UINT64_C(1)
#define LARGE_SHIFTS	{ 25 }
#define DIRECT_SHIFT	14
#else
#define TG1		UINT64_C(3)
#define LARGE_SHIFTS	{ 29 }
#define DIRECT_SHIFT	16
#endif

#define FRAME_BITS	48
/* Arm ARM, D8.3.2: nG, Contiguous' neighbours, software's and PBHA; all but bit 0; a block, which
 * the last level does not have; what EL0 may write EL1 does not execute, PXN or not (D8.4.1). */
#define PLANTS		{ { UINT64_C(0x7f80000000000800), 0, GOOD }, { ~UINT64_C(0), 1, HOLE_, 0 }, \
    { 0xffc, 2, HOLE_, 0 }, { 1 << 6, UINT64_C(1) << 53, GOOD } }

#define MINIDUMP_MAGIC	"minidump FreeBSD/arm64"
#define MINIDUMP_AVAIL	(MINIDUMP_VERSION > 1)
#define MINIDUMP_DMAP	(clusters[0].start)
#define MINIDUMP_DMAP_HAS_PHYS 1
#if MINIDUMP_VERSION > 2
#define MINIDUMP_FLAGS	(PAGE_SHIFT == 14)
#endif
#define BITMAP_BYTES	0x10000
#define DUMP_ARCH	"aarch64"
#define DUMP_ARCH_VERSION 1
#define ELF_MACHINE	183

#define KCORE_MID	0x0b7		/* sys/aout_mids.h */
#define KCORE_ALIGN	16

#endif
