/* SPDX-License-Identifier: BSD-2-Clause */
/* Spans of one kind in a few groups, so that 20 000 of them do not make 20 000 checks. */
#ifndef CONFORM_GROUP_H
#define CONFORM_GROUP_H

#include "oracle.h"

#define MAX_GROUPS 12

struct group {
	size_t from, to;	/* indices into the oracle's spans: from first to last of the group */
	size_t count;		/* spans of the kind among them */
	char name[64];		/* "map-0x..." or "map-0x...-to-0x..." */
};

/* How many groups were made. */
size_t groups_make(const struct oracle *, enum span_kind, struct group[MAX_GROUPS]);

#endif
