/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Full dumps of FreeBSD and DragonFly: what the kernel's symbols tell of the page tables, and what is
 * said where they are missing or lie.  And ELF cores and dump headers that are of no port.
 */
#include <stdlib.h>
#include <string.h>

#include "port_sample.h"
#include "unit.h"

#define NOWHERE	UINT64_MAX
#define KERN64	UINT64_C(0xffffffff80000000)	/* x86-64 */
#define RISCV	UINT64_C(0xffffffc000200000)
#define ARM64	UINT64_C(0xffff000002000000)

enum { HEADERS = 0x1000, MEMORY = 0x10000, PT_LOAD = 1, PT_DUMP_DELTA = 0x6fb5d000 };

struct segment {
	uint32_t type;
	uint64_t off, va, pa, size;
};

/* Numbers in memory, by their offset there. */
struct word {
	uint32_t off;
	unsigned size;
	uint64_t value;
};

struct full_row {
	const char *name;
	unsigned machine, bits;
	const char *os;
	uint64_t base;		/* of memory */
	enum { ELF, RAW } form;
	struct port_symbol symbol[4];
	struct word word[6];
	enum { NO_CODE, NAMED, HELD } code;	/* the kernel file tells none, where it is, what it is (zeros) */
	vaddr_t code_va;
	struct segment segment[2];	/* none: all of memory */
	enum kv_status st;
	const char *text;
	vaddr_t va;
	paddr_t pa;
};

static const struct full_row rows[] = {
	{ .name = "amd64 without kernbase", .machine = 62, .bits = 64, .os = "freebsd",
	    .symbol = { { "KPML4phys", KERN64 } }, .st = KV_EUNSUP, .text = "has no symbol kernbase" },
	{ .name = "amd64 by virtual addresses", .machine = 62, .bits = 64, .os = "freebsd",
	    .segment = { { PT_LOAD, HEADERS, KERN64, UINT64_MAX, 0x1000 } }, .st = KV_EUNSUP,
	    .text = "an ELF core by virtual addresses, which freebsd/amd64 does not write" },
	{ .name = "amd64, no code to search for", .machine = 62, .bits = 64, .os = "freebsd", .base = 0x200000,
	    .symbol = { { "kernbase", KERN64 }, { "KPML4phys", KERN64 + 0x203000 } }, .st = KV_EUNSUP,
	    .text = "kernel has no segment of code to search for" },
	{ .name = "riscv, no code to search for", .machine = 243, .bits = 64, .os = "freebsd",
	    .base = 0x80200000, .symbol = { { "kernel_pmap_store", RISCV + 0x1000 } }, .st = KV_EUNSUP,
	    .text = "kernel has no segment of code to search for" },
	/* Mode 5 is reserved (RISC-V Privileged 4.1.11). */
	{ .name = "riscv, satp of no mode", .machine = 243, .bits = 64, .os = "freebsd", .base = 0x80200000,
	    .symbol = { { "kernel_pmap_store", RISCV + 0x1000 } },
	    .word = { { 0x1038, 8, UINT64_C(5) << 60 } },
	    .segment = { { PT_DUMP_DELTA, 0, RISCV, 0x80200000, 0 },
	    { PT_LOAD, HEADERS, 0, 0x80200000, MEMORY } },
	    .st = KV_EFORMAT, .text = "pm_satp of kernel_pmap_store" },
	/* The last page of memory as VPN[2]'s table, with a leaf of 1 GiB; and all but a byte of it. */
	{ .name = "riscv, table at the end", .machine = 243, .bits = 64, .os = "freebsd", .base = 0x80200000,
	    .symbol = { { "kernel_pmap_store", RISCV + 0x1000 } },
	    .word = { { 0x1038, 8, UINT64_C(8) << 60 | 0x8020f }, { 0xf800, 8, 0x200000cf } },
	    .segment = { { PT_DUMP_DELTA, 0, RISCV, 0x80200000, 0 },
	    { PT_LOAD, HEADERS, 0, 0x80200000, MEMORY } },
	    .st = KV_OK, .va = RISCV + 0x123, .pa = 0x80200123 },
	{ .name = "riscv, table cut", .machine = 243, .bits = 64, .os = "freebsd", .base = 0x80200000,
	    .symbol = { { "kernel_pmap_store", RISCV + 0x1000 } },
	    .word = { { 0x1038, 8, UINT64_C(8) << 60 | 0x8020f } },
	    .segment = { { PT_DUMP_DELTA, 0, RISCV, 0x80200000, 0 },
	    { PT_LOAD, HEADERS, 0, 0x80200000, MEMORY - 1 } },
	    .st = KV_EABSENT, .text = "the page table at 0x8020f000, which the kernel's kernel_pmap_store tells, "
	    "cannot be read: " },
	{ .name = "riscv, no variable", .machine = 243, .bits = 64, .os = "freebsd", .base = 0x80200000,
	    .symbol = { { "kernel_pmap_store", RISCV + MEMORY - 0x3f } },
	    .segment = { { PT_DUMP_DELTA, 0, RISCV, 0x80200000, 0 },
	    { PT_LOAD, HEADERS, 0, 0x80200000, MEMORY } },
	    .st = KV_EABSENT, .text = "kernel_pmap_store at 0xffffffc00020ffc1 cannot be read: " },
	{ .name = "arm64 without its table", .machine = 183, .bits = 64, .os = "freebsd", .base = 0x40000000,
	    .st = KV_EUNSUP, .text = "has no symbol pagetable_l0_ttbr1" },
	/* Of 16 KiB: at level 2 the kernel's 32 MiB are entry 1, which of 4 KiB is another's. */
	{ .name = "arm64, raw, 16 KiB", .machine = 183, .bits = 64, .os = "freebsd", .base = 0x42000000,
	    .form = RAW, .symbol = { { "pagetable_l0_ttbr1", ARM64 + 0x4000 } },
	    .word = { { 0x4000, 8, 0x42008003 }, { 0x8000, 8, 0x4200c003 }, { 0xc008, 8, 0x42000401 } },
	    .code = NAMED, .code_va = ARM64, .st = KV_OK, .va = ARM64 + 0x123, .pa = 0x42000123 },
	{ .name = "arm64, raw, of no granule", .machine = 183, .bits = 64, .os = "freebsd",
	    .base = 0x42000000, .form = RAW, .symbol = { { "pagetable_l0_ttbr1", ARM64 + 0x4000 } },
	    .code = NAMED, .code_va = ARM64, .st = KV_EFORMAT, .text = "is kernel the kernel of this dump?" },
	/* A section of 1 MiB. */
	{ .name = "arm, raw", .machine = 40, .bits = 32, .os = "freebsd", .base = 0x80000000, .form = RAW,
	    .symbol = { { "kernbase", 0xc0000000 }, { "physaddr", 0x80000000 }, { "kernel_l1pa", 0xc0000010 } },
	    .word = { { 0x10, 4, 0x80004000 }, { 0x4000 + 0xc00 * 4, 4, 0x80000402 } },
	    .st = KV_OK, .va = 0xc0000123, .pa = 0x80000123 },
	{ .name = "arm without physaddr", .machine = 40, .bits = 32, .os = "freebsd", .base = 0x80000000,
	    .form = RAW, .symbol = { { "kernbase", 0xc0000000 }, { "kernel_l1pa", 0xc0000010 } },
	    .st = KV_EUNSUP, .text = "has no symbol physaddr" },
	/* struct pcb: CR3 at 64. */
	{ .name = "DragonFly, raw", .machine = 62, .bits = 64, .os = "dragonfly", .form = RAW,
	    .symbol = { { "kernbase", KERN64 }, { "dumppcb", KERN64 + 0x1000 } },
	    .word = { { 0x1040, 8, 0x2000 }, { 0x2000 + 511 * 8, 8, 0x3003 }, { 0x3000 + 510 * 8, 8, 0x4003 },
	    { 0x4000, 8, 0x83 } }, .st = KV_OK, .va = KERN64 + 0x1123, .pa = 0x1123 },
	{ .name = "DragonFly without dumppcb", .machine = 62, .bits = 64, .os = "dragonfly", .form = RAW,
	    .symbol = { { "kernbase", KERN64 } }, .st = KV_EUNSUP, .text = "has no symbol dumppcb" },
	{ .name = "DragonFly without kernbase", .machine = 62, .bits = 64, .os = "dragonfly", .form = RAW,
	    .symbol = { { "dumppcb", KERN64 } }, .st = KV_EUNSUP, .text = "has no symbol kernbase" },
	{ .name = "i386 without pae_mode", .machine = 3, .bits = 32, .os = "freebsd", .form = RAW,
	    .symbol = { { "kernbase", 0xc0000000 }, { "IdlePTD_nopae", 0xc0000000 } }, .st = KV_EUNSUP,
	    .text = "has no symbol pae_mode" },
	{ .name = "i386 without IdlePTD", .machine = 3, .bits = 32, .os = "freebsd", .form = RAW,
	    .symbol = { { "kernbase", 0xc0000000 } }, .st = KV_EUNSUP, .text = "has no symbol IdlePTD" },
	{ .name = "i386, no page directory", .machine = 3, .bits = 32, .os = "freebsd", .form = RAW,
	    .symbol = { { "kernbase", 0xc0000000 }, { "IdlePTD", 0xc0000010 } }, .st = KV_EFORMAT,
	    .text = "the kernel's IdlePTD is 0, wanted the address of a table" },
	{ .name = "i386, page directory off its page", .machine = 3, .bits = 32, .os = "freebsd", .form = RAW,
	    .symbol = { { "kernbase", 0xc0000000 }, { "IdlePTD", 0xc0000010 } }, .word = { { 0x10, 4, 0x1020 } },
	    .st = KV_EFORMAT, .text = "the kernel's IdlePTD is 0x1020, wanted the address of a table" },
	{ .name = "i386, PDPT off its place", .machine = 3, .bits = 32, .os = "freebsd", .form = RAW,
	    .symbol = { { "kernbase", 0xc0000000 }, { "IdlePDPT", 0xc0000010 } }, .word = { { 0x10, 4, 0x1010 } },
	    .st = KV_EFORMAT, .text = "the kernel's IdlePDPT is 0x1010, wanted the address of a table" },
	/* Where the kernel is looked for: at memory's end, at that of the file, and of all addresses. */
	{ .name = "riscv, code behind memory", .machine = 243, .bits = 64, .os = "freebsd",
	    .symbol = { { "kernel_pmap_store", RISCV } }, .code = HELD, .code_va = RISCV,
	    .segment = { { PT_LOAD, HEADERS, 0, 0x80200000, 0x800 } },
	    .st = KV_EFORMAT, .text = "(places tried: 1, the last at 0x80200000): is kernel" },
	{ .name = "riscv, memory behind the file", .machine = 243, .bits = 64, .os = "freebsd",
	    .symbol = { { "kernel_pmap_store", RISCV } }, .code = HELD, .code_va = RISCV,
	    .segment = { { PT_LOAD, HEADERS, 0, 0x80200000, 0x1000 },
	    { PT_LOAD, HEADERS + MEMORY, 0, 0x80400000, 0x1000 } },
	    .st = KV_ETRUNC, .text = "0x1000 bytes of its memory are missing" },
	{ .name = "riscv, the last place", .machine = 243, .bits = 64, .os = "freebsd",
	    .symbol = { { "kernel_pmap_store", RISCV } }, .code = HELD, .code_va = RISCV,
	    .segment = { { PT_LOAD, HEADERS, 0, UINT64_C(0xffffffffffe00000), 0x1000 } },
	    .st = KV_EFORMAT, .text = "(places tried: 1, the last at 0xffffffffffe00000): is kernel" },
	{ .name = "riscv, behind the last place", .machine = 243, .bits = 64, .os = "freebsd",
	    .symbol = { { "kernel_pmap_store", RISCV } }, .code = HELD, .code_va = RISCV,
	    .segment = { { PT_LOAD, HEADERS, 0, UINT64_C(0xfffffffffffff000), 0x1000 } },
	    .st = KV_EFORMAT, .text = "(places tried: 0, the last at 0): is kernel" },
	/* No loader puts amd64's above 4 GiB. */
	{ .name = "amd64, above 4 GiB", .machine = 62, .bits = 64, .os = "freebsd",
	    .symbol = { { "kernbase", KERN64 }, { "KPML4phys", KERN64 + 0x203000 } }, .code = NAMED,
	    .code_va = KERN64 + 0x200000,
	    .segment = { { PT_LOAD, HEADERS, 0, 0xffe00000, 0x1000 },
	    { PT_LOAD, HEADERS + 0x1000, 0, UINT64_C(0x100000000), 0x1000 } },
	    .st = KV_EFORMAT,
	    .text = "(places tried: 1, the last at 0xffe00000, as far as it is searched for): is kernel" },
};

static bool
lookup(void *arg, const char *symbol, vaddr_t *ret)
{
	const struct full_row *r = arg;
	return port_sample_lookup((void *)(uintptr_t)r->symbol, symbol, ret);
}

static bool
code(void *arg, vaddr_t *va, void *buf, size_t len, size_t *got)
{
	const struct full_row *r = arg;
	*va = r->code_va;
	*got = r->code == HELD ? len : 0;
	memset(buf, 0, *got);
	return true;
}

/* An ELF file's headers; fields as in gABI's figures 4-3 and 5-1. */
static void
headers_put(uint8_t *b, const struct full_row *r, bool big)
{
	const struct segment all = { PT_LOAD, HEADERS, 0, r->base, MEMORY };
	const struct segment *s = r->segment[0].type != 0 ? r->segment : &all;
	const unsigned n = r->segment[1].type != 0 ? 2 : 1, w = r->bits / 8;
	const bool wide = w == 8;
	memcpy(b, "\177ELF", 4);
	b[4] = wide ? 2 : 1;
	b[5] = big ? 2 : 1;
	port_sample_put(b + 16, 4, 2, big);	/* ET_CORE */
	port_sample_put(b + 18, r->machine, 2, big);
	port_sample_put(b + (wide ? 32 : 28), wide ? 64 : 52, w, big);
	port_sample_put(b + (wide ? 54 : 42), wide ? 56 : 32, 2, big);
	port_sample_put(b + (wide ? 56 : 44), n, 2, big);
	for (unsigned i = 0; i < n; i++) {
		uint8_t *p = b + (wide ? 64 + 56 * i : 52 + 32 * i);
		port_sample_put(p, s[i].type, 4, big);
		port_sample_put(p + (wide ? 8 : 4), s[i].off, w, big);
		port_sample_put(p + (wide ? 16 : 8), s[i].va, w, big);
		port_sample_put(p + (wide ? 24 : 12), s[i].pa, w, big);
		port_sample_put(p + (wide ? 32 : 16), s[i].size, w, big);
		port_sample_put(p + (wide ? 40 : 20), s[i].size, w, big);
		port_sample_put(p + (wide ? 48 : 28), 0x1000, w, big);
	}
}

static enum kv_status
row_open(const struct full_row *r, struct dump *dump, struct image *img, struct kv_err *err)
{
	const struct port_kernel kernel = { .name = "kernel", .machine = r->machine, .bits = r->bits,
		.os = r->os, .lookup = lookup, .code = r->code == NO_CODE ? NULL : code,
		.arg = (void *)(uintptr_t)r };
	const struct raw raw = { .base = r->base };
	return r->form == RAW ? port_open_raw(dump, img, &raw, &kernel, err) :
	    port_open(dump, img, &kernel, err);
}

static void
test_full(void)
{
	uint8_t *file = malloc(HEADERS + MEMORY);
	if (!CHECK(file != NULL, "no memory"))
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct full_row *r = &rows[i];
		memset(file, 0, HEADERS + MEMORY);
		headers_put(file, r, false);
		for (size_t k = 0; k < sizeof(r->word) / sizeof(r->word[0]) && r->word[k].size != 0; k++)
			port_sample_put(file + HEADERS + r->word[k].off, r->word[k].value, r->word[k].size,
			    false);
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		CHECK_EQ(r->name, "image", image_open_mem(&img, "core", r->form == RAW ? file + HEADERS : file,
		    r->form == RAW ? MEMORY : HEADERS + MEMORY, NULL), KV_OK);
		CHECK_EQ(r->name, "status without a sentence", row_open(r, &dump, &img, NULL), r->st);
		port_close(&dump);
		CHECK_EQ(r->name, "status", row_open(r, &dump, &img, &err), r->st);
		if (r->st == KV_OK) {
			CHECK_EQ(r->name, "address", port_sample_xlate(&dump, r->va), r->pa);
			CHECK_EQ(r->name, "no address", port_sample_xlate(&dump, r->va ^ 0x40000000), NOWHERE);
		} else {
			CHECK_TEXT(r->name, err.text, r->text);
			CHECK_TEXT(r->name, err.text, "core: ");
		}
		port_close(&dump);
		image_close(&img);
	}
	free(file);
}

/* ELF cores that no port's kernels write, and those of another byte order than the kernel. */
static void
test_ident(void)
{
	static const struct {
		unsigned machine, bits;
		bool big;
		struct port_kernel kernel;
		enum kv_status st;
		const char *text;
	} idents[] = {
		{ 22, 64, true, { .os = "" }, KV_EUNSUP,
		    "ELF core of machine 22 (s390x), 64 bits, big-endian, which is of no supported port" },
		{ 4711, 32, false, { .os = "" }, KV_EUNSUP,
		    "ELF core of machine 4711 (unknown), 32 bits, little-endian" },
		{ 62, 64, true, { .os = "" }, KV_EFORMAT, "EI_DATA is big-endian, but freebsd/amd64" },
		{ 20, 32, false, { .os = "" }, KV_EFORMAT, "EI_DATA is little-endian, but freebsd/powerpc" },
		{ 40, 32, false, { .name = "kernel", .machine = 40, .bits = 32, .big = true, .os = "" }, KV_EFORMAT,
		    "EI_DATA at offset 0x5 is little-endian, wanted big-endian as in kernel" },
	};
	static uint8_t file[HEADERS + MEMORY];
	for (size_t i = 0; i < sizeof(idents) / sizeof(idents[0]); i++) {
		const struct full_row row = { .machine = idents[i].machine, .bits = idents[i].bits };
		struct port_kernel kernel = idents[i].kernel;
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		kernel.lookup = lookup;
		kernel.arg = (void *)(uintptr_t)&row;
		memset(file, 0, sizeof(file));
		headers_put(file, &row, idents[i].big);
		CHECK_EQ("ident", "image", image_open_mem(&img, "core", file, sizeof(file), NULL), KV_OK);
		CHECK_EQ(idents[i].text, "status", port_open(&dump, &img, &kernel, &err), idents[i].st);
		CHECK_TEXT("ident", err.text, idents[i].text);
		port_close(&dump);
		image_close(&img);
	}
}

/*
 * An image that begins with the header of a dump device (sys/kerneldump.h, version 2) or is a textdump:
 * what to do is said.  Only powerpc's kernels leave a header before an ELF core.
 */
static void
test_dump_header(void)
{
	enum { LEN = 512 };
	static const struct {
		const char *name, *magic, *architecture, *member;
		unsigned keysize, wrong;	/* wrong: what is added to its parity */
		bool elf;
		enum kv_status st;
		const char *text;
	} heads[] = {
		{ "riscv's ELF core", "FreeBSD Kernel Dump", "riscv", NULL, 0, 0, true, KV_EFORMAT,
		    "is for \"riscv\", wanted none there: only powerpc's ELF cores have one" },
		{ "memory", "FreeBSD Kernel Dump", "riscv", NULL, 0, 0, false, KV_EUNSUP,
		    "begins with the kernel dump header of a riscv dump (none), whose 0x1234 bytes follow it" },
		{ "a key", "FreeBSD Kernel Dump", "riscv", NULL, 512, 0, false, KV_EUNSUP,
		    "an encrypted dump: decrypt it first" },
		{ "a wrong parity", "FreeBSD Kernel Dump", "riscv", NULL, 0, 0x10, false, KV_EFORMAT,
		    "kernel dump header at offset 0: parity is wrong: its words sum up to 0x10, wanted 0" },
		{ "text", "FreeBSD Text Dump", "riscv", NULL, 0, 0, false, KV_EUNSUP, "a textdump" },
		{ "a textdump's file", NULL, NULL, "panic.txt", 0, 0, false, KV_EUNSUP, "a textdump" },
		{ "a file of another kind", NULL, NULL, "etc/passwd", 0, 0, false, KV_OK, NULL },
		{ "a name without an end", NULL, NULL, "", 0, 0, false, KV_OK, NULL },
	};
	static uint8_t file[LEN + HEADERS + MEMORY];
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		const struct full_row row = { .machine = 243, .bits = 64 };
		const struct port_kernel kernel = { .name = "", .os = "", .lookup = lookup,
			.arg = (void *)(uintptr_t)&row };
		uint32_t parity = 0;
		memset(file, 0, sizeof(file));
		if (heads[i].magic != NULL) {
			memcpy(file, heads[i].magic, strlen(heads[i].magic));
			memcpy(file + 20, heads[i].architecture, strlen(heads[i].architecture));
			be32_put(file + 32, 2);
			be32_put(file + 44, 0x1234);
			be32_put(file + 56, heads[i].keysize);
			be32_put(file + 60, LEN);
			for (size_t at = 0; at < LEN; at += 4)
				parity ^= be32_get(file + at);
			be32_put(file + LEN - 4, parity ^ heads[i].wrong);
		} else {	/* POSIX ustar: a name of 100 bytes, the magic at 257 */
			memset(file, 'x', heads[i].member[0] == '\0' ? 100 : 0);
			memcpy(file, heads[i].member, strlen(heads[i].member));
			memcpy(file + 257, "ustar", 6);
			memset(file + 100, 'x', 157);	/* mode and so on: digits */
		}
		if (heads[i].elf)
			headers_put(file + LEN, &row, false);
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		CHECK_EQ(heads[i].name, "image", image_open_mem(&img, "core", file, sizeof(file), NULL), KV_OK);
		CHECK_EQ(heads[i].name, "status", port_open(&dump, &img, &kernel, &err), heads[i].st);
		CHECK_EQ(heads[i].name, "no port", dump.port == NULL, true);
		if (heads[i].text != NULL)
			CHECK_TEXT(heads[i].name, err.text, heads[i].text);
		else
			CHECK_EQ(heads[i].name, "a textdump", strstr(err.text, "textdump") != NULL, false);
		port_close(&dump);
		image_close(&img);
	}
}

static const struct unit_test tests[] = {
	{ "dump headers", test_dump_header },
	{ "symbols", test_full },
	{ "ELF identification", test_ident },
	{ 0 },
};
const struct unit_suite unit_port_full = { "port_full", tests };
