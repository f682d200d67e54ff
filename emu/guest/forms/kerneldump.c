/* SPDX-License-Identifier: BSD-2-Clause */
/* struct kerneldumpheader, version 4 (FreeBSD) and 1 (DragonFly); all numbers are big-endian. */
#include "kerneldump.h"

#if DRAGONFLY
#define VERSION		1
#define BLOCKSIZE	56
#define HOSTNAME	60
#define VERSIONSTRING	124
#define PANICSTRING	316
#define PANICSIZE	192
#else
#define VERSION		4
#define BLOCKSIZE	60
#define HOSTNAME	64
#define VERSIONSTRING	128
#define PANICSTRING	320
#define PANICSIZE	175
#define EXTENT		496
#endif

extern const char version[];
extern int64_t time_second;
static uint8_t header[SECTOR] __attribute__((__aligned__(512)));

static void
put(unsigned at, unsigned size, uint64_t value)
{
	for (; size > 0; value >>= 8)
		header[at + --size] = (uint8_t)value;
}

void
kerneldump_begin(uint64_t length)
{
	if (!disk_open())
		dump_failed("no disk");
	if (length / SECTOR + 2 + 128 > DISK_SECTORS)	/* the first 64 KiB are never written */
		dump_failed("area too small");
	strcopy(header, "FreeBSD Kernel Dump", 20);
	strcopy(header + 20, DUMP_ARCH, 12);
	put(32, 4, VERSION);
	put(36, 4, DUMP_ARCH_VERSION);
	put(40, 8, length);
	put(48, 8, (uint64_t)time_second);
	put(BLOCKSIZE, 4, SECTOR);
	strcopy(header + HOSTNAME, "guest", 64);
	strcopy(header + VERSIONSTRING, version, 192);
	strcopy(header + PANICSTRING, panicbuf, PANICSIZE);
#ifdef EXTENT
	put(EXTENT, 8, length);
#endif
	/* Parity: all words together are 0. */
	for (unsigned i = 0; i < SECTOR - 4; i++)
		header[SECTOR - 4 + i % 4] ^= header[i];
	dump_sector = DISK_SECTORS - 2 - length / SECTOR;
	print("dumping %x bytes to sector %x\n", length, dump_sector);
	dump_put(header, sizeof header);
}

void
kerneldump_end(void)
{
	dump_flush();
	if (dump_sector != DISK_SECTORS - 1)
		dump_failed("its length is not what was announced");
	dump_put(header, sizeof header);
	dump_flush();
	print("dump succeeded\n");
}
