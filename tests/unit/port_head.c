/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How images begin: the first bytes of minidumps and ELF cores, each wrong in one place, and of what is
 * neither.  Which container and port it is, and whose sentence is heard.
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "port_sample.h"
#include "unit.h"

/* Opens the image, twice: a sentence or none makes no difference. */
static enum kv_status
head_open(const char *row, const uint8_t *image, size_t size, const struct port_kernel *kernel,
    bool *is_dump, struct kv_err *err)
{
	struct image img;
	struct dump dump;
	err->text[0] = '\0';
	CHECK_EQ(row, "image", image_open_mem(&img, "core", image, size, NULL), KV_OK);
	const enum kv_status quiet = port_open(&dump, &img, kernel, NULL);
	port_close(&dump);
	const enum kv_status st = port_open(&dump, &img, kernel, err);
	CHECK_EQ(row, "status without a sentence", quiet, st);
	*is_dump = dump.port != NULL;
	port_close(&dump);
	image_close(&img);
	return st;
}

/* FreeBSD's sys/<machine>/include/minidump.h: magic in 24 bytes, version; powerpc64's lies at 64. */
static void
test_minidump(void)
{
	enum { FIRST = 24, SECOND = 64, ALL = 0x1000 };
	static const struct {
		const char *name, *magic;
		unsigned version_off;
		uint32_t version;
		bool big;
		size_t size;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "7 bytes", "minidump", FIRST, 2, false, 7, KV_OK, NULL },
		{ "another magic", "minidumb FreeBSD/amd64", FIRST, 2, false, ALL, KV_OK, NULL },
		{ "8 bytes", "minidump", FIRST, 2, false, 8, KV_ETRUNC,
		    "core: cannot read dump header: 0x8 bytes are there, wanted 0x44 or more" },
		{ "67 bytes", "minidump FreeBSD/amd64", FIRST, 2, false, 67, KV_ETRUNC,
		    "core: cannot read dump header: 0x43 bytes are there, wanted 0x44 or more" },
		{ "67 bytes of powerpc64", "minidump FreeBSD/powerpc64", SECOND, 2, true, 67, KV_ETRUNC,
		    "core: cannot read minidump header: 0x43 bytes are there, wanted 0x44 or more" },
		{ "no machine of ours", "minidump FreeBSD/abcdefghijk", SECOND, 1, false, ALL, KV_EUNSUP,
		    "core: not a minidump for this platform: the magic at offset 0 is \"minidump FreeBSD/abcdefg\", "
		    "which is of no supported port" },
		{ "a short name", "minidump FreeBSD/abc", FIRST, 1, false, ALL, KV_EUNSUP,
		    "core: not a minidump for this platform: the magic at offset 0 is \"minidump FreeBSD/abc\", "
		    "which is of no supported port" },
		{ "big amd64", "minidump FreeBSD/amd64", FIRST, 2, true, ALL, KV_EFORMAT, "core: the version at "
		    "offset 0x18 is big-endian, but freebsd/amd64 or dragonfly/x86_64 is little-endian" },
		{ "big 16 bits", "minidump FreeBSD/mips", FIRST, 0xffff, true, ALL, KV_EUNSUP,
		    "wrong minidump version. Expected " },
		{ "big 17 bits", "minidump FreeBSD/mips", FIRST, 0x10001, true, ALL, KV_EFORMAT,
		    "core: wrong minidump version: at offset 0x18 it is 0x1000100, wanted a small number in either "
		    "byte order" },
		{ "no version", "minidump FreeBSD/mips", FIRST, 0, true, ALL, KV_EFORMAT,
		    "core: wrong minidump version: at offset 0x18 it is 0, wanted a small number" },
		{ "powerpc64, 16 bits", "minidump FreeBSD/powerpc64", SECOND, 0xffff, true, ALL, KV_EUNSUP,
		    "wrong minidump version. Expected " },
		{ "powerpc64, none", "minidump FreeBSD/powerpc64", SECOND, 0, true, ALL, KV_EFORMAT,
		    "core: wrong minidump version: at offset 0x40 it is 0, wanted a small number" },
	};
	static uint8_t image[ALL];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kv_err err;
		bool is_dump;
		memset(image, 0, sizeof(image));
		memcpy(image, rows[i].magic, strlen(rows[i].magic));
		port_sample_put(image + rows[i].version_off, rows[i].version, 4, rows[i].big);
		CHECK_EQ(rows[i].name, "status",
		    head_open(rows[i].name, image, rows[i].size, &port_no_kernel, &is_dump, &err), rows[i].st);
		CHECK_EQ(rows[i].name, "a dump", is_dump, false);
		if (rows[i].text != NULL)
			CHECK_TEXT(rows[i].name, err.text, rows[i].text);
	}
}

/* System V gABI, ELF header; sys/kerneldump.h, version 1. */
static void
test_elf(void)
{
	enum { ALL = 0x1000, HEADER = 512 };
	static const struct port_kernel riscv32 = { .name = "kernel", .os = "", .machine = 243, .bits = 32,
		.lookup = port_sample_lookup }, riscv64 = { .name = "kernel", .os = "", .machine = 243, .bits = 64,
		.lookup = port_sample_lookup }, big = { .name = "kernel", .os = "", .machine = 243, .bits = 64,
		.big = true, .lookup = port_sample_lookup }, amd64 = { .name = "kernel", .os = "", .machine = 62,
		.bits = 64, .lookup = port_sample_lookup };
	static const struct {
		const char *name;
		const char *magic;
		uint8_t class, data;
		unsigned type;
		size_t size;
		const struct port_kernel *kernel;
		enum kv_status st;
		const char *text[2];	/* without and behind a dump's header */
	} rows[] = {
		{ "another magic", "\177ELK", 2, 1, 4, ALL, &port_no_kernel, KV_OK, { NULL } },
		{ "19 bytes", "\177ELF", 2, 1, 4, 19, &port_no_kernel, KV_ETRUNC,
		    { "core: cannot read the ELF header: 0x13 bytes are there" } },
		{ "20 bytes", "\177ELF", 2, 1, 5, 20, &port_no_kernel, KV_EFORMAT,
		    { "core: invalid core: e_type at offset 0x10 is 5, wanted 4 (ET_CORE)",
		    "core: invalid core: e_type at offset 0x210 is 5, wanted 4 (ET_CORE)" } },
		{ "class 0", "\177ELF", 0, 1, 4, ALL, &port_no_kernel, KV_EFORMAT,
		    { "core: invalid core: EI_CLASS is 0 and EI_DATA 1, wanted 1 or 2 for both" } },
		{ "class 3", "\177ELF", 3, 1, 4, ALL, &port_no_kernel, KV_EFORMAT,
		    { "core: invalid core: EI_CLASS is 3 and EI_DATA 1, wanted 1 or 2 for both" } },
		{ "data 0", "\177ELF", 2, 0, 4, ALL, &port_no_kernel, KV_EFORMAT,
		    { "core: invalid core: EI_CLASS is 2 and EI_DATA 0, wanted 1 or 2 for both" } },
		{ "data 3", "\177ELF", 2, 3, 4, ALL, &port_no_kernel, KV_EFORMAT,
		    { "core: invalid core: EI_CLASS is 2 and EI_DATA 3, wanted 1 or 2 for both" } },
		{ "type 3, big", "\177ELF", 2, 2, 3, ALL, &port_no_kernel, KV_EFORMAT,
		    { "core: invalid core: e_type at offset 0x10 is 3, wanted 4 (ET_CORE)",
		    "core: invalid core: e_type at offset 0x210 is 3, wanted 4 (ET_CORE)" } },
		{ "type 0x400", "\177ELF", 2, 1, 0x400, ALL, &port_no_kernel, KV_EFORMAT,
		    { "core: invalid core: e_type at offset 0x10 is 1024, wanted 4 (ET_CORE)",
		    "core: invalid core: e_type at offset 0x210 is 1024, wanted 4 (ET_CORE)" } },
		{ "another class", "\177ELF", 2, 1, 4, ALL, &riscv32, KV_EFORMAT,
		    { "core: invalid core: EI_CLASS at offset 0x4 is for 64 bits, wanted 32 as in kernel",
		    "core: invalid core: EI_CLASS at offset 0x204 is for 64 bits, wanted 32 as in kernel" } },
		{ "another order", "\177ELF", 2, 1, 4, ALL, &big, KV_EFORMAT,
		    { "core: invalid core: EI_DATA at offset 0x5 is little-endian, wanted big-endian as in kernel",
		    "core: invalid core: EI_DATA at offset 0x205 is little-endian, wanted big-endian as in kernel" } },
		{ "another order, big", "\177ELF", 2, 2, 4, ALL, &riscv64, KV_EFORMAT,
		    { "core: invalid core: EI_DATA at offset 0x5 is big-endian, wanted little-endian as in kernel",
		    "core: invalid core: EI_DATA at offset 0x205 is big-endian, wanted little-endian as in kernel" } },
		{ "another machine", "\177ELF", 2, 1, 4, ALL, &amd64, KV_EFORMAT,
		    { "core: invalid core: e_machine at offset 0x12 is 243 (riscv), wanted 62 (x86-64) as in kernel",
		    "core: invalid core: e_machine at offset 0x212 is 243 (riscv), wanted 62 (x86-64) as in "
		    "kernel" } },
		{ "a machine in the wrong order", "\177ELF", 2, 2, 4, ALL, &port_no_kernel, KV_EFORMAT,
		    { "core: EI_DATA is big-endian, but freebsd/riscv is little-endian" } },
		{ "a class of no port", "\177ELF", 1, 1, 4, ALL, &port_no_kernel, KV_EUNSUP,
		    { "core: ELF core of machine 243 (riscv), 32 bits, little-endian, which is of no supported port" } },
	};
	static uint8_t image[HEADER + ALL];
	memcpy(image, "FreeBSD Kernel Dump", 19);
	memcpy(image + 20, "riscv", 5);
	be32_put(image + 32, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned behind = 0; behind < 2; behind++) {
			uint8_t *elf = image + HEADER;
			struct kv_err err;
			bool is_dump;
			memset(elf, 0, ALL);
			memcpy(elf, rows[i].magic, 4);
			elf[4] = rows[i].class;
			elf[5] = rows[i].data;
			port_sample_put(elf + 16, rows[i].type, 2, rows[i].data == 2);
			port_sample_put(elf + 18, 243, 2, rows[i].data == 2);
			const enum kv_status st = head_open(rows[i].name, behind ? image : elf,
			    rows[i].size + (behind ? HEADER : 0), rows[i].kernel, &is_dump, &err);
			CHECK_EQ(rows[i].name, "a dump", is_dump, false);
			/* The dump's header is then all that there is. */
			if (rows[i].st == KV_OK && behind)
				CHECK(st != KV_OK && strstr(err.text, "ELF") == NULL, "%s: %s", rows[i].name, err.text);
			else
				CHECK_EQ(rows[i].name, "status", st, rows[i].st);
			const char *text = rows[i].text[behind] != NULL ? rows[i].text[behind] : rows[i].text[0];
			if (text != NULL)
				CHECK(strcmp(err.text, text) == 0, "%s: %s, wanted %s", rows[i].name, err.text, text);
		}
}

/* An ELF core behind what is no header of a dump, or not the whole of one, is none. */
static void
test_behind(void)
{
	enum { HEADER = 512, ALL = 0x1000 };
	static uint8_t image[ALL];
	for (unsigned row = 0; row < 3; row++) {
		static const char *const magics[] = { "FreeBSD Kernel dump", "FreeBSD Text Dump", "Cleared Kernel Dump" };
		struct kv_err err;
		bool is_dump;
		memset(image, 0, sizeof(image));
		memcpy(image, magics[row], strlen(magics[row]));
		memcpy(image + HEADER, "\177ELF\2\1\1", 7);
		const enum kv_status st = head_open(magics[row], image, ALL, &port_no_kernel, &is_dump, &err);
		CHECK_EQ(magics[row], "status", st, row == 0 ? KV_OK : KV_EUNSUP);
		CHECK_EQ(magics[row], "a dump", is_dump, false);
		CHECK(strstr(err.text, "ELF") == NULL, "%s: %s", magics[row], err.text);
	}
}

/* A core of powerpc behind a header: whole, of another machine, and damaged. */
static void
test_powerpc(void)
{
	enum { HEADER = 512, VERSION = 35, KEYSIZE = 59, PANIC = 400 };
	static const struct {
		const char *name, *architecture;
		unsigned off;
		uint8_t xor;
		bool sums;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "whole", "powerpc", PANIC, 0, true, KV_OK, "" },
		{ "another machine", "powerpc64", PANIC, 0, true, KV_EFORMAT,
		    "the kernel dump header before the ELF header is for \"powerpc64\", wanted powerpc" },
		{ "parity", "powerpc", PANIC, 1, false, KV_EFORMAT, "parity is wrong" },
		{ "version", "powerpc", VERSION, 4, true, KV_EFORMAT, "version is 6, wanted 1 to 4" },
		{ "a key", "powerpc", KEYSIZE, 1, true, KV_EUNSUP, "core: an encrypted dump: decrypt it first" },
	};
	const struct port_sample *sample = port_samples_freebsd;
	while (sample->os != NULL && strcmp(sample->machine, "powerpc") != 0)
		sample++;
	uint8_t *image = calloc(1, HEADER + SAMPLE_MAX);
	if (!CHECK(image != NULL && sample->os != NULL, "powerpc: no sample"))
		return;
	const size_t size = HEADER + port_sample_make(sample, image + HEADER);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct port_kernel kernel = port_sample_kernel(sample);
		struct kv_err err;
		bool is_dump;
		uint32_t parity = 0;
		memset(image, 0, HEADER);
		memcpy(image, "FreeBSD Kernel Dump", 19);
		memcpy(image + 20, rows[i].architecture, strlen(rows[i].architecture));
		image[VERSION] = 2;
		if (rows[i].sums)
			image[rows[i].off] ^= rows[i].xor;
		for (size_t at = 0; at < HEADER; at += 4)
			parity ^= be32_get(image + at);
		be32_put(image + HEADER - 4, parity);
		if (!rows[i].sums)
			image[rows[i].off] ^= rows[i].xor;
		CHECK_EQ(rows[i].name, "status", head_open(rows[i].name, image, size, &kernel, &is_dump, &err),
		    rows[i].st);
		CHECK_EQ(rows[i].name, "a dump", is_dump, rows[i].st == KV_OK);
		CHECK_TEXT(rows[i].name, err.text, rows[i].text);
	}
	free(image);
}

/* One of powerpc64: virtual addresses, one segment (gABI; p_paddr of all ones). */
static void
test_powerpc64(void)
{
	enum { HEADER = 512, EHSIZE = 64, PHSIZE = 56, PAGE = 0x1000 };
	static uint8_t image[HEADER + 2 * PAGE];
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 2, 2, 1, 255 };
	for (unsigned row = 0; row < 2; row++) {
		uint8_t *elf = image + HEADER, *ph = elf + EHSIZE;
		struct kv_err err;
		bool is_dump;
		uint32_t parity = 0;
		memset(image, 0, sizeof(image));
		memcpy(elf, ident, sizeof(ident));
		port_sample_put(elf + 16, 4, 2, true);
		port_sample_put(elf + 18, 21, 2, true);
		port_sample_put(elf + 32, EHSIZE, 8, true);
		port_sample_put(elf + 54, PHSIZE, 2, true);
		port_sample_put(elf + 56, 1, 2, true);
		port_sample_put(ph, 1, 4, true);
		port_sample_put(ph + 8, PAGE, 8, true);
		port_sample_put(ph + 16, UINT64_C(0xc000000000100000), 8, true);
		port_sample_put(ph + 24, UINT64_MAX, 8, true);
		port_sample_put(ph + 32, PAGE, 8, true);
		port_sample_put(ph + 40, PAGE, 8, true);
		memcpy(image, "FreeBSD Kernel Dump", 19);
		memcpy(image + 20, row == 0 ? "powerpc64" : "powerpc", row == 0 ? 9 : 7);
		be32_put(image + 32, 2);
		for (size_t at = 0; at < HEADER; at += 4)
			parity ^= be32_get(image + at);
		be32_put(image + HEADER - 4, parity);
		CHECK_EQ("powerpc64", "status", head_open("powerpc64", image, sizeof(image), &port_no_kernel, &is_dump, &err),
		    row == 0 ? KV_OK : KV_EFORMAT);
		CHECK_EQ("powerpc64", "a dump", is_dump, row == 0);
		CHECK_TEXT("powerpc64", err.text, row == 0 ? "" :
		    "the kernel dump header before the ELF header is for \"powerpc\", wanted powerpc64");
	}
}

/* What is no dump: what it begins with is said to those whose kernel is of FreeBSD or DragonFly. */
static void
test_nothing(void)
{
	static const struct {
		const char *os;
		bool said;
	} rows[] = { { "freebsd", true }, { "dragonfly", true }, { "netbsd", false }, { "", false } };
	static const uint8_t image[9] = { 0, 0x1f, 0xa0, 3, 4, 0xff, 6, 0x70, 8 };
	static const char text[] = "core: magic number at offset 0 is 00 1f a0 03 04 ff 06 70, wanted \"minidump\" or "
	    "an ELF file's, 7f 45 4c 46";
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t size = 7; size <= sizeof(image); size++) {
			const struct port_kernel kernel = { .name = "kernel", .os = rows[i].os, .machine = 62,
				.bits = 64, .lookup = port_sample_lookup };
			struct kv_err err;
			bool is_dump;
			CHECK_EQ(rows[i].os, "status", head_open(rows[i].os, image, size, &kernel, &is_dump, &err),
			    KV_OK);
			CHECK_EQ(rows[i].os, "a dump", is_dump, false);
			CHECK((strcmp(err.text, text) == 0) == (rows[i].said && size >= 8), "%s: %zu bytes: %s",
			    rows[i].os, size, err.text);
		}
}

static const struct unit_test tests[] = {
	{ "minidump", test_minidump },
	{ "ELF", test_elf },
	{ "behind a header", test_behind },
	{ "powerpc", test_powerpc },
	{ "powerpc64", test_powerpc64 },
	{ "nothing", test_nothing },
	{ 0 },
};
const struct unit_suite unit_port_head = { "port_head", tests };
