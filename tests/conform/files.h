/* SPDX-License-Identifier: BSD-2-Clause */
/* Private copies of images, and comparisons of files, at the cost of their data and not of their holes. */
#ifndef CONFORM_FILES_H
#define CONFORM_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A new empty file without a name, close-on-exec. */
int file_scratch(void);

/**
 * Copies a file into a new one below TMPDIR.
 *
 * @return its path, for file_drop; NULL if it holds too much data for a scratch folder
 */
char *file_copy(const char *from);
void file_drop(char *path);

/* Bytes of data up to which file_copy copies. */
#define FILE_COPY_MAX (UINT64_C(512) << 20)

/**
 * Compares n bytes of two open files.
 *
 * @param first,last  receive the relative offsets of the first and last difference
 * @return            how many bytes differ; past a file's end counts as zero bytes
 */
uint64_t file_differ(int a, uint64_t aoff, int b, uint64_t boff, uint64_t n, uint64_t *first,
    uint64_t *last);
uint64_t file_size(int fd);

#endif
