/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small NetBSD/amd64 dump made by hand, for the suites above lib/mmu.  Two segments:
 *
 *	physical 0x1000 to 0x9fff	tables and data
 *	physical 0x100000 to 0x102fff	data
 *
 * and below DUMP_VA = 0xffffffff80000000, by 4 KiB pages:
 *
 *	+0x0000 -> 0x7000	+0x1000 -> 0x100000	+0x2000 -> 0x9000 (read-only)
 *	+0x3000 -> 0x50000, absent	+0x4000 not present	+0x5000 -> 0x101000 (no execute)
 *	+0x6000 -> 0x102000
 *
 * A 2 MiB page at DUMP_VA + 0x200000 maps physical 0 on; 0xfffffffffffff000 maps 0x7000.
 */
#ifndef UNIT_DUMP_H
#define UNIT_DUMP_H

#include <stdint.h>
#include <string.h>

#include "bytes.h"

#define DUMP_VA		UINT64_C(0xffffffff80000000)
#define DUMP_TOP	UINT64_C(0xfffffffffffff000)

enum {
	DUMP_CPU = 24, DUMP_CPU_SIZE = 504, DUMP_DATA = 528, DUMP_MEM = 536,
	DUMP_SEG0 = 0x1000, DUMP_SEG0_LEN = 0x9000, DUMP_SEG1 = 0x100000, DUMP_SEG1_LEN = 0x3000,
	DUMP_SIZE = DUMP_MEM + DUMP_SEG0_LEN + DUMP_SEG1_LEN,
};

static inline void
dump_put64(uint8_t *p, uint64_t v)
{
	le32_put(p, (uint32_t)v);
	le32_put(p + 4, (uint32_t)(v >> 32));
}

/* What data pages hold at a physical address: no two places look alike. */
static inline uint8_t
dump_byte(uint64_t pa)
{
	return (uint8_t)((pa * UINT64_C(0x9e3779b97f4a7c15)) >> 56);
}

/* Where a physical address lies in the file. */
static inline uint64_t
dump_offset(uint64_t pa)
{
	return pa < DUMP_SEG1 ? DUMP_MEM + (pa - DUMP_SEG0) :
	    DUMP_MEM + DUMP_SEG0_LEN + (pa - DUMP_SEG1);
}

static inline void
dump_entry(uint8_t *image, uint64_t table, unsigned index, uint64_t raw)
{
	dump_put64(image + dump_offset(table) + 8 * (size_t)index, raw);
}

static inline void
dump_make(uint8_t image[DUMP_SIZE])
{
	memset(image, 0, DUMP_SIZE);
	be32_put(image, 0x009d8fca);
	le16_put(image + 4, 16);
	le16_put(image + 6, 8);
	le32_put(image + 8, 2);
	be32_put(image + 16, 0x04008fac);
	le32_put(image + 20, DUMP_CPU_SIZE);
	dump_put64(image + DUMP_CPU, 0x2000);
	dump_put64(image + DUMP_CPU + 8, 2);
	dump_put64(image + DUMP_CPU + 16, DUMP_SEG0);
	dump_put64(image + DUMP_CPU + 24, DUMP_SEG0_LEN);
	dump_put64(image + DUMP_CPU + 32, DUMP_SEG1);
	dump_put64(image + DUMP_CPU + 40, DUMP_SEG1_LEN);
	be32_put(image + DUMP_DATA, 0x08008fac);
	le32_put(image + DUMP_DATA + 4, DUMP_SEG0_LEN + DUMP_SEG1_LEN);

	for (uint64_t pa = DUMP_SEG0; pa < DUMP_SEG0 + DUMP_SEG0_LEN; pa++)
		image[dump_offset(pa)] = dump_byte(pa);
	for (uint64_t pa = DUMP_SEG1; pa < DUMP_SEG1 + DUMP_SEG1_LEN; pa++)
		image[dump_offset(pa)] = dump_byte(pa);
	static const uint64_t tables[] = { 0x2000, 0x3000, 0x4000, 0x5000, 0x6000, 0x8000 };
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		memset(image + dump_offset(tables[i]), 0, 0x1000);

	const uint64_t nx = UINT64_C(1) << 63;
	dump_entry(image, 0x2000, 511, 0x3003);
	dump_entry(image, 0x3000, 510, 0x4003);
	dump_entry(image, 0x4000, 0, 0x5003);
	dump_entry(image, 0x4000, 1, 0x83);
	dump_entry(image, 0x5000, 0, 0x7003);
	dump_entry(image, 0x5000, 1, 0x100003);
	dump_entry(image, 0x5000, 2, 0x9001);
	dump_entry(image, 0x5000, 3, 0x50003);
	dump_entry(image, 0x5000, 4, 0x7002);
	dump_entry(image, 0x5000, 5, 0x101003 | nx);
	dump_entry(image, 0x5000, 6, 0x102003);
	dump_entry(image, 0x3000, 511, 0x6003);
	dump_entry(image, 0x6000, 511, 0x8003);
	dump_entry(image, 0x8000, 511, 0x7003);
}

enum { DUMP_KERNEL_SIZE = 64 + 56 + 24 };

/* Its kernel: an ELF file without symbols, whose note says that it is NetBSD's for amd64. */
static inline void
dump_make_kernel(uint8_t elf[DUMP_KERNEL_SIZE])
{
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	memset(elf, 0, DUMP_KERNEL_SIZE);
	memcpy(elf, ident, sizeof(ident));
	le16_put(elf + 16, 2);		/* ET_EXEC */
	le16_put(elf + 18, 62);		/* EM_X86_64 */
	le32_put(elf + 20, 1);
	dump_put64(elf + 32, 64);	/* e_phoff */
	le16_put(elf + 52, 64);
	le16_put(elf + 54, 56);
	le16_put(elf + 56, 1);
	le16_put(elf + 58, 64);
	le32_put(elf + 64, 4);		/* PT_NOTE */
	dump_put64(elf + 64 + 8, 64 + 56);
	dump_put64(elf + 64 + 32, 24);
	dump_put64(elf + 64 + 40, 24);
	dump_put64(elf + 64 + 48, 4);
	le32_put(elf + 120, 7);
	le32_put(elf + 124, 4);
	le32_put(elf + 128, 1);
	memcpy(elf + 132, "NetBSD", 7);
	le32_put(elf + 140, 1099001200);
}

#endif
