/* SPDX-License-Identifier: BSD-2-Clause */
/* kcore-conform: runs every check of every fixture at or below the directories given. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "run.h"

#define MODEL_WALKS 2		/* explanations from the model for one fixture: they are slow */
#define MAX_JOBS 256

static const char usage_text[] =
    "usage: kcore-conform [--lib SO] [--junit FILE] [--only PATTERN] [--seed N] [--walk CMD]\n"
    "                     [--expect N] [--list] [-j N] [-v] DIR...\n"
    "Judges a libkvm by every fixture (a directory with an oracle) at or below DIR.\n"
    "  --lib SO        the library to judge; default: the one linked in\n"
    "  --junit FILE    write JUnit XML\n"
    "  --only PATTERN  checks whose name matches, as a glob or in part\n"
    "  --seed N        of the random places read, C syntax; default 1\n"
    "  --walk CMD      run as CMD DIR VA, explains an address; default $KCORE_WALK\n"
    "  --expect N      fail if there are fewer checks than N\n"
    "  --list          print the names of the checks, run none\n"
    "  -j N            so many fixtures at a time; default 1\n"
    "  -v              print the time that each check took\n"
    "TAP on standard output.  Exit: 0 all as expected, 1 failures, 2 usage, 77 cannot run here,\n"
    "99 harness or fixture broken.\n";

static int
usage(void)
{
	fputs(usage_text, stderr);
	return EXIT_USAGE;
}

static bool
number(const char *s, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(s, &end, 0);
	return errno == 0 && end != s && *end == '\0' && s[0] != '-';
}

/* Verdicts are known by the fixture's name. */
static void
must_differ(const struct fixtures *list)
{
	for (size_t i = 0; i < list->n; i++)
		for (size_t k = i + 1; k < list->n; k++)
			if (strcmp(list->p[i]->name, list->p[k]->name) == 0)
				fatal("two fixtures are named %s: %s and %s", list->p[i]->name,
				    list->p[i]->dir, list->p[k]->dir);
}

int
main(int argc, char **argv)
{
	struct report_options ro = { .only = NULL };
	struct conform c = { .walk = getenv("KCORE_WALK"), .walks = MODEL_WALKS, .seed = 1 };
	const char *so = NULL;
	struct fixtures list = { .n = 0 };
	struct lib lib;
	unsigned least = 0;
	unsigned jobs = 1;
	int i, status;

	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
		const char *opt = argv[i], *value = argv[i + 1];	/* argv[argc] is NULL */
		uint64_t v;

		if (strcmp(opt, "--list") == 0)
			ro.list = true;
		else if (strcmp(opt, "-v") == 0)
			ro.verbose = true;
		else if (value == NULL)
			return usage();
		else if (i++, strcmp(opt, "--lib") == 0)
			so = value;
		else if (strcmp(opt, "--junit") == 0)
			ro.junit = value;
		else if (strcmp(opt, "--only") == 0)
			ro.only = value;
		else if (strcmp(opt, "--walk") == 0)
			c.walk = value;
		else if (strcmp(opt, "--seed") == 0 && number(value, &v))
			c.seed = v;
		else if (strcmp(opt, "--expect") == 0 && number(value, &v) && v <= UINT_MAX)
			least = (unsigned)v;
		else if (strcmp(opt, "-j") == 0 && number(value, &v) && v >= 1 && v <= MAX_JOBS)
			jobs = (unsigned)v;
		else
			return usage();
	}
	if (i == argc)
		return usage();
	if (so == NULL)
		lib_linked(&lib);
	else {
		char err[LIB_ERRLEN];

		if (!lib_load(&lib, so, err)) {
			fprintf(stderr, "kcore-conform: %s\n", err);
			return EXIT_CANNOT;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (; i < argc; i++)
		fixtures_find(&list, argv[i]);
	if (list.n == 0)
		fatal("no fixture: no directory with an oracle at or below those given");
	c.lib = &lib;
	c.report = report_open(&ro);
	must_differ(&list);
	if (ro.list)
		run_list(&c, &list);
	else
		run_children(&c, &list, jobs);
	status = report_close(c.report, least);
	fixtures_fini(&list);
	lib_fini(&lib);
	return status;
}
