/* SPDX-License-Identifier: BSD-2-Clause */
/* What the ports' decoders build a dump from. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "port/port.h"

enum kv_status
dump_range(struct dump *dump, vaddr_t lo, vaddr_t last, const struct mmu *mmu, struct kv_err *err)
{
	struct as_range *grown = realloc(dump->as, (dump->nas + 1) * sizeof(*grown));
	if (grown == NULL)
		return kv_fail(err, KV_ENOMEM, "%s", strerror(ENOMEM));
	dump->as = grown;
	dump->as[dump->nas++] = (struct as_range) { .lo = lo, .last = last, .mmu = *mmu };
	return KV_OK;
}

void *
dump_alloc(struct dump *dump, size_t n, size_t size, struct kv_err *err)
{
	void **grown = realloc(dump->owned, (dump->nowned + 1) * sizeof(*grown));
	if (grown != NULL) {
		dump->owned = grown;
		void *p = calloc(n, size);
		if (p != NULL)
			return dump->owned[dump->nowned++] = p;
	}
	(void)kv_fail(err, KV_ENOMEM, "%zu times %zu bytes: %s", n, size, strerror(ENOMEM));
	return NULL;
}

enum kv_status
dump_cpu_wants(const struct dump *dump, const struct image *img, uint64_t size, struct kv_err *err)
{
	const struct netbsd_kcore *kc = &dump->kcore;
	if (kc->cpu.len >= size)
		return KV_OK;
	return kv_fail(err, KV_EFORMAT, "%s: cpu segment at offset %#jx: c_size is %#zx, wanted "
	    "%#jx or more", img->name, (uintmax_t)kc->cpu_off, kc->cpu.len, (uintmax_t)size);
}

enum kv_status
dump_bad(const struct dump *dump, const struct image *img, uint64_t off, const char *field,
    uint64_t found, struct kv_err *err, const char *wanted, ...)
{
	char text[256];
	va_list ap;
	va_start(ap, wanted);
	(void)vsnprintf(text, sizeof(text), wanted, ap);
	va_end(ap);
	return kv_fail(err, KV_EFORMAT, "%s: %s at offset %#jx is %#jx, wanted %s", img->name, field,
	    (uintmax_t)(dump->kcore.cpu_off + off), (uintmax_t)found, text);
}

enum kv_status
dump_kernel_uint(struct dump *dump, const struct port_kernel *kernel, const char *symbol,
    unsigned size, uint64_t *ret, struct kv_err *err)
{
	vaddr_t va;
	if (!kernel->lookup(kernel->arg, symbol, &va))
		return kv_fail(err, KV_EUNSUP, "%s: the kernel file has no symbol %s", kernel->name,
		    symbol);
	const struct kv_loc at = { .space = KV_VIRT, .addr = va };
	const uint8_t *p;
	size_t got;
	enum kv_status s = memory_read(&dump->mem, at, size, &p, &got, err);
	if (s != KV_OK) {
		kv_prefix(err, "%s at %#jx cannot be read", symbol, (uintmax_t)va);
		return s;
	}
	const bool big = dump->big;
	if (size == 8)
		*ret = big ? be64_get(p) : le64_get(p);
	else
		*ret = big ? be32_get(p) : le32_get(p);
	return KV_OK;
}

/* <sys/kcore.h>'s users: 4 bytes in the target's order, on every NetBSD. */
#define DUMPMAG	UINT32_C(0x8fca0101)

enum dumpmag
dump_try_dumpmag(struct dump *dump, const struct mmu *mmu, const struct port_kernel *kernel)
{
	const struct mmu_src src = { .read = memory_read, .arg = &dump->mem };
	struct kv_run run;
	vaddr_t va;
	if (!kernel->lookup(kernel->arg, "dumpmag", &va) ||
	    mmu_walk(mmu, &src, va, &run, NULL, NULL, NULL) != KV_OK)
		return DUMPMAG_FAILS;
	struct kv_loc at = run.at;
	at.addr += va - run.first;
	const uint8_t *p;
	size_t got;
	if (memory_read(&dump->mem, at, 4, &p, &got, NULL) != KV_OK)
		return DUMPMAG_FAILS;
	uint32_t word = dump->big ? be32_get(p) : le32_get(p);
	/* kvm_dump_inval clears it. */
	return word == DUMPMAG ? DUMPMAG_READS : word == 0 ? DUMPMAG_CLEARED : DUMPMAG_IN_DUMP;
}
