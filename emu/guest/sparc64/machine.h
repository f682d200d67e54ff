/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's sun4u with an UltraSPARC-II: locked 4 MiB entries show kernel and RAM, software fills in the rest. */
#ifndef MACHINE_H
#define MACHINE_H

#define HAS_NX		0
#define CPUS		1
#define ENTRY_SIZE	8
#define NO_LARGE
#define DIRECT_BUILT_IN
#define KERNEL_BUILT_IN

/* Locked pages of 4 MiB. */
#define KERNBASE	0x01000000
#define KERNBASE_PA	0x00400000
#define DIRECT		0x40000000
#define DIRECT_COUNT	4
#define BANK		0x02000000		/* RAM of console and disk: no cluster */
#define BANK_VA		0x60000000
#define BANK_COUNT	5
#define LOCKED_SIZE	0x400000

#define BOOT_VA(pa)	((pa) >= BANK ? (pa) - BANK + BANK_VA : DIRECT + (pa))
#define DEVICE_VA(pa)	BOOT_VA(pa)
#define CONSOLE_PA	0x03300000
#define DISK_PA		0x02000000

#define NPAGES		12			/* all must be in the TLB at once */
#define UPPER		UINT64_C(0xfffff80000000000)
#define MAIN		UINT64_C(0x100000000)
#define ALIAS		UINT64_C(0x10800000)
#define HOLE		UINT64_C(0x40000000000)
#define HOLE_SIZE	UINT64_C(0x10000000)

#define KCORE_MID	0x09c			/* sys/aout_mids.h */
#define KCORE_ALIGN	16

#endif
