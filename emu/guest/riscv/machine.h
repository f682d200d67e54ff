/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's virt board, 32 or 64 bits; NetBSD's (64 bits) or FreeBSD's layout of the upper part. */
#ifndef MACHINE_H
#define MACHINE_H

#define HAS_NX		1
#define RAM_FIRST	UINT64_C(0x80000000)
#define BOOT_VA(pa)	(pa)
#define ALIAS		UINT64_C(0x100000)

#if REGIME_sv32
#define CPUS		1
#define ENTRY_SIZE	4
#define DIRECT		UINT64_C(0x20000000)
#define MAIN		UINT64_C(0xd0000000)
#define LARGE(i)	UINT64_C(0xd1000000)
#define LARGE_SHIFTS	{ 22 }
#define DIRECT_SHIFT	22
#define HOLE		UINT64_C(0xe0000000)
#define HOLE_SIZE	UINT64_C(0x10000000)
#define DEVICE_VA(pa)	(UINT64_C(0xf0000000) + ((pa) & 0xffffff))
#else
#define CPUS		2
#define CPU_IDLE	__asm__ volatile("wfi")
#define ENTRY_SIZE	8
#define MIN_KERNEL	UINT64_C(0xffffffc000000000)
#if FREEBSD
#define DMAP_FIRST	UINT64_C(0xffffffd000000000)	/* sys/riscv/include/vmparam.h */
#define DIRECT		(DMAP_FIRST - RAM_FIRST)
#define DEVICE_VA(pa)	(UINT64_C(0xffffffc0f0000000) + ((pa) & 0xffffff))
#else
#define DIRECT		UINT64_C(0xffffffe000000000)
#define DEVICE_VA(pa)	(UINT64_C(0xffffffd000000000) + ((pa) & 0xffffff))
#endif
#define MAIN		UINT64_C(0xffffffc040000000)
#define DIRECT_SHIFT	21
#define HOLE		UINT64_C(0xffffffc080000000)
#define HOLE_SIZE	UINT64_C(0x40000000)
#if REGIME_sv39 || FREEBSD
#define LARGE(i)	(UINT64_C(0xffffffc100000000) + (i) * UINT64_C(0x200000000))
#define LARGE_SHIFTS	{ 21, 30 }
#elif REGIME_sv48
#define LARGE(i)	((i) < 2 ? UINT64_C(0xffffffc100000000) + (i) * UINT64_C(0x200000000) : \
    UINT64_C(0xffff900000000000))
#define LARGE_SHIFTS	{ 21, 30, 39 }
#else
#define LARGE(i)	((i) < 2 ? UINT64_C(0xffffffc100000000) + (i) * UINT64_C(0x200000000) : \
    (i) < 3 ? UINT64_C(0xffff900000000000) : UINT64_C(0xff20000000000000))
#define LARGE_SHIFTS	{ 21, 30, 39, 48 }
#endif
#endif

#define CONSOLE_PA	UINT64_C(0x10000000)
#define VIRTIO_PA	UINT64_C(0x10001000)
#define VIRTIO_COUNT	8
#define VIRTIO_STRIDE	0x1000

#define KCORE_MID	0x0b9			/* sys/aout_mids.h */
#define KCORE_ALIGN	16

#endif
