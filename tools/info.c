/* SPDX-License-Identifier: BSD-2-Clause */
/* kcore info: what an image is, and what is wrong or missing. */
#include "device.h"
#include "kernelmatch.h"

#include <stdlib.h>
#include <string.h>

/* More extents than these are shown with --json only. */
enum { SHOWN = 16 };

/* Bytes of a text that are shown. */
enum { TEXT = 1023 };

struct extent_list {
	bool json;
	size_t n;
};

static int
show_extent(const struct kvm_extent *x, void *arg)
{
	struct extent_list *list = arg;
	if (list->json)
		printf("%s\n    {\"paddr\": \"%#jx\", \"length\": \"%#jx\", \"offset\": \"%#jx\"}",
		    list->n == 0 ? "" : ",", (uintmax_t)x->ke_paddr, (uintmax_t)x->ke_len,
		    (uintmax_t)x->ke_offset);
	else if (list->n < SHOWN)
		printf("  %#18jx  %#14jx bytes at offset %#jx\n", (uintmax_t)x->ke_paddr,
		    (uintmax_t)x->ke_len, (uintmax_t)x->ke_offset);
	list->n++;
	return 1;
}

/* What the dump's kernel says of itself: in an array or, if indirect, where a pointer points to. */
static const struct kernel_text {
	const char *label, *symbol;
	bool indirect;
} kernel_texts[] = {
	{ "version", "version", false },
	{ "panic", "panicstr", true },
};
enum { NTEXTS = sizeof(kernel_texts) / sizeof(kernel_texts[0]) };

/* The first line of it, for the caller to free; NULL if there is none. */
static char *
kernel_string(kvm_t *kd, const struct kvm_info *info, const struct kernel_text *what)
{
	struct kvm_symbol sym;
	uint8_t b[8];
	if (kvm_getkernelname(kd)[0] == '\0' || kvm_symbol_find(kd, what->symbol, &sym) != 0)
		return NULL;
	kvaddr_t va = sym.ky_value;
	size_t size = info->ki_bits / 8;
	if (what->indirect) {
		if (kvm_read2(kd, va, b, size) != (kssize_t)size)
			return NULL;
		va = 0;
		for (size_t i = 0; i < size; i++) {
			bool big = strcmp(info->ki_byteorder, "big") == 0;
			va |= (kvaddr_t)b[big ? size - 1 - i : i] << 8 * i;
		}
		if (va == 0)
			return NULL;
	}
	/* A longer text is more likely garbage; its beginning will do. */
	char *text = calloc(1, TEXT + 1);
	for (size_t n = 0; text != NULL && n < TEXT && strlen(text) == n;) {
		struct kvm_range range;
		const kvaddr_t at = va + n;
		if (kvm_xlate(kd, at, &range, NULL, NULL) == -1 || range.kr_kind != KVM_MAPPED ||
		    range.kr_last < at)
			break;
		size_t len = TEXT - n;
		if (range.kr_last - at < len)
			len = (size_t)(range.kr_last - at) + 1;
		if (kvm_read2(kd, at, text + n, len) != (kssize_t)len)
			break;
		n += len;
	}
	if (text == NULL || text[0] == '\0') {
		free(text);
		return NULL;
	}
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* Complaints about the image, one a call. */
static size_t
problems(kvm_t *kd, const struct kvm_info *info, void (*say)(const char *text, size_t n))
{
	char text[512];
	size_t n = 0;
	if (info->ki_missing > 0) {
		(void)snprintf(text, sizeof(text), "the file ends early: %#jx of %#jx bytes of "
		    "memory are missing", (uintmax_t)info->ki_missing,
		    (uintmax_t)info->ki_memory);
		say(text, n++);
	}
	if (kvm_getkernelname(kd)[0] == '\0')
		say(strcmp(info->ki_os, "raw") == 0 ? "no kernel was given (-k): no symbols" :
		    "no kernel was given (-k): no symbols, and the regime is a guess", n++);
	else if (kernelmatch(kd, info, text) != MATCH_SAME)
		say(text, n++);
	return n;
}

static void
say_text(const char *text, size_t n)
{
	(void)n;
	printf("%-9s %s\n", "problem", text);
}

static void
say_json(const char *text, size_t n)
{
	printf("%s", n == 0 ? "" : ", ");
	json_string(stdout, text);
}

static void
show_text(kvm_t *kd, const struct kvm_info *info, const char *core)
{
	printf("%-9s %s\n", "core", core);
	if (kvm_getkernelname(kd)[0] != '\0')
		printf("%-9s %s\n", "kernel", kvm_getkernelname(kd));
	printf("%-9s %s\n", "form", info->ki_form);
	printf("%-9s %s/%s, %u-bit, %s-endian\n", "machine", info->ki_os, info->ki_machine,
	    info->ki_bits, info->ki_byteorder);
	printf("%-9s %s: %u-bit addresses, pages of %u bytes, top table at %#jx\n", "regime",
	    info->ki_regime, info->ki_vabits, info->ki_pagesize, (uintmax_t)info->ki_root);
	for (size_t i = 0; i < NTEXTS; i++) {
		char *s = kernel_string(kd, info, &kernel_texts[i]);
		if (s != NULL) {
			printf("%-9s ", kernel_texts[i].label);
			say_safe(s);
			printf("\n");
		}
		free(s);
	}
	printf("%-9s %#jx bytes in %zu extents\n", "memory", (uintmax_t)info->ki_memory,
	    info->ki_nextents);
	struct extent_list list = { .json = false };
	kvm_each_extent(kd, show_extent, &list);
	if (list.n > SHOWN)
		printf("  ... and %zu more (--json shows all)\n", list.n - SHOWN);
	problems(kd, info, say_text);
}

static void
show_json(kvm_t *kd, const struct kvm_info *info, const char *core)
{
	printf("{\n  \"core\": ");
	json_string(stdout, core);
	printf(",\n  \"kernel\": ");
	json_string(stdout, kvm_getkernelname(kd));
	printf(",\n  \"form\": \"%s\",\n  \"os\": \"%s\",\n  \"machine\": \"%s\",\n"
	    "  \"regime\": \"%s\",\n  \"byteorder\": \"%s\",\n  \"bits\": %u,\n"
	    "  \"vabits\": %u,\n  \"pagesize\": %u,\n  \"root\": \"%#jx\",\n"
	    "  \"memory\": \"%#jx\",\n  \"missing\": \"%#jx\",\n", info->ki_form, info->ki_os,
	    info->ki_machine, info->ki_regime, info->ki_byteorder, info->ki_bits,
	    info->ki_vabits, info->ki_pagesize, (uintmax_t)info->ki_root,
	    (uintmax_t)info->ki_memory, (uintmax_t)info->ki_missing);
	for (size_t i = 0; i < NTEXTS; i++) {
		char *s = kernel_string(kd, info, &kernel_texts[i]);
		printf("  \"%s\": ", kernel_texts[i].label);
		if (s != NULL)
			json_string(stdout, s);
		else
			printf("null");
		printf(",\n");
		free(s);
	}
	printf("  \"problems\": [");
	problems(kd, info, say_json);
	printf("],\n  \"extents\": [");
	struct extent_list list = { .json = true };
	kvm_each_extent(kd, show_extent, &list);
	printf("\n  ]\n}\n");
}

static int
run(const struct args *args)
{
	kvm_t *kd = core_open(args, args->operands[0]);
	if (kd == NULL)
		return EXIT_NO;
	struct kvm_info info;
	int status = EXIT_NO;
	char byte;
	if (kvm_getinfo(kd, &info, sizeof(info)) == 0 && info.ki_header) {
		if (args->json)
			show_json(kd, &info, args->operands[0]);
		else
			show_text(kd, &info, args->operands[0]);
		status = EXIT_OK;
	} else if (device_info(args) == EXIT_OK) {
		status = EXIT_OK;
	} else if (kvm_read2(kd, 0, &byte, 1) == -1) {	/* its error tells why */
		complain("%s", kvm_geterr(kd));
	}
	kvm_close(kd);
	return status;
}

const struct command cmd_info = {
	.name = "info", .usage = "[--json] [-k KERNEL] CORE", .what = "what it is",
	.options = "kjC", .min = 1, .max = 1, .run = run,
};
