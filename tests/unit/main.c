/* SPDX-License-Identifier: BSD-2-Clause */
/* unit COUNT [SUITE...]: runs the suites and compares their checks with the file COUNT. */
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "unit.h"

/* Made by the Makefile: SUITE(name) for each tests/unit/<name>.c. */
#define SUITE(name) extern const struct unit_suite unit_##name;
#include "suites.def"
#undef SUITE

static const struct unit_suite *const suites[] = {
#define SUITE(name) &unit_##name,
#include "suites.def"
#undef SUITE
};
#define NSUITES (sizeof(suites) / sizeof(suites[0]))

static unsigned skips;

bool
unit_check(bool ok, const char *file, unsigned line, const char *fmt, ...)
{
	char text[1024] = "";
	if (!ok) {
		va_list ap;
		va_start(ap, fmt);
		(void)vsnprintf(text, sizeof(text), fmt, ap);
		va_end(ap);
	}
	(void)CU_assertImplementation(ok ? CU_TRUE : CU_FALSE, line, text, file, "", CU_FALSE);
	return ok;
}

bool
unit_check_eq(const char *file, unsigned line, const char *row, const char *what, uint64_t got,
    uint64_t want)
{
	return unit_check(got == want, file, line,
	    "%s: %s: wanted 0x%" PRIx64 ", got 0x%" PRIx64, row, what, want, got);
}

bool
unit_check_text(const char *file, unsigned line, const char *row, const char *text,
    const char *want)
{
	return unit_check(strstr(text, want) != NULL, file, line,
	    "%s: wanted a text with \"%s\", got \"%s\"", row, want, text);
}

void
unit_skip(const char *fmt, ...)
{
	va_list ap;
	skips++;
	printf("\n    skipped: ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

/* The number of checks that the file wants of a suite, less those that the suite's second number
 * says a host whose long has 32 bits must skip; -1 if the file does not name it. */
static long
wanted(FILE *f, const char *suite)
{
	char line[256], name[128];
	rewind(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		long n, narrow = 0;
		if (line[0] != '#' && sscanf(line, "%127s %ld %ld", name, &n, &narrow) >= 2 &&
		    strcmp(name, suite) == 0)
			return LONG_MAX == INT32_MAX ? n - narrow : n;
	}
	return -1;
}

/* Each suite that the file names must exist: none may get lost. */
static unsigned
unknown_suites(FILE *f)
{
	char line[256], name[128];
	long n;
	unsigned unknown = 0;
	rewind(f);
	while (fgets(line, sizeof(line), f) != NULL) {
		if (line[0] == '#' || sscanf(line, "%127s %ld", name, &n) != 2)
			continue;
		size_t i = 0;
		while (i < NSUITES && strcmp(suites[i]->name, name) != 0)
			i++;
		if (i == NSUITES) {
			printf("unit: suite %s is in COUNT, but there is none\n", name);
			unknown++;
		}
	}
	return unknown;
}

int
main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s COUNT [SUITE...]\n", argv[0]);
		return 2;
	}
	FILE *count = fopen(argv[1], "r");
	if (count == NULL) {
		perror(argv[1]);
		return 99;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);	/* a crash must not hide which test it was */
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 99;
	CU_basic_set_mode(CU_BRM_NORMAL);

	unsigned checks = 0, failed = 0, short_suites = 0, tests = 0;
	for (size_t i = 0; i < NSUITES; i++) {
		const struct unit_suite *s = suites[i];
		bool chosen = argc == 2;
		for (int a = 2; a < argc; a++)
			chosen |= strcmp(argv[a], s->name) == 0;
		if (!chosen)
			continue;
		CU_pSuite cs = CU_add_suite(s->name, NULL, NULL);
		if (cs == NULL)
			return 99;
		for (const struct unit_test *t = s->tests; t->name != NULL; t++)
			if (CU_add_test(cs, t->name, t->fn) == NULL)
				return 99;
		(void)CU_basic_run_suite(cs);
		const CU_RunSummary *sum = CU_get_run_summary();
		checks += sum->nAsserts;
		failed += sum->nAssertsFailed;
		tests += sum->nTestsRun;
		long want = wanted(count, s->name);
		if (sum->nTestsRun == 0 || want < 0 || (long)sum->nAsserts < want) {
			printf("unit: suite %s: %u tests, %u checks, COUNT wants %ld\n", s->name,
			    sum->nTestsRun, sum->nAsserts, want);
			short_suites++;
		} else if ((long)sum->nAsserts > want)
			printf("unit: suite %s: %u checks, COUNT has %ld: raise it\n", s->name,
			    sum->nAsserts, want);
	}
	if (argc == 2)
		short_suites += unknown_suites(count);
	if (tests == 0)
		short_suites++;
	CU_cleanup_registry();
	(void)fclose(count);
	printf("\nunit: %u tests, %u suites short of checks\n", tests, short_suites);
	printf("%u passed, %u failed, %u skipped\n", checks - failed, failed + short_suites, skips);
	return failed != 0 || short_suites != 0;
}
