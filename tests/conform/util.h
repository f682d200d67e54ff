/* SPDX-License-Identifier: BSD-2-Clause */
/* Small things every file here needs: memory that is there or the run ends, and a seeded stream. */
#ifndef CONFORM_UTIL_H
#define CONFORM_UTIL_H

#include <stddef.h>
#include <stdint.h>

/* Exit statuses of the runner. */
enum { EXIT_ALL = 0, EXIT_SOME = 1, EXIT_USAGE = 2, EXIT_CANNOT = 77, EXIT_BROKEN = 99 };

void *xmalloc(size_t);
char *xstrdup(const char *);
/* printf into memory of its own. */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Room for one more element behind n; *cap is the count allocated. */
void *grow(void *p, size_t n, size_t *cap, size_t size);
/* Ends the run: the harness or a fixture is broken. */
void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));

/* splitmix64's finaliser: also the hash content of fixtures (fixtures/README.md). */
uint64_t mix64(uint64_t);

/* A stream of numbers that depends on the seed and a name only, so that one check alone
 * (--only) sees the numbers it saw in a whole run. */
struct rng {
	uint64_t state;
};
struct rng rng_make(uint64_t seed, const char *name);
uint64_t rng_next(struct rng *);
/* In [lo, hi], both inclusive. */
uint64_t rng_in(struct rng *, uint64_t lo, uint64_t hi);

#endif
