/* SPDX-License-Identifier: BSD-2-Clause */
/* kcore ports: the support table. */
#include "kcore.h"

static int
run(const struct args *args)
{
	struct kvm_port port;
	if (!args->json)
		printf("%-10s %-10s %-14s %s\n", "OS", "machine", "form", "regimes");
	else
		printf("[");
	for (size_t n = 0; kvm_port_at(n, &port); n++) {
		if (args->json)
			printf("%s\n  {\"os\": \"%s\", \"machine\": \"%s\", \"form\": \"%s\", "
			    "\"regimes\": \"%s\"}", n == 0 ? "" : ",", port.kt_os,
			    port.kt_machine, port.kt_form, port.kt_regimes);
		else
			printf("%-10s %-10s %-14s %s\n", port.kt_os, port.kt_machine,
			    port.kt_form, port.kt_regimes);
	}
	if (args->json)
		printf("\n]\n");
	return EXIT_OK;
}

const struct command cmd_ports = {
	.name = "ports", .usage = "[--json]", .what = "the support table",
	.options = "j", .min = 0, .max = 0, .run = run,
};
