/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's SS-5, a sun4m; NetBSD's range of kernel addresses. */
#ifndef MACHINE_H
#define MACHINE_H

#define HAS_NX		1
#define CPUS		1
#define ENTRY_SIZE	4
#define NO_LARGE				/* NetBSD's dump knows none */

#define KERNBASE	0xf0000000
#define BANK		0x02000000		/* RAM of console and disk: no cluster */
#define BANK_SIZE	0x01400000
#define BANK_VA		0xf8000000
#define DIRECT		UINT64_C(0xf1000000)
#define DIRECT_SHIFT	PAGE_SHIFT
#define BOOT_VA(pa)	(pa)
#define DEVICE_VA(pa)	((pa) - BANK + BANK_VA)
#define CONSOLE_PA	0x03300000
#define DISK_PA		0x02000000

#define MAIN		UINT64_C(0xf4000000)
#define ALIAS		UINT64_C(0x110000)
#define HOLE		UINT64_C(0xf6000000)
#define HOLE_SIZE	UINT64_C(0x01000000)

#define FRAME_BITS	36
/* Version 8, H.4: all but the type; the reserved type; a table's type in the last level; and the
 * access permissions that are not used elsewhere: 2, 3, 4, 5, 7. */
#define PLANTS		{ { ~UINT64_C(0), 3, HOLE_, 0 }, { 3, 0, RESERVED_, 0 }, { 1, 2, RESERVED_, 0 }, \
    { 0, 0x10, MAP, PROT_R | PROT_X }, { 0x4, 0x10, FILL, PROT_R | PROT_W | PROT_X }, \
    { 0, 8, MAP, PROT_X }, { 0x10, 0, GOOD }, { 0x4, 0, FILL, PROT_R | PROT_W | PROT_X } }

#define KCORE_MID	0x08a			/* sys/aout_mids.h */
#define KCORE_ALIGN	8
#define KCORE_SECTORS	33

#endif
