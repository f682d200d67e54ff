/* SPDX-License-Identifier: BSD-2-Clause */
/* kcore xlate and kcore map: where virtual addresses lie. */
#include "kcore.h"

#include <string.h>

struct trace {
	bool json;
	size_t n;
};

/* Before the address of an entry that is not in memory. */
static const char *const spaces[] = {
	[KVM_SPACE_MEMORY] = "", [KVM_SPACE_VIRTUAL] = "virtual ",
	[KVM_SPACE_HEADER] = "header ", [KVM_SPACE_FILE] = "file ",
};

static void
show_step(const struct kvm_step *s, void *arg)
{
	struct trace *trace = arg;
	char prot[4];
	bool on = strcmp(s->ks_verdict, "table") == 0 || strcmp(s->ks_verdict, "leaf") == 0;
	if (trace->json) {
		printf("%s{\"table\": \"%s\", \"at\": \"%#jx\", \"index\": %ju, "
		    "\"entry\": \"%s%#jx\", \"raw\": \"%#jx\", \"verdict\": \"%s\"",
		    trace->n++ == 0 ? "" : ", ", s->ks_name, (uintmax_t)s->ks_table,
		    (uintmax_t)s->ks_index, spaces[s->ks_space], (uintmax_t)s->ks_entry,
		    (uintmax_t)s->ks_raw, s->ks_verdict);
		if (on)
			printf(", \"next\": \"%#jx\"", (uintmax_t)s->ks_next);
		if (s->ks_why != NULL) {
			printf(", \"why\": ");
			json_string(stdout, s->ks_why);
		}
		printf("}");
		return;
	}
	printf("  %-5s %#14jx[%3ju] at %s%#14jx = %#18jx  %s", s->ks_name, (uintmax_t)s->ks_table,
	    (uintmax_t)s->ks_index, spaces[s->ks_space], (uintmax_t)s->ks_entry,
	    (uintmax_t)s->ks_raw, s->ks_verdict);
	if (on)
		printf(" -> %#jx %s", (uintmax_t)s->ks_next, prot_text(s->ks_prot, true, prot));
	if (s->ks_why != NULL)
		printf(" (%s)", s->ks_why);
	printf("\n");
}

/* The physical address of va, which lies in range. */
static kpaddr_t
physical(const struct kvm_range *range, kvaddr_t va)
{
	return range->kr_paddr + (va - range->kr_first);
}

static void
show_text(kvm_t *kd, const struct kvm_range *r, kvaddr_t va)
{
	char prot[4];
	printf("%#jx", (uintmax_t)va);
	say_name(kd, va, 1);
	printf(": ");
	bool translates = r->kr_kind != KVM_UNMAPPED && r->kr_kind != KVM_UNKNOWN;
	if (translates)
		printf("pa %#jx, ", (uintmax_t)physical(r, va));
	printf("%#jx bytes", (uintmax_t)(r->kr_last - va + 1));
	if (translates)
		printf(", %s", prot_text(r->kr_prot, r->kr_prot_known, prot));
	if (r->kr_kind == KVM_MAPPED)
		printf(", offset %#jx\n", (uintmax_t)r->kr_offset + (va - r->kr_first));
	else
		printf(", %s: %s\n", kind_text(r->kr_kind), kvm_geterr(kd));
}

static void
show_json(kvm_t *kd, const struct kvm_range *r, kvaddr_t va)
{
	char name[NAME_MAX_TEXT], prot[4];
	printf("\"va\": \"%#jx\", \"symbol\": ", (uintmax_t)va);
	json_string(stdout, address_name(kd, va, name));
	printf(", \"kind\": \"%s\", \"first\": \"%#jx\", \"last\": \"%#jx\"",
	    kind_text(r->kr_kind), (uintmax_t)r->kr_first, (uintmax_t)r->kr_last);
	if (r->kr_kind != KVM_UNMAPPED && r->kr_kind != KVM_UNKNOWN)
		printf(", \"pa\": \"%#jx\", \"prot\": \"%s\"", (uintmax_t)physical(r, va),
		    prot_text(r->kr_prot, r->kr_prot_known, prot));
	if (r->kr_kind == KVM_MAPPED)
		printf(", \"offset\": \"%#jx\"",
		    (uintmax_t)r->kr_offset + (va - r->kr_first));
	else {
		printf(", \"error\": ");
		json_string(stdout, kvm_geterr(kd));
	}
}

static bool
xlate_one(kvm_t *kd, const struct args *args, kvaddr_t va)
{
	struct trace trace = { .json = args->json };
	struct kvm_range range;
	if (args->json)
		printf("{\"trace\": [");
	if (kvm_xlate(kd, va, &range, args->trace ? show_step : NULL, &trace) == -1) {
		complain("%s", kvm_geterr(kd));
		if (args->json)
			printf("]}");
		return false;
	}
	if (args->json) {
		printf("], ");
		show_json(kd, &range, va);
		printf("}");
	} else {
		show_text(kd, &range, va);
	}
	return range.kr_kind == KVM_MAPPED;
}

static int
run_xlate(const struct args *args)
{
	kvm_t *kd = core_open(args, args->operands[0]);
	if (kd == NULL)
		return EXIT_NO;
	int status = EXIT_OK;
	bool first = true;
	if (args->json)
		printf("[");
	for (int i = 1; i < args->noperands; i++) {
		kvaddr_t va;
		const int parsed = address_parse(kd, args->operands[i], &va);
		if (parsed != EXIT_OK) {
			status = parsed > status ? parsed : status;
			continue;
		}
		if (args->json)
			printf("%s\n  ", first ? "" : ",");
		first = false;
		if (!xlate_one(kd, args, va) && status == EXIT_OK)
			status = EXIT_NO;
	}
	if (args->json)
		printf("\n]\n");
	kvm_close(kd);
	return status;
}

const struct command cmd_xlate = {
	.name = "xlate", .usage = "[--json] [--trace] [-k KERNEL] CORE ADDRESS...",
	.what = "physical addresses", .options = "kjtC", .min = 2, .max = -1, .run = run_xlate,
};

struct map {
	kvm_t *kd;
	bool json;
	size_t n;
};

static int
show_range(const struct kvm_range *r, void *arg)
{
	struct map *map = arg;
	char prot[4];
	bool known = r->kr_kind != KVM_UNKNOWN;
	if (map->json) {
		printf("%s\n  {\"first\": \"%#jx\", \"last\": \"%#jx\", \"kind\": \"%s\"",
		    map->n == 0 ? "" : ",", (uintmax_t)r->kr_first, (uintmax_t)r->kr_last,
		    kind_text(r->kr_kind));
		if (known)
			printf(", \"pa\": \"%#jx\", \"prot\": \"%s\"", (uintmax_t)r->kr_paddr,
			    prot_text(r->kr_prot, r->kr_prot_known, prot));
		if (r->kr_kind == KVM_MAPPED)
			printf(", \"offset\": \"%#jx\"", (uintmax_t)r->kr_offset);
		printf("}");
	} else {
		printf("%016jx-%016jx ", (uintmax_t)r->kr_first, (uintmax_t)r->kr_last);
		if (known)
			printf("%012jx %s", (uintmax_t)r->kr_paddr,
			    prot_text(r->kr_prot, r->kr_prot_known, prot));
		else
			printf("%12s %s", "", "   ");
		printf(" %s", kind_text(r->kr_kind));
		/* kvm_symbol_at asks the kernel file only, never the walk that runs. */
		say_name(map->kd, r->kr_first, 1);
		printf("\n");
	}
	map->n++;
	return !ferror(stdout);
}

static int
run_map(const struct args *args)
{
	kvm_t *kd = core_open(args, args->operands[0]);
	if (kd == NULL)
		return EXIT_NO;
	struct map map = { .kd = kd, .json = args->json };
	if (args->json)
		printf("[");
	int ret = kvm_each_range(kd, 0, UINT64_MAX, show_range, &map);
	if (args->json)
		printf("\n]\n");
	if (ret == -1)
		complain("%s", kvm_geterr(kd));
	kvm_close(kd);
	return ret == 0 ? EXIT_OK : EXIT_NO;
}

const struct command cmd_map = {
	.name = "map", .usage = "[--json] [-k KERNEL] CORE", .what = "all that is mapped",
	.options = "kjC", .min = 1, .max = 1, .run = run_map,
};
