/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The results of a run, and their file: JSON lines, one flat object a line, told apart by "type".
 *
 *   run      format, library, seed: the first line
 *   fixture  fixture, os, machine, regime, byteorder, form, bits, pagesize; and where a check of it
 *            failed oracle: its address space as lines "map FIRST LAST PA", "hole FIRST LAST",
 *            "absent ...", "short ...", "ram FIRST LAST KIND", hexadecimal, both ends inclusive
 *   check    fixture, check, verdict (pass, fail, skip, known), seconds; reason: of a skip, or the
 *            first line of a failure; notes: the other lines
 *   total    passed, failed, skipped, known, seconds: the last line
 *
 * Texts are ASCII: other bytes of a message become "?".
 */
#ifndef CONFORM_JSON_H
#define CONFORM_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum verdict_kind { VERDICT_PASS, VERDICT_FAIL, VERDICT_SKIP, VERDICT_KNOWN };
#define VERDICT_KINDS 4

struct outcome {
	char *fixture, *check;
	char *text;		/* "" if it passed */
	uint64_t us;		/* microseconds */
	enum verdict_kind verdict;
};

/* A fixture, as far as a reader of results needs to know it. */
struct place {
	const char *fixture, *os, *machine, *regime, *byteorder, *form;
	const char *oracle;	/* NULL where nothing failed */
	uint64_t bits, pagesize;
};

struct results {
	char *library;
	uint64_t seed;
	struct place *place;
	struct outcome *outcome;
	size_t nplace, placecap, n, cap;
	uint64_t count[VERDICT_KINDS];
	uint64_t us;
};

void results_init(struct results *, const char *library, uint64_t seed);
void results_fini(struct results *);
/* Adds a check, "fixture/rest". */
void results_add(struct results *, const char *name, enum verdict_kind, const char *text,
    uint64_t us);
/* Adds a fixture with copies of its texts, which are cleaned. */
void results_place(struct results *, const struct place *);
/* s with all but printable ASCII, tab and newline made "?". */
char *results_clean(const char *s);

void json_write(FILE *, const struct results *);
/* A sentence, "path:line: reason", for the caller to free; NULL if all was well. */
char *json_read(struct results *, const char *path);

#endif
