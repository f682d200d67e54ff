/* SPDX-License-Identifier: BSD-2-Clause */
/* What the ports' decoders build a dump from. */
#include <errno.h>
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
	uint32_t word = dump->kcore.cpu.big ? be32_get(p) : le32_get(p);
	return word == DUMPMAG ? DUMPMAG_READS : DUMPMAG_IN_DUMP;
}
