/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "family.h"

/* Sources: lib/libkvm/kvm.c of NetBSD, kvm_private.c of FreeBSD, kvm.c of DragonFly. */
static const struct {
	const char *os, *before, *after;
	bool soft;
} families[] = {
	{ "netbsd", "_kvm_kvatop(", ")", false },
	{ "openbsd", "_kvm_kvatop(", ")", false },
	{ "freebsd", "invalid address (0x", ")", true },
	{ "dragonfly", "invalid address (", ")", true },
};

void
family_unmapped(const struct oracle *o, uint64_t va, char *buf, size_t size)
{
	buf[0] = '\0';
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strcmp(families[i].os, o->os) == 0)
			snprintf(buf, size, "%s%" PRIx64 "%s", families[i].before, va, families[i].after);
}

bool
family_soft(const struct oracle *o)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (strcmp(families[i].os, o->os) == 0)
			return families[i].soft;
	return false;
}
