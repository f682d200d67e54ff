/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/port/raw.c: memory without a header, by regime and root register. */
#include <stdlib.h>
#include <string.h>

#include "allocations.h"
#include "port_sample.h"
#include "unit.h"

enum { BASE = 0x10000, SIZE = 0x5000 };
#define NOWHERE	UINT64_MAX

static const struct port_kernel mips32 = { .name = "kernel", .os = "", .machine = 8, .bits = 32,
	.big = true, .lookup = port_sample_lookup };
static const struct port_kernel mips64 = { .name = "kernel", .os = "", .machine = 8, .bits = 64,
	.lookup = port_sample_lookup };
static const struct port_kernel riscv32 = { .name = "kernel", .os = "", .machine = 243, .bits = 32,
	.lookup = port_sample_lookup };
static const struct port_kernel x32 = { .name = "kernel", .os = "", .machine = 62, .bits = 32,
	.lookup = port_sample_lookup };
static const struct port_kernel amd64 = { .name = "kernel", .os = "", .machine = 62, .bits = 64,
	.lookup = port_sample_lookup };

/*
 * Three tables of one entry, at BASE; the page is the image's last.  Bits 9:8 are not of an address,
 * unless TCR_EL1.DS is set (Arm ARM, D8.3.1).
 */
static void
tables(uint8_t *image)
{
	memset(image, 0, SIZE);
	for (unsigned i = 0; i < 4; i++)
		port_sample_put(image + i * 0x1000, (BASE + (i + 1) * 0x1000) | 0x303, 8, false);
}

static const struct {
	const char *name, *regime;
	uint64_t root;
	const struct port_kernel *kernel;
	vaddr_t va;
	paddr_t pa;
	const char *text;	/* of the failure to open; NULL: it opens */
	enum kv_status st;
} rows[] = {
	{ "four levels", "4level", BASE | 0x18, &port_no_kernel, 0x123, BASE + 0x4123, NULL, KV_OK },
	{ "four levels, kernel", "4level", BASE, &amd64, 0x1000, NOWHERE, NULL, KV_OK },
	{ "five levels", "5level", BASE, &port_no_kernel, 0, NOWHERE, NULL, KV_OK },
	{ "aarch64", "4k", BASE, &port_no_kernel, UINT64_C(0xffff000000000123), BASE + 0x4123, NULL, KV_OK },
	{ "wrong kernel", "4level", BASE, &mips64, 0, 0, "is a regime of amd64", KV_EFORMAT },
	{ "no such regime", "6level", BASE, &port_no_kernel, 0, 0, "no regime 6level that a root register "
	    "selects, wanted one of 4level 5level 32bit pae 4k 16k 64k armv7 armv5 sv32 sv39 sv48 sv57 alpha srmmu, "
	    "or linear for MIPS", KV_EUNSUP },
	{ "satp of another mode", "sv39", UINT64_C(9) << 60, &port_no_kernel, 0, 0, "selects sv48", KV_EINVAL },
	{ "satp of no mode", "sv39", 0, &port_no_kernel, 0, 0, "raw memory: satp", KV_EFORMAT },
	{ "kernel of another width", "sv39", UINT64_C(8) << 60, &riscv32, 0, 0,
	    "sv39 is a regime of riscv64, but kernel is a kernel for riscv, 32 bits", KV_EFORMAT },
	{ "symbols, without a kernel", NULL, 0, &port_no_kernel, 0, 0, "give the kernel, or the regime", KV_EUNSUP },
	{ "symbols of no port", NULL, 0, &mips32, 0, 0, "raw memory of mips (ELF machine 8): no symbols", KV_EUNSUP },
	{ "symbols of two systems", NULL, 0, &amd64, 0, 0,
	    "may be a dump of freebsd/amd64 or dragonfly/x86_64: the kernel file does not tell its system", KV_EFORMAT },
	{ "symbols of another width", NULL, 0, &x32, 0, 0,
	    "kernel is a kernel for x86-64 (ELF machine 62, 32 bits, little-endian)", KV_EFORMAT },
	{ "KSEG0", "linear", 0, &mips32, 0x80010010, 0x10010, NULL, KV_OK },
	{ "KSEG1", "linear", 0, &mips32, 0xa0010010, 0x10010, NULL, KV_OK },
	{ "KSEG2", "linear", 0, &mips32, 0xc0000000, NOWHERE, NULL, KV_OK },
	{ "KUSEG", "linear", 0, &mips32, 0x7fffffff, NOWHERE, NULL, KV_OK },
	{ "XKPHYS", "linear", 0, &mips64, UINT64_C(0x9800000000010010), 0x10010, NULL, KV_OK },
	{ "compatible KSEG0", "linear", 0, &mips64, UINT64_C(0xffffffff80010010), 0x10010, NULL, KV_OK },
	{ "linear without a kernel", "linear", 0, &port_no_kernel, 0, 0, "give the kernel", KV_EUNSUP },
	{ "linear of another machine", "linear", 0, &amd64, 0, 0, "is of MIPS", KV_EUNSUP },
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
		const enum kv_status quiet = port_open_raw(&dump, &img, &raw, rows[i].kernel, NULL);
		port_close(&dump);
		const enum kv_status st = port_open_raw(&dump, &img, &raw, rows[i].kernel, &err);
		CHECK_EQ(rows[i].name, "status without a sentence", quiet, st);
		if (rows[i].text != NULL) {
			CHECK_EQ(rows[i].name, "status", st, rows[i].st);
			CHECK_TEXT(rows[i].name, err.text, rows[i].text);
			CHECK_TEXT(rows[i].name, err.text, "core");
			CHECK(dump.port == NULL && dump.nas == 0, "%s: something is left", rows[i].name);
		} else if (CHECK(st == KV_OK, "%s: %s", rows[i].name, err.text)) {
			CHECK_EQ(rows[i].name, "address", xlate(&dump, rows[i].va), rows[i].pa);
			CHECK_EQ(rows[i].name, "big", dump.big, rows[i].kernel->big);
			CHECK(dump.port->orders & (dump.big ? NETBSD_BIG : NETBSD_LITTLE), "%s: order of the port",
			    rows[i].name);
			CHECK_TEXT(rows[i].name, dump.form, "raw");
		}
		if (st == KV_OK)
			port_close(&dump);
		image_close(&img);
	}
	free(image);
}

/*
 * A root register with every bit set, or in a form of its own: the bits that are the address.
 * AMD64 APM vol. 2, 5.2.1, 5.2.2 and 5.3.1 (CR3); Arm ARM DDI 0406, B4.1.154 (TTBR0, TTBCR.N = 0)
 * and DDI 0487, D19.2 (TTBR1_EL1); RISC-V Privileged 4.1.11 (satp); SPARC V8, appendix H.3.
 */
static const struct {
	const char *regime;
	uint64_t given;
	unsigned vabits;
	uint64_t root;
	unsigned pagesize, found_vabits;
	const char *machine;
	const char *text;	/* of the failure; NULL: it opens */
} root_rows[] = {
	{ "4level", UINT64_MAX, 0, UINT64_C(0x000ffffffffff000), 4096, 48, "amd64", NULL },
	{ "5level", UINT64_MAX, 0, UINT64_C(0x000ffffffffff000), 4096, 57, "amd64", NULL },
	{ "32bit", UINT64_MAX, 0, 0xfffff000, 4096, 32, "i386", NULL },
	{ "pae", UINT64_MAX, 0, 0xffffffe0, 4096, 32, "i386", NULL },
	{ "4k", 0x41230000, 0, 0x41230000, 4096, 48, "aarch64", NULL },
	{ "4k", 0x41230000, 39, 0x41230000, 4096, 39, "aarch64", NULL },
	{ "4k", 0x41230000, 49, 0x41230000, 4096, 49, "aarch64", NULL },
	{ "4k", 0x41230000, 52, 0x41230000, 4096, 52, "aarch64", NULL },
	{ "4k", 0x41230000, 16, 0x41230000, 4096, 16, "aarch64", NULL },
	{ "16k", 0x41230000, 0, 0x41230000, 0x4000, 48, "aarch64", NULL },
	{ "64k", 0x41230000, 0, 0x41230000, 0x10000, 48, "aarch64", NULL },
	{ "64k", 0x41230000, 52, 0x41230000, 0x10000, 52, "aarch64", NULL },
	{ "4k", 0, 53, 0, 0, 0, NULL, "53 bits of virtual addresses, wanted 16 to 52" },
	{ "4k", 0, 15, 0, 0, 0, NULL, "15 bits of virtual addresses, wanted 16 to 52" },
	{ "armv7", UINT64_MAX, 0, 0xffffc000, 4096, 32, "arm", NULL },
	{ "armv5", UINT64_MAX, 0, 0xffffc000, 4096, 32, "arm", NULL },
	{ "sv32", 0x80012345, 0, 0x12345000, 4096, 32, "riscv32", NULL },
	{ "sv39", UINT64_C(0x8abcd00000012345), 0, 0x12345000, 4096, 39, "riscv64", NULL },
	{ "sv48", UINT64_C(0x9000000000012345), 0, 0x12345000, 4096, 48, "riscv64", NULL },
	{ "sv57", UINT64_C(0xa000000000012345), 0, 0x12345000, 4096, 57, "riscv64", NULL },
	{ "sv39", UINT64_C(0x9000000000012345), 0, 0, 0, 0, NULL, "selects sv48, not sv39" },
	{ "alpha", UINT64_C(0x7ffffffffffff), 0, UINT64_C(0xffffffffffffe000), 8192, 43, "alpha", NULL },
	{ "alpha", UINT64_C(0x8000000000000), 0, 0, 0, 0, NULL,
	    "PTBR 0x8000000000000 is not a page frame number" },
	{ "srmmu", UINT64_MAX, 0, UINT64_C(0xfffffffc0), 4096, 32, "sparc", NULL },
};

static void
test_roots(void)
{
	static uint8_t image[SIZE];
	for (size_t i = 0; i < sizeof(root_rows) / sizeof(root_rows[0]); i++) {
		const char *row = root_rows[i].regime;
		const struct raw raw = { .base = BASE, .regime = row, .root = root_rows[i].given,
			.vabits = root_rows[i].vabits };
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		CHECK_EQ(row, "image", image_open_mem(&img, "core", image, SIZE, NULL), KV_OK);
		const enum kv_status st = port_open_raw(&dump, &img, &raw, &port_no_kernel, &err);
		if (root_rows[i].text != NULL) {
			CHECK_EQ(row, "status", st, KV_EINVAL);
			CHECK_TEXT(row, err.text, root_rows[i].text);
			CHECK_TEXT(row, err.text, "core: raw memory: ");
		} else if (CHECK(st == KV_OK, "%s: %s", row, err.text)) {
			CHECK(err.text[0] == '\0', "%s: it opens, and says %s", row, err.text);
			CHECK_EQ(row, "root", dump.root, root_rows[i].root);
			CHECK_EQ(row, "first address", dump.as[0].lo, 0);
			CHECK_EQ(row, "last address", dump.as[0].last, low_mask(dump.bits));
			CHECK_EQ(row, "page size", dump.pagesize, root_rows[i].pagesize);
			CHECK_EQ(row, "vabits", dump.vabits, root_rows[i].found_vabits);
			CHECK_EQ(row, "big", dump.big, strcmp(row, "srmmu") == 0);
			CHECK_TEXT(row, dump.as[0].mmu.regime, row);
			CHECK(strcmp(dump.port->machine, root_rows[i].machine) == 0, "%s: machine %s", row,
			    dump.port->machine);
		}
		if (st == KV_OK)
			port_close(&dump);
		image_close(&img);
	}
}

/* The kernel's byte order decides where a machine has both, and its system names the port. */
static void
test_order(void)
{
	static const struct {
		const char *name, *regime;
		struct port_kernel kernel;
		bool big;
		const char *os, *machine;
	} order_rows[] = {
		{ "no kernel", "armv7", { .name = "", .os = "", .lookup = port_sample_lookup }, false, "raw", "arm" },
		{ "big", "armv7", { .name = "kernel", .os = "", .machine = 40, .bits = 32, .big = true,
		    .lookup = port_sample_lookup }, true, "raw", "arm" },
		{ "NetBSD, big", "armv7", { .name = "kernel", .os = "netbsd", .machine = 40, .bits = 32,
		    .big = true, .lookup = port_sample_lookup }, true, "netbsd", "armeb" },
		{ "NetBSD", "armv7", { .name = "kernel", .os = "netbsd", .machine = 40, .bits = 32,
		    .lookup = port_sample_lookup }, false, "netbsd", "arm" },
		{ "NetBSD, big", "4k", { .name = "kernel", .os = "netbsd", .machine = 183, .bits = 64,
		    .big = true, .lookup = port_sample_lookup }, true, "netbsd", "aarch64eb" },
		{ "FreeBSD", "sv48", { .name = "kernel", .os = "freebsd", .machine = 243, .bits = 64,
		    .lookup = port_sample_lookup }, false, "freebsd", "riscv" },
		{ "NetBSD, 32 bits", "sv32", { .name = "kernel", .os = "netbsd", .machine = 243, .bits = 32,
		    .lookup = port_sample_lookup }, false, "netbsd", "riscv32" },
		{ "DragonFly", "4level", { .name = "kernel", .os = "dragonfly", .machine = 62, .bits = 64,
		    .lookup = port_sample_lookup }, false, "dragonfly", "x86_64" },
		/* The first of all ports. */
		{ "NetBSD, amd64", "4level", { .name = "kernel", .os = "netbsd", .machine = 62, .bits = 64,
		    .lookup = port_sample_lookup }, false, "netbsd", "amd64" },
		{ "NetBSD, i386", "pae", { .name = "kernel", .os = "netbsd", .machine = 3, .bits = 32,
		    .lookup = port_sample_lookup }, false, "netbsd", "i386" },
		{ "NetBSD, sparc", "srmmu", { .name = "kernel", .os = "netbsd", .machine = 2, .bits = 32,
		    .big = true, .lookup = port_sample_lookup }, true, "netbsd", "sparc" },
		/* The same machine in the other order, or with other words, is another port. */
		{ "OpenBSD, big", "4k", { .name = "kernel", .os = "openbsd", .machine = 183, .bits = 64,
		    .big = true, .lookup = port_sample_lookup }, true, "raw", "aarch64" },
		/* A system that has no such machine. */
		{ "no port", "alpha", { .name = "kernel", .os = "dragonfly", .machine = 0x9026, .bits = 64,
		    .lookup = port_sample_lookup }, false, "raw", "alpha" },
	};
	static uint8_t image[SIZE];
	for (size_t i = 0; i < sizeof(order_rows) / sizeof(order_rows[0]); i++) {
		const char *row = order_rows[i].name;
		const uint64_t root = strcmp(order_rows[i].regime, "sv48") == 0 ? UINT64_C(9) << 60 :
		    strcmp(order_rows[i].regime, "sv32") == 0 ? 0x80000000 : 0;
		const struct raw raw = { .base = BASE, .regime = order_rows[i].regime, .root = root };
		struct image img;
		struct dump dump;
		struct kv_err err = { .text = "" };
		CHECK_EQ(row, "image", image_open_mem(&img, "core", image, SIZE, NULL), KV_OK);
		if (CHECK(port_open_raw(&dump, &img, &raw, &order_rows[i].kernel, &err) == KV_OK, "%s: %s",
		    row, err.text)) {
			CHECK_EQ(row, "big", dump.big, order_rows[i].big);
			CHECK_EQ(row, "tables", dump.as[0].mmu.big, order_rows[i].big);
			CHECK(strcmp(dump.port->os, order_rows[i].os) == 0 &&
			    strcmp(dump.port->machine, order_rows[i].machine) == 0, "%s: %s/%s", row,
			    dump.port->os, dump.port->machine);
			port_close(&dump);
		}
		image_close(&img);
	}
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
	/* Past 2^64: by the regime, and by symbols. */
	const struct port_kernel freebsd = { .name = "kernel", .os = "freebsd", .machine = 62, .bits = 64,
		.lookup = port_sample_lookup };
	for (int symbols = 0; symbols < 2; symbols++) {
		const struct raw high = { .base = UINT64_MAX - SIZE + 2, .regime = symbols ? NULL : "4level" };
		CHECK_EQ("past 2^64", "image", image_open_mem(&img, "core", image, SIZE, NULL), KV_OK);
		CHECK_EQ("past 2^64", "without a sentence",
		    port_open_raw(&dump, &img, &high, symbols ? &freebsd : &port_no_kernel, NULL), KV_EFORMAT);
		CHECK_EQ("past 2^64", "status",
		    port_open_raw(&dump, &img, &high, symbols ? &freebsd : &port_no_kernel, &err), KV_EFORMAT);
		CHECK_TEXT("past 2^64", err.text, "core: raw memory from 0xffffffffffffb001 on: segment 0: ");
		image_close(&img);
	}
	/* A device without an end may have all up to 2^64. */
	if (CHECK(image_open(&img, "/dev/zero", 0, NULL) == KV_OK, "/dev/zero")) {
		const struct raw zero = { .base = BASE, .regime = "4level" };
		if (CHECK(port_open_raw(&dump, &img, &zero, &port_no_kernel, &err) == KV_OK, "/dev/zero: %s", err.text)) {
			CHECK_EQ("/dev/zero", "bytes", dump.ram.total, UINT64_MAX - BASE);
			port_close(&dump);
		}
		image_close(&img);
	}
	CHECK_EQ("empty", "image", image_open_mem(&img, "core", image, 0, NULL), KV_OK);
	CHECK_EQ("empty", "status", port_open_raw(&dump, &img, &raw, &mips32, &err), KV_EFORMAT);
	CHECK_TEXT("empty", err.text, "the image is empty");
	image_close(&img);
}

/* What MIPS maps without tables: all may be done there, in pages of 4 KiB. */
static void
test_linear(void)
{
	static uint8_t image[SIZE];
	for (unsigned wide = 0; wide < 2; wide++) {
		const struct port_kernel *kernel = wide ? &mips64 : &mips32;
		const struct raw raw = { .base = BASE, .regime = "linear" };
		struct image img;
		struct dump dump;
		CHECK_EQ("linear", "image", image_open_mem(&img, "core", image, SIZE, NULL), KV_OK);
		if (CHECK(port_open_raw(&dump, &img, &raw, kernel, NULL) == KV_OK, "linear: it does not open")) {
			const struct mmu_src src = { .read = memory_read, .arg = &dump.mem };
			struct kv_run run;
			CHECK_EQ("linear", "bits", dump.bits, wide ? 64 : 32);
			CHECK_EQ("linear", "vabits", dump.vabits, wide ? 64 : 32);
			CHECK_EQ("linear", "page size", dump.pagesize, 4096);
			CHECK(strcmp(dump.port->os, "raw") == 0 && strcmp(dump.port->machine, wide ? "mips64" :
			    "mips") == 0, "linear: %s/%s", dump.port->os, dump.port->machine);
			CHECK_EQ("linear", "walk", mmu_walk(&dump.as[0].mmu, &src, dump.as[0].lo, &run, NULL, NULL,
			    NULL), KV_OK);
			CHECK_EQ("linear", "protection", run.prot, KV_R | KV_W | KV_X);
			port_close(&dump);
		}
		image_close(&img);
	}
}

/* Each allocation fails in turn. */
static void
test_allocations(void)
{
	static uint8_t image[SIZE];
	static const struct port_kernel *const kernels[] = { &port_no_kernel, &mips32, &mips64 };
	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		const struct raw raw = { .base = BASE, .regime = i == 0 ? "4level" : "linear", .root = BASE };
		enum kv_status st = KV_ENOMEM;
		int n = 0;
		for (; st != KV_OK && n < 50; n++) {
			struct image img;
			struct dump dump;
			struct kv_err err = { .text = "" };
			CHECK_EQ("allocations", "image", image_open_mem(&img, "core", image, SIZE, NULL), KV_OK);
			allocations_left = n;
			st = port_open_raw(&dump, &img, &raw, kernels[i], &err);
			allocations_left = -1;
			if (st != KV_OK) {
				CHECK_EQ(raw.regime, "status", st, KV_ENOMEM);
				CHECK(err.text[0] != '\0', "%s: no sentence", raw.regime);
			}
			port_close(&dump);
			image_close(&img);
		}
		CHECK(st == KV_OK && n > 1, "%s: %d allocations", raw.regime, n);
	}
}

static const struct unit_test tests[] = {
	{ "linear", test_linear },
	{ "allocations", test_allocations },
	{ "regimes", test_rows },
	{ "roots", test_roots },
	{ "byte order", test_order },
	{ "memory", test_memory },
	{ 0 },
};
const struct unit_suite unit_raw = { "raw", tests };
