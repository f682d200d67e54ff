/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libkvm in the manner of NetBSD's on amd64, for its own dumps only.  It has the two defects of the one it
 * stands for: bits 63 to 48 of an address are not looked at, and memory that is not in the
 * dump reads as the dump's first bytes.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <kvm.h>

#include "amd64.h"

/* A miss is taken for the first byte. */
static bool
find(kvm_t *kd, uint64_t pa, uint64_t *off)
{
	if (!piece_find(kd, pa, off))
		*off = kd->npieces > 0 ? kd->piece[0].off : 0;
	return true;
}

/* Without a header nothing is said until a read. */
static int
opened(kvm_t *kd)
{
	kcore_header(kd);
	return 0;
}

const struct manner manner = {
	.no_files = KVM_NO_FILES,
	.opened = opened,
	.find = find,
	.translate = translate,
};

const char *
kvm_getkernelname(kvm_t *kd)
{
	return kd->name;
}

ssize_t
kvm_read(kvm_t *kd, unsigned long va, void *buf, size_t len)
{
	uint64_t bad;
	ssize_t n;

	if ((kd->flags & KVM_NO_FILES) != 0)
		return hard(kd, "kvm_open called with KVM_NO_FILES, can't use kvm_read");
	if (kd->cpu == NULL)
		return hard(kd, "no valid dump header");
	return read_virtual(kd, va, buf, len, &bad, &n) ? n :
	    hard(kd, "_kvm_kvatop(%lx)", (unsigned long)bad);
}

/* As NetBSD before 2016. */
ssize_t
kvm_write(kvm_t *kd, unsigned long va, const void *buf, size_t len)
{
	(void)va;
	(void)buf;
	(void)len;
	if ((kd->flags & KVM_NO_FILES) != 0)
		return hard(kd, "kvm_open called with KVM_NO_FILES, can't use kvm_write");
	return hard(kd, "kvm_write not implemented for dead kernels");
}

int
kvm_nlist(kvm_t *kd, struct nlist *nl)
{
	int missing = symbols(kd, nl, false);

	return missing < 0 ? hard(kd, "bad namelist") : missing;
}

/* ---- Dump headers ---- */

int
kvm_dump_mkheader(kvm_t *kd, off_t off)
{
	int n;

	if ((kd->flags & KVM_NO_FILES) != 0)
		return hard(kd, "don't use on live kernel");
	n = kcore_adopt(kd, off);
	if (n == 0)
		hard(kd, "invalid magic in cpu_hdr");
	return n;
}

int
kvm_dump_header(kvm_t *kd, bool (*write)(void *, const void *, size_t), void *cookie, int size)
{
	return kcore_write(kd, write, cookie, size);
}

int
kvm_dump_wrtheader(kvm_t *kd, FILE *fp, int size)
{
	return kcore_write_stream(kd, fp, size);
}

int
kvm_dump_inval(kvm_t *kd)
{
	struct nlist nl[2];
	uint64_t pa, off;

	if ((kd->flags & KVM_NO_FILES) != 0)
		return hard(kd, "clearing dump on live kernel");
	memset(nl, 0, sizeof(nl));
	nl[0].n_name = "_dumpmag";
	if (kvm_nlist(kd, nl) != 0 || kd->cpu == NULL)
		return hard(kd, "bad namelist");
	if (translate(kd, nl[0].n_value, &pa) == 0 || !find(kd, pa, &off))
		return hard(kd, "_kvm_kvatop(%lx)", nl[0].n_value);
	if (pwrite(kd->core, "\0\0\0\0\0\0\0", 8, (off_t)off) != 8)
		return hard(kd, "cannot invalidate dump - pwrite: %s", strerror(errno));
	return 0;
}
