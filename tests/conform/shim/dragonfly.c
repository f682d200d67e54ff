/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libkvm in the manner of DragonFly's on x86_64 for one of its backends, the full dump in ELF form:
 * minidumps it refuses.  It has defects of the one it stands for: bits 63 to 48 of an
 * address are not looked at, pages of 1 GiB are taken for tables, and the buffer of a read
 * that fails is cleared.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <kvm.h>

#include "amd64.h"

#define PCB_CR3	64		/* in struct pcb: sys/platform/pc64/include/pcb.h */

/* dumppcb holds the registers of the CPU that dumped. */
static int
find_root(kvm_t *kd)
{
	Elf64_Sym base, pcb;
	uint64_t off;
	uint8_t p[8];

	if (!symbol_find(kd, "kernbase", true, false, &base))
		return hard(kd, "bad namelist - no kernbase");
	if (!symbol_find(kd, "dumppcb", true, false, &pcb))
		return hard(kd, "bad namelist - no dumppcb");
	if (!piece_find(kd, pcb.st_value - base.st_value + PCB_CR3, &off) ||
	    !full_read(kd->core, p, 8, off))
		return hard(kd, "cannot read dumppcb");
	kd->root = little(p, 8) & FRAME;
	return 0;
}

static int
opened(kvm_t *kd)
{
	Elf64_Ehdr e;
	struct stat st;

	if (fstat(kd->core, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0)
		return hard(kd, "empty file");
	if (!full_read(kd->kernel, &e, sizeof(e), 0) || e.e_machine != EM_X86_64)
		return hard(kd, "bad namelist");
	if (!elf_pieces(kd))
		return hard(kd, "invalid core");
	return find_root(kd);
}

const struct manner manner = {
	.core_first = true,
	.no_gigabyte = true,
	.by_section = true,
	.opened = opened,
	.find = piece_find,
	.translate = translate,
};

ssize_t
kvm_read(kvm_t *kd, unsigned long va, void *buf, size_t len)
{
	uint64_t bad;
	ssize_t n;

	if (len < 65536)	/* a length that is no length must not clear all memory */
		memset(buf, 0, len);
	return read_virtual(kd, va, buf, len, &bad, &n) ? n :
	    soft(kd, "invalid address (%llx)", (unsigned long long)bad);
}

ssize_t
kvm_write(kvm_t *kd, unsigned long va, const void *buf, size_t len)
{
	(void)va;
	(void)buf;
	(void)len;
	return hard(kd, "kvm_write not implemented for dead kernels");
}

int
kvm_nlist(kvm_t *kd, struct nlist *nl)
{
	int missing = symbols(kd, nl, true);

	return missing < 0 ? hard(kd, "bad namelist") : missing;
}

/* A byte at a time; the size that is needed is counted on when the buffer is full. */
char *
kvm_readstr(kvm_t *kd, unsigned long va, char *buf, size_t *lenp)
{
	size_t cap = buf != NULL ? *lenp : 16, n = 0;
	char *s = buf != NULL ? buf : malloc(cap), c;

	do {
		uint64_t bad;
		ssize_t one;

		if (s == NULL || !read_virtual(kd, va + n, &c, 1, &bad, &one) || one != 1) {
			if (buf == NULL)
				free(s);
			soft(kd, "invalid address (%lx)", va + n);
			return NULL;
		}
		if (n == cap && buf == NULL)
			s = realloc(s, cap *= 2);
		if (s != NULL && n < cap)
			s[n] = c;
		n++;
	} while (c != '\0');
	if (lenp != NULL)
		*lenp = n;
	return n <= cap ? s : NULL;
}
