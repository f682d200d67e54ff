/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/port: NetBSD/sparc and sparc64, OpenBSD/sparc64. */
#include "port_rows.h"

enum { EM_SPARC = 2, EM_SPARCV9 = 43 };

static void
put_quads(uint8_t *p, const uint64_t *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put64(p + 8 * i, v[i], true);
}

/* ---- sparc: RAM at 0 (32 KiB) and 0x100000 (32 KiB); kernbase 0xf0000000 ------------- */

enum { SEGMAP = 64, PMEGS = SEGMAP + 16 * 1024, NPMEG = 8, SPARC_CPU = 37 * 512 - 8 };

static void
fill_sparc_header(uint8_t *cpu, uint32_t cputype, uint32_t npmeg)
{
	const uint32_t words[] = { cputype, 0xf0000000, 2, 32, 1024, SEGMAP, npmeg, PMEGS };
	put_words(cpu, words, 8, true);
	put_segment(cpu + 32, 0, 0x8000, true);
	put_segment(cpu + 48, 0x100000, 0x8000, true);
}

static void
put_segmap(uint8_t *cpu, unsigned i, uint32_t pte, uint32_t pmeg, uint8_t npte)
{
	uint8_t *p = cpu + SEGMAP + 16 * i;
	put32(p + 8, pte, true);
	port_sample_put(p + 12, pmeg, 2, true);
	p[14] = npte;
}

static void
fill_pmegs(uint8_t *cpu)
{
	put_segmap(cpu, 0, 0, 3, 1);
	put_segmap(cpu, 1, 0, NPMEG - 1, 1);
	put_segmap(cpu, 2, 0, 3, 0);
	put_segmap(cpu, 3, 0, NPMEG, 1);
	put_segmap(cpu, 1023, 0, 0, 1);
}

static void
fill_sun4c(uint8_t *cpu, uint8_t *mem)
{
	(void)mem;
	fill_sparc_header(cpu, 1, NPMEG);
	fill_pmegs(cpu);
	put32(cpu + PMEGS + 4 * (3 * 64 + 4), 0x80000000 | 0x101, true);
	put32(cpu + PMEGS + 4 * (3 * 64 + 5), 0x84000000 | 0x101, true);	/* a device */
	put32(cpu + PMEGS + 4 * (3 * 64 + 6), 0x101, true);			/* not valid */
	put32(cpu + PMEGS + 4 * 63, 0x80000000 | 0x7ffff, true);
}

static void
fill_sun4(uint8_t *cpu, uint8_t *mem)
{
	(void)mem;
	fill_sparc_header(cpu, 0, NPMEG);
	fill_pmegs(cpu);
	put32(cpu + PMEGS + 4 * (3 * 32 + 2), 0x80000000 | 0x80, true);
	put32(cpu + PMEGS + 4 * 31, 0x80000000 | 0x7ffff, true);
}

/* 0xf0004000 -> 0x105000, by a table that lies at 0xf0003000: the kernel is at 0. */
static void
fill_sun4m(uint8_t *cpu, uint8_t *mem)
{
	fill_sparc_header(cpu, 2, 0);
	put_segmap(cpu, 0, 0xf0003000, 0xffff, 0);
	put_segmap(cpu, 1, 0xefffff00, 0, 255);
	put32(mem + 0x3000 + 4 * 4, 0x105000 >> 4 | 2, true);
	put32(mem + 0x3000 + 4 * 5, UINT32_C(0xffffff00) | 2, true);
	put32(mem + 0x3000 + 4 * 6, 0x105000 >> 4 | 1, true);
}

/* The same with a kernel at 0x102000, whose va2pa_offset at 0xf0001008 says so. */
static void
fill_sun4d(uint8_t *cpu, uint8_t *mem)
{
	fill_sparc_header(cpu, 4, 0);
	put_segmap(cpu, 0, 0xf0003000, 0xffff, 0);
	put32(mem + 0x8000 + 0x2000 + 0x1008, 0xf0000000 - 0x102000, true);
	put32(mem + 0x8000 + 0x2000 + 0x3000 + 4 * 4, 0x106000 >> 4 | 2, true);
	put32(mem + 0x3000 + 4 * 4, 0x107000 >> 4 | 2, true);		/* for kernbase as the offset */
}

/* Two words that look like the offset: kernbase is asked first, then the lowest page. */
static void
fill_sun4d_twice(uint8_t *cpu, uint8_t *mem)
{
	fill_sun4d(cpu, mem);
	put32(mem + 0x8000 + 0x1000 + 0x1008, 0xf0000000 - 0x101000, true);
	put32(mem + 0x8000 + 0x1000 + 0x3000 + 4 * 4, 0x103000 >> 4 | 2, true);
}

static void
fill_sun4d_kernbase(uint8_t *cpu, uint8_t *mem)
{
	fill_sun4d_twice(cpu, mem);
	put32(mem + 0x1008, 0xf0000000, true);
	/* Memory without page 0, which would be the lowest page. */
	put_segment(cpu + 32, 0x1000, 0x7000, true);
	memmove(mem, mem + 0x1000, SAMPLE_MEM_MAX - 0x1000);
}

/* The same, in a segment of one byte, behind which the next one begins. */
static void
fill_sun4d_byte(uint8_t *cpu, uint8_t *mem)
{
	fill_sparc_header(cpu, 4, 0);
	put_segment(cpu + 32, 0x102000, 1, true);
	put_segment(cpu + 48, 0x102001, 0x7fff, true);
	put_segmap(cpu, 0, 0xf0003000, 0xffff, 0);
	put32(mem + 0x1008, 0xf0000000 - 0x102000, true);
	put32(mem + 0x3000 + 4 * 4, 0x106000 >> 4 | 2, true);
}

/* As fill_sun4m, and memory from kernbase on: no kernel lies there, or its offset would be 0. */
static void
fill_sun4d_high(uint8_t *cpu, uint8_t *mem)
{
	fill_sun4m(cpu, mem);
	put_segment(cpu + 48, 0xf0000000, 0x8000, true);
}

static const struct port_symbol symbols_va2pa[] = { { "va2pa_offset", 0xf0001008 }, { 0 } };

/* ---- sparc64: RAM at 0x2000 and 0x100000 (32 KiB each); tables at 0x2000 on ---------- */

static void
fill_tree(uint8_t *mem)
{
	put64(mem, 0x4000, true);
	put64(mem + 0x2000 + 8 * 512, 0x6000, true);
	put64(mem + 0x4000 + 8 * 1, UINT64_C(0x8fff400000100000), true);
	put64(mem + 0x4000 + 8 * 2, UINT64_C(0x7fff400000100000), true);	/* not valid */
	/* Of 0x1c00000, behind the pairs, and of 0xe0040000 and 0xe0050000. */
	put64(mem + 0x2000 + 8 * 3, 0x8000, true);
	put64(mem + 0x6000 + 8 * 512, UINT64_C(0x8000000000102000), true);
	put64(mem + 0x2000 + 8 * 448, 0x8000, true);
	put64(mem + 0x6000 + 8 * 32, UINT64_C(0x8000000000104000), true);
	put64(mem + 0x6000 + 8 * 40, UINT64_C(0x8000000000106000), true);
}

static void
fill_sparc64_head(uint8_t *cpu, uint32_t cputype, uint64_t segments)
{
	put32(cpu, cputype, true);
	put32(cpu + 4, 2, true);
	put64(cpu + 8, segments, true);
	put32(cpu + 16, 1024, true);
	put64(cpu + 24, 0x2000, true);
	put64(cpu + 32, 0x1000000, true);
	put64(cpu + 40, UINT64_C(0xe0048000), true);
	put_segment(cpu + segments, 0x2000, 0x8000, true);
	put_segment(cpu + segments + 16, 0x100000, 0x8000, true);
}

/* Text at 0x1000000 (4 MiB), data at 0x1800000 (8 MiB). */
static void
fill_text_data(uint8_t *cpu)
{
	static const uint64_t quads[] = { 0x1000000, 0x200000000, 0x400000, 0x1800000, 0x300000000,
		0x800000 };
	put_quads(cpu + 48, quads, 6);
}

/* Two pairs of 4 MiB, one of which ends in the per-CPU window, and that window, of CPU 2. */
static void
fill_new(uint8_t *cpu, uint32_t cputype)
{
	static const uint64_t quads[] = { 0x3afec01e, 2, 160, 4, 0x10000, 2, 0x600000000 };
	static const uint64_t pairs[] = { 0x1800000, 0x400000000, 0xdfc44000, 0x500000000 };
	fill_sparc64_head(cpu, cputype, 192);
	fill_text_data(cpu);
	put_quads(cpu + 96, quads, 7);
	put_quads(cpu + 160, pairs, 4);
}

static void
fill_sun4u(uint8_t *cpu, uint8_t *mem)
{
	fill_tree(mem);
	fill_new(cpu, 3);
}

static void
fill_sun4us(uint8_t *cpu, uint8_t *mem)
{
	fill_tree(mem);
	fill_new(cpu, 4);
	put64(cpu + 120, 0, true);	/* no per-CPU window */
}

static void
fill_sun4v(uint8_t *cpu, uint8_t *mem)
{
	fill_tree(mem);
	fill_new(cpu, 5);
	put64(cpu + 32, 0x1800010, true);	/* inside the first pair */
}

static void
fill_old(uint8_t *cpu, uint8_t *mem)
{
	fill_tree(mem);
	fill_sparc64_head(cpu, 3, 96);
	fill_text_data(cpu);
}

/* The array lies where a new header's would, but there is no newmagic. */
static void
fill_no_magic(uint8_t *cpu, uint8_t *mem)
{
	fill_sun4u(cpu, mem);
	put64(cpu + 96, 0x3afec01f, true);
}

/* newmagic, but the array begins where the header would end. */
static void
fill_no_room(uint8_t *cpu, uint8_t *mem)
{
	fill_sun4u(cpu, mem);
	put64(cpu + 8, 152, true);
	put_segment(cpu + 152, 0x2000, 0x8000, true);
	put_segment(cpu + 168, 0x100000, 0x8000, true);
}

/* A kernel in the upper half only. */
static void
fill_upper(uint8_t *cpu, uint8_t *mem)
{
	fill_sun4u(cpu, mem);
	put64(cpu + 32, UINT64_C(0xfffff80100000000), true);
}

/* What looks new to NetBSD says nothing to OpenBSD. */
static void
fill_openbsd(uint8_t *cpu, uint8_t *mem)
{
	fill_sun4u(cpu, mem);
	put64(mem + 0x4000 + 8 * 1, UINT64_C(0x8fffc00000100000), true);	/* bit 47 is none of the address */
}

enum { SUN4C, SUN4, SUN4M, SUN4D, SUN4D_BARE, SUN4D_TWICE, SUN4D_KERNBASE, SUN4U, SUN4US, SUN4V, OLD,
	NO_MAGIC, NO_ROOM, UPPER_HALF, OPENBSD, SUN4D_HIGH,
	SUN4D_BYTE };

#define SPARC	"netbsd", "sparc", EM_SPARC, 32, true, 0x8a, SPARC_CPU
#define SPARC64	"netbsd", "sparc64", EM_SPARCV9, 64, true, 0x9c, 496

const struct port_sample port_samples_sparc[] = {
	[SUN4C] = { SPARC, fill_sun4c, NULL },
	[SUN4] = { SPARC, fill_sun4, NULL },
	[SUN4M] = { SPARC, fill_sun4m, NULL },
	[SUN4D] = { SPARC, fill_sun4d, symbols_va2pa },
	[SUN4D_BARE] = { SPARC, fill_sun4d, NULL },
	[SUN4D_TWICE] = { SPARC, fill_sun4d_twice, symbols_va2pa },
	[SUN4D_KERNBASE] = { SPARC, fill_sun4d_kernbase, symbols_va2pa },
	[SUN4U] = { SPARC64, fill_sun4u, NULL },
	[SUN4US] = { SPARC64, fill_sun4us, NULL },
	[SUN4V] = { SPARC64, fill_sun4v, NULL },
	[OLD] = { SPARC64, fill_old, NULL },
	[NO_MAGIC] = { SPARC64, fill_no_magic, NULL },
	[NO_ROOM] = { SPARC64, fill_no_room, NULL },
	[UPPER_HALF] = { SPARC64, fill_upper, NULL },
	[OPENBSD] = { "openbsd", "sparc64", EM_SPARCV9, 64, true, 0x97, 496, fill_openbsd, NULL },
	[SUN4D_HIGH] = { SPARC, fill_sun4d_high, symbols_va2pa },
	[SUN4D_BYTE] = { SPARC, fill_sun4d_byte, symbols_va2pa },
	{ .os = NULL },
};

/* ---- What is where ------------------------------------------------------------------ */

#define UPPER	UINT64_C(0xfffff80000000000)

static const struct port_place places[] = {
	{ "sun4c, page",		SUN4C, 0xf0004123, 0x101123 },
	{ "sun4c, device",		SUN4C, 0xf0005000, NOWHERE },
	{ "sun4c, not valid",		SUN4C, 0xf0006000, NOWHERE },
	{ "sun4c, invalid PMEG",	SUN4C, 0xf0044000, NOWHERE },
	{ "sun4c, npte 0",		SUN4C, 0xf0084000, NOWHERE },
	{ "sun4c, PMEG beyond",		SUN4C, 0xf00c4000, NOWHERE },
	{ "sun4c, last page",		SUN4C, 0xfffffabc, 0x7ffffabc },
	{ "sun4c, below kernbase",	SUN4C, 0xeffff000, NOWHERE },
	{ "sun4, page",			SUN4, 0xf0005123, 0x101123 },
	{ "sun4, below it",		SUN4, 0xf0003fff, NOWHERE },
	{ "sun4, beyond it",		SUN4, 0xf0006000, NOWHERE },
	{ "sun4, last page",		SUN4, 0xfffffabc, UINT64_C(0xfffffabc) },
	{ "sun4, invalid PMEG",		SUN4, 0xf0044000, NOWHERE },
	{ "sun4m, page",		SUN4M, 0xf0004123, 0x105123 },
	{ "sun4m, 36 bits",		SUN4M, 0xf0005123, UINT64_C(0xffffff123) },
	{ "sun4m, table descriptor",	SUN4M, 0xf0006123, NOWHERE },
	{ "sun4m, invalid",		SUN4M, 0xf0007123, NOWHERE },
	{ "sun4m, table below kernbase", SUN4M, 0xf0044123, NOWHERE },
	{ "sun4m, no table",		SUN4M, 0xf0084123, NOWHERE },
	{ "sun4d, va2pa_offset",	SUN4D, 0xf0004123, 0x106123 },
	{ "sun4d, no symbol",		SUN4D_BARE, 0xf0004123, 0x107123 },
	{ "sun4d, two offsets",		SUN4D_TWICE, 0xf0004123, 0x103123 },
	{ "sun4d, kernbase as well",	SUN4D_KERNBASE, 0xf0004123, 0x107123 },
	{ "sun4d, segment of one byte",	SUN4D_BYTE, 0xf0004123, 0x106123 },
	{ "sun4d, memory at kernbase",	SUN4D_HIGH, 0xf0004123, 0x105123 },
	{ "sun4u, page",		SUN4U, UINT64_C(0x100002123), 0x100123 },
	{ "sun4u, upper half",		SUN4U, UPPER + UINT64_C(0x100002123), 0x100123 },
	{ "sun4u, not valid",		SUN4U, UINT64_C(0x100004123), NOWHERE },
	{ "sun4u, zero L2",		SUN4U, UINT64_C(0x100802123), NOWHERE },
	{ "sun4u, VA hole",		SUN4U, UINT64_C(0x80100002123), NOWHERE },
	{ "sun4u, bit 63",		SUN4U, UINT64_C(0x8000000100002123), NOWHERE },
	{ "sun4u, below kernbase",	SUN4U, 0xffffff, NOWHERE },
	{ "sun4u, ktext is the old form's", SUN4U, 0x1000000, NOWHERE },
	{ "sun4u, pair",		SUN4U, 0x1800000, UINT64_C(0x400000000) },
	{ "sun4u, pair's last",		SUN4U, 0x1bfffff, UINT64_C(0x4003fffff) },
	{ "sun4u, beyond the pair",	SUN4U, 0x1c00000, 0x102000 },
	{ "sun4u, below the pair",	SUN4U, 0x17fffff, NOWHERE },
	{ "sun4u, pair before window",	SUN4U, UINT64_C(0xe0043fff), UINT64_C(0x5003fffff) },
	{ "sun4u, window",		SUN4U, UINT64_C(0xe0044000), UINT64_C(0x600024000) },
	{ "sun4u, window's last",	SUN4U, UINT64_C(0xe004ffff), UINT64_C(0x60002ffff) },
	{ "sun4u, beyond the window",	SUN4U, UINT64_C(0xe0050001), 0x106001 },
	{ "sun4us, mask of 43 bits",	SUN4US, UINT64_C(0x100002123), 0x100123 },
	{ "sun4us, no CPU",		SUN4US, UINT64_C(0xe0044000), NOWHERE },
	{ "sun4v, mask of 56 bits",	SUN4V, UINT64_C(0x100002123), UINT64_C(0xff400000100123) },
	{ "sun4v, kernbase in a pair",	SUN4V, 0x1800010, UINT64_C(0x400000010) },
	{ "sun4v, below kernbase",	SUN4V, 0x180000f, NOWHERE },
	{ "old, text first",		OLD, 0x1000000, UINT64_C(0x200000000) },
	{ "old, text last",		OLD, 0x13fffff, UINT64_C(0x2003fffff) },
	{ "old, beyond text",		OLD, 0x1400000, NOWHERE },
	{ "old, data first",		OLD, 0x1800000, UINT64_C(0x300000000) },
	{ "old, data last",		OLD, 0x1ffffff, UINT64_C(0x3007fffff) },
	{ "old, beyond data",		OLD, 0x2000000, NOWHERE },
	{ "old, no window",		OLD, UINT64_C(0xe0040000), 0x104000 },
	{ "old, page",			OLD, UINT64_C(0x100002123), 0x100123 },
	{ "no newmagic",		NO_MAGIC, 0x1800000, UINT64_C(0x300000000) },
	{ "no newmagic, no window",	NO_MAGIC, UINT64_C(0xe0040000), 0x104000 },
	{ "newmagic, no room",		NO_ROOM, 0x1000000, UINT64_C(0x200000000) },
	{ "upper kernbase",		UPPER_HALF, UPPER + UINT64_C(0x100002123), 0x100123 },
	{ "upper kernbase, below",	UPPER_HALF, UPPER + 0x1c00000, NOWHERE },
	{ "upper kernbase, lower half",	UPPER_HALF, UINT64_C(0x100002123), NOWHERE },
	{ "openbsd, text",		OPENBSD, 0x1000000, UINT64_C(0x200000000) },
	{ "openbsd, data",		OPENBSD, 0x1800000, UINT64_C(0x300000000) },
	{ "openbsd, no window",		OPENBSD, UINT64_C(0xe0040000), 0x104000 },
	{ "openbsd, mask of 47 bits",	OPENBSD, UINT64_C(0x100002123), UINT64_C(0x400000100123) },
	{ "openbsd, upper half",	OPENBSD, UPPER + UINT64_C(0x100002123), UINT64_C(0x400000100123) },
	{ "openbsd, below kernbase",	OPENBSD, 0xffffff, NOWHERE },
};

static void
test_places(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		port_place_check(port_samples_sparc, &places[i]);
}

/* ---- Headers that lie --------------------------------------------------------------- */

static const struct port_lie lies[] = {
	{ "cputype 3",		SUN4C, 0, 4, 3, KV_EFORMAT, "cputype at offset 0x20 is 0x3, wanted 0 (sun4), 1" },
	{ "cputype 5",		SUN4C, 0, 4, 5, KV_EFORMAT, "cputype at offset 0x20 is 0x5" },
	{ "cputype 2^32 - 1",	SUN4C, 0, 4, 0xffffffff, KV_EFORMAT, "cputype at offset 0x20 is 0xffffffff" },
	{ "kernbase 0",		SUN4C, 4, 4, 0, KV_EFORMAT, "kernbase at offset 0x24 is 0, wanted a multiple" },
	{ "kernbase odd",	SUN4C, 4, 4, 0xf0800000, KV_EFORMAT, "kernbase at offset 0x24 is 0xf0800000" },
	{ "kernbase higher",	SUN4C, 4, 4, 0xf1000000, KV_EFORMAT, "nsegmap at offset 0x30 is 0x400, wanted 0x3c0: kernbase is 0xf1000000" },
	{ "no segments",	SUN4C, 8, 4, 0, KV_EFORMAT, "nmemseg at offset 0x28 is 0, wanted 1 or more" },
	{ "1 segment",		SUN4C, 8, 4, 1, KV_OK, "" },
	{ "too many",		SUN4C, 8, 4, 0x49e, KV_EFORMAT, "nmemseg at offset 0x28 is 0x49e, wanted 0x49d or less" },
	{ "2^28 segments",	SUN4C, 8, 4, 0x10000000, KV_EFORMAT, "nmemseg at offset 0x28 is 0x10000000" },
	{ "memsegoffset inside", SUN4C, 12, 4, 31, KV_EFORMAT, "memsegoffset at offset 0x2c is 0x1f, wanted 0x20 to 0x49f8" },
	{ "memsegoffset at end", SUN4C, 12, 4, SPARC_CPU, KV_EFORMAT, "nmemseg at offset 0x28 is 0x2, wanted 0 or less" },
	{ "memsegoffset beyond", SUN4C, 12, 4, SPARC_CPU + 1, KV_EFORMAT, "memsegoffset at offset 0x2c is 0x49f9" },
	{ "memsegoffset 2^32 - 1", SUN4C, 12, 4, 0xffffffff, KV_EFORMAT, "memsegoffset at offset 0x2c is 0xffffffff" },
	{ "nsegmap less",	SUN4C, 16, 4, 1023, KV_EFORMAT, "nsegmap at offset 0x30 is 0x3ff, wanted 0x400" },
	{ "nsegmap more",	SUN4C, 16, 4, 1025, KV_EFORMAT, "nsegmap at offset 0x30 is 0x401, wanted 0x400" },
	{ "segmapoffset inside", SUN4C, 20, 4, 31, KV_EFORMAT, "segmapoffset at offset 0x34 is 0x1f, wanted 0x20 to 0x49f8" },
	{ "segmapoffset last",	SUN4C, 20, 4, SPARC_CPU - 0x4000, KV_OK, "" },
	{ "segmapoffset later",	SUN4C, 20, 4, SPARC_CPU - 0x3fff, KV_EFORMAT, "nsegmap at offset 0x30 is 0x400, wanted 0x3ff or less" },
	{ "segmapoffset beyond", SUN4C, 20, 4, SPARC_CPU + 1, KV_EFORMAT, "segmapoffset at offset 0x34 is 0x49f9" },
	{ "npmeg 0",		SUN4C, 24, 4, 0, KV_EFORMAT, "npmeg at offset 0x38 is 0, wanted 1 to 0x10000" },
	{ "npmeg largest",	SUN4C, 24, 4, 9, KV_OK, "" },
	{ "npmeg larger",	SUN4C, 24, 4, 10, KV_EFORMAT, "npmeg at offset 0x38 is 0xa, wanted 0x9 or less" },
	{ "npmeg 2^24",		SUN4C, 24, 4, 0x1000000, KV_EFORMAT, "npmeg at offset 0x38 is 0x1000000" },
	{ "npmeg of 128 bytes",	SUN4, 24, 4, 19, KV_OK, "" },
	{ "npmeg more of them",	SUN4, 24, 4, 20, KV_EFORMAT, "npmeg at offset 0x38 is 0x14, wanted 0x13 or less" },
	{ "pmegoffset inside",	SUN4C, 28, 4, 31, KV_EFORMAT, "pmegoffset at offset 0x3c is 0x1f, wanted 0x20 to 0x49f8" },
	{ "pmegoffset last",	SUN4C, 28, 4, SPARC_CPU - 256 * NPMEG, KV_OK, "" },
	{ "pmegoffset later",	SUN4C, 28, 4, SPARC_CPU - 256 * NPMEG + 1, KV_EFORMAT, "npmeg at offset 0x38 is 0x8, wanted 0x7 or less" },
	{ "pmegoffset beyond",	SUN4C, 28, 4, SPARC_CPU + 1, KV_EFORMAT, "pmegoffset at offset 0x3c is 0x49f9" },
	{ "sun4m has no PMEGs",	SUN4M, 28, 4, 0xffffffff, KV_OK, "" },
	{ "overlap",		SUN4C, 48, 8, 0x7000, KV_EFORMAT, "segment 1" },
	{ "segment wraps",	SUN4C, 56, 8, UINT64_MAX, KV_EFORMAT, "segment 1" },

	{ "cputype 2",		SUN4U, 0, 4, 2, KV_EFORMAT, "cputype at offset 0x20 is 0x2, wanted 3 (sun4u), 4 (sun4us) or 5" },
	{ "cputype 6",		SUN4U, 0, 4, 6, KV_EFORMAT, "cputype at offset 0x20 is 0x6" },
	{ "no segments",	SUN4U, 4, 4, 0, KV_EFORMAT, "nmemseg at offset 0x24 is 0, wanted 1 to 0x13" },
	{ "20 segments",	SUN4U, 4, 4, 20, KV_EFORMAT, "nmemseg at offset 0x24 is 0x14, wanted 1 to 0x13" },
	{ "2^28 segments",	SUN4U, 4, 4, 0x10000000, KV_EFORMAT, "nmemseg at offset 0x24 is 0x10000000" },
	{ "memsegoffset inside", SUN4U, 8, 8, 95, KV_EFORMAT, "memsegoffset at offset 0x28 is 0x5f, wanted 0x60 to 0x1f0" },
	{ "memsegoffset at end", SUN4U, 8, 8, 496, KV_EFORMAT, "nmemseg at offset 0x24 is 0x2, wanted 1 to 0" },
	{ "memsegoffset beyond", SUN4U, 8, 8, 497, KV_EFORMAT, "memsegoffset at offset 0x28 is 0x1f1" },
	{ "memsegoffset 2^64 - 1", SUN4U, 8, 8, UINT64_MAX, KV_EFORMAT, "memsegoffset at offset 0x28 is 0xffffffffffffffff" },
	{ "nsegmap unused",	SUN4U, 16, 4, 0xffffffff, KV_OK, "" },
	{ "root odd",		SUN4U, 24, 8, 0x3000, KV_EFORMAT, "segmapoffset at offset 0x38 is 0x3000, wanted a multiple of 0x2000" },
	{ "root absent",	SUN4U, 24, 8, UINT64_C(0xffffffffffffe000), KV_OK, "" },
	{ "kernbase 0",		SUN4U, 32, 8, 0, KV_OK, "" },
	{ "kernbase highest",	SUN4U, 32, 8, UINT64_MAX, KV_OK, "" },
	{ "cpubase too low",	SUN4U, 40, 8, 0x7fff, KV_EFORMAT, "cpubase at offset 0x48 is 0x7fff, wanted 0x8000 or more" },
	{ "cpubase lowest",	SUN4U, 40, 8, 0x8000, KV_OK, "" },
	{ "cpubase highest",	SUN4U, 40, 8, UINT64_MAX - 0x7fff, KV_OK, "" },
	{ "window wraps",	SUN4U, 40, 8, UINT64_MAX - 0x7ffe, KV_EFORMAT, "cpubase at offset 0x48 is 0xffffffffffff0001" },
	{ "num4mbsegs fits",	SUN4U, 104, 8, 21, KV_OK, "" },
	{ "num4mbsegs larger",	SUN4U, 104, 8, 22, KV_EFORMAT, "off4mbsegs at offset 0x90 is 0xa0, wanted 0x16 pairs" },
	{ "num4mbsegs 1024",	SUN4U, 104, 8, 1024, KV_EFORMAT, "off4mbsegs at offset 0x90 is 0xa0, wanted 0x400 pairs" },
	{ "num4mbsegs 1025",	SUN4U, 104, 8, 1025, KV_EFORMAT, "num4mbsegs at offset 0x88 is 0x401, wanted 1024 or less" },
	{ "num4mbsegs 2^60",	SUN4U, 104, 8, UINT64_C(1) << 60, KV_EFORMAT, "num4mbsegs at offset 0x88 is 0x1000000000000000" },
	{ "off4mbsegs last",	SUN4U, 112, 8, 464, KV_OK, "" },
	{ "off4mbsegs later",	SUN4U, 112, 8, 465, KV_EFORMAT, "off4mbsegs at offset 0x90 is 0x1d1" },
	{ "off4mbsegs 2^64 - 1", SUN4U, 112, 8, UINT64_MAX, KV_EFORMAT, "off4mbsegs at offset 0x90 is 0xffffffffffffffff" },
	{ "off4mbsegs, no pair", SUN4U, 104, 8, 0, KV_OK, "" },
	{ "percpusz 0",		SUN4U, 128, 8, 0, KV_EFORMAT, "percpusz at offset 0xa0 is 0, wanted more than 0" },
	{ "percpusz 2^64 - 1",	SUN4U, 128, 8, UINT64_MAX, KV_EFORMAT, "thiscpu at offset 0xa8 is 0x2" },
	{ "thiscpu",		SUN4U, 136, 8, UINT64_C(1) << 48, KV_EFORMAT, "thiscpu at offset 0xa8 is 0x1000000000000" },
	{ "cpusp",		SUN4U, 144, 8, UINT64_MAX, KV_EFORMAT, "thiscpu at offset 0xa8 is 0x2" },
	{ "cpusp, window wraps", SUN4U, 144, 8, UINT64_MAX - 0x2fffe, KV_EFORMAT, "cpubase at offset 0x48" },
	{ "no CPU, no percpusz", SUN4US, 128, 8, 0, KV_OK, "" },
	{ "pair wraps",		SUN4U, 176, 8, UINT64_MAX - 0x3ffffe, KV_EFORMAT, "va of a 4 MiB pair at offset 0xd0 is 0xffffffffffc00001" },
	{ "pair to the top",	SUN4U, 176, 8, UINT64_MAX - 0x3fffff, KV_OK, "" },
	{ "pair's pa wraps",	SUN4U, 168, 8, UINT64_MAX, KV_EFORMAT, "va of a 4 MiB pair at offset 0xc0 is 0x1800000" },
	{ "overlap",		SUN4U, 208, 8, 0x9000, KV_EFORMAT, "segment 1" },

	{ "ktextsz 0",		OLD, 64, 8, 0, KV_OK, "" },
	{ "ktextsz wraps",	OLD, 64, 8, UINT64_MAX, KV_EFORMAT, "ktextbase at offset 0x50 is 0x1000000" },
	{ "ktextp wraps",	OLD, 56, 8, UINT64_MAX, KV_EFORMAT, "ktextbase at offset 0x50" },
	{ "kdatabase wraps",	OLD, 72, 8, UINT64_MAX, KV_EFORMAT, "kdatabase at offset 0x68 is 0xffffffffffffffff" },
	{ "kdatasz 0",		OLD, 88, 8, 0, KV_OK, "" },
	{ "new fields unused",	NO_MAGIC, 104, 8, UINT64_MAX, KV_OK, "" },

	{ "cputype 4",		OPENBSD, 0, 4, 4, KV_EFORMAT, "cputype at offset 0x20 is 0x4, wanted 3 (sun4u)" },
	{ "cputype 5",		OPENBSD, 0, 4, 5, KV_EFORMAT, "cputype at offset 0x20 is 0x5" },
	{ "no segments",	OPENBSD, 4, 4, 0, KV_EFORMAT, "nmemseg at offset 0x24 is 0" },
	{ "memsegoffset inside", OPENBSD, 8, 8, 95, KV_EFORMAT, "memsegoffset at offset 0x28 is 0x5f" },
	{ "ktextsz wraps",	OPENBSD, 64, 8, UINT64_MAX, KV_EFORMAT, "ktextbase at offset 0x50" },
	{ "num4mbsegs unused",	OPENBSD, 104, 8, UINT64_MAX, KV_OK, "" },
};

static void
test_lies(void)
{
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		port_lie_check(port_samples_sparc, &lies[i]);
}

/* sg_pmeg, which has 16 bits, counts no more PMEGs; cpu data that has room for one more. */
static void
test_most_pmegs(void)
{
	enum { MOST = 0x10000, PMEG_BYTES = 32 * 4 };
	const struct port_sample *sample = &port_samples_sparc[SUN4];
	const uint32_t cpu_size = PMEGS + (MOST + 1) * PMEG_BYTES;
	for (uint32_t n = MOST; n <= MOST + 1; n++) {
		struct port_trial t;
		port_trial_make_in(&t, sample, SAMPLE_KCORE_MAX + cpu_size);
		t.size = port_sample_cut(sample, cpu_size, t.image);
		put32(t.cpu + 24, n, true);
		(void)port_trial_open(&t, "PMEGs", n == MOST ? KV_OK : KV_EFORMAT, n == MOST ? "" :
		    "npmeg at offset 0x38 is 0x10001, wanted 1 to 0x10000");
		port_trial_end(&t);
	}
}

/* Cpu data too short for the fields that every header has. */
static void
test_short(void)
{
	static const struct {
		int sample;
		uint32_t wanted;
		const char *text;
	} rows[] = {
		{ SUN4C, 32, "wanted 0x20 or more" },
		{ SUN4M, 32, "wanted 0x20 or more" },
		{ SUN4U, 96, "wanted 0x60 or more" },
		{ OLD, 96, "wanted 0x60 or more" },
		{ OPENBSD, 96, "wanted 0x60 or more" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct port_sample *sample = &port_samples_sparc[rows[i].sample];
		for (uint32_t size = 0; size < 256; size += size < 4 ? 1 : 4) {
			struct port_trial t;
			port_trial_make(&t, sample);
			t.size = port_sample_cut(sample, size, t.image);
			const enum kv_status st = port_trial_try(&t, sample->machine);
			if (st != KV_OK)
				CHECK_TEXT(sample->machine, t.err.text, "file: ");
			if (size < 4 && (rows[i].sample == SUN4U || rows[i].sample == OPENBSD)) {
				CHECK_EQ(sample->machine, "status", st, KV_EFORMAT);
				CHECK_TEXT(sample->machine, t.err.text, ", wanted 0x4 or more");
			}
			if (size >= 4 && size < rows[i].wanted) {
				CHECK_EQ(sample->machine, "status", st, KV_EFORMAT);
				CHECK_TEXT(sample->machine, t.err.text, rows[i].text);
			}
			port_trial_end(&t);
		}
	}
}

static const struct port_shape shapes[] = {
	{ SUN4, "sun4", 32, 32, 0x2000, 8, 0 },
	{ SUN4C, "sun4c", 32, 32, 0x1000, 8, 0 },
	{ SUN4M, "srmmu", 32, 32, 0x1000, 8, 0 },
	{ SUN4D, "srmmu", 32, 32, 0x1000, 8, 0 },
	{ SUN4U, "sun4u", 64, 44, 0x2000, 16, 0x2000 },
	{ SUN4US, "sun4u", 64, 44, 0x2000, 16, 0x2000 },
	{ SUN4V, "sun4v", 64, 44, 0x2000, 16, 0x2000 },
	{ OPENBSD, "sun4u", 64, 44, 0x2000, 16, 0x2000 },
};

/* How many tables are visited: four times those that 64 KiB hold, without page 0, and 1024. */
static const struct {
	int sample;
	uint32_t limit;
} limits[] = {
	{ SUN4, 2816 }, { SUN4C, 1984 }, { SUN4M, 1984 }, { SUN4D, 1984 },
	{ SUN4U, 1056 }, { SUN4US, 1056 }, { SUN4V, 1056 }, { OPENBSD, 1056 },
};

static void
test_shape(void)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		port_shape_check(port_samples_sparc, &shapes[i]);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct port_trial t;
		port_trial_make(&t, &port_samples_sparc[limits[i].sample]);
		if (port_trial_open(&t, "limit", KV_OK, ""))
			CHECK_EQ("limit", t.dump.as[t.dump.nas - 1].mmu.regime,
			    t.dump.as[t.dump.nas - 1].mmu.table_limit, limits[i].limit);
		port_trial_end(&t);
	}
}

/* 32-bit kernels do not write page 0, which has its room; 64-bit ones write all. */
static void
test_page_0(void)
{
	static const struct {
		int sample;
		uint32_t page;
	} rows[] = { { SUN4, 0x2000 }, { SUN4C, 0x1000 }, { SUN4M, 0x1000 }, { SUN4D, 0x1000 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = port_samples_sparc[rows[i].sample].machine;
		const uint32_t page = rows[i].page;
		struct port_trial t;
		struct place place;
		port_trial_make(&t, &port_samples_sparc[rows[i].sample]);
		const size_t mem = (size_t)(t.mem - t.image);
		if (port_trial_open(&t, name, KV_OK, "")) {
			format_locate(&t.dump.ram, 0, &place);
			CHECK_EQ(name, "its first byte", place.kind, PLACE_ABSENT);
			CHECK_EQ(name, "the end of what is not there", place.last, page - 1);
			format_locate(&t.dump.ram, page, &place);
			CHECK_EQ(name, "page 1", place.kind, PLACE_FILE);
			CHECK_EQ(name, "its offset", place.off, mem + page);
			format_locate(&t.dump.ram, 0x100000, &place);
			CHECK_EQ(name, "the next segment's offset", place.off, mem + 0x8000);
		}
		port_trial_end(&t);
	}
}

/* A header in the order of bytes that no sparc has. */
static void
test_order(void)
{
	struct port_sample sample = port_samples_sparc[SUN4C];
	struct port_trial t;
	sample.big = false;
	port_trial_make(&t, &sample);
	t.kernel.big = true;
	(void)port_trial_open(&t, "order", KV_EFORMAT,
	    "file: c_nseg at offset 0x8 is little-endian, but netbsd/sparc is big-endian");
	port_trial_end(&t);
}

/*
 * The kernel of fill_sun4d, where memory ends with its va2pa_offset or in the midst of it, and begins
 * again with its tables; and a symbol that was extended by its sign.
 */
static void
test_va2pa(void)
{
	static const struct {
		const char *name;
		uint32_t end;	/* of the piece of memory that holds the variable at 0x103008 */
		vaddr_t va;	/* which its symbol has */
		paddr_t pa;	/* behind 0xf0004123 */
	} rows[] = {
		{ "whole", 0x10300c, 0xf0001008, 0x106123 },
		{ "3 bytes of it", 0x10300b, 0xf0001008, 0x107123 },
		{ "sign-extended", 0x10300c, UINT64_C(0xfffffffff0001008), 0x106123 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct port_symbol symbols[] = { { "va2pa_offset", rows[i].va }, { 0 } };
		struct port_trial t;
		port_trial_make(&t, &port_samples_sparc[SUN4D]);
		t.kernel.arg = symbols;
		const uint32_t part = rows[i].end - 0x100000;
		/* No room is left between the segments' list and the segment map for a third. */
		put32(t.cpu + 8, 3, true);
		put32(t.cpu + 12, SPARC_CPU - 48, true);
		put_segment(t.cpu + SPARC_CPU - 48, 0, 0x8000, true);
		put_segment(t.cpu + SPARC_CPU - 32, 0x100000, part, true);
		put_segment(t.cpu + SPARC_CPU - 16, 0x105000, 0x1000, true);
		memmove(t.mem + 0x8000 + part, t.mem + 0x8000 + 0x5000, 0x1000);
		put32(t.mem + 0x8000 + 0x3008, 0xf0000000 - 0x102000, true);
		if (port_trial_open(&t, rows[i].name, KV_OK, ""))
			CHECK_EQ(rows[i].name, "address", port_sample_xlate(&t.dump, 0xf0004123), rows[i].pa);
		port_trial_end(&t);
	}
}

static const struct port_range ranges[] = {
	{ SUN4C, 0, 1, 0xf0000000, UINT32_MAX },
	{ SUN4M, 0, 1, 0xf0000000, UINT32_MAX },
	{ SUN4U, 0, 5, 0x1800000, 0x1bfffff },
	{ SUN4U, 1, 5, 0xdfc44000, 0xe0043fff },
	{ SUN4U, 2, 5, 0xe0040000, 0xe004ffff },
	{ SUN4U, 3, 5, 0x1000000, INT64_MAX },
	{ SUN4U, 4, 5, UINT64_C(0x8000000000000000), UINT64_MAX },
	{ OLD, 0, 4, 0x1000000, 0x13fffff },
	{ OLD, 1, 4, 0x1800000, 0x1ffffff },
	{ SUN4V, 0, 5, 0x1800010, 0x1bfffff },
	{ UPPER_HALF, 0, 1, UINT64_C(0xfffff80100000000), UINT64_MAX },
};

static void
test_ranges(void)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		port_range_check(port_samples_sparc, &ranges[i]);
}

static const struct unit_test tests[] = {
	{ "order of bytes", test_order },
	{ "addresses", test_places },
	{ "headers that lie", test_lies },
	{ "most PMEGs", test_most_pmegs },
	{ "short cpu data", test_short },
	{ "regimes and their shape", test_shape },
	{ "ranges", test_ranges },
	{ "va2pa_offset", test_va2pa },
	{ "page 0", test_page_0 },
	{ 0 },
};
const struct unit_suite unit_port_sparc = { "port_sparc", tests };
