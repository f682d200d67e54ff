/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's hppa machine, a PA-7300LC: all of the dumped RAM one to one, from 0 on. */
#ifndef MACHINE_H
#define MACHINE_H

#define HAS_NX		1
#define CPUS		1
#define NO_LARGE
#define ENTRY_SIZE	4
#define DIRECT_BUILT_IN
#define KERNEL_BUILT_IN

/* RAM, tables' pages and console together are less than QEMU's TLB has entries: 256 of 4 KiB. */
#define RAM_SIZE	0xb8000
#define DIRECT		0u
#define BANK		0x01000000u		/* RAM of console and disk: no cluster */
#define BANK_VA		0xd3450000u
#define BOOT_VA(pa)	(pa)			/* no translation */
#define DEVICE_VA(pa)	((pa) - BANK + BANK_VA)
#define CONSOLE_PA	0x01000000
#define CONSOLE_SIZE	0x4000
#define DISK_PA		0x01100000

#define MAIN		UINT64_C(0xc0401000)
#define ALIAS		UINT64_C(0x00400000)
#define HOLE		UINT64_C(0xe0000000)
#define HOLE_SIZE	UINT64_C(0x08000000)

#if OPENBSD
#define KCORE_MID	0x20b			/* sys/exec.h */
#else
#define KCORE_MID	0x09a			/* sys/aout_mids.h */
#endif
#define KCORE_ALIGN	8

#endif
