/* SPDX-License-Identifier: BSD-2-Clause */
/* Every fixture in a child process of its own: a library that crashes ends only that one. */
#ifndef CONFORM_RUN_H
#define CONFORM_RUN_H

#include "conform.h"

/* Judges all fixtures, at most jobs at a time; verdicts come in the order of the list. */
/* What the library must have, whatever the fixture. */
void run_library(struct conform *);
void run_children(struct conform *, const struct fixtures *, unsigned jobs);
/* The names of all checks, in this process: with report_options.list nothing runs. */
void run_list(struct conform *, const struct fixtures *);

#endif
