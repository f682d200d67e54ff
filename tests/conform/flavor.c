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

/*
 * Whose dumps a library reads on a machine of this word (machine() of worker.c), where that is not
 * simply the machine of that name.
 */
static const struct {
	const char *os, *word, *machine;
	enum { ANY, BIG, LITTLE } order;
} machines[] = {
	/* kvm_m68k.c looks for one of its readers by the name in the header. */
	{ "netbsd", "m68k", "m68k", ANY },
	{ "netbsd", "m68k", "sun2", ANY },
	{ "netbsd", "m68k", "sun3", ANY },
	{ "netbsd", "m68k", "sun3x", ANY },
	{ "netbsd", "m68k", "gen68k", ANY },
	{ "openbsd", "aarch64", "arm64", ANY },
	{ "openbsd", "mipseb", "mips64", BIG },
	{ "openbsd", "mipsel", "mips64", LITTLE },
	{ "openbsd", "sh3", "sh", ANY },
	{ "freebsd", "aarch64", "arm64", ANY },
	{ "freebsd", "arm", "arm", LITTLE },
	{ "freebsd", "armeb", "arm", BIG },
	{ "freebsd", "mipseb", "mips", BIG },
	{ "freebsd", "mipsel", "mips", LITTLE },
	{ "freebsd", "riscv64", "riscv", ANY },
	{ "dragonfly", "amd64", "x86_64", ANY },
};

bool
flavor_native(const struct lib *lib, const struct oracle *o)
{
	bool listed = false;

	if (lib->machine[0] == '\0')
		return true;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		if (strcmp(machines[i].os, o->os) != 0 || strcmp(machines[i].word, lib->machine) != 0)
			continue;
		listed = true;
		if (strcmp(machines[i].machine, o->machine) == 0 &&
		    (machines[i].order == ANY || (machines[i].order == BIG) == o->big))
			return true;
	}
	return !listed && strcmp(lib->machine, o->machine) == 0;
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
	if (strcmp(lib->machine, "unknown") == 0)
		snprintf(why, size, "the worker does not know its machine: machine() of worker.c wants a word "
		    "for it");
	else
		snprintf(why, size, "%s on %s reads dumps of that machine only, and this is one of %s, "
		    "%s-endian", f->library, lib->machine, o->machine, o->big ? "big" : "little");
	return false;
}

bool
flavor_resolves(const struct lib *lib, const struct oracle *o)
{
	return lib->flavor != NULL && lib->flavor->os != NULL && lib->kvm_open2 != NULL &&
	    flavor_promises(lib->flavor, FLAVOR_FOREIGN) && !flavor_native(lib, o);
}
