/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "regime.h"

/*
 * Sizes by the manuals' chapters on translation tables; by step of a walk, as the tables of the
 * dump's header have entries of their own kind.
 */
static const struct {
	const char *name;
	unsigned first, rest;		/* bytes of an entry; 0: several */
	bool hashed;
} regimes[] = {
	{ "4level", 8, 8, false },	/* Intel SDM vol. 3A, 4.5 */
	{ "5level", 8, 8, false },
	{ "32bit", 4, 4, false },	/* 4.3 */
	{ "pae", 8, 8, false },	/* 4.4 */
	{ "4k", 8, 8, false },	/* Arm ARM (DDI 0487), D8.3 */
	{ "16k", 8, 8, false },
	{ "64k", 8, 8, false },
	{ "armv7", 4, 4, false },	/* Arm ARM (DDI 0406), B3.5: short descriptors */
	{ "armv5", 4, 4, false },
	{ "alpha", 8, 8, false },	/* Alpha AXP architecture, Unix PALcode */
	{ "sv32", 4, 4, false },	/* RISC-V privileged architecture */
	{ "sv39", 8, 8, false },
	{ "sv48", 8, 8, false },
	{ "sv57", 8, 8, false },
	{ "68030", 4, 4, false },	/* MC68030 UM 9.5: short descriptors */
	{ "68040", 4, 4, false },	/* M68040 UM 3.2 */
	{ "gen68k", 4, 4, false },
	{ "sun3x", 4, 4, false },
	{ "sh", 4, 4, false },
	{ "sun2", 1, 4, false },	/* a segment map of bytes, PMEGs */
	{ "sun3", 1, 4, false },
	{ "sun4", 0, 4, false },	/* a segment map of structures */
	{ "sun4c", 0, 4, false },
	{ "srmmu", 0, 4, false },	/* SPARC V8, appendix H */
	{ "oea", 8, 8, true },	/* PowerPC OEA, 7.6 */
	{ "oea601", 8, 8, true },
	{ "pte", 8, 8, false },	/* page-map parts of minidumps: <machine/minidump.h> */
	{ "pde", 8, 8, false },
	{ "pdp", 8, 8, false },
	{ "radix", 8, 8, false },	/* Power ISA 3.0, Book III, 5.7.10 */
	{ "tsb", 32, 32, true },	/* FreeBSD sys/sparc64/include/tte.h */
	{ "hpt", 16, 16, true },
	{ "oea64", 16, 16, true },	/* Power ISA 2.07, Book III, 5.7.7 */
};

/* Where a kernel address may need no table.  Windows that the dump's registers move are anywhere. */
static const struct {
	const char *os, *machine;	/* os NULL: any */
	unsigned bits;
	uint64_t first, last;
} windows[] = {
	{ NULL, "alpha", 64, UINT64_C(0xfffffc0000000000), UINT64_C(0xfffffdffffffffff) }, /* KSEG */
	{ NULL, "mipsel", 32, 0x80000000, 0xbfffffff },			/* KSEG0, KSEG1 */
	{ NULL, "mipseb", 32, 0x80000000, 0xbfffffff },
	{ NULL, "mipsel", 64, UINT64_C(0xffffffff80000000), UINT64_C(0xffffffffbfffffff) },
	{ NULL, "mipseb", 64, UINT64_C(0xffffffff80000000), UINT64_C(0xffffffffbfffffff) },
	{ NULL, "mips64", 64, UINT64_C(0xffffffff80000000), UINT64_C(0xffffffffbfffffff) },
	{ NULL, "mipsel", 64, UINT64_C(0x8000000000000000), UINT64_C(0xbfffffffffffffff) }, /* XKPHYS */
	{ NULL, "mipseb", 64, UINT64_C(0x8000000000000000), UINT64_C(0xbfffffffffffffff) },
	{ NULL, "mips64", 64, UINT64_C(0x8000000000000000), UINT64_C(0xbfffffffffffffff) },
	{ NULL, "sh", 32, 0x80000000, 0xbfffffff },			/* P1, P2 */
	/* PMAP_DIRECT_BASE to PMAP_DIRECT_END: four slots of the top table (its pmap.h). */
	{ "openbsd", "amd64", 64, UINT64_C(0xfffffd8000000000), UINT64_C(0xffffff7fffffffff) },
	{ NULL, "m68k", 32, 0, 0xffffffff },		/* transparent translation, relocation */
	{ NULL, "gen68k", 32, 0, 0xffffffff },
	{ NULL, "sun3x", 32, 0xf8000000, 0xffffffff },	/* kernbase to contig_end */
	{ NULL, "powerpc", 32, 0, 0xffffffff },		/* block address translation */
	{ NULL, "sparc64", 64, 0, UINT64_MAX },		/* locked pages, per-CPU window */
	{ "freebsd", "mips", 32, 0x80000000, 0xbfffffff },
	{ "freebsd", "mips", 64, UINT64_C(0xffffffff80000000), UINT64_C(0xffffffffbfffffff) },
	{ "freebsd", "mips", 64, UINT64_C(0x8000000000000000), UINT64_C(0xbfffffffffffffff) },
};

unsigned
regime_entry(const struct oracle *o, unsigned step)
{
	/* OpenBSD: MIPS_PTE64 of octeon, the big-endian one (arch/mips64/include/pte.h). */
	if (strcmp(o->regime, "sysmap") == 0 && strcmp(o->os, "freebsd") == 0)
		return 0;	/* by the kernel's ABI */
	if (strcmp(o->regime, "sysmap") == 0)
		return strcmp(o->os, "openbsd") == 0 && o->big ? 8 : 4;
	for (size_t i = 0; i < sizeof(regimes) / sizeof(regimes[0]); i++)
		if (strcmp(regimes[i].name, o->regime) == 0)
			return step == 0 ? regimes[i].first : regimes[i].rest;
	return 0;
}

bool
regime_big(const struct oracle *o)
{
	/* Power ISA 3.0B, Book III, 5.7: tables are big-endian whatever the kernel is. */
	return o->big || strcmp(o->regime, "hpt") == 0 || strcmp(o->regime, "radix") == 0;
}

bool
regime_hashed(const struct oracle *o)
{
	for (size_t i = 0; i < sizeof(regimes) / sizeof(regimes[0]); i++)
		if (strcmp(regimes[i].name, o->regime) == 0)
			return regimes[i].hashed;
	return false;
}

bool
regime_linear(const struct oracle *o, uint64_t va)
{
	if (strcmp(o->regime, "linear") == 0 || strcmp(o->regime, "virtual") == 0)
		return true;
	if (o->has_dmap && va >= o->dmap.first && va <= o->dmap.last)
		return true;
	/* FreeBSD/powerpc64: what lies below the direct map stands for an address kerndisp away. */
	if (o->has_dmap && strncmp(o->machine, "powerpc64", 9) == 0 && va < o->dmap.first)
		return true;
	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
		if (strcmp(windows[i].machine, o->machine) == 0 && windows[i].bits == o->bits &&
		    (windows[i].os == NULL || strcmp(windows[i].os, o->os) == 0) &&
		    va >= windows[i].first && va <= windows[i].last)
			return true;
	return false;
}

static uint64_t
arm64_root(const struct oracle *o, uint64_t ttbr)
{
	uint64_t tcr;

	/* IPS 110: 52-bit output addresses, whose top four bits are 5:2 of the register. */
	if (oracle_reg(o, "tcr", &tcr) && (tcr >> 32 & 7) == 6)
		return (ttbr & UINT64_C(0x0000ffffffffffc0)) | (ttbr & 0x3c) << 46;
	return ttbr & UINT64_C(0x0000fffffffffffe);	/* ASID 63:48, CnP 0 */
}

uint64_t
regime_root(const struct oracle *o)
{
	bool mapped = false;
	uint64_t v, n;

	for (size_t i = 0; i < o->nspan; i++)
		mapped |= o->span[i].kind == SPAN_MAP;
	/* A minidump does not name the machine's own tables. */
	if (!mapped || strstr(o->form, "minidump") != NULL)
		return 0;
	if (strcmp(o->machine, "amd64") == 0 && oracle_reg(o, "cr3", &v))
		return v & UINT64_C(0x000ffffffffff000);
	/* In PAE it names four entries for four directories, of which dumps name the first. */
	if (strcmp(o->regime, "32bit") == 0 && oracle_reg(o, "cr3", &v))
		return v & 0xfffff000;
	if (strncmp(o->machine, "aarch64", 7) == 0 && oracle_reg(o, "ttbr1", &v))
		return arm64_root(o, v);
	if (strcmp(o->machine, "riscv64") == 0 && oracle_reg(o, "satp", &v))
		return (v & UINT64_C(0x00000fffffffffff)) << 12;
	if (strcmp(o->machine, "riscv32") == 0 && oracle_reg(o, "satp", &v))
		return (v & 0x003fffff) << 12;
	if (strcmp(o->machine, "alpha") == 0 && oracle_reg(o, "ptbr", &v))
		return v << 13;		/* a frame number of 8 KiB pages */
	if (strncmp(o->machine, "arm", 3) == 0 && oracle_reg(o, "ttbr0", &v) &&
	    oracle_reg(o, "ttbcr", &n) && (n & 7) == 0)
		return v & 0xffffc000;	/* no second half */
	if (strcmp(o->machine, "powerpc") == 0 && oracle_reg(o, "sdr1", &v))
		return v & 0xffff0000;	/* HTABORG */
	if (strcmp(o->machine, "powerpc64") == 0 && oracle_reg(o, "sdr1", &v))
		return v & UINT64_C(0x0ffffffffffc0000);
	return 0;
}
