/* SPDX-License-Identifier: BSD-2-Clause */
/* The linear regime: edges, protection, and both ends of the address spaces. */
#include "mmu_test.h"

static void
test_rows(void)
{
	static const struct row rows[] = {
		{ "before", 0x7fffffff, KV_EUNMAPPED, 0, 0, 0x7fffffff, 0,
		    "0x7fffffff is outside of the linear addresses 0x80000000 to 0x9fffefff" },
		{ "first", 0x80000000, KV_OK, 0x1000, 0x80000000, 0x9fffefff, R_X, NULL },
		{ "inside", 0x80000001, KV_OK, 0x1001, 0x80000000, 0x9fffefff, R_X, NULL },
		{ "last", 0x9fffefff, KV_OK, 0x1fffffff, 0x80000000, 0x9fffefff, R_X, NULL },
		{ "behind", 0x9ffff000, KV_EUNMAPPED, 0, 0x9ffff000, UINT64_MAX, 0, "outside" },
	};
	static const struct row whole[] = {
		{ "identity, first", 0, KV_OK, 0, 0, UINT64_MAX, UNKNOWN, NULL },
		{ "identity, last", UINT64_MAX, KV_OK, UINT64_MAX, 0, UINT64_MAX, UNKNOWN, NULL },
	};
	static const struct row cut[] = {
		{ "memory's last byte", 0x1fff, KV_OK, UINT64_MAX, 0x1000, 0x1fff, RWX, NULL },
		{ "past memory's end", 0x2000, KV_EUNMAPPED, 0, 0x2000, UINT64_MAX, 0, "outside" },
	};
	static const struct row top[] = {
		{ "last address of all", UINT64_MAX, KV_OK, 0x5fff, UINT64_MAX - 0xfff, UINT64_MAX, R__,
		    NULL },
		{ "below", UINT64_MAX - 0x1000, KV_EUNMAPPED, 0, 0, UINT64_MAX - 0x1000, 0, "outside" },
	};
	struct mem mem = { .big = false };
	struct mmu mmu = mmu_linear(0x80000000, 0x9fffefff, 0x1000, R_X);
	rows_check(&mmu, &mem, rows, COUNT_OF(rows));
	mmu = mmu_linear(0, UINT64_MAX, 0, MMU_NOPROT);
	rows_check(&mmu, &mem, whole, COUNT_OF(whole));
	mmu = mmu_linear(0x1000, 0x4fff, UINT64_MAX - 0xfff, RWX);
	rows_check(&mmu, &mem, cut, COUNT_OF(cut));
	mmu = mmu_linear(UINT64_MAX - 0xfff, UINT64_MAX, 0x5000, R__);
	rows_check(&mmu, &mem, top, COUNT_OF(top));
}

static void
test_each(void)
{
	static const struct {
		const char *name;
		vaddr_t lo, last;
		size_t n;
	} parts[] = {
		{ "all", 0, UINT64_MAX, 1 },
		{ "inside", 0x2001, 0x2002, 1 },
		{ "first byte", 0, 0x1000, 1 },
		{ "before", 0, 0xfff, 0 },
		{ "last byte", 0x4fff, UINT64_MAX, 1 },
		{ "behind", 0x5000, UINT64_MAX, 0 },
	};
	struct mem mem = { .big = false };
	uint64_t rnd = 7;
	const struct mmu mmu = mmu_linear(0x1000, 0x4fff, 0x700000, RWX);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		CHECK_EQ(parts[i].name, "runs",
		    agree_all(&mmu, &mem, parts[i].lo, parts[i].last, &rnd, 50), parts[i].n);
}

static const struct unit_test tests[] = {
	{ "rows", test_rows },
	{ "each", test_each },
	{ NULL, NULL },
};

SUITE_OF(mmu_linear, tests);
