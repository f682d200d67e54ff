/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "fixture.h"
#include "util.h"

#define MAX_DEPTH 16		/* a loop of symbolic links ends here */

static bool
is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static char *
must_exist(const struct fixture *f, const char *name)
{
	char *path = xasprintf("%s/%s", f->dir, name);

	if (!is_file(path))
		fatal("%s: the fixture has no file %s", f->o.path, name);
	return path;
}

/*
 * The command that unpacks a core, or NULL.  The tools that pack it are another witness than the
 * library's own decompression.  What is damaged on purpose has no content to compare.
 */
static const char *
unpacker(const struct fixture *f)
{
	static const struct {
		const char *suffix, *command;
	} packers[] = { { ".gz", "gzip -dc" }, { ".zst", "zstd -qdc" } };
	const size_t n = strlen(f->core);

	for (size_t i = 0; f->o.open == OPEN_OK && i < sizeof(packers) / sizeof(packers[0]); i++) {
		const size_t k = strlen(packers[i].suffix);

		if (n > k && strcmp(f->core + n - k, packers[i].suffix) == 0)
			return packers[i].command;
	}
	return NULL;
}

/* A scratch file with what the core holds. */
static int
unpack(const struct fixture *f, const char *unpacker)
{
	char *command = xasprintf("exec %s < '%s'", unpacker, f->core), buf[65536];
	FILE *p = strchr(f->core, '\'') == NULL ? popen(command, "r") : NULL;
	int fd = file_scratch();
	size_t n;

	while (p != NULL && (n = fread(buf, 1, sizeof(buf), p)) > 0)
		if (write(fd, buf, n) != (ssize_t)n)
			fatal("%s: unpacking it: %s", f->core, strerror(errno));
	if (p == NULL || pclose(p) != 0)
		fatal("%s: cannot be unpacked by: %s", f->core, command);
	free(command);
	return fd;
}

static struct fixture *
fixture_load(const char *dir, const char *oracle)
{
	char err[ORACLE_ERRLEN];
	const char *base = strrchr(dir, '/');
	struct fixture *f = xmalloc(sizeof(*f));

	*f = (struct fixture){ .dir = xstrdup(dir), .name = xstrdup(base != NULL ? base + 1 : dir) };
	if (!oracle_read(&f->o, oracle, err))
		fatal("%s", err);
	f->kernel = must_exist(f, "kernel");
	f->core = must_exist(f, f->o.core);
	if (f->o.has_device)
		f->device = must_exist(f, "device");
	f->packed = unpacker(f) != NULL;
	if (!memory_init(&f->m, &f->o, f->packed ? NULL : f->core, err))
		fatal("%s", err);
	return f;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
find(struct fixtures *list, const char *dir, unsigned depth)
{
	char *oracle = xasprintf("%s/oracle", dir);
	char **name = NULL;
	size_t names = 0, names_cap = 0;
	struct dirent *e;
	struct stat st;
	DIR *d;

	if (is_file(oracle)) {
		list->p = grow(list->p, list->n, &list->cap, sizeof(*list->p));
		list->p[list->n++] = fixture_load(dir, oracle);
		free(oracle);
		return;
	}
	free(oracle);
	if (depth == MAX_DEPTH)
		fatal("%s: more than %d directories deep", dir, MAX_DEPTH);
	d = opendir(dir);
	if (d == NULL)
		fatal("%s: %s", dir, strerror(errno));
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.') {	/* the generator's unfinished ones are hidden */
			name = grow(name, names, &names_cap, sizeof(*name));
			name[names++] = xasprintf("%s/%s", dir, e->d_name);
		}
	closedir(d);
	if (names > 0)
		qsort(name, names, sizeof(*name), by_name);
	for (size_t i = 0; i < names; i++) {
		if (stat(name[i], &st) == 0 && S_ISDIR(st.st_mode))
			find(list, name[i], depth + 1);
		free(name[i]);
	}
	free(name);
}

void
fixtures_find(struct fixtures *list, const char *dir)
{
	char *clean = xstrdup(dir);
	size_t len = strlen(clean);

	while (len > 1 && clean[len - 1] == '/')
		clean[--len] = '\0';
	find(list, clean, 0);
	free(clean);
}

void
fixture_open(struct fixture *f)
{
	char err[ORACLE_ERRLEN];

	if (f->m.fd >= 0)
		return;
	if (!f->packed)
		memory_open(&f->m, f->core);
	else if (!memory_adopt(&f->m, unpack(f, unpacker(f)), err))
		fatal("%s", err);
}

void
fixtures_fini(struct fixtures *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct fixture *f = list->p[i];

		memory_fini(&f->m);
		oracle_fini(&f->o);
		free(f->dir);
		free(f->name);
		free(f->kernel);
		free(f->core);
		free(f->device);
		free(f);
	}
	free(list->p);
}
