/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Dumps of the ports of FreeBSD and DragonFly, made by hand.  Of each minidump the page at physical
 * address 0x1000 is dumped, and the kernel's first page is mapped to it.
 */
#include "port_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocations.h"
#include "unit.h"

enum { PAGE = 0x1000, FRAME = 0x1000 };

/* A field of a header. */
struct field {
	uint16_t off;
	uint8_t size;
	uint64_t value;
};

/* A page map that is not for one page alone has more entries to fill. */
struct mini {
	const char *os, *machine, *magic;
	unsigned version_off, version;
	struct field f[10];
	uint32_t pmap_size;
	uint32_t entry_off;	/* of the kernel's first page, in the page map */
	uint8_t entry_size;
	uint64_t entry;
};

#define KERN	UINT64_C(0xfffffe0000000000)
#define DMAP	UINT64_C(0xfffff80000000000)

/* <machine/minidump.h> of each: version 1; of x86-64 version 2, which names its system. */
static const struct mini minis[] = {
	{ "freebsd", "amd64", "minidump FreeBSD/amd64", 24, 2, { { 32, 4, PAGE }, { 36, 4, PAGE },
	    { 40, 8, KERN }, { 48, 8, DMAP }, { 56, 8, DMAP + 0x100000 } }, PAGE, 0, 8,
	    0x83 },
	{ "freebsd", "i386", "minidump FreeBSD/i386", 24, 1, { { 32, 4, PAGE }, { 36, 4, PAGE },
	    { 40, 4, 0xc0000000 } }, PAGE, 0, 4, FRAME | 3 },
	{ "freebsd", "arm", "minidump FreeBSD/arm", 24, 1, { { 32, 4, PAGE }, { 36, 4, PAGE },
	    { 40, 4, 0xc0000000 }, { 44, 4, 7 }, { 48, 4, 2 } }, PAGE, 0, 4, FRAME | 2 },
	{ "freebsd", "arm64", "minidump FreeBSD/arm64", 24, 1, { { 32, 4, PAGE }, { 36, 4, PAGE },
	    { 40, 8, UINT64_C(0xffff000000000000) }, { 48, 8, 0 },
	    { 56, 8, UINT64_C(0xffffa00000000000) }, { 64, 8, UINT64_C(0xffffa00000100000) } },
	    PAGE, 0, 8, FRAME | 0x403 },
	{ "freebsd", "riscv", "minidump FreeBSD/riscv", 24, 1, { { 32, 4, PAGE }, { 36, 4, PAGE },
	    { 40, 8, UINT64_C(0xffffffc000000000) }, { 48, 8, 0 },
	    { 56, 8, UINT64_C(0xffffffd000000000) }, { 64, 8, UINT64_C(0xffffffd000100000) } },
	    PAGE, 0, 8, (FRAME >> 12) << 10 | 0xcf },
	{ "freebsd", "mips", "minidump FreeBSD/mips", 24, 1, { { 32, 4, PAGE }, { 36, 4, PAGE },
	    { 40, 8, 0xc0000000 } }, PAGE, 0, 4, (FRAME >> 12) << 6 | 0x2 },
	/* Radix: the root's entry names the page that is dumped, which as a table is all zero. */
	{ "freebsd", "powerpc64", "minidump FreeBSD/powerpc64", 64, 1, { { 72, 4, PAGE },
	    { 76, 4, 0x10000 }, { 80, 8, UINT64_C(0xc008000000000000) },
	    { 88, 8, UINT64_C(0xc008008000000000) }, { 96, 8, UINT64_C(0xc000000000000000) },
	    { 104, 8, UINT64_C(0xc000000000100000) }, { 120, 8, UINT64_C(0xc000000000100100) } }, 0x10000, 0x1000 * 8,
	    8, 0 },
	{ "freebsd", "powerpc64le", "minidump FreeBSD/powerpc64", 64, 1, { { 72, 4, PAGE },
	    { 76, 4, 0x10000 }, { 80, 8, UINT64_C(0xc008000000000000) },
	    { 88, 8, UINT64_C(0xc008008000000000) }, { 96, 8, UINT64_C(0xc000000000000000) },
	    { 104, 8, UINT64_C(0xc000000000100000) }, { 120, 8, UINT64_C(0xc000000000100100) } }, 0x10000, 0x1000 * 8,
	    8, 0 },
	/* A page of 1 GiB, which begins at 0: the kernel's first page is then page 0. */
	{ "dragonfly", "x86_64", "minidump DFlyBSD/x86-64", 24, 2, { { 40, 8, PAGE },
	    { 48, 8, 0x200000 }, { 56, 8, KERN }, { 64, 8, DMAP }, { 72, 8, DMAP + 0x100000 } },
	    0x200000, 0x3f800 * 8, 8, 0x83 },
};

/* Header page, bitmap, page map, page 1. */
static size_t
make_minidump(const struct port_sample *sample, uint8_t *image)
{
	const struct mini *m = minis;
	while (strcmp(m->os, sample->os) != 0 || strcmp(m->machine, sample->machine) != 0)
		m++;
	const bool big = sample->big, powerpc64 = strncmp(m->machine, "powerpc64", 9) == 0;
	memcpy(image, m->magic, strlen(m->magic));
	port_sample_put(image + m->version_off, m->version, 4, big);
	if (powerpc64)
		memcpy(image + 32, "mmu_radix", 9);
	for (size_t i = 0; i < sizeof(m->f) / sizeof(m->f[0]) && m->f[i].size != 0; i++)
		port_sample_put(image + m->f[i].off, m->f[i].value, m->f[i].size, big);
	/* Bit 1 of the first word: powerpc64's words have 64 bits, mips' and arm's 32. */
	port_sample_put(image + PAGE, 2, powerpc64 ? 8 : 4, big);
	port_sample_put(image + 2 * PAGE + m->entry_off, m->entry, m->entry_size, big);
	uint8_t *page = image + 2 * PAGE + m->pmap_size;
	memset(page, 0x5a, PAGE);
	return (size_t)(page - image) + PAGE;
}

/* ELF, 32 bits, big-endian: one segment by virtual address. */
static size_t
make_powerpc(uint8_t *image)
{
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 1, 2, 1, 255 };
	memcpy(image, ident, sizeof(ident));
	be16_put(image + 16, 4);	/* ET_CORE */
	be16_put(image + 18, 20);	/* EM_PPC */
	be32_put(image + 28, 52);	/* e_phoff */
	be16_put(image + 40, 52);
	be16_put(image + 42, 32);
	be16_put(image + 44, 1);	/* e_phnum */
	be16_put(image + 46, 40);
	uint8_t *ph = image + 52;
	be32_put(ph, 1);		/* PT_LOAD */
	be32_put(ph + 4, PAGE);		/* p_offset */
	be32_put(ph + 8, 0xd0000000);	/* p_vaddr */
	be32_put(ph + 12, UINT32_MAX);	/* p_paddr */
	be32_put(ph + 16, PAGE);
	be32_put(ph + 20, PAGE);
	be32_put(ph + 24, 4);
	be32_put(ph + 28, PAGE);
	return 2 * PAGE;
}

/* sys/sparc64/include/kerneldump.h: a header page, a region of two pages, of which the second is the TSB. */
static size_t
make_sparc64(uint8_t *image)
{
	enum { SPARC_PAGE = 0x2000, AT = 0x2000 };
	const uint64_t va = 0xc0000000;
	port_sample_put(image, SPARC_PAGE, 8, true);				/* dh_hdr_size */
	port_sample_put(image + 8, 0x40000000 + SPARC_PAGE, 8, true);		/* dh_tsb_pa */
	port_sample_put(image + 16, SPARC_PAGE, 8, true);			/* dh_tsb_size */
	port_sample_put(image + 24, SPARC_PAGE / 32 - 1, 8, true);		/* dh_tsb_mask */
	be32_put(image + 32, 1);				/* dh_nregions */
	port_sample_put(image + 40, 0x40000000, 8, true);
	port_sample_put(image + 48, 2 * SPARC_PAGE, 8, true);
	port_sample_put(image + 56, AT, 8, true);
	uint8_t *tte = image + AT + SPARC_PAGE +
	    ((va >> 13) & (SPARC_PAGE / 32 - 1)) * 32;
	port_sample_put(tte, (va >> 13) << 2, 8, true);		/* vpn, size 0 */
	port_sample_put(tte + 8, UINT64_C(1) << 63 | 0x40000000, 8, true);
	return AT + 2 * SPARC_PAGE;
}

size_t
port_freebsd_make(const struct port_sample *sample, uint8_t *image)
{
	if (strcmp(sample->machine, "powerpc") == 0)
		return make_powerpc(image);
	if (strcmp(sample->machine, "sparc64") == 0)
		return make_sparc64(image);
	return make_minidump(sample, image);
}

const struct port_sample port_samples_freebsd[] = {
	{ .os = "freebsd", .machine = "amd64", .elf_machine = 62, .bits = 64 },
	{ .os = "freebsd", .machine = "i386", .elf_machine = 3, .bits = 32 },
	{ .os = "freebsd", .machine = "arm", .elf_machine = 40, .bits = 32 },
	{ .os = "freebsd", .machine = "arm64", .elf_machine = 183, .bits = 64 },
	{ .os = "freebsd", .machine = "riscv", .elf_machine = 243, .bits = 64 },
	{ .os = "freebsd", .machine = "mips", .elf_machine = 8, .bits = 32, .big = true },
	{ .os = "freebsd", .machine = "powerpc", .elf_machine = 20, .bits = 32, .big = true },
	{ .os = "freebsd", .machine = "powerpc64", .elf_machine = 21, .bits = 64, .big = true },
	{ .os = "freebsd", .machine = "powerpc64le", .elf_machine = 21, .bits = 64 },
	{ .os = "freebsd", .machine = "sparc64", .elf_machine = 43, .bits = 64, .big = true },
	{ .os = "dragonfly", .machine = "x86_64", .elf_machine = 62, .bits = 64 },
	{ .os = NULL },
};

enum { AMD64, I386, ARM, ARM64, RISCV, MIPS, POWERPC, POWERPC64, POWERPC64LE, SPARC64, DRAGONFLY };

static const struct port_place places[] = {
	{ "a page of 2 MiB", AMD64, KERN + 0x1123, 0x1123 },
	{ "the page after it", AMD64, KERN + 0x200000, NOWHERE },
	{ "direct map", AMD64, DMAP + 0x5432, 0x5432 },
	{ "behind the direct map", AMD64, DMAP + 0x100000, NOWHERE },
	{ "the kernel's first page", I386, 0xc0000123, FRAME + 0x123 },
	{ "below the kernel", I386, 0xbfffffff, NOWHERE },
	{ "the kernel's first page", ARM, 0xc0000fff, FRAME + 0xfff },
	{ "the kernel's first page", ARM64, UINT64_C(0xffff000000000008), FRAME + 8 },
	{ "direct map", ARM64, UINT64_C(0xffffa00000001000), 0x1000 },
	{ "the kernel's first page", RISCV, UINT64_C(0xffffffc000000008), FRAME + 8 },
	{ "direct map", RISCV, UINT64_C(0xffffffd000001000), 0x1000 },
	{ "the kernel's first page", MIPS, 0xc0000008, FRAME + 8 },
	{ "KSEG0", MIPS, 0x80001000, 0x1000 },
	{ "direct map", POWERPC64, UINT64_C(0xc000000000001000), 0x1000 },
	{ "as the kernel is linked", POWERPC64, 0x1010, 0x1010 },
	{ "as it is linked, behind the memory", POWERPC64LE, 0x100001, NOWHERE },
	{ "its inclusive end", POWERPC64LE, UINT64_C(0xc000000000100000), 0x100000 },
	{ "an empty root", POWERPC64LE, UINT64_C(0xc008000000000000), NOWHERE },
	{ "a virtual segment", POWERPC, 0xd0000004, PAGE + 4 },
	{ "behind it", POWERPC, 0xd0001000, NOWHERE },
	{ "through the TSB", SPARC64, 0xc0000010, 0x40000010 },
	{ "direct", SPARC64, UINT64_C(0xfffff80040000010), 0x40000010 },
	{ "a page of 1 GiB", DRAGONFLY, KERN + 0x1008, 0x1008 },
	{ "direct map", DRAGONFLY, DMAP + 0x1008, 0x1008 },
};

static void
test_places(void)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		port_place_check(port_samples_freebsd, &places[i]);
}

/* DragonFly's page map is of all addresses, on both sides of wherever kernbase is. */
static void
test_kernbase(void)
{
	static const uint64_t bases[] = { 0, 1, KERN };
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		struct port_trial t;
		port_trial_make(&t, &port_samples_freebsd[DRAGONFLY]);
		put64(t.image + 56, bases[i], false);
		put64(t.image + 2 * PAGE, 0x83, false);	/* the first GiB */
		if (port_trial_open(&t, "kernbase", KV_OK, "")) {
			CHECK_EQ("kernbase", "ranges", t.dump.nas, bases[i] == 0 ? 2 : 3);
			CHECK_EQ("kernbase", "first byte", port_sample_xlate(&t.dump, 0), 0);
			CHECK_EQ("kernbase", "below", port_sample_xlate(&t.dump, 0x1008), 0x1008);
			CHECK_EQ("kernbase", "above", port_sample_xlate(&t.dump, KERN + 0x1008), 0x1008);
			/* The page map goes before what it reaches of the direct map. */
			CHECK_EQ("kernbase", "direct map", port_sample_xlate(&t.dump, DMAP + 0x1008),
			    bases[i] == KERN ? 0x1008 : NOWHERE);
		}
		port_trial_end(&t);
	}
}

/* Of a header that is neither of 32 nor 64 bits, or of no byte order, nothing more is read. */
static void
test_elf_ident(void)
{
	static const uint8_t bad[][2] = { { 0, 1 }, { 3, 1 }, { 3, 2 }, { 1, 0 }, { 2, 3 }, { 0, 0 } };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char want[80];
		struct port_trial t;
		port_trial_make(&t, &port_samples_freebsd[POWERPC]);
		t.kernel.machine = 0;
		t.image[4] = bad[i][0];
		t.image[5] = bad[i][1];
		(void)snprintf(want, sizeof(want), "EI_CLASS is %u and EI_DATA %u, wanted 1 or 2 for both",
		    bad[i][0], bad[i][1]);
		(void)port_trial_open(&t, "ident", KV_EFORMAT, want);
		port_trial_end(&t);
	}
}

/* sparc64's headers may fill the whole of a file that was cut off, but no more than that. */
static void
test_sparc64_cut(void)
{
	static const struct {
		size_t size;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ 0x2000, KV_OK, "" },
		{ 0x1fff, KV_EFORMAT, "dh_hdr_size at offset 0 is 0x2000, wanted at most the file's size, 0x1fff" },
		{ 39, KV_ETRUNC, "file" },	/* inside of dh_nregions, at 32 to 39 */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct port_trial t;
		port_trial_make(&t, &port_samples_freebsd[SPARC64]);
		t.size = rows[i].size;
		if (port_trial_open(&t, "cut", rows[i].st, rows[i].text))
			CHECK_EQ("cut", "direct", port_sample_xlate(&t.dump, UINT64_C(0xfffff80040000010)), 0x40000010);
		port_trial_end(&t);
	}
}

/* An empty image stands for none: a kernel alone is asked for its symbols. */
static void
test_sparc64_kernel_alone(void)
{
	const struct port_kernel kernel = port_sample_kernel(&port_samples_freebsd[SPARC64]);
	struct image img;
	struct dump dump;
	struct kv_err err = { .text = "" };
	const uint8_t byte = 0;
	for (size_t size = 0; size < 2; size++) {
		CHECK_EQ("kernel alone", "image", image_open_mem(&img, "core", &byte, size, NULL), KV_OK);
		CHECK_EQ("kernel alone", "status", port_open(&dump, &img, &kernel, &err), size == 0 ? KV_OK : KV_ETRUNC);
		CHECK(dump.port == NULL, "a port has no dump");
		image_close(&img);
	}
}

/* A region of no bytes, which is at no address, is passed over; one of one byte is not. */
static void
test_sparc64_empty_region(void)
{
	struct port_trial t;
	port_trial_make(&t, &port_samples_freebsd[SPARC64]);
	be32_put(t.image + 32, 3);
	put64(t.image + 64, 0x40001000, true);
	put64(t.image + 88, 0x50000000, true);
	put64(t.image + 96, 1, true);
	put64(t.image + 104, 0x2000, true);
	if (port_trial_open(&t, "empty region", KV_OK, "")) {
		CHECK_EQ("empty region", "pieces", t.dump.ram.n, 2);
		CHECK_EQ("empty region", "root", t.dump.root, 0x40002000);
		CHECK_EQ("empty region", "direct",
		    port_sample_xlate(&t.dump, UINT64_C(0xfffff80040001010)), 0x40001010);
	}
	port_trial_end(&t);
}

/* A kernel of another word size or byte order than the core: which is which is said. */
static void
test_elf_kernel(void)
{
	static const struct {
		unsigned bits;
		bool big;
		const char *text;
	} rows[] = {
		{ 32, false, "EI_DATA at offset 0x5 is big-endian, wanted little-endian as in " },
		{ 64, true, "EI_CLASS at offset 0x4 is for 32 bits, wanted 64 as in " },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct port_trial t;
		port_trial_make(&t, &port_samples_freebsd[POWERPC]);
		t.kernel.bits = rows[i].bits;
		t.kernel.big = rows[i].big;
		(void)port_trial_open(&t, "kernel", KV_EFORMAT, rows[i].text);
		port_trial_end(&t);
	}
}

/* sys/sys/kerneldump.h, version 1: before an ELF core, of the core's own machine. */
static void
test_elf_behind_header(void)
{
	enum { LEN = 512 };
	static const struct {
		const char *architecture;
		unsigned version, keysize;
		bool opens;
		const char *text;
	} rows[] = {
		{ "powerpc", 1, 0, true, NULL },
		{ "powerpc64", 1, 0, false, "is for \"powerpc64\", wanted powerpc" },
		{ "amd64", 1, 0, false, "is for \"amd64\", wanted powerpc" },
		{ "powerpc", 2, 0, true, NULL },
		{ "powerpc", 2, 512, false, "an encrypted dump: decrypt it first" },
	};
	uint8_t *image = port_rows_image();
	struct port_kernel kernel = port_sample_kernel(&port_samples_freebsd[POWERPC]);
	kernel.machine = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		uint32_t parity = 0;
		memset(image, 0, LEN + 2 * PAGE);
		const size_t size = make_powerpc(image + LEN);
		memcpy(image, "FreeBSD Kernel Dump", 19);
		memcpy(image + 20, rows[i].architecture, strlen(rows[i].architecture));
		be32_put(image + 32, rows[i].version);
		be32_put(image + 44, (uint32_t)size);
		be32_put(image + 56, rows[i].version == 1 ? 512 : rows[i].keysize);
		if (rows[i].version == 2)
			be32_put(image + 60, 512);
		for (size_t at = 0; at < LEN; at += 4)
			parity ^= be32_get(image + at);
		be32_put(image + LEN - 4, parity);
		CHECK_EQ("header", "image", image_open_mem(&img, "core", image, LEN + size, NULL), KV_OK);
		const enum kv_status st = port_open(&dump, &img, &kernel, &err);
		CHECK(rows[i].opens == (st == KV_OK), "%s: status %d: %s", rows[i].architecture, (int)st,
		    err.text);
		if (rows[i].opens)
			CHECK_EQ("header", "a segment", port_sample_xlate(&dump, 0xd0000004), PAGE + 4);
		else {
			CHECK_EQ("header", "status", st, rows[i].keysize != 0 ? KV_EUNSUP : KV_EFORMAT);
			CHECK_TEXT("header", err.text, rows[i].text);
		}
		port_close(&dump);
		image_close(&img);
	}
	free(image);
}

/* A sample with some of its fields changed, in the sample's order. */
struct change {
	const char *name;
	int sample;
	bool kernel;		/* there is one */
	struct field f[4];	/* up to a size of 0 */
	enum kv_status st;
	const char *text;	/* exactly what follows the image's name */
};

#define TOP(n)	(0 - UINT64_C(n))

/* System V gABI, ELF header; sys/sparc64/include/kerneldump.h. */
static const struct change changes[] = {
	{ "a program's core", POWERPC, false, { { 16, 2, 2 } }, KV_EFORMAT,
	    "invalid core: e_type at offset 0x10 is 2, wanted 4 (ET_CORE)" },
	{ "no port's machine", POWERPC, false, { { 18, 2, 94 } }, KV_EUNSUP,
	    "ELF core of machine 94 (unknown), 32 bits, big-endian, which is of no supported port" },
	{ "the same, little", POWERPC, false, { { 5, 1, 1 }, { 16, 2, 0x0400 }, { 18, 2, 0x5e00 } },
	    KV_EUNSUP, "ELF core of machine 94 (unknown), 32 bits, little-endian, which is of no supported port" },
	{ "an order that no port has", POWERPC, false, { { 5, 1, 1 }, { 16, 2, 0x0400 }, { 18, 2, 0x1400 } },
	    KV_EFORMAT, "EI_DATA is little-endian, but freebsd/powerpc is big-endian" },
	{ "another machine's", POWERPC, true, { { 18, 2, 40 } }, KV_EFORMAT,
	    "invalid core: e_machine at offset 0x12 is 40 (arm), wanted 20 (powerpc) as in kernel" },
	{ "no region", SPARC64, true, { { 32, 4, 0 } }, KV_EFORMAT,
	    "dh_nregions at offset 0x20 is 0, wanted 1 to what the file has room for, 0x3fe" },
	{ "more regions than fit", SPARC64, true, { { 32, 4, 0x3ff } }, KV_EFORMAT,
	    "dh_nregions at offset 0x20 is 0x3ff, wanted 1 to what the file has room for, 0x3fe" },
	{ "more than the headers", SPARC64, true, { { 32, 4, 0x3fe } }, KV_EFORMAT,
	    "dh_hdr_size at offset 0 is 0x2000, wanted the size of header and regions: at least 0x5ff8" },
	{ "as many as fit into them", SPARC64, true, { { 0, 8, 0x58 }, { 32, 4, 2 } }, KV_OK, "" },
	{ "headers a byte shorter", SPARC64, true, { { 0, 8, 0x57 }, { 32, 4, 2 } }, KV_EFORMAT,
	    "dh_hdr_size at offset 0 is 0x57, wanted the size of header and regions: at least 0x58" },
	{ "a TSB of half an entry", SPARC64, true, { { 16, 8, 0x2010 } }, KV_EFORMAT,
	    "dh_tsb_mask at offset 0x18 is 0xff, wanted less than the entries in dh_tsb_size bytes, 0x100" },
	{ "a TSB of too few entries", SPARC64, true, { { 24, 8, 0x100 } }, KV_EFORMAT,
	    "dh_tsb_mask at offset 0x18 is 0x100, wanted less than the entries in dh_tsb_size bytes, 0x100" },
	{ "a mask with a hole", SPARC64, true, { { 24, 8, 0xfc } }, KV_EFORMAT,
	    "dh_tsb_mask at offset 0x18 is 0xfc, wanted one less than a power of two" },
	{ "a mask of no bit", SPARC64, true, { { 24, 8, 0 } }, KV_OK, "" },
	{ "a TSB behind the regions", SPARC64, true, { { 8, 8, 0x40004000 } }, KV_EFORMAT,
	    "dh_tsb_pa at offset 0x8 is 0x40004000, wanted an address in one of the regions, in all "
	    "0x1" },
	{ "nothing but an empty region", SPARC64, true, { { 48, 8, 0 } }, KV_EFORMAT,
	    "dh_tsb_pa at offset 0x8 is 0x40002000, wanted an address in one of the regions, in all "
	    "0" },
	{ "a region up to 2^64", SPARC64, true, { { 8, 8, TOP(0x2000) }, { 40, 8, TOP(0x4000) } }, KV_OK, "" },
	{ "a byte past 2^64", SPARC64, true, { { 40, 8, TOP(0x3fff) } }, KV_EFORMAT,
	    "dr_size at offset 0x30 is 0x4000, wanted what goes with dr_pa not past 2^64: at most 0x3fff" },
	{ "the second, too", SPARC64, true, { { 32, 4, 2 }, { 64, 8, TOP(0x1000) }, { 72, 8, 0x1001 } }, KV_EFORMAT,
	    "dr_size at offset 0x48 is 0x1001, wanted what goes with dr_pa not past 2^64: at most 0x1000" },
	{ "regions that overlap", SPARC64, true, { { 32, 4, 2 }, { 64, 8, 0x40003fff }, { 72, 8, 1 } },
	    KV_EFORMAT, "regions, sorted: " },
};

static void
test_changes(void)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *r = &changes[i];
		struct port_trial t;
		port_trial_make(&t, &port_samples_freebsd[r->sample]);
		for (size_t k = 0; k < sizeof(r->f) / sizeof(r->f[0]) && r->f[k].size != 0; k++)
			port_sample_put(t.image + r->f[k].off, r->f[k].value, r->f[k].size, t.kernel.big);
		if (!r->kernel)
			t.kernel.machine = 0;
		if (!port_trial_open(&t, r->name, r->st, r->text))
			CHECK(strncmp(t.err.text, "file: ", 6) == 0 && strncmp(t.err.text + 6, r->text,
			    strlen(r->text)) == 0, "%s: %s, wanted %s", r->name, t.err.text, r->text);
		port_trial_end(&t);
	}
}

/* An image that begins as a device does, by sys/sys/kerneldump.h, version 4: what it is, is said. */
static void
test_header_in_front(void)
{
	enum { LEN = 512, SIZE = 0x1000 };
	static const struct {
		const char *magic;
		uint8_t compression, key, damage;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "FreeBSD Kernel Dump", 2, 0, 0, KV_EUNSUP, "core: begins with the kernel dump header of a arm64 dump "
		    "(zstd), whose 0x654321 bytes follow it: what is opened must begin with the dump" },
		{ "FreeBSD Kernel Dump", 0, 9, 0, KV_EUNSUP, "core: an encrypted dump: decrypt it first, as "
		    "decryptcore(8) does" },
		{ "FreeBSD Kernel Dump", 0, 0, 1, KV_EFORMAT, "core: kernel dump header at offset 0: parity is wrong: "
		    "its words sum up to 0x1000000, wanted 0" },
		{ "FreeBSD Text Dump", 0, 0, 0, KV_EUNSUP, "core: a textdump: it holds no memory, but files of text" },
		{ "FreeBSD Text Dump", 0, 0, 1, KV_EUNSUP, "core: a textdump: it holds no memory, but files of text" },
		{ "Cleared Kernel Dump", 0, 0, 0, KV_EUNSUP, "core: begins with the header of a dump that is cleared: "
		    "it was saved before" },
		{ "Cleared Kernel Dump", 0, 0, 1, KV_EUNSUP, "core: begins with the header of a dump that is cleared: "
		    "it was saved before" },
		{ "FreeBSD Kernel dump", 0, 0, 0, KV_OK, "" },
	};
	static uint8_t image[SIZE];
	const struct port_kernel kernel = { .name = "", .os = "" };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		uint32_t parity = 0;
		memset(image, 0, SIZE);
		memcpy(image, rows[i].magic, strlen(rows[i].magic));
		memcpy(image + 20, "arm64", 5);
		be32_put(image + 32, 4);
		be32_put(image + 44, 0x654321);
		be32_put(image + 56, rows[i].key);
		be32_put(image + 60, 512);
		image[495] = rows[i].compression;
		for (size_t at = 0; at < LEN; at += 4)
			parity ^= be32_get(image + at);
		be32_put(image + LEN - 4, parity);
		image[100] ^= rows[i].damage;
		CHECK_EQ("in front", "image", image_open_mem(&img, "core", image, SIZE, NULL), KV_OK);
		CHECK_EQ(rows[i].magic, "status", port_open(&dump, &img, &kernel, &err), rows[i].st);
		if (rows[i].st != KV_OK)
			CHECK(strcmp(err.text, rows[i].text) == 0, "%s, wanted %s", err.text, rows[i].text);
		else
			CHECK(dump.port == NULL, "%s: it is a dump", rows[i].magic);
		port_close(&dump);
		image_close(&img);
	}
}

/* textdump(4), POSIX ustar: a tar file of some of a few names. */
static void
test_tar(void)
{
	enum { NAME = 100, MAGIC = 257, SIZE = 1024 };
	static const struct {
		const char *name, *magic;
		size_t size;
		bool textdump;
	} rows[] = {
		{ "ddb.txt", "ustar", SIZE, true }, { "config.txt", "ustar", SIZE, true },
		{ "msgbuf.txt", "ustar", SIZE, true }, { "panic.txt", "ustar", SIZE, true },
		{ "version.txt", "ustar", SIZE, true }, { "version.txt", "ustar", MAGIC + 5, true },
		{ "version.txt", "ustar", MAGIC + 4, false }, { "version.txt", "ustaR", SIZE, false },
		{ "other.txt", "ustar", SIZE, false }, { "", "ustar", SIZE, false },
		/* As long as the field is, and as if it went on. */
		{ "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		    "ustar", SIZE, false },
	};
	static uint8_t image[SIZE];
	const struct port_kernel kernel = { .name = "", .os = "" };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		memset(image, 0, SIZE);
		memcpy(image, rows[i].name, strlen(rows[i].name));
		memset(image + NAME, 'x', MAGIC - NAME);	/* the other fields */
		memcpy(image + MAGIC, rows[i].magic, 5);
		CHECK_EQ("tar", "image", image_open_mem(&img, "core", image, rows[i].size, NULL), KV_OK);
		CHECK_EQ(rows[i].name, "status", port_open(&dump, &img, &kernel, &err),
		    rows[i].textdump ? KV_EUNSUP : KV_OK);
		CHECK(dump.port == NULL, "%s: it is a dump", rows[i].name);
		if (rows[i].textdump)
			CHECK(strcmp(err.text, "core: a textdump: it holds no memory, but files of text") == 0,
			    "%s: %s", rows[i].name, err.text);
		port_close(&dump);
		image_close(&img);
	}
}

/*
 * The n-th allocation fails, and perhaps all after it, until one run needs fewer: the dump is as it
 * was, or does not open.
 */
static void
no_memory(bool go_on)
{
	uint8_t *image = port_rows_image();
	for (const struct port_sample *sample = port_samples_freebsd; sample->os != NULL; sample++) {
		const struct port_kernel kernel = port_sample_kernel(sample);
		const char *row = sample->machine;
		struct image img;
		struct dump whole, dump;
		const size_t size = port_sample_make(sample, image);
		bool enough = false;
		int n = 0;
		CHECK_EQ(row, "image", image_open_mem(&img, "core", image, size, NULL), KV_OK);
		CHECK_EQ(row, "whole", port_open(&whole, &img, &kernel, NULL), KV_OK);
		for (; !enough && n < 100; n++) {
			struct kv_err err = { .text = "" };
			allocations_left = n;
			allocations_go_on = go_on;
			const enum kv_status st = port_open(&dump, &img, &kernel, &err);
			enough = allocations_left > 0;
			allocations_left = -1;
			allocations_go_on = false;
			if (st == KV_OK)
				CHECK(dump.nas == whole.nas && dump.ram.total == whole.ram.total &&
				    dump.dmap.last == whole.dmap.last, "%s: allocation %d: another dump", row, n);
			else
				CHECK(st == KV_ENOMEM && err.text[0] != '\0', "%s: allocation %d: status %d: %s",
				    row, n, (int)st, err.text);
			port_close(&dump);
		}
		CHECK(enough && n > 2, "%s: %d allocations", row, n);
		port_close(&whole);
		image_close(&img);
	}
	free(image);
}

static void
test_no_memory(void)
{
	no_memory(false);
	no_memory(true);
}

/*
 * No two ranges share an address: one that another hides in part is slower.  But DragonFly's direct map
 * is hidden by nothing, in a page map of all addresses.
 */
static void
ranges_check(const struct port_sample *sample, const struct field f[2], bool apart)
{
	struct port_trial t;
	port_trial_make(&t, sample);
	for (unsigned i = 0; f != NULL && i < 2 && f[i].size != 0; i++)
		port_sample_put(t.image + f[i].off, f[i].value, f[i].size, sample->big);
	(void)port_trial_open(&t, sample->machine, KV_OK, "");
	for (unsigned i = 0; i < t.dump.nas; i++) {
		const struct as_range *a = &t.dump.as[i];
		CHECK(a->lo <= a->last, "%s: range %u ends before it begins", sample->machine, i);
		for (unsigned k = 0; k < i; k++) {
			const struct as_range *b = &t.dump.as[k];
			if (apart && (strcmp(sample->os, "dragonfly") != 0 || b->lo != t.dump.dmap.lo))
				CHECK(a->last < b->lo || b->last < a->lo, "%s: ranges %u and %u: %#jx to %#jx, "
				    "%#jx to %#jx", sample->machine, k, i, (uintmax_t)b->lo, (uintmax_t)b->last,
				    (uintmax_t)a->lo, (uintmax_t)a->last);
		}
	}
	port_trial_end(&t);
}

static void
test_ranges(void)
{
	for (unsigned i = 0; port_samples_freebsd[i].os != NULL; i++)
		ranges_check(&port_samples_freebsd[i], NULL, true);
	/* Those whose direct map lies above the page map; here below it, and where it begins. */
	static const struct field below[2] = { { 56, 8, 0x100000 }, { 64, 8, 0x200000 } },
	    same[2] = { { 56, 8, UINT64_C(0xffff000000000000) }, { 64, 8, UINT64_C(0xffff000000100000) } };
	ranges_check(&port_samples_freebsd[ARM64], below, true);
	ranges_check(&port_samples_freebsd[RISCV], below, true);
	ranges_check(&port_samples_freebsd[ARM64], same, false);
	/* A kernel that runs where it was linked. */
	static const struct field as_linked[2] = { { 120, 8, 0x100100 } };
	ranges_check(&port_samples_freebsd[POWERPC64], as_linked, true);
}

/* A probe looks for the region behind the headers among the first 256. */
static void
test_sparc64_few(void)
{
	for (unsigned n = 255; n <= 257; n++) {
		struct port_trial t;
		port_trial_make(&t, &port_samples_freebsd[SPARC64]);
		t.kernel.machine = 0;
		be32_put(t.image + 32, n);
		memcpy(t.image + 40 + (n - 1) * 24, t.image + 40, 24);
		memset(t.image + 40, 0, 24);
		enum kv_status st = port_trial_try(&t, "few");
		CHECK((n <= 256) == (st == KV_OK && t.dump.port != NULL), "%u regions: status %d", n, (int)st);
		port_trial_close(&t);
		be32_put(t.image + 32, n - 1);	/* what lies behind the regions is none */
		st = port_trial_try(&t, "few");
		CHECK(st == KV_OK && t.dump.port == NULL, "%u regions without it: status %d", n - 1, (int)st);
		port_trial_end(&t);
	}
}

extern const struct port port_freebsd_sparc64;	/* by ports.def */

/* Nothing tells sparc64's form but that its numbers belong together: one that does not, and it is none. */
static void
test_sparc64_probe(void)
{
	static const struct {
		const char *name;
		unsigned off, size;
		uint64_t value;
		bool opens;
	} rows[] = {
		{ "as it is", 24, 8, 0xff, true },
		{ "a mask with a hole", 24, 8, 0xfd, false },
		{ "no region behind the headers", 56, 8, 0x2008, false },
		{ "an empty region there", 48, 8, 0, false },
		{ "one that the file ends in", 48, 8, UINT64_C(1) << 56, true },
		{ "no regions", 32, 4, 0, false },
		{ "headers that are too short", 0, 8, 63, false },
		{ "a TSB off its page", 8, 8, 0x40002008, false },
	};
	uint8_t *image = port_rows_image();
	struct port_kernel kernel = port_sample_kernel(&port_samples_freebsd[SPARC64]);
	kernel.machine = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct port_trial t;
		port_trial_make(&t, &port_samples_freebsd[SPARC64]);
		t.kernel.machine = 0;
		port_sample_put(t.image + rows[i].off, rows[i].value, rows[i].size, true);
		const enum kv_status st = port_trial_try(&t, rows[i].name);
		CHECK(rows[i].opens == (st == KV_OK && t.dump.port != NULL &&
		    strcmp(t.dump.port->machine, "sparc64") == 0),
		    "%s: status %d", rows[i].name, (int)st);
		port_trial_end(&t);
	}
	/* Kernels of machines that sparc64's numbers are not of; e_machine: 43 SPARC V9, 21 PowerPC64. */
	static const struct {
		const char *name;
		unsigned machine, bits;
		bool big, ours;
	} kernels[] = {
		{ "its own kernel", 43, 64, true, true },
		{ "a kernel of PowerPC64", 21, 64, true, false },
		{ "a kernel of 32 bits", 43, 32, true, false },
		{ "a kernel of the other order", 43, 64, false, false },
	};
	/* The region where the headers end is one that is counted, and among the first 256. */
	static const struct {
		const char *name;
		unsigned nregions, at;
		bool ours;
	} firsts[] = {
		{ "the last region", 2, 1, true }, { "behind the last region", 1, 1, false },
		{ "the 256th region", 257, 255, true }, { "the 257th region", 257, 256, false },
	};
	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		struct image img;
		(void)make_sparc64(memset(image, 0, 0x8000));
		be32_put(image + 32, firsts[i].nregions);
		uint8_t *region = image + 40 + firsts[i].at * 24;
		memcpy(region, image + 40, 24);
		port_sample_put(image + 56, 0x4000, 8, true);
		CHECK_EQ(firsts[i].name, "image", image_open_mem(&img, "core", image, 0x6000, NULL), KV_OK);
		CHECK_EQ(firsts[i].name, "probe", port_freebsd_sparc64.probe_other(&img, &kernel),
		    firsts[i].ours);
		image_close(&img);
	}
	/* Memory that follows its region at once. */
	(void)make_sparc64(memset(image, 0, 0x8000));
	port_sample_put(image, 64, 8, true);
	port_sample_put(image + 56, 64, 8, true);
	struct image packed;
	CHECK_EQ("packed", "image", image_open_mem(&packed, "core", image, 0x6000, NULL), KV_OK);
	CHECK_EQ("packed", "probe", port_freebsd_sparc64.probe_other(&packed, &kernel), true);
	be32_put(image + 32, 2);	/* headers that are too short for that */
	CHECK_EQ("packed, two", "probe", port_freebsd_sparc64.probe_other(&packed, &kernel), false);
	image_close(&packed);
	(void)make_sparc64(memset(image, 0, 0x8000));
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		struct image img;
		struct port_kernel one = kernel;
		one.machine = kernels[i].machine;
		one.bits = kernels[i].bits;
		one.big = kernels[i].big;
		CHECK_EQ(kernels[i].name, "image", image_open_mem(&img, "core", image, 0x6000, NULL), KV_OK);
		for (int freebsd = 0; freebsd < 2; freebsd++) {
			one.os = freebsd != 0 ? "freebsd" : "";
			CHECK_EQ(kernels[i].name, "probe", port_freebsd_sparc64.probe_other(&img, &one),
			    kernels[i].ours);
		}
		image_close(&img);
	}
	free(image);
}

static void
note_step(void *arg, const struct mmu_step *step)
{
	*(struct mmu_step *)arg = *step;
}

/* What a walk through the TSB tells of its entry. */
static void
test_tsb_step(void)
{
	static const struct {
		vaddr_t va;
		enum mmu_kind kind;
		paddr_t next;
	} rows[] = { { 0xc0000010, MMU_LEAF, 0x40000000 }, { 0xc0002010, MMU_INVALID, 0 },
		{ 0xc0200010, MMU_INVALID, 0 } };	/* of another page, in the first one's place */
	struct port_trial t;
	port_trial_make(&t, &port_samples_freebsd[SPARC64]);
	if (port_trial_open(&t, "TSB", KV_OK, "")) {
		const struct mmu_src src = { .read = memory_read, .arg = &t.dump.mem };
		const struct mmu *mmu = NULL;
		for (unsigned i = 0; i < t.dump.nas; i++)
			if (strcmp(t.dump.as[i].mmu.regime, "tsb") == 0)
				mmu = &t.dump.as[i].mmu;
		CHECK(mmu != NULL, "TSB: no range");
		for (size_t i = 0; mmu != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct mmu_step step = { .size = 99 };
			struct kv_run run;
			const enum kv_status st = mmu_walk(mmu, &src, rows[i].va, &run, note_step, &step, NULL);
			const bool leaf = rows[i].kind == MMU_LEAF;
			CHECK_EQ("TSB", "status", st, leaf ? KV_OK : KV_EUNMAPPED);
			CHECK_EQ("TSB", "kind", step.kind, rows[i].kind);
			CHECK_EQ("TSB", "next", step.next.addr, rows[i].next);
			CHECK_EQ("TSB", "protection", step.prot, leaf ? KV_R : 0);
			CHECK(leaf == (step.why == NULL), "TSB: why %s", step.why != NULL ? step.why : "not");
		}
	}
	port_trial_end(&t);
}

/* Regions of which the file has no more are none of its form. */
static void
test_sparc64_regions_cut(void)
{
	struct port_trial t;
	port_trial_make(&t, &port_samples_freebsd[SPARC64]);
	t.kernel.machine = 0;
	t.size = 40 + 24 + 23;
	be32_put(t.image + 32, 2);
	put64(t.image + 56, 0x9998, true);	/* the first is not behind the headers */
	CHECK_EQ("regions, cut", "status", port_trial_try(&t, "regions, cut"), KV_OK);
	CHECK_EQ("regions, cut", "no port", t.dump.port == NULL, true);
	port_trial_end(&t);
}

/* Regions on three pages, of which one cannot be read. */
static void
test_sparc64_no_reads(void)
{
	enum { N = 300, SIZE = 0x6000 };
	char path[] = "/tmp/unit-sparc64-XXXXXX";
	uint8_t *image = port_rows_image();
	const struct port_kernel kernel = port_sample_kernel(&port_samples_freebsd[SPARC64]);
	memset(image, 0, 0x8000);
	(void)make_sparc64(image);
	be32_put(image + 32, N);	/* the others are empty */
	const int fd = mkstemp(path);
	if (!CHECK(fd != -1 && write(fd, image, SIZE) == SIZE && close(fd) == 0, "%s", path))
		return;
	bool ok = false;
	unsigned failed = 0;
	for (int n = 0; !ok && n < 20; n++) {
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		CHECK_EQ("no reads", "image", image_open(&img, path, IMAGE_NOMAP, NULL), KV_OK);
		reads_left = n;
		const enum kv_status st = port_open(&dump, &img, &kernel, &err);
		reads_left = -1;
		ok = st == KV_OK && dump.port != NULL;
		failed += st == KV_EIO;
		CHECK(ok || st == KV_EIO || n == 0, "read %d fails: status %d: %s", n, (int)st, err.text);
		port_close(&dump);
		image_close(&img);
	}
	CHECK(ok && failed >= 2, "no reads: %u failed", failed);
	(void)unlink(path);
	free(image);
}

/* A version that is none yet: each port says what it wants.  And a header without its last byte. */
static void
test_versions(void)
{
	/* libkvm's words, and <machine/minidump.h>. */
	static const struct {
		const char *machine, *says, *wanted;
		unsigned len;		/* of the header */
	} heads[] = {
		{ "amd64", "expected 3", "1 to 3", 72 }, { "i386", "expected 2", "1 to 2", 52 },
		{ "arm", "Expected 2", "1 to 2", 56 }, { "arm64", "Expected 3", "1 to 3", 80 },
		{ "riscv", "Expected 2", "1 to 2", 76 }, { "mips", "Expected 2", "1 to 2", 68 },
		{ "powerpc64", "Expected 2", "1 to 2", 140 }, { "powerpc64le", "Expected 2", "1 to 2", 140 },
		{ "x86_64", "Expected 2", "2", 80 },
	};
	uint8_t *image = port_rows_image();
	for (const struct port_sample *s = port_samples_freebsd; s->os != NULL; s++) {
		const struct mini *m = minis;
		while (m < minis + sizeof(minis) / sizeof(minis[0]) &&
		    (strcmp(m->os, s->os) != 0 || strcmp(m->machine, s->machine) != 0))
			m++;
		if (m == minis + sizeof(minis) / sizeof(minis[0]))
			continue;	/* another container */
		const struct port_kernel kernel = port_sample_kernel(s);
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		memset(image, 0, PAGE);
		const size_t size = make_minidump(s, image);
		port_sample_put(image + m->version_off, 99, 4, s->big);
		CHECK_EQ(s->machine, "image", image_open_mem(&img, "core", image, size, NULL), KV_OK);
		CHECK_EQ(s->machine, "status", port_open(&dump, &img, &kernel, &err), KV_EUNSUP);
		size_t i = 0;
		while (strcmp(heads[i].machine, s->machine) != 0)
			i++;
		char text[160];
		(void)snprintf(text, sizeof(text), "wrong minidump version. %s got 99: core: version at offset %#x is "
		    "99, wanted %s", heads[i].says, m->version_off, heads[i].wanted);
		CHECK(strcmp(err.text, text) == 0, "%s: %s, wanted %s", s->machine, err.text, text);
		port_close(&dump);
		image_close(&img);
		/* Files of less than 68 bytes come to no port; without its last byte a header is none. */
		port_sample_put(image + m->version_off, m->version, 4, s->big);
		for (unsigned less = 0; heads[i].len - less >= 68 && less < 2; less++) {
			CHECK_EQ(s->machine, "image", image_open_mem(&img, "core", image, heads[i].len - less, NULL),
			    KV_OK);
			CHECK_EQ(s->machine, "cut", port_open(&dump, &img, &kernel, &err),
			    less != 0 ? KV_ETRUNC : KV_EFORMAT);
			(void)snprintf(text, sizeof(text), "header: core: %#x bytes are there, wanted %#x",
			    heads[i].len - 1, heads[i].len);
			if (less != 0)
				CHECK_TEXT(s->machine, err.text, text);
			port_close(&dump);
			image_close(&img);
		}
	}
	free(image);
}

/* A kernel of sparc64 is one of 64 bits and big-endian; others' dumps are not of that form. */
static void
test_sparc64_kernel(void)
{
	static const struct {
		unsigned bits;
		bool big, opens;
	} rows[] = { { 64, true, true }, { 32, true, false }, { 64, false, false } };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct port_trial t;
		port_trial_make(&t, &port_samples_freebsd[SPARC64]);
		t.kernel.bits = rows[i].bits;
		t.kernel.big = rows[i].big;
		CHECK(rows[i].opens == (port_trial_try(&t, "kernel") == KV_OK && t.dump.port != NULL),
		    "kernel of %u bits, %s-endian", rows[i].bits, rows[i].big ? "big" : "little");
		port_trial_end(&t);
	}
}

/* Big-endian MIPS of 64 bits: version 1 has its bitmap in words of 32 bits, version 2 in those of 64. */
static void
test_mips64_bitmap(void)
{
	for (unsigned version = 1; version <= 2; version++) {
		struct port_trial t;
		struct place place;
		port_trial_make(&t, &port_samples_freebsd[MIPS]);
		t.kernel.bits = 64;
		put32(t.image + 24, version, true);
		put64(t.image + 40, UINT64_C(0xffffffffc0000000), true);
		memset(t.image + PAGE, 0, 8);
		port_sample_put(t.image + PAGE, 2, version == 1 ? 4 : 8, true);
		if (port_trial_open(&t, version == 1 ? "mips64, version 1" : "mips64, version 2", KV_OK, "")) {
			format_locate(&t.dump.ram, FRAME, &place);
			CHECK_EQ("mips64", "page 1", place.kind, PLACE_FILE);
			CHECK_EQ("mips64", "bytes", t.dump.ram.total, PAGE);
		}
		port_trial_end(&t);
	}
}

static const struct unit_test tests[] = {
	{ "mips64's bitmap", test_mips64_bitmap },
	{ "sparc64's regions, cut", test_sparc64_regions_cut },
	{ "versions", test_versions },
	{ "sparc64's kernel", test_sparc64_kernel },
	{ "sparc64, no reads", test_sparc64_no_reads },
	{ "steps of a TSB", test_tsb_step },
	{ "places", test_places },
	{ "ELF core and kernel", test_elf_kernel },
	{ "ELF core behind a header", test_elf_behind_header },
	{ "sparc64's probe", test_sparc64_probe },
	{ "sparc64, cut", test_sparc64_cut },
	{ "sparc64, kernel alone", test_sparc64_kernel_alone },
	{ "sparc64, many regions", test_sparc64_few },
	{ "changed headers", test_changes },
	{ "ranges apart", test_ranges },
	{ "no memory", test_no_memory },
	{ "a device's header in front", test_header_in_front },
	{ "textdumps", test_tar },
	{ "sparc64, empty region", test_sparc64_empty_region },
	{ "kernbase", test_kernbase },
	{ "ELF identification", test_elf_ident },
	{ 0 },
};
const struct unit_suite unit_port_freebsd = { "port_freebsd", tests };
