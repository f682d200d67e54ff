/* SPDX-License-Identifier: BSD-2-Clause */
/* The head of the cpu data of all NetBSD ports to m68k. */
#include "port/netbsd/m68k.h"

#include <stdio.h>
#include <string.h>

/* MC68851 User's Manual, 6.1.3, PS: 256 bytes to 32 KiB. */
#define PAGE_SIZES	UINT32_C(0xff00)

bool
m68k_head_names(const struct netbsd_kcore *kcore, const char *name)
{
	const size_t len = strlen(name) + 1;
	return view_has(&kcore->cpu, M68K_NAME, M68K_UNION) &&
	    memcmp(kcore->cpu.p + M68K_NAME, name, len) == 0;
}

uint32_t
m68k_word(const struct dump *dump, unsigned off)
{
	return view_get32(&dump->kcore.cpu, off);
}

static enum kv_status
name_bad(const struct dump *dump, const struct image *img, struct m68k_head *head, const char *wanted,
    struct kv_err *err)
{
	/* Whatever bytes are there, the sentence is one line of text. */
	for (char *c = head->name; *c != '\0'; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return kv_fail(err, KV_EFORMAT, "%s: name at offset %#jx is \"%s\", wanted %s", img->name,
	    (uintmax_t)(dump->kcore.cpu_off + M68K_NAME), head->name, wanted);
}

enum kv_status
m68k_head_decode(struct dump *dump, const struct image *img, uint64_t size, const char *name,
    struct m68k_head *ret, struct kv_err *err)
{
	enum kv_status s = dump_cpu_wants(dump, img, size, err);
	if (s != KV_OK)
		return s;
	(void)snprintf(ret->name, sizeof(ret->name), "%.*s", M68K_NAME_BYTES,
	    (const char *)dump->kcore.cpu.p + M68K_NAME);
	if (name != NULL && strcmp(ret->name, name) != 0)
		return name_bad(dump, img, ret, name, err);
	if (ret->name[0] == '\0' || strlen(ret->name) == M68K_NAME_BYTES)
		return name_bad(dump, img, ret, "a machine's, of 1 to 15 characters", err);
	if (name == NULL && strcmp(ret->name, "sun2") == 0)
		return name_bad(dump, img, ret, "one of this machine id", err);
	ret->page_size = m68k_word(dump, M68K_PAGE_SIZE);
	ret->kernbase = m68k_word(dump, M68K_KERNBASE);
	if (ret->page_size == 0 || (ret->page_size & ~PAGE_SIZES) != 0 ||
	    (ret->page_size & (ret->page_size - 1)) != 0)
		return dump_bad(dump, img, M68K_PAGE_SIZE, "page_size", ret->page_size, err,
		    "a power of two from 0x100 to 0x8000");
	dump->pagesize = ret->page_size;
	return KV_OK;
}

enum kv_status
m68k_linear_range(struct dump *dump, const struct image *img, vaddr_t lo, uint32_t end, uint32_t pa,
    unsigned off, const char *what, struct kv_err *err)
{
	if (end <= lo)
		return KV_OK;
	if (end - lo > UINT64_C(0x100000000) - pa)
		return dump_bad(dump, img, off, what, end, err, "%#jx or less: memory above %#jx ends at "
		    "2^32", (uintmax_t)(lo + (UINT64_C(0x100000000) - pa)), (uintmax_t)pa);
	const struct mmu mmu = mmu_linear(lo, end - 1, pa, MMU_NOPROT);
	return dump_range(dump, lo, end - 1, &mmu, err);
}
