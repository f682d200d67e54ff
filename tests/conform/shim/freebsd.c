/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libkvm in the manner of FreeBSD's on amd64 for one of its backends, the full dump in ELF form
 * that kvm_amd64.c reads: minidumps and other machines it refuses.  It has defects of the one it stands for:
 * bits 63 to 48 of an address are not looked at, and the kernel is believed to lie at kernbase.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <kvm.h>

#include "amd64.h"

static int
lookup(kvm_t *kd, const char *name, uint64_t *value)
{
	Elf64_Sym s;

	if (kd->resolver != NULL)
		return kd->resolver(name, value);
	if (!symbol_find(kd, name, true, false, &s))
		return -1;
	*value = s.st_value;
	return 0;
}

/* The top table's address lies in the variable KPML4phys; physical memory 0 is where kernbase is. */
static int
find_root(kvm_t *kd)
{
	uint64_t base, variable, off;
	uint8_t p[8];

	if (lookup(kd, "kernbase", &base) != 0)
		return hard(kd, "bad namelist - no kernbase");
	if (lookup(kd, "KPML4phys", &variable) != 0)
		return hard(kd, "bad namelist - no KPML4phys");
	if (!piece_find(kd, variable - base, &off) || !full_read(kd->core, p, 8, off))
		return hard(kd, "cannot read KPML4phys");
	kd->root = little(p, 8);
	return 0;
}

static int
core_opened(kvm_t *kd, const char *core)
{
	struct stat st;

	if (fstat(kd->core, &st) != 0)
		return hard(kd, "%s: %s", core, strerror(errno));
	if (S_ISREG(st.st_mode) && st.st_size == 0) {
		errno = EINVAL;
		return hard(kd, "empty file: %s", strerror(errno));
	}
	return 0;
}

static int
opened(kvm_t *kd)
{
	Elf64_Ehdr e;

	if (!full_read(kd->kernel, &e, sizeof(e), 0) || memcmp(e.e_ident, ELFMAG, SELFMAG) != 0)
		return hard(kd, "kernel is not an ELF file");
	if (e.e_ident[EI_CLASS] != ELFCLASS64 || e.e_machine != EM_X86_64 || e.e_type != ET_EXEC)
		return hard(kd, "unsupported architecture");
	if (!elf_pieces(kd))
		return hard(kd, "invalid core");
	return find_root(kd);
}

const struct manner manner = {
	.core_first = true,
	.null_handles = true,
	.by_section = true,
	.core_opened = core_opened,
	.opened = opened,
	.find = piece_find,
	.translate = translate,
};

kvm_t *
kvm_open2(const char *kernel, const char *core, int flags, char *errbuf,
    int (*resolver)(const char *, kvaddr_t *))
{
	return handle_open(kernel, core, flags, NULL, errbuf, resolver);
}

int
kvm_native(kvm_t *kd)
{
	(void)kd;
	return 1;
}

kssize_t
kvm_kerndisp(kvm_t *kd)
{
	(void)kd;
	return 0;
}

kssize_t
kvm_read2(kvm_t *kd, kvaddr_t va, void *buf, size_t len)
{
	uint64_t bad;
	ssize_t n;

	return read_virtual(kd, va, buf, len, &bad, &n) ? n :
	    soft(kd, "invalid address (0x%llx)", (unsigned long long)bad);
}

ssize_t
kvm_read(kvm_t *kd, unsigned long va, void *buf, size_t len)
{
	return (ssize_t)kvm_read2(kd, va, buf, len);
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

int
kvm_nlist2(kvm_t *kd, struct kvm_nlist *nl)
{
	int missing = 0;

	for (; nl->n_name != NULL && nl->n_name[0] != '\0'; nl++) {
		struct nlist one[2];
		uint64_t value = 0;

		memset(one, 0, sizeof(one));
		one[0].n_name = nl->n_name;
		if (kd->resolver != NULL) {
			one[0].n_type = kd->resolver(nl->n_name, &value) == 0 ? 0x07 : 0;
			missing += one[0].n_type == 0;
		} else {
			missing += symbols(kd, one, true) != 0;
			value = one[0].n_value;
		}
		nl->n_type = one[0].n_type;
		nl->n_value = value;
	}
	return missing;
}

/* The backend has none. */
int
kvm_walk_pages(kvm_t *kd, kvm_walk_pages_cb_t *cb, void *arg)
{
	(void)kd;
	(void)cb;
	(void)arg;
	return 0;
}
