/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables that point back up: listing them ends, by the memory that the dump holds. */
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "dump.h"
#include "kv.h"
#include "kvm.h"

static int
count(const struct kvm_range *range, void *arg)
{
	(void)range;
	++*(uint64_t *)arg;
	return 1;
}

static void
test_limit(void)
{
	/* 4 visits of each of the 12 pages, and 1024. */
	static const char wanted[] = "page tables loop: gave up after 1072 of them";
	static uint8_t image[DUMP_SIZE];
	char err[KV_ERRLEN] = "";
	uint64_t ranges = 0;
	dump_make(image);
	for (unsigned i = 0; i < 512; i++)
		dump_entry(image, 0x2000, i, 0x2003);
	kvm_t *kd = kvm_open_mem(NULL, image, sizeof(image), NULL, err);
	if (!CHECK(kd != NULL, "open: %s", err))
		return;
	CHECK(kvm_each_range(kd, 0, UINT64_MAX, count, &ranges) == -1, "ends with an error");
	CHECK(strstr(kvm_geterr(kd), wanted) != NULL, "got: %s", kvm_geterr(kd));
	CHECK(ranges > 0 && ranges <= 1072 * 512, "%ju ranges", (uintmax_t)ranges);
	kvm_close(kd);
}

/* A slot of the top table that leads to itself, as many kernels have one, is no loop. */
static void
test_recursive_slot(void)
{
	static uint8_t image[DUMP_SIZE];
	uint64_t ranges = 0;
	dump_make(image);
	dump_entry(image, 0x2000, 256, 0x2003);
	kvm_t *kd = kvm_open_mem(NULL, image, sizeof(image), NULL, NULL);
	if (!CHECK(kd != NULL, "open"))
		return;
	CHECK(kvm_each_range(kd, 0, UINT64_MAX, count, &ranges) == 0, "got: %s", kvm_geterr(kd));
	CHECK(ranges > 0, "no ranges");
	kvm_close(kd);
}

/* How many ranges there were, and where the last one ended. */
struct told {
	uint64_t n, last;
};

static int
tell(const struct kvm_range *range, void *arg)
{
	struct told *told = arg;
	told->n++;
	told->last = range->kr_last;
	return 1;
}

/* Large pages that all hold the same memory, which lies in pieces. */
static void
test_cuts(void)
{
	static uint8_t image[DUMP_SIZE];
	char err[KV_ERRLEN] = "";
	struct told told = { 0, 0 };
	dump_make(image);
	for (unsigned i = 0; i < 512; i++) {
		dump_entry(image, 0x2000, i, 0x3003);
		dump_entry(image, 0x3000, i, 0x83);
	}
	dump_entry(image, 0x2000, 511, 0x2003);		/* NetBSD's own, by which it is told */
	kvm_t *kd = kvm_open_mem(NULL, image, sizeof(image), NULL, err);
	if (!CHECK(kd != NULL, "open: %s", err))
		return;
	CHECK(kvm_each_range(kd, 0, UINT64_MAX, tell, &told) == -1, "ends with an error");
	const char *end = strstr(kvm_geterr(kd), "the same memory over and over: gave up at ");
	if (CHECK(end != NULL, "got: %s", kvm_geterr(kd)))
		CHECK(told.last < strtoull(strrchr(end, ' '), NULL, 16), "%jx is told, but %s",
		    (uintmax_t)told.last, end);
	CHECK(told.n > 0x80000 && told.n < 0xa0000 * 2, "%ju ranges", (uintmax_t)told.n);
	kvm_close(kd);
}

static const struct unit_test tests[] = {
	{ "limit", test_limit },
	{ "recursive slot", test_recursive_slot },
	{ "cuts", test_cuts },
	{ 0 },
};
const struct unit_suite unit_loops = { "loops", tests };
