/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libkvm in the manner of OpenBSD's on amd64, for its own dumps only, with defects of the one it stands
 * for: pages of 1 GiB are taken for tables, the direct map ends a byte late, bits 63 to 48 of
 * an address are not looked at, memory that is not in the dump reads as what follows the dump, and
 * a local symbol has no type.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <kvm.h>

#include "amd64.h"

/* Four slots of the top table, from slot 507 on. */
#define DIRECT		UINT64_C(0xfffffd8000000000)
#define DIRECT_END	UINT64_C(0xffffff8000000000)

/* A miss is said, and then taken for what follows all memory. */
static bool
find(kvm_t *kd, uint64_t pa, uint64_t *off)
{
	if (piece_find(kd, pa, off))
		return true;
	soft(kd, "pa %llx not in dump", (unsigned long long)pa);
	*off = kd->npieces > 0 ? kd->piece[kd->npieces - 1].off + kd->piece[kd->npieces - 1].size : 0;
	return true;
}

/* The direct map needs no tables; the reference compares its end with "<=". */
static uint64_t
openbsd_translate(kvm_t *kd, uint64_t va, uint64_t *pa)
{
	if (va < DIRECT || va > DIRECT_END)
		return translate(kd, va, pa);
	*pa = va - DIRECT;
	return 4096 - (va & 4095);
}

static int
opened(kvm_t *kd)
{
	kcore_header(kd);
	kd->root &= FRAME;	/* bit 63 says that a PCID is used again */
	return 0;
}

const struct manner manner = {
	.no_files = KVM_NO_FILES,
	.write_only = true,
	.core_first = true,
	.no_gigabyte = true,
	.device = "/dev/mem",
	.opened = opened,
	.find = find,
	.translate = openbsd_translate,
};

ssize_t
kvm_read(kvm_t *kd, unsigned long va, void *buf, size_t len)
{
	uint64_t bad;
	ssize_t n;

	if ((kd->flags & KVM_NO_FILES) != 0) {
		hard(kd, "pread: %s", strerror(EBADF));
		return soft(kd, "invalid address (%lx)", va);
	}
	if (kd->cpu == NULL)
		return hard(kd, "no valid dump header");
	return read_virtual(kd, va, buf, len, &bad, &n) ? n :
	    hard(kd, "_kvm_kvatop(%lx)", (unsigned long)bad);
}

ssize_t
kvm_write(kvm_t *kd, unsigned long va, const void *buf, size_t len)
{
	(void)buf;
	(void)len;
	if ((kd->flags & KVM_NO_FILES) != 0)
		return soft(kd, "invalid address (%lx)", va);
	return hard(kd, "kvm_write not implemented for dead kernels");
}

/* A local symbol's type is N_EXT alone. */
int
kvm_nlist(kvm_t *kd, struct nlist *nl)
{
	int missing = symbols(kd, nl, true);

	if (missing < 0)
		return soft(kd, "bad namelist");
	for (; nl->n_name != NULL && nl->n_name[0] != '\0'; nl++) {
		Elf64_Sym s;

		if (symbol_find(kd, nl->n_name, true, true, &s) &&
		    ELF64_ST_BIND(s.st_info) == STB_LOCAL)
			nl->n_type = 0x01;
	}
	return missing;
}

/* ---- Dump headers ---- */

int
kvm_dump_mkheader(kvm_t *kd, off_t off)
{
	int n;

	if ((kd->flags & KVM_NO_FILES) != 0)
		return hard(kd, "don't use on live kernel");
	n = kcore_adopt(kd, off);
	return n == 0 ? soft(kd, "invalid magic in cpu_hdr") : n;
}

int
kvm_dump_wrtheader(kvm_t *kd, FILE *fp, int size)
{
	return kcore_write_stream(kd, fp, size);
}

int
kvm_dump_inval(kvm_t *kd)
{
	Elf64_Sym s;
	uint64_t pa, off;

	if ((kd->flags & KVM_NO_FILES) != 0)
		return hard(kd, "clearing dump on live kernel");
	if (kd->cpu == NULL || !symbol_find(kd, "_dumpmag", true, true, &s))
		return hard(kd, "not in name list");
	if (openbsd_translate(kd, s.st_value, &pa) == 0)
		return hard(kd, "_kvm_kvatop(%lx)", (unsigned long)s.st_value);
	find(kd, pa, &off);
	if (pwrite(kd->core, "\0\0\0\0\0\0\0", 8, (off_t)off) != 8)
		return soft(kd, "cannot invalidate dump");
	return 0;
}
