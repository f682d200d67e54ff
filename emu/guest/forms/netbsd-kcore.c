/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD's and OpenBSD's dump: header, then RAM packed or not, at the end of the swap partition. */
#include "kernel.h"

#define KCORE_MAGIC	0x8fca			/* sys/kcore.h */
#define CORE_CPU	1
#ifndef KCORE_SECTORS
#define KCORE_SECTORS	1			/* header */
#endif
#ifndef SPARSE					/* x86's default: the header grows */
#define SPARSE		0
#endif
#ifndef KCORE_HEAD
#define KCORE_HEAD	0			/* bytes before the segments */
#endif
#ifdef KCORE_UNPACKED				/* each page at its address, from 0 on */
#define UNPACKED	1
#else
#define UNPACKED	0
#endif

#if OPENBSD
unsigned long dumpmag = 0x8fca0101;
#else
uint32_t dumpmag = 0x8fca0101;
#endif
int dumpsize;			/* pages */
long dumplo;			/* sectors from the start of the partition */

void
dumpsys(void)
{
	/* A segment header with the kcore magic, then the port's cpu_kcore_hdr_t. */
	static union {
		uint8_t		bytes[(SPARSE ? 16 : KCORE_SECTORS) * SECTOR];
		uint32_t	word[2];
		uint64_t	aligned;
	} header __attribute__((__aligned__(512)));
	uint32_t size = 0;
	uint64_t pages = 0;

	if (!disk_open())
		dump_failed("no disk");
	const uint32_t start = swap_partition(&size);
	if (start == 0)
		dump_failed("no swap partition");
	for (unsigned i = 0; i < nclusters; i++)
		pages = clusters[i].size / PAGE + (UNPACKED ? clusters[i].start / PAGE : pages);
	const uint64_t sectors = pages * (PAGE / SECTOR);	/* of a full dump */
	if (size < sectors + KCORE_SECTORS + PAGE / SECTOR)	/* a page at the start stays free */
		dump_failed("area too small");
	const uint64_t bytes = kcore_choose(SPARSE);
	dumpsize = UNPACKED ? (int)pages : (int)(bytes >> PAGE_SHIFT);
	dumplo = (long)(size - sectors - KCORE_SECTORS);
	const uint32_t header_size = SPARSE ?
	    (KCORE_ALIGN + KCORE_HEAD + 16 * kcore_nram + SECTOR - 1) & ~(SECTOR - 1u) :
	    KCORE_SECTORS * SECTOR;
	if (header_size > sizeof header)
		dump_failed("too many segments");
	print("dumping to partition %x offset %x\n", U(start) * SECTOR, U(dumplo));
	if (UNPACKED)
		print("unpacked %x\n", pages * PAGE);

	/* Bytes are put one by one: the first word is big-endian on every port. */
	header.bytes[0] = CORE_CPU << 2 | KCORE_MID >> 8;
	header.bytes[1] = KCORE_MID & 0xff;
	header.bytes[2] = KCORE_MAGIC >> 8;
	header.bytes[3] = KCORE_MAGIC & 0xff;
	header.word[1] = header_size - KCORE_ALIGN;
	machine_kcore_header(header.bytes + KCORE_ALIGN);
	dump_sector = start + U(dumplo);
	dump_put(&header, header_size);
	kcore_dump(UNPACKED);
	print("dump succeeded\n");
}
