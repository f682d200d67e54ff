/* SPDX-License-Identifier: BSD-2-Clause */
/* NetBSD's dump: header, then RAM packed, at the end of the swap partition. */
#include "kernel.h"

#define SECTOR		512
#define KCORE_MAGIC	0x8fca			/* sys/kcore.h */
#define CORE_CPU	1
#define LABEL_MAGIC	UINT32_C(0x82564557)	/* sys/disklabel.h */
#define FS_SWAP		1
#define MBR_NETBSD	0xa9

uint32_t dumpmag = 0x8fca0101;
int dumpsize;			/* pages */
long dumplo;			/* sectors from the start of the partition */

static union {
	uint8_t		bytes[SECTOR];
	uint16_t	half[SECTOR / 2];
	uint32_t	word[SECTOR / 4];
	uint64_t	aligned;
} block __attribute__((__aligned__(512)));

/* Finds partition b of the disklabel in the MBR's NetBSD partition; 0 if there is none. */
static uint32_t
swap_partition(uint32_t *retsize)
{
	uint32_t start = 0;

	if (!disk_transfer(0, &block, 1, false) || block.half[255] != 0xaa55)
		return 0;
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t *entry = block.bytes + 446 + 16 * i;

		if (entry[4] == MBR_NETBSD)
			start = (uint32_t)entry[8] | (uint32_t)entry[9] << 8 |
			    (uint32_t)entry[10] << 16 | (uint32_t)entry[11] << 24;
	}
	if (start == 0 || !disk_transfer(start + 1, &block, 1, false) ||
	    block.word[0] != LABEL_MAGIC || block.word[33] != LABEL_MAGIC ||
	    block.half[69] < 2 || block.bytes[148 + 16 + 12] != FS_SWAP)
		return 0;
	*retsize = block.word[(148 + 16) / 4];
	return block.word[(148 + 16) / 4 + 1];
}

static _Noreturn void
dump_failed(const char *why)
{
	print("dump failed: %s\n", why);
	machine_halt();
}

/* Writes the header: a segment header with the kcore magic, then the port's cpu_kcore_hdr_t. */
static void
dump_header(uint64_t at, uint32_t sectors)
{
	/* Bytes are put one by one: the first word is big-endian on every port. */
	memset(&block, 0, sizeof block);
	block.bytes[0] = (uint8_t)(CORE_CPU << 2 | machine_mid >> 8);
	block.bytes[1] = (uint8_t)machine_mid;
	block.bytes[2] = KCORE_MAGIC >> 8;
	block.bytes[3] = KCORE_MAGIC & 0xff;
	block.word[1] = sectors * SECTOR - machine_dump_align;
	machine_dump_header(block.bytes + machine_dump_align);
	if (!disk_transfer(at, &block, 1, true))
		dump_failed("i/o error");
}

void
dumpsys(void)
{
	const uint32_t header = 1;		/* sectors */
	uint32_t size = 0;
	uint64_t pages = 0, at;

	if (!disk_open())
		dump_failed("no disk");
	const uint32_t start = swap_partition(&size);
	if (start == 0)
		dump_failed("no swap partition");
	for (unsigned i = 0; i < nclusters; i++)
		pages += clusters[i].size / PAGE;
	if (nclusters > machine_dump_segments ||	/* and one page at the start stays free */
	    (uint64_t)size < pages * (PAGE / SECTOR) + header + PAGE / SECTOR)
		dump_failed("area too small");
	dumpsize = (int)pages;
	dumplo = (long)(size - pages * (PAGE / SECTOR) - header);
	print("dumping to partition %x offset %x\n", (uint64_t)start * SECTOR, (uint64_t)dumplo);
	at = start + (uint64_t)dumplo;
	dump_header(at, header);
	at += header;
	for (unsigned i = 0; i < nclusters; i++)
		for (uint64_t done = 0; done < clusters[i].size;) {
			uint64_t len = clusters[i].size - done;

			if (len > UINT64_C(0x100000))
				len = UINT64_C(0x100000);
			if (!disk_transfer(at, (void *)machine_direct(clusters[i].start + done),
			    (uint32_t)(len / SECTOR), true))
				dump_failed("i/o error");
			at += len / SECTOR;
			done += len;
		}
	print("dump succeeded\n");
}
