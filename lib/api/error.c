/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors as the BSDs report them: soft ones are stored, hard ones perhaps printed. */
#include "api/handle.h"

#include <string.h>

/* Formats before it stores: an argument may be the stored sentence itself. */
static void
store(kvm_t *kd, const char *fmt, va_list ap)
{
	char text[KV_ERRLEN];
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	memcpy(kd->errbuf, text, strlen(text) + 1);
}

void
err_soft(kvm_t *kd, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	store(kd, fmt, ap);
	va_end(ap);
}

void
err_hard(kvm_t *kd, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	if (kd->program == NULL) {
		store(kd, fmt, ap);
	} else {
		char text[KV_ERRLEN];
		(void)vsnprintf(text, sizeof(text), fmt, ap);
		(void)fprintf(stderr, "%s: %s\n", kd->program, text);
	}
	va_end(ap);
}

bool
header_wanted(kvm_t *kd, const char *who)
{
	if (kd->no_files) {
		err_hard(kd, "kvm_open called with KVM_NO_FILES, can't use %s", who);
		return false;
	}
	if (kd->dump.port == NULL) {
		err_hard(kd, "no valid dump header: %s", kd->no_header);
		return false;
	}
	return true;
}

/* Where each text comes from: lib/libkvm of the system. */
static const struct family families[] = {
	{ "netbsd", "_kvm_kvatop(", ")", "kvm_write", false },
	{ "openbsd", "_kvm_kvatop(", ")", "kvm_write", false },
	{ "freebsd", "invalid address (0x", ")", "kvm_write not implemented for dead kernels", true },
	{ "dragonfly", "invalid address (", ")", "kvm_write not implemented for dead kernels", true },
};

const struct family *
family_of(const kvm_t *kd)
{
	const size_t n = sizeof(families) / sizeof(families[0]);
	for (size_t i = 0; kd->dump.port != NULL && i < n; i++)
		if (strcmp(families[i].os, kd->dump.port->os) == 0)
			return &families[i];
	return &families[0];
}

void
err_address(kvm_t *kd, vaddr_t va)
{
	const struct family *family = family_of(kd);
	char text[KV_ERRLEN];
	(void)snprintf(text, sizeof(text), "%s%jx%s: %.1900s", family->before, (uintmax_t)va,
	    family->after, kd->deep.text);
	/* FreeBSD's: the reason is a hard error, and then the address is stored. */
	if (family->soft && kd->program != NULL)
		err_hard(kd, "%s", kd->deep.text);
	if (family->soft)
		err_soft(kd, "%s", text);
	else
		err_hard(kd, "%s", text);
}

void
err_refuse(kvm_t *kd, const char *who)
{
	if (kd->no_files)
		err_soft(kd, "%s: not supported for a running kernel", who);
	else if (kd->dump.port == NULL)
		err_soft(kd, "%s: not supported for a file without a dump header", who);
	else
		err_soft(kd, "%s: not supported for dumps of %s/%s", who, kd->dump.port->os,
		    kd->dump.port->machine);
}

char *
kvm_geterr(kvm_t *kd)
{
	/* The BSDs' type is char *; nobody writes to it. */
	return kd == NULL ? (char *)(uintptr_t)"" : kd->errbuf;
}
