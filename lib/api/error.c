/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors as the BSDs report them: soft ones are stored, hard ones perhaps printed. */
#include "api/handle.h"

#include <string.h>

/* Formats before it stores: an argument may be the stored sentence itself. */
static void
store(kvm_t *kd, const char *fmt, va_list ap)
{
	char text[KV_ERRLEN];
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
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
		if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
			text[0] = '\0';
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

char *
kvm_geterr(kvm_t *kd)
{
	/* The BSDs' type is char *; nobody writes to it. */
	return kd == NULL ? (char *)(uintptr_t)"" : kd->errbuf;
}
