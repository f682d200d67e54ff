/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's malta board; segment tables as in NetBSD's sys/uvm/pmap/pmap_segtab.c, and FreeBSD's. */
#ifndef MACHINE_H
#define MACHINE_H

#define HAS_NX		0
#define CPUS		1
#define NO_LARGE
#define DIRECT_BUILT_IN
#define KERNEL_BUILT_IN

#define ARRAY		(NETBSD && REGIME_sysmap)	/* older kernels: one array of PTEs */
#if FREEBSD && defined(__mips64)	/* sys/mips/include/{param,pte}.h */
#define PTE_SIZE_SHIFT	3
#define SEG_SHIFT	21
#else
#define PTE_SIZE_SHIFT	2
#if PAGE_SHIFT == 12
#define SEG_SHIFT	22
#elif PAGE_SHIFT == 14
#define SEG_SHIFT	26
#else
#define SEG_SHIFT	24
#endif
#endif
#define ENTRY_SIZE	(1 << PTE_SIZE_SHIFT)
#define SYSMAP_SHIFT	(BITS / 32 + 17)	/* entries of an older kernel's array */
#define XSEG_SHIFT	(SEG_SHIFT + PAGE_SHIFT - 3)
#ifdef __mips64
#define SEG_ENTRIES	(1 << (PAGE_SHIFT - 3))
#define KSEG0		0xffffffff80000000
#define KSEG1		0xffffffffa0000000
#define MAPPED		0xc000000000000000
#define BITS		64
#define XKPHYS		UINT64_C(0x8000000000000000)
#define XKPHYS_CACHED	UINT64_C(0x9800000000000000)
#define PA_BITS		36			/* of MIPS64R2-generic */
#define DIRECT		XKPHYS_CACHED
#else
#define SEG_ENTRIES	(1 << (31 + FREEBSD - SEG_SHIFT))
#define KSEG0		0x80000000
#define KSEG1		0xa0000000
#define MAPPED		0xc0000000
#define BITS		32
#define DIRECT		KSEG0
#endif
#define PAGE_MASK	((PAGE_SHIFT & 2) / 2 * 0x6000)	/* 8 KiB pages: two halves of 4 KiB */

#define BOOT_VA(pa)	(KSEG1 + (pa))
#define DEVICE_VA(pa)	(KSEG1 + (pa))
#define CONSOLE_PA	0x180003f8
#define DISK_PA		0x02000000

#define MAIN		(MAPPED + UINT64_C(0x00400000))
#define ALIAS		UINT64_C(0x04000000)
#define HOLE		(MAPPED + UINT64_C(0x20000000))
#define HOLE_SIZE	UINT64_C(0x10000000)
#define INVALID		(MAPPED + UINT64_C(0x00300000))
#if ARRAY
#define LAST		(MAPPED + (UINT64_C(1) << (SYSMAP_SHIFT + PAGE_SHIFT)) - PAGE)
#else
#define LAST		(MAPPED + UINT64_C(0x30400000))
#endif

/* Entries' PFN has 24 bits, of which a CPU keeps those that it has addresses for. */
#ifdef __mips64
#define FRAME_BITS	PA_BITS
#else
#define FRAME_BITS	32			/* of 36; a 24Kf */
#endif
#define FRAME_KIND	FRAME
#if PAGE_SHIFT == 13
#define NPAGES		14			/* a TLB entry a page, not one for two: 64 for all */
#endif

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define KCORE_MID	0x08e			/* sys/aout_mids.h */
#else
#define KCORE_MID	0x08b
#endif
#define KCORE_ALIGN	8

/* FreeBSD's minidump, from VM_MIN_KERNEL_ADDRESS on (sys/mips/include/vmparam.h). */
#define MIN_KERNEL	MAPPED
#define MAP_END		(MAPPED + 0x08800000)
#define MINIDUMP_MAGIC	"minidump FreeBSD/mips"
#define MINIDUMP_AVAIL	(MINIDUMP_VERSION > 1)
#define MINIDUMP_BASE	8
#if MINIDUMP_VERSION == 1		/* uint32_t *vm_page_dump, until 2020 */
#define MINIDUMP_BITS	uint32_t
#endif
#define MINIDUMP_NO_DMAP
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define MIPS_EL		""
#else
#define MIPS_EL		"el"
#endif
#ifdef __mips64
#define DUMP_ARCH	"mips64" MIPS_EL
#else
#define DUMP_ARCH	"mips" MIPS_EL
#endif
#define DUMP_ARCH_VERSION 1

#endif
