/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocations that fail when a test says so. */
#include <errno.h>
#include <stddef.h>

#include "allocations.h"

/* The linker sends allocations here: ALLOC_WRAP. */
void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);

int allocations_left = -1;
bool allocations_go_on;
size_t allocations_largest;

static bool
refuse(size_t n)
{
	if (n > allocations_largest)
		allocations_largest = n;
	if (allocations_left == 0) {
		if (allocations_go_on)
			allocations_left = -1;
		errno = ENOMEM;
		return true;
	}
	allocations_left -= allocations_left > 0;
	return false;
}

void *
__wrap_malloc(size_t n)
{
	return refuse(n) ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t m)
{
	return refuse(n * m) ? NULL : __real_calloc(n, m);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return refuse(n) ? NULL : __real_realloc(p, n);
}
