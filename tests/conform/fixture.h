/* SPDX-License-Identifier: BSD-2-Clause */
/* A fixture directory: its oracle, its files, what its memory must hold. */
#ifndef CONFORM_FIXTURE_H
#define CONFORM_FIXTURE_H

#include "memory.h"
#include "oracle.h"

struct fixture {
	char *dir, *name;	/* name: the last part of dir */
	char *kernel, *core;
	char *device;		/* NULL without a device line */
	struct oracle o;
	struct memory m;
};

/* Every directory with an oracle at or below dir, sorted by path.  Ends the run if one is broken. */
void fixtures_find(const char *dir, struct fixture **list, size_t *n, size_t *cap);
void fixtures_free(struct fixture *list, size_t n);

#endif
