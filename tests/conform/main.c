/* SPDX-License-Identifier: BSD-2-Clause */
/* kcore-conform: runs every check of every fixture at or below the directories given. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"
#include "flavor.h"
#include "output.h"
#include "proxy.h"
#include "run.h"
#include "stop.h"

#define MODEL_WALKS 4		/* explanations from the model for one fixture: they are slow */
#define MAX_JOBS 256
#define CALL_SECONDS 60
#define WORKER "kcore-worker-dlopen"

static const char usage_text[] =
    "usage: kcore-conform [--exec CMD | --lib SO [--inside]] [--flavor NAME] [--timeout S]\n"
    "                     [--memory MIB] [--junit FILE] [--json FILE] [--html FILE [--compare FILE]]\n"
    "                     [--only PATTERN,...] [--shard I/N] [--seed N] [--walk CMD]\n"
    "                     [--expect N] [--expect FILE] [--list] [-j N] [-v] DIR...\n"
    "       kcore-conform --from FILE [--html FILE [--compare FILE]] [--json FILE]\n"
    "Judges a libkvm by every fixture (a directory with an oracle) at or below DIR.\n"
    "  --exec CMD      the library to judge is that of a worker, which this shell command runs;\n"
    "                  default: the library linked in\n"
    "  --lib SO        a shared object, in a worker that stands beside this program\n"
    "  --inside        load it into this process: faster, and a crash ends a whole fixture\n"
    "  --flavor NAME   what it must promise: netbsd, openbsd, freebsd, dragonfly or kcore\n"
    "  --timeout S     seconds that one call of a worker may take; default 60\n"
    "  --memory MIB    that the library of --lib may allocate; default 2048, 0: no limit\n"
    "  --junit FILE    write JUnit XML\n"
    "  --json FILE     write JSON lines\n"
    "  --html FILE     write a page to look at\n"
    "  --compare FILE  show these results (JSON lines) beside, on that page\n"
    "  --from FILE     run nothing: the files are made from these results (JSON lines)\n"
    "  --only PATTERN,...  checks whose name matches one, as a glob or in part\n"
    "  --seed N        of the random places read, C syntax; default 1\n"
    "  --walk CMD      run as CMD DIR VA, explains an address; default $KCORE_WALK\n"
    "  --expect N      fail if there are fewer checks than N; not with --shard\n"
    "  --expect FILE   known failures, \"PATTERN LINK\" a line: one that passes fails\n"
    "  --shard I/N     judge the I-th of N parts; \"ci\": $CI_NODE_INDEX/$CI_NODE_TOTAL\n"
    "  --list          print the names of the checks, run none\n"
    "  -j N            so many fixtures at a time; default 1\n"
    "  -v              print the time that each check took\n"
    "  -h, --help      print this\n"
    "TAP on standard output.  Exit: 0 all as expected, 1 failures, 2 usage, 77 cannot run here,\n"
    "or all checks of fixtures were skipped (with --shard that is 0), 99 harness or fixture broken.\n";

/* What was wrong comes last, where it is seen. */
static int
usage(const char *what, const char *why)
{
	fputs(usage_text, stderr);
	fprintf(stderr, "kcore-conform: %s%s%s\n", what, why[0] != '\0' ? ": " : "", why);
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

/* "2/8", or what GitLab and others set. */
static bool
shard_read(const char *s, unsigned *shard, unsigned *shards)
{
	const char *index = getenv("CI_NODE_INDEX"), *total = getenv("CI_NODE_TOTAL");
	char *own = NULL, *slash;
	uint64_t a, b;
	bool ok;

	if (strcmp(s, "ci") == 0) {
		if (index == NULL || total == NULL)
			return false;
		own = xasprintf("%s/%s", index, total);
	} else
		own = xstrdup(s);
	slash = strchr(own, '/');
	if (slash != NULL)
		*slash = '\0';
	ok = slash != NULL && number(own, &a) && number(slash + 1, &b) && a >= 1 && a <= b &&
	    b <= UINT_MAX;
	if (ok) {
		*shard = (unsigned)a - 1;
		*shards = (unsigned)b;
	}
	free(own);
	return ok;
}

/* The worker for shared objects, beside this program. */
static char *
worker_path(const char *self)
{
	const char *slash = strrchr(self, '/');

	return xasprintf("%.*s" WORKER, slash != NULL ? (int)(slash - self) + 1 : 0, self);
}

static bool
library(struct lib *lib, const char *self, const char *so, const char *exec, bool inside,
    unsigned seconds, const char *memory)
{
	static char *argv[6];		/* until the last worker was started */
	static char lib_option[] = "--lib", sh[] = "/bin/sh", sh_option[] = "-c";
	static char memory_option[] = "--memory";
	char err[LIB_ERRLEN];
	bool ok;

	if (so == NULL && exec == NULL) {
		ok = lib_linked(lib);
		if (!ok)
			fputs("kcore-conform: no library is linked in: --exec or --lib is needed\n", stderr);
		return ok;
	}
	if (inside)
		ok = lib_load(lib, so, err);
	else {
		struct proxy_options opt = { .argv = argv, .seconds = seconds };

		argv[0] = exec != NULL ? sh : worker_path(self);
		argv[1] = exec != NULL ? sh_option : lib_option;
		argv[2] = xstrdup(exec != NULL ? exec : so);
		if (memory != NULL) {
			argv[3] = memory_option;
			argv[4] = xstrdup(memory);
		}
		ok = proxy_init(lib, &opt, err);
	}
	if (!ok)
		fprintf(stderr, "kcore-conform: %s\n", err);
	return ok;
}

int
main(int argc, char **argv)
{
	struct report_options ro = { .only = NULL };
	struct conform c = { .walk = getenv("KCORE_WALK"), .walks = MODEL_WALKS, .seed = 1 };
	const char *so = NULL, *exec = NULL, *flavor = NULL, *shard = NULL, *memory = NULL;
	const char *running = NULL;	/* the first option that says how to run */
	bool inside = false;
	unsigned seconds = CALL_SECONDS;
	struct output out = { .json = NULL };
	struct fixtures list = { .n = 0 };
	struct lib lib;
	unsigned least = 0;
	bool counted = false;
	unsigned jobs = 1;
	int i, status;
	bool wrote;

	for (i = 1; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
		const char *opt = argv[i], *value = argv[i + 1];	/* argv[argc] is NULL */
		uint64_t v;

		if (strcmp(opt, "-h") == 0 || strcmp(opt, "--help") == 0) {
			fputs(usage_text, stdout);
			return EXIT_ALL;
		}
		if (strcmp(opt, "--list") == 0)
			ro.list = true;
		else if (strcmp(opt, "-v") == 0)
			ro.verbose = true;
		else if (strcmp(opt, "--inside") == 0)
			inside = true;
		else if (opt[1] == 'j' && number(opt + 2, &v) && v >= 1 && v <= MAX_JOBS)
			jobs = (unsigned)v;
		else if (value == NULL)
			return usage(opt, "there is no such option, or its value is missing");
		else if (i++, strcmp(opt, "--lib") == 0)
			so = value;
		else if (strcmp(opt, "--exec") == 0)
			exec = value;
		else if (strcmp(opt, "--flavor") == 0)
			flavor = value;
		else if (strcmp(opt, "--shard") == 0)
			shard = value;
		else if (strcmp(opt, "--timeout") == 0 && number(value, &v) && v >= 1 && v <= 3600)
			seconds = (unsigned)v;
		else if (strcmp(opt, "--memory") == 0 && number(value, &v) && v <= UINT32_MAX)
			memory = value;
		else if (strcmp(opt, "--junit") == 0)
			ro.junit = value;
		else if (output_option(&out, opt, value))
			continue;
		else if (strcmp(opt, "--only") == 0)
			ro.only = value;
		else if (strcmp(opt, "--walk") == 0)
			c.walk = value;
		else if (strcmp(opt, "--seed") == 0 && number(value, &v))
			c.seed = v;
		else if (strcmp(opt, "--expect") == 0 && number(value, &v) && v <= UINT_MAX) {
			least = (unsigned)v;
			counted = true;
		} else if (strcmp(opt, "--expect") == 0 && !number(value, &v))
			ro.known = value;
		else if (strcmp(opt, "-j") == 0 && number(value, &v) && v >= 1 && v <= MAX_JOBS)
			jobs = (unsigned)v;
		else {
			char *both = xasprintf("%s %s", opt, value);
			int n = usage(both, "there is no such option, or its value is not one");

			free(both);
			return n;
		}
		if (running == NULL)
			running = opt;
	}
	if (out.from != NULL && (running != NULL || i < argc))
		return usage(running != NULL ? running : argv[i],
		    "--from runs nothing, and goes with --html, --compare and --json alone");
	if (out.from != NULL && out.html == NULL && out.json == NULL)
		return usage("--from", "--html or --json is missing: a file to make of the results");
	if (out.compare != NULL && out.html == NULL)
		return usage("--compare", "--html is missing: the page that shows it");
	if (out.from != NULL)
		return output_from(&out);
	if (i == argc)
		return usage("no directory of fixtures", "");
	if (ro.list && (ro.junit != NULL || out.json != NULL || out.html != NULL))
		return usage("--list runs nothing", "there are no results for --junit, --json or --html");
	if ((so != NULL && exec != NULL) || (inside && so == NULL))
		return usage("one library is judged", "--exec, or --lib, which --inside goes with");
	if (memory != NULL && (so == NULL || inside))
		return usage("--memory is for --lib in a worker", "other workers have it as an option of their own");
	if (shard != NULL && !shard_read(shard, &c.shard, &c.shards))
		return usage(shard, strcmp(shard, "ci") == 0 ?
		    "$CI_NODE_INDEX and $CI_NODE_TOTAL do not say which part" : "no part of a whole: wanted I/N");
	if (shard != NULL && counted)
		return usage("--expect N counts the checks of a whole run", "--shard judges a part");
	if (flavor != NULL && flavor_find(flavor) == NULL)
		return usage(flavor, "no flavor: wanted netbsd, openbsd, freebsd, dragonfly or kcore");
	stop_init();
	if (!library(&lib, argv[0], so, exec, inside, seconds, memory))
		return EXIT_CANNOT;
	/* A worker says whose <kvm.h> it was built with. */
	if (flavor == NULL && lib.family[0] != '\0' && strcmp(lib.family, "kcore") != 0)
		flavor = lib.family;
	if (flavor != NULL)
		lib.flavor = flavor_find(flavor);
	flavor_apply(&lib);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (; i < argc; i++)
		fixtures_find(&list, argv[i]);
	if (list.n == 0)
		fatal("no fixture: no directory with an oracle at or below those given");
	c.lib = &lib;
	c.report = report_open(&ro);
	must_differ(&list);
	if (c.shards == 0 || c.shard == 0)
		run_library(&c);
	if (ro.list)
		run_list(&c, &list);
	else
		run_children(&c, &list, jobs);
	wrote = ro.list || output_run(&out, c.report, &list,
	    exec != NULL ? exec : so != NULL ? so : "the library linked in", c.seed);
	status = report_close(c.report, least, c.shards > 1, c.shards <= 1 && ro.only == NULL &&
	    !ro.list);
	if (!wrote)
		status = EXIT_BROKEN;
	fixtures_fini(&list);
	lib_fini(&lib);
	return status;
}
