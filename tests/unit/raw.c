/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/port/raw.c: memory without a header, by regime and root register. */
#include <stdlib.h>
#include <string.h>

#include "port_sample.h"
#include "unit.h"

enum { BASE = 0x10000, SIZE = 0x5000 };
#define NOWHERE	UINT64_MAX

static bool
no_symbols(void *arg, const char *symbol, vaddr_t *ret)
{
	(void)arg, (void)symbol, (void)ret;
	return false;
}

static const struct port_kernel none = { .name = "", .os = "", .lookup = no_symbols };
static const struct port_kernel mips32 = { .name = "kernel", .os = "", .machine = 8, .bits = 32,
	.big = true, .lookup = no_symbols };
static const struct port_kernel mips64 = { .name = "kernel", .os = "", .machine = 8, .bits = 64,
	.lookup = no_symbols };
static const struct port_kernel amd64 = { .name = "kernel", .os = "", .machine = 62, .bits = 64,
	.lookup = no_symbols };

/* Three tables of one entry, at BASE; the page is the image's last. */
static void
tables(uint8_t *image)
{
	memset(image, 0, SIZE);
	for (unsigned i = 0; i < 4; i++)
		port_sample_put(image + i * 0x1000, (BASE + (i + 1) * 0x1000) | 3, 8, false);
}

static const struct {
	const char *name, *regime;
	uint64_t root;
	const struct port_kernel *kernel;
	vaddr_t va;
	paddr_t pa;
	const char *text;	/* of the failure to open; NULL: it opens */
} rows[] = {
	{ "four levels", "4level", BASE | 0x18, &none, 0x123, BASE + 0x4123, NULL },
	{ "four levels, kernel", "4level", BASE, &amd64, 0x1000, NOWHERE, NULL },
	{ "five levels", "5level", BASE, &none, 0, NOWHERE, NULL },
	{ "wrong kernel", "4level", BASE, &mips64, 0, 0, "is a regime of amd64" },
	{ "no such regime", "6level", BASE, &none, 0, 0, "no regime 6level" },
	{ "satp of another mode", "sv39", UINT64_C(9) << 60, &none, 0, 0, "selects sv48" },
	{ "KSEG0", "linear", 0, &mips32, 0x80010010, 0x10010, NULL },
	{ "KSEG1", "linear", 0, &mips32, 0xa0010010, 0x10010, NULL },
	{ "KSEG2", "linear", 0, &mips32, 0xc0000000, NOWHERE, NULL },
	{ "KUSEG", "linear", 0, &mips32, 0x7fffffff, NOWHERE, NULL },
	{ "XKPHYS", "linear", 0, &mips64, UINT64_C(0x9800000000010010), 0x10010, NULL },
	{ "compatible KSEG0", "linear", 0, &mips64, UINT64_C(0xffffffff80010010), 0x10010, NULL },
	{ "linear without a kernel", "linear", 0, &none, 0, 0, "give the kernel" },
	{ "linear of another machine", "linear", 0, &amd64, 0, 0, "is of MIPS" },
};

static paddr_t
xlate(struct dump *dump, vaddr_t va)
{
	const struct mmu_src src = { .read = memory_read, .arg = &dump->mem };
	for (unsigned i = 0; i < dump->nas; i++) {
		struct kv_run run;
		if (va >= dump->as[i].lo && va <= dump->as[i].last)
			return mmu_walk(&dump->as[i].mmu, &src, va, &run, NULL, NULL, NULL) == KV_OK ?
			    run.at.addr + (va - run.first) : NOWHERE;
	}
	return NOWHERE;
}

static void
test_rows(void)
{
	uint8_t *image = malloc(SIZE);
	if (!CHECK(image != NULL, "no memory"))
		return;
	tables(image);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct raw raw = { .base = BASE, .regime = rows[i].regime, .root = rows[i].root };
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		CHECK_EQ(rows[i].name, "image", image_open_mem(&img, "core", image, SIZE, NULL), KV_OK);
		const enum kv_status st = port_open_raw(&dump, &img, &raw, rows[i].kernel, &err);
		if (rows[i].text != NULL) {
			CHECK(st != KV_OK, "%s: it opens", rows[i].name);
			CHECK_TEXT(rows[i].name, err.text, rows[i].text);
			CHECK_TEXT(rows[i].name, err.text, "core: ");
		} else if (CHECK(st == KV_OK, "%s: %s", rows[i].name, err.text)) {
			CHECK_EQ(rows[i].name, "address", xlate(&dump, rows[i].va), rows[i].pa);
			CHECK_TEXT(rows[i].name, dump.form, "raw");
		}
		if (st == KV_OK)
			port_close(&dump);
		image_close(&img);
	}
	free(image);
}

/* What the image begins with and ends at, and nothing else. */
static void
test_memory(void)
{
	static uint8_t image[SIZE];
	const struct raw raw = { .base = BASE, .regime = "linear" };
	struct image img;
	struct dump dump;
	struct place place;
	CHECK_EQ("memory", "image", image_open_mem(&img, "core", image, SIZE, NULL), KV_OK);
	if (CHECK(port_open_raw(&dump, &img, &raw, &mips32, NULL) == KV_OK, "it does not open")) {
		CHECK_EQ("memory", "bytes", dump.ram.total, SIZE);
		format_locate(&dump.ram, BASE - 1, &place);
		CHECK_EQ("memory", "before", place.kind, PLACE_ABSENT);
		format_locate(&dump.ram, BASE + 0x10, &place);
		CHECK_EQ("memory", "inside", place.kind, PLACE_FILE);
		CHECK_EQ("memory", "offset", place.off + (BASE + 0x10 - place.first), 0x10);
		format_locate(&dump.ram, BASE + SIZE, &place);
		CHECK_EQ("memory", "behind", place.kind, PLACE_ABSENT);
		port_close(&dump);
	}
	image_close(&img);
	struct kv_err err = { .text = "" };
	CHECK_EQ("empty", "image", image_open_mem(&img, "core", image, 0, NULL), KV_OK);
	CHECK(port_open_raw(&dump, &img, &raw, &mips32, &err) != KV_OK, "an empty image opens");
	CHECK_TEXT("empty", err.text, "the image is empty");
	image_close(&img);
}

static const struct unit_test tests[] = {
	{ "regimes", test_rows },
	{ "memory", test_memory },
	{ 0 },
};
const struct unit_suite unit_raw = { "raw", tests };
