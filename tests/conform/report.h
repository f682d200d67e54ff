/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Verdicts: TAP version 13 on standard output as they come, JUnit XML at the end.  Checks run in
 * a child for each fixture, which records what it finds; the parent takes the records in order.
 */
#ifndef CONFORM_REPORT_H
#define CONFORM_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct report;

struct report_options {
	const char *junit;	/* file to write, or NULL */
	const char *only;	/* run checks whose name matches (glob, or part of it), or NULL */
	bool list;		/* print names, run nothing */
	bool verbose;		/* time of each check */
	const char *known;	/* file of known failures, or NULL */
};

struct report *report_open(const struct report_options *);
/* The report of a child process: all that happens goes into record. */
struct report *report_child(const struct report *, FILE *record);
/* What a child recorded, and a failure if it died by status (of waitpid). */
void report_take(struct report *, FILE *record, const char *fixture, int status);
void report_free(struct report *);

/* Starts a check, "fixture/rest"; false: not to be run (then no report_end). */
bool report_begin(struct report *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void report_end(struct report *);
/* Name of the check that runs. */
const char *report_name(const struct report *);

/* The check fails; one mismatch, of one or more lines.  Only the first few are shown in full. */
void report_fail(struct report *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The next report_fail will be shown: dear explanations are worth making. */
bool report_room(const struct report *);
/* Is the mismatch that was reported last shown?  One like an earlier one is only counted. */
bool report_shown(const struct report *);
/* More lines for the mismatch reported last. */
void report_note(struct report *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The check cannot run here; a failure reported in the same check still counts. */
void report_skip(struct report *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The check fails, and nothing that it does from now on counts: the library is gone. */
void report_stop(struct report *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool report_stopped(const struct report *);
/* Has the running check failed? */
bool report_failed(const struct report *);

/* Every verdict in order: "pass", "fail", "skip" or "known"; text is "" or diagnostics. */
void report_each(const struct report *, void (*)(void *arg, const char *name, const char *verdict,
    const char *text, double seconds), void *arg);

/* Prints plan and totals, writes JUnit, frees.  An exit status; fewer checks than least are lost,
 * EXIT_CANNOT if all checks of fixtures were skipped and this is no part of a larger run, and after
 * a whole run each pattern of known failures must have matched a check. */
int report_close(struct report *, unsigned least, bool part, bool whole);

#endif
