/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/port: powerpc, powerpc64, hppa, vax, sh; and the ports of which nothing is defined. */
#include "port/hppa.h"
#include "port_rows.h"

enum {
	EM_PPC = 20, EM_PPC64 = 21, EM_SH = 42, EM_IA64 = 50, EM_VAX = 75,
	EM_OR1K = 92,
};

/* ---- powerpc: RAM at 0 (16 KiB) and 0x20000 (48 KiB), hashed table at 0x20000 -------- */

enum { PPC_DBATL = 76, PPC_DBATU = 108, PPC_IBATL = 140, PPC_IBATU = 172, PPC_SEGS = 208 };

static void
fill_powerpc(uint8_t *cpu, uint8_t *mem)
{
	put32(cpu + 4, 0x00080301, true);
	put32(cpu + 8, 0x20000, true);
	put32(cpu + 12 + 4 * 9, 0x20000124, true);	/* both groups are in the dump */
	put32(cpu + 12 + 4 * 13, 0x20000123, true);
	put32(cpu + PPC_DBATU, 0x30000002, true);	/* 128 KiB */
	put32(cpu + PPC_DBATL, 0x00020002, true);
	put32(cpu + PPC_DBATU + 4, 0x40007ffe, true);	/* 1 GiB, with XBL */
	put32(cpu + PPC_DBATL + 4, 0x00000002, true);
	put32(cpu + PPC_IBATU + 4 * 7, 0x90000002, true);
	put32(cpu + PPC_IBATL + 4 * 7, 0x00100002, true);
	put_segment(cpu + PPC_SEGS, 0, 0x4000, true);
	put_segment(cpu + PPC_SEGS + 16, 0x20000, 0xc000, true);
	/* Page 1: hash 0x122.  Page 2: 0x121, secondary 0x2de. */
	put32(mem + 0x8880, 0x80009180, true);
	put32(mem + 0x8884, 0x21002, true);
	put32(mem + 0xf780 + 8 * 7, 0x800091c0, true);
	put32(mem + 0xf784 + 8 * 7, 0x22002, true);
}

static void
fill_powerpc_7455(uint8_t *cpu, uint8_t *mem)
{
	fill_powerpc(cpu, mem);
	put32(cpu + 4, 0x80010303, true);
}

/* The fifth pair, and those for instructions, do not exist. */
static void
fill_powerpc_601(uint8_t *cpu, uint8_t *mem)
{
	fill_powerpc(cpu, mem);
	put32(cpu + 4, 0x00010001, true);
	put32(cpu + PPC_DBATL, 0x00020040, true);
	put32(cpu + PPC_DBATU + 4 * 3, 0x60000000, true);
	put32(cpu + PPC_DBATL + 4 * 3, 0x00060040, true);
	put32(cpu + PPC_DBATU + 4 * 4, 0x50000000, true);
	put32(cpu + PPC_DBATL + 4 * 4, 0x00000040, true);
	put32(cpu + PPC_IBATU, 0x90000000, true);
	put32(cpu + PPC_IBATL, 0x00000040, true);
}

/* ---- powerpc64: RAM at 0 and 0x40000, hashed table at 0x40000 ----------------------- */

static void
fill_powerpc64(uint8_t *cpu, uint8_t *mem)
{
	put64(cpu + 8, 0x40000, true);
	put64(cpu + 16 + 8 * 13, 0x123, true);
	put64(cpu + 16 + 8 * 14, 0x08000155, true);	/* 16 MiB */
	put_segment(cpu + 408, 0, 0x4000, true);
	put_segment(cpu + 424, 0x40000, 0xc000, true);
	/* 0xd0001000: hash 0x122.  0xe1000000: hash 0x154. */
	put64(mem + 0xd100, 0x2460 << 7 | 1, true);
	put64(mem + 0xd108, 0x41002, true);
	put64(mem + 0xea00, 0x2aa2 << 7 | 5, true);
	put64(mem + 0xea08, 0x5000002, true);
}

/* ---- hppa: an image of 64 KiB, as its kernel says, too; vax: to _end ----------------- */

enum { PHYSMEM = 0x4000 };

static void
fill_hppa(uint8_t *cpu, uint8_t *mem)
{
	memset(cpu, 0xa5, 504);
	put32(mem + PHYSMEM, SAMPLE_MEM_MAX / 4096, true);
}

static const struct port_symbol symbols_hppa[] = { { "physmem", PHYSMEM }, { 0 } };

static void
fill_nothing(uint8_t *cpu, uint8_t *mem)
{
	(void)cpu, (void)mem;
}

static const struct port_symbol symbols_vax[] = { { "_end", 0x80005123 }, { 0 } };
static const struct port_symbol symbols_vax_end[] = { { "end", 0x80006000 }, { 0 } };

/* ---- sh: RAM at 0xc000000 (16 KiB) and 0xd000000 (48 KiB) ---------------------------- */

static void
fill_sh(uint8_t *cpu, uint8_t *mem)
{
	put32(cpu, 0xc001000, false);
	put32(cpu + 4, 2, false);
	put_segment(cpu + 8, 0xc000000, 0x4000, false);
	put_segment(cpu + 24, 0xd000000, 0xc000, false);
	put32(mem + 0x1000, 0x8c002000, false);
	put32(mem + 0x1000 + 4 * 126, 0xac002000, false);	/* in P2 */
	put32(mem + 0x1000 + 4 * 127, 0x8c003000, false);
	put32(mem + 0x2000 + 4 * 1, 0xd001100, false);
	put32(mem + 0x3000 + 4 * 1023, 0xe000100, false);
}

enum {
	POWERPC, POWERPC_7455, POWERPC_601, POWERPC64, HPPA, OPENBSD_HPPA, VAX, VAX_END, SH,
	SH3, SH3_BIG, OR1K, IA64, OPENBSD_POWERPC, OPENBSD_POWERPC64,
};

const struct port_sample port_samples_powerpc_hppa_sh_vax[] = {
	[POWERPC] = { "netbsd", "powerpc", EM_PPC, 32, true, 0x95, 504, fill_powerpc, NULL },
	[POWERPC_7455] = { "netbsd", "powerpc", EM_PPC, 32, true, 0x95, 504, fill_powerpc_7455, NULL },
	[POWERPC_601] = { "netbsd", "powerpc", EM_PPC, 32, true, 0x95, 504, fill_powerpc_601, NULL },
	[POWERPC64] = { "netbsd", "powerpc64", EM_PPC64, 64, true, 0x94, 504, fill_powerpc64, NULL },
	[HPPA] = { "netbsd", "hppa", EM_PARISC, 32, true, 0x9a, 504, fill_hppa, symbols_hppa },
	[OPENBSD_HPPA] = { "openbsd", "hppa", EM_PARISC, 32, true, 0x20b, 504, fill_hppa, symbols_hppa },
	[VAX] = { "netbsd", "vax", EM_VAX, 32, false, 0x96, 504, fill_nothing, symbols_vax },
	[VAX_END] = { "netbsd", "vax", EM_VAX, 32, false, 0x96, 504, fill_nothing, symbols_vax_end },
	[SH] = { "openbsd", "sh", EM_SH, 32, false, 0x91, 504, fill_sh, NULL },
	[SH3] = { "netbsd", "sh3", EM_SH, 32, false, 0x91, 504, fill_nothing, NULL },
	[SH3_BIG] = { "netbsd", "sh3", EM_SH, 32, true, 0x91, 504, fill_nothing, NULL },
	[OR1K] = { "netbsd", "or1k", EM_OR1K, 32, true, 0xb8, 504, fill_nothing, NULL },
	[IA64] = { "netbsd", "ia64", EM_IA64, 64, false, 0x9f, 496, fill_nothing, NULL },
	[OPENBSD_POWERPC] = { "openbsd", "powerpc", EM_PPC, 32, true, 0x95, 504, fill_nothing, NULL },
	[OPENBSD_POWERPC64] = { "openbsd", "powerpc64", EM_PPC64, 64, true, 0xa0, 504, fill_nothing,
	    NULL },
	{ 0 },
};

static const struct port_place places[] = {
	{ "primary",			POWERPC, 0xd0001234, 0x21234 },
	{ "secondary",			POWERPC, 0xd0002010, 0x22010 },
	{ "no PTE",			POWERPC, 0xd0003000, NOWHERE },
	{ "BAT, first",			POWERPC, 0x30000000, 0x20000 },
	{ "BAT, last",			POWERPC, 0x3001ffff, 0x3ffff },
	{ "BAT, beyond",		POWERPC, 0x30020000, NOWHERE },
	{ "750, 256 MiB",		POWERPC, 0x4fffffff, 0x0fffffff },
	{ "750, no XBL",		POWERPC, 0x50000000, NOWHERE },
	{ "7455, 1 GiB",		POWERPC_7455, 0x7fff0010, 0x3fff0010 },
	{ "7455, beyond",		POWERPC_7455, 0x80000000, NOWHERE },
	{ "last instruction BAT",	POWERPC, 0x90001234, 0x101234 },
	{ "powerpc above 4 GiB",	POWERPC, UINT64_C(0x1d0001234), NOWHERE },
	{ "601, primary",		POWERPC_601, 0xd0001234, 0x21234 },
	{ "601, BAT",			POWERPC_601, 0x30001234, 0x21234 },
	{ "601, not valid",		POWERPC_601, 0x40000010, NOWHERE },
	{ "601, a fourth BAT",		POWERPC_601, 0x60001234, 0x61234 },
	{ "601, a fifth BAT",		POWERPC_601, 0x50000010, NOWHERE },
	{ "601, instruction BAT",	POWERPC_601, 0x90001234, NOWHERE },
	{ "powerpc64, 4 KiB",		POWERPC64, 0xd0001234, 0x41234 },
	{ "powerpc64, 16 MiB",		POWERPC64, 0xe1234567, 0x5234567 },
	{ "powerpc64, no PTE",		POWERPC64, 0xd0002000, NOWHERE },
	{ "powerpc64, above 4 GiB",	POWERPC64, UINT64_C(0x1d0001234), NOWHERE },
	{ "hppa, first",		HPPA, 0, 0 },
	{ "hppa, last",			HPPA, SAMPLE_MEM_MAX - 1, SAMPLE_MEM_MAX - 1 },
	{ "hppa, beyond",		HPPA, SAMPLE_MEM_MAX, NOWHERE },
	{ "openbsd hppa, last",		OPENBSD_HPPA, SAMPLE_MEM_MAX - 1, SAMPLE_MEM_MAX - 1 },
	{ "openbsd hppa, beyond",	OPENBSD_HPPA, SAMPLE_MEM_MAX, NOWHERE },
	{ "vax, below",			VAX, 0x7fffffff, NOWHERE },
	{ "vax, first",			VAX, 0x80000000, 0 },
	{ "vax, last",			VAX, 0x80005122, 0x5122 },
	{ "vax, _end",			VAX, 0x80005123, NOWHERE },
	{ "vax, end",			VAX_END, 0x80005fff, 0x5fff },
	{ "vax, beyond end",		VAX_END, 0x80006000, NOWHERE },
	{ "sh, below P1",		SH, 0x7fffffff, NOWHERE },
	{ "sh, P1",			SH, 0x8c000010, 0xc000010 },
	{ "sh, P1 last",		SH, 0x9fffffff, 0x1fffffff },
	{ "sh, P2",			SH, 0xac000010, 0xc000010 },
	{ "sh, P2 last",		SH, 0xbfffffff, 0x1fffffff },
	{ "sh, P3",			SH, 0xc0001234, 0xd001234 },
	{ "sh, P3, not valid",		SH, 0xc0002000, NOWHERE },
	{ "sh, P3, no table",		SH, 0xc0400000, NOWHERE },
	{ "sh, P3, table in P2",	SH, 0xdf801000, NOWHERE },
	{ "sh, P3 last",		SH, 0xdfffffff, 0xe000fff },
	{ "sh, P4",			SH, 0xe0000000, NOWHERE },
};

static void
test_places(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		port_place_check(port_samples_powerpc_hppa_sh_vax, &places[i]);
}

static const struct port_lie lies[] = {
	{ "pvr 0",		POWERPC, 4, 4, 0, KV_EFORMAT, "pvr at offset 0x24 is 0, wanted" },
	{ "970",		POWERPC, 4, 4, 0x00390202, KV_EFORMAT, "pvr at offset 0x24 is 0x390202" },
	{ "405",		POWERPC, 4, 4, 0x40110145, KV_EFORMAT, "pvr" },
	{ "604e",		POWERPC, 4, 4, 0x00090204, KV_OK, "" },
	{ "no memory",		POWERPC, 216, 8, 0, KV_EFORMAT, "ram_segs[0].size at offset 0xf8 is 0" },
	{ "behind the end",	POWERPC, PPC_SEGS + 3 * 16 + 8, 8, 0x1000, KV_OK, "" },
	{ "behind the end",	POWERPC64, 408 + 3 * 16 + 8, 8, 0x1000, KV_OK, "" },
	{ "one segment",	POWERPC, 232, 8, 0, KV_OK, "" },
	{ "overlap",		POWERPC, 224, 8, 0x3fff, KV_EFORMAT, "segment 1: " },
	{ "wrap",		POWERPC, 232, 8, UINT64_MAX, KV_EFORMAT, "segment 1: " },
	{ "absent table",	POWERPC, 8, 4, 0x7fff01ff, KV_OK, "" },
	{ "HTABSIZE 28",	POWERPC64, 8, 8, 28, KV_OK, "" },
	{ "HTABSIZE 29",	POWERPC64, 8, 8, 0x4001d, KV_EFORMAT, "sdr1 at offset 0x28 is 0x4001d, wanted 0 to 28" },
	{ "no memory",		POWERPC64, 416, 8, 0, KV_EFORMAT, "ram_segs[0].size at offset 0x1c0 is 0" },
	{ "overlap",		POWERPC64, 424, 8, 0x3fff, KV_EFORMAT, "segment 1: " },
	{ "no segments",	SH, 4, 4, 0, KV_EFORMAT, "kcore_nsegs at offset 0x24 is 0, wanted 1 to 8" },
	{ "8 segments",		SH, 4, 4, 8, KV_OK, "" },
	{ "9 segments",		SH, 4, 4, 9, KV_EFORMAT, "kcore_nsegs at offset 0x24 is 0x9" },
	{ "2^32 - 1 segments",	SH, 4, 4, UINT32_MAX, KV_EFORMAT, "kcore_nsegs" },
	{ "odd kptp",		SH, 0, 4, 0xc001002, KV_EFORMAT, "kcore_kptp at offset 0x20 is 0xc001002" },
	{ "kptp in P1",		SH, 0, 4, 0x8c001000, KV_EFORMAT, "kcore_kptp at offset 0x20 is 0x8c001000" },
	{ "kptp last",		SH, 0, 4, 0x1ffffffc, KV_OK, "" },
	{ "kptp above memory",	SH, 0, 4, 0x20000000, KV_EFORMAT,
	    "kcore_kptp at offset 0x20 is 0x20000000, wanted a multiple of 4 up to 0x1fffffff" },
	{ "overlap",		SH, 24, 8, 0xc003fff, KV_EFORMAT, "segment 1: " },
	{ "overlap, where",	SH, 24, 8, 0xc003fff, KV_EFORMAT,
	    "memory segment table at offset 0x28, entry at 0x38" },
	{ "sh3",		SH3, 0, 4, 0, KV_EUNSUP, "netbsd/sh3: translation is undefined" },
	{ "sh3, big-endian",	SH3_BIG, 0, 4, 0, KV_EUNSUP, "netbsd/sh3: translation is undefined" },
	{ "or1k",		OR1K, 0, 4, 0, KV_EUNSUP, "netbsd/or1k: translation is undefined" },
	{ "ia64",		IA64, 0, 4, 0, KV_EUNSUP, "netbsd/ia64: translation is undefined" },
	{ "openbsd powerpc",	OPENBSD_POWERPC, 0, 4, 0, KV_EUNSUP, "openbsd/powerpc: translation is undefined" },
	{ "openbsd powerpc64",	OPENBSD_POWERPC64, 0, 4, 0, KV_EUNSUP, "openbsd/powerpc64: translation is undefined" },
};

static void
test_lies(void)
{
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		port_lie_check(port_samples_powerpc_hppa_sh_vax, &lies[i]);
}

/* Cpu data of every length: an error that says so, unless the port wants none. */
static void
test_short(void)
{
	static const struct {
		int sample;
		uint32_t wanted;
	} rows[] = { { POWERPC, 224 }, { POWERPC64, 424 }, { SH, 136 }, { HPPA, 0 }, { VAX, 0 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct port_sample *sample = &port_samples_powerpc_hppa_sh_vax[rows[i].sample];
		for (uint32_t size = 0; size < 504; size += 4) {
			char row[80];
			struct port_trial t;
			(void)snprintf(row, sizeof(row), "%s with %u bytes", sample->machine, (unsigned)size);
			port_trial_make(&t, sample);
			t.size = port_sample_cut(sample, size, t.image);
			(void)port_trial_open(&t, row, size < rows[i].wanted ? KV_EFORMAT : KV_OK,
			    size < rows[i].wanted ? "c_size is " : "");
			port_trial_end(&t);
		}
	}
}

/* Each processor of the OEA by its number (oea/spr.h), and some that are none. */
static void
test_pvrs(void)
{
	static const uint32_t good[] = { 0x0001, 0x0003, 0x0004, 0x0006, 0x0007, 0x0008, 0x0009, 0x000a,
		0x000c, 0x7000, 0x7002, 0x8000, 0x8001, 0x8002, 0x8003, 0x8004, 0x8005, 0x8006, 0x8007,
		0x800c, 0x0081, 0x8081, 0x8082, 0x8083 };
	static const uint32_t bad[] = { 0x0000, 0x0002, 0x0005, 0x3002, 0x7001, 0x7003, 0x8008, 0xf002 };
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]) + sizeof(bad) / sizeof(bad[0]); i++) {
		const bool is_good = i < sizeof(good) / sizeof(good[0]);
		const uint32_t pvr = is_good ? good[i] : bad[i - sizeof(good) / sizeof(good[0])];
		char row[80];
		struct port_trial t;
		(void)snprintf(row, sizeof(row), "pvr %#x", (unsigned)pvr);
		port_trial_make(&t, &port_samples_powerpc_hppa_sh_vax[POWERPC]);
		put32(t.cpu + 4, (uint64_t)pvr << 16 | 0x0202, true);
		if (port_trial_open(&t, row, is_good ? KV_OK : KV_EFORMAT, is_good ? "" : "pvr at offset 0x24 is ")) {
			/* The 601 has its own BATs; NetBSD's 745x but the 7450 have blocks above 256 MiB. */
			const bool xbl = pvr >= 0x8001 && pvr <= 0x8007;
			CHECK((port_sample_xlate(&t.dump, 0x30001234) == 0x21234) == (pvr != 0x0001),
			    "%s: form of its BATs", row);
			CHECK((port_sample_xlate(&t.dump, 0x50001234) == 0x10001234) == xbl,
			    "%s: blocks above 256 MiB", row);
		}
		port_trial_end(&t);
	}
}

/* How much memory hppa's image is. */
static void
test_hppa_size(void)
{
	static const struct {
		const char *name;
		uint32_t c_size;
		bool kernel;
		uint32_t physmem;
		enum kv_status st;
		uint64_t size;	/* 0: of no interest */
		const char *text;
	} rows[] = {
		{ "c_size",		0x8123, true, 4, KV_OK, 0x8123, "" },
		{ "cut",		0x12000, true, 4, KV_OK, 0x12000, "" },
		{ "physmem",		0, true, 4, KV_OK, 0x4000, "" },
		{ "physmem, cut",	0, true, 17, KV_OK, 0x11000, "" },
		{ "4 GiB",		0, true, 0x100000, KV_OK, UINT64_C(1) << 32, "" },
		{ "more",		0, true, 0x100001, KV_EFORMAT, 0, "physmem is 0x100001 pages, wanted 1 to 0x100000" },
		{ "none",		0, true, 0, KV_EFORMAT, 0, "physmem is 0 pages" },
		{ "no kernel",		0, false, 4, KV_OK, SAMPLE_MEM_MAX, "" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		struct port_trial t;
		port_trial_make(&t, &port_samples_powerpc_hppa_sh_vax[OPENBSD_HPPA]);
		if (!rows[i].kernel)
			t.kernel.arg = NULL;
		put32(t.mem - 12, rows[i].c_size, true);
		put32(t.mem + PHYSMEM, rows[i].physmem, true);
		if (port_trial_open(&t, row, rows[i].st, rows[i].text)) {
			const uint64_t last = rows[i].size - 1;
			CHECK_EQ(row, "memory", t.dump.ram.total, rows[i].size);
			CHECK_EQ(row, "last", port_sample_xlate(&t.dump, last), last);
			CHECK_EQ(row, "beyond", port_sample_xlate(&t.dump, last + 1), NOWHERE);
		}
		port_trial_end(&t);
	}
}

/* No file has such an offset; the sentence names the file all the same. */
static void
test_hppa_far(void)
{
	struct dump dump = { .kcore = { .mem_off = UINT64_C(1) << 63, .data_size = 0x1000 } };
	struct image img = { .name = "file", .size = 0x1000 };
	const struct port_kernel kernel = port_sample_kernel(&port_samples_powerpc_hppa_sh_vax[OPENBSD_HPPA]);
	struct kv_err err = { .text = "" };
	CHECK_EQ("far", "status", hppa_decode(&dump, &img, &kernel, &err), KV_EFORMAT);
	CHECK_TEXT("far", err.text, "file: segment 0: offset 0x8000000000000000 is past 2^63");
	CHECK_EQ("far", "ranges", dump.nas, 0);
	format_fini(&dump.ram);
}

/* Where vax's kernel may end. */
static void
test_vax_end(void)
{
	static const struct {
		const char *name;
		bool kernel;
		vaddr_t end;	/* 0: no such symbol */
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "one byte",	true, 0x80000001, KV_OK, "" },
		{ "no byte",	true, 0x80000000, KV_EFORMAT, "_end in the kernel file kernel is 0x80000000, wanted 0x80000001 to 0xc0000000" },
		{ "all of S0",	true, 0xc0000000, KV_OK, "" },
		{ "more",	true, 0xc0000001, KV_EFORMAT, "is 0xc0000001" },
		{ "no symbol",	true, 0, KV_EUNSUP, "kernel has no symbol _end" },
		{ "no kernel",	false, 0, KV_EUNSUP, "give the kernel, whose symbol _end" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		const vaddr_t end = rows[i].end;
		struct port_symbol symbols[] = { { end != 0 ? "_end" : NULL, end }, { 0 } };
		struct port_trial t;
		port_trial_make(&t, &port_samples_powerpc_hppa_sh_vax[VAX]);
		t.kernel.arg = symbols;
		if (!rows[i].kernel)
			t.kernel.machine = 0;
		if (port_trial_open(&t, row, rows[i].st, rows[i].text)) {
			CHECK_EQ(row, "last", port_sample_xlate(&t.dump, end - 1), end - 1 - 0x80000000);
			CHECK_EQ(row, "_end", port_sample_xlate(&t.dump, end), NOWHERE);
		}
		port_trial_end(&t);
	}
}

/* Without a kernel the data decides between systems of a machine id. */
static void
test_probes(void)
{
	static const struct {
		const char *name;
		int sample;
		unsigned off, size;
		uint64_t value;
		const char *text;	/* NULL: opens as the sample's port */
	} rows[] = {
		{ "sh",			SH, 4, 4, 2, NULL },
		{ "sh, 9 segments",	SH, 4, 4, 9, "netbsd/sh3" },
		{ "sh, no segments",	SH, 4, 4, 0, "netbsd/sh3" },
		{ "sh, descending",	SH, 8, 8, 0xe000000, "netbsd/sh3" },
		{ "sh, size 0",		SH, 32, 8, 0, "netbsd/sh3" },
		{ "sh, a few bytes",	SH, 32, 8, 0x10, NULL },
		{ "sh, memory at 0",	SH, 8, 8, 0, NULL },
		{ "sh, side by side",	SH, 24, 8, 0xc004000, NULL },
		{ "sh, overlap",	SH, 24, 8, 0xc003fff, "netbsd/sh3" },
		{ "sh, past 2^64",	SH, 32, 8, UINT64_MAX, "netbsd/sh3" },
		{ "sh, kptp above",	SH, 0, 4, 0x20000000, "netbsd/sh3" },
		{ "sh, kptp",		SH, 0, 4, 0x8c001000, "netbsd/sh3" },
		{ "powerpc",		POWERPC, 0, 4, 0, NULL },
		{ "powerpc, pvr",	POWERPC, 4, 4, 0x00390202, "openbsd/powerpc" },
		{ "powerpc, descending", POWERPC, PPC_SEGS, 8, 0x30000, "openbsd/powerpc" },
		{ "powerpc, overlap",	POWERPC, PPC_SEGS + 16, 8, 0x3fff, "openbsd/powerpc" },
		{ "powerpc, side by side", POWERPC, PPC_SEGS + 16, 8, 0x4000, NULL },
		{ "powerpc, wrap",	POWERPC, PPC_SEGS + 24, 8, UINT64_MAX, "openbsd/powerpc" },
		{ "powerpc, no memory",	POWERPC, PPC_SEGS + 8, 8, 0, "openbsd/powerpc" },
	};
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const unsigned n = (unsigned)(i / 2);
		struct port_trial t;
		if (i % 2 != 0)
			port_trial_make_device(&t, &port_samples_powerpc_hppa_sh_vax[rows[n].sample]);
		else
			port_trial_make(&t, &port_samples_powerpc_hppa_sh_vax[rows[n].sample]);
		port_sample_put(t.cpu + rows[n].off, rows[n].value, rows[n].size, t.kernel.big);
		t.kernel.machine = 0;
		const enum kv_status st = port_trial_try(&t, rows[n].name);
		CHECK_EQ(rows[n].name, t.device ? "opens (device)" : "opens", st == KV_OK, rows[n].text == NULL);
		CHECK_TEXT(rows[n].name, t.err.text, rows[n].text != NULL ? rows[n].text : "");
		port_trial_end(&t);
	}
}

/* Each of the segment registers: the one that has the number of the page tables' segment. */
static void
test_segment_registers(void)
{
	static const struct {
		int sample;
		unsigned off, size;
		paddr_t pa;
	} rows[] = { { POWERPC, 12, 4, 0x21234 }, { POWERPC64, 16, 8, 0x41234 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned n = 0; n < 16; n++) {
			struct port_trial t;
			port_trial_make(&t, &port_samples_powerpc_hppa_sh_vax[rows[i].sample]);
			uint8_t *sr = t.cpu + rows[i].off;
			memset(sr, 0, (size_t)16 * rows[i].size);
			port_sample_put(sr + (size_t)n * rows[i].size, 0x123, rows[i].size, true);
			if (rows[i].sample == POWERPC)	/* no blocks */
				memset(t.cpu + PPC_DBATL, 0, PPC_SEGS - PPC_DBATL);
			if (port_trial_open(&t, "sr", KV_OK, ""))
				for (unsigned k = 0; k < 16; k++)
					CHECK_EQ("sr", "address", port_sample_xlate(&t.dump, (vaddr_t)k << 28 | 0x1234),
					    k == n ? rows[i].pa : NOWHERE);
			port_trial_end(&t);
		}
}

/* Registers and one segment. */
static void
test_least(void)
{
	port_least_check(&port_samples_powerpc_hppa_sh_vax[POWERPC], PPC_SEGS + 16, KV_OK);
	port_least_check(&port_samples_powerpc_hppa_sh_vax[POWERPC64], 408 + 16, KV_OK);
}

/* Without all of its segments the data is not OpenBSD's. */
static void
test_probe_cut(void)
{
	const struct port_sample *sample = &port_samples_powerpc_hppa_sh_vax[SH];
	for (uint32_t size = 8; size <= 136; size += 4) {
		struct port_trial t;
		port_trial_make(&t, sample);
		t.kernel = port_no_kernel;
		t.size = port_sample_cut(sample, size, t.image);
		(void)port_trial_open(&t, "sh, cut", size < 136 ? KV_EUNSUP : KV_OK,
		    size < 136 ? "netbsd/sh3: translation is undefined" : "");
		port_trial_end(&t);
	}
}

static const struct port_range ranges[] = {
	/* P1, P2 and P3: the sections of SH7751 Hardware Manual, 3.2. */
	{ SH, 0, 3, 0x80000000, 0x9fffffff },
	{ SH, 1, 3, 0xa0000000, 0xbfffffff },
	{ SH, 2, 3, 0xc0000000, 0xdfffffff },
	{ POWERPC, 0, 1, 0, UINT32_MAX },
	{ POWERPC64, 0, 1, 0, UINT64_MAX },
	{ HPPA, 0, 1, 0, SAMPLE_MEM_MAX - 1 },
	{ OPENBSD_HPPA, 0, 1, 0, SAMPLE_MEM_MAX - 1 },
	{ VAX, 0, 1, 0x80000000, 0x80005122 },
};

static void
test_ranges(void)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		port_range_check(port_samples_powerpc_hppa_sh_vax, &ranges[i]);
}

static const struct port_shape shapes[] = {
	{ POWERPC, "oea", 32, 32, 4096, 8, 0x20000 },
	{ POWERPC_7455, "oea", 32, 32, 4096, 8, 0x20000 },
	{ POWERPC_601, "oea601", 32, 32, 4096, 8, 0x20000 },
	{ POWERPC64, "oea64", 64, 64, 4096, 8, 0x40000 },
	{ HPPA, "linear", 32, 32, 4096, 8, 0 },
	{ OPENBSD_HPPA, "linear", 32, 32, 4096, 8, 0 },
	{ SH, "sh", 32, 32, 4096, 4, 0xc001000 },
	{ VAX, "linear", 32, 32, 4096, 4, 0 },
};

static void
test_shape(void)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		port_shape_check(port_samples_powerpc_hppa_sh_vax, &shapes[i]);
}

static const struct unit_test tests[] = {
	{ "ranges", test_ranges },
	{ "regimes and their shape", test_shape },
	{ "translation", test_places },
	{ "headers that lie", test_lies },
	{ "processors", test_pvrs },
	{ "headers cut", test_short },
	{ "headers cut by a byte", test_least },
	{ "segment registers", test_segment_registers },
	{ "size of hppa's image", test_hppa_size },
	{ "offset of hppa's image", test_hppa_far },
	{ "end of vax's kernel", test_vax_end },
	{ "systems told apart", test_probes },
	{ "systems told apart by what is cut", test_probe_cut },
	{ 0 },
};
const struct unit_suite unit_port_powerpc_hppa_sh_vax = { "port_powerpc_hppa_sh_vax", tests };
