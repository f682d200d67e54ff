/* SPDX-License-Identifier: BSD-2-Clause */
/* What the oracle says lies at a physical address. */
#ifndef CONFORM_MEMORY_H
#define CONFORM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "oracle.h"

struct memory {
	const struct oracle *o;
	int fd;			/* the core */
	uint64_t size;		/* of it */
};

/* Checks that ram lines in the core lie in it wherever a map shows them.  core NULL: later. */
bool memory_init(struct memory *, const struct oracle *, const char *core,
    char err[ORACLE_ERRLEN]);
/* Opens the core, before the first memory_want; ends the run if it does not open. */
void memory_open(struct memory *, const char *core);
/* The same with a file that is open already, and checked now. */
bool memory_adopt(struct memory *, int fd, char err[ORACLE_ERRLEN]);
void memory_fini(struct memory *);

/**
 * The content that physical memory must have.
 *
 * @param want   receives len bytes
 * @param known  receives for each byte whether its content is stated
 * @return       true if every byte is; a byte without a ram or bytes line is not
 */
bool memory_want(const struct memory *, uint64_t pa, size_t len, uint8_t *want, bool *known);

#endif
