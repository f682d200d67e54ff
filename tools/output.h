/* SPDX-License-Identifier: BSD-2-Clause */
/* A file that appears under its name only when it is whole and on disk. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output {
	const char *path;	/* what it will be called; the caller's */
	char *temp;		/* what it is called until then */
	int fd;
};

/* Each complains and returns false if the system refuses. */
bool output_open(struct output *out, const char *path);
/* Blocks of zeros are not written: they become holes. */
bool output_write(struct output *out, uint64_t off, const void *buf, size_t len);
/* Makes it len bytes long, puts it on disk and gives it its name. */
bool output_finish(struct output *out, uint64_t len);
/* Removes what is not finished; nothing after output_finish. */
void output_drop(struct output *out);

#endif
