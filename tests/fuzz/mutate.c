/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mutator that knows where containers have numbers.  It sets one to what decoders compare with: a
 * limit, the image's size, a neighbour of what was there, or what another field has.  Where
 * fields are is in a table that the model writes (fields.py); what is in no table, or is
 * in none yet, is an aligned word at any place.
 */
#include <stdbool.h>
#include <string.h>

#include "mutate.h"

/* A number: its place, bytes, and byte order. */
struct field {
	uint16_t at;
	uint8_t size, big;
};

/*
 * What a header that begins with start has: n fields from number first on.  With a step they are those
 * of the rows of a table, whose offset base has.
 */
struct layout {
	const char *start;
	uint8_t nstart;
	uint16_t first, n;
	struct field base;
	uint16_t step;
};

#include "fields.h"

enum { BLOCK = 512, ROWS = 8 };

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
	enum { LEN = BLOCK };
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

/* A layout of what begins at p, of which there are len bytes; NULL: none is known. */
static const struct layout *
find_layout(const uint8_t *p, size_t len, uint64_t *state)
{
	const struct layout *found = NULL;
	unsigned n = 0;
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].nstart <= len && memcmp(layouts[i].start, p, layouts[i].nstart) == 0 &&
		    random_next(state) % ++n == 0)
			found = &layouts[i];	/* each of n with the same chance */
	return found;
}

/* One of what decoders compare a field of size bytes with. */
static uint64_t
limit(uint64_t r, unsigned size, uint64_t old, uint64_t other, uint64_t bytes, uint64_t behind)
{
	const uint64_t max = UINT64_MAX >> (64 - 8 * size), sign = max / 2 + 1;
	const uint64_t values[] = { 0, 1, max, max - 1, sign, sign - 1, bytes, bytes + 1, bytes - 1, behind,
		behind + 1, other, other + 1, other - 1, old + other, old - other, old + 1, old - 1, old * 2,
		old / 2, old ^ sign, bytes / 4096 * 4096, old + 4096, UINT64_C(1) << r / 64 % 64, r };
	return values[r % (sizeof(values) / sizeof(values[0]))];
}

/* Sets a field of the header, which may be behind a dump header, or at the end.  False: it is not known. */
static bool
set_field(uint8_t *data, size_t size, uint64_t *state)
{
	const size_t places[] = { 0, 0, BLOCK, size - BLOCK };
	size_t at = size > BLOCK ? places[random_next(state) % 4] : 0;
	const struct layout *layout = find_layout(data + at, size - at, state);
	if (layout == NULL && at != 0)
		layout = find_layout(data, size, state), at = 0;
	if (layout == NULL)
		return false;
	if (layout->step != 0) {
		const struct field *base = &layout->base;
		const uint64_t to = base->at + base->size <= size - at ?
		    get(data + at + base->at, base->size, base->big) : size;
		if (to >= size - at)
			return false;
		at += (size_t)to + random_next(state) % ROWS * layout->step;
	}
	const unsigned n = (unsigned)(random_next(state) % layout->n);
	const unsigned any = (unsigned)(random_next(state) % layout->n);
	const unsigned near = random_next(state) % 2 != 0 ? any : n > 0 ? n - 1 : layout->n - 1u;
	const struct field *f = &fields[layout->first + n], *g = &fields[layout->first + near];
	if (at + f->at + f->size > size || at + g->at + g->size > size)
		return false;
	uint8_t *p = data + at + f->at;
	put(p, limit(random_next(state), f->size, get(p, f->size, f->big),
	    get(data + at + g->at, g->size, g->big), size, size - at - f->at - f->size), f->size, f->big);
	return true;
}

/* Sets an aligned word. */
static void
set_word(uint8_t *data, size_t size, uint64_t *state)
{
	const unsigned width = 1u << random_next(state) % 4;
	const size_t reach = random_next(state) % 4 != 0 && size > 256 ? 256 : size;
	const size_t at = random_next(state) % (reach - 8) / width * width;
	const int big = random_next(state) % 2 != 0;
	const uint64_t other = get(data + random_next(state) % (size - 8), width, big);
	put(data + at, limit(random_next(state), width, get(data + at, width, big), other, size, size - at),
	    width, big);
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	uint64_t state = seed;
	if (size < 64 || random_next(&state) % 3 == 0)
		size = LLVMFuzzerMutate(data, size, max);
	else if (random_next(&state) % 2 == 0 || !set_field(data, size, &state))
		set_word(data, size, &state);
	fix_parity(data, size);
	return size;
}
