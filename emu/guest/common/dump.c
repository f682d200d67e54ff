/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a dump goes: the disk, its swap partition, whole sectors. */
#include "kernel.h"

#define LABEL_MAGIC	UINT32_C(0x82564557)	/* sys/disklabel.h */
#define FS_SWAP		1
#define MBR_NETBSD	0xa9

uint64_t dump_sector;

_Noreturn void
dump_failed(const char *why)
{
	print("dump failed: %s\n", why);
	halt();
}

static char gathered[16 * 4096] __attribute__((__aligned__(4096)));
static uint32_t ngathered;

void
dump_flush(void)
{
	if (ngathered > 0 && !disk_transfer(dump_sector, gathered, ngathered / SECTOR, true))
		dump_failed("i/o error");
	dump_sector += ngathered / SECTOR;
	ngathered = 0;
}

void
dump_put(const void *from, uint64_t len)
{
	const char *p = from;

	for (; len > 0; p += SECTOR, len -= SECTOR) {
		if (ngathered == sizeof gathered)
			dump_flush();
		memcpy(gathered + ngathered, p, SECTOR);
		ngathered += SECTOR;
	}
}

void
dump_ram(uint64_t pa, uint64_t len)
{
	dump_flush();
	while (len > 0) {
		const uint64_t n = len > UINT64_C(0x100000) ? UINT64_C(0x100000) : len;

		if (!disk_transfer(dump_sector, (void *)(uintptr_t)DIRECT_VA(pa),
		    (uint32_t)(n / SECTOR), true))
			dump_failed("i/o error");
		dump_sector += n / SECTOR;
		pa += n;
		len -= n;
	}
}

/* Partition b of the disklabel in the MBR's NetBSD partition: its sector; 0 if there is none. */
uint32_t
swap_partition(uint32_t *retsize)
{
	static union {
		uint8_t		bytes[SECTOR];
		uint16_t	half[SECTOR / 2];
		uint32_t	word[SECTOR / 4];
	} block __attribute__((__aligned__(512)));
	uint32_t start = 0;

	if (!disk_transfer(0, &block, 1, false) || block.bytes[510] != 0x55 ||
	    block.bytes[511] != 0xaa)
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

static struct cluster segments[400];
unsigned kcore_nram;

/* Runs of pages, as if nobody used those between. */
bool
dump_wanted(uint64_t pa)
{
	return owned(pa) || (pa >> PAGE_SHIFT & 127) < 121;
}

static void
segment(uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	if (kcore_nram == sizeof segments / sizeof segments[0])
		dump_failed("too many segments");
	print("segment %x %x\n", start, end - start);
	segments[kcore_nram++] = (struct cluster){ start, end - start };
}

/* The RAM segments of a full or a sparse dump; bytes of all. */
uint64_t
kcore_choose(bool sparse)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < nclusters; i++) {
		const uint64_t end = clusters[i].start + clusters[i].size;
		uint64_t first = clusters[i].start;

		for (uint64_t at = first; sparse && at < end; at += PAGE)
			if (!dump_wanted(at)) {
				segment(first, at);
				first = at + PAGE;
			}
		segment(first, end);
	}
	for (unsigned i = 0; i < kcore_nram; i++)
		bytes += segments[i].size;
	return bytes;
}

void
kcore_ram(void *to)
{
	memcpy(to, segments, kcore_nram * sizeof segments[0]);	/* at any alignment */
}

void
kcore_dump(bool unpacked)
{
	dump_flush();
	for (uint64_t i = 0, first = dump_sector; i < kcore_nram; i++) {
		if (unpacked)
			dump_sector = first + segments[i].start / SECTOR;
		dump_ram(segments[i].start, segments[i].size);
	}
}
