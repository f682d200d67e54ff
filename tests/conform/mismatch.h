/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a failed check as HTML: wanted and got, and the walks level by level. */
#ifndef CONFORM_MISMATCH_H
#define CONFORM_MISMATCH_H

#include <stdint.h>
#include <stdio.h>

void mismatch_write(FILE *, const char *text);
/* Adds the addresses that its mismatches begin with to n others, up to max; how many then. */
size_t mismatch_addresses(const char *text, uint64_t *address, size_t n, size_t max);

#endif
