/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's r2d board with an SH7751R; OpenBSD/landisk's map: sys/arch/sh/include/vmparam.h. */
#ifndef MACHINE_H
#define MACHINE_H

#define HAS_NX		0
#define CPUS		1
#define NO_LARGE
#define DIRECT_BUILT_IN
#define KERNEL_BUILT_IN

#define P1		0x80000000u		/* cached, not translated */
#define P2		0xa0000000u		/* the same, uncached */
#define P3		0xc0000000u		/* by page tables */
#define P4		0xe0000000u		/* the CPU's own registers */
#define DIRECT		P1
#define BOOT_VA(pa)	(P2 + (pa))
#define DEVICE_VA(pa)	(P2 + (pa))
#define CONSOLE_PA	0x0f800000
#define DISK_PA		0x0e000000

#define MAIN		(P3 + UINT64_C(0x00400000))
#define ALIAS		UINT64_C(0x04000000)
#define INVALID		(P3 + UINT64_C(0x00300000))
#define HOLE		(P3 + UINT64_C(0x10000000))
#define HOLE_SIZE	UINT64_C(0x0fc00000)

#define FRAME_BITS	29			/* SH7751 Hardware Manual, 3.3.1: PTEL.PPN */
#define FRAME_KIND	FRAME

#define KCORE_MID	0x091			/* sys/exec.h */
#define KCORE_ALIGN	8

#endif
