/* SPDX-License-Identifier: BSD-2-Clause */
/* SEEK_DATA, where the host has it, is not in POSIX.1-2008 and needs its own feature macro. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "stop.h"
#include "util.h"

#define BLOCK 65536

static char *
scratch_name(int *ret_fd)
{
	const char *dir = getenv("TMPDIR");
	char *path = xasprintf("%s/kcore-conform.XXXXXX", dir != NULL && *dir != '\0' ? dir : "/tmp");
	int fd = stop_mkstemp(path);

	if (fd < 0)
		fatal("%s: %s", path, strerror(errno));
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	*ret_fd = fd;
	return path;
}

int
file_scratch(void)
{
	int fd;
	char *path = scratch_name(&fd);

	file_drop(path);
	return fd;
}

void
file_drop(char *path)
{
	if (path != NULL)
		stop_unlink(path);
	free(path);
}

uint64_t
file_size(int fd)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		fatal("fstat: %s", strerror(errno));
	return (uint64_t)st.st_size;
}

/* The first offset at or above off that may hold other bytes than zero; UINT64_MAX: none. */
static uint64_t
next_data(int fd, uint64_t off)
{
#ifdef SEEK_DATA
	off_t at = lseek(fd, (off_t)off, SEEK_DATA);

	if (at >= 0)
		return (uint64_t)at;
	if (errno == ENXIO)
		return UINT64_MAX;
#endif
	return off < file_size(fd) ? off : UINT64_MAX;
}

/* Up to BLOCK bytes; those past the end are zero. */
static void
block_read(int fd, uint64_t off, uint8_t *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t k = pread(fd, p + done, n - done, (off_t)(off + done));

		if (k < 0)
			fatal("pread: %s", strerror(errno));
		if (k == 0)
			break;
		done += (size_t)k;
	}
	memset(p + done, 0, n - done);
}

uint64_t
file_differ(int a, uint64_t aoff, int b, uint64_t boff, uint64_t n, uint64_t *first,
    uint64_t *last)
{
	uint8_t *x = xmalloc(BLOCK), *y = xmalloc(BLOCK);
	uint64_t differ = 0;

	for (uint64_t at = 0; at < n;) {
		uint64_t da = next_data(a, aoff + at), db = next_data(b, boff + at);
		size_t k = n - at < BLOCK ? (size_t)(n - at) : BLOCK;

		da = da == UINT64_MAX ? n : da - aoff;
		db = db == UINT64_MAX ? n : db - boff;
		if (da > at && db > at) {
			at = da < db ? da : db;
			continue;
		}
		block_read(a, aoff + at, x, k);
		block_read(b, boff + at, y, k);
		if (memcmp(x, y, k) != 0)
			for (size_t i = 0; i < k; i++)
				if (x[i] != y[i]) {
					if (differ++ == 0)
						*first = at + i;
					*last = at + i;
				}
		at += k;
	}
	free(x);
	free(y);
	return differ;
}

char *
file_copy(const char *from)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	struct stat st;
	uint8_t *buf;
	uint64_t size;
	char *path;

	if (in < 0 || fstat(in, &st) != 0)
		fatal("%s: %s", from, strerror(errno));
	size = (uint64_t)st.st_size;
	/* st_blocks counts 512 bytes each; holes cost nothing only if they can be seen. */
#ifdef SEEK_DATA
	if ((uint64_t)st.st_blocks * 512 > FILE_COPY_MAX) {
#else
	if (size > FILE_COPY_MAX) {
#endif
		close(in);
		return NULL;
	}
	path = scratch_name(&out);
	buf = xmalloc(BLOCK);
	if (ftruncate(out, (off_t)size) != 0) {	/* larger than this file system allows */
		free(buf);
		close(in);
		close(out);
		file_drop(path);
		return NULL;
	}
	for (uint64_t at = 0; (at = next_data(in, at)) < size;) {
		size_t k = size - at < BLOCK ? (size_t)(size - at) : BLOCK;

		block_read(in, at, buf, k);
		if (pwrite(out, buf, k, (off_t)at) != (ssize_t)k)
			fatal("%s: %s", path, strerror(errno));
		at += k;
	}
	free(buf);
	close(in);
	if (close(out) != 0)
		fatal("%s: %s", path, strerror(errno));
	return path;
}
