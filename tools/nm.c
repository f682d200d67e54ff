/* SPDX-License-Identifier: BSD-2-Clause */
/* kcore nm: the kernel's symbols. */
#include "kcore.h"

#include <ctype.h>

struct list {
	bool json;
	size_t n;
};

/* As nm(1): capital unless it is local. */
static char
letter(unsigned char type)
{
	char c;
	switch (type & ~N_EXT) {
	case N_TEXT:
		c = 'T';
		break;
	case N_DATA:
		c = 'D';
		break;
	case N_FN:
		c = 'F';
		break;
	default:
		return '?';
	}
	return (type & N_EXT) != 0 ? c : (char)tolower(c);
}

static int
show(const struct kvm_symbol *sym, void *arg)
{
	struct list *list = arg;
	if (list->json) {
		printf("%s\n  {\"name\": ", list->n == 0 ? "" : ",");
		json_string(stdout, sym->ky_name);
		printf(", \"value\": \"%#jx\", \"size\": \"%#jx\", \"type\": \"%c\"}",
		    (uintmax_t)sym->ky_value, (uintmax_t)sym->ky_size, letter(sym->ky_type));
	} else {
		printf("%016jx %c ", (uintmax_t)sym->ky_value, letter(sym->ky_type));
		say_safe(sym->ky_name);
		printf("\n");
	}
	list->n++;
	return !ferror(stdout);
}

static bool
show_named(kvm_t *kd, const char *name, struct list *list)
{
	struct kvm_symbol sym;
	switch (kvm_symbol_find(kd, name, &sym)) {
	case 0:
		show(&sym, list);
		return true;
	case 1:
		complain("%s: no such symbol in %s", name, kvm_getkernelname(kd));
		return false;
	default:
		complain("%s", kvm_geterr(kd));
		return false;
	}
}

static int
run(const struct args *args)
{
	if (args->kernel == NULL) {
		complain("nm: -k KERNEL is needed");
		return EXIT_USAGE;
	}
	char err[2048];
	kvm_t *kd = kvm_open_mem(args->kernel, NULL, 0, NULL, err);	/* symbols only */
	if (kd == NULL) {
		complain("%s", err);
		return EXIT_NO;
	}
	struct list list = { .json = args->json };
	bool ok = true;
	if (args->json)
		printf("[");
	for (int i = 0; i < args->noperands; i++)
		ok = show_named(kd, args->operands[i], &list) && ok;
	if (args->noperands == 0 && kvm_each_symbol(kd, show, &list) == -1) {
		complain("%s", kvm_geterr(kd));
		ok = false;
	}
	if (args->json)
		printf("\n]\n");
	kvm_close(kd);
	return ok ? EXIT_OK : EXIT_NO;
}

const struct command cmd_nm = {
	.name = "nm", .usage = "[--json] -k KERNEL [NAME...]", .what = "symbols",
	.options = "kj", .min = 0, .max = -1, .run = run,
};
