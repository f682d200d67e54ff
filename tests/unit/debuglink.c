/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/symbol/debuglink: kernels whose debug information objcopy has put into another file, and
 * kernels made here whose .gnu_debuglink is odd.
 */
#define _XOPEN_SOURCE 700	/* realpath */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "allocations.h"
#include "port_sample.h"
#include "symbol/private.h"
#include "unit.h"

static void
test_places(void)
{
#if defined(HAVE_LIBDW) && defined(HAVE_ZLIB)
	static const struct {
		const char *name, *path;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "in the kernel",	"freebsd-amd64", KV_OK, "" },
		{ "beside it",		"linked/beside/kernel", KV_OK, "" },
		{ "in .debug",		"linked/sub/kernel", KV_OK, "" },
		{ "beside one of another kernel", "linked/both/kernel", KV_OK, "" },
		{ "beside what is left of it", "linked/few/kernel", KV_OK, "" },
		{ "missing",		"linked/missing/kernel", KV_EUNSUP,
		    ".gnu_debuglink names kernel.debug, which is not in /" },
		{ "of another kernel",	"linked/wrong/kernel", KV_EUNSUP,
		    "/kernel.debug: its CRC is 0x" },
		{ "none of two: the first's fault", "linked/first/kernel", KV_EUNSUP,
		    "/first/kernel.debug: its CRC is 0x" },
		{ "no debug file",	"linked/text/kernel", KV_EUNSUP, "/kernel.debug: " },
		{ "without information", "linked/empty/kernel", KV_EUNSUP,
		    "/kernel.debug has no debug information (.debug_info, .SUNW_ctf)" },
		{ "a path",		"linked/path/kernel", KV_EUNSUP,
		    "kernel has no debug information (.debug_info, .SUNW_ctf)" },
		{ "no CRC",		"linked/cut/kernel", KV_EUNSUP,
		    "kernel has no debug information (.debug_info, .SUNW_ctf)" },
	};
	uint64_t wanted = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[256];
		struct elf_file *elf;
		struct kv_err err = { .text = "" };
		uint64_t size = 0;
		(void)snprintf(path, sizeof(path), "%s/%s", UNIT_KERNELS, rows[i].path);
		if (!CHECK(elf_file_open(&elf, path, &err) == KV_OK, "%s: %s", path, err.text))
			continue;
		const enum kv_status st = elf_struct_size(elf, "pcpu", &size, &err);
		CHECK(st == rows[i].st, "%s: status %d, wanted %d (%s)", rows[i].name, (int)st,
		    (int)rows[i].st, err.text);
		if (i == 0)
			wanted = size;
		if (rows[i].st == KV_OK)
			CHECK(size == wanted && size != 0, "%s: struct pcpu has %ju bytes", rows[i].name,
			    (uintmax_t)size);
		else
			CHECK_TEXT(rows[i].name, err.text, rows[i].text);
		elf_file_close(elf);
	}
#else
	unit_skip("this library was built without libdw or zlib");
#endif
}

/* Where a kernel lay that is gone since it was opened, its debug file cannot be looked for. */
static void
test_gone(void)
{
#if defined(HAVE_LIBDW) && defined(HAVE_ZLIB)
	struct elf_file *elf;
	struct kv_err err = { .text = "" };
	uint64_t size = 0;
	const char *const path = UNIT_KERNELS "/linked/gone";
	(void)unlink(path);
	if (!CHECK(link(UNIT_KERNELS "/linked/missing/kernel", path) == 0, "gone: no second name") ||
	    !CHECK(elf_file_open(&elf, path, &err) == KV_OK, "gone: %s", err.text))
		return;
	CHECK_EQ("gone", "unlink", unlink(path), 0);
	CHECK_EQ("gone", "status", elf_struct_size(elf, "pcpu", &size, &err), KV_EIO);
	CHECK_TEXT("gone", err.text, "linked/gone: ");
	elf_file_close(elf);
#else
	unit_skip("this library was built without libdw or zlib");
#endif
}

#ifdef HAVE_ZLIB
/* ---- Links made by hand -------------------------------------------------------------- */

/* GDB manual, "Separate Debug Files": a name, zeros up to a multiple of 4, the file's CRC-32. */
static uint32_t
crc_of(const uint8_t *p, size_t n)
{
	uint32_t crc = UINT32_MAX;
	while (n-- > 0) {
		crc ^= *p++;
		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? UINT32_C(0xedb88320) : 0);
	}
	return ~crc;
}

static size_t
link_make(uint8_t *p, const char *name, uint32_t crc, bool big)
{
	size_t at = strlen(name) + 1;
	memcpy(p, name, at);
	while (at % 4 != 0)
		p[at++] = 0;
	port_sample_put(p + at, crc, 4, big);
	return at + 4;
}

/* A section of the kernel. */
struct section {
	unsigned name;		/* in the names below */
	unsigned type;
	uint64_t off, size;
};
static const struct section nothing = { 0, SHT_NULL, 0, 0 };
static const char section_names[] = "\0.gnu_debuglink\0.gnu_debuglinks";
enum { LINK_NAME = 1, OTHER_NAME = 16, NO_NAME = 0x10000 };

/* ELF headers of 64 bits; two links and the names of the sections. */
enum { NAMES = 0x40, FIRST = 0x80, SECOND = 0x200, HEADERS = 0x400, KERNEL_SIZE = 0x500 };

static void
kernel_make(uint8_t *p, bool big, const struct section *first, const struct section *second)
{
	const struct section names = { 0, SHT_STRTAB, NAMES, sizeof(section_names) };
	const struct section *const sections[] = { first, second, &names };
	memcpy(p, "\177ELF\2\1\1", 7);
	p[5] = big ? 2 : 1;
	port_sample_put(p + 16, ET_EXEC, 2, big);
	port_sample_put(p + 18, EM_X86_64, 2, big);
	port_sample_put(p + 20, 1, 4, big);
	port_sample_put(p + 40, HEADERS, 8, big);
	port_sample_put(p + 52, 64, 2, big);
	port_sample_put(p + 58, 64, 2, big);
	port_sample_put(p + 60, 4, 2, big);
	port_sample_put(p + 62, 3, 2, big);
	memcpy(p + NAMES, section_names, sizeof(section_names));
	for (unsigned i = 0; i < 3; i++) {
		uint8_t *sh = p + HEADERS + 64 * (i + 1);
		port_sample_put(sh, sections[i]->name, 4, big);
		port_sample_put(sh + 4, sections[i]->type, 4, big);
		port_sample_put(sh + 24, sections[i]->off, 8, big);
		port_sample_put(sh + 32, sections[i]->size, 8, big);
	}
}

/* A debug file: an ELF header, and what the CRC is of. */
static void
debug_make(uint8_t *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		p[i] = (uint8_t)(i * 7 + i / 256);
	memset(p, 0, 64);
	memcpy(p, "\177ELF\2\1\1", 7);
	p[16] = ET_EXEC;
	p[18] = EM_X86_64;
	p[20] = 1;
	p[52] = 64;
}

/* The folder of kernel and debug files. */
static char folder[] = "/tmp/unit-debuglink-XXXXXX";
static char path[sizeof(folder) + 300];

static const char *
in_folder(const char *name)
{
	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static bool
folder_make(void)
{
	memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
	return CHECK(mkdtemp(folder) != NULL && mkdir(in_folder(".debug"), 0700) == 0, "%s: no folder",
	    folder);
}

static void
folder_remove(void)
{
	(void)unlink(in_folder("kernel"));
	CHECK(rmdir(in_folder(".debug")) == 0 && rmdir(folder) == 0, "%s: something is left", folder);
}

static void
file_make(const char *name, const uint8_t *p, size_t size)
{
	FILE *f = fopen(in_folder(name), "w");
	CHECK(f != NULL && fwrite(p, 1, size, f) == size && fclose(f) == 0, "%s: not written", path);
}

/* Opens folder's kernel and what it links to; all descriptors are closed again. */
static enum kv_status
follow(const char *row, const uint8_t *kernel, char *found, struct kv_err *err)
{
	struct elf_file *elf, *debug = NULL;
	const int before = dup(0);
	(void)close(before);
	found[0] = err->text[0] = '\0';
	file_make("kernel", kernel, KERNEL_SIZE);
	if (!CHECK(elf_file_open(&elf, in_folder("kernel"), err) == KV_OK, "%s: %s", row, err->text))
		return KV_EIO;
	const enum kv_status st = elf_debuglink_open(elf, &debug, err);
	CHECK(st == KV_OK ? err->text[0] == '\0' : debug == NULL, "%s: %s", row, err->text);
	if (debug != NULL)
		(void)snprintf(found, sizeof(path), "%s", elf_file_name(debug));
	elf_file_close(debug);
	elf_file_close(elf);
	const int after = dup(0);
	(void)close(after);
	CHECK_EQ(row, "descriptors left open", after, before);
	return st;
}

/* Names of each length, in either order; a section that ends with the CRC, and longer ones. */
static void
test_lengths(void)
{
	enum { LONGEST = 255, MOST = 264 };	/* NAME_MAX; that name, its NUL, the CRC and four bytes */
	static const unsigned lengths[] = { 1, 2, 3, 4, 5, 6, 7, 8, LONGEST - 1, LONGEST, LONGEST + 1 };
	uint8_t debug[100];
	debug_make(debug, sizeof(debug));
	if (!folder_make())
		return;
	for (size_t i = 0; i < 2 * sizeof(lengths) / sizeof(lengths[0]); i++) {
		const bool big = i % 2 != 0;
		const unsigned len = lengths[i / 2];
		char name[LONGEST + 2] = "";
		uint8_t kernel[KERNEL_SIZE] = { 0 };
		memset(name, 'n', len);
		if (len <= LONGEST)
			file_make(name, debug, sizeof(debug));
		const size_t size = link_make(kernel + FIRST, name, crc_of(debug, sizeof(debug)), big);
		const size_t sizes[] = { size, size + 1, MOST, MOST + 1 };
		for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
			const bool right = len <= LONGEST && sizes[k] <= MOST;
			const struct section link = { LINK_NAME, SHT_PROGBITS, FIRST, sizes[k] };
			char found[sizeof(path)];
			struct kv_err err;
			kernel_make(kernel, big, &link, &nothing);
			CHECK_EQ("length", "status", follow("length", kernel, found, &err), KV_OK);
			CHECK(strcmp(found, right ? in_folder(name) : "") == 0, "length %u in %zu bytes: %s", len,
			    sizes[k], found);
		}
		if (len <= LONGEST)
			(void)unlink(in_folder(name));
	}
	folder_remove();
}

/* Sections that are no link, alone and before one. */
static void
test_no_links(void)
{
	static const struct {
		const char *row, *link;
		struct section section;
	} rows[] = {
		{ "no bytes in the file", "gone", { LINK_NAME, SHT_NOBITS, FIRST, 12 } },
		{ "another name", "gone", { OTHER_NAME, SHT_PROGBITS, FIRST, 12 } },
		{ "a name that is not there", "gone", { NO_NAME, SHT_PROGBITS, FIRST, 12 } },
		{ "nothing", "gone", { LINK_NAME, SHT_PROGBITS, FIRST, 0 } },
		{ "an empty name", "", { LINK_NAME, SHT_PROGBITS, FIRST, 8 } },
		{ "a path", "./gone", { LINK_NAME, SHT_PROGBITS, FIRST, 12 } },
		{ "a name without an end", "gone", { LINK_NAME, SHT_PROGBITS, FIRST, 4 } },
		{ "no CRC", "gone", { LINK_NAME, SHT_PROGBITS, FIRST, 8 } },
		{ "a CRC that is cut", "gone", { LINK_NAME, SHT_PROGBITS, FIRST, 11 } },
		{ "behind the file", "gone", { LINK_NAME, SHT_PROGBITS, KERNEL_SIZE - 11, 12 } },
	};
	uint8_t debug[100];
	debug_make(debug, sizeof(debug));
	if (!folder_make())
		return;
	file_make("debug", debug, sizeof(debug));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned before = 0; before < 2; before++) {
			uint8_t kernel[KERNEL_SIZE] = { 0 };
			char found[sizeof(path)];
			struct kv_err err;
			(void)link_make(kernel + FIRST, rows[i].link, 0, false);
			const struct section second = { LINK_NAME, SHT_PROGBITS, SECOND,
				link_make(kernel + SECOND, "debug", crc_of(debug, sizeof(debug)), false) };
			kernel_make(kernel, false, &rows[i].section, before != 0 ? &second : &nothing);
			CHECK_EQ(rows[i].row, "status", follow(rows[i].row, kernel, found, &err), KV_OK);
			CHECK(strcmp(found, before != 0 ? in_folder("debug") : "") == 0, "%s: %s", rows[i].row, found);
		}
	(void)unlink(in_folder("debug"));
	folder_remove();
}

/* The CRC is of all bytes, however many; reads and allocations that fail are not taken for another file. */
static void
test_sizes(void)
{
	enum { MOST = 0x20005 };
	static const size_t sizes[] = { 64, 0xffff, 0x10000, 0x10001, 0x20000, MOST };
	static uint8_t debug[MOST];
	char *const resolved = realpath("/tmp", NULL);
	if (!folder_make())
		return;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t kernel[KERNEL_SIZE] = { 0 };
		char found[sizeof(path)], text[KV_ERRLEN];
		struct kv_err err;
		debug_make(debug, sizes[i]);
		const uint32_t crc = crc_of(debug, sizes[i]);
		const struct section link = { LINK_NAME, SHT_PROGBITS, FIRST,
			link_make(kernel + FIRST, "debug", crc, false) };
		kernel_make(kernel, false, &link, &nothing);
		file_make("debug", debug, sizes[i]);
		CHECK_EQ("size", "status", follow("size", kernel, found, &err), KV_OK);
		CHECK(strcmp(found, in_folder("debug")) == 0, "%zu bytes: %s%s", sizes[i], found, err.text);

		/* One bit of its last byte; it may be the one in .debug that is right. */
		debug[sizes[i] - 1] ^= 0x80;
		file_make("debug", debug, sizes[i]);
		CHECK_EQ("last bit", "status", follow("last bit", kernel, found, &err), KV_EUNSUP);
		(void)snprintf(text, sizeof(text), "%s/%s: its CRC is 0x%08" PRIx32 ", the kernel's .gnu_debuglink "
		    "wants 0x%08" PRIx32, resolved, in_folder("debug") + strlen("/tmp/"),
		    crc_of(debug, sizes[i]), crc);
		CHECK(strcmp(err.text, text) == 0, "last bit: %s, wanted %s", err.text, text);
		debug[sizes[i] - 1] ^= 0x80;
		file_make(".debug/debug", debug, sizes[i]);
		CHECK_EQ("in .debug", "status", follow("in .debug", kernel, found, &err), KV_OK);
		CHECK(strcmp(found, in_folder(".debug/debug")) == 0, "in .debug: %s", found);

		/* Of two that are right it is the one beside the kernel. */
		file_make("debug", debug, sizes[i]);
		CHECK_EQ("two", "status", follow("two", kernel, found, &err), KV_OK);
		CHECK(strcmp(found, in_folder("debug")) == 0, "two: %s", found);
		(void)unlink(in_folder(".debug/debug"));
	}
	(void)unlink(in_folder("debug"));
	folder_remove();
	free(resolved);
}

/* What the library says where it does not find it, runs out of memory, or cannot read. */
static void
test_failures(void)
{
	static uint8_t debug[0x10001];
	uint8_t kernel[KERNEL_SIZE] = { 0 };
	char text[KV_ERRLEN], found[sizeof(path)];
	struct elf_file *elf, *ret;
	struct kv_err err = { .text = "" };
	debug_make(debug, sizeof(debug));
	if (!folder_make())
		return;
	char *const dir = realpath(folder, NULL);
	const struct section link = { LINK_NAME, SHT_PROGBITS, FIRST,
		link_make(kernel + FIRST, "debug", crc_of(debug, sizeof(debug)), false) };
	kernel_make(kernel, false, &link, &nothing);
	CHECK_EQ("missing", "status", follow("missing", kernel, found, &err), KV_EUNSUP);
	(void)snprintf(text, sizeof(text), "%s/kernel has no debug information: its .gnu_debuglink names debug, "
	    "which is not in %s, its .debug, or /usr/lib/debug%s", folder, dir, dir);
	CHECK(strcmp(err.text, text) == 0, "missing: %s, wanted %s", err.text, text);

	file_make("debug", debug, sizeof(debug));
	if (CHECK(elf_file_open(&elf, in_folder("kernel"), &err) == KV_OK, "failures: %s", err.text)) {
		/* The path; then in the debug file its handle, its name, and the buffer. */
		for (int n = 0; n < 4; n++) {
			err.text[0] = '\0';
			allocations_left = n;
			allocations_go_on = true;
			const enum kv_status st = elf_debuglink_open(elf, &ret, &err);
			allocations_left = -1;
			allocations_go_on = false;
			CHECK(st == (n == 0 ? KV_EIO : KV_EUNSUP) && ret == NULL, "allocation %d: status %d", n, (int)st);
			CHECK(strstr(err.text, "memory") != NULL, "allocation %d: %s", n, err.text);
			CHECK_TEXT("allocation", err.text, n == 0 ? "/kernel: " : "/debug: ");
		}
		/* The debug file's head, the first 64 KiB of it, and the rest. */
		for (int n = 1; n < 4; n++) {
			err.text[0] = '\0';
			reads_left = n;
			const enum kv_status st = elf_debuglink_open(elf, &ret, &err);
			reads_left = -1;
			CHECK(st == KV_EUNSUP && ret == NULL, "read %d: status %d", n, (int)st);
			CHECK_TEXT("read", err.text, "/debug: Input/output error");
		}
		elf_file_close(elf);
	}
	(void)unlink(in_folder("debug"));

	/* A kernel in memory lies beside nothing. */
	if (CHECK(elf_file_open_mem(&elf, in_folder("kernel"), kernel, sizeof(kernel), &err) == KV_OK,
	    "in memory: %s", err.text)) {
		CHECK_EQ("in memory", "status", elf_debuglink_open(elf, &ret, &err), KV_OK);
		CHECK(ret == NULL, "in memory: it is found");
		elf_file_close(elf);
	}
	/* Headers that are gone since the kernel was opened hold no link. */
	if (CHECK(elf_file_open(&elf, in_folder("kernel"), &err) == KV_OK && truncate(path, HEADERS + 1) == 0,
	    "cut: %s", err.text)) {
		CHECK_EQ("cut", "status", elf_debuglink_open(elf, &ret, &err), KV_OK);
		CHECK(ret == NULL, "cut: it is found");
		elf_file_close(elf);
	}
	folder_remove();
	free(dir);
}
#endif

static const struct unit_test tests[] = {
	{ "places", test_places },
	{ "gone", test_gone },
#ifdef HAVE_ZLIB
	{ "lengths", test_lengths },
	{ "no links", test_no_links },
	{ "sizes", test_sizes },
	{ "failures", test_failures },
#endif
	{ 0 },
};
const struct unit_suite unit_debuglink = { "debuglink", tests };
