/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mutator that knows where containers have numbers.  It sets one field, at an aligned place of the
 * headers, to what decoders compare with: a limit, the image's size, a neighbour of what was
 * there, or what lies elsewhere in the input.
 */
#include <string.h>

#include "mutate.h"

/* Programs that only replay have none. */
#pragma weak LLVMFuzzerMutate

static uint64_t
random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static uint64_t
get(const uint8_t *p, unsigned size, int big)
{
	uint64_t v = 0;
	for (unsigned i = 0; i < size; i++)
		v |= (uint64_t)p[big ? size - 1 - i : i] << (8 * i);
	return v;
}

static void
put(uint8_t *p, uint64_t v, unsigned size, int big)
{
	for (unsigned i = 0; i < size; i++)
		p[big ? size - 1 - i : i] = (uint8_t)(v >> (8 * i));
}

/* The last word of a FreeBSD dump header is the XOR of the others (sys/kerneldump.h). */
static void
fix_parity(uint8_t *data, size_t size)
{
	enum { LEN = 512 };
	const size_t places[] = { 0, size >= LEN ? size - LEN : 0 };
	static const char magic[] = "FreeBSD Kernel Dump";
	for (unsigned k = 0; size >= LEN && k < 2; k++) {
		uint8_t *p = data + places[k];
		uint32_t parity = 0;
		if (memcmp(p, magic, sizeof(magic) - 1) != 0)
			continue;
		for (unsigned i = 0; i < LEN - 4; i += 4)
			parity ^= (uint32_t)get(p + i, 4, 1);
		put(p + LEN - 4, parity, 4, 1);
	}
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	uint64_t state = seed;
	if (size < 64 || random_next(&state) % 3 == 0) {
		size = LLVMFuzzerMutate(data, size, max);
		fix_parity(data, size);
		return size;
	}
	const unsigned width = 1u << random_next(&state) % 4;
	const size_t reach = random_next(&state) % 4 != 0 && size > 256 ? 256 : size;
	const size_t at = random_next(&state) % (reach - 8) / width * width;
	const int big = random_next(&state) % 2 != 0;
	const uint64_t old = get(data + at, width, big), r = random_next(&state);
	const uint64_t values[] = { 0, 1, UINT64_MAX, UINT64_C(1) << (8 * width - 1),
		UINT64_MAX >> (65 - 8 * width), old + 1, old - 1, old * 2, old / 2, old ^ (UINT64_C(1) << r % 64),
		size, size - at, size / 4096 * 4096, 4096, 0x7fffffff, 0x80000000, UINT64_C(1) << r % 64,
		get(data + r % (size - 8), width, big), r };
	put(data + at, values[random_next(&state) % (sizeof(values) / sizeof(values[0]))], width, big);
	fix_parity(data, size);
	return size;
}
