/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "descriptors.h"
#include "files.h"

void
descriptors_take(struct descriptors *d)
{
	for (int i = 0; i < MAX_DESCRIPTORS; i++)
		d->flags[i] = fcntl(i, F_GETFD);
}

unsigned
descriptors_new(const struct descriptors *before, const struct descriptors *after, bool *cloexec)
{
	unsigned n = 0;

	*cloexec = true;
	for (int i = 0; i < MAX_DESCRIPTORS; i++) {
		if (after->flags[i] == -1 || before->flags[i] != -1)
			continue;
		n++;
		if ((after->flags[i] & FD_CLOEXEC) == 0)
			*cloexec = false;
	}
	return n;
}

void
descriptors_same(struct subject *s, const struct descriptors *before,
    const struct descriptors *after, const char *what)
{
	if (s->lib->remote)	/* ours, then, not the library's */
		return;
	for (int i = 0; i < MAX_DESCRIPTORS; i++)
		if ((before->flags[i] == -1) != (after->flags[i] == -1))
			report_fail(s->r, "%s: descriptor %d was %s", what, i,
			    after->flags[i] == -1 ? "closed" : "left open");
}

static int saved = -1, caught = -1;	/* process-wide, as standard error is */

void
stderr_catch(void)
{
	fflush(stderr);
	saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	caught = file_scratch();
	if (saved < 0 || dup2(caught, STDERR_FILENO) < 0)
		fatal("cannot redirect standard error: %s", strerror(errno));
}

void
stderr_release(char *said, size_t size)
{
	ssize_t n;

	fflush(stderr);
	n = pread(caught, said, size - 1, 0);
	said[n > 0 ? n : 0] = '\0';
	dup2(saved, STDERR_FILENO);
	close(saved);
	close(caught);
}
