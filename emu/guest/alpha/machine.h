/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's clipper (a DP264) with OSF/1 PALcode: K0SEG shows the kernel, RAM and devices. */
#ifndef MACHINE_H
#define MACHINE_H

#define HAS_NX		1			/* fault on execute */
#define CPUS		1
#define ENTRY_SIZE	8
#define NO_LARGE
#define DIRECT_BUILT_IN
#define KERNEL_BUILT_IN

#define K0SEG		UINT64_C(0xfffffc0000000000)
#define K0SEG_IO	UINT64_C(0xfffffd0000000000)
#define K1SEG		UINT64_C(0xfffffe0000000000)
#define DIRECT		K0SEG
#define BOOT_VA(pa)	(K0SEG + (pa))
#define DEVICE_VA(pa)	(K0SEG + (pa))
#define CONSOLE_PA	UINT64_C(0x101fc0003f8)	/* in I/O space by VA bit 40 */
#define DISK_PA		UINT64_C(0x02000000)

#define MAIN		(K1SEG + 0x100000)
#define ALIAS		UINT64_C(0x1000000)
#define HOLE		(K1SEG + UINT64_C(0x100000000))
#define HOLE_SIZE	UINT64_C(0x100000000)

#define FRAME_BITS	44			/* of 45, QEMU has memory below */
/* ARM, II-B 3.3.1: software's bits; all but V. */
#define PLANTS		{ { UINT64_C(0xffff0000), 0, GOOD }, { ~UINT64_C(0), 1, HOLE_, 0 }, \
    { 0x2200, 0x1100, NO_ACCESS }, { 0xe, 0, NO_ACCESS } }	/* for user programs alone; all faults */

#define KCORE_MID	0x08d			/* sys/aout_mids.h */
#define KCORE_ALIGN	8

#endif
