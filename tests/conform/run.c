/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flavor.h"
#include "proxy.h"
#include "run.h"
#include "stop.h"

#define AHEAD 16	/* fixtures begun before the first one whose verdicts are not printed */

static void
judge(struct conform *c, const struct fixtures *list, size_t i)
{
	struct fixture *f = list->p[i];
	char why[256];
	struct subject s;

	if (!flavor_reads(c->lib, &f->o, why, sizeof(why))) {
		if (report_begin(c->report, "%s/flavor", f->name)) {
			report_skip(c->report, "%s", why);
			report_end(c->report);
		}
		return;
	}
	fixture_open(f);	/* its header decides which checks there are */
	subject_init(&s, c, f);
	check_files(&s);
	check_open(&s);
	if (f->o.open == OPEN_OK) {
		check_map(&s);
		check_gap(&s);
		check_read(&s);
		check_xlate(&s);
		check_each(&s);
		check_sym(&s);
		check_variants(&s);
		check_handles(&s, list, i);
		check_header(&s);
		check_device(&s);
		check_kerneldump(&s);
		check_write(&s);
	}
	subject_fini(&s);
}

static bool
mine(const struct conform *c, size_t i)
{
	return c->shards == 0 || i % c->shards == c->shard;
}

void
run_list(struct conform *c, const struct fixtures *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (!mine(c, i))
			continue;
		judge(c, list, i);
		memory_fini(&list->p[i]->m);
	}
}

void
run_library(struct conform *c)
{
	FILE *record = tmpfile();
	struct report *r;

	if (record == NULL)
		fatal("a temporary file: %s", strerror(errno));
	r = report_child(c->report, record);
	flavor_check(c->lib, r);
	report_free(r);
	if (fflush(record) != 0)
		fatal("the record of verdicts: %s", strerror(errno));
	report_take(c->report, record, "library", 0);
	fclose(record);
}

struct child {
	pid_t pid;
	FILE *record;
	int status;		/* of waitpid */
	bool done;
};

/* The library's process must end well, which is when it may say that memory leaked. */
static void
process(struct report *r, const char *fixture)
{
	char *how = proxy_end();

	if (how == NULL)
		return;
	if (!report_begin(r, "%s/process", fixture)) {
		fflush(NULL);
		exit(EXIT_SOME);
	}
	report_fail(r, "%s", how);
	report_end(r);
	free(how);
}

/* The parent's report, held so that a leak checker does not take it for the child's leak. */
static struct report *volatile parents;

/* The child.  It ends by exit, so that sanitizers look for leaks. */
static void
child_main(struct conform *c, const struct fixtures *list, size_t i, FILE *record)
{
	struct report *r = report_child(c->report, record);

	parents = c->report;
	c->report = r;
	proxy_report(r);
	judge(c, list, i);
	process(r, list->p[i]->name);
	report_free(r);
	if (fflush(record) != 0)
		fatal("the record of verdicts: %s", strerror(errno));
	exit(EXIT_ALL);
}

static void
start(struct conform *c, const struct fixtures *list, size_t i, struct child *all)
{
	struct child *child = &all[i];

	child->record = tmpfile();
	if (child->record == NULL)
		fatal("a temporary file: %s", strerror(errno));
	fflush(NULL);
	child->pid = stop_fork(false);
	if (child->pid < 0)
		fatal("fork: %s", strerror(errno));
	if (child->pid == 0) {
		FILE *record = child->record;

		free(all);	/* the parent's: nothing leaks here but what the library does */
		child_main(c, list, i, record);
	}
}

/* Waits for any child. */
static void
reap(struct child *child, size_t from, size_t to)
{
	int status;
	pid_t pid = waitpid(-1, &status, 0);

	if (pid < 0 && errno != EINTR)
		fatal("waitpid: %s", strerror(errno));
	for (size_t i = from; i < to; i++)
		if (child[i].pid == pid && !child[i].done) {
			stop_forget(pid);
			child[i].status = status;
			child[i].done = true;
		}
	/* It found its fixture broken and said so. */
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_BROKEN) {
		for (size_t i = from; i < to; i++)
			if (!child[i].done)
				kill(child[i].pid, SIGTERM);
		exit(EXIT_BROKEN);
	}
}

void
run_children(struct conform *c, const struct fixtures *list, unsigned jobs)
{
	struct child *child = xmalloc(list->n * sizeof(*child));
	size_t begun = 0, printed = 0;
	unsigned running = 0;

	memset(child, 0, list->n * sizeof(*child));
	while (printed < list->n) {
		while (running < jobs && begun < list->n && begun < printed + AHEAD) {
			if (!mine(c, begun)) {
				child[begun++].done = true;
				continue;
			}
			start(c, list, begun, child);
			begun++;
			running++;
		}
		if (running > 0)
			reap(child, printed, begun);
		running = 0;
		for (size_t i = printed; i < begun; i++)
			running += !child[i].done;
		for (; printed < begun && child[printed].done; printed++) {
			if (child[printed].record == NULL)
				continue;
			report_take(c->report, child[printed].record, list->p[printed]->name,
			    child[printed].status);
			fclose(child[printed].record);
		}
	}
	free(child);
}
