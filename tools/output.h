/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that appears under its name only when it is whole and on disk. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stddef.h>

#include "kcore.h"

struct output {
	const char *path;	/* what it will be called; the caller's */
	char *temp;		/* what it is called until then; a signal that ends us removes it */
	int fd;
};

/*
 * Each complains and returns false if the system refuses.  The file is args' second operand: it
 * replaces neither the first nor the kernel, and nothing that is no regular file.
 */
bool output_open(struct output *out, const struct args *args);
/* Blocks of zeros are not written: they become holes. */
bool output_write(struct output *out, uint64_t off, const void *buf, size_t len);
/* Makes it len bytes long, puts it on disk and gives it its name. */
bool output_finish(struct output *out, uint64_t len);
/* Removes what is not finished; nothing after output_finish. */
void output_drop(struct output *out);

#endif
