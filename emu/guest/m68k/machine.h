/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's virt board with a 68040; the kernel at VA 0 as on NetBSD's ports, RAM not at 0 as on hp300. */
#ifndef MACHINE_H
#define MACHINE_H

#define HAS_NX		0
#define CPUS		1
#define ENTRY_SIZE	4
#define NO_LARGE

#define RAM_FIRST	UINT64_C(0x01000000)
#define BOOT_VA(pa)	(pa)			/* RAM and devices, transparently */
#define DEVICE_VA(pa)	(UINT64_C(0xe0000000) + ((pa) & 0xffffff))
#define CONSOLE_PA	UINT64_C(0xff008000)
#define VIRTIO_PA	UINT64_C(0xff010000)
#define VIRTIO_COUNT	128
#define VIRTIO_STRIDE	0x200

#define DIRECT		UINT64_C(0x3f000000)
#define DIRECT_SHIFT	PAGE_SHIFT
#define MAIN		UINT64_C(0x20100000)
#define ALIAS		UINT64_C(0x100000)
#define INVALID		UINT64_C(0x28000000)
#define HOLE		UINT64_C(0x30000000)
#define HOLE_SIZE	UINT64_C(0x0f000000)

#define FRAME_BITS	32
#define PLANTS		{ { 0x360, 0, GOOD }, { ~UINT64_C(0), 3, HOLE_, 0 } }	/* 3.2.2.3: U1, U0, CM */

#define KCORE_MID	0x087			/* sys/aout_mids.h */
#define KCORE_ALIGN	8
#define KCORE_SECTORS	2

#endif
