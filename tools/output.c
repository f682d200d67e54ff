/* SPDX-License-Identifier: BSD-2-Clause */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOLE = 4096 };

/* What a signal's handler removes; NULL: nothing. */
static const char *volatile unfinished;

/* Its action is the default one again: it takes effect when this returns. */
static void
remove_unfinished(int signo)
{
	const char *path = unfinished;
	if (path != NULL)
		(void)unlink(path);
	(void)raise(signo);
}

/* mkstemp, but no signal comes between the file and its name. */
static int
make_unfinished(char *path)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGXCPU, SIGXFSZ };
	enum { SIGNALS = sizeof(signals) / sizeof(signals[0]) };
	struct sigaction action = { .sa_handler = remove_unfinished, .sa_flags = (int)SA_RESETHAND };
	struct sigaction was;
	sigset_t old;
	(void)sigemptyset(&action.sa_mask);
	for (int i = 0; i < SIGNALS; i++)
		(void)sigaddset(&action.sa_mask, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &action.sa_mask, &old);
	for (int i = 0; i < SIGNALS; i++)
		/* One that is ignored, as nohup(1) has it, stays so. */
		if (sigaction(signals[i], NULL, &was) == 0 && was.sa_handler == SIG_DFL)
			(void)sigaction(signals[i], &action, NULL);
	int fd = mkstemp(path);
	if (fd != -1)
		unfinished = path;
	const int error = errno;
	(void)sigprocmask(SIG_SETMASK, &old, NULL);
	errno = error;
	return fd;
}

/* Its file is finished, or removed. */
static void
forget_unfinished(struct output *out)
{
	unfinished = NULL;
	free(out->temp);
	out->temp = NULL;
}

/* rename(2) would replace anything, also what the file is made of. */
static bool
replaceable(const char *path, const struct args *args)
{
	const char *const inputs[] = { args->operands[0], args->kernel };
	struct stat st, input;
	if (lstat(path, &st) == -1)
		return true;
	if (!S_ISREG(st.st_mode)) {
		complain("%s: not a regular file, which alone is replaced", path);
		return false;
	}
	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
		if (inputs[i] != NULL && stat(inputs[i], &input) == 0 &&
		    input.st_dev == st.st_dev && input.st_ino == st.st_ino) {
			complain("%s: is %s, from which it is to be made", path, inputs[i]);
			return false;
		}
	return true;
}

bool
output_open(struct output *out, const struct args *args)
{
	static const char suffix[] = ".XXXXXX";
	const char *path = args->operands[1];
	size_t n = strlen(path);
	*out = (struct output) { .path = path, .fd = -1 };
	if (!replaceable(path, args))
		return false;
	out->temp = malloc(n + sizeof(suffix));
	if (out->temp == NULL) {
		complain("%s: %s", path, strerror(errno));
		return false;
	}
	memcpy(out->temp, path, n);
	memcpy(out->temp + n, suffix, sizeof(suffix));
	out->fd = make_unfinished(out->temp);
	if (out->fd != -1)
		return true;
	complain("%s: %s", out->temp, strerror(errno));
	forget_unfinished(out);
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
	/* Some file systems cannot sync a directory; one that may be written need not be readable. */
	bool ok = fd != -1 ? fsync(fd) == 0 || errno == EINVAL : errno == EACCES;
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
	forget_unfinished(out);
	return sync_directory(out->path);
}

void
output_drop(struct output *out)
{
	if (out->fd != -1)
		close(out->fd);
	if (out->temp != NULL)
		unlink(out->temp);
	forget_unfinished(out);
	*out = (struct output) { .fd = -1 };
}
