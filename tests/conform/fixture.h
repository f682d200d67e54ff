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
	bool packed;		/* the core is compressed */
	struct oracle o;
	struct memory m;
};

struct fixtures {
	struct fixture **p;	/* each stays where it is: its memory points to its oracle */
	size_t n, cap;
};

/* Adds every directory with an oracle at or below dir, sorted by path.  Ends the run if one is
 * broken. */
void fixtures_find(struct fixtures *, const char *dir);
/* Before a fixture is judged: opens its core.  A run of many holds few open. */
void fixture_open(struct fixture *);
void fixtures_fini(struct fixtures *);

#endif
