/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's pegasos2 with a 7400: BATs show the kernel and RAM 1:1, a hashed table the rest. */
#ifndef MACHINE_H
#define MACHINE_H

#ifndef HIGH_BATS
#define HIGH_BATS	0
#endif
#define HAS_NX		1			/* by segment */
#define CPUS		1
#define HOLE_FETCH	FAULTED			/* a segment may deny it first */
#define NO_LARGE
#define DIRECT_BUILT_IN
#define KERNEL_BUILT_IN

#define BANK		0x02000000		/* RAM of console and disk: no cluster */
#define DIRECT		0
#define BOOT_VA(pa)	((pa) - BANK + BANK_VA)
#define DEVICE_VA(pa)	BOOT_VA(pa)
#define CONSOLE_PA	0x03ff0000
#define DISK_PA		0x02000000

/* Instruction and data BATs: upper, lower.  Lengths 16M, 32M or 256M, 4M, 128K; text alone 1M. */
#define DBAT0		0x000001fe, 0x00000012
#define DBAT2		0xc000007e, 0x00400012
#define DBAT3		0xc0820002, 0x00920011	/* read only */
#define BLOCK_VA	0xa0000000		/* 256M, the longest */
#if HIGH_BATS				/* the 745x have four more of each */
#define DBAT1		0xc80003fe, 0x02000012
#define BANK_VA		0xc8000000
#define DBAT7		0xa0001ffe, 0xe0000011
#else
#define DBAT1		0xa0001ffe, 0x00000012
#define BANK_VA		(BLOCK_VA + BANK)
#endif
#define IBAT0		0x000001fe, 0x00000012
#define IBAT2		DBAT2
#define IBAT3		0xb8000001, 0x00100011	/* for user programs alone */
#define USER_BAT	0xb8000000
#define IBAT1		0xd400001e, 0x00100011	/* QEMU 7.2 reads and writes what was executed */
#define TEXT_BAT	0xd4000000		/* in a segment that is not executed */
#define TEXT		0x00100000

#define MAIN		0xd0000000
#define ALIAS		UINT64_C(0x10000000)	/* a segment of its own */
#define HOLE		0xd8000000
#define HOLE_SIZE	0x08000000

#define FRAME_BITS	32

#define DUMP_ARCH	"powerpc"
#define DUMP_ARCH_VERSION 1
#define ELF_MACHINE	20

#define KCORE_MID	0x095			/* sys/aout_mids.h */
#define KCORE_ALIGN	8

#endif
