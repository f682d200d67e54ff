/* SPDX-License-Identifier: BSD-2-Clause */
/* What must be true of every handle, whatever the image is. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "api/handle.h"
#include "fuzz.h"

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { LISTED = 500, TABLES = 12 };	/* there are many inputs */
#else
enum { LISTED = 3000, TABLES = MMU_TABLE_LIMIT };
#endif
enum {
	RANGES = 6,		/* of LISTED, that are looked at */
	PIECE = 12,		/* bytes of a read */
	PADDED = 3 << 20,	/* bytes of an image, more than any input */
};

/* Of the handle that is being checked. */
static bool is_32bit;
static bool is_hashed;	/* one TSB entry that cannot be read makes all addresses unknown to a listing */

struct list {
	struct kvm_range v[RANGES], previous;
	size_t n, all;
	uint64_t size;		/* of the image */
};

static int
list_range(const struct kvm_range *r, void *arg)
{
	struct list *list = arg;
	MUST(r->kr_first <= r->kr_last, "0x%" PRIx64 " to 0x%" PRIx64, r->kr_first, r->kr_last);
	MUST(r->kr_kind != KVM_UNMAPPED, "0x%" PRIx64, r->kr_first);
	MUST(list->all == 0 || r->kr_first > list->previous.kr_last, "0x%" PRIx64 " after 0x%" PRIx64,
	    r->kr_first, list->previous.kr_last);
	if (r->kr_kind == KVM_MAPPED)
		MUST(r->kr_offset >= 0 && (uint64_t)r->kr_offset < list->size &&
		    r->kr_last - r->kr_first < list->size - (uint64_t)r->kr_offset,
		    "0x%" PRIx64 " to 0x%" PRIx64 " at 0x%" PRIx64 " of 0x%" PRIx64, r->kr_first,
		    r->kr_last, (uint64_t)r->kr_offset, list->size);
	else
		MUST(r->kr_offset == -1, "0x%" PRIx64, r->kr_first);
	if (list->n < RANGES)
		list->v[list->n++] = *r;
	else	/* and those at the end */
		list->v[RANGES / 2 + list->all % (RANGES / 2)] = *r;
	list->previous = *r;
	return ++list->all < LISTED;
}

static int
check_extent(const struct kvm_extent *x, void *arg)
{
	uint64_t *past = arg;	/* [0]: lowest address that may follow, [1]: how many */
	MUST(x->ke_len > 0 && x->ke_paddr + (x->ke_len - 1) >= x->ke_paddr, "0x%" PRIx64 " 0x%" PRIx64,
	    x->ke_paddr, x->ke_len);
	MUST(past[1] == 0 || (x->ke_paddr > past[0]), "0x%" PRIx64 " after 0x%" PRIx64, x->ke_paddr, past[0]);
	past[0] = x->ke_paddr + (x->ke_len - 1);
	return ++past[1] < LISTED;
}

static int
check_page(struct kvm_page *page, void *arg)
{
	MUST(page->kp_len > 0, "at 0x%" PRIx64, page->kp_paddr);
	return ++*(unsigned *)arg < 64;
}

/* The answer of kvm_xlate, which must hold *arg: that becomes the address as the target has it. */
static struct kvm_range
xlate(kvm_t *kd, uint64_t *arg)
{
	uint64_t va = *arg;
	struct kvm_range r;
	MUST(kvm_xlate(kd, va, &r, NULL, NULL) == 0, "%s", kvm_geterr(kd));
	if (is_32bit && va >> 31 == UINT64_MAX >> 31)
		va &= UINT32_MAX;	/* what is extended by its sign is answered with zeros */
	MUST(va >= r.kr_first && va <= r.kr_last, "0x%" PRIx64 " in 0x%" PRIx64 " to 0x%" PRIx64, va,
	    r.kr_first, r.kr_last);
	*arg = va;
	return r;
}

/* Reads of len bytes in one piece, twice, and byte by byte. */
static void
check_read(kvm_t *kd, const uint8_t *image, size_t size, uint64_t va, size_t len)
{
	uint8_t one[PIECE], again[PIECE], byte;
	memset(one, 0xa5, sizeof(one));
	const kssize_t n = kvm_read2(kd, va, one, len);
	MUST(n >= -1 && n <= (kssize_t)len, "%jd", (intmax_t)n);
	MUST(kvm_read2(kd, va, again, len) == n, "0x%" PRIx64 ": then not %jd", va, (intmax_t)n);
	if (len - 1 > UINT64_MAX - va) {	/* refused as a whole, before the first byte */
		MUST(n == -1, "0x%" PRIx64 ": %jd", va, (intmax_t)n);
		return;
	}
	if (n != -1)
		MUST(memcmp(one, again, (size_t)n) == 0, "0x%" PRIx64, va);
	struct kvm_range r = { .kr_first = 1 };
	for (size_t i = 0; i < len; i++) {
		const kssize_t got = kvm_read2(kd, va + i, &byte, 1);
		uint64_t at = va + i;
		if (is_32bit || at < r.kr_first || at > r.kr_last)
			r = xlate(kd, &at);
		MUST((got == 1) == (r.kr_kind == KVM_MAPPED), "0x%" PRIx64 ": read %jd, kind %d: %s",
		    va + i, (intmax_t)got, (int)r.kr_kind, kvm_geterr(kd));
		if (got != 1) {
			MUST(n < (kssize_t)len, "0x%" PRIx64 " +%zu", va, i);
			if (n != -1)
				MUST((kssize_t)i == n && got == 0, "0x%" PRIx64 " +%zu: %jd", va, i, (intmax_t)n);
			MUST(kvm_geterr(kd)[0] != '\0', "0x%" PRIx64, va);
			return;
		}
		const uint64_t off = (uint64_t)r.kr_offset + (at - r.kr_first);
		MUST(off < size, "0x%" PRIx64 ": offset 0x%" PRIx64, va + i, off);
		MUST(byte == one[i] && (image == NULL || byte == image[off]), "0x%" PRIx64, va + i);
	}
	MUST(n == (kssize_t)len, "0x%" PRIx64 ": %jd, but its bytes can be read", va, (intmax_t)n);
}

/* An end of a range that was listed: xlate says the same. */
static void
check_agrees(kvm_t *kd, const struct kvm_range *listed, uint64_t va)
{
	const struct kvm_range r = xlate(kd, &va);
	if (listed->kr_kind == KVM_UNKNOWN && is_hashed)
		return;
	MUST(r.kr_kind == listed->kr_kind, "0x%" PRIx64 ": listed as %d, xlate says %d: %s", va,
	    (int)listed->kr_kind, (int)r.kr_kind, kvm_geterr(kd));
	if (r.kr_kind == KVM_UNKNOWN)
		return;
	MUST(r.kr_paddr + (va - r.kr_first) == listed->kr_paddr + (va - listed->kr_first),
	    "0x%" PRIx64 ": 0x%" PRIx64 " and 0x%" PRIx64, va, r.kr_paddr + (va - r.kr_first),
	    listed->kr_paddr + (va - listed->kr_first));
	MUST(r.kr_prot == listed->kr_prot && r.kr_prot_known == listed->kr_prot_known,
	    "0x%" PRIx64 ": protection %u and %u", va, r.kr_prot, listed->kr_prot);
}

static void
check_ranges(kvm_t *kd, const uint8_t *image, size_t size, const struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct kvm_range *r = &list->v[i];
		check_agrees(kd, r, r->kr_first);
		check_agrees(kd, r, r->kr_last);
		check_agrees(kd, r, r->kr_first + (r->kr_last - r->kr_first) / 2);
		check_read(kd, image, size, r->kr_first, PIECE);
		if (r->kr_last >= PIECE / 2)
			check_read(kd, image, size, r->kr_last - PIECE / 2 + 1, PIECE / 2);
		if (r->kr_last >= PIECE / 2 && r->kr_last < UINT64_MAX - PIECE)
			check_read(kd, image, size, r->kr_last - PIECE / 2 + 1, PIECE);
		/* Nothing lies between two that were listed one after the other. */
		if (i > 0 && i < RANGES / 2 && list->v[i - 1].kr_last + 1 < r->kr_first) {
			uint64_t before = r->kr_first - 1, after = list->v[i - 1].kr_last + 1;
			MUST(xlate(kd, &before).kr_kind == KVM_UNMAPPED, "0x%" PRIx64, before);
			MUST(xlate(kd, &after).kr_kind == KVM_UNMAPPED, "0x%" PRIx64, after);
		}
	}
}

/* What is freed is kept from use for a while; more than this only makes memory cold. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=8:malloc_context_size=8";
}

void
fuzz_handle(kvm_t *kd, const uint8_t *image, size_t size)
{
	static const uint64_t probes[] = { 0, 0x1000, 0x7fffffff, 0x80000000, 0xc0000000, 0xffffffff,
		UINT64_C(0x100000000), UINT64_C(0x800000000000), UINT64_C(0xc000000000000000),
		UINT64_C(0xfffffe0000000000), UINT64_C(0xffffffff80000000), UINT64_MAX - PIECE + 1 };
	struct kvm_info info;
	struct list list = { .size = size };
	uint64_t past[2] = { 0 };
	unsigned pages = 0;
	MUST(kvm_getinfo(kd, &info, sizeof(info)) == 0, "%s", kvm_geterr(kd));
	if (!info.ki_header) {
		uint8_t byte;
		MUST(kvm_read2(kd, 0, &byte, 1) == -1, "without a header");
		return;
	}
	is_32bit = info.ki_bits == 32;
	is_hashed = info.ki_regime != NULL && strcmp(info.ki_regime, "tsb") == 0;
	MUST(info.ki_os != NULL && info.ki_machine != NULL && info.ki_form != NULL &&
	    info.ki_regime != NULL && info.ki_byteorder != NULL, "info");
	MUST(info.ki_missing <= info.ki_memory, "%ju of %ju", (uintmax_t)info.ki_missing,
	    (uintmax_t)info.ki_memory);
	MUST(kvm_each_extent(kd, check_extent, past) == 0, "%s", kvm_geterr(kd));
	/* Tables that show each other may be listed in part. */
	for (unsigned i = 0; i < kd->dump.nas; i++)
		if (kd->dump.as[i].mmu.table_limit > TABLES)
			kd->dump.as[i].mmu.table_limit = TABLES;
	/* PowerPC's hashed tables are listed by asking a million times: in part, here. */
	const bool slow = strncmp(info.ki_machine, "powerpc", 7) == 0 &&
	    strcmp(info.ki_os, "netbsd") == 0;
	if (kvm_each_range(kd, 0, slow ? 0x3fffff : UINT64_MAX, list_range, &list) == -1)
		MUST(kvm_geterr(kd)[0] != '\0', "each");
	check_ranges(kd, image, size, &list);
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++)
		check_read(kd, image, size, probes[i], PIECE);
	/* Lists all a second time: one input in four. */
	if (!slow && size > 0 && image != NULL && image[size - 1] % 4 == 0)
		(void)kvm_walk_pages(kd, check_page, &pages);
	double load[3];
	(void)kvm_getloadavg(kd, load, 3);
	size_t len = 0;
	char *text = kvm_readstr(kd, (unsigned long)(list.n > 0 ? list.v[0].kr_first : 0), NULL, &len);
	if (text != NULL)
		MUST(strlen(text) + 1 == len, "%zu", len);
	free(text);
}

bool
fuzz_image(const char *kernel, const uint8_t *image, size_t size)
{
	char err[2048] = "";
	kvm_t *kd = kvm_open_mem(kernel, image, size, NULL, err);
	if (kd == NULL) {
		MUST(err[0] != '\0', "no sentence");
		return false;
	}
	/* A compressed image has other offsets. */
	const bool packed = size >= 4 && (memcmp(image, "\x1f\x8b", 2) == 0 ||
	    memcmp(image, "\x28\xb5\x2f\xfd", 4) == 0);
	fuzz_handle(kd, packed ? NULL : image, packed ? SIZE_MAX : size);
	kvm_close(kd);
	return true;
}

bool
fuzz_padded(const char *magic, size_t total, const uint8_t *data, size_t size)
{
	static uint8_t padded[PADDED];
	MUST(total <= sizeof(padded), "%zu", total);
	if (size < strlen(magic) || size > total || memcmp(data, magic, strlen(magic)) != 0)
		return false;
	memset(padded, 0, total);
	memcpy(padded, data, size);
	(void)fuzz_image(NULL, padded, total);
	return true;
}

/* A file in memory that holds the image; its path. */
static const char *
file_of(const uint8_t *image, size_t size, int *ret)
{
	static char path[32];
	static int fd = -1;
	if (fd == -1) {
		fd = memfd_create("image", 0);
		MUST(fd != -1, "memfd");
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	MUST(ftruncate(fd, 0) == 0 && pwrite(fd, image, size, 0) == (ssize_t)size, "%zu bytes", size);
	*ret = fd;
	return path;
}

struct extents {
	struct kvm_extent v[64];
	size_t n;
};

static int
keep_extent(const struct kvm_extent *x, void *arg)
{
	struct extents *list = arg;
	if (list->n < sizeof(list->v) / sizeof(list->v[0]))
		list->v[list->n] = *x;
	list->n++;
	return 1;
}

/* Both handles know of the same memory. */
static void
check_same(kvm_t *kd, kvm_t *other)
{
	struct extents a = { .n = 0 }, b = { .n = 0 };
	struct kvm_info info;
	MUST(kvm_getinfo(kd, &info, sizeof(info)) == 0, "%s", kvm_geterr(kd));
	if (!info.ki_header)
		return;
	MUST(kvm_each_extent(kd, keep_extent, &a) == 0, "%s", kvm_geterr(kd));
	MUST(kvm_each_extent(other, keep_extent, &b) == 0, "%s", kvm_geterr(other));
	MUST(a.n == b.n, "%zu extents, but %zu", a.n, b.n);
	for (size_t i = 0; i < a.n && i < sizeof(a.v) / sizeof(a.v[0]); i++)
		MUST(a.v[i].ke_paddr == b.v[i].ke_paddr && a.v[i].ke_len == b.v[i].ke_len &&
		    a.v[i].ke_offset == b.v[i].ke_offset, "extent %zu: 0x%" PRIx64 " and 0x%" PRIx64, i,
		    a.v[i].ke_paddr, b.v[i].ke_paddr);
}

void
fuzz_unmapped(const char *kernel, const uint8_t *image, size_t size)
{
	const struct kvm_open_options how = { .ko_size = sizeof(how), .ko_flags = KVM_OPEN_PREAD };
	int fd;
	kvm_t *kd = kvm_open_image(kernel, file_of(image, size, &fd), O_RDONLY, &how, NULL);
	kvm_t *mapped = kvm_open_mem(kernel, image, size, NULL, NULL);
	MUST((kd == NULL) == (mapped == NULL), "opened %s", kd == NULL ? "as memory" : "as a file");
	if (kd == NULL)
		return;
	check_same(kd, mapped);
	fuzz_handle(kd, image, size);
	(void)kvm_close(mapped);
	(void)kvm_close(kd);
}

/*
 * A dump that was found is cleared on a copy: it is found still, and nothing but its headers changed; of a
 * textdump the last one, and none of what is cleared already.
 */
static void
check_clear(const uint8_t *image, size_t size, const struct kvm_dump_info *was)
{
	enum { HEADER = 512 };
	static uint8_t now[PADDED];
	const struct kvm_open_options device = { .ko_size = sizeof(device), .ko_flags = KVM_OPEN_DEVICE };
	int fd;
	char err[2048];
	kvm_t *kd = kvm_open_image(NULL, file_of(image, size, &fd), O_RDWR, &device, err);
	MUST(kd != NULL, "%s", err);
	MUST(kvm_dump_clear(kd) == 0, "%s", kvm_geterr(kd));
	struct kvm_dump_info info;
	MUST(kvm_dump_find(kd, &info, sizeof(info)) == 0 && info.kd_cleared, "%s", kvm_geterr(kd));
	MUST(info.kd_offset == was->kd_offset && info.kd_length == was->kd_length, "0x%" PRIx64
	    " bytes at 0x%" PRIx64, info.kd_length, info.kd_offset);
	MUST(size <= sizeof(now) && pread(fd, now, size, 0) == (ssize_t)size, "%zu bytes", size);
	size_t changed = 0;
	for (size_t i = 0; i < size; i++)
		changed += now[i] != image[i];
	const size_t headers = was->kd_cleared ? 0 : was->kd_text ? 1 : 2;
	MUST(changed <= headers * HEADER, "%zu bytes", changed);
	const size_t at = (size_t)was->kd_offset, first = (size_t)was->kd_header;
	MUST(headers == 2 || memcmp(now + first, image + first, HEADER) == 0, "what lies before was changed");
	MUST(memcmp(now + at, image + at, (size_t)was->kd_length) == 0, "the dump was changed");
	(void)kvm_close(kd);
}

static bool
count(void *cookie, const void *buf, size_t len)
{
	MUST(buf != NULL || len == 0, "%zu", len);
	*(uint64_t *)cookie += len;
	return true;
}

void
fuzz_device(const char *kernel, const uint8_t *image, size_t size)
{
	const struct kvm_open_options device = { .ko_size = sizeof(device), .ko_flags = KVM_OPEN_DEVICE };
	kvm_t *kd = kvm_open_mem(kernel, image, size, &device, NULL);
	if (kd == NULL)
		return;
	struct kvm_dump_info info;
	if (kvm_dump_find(kd, &info, sizeof(info)) == 0) {
		MUST(info.kd_offset <= size && info.kd_length <= size - info.kd_offset,
		    "0x%" PRIx64 " bytes at 0x%" PRIx64 " of %zu", info.kd_length, info.kd_offset, size);
		check_clear(image, size, &info);
	}
	if (kvm_dump_mkheader(kd, 0) > 0 || (size > 512 && kvm_dump_mkheader(kd, 512) > 0)) {
		uint64_t n = 0;
		const kssize_t got = kvm_dump_header64(kd, count, &n, size);
		MUST(got == -1 || (uint64_t)got == n, "%jd of %ju", (intmax_t)got, (uintmax_t)n);
		fuzz_handle(kd, image, size);
	}
	kvm_close(kd);
}
