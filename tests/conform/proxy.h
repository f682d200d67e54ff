/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A library in another process: worker.c, which documents the protocol.  If that process dies,
 * does not answer or says what is no answer, the running check fails, and the next one has a new
 * worker: handles that were open are opened there again.
 */
#ifndef CONFORM_PROXY_H
#define CONFORM_PROXY_H

#include "lib.h"
#include "report.h"

struct proxy_options {
	char *const *argv;	/* of the worker */
	unsigned seconds;	/* for one call */
};

/* Starts a worker once, to see which functions it has; false with a sentence in err. */
bool proxy_init(struct lib *, const struct proxy_options *, char err[LIB_ERRLEN]);
/* Whose running check fails. */
void proxy_report(struct report *);
/* Ends the worker.  NULL, or for the caller to free how it died outside of any check. */
char *proxy_end(void);

#endif
