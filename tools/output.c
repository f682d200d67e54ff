/* SPDX-License-Identifier: BSD-2-Clause */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kcore.h"

enum { HOLE = 4096 };

bool
output_open(struct output *out, const char *path)
{
	static const char suffix[] = ".XXXXXX";
	size_t n = strlen(path);
	*out = (struct output) { .path = path, .fd = -1, .temp = malloc(n + sizeof(suffix)) };
	if (out->temp == NULL) {
		complain("%s: %s", path, strerror(errno));
		return false;
	}
	memcpy(out->temp, path, n);
	memcpy(out->temp + n, suffix, sizeof(suffix));
	out->fd = mkstemp(out->temp);
	if (out->fd != -1)
		return true;
	complain("%s: %s", out->temp, strerror(errno));
	free(out->temp);
	out->temp = NULL;
	return false;
}

static bool
write_all(struct output *out, uint64_t off, const uint8_t *p, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(out->fd, p + done, len - done, (off_t)(off + done));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			complain("%s: offset %#jx: %s", out->temp, (uintmax_t)(off + done),
			    n == 0 ? "nothing was written" : strerror(errno));
			return false;
		}
		done += (size_t)n;
	}
	return true;
}

/* Bytes from p on that are all zero, or all in blocks that are not. */
static size_t
run_of(const uint8_t *p, size_t len, bool *zero)
{
	static const uint8_t zeros[HOLE];
	size_t run = 0;
	while (run < len) {
		size_t n = len - run < HOLE ? len - run : HOLE;
		bool z = memcmp(p + run, zeros, n) == 0;
		if (run == 0)
			*zero = z;
		else if (z != *zero)
			break;
		run += n;
	}
	return run;
}

bool
output_write(struct output *out, uint64_t off, const void *buf, size_t len)
{
	const uint8_t *p = buf;
	for (size_t done = 0; done < len;) {
		bool zero = false;
		size_t n = run_of(p + done, len - done, &zero);
		if (!zero && !write_all(out, off + done, p + done, n))
			return false;
		done += n;
	}
	return true;
}

/* A rename is on disk when its directory is. */
static bool
sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL || slash == path ? 1 : (size_t)(slash - path);
	char *dir = malloc(n + 1);
	if (dir == NULL) {
		complain("%s: %s", path, strerror(errno));
		return false;
	}
	memcpy(dir, slash == NULL ? "." : path, n);
	dir[n] = '\0';
	int fd = open(dir, O_RDONLY | O_CLOEXEC);
	/* Some file systems cannot sync a directory: EINVAL. */
	bool ok = fd != -1 && (fsync(fd) == 0 || errno == EINVAL);
	if (!ok)
		complain("%s: %s", dir, strerror(errno));
	if (fd != -1)
		close(fd);
	free(dir);
	return ok;
}

bool
output_finish(struct output *out, uint64_t len)
{
	bool ok = ftruncate(out->fd, (off_t)len) == 0 && fsync(out->fd) == 0;
	ok = close(out->fd) == 0 && ok;
	out->fd = -1;
	if (!ok) {
		complain("%s: %s", out->temp, strerror(errno));
		return false;
	}
	if (rename(out->temp, out->path) == -1) {
		complain("%s: %s", out->path, strerror(errno));
		return false;
	}
	free(out->temp);
	out->temp = NULL;
	return sync_directory(out->path);
}

void
output_drop(struct output *out)
{
	if (out->fd != -1)
		close(out->fd);
	if (out->temp != NULL)
		unlink(out->temp);
	free(out->temp);
	*out = (struct output) { .fd = -1 };
}
