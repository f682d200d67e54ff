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
#define FRAME_BITS	34
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
#define FRAME_BITS	56
#define CPU_IDLE	__asm__ volatile("wfi")
#define ENTRY_SIZE	8
#define MIN_KERNEL	UINT64_C(0xffffffc000000000)
#if FREEBSD				/* sys/riscv/include/vmparam.h */
#define DIRECT		(UINT64_C(0xffffffd000000000) - RAM_FIRST)
#define DEVICE_VA(pa)	(MIN_KERNEL + 0x10000000 + ((pa) & 0xffffff))
#define MAIN		(MIN_KERNEL + 0x20000000)
#define HOLE		(MIN_KERNEL + 0x30000000)
#define HOLE_SIZE	UINT64_C(0x10000000)
#define LARGE(i)	(MIN_KERNEL + UINT64_C(0x40000000) * (1 + (i)))
#define LARGE_SHIFTS	{ 21, 30 }
#define MAP_END		(MIN_KERNEL + UINT64_C(0x140200000))
#else
#define DIRECT		UINT64_C(0xffffffe000000000)
#define DEVICE_VA(pa)	(UINT64_C(0xffffffd000000000) + ((pa) & 0xffffff))
#define MAIN		UINT64_C(0xffffffc040000000)
#define HOLE		UINT64_C(0xffffffc080000000)
#define HOLE_SIZE	UINT64_C(0x40000000)
#define LARGE(i)	((i) < 2 ? UINT64_C(0xffffffc100000000) + (i) * UINT64_C(0x200000000) : \
    (i) < 3 ? UINT64_C(0xffff900000000000) : UINT64_C(0xff20000000000000))
#if LEVELS == 3
#define LARGE_SHIFTS	{ 21, 30 }
#elif LEVELS == 4
#define LARGE_SHIFTS	{ 21, 30, 39 }
#else
#define LARGE_SHIFTS	{ 21, 30, 39, 48 }
#endif
#endif
#define DIRECT_SHIFT	21
#endif

/* Privileged 20211203, 4.3.1 and 4.4.1: RSW; all but V; W without R; a pointer; bits 63 to 54. */
#if REGIME_sv32
#define PLANTS		{ { 0x300, 0, GOOD }, { ~UINT64_C(0), 1, HOLE_, 0 }, { 4, 0xa, RESERVED_, 0 }, \
    { 0xc, 2, RESERVED_, 0 }, { 0, 0xe, RESERVED_, 0 } }
#else
#define PLANTS		{ { 0x300, 0, GOOD }, { ~UINT64_C(0), 1, HOLE_, 0 }, { 4, 0xa, RESERVED_, 0 }, \
    { 0xc, 2, RESERVED_, 0 }, { 0, 0xe, RESERVED_, 0 }, { U(3) << 61, 0, RESERVED_, 0 }, \
    { U(1) << 60, 0, RESERVED_, 0 }, { U(1) << 54, 0, RESERVED_, 0 } }
#endif

#define CONSOLE_PA	UINT64_C(0x10000000)
#define VIRTIO_PA	UINT64_C(0x10001000)
#define VIRTIO_COUNT	8
#define VIRTIO_STRIDE	0x1000
#define DEVICES		{ CONSOLE_PA, VIRTIO_PA + (VIRTIO_COUNT - 1) * VIRTIO_STRIDE }

#define MINIDUMP_MAGIC	"minidump FreeBSD/riscv"
#define MINIDUMP_AVAIL	(MINIDUMP_VERSION > 1)
#define MINIDUMP_DMAP	(clusters[0].start)
#define MINIDUMP_DMAP_HAS_PHYS 1
#define BITMAP_BYTES	0x20000
#define DUMP_ARCH	"riscv64"
#define DUMP_ARCH_VERSION 1
#define ELF_MACHINE	243

#define KCORE_MID	0x0b9			/* sys/aout_mids.h */
#define KCORE_ALIGN	16

#endif
