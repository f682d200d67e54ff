/* SPDX-License-Identifier: BSD-2-Clause */
/* ARMv7 (QEMU's virt board) or ARMv5 (Versatile/PB); NetBSD's layout, and near FreeBSD's. */
#ifndef MACHINE_H
#define MACHINE_H

#ifndef FINE_TABLES
#define FINE_TABLES	0			/* ARMv5 only */
#endif
#define CPUS		1
#define ENTRY_SIZE	4
#ifndef REGIME_armv7
#define REGIME_armv7	0
#endif
#if REGIME_armv7
#define HAS_NX		1
#define RAM_FIRST	UINT64_C(0x40000000)
#define CONSOLE_PA	UINT64_C(0x09000000)
#else
#define HAS_NX		0
#define RAM_FIRST	UINT64_C(0)
#define CONSOLE_PA	UINT64_C(0x101f1000)
#define DISK_PA		UINT64_C(0x06000000)
#endif
#define BOOT_VA(pa)	(pa)
#define DEVICE_VA(pa)	(UINT64_C(0xf0000000) + ((pa) & 0xfffffff))
#define VIRTIO_PA	UINT64_C(0x0a000000)
#define VIRTIO_COUNT	32
#define VIRTIO_STRIDE	0x200
#if REGIME_armv7
#define DEVICES		{ CONSOLE_PA, VIRTIO_PA + (VIRTIO_COUNT - 1) * VIRTIO_STRIDE }
#else
#define DEVICES		{ CONSOLE_PA }
#endif

#define VECTORS		UINT64_C(0xffff0000)
#define DIRECT		(UINT64_C(0xc0000000) - RAM_FIRST)
#define MAIN		UINT64_C(0x90000000)
#define ALIAS		UINT64_C(0x100000)
#define LARGE(i)	(UINT64_C(0xa0000000) + (i) * UINT64_C(0x4000000))
#if FREEBSD && REGIME_armv7		/* pmap-v6.c makes nothing else */
#define LARGE_SHIFTS	{ 20 }
#else
#define LARGE_SHIFTS	{ 16, 20, LARGEST }
#endif
#define SECTION_VA	UINT64_C(0xae000000)
#define SECTIONS	UINT64_C(0xe0000000)
#define LIMITED(i)	(UINT64_C(0x98000000) + (i) * UINT64_C(0x100000))
#define HOLE		UINT64_C(0xb0000000)
#define HOLE_SIZE	UINT64_C(0x10000000)
#define DIRECT_SHIFT	20
#if REGIME_armv7
#define LARGEST		24			/* supersection */
#else
#define LARGEST		20
#endif

#define MIN_KERNEL	UINT64_C(0x80000000)
#define MAP_END		UINT64_C(0x100000000)
#define MINIDUMP_MAGIC	"minidump FreeBSD/arm"
#define MINIDUMP_AVAIL	(MINIDUMP_VERSION > 1)
#define MINIDUMP_WORD	(REGIME_armv7 ? 7 : 5)	/* __ARM_ARCH */
#define MINIDUMP_MMUFORMAT (REGIME_armv7 ? 2 : 1)
#ifdef __ARMEB__
#define DUMP_ARCH	(REGIME_armv7 ? "armv7eb" : "armeb")
#else
#define DUMP_ARCH	(REGIME_armv7 ? "armv7" : "arm")
#endif
#define DUMP_ARCH_VERSION 1
#define DUMP_DELTA
#define ELF_MACHINE	40

#define FRAME_BITS	32
/* Type 0; and what else than AP 1 and 5 lets the kernel write or read, as no FreeBSD has it. */
#if REGIME_armv7 && NETBSD		/* B3.7.1; S and nG beside it */
#define PLANTS		{ { ~UINT64_C(0), 3, HOLE_, 0 }, { 0xc20, 0x10, GOOD }, { 0xc30, 0, GOOD }, \
    { 0xc20, 0x10, READ_ONLY }, { 0xc30, 0, READ_ONLY } }
#elif NETBSD && !FINE_TABLES		/* there a page has four entries */
#define PLANTS		{ { ~UINT64_C(0), 3, HOLE_, 0 }, { 0xaa0, 0x550, GOOD }, { 0xff0, 0, GOOD } }
#elif !FINE_TABLES
#define PLANTS		{ { ~UINT64_C(0), 3, HOLE_, 0 } }
#endif

#define KCORE_MID	0x08f			/* sys/aout_mids.h */
#define KCORE_ALIGN	8

#endif
