/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/port: NetBSD/arm, mips, m68k, sun2, sun3, sun3x; OpenBSD/arm, m88k, mips64. */
#include "port_rows.h"

#include <inttypes.h>
#include <stdio.h>

#include "kvm.h"

enum { EM_68K = 4, EM_88K = 5, EM_MIPS = 8, EM_ARM = 40 };

/* ---- arm: RAM at 0x80000000 (32 KiB) and 0x90000000 (12 KiB) ----------------------- */

static void
fill_arm_header(uint8_t *cpu, bool big)
{
	put32(cpu, 1, big);
	put32(cpu + 8, 0x80004000, big);
	put32(cpu + 20, 2, big);
	put32(cpu + 24, 32, big);
	put_segment(cpu + 32, 0x80000000, 0x8000, big);
	put_segment(cpu + 48, 0x90000000, 0x3000, big);
}

/* 0xc0001000: a small page with XN (version 7). */
static void
fill_arm(uint8_t *cpu, uint8_t *mem)
{
	fill_arm_header(cpu, false);
	put32(mem + 0x4000 + 4 * 0xc00, 0x80000400 | 1, false);
	put32(mem + 0x400 + 4 * 1, 0x90001c00 | 0x13, false);	/* nG and S lie in 11:10 */
	put32(mem + 0x8000 + 0x1010, 0x8fca0101, false);	/* at 0xc0001010 */
}

/* Of the old ABI, where 8 bytes are aligned to 4: the segments follow the words at once. */
static void
fill_arm_oabi(uint8_t *cpu, uint8_t *mem)
{
	fill_arm(cpu, mem);
	put32(cpu + 24, 28, false);
	memmove(cpu + 28, cpu + 32, 32);
	put32(cpu + 60, 0, false);
}

/* 0xc0000400: a tiny page below a fine table (version 5). */
static void
fill_armeb(uint8_t *cpu, uint8_t *mem)
{
	fill_arm_header(cpu, true);
	put32(mem + 0x4000 + 4 * 0xc00, 0x80001000 | 0x13, true);
	put32(mem + 0x1000 + 4 * 1, 0x90001400 | 3, true);
	put32(mem + 0x8000 + 0x1410, 0x8fca0101, true);	/* at 0xc0000410 */
}

static const struct port_symbol symbols_arm[] = { { "dumpmag", 0xc0001010 }, { 0 } };
static const struct port_symbol symbols_armeb[] = { { "dumpmag", 0xc0000410 }, { 0 } };

/* RAM at 0x80000000; what lies at 0xc0001000 is mapped to 0x80001000. */
static void
fill_openbsd_arm(uint8_t *cpu, uint8_t *mem)
{
	(void)mem;
	put32(cpu, 0xc0000000, false);
	put32(cpu + 4, 0x1000, false);
	put32(cpu + 8, 0x2000, false);
	put_segment(cpu + 64, 0x80000000, 0x4000, false);
}

/* ---- mips: RAM at 0x1000 (20 KiB) and 0x10000 (12 KiB) ----------------------------- */

static const struct port_symbol symbols_mips[] = { { "uvmexp", 0x80005000 }, { 0 } };
static const struct port_symbol symbols_mips64[] = {
	{ "uvmexp", UINT64_C(0xffffffff80005000) }, { 0 },
};

/* Header since 2020, archlevel 3, segment table at 0x2000. */
static void
fill_mips_header(uint8_t *cpu, bool big)
{
	put64(cpu, 0x2000, big);
	put32(cpu + 12, 3, big);
	put32(cpu + 16, 6, big);
	put32(cpu + 20, 0x3fffffc0, big);
	put32(cpu + 24, 2, big);
	put32(cpu + 28, 2, big);
	put_segment(cpu + 32, 0x1000, 0x5000, big);
	put_segment(cpu + 48, 0x10000, 0x3000, big);
}

static void
fill_mipsel(uint8_t *cpu, uint8_t *mem)
{
	fill_mips_header(cpu, false);
	put32(mem + 0x1000 + 4 * 256, 0x80003000, false);	/* segment of 0xc0000000 */
	put32(mem + 0x2000 + 4 * 1, 0x11000 >> 6 | 2, false);
	put32(mem + 0x4000, 0x1000, false);			/* uvmexp */
}

static void
fill_mips64(uint8_t *cpu, uint8_t *mem, bool big)
{
	fill_mips_header(cpu, big);
	put64(mem + 0x1000, UINT64_C(0x9800000000003000), big);
	put64(mem + 0x2000, UINT64_C(0xffffffff80004000), big);
	put32(mem + 0x3000 + 4 * 2, 0x12000 >> 6 | 2, big);
	put32(mem + 0x4000, 0x1000, big);
}

static void
fill_mipsel64(uint8_t *cpu, uint8_t *mem)
{
	fill_mips64(cpu, mem, false);
}

static void
fill_mipseb64(uint8_t *cpu, uint8_t *mem)
{
	fill_mips64(cpu, mem, true);
}

/* Header before 2020, archlevel 1, a linear array of 64 PTEs at 0x2000. */
static void
fill_mipseb(uint8_t *cpu, uint8_t *mem)
{
	put32(cpu, 0x2000, true);
	put32(cpu + 4, 64, true);
	put32(cpu + 8, 1, true);
	put32(cpu + 12, 12, true);
	put32(cpu + 16, 0xfffff000, true);
	put32(cpu + 20, 0x200, true);
	put32(cpu + 24, 2, true);
	put_segment(cpu + 32, 0x1000, 0x5000, true);
	put_segment(cpu + 48, 0x10000, 0x3000, true);
	put32(mem + 0x1000 + 4 * 3, 0x10000 | 0x200, true);
	put32(mem + 0x4000, 0x1000, true);
}

/* RAM at 0x1000 (60 KiB): variables at 0x2000, PTEs at 0x3000; 16 KiB pages. */
static const struct port_symbol symbols_openbsd_mips64[] = {
	{ "Sysmap", UINT64_C(0xffffffff80002000) },
	{ "Sysmapsize", UINT64_C(0xffffffff80002008) },
	{ "uvmexp", UINT64_C(0xffffffff80002010) },
	{ 0 },
};

static void
fill_openbsd_mips64(uint8_t *cpu, uint8_t *mem)
{
	put_segment(cpu + 16, 0x1000, 0xf000, true);
	put64(mem + 0x1000, UINT64_C(0x9800000000003000), true);
	put32(mem + 0x1008, 0x100, true);
	put32(mem + 0x1010, 0x4000, true);
	put64(mem + 0x2000 + 8 * 1, UINT64_C(0xf000000000000000) | 0x8000 >> 6 | 2, true);
}

/* loongson: PTEs of 4 bytes; the upper 4 bits are software's. */
static void
fill_loongson(uint8_t *cpu, uint8_t *mem)
{
	put_segment(cpu + 16, 0x1000, 0xf000, false);
	put64(mem + 0x1000, UINT64_C(0x9800000000003000), false);
	put32(mem + 0x1008, 0x100, false);
	put32(mem + 0x1010, 0x4000, false);
	put32(mem + 0x2000 + 4 * 1, 0xf0000000 | 0x8000 >> 6 | 2, false);
}

/* ---- m68k -------------------------------------------------------------------------- */

static void
fill_m68k_head(uint8_t *cpu, const char *name, uint32_t page_size, uint32_t kernbase)
{
	memcpy(cpu, name, strlen(name));
	put32(cpu + 16, page_size, true);
	put32(cpu + 20, kernbase, true);
}

/*
 * An amiga with 68040, 8 KiB pages; main memory at 0x08000000 (32 KiB), chip memory at 0 (24), and
 * more at 0x09000000.
 */
static void
fill_m68k(uint8_t *cpu, uint8_t *mem)
{
	static const uint32_t words[] = { (uint32_t)-2, 2, 0xffffe000, 24, 0x00ffe000, 25, 0x01fc0000,
		18, 0x0003e000, 13, 0xfffffe00, 0xffffff80, 1, 0xffffe000, 0x08002000, 0x08000000,
		0x2000 };
	fill_m68k_head(cpu, "amiga", 0x2000, 0);
	put_words(cpu + 24, words, sizeof(words) / sizeof(words[0]), true);
	put_segment(cpu + 92, 0x08000000, 0x8000, true);
	put_segment(cpu + 108, 0, 0x6000, true);
	put_segment(cpu + 124, 0x09000000, 0x2000, true);
	put32(mem + 0x2000, 0x08002200 | 2, true);
	put32(mem + 0x2200, 0x08002480 | 2, true);
	put32(mem + 0x2480 + 4 * 1, 0x08004000 | 1, true);	/* 0x2000 */
	put32(mem + 0x2000 + 4 * 1, 0x08002200 | 2, true);
	put32(mem + 0x2200 + 4 * 1, 0x08002480 | 2, true);
	put32(mem + 0x2480 + 4 * 2, 0x2000 | 1, true);
}

/* 2 levels of 1024, 4 KiB; memory at 0x40000000; a transparent range whose mask has a hole. */
static void
fill_gen68k(uint8_t *cpu, uint8_t *mem)
{
	static const uint32_t words[] = { (uint32_t)-1, 0x80c0aa00, 0x80000002, 0x40001000, 0, 0,
		0xf00a8507, 0, 0x40000000, 0x800 };
	fill_m68k_head(cpu, "gen68k", 0x1000, 0);
	put_words(cpu + 24, words, sizeof(words) / sizeof(words[0]), true);
	put_segment(cpu + 64, 0x40000000, 0x5000, true);
	put32(mem + 0x1000 + 4 * 3, 0x40002000 | 2, true);
	put32(mem + 0x2000 + 4 * 1, 0x40003000 | 1, true);
}

static void
fill_sun3(uint8_t *cpu, uint8_t *mem)
{
	(void)mem;
	fill_m68k_head(cpu, "sun3", 0x2000, 0x0e000000);
	put32(cpu + 24, 17, true);
	put32(cpu + 28, 0x7ffff, true);
	put32(cpu + 32, 0x80000000, true);
	memset(cpu + 36, 255, 256);
	cpu[36 + 1] = 3;
	put32(cpu + 8184 + 4 * (3 * 16 + 2), 0x80000000 | 5, true);
}

/* As the kernel leaves it: groups from 64 on lie behind the cpu data. */
static void
fill_sun2(uint8_t *cpu, uint8_t *mem)
{
	fill_m68k_head(cpu, "sun2", 0x800, 0x6000);
	put32(cpu + 24, 15, true);
	put32(cpu + 28, 0xfff, true);
	put32(cpu + 32, 0x80000000, true);
	memset(cpu + 36, 255, 512);
	cpu[36] = 63;
	cpu[36 + 1] = 100;
	cpu[36 + 2] = 63;
	put32(mem + 4 * ((100 - 64) * 16 + 1), 0x80000000 | 3, true);
	put32(cpu + 2040 + 4 * (63 * 16 + 11), 0x80000000 | 5, true);	/* 0x5800 */
	put32(cpu + 2040 + 4 * (63 * 16 + 12), 0x80000000 | 6, true);
	put32(cpu + 2040 + 4 * (63 * 16 + 15), 0x80000000 | 4, true);
}

/* With all of the table in the cpu data, as other writers would have it. */
static void
fill_sun2_whole(uint8_t *cpu, uint8_t *mem)
{
	fill_sun2(cpu, mem);
	put32(mem + 4 * ((100 - 64) * 16 + 1), 0, true);
	put32(cpu + 2040 + 4 * (100 * 16 + 1), 0x80000000 | 3, true);
}

static void
fill_sun3x(uint8_t *cpu, uint8_t *mem)
{
	static const uint32_t words[] = { 0xffffff00, 1, 0xf8006000, 0xf8004000 };
	fill_m68k_head(cpu, "sun3x", 0x2000, 0xf8000000);
	put_words(cpu + 24, words, sizeof(words) / sizeof(words[0]), true);
	put_segment(cpu + 40, 0, 0x8000, true);
	put_segment(cpu + 56, 0x10000, 0x4000, true);
	put32(mem + 0x4000 + 4 * 4, 0x12000 | 1, true);
}

static void
fill_m88k(uint8_t *cpu, uint8_t *mem)
{
	(void)mem;
	put_segment(cpu + 8, 0, 0x5000, true);
}

enum { ARM, ARMEB, OPENBSD_ARM, MIPSEL, MIPSEL64, MIPSEB, MIPS64, M68K, GEN68K, SUN3, SUN2, SUN3X,
	M88K, LOONGSON, MIPSEB64, ARM_OABI, SUN2_WHOLE };

const struct port_sample port_samples_arm_mips_m68k[] = {
	[ARM] = { "netbsd", "arm", EM_ARM, 32, false, 0x8f, 504, fill_arm, symbols_arm },
	[ARMEB] = { "netbsd", "armeb", EM_ARM, 32, true, 0x8f, 504, fill_armeb, symbols_armeb },
	[OPENBSD_ARM] = { "openbsd", "arm", EM_ARM, 32, false, 0x8f, 504, fill_openbsd_arm, NULL },
	[MIPSEL] = { "netbsd", "mipsel", EM_MIPS, 32, false, 0x8b, 504, fill_mipsel, symbols_mips },
	[MIPSEL64] = { "netbsd", "mipsel", EM_MIPS, 64, false, 0x8b, 504, fill_mipsel64, symbols_mips64 },
	[MIPSEB] = { "netbsd", "mipseb", EM_MIPS, 32, true, 0x8e, 504, fill_mipseb, symbols_mips },
	[MIPS64] = { "openbsd", "mips64", EM_MIPS, 64, true, 0x9e, 504, fill_openbsd_mips64,
	    symbols_openbsd_mips64 },
	[M68K] = { "netbsd", "m68k", EM_68K, 32, true, 0x87, 1016, fill_m68k, NULL },
	[GEN68K] = { "netbsd", "gen68k", EM_68K, 32, true, 0x87, 1016, fill_gen68k, NULL },
	[SUN3] = { "netbsd", "sun3", EM_68K, 32, true, 0x87, 24568, fill_sun3, NULL },
	[SUN2] = { "netbsd", "sun2", EM_68K, 32, true, 0x90, 6136, fill_sun2, NULL },
	[SUN3X] = { "netbsd", "sun3x", EM_68K, 32, true, 0x87, 8184, fill_sun3x, NULL },
	[M88K] = { "openbsd", "m88k", EM_88K, 32, true, 0x99, 496, fill_m88k, NULL },
	[LOONGSON] = { "openbsd", "mips64", EM_MIPS, 64, false, 0x9e, 504, fill_loongson,
	    symbols_openbsd_mips64 },
	[MIPSEB64] = { "netbsd", "mipseb", EM_MIPS, 64, true, 0x8e, 504, fill_mipseb64, symbols_mips64 },
	[ARM_OABI] = { "netbsd", "arm", EM_ARM, 32, false, 0x8f, 504, fill_arm_oabi, symbols_arm },
	[SUN2_WHOLE] = { "netbsd", "sun2", EM_68K, 32, true, 0x90, 18424, fill_sun2_whole, NULL },
	{ .os = NULL },
};

/* ---- What is where ----------------------------------------------------------------- */

static const struct port_place places[] = {
	{ "arm, XN small page",		ARM, 0xc0001234, 0x90001234 },
	{ "arm, old ABI",		ARM_OABI, 0xc0001234, 0x90001234 },
	{ "arm, L2 invalid",		ARM, 0xc0002000, NOWHERE },
	{ "arm, above 4 GiB",		ARM, UINT64_C(0x1c0001234), NOWHERE },
	{ "armeb, tiny page",		ARMEB, 0xc0000410, 0x90001410 },
	{ "armeb, beside it",		ARMEB, 0xc0000800, NOWHERE },
	{ "openbsd arm, first",		OPENBSD_ARM, 0xc0001000, 0x80001000 },
	{ "openbsd arm, below",		OPENBSD_ARM, 0xc0000fff, NOWHERE },
	{ "openbsd arm, last",		OPENBSD_ARM, 0xc0002fff, 0x80002fff },
	{ "openbsd arm, beyond",	OPENBSD_ARM, 0xc0003000, NOWHERE },
	{ "mips, below KSEG0",		MIPSEL, 0x7fffffff, NOWHERE },
	{ "mips, KSEG0",		MIPSEL, 0x80001234, 0x1234 },
	{ "mips, KSEG0 last",		MIPSEL, 0x9fffffff, 0x1fffffff },
	{ "mips, KSEG1",		MIPSEL, 0xa0001234, 0x1234 },
	{ "mips, KSEG2",		MIPSEL, 0xc0001010, 0x11010 },
	{ "mips, KSEG2 invalid",	MIPSEL, 0xc0002010, NOWHERE },
	{ "mips, KSEG2 no segment",	MIPSEL, 0xc0401010, NOWHERE },
	{ "n64, user",			MIPSEL64, UINT64_C(0x7fffffffffffffff), NOWHERE },
	{ "n64, XKPHYS window 0",	MIPSEL64, UINT64_C(0x8000000000001234), 0x1234 },
	{ "n64, XKPHYS window 3",	MIPSEL64, UINT64_C(0x9800000000001234), 0x1234 },
	{ "n64, XKPHYS last",		MIPSEL64, UINT64_C(0xbfffffffffffffff), UINT64_C(0x07ffffffffffffff) },
	{ "n64, XKSEG",			MIPSEL64, UINT64_C(0xc000000000002010), 0x12010 },
	{ "n64, XKSEG invalid",		MIPSEL64, UINT64_C(0xc000000000003010), NOWHERE },
	{ "n64, XKSEG beyond",		MIPSEL64, UINT64_C(0xc000010000002010), NOWHERE },
	{ "n64, KSEG0",			MIPSEL64, UINT64_C(0xffffffff80001234), 0x1234 },
	{ "n64, KSEG1",			MIPSEL64, UINT64_C(0xffffffffa0001234), 0x1234 },
	{ "n64, KSEG2",			MIPSEL64, UINT64_C(0xffffffffc0001010), NOWHERE },
	{ "Sysmap",			MIPSEB, 0xc0003010, 0x10010 },
	{ "Sysmap, invalid",		MIPSEB, 0xc0004010, NOWHERE },
	{ "Sysmap, beyond",		MIPSEB, 0xc0040000, NOWHERE },
	{ "openbsd mips64",		MIPS64, UINT64_C(0xffffffffc0004010), 0x8010 },
	{ "openbsd loongson",		LOONGSON, UINT64_C(0xffffffffc0004010), 0x8010 },
	{ "openbsd loongson, invalid",	LOONGSON, UINT64_C(0xffffffffc0008010), NOWHERE },
	{ "openbsd mips64, invalid",	MIPS64, UINT64_C(0xffffffffc0008010), NOWHERE },
	{ "openbsd mips64, XKPHYS",	MIPS64, UINT64_C(0x9800000000003000), 0x3000 },
	{ "m68k, reloc first",		M68K, 0, 0x08000000 },
	{ "m68k, reloc last",		M68K, 0x1fff, 0x08001fff },
	{ "m68k, beyond reloc",		M68K, 0x2000, 0x08004000 },
	{ "m68k, invalid page",		M68K, 0x6000, NOWHERE },
	{ "m68k, page table at 0x80",	M68K, 0x02044010, 0x2010 },
	{ "gen68k, reloc",		GEN68K, 0x7ff, 0x400007ff },
	{ "gen68k, beyond reloc",	GEN68K, 0x800, NOWHERE },
	{ "gen68k, page",		GEN68K, 0x00c01234, 0x40003234 },
	{ "gen68k, TT",			GEN68K, 0xf0001234, 0xf0001234 },
	{ "gen68k, TT other pieces",	GEN68K, 0xfaffffff, 0xfaffffff },
	{ "gen68k, hole of the mask",	GEN68K, 0xf1000000, NOWHERE },
	{ "gen68k, beyond TT",		GEN68K, 0xfb000000, NOWHERE },
	{ "sun3",			SUN3, 0x0e024010, 0xa010 },
	{ "sun3, invalid",		SUN3, 0x0e026010, NOWHERE },
	{ "sun3, PMEG 255",		SUN3, 0x0e004010, NOWHERE },
	{ "sun3, below kernbase",	SUN3, 0x0dffe000, NOWHERE },
	{ "sun3, beyond ksegmap",	SUN3, 0x10024010, NOWHERE },
	{ "sun2, group behind cpu data", SUN2, 0x8810, 0x1810 },
	{ "sun2, group inside",		SUN2_WHOLE, 0x8810, 0x1810 },
	{ "sun2, last group inside",	SUN2, 0x17810, 0x2010 },
	{ "sun2, below kernbase",	SUN2, 0x5fff, NOWHERE },
	{ "sun2, kernbase",		SUN2, 0x6000, 0x3000 },
	{ "sun3x, contiguous",		SUN3X, 0xf8005fff, 0x5fff },
	{ "sun3x, beyond it",		SUN3X, 0xf8006000, NOWHERE },
	{ "sun3x, page",		SUN3X, 0xf8009010, 0x13010 },
	{ "sun3x, below kernbase",	SUN3X, 0xf7ffffff, NOWHERE },
	{ "m88k, last",			M88K, 0x4fff, 0x4fff },
	{ "m88k, beyond",		M88K, 0x5000, NOWHERE },
};

static void
test_places(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		port_place_check(port_samples_arm_mips_m68k, &places[i]);
}

/* ---- Where memory lies in the image ------------------------------------------------ */

static const struct {
	const char *name;
	int sample;
	paddr_t pa;
	enum place_kind kind;
	uint64_t off;	/* from where memory begins */
} offsets[] = {
	{ "arm, second segment",	ARM, 0x90001000, PLACE_FILE, 0x9000 },
	{ "arm, between",		ARM, 0x88000000, PLACE_ABSENT, 0 },
	{ "amiga, main memory first",	M68K, 0x08000010, PLACE_FILE, 0x10 },
	{ "amiga, page 0",		M68K, 0, PLACE_ABSENT, 0 },
	{ "amiga, its last byte",	M68K, 0x1fff, PLACE_ABSENT, 0 },
	{ "amiga, page 1 one block on",	M68K, 0x2010, PLACE_FILE, 0x8210 },
	{ "amiga, what follows",	M68K, 0x09000010, PLACE_FILE, 0xc210 },
	{ "amiga, end of chip memory",	M68K, 0x6000, PLACE_ABSENT, 0 },
	{ "sun3, linear",		SUN3, 0xa010, PLACE_FILE, 0xa010 },
	{ "sun3, beyond c_size",	SUN3, SAMPLE_MEM_MAX, PLACE_ABSENT, 0 },
	{ "sun2, 6 pages on",		SUN2, 0x1810, PLACE_FILE, 0x4810 },
	{ "sun2, all inside",		SUN2_WHOLE, 0x1810, PLACE_FILE, 0x1810 },
	{ "sun2, cut off",		SUN2, 0xd000, PLACE_TRUNC, 0x10000 },
	{ "sun3x, second segment",	SUN3X, 0x13010, PLACE_FILE, 0xb010 },
	{ "m88k",			M88K, 0x4fff, PLACE_FILE, 0x4fff },
};

static void
test_offsets(void)
{
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		const char *row = offsets[i].name;
		struct port_trial t;
		port_trial_make(&t, &port_samples_arm_mips_m68k[offsets[i].sample]);
		if (port_trial_open(&t, row, KV_OK, "")) {
			struct place place;
			format_locate(&t.dump.ram, offsets[i].pa, &place);
			CHECK_EQ(row, "kind", place.kind, offsets[i].kind);
			if (place.kind == PLACE_FILE)
				CHECK_EQ(row, "offset", place.off + (offsets[i].pa - place.first),
				    (size_t)(t.mem - t.image) + offsets[i].off);
		}
		port_trial_end(&t);
	}
}

/* ---- Headers that lie -------------------------------------------------------------- */

static const struct port_lie lies[] = {
	{ "version 2",		ARM, 0, 4, 2, KV_EFORMAT, "version at offset 0x20 is 0x2, wanted 1" },
	{ "flags",		ARM, 4, 4, 1, KV_EFORMAT, "flags at offset 0x24 is 0x1, wanted 0" },
	{ "L1 misaligned",	ARM, 8, 4, 0x80006000, KV_EFORMAT, "PAKernelL1Table at offset 0x28 is 0x80006000" },
	{ "L1 odd",		ARM, 8, 4, 0x80004001, KV_EFORMAT, "PAKernelL1Table at offset 0x28 is 0x80004001, wanted a multiple of 0x4000" },
	{ "L1 later",		ARM, 8, 4, 0x80008000, KV_OK, "" },
	{ "L1 absent",		ARM, 8, 4, 0x70004000, KV_OK, "" },
	{ "no segments",	ARM, 20, 4, 0, KV_EFORMAT, "nmemsegs at offset 0x34 is 0, wanted 1 to 0x1d" },
	{ "29 segments",	ARM, 20, 4, 29, KV_OK, "" },
	{ "30 segments",	ARM, 20, 4, 30, KV_EFORMAT, "nmemsegs at offset 0x34 is 0x1e" },
	{ "2^28 segments",	ARM, 20, 4, 0x10000000, KV_EFORMAT, "nmemsegs at offset 0x34 is 0x10000000" },
	{ "omemsegs inside",	ARM, 24, 4, 27, KV_EFORMAT, "omemsegs at offset 0x38 is 0x1b, wanted 0x1c to 0x1f8" },
	{ "omemsegs at the end", ARM, 24, 4, 504, KV_EFORMAT, "nmemsegs" },
	{ "omemsegs beyond",	ARM, 24, 4, 505, KV_EFORMAT, "omemsegs at offset 0x38 is 0x1f9" },
	{ "omemsegs 2^32 - 1",	ARM, 24, 4, 0xffffffff, KV_EFORMAT, "omemsegs" },
	{ "user table",		ARM, 16, 2, 0x6000, KV_OK, "" },
	{ "overlap",		ARM, 48, 8, 0x80007000, KV_EFORMAT, "segment 1: " },
	{ "overlap, where",	ARM, 48, 8, 0x80007000, KV_EFORMAT, "file: memory segment table at offset 0x40, entry at 0x50: " },
	{ "kernelbase 1",	OPENBSD_ARM, 0, 4, 1, KV_EFORMAT, "kernelbase at offset 0x20 is 0x1" },
	{ "kerneloffs to 2^32",	OPENBSD_ARM, 4, 4, 0x3fffffff, KV_EFORMAT, "staticsize at offset 0x28 is 0x2000, wanted no more than up to 0xffffffff: the static part begins at 0xffffffff" },
	{ "kerneloffs beyond",	OPENBSD_ARM, 4, 4, 0x40000000, KV_EFORMAT, "kerneloffs at offset 0x24 is 0x40000000, wanted 0x3fffffff or less: kernelbase is 0xc0000000" },
	{ "staticsize 0",	OPENBSD_ARM, 8, 4, 0, KV_OK, "" },
	{ "staticsize to 2^32",	OPENBSD_ARM, 8, 4, 0x3ffff000, KV_OK, "" },
	{ "staticsize beyond",	OPENBSD_ARM, 8, 4, 0x3ffff001, KV_EFORMAT, "staticsize at offset 0x28 is 0x3ffff001" },
	{ "no memory",		OPENBSD_ARM, 72, 8, 0, KV_EFORMAT, "ram_segs[0].size" },
	{ "pa wraps",		OPENBSD_ARM, 64, 8, UINT64_MAX - 0x1fff, KV_EFORMAT, "segment 0" },
	{ "archlevel 2",	MIPSEL, 12, 4, 2, KV_EFORMAT, "archlevel at offset 0x2c is 0x2" },
	{ "archlevel 1",	MIPSEL, 12, 4, 1, KV_EFORMAT, "archlevel at offset 0x2c is 0x1, wanted 3" },
	{ "pg_shift 5",		MIPSEL, 16, 4, 5, KV_EFORMAT, "pg_shift at offset 0x30 is 0x5" },
	{ "pg_shift 4",		MIPSEL, 16, 4, 4, KV_OK, "" },
	{ "pg_frame",		MIPSEL, 20, 4, 0x3fffff80, KV_EFORMAT, "pg_frame and pg_v are 0x3fffff80" },
	{ "where, since 2020",	MIPSEL, 20, 4, 0x3fffff80, KV_EFORMAT, "at offsets 0x34 and 0x38 (" },
	{ "where, before",	MIPSEL, 20, 4, 0x3fffff80, KV_EFORMAT, "at 0x30 and 0x34 (before)" },
	{ "pg_v",		MIPSEL, 24, 4, 0x200, KV_EFORMAT, "pg_frame and pg_v are 0x3fffffc0 and 0x200" },
	{ "no segments",	MIPSEL, 28, 4, 0, KV_EFORMAT, "nmemsegs at offset 0x3c is 0, wanted 1 to 0x1d" },
	{ "29 segments",	MIPSEL, 28, 4, 29, KV_OK, "" },
	{ "30 segments",	MIPSEL, 28, 4, 30, KV_EFORMAT, "nmemsegs at offset 0x3c is 0x1e" },
	{ "page of 8 MiB",	MIPSEL, 504 + 16 + 0x4000, 4, 0x800000, KV_EFORMAT, "uvmexp.pagesize of the kernel" },
	{ "uvmexp not in the dump", MIPSEL, 40, 8, 0x4000, KV_EABSENT,
	    "file: the page size is not known: uvmexp at 0x80005000 cannot be read: " },
	{ "sysmappa odd",	MIPSEL, 0, 8, 0x2001, KV_EFORMAT, "sysmappa at offset 0x20 is 0x2001" },
	{ "sysmappa 2^40",	MIPSEL, 0, 8, UINT64_C(1) << 40, KV_OK, "" },
	{ "Sysmap of all memory", MIPSEL, 8, 4, 0x2000, KV_OK, "" },
	{ "Sysmap larger",	MIPSEL, 8, 4, 0x2001, KV_EFORMAT, "sysmapsize at offset 0x28 is 0x2001, wanted 0x2000" },
	{ "old nmemsegs",	MIPSEB, 24, 4, 30, KV_EFORMAT, "nmemsegs at offset 0x38 is 0x1e" },
	{ "old pg_shift",	MIPSEB, 12, 4, 6, KV_EFORMAT, "pg_shift at offset 0x2c is 0x6, wanted 0xc" },
	{ "pages of 4 KiB",	SUN3X, 16, 4, 0x1000, KV_EFORMAT, "page_size at offset 0x30 is 0x1000, wanted 0x2000" },
	{ "no memory",		MIPS64, 24, 8, 0, KV_EFORMAT, "ram_segs[0].size at offset 0x38 is 0, wanted more than 0" },
	{ "memory elsewhere",	MIPS64, 16, 8, 0x100000, KV_EABSENT, "uvmexp" },
	{ "page of 8 MiB",	MIPS64, 504 + 16 + 0x1010, 4, 0x800000, KV_EFORMAT, "uvmexp.pagesize of the kernel" },
	{ "page of 2 KiB",	MIPS64, 504 + 16 + 0x1010, 4, 0x800, KV_EFORMAT,
	    "page size: uvmexp.pagesize of the kernel kernel is 0x800, wanted 0x1000, 0x2000 or 0x4000" },
	{ "page of 4 KiB",	MIPS64, 504 + 16 + 0x1010, 4, 0x1000, KV_OK, "" },
	{ "and a byte",		MIPS64, 504 + 16 + 0x1010, 4, 0x1001, KV_EFORMAT, "uvmexp.pagesize of the kernel" },
	{ "page of 8 KiB",	MIPS64, 504 + 16 + 0x1010, 4, 0x2000, KV_OK, "" },
	{ "page of 32 KiB",	MIPS64, 504 + 16 + 0x1010, 4, 0x8000, KV_EFORMAT, "uvmexp.pagesize of the kernel" },
	{ "Sysmapsize",		LOONGSON, 504 + 16 + 0x1008, 4, 0x3c00, KV_OK, "" },
	{ "Sysmapsize larger",	LOONGSON, 504 + 16 + 0x1008, 4, 0x3c01, KV_EFORMAT, "Sysmapsize is 0x3c01" },
	{ "Sysmapsize, the file", LOONGSON, 504 + 16 + 0x1008, 4, 0x3c01, KV_EFORMAT, "file: " },
	{ "Sysmapsize of 8 bytes each", MIPS64, 504 + 16 + 0x1008, 4, 0x1e01, KV_EFORMAT, "Sysmapsize is 0x1e01" },
	{ "Sysmap mapped",	LOONGSON, 504 + 16 + 0x1004, 4, 0xc0000000, KV_EUNMAPPED, "Sysmap is 0xc000000000003000" },
	{ "no name",		M68K, 0, 8, 0, KV_EFORMAT, "name at offset 0x20 is \"\"" },
	{ "a name of one letter", M68K, 0, 8, UINT64_C(0x7800000000000000), KV_OK, "" },
	{ "behind the end",	M68K, 92 + 4 * 16 + 8, 8, 0x1000, KV_OK, "" },
	{ "behind the end",	GEN68K, 64 + 2 * 16 + 8, 8, 0x1000, KV_OK, "" },
	{ "behind the end",	SUN3X, 40 + 3 * 16 + 8, 8, 0x1000, KV_OK, "" },
	{ "sun2's name",	M68K, 0, 8, UINT64_C(0x73756e3200000000), KV_EFORMAT, "name at offset 0x20 is \"sun2\"" },
	{ "page_size 0",	M68K, 16, 4, 0, KV_EFORMAT, "page_size at offset 0x30 is 0" },
	{ "page_size 0x3000",	M68K, 16, 4, 0x3000, KV_EFORMAT, "page_size at offset 0x30 is 0x3000" },
	{ "mmutype",		M68K, 24, 4, 2, KV_EUNSUP, "mmutype" },
	{ "shift of the page",	M68K, 60, 4, 12, KV_EFORMAT, "sg40_shift3" },
	{ "no relocation",	M68K, 88, 4, 0, KV_OK, "" },
	{ "relocend to 2^32",	M68K, 88, 4, 0xf8000000, KV_OK, "" },
	{ "relocend too far",	M68K, 88, 4, 0xf8000001, KV_EFORMAT, "relocend at offset 0x78 is 0xf8000001, wanted 0xf8000000" },
	{ "no memory",		M68K, 100, 8, 0, KV_EFORMAT, "ram_segs[0].size at offset 0x84 is 0" },
	{ "overlap",		M68K, 108, 8, 0x08004000, KV_EFORMAT, "overlaps" },
	{ "overlap, where",	M68K, 108, 8, 0x08004000, KV_EFORMAT, "file: ram_segs at offset 0x7c: segment 1: " },
	{ "memory wraps",	M68K, 100, 8, UINT64_MAX, KV_EFORMAT, "file: ram_segs at offset 0x7c: segment 0: " },
	{ "page_size 0x3000",	GEN68K, 16, 4, 0x3000, KV_EFORMAT, "page_size at offset 0x30 is 0x3000" },
	{ "tcr",		GEN68K, 28, 4, 0x80c0a900, KV_EFORMAT, "tcr" },
	{ "tcr of other pages",	GEN68K, 28, 4, 0x80d0a900, KV_EFORMAT, "tcr at offset 0x3c is 0x80d0a900" },
	{ "srp of long tables",	GEN68K, 32, 4, 3, KV_EUNSUP, "srp" },
	{ "mmutype",		GEN68K, 24, 4, 2, KV_EFORMAT, "mmutype at offset 0x38 is 0x2, wanted -3 to 1" },
	{ "mmutype 1",		GEN68K, 24, 4, 1, KV_OK, "" },
	{ "mmutype -3",		GEN68K, 24, 4, (uint32_t)-3, KV_OK, "" },
	{ "mmutype -4",		GEN68K, 24, 4, (uint32_t)-4, KV_EFORMAT, "mmutype at offset 0x38 is 0xfffffffc" },
	{ "tcr, the file",	GEN68K, 28, 4, 0x80c0a900, KV_EFORMAT, "file: cpu segment at offset 0x20: tcr" },
	{ "relocend to 2^32",	GEN68K, 60, 4, 0xc0000000, KV_OK, "" },
	{ "relocend too far",	GEN68K, 60, 4, 0xc0000001, KV_EFORMAT, "relocend at offset 0x5c is 0xc0000001, wanted 0xc0000000" },
	{ "page_size 1",	SUN3, 16, 4, 1, KV_EFORMAT, "page_size at offset 0x30 is 0x1, wanted a power of two" },
	{ "page_size 0x80",	SUN3, 16, 4, 0x80, KV_EFORMAT, "page_size at offset 0x30 is 0x80, wanted a power of two" },
	{ "page_size 0x100",	SUN3, 16, 4, 0x100, KV_EFORMAT, "page_size at offset 0x30 is 0x100, wanted 0x2000" },
	{ "page_size 0x8000",	SUN3, 16, 4, 0x8000, KV_EFORMAT, "page_size at offset 0x30 is 0x8000, wanted 0x2000" },
	{ "page_size 0x10000",	SUN3, 16, 4, 0x10000, KV_EFORMAT, "page_size at offset 0x30 is 0x10000, wanted a power of two" },
	{ "segshift, the file",	SUN3, 24, 4, 18, KV_EFORMAT, "file: cpu segment at offset 0x20: segshift" },
	{ "mmutype, the file",	M68K, 24, 4, 2, KV_EUNSUP, "file: cpu segment at offset 0x20: mmutype" },
	{ "kernbase, the file",	SUN3X, 20, 4, 0xf8000001, KV_EFORMAT, "file: cpu segment at offset 0x20: kernbase" },
	{ "kernCbase at once",	SUN3X, 36, 4, 0xf8000000, KV_OK, "" },
	{ "kernCbase last",	SUN3X, 36, 4, 0xf8005ffc, KV_OK, "" },
	{ "kernCbase odd",	SUN3X, 36, 4, 0xf8004001, KV_EFORMAT, "kernCbase at offset 0x44 is 0xf8004001, wanted a multiple of 4" },
	{ "kernCbase half",	SUN3X, 36, 4, 0xf8004002, KV_EFORMAT, "kernCbase at offset 0x44 is 0xf8004002" },
	{ "kernCbase of 4",	SUN3X, 36, 4, 0xf8004004, KV_OK, "" },
	{ "no memory",		GEN68K, 72, 8, 0, KV_EFORMAT, "ram_segs[0].size" },
	{ "page_size",		SUN3, 16, 4, 0x1000, KV_EFORMAT, "page_size at offset 0x30 is 0x1000, wanted 0x2000" },
	{ "segshift",		SUN3, 24, 4, 18, KV_EFORMAT, "segshift" },
	{ "pg_valid 0",		SUN3, 32, 4, 0, KV_EFORMAT, "pg_valid at offset 0x40 is 0" },
	{ "pg_valid of two bits", SUN3, 32, 4, 0xc0000000, KV_EFORMAT, "pg_valid at offset 0x40 is 0xc0000000, wanted one bit" },
	{ "pg_valid in pg_frame", SUN3, 32, 4, 0x40000, KV_EFORMAT, "pg_valid at offset 0x40 is 0x40000, wanted one bit" },
	{ "pg_valid next to it", SUN3, 32, 4, 0x80000, KV_OK, "" },
	{ "pg_frame 0",		SUN3, 28, 4, 0, KV_EFORMAT, "pg_frame at offset 0x3c is 0, wanted bits" },
	{ "pg_frame with holes", SUN3, 28, 4, 0x7fffe, KV_EFORMAT, "pg_frame at offset 0x3c is 0x7fffe" },
	{ "pg_frame too wide",	SUN3, 28, 4, 0xfffff, KV_EFORMAT, "pg_frame at offset 0x3c is 0xfffff" },
	{ "name",		SUN2, 0, 4, 0x73756e33, KV_EFORMAT, "name at offset 0x20 is \"sun3\", wanted sun2" },
	{ "contig_end",		SUN3X, 32, 4, 0xf7ffffff, KV_EFORMAT, "contig_end at offset 0x40 is 0xf7ffffff" },
	{ "contig_end at once",	SUN3X, 32, 4, 0xf8000000, KV_EFORMAT, "contig_end at offset 0x40 is 0xf8000000" },
	{ "kernCbase below",	SUN3X, 36, 4, 0xf7fffffc, KV_EFORMAT, "kernCbase at offset 0x44 is 0xf7fffffc" },
	{ "kernCbase beyond",	SUN3X, 36, 4, 0xf8006000, KV_EFORMAT, "kernCbase at offset 0x44 is 0xf8006000" },
	{ "name not of letters", SUN2, 0, 8, UINT64_C(0x731f7f7e20000000), KV_EFORMAT, "name at offset 0x20 is \"s??~ \"" },
	{ "pg_valid 0",		SUN3X, 28, 4, 0, KV_EFORMAT, "pg_valid" },
	{ "kernbase",		SUN3X, 20, 4, 0xf8000001, KV_EFORMAT, "kernbase" },
	{ "no memory",		SUN3X, 48, 8, 0, KV_EFORMAT, "ram_segs[0].size" },
	{ "no memory",		M88K, 16, 8, 0, KV_EFORMAT, "ram_segs[0].size at offset 0x30 is 0" },
	{ "one byte",		M88K, 16, 8, 1, KV_OK, "" },
	{ "from beyond",	M88K, 8, 8, UINT64_C(1) << 32, KV_EFORMAT,
	    "ram_segs[0].start at offset 0x28 is 0x100000000, wanted an address below 2^32" },
	{ "from the last byte",	M88K, 8, 8, 0xffffffff, KV_EFORMAT, "ram_segs[0].size at offset 0x30 is 0x5000, wanted 1 to 0x1" },
	{ "4 GiB",		M88K, 16, 8, UINT64_C(1) << 32, KV_OK, "" },
	{ "beyond 4 GiB",	M88K, 16, 8, (UINT64_C(1) << 32) + 1, KV_EFORMAT, "ram_segs[0].size" },
};

static void
test_lies(void)
{
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		port_lie_check(port_samples_arm_mips_m68k, &lies[i]);
}

/* With one segment, or with all PMEGs; or without a segment, where there is a count. */
static void
test_least(void)
{
	static const struct {
		int sample;
		uint32_t need;
		enum kv_status st;
	} rows[] = {
		{ SUN3X, 56, KV_OK }, { SUN3, 8184 + 256 * 64, KV_OK }, { SUN2, 2040 + 256 * 64, KV_OK },
		{ M68K, 108, KV_OK }, { GEN68K, 80, KV_OK },
		{ ARM, 28, KV_EFORMAT }, { ARMEB, 28, KV_EFORMAT },
		{ MIPSEL, 32, KV_EFORMAT }, { MIPSEB, 32, KV_EFORMAT },
		{ M88K, 8 + 16, KV_OK }, { OPENBSD_ARM, 16 * 4 + 8 * 16, KV_OK },
		{ MIPS64, 16 + 8 * 16, KV_OK }, { LOONGSON, 16 + 8 * 16, KV_OK },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		port_least_check(&port_samples_arm_mips_m68k[rows[i].sample], rows[i].need, rows[i].st);
}

/* Memory that is linear in the image, by c_size of 32 bits and the length of the file. */
static void
test_linear(void)
{
	static const struct {
		const char *name;
		uint32_t data;		/* c_size */
		uint64_t file, size;	/* the file's bytes of memory, and the result */
	} rows[] = {
		{ "as it says",		0x90000000, 0x90000000, 0x90000000 },
		{ "no size",		0, 0x123000, 0x123000 },
		{ "the file is cut",	0x90000000, 0x8000, 0x90000000 },
		{ "bytes behind",	0x90000000, 0x90001000, UINT64_C(0x190000000) },
		{ "one byte behind",	0x90000000, 0x90000001, UINT64_C(0x190000000) },
		{ "2^32 more",		0x90000000, UINT64_C(0x190000000), UINT64_C(0x190000000) },
		{ "and one byte",	0x90000000, UINT64_C(0x190000001), UINT64_C(0x290000000) },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dump dump = { .kcore = { .mem_off = 0x1000, .data_size = rows[i].data } };
		struct image img = { .name = "file", .size = 0x1000 + rows[i].file };
		CHECK_EQ(rows[i].name, "status", netbsd_linear(&dump, &img, 0, NULL), KV_OK);
		if (CHECK_EQ(rows[i].name, "pieces", dump.ram.n, 1))
			CHECK_EQ(rows[i].name, "last", dump.ram.v[0].last, rows[i].size - 1);
		CHECK_EQ(rows[i].name, "open end", dump.open_end, rows[i].data == 0);
		format_fini(&dump.ram);
	}
	/* A file that ends with its headers. */
	struct dump dump = { .kcore = { .mem_off = 0x1000 } };
	struct image img = { .name = "file", .size = 0x1000 };
	CHECK_EQ("no memory", "status", netbsd_linear(&dump, &img, 0, NULL), KV_OK);
	CHECK_EQ("no memory", "pieces", dump.ram.n, 0);
	format_fini(&dump.ram);
	/* What is skipped ends at 2^64. */
	struct kv_err err = { .text = "" };
	dump.kcore.mem_off = UINT64_MAX;
	CHECK_EQ("wraps", "status", netbsd_linear(&dump, &img, 1, &err), KV_EFORMAT);
	CHECK_TEXT("wraps", err.text, "file: memory begins at 0xffffffffffffffff + 0x1, past 2^64");
	dump.kcore.mem_off = UINT64_C(1) << 63;
	dump.kcore.data_size = 0x1000;
	CHECK_EQ("far", "status", netbsd_linear(&dump, &img, 0, &err), KV_EFORMAT);
	CHECK_TEXT("far", err.text, "segment 0: offset 0x8000000000000000 is past 2^63");
	format_fini(&dump.ram);
}

/* Segments in 48 bytes of cpu data: never more than these hold. */
static void
test_segments(void)
{
	static const struct {
		const char *name;
		uint64_t off, n;
		enum kv_status st;
		unsigned pieces;
	} rows[] = {
		{ "up to the end",	16, 2, KV_OK, 2 },
		{ "one more",		16, 3, KV_EFORMAT, 0 },
		{ "a byte later",	17, 2, KV_EFORMAT, 0 },
		{ "none at the end",	48, 0, KV_OK, 0 },
		{ "one at the end",	48, 1, KV_EFORMAT, 0 },
		{ "none beyond",	49, 0, KV_EFORMAT, 0 },
		{ "one beyond",		UINT64_MAX, 1, KV_EFORMAT, 0 },
		{ "2^60",		0, UINT64_C(1) << 60, KV_EFORMAT, 0 },
	};
	uint8_t cpu[48] = { 0 };
	put_segment(cpu + 16, 0x1000, 0x1000, true);
	put_segment(cpu + 32, 0x4000, 0x2000, true);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dump dump = { .kcore = { .cpu = { cpu, sizeof(cpu), true }, .mem_off = 0x100 } };
		struct image img = { .name = "file", .size = 0x3100 };
		struct kv_err err = { .text = "" };
		CHECK_EQ(rows[i].name, "status",
		    netbsd_segments(&dump, &img, rows[i].off, rows[i].n, NULL, &err), rows[i].st);
		CHECK_EQ(rows[i].name, "pieces", dump.ram.n, rows[i].pieces);
		CHECK_TEXT(rows[i].name, err.text, rows[i].st == KV_OK ? "" :
		    "do not fit in 0x30 bytes of cpu data");
		format_fini(&dump.ram);
	}
}

/* What a kernel does not write takes room: where that goes past 2^64 nothing follows. */
static void
test_room(void)
{
	static const struct {
		const char *name;
		uint64_t mem_off, room;
		enum kv_status st;
	} rows[] = {
		{ "room",	0x100, 0x200, KV_OK },
		{ "2^64 - 1",	UINT64_MAX - 0x200, 0x200, KV_EFORMAT },
		{ "2^64",	UINT64_MAX - 0x1ff, 0x200, KV_EFORMAT },
		{ "beyond",	UINT64_MAX, 0x200, KV_EFORMAT },
	};
	uint8_t cpu[32];
	put_segment(cpu, 0, 0x1000, true);
	put_segment(cpu + 16, 0x4000, 0x1000, true);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dump dump = {
			.kcore = { .cpu = { cpu, sizeof(cpu), true }, .mem_off = rows[i].mem_off },
		};
		struct image img = { .name = "file", .size = 0x1300 };
		const struct netbsd_page0 page0 = { 0x1000, rows[i].room };
		struct kv_err err = { .text = "" };
		struct place place;
		CHECK_EQ(rows[i].name, "status", netbsd_segments(&dump, &img, 0, 2, &page0, &err),
		    rows[i].st);
		CHECK_TEXT(rows[i].name, err.text, rows[i].st == KV_OK ? "" : "segment 1: ");
		format_locate(&dump.ram, 0x4000, &place);
		CHECK_EQ(rows[i].name, "segment 1", place.kind,
		    rows[i].st == KV_OK ? PLACE_FILE : PLACE_ABSENT);
		if (rows[i].st == KV_OK)
			CHECK_EQ(rows[i].name, "offset", place.off, 0x300);
		format_fini(&dump.ram);
	}
}

/* Cpu data of every length up to what is needed: an error or right, never past the end. */
static void
test_short(void)
{
	for (const struct port_sample *sample = port_samples_arm_mips_m68k; sample->os != NULL; sample++) {
		unsigned failed = 0;
		for (uint32_t size = 0; size < 256; size += 4) {
			struct port_trial t;
			port_trial_make(&t, sample);
			t.size = port_sample_cut(sample, size, t.image);
			/* What a kernel lacks that may lack it is said as well. */
			if (port_trial_try(&t, sample->machine) == KV_OK)
				CHECK(t.err.text[0] == '\0' || strstr(t.err.text, "Sysmapbase") != NULL,
				    "%s opens, though %s", sample->machine, t.err.text);
			else
				failed += t.err.text[0] != '\0';
			port_trial_end(&t);
		}
		CHECK(failed >= 6, "%s: only %u of 64 cuts fail", sample->machine, failed);
	}
}

/* What only the kernel, or a guess, decides. */
static void
test_choices(void)
{
	static const struct {
		const char *name;
		int sample;
		bool kernel;
		unsigned mag_off;	/* of dumpmag in memory, which is cleared; 0: none */
		const char *regime;
		unsigned bits;
		paddr_t low;		/* behind virtual address 0xc0001234 */
	} rows[] = {
		{ "arm, version 7",	ARM, true, 0, "armv7", 32, 0x90001234 },
		{ "arm, cleared",	ARM, true, 0x9010, "armv7", 32, 0x90001234 },
		{ "arm, no kernel",	ARM, false, 0, "armv7", 32, 0x90001234 },
		{ "armeb, version 5",	ARMEB, true, 0, "armv5", 32, NOWHERE },
		/* A fine table is a section there. */
		{ "armeb, no kernel",	ARMEB, false, 0, "armv7", 32, 0x80001234 },
		{ "mips 32",		MIPSEL, true, 0, "segtab", 32, 0x11234 },
		{ "mips 64",		MIPSEL64, true, 0, "segtab", 64, NOWHERE },
		{ "mips before 2020",	MIPSEB, true, 0, "sysmap", 32, NOWHERE },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		struct port_trial t;
		port_trial_make(&t, &port_samples_arm_mips_m68k[rows[i].sample]);
		if (!rows[i].kernel)
			t.kernel.machine = 0, t.kernel.arg = NULL;
		if (rows[i].mag_off != 0)
			memset(t.mem + rows[i].mag_off, 0, 4);
		if (port_trial_open(&t, row, KV_OK, "")) {
			CHECK_EQ(row, "bits", t.dump.bits, rows[i].bits);
			CHECK_TEXT(row, t.dump.as[t.dump.nas - 1].mmu.regime, rows[i].regime);
			CHECK_EQ(row, "0xc0001234", port_sample_xlate(&t.dump, 0xc0001234), rows[i].low);
		}
		port_trial_end(&t);
	}
}

/*
 * The header tells neither page nor word size: without a kernel, or without its uvmexp, no dump opens but
 * that of an R3000, whose kernels have 32 bits and pages of 4 KiB (NetBSD sys/arch/mips/include/locore.h).
 */
static void
test_mips_unknown(void)
{
	static const struct port_symbol mapped[] = { { "uvmexp", 0xc0001000 }, { 0 } };
	static const struct port_symbol none[] = { { "uvmexq", 0x80005000 }, { 0 } };
	static const char alone[] = "file: the dump tells neither the page size of its kernel nor whether "
	    "that is of 32 or 64 bits: give the kernel";
	static const struct {
		const char *name;
		int sample;
		bool kernel;
		unsigned kernel_bits;
		const struct port_symbol *symbols;
		uint32_t uvmexp;	/* its first int */
		size_t cut;		/* where memory ends */
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "no kernel", MIPSEL, false, 32, NULL, 0x1000, SAMPLE_MEM_MAX, KV_EINVAL, alone },
		{ "no kernel, n64", MIPSEL64, false, 64, NULL, 0x1000, SAMPLE_MEM_MAX, KV_EINVAL, alone },
		{ "no kernel, n64, big-endian", MIPSEB64, false, 64, NULL, 0x1000, SAMPLE_MEM_MAX, KV_EINVAL,
		    alone },
		{ "symbols alone", MIPSEL, false, 32, symbols_mips, 0x1000, SAMPLE_MEM_MAX, KV_EINVAL, alone },
		{ "no uvmexp", MIPSEL, true, 32, none, 0x2000, SAMPLE_MEM_MAX, KV_EUNSUP,
		    "file: the page size is not known: kernel: the kernel file has no symbol uvmexp" },
		{ "no uvmexp, n64", MIPSEB64, true, 64, none, 0x2000, SAMPLE_MEM_MAX, KV_EUNSUP,
		    "file: the page size is not known: kernel: the kernel file has no symbol uvmexp" },
		{ "uvmexp in KSEG2", MIPSEL, true, 32, mapped, 0x2000, SAMPLE_MEM_MAX, KV_EABSENT,
		    "file: the page size is not known: uvmexp at 0xc0001000 cannot be read: " },
		{ "3 bytes of uvmexp", MIPSEL, true, 32, symbols_mips, 0x2000, 0x4003, KV_ETRUNC,
		    "file: the page size is not known: uvmexp at 0x80005000 cannot be read: " },
		{ "no such page", MIPSEL, true, 32, symbols_mips, 0x1004, SAMPLE_MEM_MAX, KV_EFORMAT,
		    "file: page size: uvmexp.pagesize of the kernel kernel is 0x1004, wanted 0x1000, " },
		{ "R3000, no kernel", MIPSEB, false, 32, NULL, 0x1000, SAMPLE_MEM_MAX, KV_OK, "" },
		{ "R3000, no uvmexp", MIPSEB, true, 32, none, 0x1000, SAMPLE_MEM_MAX, KV_OK, "" },
		{ "R3000, another's kernel", MIPSEB, true, 64, symbols_mips, 0x2000, SAMPLE_MEM_MAX, KV_OK, "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = rows[i].name;
		struct port_sample sample = port_samples_arm_mips_m68k[rows[i].sample];
		sample.symbols = rows[i].symbols;
		sample.bits = rows[i].kernel_bits;
		struct port_trial t;
		port_trial_make(&t, &sample);
		if (!rows[i].kernel)
			t.kernel.machine = 0;
		t.size = (size_t)(t.mem - t.image) + rows[i].cut;
		put32(t.mem + 0x4000, rows[i].uvmexp, sample.big);
		if (port_trial_open(&t, name, rows[i].st, rows[i].text)) {
			CHECK_EQ(name, "bits", t.dump.bits, 32);
			CHECK_EQ(name, "pagesize", t.dump.pagesize, 4096);
			CHECK_EQ(name, "KSEG2", port_sample_xlate(&t.dump, 0xc0003010), 0x10010);
		}
		port_trial_end(&t);
	}
}

/*
 * Amiga and x68k do not write page 0; amiga's takes one disk block in the image.  What has no page 0,
 * and what other machines dump, lies as it is.
 */
static void
test_page_0(void)
{
	static const struct {
		const char *name, machine[6];
		uint32_t start, size;	/* of the segment behind 32 KiB of the image */
		size_t extents;		/* of three segments */
		uint32_t first, at;	/* what is there of it, and where behind those 32 KiB */
		uint32_t room;		/* in the image in all */
	} rows[] = {
		{ "more than page 0",	"amiga", 0, 0x6000, 3, 0x2000, 0x200, 0x4200 },
		{ "page 0 alone",	"amiga", 0, 0x2000, 2, 0, 0, 0x200 },
		{ "one byte more",	"amiga", 0, 0x2001, 3, 0x2000, 0x200, 0x201 },
		{ "less than page 0",	"amiga", 0, 0x1fff, 2, 0, 0, 0x1fff },
		{ "another address",	"amiga", 0x2000, 0x6000, 3, 0x2000, 0, 0x6000 },
		{ "its own room",	"x68k", 0, 0x6000, 3, 0x2000, 0x2000, 0x6000 },
		{ "nothing else",	"x68k", 0, 0x2000, 2, 0, 0, 0x2000 },
		{ "another machine",	"atari", 0, 0x6000, 3, 0, 0, 0x6000 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = rows[i].name;
		struct port_trial t;
		struct place place;
		port_trial_make(&t, &port_samples_arm_mips_m68k[M68K]);
		const size_t mem = (size_t)(t.mem - t.image) + 0x8000;
		memcpy(t.cpu, rows[i].machine, sizeof(rows[i].machine));
		put_segment(t.cpu + 108, rows[i].start, rows[i].size, true);
		if (port_trial_open(&t, name, KV_OK, "")) {
			struct format *ram = &t.dump.ram;
			CHECK_EQ(name, "extents", ram->n, rows[i].extents);
			if (rows[i].first != 0) {
				format_locate(ram, rows[i].first - 1, &place);
				CHECK_EQ(name, "before it", place.kind, PLACE_ABSENT);
			}
			format_locate(ram, rows[i].first, &place);
			CHECK_EQ(name, "first", place.kind,
			    rows[i].extents == 3 ? PLACE_FILE : PLACE_ABSENT);
			if (rows[i].extents == 3) {
				CHECK_EQ(name, "first's offset", place.off, mem + rows[i].at);
				CHECK_EQ(name, "last", place.last, rows[i].start + rows[i].size - 1);
			}
			format_locate(ram, 0x09000000, &place);
			CHECK_EQ(name, "next", place.kind, PLACE_FILE);
			CHECK_EQ(name, "next's offset", place.off, mem + rows[i].room);
		}
		port_trial_end(&t);
	}
}

/* Addresses below UserL1TableSize << 17 have a table of their own. */
static void
test_arm_user(void)
{
	struct port_trial t;
	port_trial_make(&t, &port_samples_arm_mips_m68k[ARM]);
	put32(t.cpu + 12, 0x80001000, false);
	port_sample_put(t.cpu + 16, 8, 2, false);	/* to 0x100000 */
	put32(t.mem + 0x1000, 0x90000000 | 2, false);		/* a section */
	put32(t.mem + 0x4000 + 4 * 1, 0x90000000 | 2, false);	/* the kernel's, for 0x100000 */
	if (port_trial_open(&t, "user table", KV_OK, "")) {
		CHECK_EQ("user table", "first", port_sample_xlate(&t.dump, 0), 0x90000000);
		CHECK_EQ("user table", "last", port_sample_xlate(&t.dump, 0xfffff), 0x900fffff);
		CHECK_EQ("user table", "kernel's", port_sample_xlate(&t.dump, 0x100000), 0x90000000);
		CHECK_EQ("user table", "kernel's next", port_sample_xlate(&t.dump, 0x200010), NOWHERE);
	}
	/* DDI 0406C, B4.1.154: of TTBR0's N = 7, the smallest table is aligned to 128 bytes. */
	port_trial_close(&t);
	put32(t.cpu + 12, 0x80001080, false);
	(void)port_trial_open(&t, "user table: aligned", KV_OK, "");
	port_trial_close(&t);
	put32(t.cpu + 12, 0x80001001, false);
	(void)port_trial_open(&t, "user table: odd", KV_EFORMAT,
	    "PAUserL1Table at offset 0x2c is 0x80001001, wanted a multiple of 0x80");
	port_trial_close(&t);
	put32(t.cpu + 12, 0x80001040, false);
	(void)port_trial_open(&t, "user table: misaligned", KV_EFORMAT,
	    "PAUserL1Table at offset 0x2c is 0x80001040");
	port_trial_end(&t);
}

static bool
count_run(void *arg, const struct kv_run *run, enum kv_status st)
{
	unsigned *left = arg;
	(void)st;
	return run->first <= run->last && --*left > 0;
}

/* Any header: it opens or fails with a sentence, and what opened can be asked and listed. */
static void
test_random(void)
{
	uint64_t state = 20;
	for (const struct port_sample *sample = port_samples_arm_mips_m68k; sample->os != NULL; sample++) {
		unsigned opened = 0, silent = 0;
		struct port_trial t;
		port_trial_make(&t, sample);
		for (unsigned round = 0; round < 500; round++) {
			uint8_t saved[128];
			memcpy(saved, t.cpu, sizeof(saved));
			for (unsigned n = (unsigned)(unit_random(&state) % 3); n < 3; n++) {
				const uint64_t r = unit_random(&state);
				t.cpu[r % sizeof(saved)] = (uint8_t)((r >> 8 & 3) == 0 ? 0 :
				    (r >> 8 & 3) == 1 ? 0xff : r >> 16);
			}
			t.err.text[0] = '\0';
			(void)image_open_mem(&t.img, "file", t.image, t.size, NULL);
			if (port_open(&t.dump, &t.img, &t.kernel, &t.err) == KV_OK) {
				const struct mmu_src src = { .read = memory_read, .arg = &t.dump.mem };
				opened++;
				for (unsigned i = 0; i < 20; i++)
					(void)port_sample_xlate(&t.dump, unit_random(&state) >> (i % 2 * 32));
				for (unsigned i = 0; i < t.dump.nas; i++) {
					const struct as_range *as = &t.dump.as[i];
					unsigned left = 100;
					(void)mmu_each(&as->mmu, &src, as->lo, as->last, count_run, &left, NULL);
				}
			} else
				silent += t.err.text[0] == '\0';
			port_trial_close(&t);
			memcpy(t.cpu, saved, sizeof(saved));
		}
		CHECK(opened > 0 && opened < 500, "%s: %u of 500 opened", sample->machine, opened);
		CHECK_EQ(sample->machine, "failures without a sentence", silent, 0);
		port_trial_end(&t);
	}
}

/* The cache must not take what lies behind a short Sysmap for more of it. */
static void
test_sysmap_cached(void)
{
	enum { RAM = 0x120000 };
	struct port_trial t;
	uint8_t word[4];
	char errbuf[KV_ERRLEN];
	port_trial_make_in(&t, &port_samples_arm_mips_m68k[MIPSEB], SAMPLE_MAX + RAM);
	t.size = (size_t)(t.mem - t.image) + RAM;
	put_segment(t.cpu + 32, 0x1000, RAM, true);
	put_segment(t.cpu + 48, 0x800000, 0, true);
	put32(t.mem + 0x1000 + 4 * 64, 0x10000 | 0x200, true);	/* behind its 64 PTEs */
	kvm_t *kd = kvm_open_mem(NULL, t.image, t.size, NULL, errbuf);
	if (CHECK(kd != NULL, "Sysmap, cached: %s", errbuf)) {
		CHECK_EQ("Sysmap, cached", "inside", kvm_read(kd, 0xc0003000, word, 4), 4);
		CHECK_EQ("Sysmap, cached", "behind", kvm_read(kd, 0xc0040000, word, 4), -1);
		(void)kvm_close(kd);
	}
	port_trial_end(&t);
}

/* What the decoders themselves read by virtual address, at the first and last byte of a range. */
static void
test_virtual(void)
{
	static const struct {
		int sample;
		vaddr_t va;
		bool there;
	} rows[] = {
		{ M88K, 0, true }, { M88K, 0x4fff, true }, { M88K, 0x5000, false },
		{ OPENBSD_ARM, 0xc0001000, true }, { OPENBSD_ARM, 0xc0000fff, false },
		{ OPENBSD_ARM, 0xc0002fff, true }, { OPENBSD_ARM, 0xc0003000, false },
	};
	struct port_trial t;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct port_sample *sample = &port_samples_arm_mips_m68k[rows[i].sample];
		port_trial_make(&t, sample);
		if (port_trial_open(&t, "virtual", KV_OK, "")) {
			const struct kv_loc at = { .space = KV_VIRT, .addr = rows[i].va };
			const uint8_t *p;
			size_t got;
			CHECK((memory_read(&t.dump.mem, at, 1, &p, &got, NULL) == KV_OK) == rows[i].there,
			    "virtual: %s, 0x%" PRIx64, sample->machine, rows[i].va);
		}
		port_trial_end(&t);
	}
}

/* OpenBSD's segments ascend, or it is no dump of its; no kernel tells. */
static void
test_ascending(void)
{
	static const struct {
		const char *name;
		unsigned off;		/* in the cpu data, of one more segment */
		uint64_t start;
		bool is;
	} rows[] = {
		{ "descending", 80, 0x1000, false },
		/* Nor behind one that is not used. */
		{ "after a gap", 96, 0x1000, false },
		/* The words before them that have no meaning may be as they like. */
		{ "reserved words", 48, 0xf0000000, true },
		{ "side by side", 80, 0x80004000, true },
	};
	struct port_trial t;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		port_trial_make(&t, &port_samples_arm_mips_m68k[OPENBSD_ARM]);
		t.kernel = port_no_kernel;
		put_segment(t.cpu + rows[i].off, rows[i].start, 0x1000, false);
		if (port_trial_open(&t, rows[i].name, rows[i].is ? KV_OK : KV_EFORMAT,
		    rows[i].is ? "" : "is not what netbsd/arm or openbsd/arm has there"))
			CHECK(strcmp(t.dump.port->os, "openbsd") == 0, "%s: opened as %s", rows[i].name,
			    t.dump.port->os);
		port_trial_end(&t);
	}

	/* No word at all is none of these. */
	port_trial_make(&t, &port_samples_arm_mips_m68k[OPENBSD_ARM]);
	t.size = port_sample_cut(&port_samples_arm_mips_m68k[OPENBSD_ARM], 0, t.image);
	(void)port_trial_open(&t, "no word", KV_EFORMAT, "c_size is 0, wanted 0xc0 or more");
	port_trial_end(&t);

	/* A device of big-endian order, and no kernel to say so. */
	port_trial_make_device(&t, &port_samples_arm_mips_m68k[M88K]);
	t.kernel = port_no_kernel;
	if (port_trial_open(&t, "bare device", KV_OK, ""))
		CHECK(t.dump.big && strcmp(t.dump.port->machine, "m88k") == 0, "bare device: adopted as %s",
		    t.dump.port->machine);
	port_trial_end(&t);
}

#define XKPHYS(n)	(UINT64_C(0x8000000000000000) + ((uint64_t)(n) << 59))
#define XKPHYS_LAST	(UINT64_C(0x0800000000000000) - 1)

static const struct port_range ranges[] = {
	{ M88K, 0, 1, 0, 0x4fff },
	{ ARM, 0, 1, 0, UINT32_MAX },
	{ ARMEB, 0, 1, 0, UINT32_MAX },
	{ MIPSEL, 0, 3, 0x80000000, 0x9fffffff },
	{ MIPSEL, 1, 3, 0xa0000000, 0xbfffffff },
	{ MIPSEL, 2, 3, 0xc0000000, UINT32_MAX },
	{ MIPSEB, 2, 3, 0xc0000000, UINT32_MAX },
	{ MIPSEL64, 0, 11, XKPHYS(0), XKPHYS(0) + XKPHYS_LAST },
	{ MIPSEL64, 7, 11, XKPHYS(7), XKPHYS(7) + XKPHYS_LAST },
	{ MIPSEL64, 8, 11, UINT64_C(0xffffffff80000000), UINT64_C(0xffffffff9fffffff) },
	{ MIPSEL64, 9, 11, UINT64_C(0xffffffffa0000000), UINT64_C(0xffffffffbfffffff) },
	{ MIPSEL64, 10, 11, UINT64_C(0xc000000000000000), UINT64_MAX },
	{ M68K, 0, 2, 0, 0x1fff },
	{ M68K, 1, 2, 0, UINT32_MAX },
	/* Each piece of the transparent range, in the order of addresses. */
	{ GEN68K, 0, 6, 0xf0000000, 0xf0ffffff },
	{ GEN68K, 1, 6, 0xf2000000, 0xf2ffffff },
	{ GEN68K, 2, 6, 0xf8000000, 0xf8ffffff },
	{ GEN68K, 3, 6, 0xfa000000, 0xfaffffff },
	{ GEN68K, 4, 6, 0, 0x7ff },
	{ GEN68K, 5, 6, 0, UINT32_MAX },
	{ SUN3, 0, 1, 0x0e000000, UINT32_MAX },
	{ SUN2, 0, 1, 0x6000, UINT32_MAX },
	{ SUN3X, 0, 2, 0xf8000000, 0xf8005fff },
	{ SUN3X, 1, 2, 0xf8000000, UINT32_MAX },
	{ OPENBSD_ARM, 0, 1, 0xc0001000, 0xc0002fff },
	/* MIPS64 Architecture vol. III, 4.3 to 4.6. */
	{ MIPS64, 0, 11, UINT64_C(0x8000000000000000), UINT64_C(0x87ffffffffffffff) },
	{ MIPS64, 1, 11, UINT64_C(0x8800000000000000), UINT64_C(0x8fffffffffffffff) },
	{ MIPS64, 2, 11, UINT64_C(0x9000000000000000), UINT64_C(0x97ffffffffffffff) },
	{ MIPS64, 3, 11, UINT64_C(0x9800000000000000), UINT64_C(0x9fffffffffffffff) },
	{ MIPS64, 4, 11, UINT64_C(0xa000000000000000), UINT64_C(0xa7ffffffffffffff) },
	{ MIPS64, 5, 11, UINT64_C(0xa800000000000000), UINT64_C(0xafffffffffffffff) },
	{ MIPS64, 6, 11, UINT64_C(0xb000000000000000), UINT64_C(0xb7ffffffffffffff) },
	{ MIPS64, 7, 11, UINT64_C(0xb800000000000000), UINT64_C(0xbfffffffffffffff) },
	{ MIPS64, 8, 11, UINT64_C(0xffffffff80000000), UINT64_C(0xffffffff9fffffff) },
	{ MIPS64, 9, 11, UINT64_C(0xffffffffa0000000), UINT64_C(0xffffffffbfffffff) },
	{ MIPS64, 10, 11, UINT64_C(0xffffffffc0000000), UINT64_MAX },
};

static void
test_ranges(void)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		port_range_check(port_samples_arm_mips_m68k, &ranges[i]);
	/* A MIPS kernel may do all in its segments without a TLB; of the others' nothing says so. */
	const unsigned all = KV_R | KV_W | KV_X;
	port_prot_check(&port_samples_arm_mips_m68k[MIPSEL], 0x80001234, true, all);
	port_prot_check(&port_samples_arm_mips_m68k[MIPSEL], 0xa0001234, true, all);
	port_prot_check(&port_samples_arm_mips_m68k[MIPSEL64], UINT64_C(0x9800000000001234), true, all);
	port_prot_check(&port_samples_arm_mips_m68k[MIPSEL64], UINT64_C(0xffffffff80001234), true, all);
	port_prot_check(&port_samples_arm_mips_m68k[MIPS64], UINT64_C(0x9800000000001234), true, all);
	port_prot_check(&port_samples_arm_mips_m68k[MIPS64], UINT64_C(0xffffffff80001234), true, all);
	port_prot_check(&port_samples_arm_mips_m68k[M68K], 0x10, false, 0);
	port_prot_check(&port_samples_arm_mips_m68k[GEN68K], 0xf0001234, false, 0);
	port_prot_check(&port_samples_arm_mips_m68k[SUN3X], 0xf8005fff, false, 0);
}

/* A segment table begins with user space, of 31 bits, or has 40 of 62; KSEG2 has 30. */
static const struct port_shape shapes[] = {
	{ ARM, "armv7", 32, 32, 4096, 8, 0x80004000 },
	{ ARM_OABI, "armv7", 32, 32, 4096, 4, 0x80004000 },
	{ ARMEB, "armv5", 32, 32, 1024, 8, 0x80004000 },
	{ MIPSEL, "segtab", 32, 31, 4096, 8, 0x2000 },
	{ MIPSEL64, "segtab", 64, 40, 4096, 8, 0x2000 },
	{ MIPSEB, "sysmap", 32, 30, 4096, 8, 0x2000 },
	{ M68K, "68040", 32, 32, 8192, 4, 0x08002000 },
	{ GEN68K, "gen68k", 32, 32, 4096, 4, 0x40001000 },
	{ SUN3, "sun3", 32, 32, 8192, 4, 0 },
	{ SUN2, "sun2", 32, 32, 2048, 4, 0 },
	{ SUN3X, "sun3x", 32, 32, 8192, 4, 0x4000 },
	{ OPENBSD_ARM, "linear", 32, 32, 4096, 8, 0 },
	{ MIPS64, "sysmap", 64, 30, 16384, 8, 0x3000 },
	{ LOONGSON, "sysmap", 64, 30, 16384, 8, 0x3000 },
	{ M88K, "linear", 32, 32, 4096, 16, 0 },
};

static void
test_shape(void)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		port_shape_check(port_samples_arm_mips_m68k, &shapes[i]);
}

/*
 * Where dumpmag decides nothing, as it is not there, the kernel's own functions tell its descriptors
 * (sys/arch/arm/arm32/pmap.c): version 5's if none of version 6's and 7's is among them.
 */
static void
test_arm_functions(void)
{
	enum { AT = 0x10000 };
	static const struct {
		struct port_symbol symbols[3];
		const char *regime;
	} rows[] = {
		{ { { 0 } }, "armv7" },
		{ { { "pmap_pte_init_generic", AT } }, "armv5" },
		{ { { "pmap_pte_init_xscale", AT } }, "armv5" },
		{ { { "pmap_pte_init_generic", AT }, { "pmap_pte_init_arm11", AT } }, "armv7" },
		{ { { "pmap_pte_init_xscale", AT }, { "pmap_pte_init_armv6", AT } }, "armv7" },
		{ { { "pmap_pte_init_generic", AT }, { "pmap_pte_init_armv7", AT } }, "armv7" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct port_trial t;
		port_trial_make(&t, &port_samples_arm_mips_m68k[ARM]);
		t.kernel.arg = (void *)(uintptr_t)rows[i].symbols;
		if (port_trial_open(&t, "functions", KV_OK, ""))
			CHECK(strcmp(t.dump.as[t.dump.nas - 1].mmu.regime, rows[i].regime) == 0,
			    "functions %zu: %s", i, t.dump.as[t.dump.nas - 1].mmu.regime);
		port_trial_end(&t);
	}
}

/* OpenBSD/mips64's symbols in list, but one is at va; 0: there is none. */
static void
symbols_but_one(struct port_symbol list[5], const char *name, vaddr_t va)
{
	size_t n = 0;
	for (const struct port_symbol *s = symbols_openbsd_mips64; s->name != NULL; s++)
		if (strcmp(s->name, name) != 0)
			list[n++] = *s;
	if (va != 0)
		list[n++] = (struct port_symbol) { name, va };
	list[n] = (struct port_symbol) { 0 };
}

/* Each variable that leads to its tables: the kernel has none, or it is nowhere. */
static void
test_mips64_variables(void)
{
	static const struct {
		const char *symbol;
		vaddr_t va;		/* in user space, which is in no range */
		enum kv_status st;
		const char *text;
		bool no_kernel;
	} rows[] = {
		{ "Sysmap", 0, KV_EUNSUP, "file: give the kernel: only its Sysmap, Sysmapsize",
		    true },
		{ "Sysmap", 0, KV_EUNSUP, "the kernel file has no symbol Sysmap", false },
		{ "Sysmapsize", 0, KV_EUNSUP, "the kernel file has no symbol Sysmapsize", false },
		{ "Sysmap", 0x1000, KV_EABSENT, "Sysmap at 0x1000 cannot be read", false },
		{ "Sysmapsize", 0x1000, KV_EABSENT, "Sysmapsize at 0x1000 cannot be read", false },
		{ "Sysmapbase", 0x1000, KV_EABSENT, "Sysmapbase at 0x1000 cannot be read", false },
		{ "Sysmapbase", 0, KV_OK, "", false },	/* older kernels have none */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct port_symbol symbols[5];
		struct port_trial t;
		port_trial_make(&t, &port_samples_arm_mips_m68k[MIPS64]);
		symbols_but_one(symbols, rows[i].symbol, rows[i].va);
		t.kernel.arg = symbols;
		if (rows[i].no_kernel)
			t.kernel.machine = 0, t.kernel.os = "";
		(void)port_trial_open(&t, rows[i].symbol, rows[i].st, rows[i].text);
		port_trial_end(&t);
	}
}

/* Each variable in the last bytes of memory, where there is no byte more, and one byte farther. */
static void
test_mips64_last(void)
{
	static const struct {
		const char *symbol;
		unsigned size;
		uint64_t value;
	} rows[] = {
		{ "Sysmap", 8, UINT64_C(0x9800000000003000) }, { "Sysmapsize", 4, 0x100 }, { "uvmexp", 4, 0x4000 },
		{ "Sysmapbase", 8, UINT64_C(0xffffffffc0000000) },
	};
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const unsigned size = rows[i / 2].size, more = (unsigned)(i % 2);
		const char *symbol = rows[i / 2].symbol;
		struct port_symbol symbols[5];
		struct port_trial t;
		port_trial_make(&t, &port_samples_arm_mips_m68k[MIPS64]);
		symbols_but_one(symbols, symbol, UINT64_C(0xffffffff80010000) - size + more);
		t.kernel.arg = symbols;
		uint8_t *end = t.mem + 0xf000;	/* RAM begins at 0x1000 */
		t.size = (size_t)(end - t.image) + 8;
		port_sample_put(end - size + more, rows[i / 2].value, size, true);
		if (port_trial_open(&t, symbol, more ? KV_EABSENT : KV_OK, more ? "cannot be read" : "")) {
			CHECK_EQ(symbol, "page", port_sample_xlate(&t.dump, UINT64_C(0xffffffffc0004010)), 0x8010);
			/* Only a kernel that has all four leaves nothing to say. */
			CHECK(t.err.text[0] == '\0' || strcmp(symbol, "Sysmapbase") != 0, "it opens, and says %s",
			    t.err.text);
		}
		port_trial_end(&t);
	}
}

/* Memory that the header claims, and the file lacks, holds no table to list. */
static void
test_sysmap_claimed(void)
{
	static const struct {
		int sample;
		unsigned segment, sysmapsize;	/* of the last segment's size, in the cpu data; of that */
		const char *text;
	} rows[] = {
		{ LOONGSON, 24, 504 + 16 + 0x1008, "Sysmapsize is 0x100000, wanted " },
		{ MIPS64, 24, 504 + 16 + 0x1008, "Sysmapsize is 0x100000, wanted " },
		{ MIPSEL, 56, 8, "sysmapsize at offset 0x28 is 0x100000, wanted " },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct port_sample *sample = &port_samples_arm_mips_m68k[rows[i].sample];
		struct port_trial t;
		port_trial_make(&t, sample);
		put64(t.cpu + rows[i].segment, UINT64_C(1) << 62, sample->big);
		put32(t.cpu + rows[i].sysmapsize, 0x100000, sample->big);
		(void)port_trial_open(&t, sample->machine, KV_EFORMAT, rows[i].text);
		port_trial_end(&t);
	}
}

/* As many PTEs as memory has room for, and one more; what needs no PTE may be done with all of memory. */
static void
test_sysmap_full(void)
{
	static const struct {
		int sample;
		unsigned ptes;
	} rows[] = { { LOONGSON, 0xf000 / 4 }, { MIPS64, 0xf000 / 8 } };
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const unsigned more = (unsigned)(i % 2);
		char text[100] = "";
		struct port_trial t;
		port_trial_make(&t, &port_samples_arm_mips_m68k[rows[i / 2].sample]);
		put32(t.mem + 0x1008, rows[i / 2].ptes + more, t.kernel.big);
		if (more)
			(void)snprintf(text, sizeof(text), "file: the kernel's Sysmapsize is %#x, wanted %#x or less: there are "
			    "0xf000 bytes of memory", rows[i / 2].ptes + 1, rows[i / 2].ptes);
		(void)port_trial_open(&t, "full", more ? KV_EFORMAT : KV_OK, text);
		for (unsigned n = 0; n < t.dump.nas && n < 10; n++) {
			const struct mmu_src src = { .read = memory_read, .arg = &t.dump.mem };
			const struct as_range *as = &t.dump.as[n];
			struct kv_run run;
			CHECK_EQ("full", "walk", mmu_walk(&as->mmu, &src, as->lo, &run, NULL, NULL, NULL), KV_OK);
			CHECK_EQ("full", "protection", run.prot, KV_R | KV_W | KV_X);
		}
		port_trial_end(&t);
	}
}

/* More PTEs than KSEG2 has pages, in memory that has room for them. */
static void
test_sysmap_long(void)
{
	enum { PAGES = 1 << 18 };
	for (unsigned more = 0; more < 2; more++) {
		struct port_trial t;
		port_trial_make_in(&t, &port_samples_arm_mips_m68k[MIPSEL], SAMPLE_MAX);
		t.size = SAMPLE_MAX;
		put64(t.cpu + 56, 0x200000, false);
		put32(t.cpu + 8, PAGES + more, false);
		(void)port_trial_open(&t, "long", more ? KV_EFORMAT : KV_OK, more ?
		    "file: cpu segment at offset 0x20: sysmapsize is 262145, wanted 1 to 262144 PTEs" : "");
		port_trial_end(&t);
	}
}

/* More segments than a header has room for: what follows its array says nothing. */
static void
test_most_segments(void)
{
	static const struct {
		int sample;
		unsigned off, most;
	} rows[] = { { M68K, 92, 8 }, { GEN68K, 64, 8 }, { SUN3X, 40, 4 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct port_sample *sample = &port_samples_arm_mips_m68k[rows[i].sample];
		struct port_trial t;
		port_trial_make(&t, sample);
		for (unsigned n = 0; n <= rows[i].most; n++)
			put_segment(t.cpu + rows[i].off + 16 * n, 0x01000000 * (n + 1), 0x1000, true);
		if (port_trial_open(&t, sample->machine, KV_OK, ""))
			CHECK_EQ(sample->machine, "segments", t.dump.ram.n, rows[i].most);
		port_trial_end(&t);
	}
}

/* Each of gen68k's four registers, and the words beside them, which are none. */
static void
test_transparent(void)
{
	enum { FIRST = 40, LAST = 52 };	/* in the cpu data; before them srp, behind them reloc */
	static const struct {
		uint32_t base, ignored;		/* of the highest 8 bits */
		unsigned pieces;
	} rows[] = { { 0x5f, 0x80, 2 }, { 0x7f, 0x80, 2 }, { 0x00, 0x80, 2 }, { 0x10, 0x01, 1 } };
	for (unsigned i = 0; i < 4 * 6; i++) {
		const unsigned at = FIRST - 4 + 4 * (i / 4);
		const uint32_t base = rows[i % 4].base, ignored = rows[i % 4].ignored;
		const vaddr_t first = (vaddr_t)base << 24 | 0x1234, second = first | (vaddr_t)ignored << 24;
		struct port_trial t;
		port_trial_make(&t, &port_samples_arm_mips_m68k[GEN68K]);
		memset(t.cpu + FIRST, 0, 16);
		put32(t.cpu + at, base << 24 | ignored << 16 | 0x8507, true);
		if (port_trial_open(&t, "TT", KV_OK, "")) {
			const bool is_one = at >= FIRST && at <= LAST;
			CHECK_EQ("TT", "ranges", t.dump.nas, is_one ? rows[i % 4].pieces + 2 : 2);
			CHECK_EQ("TT", "first", port_sample_xlate(&t.dump, first), is_one ? first : NOWHERE);
			CHECK_EQ("TT", "second", port_sample_xlate(&t.dump, second), is_one ? second : NOWHERE);
			CHECK_EQ("TT", "beside", port_sample_xlate(&t.dump, first ^ 0x02000000), NOWHERE);
			CHECK_EQ("TT", "two on", port_sample_xlate(&t.dump, first ^ 0x03000000), NOWHERE);
		}
		port_trial_end(&t);
	}
}

/* Where the kernel is not apart from the tables, they answer for all of it. */
static void
test_no_reloc(void)
{
	static const struct {
		int sample;
		unsigned relocend;
	} rows[] = { { M68K, 88 }, { GEN68K, 60 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct port_sample *sample = &port_samples_arm_mips_m68k[rows[i].sample];
		struct port_trial t;
		port_trial_make(&t, sample);
		put32(t.cpu + rows[i].relocend, 0, true);
		if (port_trial_open(&t, sample->machine, KV_OK, ""))
			CHECK_EQ(sample->machine, "kernbase", port_sample_xlate(&t.dump, 0x10), NOWHERE);
		port_trial_end(&t);
	}
}

/* A file that ends in the midst of sun2's table. */
static void
test_sun2_cut(void)
{
	for (size_t left = 6 * 0x800 - 1; left <= 6 * 0x800; left++) {
		const bool cut = left < 6 * 0x800;
		struct port_trial t;
		port_trial_make(&t, &port_samples_arm_mips_m68k[SUN2]);
		t.size = (size_t)(t.mem - t.image) + left;
		if (port_trial_open(&t, "table", cut ? KV_ETRUNC : KV_OK, cut ?
		    "file: the rest of the PMEG table, 0x3000 bytes at offset 0x1828: " : ""))
			CHECK_EQ("table", "bytes", t.dump.mem.blob.len, 2040 + 256 * 64);
		port_trial_end(&t);
	}
}

/* A name that fills its field, and has no end there, is shown as far as the field goes. */
static void
test_long_name(void)
{
	static const int samples[] = { GEN68K, M68K, SUN3X };
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct port_sample *sample = &port_samples_arm_mips_m68k[samples[i]];
		struct port_trial t;
		port_trial_make(&t, sample);
		memset(t.cpu, 'n', 16);
		(void)port_trial_open(&t, sample->machine, KV_EFORMAT,
		    "file: name at offset 0x20 is \"nnnnnnnnnnnnnnnn\", wanted ");
		port_trial_end(&t);
	}
}

static const struct unit_test tests[] = {
	{ "a long Sysmap", test_sysmap_long },
	{ "a Sysmap of all memory", test_sysmap_full },
	{ "a long name", test_long_name },
	{ "more segments than there may be", test_most_segments },
	{ "transparent translation", test_transparent },
	{ "sun2's table cut", test_sun2_cut },
	{ "no relocation", test_no_reloc },
	{ "a Sysmap in memory that is not there", test_sysmap_claimed },
	{ "mips64's variables", test_mips64_variables },
	{ "mips64's variables at the end of memory", test_mips64_last },
	{ "ARM's functions", test_arm_functions },
	{ "ranges", test_ranges },
	{ "regimes and their shape", test_shape },
	{ "virtual addresses", test_virtual },
	{ "segments that ascend", test_ascending },
	{ "Sysmap in the cache", test_sysmap_cached },
	{ "choices", test_choices },
	{ "what mips does not tell", test_mips_unknown },
	{ "page 0 of an amiga", test_page_0 },
	{ "user table of arm", test_arm_user },
	{ "translation", test_places },
	{ "memory in the image", test_offsets },
	{ "headers that lie", test_lies },
	{ "headers cut", test_short },
	{ "headers cut by a byte", test_least },
	{ "linear memory", test_linear },
	{ "segments", test_segments },
	{ "room of what is not written", test_room },
	{ "random headers", test_random },	/* takes longest */
	{ 0 },
};
const struct unit_suite unit_port_arm_mips_m68k = { "port_arm_mips_m68k", tests };
