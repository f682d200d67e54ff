/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's 64-bit PowerPC, whose kernel runs in its direct map: sys/powerpc/include/vmparam.h. */
#ifndef MACHINE_H
#define MACHINE_H

#define HAS_NX		1
#define CPUS		1
#define ENTRY_SIZE	8
#define DIRECT_BUILT_IN
#define KERNEL_BUILT_IN

#define DIRECT		UINT64_C(0xc000000000000000)
#define DIRECT_SIZE	UINT64_C(0x08000000)	/* devices too */
#define BOOT_VA(pa)	(pa)			/* real mode */
#define DEVICE_VA(pa)	(DIRECT + (pa))
#define CONSOLE_PA	0x06000000
#define DISK_PA		0x04000000

#if REGIME_radix
#define DIRECT_SHIFT	21
#define DIRECT_END	UINT64_C(0xc008000000000000)	/* what the header says */
#define MIN_KERNEL	UINT64_C(0xc008000000000000)
#define LARGE_SHIFTS	{ 21, 30 }
#define LARGE(i)	(MIN_KERNEL + 0x10000000 + UINT64_C(0x1f0000000) * (i))
#define HOLE		(MIN_KERNEL + UINT64_C(0x400000000))
#define HOLE_SIZE	UINT64_C(0x40000000)
#define CODE		(MIN_KERNEL + 0x100000)	/* to be executed, not read */
#define ODD		(MIN_KERNEL + 0x45000000)	/* below an odd GiB */
#define FRAME_BITS	56
/* Software's bits; not valid; neither a leaf nor a level to go on with. */
#define PLANTS		{ { PLANT(0x2000000000000e00), 0, GOOD }, \
			  { 0, PLANT(0x8000000000000000), HOLE_, 0 }, \
			  { 0, PLANT(0x4000000000000000), RESERVED_, 0 } }
#define MINIDUMP_MMU	"mmu_radix"
#define MINIDUMP_TABLE	radix_root
#define MINIDUMP_TABLE_SIZE 65536
#else
#define DIRECT_SHIFT	24
#define DIRECT_END	UINT64_C(0xd000000000000000)
#define MIN_KERNEL	UINT64_C(0xe000000000000000)
#define NO_LARGE
#define FAR		(MIN_KERNEL + 0x70000000)	/* another segment */
#define HOLE		(MIN_KERNEL + 0x20000000)	/* a segment without pages */
#define HOLE_SIZE	UINT64_C(0x10000000)
#define FRAME_BITS	60			/* of 62, QEMU has so many */
#define MINIDUMP_MMU	"mmu_g5"
#define MINIDUMP_TABLE	htab
#define MINIDUMP_TABLE_SIZE 0x40000
#endif
#define MAIN		(MIN_KERNEL + 0x1fe000)
#define ALIAS		UINT64_C(0x04000000)
#define MAP_END		(MIN_KERNEL + UINT64_C(0x800000000))

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define DUMP_ARCH	"powerpc64"
#define PLANT(x)	UINT64_C(x)
#else
#define DUMP_ARCH	"powerpc64le"
#define PLANT(x)	__builtin_bswap64(UINT64_C(x))
#endif
#define DUMP_ARCH_VERSION 1
#define ELF_MACHINE	21
#define MINIDUMP_MAGIC	"minidump FreeBSD/powerpc64"
#define MINIDUMP_AVAIL	(MINIDUMP_VERSION >= 2)
/* The linker's first address is 0x100 before the kernel's start, which is meant to be 0x100100. */
#define MINIDUMP_START	(UINT64_C(KERNEL_VA) + 0x100)
#define MINIDUMP_SHIFT	(KERNEL_VA - 0x100000)

#ifndef __ASSEMBLER__			/* hpt.c, radix.c */
extern unsigned long htab;		/* its physical address */
void	machine_tables(void);
void	plan_more(void);		/* what this regime has beyond the direct map */
#endif

#endif
