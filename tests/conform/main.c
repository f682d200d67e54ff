/* SPDX-License-Identifier: BSD-2-Clause */
/* kcore-conform: runs every check of every fixture at or below the directories given. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

#define MODEL_WALKS 12		/* explanations from the model in one run */

static const char usage_text[] =
    "usage: kcore-conform [--lib SO] [--junit FILE] [--only PATTERN] [--seed N] [--walk CMD]\n"
    "                     [--expect N] [--list] [-v] DIR...\n"
    "Judges a libkvm by every fixture (a directory with an oracle) at or below DIR.\n"
    "  --lib SO        the library to judge; default: the one linked in\n"
    "  --junit FILE    write JUnit XML\n"
    "  --only PATTERN  checks whose name matches, as a glob or in part\n"
    "  --seed N        of the random places read, C syntax; default 1\n"
    "  --walk CMD      run as CMD DIR VA, explains an address; default $KCORE_WALK\n"
    "  --expect N      fail if there are fewer checks than N\n"
    "  --list          print the names of the checks, run none\n"
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

/* The next fixture that opens, to be read beside this one; itself if there is no other. */
static const struct fixture *
partner(const struct fixtures *list, size_t i)
{
	for (size_t k = 1; k < list->n; k++) {
		const struct fixture *f = list->p[(i + k) % list->n];

		if (f->o.open == OPEN_OK && f->o.nspan > 0)
			return f;
	}
	return list->p[i];
}

static void
judge(struct conform *c, const struct fixture *f, const struct fixture *other)
{
	struct subject s;

	subject_init(&s, c, f);
	check_open(&s);
	if (f->o.open == OPEN_OK) {
		check_map(&s);
		check_gap(&s);
		check_read(&s);
		check_xlate(&s);
		check_each(&s);
		check_sym(&s);
		check_variants(&s);
		check_handles(&s, other);
		check_header(&s);
		check_device(&s);
		check_write(&s);
	}
	subject_fini(&s);
}

int
main(int argc, char **argv)
{
	struct report_options ro = { .only = NULL };
	struct conform c = { .walk = getenv("KCORE_WALK"), .walks = MODEL_WALKS, .seed = 1 };
	const char *so = NULL;
	struct fixtures list = { .n = 0 };
	struct lib lib;
	uint64_t least = 0;
	unsigned total;
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
		else if (strcmp(opt, "--expect") == 0 && number(value, &v))
			least = v;
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
	for (size_t k = 0; k < list.n; k++)
		judge(&c, list.p[k], partner(&list, k));
	status = report_close(c.report, &total);
	fixtures_fini(&list);
	lib_fini(&lib);
	if (total < least) {
		fprintf(stderr, "kcore-conform: %u checks, %llu expected: some were lost\n", total,
		    (unsigned long long)least);
		return EXIT_BROKEN;
	}
	if (total == 0) {
		fprintf(stderr, "kcore-conform: no check matches\n");
		return EXIT_BROKEN;
	}
	return status;
}
