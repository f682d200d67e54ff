/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources: <kvm.h> and lib/libkvm/kvm.c of NetBSD, OpenBSD, FreeBSD and DragonFly; kvm(3) and
 * kvm_open(3) of each.
 */
#include <stdio.h>
#include <string.h>

#include "flavor.h"
#include "util.h"

#define EVERYWHERE "kvm_openfiles kvm_open kvm_close kvm_read kvm_write kvm_geterr kvm_nlist"

static const struct flavor flavors[] = {
	{ "netbsd", "NetBSD's libkvm", "netbsd", FLAVOR_NO_FILES | FLAVOR_KERNEL_FIRST |
	    FLAVOR_NO_FILES_TEXT | FLAVOR_UNTOUCHED,
	    EVERYWHERE " kvm_getkernelname kvm_dump_mkheader kvm_dump_header kvm_dump_wrtheader "
	    "kvm_dump_inval" },
	{ "openbsd", "OpenBSD's libkvm", "openbsd", FLAVOR_NO_FILES | FLAVOR_UNTOUCHED,
	    EVERYWHERE " kvm_dump_mkheader kvm_dump_wrtheader kvm_dump_inval" },
	{ "freebsd", "FreeBSD's libkvm", "freebsd", FLAVOR_NULL_HANDLE | FLAVOR_FOREIGN |
	    FLAVOR_UNTOUCHED,
	    EVERYWHERE " kvm_open2 kvm_read2 kvm_nlist2 kvm_native kvm_kerndisp kvm_walk_pages" },
	{ "dragonfly", "DragonFly's libkvm", "dragonfly", 0, EVERYWHERE " kvm_readstr" },
	{ "kcore", "kcore's libkvm", NULL, FLAVOR_NO_FILES | FLAVOR_NULL_HANDLE | FLAVOR_WRONLY |
	    FLAVOR_WRITES | FLAVOR_KERNEL_FIRST | FLAVOR_FOREIGN | FLAVOR_STRICT |
	    FLAVOR_NO_FILES_TEXT | FLAVOR_UNTOUCHED, NULL },
};

const struct flavor *
flavor_find(const char *name)
{
	for (size_t i = 0; i < sizeof(flavors) / sizeof(flavors[0]); i++)
		if (strcmp(flavors[i].name, name) == 0)
			return &flavors[i];
	return NULL;
}

bool
flavor_promises(const struct flavor *f, unsigned what)
{
	return f == NULL || (f->promises & what) == what;
}

/* Is it a word of the list? */
static bool
has_function(const struct flavor *f, const char *name)
{
	size_t n = strlen(name);

	if (f->functions == NULL)
		return true;
	for (const char *p = f->functions; (p = strstr(p, name)) != NULL; p += n)
		if ((p == f->functions || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

void
flavor_apply(struct lib *lib)
{
	if (lib->flavor == NULL || lib->flavor->os == NULL)
		return;
	lib->ours = false;
#define FN(result, name, required, parameters)                                                 \
	if (!has_function(lib->flavor, #name))                                                 \
		lib->name = NULL;
	LIB_FUNCTIONS(FN)
#undef FN
}

void
flavor_check(const struct lib *lib, struct report *r)
{
	if (lib->flavor == NULL)
		return;
#define FN(result, name, required, parameters)                                                 \
	if (has_function(lib->flavor, #name) && report_begin(r, "library/has-%s", #name)) {    \
		if (lib->name == NULL)                                                         \
			report_fail(r, "%s has %s, and this one has not", lib->flavor->library, #name); \
		report_end(r);                                                                 \
	}
	LIB_FUNCTIONS(FN)
#undef FN
}

/* The systems have several names for one machine. */
static const char *
common(const char *machine)
{
	return strcmp(machine, "x86_64") == 0 ? "amd64" : strcmp(machine, "arm64") == 0 ? "aarch64" :
	    machine;
}

bool
flavor_native(const struct lib *lib, const struct oracle *o)
{
	return lib->machine[0] == '\0' || strcmp(common(lib->machine), common(o->machine)) == 0;
}

bool
flavor_reads(const struct lib *lib, const struct oracle *o, char *why, size_t size)
{
	const struct flavor *f = lib->flavor;

	if (f == NULL || f->os == NULL)
		return true;
	if (strcmp(f->os, o->os) != 0 || o->is_raw) {
		snprintf(why, size, "%s reads dumps of %s only, and this is one of %s%s", f->library, f->os,
		    o->os, o->is_raw ? ", without a header" : "");
		return false;
	}
	if (flavor_promises(f, FLAVOR_FOREIGN) || flavor_native(lib, o))
		return true;
	snprintf(why, size, "%s on %s reads dumps of that machine only, and this is one of %s", f->library,
	    lib->machine, o->machine);
	return false;
}

bool
flavor_resolves(const struct lib *lib, const struct oracle *o)
{
	return lib->flavor != NULL && lib->flavor->os != NULL && lib->kvm_open2 != NULL &&
	    flavor_promises(lib->flavor, FLAVOR_FOREIGN) && !flavor_native(lib, o);
}
