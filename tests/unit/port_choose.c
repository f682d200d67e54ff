/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/port/choose.c and port.c: which ports an image may be of, and the names that sentences give them. */
#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "allocations.h"
#include "port/choose.h"
#include "port_rows.h"

/* System V gABI, e_machine; those that an older <elf.h> does not have by their numbers. */
static void
test_machines(void)
{
	static const struct {
		unsigned machine;
		const char *name;
	} rows[] = {
		{ EM_SPARC, "sparc" }, { EM_386, "i386" }, { EM_68K, "m68k" }, { EM_MIPS, "mips" },
		{ EM_PARISC, "hppa" }, { EM_PPC, "powerpc" }, { EM_PPC64, "powerpc64" }, { EM_S390, "s390x" },
		{ EM_ARM, "arm" }, { EM_SH, "sh" }, { EM_SPARCV9, "sparc64" }, { EM_IA_64, "ia64" },
		{ EM_X86_64, "x86-64" }, { EM_VAX, "vax" }, { 92, "or1k" }, { EM_AARCH64, "aarch64" },
		{ 243, "riscv" }, { 258, "loongarch" }, { 0x9026, "alpha" },
	};
	for (unsigned machine = 0; machine < 0x10000; machine++) {
		const char *want = "unknown";
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
			if (rows[i].machine == machine)
				want = rows[i].name;
		const char *got = port_elf_machine_name(machine);
		if (strcmp(want, "unknown") != 0 || strcmp(got, want) != 0)
			CHECK(strcmp(got, want) == 0, "machine %u: %s, wanted %s", machine, got, want);
	}
}

/* The list has an end, and answers for those before it alone. */
static void
test_list(void)
{
	size_t n = 0;
	const char *regimes = NULL;
	for (; port_at(n, &regimes) != NULL; n++)
		CHECK(regimes != NULL && port_at(n, NULL) == port_at(n, &regimes), "port %zu", n);
	CHECK(n > 40 && port_at(n + 1, NULL) == NULL && port_at(SIZE_MAX, NULL) == NULL, "%zu ports", n);
}

static bool
is_named(const struct port *port, const void *arg)
{
	return strcmp(port->machine, arg) == 0;
}

/* A text is cut where it does not fit, and ends there. */
static void
test_text(void)
{
	static const char whole[] = "netbsd/alpha or openbsd/alpha";
	struct candidates c;
	candidates_where(&c, is_named, "alpha");
	CHECK_EQ("alpha", "ports", c.n, 2);
	for (size_t size = 1; size <= sizeof(whole) + 2; size++) {
		char buf[sizeof(whole) + 4];
		memset(buf, 'x', sizeof(buf));
		CHECK(candidates_text(&c, buf, size) == buf, "%zu bytes: another buffer", size);
		const size_t len = size < sizeof(whole) ? size - 1 : sizeof(whole) - 1;
		CHECK(strlen(buf) == len && memcmp(buf, whole, len) == 0, "%zu bytes: %s", size, buf);
		for (size_t i = size; i < sizeof(buf); i++)
			CHECK_EQ("text", "behind the buffer", buf[i], 'x');
	}
	candidates_where(&c, is_named, "none");
	char buf[4] = "xyz";
	CHECK(c.n == 0 && strcmp(candidates_text(&c, buf, sizeof(buf)), "") == 0, "none: %s", buf);
	/* No more than there is room for. */
	candidates_where(&c, is_named, "amd64");
	const size_t amd64 = c.n;
	CHECK(amd64 == 3 && strcmp(c.v[0]->os, "netbsd") == 0, "amd64: %zu ports", amd64);
}

static bool
any(const struct port *port, const void *arg)
{
	(void)port, (void)arg;
	return true;
}

/* More than there is room for are cut, and no byte behind is written. */
static void
test_room(void)
{
	struct {
		struct candidates c;
		size_t behind;
	} room = { .behind = 77 };
	candidates_where(&room.c, any, NULL);
	CHECK_EQ("all", "ports", room.c.n, CANDIDATES_MAX);
	CHECK_EQ("all", "behind them", room.behind, 77);
	for (size_t i = 0; i < room.c.n; i++)
		CHECK(room.c.v[i] == port_at(i, NULL), "all: port %zu", i);
}

/* What a kernel leaves of them, or what is said where it leaves none. */
static void
test_kernel(void)
{
	static const struct {
		const char *name, *machine;
		struct port_kernel kernel;
		size_t n;
		const char *first, *text;
	} rows[] = {
		{ "none", "amd64", { .name = "", .os = "" }, 3, "netbsd", "" },
		{ "of any system", "amd64", { .name = "k", .os = "", .machine = 62, .bits = 64 }, 3, "netbsd", "" },
		{ "of one", "amd64", { .name = "k", .os = "openbsd", .machine = 62, .bits = 64 }, 1, "openbsd", "" },
		{ "of none of them", "alpha", { .name = "k", .os = "freebsd", .machine = 0x9026, .bits = 64 }, 0, NULL,
		    "k is a kernel for freebsd/alpha (ELF machine 36902, 64 bits, little-endian), but core is a dump of "
		    "netbsd/alpha or openbsd/alpha (ELF machine 36902, alpha)" },
		{ "of another order", "alpha", { .name = "k", .os = "", .machine = 0x9026, .bits = 64, .big = true }, 0,
		    NULL, "k is a kernel for alpha (ELF machine 36902, 64 bits, big-endian), but core is a dump of "
		    "netbsd/alpha or openbsd/alpha (ELF machine 36902, alpha)" },
		{ "of another width", "alpha", { .name = "k", .os = "", .machine = 0x9026, .bits = 32 }, 0, NULL,
		    "k is a kernel for alpha (ELF machine 36902, 32 bits, little-endian), but core" },
		{ "of another machine", "alpha", { .name = "k", .os = "netbsd", .machine = 62, .bits = 64 }, 0, NULL,
		    "k is a kernel for netbsd/x86-64 (ELF machine 62, 64 bits, little-endian), but core" },
		/* Ports of two orders, and of two widths. */
		{ "big", "mips64", { .name = "k", .os = "openbsd", .machine = 8, .bits = 64, .big = true }, 1, "openbsd",
		    "" },
		{ "little", "mips64", { .name = "k", .os = "openbsd", .machine = 8, .bits = 64 }, 1, "openbsd", "" },
		{ "32 bits", "mipsel", { .name = "k", .os = "netbsd", .machine = 8, .bits = 32 }, 1, "netbsd", "" },
		{ "64 bits", "mipsel", { .name = "k", .os = "netbsd", .machine = 8, .bits = 64 }, 1, "netbsd", "" },
	};
	const struct image img = { .name = "core" };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct candidates c;
		struct kv_err err = { .text = "" };
		candidates_where(&c, is_named, rows[i].machine);
		CHECK_EQ(rows[i].name, "status", candidates_by_kernel(&c, &img, &rows[i].kernel, &err),
		    rows[i].n > 0 ? KV_OK : KV_EFORMAT);
		CHECK_EQ(rows[i].name, "ports", c.n, rows[i].n);
		if (rows[i].n > 0)
			CHECK(strcmp(c.v[0]->os, rows[i].first) == 0 && err.text[0] == '\0', "%s: %s/%s", rows[i].name,
			    c.v[0]->os, c.v[0]->machine);
		CHECK(strncmp(err.text, rows[i].text, strlen(rows[i].text)) == 0, "%s: %s", rows[i].name, err.text);
	}
}

/* What a byte order leaves of them. */
static void
test_order(void)
{
	static const struct {
		const char *machine;
		bool big;
		size_t n;
		const char *text;
	} rows[] = {
		{ "alpha", false, 2, "" },
		{ "alpha", true, 0, "core: word is big-endian, but netbsd/alpha or openbsd/alpha is little-endian" },
		{ "hppa", true, 2, "" },
		{ "hppa", false, 0, "core: word is little-endian, but netbsd/hppa or openbsd/hppa is big-endian" },
		{ "mips64", true, 1, "" },
		{ "mips64", false, 1, "" },
	};
	const struct image img = { .name = "core" };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct candidates c;
		struct kv_err err = { .text = "" };
		candidates_where(&c, is_named, rows[i].machine);
		CHECK_EQ(rows[i].machine, "status", candidates_by_order(&c, &img, "word", rows[i].big, &err),
		    rows[i].n > 0 ? KV_OK : KV_EFORMAT);
		CHECK_EQ(rows[i].machine, "ports", c.n, rows[i].n);
		CHECK(strcmp(err.text, rows[i].text) == 0, "%s: %s", rows[i].machine, err.text);
	}
	/* Where more than one is left. */
	for (unsigned machine = 0; machine < 2; machine++) {
		const struct port_kernel kernel = { .name = "k", .os = "", .machine = machine, .lookup = port_sample_lookup };
		struct candidates c;
		struct kv_err err = { .text = "" };
		candidates_where(&c, is_named, "alpha");
		CHECK_EQ("undecided", "status", candidates_undecided(&c, &img, &kernel, &err), KV_EFORMAT);
		CHECK(strcmp(err.text, machine == 0 ? "core may be a dump of netbsd/alpha or openbsd/alpha: give the "
		    "kernel, which decides" : "core may be a dump of netbsd/alpha or openbsd/alpha: the kernel file does "
		    "not tell its system") == 0, "undecided: %s", err.text);
	}
}

static const struct port_sample *
sample_of(const char *os, const char *machine)
{
	const struct port_sample *s;
	for (size_t i = 0; (s = port_sample_at(i)) != NULL; i++)
		if (strcmp(s->os, os) == 0 && strcmp(s->machine, machine) == 0)
			return s;
	CHECK(false, "%s/%s: no sample", os, machine);
	return port_sample_at(0);
}

/* Dumps on a device that are not taken: the status, and that nothing is left. */
static void
test_devices(void)
{
	static const struct {
		const char *name, *os, *machine;	/* of the dump */
		const char *kernel[2];			/* NULL: none */
		unsigned off;				/* eight bytes of the device there become 1, if not 0 */
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "undefined", "openbsd", "powerpc", { "openbsd", "powerpc" }, 0, KV_EFORMAT,
		    "device: openbsd/powerpc: translation is undefined: " },
		{ "of two systems", "netbsd", "alpha", { NULL }, 0, KV_EFORMAT,
		    "device may be a dump of netbsd/alpha or openbsd/alpha: give the kernel" },
		{ "another kernel", "netbsd", "alpha", { "netbsd", "hppa" }, 0, KV_EFORMAT,
		    "kernel is a kernel for netbsd/hppa" },
		{ "no magic number", "netbsd", "alpha", { "netbsd", "alpha" }, SAMPLE_DEVICE, KV_EUNSUP, "device: " },
		/* Behind a header of 8 bytes, the second segment before the first. */
		{ "of no system", "openbsd", "arm", { NULL }, SAMPLE_DEVICE + 8 + 80, KV_EFORMAT,
		    "device may be a dump of netbsd/arm or netbsd/armeb or openbsd/arm: give the kernel" },
		/* The highest byte of c_size is 1. */
		{ "larger than the device", "netbsd", "amd64", { NULL }, SAMPLE_DEVICE + 7, KV_EFORMAT,
		    "which decides; as netbsd/amd64: " },
		{ "more segments than there are", "netbsd", "alpha", { "netbsd", "alpha" }, SAMPLE_DEVICE + 8 + 17,
		    KV_EFORMAT, "device: nmemsegs at offset 0x218 is 0x102, wanted 1 to 0x1e" },
		{ "the same, nobody knows whose", "netbsd", "alpha", { NULL }, SAMPLE_DEVICE + 8 + 17, KV_EFORMAT,
		    "device may be a dump of netbsd/alpha or openbsd/alpha: give the kernel" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		struct port_trial t;
		port_trial_make_device(&t, sample_of(rows[i].os, rows[i].machine));
		t.kernel = rows[i].kernel[0] == NULL ? port_no_kernel :
		    port_sample_kernel(sample_of(rows[i].kernel[0], rows[i].kernel[1]));
		if (rows[i].off != 0)
			put64(t.image + rows[i].off, 1, false);
		if (rows[i].off == SAMPLE_DEVICE + 8 + 80)
			put64(t.image + rows[i].off + 8, 0x1000, false);
		(void)port_trial_open(&t, row, rows[i].st, rows[i].text);
		CHECK(t.dump.port == NULL && t.dump.nas == 0 && t.dump.kcore.cpu.len == 0, "%s: something is left", row);
		CHECK_EQ(row, "without a sentence", port_adopt(&t.dump, &t.img, SAMPLE_DEVICE, &t.kernel, NULL),
		    rows[i].st);
		port_trial_end(&t);
	}
}

/* A virtual address that a decoder reads is looked up in the first range that has it, and no farther. */
static void
test_virtual(void)
{
	const vaddr_t lo = UINT64_C(0xffffff8000002000), last = lo + 0x3000;
	struct port_trial t;
	port_trial_make(&t, sample_of("openbsd", "arm64"));
	if (port_trial_open(&t, "virtual", KV_OK, "")) {
		struct memory *mem = &t.dump.mem;
		struct kv_run run;
		for (unsigned cut = 0; cut < 3; cut++) {
			t.dump.as[0].last = last - 0x1000 * cut;
			CHECK_EQ("virtual", "status", mem->virt(mem->virt_arg, lo, &run, &t.err), KV_OK);
			CHECK_EQ("virtual", "first", run.first, lo);
			CHECK_EQ("virtual", "last", run.last, last - 0x1000 * cut);
		}
		CHECK_EQ("behind", "status", mem->virt(mem->virt_arg, last, &run, &t.err), KV_EUNMAPPED);
		CHECK(strcmp(t.err.text, "the virtual address 0xffffff8000005000 is in no range of openbsd/arm64") == 0,
		    "behind: %s", t.err.text);
		CHECK_EQ("before", "status", mem->virt(mem->virt_arg, lo - 1, &run, &t.err), KV_EUNMAPPED);
	}
	port_trial_end(&t);
}

/* Tables are visited four times as often as memory has room for them, and 1024 times more; at most 2^22 times. */
static void
test_table_limit(void)
{
	enum { PAGE = 4096, MOST = 1 << 22 };
	static const struct {
		uint64_t tables;
		uint32_t limit;
	} rows[] = {
		{ 1, 4 + 1024 }, { 1000, 4000 + 1024 }, { (1 << 20) - 1025, MOST - 4 * 1025 + 1024 },
		{ (1 << 20) - 1024, MOST }, { 1 << 24, MOST },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dump dump = { .pagesize = PAGE };
		const struct mmu mmu = mmu_x86_32bit, linear = mmu_linear(0, UINT32_MAX, 0, KV_R);
		CHECK_EQ("limit", "init", format_init(&dump.ram, 1, UINT64_C(1) << 40, NULL), KV_OK);
		CHECK_EQ("limit", "memory", format_add(&dump.ram, 0, 0, rows[i].tables * PAGE, 0, NULL), KV_OK);
		CHECK_EQ("limit", "range", dump_range(&dump, 0, UINT32_MAX, &linear, NULL), KV_OK);
		CHECK_EQ("limit", "range", dump_range(&dump, 0, UINT32_MAX, &mmu, NULL), KV_OK);
		CHECK_EQ("limit", "status", dump_end(&dump, KV_OK), KV_OK);
		CHECK_EQ("limit", "of no tables", dump.as[0].mmu.table_limit, 0);
		CHECK_EQ("limit", "visits", dump.as[1].mmu.table_limit, rows[i].limit);
		port_close(&dump);
	}
}

/* What a dump owns is freed with it; without memory it owns nothing more. */
static void
test_alloc(void)
{
	for (int n = 0; n < 3; n++) {
		struct dump dump = { 0 };
		struct kv_err err = { .st = KV_OK, .text = "" };
		allocations_left = n;
		const uint8_t *p = dump_alloc(&dump, 3, 5, &err);
		allocations_left = -1;
		CHECK((p != NULL) == (n == 2) && dump.nowned == (n == 2), "allocation %d", n);
		CHECK(strcmp(err.text, n < 2 ? "3 times 5 bytes: Cannot allocate memory" : "") == 0, "allocation %d: %s", n,
		    err.text);
		CHECK_EQ("allocation", "status", err.st, n < 2 ? KV_ENOMEM : KV_OK);
		for (size_t i = 0; p != NULL && i < 15; i++)
			CHECK_EQ("allocation", "byte", p[i], 0);
		port_close(&dump);
		const struct mmu mmu = mmu_linear(0, 1, 0, KV_R);
		allocations_left = 0;
		CHECK_EQ("range", "status", dump_range(&dump, 0, 1, &mmu, &err), KV_ENOMEM);
		allocations_left = -1;
		CHECK(strcmp(err.text, "Cannot allocate memory") == 0 && dump.nas == 0, "range: %s", err.text);
	}
}

/* A port is this host's if system, processor and order are; no BSD is Linux, but the names say enough. */
static void
test_native(void)
{
#if defined(__linux__)
#if defined(__x86_64__)
	const char *const own = "amd64";
#elif defined(__i386__)
	const char *const own = "i386";
#elif defined(__aarch64__)
	const char *const own = "arm64";
#else
	const char *const own = "";	/* no port's */
#endif
	const uint16_t one = 1;
	uint8_t first;
	memcpy(&first, &one, 1);
	const bool big = first == 0;
	const struct port port = { .os = "linux", .machine = own }, bsd = { .os = "netbsd", .machine = own };
	CHECK_EQ(own, "native", port_native(&port, big), own[0] != '\0');
	CHECK_EQ(own, "native in the other order", port_native(&port, !big), false);
	CHECK_EQ(own, "native of another system", port_native(&bsd, big), false);
	const struct port vax = { .os = "linux", .machine = "vax" };
	CHECK_EQ("vax", "native", port_native(&vax, big), false);
	CHECK_EQ("vax", "native in the other order", port_native(&vax, !big), false);
#else
	unit_skip("this host may be a port's");
#endif
}

static const struct unit_test tests[] = {
	{ "native", test_native },
	{ "virtual addresses", test_virtual },
	{ "limit of tables", test_table_limit },
	{ "allocations", test_alloc },
	{ "devices", test_devices },
	{ "names of machines", test_machines },
	{ "the list of ports", test_list },
	{ "text", test_text },
	{ "room", test_room },
	{ "by kernel", test_kernel },
	{ "by order", test_order },
	{ 0 },
};
const struct unit_suite unit_port_choose = { "port_choose", tests };
