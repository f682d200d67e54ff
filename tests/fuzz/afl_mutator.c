/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mutator of mutate.c for AFL++ (AFL_CUSTOM_MUTATOR_LIBRARY), whatever program is fuzzed:
 * its interface is described in AFL++'s docs/custom_mutators.md.
 */
#include <stdlib.h>
#include <string.h>

#include "mutate.h"

void *afl_custom_init(void *afl, unsigned seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *add,
    size_t add_size, size_t max);

struct mutator {
	uint64_t state;
	uint8_t *buf;
	size_t room;
};

/* Havoc is AFL++'s own: here only the end is cut off, now and then. */
size_t
LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max)
{
	const size_t cut = size > 64 ? data[size / 2] % 64u : 0;
	return size - cut <= max ? size - cut : max;
}

void *
afl_custom_init(void *afl, unsigned seed)
{
	(void)afl;
	struct mutator *m = calloc(1, sizeof(*m));
	if (m != NULL)
		m->state = seed;
	return m;
}

/* Four fields at most are set in a copy of buf. */
size_t
afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *add, size_t add_size,
    size_t max)
{
	struct mutator *m = data;
	(void)add, (void)add_size;
	*out = NULL;
	if (max > m->room) {
		uint8_t *grown = realloc(m->buf, max);
		if (grown == NULL)
			return 0;
		m->buf = grown;
		m->room = max;
	}
	size = size < max ? size : max;
	memcpy(m->buf, buf, size);
	m->state = m->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	for (uint64_t n = m->state >> 62; ; n--) {
		m->state = m->state * UINT64_C(6364136223846793005) + 1442695040888963407u;
		size = LLVMFuzzerCustomMutator(m->buf, size, max, (unsigned)(m->state >> 32));
		if (n == 0)
			break;
	}
	*out = m->buf;
	return size;
}

void
afl_custom_deinit(void *data)
{
	struct mutator *m = data;
	free(m->buf);
	free(m);
}
