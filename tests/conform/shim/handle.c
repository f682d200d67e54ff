/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening, closing and the last error: the same in all stand-ins, but for what their table says. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kvm.h>

#include "amd64.h"

#define NAME_MAX_BYTES 1024	/* MAXPATHLEN of the BSDs */

static int
file_open(kvm_t *kd, const char *path, int flags, int *fd)
{
	*fd = open(path, flags | O_CLOEXEC);
	return *fd >= 0 ? 0 : hard(kd, "%s: %s", path, strerror(errno));
}

static int
kernel_open(kvm_t *kd, const char *kernel)
{
	return file_open(kd, kernel, O_RDONLY, &kd->kernel);
}

static int
core_open(kvm_t *kd, const char *core)
{
	if (file_open(kd, core, kd->flags, &kd->core) != 0)
		return -1;
	return manner.core_opened != NULL ? manner.core_opened(kd, core) : 0;
}

static int
start(kvm_t *kd, const char *kernel, const char *core, int flags)
{
	kd->flags = flags;
	if ((flags & manner.no_files) != 0)
		return 0;
	if (strlen(kernel) >= NAME_MAX_BYTES)
		return hard(kd, "exec file name too long");
	if (flags != O_RDONLY && flags != O_RDWR && (flags != O_WRONLY || !manner.write_only))
		return hard(kd, "bad flags arg");
	kd->name = strdup(kernel);
	if (manner.core_first && core_open(kd, core) != 0)
		return -1;
	if (kernel_open(kd, kernel) != 0)
		return -1;
	if (!manner.core_first && core_open(kd, core) != 0)
		return -1;
	return manner.opened(kd);
}

static int
handle_free(kvm_t *kd)
{
	int n = 0;

	if (kd->core >= 0)
		n |= close(kd->core);
	if (kd->kernel >= 0)
		n |= close(kd->kernel);
	free(kd->name);
	free(kd->cpu);
	free(kd->piece);
	free(kd);
	return n;
}

kvm_t *
handle_open(const char *kernel, const char *core, int flags, const char *program, char *errbuf,
    int (*resolver)(const char *, uint64_t *))
{
	kvm_t *kd = calloc(1, sizeof(*kd));

	if (kd == NULL) {
		if (errbuf != NULL)
			strcpy(errbuf, "no memory");
		return NULL;
	}
	kd->program = program;
	kd->core = kd->kernel = -1;
	kd->resolver = resolver;
	if (start(kd, kernel, core, flags) == 0)
		return kd;
	if (errbuf != NULL)
		strcpy(errbuf, kd->err);
	handle_free(kd);
	return NULL;
}

kvm_t *
kvm_openfiles(const char *kernel, const char *core, const char *swap, int flags, char *errbuf)
{
	(void)swap;
	return handle_open(kernel, core, flags, NULL, errbuf, NULL);
}

kvm_t *
kvm_open(const char *kernel, const char *core, const char *swap, int flags, const char *errstr)
{
	(void)swap;
	return handle_open(kernel, core, flags, errstr, NULL, NULL);
}

int
kvm_close(kvm_t *kd)
{
	if (kd != NULL || !manner.null_handles)
		return handle_free(kd);
	errno = EINVAL;
	return -1;
}

char *
kvm_geterr(kvm_t *kd)
{
	static char none[] = "";

	return kd != NULL || !manner.null_handles ? kd->err : none;
}
