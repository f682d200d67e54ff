/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's virt board with a Cortex-A or newer; NetBSD's or FreeBSD's layout of the upper half. */
#ifndef MACHINE_H
#define MACHINE_H

#define HAS_NX		1
#define CPUS		2
#define CPU_IDLE	__asm__ volatile("wfi")
#define ENTRY_SIZE	8

#define TOP		(UINT64_C(0) - (UINT64_C(1) << VABITS))		/* where TTBR1's half begins */
#if FREEBSD				/* sys/arm64/include/vmparam.h */
#define DMAP_FIRST	(TOP + UINT64_C(0xa00000000000))
#define MIN_KERNEL	TOP
#define DIRECT		(DMAP_FIRST - RAM_FIRST)
#else					/* sys/arch/aarch64/include/vmparam.h */
#define DIRECT		TOP
#endif
#define MAIN		(KERNEL_VA_MINUS_PA + UINT64_C(0x80000000))
#define ALIAS		UINT64_C(0x400000)
#define LARGE(i)	(MAIN + UINT64_C(0x4000000000) / 16 * (1 + (i)))
#define HOLE		(MAIN + UINT64_C(0x40000000))
#define HOLE_SIZE	UINT64_C(0x40000000)

#define RAM_FIRST	UINT64_C(0x40000000)
#define BOOT_VA(pa)	(pa)
#define DEVICE_VA(pa)	(UINT64_C(0xfffffffff0000000) + ((pa) & 0x7ffffff))
#define CONSOLE_PA	UINT64_C(0x09000000)
#define VIRTIO_PA	UINT64_C(0x0a000000)
#define VIRTIO_COUNT	32
#define VIRTIO_STRIDE	0x200

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

#define KCORE_MID	0x0b7		/* sys/aout_mids.h */
#define KCORE_ALIGN	16

#endif
