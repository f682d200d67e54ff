/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults of the system: faults FIXTURE...
 *
 * The n-th allocation of the library fails, for every n until all succeed; and there are no file
 * descriptors left.  Opening then fails with a sentence, or what is read is right; nothing leaks
 * (LeakSanitizer tells).
 */
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fuzz.h"

enum { BYTES = 64 };

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);

static long left = -1;	/* allocations until one fails; -1: none does */
static bool failed;

static bool
refuse(void)
{
	if (left == 0)
		return failed = true;
	left -= left > 0;
	return false;
}

void *
__wrap_malloc(size_t n)
{
	return refuse() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t m)
{
	return refuse() ? NULL : __real_calloc(n, m);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return refuse() ? NULL : __real_realloc(p, n);
}

static int
first_mapped(const struct kvm_range *r, void *arg)
{
	struct kvm_range *ret = arg;
	if (r->kr_kind != KVM_MAPPED || r->kr_last - r->kr_first < BYTES)
		return 1;
	*ret = *r;
	return 0;
}

static int
some_pages(struct kvm_page *page, void *arg)
{
	(void)page;
	return ++*(unsigned *)arg < 5000;
}

/* All that allocates.  False: it did not open. */
static bool
use(const char *kernel, const char *core, const struct kvm_range *at, const uint8_t *wanted)
{
	char err[2048] = "";
	kvm_t *kd = kvm_open_image(kernel, core, O_RDONLY, NULL, err);
	if (kd == NULL) {
		MUST(err[0] != '\0', "%s: no sentence", core);
		return false;
	}
	uint8_t buf[BYTES];
	unsigned pages = 0;
	const kssize_t n = kvm_read2(kd, at->kr_first, buf, BYTES);
	MUST(n == BYTES || (n == -1 && kvm_geterr(kd)[0] != '\0'), "%s: %jd", core, (intmax_t)n);
	MUST(n == -1 || memcmp(buf, wanted, BYTES) == 0, "%s: other bytes", core);
	struct kvm_range r = *at;
	if (kvm_each_range(kd, at->kr_first, at->kr_last, first_mapped, &r) == -1)
		MUST(kvm_geterr(kd)[0] != '\0', "%s: no sentence", core);
	if (kvm_walk_pages(kd, some_pages, &pages) == 0 && pages < 5000)
		MUST(kvm_geterr(kd)[0] != '\0', "%s: no sentence", core);
	free(kvm_readstr(kd, (unsigned long)at->kr_first, NULL, NULL));
	struct kvm_symbol symbol;
	(void)kvm_symbol_find(kd, "kernbase", &symbol);
	(void)kvm_close(kd);
	return true;
}

static void
no_descriptors(const char *kernel, const char *core, const struct kvm_range *at, const uint8_t *wanted)
{
	struct rlimit was, few;
	MUST(getrlimit(RLIMIT_NOFILE, &was) == 0, "RLIMIT_NOFILE");
	const int next = dup(2);
	(void)close(next);
	for (int n = 0; n < 3; n++) {
		few = was;
		few.rlim_cur = (rlim_t)(next + n);
		MUST(setrlimit(RLIMIT_NOFILE, &few) == 0, "RLIMIT_NOFILE");
		const bool ok = use(kernel, core, at, wanted);
		MUST(setrlimit(RLIMIT_NOFILE, &was) == 0, "RLIMIT_NOFILE");
		MUST(ok == (n >= 2), "%s: %d descriptors, and it %s", core, n, ok ? "opens" : "fails");
		const int after = dup(2);
		MUST(after == next, "%s: descriptor %d is still open", core, next);
		(void)close(after);
	}
}

int
main(int argc, char **argv)
{
	long all = 0;
	for (int i = 1; i < argc; i++) {
		char core[1024], kernel[1024], err[2048] = "";
		uint8_t wanted[BYTES];
		struct kvm_range at = { 0 };
		(void)snprintf(core, sizeof(core), "%s/core", argv[i]);
		(void)snprintf(kernel, sizeof(kernel), "%s/kernel", argv[i]);
		kvm_t *kd = kvm_open_image(kernel, core, O_RDONLY, NULL, err);
		if (kd == NULL && strstr(err, "undefined") != NULL)
			continue;
		MUST(kd != NULL, "%s", err);
		(void)kvm_each_range(kd, 0, UINT64_MAX, first_mapped, &at);
		MUST(kvm_read2(kd, at.kr_first, wanted, BYTES) == BYTES, "%s: %s", core, kvm_geterr(kd));
		(void)kvm_close(kd);
		long n = 0;
		for (failed = true; failed; n++) {
			failed = false;
			left = n;
			(void)use(kernel, core, &at, wanted);
			left = -1;
		}
		MUST(n > 1, "%s: no allocation failed", core);
		all += n;
		no_descriptors(kernel, core, &at, wanted);
	}
	(void)printf("faults: %d fixtures, %ld allocations refused\n", argc - 1, all);
	/* The first failure would have ended it. */
	(void)printf("%ld passed, 0 failed, 0 skipped\n", all);
	return all > 0 ? 0 : 1;
}
