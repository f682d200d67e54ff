/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written besides TAP and JUnit: JSON lines, and the page made of them. */
#ifndef CONFORM_OUTPUT_H
#define CONFORM_OUTPUT_H

#include "fixture.h"
#include "report.h"

struct output {
	const char *json, *html;	/* files to write, or NULL */
	const char *from;		/* results to read instead of running anything, or NULL */
	const char *compare;		/* results of another library, or NULL */
};

/* Takes --json, --html, --from and --compare; false: another option. */
bool output_option(struct output *, const char *option, const char *value);

/* Writes the files from what was run; false, and says so, if one cannot be. */
bool output_run(const struct output *, const struct report *, const struct fixtures *,
    const char *library, uint64_t seed);
/* The same from the results that --from names; an exit status. */
int output_from(const struct output *);

#endif
