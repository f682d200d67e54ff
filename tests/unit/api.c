/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/api over a dump made by hand: what callers of kvm.h may rely on. */
#include "kvm.h"
#ifdef __has_include
#if __has_include(<nlist.h>)
#include <nlist.h>	/* libelf's: must compile after kvm.h, and must not replace struct nlist */
#endif
#endif

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocations.h"
#include "api/handle.h"
#include "dump.h"
#include "unit.h"

static uint8_t image[DUMP_SIZE];
static char path[] = "/tmp/unit-api-XXXXXX";

static char kernel[] = "/tmp/unit-kernel-XXXXXX";

static void
write_file(char *name, const uint8_t *bytes, size_t size)
{
	memcpy(name + strlen(name) - 6, "XXXXXX", 6);
	int fd = mkstemp(name);
	if (fd == -1 || write(fd, bytes, size) != (ssize_t)size || close(fd) == -1)
		abort();
}

/* The dump and its kernel as files. */
static void
make_file(size_t size)
{
	uint8_t elf[DUMP_KERNEL_SIZE];
	dump_make_kernel(elf);
	write_file(kernel, elf, sizeof(elf));
	write_file(path, image, size);
}

static void
remove_file(void)
{
	(void)unlink(path);
	(void)unlink(kernel);
}

enum mode { MEM, MAPPED, PREAD, NOCACHE, NMODES };
static const char *const mode_names[] = { "memory", "mapped", "pread", "no cache" };

static kvm_t *
open_mode(enum mode mode, size_t size)
{
	struct kvm_open_options o = { .ko_size = sizeof(o) };
	char err[2048] = "";
	if (mode == PREAD)
		o.ko_flags = KVM_OPEN_PREAD;
	if (mode == NOCACHE)
		o.ko_flags = KVM_OPEN_NOCACHE;
	kvm_t *kd = mode == MEM ? kvm_open_mem(kernel, image, size, &o, err) :
	    kvm_open_image(kernel, path, O_RDONLY, &o, err);
	if (!CHECK(kd != NULL, "open: %s", err))
		abort();
	return kd;
}

/* What a byte reads as, worked out by hand; -1: unmapped, -2: absent. */
static int
want_byte(uint64_t va)
{
	static const int64_t pages[] = { 0x7000, 0x100000, 0x9000, 0x50000, -1, 0x101000, 0x102000 };
	int64_t pa = -1;
	if (va >= DUMP_TOP)
		pa = 0x7000 + (int64_t)(va - DUMP_TOP);
	else if (va >= DUMP_VA && va < DUMP_VA + 0x7000) {
		pa = pages[(va - DUMP_VA) >> 12];
		pa = pa == -1 ? -1 : pa + (int64_t)(va & 0xfff);
	} else if (va >= DUMP_VA + 0x200000 && va < DUMP_VA + 0x400000)
		pa = (int64_t)(va - DUMP_VA - 0x200000);
	if (pa == -1)
		return -1;
	if (!(pa >= DUMP_SEG0 && pa < DUMP_SEG0 + DUMP_SEG0_LEN) &&
	    !(pa >= DUMP_SEG1 && pa < DUMP_SEG1 + DUMP_SEG1_LEN))
		return -2;
	return image[dump_offset((uint64_t)pa)];
}

static const struct {
	const char *name;
	uint64_t va;
	size_t len;
	kssize_t ret;
	const char *text;
} read_rows[] = {
	{ "byte",		DUMP_VA,	    1,	    1,	    "" },
	{ "eight",		DUMP_VA + 3,	    8,	    8,	    "" },
	{ "two pages, far apart", DUMP_VA + 0xffc,  8,	    8,	    "" },
	{ "three pages",	DUMP_VA,	    0x3000, 0x3000, "" },
	{ "into an absent page", DUMP_VA + 0x2ffc,  8,	    -1,
	    "_kvm_kvatop(ffffffff80003000): " },
	{ "absent",		DUMP_VA + 0x3000,   1,	    -1,	    "is not in the dump" },
	{ "not present",	DUMP_VA + 0x4000,   1,	    -1,	    "is not present" },
	{ "before a page",	DUMP_VA + 0x4fff,   1,	    -1,	    "is not present" },
	{ "into a hole",	DUMP_VA + 0x6fff,   2,	    -1,	    "is not present" },
	{ "large, absent start", DUMP_VA + 0x200fff, 1,	    -1,	    "is not in the dump" },
	{ "large, first",	DUMP_VA + 0x201000, 16,	    16,	    "" },
	{ "large, last",	DUMP_VA + 0x209fff, 1,	    1,	    "" },
	{ "large, past a segment", DUMP_VA + 0x209fff, 2,   -1,	    "is not in the dump" },
	{ "large, second",	DUMP_VA + 0x302fff, 1,	    1,	    "" },
	{ "not canonical",	UINT64_C(1) << 47,  1,	    -1,	    "canonical" },
	{ "lower half",		0,		    1,	    -1,	    "is not present" },
	{ "last byte",		UINT64_MAX,	    1,	    1,	    "" },
	{ "last page",		DUMP_TOP,	    0x1000, 0x1000, "" },
	{ "past the top",	UINT64_MAX,	    2,	    -1,	    "_kvm_kvatop(0): 2 bytes at "
	    "0xffffffffffffffff go past the top of the address space" },
	{ "nothing at the top",	UINT64_MAX,	    0,	    0,	    "" },
	{ "seven",		DUMP_VA + 1,	    7,	    7,	    "" },
	{ "nine",		DUMP_VA + 0x5001,   9,	    9,	    "" },
	{ "round the top",	DUMP_TOP,	    0x2000, -1,	    "top of the address space" },
	{ "nothing",		DUMP_VA,	    0,	    0,	    "" },
	{ "nothing in a hole",	0,		    0,	    0,	    "" },
	{ "as much as can be",	0,		    SSIZE_MAX, -1,  "is not present" },
	{ "one more",		0,		    (size_t)SSIZE_MAX + 1, -1,
	    "bytes are more than a call can return" },
	{ "too much",		0,		    SIZE_MAX, -1,
	    "bytes are more than a call can return" },
};

static void
test_read(void)
{
	dump_make(image);
	make_file(DUMP_SIZE);
	for (enum mode mode = MEM; mode < NMODES; mode++) {
		kvm_t *kd = open_mode(mode, DUMP_SIZE);
		for (size_t i = 0; i < 2 * sizeof(read_rows) / sizeof(read_rows[0]); i++) {
			size_t k = i / 2;	/* each twice: from the tables, from the cache */
			static uint8_t buf[0x4000];
			char row[96];
			(void)snprintf(row, sizeof(row), "%s: %s", mode_names[mode], read_rows[k].name);
			memset(buf, 0xa5, sizeof(buf));
			CHECK_EQ(row, "returned", kvm_read2(kd, read_rows[k].va, buf, read_rows[k].len),
			    read_rows[k].ret);
			if (read_rows[k].ret < 0) {
				CHECK_TEXT(row, kvm_geterr(kd), read_rows[k].text);
				continue;
			}
			for (size_t b = 0; b < read_rows[k].len; b++)
				if (!CHECK_EQ(row, "byte", buf[b], want_byte(read_rows[k].va + b)))
					break;
			CHECK_EQ(row, "byte after", buf[read_rows[k].len], 0xa5);
		}
		CHECK_EQ("close", "returned", kvm_close(kd), 0);
	}
	remove_file();
}

/* Any read is what its bytes are, in any order of reads. */
static void
test_read_random(void)
{
	uint64_t seed = 42;
	dump_make(image);
	make_file(DUMP_SIZE);
	for (enum mode mode = MEM; mode < NMODES; mode++) {
		kvm_t *kd = open_mode(mode, DUMP_SIZE);
		for (int k = 0; k < 3000; k++) {
			static const uint64_t bases[] = { DUMP_VA - 0x1000, DUMP_VA + 0x1ff000,
				DUMP_VA + 0x2fe000, DUMP_TOP };
			uint64_t r = unit_random(&seed), va = bases[r % 4] + (r >> 8) % 0xb000;
			size_t len = (size_t)(r >> 32) % (k % 2 == 0 ? 16 : 0x2800) + 1, n = 0;
			uint8_t buf[0x2800];
			if (va < DUMP_VA - 0x1000)	/* wrapped */
				continue;
			while (n < len && va + n >= va && want_byte(va + n) >= 0)
				n++;
			kssize_t got = kvm_read2(kd, va, buf, len);
			CHECK(got == (n == len ? (kssize_t)len : -1), "%s: %zu bytes at %#jx: got %jd",
			    mode_names[mode], len, (uintmax_t)va, (intmax_t)got);
			for (size_t b = 0; got == (kssize_t)len && b < len; b++)
				if (buf[b] != want_byte(va + b)) {
					CHECK(false, "%s: byte %#jx", mode_names[mode], (uintmax_t)va + b);
					break;
				}
		}
		kvm_close(kd);
	}
	remove_file();
}

/* What was there when the dump was opened, and is gone when it is read. */
static void
test_shrinks(void)
{
	dump_make(image);
	make_file(DUMP_SIZE);
	kvm_t *kd = open_mode(PREAD, DUMP_SIZE);
	uint8_t buf[16];
	CHECK_EQ("shrinks", "elsewhere", kvm_read2(kd, DUMP_VA, buf, 16), 16);
	CHECK_EQ("shrinks", "truncate", truncate(path, DUMP_SIZE - 0x3000), 0);
	CHECK(kvm_read2(kd, DUMP_VA + 0x6600, buf, 16) < 16, "shrinks: bytes that are gone");
	CHECK_TEXT("shrinks", kvm_geterr(kd), "when it was opened");
	kvm_close(kd);
	remove_file();
}

static void
test_truncated(void)
{
	/* The file ends in the middle of physical 0x102000: 0x102800 is the first byte gone. */
	const size_t size = DUMP_SIZE - 0x800;
	dump_make(image);
	make_file(size);
	for (enum mode mode = MEM; mode < NMODES; mode++) {
		kvm_t *kd = open_mode(mode, size);
		uint8_t buf[64];
		const char *row = mode_names[mode];
		CHECK_EQ(row, "before", kvm_read2(kd, DUMP_VA + 0x67f8, buf, 8), 8);
		CHECK_EQ(row, "across", kvm_read2(kd, DUMP_VA + 0x67f8, buf, 16), 8);
		CHECK_TEXT(row, kvm_geterr(kd), "short read: ");
		CHECK_TEXT(row, kvm_geterr(kd), "truncated");
		CHECK_EQ(row, "after", kvm_read2(kd, DUMP_VA + 0x6800, buf, 8), 0);
		CHECK_EQ(row, "into the hole", kvm_read2(kd, DUMP_VA + 0x6ff8, buf, 16), 0);
		struct kvm_info info;
		CHECK_EQ(row, "info", kvm_getinfo(kd, &info, sizeof(info)), 0);
		CHECK_EQ(row, "missing", info.ki_missing, 0x800);
		struct kvm_range r;
		CHECK_EQ(row, "xlate", kvm_xlate(kd, DUMP_VA + 0x6900, &r, NULL, NULL), 0);
		CHECK_EQ(row, "kind", r.kr_kind, KVM_TRUNCATED);
		CHECK_EQ(row, "first", r.kr_first, DUMP_VA + 0x6800);
		CHECK_EQ(row, "last", r.kr_last, DUMP_VA + 0x6fff);
		kvm_close(kd);
	}
	remove_file();
}

/* What a page table maps that is cut off is unknown: an error, not a short read. */
static void
test_truncated_table(void)
{
	const size_t size = (size_t)dump_offset(0x8000);	/* the last table of DUMP_TOP */
	dump_make(image);
	make_file(size);
	for (enum mode mode = MEM; mode < NMODES; mode++) {
		kvm_t *kd = open_mode(mode, size);
		uint8_t buf[64];
		const char *row = mode_names[mode];
		struct kvm_range r;
		CHECK_EQ(row, "read", kvm_read2(kd, DUMP_TOP, buf, 8), -1);
		CHECK_TEXT(row, kvm_geterr(kd), "_kvm_kvatop(fffffffffffff000): ");
		CHECK_TEXT(row, kvm_geterr(kd), "truncated");
		CHECK_EQ(row, "xlate", kvm_xlate(kd, DUMP_TOP, &r, NULL, NULL), 0);
		CHECK_EQ(row, "kind", r.kr_kind, KVM_UNKNOWN);
		kvm_close(kd);
	}
	remove_file();
}

static const struct kvm_range range_rows[] = {
	{ DUMP_VA, DUMP_VA + 0xfff, 0x7000, 0, KVM_MAPPED, 7, true },
	{ DUMP_VA + 0x1000, DUMP_VA + 0x1fff, 0x100000, 0, KVM_MAPPED, 7, true },
	{ DUMP_VA + 0x2000, DUMP_VA + 0x2fff, 0x9000, 0, KVM_MAPPED, 5, true },
	{ DUMP_VA + 0x3000, DUMP_VA + 0x3fff, 0x50000, -1, KVM_ABSENT, 7, true },
	{ DUMP_VA + 0x5000, DUMP_VA + 0x5fff, 0x101000, 0, KVM_MAPPED, 3, true },
	{ DUMP_VA + 0x6000, DUMP_VA + 0x6fff, 0x102000, 0, KVM_MAPPED, 7, true },
	{ DUMP_VA + 0x200000, DUMP_VA + 0x200fff, 0, -1, KVM_ABSENT, 7, true },
	{ DUMP_VA + 0x201000, DUMP_VA + 0x209fff, 0x1000, 0, KVM_MAPPED, 7, true },
	{ DUMP_VA + 0x20a000, DUMP_VA + 0x2fffff, 0xa000, -1, KVM_ABSENT, 7, true },
	{ DUMP_VA + 0x300000, DUMP_VA + 0x302fff, 0x100000, 0, KVM_MAPPED, 7, true },
	{ DUMP_VA + 0x303000, DUMP_VA + 0x3fffff, 0x103000, -1, KVM_ABSENT, 7, true },
	{ DUMP_TOP, UINT64_MAX, 0x7000, 0, KVM_MAPPED, 7, true },
};
enum { NRANGES = sizeof(range_rows) / sizeof(range_rows[0]) };

struct seen {
	size_t n, stop;
};

static void
check_range(const char *row, const struct kvm_range *r, const struct kvm_range *want)
{
	CHECK_EQ(row, "first", r->kr_first, want->kr_first);
	CHECK_EQ(row, "last", r->kr_last, want->kr_last);
	CHECK_EQ(row, "pa", r->kr_paddr, want->kr_paddr);
	CHECK_EQ(row, "kind", r->kr_kind, want->kr_kind);
	CHECK_EQ(row, "prot", r->kr_prot, want->kr_prot);
	CHECK_EQ(row, "prot known", r->kr_prot_known, true);
	CHECK_EQ(row, "offset", r->kr_offset, want->kr_offset == -1 ? UINT64_MAX :
	    dump_offset(want->kr_paddr));
}

static int
see_range(const struct kvm_range *r, void *arg)
{
	struct seen *seen = arg;
	if (CHECK(seen->n < NRANGES, "each: a range too many at %#jx", (uintmax_t)r->kr_first))
		check_range("each", r, &range_rows[seen->n]);
	return ++seen->n != seen->stop;
}

/* The n-th page record: of one page, or a whole stretch that is not in the dump. */
static bool
page_row(size_t n, struct kvm_range *ret)
{
	for (size_t i = 0; i < NRANGES; i++) {
		*ret = range_rows[i];
		uint64_t pages = ret->kr_kind != KVM_MAPPED ? 1 :
		    (ret->kr_last - ret->kr_first + 1) / 0x1000;
		if (n >= pages) {
			n -= (size_t)pages;
			continue;
		}
		if (ret->kr_kind == KVM_MAPPED) {
			ret->kr_first += n * 0x1000;
			ret->kr_last = ret->kr_first + 0xfff;
			ret->kr_paddr += n * 0x1000;
		}
		return true;
	}
	return false;
}

static int
see_page(struct kvm_page *p, void *arg)
{
	struct seen *seen = arg;
	struct kvm_range want;
	if (CHECK(page_row(seen->n, &want), "pages: one too many at %#jx",
	    (uintmax_t)p->kp_kmap_vaddr)) {
		CHECK_EQ("page", "version", p->kp_version, LIBKVM_WALK_PAGES_VERSION);
		CHECK_EQ("page", "va", p->kp_kmap_vaddr, want.kr_first);
		CHECK_EQ("page", "direct map", p->kp_dmap_vaddr, 0);
		CHECK_EQ("page", "pa", p->kp_paddr, want.kr_paddr);
		CHECK_EQ("page", "length", p->kp_len, want.kr_last - want.kr_first + 1);
		CHECK_EQ("page", "prot", p->kp_prot, want.kr_prot);
		CHECK_EQ("page", "offset", p->kp_offset, want.kr_kind != KVM_MAPPED ? -1 :
		    (int64_t)dump_offset(want.kr_paddr));
	}
	return ++seen->n != seen->stop;
}

static void
count_step(const struct kvm_step *step, void *arg)
{
	int *n = arg;
	CHECK_EQ("step", "level", step->ks_level, 3 - *n);
	(*n)++;
}

static void
test_ranges(void)
{
	dump_make(image);
	make_file(DUMP_SIZE);
	kvm_t *kd = open_mode(MEM, DUMP_SIZE);
	remove_file();
	struct seen seen = { 0 };
	CHECK_EQ("each", "returned", kvm_each_range(kd, 0, UINT64_MAX, see_range, &seen), 0);
	CHECK_EQ("each", "ranges", seen.n, NRANGES);
	seen = (struct seen) { .stop = 3 };
	CHECK_EQ("each, stopped", "returned", kvm_each_range(kd, 0, UINT64_MAX, see_range, &seen), 0);
	CHECK_EQ("each, stopped", "ranges", seen.n, 3);
	seen = (struct seen) { 0 };
	CHECK_EQ("pages", "returned", kvm_walk_pages(kd, see_page, &seen), 1);
	CHECK_EQ("pages", "pages", seen.n, 5 + 4 + 9 + 3 + 1);
	seen = (struct seen) { .stop = 2 };
	CHECK_EQ("pages, stopped", "returned", kvm_walk_pages(kd, see_page, &seen), 0);
	CHECK_EQ("pages, stopped", "pages", seen.n, 2);

	for (size_t i = 0; i < NRANGES; i++) {
		const struct kvm_range *want = &range_rows[i];
		const uint64_t at[] = { want->kr_first, want->kr_last,
			want->kr_first + (want->kr_last - want->kr_first) / 2 };
		for (size_t k = 0; k < 3; k++) {
			struct kvm_range r;
			CHECK_EQ("xlate", "returned", kvm_xlate(kd, at[k], &r, NULL, NULL), 0);
			check_range("xlate", &r, want);
		}
	}
	struct kvm_range r;
	int steps = 0;
	CHECK_EQ("xlate hole", "returned", kvm_xlate(kd, DUMP_VA + 0x4123, &r, count_step, &steps), 0);
	CHECK_EQ("xlate hole", "kind", r.kr_kind, KVM_UNMAPPED);
	CHECK_EQ("xlate hole", "first", r.kr_first, DUMP_VA + 0x4000);
	CHECK_EQ("xlate hole", "last", r.kr_last, DUMP_VA + 0x4fff);
	CHECK_EQ("xlate hole", "steps", steps, 4);
	CHECK_TEXT("xlate hole", kvm_geterr(kd), "is not present");
	kvm_close(kd);
}

/* A table that the dump lacks leaves its addresses unknown, not unmapped. */
static void
test_unknown(void)
{
	dump_make(image);
	dump_entry(image, 0x4000, 2, 0x60003);
	make_file(DUMP_SIZE);
	kvm_t *kd = open_mode(MEM, DUMP_SIZE);
	remove_file();
	struct kvm_range r;
	uint8_t b;
	CHECK_EQ("mapped", "returned", kvm_xlate(kd, DUMP_VA, &r, NULL, NULL), 0);
	CHECK_EQ("mapped", "kind", r.kr_kind, KVM_MAPPED);
	CHECK(kvm_geterr(kd)[0] == '\0', "mapped: %s", kvm_geterr(kd));
	CHECK_EQ("unknown", "returned", kvm_xlate(kd, DUMP_VA + 0x400123, &r, NULL, NULL), 0);
	CHECK_EQ("unknown", "kind", r.kr_kind, KVM_UNKNOWN);
	CHECK_EQ("unknown", "first", r.kr_first, DUMP_VA + 0x400000);
	CHECK_EQ("unknown", "read", kvm_read2(kd, DUMP_VA + 0x400123, &b, 1), -1);
	CHECK_TEXT("unknown", kvm_geterr(kd), "0x60000 is not in the dump");
	kvm_close(kd);
}

static void
test_write(void)
{
	dump_make(image);
	for (int pread_mode = 0; pread_mode < 2; pread_mode++) {
		struct kvm_open_options o = { .ko_size = sizeof(o),
			.ko_flags = pread_mode ? KVM_OPEN_PREAD : 0 };
		make_file(DUMP_SIZE);
		char err[2048] = "untouched";
		uint8_t b[16], old[8];
		kvm_t *kd = kvm_open_image(kernel, path, O_RDONLY, &o, err);
		if (!CHECK(kd != NULL, "write: open"))
			return;
		CHECK(strcmp(err, "untouched") == 0, "errbuf is untouched on success");
		CHECK_EQ("read-only", "write", kvm_write2(kd, DUMP_VA, "x", 1), -1);
		CHECK_TEXT("read-only", kvm_geterr(kd), "read-only");
		CHECK_EQ("read-only", "write nothing", kvm_write2(kd, DUMP_VA, "x", 0), -1);
		kvm_close(kd);

		kd = kvm_open_image(kernel, path, pread_mode ? O_RDWR : O_WRONLY, &o, err);
		if (!CHECK(kd != NULL, "write: open: %s", err))
			return;
		CHECK_EQ("write", "read", kvm_read2(kd, DUMP_VA + 0xffc, old, 8), 8);
		CHECK_EQ("write", "across pages", kvm_write2(kd, DUMP_VA + 0xffc, "ABCDEFGH", 8), 8);
		CHECK_EQ("write", "read", kvm_read2(kd, DUMP_VA + 0xffc, b, 8), 8);
		CHECK(memcmp(b, "ABCDEFGH", 8) == 0, "the write is read back");
		CHECK_EQ("write", "past the top", kvm_write2(kd, UINT64_MAX, "AB", 2), -1);
		CHECK_TEXT("write", kvm_geterr(kd), "go past the top of the address space");
		CHECK_EQ("write", "too much", kvm_write2(kd, DUMP_VA, "AB", SIZE_MAX), -1);
		CHECK_TEXT("write", kvm_geterr(kd), "bytes are more than a call can return");
		CHECK_EQ("write", "into a hole", kvm_write2(kd, DUMP_VA + 0x2ffc, "ABCDEFGH", 8), -1);
		CHECK_EQ("write", "read", kvm_read2(kd, DUMP_VA + 0x2ffc, b, 4), 4);
		CHECK(memcmp(b, "ABCD", 4) != 0, "a write that fails changes nothing");
		/* The PTE of +0x0000, which the 2 MiB page shows at physical 0x5000. */
		uint8_t pte[8];
		dump_put64(pte, 0x100003);
		CHECK_EQ("write", "read", kvm_read2(kd, DUMP_VA, b, 1), 1);
		CHECK_EQ("write", "a table", kvm_write2(kd, DUMP_VA + 0x205000, pte, 8), 8);
		CHECK_EQ("write", "read", kvm_read2(kd, DUMP_VA + 0x10, b, 1), 1);
		CHECK_EQ("write", "through the new table", b[0], dump_byte(0x100010));
		kvm_close(kd);
		kd = kvm_open_image(kernel, path, O_RDONLY, &o, err);
		CHECK(kd != NULL && kvm_read2(kd, DUMP_VA + 0x1000, b, 4) == 4 &&
		    memcmp(b, "EFGH", 4) == 0, "the write is in the file");
		if (kd != NULL)
			kvm_close(kd);
		remove_file();
	}
}

/* A write in more pieces than a short list holds, each of them in its place; and without memory for the list. */
static void
test_many_pieces(void)
{
	enum { FIRST = 8, PAGES = 20 };
	static uint8_t pages[PAGES * 0x1000], back[2 * 0x1000];
	char err[2048] = "";
	dump_make(image);
	for (unsigned k = 0; k < PAGES; k++) {
		dump_entry(image, 0x5000, FIRST + k, k % 2 == 0 ? 0x7003 : 0x9003);
		memset(pages + k * 0x1000, (int)k + 1, 0x1000);
	}
	make_file(DUMP_SIZE);
	kvm_t *kd = kvm_open_image(kernel, path, O_RDWR, NULL, err);
	if (!CHECK(kd != NULL, "many pieces: open: %s", err))
		return;
	const uint64_t va = DUMP_VA + FIRST * 0x1000;
	CHECK_EQ("many pieces", "read", kvm_read2(kd, va, back, 1), 1);
	allocations_left = 0;
	CHECK_EQ("many pieces", "no memory", kvm_write2(kd, va, pages, 1), -1);
	allocations_left = -1;
	CHECK_TEXT("many pieces", kvm_geterr(kd), "_kvm_kvatop(ffffffff80008000): no memory for a list of 8 pages");
	CHECK_EQ("many pieces", "write", kvm_write2(kd, va, pages, sizeof(pages)), sizeof(pages));
	CHECK_EQ("many pieces", "read", kvm_read2(kd, va, back, sizeof(back)), sizeof(back));
	CHECK(memcmp(back, pages + (PAGES - 2) * 0x1000, sizeof(back)) == 0, "many pieces: other bytes");
	/* From the middle of a page to the middle of another. */
	CHECK_EQ("many pieces", "write", kvm_write2(kd, va + 0x800, pages + 0x1000, 0x1000), 0x1000);
	CHECK_EQ("many pieces", "read", kvm_read2(kd, va, back, sizeof(back)), sizeof(back));
	CHECK(back[0x7ff] == PAGES - 1 && back[0x800] == 2 && back[0x17ff] == 2 && back[0x1800] == PAGES,
	    "many pieces: other ends");
	kvm_close(kd);
	remove_file();
}

/* What a disk refuses, and what is cut off, cannot be read or written, and the sentence says which. */
static void
test_bad_disk(void)
{
	dump_make(image);
	make_file(DUMP_SIZE - 0x800);
	struct kvm_open_options o = { .ko_size = sizeof(o), .ko_flags = KVM_OPEN_PREAD };
	char err[2048] = "";
	uint8_t b[16], two[2 * 0x1000];
	kvm_t *kd = kvm_open_image(kernel, path, O_RDWR, &o, err);
	if (!CHECK(kd != NULL, "bad disk: open: %s", err))
		return;
	memset(two, 0x11, sizeof(two));
	CHECK_EQ("cut off", "write", kvm_write2(kd, DUMP_VA + 0x6900, "AB", 2), -1);
	CHECK_TEXT("cut off", kvm_geterr(kd), "short write: ");
	CHECK_EQ("two pages", "write", kvm_write2(kd, DUMP_VA, two, sizeof(two)), sizeof(two));
	CHECK_EQ("two pages", "read", kvm_read2(kd, DUMP_VA + 0x1ffc, b, 4), 4);
	CHECK_EQ("two pages", "byte", b[3], 0x11);
	reads_left = 0;
	CHECK_EQ("bad disk", "read", kvm_read2(kd, DUMP_VA + 0x1000, b, 4), -1);
	reads_left = -1;
	CHECK_TEXT("bad disk", kvm_geterr(kd), "kvm_read: ");
	CHECK_TEXT("bad disk", kvm_geterr(kd), strerror(EIO));
	const int fd = open(path, O_RDONLY);
	CHECK(fd != -1 && dup2(fd, kd->img.fd) == kd->img.fd, "bad disk: descriptor");
	(void)close(fd);
	CHECK_EQ("bad disk", "write", kvm_write2(kd, DUMP_VA, two, sizeof(two)), -1);
	CHECK_TEXT("bad disk", kvm_geterr(kd), "kvm_write: ");
	CHECK_TEXT("bad disk", kvm_geterr(kd), "writing 4096 bytes at offset ");
	kvm_close(kd);
	remove_file();
}

/* Reads of a handle with tables and spans in its cache, and of one without a cache. */
static void
check_alike(const char *row, kvm_t *kd, kvm_t *plain)
{
	/* In each page twice, so that every level is looked into and comes from the cache. */
	for (uint64_t at = 0; at < 2 * 0x1000000; at += at % 0x200000 < 0x8000 ? 0x800 : 0x1f8000) {
		uint64_t va = DUMP_VA + at;
		uint8_t b = 0, want = 0;
		kssize_t n = kvm_read2(kd, va, &b, 1), want_n = kvm_read2(plain, va, &want, 1);
		if (!CHECK(n == want_n && b == want, "%s: %#jx: got %jd, %#x, wanted %jd, %#x", row,
		    (uintmax_t)va, (intmax_t)n, b, (intmax_t)want_n, want))
			return;
	}
}

/* A table of each level is changed after the cache has kept it. */
static void
test_kept_tables(void)
{
	static const struct {
		const char *name;
		uint64_t pa, entry;
	} rows[] = {
		{ "nothing",		      0x1008, 0 },
		{ "page",		      0x5000, 0x101003 },
		{ "page, gone",		      0x5008, 0 },
		{ "large page",		      0x4010, 0x83 },
		{ "large page for a table",   0x4000, 0x83 },
		{ "table for a large page",   0x4000, 0x5003 },
		{ "another table",	      0x4018, 0x8003 },
		{ "table, absent",	      0x4018, 0x50003 },
		{ "a huge page",	      0x3ff0, 0x83 },
		{ "another directory",	      0x3ff0, 0x6003 },
		{ "the first directory",      0x3ff0, 0x4003 },
	};
	struct kvm_open_options o = { .ko_size = sizeof(o), .ko_flags = KVM_OPEN_NOCACHE };
	char err[2048] = "";
	dump_make(image);
	make_file(DUMP_SIZE);
	kvm_t *kd = kvm_open_image(kernel, path, O_RDWR, NULL, err);
	kvm_t *plain = kvm_open_image(kernel, path, O_RDONLY, &o, err);
	if (!CHECK(kd != NULL && plain != NULL, "kept tables: open: %s", err))
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t raw[8];
		check_alike(rows[i].name, kd, plain);
		dump_put64(raw, rows[i].entry);
		int fd = open(path, O_RDWR);
		/* Behind the handle's back, and then a write that changes nothing. */
		CHECK_EQ(rows[i].name, "pwrite", pwrite(fd, raw, 8, (off_t)dump_offset(rows[i].pa)), 8);
		close(fd);
		CHECK_EQ(rows[i].name, "read", kvm_read2(kd, DUMP_TOP, raw, 1), 1);
		CHECK_EQ(rows[i].name, "write", kvm_write2(kd, DUMP_TOP, raw, 1), 1);
		check_alike(rows[i].name, kd, plain);
	}
	kvm_close(plain);
	kvm_close(kd);
	remove_file();
}

/* Two pages that share a place in the cache, till it grows: 8 MiB apart, one table for both. */
static void
test_cache_grows(void)
{
	dump_make(image);
	dump_entry(image, 0x4000, 4, 0x5003);
	dump_entry(image, 0x5000, 1, 0x7003);
	make_file(DUMP_SIZE);
	kvm_t *kd = open_mode(MAPPED, DUMP_SIZE);
	for (unsigned i = 0; i < 40000; i++) {
		uint64_t at = i * 13 % 0x800;
		uint8_t b = 0;
		CHECK(kvm_read2(kd, DUMP_VA + (i % 3) * 0x800000 % 0x1000000 + at, &b, 1) == 1 &&
		    b == dump_byte(0x7000 + at), "grows: read %u: got %#x", i, b);
	}
	kvm_close(kd);
	remove_file();
}

static void
test_readstr(void)
{
	dump_make(image);
	memcpy(image + dump_offset(0x7ffa), "hello ", 6);
	memcpy(image + dump_offset(0x100000), "world", 6);
	memset(image + dump_offset(0x9ff0), 'x', 16);
	make_file(DUMP_SIZE);
	kvm_t *kd = open_mode(MEM, DUMP_SIZE);
	remove_file();
	size_t len = 99;
	char buf[16];
	char *s = kvm_readstr(kd, (unsigned long)(DUMP_VA + 0xffa), NULL, &len);
	if (sizeof(unsigned long) < 8) {
		unit_skip("kvm_readstr takes an unsigned long, which has 32 bits here");
		free(s);
		kvm_close(kd);
		return;
	}
	CHECK(s != NULL && strcmp(s, "hello world") == 0, "readstr: allocated");
	CHECK_EQ("readstr", "length", len, 12);
	free(s);
	s = kvm_readstr(kd, (unsigned long)(DUMP_VA + 0xffa), NULL, NULL);
	CHECK(s != NULL && strcmp(s, "hello world") == 0, "readstr: without a length");
	free(s);
	len = 12;
	CHECK(kvm_readstr(kd, (unsigned long)(DUMP_VA + 0xffa), buf, &len) == buf && len == 12, "readstr: fits");
	len = 11;
	memset(buf, '?', sizeof(buf));
	CHECK(kvm_readstr(kd, (unsigned long)(DUMP_VA + 0xffa), buf, &len) == NULL, "readstr: too small");
	CHECK_EQ("readstr too small", "length", len, 12);
	CHECK_TEXT("readstr too small", kvm_geterr(kd), "kvm_readstr: the string at 0xffffffff80000ffa has 12 bytes, "
	    "the buffer 11");
	CHECK(memcmp(buf, "hello world?", 12) == 0, "readstr: beginning without NUL");
	len = 16;
	CHECK(kvm_readstr(kd, (unsigned long)(DUMP_VA + 0x2ff0), buf, &len) == NULL, "readstr: into an absent page");
	CHECK_EQ("readstr absent", "length", len, 16);
	CHECK_TEXT("readstr absent", kvm_geterr(kd), "_kvm_kvatop(ffffffff80003000): ");
	CHECK(kvm_readstr(kd, (unsigned long)DUMP_VA, buf, NULL) == NULL, "readstr: buffer without size");
	kvm_close(kd);

	/* The disk fails, but not the tables, which are kept. */
	make_file(DUMP_SIZE);
	kd = open_mode(PREAD, DUMP_SIZE);
	CHECK_EQ("readstr, bad disk", "read", kvm_read(kd, (unsigned long)DUMP_VA, buf, 1), 1);
	reads_left = 0;
	len = 16;
	CHECK(kvm_readstr(kd, (unsigned long)(DUMP_VA + 0x1000), buf, &len) == NULL, "readstr: bad disk");
	reads_left = -1;
	CHECK_TEXT("readstr, bad disk", kvm_geterr(kd), "kvm_readstr: ");
	kvm_close(kd);
	remove_file();
}

/* Strings without an end: of a dump that has the same page everywhere, and of the last page. */
static void
test_endless_string(void)
{
	if (sizeof(unsigned long) < 8) {
		unit_skip("kvm_readstr takes an unsigned long, which has 32 bits here");
		return;
	}
	dump_make(image);
	memset(image + dump_offset(0x100000), 'x', 0x1000);
	for (unsigned i = 0; i < 512; i++) {
		dump_entry(image, 0x4000, i, 0x5003);
		dump_entry(image, 0x5000, i, 0x100003);
	}
	dump_entry(image, 0x3000, 511, 0x4003);
	make_file(DUMP_SIZE);
	kvm_t *kd = open_mode(MEM, DUMP_SIZE);
	remove_file();
	char buf[16];
	size_t len = sizeof(buf);
	CHECK(kvm_readstr(kd, (unsigned long)DUMP_VA, buf, &len) == NULL, "endless: a string");
	CHECK_TEXT("endless", kvm_geterr(kd), "kvm_readstr: no memory for a string of 1073745920 bytes or more at "
	    "0xffffffff80000000");
	CHECK_EQ("endless", "length", len, sizeof(buf));
	CHECK(kvm_readstr(kd, (unsigned long)DUMP_TOP + 0xff8, buf, &len) == NULL, "top: a string");
	CHECK_TEXT("top", kvm_geterr(kd), "the string goes past the top of the address space");
	CHECK_TEXT("top", kvm_geterr(kd), "_kvm_kvatop(0): ");
	kvm_close(kd);

	/* Of three pages, and two allocations: the buffer doubles. */
	dump_make(image);
	memset(image + dump_offset(0x7000), 'a', 0x1000);
	memset(image + dump_offset(0x100000), 'b', 0x1000);
	memset(image + dump_offset(0x9000), 'c', 0x1000);
	image[dump_offset(0x9ffe)] = '\0';
	make_file(DUMP_SIZE);
	kd = open_mode(MEM, DUMP_SIZE);
	remove_file();
	char *s = kvm_readstr(kd, (unsigned long)DUMP_VA, NULL, &len);
	CHECK(s != NULL && strlen(s) == 0x2ffe && s[0xfff] == 'a' && s[0x1000] == 'b' && s[0x1fff] == 'b' &&
	    s[0x2000] == 'c', "long: another string");
	CHECK_EQ("long", "length", len, 0x2fff);
	free(s);
	for (int n = 0; n < 3; n++) {
		allocations_left = n;
		s = kvm_readstr(kd, (unsigned long)DUMP_VA, NULL, &len);
		allocations_left = -1;
		if (n == 2) {
			CHECK(s != NULL, "long: a third allocation");
			CHECK_EQ("long", "length", len, 0x2fff);
			free(s);
			continue;
		}
		CHECK(s == NULL, "long: a string without memory");
		CHECK_TEXT("long", kvm_geterr(kd), n == 0 ? "no memory for a string of 4096 bytes or more at 0xffff" :
		    "no memory for a string of 12287 bytes");
	}
	/* With its end in the buffer's last byte but one. */
	len = 4;
	image[dump_offset(0x9ffd)] = image[dump_offset(0x9ffc)] = 'd';
	CHECK(kvm_readstr(kd, (unsigned long)DUMP_VA + 0x2ffc, buf, &len) == buf && strcmp(buf, "dd") == 0 &&
	    len == 3, "short: another string");
	kvm_close(kd);
}

static bool
put_nothing(void *cookie, const void *buf, size_t len)
{
	(void)cookie, (void)buf, (void)len;
	return true;
}

static int
no_range(const struct kvm_range *r, void *arg)
{
	(void)r, (void)arg;
	return 1;
}

static void
test_no_files(void)
{
	uint8_t b;
	struct kvm_info info;
	struct kvm_nlist nl[] = { { "_x", 1, 1 }, { 0 } };
	kvm_t *kd = kvm_open("/nonexistent", "/nonexistent", NULL, KVM_NO_FILES, NULL);
	if (!CHECK(kd != NULL, "KVM_NO_FILES opens"))
		return;
	CHECK_TEXT("fresh", kvm_geterr(kd)[0] == '\0' ? "empty" : kvm_geterr(kd), "empty");
	CHECK_EQ("no files", "read", kvm_read2(kd, 0, &b, 1), -1);
	CHECK_TEXT("no files", kvm_geterr(kd), "kvm_open called with KVM_NO_FILES, can't use kvm_read");
	CHECK_EQ("no files", "write", kvm_write2(kd, 0, &b, 1), -1);
	CHECK_TEXT("no files", kvm_geterr(kd), "can't use kvm_write");
	CHECK_EQ("no files", "nlist", kvm_nlist2(kd, nl), -1);
	CHECK_TEXT("no files", kvm_geterr(kd), "bad namelist");
	CHECK_EQ("no files", "mkheader", kvm_dump_mkheader(kd, 0), -1);
	CHECK_TEXT("no files", kvm_geterr(kd), "don't use on live kernel");
	CHECK_EQ("no files", "inval", kvm_dump_inval(kd), -1);
	CHECK_TEXT("no files", kvm_geterr(kd), "clearing dump on live kernel");
	CHECK_EQ("no files", "header", kvm_dump_header(kd, put_nothing, NULL, 1), -1);
	CHECK_TEXT("no files", kvm_geterr(kd), "no valid dump header(s)");
	struct kvm_dump_info dump;
	CHECK_EQ("no files", "find", kvm_dump_find(kd, &dump, sizeof(dump)), -1);
	CHECK_TEXT("no files", kvm_geterr(kd), "kvm_dump_find: don't use on live kernel");
	CHECK_EQ("no files", "clear", kvm_dump_clear(kd), -1);
	CHECK_TEXT("no files", kvm_geterr(kd), "kvm_dump_clear: don't use on live kernel");
	CHECK_EQ("no files", "info", kvm_getinfo(kd, &info, sizeof(info)), -1);
	CHECK_EQ("no files", "each", kvm_each_range(kd, 0, 1, no_range, NULL), -1);
	CHECK_EQ("no files", "native", kvm_native(kd), 0);
	CHECK(kvm_getkernelname(kd)[0] == '\0', "no files: no kernel's name");
	CHECK(kvm_getprocs(kd, 0, 0, NULL) == NULL, "no files: getprocs");
	CHECK_TEXT("no files", kvm_geterr(kd), "kvm_getprocs: not supported for a running kernel");
	CHECK_EQ("no files", "close", kvm_close(kd), 0);
	errno = 0;
	CHECK(kvm_close(NULL) == -1 && errno == EINVAL, "kvm_close(NULL)");
	CHECK(kvm_geterr(NULL) != NULL && kvm_geterr(NULL)[0] == '\0', "kvm_geterr(NULL)");
}

static void
test_open_errors(void)
{
	static char longname[8192];
	memset(longname, 'a', sizeof(longname) - 1);
	const struct {
		const char *name, *kernel, *core;
		int flags;
		const char *text;
	} rows[] = {
		{ "long name", longname, path, 0, "exec file name too long" },
		{ "flags", NULL, path, O_RDWR | O_CREAT, "bad flags arg" },
		{ "all modes", NULL, path, O_ACCMODE, "bad flags arg" },
		{ "no kernel", "/nonexistent/k", path, 0, "/nonexistent/k: No such file" },
		{ "no core", NULL, "/nonexistent/c", 0, "/nonexistent/c: No such file" },
		{ "kernel no ELF", path, path, 0, path },
		{ "live", NULL, NULL, 0, "/dev/mem: not supported for a running kernel" },
		{ "/dev/mem", NULL, "/dev/mem", 0, "not supported" },
		{ "/dev/kmem", NULL, "/dev/kmem", 0, "not supported" },
		{ "/dev/null", NULL, "/dev/null", 0, "not supported" },
		{ "directory", NULL, "/", 0, "/: is a directory" },
	};
	dump_make(image);
	make_file(DUMP_SIZE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char err[2048] = "";
		kvm_t *kd = kvm_openfiles(rows[i].kernel, rows[i].core, NULL, rows[i].flags, err);
		CHECK(kd == NULL, "%s: opens", rows[i].name);
		CHECK_TEXT(rows[i].name, err, rows[i].text);
		CHECK(kvm_openfiles(rows[i].kernel, rows[i].core, NULL, rows[i].flags, NULL) == NULL,
		    "%s: opens without errbuf", rows[i].name);
	}
	remove_file();
}

static void
test_no_header(void)
{
	uint8_t b;
	struct kvm_info info;
	dump_make(image);
	image[2] = 0;
	make_file(DUMP_SIZE);
	kvm_t *kd = open_mode(MEM, DUMP_SIZE);
	remove_file();
	CHECK_EQ("no header", "read", kvm_read2(kd, DUMP_VA, &b, 1), -1);
	CHECK_TEXT("no header", kvm_geterr(kd), "no valid dump header: ");
	CHECK_TEXT("no header", kvm_geterr(kd), "0xca, wanted 0x8fca");
	CHECK_EQ("no header", "read nothing", kvm_read2(kd, DUMP_VA, &b, 0), -1);
	CHECK_EQ("no header", "write", kvm_write2(kd, DUMP_VA, &b, 1), -1);
	CHECK_TEXT("no header", kvm_geterr(kd), "no valid dump header");
	CHECK_EQ("no header", "info", kvm_getinfo(kd, &info, sizeof(info)), 0);
	CHECK_EQ("no header", "ki_header", info.ki_header, false);
	/* The device's form of the same dump, where the file's memory header was. */
	be32_put(image + DUMP_CPU - 8, 0x049d8fca);
	memmove(image + DUMP_DATA, image + DUMP_MEM, DUMP_SIZE - DUMP_MEM);
	CHECK_EQ("mkheader", "wrong place", kvm_dump_mkheader(kd, 8), 0);
	CHECK_TEXT("mkheader", kvm_geterr(kd), "invalid magic in cpu_hdr");
	CHECK_EQ("mkheader", "negative", kvm_dump_mkheader(kd, -1), -1);
	CHECK_EQ("mkheader", "past the end", kvm_dump_mkheader(kd, DUMP_SIZE), -1);
	CHECK_TEXT("mkheader", kvm_geterr(kd), "read 0 bytes at offset");
	CHECK_EQ("mkheader", "returned", kvm_dump_mkheader(kd, DUMP_CPU - 8), 512);
	CHECK_EQ("mkheader", "again", kvm_dump_mkheader(kd, DUMP_CPU - 8), -1);
	CHECK_TEXT("mkheader", kvm_geterr(kd), "already has a dump header");
	CHECK_EQ("mkheader", "read", kvm_read2(kd, DUMP_VA + 5, &b, 1), 1);
	CHECK_EQ("mkheader", "byte", b, dump_byte(0x7005));
	kvm_close(kd);
}

static bool
put_fail(void *cookie, const void *buf, size_t len)
{
	(void)cookie, (void)buf, (void)len;
	return false;
}

/* An older errno is not the reason why the caller's function failed. */
static void
test_write_function(void)
{
	dump_make(image);
	make_file(DUMP_SIZE);
	kvm_t *kd = open_mode(MEM, DUMP_SIZE);
	remove_file();
	errno = EIO;
	CHECK_EQ("write function", "returned", kvm_dump_header(kd, put_fail, NULL, 0x1000), -1);
	CHECK_TEXT("write function", kvm_geterr(kd), ": the write function failed");
	kvm_close(kd);
}

static int
resolve_none(const char *name, kvaddr_t *addr)
{
	(void)name, (void)addr;
	return -1;
}

/* Even of no names a handle without symbols knows nothing. */
static void
test_no_names(void)
{
	struct nlist none[] = { { .n_name = NULL } }, empty[] = { { .n_name = (char[]){ "" } } };
	struct kvm_nlist none2[] = { { .n_name = NULL } };
	struct kvm_open_options o = { .ko_size = sizeof(o), .ko_resolver = resolve_none };
	for (unsigned i = 0; i < 2; i++) {
		kvm_t *kd = kvm_open_mem(NULL, NULL, 0, i == 0 ? NULL : &o, NULL);
		if (!CHECK(kd != NULL, "an empty image opens"))
			return;
		const int wanted = i == 0 ? -1 : 0;
		CHECK_EQ("no names", "kvm_nlist2", kvm_nlist2(kd, none2), wanted);
		CHECK_EQ("no names", "kvm_nlist", kvm_nlist(kd, none), wanted);
		CHECK_EQ("empty name", "kvm_nlist", kvm_nlist(kd, empty), wanted);
		kvm_close(kd);
	}
}

/* A stream that buffers takes the header, and cannot get rid of it. */
static void
test_full_disk(void)
{
	dump_make(image);
	make_file(DUMP_SIZE);
	kvm_t *kd = open_mode(MEM, DUMP_SIZE);
	remove_file();
	FILE *full = fopen("/dev/full", "w");
	if (full == NULL)
		unit_skip("this host has no /dev/full");
	else {
		errno = 0;
		CHECK_EQ("full disk", "returned", kvm_dump_wrtheader64(kd, full, 0x1000), -1);
		CHECK_TEXT("full disk", kvm_geterr(kd), "kvm_dump_header: ");
		CHECK_TEXT("full disk", kvm_geterr(kd), strerror(ENOSPC));
		(void)fclose(full);
	}
	kvm_close(kd);
}

static int
count_symbol(const struct kvm_symbol *symbol, void *arg)
{
	(void)symbol;
	++*(int *)arg;
	return 1;
}

/* Without a kernel there are no symbols to list, and that is said. */
static void
test_no_kernel(void)
{
	struct kvm_symbol symbol;
	int n = 0;
	kvm_t *kd = kvm_open_mem(NULL, NULL, 0, NULL, NULL);
	if (!CHECK(kd != NULL, "no kernel: open"))
		return;
	CHECK_EQ("no kernel", "each", kvm_each_symbol(kd, count_symbol, &n), -1);
	CHECK_TEXT("no kernel", kvm_geterr(kd), "bad namelist: no kernel file was given");
	CHECK_EQ("no kernel", "symbols", n, 0);
	CHECK_EQ("no kernel", "find", kvm_symbol_find(kd, "main", &symbol), -1);
	CHECK_EQ("no kernel", "at", kvm_symbol_at(kd, DUMP_VA, &symbol), -1);
	kvm_close(kd);
}

/* A device whose dump nobody has asked for yet. */
static void
test_device(void)
{
	const struct kvm_open_options o = { .ko_size = sizeof(o), .ko_flags = KVM_OPEN_DEVICE };
	char b;
	kvm_t *kd = kvm_open_mem(NULL, image, DUMP_SIZE, &o, NULL);
	if (!CHECK(kd != NULL, "device: open"))
		return;
	CHECK_EQ("device", "read", kvm_read2(kd, DUMP_VA, &b, 1), -1);
	CHECK_TEXT("device", kvm_geterr(kd), "was opened as a dump device");
	kvm_close(kd);
}

/* Each n-th allocation fails until one run needs fewer: a sentence, no crash, no leak. */
static void
test_no_memory(void)
{
	dump_make(image);
	make_file(DUMP_SIZE);
	for (int pread_mode = 0; pread_mode < 2; pread_mode++) {
		struct kvm_open_options o = { .ko_size = sizeof(o),
			.ko_flags = pread_mode ? KVM_OPEN_PREAD : 0 };
		int n = 0;
		for (bool ok = false; !ok && n < 50; n++) {
			char err[2048] = "";
			uint8_t b[8];
			allocations_left = n;
			kvm_t *kd = kvm_open_image(kernel, path, O_RDWR, &o, err);
			ok = kd != NULL && kvm_read2(kd, DUMP_VA, b, 8) == 8 &&
			    kvm_write2(kd, DUMP_VA, b, 8) == 8;
			bool spoke = kd == NULL ? err[0] != '\0' : kvm_geterr(kd)[0] != '\0';
			allocations_left = -1;
			CHECK(ok || spoke, "allocation %d: no sentence", n);
			if (kd != NULL)
				kvm_close(kd);
		}
		/* Handle, name, cache, extents, list of pieces; window and cpu data with pread. */
		CHECK(n - 1 >= 5 && n < 50, "no memory: %d allocations were refused", n - 1);
	}
	remove_file();
}

/* Whose kernel a file is, by its ident note alone. */
static void
test_kernel_os(void)
{
	static const struct {
		const char *note, *os;
	} rows[] = { { "NetBSD", "netbsd" }, { "OpenBSD", "openbsd" }, { "FreeBSD", "freebsd" },
		{ "DragonFly", "dragonfly" }, { "GNU", "" } };
	enum { NOTE = 64 + 56 };
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t file[NOTE + 12 + 12] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
		struct __kvm kd = { .elf = NULL };
		le16_put(file + 16, 2);		/* ET_EXEC */
		le16_put(file + 18, 62);	/* EM_X86_64 */
		le32_put(file + 20, 1);
		le32_put(file + 32, 64);	/* e_phoff, and the sizes of all headers */
		le16_put(file + 52, 64);
		le16_put(file + 54, 56);
		le16_put(file + 56, 1);
		le32_put(file + 64, 4);		/* PT_NOTE */
		le32_put(file + 64 + 8, NOTE);
		le32_put(file + 64 + 32, 12 + 12);
		le32_put(file + NOTE, (uint32_t)strlen(rows[i].note) + 1);
		le32_put(file + NOTE + 8, 1);
		memcpy(file + NOTE + 12, rows[i].note, strlen(rows[i].note));
		struct kv_err err = { .text = "" };
		const enum kv_status st = elf_file_open_mem(&kd.elf, "kernel", file, sizeof(file), &err);
		if (CHECK(st == KV_OK, "%s: %s", rows[i].note, err.text)) {
			const char *os = kernel_of(&kd).os;
			CHECK(strcmp(os, rows[i].os) == 0, "%s: system \"%s\"", rows[i].note, os);
		}
		elf_file_close(kd.elf);
	}
}

static const struct unit_test tests[] = {
	{ "read", test_read },
	{ "random reads", test_read_random },
	{ "truncated", test_truncated },
	{ "shrinks", test_shrinks },
	{ "truncated page table", test_truncated_table },
	{ "device", test_device },
	{ "ranges", test_ranges },
	{ "unknown", test_unknown },
	{ "write", test_write },
	{ "kept tables", test_kept_tables },
	{ "cache that grows", test_cache_grows },
	{ "readstr", test_readstr },
	{ "strings without an end", test_endless_string },
	{ "bad disk", test_bad_disk },
	{ "many pieces", test_many_pieces },
	{ "KVM_NO_FILES", test_no_files },
	{ "open", test_open_errors },
	{ "no header, mkheader", test_no_header },
	{ "write function", test_write_function },
	{ "no names", test_no_names },
	{ "full disk", test_full_disk },
	{ "no kernel", test_no_kernel },
	{ "no memory", test_no_memory },
	{ "whose kernel", test_kernel_os },
	{ 0 },
};
const struct unit_suite unit_api = { "api", tests };
