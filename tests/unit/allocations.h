/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* So many allocations of the program's own code succeed, and then none; -1: all do. */
extern int allocations_left;
/* Then all but one. */
extern bool allocations_go_on;
/* The largest one that was asked for since a test set it to 0. */
extern size_t allocations_largest;
/* So many of the library's reads succeed, and then none; -1: all do.  By port_faults.c. */
extern int reads_left;
/* What fails, does so with this, EIO if it is 0; EINTR: once. */
extern int reads_error;
/* No read gives more bytes; 0: as many as there are. */
extern size_t reads_most;
/* What befalls the library's writes.  By compressed.c. */
struct transfers {
	int error;		/* of the next one; 0: none */
	bool nothing;		/* the next one writes nothing, without an error */
	size_t most;		/* bytes of every one; 0: all */
};
extern struct transfers writes;
