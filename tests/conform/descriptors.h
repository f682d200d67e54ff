/* SPDX-License-Identifier: BSD-2-Clause */
/* File descriptors of this process: which are open, and standard error caught in a file. */
#ifndef CONFORM_DESCRIPTORS_H
#define CONFORM_DESCRIPTORS_H

#include "conform.h"

#define MAX_DESCRIPTORS 256

struct descriptors {
	int flags[MAX_DESCRIPTORS];	/* fcntl(F_GETFD), or -1 */
};

void descriptors_take(struct descriptors *);
/* The same ones must be open; reports a mismatch in the running check. */
void descriptors_same(struct subject *, const struct descriptors *before,
    const struct descriptors *after, const char *what);
/* Those open in after only: how many, and whether each is close-on-exec. */
unsigned descriptors_new(const struct descriptors *before, const struct descriptors *after,
    bool *cloexec);

/* Sends standard error to a file, until stderr_release fetches what was written. */
void stderr_catch(void);
void stderr_release(char *said, size_t size);

#endif
