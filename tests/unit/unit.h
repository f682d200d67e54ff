/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame of the unit tests.  Each tests/unit/<layer>.c but main.c defines
 *
 *	const struct unit_suite unit_<layer> = { "layer", tests };
 *
 * and is found by the Makefile; COUNT holds its number of checks.
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>
#include <stdint.h>

struct unit_test {
	const char *name;
	void (*fn)(void);
};

struct unit_suite {
	const char *name;
	const struct unit_test *tests;	/* ends with a NULL name */
};

/*
 * One check: counted, and on failure named by the message, which should begin with the
 * row's name and say what was wanted and got.  Returns ok.
 */
bool unit_check(bool ok, const char *file, unsigned line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
#define CHECK(ok, ...) unit_check((ok), __FILE__, __LINE__, __VA_ARGS__)

/* Got and wanted, both printed in hexadecimal. */
#define CHECK_EQ(row, what, got, want) \
	unit_check_eq(__FILE__, __LINE__, (row), (what), (uint64_t)(got), (uint64_t)(want))
bool unit_check_eq(const char *file, unsigned line, const char *row, const char *what,
    uint64_t got, uint64_t want);

/* True if text contains want; prints both if not. */
#define CHECK_TEXT(row, text, want) unit_check_text(__FILE__, __LINE__, (row), (text), (want))
bool unit_check_text(const char *file, unsigned line, const char *row, const char *text,
    const char *want);

/* A test that cannot run here: printed and counted apart; COUNT still wants its checks. */
void unit_skip(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same numbers on every host: splitmix64. */
static inline uint64_t
unit_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

#endif
