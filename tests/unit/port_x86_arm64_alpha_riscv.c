/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/port: amd64, i386, aarch64, alpha and riscv of NetBSD and OpenBSD. */
#include "port_rows.h"

#include <fcntl.h>
#include <unistd.h>

#include "kvm.h"
#include "port/amd64.h"

enum { EM_386 = 3, EM_X86_64 = 62, EM_AARCH64 = 183, EM_RISCV = 243, EM_ALPHA = 0x9026 };

/* ---- amd64: RAM at 0x1000 (36 KiB) and 0x100000 (12 KiB), root at 0x2000 ------------ */

/* 0xffffffff80001000 is at 0x101000. */
static void
fill_amd64(uint8_t *cpu, uint8_t *mem)
{
	put64(cpu, 0x2000, false);
	put64(cpu + 8, 2, false);
	put_segment(cpu + 16, 0x1000, 0x9000, false);
	put_segment(cpu + 32, 0x100000, 0x3000, false);
	put64(mem + 0x1000 + 8 * 511, 0x3003, false);
	put64(mem + 0x2000 + 8 * 510, 0x4003, false);
	put64(mem + 0x2000 + 8 * 511, 0x40000083, false);	/* 1 GiB */
	put64(mem + 0x3000, 0x5003, false);
	put64(mem + 0x4000 + 8 * 1, 0x101003, false);
}

static void
fill_netbsd_amd64(uint8_t *cpu, uint8_t *mem)
{
	fill_amd64(cpu, mem);
	put64(mem + 0x1000 + 8 * 320, 0x2003, false);
}

static void
fill_openbsd_amd64(uint8_t *cpu, uint8_t *mem)
{
	fill_amd64(cpu, mem);
	put64(mem + 0x1000 + 8 * 255, 0x2003, false);
}

static void
fill_openbsd_amd64_pcid(uint8_t *cpu, uint8_t *mem)
{
	fill_amd64(cpu, mem);
	put64(cpu, UINT64_C(0x8000000000002000), false);
}

/* ---- i386: RAM at 0x1000 (28 KiB) and 0x100000 (16 KiB) ---------------------------- */

static void
fill_i386_segments(uint8_t *cpu)
{
	put32(cpu + 4, 2, false);
	put_segment(cpu + 8, 0x1000, 0x7000, false);
	put_segment(cpu + 24, 0x100000, 0x4000, false);
}

static void
fill_i386(uint8_t *cpu, uint8_t *mem)
{
	fill_i386_segments(cpu);
	put32(cpu, 0x2018, false);
	put32(mem + 0x1000 + 4 * 256, 0x3003, false);		/* at 0x40000000, too */
	put32(mem + 0x1000 + 4 * 768, 0x3003, false);
	put32(mem + 0x1000 + 4 * 769, 0x400083, false);	/* 4 MiB */
	put32(mem + 0x2000 + 4 * 1, 0x101003, false);
	memcpy(mem + 0x8234, "sign", 5);		/* at 0xc0001234 */
}

/* Four page directories from 0x2000 on. */
static void
fill_i386_pae(uint8_t *cpu, uint8_t *mem)
{
	fill_i386_segments(cpu);
	put32(cpu, 0x2200, false);
	put64(mem + 0x4000, 0x6003, false);
	put64(mem + 0x5000 + 8 * 1, UINT64_C(0x8000000000101003), false);
	put64(mem + 0x5000 + 8 * 2, UINT64_C(0x123456003), false);
}

/* OpenBSD: an image from 0 on; cpu data of any content. */
static void
fill_openbsd_i386(uint8_t *cpu, uint8_t *mem)
{
	memset(cpu, 0xa5, 504);
	put32(mem + 0x4000, 0x2000, false);
	put32(mem + 0x4004, 0x1000, false);
	put32(mem + 0x2000 + 4 * 0x340, 0x3003, false);
	put32(mem + 0x3000 + 4 * 1, 0x5003, false);
}

static void
fill_openbsd_i386_pae(uint8_t *cpu, uint8_t *mem)
{
	(void)cpu;
	put32(mem + 0x4000, 0x8000, false);
	put32(mem + 0x4004, 0x4000, false);
	put32(mem + 0x4008, 1, false);
	put64(mem + 0x8000 + 8 * 0x680, 0xc003, false);
	put64(mem + 0xc000 + 8 * 1, UINT64_C(0x8000000000005003), false);
	put64(mem + 0xc000 + 8 * 2, UINT64_C(0x123456003), false);
}

/* With an underscore before each name, or none. */
static const struct port_symbol symbols_i386[] = {
	{ "PTDpaddr", 0xd0004000 }, { "PTDsize", 0xd0004004 }, { "cpu_pae", 0xd0004008 }, { 0 },
}, symbols_i386_underscore[] = {
	{ "_PTDpaddr", 0xd0004000 }, { "_PTDsize", 0xd0004004 }, { "_cpu_pae", 0xd0004008 }, { 0 },
};

/* ---- aarch64 ---------------------------------------------------------------------- */

/* 4 KiB granule, 48 bits; CnP is set in TTBR1. */
static void
fill_aarch64(uint8_t *cpu, uint8_t *mem)
{
	put64(cpu, UINT64_C(0x1285100510), false);
	put64(cpu + 8, 0x40001001, false);
	put64(cpu + 16, 2, false);
	put_segment(cpu + 24, 0x40000000, 0x6000, false);
	put_segment(cpu + 40, 0x80000000, 0x4000, false);
	put64(mem + 0x1000 + 8 * 384, 0x40002003, false);
	put64(mem + 0x2000, 0x40003003, false);
	put64(mem + 0x3000, 0x40004003, false);
	put64(mem + 0x3000 + 8 * 1, 0x80000401, false);	/* 2 MiB */
	put64(mem + 0x4000 + 8 * 1, 0x80001403, false);
}

/* 64 KiB granule, 42 bits. */
static void
fill_aarch64eb(uint8_t *cpu, uint8_t *mem)
{
	put64(cpu, UINT64_C(0xc0160000), true);
	put64(cpu + 8, 0x40000000, true);
	put64(cpu + 16, 2, true);
	put_segment(cpu + 24, 0x40000000, 0x8000, true);
	put_segment(cpu + 40, 0x40010000, 0x8000, true);
	put64(mem, 0x40010003, true);
	put64(mem + 0x8000 + 8 * 1, 0x40010403, true);
}

/* ---- alpha: RAM at 0x2000 (32 KiB) and 0x10000 (16 KiB) ---------------------------- */

static void
fill_alpha(uint8_t *cpu, uint8_t *mem)
{
	put64(cpu, 0x2000, false);
	put64(cpu + 8, 8192, false);
	put64(cpu + 16, 2, false);
	put_segment(cpu + 24, 0x2000, 0x8000, false);
	put_segment(cpu + 40, 0x10000, 0x4000, false);
	put64(mem, UINT64_C(2) << 32 | 1, false);	/* a process's, at 0x2000 */
	put64(mem + 8 * 768, UINT64_C(2) << 32 | 1, false);
	put64(mem + 0x2000, UINT64_C(3) << 32 | 1, false);
	put64(mem + 0x4000 + 8 * 1, UINT64_C(9) << 32 | 0x1161, false);	/* granularity hint 3 */
}

/* ---- riscv: RAM at 0x80000000 (24 KiB) and 0x90000000 (12 KiB) --------------------- */

static void
fill_riscv64(uint8_t *cpu, uint8_t *mem)
{
	put64(cpu, UINT64_C(8) << 60 | UINT64_C(0x1234) << 44 | 0x80001, false);
	put_segment(cpu + 64, 0x80000000, 0x6000, false);
	put_segment(cpu + 80, 0x90000000, 0x3000, false);
	put64(mem + 0x1000 + 8 * 256, 0x80002 << 10 | 1, false);
	put64(mem + 0x2000, 0x80003 << 10 | 1, false);
	put64(mem + 0x3000 + 8 * 1, UINT64_C(0x90001) << 10 | 0xcf, false);
}

static void
fill_riscv32(uint8_t *cpu, uint8_t *mem)
{
	put32(cpu, 0x80080001, false);
	put_segment(cpu + 32, 0x80000000, 0x6000, false);
	put_segment(cpu + 48, 0x90000000, 0x3000, false);
	put32(mem + 0x1000 + 4 * 0x300, 0x80002 << 10 | 1, false);
	put32(mem + 0x2000 + 4 * 1, UINT64_C(0x90001) << 10 | 0xcf, false);
}

/* ---- OpenBSD's static part --------------------------------------------------------- */

static void
fill_static(uint8_t *cpu, uint64_t base)
{
	put64(cpu, base, false);
	put64(cpu + 8, 0x2000, false);
	put64(cpu + 16, 0x3001, false);
	put_segment(cpu + 128, 0x40000000, 0x8000, false);
	put_segment(cpu + 160, 0x50000000, 0x4000, false);	/* the second of 8 is not used */
}

static void
fill_openbsd_arm64(uint8_t *cpu, uint8_t *mem)
{
	(void)mem;
	fill_static(cpu, UINT64_C(0xffffff8000000000));
}

static void
fill_openbsd_riscv64(uint8_t *cpu, uint8_t *mem)
{
	(void)mem;
	fill_static(cpu, UINT64_C(0xffffffc000000000));
}

enum {
	AMD64, AMD64_PLAIN, OPENBSD_AMD64, OPENBSD_AMD64_PCID, OPENBSD_AMD64_PLAIN, I386, I386_PAE,
	OPENBSD_I386, OPENBSD_I386_PAE, ARM64, ARM64EB, ALPHA, OPENBSD_ALPHA, RISCV32, RISCV64,
	OPENBSD_ARM64, OPENBSD_RISCV64,
};

const struct port_sample port_samples_x86_arm64_alpha_riscv[] = {
	[AMD64] = { "netbsd", "amd64", EM_X86_64, 64, false, 0x9d, 504, fill_netbsd_amd64, NULL },
	[AMD64_PLAIN] = { "netbsd", "amd64", EM_X86_64, 64, false, 0x9d, 504, fill_amd64, NULL },
	[OPENBSD_AMD64] = { "openbsd", "amd64", EM_X86_64, 64, false, 0x9d, 504, fill_openbsd_amd64, NULL },
	[OPENBSD_AMD64_PCID] = { "openbsd", "amd64", EM_X86_64, 64, false, 0x9d, 504,
	    fill_openbsd_amd64_pcid, NULL },
	[OPENBSD_AMD64_PLAIN] = { "openbsd", "amd64", EM_X86_64, 64, false, 0x9d, 504, fill_amd64, NULL },
	[I386] = { "netbsd", "i386", EM_386, 32, false, 0x86, 504, fill_i386, NULL },
	[I386_PAE] = { "netbsd", "i386", EM_386, 32, false, 0x86, 504, fill_i386_pae, NULL },
	[OPENBSD_I386] = { "openbsd", "i386", EM_386, 32, false, 0x86, 504, fill_openbsd_i386, symbols_i386 },
	[OPENBSD_I386_PAE] = { "openbsd", "i386", EM_386, 32, false, 0x86, 504, fill_openbsd_i386_pae,
	    symbols_i386_underscore },
	[ARM64] = { "netbsd", "aarch64", EM_AARCH64, 64, false, 0xb7, 496, fill_aarch64, NULL },
	[ARM64EB] = { "netbsd", "aarch64eb", EM_AARCH64, 64, true, 0xb7, 496, fill_aarch64eb, NULL },
	[ALPHA] = { "netbsd", "alpha", EM_ALPHA, 64, false, 0x8d, 504, fill_alpha, NULL },
	[OPENBSD_ALPHA] = { "openbsd", "alpha", EM_ALPHA, 64, false, 0x8d, 504, fill_alpha, NULL },
	[RISCV32] = { "netbsd", "riscv32", EM_RISCV, 32, false, 0xb9, 496, fill_riscv32, NULL },
	[RISCV64] = { "netbsd", "riscv64", EM_RISCV, 64, false, 0xb9, 496, fill_riscv64, NULL },
	[OPENBSD_ARM64] = { "openbsd", "arm64", EM_AARCH64, 64, false, 0x9f, 504, fill_openbsd_arm64, NULL },
	[OPENBSD_RISCV64] = { "openbsd", "riscv64", EM_RISCV, 64, false, 0xa1, 504,
	    fill_openbsd_riscv64, NULL },
	{ 0 },
};

static const struct port_place places[] = {
	{ "amd64, page",		AMD64, UINT64_C(0xffffffff80001234), 0x101234 },
	{ "amd64, no direct map",	AMD64, UINT64_C(0xfffffd8000101234), NOWHERE },
	{ "amd64, not canonical",	AMD64, UINT64_C(0x0000ffff80001234), NOWHERE },
	{ "openbsd amd64, page",	OPENBSD_AMD64, UINT64_C(0xffffffff80001234), 0x101234 },
	{ "openbsd amd64, 1 GiB",	OPENBSD_AMD64, UINT64_C(0xffffffffc0001234), 0x40001234 },
	{ "openbsd amd64, direct first", OPENBSD_AMD64, UINT64_C(0xfffffd8000000000), 0 },
	{ "openbsd amd64, below direct", OPENBSD_AMD64, UINT64_C(0xfffffd7fffffffff), NOWHERE },
	{ "openbsd amd64, direct last",	OPENBSD_AMD64, UINT64_C(0xffffff7fffffffff), UINT64_C(0x1ffffffffff) },
	{ "openbsd amd64, beyond direct", OPENBSD_AMD64, UINT64_C(0xffffff8000000000), NOWHERE },
	{ "openbsd amd64, PCID",	OPENBSD_AMD64_PCID, UINT64_C(0xffffffff80001234), 0x101234 },
	{ "i386, page",			I386, 0xc0001234, 0x101234 },
	{ "i386, 4 MiB",		I386, 0xc0400010, 0x400010 },
	{ "i386, not present",		I386, 0xc0002000, NOWHERE },
	{ "i386, above 4 GiB",		I386, UINT64_C(0x1c0001234), NOWHERE },
	{ "pae, page",			I386_PAE, 0xc0001234, 0x101234 },
	{ "pae, above 4 GiB",		I386_PAE, 0xc0002010, UINT64_C(0x123456010) },
	{ "pae, not present",		I386_PAE, 0xc0003010, NOWHERE },
	{ "openbsd i386, page",		OPENBSD_I386, 0xd0001234, 0x5234 },
	{ "openbsd i386, not present",	OPENBSD_I386, 0xd0002234, NOWHERE },
	{ "openbsd i386, the image is not mapped by itself", OPENBSD_I386, 0xd0404000, NOWHERE },
	{ "openbsd pae, page",		OPENBSD_I386_PAE, 0xd0001234, 0x5234 },
	{ "openbsd pae, above 4 GiB",	OPENBSD_I386_PAE, 0xd0002010, UINT64_C(0x123456010) },
	{ "aarch64, page",		ARM64, UINT64_C(0xffffc00000001234), 0x80001234 },
	{ "aarch64, block",		ARM64, UINT64_C(0xffffc00000203234), 0x80003234 },
	{ "aarch64, invalid",		ARM64, UINT64_C(0xffffc00000002234), NOWHERE },
	{ "aarch64, lower half",	ARM64, UINT64_C(0x0000c00000001234), NOWHERE },
	{ "aarch64eb, page",		ARM64EB, UINT64_C(0xfffffc0000011234), 0x40011234 },
	{ "aarch64eb, invalid",		ARM64EB, UINT64_C(0xfffffc0000021234), NOWHERE },
	{ "aarch64eb, below",		ARM64EB, UINT64_C(0xfffff80000011234), NOWHERE },
	{ "alpha, K1SEG",		ALPHA, UINT64_C(0xfffffe0000002010), 0x12010 },
	{ "alpha, K1SEG invalid",	ALPHA, UINT64_C(0xfffffe0000004010), NOWHERE },
	{ "alpha, K0SEG",		ALPHA, UINT64_C(0xfffffc0000012010), 0x12010 },
	{ "alpha, K0SEG last",		ALPHA, UINT64_C(0xfffffdffffffffff), UINT64_C(0x1ffffffffff) },
	{ "alpha, below K0SEG",		ALPHA, UINT64_C(0xfffffbffffffffff), NOWHERE },
	{ "alpha, user",		ALPHA, 0x2010, NOWHERE },
	{ "openbsd alpha, K1SEG",	OPENBSD_ALPHA, UINT64_C(0xfffffe0000002010), 0x12010 },
	{ "riscv32, page",		RISCV32, 0xc0001234, 0x90001234 },
	{ "riscv32, invalid",		RISCV32, 0xc0002234, NOWHERE },
	{ "riscv32, above 4 GiB",	RISCV32, UINT64_C(0x1c0001234), NOWHERE },
	{ "riscv64, page",		RISCV64, UINT64_C(0xffffffc000001234), 0x90001234 },
	{ "riscv64, not canonical",	RISCV64, UINT64_C(0x0000004000001234), NOWHERE },
	{ "openbsd arm64, first",	OPENBSD_ARM64, UINT64_C(0xffffff8000002000), 0x40002000 },
	{ "openbsd arm64, below",	OPENBSD_ARM64, UINT64_C(0xffffff8000001fff), NOWHERE },
	{ "openbsd arm64, last",	OPENBSD_ARM64, UINT64_C(0xffffff8000005000), 0x40005000 },
	{ "openbsd arm64, beyond",	OPENBSD_ARM64, UINT64_C(0xffffff8000005001), NOWHERE },
	{ "openbsd riscv64",		OPENBSD_RISCV64, UINT64_C(0xffffffc000003210), 0x40003210 },
};

static void
test_places(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		port_place_check(port_samples_x86_arm64_alpha_riscv, &places[i]);
}

/* ---- Headers that lie -------------------------------------------------------------- */

static const struct port_lie lies[] = {
	{ "no segments",	AMD64, 8, 8, 0, KV_EFORMAT, "nmemsegs at offset 0x28 is 0, wanted 1 to 0x1e" },
	{ "30 segments",	AMD64, 8, 8, 30, KV_OK, "" },
	{ "31 segments",	AMD64, 8, 8, 31, KV_EFORMAT, "nmemsegs at offset 0x28 is 0x1f" },
	{ "2^60 segments",	OPENBSD_AMD64, 8, 8, UINT64_C(1) << 60, KV_EFORMAT, "nmemsegs" },
	{ "overlap",		OPENBSD_AMD64, 32, 8, 0x9000, KV_EFORMAT, "segment 1: " },
	{ "no segments",	I386, 4, 4, 0, KV_EFORMAT, "nmemsegs at offset 0x24 is 0, wanted 1 to 0x1f" },
	{ "31 segments",	I386, 4, 4, 31, KV_OK, "" },
	{ "32 segments",	I386, 4, 4, 32, KV_EFORMAT, "nmemsegs at offset 0x24 is 0x20" },
	{ "2^28 segments",	I386, 4, 4, 0x10000000, KV_EFORMAT, "nmemsegs" },
	{ "overlap",		I386_PAE, 24, 8, 0x7fff, KV_EFORMAT, "segment 1: " },
	{ "wrap",		I386_PAE, 32, 8, UINT64_MAX, KV_EFORMAT, "segment 1: " },
	{ "absent root",	I386_PAE, 0, 4, 0x90000200, KV_OK, "" },
	{ "no segments",	ARM64, 16, 8, 0, KV_EFORMAT, "kh_nramsegs at offset 0x30 is 0, wanted 1 to 0x1d" },
	{ "29 segments",	ARM64, 16, 8, 29, KV_OK, "" },	/* without a terminator */
	{ "30 segments",	ARM64, 16, 8, 30, KV_EFORMAT, "kh_nramsegs at offset 0x30 is 0x1e" },
	{ "2^60 segments",	ARM64EB, 16, 8, UINT64_C(1) << 60, KV_EFORMAT, "kh_nramsegs" },
	{ "no granule",		ARM64, 0, 8, 0x00100000, KV_EFORMAT, "kh_tcr1 at offset 0x20: TCR_EL1 0x100000: granule" },
	{ "T1SZ 15",		ARM64, 0, 8, UINT64_C(0x800f0000), KV_EFORMAT, "T1SZ" },
	{ "T1SZ 49",		ARM64, 0, 8, UINT64_C(0x80310000), KV_EFORMAT, "T1SZ" },
	{ "T1SZ 48",		ARM64, 0, 8, UINT64_C(0x80300000), KV_OK, "" },
	{ "overlap",		ARM64, 40, 8, 0x40005fff, KV_EFORMAT, "segment 1: " },
	{ "page_size 0",	ALPHA, 8, 8, 0, KV_EFORMAT, "page_size at offset 0x28 is 0, wanted 0x2000" },
	{ "page_size 16384",	OPENBSD_ALPHA, 8, 8, 16384, KV_EFORMAT, "page_size at offset 0x28 is 0x4000" },
	{ "lev1map_pa odd",	ALPHA, 0, 8, 0x3000, KV_EFORMAT, "lev1map_pa at offset 0x20 is 0x3000" },
	{ "no segments",	ALPHA, 16, 8, 0, KV_EFORMAT, "nmemsegs at offset 0x30 is 0, wanted 1 to 0x1e" },
	{ "30 segments",	ALPHA, 16, 8, 30, KV_OK, "" },
	{ "31 segments",	OPENBSD_ALPHA, 16, 8, 31, KV_EFORMAT, "nmemsegs at offset 0x30 is 0x1f" },
	{ "no memory",		RISCV64, 72, 8, 0, KV_EFORMAT, "kh_ramsegs[0].size at offset 0x68 is 0" },
	{ "behind the end",	RISCV64, 64 + 3 * 16 + 8, 8, 0x1000, KV_OK, "" },
	{ "behind the end",	RISCV32, 32 + 3 * 16 + 8, 8, 0x1000, KV_OK, "" },
	{ "one segment",	RISCV64, 88, 8, 0, KV_OK, "" },
	{ "overlap",		RISCV64, 80, 8, 0x80005fff, KV_EFORMAT, "segment 1: " },
	{ "translation off",	RISCV64, 0, 8, 0x80001, KV_EFORMAT, "kh_satp at offset 0x20: satp 0x80001 has mode 0" },
	{ "mode 11",		RISCV64, 0, 8, UINT64_C(11) << 60, KV_EUNSUP, "mode 11" },
	{ "absent root",	RISCV64, 0, 8, UINT64_C(9) << 60 | 0x12345, KV_OK, "" },
	{ "translation off",	RISCV32, 0, 4, 0x00080001, KV_EFORMAT, "kh_satp at offset 0x20" },
	{ "words of no meaning", RISCV32, 4, 4, 0xffffffff, KV_OK, "" },
	{ "no memory",		RISCV32, 40, 8, 0, KV_EFORMAT, "kh_ramsegs[0].size at offset 0x48 is 0" },
	{ "no memory",		OPENBSD_ARM64, 136, 8, 0, KV_EFORMAT, "ram_segs[0].size at offset 0xa8 is 0" },
	/* The upper half of its start, and the lower of its size. */
	{ "no memory, far",	OPENBSD_ARM64, 132, 8, 0x01000000, KV_EFORMAT, "ram_segs[0].size at offset 0xa8 is 0" },
	{ "some bytes",		OPENBSD_ARM64, 136, 8, 0x80, KV_OK, "" },
	{ "staticsize 0",	OPENBSD_ARM64, 16, 8, 0, KV_OK, "" },
	{ "up to 2^64",		OPENBSD_ARM64, 16, 8, UINT64_C(0x7fffffe000), KV_OK, "" },
	{ "past 2^64",		OPENBSD_ARM64, 16, 8, UINT64_C(0x7fffffe001), KV_EFORMAT, "staticsize at offset 0x30 is 0x7fffffe001" },
	{ "kerneloffs past 2^64", OPENBSD_RISCV64, 8, 8, UINT64_C(0x4000000000), KV_EFORMAT, "kerneloffs at offset 0x28" },
	{ "overlap",		OPENBSD_RISCV64, 160, 8, 0x40007fff, KV_EFORMAT, "segment 2: " },
};

static void
test_lies(void)
{
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++)
		port_lie_check(port_samples_x86_arm64_alpha_riscv, &lies[i]);
}

/* PTDpaddr in the last 4 bytes of memory. */
static void
test_last_variable(void)
{
	struct port_symbol symbols[4];
	struct port_trial t;
	port_trial_make(&t, &port_samples_x86_arm64_alpha_riscv[OPENBSD_I386]);
	memcpy(symbols, symbols_i386, sizeof(symbols));
	symbols[0].va = 0xd0000000 + SAMPLE_MEM_MAX - 4;
	t.kernel.arg = symbols;
	put32(t.image + t.size - 4, 0x2000, false);
	if (port_trial_open(&t, "last variable", KV_OK, ""))
		CHECK_EQ("last variable", "page", port_sample_xlate(&t.dump, 0xd0001010), 0x5010);
	port_trial_close(&t);
	t.size--;
	(void)port_trial_open(&t, "cut variable", KV_ETRUNC, "PTDpaddr at 0xd000fffc cannot be read");
	port_trial_end(&t);
}

/* What is before the segments, and one of these, where two are counted; amd64's may have none. */
static void
test_least(void)
{
	static const struct {
		int sample;
		uint32_t need;
		enum kv_status st;
	} rows[] = {
		{ RISCV32, 8 * 4 + 16, KV_OK }, { RISCV64, 8 * 8 + 16, KV_OK },
		{ ARM64, 24 + 16, KV_EFORMAT }, { ARM64EB, 24 + 16, KV_EFORMAT },
		{ ALPHA, 24 + 16, KV_EFORMAT }, { I386, 8 + 16, KV_EFORMAT }, { AMD64, 16, KV_EFORMAT },
		{ OPENBSD_ARM64, 16 * 8 + 8 * 16, KV_OK }, { OPENBSD_RISCV64, 16 * 8 + 8 * 16, KV_OK },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		port_least_check(&port_samples_x86_arm64_alpha_riscv[rows[i].sample], rows[i].need, rows[i].st);
}

extern const struct port port_openbsd_arm64;	/* by ports.def */

/* A kernelbase in the upper half, or none at all, and all of the segments. */
static void
test_static_probe(void)
{
	static const struct {
		const char *name;
		uint64_t base;
		unsigned less;
		bool is;
	} rows[] = {
		{ "upper half", UINT64_C(0xffffff8000000000), 0, true },
		{ "lowest of the upper half", UINT64_C(1) << 63, 0, true },
		{ "highest of the lower half", INT64_MAX, 0, false },
		{ "none", 0, 0, true },
		{ "cut by a byte", UINT64_C(0xffffff8000000000), 1, false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t cpu[16 * 8 + 8 * 16] = { 0 };
		fill_static(cpu, rows[i].base);
		const struct netbsd_kcore kc = { .cpu = { cpu, sizeof(cpu) - rows[i].less, false } };
		CHECK_EQ(rows[i].name, "probe", port_openbsd_arm64.probe(&kc, NULL), rows[i].is);
	}
	uint8_t cpu[16 * 8 + 8 * 16] = { 0 };
	const struct netbsd_kcore kc = { .cpu = { cpu, sizeof(cpu), false } };
	CHECK_EQ("no memory", "probe", port_openbsd_arm64.probe(&kc, NULL), false);
	put_segment(cpu + 128, 0, 0x1000, false);
	CHECK_EQ("memory at 0", "probe", port_openbsd_arm64.probe(&kc, NULL), true);
	put_segment(cpu + 128, 0, 0x10, false);
	CHECK_EQ("a few bytes", "probe", port_openbsd_arm64.probe(&kc, NULL), true);
	put_segment(cpu + 128, UINT64_MAX - 0xf, 0x100, false);
	CHECK_EQ("past 2^64", "probe", port_openbsd_arm64.probe(&kc, NULL), false);
	/* What lies behind the last of the segments is none, whatever it is. */
	uint8_t more[sizeof(cpu) + 16] = { 0 };
	const struct netbsd_kcore longer = { .cpu = { more, sizeof(more), false } };
	put_segment(more + 128, 0x10000, 0x1000, false);
	put_segment(more + sizeof(cpu), 0x1000, 0x1000, false);
	CHECK_EQ("a ninth segment", "probe", port_openbsd_arm64.probe(&longer, NULL), true);
	put_segment(more + sizeof(cpu) - 16, 0x1000, 0x1000, false);
	CHECK_EQ("an eighth segment", "probe", port_openbsd_arm64.probe(&longer, NULL), false);
}

/* A kernel that begins in the last byte of physical memory, and one that begins behind it. */
static void
test_static_at_the_end(void)
{
	for (uint64_t offs = 0x7fff; offs <= 0x8000; offs++) {
		struct port_trial t;
		port_trial_make(&t, &port_samples_x86_arm64_alpha_riscv[OPENBSD_ARM64]);
		put64(t.cpu + 8, offs, false);
		put_segment(t.cpu + 128, UINT64_MAX - 0x7fff, 0x4000, false);
		put_segment(t.cpu + 160, 0, 0, false);
		(void)port_trial_open(&t, "static part", offs == 0x7fff ? KV_OK : KV_EFORMAT, offs == 0x7fff ? "" :
		    "ram_segs[0].start at offset 0xa0 is 0xffffffffffff8000, wanted 0xffffffffffff7fff or less: "
		    "kerneloffs is 0x8000");
		port_trial_end(&t);
	}
}

/* Cpu data of every length: an error that says so, or right. */
static void
test_short(void)
{
	for (const struct port_sample *sample = port_samples_x86_arm64_alpha_riscv; sample->os != NULL; sample++) {
		const bool headless = strcmp(sample->machine, "i386") == 0 &&
		    strcmp(sample->os, "openbsd") == 0;
		for (uint32_t size = 0; size < 256; size += 4) {
			struct port_trial t;
			port_trial_make(&t, sample);
			t.size = port_sample_cut(sample, size, t.image);
			if (port_trial_try(&t, sample->machine) == KV_OK)
				CHECK(headless || size >= 24, "%s: opens with %u bytes of cpu data",
				    sample->machine, size);
			else
				CHECK_TEXT(sample->machine, t.err.text, "file: ");
			port_trial_end(&t);
		}
	}
}

/* ---- OpenBSD/i386's variables and memory ------------------------------------------- */

static const struct {
	const char *name;
	unsigned off, value;	/* a word of memory; off 0: none */
	bool kernel;
	enum kv_status st;
	const char *text;
} variables[] = {
	{ "good",		0, 0, true, KV_OK, "" },
	{ "no kernel",		0, 0, false, KV_EUNSUP, "PTDpaddr" },
	{ "PTDpaddr odd",	0x4000, 0x2010, true, KV_EFORMAT, "PTDpaddr is 0x2010, wanted a multiple of 0x1000" },
	{ "PTDsize",		0x4004, 0x4000, true, KV_EFORMAT, "PTDsize is 0x4000, wanted 0x1000 where cpu_pae is 0" },
	{ "cpu_pae",		0x4008, 1, true, KV_EFORMAT, "PTDsize is 0x1000, wanted 0x4000 where cpu_pae is 0x1" },
};

static void
test_variables(void)
{
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		struct port_trial t;
		port_trial_make(&t, &port_samples_x86_arm64_alpha_riscv[OPENBSD_I386]);
		if (!variables[i].kernel)
			t.kernel.machine = 0;
		if (variables[i].off != 0)
			put32(t.mem + variables[i].off, variables[i].value, false);
		(void)port_trial_open(&t, variables[i].name, variables[i].st, variables[i].text);
		port_trial_end(&t);
	}
}

/* Symbols that are missing, or lead outside of the kernel's image. */
static void
test_symbols(void)
{
	for (int i = 0; i < 4; i++) {
		char text[100] = "file: PTDpaddr at 0xcffff000 cannot be read: ";
		struct port_symbol symbols[4];
		struct port_trial t;
		port_trial_make(&t, &port_samples_x86_arm64_alpha_riscv[OPENBSD_I386]);
		memcpy(symbols, symbols_i386, sizeof(symbols));
		t.kernel.arg = symbols;
		if (i < 3) {
			symbols[i].name = "another";
			(void)snprintf(text, sizeof(text), "file: kernel: the kernel file has no symbol %s",
			    symbols_i386[i].name);
		} else
			symbols[0].va = 0xcffff000;
		(void)port_trial_open(&t, "symbols", i < 3 ? KV_EUNSUP : KV_EABSENT, text);
		CHECK(strncmp(t.err.text, "file: ", 6) == 0, "symbols: %s", t.err.text);
		CHECK(t.dump.port == NULL && t.dump.nas == 0, "symbols: something is left");
		port_trial_end(&t);
	}
}

/* An image without a segment list: its length is c_size's, as far as that can be. */
static void
test_linear(void)
{
	static const struct {
		const char *name;
		uint32_t c_size;
		uint64_t total;
	} rows[] = {
		{ "as large as it is",	SAMPLE_MEM_MAX, SAMPLE_MEM_MAX },
		{ "cut",		SAMPLE_MEM_MAX + 1, SAMPLE_MEM_MAX + 1 },
		{ "cut, 4 GiB more",	SAMPLE_MEM_MAX - 1, SAMPLE_MEM_MAX - 1 + (UINT64_C(1) << 32) },
		{ "not told",		0, SAMPLE_MEM_MAX },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct port_trial t;
		port_trial_make(&t, &port_samples_x86_arm64_alpha_riscv[OPENBSD_I386]);
		put32(t.mem - 12, rows[i].c_size, false);
		if (port_trial_open(&t, rows[i].name, KV_OK, ""))
			CHECK_EQ(rows[i].name, "bytes", t.dump.ram.total, rows[i].total);
		port_trial_end(&t);
	}
}

/* ---- What the registers tell ------------------------------------------------------- */

static const struct port_shape shapes[] = {
	{ AMD64, "4level", 64, 48, 4096, 8, 0x2000 },
	{ I386, "32bit", 32, 32, 4096, 4, 0x2000 },
	{ I386_PAE, "pae", 32, 32, 4096, 4, 0x2000 },
	{ OPENBSD_AMD64, "4level", 64, 48, 4096, 8, 0x2000 },
	{ OPENBSD_AMD64_PCID, "4level", 64, 48, 4096, 8, 0x2000 },
	{ OPENBSD_I386, "32bit", 32, 32, 4096, 4, 0x2000 },
	{ OPENBSD_I386_PAE, "pae", 32, 32, 4096, 4, 0x8000 },
	{ ARM64, "4k", 64, 48, 4096, 16, 0x40001000 },
	{ ARM64EB, "64k", 64, 42, 65536, 16, 0x40000000 },
	{ ALPHA, "alpha", 64, 43, 8192, 8, 0x2000 },
	{ OPENBSD_ALPHA, "alpha", 64, 43, 8192, 8, 0x2000 },
	{ RISCV32, "sv32", 32, 32, 4096, 16, 0x80001000 },
	{ RISCV64, "sv39", 64, 39, 4096, 16, 0x80001000 },
	{ OPENBSD_ARM64, "linear", 64, 64, 4096, 8, 0 },
	{ OPENBSD_RISCV64, "linear", 64, 64, 4096, 8, 0 },
};

static void
test_shape(void)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		port_shape_check(port_samples_x86_arm64_alpha_riscv, &shapes[i]);
	/* Bits 51:12 of CR3 are the table's address. */
	struct port_trial t;
	port_trial_make(&t, &port_samples_x86_arm64_alpha_riscv[AMD64]);
	put64(t.cpu, UINT64_C(0x7ff8000000002fff), false);
	if (port_trial_open(&t, "CR3", KV_OK, "")) {
		CHECK_EQ("CR3", "root", t.dump.root, UINT64_C(0x8000000002000));
		CHECK_TEXT("CR3", t.dump.as[t.dump.nas - 1].mmu.regime, "4level");
	}
	port_trial_end(&t);
}

/*
 * amd64's systems by the entry of the top table that leads back to it: OpenBSD's is number 255, NetBSD's one
 * of 256 to 511.  The table is what of it a segment holds and the image has.
 */
static void
test_amd64_systems(void)
{
	enum { MEM = 0x100, ROOT = 0x8000, SIZE = 0x2000, EITHER = AMD64_EITHER, NETBSD = AMD64_NETBSD,
		OPENBSD = AMD64_OPENBSD };
	static const struct {
		const char *name;
		uint64_t root;			/* CR3 */
		unsigned slot;			/* which has the entry; of the segment's beginning */
		uint64_t entry, nsegs, start, size;	/* of the first segment; the second is the root's */
		uint64_t root_size, image;
		size_t cpu_len;
		int is;
	} rows[] = {
		{ "OpenBSD's", ROOT, 255, ROOT | 3, 2, 0x5000, 0x1000, SIZE, 0x4000, 504, OPENBSD },
		{ "NetBSD's first", ROOT, 256, ROOT | 1, 2, 0x5000, 0x1000, SIZE, 0x4000, 504, NETBSD },
		{ "NetBSD's last", ROOT, 511, ROOT | 1, 2, 0x5000, 0x1000, SIZE, 0x4000, 504, NETBSD },
		{ "no system's", ROOT, 254, ROOT | 1, 2, 0x5000, 0x1000, SIZE, 0x4000, 504, EITHER },
		{ "behind the table", ROOT, 512, ROOT | 1, 2, 0x5000, 0x1000, SIZE, 0x4000, 504, EITHER },
		{ "bits that are no address", ROOT | 0xfff, 255, ROOT | UINT64_C(0xfff0000000000fff), 2, 0x5000, 0x1000, SIZE,
		    0x4000, 504, OPENBSD },
		{ "not present", ROOT, 255, ROOT | 0xffe, 2, 0x5000, 0x1000, SIZE, 0x4000, 504, EITHER },
		{ "to another table", ROOT, 255, (ROOT + 0x1000) | 1, 2, 0x5000, 0x1000, SIZE, 0x4000, 504, EITHER },
		{ "to another far table", ROOT, 255, ROOT | UINT64_C(1) << 51 | 1, 2, 0x5000, 0x1000, SIZE, 0x4000, 504,
		    EITHER },
		{ "segments side by side", ROOT, 255, ROOT | 1, 2, ROOT - 0x1000, 0x1000, SIZE, 0x4000, 504, OPENBSD },
		{ "the segment ends with it", ROOT, 255, ROOT | 1, 2, 0x5000, 0x1000, 8 * 256, 0x4000, 504, OPENBSD },
		{ "the segment cuts it", ROOT, 255, ROOT | 1, 2, 0x5000, 0x1000, 8 * 256 - 1, 0x4000, 504, EITHER },
		{ "the segment ends before", ROOT, 256, ROOT | 1, 2, 0x5000, 0x1000, 8 * 256, 0x4000, 504, EITHER },
		{ "the image ends with it", ROOT, 255, ROOT | 1, 2, 0x5000, 0x1000, SIZE, MEM + 0x1000 + 8 * 256, 504,
		    OPENBSD },
		{ "the image cuts it", ROOT, 255, ROOT | 1, 2, 0x5000, 0x1000, SIZE, MEM + 0x1000 + 8 * 256 - 1, 504, EITHER },
		{ "in no segment", ROOT, 255, ROOT | 1, 1, 0x5000, 0x1000, SIZE, 0x4000, 504, EITHER },
		{ "more segments than there are", 0x20000, 255, ROOT | 1, 40, 0x5000, 0x1000, SIZE, 0x4000, 504, EITHER },
		{ "no block of a disk", ROOT, 255, ROOT | 1, 2, 0x5000, 0x1000, SIZE, 0x4000, 505, NETBSD },
		{ "less than a block", ROOT, 255, ROOT | 1, 2, 0x5000, 0x1000, SIZE, 0x4000, 503, NETBSD },
		{ "a PCID", ROOT | UINT64_C(1) << 63, 256, ROOT | 1, 2, 0x5000, 0x1000, SIZE, 0x4000, 16, OPENBSD },
		{ "no PCID", ROOT | UINT64_C(1) << 62, 256, ROOT | 1, 2, 0x5000, 0x1000, SIZE, 0x4000, 504, NETBSD },
		{ "no root", ROOT, 255, ROOT | 1, 2, 0x5000, 0x1000, SIZE, 0x4000, 7, EITHER },
		/* What lies behind it in the image would lie at its beginning, if 64 bits were all. */
		{ "a segment past 2^64", ROOT, 255, ROOT | 1, 2, 0x100000, UINT64_MAX - (MEM - 1), SIZE, 0x4000, 504, EITHER },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static uint8_t image[0x4000];
		uint8_t cpu[512] = { 0 };
		const struct netbsd_kcore kc = { .cpu = { cpu, rows[i].cpu_len, false }, .mem_off = MEM };
		struct image img;
		put64(cpu, rows[i].root, false);
		put64(cpu + 8, rows[i].nsegs, false);
		put_segment(cpu + 16, rows[i].start, rows[i].size, false);
		put_segment(cpu + 32, ROOT, rows[i].root_size, false);
		memset(image, 0, sizeof(image));
		put64(image + (rows[i].start > ROOT ? 0 : MEM + 0x1000) + 8 * rows[i].slot, rows[i].entry, false);
		CHECK_EQ(rows[i].name, "image", image_open_mem(&img, "file", image, (size_t)rows[i].image, NULL), KV_OK);
		CHECK_EQ(rows[i].name, "system", amd64_system(&kc, &img), rows[i].is);
		image_close(&img);
	}
}

/* What tells the systems apart where no kernel is given. */
static void
test_without_kernel(void)
{
	static const struct {
		int sample;
		bool opens;
		const char *text;
		/* 8 bytes instead, in the cpu data or in memory, if not 0. */
		bool mem;
		unsigned off;
		uint64_t value;
	} rows[] = {
		{ RISCV64, false, "is not what netbsd/riscv32 or netbsd/riscv64 has",
		    false, 0, UINT64_C(8) << 60 | 0x12345 },	/* the root is in no segment */
		{ RISCV64, false, "is not what", false, 0, UINT64_C(7) << 60 | 0x80001 },
		{ RISCV64, true, "", false, 0, UINT64_C(8) << 60 | 0x80000 },	/* in its first page */
		{ RISCV64, true, "", false, 0, UINT64_C(8) << 60 | 0x80005 },	/* in its last one */
		{ RISCV64, false, "is not what", false, 0, UINT64_C(8) << 60 | 0x80006 },
		/* Segments that do not ascend are none of NetBSD's. */
		{ I386, false, "openbsd/i386", false, 24, 0x1000 },
		{ I386, false, "openbsd/i386", false, 24, 0x7fff },
		{ I386, true, "", false, 24, 0x8000 },		/* side by side */
		{ I386, false, "openbsd/i386", false, 32, UINT64_MAX },
		{ I386, false, "openbsd/i386", false, 0, 0x2018 },	/* no segment */
		{ I386, true, "", false, 0, UINT64_C(1) << 32 | 0x2018 },
		{ RISCV64, false, "is not what", false, 80, 0x70000000 },
		{ RISCV64, false, "is not what", false, 80, 0x80005fff },
		{ RISCV64, true, "", false, 80, 0x80006000 },
		{ RISCV64, false, "is not what", false, 88, UINT64_MAX },
		{ RISCV32, false, "is not what", false, 0, 0x80070001 },	/* the root is in no segment */
		{ RISCV32, true, "", false, 0, 0x80080000 },
		{ RISCV32, true, "", false, 0, 0x80090002 },	/* in the last page of the second one */
		{ RISCV32, false, "is not what", false, 0, 0x80090003 },
		{ RISCV32, false, "is not what", false, 48, 0x70000000 },
		{ AMD64, true, "", false, 0, 0 },
		{ AMD64_PLAIN, false, "netbsd/amd64 or openbsd/amd64", false, 0, 0 },
		/* The slot before those of recursive entries, and the page behind the table. */
		{ AMD64_PLAIN, false, "netbsd/amd64 or openbsd/amd64", true, 0x1000 + 8 * 254, 0x2003 },
		{ AMD64_PLAIN, false, "netbsd/amd64 or openbsd/amd64", true, 0x2000, 0x2003 },
		{ OPENBSD_AMD64, true, "", false, 0, 0 },
		{ OPENBSD_AMD64_PCID, true, "", false, 0, 0 },
		{ I386, true, "", false, 0, 0 },
		{ I386_PAE, true, "", false, 0, 0 },
		{ OPENBSD_I386, false, "openbsd/i386", false, 0, 0 },
		{ ALPHA, false, "netbsd/alpha or openbsd/alpha", false, 0, 0 },
		{ ARM64, true, "", false, 0, 0 },
		{ ARM64EB, true, "", false, 0, 0 },
		{ RISCV32, true, "", false, 0, 0 },
		{ RISCV64, true, "", false, 0, 0 },
		{ OPENBSD_ARM64, true, "", false, 0, 0 },
		{ OPENBSD_RISCV64, true, "", false, 0, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct port_sample *sample = &port_samples_x86_arm64_alpha_riscv[rows[i].sample];
		struct port_trial t;
		port_trial_make(&t, sample);
		t.kernel.machine = 0, t.kernel.os = "";
		if (rows[i].value != 0)
			put64((rows[i].mem ? t.mem : t.cpu) + rows[i].off, rows[i].value, false);
		const enum kv_status st = port_trial_try(&t, sample->machine);
		CHECK((st == KV_OK) == rows[i].opens, "%s/%s without a kernel: %s", sample->os, sample->machine,
		    t.err.text);
		CHECK_TEXT(sample->machine, st == KV_OK ? "" : t.err.text, rows[i].text);
		if (st == KV_OK) {
			CHECK_TEXT(sample->machine, t.dump.port->os, sample->os);
			CHECK_TEXT(sample->machine, t.dump.port->machine, sample->machine);
		}
		port_trial_end(&t);
	}
}

extern const struct port port_netbsd_riscv64;	/* by ports.def */

/* Memory from address 0 on, and a root in its last page or behind it. */
static void
test_riscv_at_0(void)
{
	uint8_t cpu[8 * 8 + 16] = { 0 };
	const struct netbsd_kcore kc = { .cpu = { cpu, sizeof(cpu), false } };
	put_segment(cpu + 64, 0, 0x2000, false);
	put64(cpu, UINT64_C(8) << 60 | 1, false);
	CHECK_EQ("memory at 0", "probe", port_netbsd_riscv64.probe(&kc, NULL), true);
	put64(cpu, UINT64_C(8) << 60 | 2, false);
	CHECK_EQ("root behind memory", "probe", port_netbsd_riscv64.probe(&kc, NULL), false);
}

/* As many segments as i386's cpu data has room for are NetBSD's, too; memory begins at 0. */
static void
test_i386_full(void)
{
	struct port_trial t;
	port_trial_make(&t, &port_samples_x86_arm64_alpha_riscv[I386]);
	t.kernel = port_no_kernel;
	put32(t.cpu + 4, 31, false);
	put_segment(t.cpu + 8, 0, 0x7000, false);
	for (unsigned i = 2; i < 31; i++)
		put_segment(t.cpu + 8 + 16 * i, 0x100000 * i, 0x1000, false);
	if (port_trial_open(&t, "31 segments", KV_OK, "")) {
		CHECK_TEXT("31 segments", t.dump.port->os, "netbsd");
		CHECK_EQ("31 segments", "pieces", t.dump.ram.n, 31);
	}
	port_trial_end(&t);
}

/* ---- Addresses of 32-bit targets, extended by their sign --------------------------- */

static int
count_range(const struct kvm_range *range, void *arg)
{
	*(uint64_t *)arg += range->kr_last - range->kr_first + 1;
	return 1;
}

static void
test_sign_extended(void)
{
	const vaddr_t sign = UINT64_C(0xffffffff00000000);
	struct port_trial t;
	port_trial_make(&t, &port_samples_x86_arm64_alpha_riscv[I386]);
	for (unsigned flags = 0; flags < 2; flags++) {
		const struct kvm_open_options options = { .ko_size = sizeof(options),
			.ko_flags = flags != 0 ? KVM_OPEN_NOCACHE : 0 };
		char buf[8] = "", err[2048] = "";
		struct kvm_range range;
		uint64_t bytes = 0;
		kvm_t *kd = kvm_open_mem(NULL, t.image, t.size, &options, err);
		if (!CHECK(kd != NULL, "sign: %s", err))
			break;
		for (int twice = 0; twice < 2; twice++) {
			CHECK_EQ("sign", "zeros", kvm_read2(kd, 0xc0001234, buf, 5), 5);
			CHECK_TEXT("sign", buf, "sign");
			memset(buf, 0, sizeof(buf));
			CHECK_EQ("sign", "ones", kvm_read2(kd, sign | 0xc0001234, buf, 5), 5);
			CHECK_TEXT("sign", buf, "sign");
		}
		CHECK_EQ("sign", "half", (uint64_t)kvm_read2(kd, UINT64_C(0x80000000c0001234), buf, 5),
		    UINT64_MAX);
		CHECK_EQ("sign", "31 ones", (uint64_t)kvm_read2(kd, UINT64_C(0x7fffffffc0001234), buf, 5),
		    UINT64_MAX);
		CHECK_EQ("sign", "lower half", kvm_read2(kd, 0x40001234, buf, 5), 5);
		CHECK_EQ("sign", "not its sign", (uint64_t)kvm_read2(kd, sign | 0x40001234, buf, 5),
		    UINT64_MAX);
		CHECK_EQ("sign", "xlate", kvm_xlate(kd, sign | 0xc0001234, &range, NULL, NULL), 0);
		CHECK_EQ("sign", "kind", range.kr_kind, KVM_MAPPED);
		CHECK_EQ("sign", "first", range.kr_first, 0xc0001000);
		CHECK_EQ("sign", "each", kvm_each_range(kd, sign | 0xc0001000, UINT64_MAX, count_range,
		    &bytes), 0);
		CHECK_EQ("sign", "each", bytes, 0x1000 + 0x400000);
		if (sizeof(long) == 8) {
			size_t len = sizeof(buf);
			CHECK(kvm_readstr(kd, (unsigned long)(sign | 0xc0001234), buf, &len) == buf,
			    "sign: readstr: %s", kvm_geterr(kd));
		} else {
			CHECK(true, "sign: an unsigned long is not extended");
		}
		kvm_close(kd);
	}
	port_trial_end(&t);
}

/* ---- dumpmag is a uint32_t on NetBSD, a u_long on OpenBSD ---------------------------- */

static int
resolve_dumpmag(const char *name, kvaddr_t *ret)
{
	*ret = UINT64_C(0xffffffff80001010);
	return strstr(name, "dumpmag") != NULL ? 0 : -1;
}

static void
test_inval(void)
{
	static const struct {
		int sample;
		unsigned zeros;
	} rows[] = { { AMD64, 4 }, { OPENBSD_AMD64, 8 } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct port_sample *sample = &port_samples_x86_arm64_alpha_riscv[rows[i].sample];
		char path[] = "/tmp/kcore-unit.XXXXXX", err[2048] = "";
		uint8_t got[16];
		struct port_trial t;
		port_trial_make(&t, sample);
		const off_t at = (off_t)port_sample_mem(sample) + 0xa010;	/* of 0x101010 */
		memset(t.image + at, 0xff, sizeof(got));
		const int fd = mkstemp(path);
		const bool written = CHECK(fd >= 0 && write(fd, t.image, t.size) == (ssize_t)t.size, "%s: a file", path);
		port_trial_end(&t);
		if (!written)
			break;
		kvm_t *kd = kvm_open2(NULL, path, O_RDWR, err, resolve_dumpmag);
		if (CHECK(kd != NULL, "%s: %s", sample->os, err)) {
			CHECK(kvm_dump_inval(kd) == 0, "%s: %s", sample->os, kvm_geterr(kd));
			kvm_close(kd);
		}
		CHECK_EQ(sample->os, "bytes", (uint64_t)pread(fd, got, sizeof(got), at), sizeof(got));
		for (unsigned k = 0; k < sizeof(got); k++)
			CHECK_EQ(sample->os, "byte", got[k], k < rows[i].zeros ? 0 : 0xff);
		(void)close(fd);
		(void)unlink(path);
	}
}

static const struct port_range ranges[] = {
	{ AMD64, 0, 1, 0, UINT64_MAX },
	{ I386, 0, 1, 0, UINT32_MAX },
	{ I386_PAE, 0, 1, 0, UINT32_MAX },
	{ ARM64, 0, 1, 0, UINT64_MAX },
	{ ARM64EB, 0, 1, 0, UINT64_MAX },
	{ ALPHA, 0, 2, UINT64_C(0xfffffc0000000000), UINT64_C(0xfffffdffffffffff) },
	{ ALPHA, 1, 2, UINT64_C(0xfffffe0000000000), UINT64_MAX },
	{ RISCV32, 0, 1, 0, UINT32_MAX },
	{ RISCV64, 0, 1, 0, UINT64_MAX },
	{ OPENBSD_AMD64, 0, 2, UINT64_C(0xfffffd8000000000), UINT64_C(0xffffff7fffffffff) },
	{ OPENBSD_AMD64, 1, 2, 0, UINT64_MAX },
	{ OPENBSD_I386, 0, 1, 0, UINT32_MAX },
	{ OPENBSD_I386_PAE, 0, 1, 0, UINT32_MAX },
	{ OPENBSD_ARM64, 0, 1, UINT64_C(0xffffff8000002000), UINT64_C(0xffffff8000005000) },
};

static void
test_ranges(void)
{
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		port_range_check(port_samples_x86_arm64_alpha_riscv, &ranges[i]);
}

static const struct unit_test tests[] = {
	{ "addresses", test_places },
	{ "headers that lie", test_lies },
	{ "headers cut by a byte", test_least },
	{ "last variable", test_last_variable },
	{ "static part's probe", test_static_probe },
	{ "static part at the end", test_static_at_the_end },
	{ "short cpu data", test_short },
	{ "variables of OpenBSD/i386", test_variables },
	{ "symbols of OpenBSD/i386", test_symbols },
	{ "linear images", test_linear },
	{ "regimes and their shape", test_shape },
	{ "ranges", test_ranges },
	{ "without a kernel", test_without_kernel },
	{ "all of i386's segments", test_i386_full },
	{ "riscv's memory at 0", test_riscv_at_0 },
	{ "systems of amd64", test_amd64_systems },
	{ "sign-extended addresses", test_sign_extended },
	{ "destroying a dump", test_inval },
	{ 0 },
};
const struct unit_suite unit_port_x86_arm64_alpha_riscv = { "port_x86_arm64_alpha_riscv", tests };
