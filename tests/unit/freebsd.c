/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD's API on dumps of several machines.  tests/unit/kernel/freebsd.c is compiled for
 * each; its memory becomes a dump, whose container is made by hand here.  Expected values are
 * those of that file.
 */
#include "allocations.h"
#include "kvm.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

#include "allocations.h"
#include "api/handle.h"
#include "bytes.h"
#include "symbol/symbol.h"
#include "unit.h"

enum { PAGE = 4096, NPAGES = 16 };

struct target {
	const char *name;	/* of the kernel's file */
	const char *magic;	/* of a minidump; NULL: ELF with virtual addresses */
	unsigned machine;	/* EM_* */
	unsigned bits;
	bool big;
	uint64_t base;		/* where the kernel's memory begins */
	uint64_t pa;		/* and what is behind it */
	unsigned pcpu, cpuid, cptime;	/* size of struct pcpu, offsets in it */
};

/* struct pcpu in two worlds: pointers and longs of 8 bytes, and of 4. */
#define LP64	280, 16, 32
#define ILP32	248, 8, 24
static const struct target targets[] = {
	{ "amd64", "minidump FreeBSD/amd64", 62, 64, false, 0xfffff80000200000, 0x200000, LP64 },
	{ "aarch64", "minidump FreeBSD/arm64", 183, 64, false, 0xffffa00000200000, 0x40200000, LP64 },
	{ "riscv64", "minidump FreeBSD/riscv", 243, 64, false, 0xffffffd000200000, 0x80200000, LP64 },
	{ "i386", "minidump FreeBSD/i386", 3, 32, false, 0xc0400000, 0x7000, ILP32 },
	{ "mips", "minidump FreeBSD/mips", 8, 32, true, 0x80200000, 0x200000, ILP32 },
	{ "powerpc", NULL, 20, 32, true, 0x00100000, 0, ILP32 },
	{ "powerpc64", NULL, 21, 64, true, 0xc000000000100000, 0, LP64 },
};
enum { NTARGETS = sizeof(targets) / sizeof(targets[0]), AMD64 = 0 };
static const struct target dragonfly = { "dragonfly", "minidump FreeBSD/amd64", 62, 64, false,
	0xfffff80000200000, 0x200000, LP64 };

static void
put(const struct target *t, uint8_t *p, uint64_t v, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		p[t->big ? size - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

static uint64_t
get(const struct target *t, const void *from, unsigned size)
{
	uint64_t v = 0;
	for (unsigned i = 0; i < size; i++)
		v = v << 8 | ((const uint8_t *)from)[t->big ? i : size - 1 - i];
	return v;
}

/* FreeBSD's sys/<machine>/include/minidump.h; the direct map or the page map has the memory. */
static size_t
make_minidump(const struct target *t, const uint8_t *memory, uint8_t *image)
{
	enum { BITMAP = 0x20000, PTES = 0x8000 };
	const bool i386 = strcmp(t->name, "i386") == 0;
	const uint64_t dmap = t->base - 0x200000;
	const unsigned version = strcmp(t->name, "amd64") == 0 ? 2 : 1;
	uint32_t map = i386 ? PTES : PAGE;
	memcpy(image, t->magic, strlen(t->magic));
	put(t, image + 24, version, 4);
	put(t, image + 28, PAGE, 4);
	put(t, image + 32, BITMAP, 4);
	put(t, image + 36, map, 4);
	put(t, image + 40, i386 ? 0xc0000000 : t->bits == 32 ? 0xffffffffc0000000 : UINT64_MAX << 30,
	    i386 ? 4 : 8);
	if (t->machine == 62) {
		put(t, image + 48, dmap, 8);
		put(t, image + 56, dmap + 0x400000, 8);
	} else if (!i386 && t->bits == 64) {
		put(t, image + 40, UINT64_C(0xfffffffff0000000), 8);
		put(t, image + 48, t->pa - 0x200000, 8);
		put(t, image + 56, dmap, 8);
		put(t, image + 64, dmap + 0x400000, 8);
	}
	uint8_t *bitmap = image + 2 * PAGE, *pte = bitmap + BITMAP, *pages = pte + map;
	/* Where there is a page map, no two neighbours are so in memory. */
	const uint64_t first = t->pa / PAGE, swap = i386 ? 1 : 0;
	for (uint64_t k = 0; k < NPAGES; k++) {
		uint64_t pfn = first + k, bit = t->big ? pfn % 64 : pfn % 8;
		if (t->big)	/* in words of 32 bits or more, all in the target's order */
			bitmap[pfn / 32 * 4 + 3 - pfn % 32 / 8] |= (uint8_t)(1 << pfn % 8);
		else
			bitmap[pfn / 8] |= (uint8_t)(1 << bit);
		if (i386)
			put(t, pte + 4 * ((t->base - 0xc0000000) / PAGE + k), (first + (k ^ swap)) * PAGE | 3, 4);
		memcpy(pages + k * PAGE, memory + (k ^ swap) * PAGE, PAGE);
	}
	return (size_t)(pages - image) + NPAGES * PAGE;
}

/* System V gABI; p_paddr of all ones makes the addresses virtual. */
static size_t
make_elf(const struct target *t, const uint8_t *memory, uint8_t *image)
{
	const unsigned w = t->bits / 8;
	const unsigned ehsize = w == 8 ? 64 : 52, phsize = w == 8 ? 56 : 32;
	const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', (uint8_t)(w / 4), t->big ? 2 : 1, 1, 255 };
	memcpy(image, ident, sizeof(ident));
	put(t, image + 16, 4, 2);
	put(t, image + 18, t->machine, 2);
	put(t, image + 24 + w, ehsize, w);	/* e_phoff */
	put(t, image + 28 + 3 * w, ehsize, 2);
	put(t, image + 30 + 3 * w, phsize, 2);
	put(t, image + 32 + 3 * w, 1, 2);
	uint8_t *ph = image + ehsize;
	put(t, ph, 1, 4);
	if (w == 8) {
		put(t, ph + 4, 4, 4);
		ph += 8;
	} else
		ph += 4;
	put(t, ph, PAGE, w);
	put(t, ph + w, t->base, w);
	put(t, ph + 2 * w, UINT64_MAX, w);
	put(t, ph + 3 * w, NPAGES * PAGE, w);
	put(t, ph + 4 * w, NPAGES * PAGE, w);
	memcpy(image + PAGE, memory, NPAGES * PAGE);
	return PAGE + NPAGES * PAGE;
}

static uint8_t memory[NPAGES * PAGE], image[0x60000];

static const char *
kernel_file(const char *name, char path[256])
{
	(void)snprintf(path, 256, "%s/freebsd-%s", UNIT_KERNELS, name);
	return path;
}

/* The dump of a kernel in memory; its size. */
static size_t
make_dump(const struct target *t, const char *kernel)
{
	struct elf_file *elf = NULL;
	if (elf_file_open(&elf, kernel, NULL) != KV_OK)
		abort();
	memset(memory, 0, sizeof(memory));
	memset(image, 0, sizeof(image));
	/* What the file does not have is bss. */
	for (size_t i = 0; i < sizeof(memory); i += 4)
		if (elf_read_va(elf, t->base + i, memory + i, 4, NULL) != KV_OK)
			memset(memory + i, 0, 4);
	elf_file_close(elf);
	return t->magic != NULL ? make_minidump(t, memory, image) : make_elf(t, memory, image);
}

static kvm_t *
open_target(const struct target *t, const char *variant)
{
	char name[64], path[256], err[2048] = "";
	(void)snprintf(name, sizeof(name), "%s%s", t->name, variant);
	kernel_file(name, path);
	size_t size = make_dump(t, path);
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, err);
	if (!CHECK(kd != NULL, "%s: open: %s", name, err))
		abort();
	return kd;
}

/* An address of the target, in an unsigned long that may be too small for it. */
static bool
fits(const char *row, uint64_t va)
{
	if (va <= ULONG_MAX)
		return true;
	unit_skip("%s: addresses do not fit in this host's unsigned long", row);
	return false;
}

static uint64_t
symbol(kvm_t *kd, const char *name)
{
	struct kvm_nlist nl[] = { { name, 0, 0 }, { 0 } };
	CHECK(kvm_nlist2(kd, nl) == 0, "%s: not found: %s", name, kvm_geterr(kd));
	return nl[0].n_value;
}

/* Whether this library reads debug information. */
static bool
reads_layouts(void)
{
#ifdef HAVE_LIBDW
	return true;
#else
	unit_skip("this library was built without libdw");
	return false;
#endif
}

/* The name of that kernel; NULL: this library does not read its CTF, which is compressed. */
static const char *
with_ctf(const struct target *t)
{
	static const struct {
		const char *name, *ctf;
		bool compressed;
	} rows[NTARGETS] = {
		{ "amd64", "amd64-ctf", false }, { "aarch64", "aarch64-ctf", false },
		{ "riscv64", "riscv64-ctf", true }, { "i386", "i386-ctf", false },
		{ "mips", "mips-ctf", true }, { "powerpc", "powerpc-ctf", false },
		{ "powerpc64", "powerpc64-ctf", false },
	};
#ifdef HAVE_ZLIB
	const bool inflates = true;
#else
	const bool inflates = false;
#endif
	for (size_t i = 0; i < NTARGETS; i++)
		if (strcmp(rows[i].name, t->name) == 0)
			return inflates || !rows[i].compressed ? rows[i].ctf : NULL;
	abort();
}

/* Opens a dump of each kernel twice: its layouts are told by DWARF, and by CTF. */
static void
each_layout(void (*check)(const struct target *t, const char *row, kvm_t *kd))
{
	if (!reads_layouts())
		return;
	for (size_t turn = 0; turn < 2 * NTARGETS; turn++) {
		const struct target *t = &targets[turn / 2];
		const char *row = turn % 2 ? with_ctf(t) : t->name;
		if (row == NULL)
			continue;
		kvm_t *kd = open_target(t, turn % 2 ? "-ctf" : "");
		check(t, row, kd);
		kvm_close(kd);
	}
}

static void
percpu_of(const struct target *t, const char *row, kvm_t *kd)
{
	CHECK_EQ(row, "maxcpu", kvm_getmaxcpu(kd), 4);
	CHECK_EQ(row, "ncpus", kvm_getncpus(kd), 3);
	for (int cpu = -1; cpu < 6; cpu++) {
		uint8_t *p = kvm_getpcpu(kd, cpu);
		if (cpu < 0 || cpu == 1 || cpu >= 4) {
			CHECK(p == NULL, "%s: CPU %d is there", row, cpu);
			continue;
		}
		if (!CHECK(p != NULL && p != (void *)(intptr_t)-1, "%s: CPU %d: %s", row, cpu,
		    kvm_geterr(kd)))
			continue;
		CHECK_EQ(row, "pc_odd", p[0], cpu + 1);
		CHECK_EQ(row, "pc_cpuid", get(t, p + t->cpuid, 4), 0x11110000u + (unsigned)cpu);
		/* The last byte: the copy is as long as the struct. */
		CHECK_EQ(row, "last byte", p[t->pcpu - 1], 0);
		free(p);
	}
	long times[5] = { 0 };
	CHECK_EQ(row, "cptime", kvm_getcptime(kd, times), 0);
	/* Of the kernels whose names are apart the sum is a variable. */
	const bool summed = t->machine == 243 || t->machine == 20;
	for (int k = 0; k < 5; k++)
		CHECK_EQ(row, "cptime", times[k], summed ? 5 - k : 8200 + 3 * 10 * k);
}

static void
test_percpu(void)
{
	each_layout(percpu_of);
	CHECK_EQ("no handle", "maxcpu", kvm_getmaxcpu(NULL), 0);
	CHECK(kvm_getpcpu(NULL, 0) == NULL, "no handle: getpcpu");
	CHECK_EQ("no handle", "cptime", kvm_getcptime(NULL, NULL), 0);
	CHECK_EQ("no handle", "swapinfo", kvm_getswapinfo(NULL, NULL, 0, 0), 0);
}

static void
zones_of(const struct target *t, const char *row, kvm_t *kd)
{
	static const uint64_t values[] = { 0x100000000, 0x20000, 3, 0x4000 };
	uint64_t at = symbol(kd, "counters");
	/* As it stands, and on amd64 also as the distance from __pcpu. */
	for (int relative = 0; relative < (t == &targets[AMD64] ? 2 : 1) && fits(row, at); relative++) {
		unsigned long base = (unsigned long)(relative ? at - symbol(kd, "pcpus") : at);
		for (int cpu = 0; cpu < 4; cpu++) {
			uint8_t b[8];
			CHECK_EQ(row, "zpcpu", kvm_read_zpcpu(kd, base, b, 8, cpu), 8);
			CHECK_EQ(row, "value", get(t, b, 8), values[cpu]);
		}
		CHECK_EQ(row, "sum", kvm_counter_u64_fetch(kd, base), 0x100020003);
	}
	if (at <= ULONG_MAX) {
		uint8_t b;
		CHECK_EQ(row, "negative", kvm_read_zpcpu(kd, (unsigned long)at, &b, 1, -1), -1);
		CHECK_EQ(row, "nowhere", kvm_counter_u64_fetch(kd, 0x40000000), 0);
		CHECK_TEXT(row, kvm_geterr(kd), "invalid address (0x");
	}
}

static void
test_zones(void)
{
	each_layout(zones_of);
}

static void
dpcpu_of(const struct target *t, const char *row, kvm_t *kd)
{
	(void)t;
	const uint64_t ticks = symbol(kd, "pcpu_entry_ticks");
	CHECK_EQ(row, "CPU 0", symbol(kd, "ticks"), ticks + 0x10000);
	CHECK_EQ(row, "with _", symbol(kd, "_ticks"), ticks + 0x10000);
	CHECK_EQ(row, "first of the set", symbol(kd, "first"),
	    symbol(kd, "pcpu_entry_first") + 0x10000);
	CHECK_EQ(row, "set 2", kvm_dpcpu_setcpu(kd, 2), 0);
	CHECK_EQ(row, "CPU 2", symbol(kd, "ticks"), ticks + 0x30000);
	CHECK_EQ(row, "set 1", kvm_dpcpu_setcpu(kd, 1), -1);
	CHECK_TEXT(row, kvm_geterr(kd), "kvm_dpcpu_setcpu: CPU 1 not found");
	CHECK_EQ(row, "set 4", kvm_dpcpu_setcpu(kd, 4), -1);
	CHECK_TEXT(row, kvm_geterr(kd), "kvm_dpcpu_setcpu: CPU 4 too big");
	CHECK_EQ(row, "still CPU 2", symbol(kd, "ticks"), ticks + 0x30000);
	CHECK_EQ(row, "vnet", symbol(kd, "if_count"),
	    symbol(kd, "vnet_entry_if_count") + 0x700000);
	CHECK_EQ(row, "vnet before pcpu", symbol(kd, "both"),
	    symbol(kd, "vnet_entry_both") + 0x700000);
	CHECK_EQ(row, "the end of pcpu", symbol(kd, "__stop_set_pcpu"), symbol(kd, "pcpu_entry_after_pcpu"));
	CHECK_EQ(row, "the end of vnet", symbol(kd, "__stop_set_vnet"), symbol(kd, "vnet_entry_after_vnet"));
	CHECK_EQ(row, "behind pcpu", symbol(kd, "after_pcpu"), symbol(kd, "pcpu_entry_after_pcpu"));
	CHECK_EQ(row, "behind vnet", symbol(kd, "after_vnet"), symbol(kd, "vnet_entry_after_vnet"));
	struct kvm_nlist nl[] = { { "_nowhere", 9, 9 }, { "swap0", 9, 9 },
		{ "_uninitialised", 9, 9 }, { "ostype", 9, 9 }, { "hidden", 9, 9 },
		{ "if_count", 9, 9 }, { 0 } };
	CHECK_EQ(row, "nlist", kvm_nlist2(kd, nl), 1);
	CHECK_EQ(row, "type of none", nl[0].n_type, 0);
	CHECK_EQ(row, "value of none", nl[0].n_value, 0);
	CHECK_EQ(row, "type of data", nl[1].n_type, N_DATA | N_EXT);
	CHECK_EQ(row, "type of bss", nl[2].n_type, N_BSS | N_EXT);
	CHECK_EQ(row, "type of what is read only", nl[3].n_type, N_TEXT | N_EXT);
	CHECK_EQ(row, "type of a local one", nl[4].n_type, N_DATA);
	CHECK_EQ(row, "type of a vnet's", nl[5].n_type, N_DATA | N_EXT);
}

static void
test_dpcpu(void)
{
	each_layout(dpcpu_of);
}

static void
statistics_of(const struct target *t, const char *row, kvm_t *kd)
{
	(void)t;
	static const struct {
		const char *name;
		unsigned used, total;
		int flags;
	} rows[] = {
		{ "/dev/ada0p2", 77, 100000, 1 }, { "/dev/#0x1234", 300, 300, 0 },
		{ "[NFS swap]", 5, 4000, 8 }, { "/dev/mapper/a-name-longer-than-", 3, 70, 2 },
		{ "", 385, 104370, 0 },
	};
	enum { DEVICES = 4 };
	double avg[4] = { -1, -1, -1, -1 };
	CHECK_EQ(row, "loadavg", kvm_getloadavg(kd, avg, 4), 3);
	CHECK(avg[0] == 1.0 && avg[1] == 1.5 && avg[2] == 100 / 2048.0 && avg[3] == -1,
	    "%s: loadavg: %g %g %g %g", row, avg[0], avg[1], avg[2], avg[3]);
	avg[1] = -1;
	CHECK_EQ(row, "loadavg of 1", kvm_getloadavg(kd, avg, 1), 1);
	CHECK(avg[1] == -1, "%s: loadavg writes more than was asked for", row);
	for (int max = 0; max < 7; max++) {
		struct kvm_swap swap[7];
		memset(swap, 0xa5, sizeof(swap));
		int n = kvm_getswapinfo(kd, swap, max, SWIF_DEV_PREFIX);
		int want = max > DEVICES ? DEVICES : max == 0 ? 0 : max - 1;
		if (!CHECK(n == want, "%s: swapinfo of %d: %d, %s", row, max, n, kvm_geterr(kd)))
			continue;
		for (int k = 0; max > 0 && k <= n; k++) {
			size_t r = k == n ? DEVICES : (size_t)k;
			CHECK(strcmp(swap[k].ksw_devname, rows[r].name) == 0 &&
			    swap[k].ksw_used == rows[r].used && swap[k].ksw_total == rows[r].total &&
			    swap[k].ksw_flags == rows[r].flags, "%s: swap %d of %d: %s %u %u %d",
			    row, k, max, swap[k].ksw_devname, swap[k].ksw_used,
			    swap[k].ksw_total, swap[k].ksw_flags);
		}
		int after = max == 0 ? 0 : n + 1;
		CHECK_EQ(row, "entry after", swap[after].ksw_total, 0xa5a5a5a5);
	}
	struct kvm_swap bare[5];
	CHECK_EQ(row, "swapinfo", kvm_getswapinfo(kd, bare, 5, 0), DEVICES);
	CHECK(strcmp(bare[0].ksw_devname, "ada0p2") == 0, "%s: name without prefix: %s", row,
	    bare[0].ksw_devname);
	CHECK(strcmp(bare[3].ksw_devname, "mapper/a-name-longer-than-an-en") == 0,
	    "%s: long name without prefix: %s", row, bare[3].ksw_devname);
	CHECK_EQ(row, "kerndisp", kvm_kerndisp(kd), 0);
}

static void
test_statistics(void)
{
	each_layout(statistics_of);
}

/* What only FreeBSD has: each says so, and what the handle is of. */
static void
refuses(kvm_t *kd, const char *of)
{
	static const char *const names[] = { "kvm_getmaxcpu", "kvm_getncpus", "kvm_getpcpu",
		"kvm_dpcpu_setcpu", "kvm_read_zpcpu", "kvm_counter_u64_fetch", "kvm_getcptime" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char text[128];
		uint8_t b;
		long times[5];
		err_soft(kd, "nothing");
		const int64_t got = i == 0 ? kvm_getmaxcpu(kd) : i == 1 ? kvm_getncpus(kd) :
		    i == 2 ? (intptr_t)kvm_getpcpu(kd, 0) : i == 3 ? kvm_dpcpu_setcpu(kd, 0) :
		    i == 4 ? kvm_read_zpcpu(kd, 0, &b, 1, 0) :
		    i == 5 ? (int64_t)kvm_counter_u64_fetch(kd, 0) : kvm_getcptime(kd, times);
		CHECK_EQ(names[i], "refused", got, i == 5 ? 0 : -1);
		(void)snprintf(text, sizeof(text), "%s: not supported for %s", names[i], of);
		CHECK(strcmp(kvm_geterr(kd), text) == 0, "%s: %s, wanted %s", names[i], kvm_geterr(kd), text);
	}
}

/* Handles that are of no dump at all. */
static void
test_no_dump(void)
{
	struct kvm_swap swap[2];
	double avg[3];
	for (unsigned files = 0; files < 2; files++) {
		const char *of = files ? "a file without a dump header" : "a running kernel";
		char text[128];
		kvm_t *kd = files ? kvm_open_mem(NULL, "no dump", 7, NULL, NULL) :
		    kvm_openfiles(NULL, NULL, NULL, KVM_NO_FILES, NULL);
		if (!CHECK(kd != NULL, "%s: open", of))
			return;
		refuses(kd, of);
		CHECK_EQ(of, "loadavg", kvm_getloadavg(kd, avg, 3), -1);
		(void)snprintf(text, sizeof(text), "kvm_getloadavg: not supported for %s", of);
		CHECK(strcmp(kvm_geterr(kd), text) == 0, "%s, wanted %s", kvm_geterr(kd), text);
		CHECK_EQ(of, "swapinfo", kvm_getswapinfo(kd, swap, 2, 0), -1);
		(void)snprintf(text, sizeof(text), "kvm_getswapinfo: not supported for %s", of);
		CHECK(strcmp(kvm_geterr(kd), text) == 0, "%s, wanted %s", kvm_geterr(kd), text);
		kvm_close(kd);
	}
}

/* Numbers of 1 to 8 bytes, as the debug information has them, and no others. */
static void
test_members(void)
{
	static const struct {
		const char *structure, *member;
		uint64_t value;
		const char *text;	/* of the failure; NULL: there is a value */
	} rows[] = {
		{ "pcpu", "pc_odd", 1, NULL },
		{ "pcpu", "pc_cpuid", 0x11110000, NULL },
		{ "cdev", "empty", 0, "member empty of struct cdev has 0 bytes, wanted 1 to 8" },
		{ "pcpu", "pc_name", 0, "member pc_name of struct pcpu has 12 bytes, wanted 1 to 8" },
		{ "pcpu", "pc_nine", 0, "member pc_nine of struct pcpu has 9 bytes, wanted 1 to 8" },
		{ "pcpu", "pc_none", 0, "struct pcpu has no member pc_none" },
	};
	if (!reads_layouts())
		return;
	kvm_t *kd = open_target(&targets[AMD64], "");
	const uint64_t at = symbol(kd, "pcpus");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t v = 0;
		const bool ok = kernel_member(kd, at, rows[i].structure, rows[i].member, &v);
		CHECK_EQ(rows[i].member, "found", ok, rows[i].text == NULL);
		CHECK_EQ(rows[i].member, "value", v, rows[i].value);
		if (!ok)
			CHECK_TEXT(rows[i].member, kd->deep.text, rows[i].text);
	}
	uint64_t word = 0;
	CHECK(kernel_member(kd, symbol(kd, "vnet0"), "vnet", "vnet_data_base", &word), "8 bytes");
	CHECK_EQ("8 bytes", "value", word, 0x700000);
	kvm_close(kd);
}

/* Numbers of CPUs and sizes of struct pcpu that no kernel has. */
static void
test_limits(void)
{
	static const struct {
		unsigned value;
		bool ok;
	} counts[] = { { 0, false }, { 1, true }, { 65536, true }, { 65537, false }, { UINT32_MAX, false } };
	static const struct {
		const char *kernel;
		const char *text;	/* NULL: it is a size */
	} sizes[] = {
		{ "pcpu-0", "unable to find the size of struct pcpu: the debug information says 0, wanted 1 to "
		    "1048576" },
		{ "pcpu-1", NULL }, { "pcpu-1048576", NULL },
		{ "pcpu-1048577", "unable to find the size of struct pcpu: the debug information says 1048577, "
		    "wanted 1 to 1048576" },
	};
	const struct target *t = &targets[AMD64];
	char path[256], text[128];
	const size_t size = make_dump(t, kernel_file(t->name, path));
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "limits: open"))
		return;
	const uint64_t at = symbol(kd, "mp_ncpus");
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		put(t, image + size - NPAGES * PAGE + (at - t->base), counts[i].value, 4);
		CHECK_EQ("limits", "CPUs", kvm_getncpus(kd), counts[i].ok ? (int)counts[i].value : -1);
		(void)snprintf(text, sizeof(text), "cannot read mp_ncpus: it is %u at %#jx, wanted 1 to 65536",
		    counts[i].value, (uintmax_t)at);
		if (!counts[i].ok)
			CHECK(strcmp(kvm_geterr(kd), text) == 0, "%s, wanted %s", kvm_geterr(kd), text);
	}
	kvm_close(kd);
	if (!reads_layouts())
		return;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		uint8_t b = 0;
		(void)snprintf(path, sizeof(path), "%s/%s", UNIT_KERNELS, sizes[i].kernel);
		kd = kvm_open_mem(path, image, size, NULL, NULL);
		if (!CHECK(kd != NULL, "%s: open", path))
			return;
		const bool low = t->base <= ULONG_MAX;
		const ssize_t n = kvm_read_zpcpu(kd, low ? (unsigned long)t->base : 0, &b, 1, 0);
		if (sizes[i].text != NULL) {
			CHECK_EQ(sizes[i].kernel, "refused", n, 0);
			CHECK(strcmp(kvm_geterr(kd), sizes[i].text) == 0, "%s, wanted %s", kvm_geterr(kd),
			    sizes[i].text);
		} else
			CHECK_EQ(sizes[i].kernel, "read", n, low ? 1 : -1);
		kvm_close(kd);
	}
}

/* A list of devices whose last one points back to the first. */
static void
test_round_list(void)
{
	struct kvm_swap swap[5];
	struct elf_member m;
	char path[256];
	if (!reads_layouts())
		return;
	const struct target *t = &targets[AMD64];
	const size_t size = make_dump(t, kernel_file(t->name, path));
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL && kernel_offsetof(kd, "swdevt", "sw_list", &m), "round: open"))
		return;
	CHECK_EQ("round", "devices", kvm_getswapinfo(kd, swap, 5, 0), 4);
	put(t, image + size - NPAGES * PAGE + (symbol(kd, "swap3") + m.off - t->base), symbol(kd, "swap0"), 8);
	CHECK_EQ("round", "devices", kvm_getswapinfo(kd, swap, 5, 0), -1);
	CHECK(strcmp(kvm_geterr(kd), "cannot read swinfo: more than 4096 devices: the list goes round") == 0,
	    "round: %s", kvm_geterr(kd));
	kvm_close(kd);
}

/* DragonFly: an array of devices, texts of its own, and nothing of each CPU. */
static void
test_dragonfly(void)
{
	if (!reads_layouts())
		return;
	kvm_t *kd = open_target(&dragonfly, "");
	struct kvm_swap swap[4];
	double avg[3];
	uint8_t b;
	CHECK_EQ("dragonfly", "swapinfo", kvm_getswapinfo(kd, swap, 4, SWIF_DEV_PREFIX), 2);
	CHECK(strcmp(swap[0].ksw_devname, "/dev/#0x1234") == 0 && swap[0].ksw_total == 1000 &&
	    swap[0].ksw_used == 10 && swap[0].ksw_flags == 1, "dragonfly: %s %u %u", swap[0].ksw_devname,
	    swap[0].ksw_total, swap[0].ksw_used);
	CHECK(strcmp(swap[1].ksw_devname, "[NFS swap]") == 0 && swap[1].ksw_total == 500,
	    "dragonfly: %s %u", swap[1].ksw_devname, swap[1].ksw_total);
	CHECK(swap[2].ksw_total == 1500 && swap[2].ksw_used == 510, "dragonfly: total: %u %u",
	    swap[2].ksw_total, swap[2].ksw_used);
	CHECK_EQ("dragonfly", "loadavg", kvm_getloadavg(kd, avg, 3), 3);
	CHECK(avg[0] == 2.0 && avg[1] == 3.0, "dragonfly: loadavg: %g %g", avg[0], avg[1]);
	CHECK_EQ("dragonfly", "maxcpu", kvm_getmaxcpu(kd), -1);
	CHECK_TEXT("dragonfly", kvm_geterr(kd), "kvm_getmaxcpu: not supported for dumps of dragonfly/");
	refuses(kd, "dumps of dragonfly/x86_64");
	CHECK_EQ("dragonfly", "read", kvm_read2(kd, 0x1234, &b, 1), -1);
	CHECK(strncmp(kvm_geterr(kd), "invalid address (1234): ", 24) == 0, "dragonfly: %s",
	    kvm_geterr(kd));
	CHECK(kvm_readstr(kd, 0x1235, NULL, NULL) == NULL, "dragonfly: a string");
	CHECK(strncmp(kvm_geterr(kd), "invalid address (1235): ", 24) == 0, "dragonfly: %s",
	    kvm_geterr(kd));
	kvm_close(kd);
}

/* Counts what a header is made of, and stops what has no end. */
static bool
put_counted(void *cookie, const void *buf, size_t len)
{
	size_t *n = cookie;
	(void)buf;
	*n += len;
	return *n < 0x10000;
}

/* Only dumps of NetBSD and OpenBSD have the header that kvm_dump_header and its kin write. */
static void
writes_no_header(const char *row, const char *form, kvm_t *kd)
{
	char text[128];
	(void)snprintf(text, sizeof(text), "no valid dump header(s): memory image is of the form %s, "
	    "wanted netbsd-kcore", form);
	for (unsigned i = 0; i < 4; i++) {
		size_t n = 0;
		char b[16];
		FILE *fp = fmemopen(b, sizeof(b), "w");
		if (fp == NULL)
			abort();
		(void)setvbuf(fp, NULL, _IONBF, 0);	/* so that what has no end fails at once */
		err_soft(kd, "nothing");
		const kssize_t got = i == 0 ? kvm_dump_header(kd, put_counted, &n, 1) :
		    i == 1 ? kvm_dump_header64(kd, put_counted, &n, 1) :
		    i == 2 ? kvm_dump_wrtheader(kd, fp, 1) : kvm_dump_wrtheader64(kd, fp, 1);
		CHECK_EQ(row, "header", got, -1);
		CHECK_EQ(row, "bytes of a header", n, 0);
		CHECK_EQ(row, "bytes in a file", ftell(fp), 0);
		CHECK(strcmp(kvm_geterr(kd), text) == 0, "%s: %s, wanted %s", row, kvm_geterr(kd), text);
		(void)fclose(fp);
	}
	CHECK_EQ(row, "mkheader", kvm_dump_mkheader(kd, 0), -1);
	CHECK_TEXT(row, kvm_geterr(kd), "already has a dump header: memory image is a dump of ");
	CHECK_EQ(row, "inval", kvm_dump_inval(kd), -1);
	CHECK_TEXT(row, kvm_geterr(kd), "bad namelist: ");
}

static void
test_no_kcore(void)
{
	const struct kvm_open_options raw = { .ko_size = sizeof(raw), .ko_flags = KVM_OPEN_RAW,
		.ko_regime = "4level" };
	static uint8_t zeros[PAGE];
	for (size_t i = 0; i <= NTARGETS; i++) {
		const struct target *t = i < NTARGETS ? &targets[i] : &dragonfly;
		kvm_t *kd = open_target(t, "");
		writes_no_header(t->name, i == NTARGETS ? "dragonfly-minidump" :
		    t->magic != NULL ? "freebsd-minidump" : "elf-virtual", kd);
		kvm_close(kd);
	}
	kvm_t *kd = kvm_open_mem(NULL, zeros, sizeof(zeros), &raw, NULL);
	if (!CHECK(kd != NULL, "raw: open"))
		return;
	writes_no_header("raw", "raw", kd);
	kvm_close(kd);
}

/* A dump whose kernel has room for no CPU: variables of a CPU are not found. */
static void
test_no_cpus(void)
{
	const struct target *t = &targets[AMD64];
	char path[256];
	const size_t size = make_dump(t, kernel_file(t->name, path));
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "no CPUs: open"))
		return;
	const uint64_t at = symbol(kd, "mp_maxcpus");
	CHECK_EQ("no CPUs", "ticks", symbol(kd, "ticks"), symbol(kd, "pcpu_entry_ticks") + 0x10000);
	kvm_close(kd);
	put(t, image + size - NPAGES * PAGE + (at - t->base), 0, 4);
	kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "no CPUs: open"))
		return;
	struct kvm_nlist nl[] = { { "ticks", 9, 9 }, { 0 } };
	CHECK_EQ("no CPUs", "nlist", kvm_nlist2(kd, nl), 1);
	CHECK_EQ("no CPUs", "value", nl[0].n_value, 0);
	kvm_close(kd);
}

static kvm_t *knows_symbols;

static int
resolve(const char *name, kvaddr_t *va)
{
	struct kvm_symbol sym;
	if (kvm_symbol_find(knows_symbols, name, &sym) != 0)
		return -1;
	*va = sym.ky_value;
	return 0;
}

/* Symbols from a resolver, and no kernel's file: no structure is known. */
static void
test_resolver(void)
{
	const struct kvm_open_options o = { .ko_size = sizeof(o), .ko_resolver = resolve };
	const struct target *t = &targets[AMD64];
	char path[256];
	struct kvm_swap swap[4];
	double avg[3];
	const size_t size = make_dump(t, kernel_file(t->name, path));
	knows_symbols = kvm_open_mem(path, image, size, NULL, NULL);
	kvm_t *kd = kvm_open_mem(NULL, image, size, &o, NULL);
	if (!CHECK(kd != NULL && knows_symbols != NULL, "resolver: open"))
		return;
	CHECK_EQ("resolver", "ncpus", kvm_getncpus(kd), 3);
	CHECK_EQ("resolver", "loadavg", kvm_getloadavg(kd, avg, 3), 3);
	CHECK(kvm_getpcpu(kd, 0) == (void *)(intptr_t)-1, "resolver: getpcpu");
	CHECK_TEXT("resolver", kvm_geterr(kd),
	    "the layout of struct pcpu is not known: no kernel file with debug information was given");
	CHECK_EQ("resolver", "swapinfo", kvm_getswapinfo(kd, swap, 4, 0), -1);
	CHECK_TEXT("resolver", kvm_geterr(kd), "the layout of struct swdevt is not known: no kernel file");
	kvm_close(kd);
	kvm_close(knows_symbols);
	knows_symbols = NULL;
}

/* A kernel whose CPUs' times are no five words. */
static void
test_times(void)
{
	const struct kvm_open_options o = { .ko_size = sizeof(o), .ko_resolver = resolve };
	const struct target *t = &targets[AMD64];
	char path[256];
	long times[5];
	if (!reads_layouts())
		return;
	const size_t size = make_dump(t, kernel_file(t->name, path));
	knows_symbols = kvm_open_mem(path, image, size, NULL, NULL);
	kvm_t *kd = kvm_open_mem(UNIT_KERNELS "/pcpu-1", image, size, &o, NULL);
	if (!CHECK(kd != NULL && knows_symbols != NULL, "times: open"))
		return;
	CHECK_EQ("times", "refused", kvm_getcptime(kd, times), -1);
	CHECK(strcmp(kvm_geterr(kd), "cannot read cp_time array: pc_cp_time has 1 bytes, wanted 40") == 0,
	    "times: %s", kvm_geterr(kd));
	kvm_close(kd);
	kvm_close(knows_symbols);
	knows_symbols = NULL;
}

/* Reads that reach the top of the address space, whose last page is mapped. */
static void
test_top(void)
{
	const struct target *t = &targets[AMD64];
	char path[256];
	uint8_t b[8];
	const size_t size = make_dump(t, kernel_file(t->name, path)), pte = 2 * PAGE + 0x20000;
	put(t, image + 24, 1, 4);
	put(t, image + 40, 0 - (uint64_t)0x200000, 8);	/* kernbase */
	put(t, image + pte + 8 * 511, t->pa | 3, 8);
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "top: open"))
		return;
	CHECK(kernel_read(kd, UINT64_MAX - 7, b, 8) && memcmp(b, memory + PAGE - 8, 8) == 0, "top: the last word");
	CHECK(!kernel_read(kd, UINT64_MAX - 6, b, 8), "top: a byte more");
	CHECK(strcmp(kd->deep.text, "8 bytes at 0xfffffffffffffff9 go past the top of the address space") == 0,
	    "top: %s", kd->deep.text);
	kvm_close(kd);
}

/* A variable of the dump in image. */
static void
put_symbol(const struct target *t, kvm_t *kd, size_t size, const char *name, uint64_t off, uint64_t v,
    unsigned n)
{
	put(t, image + size - NPAGES * PAGE + (symbol(kd, name) - t->base) + off, v, n);
}

/* Loads without a scale, times that no long holds, and CPUs whose data is nowhere. */
static void
test_damaged_variables(void)
{
	const struct target *t = &targets[AMD64];
	char path[256], text[256];
	double avg[3];
	long times[5];
	const size_t size = make_dump(t, kernel_file(t->name, path));
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "damaged variables: open"))
		return;
	put_symbol(t, kd, size, "averunnable", 16, 0, 8);
	CHECK_EQ("no scale", "loadavg", kvm_getloadavg(kd, avg, 3), -1);
	CHECK(strcmp(kvm_geterr(kd), "can't read averunnable: its fscale is 0") == 0, "no scale: %s",
	    kvm_geterr(kd));
	if (reads_layouts()) {
		/* Of CPUs 2 and 3 there are 200 and 7000. */
		const uint64_t most = (uint64_t)LONG_MAX - 7200;
		for (unsigned more = 0; more < 2; more++) {
			put_symbol(t, kd, size, "pcpus", t->cptime, most + more, 8);
			CHECK_EQ("times", "status", kvm_getcptime(kd, times), more ? -1 : 0);
			if (!more)
				CHECK_EQ("times", "the most", times[0], LONG_MAX);
		}
		(void)snprintf(text, sizeof(text), "cannot read cp_time array: state 0 is %#jx, too large for this "
		    "host's long after a sum of %#jx", (uintmax_t)7000, (uintmax_t)LONG_MAX + 1 - 7000);
		CHECK(strcmp(kvm_geterr(kd), text) == 0, "times: %s, wanted %s", kvm_geterr(kd), text);
		put_symbol(t, kd, size, "cpuid_to_pcpu", 0, 0x1234, 8);
		CHECK(kvm_getpcpu(kd, 0) == (void *)(intptr_t)-1, "nowhere: getpcpu");
		CHECK_TEXT("nowhere", kvm_geterr(kd), "unable to read per-CPU data: ");
		CHECK_EQ("nowhere", "cptime", kvm_getcptime(kd, times), -1);
		CHECK_TEXT("nowhere", kvm_geterr(kd), "unable to read per-CPU data: ");
	}
	kvm_close(kd);
}

static uint64_t dmmax_at;

static int
dmmax_somewhere(const char *name, kvaddr_t *va)
{
	*va = dmmax_at;
	return strcmp(name, "dmmax") == 0 ? 0 : -1;
}

/* Kernels that never use the first dmmax blocks of a device: here what mp_ncpus is. */
static void
test_dmmax(void)
{
	const struct kvm_open_options o = { .ko_size = sizeof(o), .ko_resolver = dmmax_somewhere };
	if (!reads_layouts())
		return;
	for (unsigned k = 0; k < 3; k++) {
		enum { MIPS = 4 };
		const struct target *t = k == 0 ? &targets[AMD64] : k == 1 ? &dragonfly : &targets[MIPS];
		const bool freebsd = k != 1;
		const int devices = freebsd ? 4 : 2;
		const uint32_t some = 0x40000003;
		struct kvm_swap swap[5];
		char path[256];
		const size_t size = make_dump(t, kernel_file(t->name, path));
		kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
		if (!CHECK(kd != NULL, "dmmax: open"))
			return;
		dmmax_at = symbol(kd, "mp_ncpus");
		put_symbol(t, kd, size, "mp_ncpus", 0, some, 4);
		kvm_close(kd);
		kd = kvm_open_mem(path, image, size, &o, NULL);
		CHECK_EQ(t->name, "devices", kvm_getswapinfo(kd, swap, 5, 0), devices);
		CHECK_EQ(t->name, "blocks", swap[0].ksw_total, (uint32_t)(freebsd ? 100000 : 1000) - some);
		CHECK_EQ(t->name, "used", swap[0].ksw_used, freebsd ? 77 : 10);
		CHECK_EQ(t->name, "all blocks", swap[devices].ksw_total, freebsd ? 104370 - 4 * some :
		    1500 - 2 * some);
		kvm_close(kd);
	}
}

/* A kernel's file; its size. */
static size_t
read_kernel(const char *name, uint8_t *bytes, size_t most)
{
	char path[256];
	FILE *f = fopen(kernel_file(name, path), "rb");
	const size_t size = f != NULL ? fread(bytes, 1, most, f) : 0;
	if (!CHECK(size > 0 && size < most, "%s: %zu bytes", path, size))
		return 0;
	(void)fclose(f);
	return size;
}

static void
write_file(char *name, const void *bytes, size_t size)
{
	memcpy(name + strlen(name) - 6, "XXXXXX", 6);
	int fd = mkstemp(name);
	if (fd == -1 || write(fd, bytes, size) != (ssize_t)size || close(fd) == -1)
		abort();
}

static int
dmmax_nowhere(const char *name, kvaddr_t *va)
{
	*va = 0x1234;
	return strcmp(name, "dmmax") == 0 ? 0 : -1;
}

/* Kernels that lack what a network stack's variables are found by, and one whose number cannot be read. */
static void
test_incomplete(void)
{
	static const char *const names[] = { "__start_set_vnet", "__stop_set_vnet", "proc0", "nothing",
		"dmmax" };
	static uint8_t bytes[0x20000];
	if (!reads_layouts())
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *row = names[i];
		const bool vnet = i == 3, swaps = i != 4;
		const struct kvm_open_options o = { .ko_size = sizeof(o),
			.ko_resolver = swaps ? NULL : dmmax_nowhere };
		char path[] = "/tmp/unit-kernel-XXXXXX";
		const size_t size = read_kernel("amd64", bytes, sizeof(bytes));
		for (size_t k = 0; k + strlen(row) < size; k++)
			if (memcmp(bytes + k, row, strlen(row) + 1) == 0)
				bytes[k] = '?';
		write_file(path, bytes, size);
		const size_t len = make_dump(&targets[AMD64], path);
		kvm_t *kd = kvm_open_mem(path, image, len, &o, NULL);
		if (!CHECK(kd != NULL, "%s: open", row))
			return;
		struct kvm_nlist nl[] = { { "if_count", 9, 9 }, { 0 } };
		struct kvm_swap swap[5];
		CHECK_EQ(row, "vnet", kvm_nlist2(kd, nl), vnet ? 0 : 1);
		CHECK_EQ(row, "swapinfo", kvm_getswapinfo(kd, swap, 5, 0), swaps ? 4 : -1);
		if (!swaps)
			CHECK_TEXT(row, kvm_geterr(kd), "cannot read dmmax: ");
		kvm_close(kd);
		(void)unlink(path);
	}
}

/* A full dump does not tell where its tables are, and there is no kernel's code to search for. */
static void
test_full_no_kernel(void)
{
	char path[256], err[2048] = "";
	const struct target *t = &targets[1];
	(void)make_dump(t, kernel_file(t->name, path));
	memset(image, 0, PAGE);
	const size_t size = make_elf(t, memory, image);
	put(t, image + 64 + 8 + 2 * 8, t->pa, 8);	/* p_paddr */
	CHECK(kvm_open_mem(NULL, image, size, NULL, err) == NULL, "full: opens");
	CHECK_TEXT("full", err, "a full dump does not tell where its page tables are: give the kernel");
}

/* A kernel without debug information: what needs none works, the rest says what is missing. */
static void
test_no_debug(void)
{
	if (!reads_layouts())
		return;
	const struct target *t = &targets[AMD64];
	kvm_t *kd = open_target(t, "-nodebug");
	double avg[3];
	long times[5];
	struct kvm_swap swap[4];
	uint8_t b[8];
	CHECK_EQ("no debug", "ncpus", kvm_getncpus(kd), 3);
	CHECK_EQ("no debug", "loadavg", kvm_getloadavg(kd, avg, 3), 3);
	CHECK_EQ("no debug", "dpcpu", kvm_dpcpu_setcpu(kd, 2), 0);
	CHECK_EQ("no debug", "ticks", symbol(kd, "ticks"), symbol(kd, "pcpu_entry_ticks") + 0x30000);
	CHECK(kvm_getpcpu(kd, 0) == (void *)(intptr_t)-1, "no debug: getpcpu");
	CHECK_TEXT("no debug", kvm_geterr(kd), "struct pcpu");
	CHECK_TEXT("no debug", kvm_geterr(kd), "no debug information (.debug_info, .SUNW_ctf)");
	CHECK(kvm_getpcpu(kd, 1) == NULL, "no debug: a CPU that is not there");
	CHECK_EQ("no debug", "cptime", kvm_getcptime(kd, times), -1);
	CHECK_TEXT("no debug", kvm_geterr(kd), "no debug information");
	CHECK_EQ("no debug", "swapinfo", kvm_getswapinfo(kd, swap, 4, 0), -1);
	CHECK_TEXT("no debug", kvm_geterr(kd), "cannot read swinfo: ");
	CHECK_TEXT("no debug", kvm_geterr(kd), "no debug information");
	CHECK_EQ("no debug", "zpcpu", kvm_read_zpcpu(kd, 0, b, 8, 0), 0);
	CHECK_EQ("no debug", "counter", kvm_counter_u64_fetch(kd, 0), 0);
	struct kvm_nlist nl[] = { { "if_count", 9, 9 }, { 0 } };
	CHECK_EQ("no debug", "vnet is off", kvm_nlist2(kd, nl), 1);
	kvm_close(kd);
	/* And without a kernel at all. */
	kd = kvm_open_mem(NULL, image, sizeof(image), NULL, NULL);
	if (!CHECK(kd != NULL, "no kernel: open"))
		return;
	CHECK_EQ("no kernel", "ncpus", kvm_getncpus(kd), -1);
	CHECK_TEXT("no kernel", kvm_geterr(kd), "unable to find mp_ncpus");
	CHECK_EQ("no kernel", "loadavg", kvm_getloadavg(kd, avg, 3), -1);
	CHECK_TEXT("no kernel", kvm_geterr(kd), "_averunnable: no such symbol");
	CHECK_EQ("no kernel", "setcpu", kvm_dpcpu_setcpu(kd, 0), -1);
	CHECK_TEXT("no kernel", kvm_geterr(kd), "kvm_dpcpu_setcpu: init failed: ");
	CHECK_EQ("no kernel", "swapinfo", kvm_getswapinfo(kd, swap, 4, 0), -1);
	CHECK_TEXT("no kernel", kvm_geterr(kd), "unable to find swtailq");
	kvm_close(kd);
}

/* Layouts of kernels whose debug information is damaged somewhere: an error or an answer. */
static void
test_damaged(void)
{
	char path[256];
	uint64_t seed = 7;
	if (!reads_layouts())
		return;
	for (size_t i = 0; i < NTARGETS; i++) {
		FILE *f = fopen(kernel_file(targets[i].name, path), "rb");
		static uint8_t elf[0x20000];
		size_t size = f != NULL ? fread(elf, 1, sizeof(elf), f) : 0;
		if (!CHECK(size > 0 && size < sizeof(elf), "%s: %zu bytes", path, size))
			return;
		(void)fclose(f);
		for (int k = 0; k < 400; k++) {
			struct elf_file *e = NULL;
			struct elf_member m = { 0, 0 };
			struct kv_err err = { 0 };
			uint64_t n = 0;
			size_t at = (size_t)(unit_random(&seed) % size);
			uint8_t was = elf[at];
			elf[at] = (uint8_t)unit_random(&seed);
			/* Refused as a whole, or by sentences: as many checks whatever the compiler wrote. */
			enum kv_status opened = elf_file_open_mem(&e, "damaged", elf, size, &err),
			    s = opened != KV_OK ? opened : elf_struct_size(e, "swdevt", &n, &err);
			CHECK(s == KV_OK || err.text[0] != '\0', "%s: %zu: no sentence", path, at);
			if (opened == KV_OK)
				s = elf_struct_member(e, "pcpu", "pc_cp_time", &m, &err);
			CHECK(s != KV_OK || m.off + m.size <= UINT64_C(0xffffffff),
			    "%s: %zu: a member of %#jx at %#jx", path, at, (uintmax_t)m.size,
			    (uintmax_t)m.off);
			elf_file_close(e);
			elf[at] = was;
		}
	}
}

/* Replaces the attributes of all structs with a name and a size: how many there were. */
static unsigned
abbreviations_patch(uint8_t *elf, size_t size, uint8_t byte_size, uint8_t decl_line)
{
	unsigned n = 0;
	for (size_t i = 0; i + 10 <= size; i++) {
		/* DWARF 7.5.3: tag structure_type, children; name, byte_size, decl_file, decl_line, with forms. */
		uint8_t *p = elf + i;
		if (p[0] != 0x13 || p[1] != 1 || p[2] != 0x03 || p[4] != 0x0b || p[6] != 0x3a || p[8] != 0x3b)
			continue;
		p[4] = byte_size;
		p[8] = decl_line;
		n++;
	}
	return n;
}

/* Structs without a size, and with one that is too small for their members. */
static void
test_sizes(void)
{
	enum { BYTE_SIZE = 0x0b, BIT_SIZE = 0x0d, DECL_LINE = 0x3b, LINE = 20 };
	static const struct {
		const char *member;
		enum kv_status st;
	} rows[] = {
		{ "pc_odd", KV_OK }, { "pc_cpuid", KV_OK },	/* ends at 20 */
		{ "pc_word", KV_EFORMAT }, { "pc_cp_time", KV_EFORMAT },
	};
	char path[256];
	if (!reads_layouts())
		return;
	static uint8_t bytes[0x20000];
	for (unsigned swapped = 0; swapped < 2; swapped++) {
		FILE *f = fopen(kernel_file("amd64", path), "rb");
		const size_t size = f != NULL ? fread(bytes, 1, sizeof(bytes), f) : 0;
		if (!CHECK(size > 0 && size < sizeof(bytes), "%s: %zu bytes", path, size))
			return;
		(void)fclose(f);
		CHECK(abbreviations_patch(bytes, size, swapped ? DECL_LINE : BIT_SIZE,
		    swapped ? BYTE_SIZE : DECL_LINE) > 0, "%s: no struct", path);
		struct elf_file *elf = NULL;
		struct elf_member m;
		struct kv_err err = { .text = "" };
		uint64_t n = 0;
		if (!CHECK(elf_file_open_mem(&elf, "damaged", bytes, size, &err) == KV_OK, "%s", err.text))
			return;
		const enum kv_status st = elf_struct_size(elf, "pcpu", &n, &err);
		if (!swapped) {
			CHECK_EQ("no size", "status", st, KV_EFORMAT);
			CHECK_TEXT("no size", err.text, "damaged: debug information: it contradicts itself");
			elf_file_close(elf);
			continue;
		}
		CHECK_EQ("small", "size", n, LINE);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			err.text[0] = '\0';
			CHECK_EQ(rows[i].member, "status", elf_struct_member(elf, "pcpu", rows[i].member, &m, &err),
			    rows[i].st);
			if (rows[i].st != KV_OK)
				CHECK_TEXT(rows[i].member, err.text, "of struct pcpu has 0x");
		}
		CHECK_TEXT("small", err.text, "member pc_cp_time of struct pcpu has 0x28 bytes at 0x20, the struct 0x14");
		elf_file_close(elf);
	}
}

/* Members without a type: their size is not known, and that is said. */
static void
test_no_type(void)
{
	/* DWARF 7.5.3: tag member, no children; name, strx1; type, ref4; decl_file, data1. */
	static const uint8_t member[] = { 0x0d, 0, 0x03, 0x25, 0x49, 0x13, 0x3a, 0x0b };
	static uint8_t bytes[0x20000];
	unsigned n = 0;
	if (!reads_layouts())
		return;
	const size_t size = read_kernel("amd64", bytes, sizeof(bytes));
	for (size_t i = 0; i + sizeof(member) <= size; i++) {
		/* Names have another form in older versions of DWARF. */
		if (memcmp(bytes + i, member, 3) == 0 && memcmp(bytes + i + 4, member + 4, 4) == 0) {
			bytes[i + 4] = 0x31;	/* abstract_origin */
			n++;
		}
	}
	CHECK(n > 0, "no type: no member");
	struct elf_file *elf = NULL;
	struct elf_member m = { 0, 0 };
	struct kv_err err = { .text = "" };
	if (!CHECK(elf_file_open_mem(&elf, "damaged", bytes, size, &err) == KV_OK, "%s", err.text))
		return;
	CHECK_EQ("no type", "status", elf_struct_member(elf, "vnet", "vnet_magic_n", &m, &err), KV_EFORMAT);
	CHECK_TEXT("no type", err.text, "damaged: debug information: ");
	elf_file_close(elf);
}

static void
test_layout(void)
{
	static const struct {
		const char *structure, *member;
		uint64_t off[2], size[2];	/* LP64, ILP32 */
	} rows[] = {
		{ "pcpu", "pc_odd", { 0, 0 }, { 1, 1 } },
		{ "pcpu", "pc_curthread", { 8, 4 }, { 8, 4 } },
		{ "pcpu", "pc_cpuid", { 16, 8 }, { 4, 4 } },
		{ "pcpu", "pc_name", { 20, 12 }, { 12, 12 } },
		{ "pcpu", "pc_word", { 20, 12 }, { 4, 4 } },
		{ "pcpu", "pc_cp_time", { 32, 24 }, { 40, 20 } },
		{ "vnet", "vnet_magic_n", { 16, 8 }, { 4, 4 } },
		{ "vnet", "vnet_data_base", { 24, 16 }, { 8, 4 } },
		{ "cdev", "odd", { 0, 0 }, { 5, 5 } },
		{ "deep", "at8", { 4, 4 }, { 4, 4 } },
		{ "deep", "after", { 12, 12 }, { 4, 4 } },	/* a struct that is too deep */
	};
	char path[256];
	if (!reads_layouts())
		return;
	for (size_t i = 0; i < NTARGETS; i++) {
		struct elf_file *elf = NULL;
		const int w = targets[i].bits == 32;
		uint64_t size = 0;
		struct kv_err err = { 0 };
		if (!CHECK(elf_file_open(&elf, kernel_file(targets[i].name, path), &err) == KV_OK,
		    "%s: %s", path, err.text))
			continue;
		allocations_left = 0;
		const enum kv_status st = elf_struct_size(elf, "pcpu", &size, &err);
		allocations_left = -1;
		CHECK_EQ(path, "no memory", st, KV_ENOMEM);
		CHECK_TEXT(path, err.text, "no memory for debug information");
		CHECK_EQ(path, "size", elf_struct_size(elf, "pcpu", &size, &err), KV_OK);
		CHECK_EQ(path, "size", size, targets[i].pcpu);
		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
			struct elf_member m = { 99, 99 };
			CHECK_EQ(rows[k].member, "found", elf_struct_member(elf, rows[k].structure,
			    rows[k].member, &m, &err), KV_OK);
			CHECK_EQ(rows[k].member, "offset", m.off, rows[k].off[w]);
			CHECK_EQ(rows[k].member, "size", m.size, rows[k].size[w]);
		}
		struct elf_member m;
		CHECK_EQ(path, "no member", elf_struct_member(elf, "pcpu", "pc_none", &m, &err),
		    KV_EABSENT);
		CHECK_TEXT(path, err.text, "struct pcpu has no member pc_none");
		CHECK_EQ(path, "too deep", elf_struct_member(elf, "deep", "at9", &m, &err), KV_EABSENT);
		CHECK_EQ(path, "no struct", elf_struct_size(elf, "cp", &size, &err), KV_EABSENT);
		CHECK_TEXT(path, err.text, "no struct cp");
		elf_file_close(elf);
	}
}

/* ---- What is missing, or cannot be read ----------------------------------------------- */

enum call { NCPUS, MAXCPU, PCPU, SETCPU, COUNTER, LOADAVG, CPTIME, SWAP };

static int64_t
make_call(kvm_t *kd, enum call call)
{
	struct kvm_swap swap[6];
	double avg[3];
	long times[5];
	switch (call) {
	case NCPUS:
		return kvm_getncpus(kd);
	case MAXCPU:
		return kvm_getmaxcpu(kd);
	case PCPU:
		return (intptr_t)kvm_getpcpu(kd, 0);
	case SETCPU:
		return kvm_dpcpu_setcpu(kd, 0);
	case COUNTER:
		return (int64_t)kvm_counter_u64_fetch(kd, 0);
	case LOADAVG:
		return kvm_getloadavg(kd, avg, 3);
	case CPTIME:
		return kvm_getcptime(kd, times);
	default:
		return kvm_getswapinfo(kd, swap, 6, 0);
	}
}

/* The only symbol that is not the kernel file's. */
static const char *moved_name;
static uint64_t moved_to;

static int
moved(const char *name, kvaddr_t *va)
{
	*va = moved_to;
	return strcmp(name, moved_name) == 0 ? 0 : -1;
}

/* The dump in image with one symbol moved. */
static kvm_t *
open_moved(const char *path, size_t size, const char *name, uint64_t to)
{
	const struct kvm_open_options o = { .ko_size = sizeof(o), .ko_resolver = moved };
	moved_name = name;
	moved_to = to;
	kvm_t *kd = kvm_open_mem(path, image, size, &o, NULL);
	if (!CHECK(kd != NULL, "%s is moved: open", name))
		abort();
	return kd;
}

/* Variables that lie nowhere, or whose last byte does. */
static void
test_unreadable(void)
{
	enum { NOWHERE = 0x1234, END = NPAGES * PAGE, RISCV64 = 2 };
	static const struct {
		const struct target *target;
		const char *name;
		uint64_t to;		/* below PAGE: so far before the end of memory */
		enum call call;
		int result;
		const char *text;
	} rows[] = {
		{ &targets[AMD64], "mp_ncpus", NOWHERE, NCPUS, -1, "cannot read mp_ncpus: " },
		{ &targets[AMD64], "mp_ncpus", 3, NCPUS, -1, "cannot read mp_ncpus: " },
		{ &targets[AMD64], "mp_ncpus", NOWHERE, COUNTER, 0, "cannot read mp_ncpus: " },
		{ &targets[AMD64], "mp_maxcpus", NOWHERE, MAXCPU, -1, "cannot read mp_maxcpus: " },
		{ &targets[AMD64], "mp_maxcpus", NOWHERE, PCPU, -1, "cannot read mp_maxcpus: " },
		{ &targets[AMD64], "mp_maxcpus", NOWHERE, CPTIME, -1, "cannot read mp_maxcpus: " },
		{ &targets[AMD64], "mp_maxcpus", NOWHERE, SETCPU, -1,
		    "kvm_dpcpu_setcpu: init failed: cannot read mp_maxcpus: " },
		{ &targets[AMD64], "dpcpu_off", NOWHERE, SETCPU, -1,
		    "kvm_dpcpu_setcpu: init failed: cannot read dpcpu_off: " },
		{ &targets[AMD64], "dpcpu_off", 7, SETCPU, -1,
		    "kvm_dpcpu_setcpu: init failed: cannot read dpcpu_off: " },
		{ &targets[AMD64], "cpuid_to_pcpu", NOWHERE, PCPU, -1, "cannot read cpuid_to_pcpu array: " },
		{ &targets[AMD64], "cpuid_to_pcpu", NOWHERE, CPTIME, -1, "unable to read per-CPU data: " },
		{ &targets[AMD64], "averunnable", NOWHERE, LOADAVG, -1, "can't read averunnable: " },
		{ &targets[AMD64], "averunnable", 23, LOADAVG, -1, "can't read averunnable: " },
		{ &targets[AMD64], "averunnable", 11, LOADAVG, -1, "can't read averunnable: " },
		{ &targets[AMD64], "fscale", NOWHERE, LOADAVG, 3, "" },
		{ &targets[AMD64], "swtailq", NOWHERE, SWAP, -1, "cannot read swtailq: " },
		{ &dragonfly, "swdevt", NOWHERE, SWAP, -1, "cannot read swdevt: " },
		{ &dragonfly, "nswdev", NOWHERE, SWAP, -1, "cannot read nswdev: " },
		{ &targets[RISCV64], "cp_time", NOWHERE, CPTIME, -1, "cannot read cp_time array: " },
		{ &targets[RISCV64], "cp_time", 39, CPTIME, -1, "cannot read cp_time array: " },
	};
	if (!reads_layouts())
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct target *t = rows[i].target;
		char path[256];
		const size_t size = make_dump(t, kernel_file(t->name, path)), len = strlen(rows[i].text);
		kvm_t *kd = open_moved(path, size, rows[i].name,
		    rows[i].to == NOWHERE ? rows[i].to : t->base + END - rows[i].to);
		err_soft(kd, "nothing");
		CHECK_EQ(rows[i].name, "result", make_call(kd, rows[i].call), rows[i].result);
		if (len > 0) {
			CHECK(strncmp(kvm_geterr(kd), rows[i].text, len) == 0, "%s: %s, wanted %s", rows[i].name,
			    kvm_geterr(kd), rows[i].text);
			CHECK_TEXT(rows[i].name, kvm_geterr(kd) + len, rows[i].to == NOWHERE ?
			    ": no page tables are known for 0 to 0x" : "is not in the dump");
		}
		kvm_close(kd);
	}
}

/* Kernels without one of their symbols, structs or members. */
static void
test_without(void)
{
	static const struct {
		const char *name;
		enum call call;
		int result;
		const char *text;
		bool of_dragonfly, no_ticks, no_if_count;
	} rows[] = {
		{ "mp_ncpus", NCPUS, -1, "unable to find mp_ncpus: not in name list of /", false, false, false },
		{ "mp_ncpus", COUNTER, 0, "unable to find mp_ncpus: ", false, false, false },
		{ "mp_maxcpus", MAXCPU, -1, "unable to find mp_maxcpus: ", false, true, false },
		{ "mp_maxcpus", PCPU, -1, "unable to find mp_maxcpus: ", false, true, false },
		{ "mp_maxcpus", CPTIME, -1, "unable to find mp_maxcpus: ", false, true, false },
		{ "mp_maxcpus", SETCPU, -1, "kvm_dpcpu_setcpu: init failed: unable to find mp_maxcpus: ", false, true,
		    false },
		{ "dpcpu_off", SETCPU, -1, "kvm_dpcpu_setcpu: init failed: unable to find dpcpu_off: ", false, true,
		    false },
		{ "__start_set_pcpu", SETCPU, -1,
		    "kvm_dpcpu_setcpu: init failed: unable to find __start_set_pcpu: ", false, true, false },
		{ "__stop_set_pcpu", SETCPU, -1,
		    "kvm_dpcpu_setcpu: init failed: unable to find __stop_set_pcpu: ", false, true, false },
		{ "cpuid_to_pcpu", PCPU, -1, "unable to find cpuid_to_pcpu: not in name list of /", false, false, false },
		{ "cpuid_to_pcpu", CPTIME, -1, "unable to find cpuid_to_pcpu: not in name list of /", false, false,
		    false },
		{ "averunnable", LOADAVG, -1, "_averunnable: no such symbol in /", false, false, false },
		{ "swtailq", SWAP, -1, "unable to find swtailq: not in name list of /", false, false, false },
		{ "swdevt", SWAP, -1, "unable to find swdevt: not in name list of /", true, false, false },
		{ "nswdev", SWAP, -1, "unable to find nswdev: not in name list of /", true, false, false },
		{ "pcpu", PCPU, -1, "unable to find the size of struct pcpu: /", false, false, false },
		{ "pcpu", COUNTER, 0, "unable to find the size of struct pcpu: /", false, false, false },
		{ "pcpu", CPTIME, -1, "cannot read cp_time array: /", false, false, false },
		{ "pc_cp_time", CPTIME, -1, "cannot read cp_time array: /", false, false, false },
		{ "sw_nblks", SWAP, -1, "cannot read swinfo: /", false, false, false },
		{ "sw_used", SWAP, -1, "cannot read swinfo: /", false, false, false },
		{ "sw_flags", SWAP, -1, "cannot read swinfo: /", false, false, false },
		{ "sw_dev", SWAP, -1, "cannot read swinfo: /", false, false, false },
		{ "sw_list", SWAP, -1, "cannot read swinfo: /", false, false, false },
		{ "sw_nused", SWAP, -1, "cannot read swinfo: /", true, false, false },
		{ "sw_vp", SWAP, 4, "", false, false, false },
		{ "v_rdev", SWAP, 4, "", false, false, false },
		{ "si_name", SWAP, 4, "", false, false, false },
		{ "proc", SWAP, 4, "", false, false, true }, { "p_ucred", SWAP, 4, "", false, false, true },
		{ "cr_prison", SWAP, 4, "", false, false, true }, { "pr_vnet", SWAP, 4, "", false, false, true },
		{ "vnet_magic_n", SWAP, 4, "", false, false, true },
		{ "vnet_data_base", SWAP, 4, "", false, false, true },
	};
	static uint8_t bytes[0x20000];
	if (!reads_layouts())
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		const struct target *t = rows[i].of_dragonfly ? &dragonfly : &targets[AMD64];
		char path[] = "/tmp/unit-kernel-XXXXXX";
		const size_t size = read_kernel(t->name, bytes, sizeof(bytes));
		for (size_t k = 1; k + strlen(row) < size; k++)
			if (bytes[k - 1] == '\0' && memcmp(bytes + k, row, strlen(row) + 1) == 0)
				bytes[k] = '?';
		write_file(path, bytes, size);
		const size_t len = make_dump(t, path);
		kvm_t *kd = kvm_open_mem(path, image, len, NULL, NULL);
		if (!CHECK(kd != NULL, "%s: open", row))
			return;
		err_soft(kd, "nothing");
		CHECK_EQ(row, "result", make_call(kd, rows[i].call), rows[i].result);
		if (rows[i].text[0] != '\0')
			CHECK(strncmp(kvm_geterr(kd), rows[i].text, strlen(rows[i].text)) == 0, "%s: %s, wanted %s",
			    row, kvm_geterr(kd), rows[i].text);
		else {
			struct kvm_swap swap[5];
			CHECK_EQ(row, "devices", kvm_getswapinfo(kd, swap, 5, 0), 4);
			CHECK(strcmp(swap[0].ksw_devname, rows[i].no_if_count ? "ada0p2" : "#0x99") == 0,
			    "without %s: %s", row, swap[0].ksw_devname);
		}
		struct kvm_nlist nl[] = { { "ticks", 9, 9 }, { 0 } }, vnet[] = { { "if_count", 9, 9 }, { 0 } };
		CHECK_EQ(row, "ticks", kvm_nlist2(kd, nl), rows[i].no_ticks);
		CHECK_EQ(row, "if_count", kvm_nlist2(kd, vnet), rows[i].no_if_count);
		kvm_close(kd);
		(void)unlink(path);
	}
}

/* Where each CPU's variables and those of a network stack lie, in targets of 64 and of 32 bits. */
static void
test_elsewhere(void)
{
	enum { MIPS = 4 };
	static const unsigned which[] = { AMD64, MIPS };
	if (!reads_layouts())
		return;
	for (size_t i = 0; i < 2; i++) {
		const struct target *t = &targets[which[i]];
		const unsigned word = t->bits / 8;
		struct kvm_nlist ticks[] = { { "ticks", 9, 9 }, { 0 } }, vnet[] = { { "if_count", 9, 9 }, { 0 } };
		char path[256];
		const size_t size = make_dump(t, kernel_file(t->name, path));
		kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
		struct elf_member magic, base;
		if (!CHECK(kd != NULL && kernel_offsetof(kd, "vnet", "vnet_magic_n", &magic) &&
		    kernel_offsetof(kd, "vnet", "vnet_data_base", &base), "elsewhere: open"))
			return;
		/* Before the initial values: the distance is negative, and no address has more bits. */
		put_symbol(t, kd, size, "dpcpu_off", 0, 0 - (uint64_t)0x1000, word);
		CHECK_EQ(t->name, "CPU 0", symbol(kd, "ticks"), symbol(kd, "pcpu_entry_ticks") - 0x1000);
		put_symbol(t, kd, size, "vnet0", base.off, 0 - (uint64_t)0x1000, word);
		CHECK_EQ(t->name, "vnet", symbol(kd, "if_count"), symbol(kd, "vnet_entry_if_count") - 0x1000);
		/* What is there is no network stack. */
		put_symbol(t, kd, size, "vnet0", magic.off, 0x3e0d8f28, 4);
		CHECK_EQ(t->name, "no vnet", kvm_nlist2(kd, vnet), 1);
		CHECK_EQ(t->name, "no vnet's value", vnet[0].n_value, 0);
		/* CPU 2 of three, and of two. */
		CHECK_EQ(t->name, "set 2", kvm_dpcpu_setcpu(kd, 2), 0);
		put_symbol(t, kd, size, "mp_maxcpus", 0, 3, 4);
		CHECK_EQ(t->name, "of three", kvm_nlist2(kd, ticks), 0);
		put_symbol(t, kd, size, "mp_maxcpus", 0, 2, 4);
		CHECK_EQ(t->name, "of two", kvm_nlist2(kd, ticks), 1);
		kvm_close(kd);
		/* Distances and numbers that lie nowhere. */
		static const char *const names[] = { "dpcpu_off", "mp_maxcpus" };
		(void)make_dump(t, path);
		for (size_t k = 0; k < 2; k++) {
			kd = open_moved(path, size, names[k], 0x1234);
			CHECK_EQ(names[k], "ticks", kvm_nlist2(kd, ticks), 1);
			kvm_close(kd);
		}
	}
}

/* Zones are counted from __pcpu: a pointer, an array as large as struct pcpu or more, or nothing. */
static void
test_zone_base(void)
{
	static uint8_t bytes[0x20000];
	const struct target *t = &targets[AMD64];
	char path[256], other[] = "/tmp/unit-kernel-XXXXXX";
	uint8_t b = 0;
	if (!reads_layouts() || !fits("zones", t->base))
		return;
	size_t size = make_dump(t, kernel_file(t->name, path));
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "zones: open"))
		return;
	const uint64_t at = symbol(kd, "counters"), end = t->base + sizeof(memory);
	const uint64_t pcpus = symbol(kd, "pcpus"), array = symbol(kd, "__pcpu");
	memory[sizeof(memory) - 1] = image[size - 1] = 0x5a;
	CHECK_EQ("the last byte", "read", kvm_read_zpcpu(kd, (unsigned long)(end - 1 - pcpus), &b, 1, 0), 1);
	CHECK_EQ("the last byte", "value", b, 0x5a);
	kvm_close(kd);
	kd = open_moved(path, size, "__pcpu", 0x1234);
	CHECK_EQ("no pointer", "sum", kvm_counter_u64_fetch(kd, (unsigned long)at), 0x100020003);
	kvm_close(kd);
	/* System V gABI: st_value and st_size of the symbol. */
	const size_t len = read_kernel(t->name, bytes, sizeof(bytes));
	unsigned n = 0;
	for (size_t k = 0; k + 16 <= len; k++)
		if (get(t, bytes + k, 8) == array && get(t, bytes + k + 8, 8) == 8) {
			put(t, bytes + k + 8, 9, 8);
			n++;
		}
	CHECK_EQ("array", "symbols", n, 1);
	write_file(other, bytes, len);
	kd = kvm_open_mem(other, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "array: open"))
		return;
	CHECK_EQ("array", "sum", kvm_counter_u64_fetch(kd, (unsigned long)(at - array)), 0x100020003);
	kvm_close(kd);
	(void)unlink(other);
}

/* Reads of the kernel's memory: no byte more than wanted, from where the image has them. */
static void
test_kernel_read(void)
{
	enum { MIPS = 4 };
	char path[256];
	uint8_t b[16];
	const struct target *t = &targets[AMD64];
	const size_t size = make_dump(t, kernel_file(t->name, path));
	kvm_t *kd = kvm_open_mem(path, image, size - 1, NULL, NULL);
	if (!CHECK(kd != NULL, "read: open"))
		return;
	const uint64_t end = t->base + sizeof(memory);
	/* The stretch that holds them ends with the last byte, one behind it, and two. */
	for (unsigned more = 0; more < 3; more++) {
		memset(b, 0xa5, sizeof(b));
		CHECK(kernel_read(kd, end - 9 - more, b, 8) == true, "read: %u more: %s", more, kd->deep.text);
		CHECK(memcmp(b, memory + sizeof(memory) - 9 - more, 8) == 0 && b[8] == 0xa5, "read: %u more", more);
	}
	CHECK(!kernel_read(kd, end - 8, b, 8), "read: a byte that the file lacks");
	CHECK_TEXT("read", kd->deep.text, "the file is truncated");
	kvm_close(kd);
	/* Addresses of 32 bits, as an unsigned long of 64 may have them. */
	t = &targets[MIPS];
	kd = open_target(t, "");
	CHECK(kernel_read(kd, t->base | UINT64_C(0xffffffff00000000), b, 8) && memcmp(b, memory, 8) == 0,
	    "read: sign-extended");
	kvm_close(kd);
}

/* No memory for the copy of a struct pcpu. */
static void
test_pcpu_memory(void)
{
	if (!reads_layouts())
		return;
	kvm_t *kd = open_target(&targets[AMD64], "");
	void *p = kvm_getpcpu(kd, 0);
	CHECK(p != NULL && p != (void *)(intptr_t)-1, "pcpu: %s", kvm_geterr(kd));
	free(p);
	allocations_left = 0;
	p = kvm_getpcpu(kd, 0);
	allocations_left = -1;
	CHECK(p == (void *)(intptr_t)-1, "pcpu: without memory");
	CHECK(strcmp(kvm_geterr(kd), "out of memory: 280 bytes for struct pcpu") == 0, "pcpu: %s", kvm_geterr(kd));
	kvm_close(kd);
}

/* Where page 0 is mapped a pointer of 0 is none still: the device's number is its name. */
static void
test_null_pointers(void)
{
	enum { POWERPC64 = 6, EHSIZE = 64, PHSIZE = 56, PHNUM = 56 };
	const struct target *t = &targets[POWERPC64];
	struct kvm_swap swap[5];
	struct elf_member rdev, name;
	char path[256];
	if (!reads_layouts())
		return;
	/* One segment more: the last page, at 0. */
	const size_t size = make_dump(t, kernel_file(t->name, path));
	memcpy(image + EHSIZE + PHSIZE, image + EHSIZE, PHSIZE);
	put(t, image + PHNUM, 2, 2);
	put(t, image + EHSIZE + 8, size - PAGE, 8);
	put(t, image + EHSIZE + 16, 0, 8);
	put(t, image + EHSIZE + 32, PAGE, 8);
	put(t, image + EHSIZE + 40, PAGE, 8);
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL && kernel_offsetof(kd, "vnode", "v_rdev", &rdev) &&
	    kernel_offsetof(kd, "cdev", "si_name", &name), "page 0: open"))
		return;
	uint8_t *page0 = image + size - PAGE, b;
	CHECK_EQ("page 0", "read", kvm_read2(kd, 0, &b, 1), 1);
	put(t, page0 + rdev.off, symbol(kd, "cdev0"), 8);
	CHECK(kvm_getswapinfo(kd, swap, 5, 0) == 4, "no vnode: %s", kvm_geterr(kd));
	CHECK(strcmp(swap[1].ksw_devname, "#0x1234") == 0, "no vnode: %s", swap[1].ksw_devname);
	put_symbol(t, kd, size, "vnode0", rdev.off, 0, 8);
	memcpy(page0 + name.off, "wrong", 6);
	CHECK_EQ("no cdev", "devices", kvm_getswapinfo(kd, swap, 5, 0), 4);
	CHECK(strcmp(swap[0].ksw_devname, "#0x99") == 0, "no cdev: %s", swap[0].ksw_devname);
	/* A name without letters, and one of a letter. */
	put_symbol(t, kd, size, "vnode0", rdev.off, symbol(kd, "cdev0"), 8);
	for (unsigned n = 0; n < 2; n++) {
		put_symbol(t, kd, size, "cdev0", name.off, n == 0 ? 0 : 0x6100, 2);
		CHECK_EQ("letters", "devices", kvm_getswapinfo(kd, swap, 5, 0), 4);
		CHECK(strcmp(swap[0].ksw_devname, n == 0 ? "#0x99" : "a") == 0, "letters: %s", swap[0].ksw_devname);
	}
	kvm_close(kd);
}

/* A name that a pointer leads to, where memory ends: with its NUL, and before that. */
static void
test_name_at_end(void)
{
	enum { RISCV64 = 2 };
	const struct target *t = &targets[RISCV64];
	struct kvm_swap swap[5];
	struct elf_member name;
	char path[256];
	if (!reads_layouts())
		return;
	const size_t size = make_dump(t, kernel_file(t->name, path));
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL && kernel_offsetof(kd, "cdev", "si_name", &name), "name: open"))
		return;
	put_symbol(t, kd, size, "cdev0", name.off, t->base + sizeof(memory) - 3, 8);
	for (unsigned n = 2; n < 4; n++) {
		memcpy(image + size - 3, "abc", 3);
		if (n == 2)
			image[size - 1] = '\0';
		CHECK_EQ("name", "devices", kvm_getswapinfo(kd, swap, 5, 0), 4);
		CHECK(strcmp(swap[0].ksw_devname, n == 2 ? "ab" : "#0x99") == 0, "name: %s", swap[0].ksw_devname);
	}
	kvm_close(kd);
}

/* Names that fill their place have no NUL: of one byte, and of none. */
static void
test_short_names(void)
{
	const struct kvm_open_options o = { .ko_size = sizeof(o), .ko_resolver = resolve };
	const struct target *t = &targets[AMD64];
	struct kvm_swap swap[5];
	char path[256];
	if (!reads_layouts())
		return;
	const size_t size = make_dump(t, kernel_file(t->name, path));
	knows_symbols = kvm_open_mem(path, image, size, NULL, NULL);
	for (unsigned n = 0; n < 2; n++) {
		kvm_t *kd = kvm_open_mem(n == 0 ? UNIT_KERNELS "/pcpu-0" : UNIT_KERNELS "/pcpu-1", image, size, &o,
		    NULL);
		if (!CHECK(kd != NULL && knows_symbols != NULL, "names: open"))
			return;
		CHECK(kvm_getswapinfo(kd, swap, 5, 0) == 4, "names: %s", kvm_geterr(kd));
		CHECK(strcmp(swap[0].ksw_devname, n == 0 ? "#0x99" : "a") == 0, "names: %s", swap[0].ksw_devname);
		kvm_close(kd);
	}
	kvm_close(knows_symbols);
	knows_symbols = NULL;
}

/* As many devices as there may be, and one more: struct swdevt has 16 bytes, memory 4096 times that. */
static void
test_devices_max(void)
{
	char path[256];
	if (!reads_layouts())
		return;
	const size_t size = make_dump(&dragonfly, kernel_file(dragonfly.name, path));
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "devices: open"))
		return;
	put_symbol(&dragonfly, kd, size, "swdevt", 0, dragonfly.base, 8);
	put_symbol(&dragonfly, kd, size, "nswdev", 0, 4096, 4);
	CHECK(kvm_getswapinfo(kd, NULL, 0, 0) == 0, "4096 devices: %s", kvm_geterr(kd));
	put_symbol(&dragonfly, kd, size, "nswdev", 0, 4097, 4);
	CHECK_EQ("4097 devices", "result", kvm_getswapinfo(kd, NULL, 0, 0), -1);
	CHECK_TEXT("4097 devices", kvm_geterr(kd), "more than 4096 devices: ");
	put_symbol(&dragonfly, kd, size, "nswdev", 0, 0x1000000, 4);
	CHECK_EQ("2^24 devices", "result", kvm_getswapinfo(kd, NULL, 0, 0), -1);
	put_symbol(&dragonfly, kd, size, "nswdev", 0, 0, 4);
	struct kvm_swap swap = { .ksw_total = 9 };
	CHECK_EQ("no devices", "result", kvm_getswapinfo(kd, &swap, 1, 0), 0);
	CHECK_EQ("no devices", "total", swap.ksw_total, 0);
	kvm_close(kd);
}

/* Times of each CPU, none of which is larger than a long; their sum may be, or wrap. */
static void
test_large_sum(void)
{
	enum { STATE = 3 };
	const struct target *t = &targets[AMD64];
	char path[256], text[128];
	long times[5];
	if (!reads_layouts())
		return;
	const size_t size = make_dump(t, kernel_file(t->name, path));
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "sum: open"))
		return;
	const uint64_t array = symbol(kd, "cpuid_to_pcpu") - t->base;
	const unsigned at = t->cptime + 8 * STATE;
	uint8_t *data = image + size - NPAGES * PAGE;
	/* Of CPUs 0 and 2; the third adds what it has. */
	const uint64_t first = get(t, data + array, 8) - t->base + at,
	    second = get(t, data + array + 16, 8) - t->base + at,
	    third = get(t, data + (get(t, data + array + 24, 8) - t->base + at), 8);
	const struct {
		uint64_t first, second;
		bool ok;
	} rows[] = {
		{ LONG_MAX - third, 0, true }, { LONG_MAX - third - 1, 1, true },
		{ LONG_MAX, 1, false }, { 1, LONG_MAX, false },
		/* Sums of 2^64 and a bit more. */
		{ LONG_MAX, 0 - (uint64_t)LONG_MAX, false }, { 7, UINT64_MAX, false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(t, data + first, rows[i].first, 8);
		put(t, data + second, rows[i].second, 8);
		times[STATE] = -1;
		CHECK_EQ("sum", "result", kvm_getcptime(kd, times), rows[i].ok ? 0 : -1);
		CHECK_EQ("sum", "the state", times[STATE], rows[i].ok ? LONG_MAX : -1);
		(void)snprintf(text, sizeof(text), "cannot read cp_time array: state 3 is %#jx, too large for "
		    "this host's long after a sum of %#jx", (uintmax_t)rows[i].second, (uintmax_t)rows[i].first);
		if (!rows[i].ok)
			CHECK(strcmp(kvm_geterr(kd), text) == 0, "%s, wanted %s", kvm_geterr(kd), text);
	}
	kvm_close(kd);
}

static int
set_cpu_0(kvm_t *kd)
{
	return kvm_dpcpu_setcpu(kd, 0);
}

/* What a handle of kvm_open prints, it says in full: nothing is stored where it could be looked up. */
static void
test_printed(void)
{
	static const struct {
		const char *name;	/* of the variable that is 0 */
		int (*call)(kvm_t *kd);
		const char *text;
	} rows[] = {
		{ "mp_maxcpus", kvm_getmaxcpu, "unit: cannot read mp_maxcpus: it is 0 at 0x" },
		{ "mp_ncpus", kvm_getncpus, "unit: cannot read mp_ncpus: it is 0 at 0x" },
		{ "mp_maxcpus", set_cpu_0, "unit: kvm_dpcpu_setcpu: init failed: cannot read mp_maxcpus: "
		    "it is 0 at 0x" },
	};
	const struct target *t = &targets[AMD64];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char core[] = "/tmp/unit-core-XXXXXX", path[256], text[1024] = "";
		const size_t size = make_dump(t, kernel_file(t->name, path));
		kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
		if (!CHECK(kd != NULL, "printed: open"))
			return;
		put_symbol(t, kd, size, rows[i].name, 0, 0, 4);
		kvm_close(kd);
		write_file(core, image, size);
		kd = kvm_open(path, core, NULL, O_RDONLY, "unit");
		(void)unlink(core);
		FILE *to = tmpfile();
		const int own = dup(STDERR_FILENO);
		if (!CHECK(kd != NULL && to != NULL && own != -1, "printed: open"))
			return;
		err_soft(kd, "an older error");
		(void)fflush(stderr);
		(void)dup2(fileno(to), STDERR_FILENO);
		const int got = rows[i].call(kd);
		(void)fflush(stderr);
		(void)dup2(own, STDERR_FILENO);
		(void)close(own);
		rewind(to);
		const size_t n = fread(text, 1, sizeof(text) - 1, to);
		(void)fclose(to);
		CHECK_EQ(rows[i].name, "result", got, -1);
		CHECK(strncmp(text, rows[i].text, strlen(rows[i].text)) == 0, "printed: %s, wanted %s", text,
		    rows[i].text);
		CHECK(n > 0 && strchr(text, '\n') == text + n - 1, "printed: more than a line: %s", text);
		CHECK_TEXT("stored", kvm_geterr(kd), "an older error");
		kvm_close(kd);
	}
}

/* Times of all CPUs in one variable, of which one is larger than a long. */
static void
test_large_time(void)
{
	enum { RISCV64 = 2 };
	const struct target *t = &targets[RISCV64];
	char path[256], text[128];
	long times[5] = { 0 };
	const size_t size = make_dump(t, kernel_file(t->name, path));
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "time: open"))
		return;
	for (unsigned more = 0; more < 2; more++) {
		put_symbol(t, kd, size, "cp_time", 32, (uint64_t)LONG_MAX + more, 8);
		CHECK_EQ("time", "result", kvm_getcptime(kd, times), more ? -1 : 0);
		CHECK_EQ("time", "the last", times[4], LONG_MAX);
	}
	(void)snprintf(text, sizeof(text), "cannot read cp_time array: state 4 is %#jx, ", (uintmax_t)LONG_MAX + 1);
	CHECK_TEXT("time", kvm_geterr(kd), text);
	kvm_close(kd);
}

/* fscale is an int of 4 bytes, whatever is behind it. */
static void
test_fscale(void)
{
	char path[256];
	double avg[3];
	const size_t size = make_dump(&dragonfly, kernel_file(dragonfly.name, path));
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "fscale: open"))
		return;
	put_symbol(&dragonfly, kd, size, "fscale", 0, UINT64_C(0x8110000000), 5);
	CHECK_EQ("fscale", "loadavg", kvm_getloadavg(kd, avg, 3), 3);
	CHECK(avg[0] == 2048.0 / 0x10000000 && avg[2] == 100.0 / 0x10000000, "fscale: %g %g", avg[0], avg[2]);
	CHECK_EQ("fscale", "none", kvm_getloadavg(kd, avg, 0), 0);
	kvm_close(kd);
}

/* ---- CTF ---------------------------------------------------------------------------- */

/* Each struct's members by CTF, which tests/unit/kernel/ctf.py wrote, and by DWARF. */
static void
test_ctf(void)
{
	static const struct {
		const char *name, *member;
	} rows[] = {
		{ "pcpu", "pc_odd" }, { "pcpu", "pc_curthread" }, { "pcpu", "pc_cpuid" },
		{ "pcpu", "pc_name" }, { "pcpu", "pc_word" }, { "pcpu", "pc_cp_time" },
		{ "pcpu", "pc_nine" }, { "pcpu", "pc_pad" }, { "pcpu", "pc_none" },
		{ "deep", "at0" }, { "deep", "at8" }, { "deep", "at9" }, { "deep", "after" },
		{ "vnet", "vnet_le" }, { "vnet", "vnet_data_base" }, { "prison", "pr_odd" },
		{ "prison", "pr_vnet" }, { "proc", "p_ucred" }, { "loadavg", "fscale" },
		{ "swdevt", "sw_list" }, { "swdevt", "sw_dev" }, { "cdev", "si_name" },
		{ "cdev", "empty" }, { "vnode", "v_rdev" }, { "nothing", "at_all" },
	};
	if (!reads_layouts())
		return;
	for (size_t i = 0; i < NTARGETS; i++) {
		const char *row = with_ctf(&targets[i]);
		char path[256];
		struct elf_file *dwarf, *ctf;
		struct kv_err err = { .text = "" };
		if (row == NULL)
			continue;
		if (!CHECK(elf_file_open(&dwarf, kernel_file(targets[i].name, path), &err) == KV_OK &&
		    elf_file_open(&ctf, kernel_file(row, path), &err) == KV_OK, "%s", err.text))
			return;
		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
			struct elf_member a = { 1, 1 }, b = { 1, 1 };
			uint64_t one = 9, two = 9;
			CHECK_EQ(row, rows[k].name, elf_struct_size(ctf, rows[k].name, &two, &err),
			    elf_struct_size(dwarf, rows[k].name, &one, NULL));
			CHECK_EQ(row, rows[k].name, two, one);
			CHECK_EQ(row, rows[k].member, elf_struct_member(ctf, rows[k].name, rows[k].member,
			    &b, &err), elf_struct_member(dwarf, rows[k].name, rows[k].member, &a, NULL));
			CHECK_EQ(row, rows[k].member, b.off, a.off);
			CHECK_EQ(row, rows[k].member, b.size, a.size);
		}
		elf_file_close(dwarf);
		elf_file_close(ctf);
	}
}

/* What kernels of C seldom have: large structs, members of bits, types that go round. */
static void
test_ctf_types(void)
{
	static const struct {
		const char *name, *member;
		enum kv_status st;
		uint64_t off, size;
		const char *text;
	} rows[] = {
		{ "large", "first", KV_OK, 0, 70000, "" },
		{ "large", "last", KV_OK, 70000, 4, "" },
		{ "wide", "end", KV_OK, 599, 1, "" },
		{ "bits", "whole", KV_OK, 0, 4, "" },
		{ "bits", "part", KV_EUNSUP, 0, 0, "member part of struct bits is of bits" },
		{ "bits", "call", KV_EUNSUP, 0, 0, "has no size" },
		{ "bits", "itself", KV_EUNSUP, 0, 0, "has no size" },
		{ "bits", "beyond", KV_EFORMAT, 0, 0, "member beyond of struct bits has 0x4 bytes at 0x1" },
		{ "round", "behind", KV_OK, 0, 4, "" },
		{ "round", "nowhere", KV_EFORMAT, 0, 0, "struct round contradicts itself, or goes round" },
		{ "colour", "red", KV_EABSENT, 0, 0, "no struct colour" },
		{ "limited", "only", KV_OK, 0, 4, "" },
	};
	for (size_t i = 0; i < NTARGETS; i++) {
		const char *row = with_ctf(&targets[i]);
		char path[256];
		struct elf_file *elf;
		struct kv_err err = { .text = "" };
		uint64_t size = 0;
		if (row == NULL)
			continue;
		if (!CHECK(elf_file_open(&elf, kernel_file(row, path), &err) == KV_OK, "%s", err.text))
			return;
		CHECK_EQ(row, "large", elf_struct_size(elf, "large", &size, &err), KV_OK);
		CHECK_EQ(row, "large", size, 70004);
		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++) {
			struct elf_member m = { 0, 0 };
			CHECK_EQ(row, rows[k].member, elf_struct_member(elf, rows[k].name, rows[k].member,
			    &m, &err), rows[k].st);
			CHECK_EQ(row, rows[k].member, m.off, rows[k].off);
			CHECK_EQ(row, rows[k].member, m.size, rows[k].size);
			if (rows[k].st != KV_OK)
				CHECK_TEXT(rows[k].member, err.text, rows[k].text);
		}
		elf_file_close(elf);
	}
}

/* The section of such a kernel in memory; NULL if it is not there. */
static uint8_t *
ctf_of(const struct target *t, uint8_t *elf, size_t room, size_t *size)
{
	char path[256];
	FILE *f = fopen(kernel_file(with_ctf(t), path), "rb");
	*size = f != NULL ? fread(elf, 1, room, f) : 0;
	if (!CHECK(f != NULL && *size > 0 && *size < room, "%s: %zu bytes", path, *size))
		return NULL;
	(void)fclose(f);
	for (size_t i = 0; i + 4 < *size; i++)
		if (memcmp(elf + i, t->big ? "\xcf\xf1" : "\xf1\xcf", 2) == 0 && elf[i + 2] >= 2 &&
		    elf[i + 2] <= 3 && elf[i + 3] <= 1)
			return elf + i;
	CHECK(false, "%s: no CTF", path);
	return NULL;
}

/* Heads that contradict themselves, each by its sentence. */
static void
test_ctf_head(void)
{
	static const struct {
		const char *name;
		unsigned off;
		uint32_t value;
		unsigned size;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "magic number", 0, 0xcff2, 2, KV_EUNSUP, "its magic number is 0xcff2" },
		{ "version 1", 2, 1, 1, KV_EUNSUP, "its version 1, wanted" },
		{ "version 4", 2, 4, 1, KV_EUNSUP, "its version 4, wanted" },
		{ "a module", 8, 1, 4, KV_EUNSUP, "is a module's" },
		{ "cth_typeoff", 24, 0x10000000, 4, KV_EFORMAT, "cth_typeoff is 0x10000000, wanted 0x" },
		{ "cth_typeoff, odd", 24, 1, 4, KV_EFORMAT, "the type at 0x" },
		{ "cth_strlen", 32, 0x10000000, 4, KV_EFORMAT, "cth_stroff and cth_strlen is 0x1" },
		{ "cth_strlen", 32, 0xffffffff, 4, KV_EFORMAT, "cth_stroff and cth_strlen is 0x1" },
		{ "compressed", 3, 1, 1, KV_EFORMAT, "compressed data is damaged" },
		{ "a kind", 36 + 7, 0xff, 1, KV_EFORMAT, "the type at 0x0 of 0x" },
	};
	static uint8_t elf[0x20000];
	size_t size;
	uint8_t *ctf = ctf_of(&targets[AMD64], elf, sizeof(elf), &size);
	if (ctf == NULL)
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t was[4];
		struct elf_file *e = NULL;
		struct kv_err err = { .text = "" };
		uint64_t n = 77;
#ifndef HAVE_ZLIB
		if (rows[i].off == 3)
			continue;
#endif
		memcpy(was, ctf + rows[i].off, 4);
		put(&targets[AMD64], ctf + rows[i].off, rows[i].value, rows[i].size);
		if (!CHECK(elf_file_open_mem(&e, "damaged", elf, size, &err) == KV_OK, "%s", err.text))
			return;
		CHECK_EQ(rows[i].name, "status", elf_struct_size(e, "pcpu", &n, &err), rows[i].st);
		CHECK_TEXT(rows[i].name, err.text, "damaged: .SUNW_ctf");
		CHECK_TEXT(rows[i].name, err.text, rows[i].text);
		CHECK_EQ(rows[i].name, "untouched", n, 77);
		elf_file_close(e);
		memcpy(ctf + rows[i].off, was, 4);
	}
}

#ifdef HAVE_ZLIB
/* A stream of other bytes than the head says, and one whose checksum is wrong, though all are there. */
static void
test_ctf_compressed(void)
{
	static uint8_t elf[0x20000], plain[0x20000];
	unsigned compressed = 0;
	for (size_t i = 0; i < NTARGETS; i++) {
		const struct target *t = &targets[i];
		size_t size;
		if (with_ctf(t) == NULL)
			continue;
		uint8_t *ctf = ctf_of(t, elf, sizeof(elf), &size);
		if (ctf == NULL)
			return;
		if (ctf[3] == 0)
			continue;
		compressed++;
		uLongf len = sizeof(plain);
		uLong used = (uLong)(elf + size - ctf - 36);
		if (!CHECK(uncompress2(plain, &len, ctf + 36, &used) == Z_OK, "%s", t->name))
			continue;
		uint8_t *const damages[] = { ctf + (t->big ? 35 : 32), ctf + 36 + used - 1 };
		for (size_t k = 0; k < 2; k++) {
			struct elf_file *e = NULL;
			struct kv_err err = { .text = "" };
			uint64_t n = 77;
			++*damages[k];
			if (!CHECK(elf_file_open_mem(&e, "damaged", elf, size, &err) == KV_OK, "%s",
			    err.text))
				return;
			CHECK_EQ(t->name, "status", elf_struct_size(e, "pcpu", &n, &err), KV_EFORMAT);
			CHECK_TEXT(t->name, err.text, "its compressed data is damaged, or not 0x");
			CHECK_EQ(t->name, "untouched", n, 77);
			elf_file_close(e);
			--*damages[k];
		}
	}
	CHECK_EQ("compressed", "kernels", compressed, 2);
}
#else
static void
test_ctf_compressed(void)
{
	unit_skip("compressed CTF: built without zlib");
}
#endif

/* Each allocation for CTF fails in turn. */
static void
test_ctf_memory(void)
{
	for (size_t i = 0; i < NTARGETS; i++) {
		const char *row = with_ctf(&targets[i]);
		char path[256];
		enum kv_status st = KV_ENOMEM;
		int n = 0;
		if (row == NULL)
			continue;
		for (bool enough = false; !enough && n < 50; n++) {
			struct elf_file *elf;
			struct kv_err err = { .text = "" };
			uint64_t size = 0;
			if (!CHECK(elf_file_open(&elf, kernel_file(row, path), &err) == KV_OK, "%s", err.text))
				return;
			allocations_left = n;
			st = elf_struct_size(elf, "pcpu", &size, &err);
			enough = allocations_left > 0;
			allocations_left = -1;
			CHECK(st == KV_OK ? size == targets[i].pcpu : st == KV_ENOMEM && err.text[0] != '\0',
			    "%s: allocation %d: %#jx bytes, no sentence", row, n, (uintmax_t)size);
			elf_file_close(elf);
		}
		CHECK_EQ(row, "in the end", st, KV_OK);
		CHECK(n > 4, "%s: %d allocations", row, n);
	}
}

/* Anything else that may be damaged: an error or an answer. */
static void
test_ctf_damaged(void)
{
	static uint8_t elf[0x20000];
	uint64_t seed = 11;
	for (size_t i = 0; i < NTARGETS; i++) {
		size_t size;
		if (with_ctf(&targets[i]) == NULL)
			continue;
		uint8_t *ctf = ctf_of(&targets[i], elf, sizeof(elf), &size);
		if (ctf == NULL)
			return;
		for (int k = 0; k < 1000; k++) {
			struct elf_file *e = NULL;
			struct elf_member m = { 0, 0 };
			struct kv_err err = { .text = "" };
			uint64_t n = 0;
			uint8_t *at = ctf + unit_random(&seed) % 0x400, was = *at;
			*at = (uint8_t)unit_random(&seed);
			if (!CHECK(elf_file_open_mem(&e, "damaged", elf, size, &err) == KV_OK, "%s",
			    err.text))
				return;
			enum kv_status st = elf_struct_size(e, "swdevt", &n, &err);
			CHECK(st == KV_OK || err.text[0] != '\0', "%d: no sentence", k);
			err.text[0] = '\0';
			st = elf_struct_member(e, "pcpu", "pc_cp_time", &m, &err);
			CHECK(st != KV_OK ? err.text[0] != '\0' : elf_struct_size(e, "pcpu", &n, &err) ==
			    KV_OK && m.size <= n && m.off <= n - m.size, "%d: %#jx at %#jx of %#jx", k,
			    (uintmax_t)m.size, (uintmax_t)m.off, (uintmax_t)n);
			elf_file_close(e);
			*at = was;
		}
	}
}

/* ---- What FreeBSD's lib/libkvm/tests assert ----------------------------------------- */

static unsigned asked;

static int
knows_nothing(const char *name, kvaddr_t *addr)
{
	(void)addr;
	CHECK(name[0] != '_', "the resolver is asked for %s", name);
	asked++;
	return -1;
}

static int
verbatim(const char *name, kvaddr_t *addr)
{
	asked++;
	*addr = 0x123456;
	return strcmp(name, "_there") == 0 ? 0 : -1;
}

static void
test_open2(void)
{
	char core[] = "/tmp/unit-core-XXXXXX", garbage[] = "/tmp/unit-some-file-XXXXXX";
	char empty[] = "/tmp/unit-empty-XXXXXX", path[256], err[2048];
	const struct target *t = &targets[AMD64];
	size_t size = make_dump(t, kernel_file("amd64", path));
	write_file(core, image, size);
	write_file(garbage, "some text that is no dump, nor a kernel\n", 40);
	write_file(empty, "", 0);
	const struct {
		const char *name, *kernel, *core, *text;
		int flags;
	} rows[] = {
		{ "no such core", path, "/nonexistent", "/nonexistent: ", O_RDONLY },
		{ "no such kernel", "/nonexistent", core, "/nonexistent: ", O_RDONLY },
		{ "no such kernel, /dev/zero", "/nonexistent", "/dev/zero", "/nonexistent: ", O_RDONLY },
		{ "garbage for a core", path, garbage, "magic number at offset 0 is 73 6f 6d 65 20 74 "
		    "65 78, wanted \"minidump\" or an ELF file's, 7f 45 4c 46", O_RDONLY },
		{ "garbage, no kernel", NULL, garbage, "invalid core: ", O_RDONLY },
		{ "garbage for a kernel", garbage, "/bin/sh", "not an ELF file", O_RDONLY },
		{ "empty", path, empty, "empty file: Invalid argument", O_RDONLY },
		{ "flags", path, core, "bad flags arg", O_RDWR | O_TRUNC },
		{ "running kernel", NULL, NULL, "not supported for a running kernel", O_RDONLY },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(err, 0, sizeof(err));
		CHECK(kvm_open2(rows[i].kernel, rows[i].core, rows[i].flags, err, NULL) == NULL,
		    "%s: opens", rows[i].name);
		CHECK_TEXT(rows[i].name, err, rows[i].text);
		CHECK(kvm_open2(rows[i].kernel, rows[i].core, rows[i].flags, NULL, NULL) == NULL,
		    "%s: opens without errbuf", rows[i].name);
	}
	/* The same by kvm_openfiles: the kernel is FreeBSD's.  Without one it is NetBSD's rule. */
	CHECK(kvm_openfiles(path, garbage, NULL, O_RDONLY, err) == NULL, "garbage opens");
	CHECK_TEXT("garbage", err, "invalid core: ");
	kvm_t *kd = kvm_openfiles(NULL, garbage, NULL, O_RDONLY, err);
	CHECK(kd != NULL, "garbage without a kernel does not open: %s", err);
	if (kd != NULL)
		kvm_close(kd);
	/* No image at all: for a kernel's symbols. */
	kd = kvm_open_mem(path, NULL, 0, NULL, err);
	CHECK(kd != NULL && symbol(kd, "swap0") != 0, "a kernel alone does not open: %s", err);
	if (kd != NULL)
		kvm_close(kd);

	for (int i = 0; i < 3; i++) {
		int (*resolver)(const char *, kvaddr_t *) = i == 0 ? NULL : i == 1 ? knows_nothing :
		    verbatim;
		asked = 0;
		memcpy(err, "untouched", 10);
		kd = kvm_open2(path, core, i == 0 ? O_RDWR : O_RDONLY, err, resolver);
		if (!CHECK(kd != NULL, "open2 %d: %s", i, err))
			continue;
		CHECK(strcmp(err, "untouched") == 0, "errbuf is touched on success");
		CHECK(kvm_geterr(kd)[0] == '\0', "a fresh handle has an error: %s", kvm_geterr(kd));
		CHECK_EQ("open2", "resolver was asked to translate", asked, 0);
		uint8_t b[4], same[4];
		char *said = kvm_geterr(kd);
		CHECK_EQ("read", "nowhere", kvm_read2(kd, 0x1234, b, 4), -1);
		CHECK(strncmp(said, "invalid address (0x1234): ", 26) == 0, "text: %s", said);
		CHECK(kvm_readstr(kd, 0x1235, NULL, NULL) == NULL, "a string from nowhere");
		CHECK(strncmp(said, "invalid address (0x1235): ", 26) == 0, "text: %s", said);
		CHECK_EQ("read", "past the end", kvm_read2(kd, t->base + sizeof(memory) - 2, b, 4), -1);
		CHECK_TEXT("read", said, "invalid address (0xfffff80000210000): ");
		CHECK_TEXT("read", said, "is not in the dump");
		CHECK_EQ("read", "good", kvm_read2(kd, t->base + 8, b, 4), 4);
		CHECK_EQ("read", "bytes", memcmp(b, memory + 8, 4), 0);
		CHECK_TEXT("after a good read", said, "invalid address (0xfffff80000210000): ");
		struct kvm_range range;
		CHECK_EQ("xlate", "returned", kvm_xlate(kd, 0x4321, &range, NULL, NULL), 0);
		CHECK_TEXT("xlate", said, "invalid address (0x4321): ");
		CHECK_EQ("read", "good", kvm_read2(kd, t->base + 8, same, 4), 4);
		if (i != 0) {
			CHECK_EQ("write", "returned", kvm_write(kd, 0, NULL, 0), -1);
			CHECK_TEXT("write", said, "kvm_write not implemented for dead kernels: ");
			CHECK_EQ("ncpus", "from the file", kvm_getncpus(kd), 3);
		}
		struct kvm_nlist nl[] = { { "_there", 0, 0 }, { "swap0", 0, 0 }, { 0 } };
		asked = 0;
		if (i == 2) {
			CHECK_EQ("resolver", "not found", kvm_nlist2(kd, nl), 1);
			CHECK_EQ("resolver", "type", nl[0].n_type, N_DATA | N_EXT);
			CHECK_EQ("resolver", "value", nl[0].n_value, 0x123456);
			/* One, and one more with each prefix. */
			CHECK_EQ("resolver", "asked", asked, 4);
		}
		struct nlist old[] = { { .n_name = "_swap0", .n_other = 1, .n_desc = 1 }, { 0 } };
		if (i == 0 && kvm_nlist(kd, old) != -1) {
			CHECK_EQ("nlist", "value", old[0].n_value, symbol(kd, "swap0"));
			CHECK_EQ("nlist", "other", old[0].n_other, 0);
			CHECK_EQ("nlist", "desc", old[0].n_desc, 0);
		} else if (i == 0) {
			CHECK_TEXT("nlist", said, "use kvm_nlist2");
			unit_skip("kvm_nlist: addresses do not fit in this host's unsigned long");
		}
		CHECK_EQ("close", "returned", kvm_close(kd), 0);
	}
	errno = 0;
	CHECK(kvm_close(NULL) == -1 && errno == EINVAL, "kvm_close(NULL)");
	CHECK(kvm_geterr(NULL)[0] == '\0', "kvm_geterr(NULL)");
	(void)unlink(core);
	(void)unlink(garbage);
	(void)unlink(empty);
}

/* ---- kvm_walk_pages ------------------------------------------------------------------ */

struct pages {
	struct kvm_page v[600];
	size_t n, stop;
};

static int
collect(struct kvm_page *page, void *arg)
{
	struct pages *pages = arg;
	if (pages->n < sizeof(pages->v) / sizeof(pages->v[0]))
		pages->v[pages->n] = *page;
	return ++pages->n != pages->stop;
}

/*
 * An amd64 minidump, version 1: its page map has PTEs of 8 bytes from kernbase on.  Pages 0 to 3 of
 * the dump are physical 0x200000 and on.
 */
static void
test_walk_pages(void)
{
	const struct target *t = &targets[AMD64];
	const uint64_t kernbase = UINT64_MAX << 30, nx = UINT64_C(1) << 63;
	static const uint64_t ptes[] = { 0x203003, 0, 0x202001, 0x50003, 0x203003 };
	char path[256];
	size_t size = make_dump(t, kernel_file("amd64", path));
	put(t, image + 24, 1, 4);
	const size_t pte = 2 * PAGE + 0x20000, page0 = pte + PAGE;
	for (size_t i = 0; i < 5; i++)
		put(t, image + pte + 8 * i, ptes[i] | (i == 2 ? nx : 0), 8);
	static const struct {
		uint64_t kmap, pa;
		unsigned prot;
		bool there;
	} rows[] = {
		{ 0, 0x203000, 7, true }, { 0x2000, 0x202000, 1, true },
		{ 0x3000, 0x50000, 7, false }, { 0x4000, 0x203000, 7, true },
	};
	enum { KERNEL = 4, DIRECT = NPAGES - 2 };
	static struct pages all;
	all = (struct pages) { .n = 0 };
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "pages: open"))
		return;
	CHECK_EQ("pages", "returned", kvm_walk_pages(kd, collect, &all), 1);
	CHECK_EQ("pages", "number", all.n, KERNEL + DIRECT);
	for (size_t i = 0; i < KERNEL; i++) {
		const struct kvm_page *p = &all.v[i];
		CHECK_EQ("kernel", "kmap", p->kp_kmap_vaddr, kernbase + rows[i].kmap);
		CHECK_EQ("kernel", "pa", p->kp_paddr, rows[i].pa);
		CHECK_EQ("kernel", "dmap", p->kp_dmap_vaddr, UINT64_C(0xfffff80000000000) + rows[i].pa);
		CHECK_EQ("kernel", "prot", p->kp_prot, rows[i].prot);
		CHECK_EQ("kernel", "length", p->kp_len, PAGE);
		CHECK_EQ("kernel", "version", p->kp_version, 2);
		CHECK_EQ("kernel", "offset", p->kp_offset, rows[i].there ?
		    (int64_t)(page0 + (rows[i].pa - 0x200000)) : -1);
	}
	for (size_t i = 0; i < DIRECT; i++) {
		const struct kvm_page *p = &all.v[KERNEL + i];
		/* 0x202000 and 0x203000 were there. */
		uint64_t pa = 0x200000 + PAGE * (i < 2 ? i : i + 2);
		CHECK_EQ("direct", "kmap", p->kp_kmap_vaddr, 0);
		CHECK_EQ("direct", "pa", p->kp_paddr, pa);
		CHECK_EQ("direct", "dmap", p->kp_dmap_vaddr, UINT64_C(0xfffff80000000000) + pa);
		CHECK_EQ("direct", "prot", p->kp_prot, 3);
		CHECK_EQ("direct", "offset", p->kp_offset, (int64_t)(page0 + (pa - 0x200000)));
	}
	for (size_t stop = 1; stop <= KERNEL + DIRECT; stop++) {
		all = (struct pages) { .stop = stop };
		CHECK_EQ("stopped", "returned", kvm_walk_pages(kd, collect, &all), 0);
		CHECK_EQ("stopped", "number", all.n, stop);
	}
	kvm_close(kd);

	/* What the file lacks is in no record of the direct map. */
	all = (struct pages) { .n = 0 };
	kd = kvm_open_mem(path, image, size - PAGE - 1, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "pages: truncated");
	CHECK_EQ("truncated", "number", all.n, KERNEL + DIRECT - 1);
	CHECK_EQ("truncated", "last", all.v[KERNEL + DIRECT - 2].kp_len, PAGE - 1);
	if (kd != NULL)
		kvm_close(kd);
	/* Of its pages the first is physical 0, and none is in the file. */
	image[2 * PAGE] |= 1;
	all = (struct pages) { .n = 0 };
	kd = kvm_open_mem(path, image, page0, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "pages: heads alone");
	CHECK_EQ("heads alone", "number", all.n, KERNEL);
	for (size_t i = 0; i < KERNEL; i++)
		CHECK_EQ("heads alone", "kmap", all.v[i].kp_kmap_vaddr, kernbase + rows[i].kmap);
	if (kd != NULL)
		kvm_close(kd);

	/* Elsewhere the direct map does not begin at physical 0. */
	for (size_t i = 1; i < NTARGETS; i++) {
		all = (struct pages) { .n = 0 };
		kd = open_target(&targets[i], "");
		CHECK_EQ(targets[i].name, "returned", kvm_walk_pages(kd, collect, &all), 1);
		/* mips has it in the machine, of all that could be: absent memory is a record, too. */
		size_t first = 0;
		while (first < all.n && all.v[first].kp_offset == -1)
			first++;
		CHECK(all.n >= first + NPAGES, "%s: %zu pages", targets[i].name, all.n);
		const struct kvm_page *p = &all.v[first];
		bool dmap = targets[i].machine == 183 || targets[i].machine == 243;
		CHECK_EQ(targets[i].name, "kmap", p->kp_kmap_vaddr, dmap ? 0 : targets[i].base);
		CHECK_EQ(targets[i].name, "dmap", p->kp_dmap_vaddr, dmap ? targets[i].base : 0);
		CHECK_EQ(targets[i].name, "offset", memcmp(image + p->kp_offset, memory, PAGE), 0);
		kvm_close(kd);
	}
}

/* A direct map that ends before the dump's memory does: what is behind it is in no record. */
static void
test_short_direct_map(void)
{
	enum { SEEN = 5 };
	const struct target *t = &targets[AMD64];
	char path[256];
	const size_t size = make_dump(t, kernel_file("amd64", path));
	put(t, image + 56, t->base + SEEN * PAGE, 8);	/* dmapend */
	static struct pages all;
	all = (struct pages) { .n = 0 };
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "short direct map: walk");
	CHECK_EQ("short direct map", "number", all.n, SEEN);
	for (size_t i = 0; i < all.n && i < SEEN; i++)
		CHECK_EQ("short direct map", "dmap", all.v[i].kp_dmap_vaddr, t->base + i * PAGE);
	if (kd != NULL)
		kvm_close(kd);
}

/* A direct map from address 0 on: nothing is below it. */
static void
test_direct_map_from_0(void)
{
	const struct target *t = &targets[AMD64];
	char path[256];
	const size_t size = make_dump(t, kernel_file("amd64", path));
	put(t, image + 48, 0, 8);
	put(t, image + 56, 0x400000, 8);
	static struct pages all;
	all = (struct pages) { .n = 0 };
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "from 0: walk");
	CHECK_EQ("from 0", "number", all.n, NPAGES);
	for (size_t i = 0; i < all.n && i < NPAGES; i++) {
		CHECK_EQ("from 0", "kmap", all.v[i].kp_kmap_vaddr, 0);
		CHECK_EQ("from 0", "dmap", all.v[i].kp_dmap_vaddr, t->pa + i * PAGE);
	}
	if (kd != NULL)
		kvm_close(kd);
}

/* A page that was not dumped, and another that the kernel maps: what is behind them is told, too. */
static void
test_hole(void)
{
	enum { HOLE = 5, MAPPED = 9 };
	const struct target *t = &targets[AMD64];
	char path[256];
	static struct pages all;
	const size_t size = make_dump(t, kernel_file(t->name, path)), pte = 2 * PAGE + 0x20000;
	const uint64_t pfn = t->pa / PAGE + HOLE;
	image[2 * PAGE + pfn / 8] &= (uint8_t)~(1 << pfn % 8);
	put(t, image + 24, 1, 4);
	put(t, image + pte, (t->pa + MAPPED * PAGE) | 3, 8);
	all = (struct pages) { .n = 0 };
	kvm_t *kd = kvm_open_mem(path, image, size - PAGE, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "hole: walk");
	CHECK_EQ("hole", "number", all.n, NPAGES - 1);
	CHECK_EQ("hole", "mapped", all.v[0].kp_paddr, t->pa + MAPPED * PAGE);
	for (size_t i = 1, page = 0; i < NPAGES - 1; i++, page++) {
		page += page == HOLE || page == MAPPED;
		CHECK_EQ("hole", "memory", all.v[i].kp_paddr, t->pa + page * PAGE);
		CHECK_EQ("hole", "length", all.v[i].kp_len, PAGE);
		CHECK_EQ("hole", "offset", all.v[i].kp_offset, (int64_t)(pte + PAGE + (page - (page > HOLE)) * PAGE));
	}
	if (kd != NULL)
		kvm_close(kd);
}

/* A direct map that ends with the first byte of a page, and one that is longer than where it begins. */
static void
test_odd_direct_map(void)
{
	enum { SEEN = 5, ARM64 = 1, LOW = 2 * PAGE };
	struct target t = targets[ARM64];
	char path[256];
	static struct pages all;
	for (unsigned row = 0; row < 3; row++) {
		/* Row 2: the last of its pages is told by the page map. */
		const unsigned odd = row == 0 ? 0 : 1;
		t.pa = row == 0 ? LOW : targets[ARM64].pa;
		const size_t size = make_dump(&t, kernel_file(t.name, path)), pte = 2 * PAGE + 0x20000;
		const uint64_t dmap = t.base;
		put(&t, image + 48, t.pa, 8);
		put(&t, image + 56, dmap, 8);
		put(&t, image + 64, dmap + SEEN * PAGE + odd, 8);
		if (row == 2)
			put(&t, image + pte, (t.pa + SEEN * PAGE) | 0x403, 8);
		all = (struct pages) { .n = 0 };
		kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
		CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "odd direct map: walk");
		CHECK_EQ("odd direct map", "number", all.n, SEEN + odd);
		const size_t first = row == 2 ? 1 : 0;
		for (size_t i = 0; i < SEEN; i++) {
			CHECK_EQ("odd direct map", "memory", all.v[first + i].kp_paddr, t.pa + i * PAGE);
			CHECK_EQ("odd direct map", "address", all.v[first + i].kp_dmap_vaddr, dmap + i * PAGE);
			CHECK_EQ("odd direct map", "length", all.v[first + i].kp_len, PAGE);
		}
		const struct kvm_page *end = &all.v[row == 2 ? 0 : SEEN];
		if (odd) {
			CHECK_EQ("odd direct map", "its end", end->kp_dmap_vaddr, dmap + SEEN * PAGE);
			CHECK_EQ("odd direct map", "its end's length", end->kp_len, row == 2 ? PAGE : 1);
		}
		if (kd != NULL)
			kvm_close(kd);
	}
}

/* No direct map: what is at physical 0, and not mapped, has no address in it. */
static void
test_no_direct_map(void)
{
	enum { I386 = 3, PTES = 2 * PAGE + 0x20000, AT_0 = 1 };
	struct target t = targets[I386];
	char path[256];
	static struct pages all;
	t.pa = 0;
	const size_t size = make_dump(&t, kernel_file(t.name, path));
	put(&t, image + PTES + 4 * ((t.base - 0xc0000000) / PAGE + AT_0), 0, 4);
	all = (struct pages) { .n = 0 };
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "no direct map: walk");
	CHECK_EQ("no direct map", "number", all.n, NPAGES - 1);
	for (size_t i = 0; i < all.n && i < NPAGES - 1; i++) {
		CHECK_EQ("no direct map", "kmap", all.v[i].kp_kmap_vaddr, t.base + (i < AT_0 ? i : i + 1) * PAGE);
		CHECK_EQ("no direct map", "dmap", all.v[i].kp_dmap_vaddr, 0);
	}
	if (kd != NULL)
		kvm_close(kd);
}

/* Records end where pages do, though a segment begins within one. */
static void
test_odd_segment(void)
{
	enum { POWERPC64 = 6, PHDR = 64, ODD = 0x800 };
	const struct target *t = &targets[POWERPC64];
	char path[256];
	static struct pages all;
	const size_t size = make_dump(t, kernel_file(t->name, path));
	put(t, image + PHDR + 8, PAGE + ODD, 8);
	put(t, image + PHDR + 16, t->base + ODD, 8);
	put(t, image + PHDR + 32, NPAGES * PAGE - ODD - 1, 8);
	put(t, image + PHDR + 40, NPAGES * PAGE - ODD - 1, 8);
	all = (struct pages) { .n = 0 };
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "odd segment: walk");
	CHECK_EQ("odd segment", "number", all.n, NPAGES);
	for (size_t i = 0; i < all.n && i < NPAGES; i++) {
		const uint64_t skip = i == 0 ? ODD : 0;
		CHECK_EQ("odd segment", "address", all.v[i].kp_kmap_vaddr, t->base + i * PAGE + skip);
		CHECK_EQ("odd segment", "length", all.v[i].kp_len, PAGE - skip - (i == NPAGES - 1));
		CHECK_EQ("odd segment", "offset", all.v[i].kp_offset, (int64_t)(PAGE + i * PAGE + skip));
		/* Nothing tells it: what translates can be read and written. */
		CHECK_EQ("odd segment", "protection", all.v[i].kp_prot, 3);
	}
	if (kd != NULL)
		kvm_close(kd);
}

/* Pages mapped on both sides of the direct map: stopped, and without memory, in between. */
static void
test_both_sides(void)
{
	enum { PTES = 2 * PAGE + 0x20000, BELOW = 1, BELOW_TOO = 255, ABOVE = 400 };
	const struct target *t = &targets[AMD64];
	const uint64_t dmap = t->base - 0x200000, kernbase = dmap - 0x100000;
	char path[256];
	static struct pages all;
	const size_t size = make_dump(t, kernel_file(t->name, path));
	put(t, image + 24, 1, 4);
	put(t, image + 40, kernbase, 8);
	put(t, image + 56, dmap + 0x80000, 8);
	put(t, image + PTES + 8 * BELOW, (t->pa + PAGE) | 3, 8);
	put(t, image + PTES + 8 * BELOW_TOO, (t->pa + 5 * PAGE) | 3, 8);
	put(t, image + PTES + 8 * ABOVE, (t->pa + 3 * PAGE) | 3, 8);
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "both sides: open"))
		return;
	for (size_t stop = 0; stop < 4; stop++) {
		all = (struct pages) { .stop = stop };
		CHECK_EQ("both sides", "returned", kvm_walk_pages(kd, collect, &all), stop == 0);
		CHECK_EQ("both sides", "number", all.n, stop == 0 ? 3 : stop);
		CHECK_EQ("both sides", "below", all.v[0].kp_kmap_vaddr, kernbase + BELOW * PAGE);
		if (all.n > 1)	/* up to where the direct map begins */
			CHECK_EQ("both sides", "length", all.v[1].kp_len, PAGE);
	}
	/* Nothing is told after that, though there is memory again. */
	allocations_go_on = true;
	bool told = false;
	for (int n = 0; n < 20 && !told; n++) {
		all = (struct pages) { .n = 0 };
		allocations_left = n;
		const int ok = kvm_walk_pages(kd, collect, &all);
		const bool refused = allocations_left == -1;
		allocations_left = -1;
		if (refused && ok == 0 && strcmp(kvm_geterr(kd),
		    "kvm_walk_pages: no memory for the list of what was told") == 0) {
			CHECK_EQ("no memory", "told", all.n, 0);
			told = true;
		}
	}
	allocations_go_on = false;
	CHECK(told, "no memory: nothing says so");
	kvm_close(kd);
}

/* More stretches than one list holds at first: two pages in turn. */
static void
test_many_stretches(void)
{
	enum { MAPPED = 512 };
	const struct target *t = &targets[AMD64];
	char path[256];
	const size_t size = make_dump(t, kernel_file("amd64", path)), pte = 2 * PAGE + 0x20000;
	put(t, image + 24, 1, 4);
	for (unsigned i = 0; i < MAPPED; i++)
		put(t, image + pte + 8 * i, (t->pa + (i % 2 == 0 ? 5u : 3u) * PAGE) | 3, 8);
	static struct pages all;
	all = (struct pages) { .n = 0 };
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "stretches: walk");
	CHECK_EQ("stretches", "number", all.n, MAPPED + NPAGES - 2);
	if (kd != NULL)
		kvm_close(kd);
}

/*
 * The list of what was told is as long as there are stretches of memory, however often they are
 * mapped: all entries of a page map name one table, whose entries are six pages in turn.
 */
static void
test_mapped_often(void)
{
	enum { TABLE = 15, ENTRIES = 512, MAPPED = 6 };
	static const unsigned pages[MAPPED] = { 9, 1, 5, 13, 3, 7 };
	const struct target *t = &targets[AMD64];
	char path[256];
	const size_t size = make_dump(t, kernel_file(t->name, path));
	uint8_t *const pde = image + 2 * PAGE + 0x20000, *const pte = pde + (1 + TABLE) * PAGE;
	for (unsigned i = 0; i < ENTRIES; i++) {
		put(t, pde + 8 * i, (t->pa + TABLE * PAGE) | 3, 8);
		put(t, pte + 8 * i, (t->pa + pages[i % MAPPED] * PAGE) | 3, 8);
	}
	static struct pages all;
	all = (struct pages) { .n = 0 };
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	if (!CHECK(kd != NULL, "mapped often: open"))
		return;
	allocations_largest = 0;
	CHECK_EQ("mapped often", "walk", kvm_walk_pages(kd, collect, &all), 1);
	CHECK(allocations_largest <= 0x10000, "mapped often: %zu bytes at once", allocations_largest);
	CHECK_EQ("mapped often", "number", all.n, ENTRIES * ENTRIES + NPAGES - MAPPED);
	kvm_close(kd);
}

/*
 * An arm64 minidump whose direct map begins in the middle of the dump's memory.  Its page map has
 * pages 0 to 10 in one stretch, and three others before that, two of which are of it as well; and 9 to
 * 11 behind it.
 */
static void
test_direct_map_from_the_middle(void)
{
	enum { ARM64 = 1, MAPPED = 11, FIRST = 5, BEHIND = 3, REST = 3, BITMAP = 0x20000 };
	static const unsigned pages[] = { 12, 3, 1 }, direct[REST] = { 13, 14, 15 };
	const struct target *t = &targets[ARM64];
	const uint64_t dmap = t->base - 0x200000, kernbase = UINT64_C(0xfffffffff0000000);
	char path[256];
	const size_t size = make_dump(t, kernel_file(t->name, path)), pte = 2 * PAGE + BITMAP;
	put(t, image + 48, t->pa + FIRST * PAGE, 8);	/* dmapphys */
	for (unsigned i = 0; i < 3; i++)
		put(t, image + pte + 16 * i, (t->pa + pages[i] * PAGE) | 0x403, 8);
	for (unsigned i = 0; i < MAPPED; i++)
		put(t, image + pte + 8 * (8 + i), (t->pa + i * PAGE) | 0x403, 8);
	for (unsigned i = 0; i < BEHIND; i++)
		put(t, image + pte + 8 * (24 + i), (t->pa + (9 + i) * PAGE) | 0x403, 8);
	static struct pages all;
	all = (struct pages) { .n = 0 };
	kvm_t *kd = kvm_open_mem(path, image, size, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "from the middle: walk");
	CHECK_EQ("from the middle", "number", all.n, 3 + MAPPED + BEHIND + REST);
	for (unsigned i = 0; i < 3 + MAPPED; i++) {
		const unsigned page = i < 3 ? pages[i] : i - 3;
		CHECK_EQ("from the middle", "address", all.v[i].kp_kmap_vaddr, kernbase + PAGE *
		    (i < 3 ? 2 * i : i + 5));
		CHECK_EQ("from the middle", "memory", all.v[i].kp_paddr, t->pa + page * PAGE);
		CHECK_EQ("from the middle", "direct", all.v[i].kp_dmap_vaddr,
		    page < FIRST ? 0 : dmap + (page - FIRST) * PAGE);
	}
	for (unsigned i = 0; i < REST; i++) {
		const struct kvm_page *p = &all.v[3 + MAPPED + BEHIND + i];
		CHECK_EQ("from the middle", "the rest", p->kp_paddr, t->pa + direct[i] * PAGE);
		CHECK_EQ("from the middle", "its address", p->kp_dmap_vaddr, dmap + (direct[i] - FIRST) * PAGE);
		CHECK_EQ("from the middle", "its length", p->kp_len, PAGE);
	}
	if (kd != NULL)
		kvm_close(kd);
}

/* A large page of a page map is one record, if memory and file are as straight. */
static void
test_large_page(void)
{
	enum { LARGE = 0x200000, BITMAP = PAGE, HEAD = 4 * PAGE };
	const struct target *t = &targets[AMD64];
	uint8_t *big = calloc(1, HEAD + LARGE + PAGE);
	if (big == NULL)
		abort();
	memcpy(big, t->magic, strlen(t->magic));
	put(t, big + 24, 2, 4);
	put(t, big + 28, 1, 4);
	put(t, big + 32, BITMAP, 4);
	put(t, big + 36, PAGE, 4);
	put(t, big + 40, UINT64_MAX << 30, 8);
	for (size_t pfn = LARGE / PAGE; pfn < 2 * LARGE / PAGE; pfn++)
		big[2 * PAGE + pfn / 8] |= (uint8_t)(1 << pfn % 8);
	put(t, big + 3 * PAGE, LARGE | 0x83, 8);
	static struct pages all;
	all = (struct pages) { .n = 0 };
	kvm_t *kd = kvm_open_mem(NULL, big, HEAD + LARGE, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "large: walk");
	CHECK_EQ("large", "number", all.n, 1);
	CHECK_EQ("large", "length", all.v[0].kp_len, LARGE);
	CHECK_EQ("large", "offset", all.v[0].kp_offset, HEAD);
	if (kd != NULL)
		kvm_close(kd);
	/* The file lacks its last byte: no large page is there. */
	all = (struct pages) { .n = 0 };
	kd = kvm_open_mem(NULL, big, HEAD + LARGE - 1, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "large: walk");
	CHECK(all.n >= LARGE / PAGE, "cut: %zu records", all.n);
	for (size_t i = 0; i < LARGE / PAGE; i++) {
		CHECK_EQ("cut", "length", all.v[i].kp_len, i < LARGE / PAGE - 1 ? PAGE : PAGE - 1);
		CHECK_EQ("cut", "offset", all.v[i].kp_offset, (int64_t)(HEAD + i * PAGE));
	}
	if (kd != NULL)
		kvm_close(kd);
	/* As much memory in small pages, a page away from where a large one could be. */
	put(t, big + 24, 1, 4);
	for (size_t i = 0; i < LARGE / PAGE; i++)
		put(t, big + 3 * PAGE + 8 * i, (LARGE + (i + 1) * PAGE) | 3, 8);
	big[2 * PAGE + LARGE / PAGE / 8] &= 0xfe;
	big[2 * PAGE + 2 * LARGE / PAGE / 8] |= 1;
	all = (struct pages) { .n = 0 };
	kd = kvm_open_mem(NULL, big, HEAD + LARGE, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "small: walk");
	CHECK_EQ("small", "number", all.n, LARGE / PAGE);
	for (size_t i = 0; i < LARGE / PAGE; i++) {
		CHECK_EQ("small", "length", all.v[i].kp_len, PAGE);
		CHECK_EQ("small", "memory", all.v[i].kp_paddr, LARGE + (i + 1) * PAGE);
		CHECK_EQ("small", "offset", all.v[i].kp_offset, (int64_t)(HEAD + i * PAGE));
	}
	if (kd != NULL)
		kvm_close(kd);
	/* Each in a stretch of its own, but the last, which the direct map tells. */
	put(t, big + 48, UINT64_C(0xfffff80000000000), 8);
	put(t, big + 56, UINT64_C(0xfffff80000800000), 8);
	for (size_t i = 0; i < LARGE / PAGE; i++)
		put(t, big + 3 * PAGE + 8 * i, i == 0 ? 0 : (LARGE + (LARGE / PAGE - i) * PAGE) | 3, 8);
	all = (struct pages) { .n = 0 };
	kd = kvm_open_mem(NULL, big, HEAD + LARGE, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "backwards: walk");
	CHECK_EQ("backwards", "number", all.n, LARGE / PAGE);
	CHECK_EQ("backwards", "the first", all.v[0].kp_paddr, 2 * LARGE - PAGE);
	CHECK_EQ("backwards", "the last", all.v[LARGE / PAGE - 1].kp_paddr, 2 * LARGE);
	CHECK_EQ("backwards", "its kmap", all.v[LARGE / PAGE - 1].kp_kmap_vaddr, 0);
	if (kd != NULL)
		kvm_close(kd);
	put(t, big + 48, 0, 8);
	put(t, big + 56, 0, 8);
	put(t, big + 24, 2, 4);
	memset(big + 3 * PAGE, 0, PAGE);
	put(t, big + 3 * PAGE, LARGE | 0x83, 8);
	big[2 * PAGE + LARGE / PAGE / 8] |= 1;
	big[2 * PAGE + 2 * LARGE / PAGE / 8] &= 0xfe;
	/* One page of it was not dumped: the others follow each other in the file. */
	big[2 * PAGE + (LARGE / PAGE + 3) / 8] &= (uint8_t)~(1 << 3);
	all = (struct pages) { .n = 0 };
	kd = kvm_open_mem(NULL, big, HEAD + LARGE - PAGE, NULL, NULL);
	CHECK(kd != NULL && kvm_walk_pages(kd, collect, &all) == 1, "large: walk");
	CHECK_EQ("with a hole", "number", all.n, LARGE / PAGE);
	for (size_t i = 0; i < all.n && i < LARGE / PAGE; i++) {
		CHECK_EQ("with a hole", "va", all.v[i].kp_kmap_vaddr, (UINT64_MAX << 30) + i * PAGE);
		CHECK_EQ("with a hole", "offset", all.v[i].kp_offset, i == 3 ? -1 :
		    (int64_t)(HEAD + (i - (i > 3)) * PAGE));
	}
	if (kd != NULL)
		kvm_close(kd);
	free(big);
}

/* Handles do not share what they know. */
static void
test_two_handles(void)
{
	static uint8_t other[sizeof(image)];
	kvm_t *a, *b;
	char path[256];
	size_t size = make_dump(&targets[AMD64], kernel_file("amd64", path));
	memcpy(other, image, sizeof(image));
	a = kvm_open_mem(path, other, size, NULL, NULL);
	if (!CHECK(a != NULL, "two: open"))
		return;
	CHECK_EQ("two", "set", kvm_dpcpu_setcpu(a, 2), 0);
	b = open_target(&targets[1], "");
	CHECK_EQ("two", "the other's CPU", symbol(b, "ticks"), symbol(b, "pcpu_entry_ticks") + 0x10000);
	CHECK_EQ("two", "own CPU", symbol(a, "ticks"), symbol(a, "pcpu_entry_ticks") + 0x30000);
	kvm_close(a);
	CHECK_EQ("two", "ncpus", kvm_getncpus(b), 3);
	kvm_close(b);
}

static const struct unit_test tests[] = {
	{ "layout", test_layout },
	{ "CTF", test_ctf }, { "CTF's types", test_ctf_types }, { "CTF's head", test_ctf_head },
	{ "compressed CTF", test_ctf_compressed }, { "no memory for CTF", test_ctf_memory },
	{ "damaged CTF", test_ctf_damaged },
	{ "per CPU", test_percpu },
	{ "zones", test_zones },
	{ "dpcpu, vnet, nlist", test_dpcpu },
	{ "statistics", test_statistics },
	{ "DragonFly", test_dragonfly },
	{ "no CPUs", test_no_cpus },
	{ "forms without a header to write", test_no_kcore },
	{ "resolver", test_resolver },
	{ "no debug information", test_no_debug },
	{ "damaged debug information", test_damaged },
	{ "sizes of structs", test_sizes },
	{ "members without a type", test_no_type },
	{ "incomplete kernels", test_incomplete },
	{ "full dump, no kernel", test_full_no_kernel },
	{ "short direct map", test_short_direct_map },
	{ "direct map from 0", test_direct_map_from_0 },
	{ "a hole", test_hole },
	{ "odd direct map", test_odd_direct_map },
	{ "no direct map", test_no_direct_map },
	{ "odd segment", test_odd_segment },
	{ "both sides of the direct map", test_both_sides },
	{ "many stretches", test_many_stretches },
	{ "memory mapped often", test_mapped_often },
	{ "direct map from the middle", test_direct_map_from_the_middle },
	{ "no dump", test_no_dump },
	{ "members", test_members },
	{ "limits", test_limits },
	{ "damaged variables", test_damaged_variables },
	{ "blocks that are never used", test_dmmax },
	{ "times of another size", test_times },
	{ "top of the address space", test_top },
	{ "a list that goes round", test_round_list },
	{ "kvm_open2", test_open2 },
	{ "kvm_walk_pages", test_walk_pages },
	{ "large page", test_large_page },
	{ "two handles", test_two_handles },
	{ "unreadable variables", test_unreadable },
	{ "kernels without", test_without },
	{ "variables elsewhere", test_elsewhere },
	{ "zones from __pcpu", test_zone_base },
	{ "reads of the kernel", test_kernel_read },
	{ "no memory for struct pcpu", test_pcpu_memory },
	{ "pointers of 0", test_null_pointers },
	{ "a name at memory's end", test_name_at_end },
	{ "short names", test_short_names },
	{ "the most devices", test_devices_max },
	{ "fscale", test_fscale },
	{ "a large time", test_large_time },
	{ "a large sum of times", test_large_sum },
	{ "printed errors", test_printed },
	{ 0 },
};
const struct unit_suite unit_freebsd = { "freebsd", tests };
