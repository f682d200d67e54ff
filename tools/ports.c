/* SPDX-License-Identifier: BSD-2-Clause */
/* kcore ports: the support table, as the last run of the suites found it (fixtures/PORTS). */
#include <string.h>

#include "kcore.h"

/* One row; lists are separated by commas, "-" is an empty one. */
static const struct row {
	const char *os, *machine, *regime, *byteorder, *pagesizes, *forms, *witnesses, *container;
} rows[] = {
#include "tools/ports.inc"	/* made of fixtures/PORTS by tools/module.mk */
};

static void
json_list(const char *key, const char *list, const char *end)
{
	printf("\"%s\": [", key);
	for (const char *p = strcmp(list, "-") == 0 ? "" : list; *p != '\0';) {
		size_t n = strcspn(p, ",");
		printf("\"%.*s\"%s", (int)n, p, p[n] == ',' ? ", " : "");
		p += n + (p[n] == ',');
	}
	printf("]%s", end);
}

static int
run(const struct args *args)
{
	const char *const fmt = "%-8s %-10s %-10s %-7s %-15s %-12s %-24s %s\n";
	if (args->json)
		printf("[");
	else
		printf(fmt, "OS", "machine", "regime", "order", "pages", "forms", "witnesses",
		    "container");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		if (!args->json) {
			printf(fmt, r->os, r->machine, r->regime, r->byteorder, r->pagesizes, r->forms,
			    r->witnesses, r->container);
			continue;
		}
		printf("%s\n  {\"os\": \"%s\", \"machine\": \"%s\", \"regime\": \"%s\", "
		    "\"byteorder\": \"%s\", ", i == 0 ? "" : ",", r->os, r->machine, r->regime,
		    r->byteorder);
		json_list("pagesizes", r->pagesizes, ", ");
		json_list("forms", r->forms, ", ");
		json_list("witnesses", r->witnesses, ", ");
		printf("\"container\": \"%s\"}", r->container);
	}
	if (args->json)
		printf("\n]\n");
	return EXIT_OK;
}

const struct command cmd_ports = {
	.name = "ports", .usage = "[--json]", .what = "the support table",
	.options = "j", .min = 0, .max = 0, .run = run,
};
