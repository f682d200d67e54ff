/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's mac99 with a 970fx: sixteen segments, all of memory through a hashed table in RAM. */
#ifndef MACHINE_H
#define MACHINE_H

#define HAS_NX		1
#define CPUS		1
#define HOLE_FETCH	FAULTED			/* a segment may deny it first */

#define BANK		0x10000000		/* RAM of console and disk: no cluster */
#define BANK_VA		0xc0000000
#define DIRECT		UINT64_C(0x90000000)
#define DIRECT_SHIFT	24
#define BOOT_VA(pa)	(pa)			/* real mode */
#define DEVICE_VA(pa)	((pa) - BANK + BANK_VA)
#define CONSOLE_PA	0x12000000
#define DISK_PA		0x10000000

#define MAIN		UINT64_C(0xd0000000)
#define ALIAS		UINT64_C(0x01000000)
#define HOLE		UINT64_C(0xd8000000)
#define HOLE_SIZE	UINT64_C(0x08000000)
#define LARGE_SHIFTS	{ 24 }
#define LARGE(i)	UINT64_C(0xa4000000)

#define FRAME_BITS	60			/* of 62, QEMU has so many */

#define KCORE_MID	0x094			/* sys/aout_mids.h */
#define KCORE_ALIGN	8

#endif
