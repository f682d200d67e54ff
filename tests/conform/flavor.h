/* SPDX-License-Identifier: BSD-2-Clause */
/* What the libkvm of a system promises: its functions, and where it differs from <kvm.h> of ours. */
#ifndef CONFORM_FLAVOR_H
#define CONFORM_FLAVOR_H

#include "lib.h"
#include "oracle.h"
#include "report.h"

enum {
	FLAVOR_NO_FILES = 1,		/* KVM_NO_FILES */
	FLAVOR_NULL_HANDLE = 2,		/* kvm_close(NULL), kvm_geterr(NULL) */
	FLAVOR_WRONLY = 4,		/* opens with O_WRONLY */
	FLAVOR_WRITES = 8,		/* kvm_write changes the file */
	FLAVOR_KERNEL_FIRST = 16,	/* opens the kernel before the core */
	FLAVOR_FOREIGN = 32,		/* reads dumps of other machines, by a resolver */
	FLAVOR_NO_FILES_TEXT = 128,	/* kvm_read says that KVM_NO_FILES is why it fails */
	FLAVOR_UNTOUCHED = 256,		/* what is behind the bytes read stays as it was */
	FLAVOR_STRICT = 64		/* refuses all that contradicts itself, in our words */
};

struct flavor {
	const char *name;		/* "netbsd" */
	const char *library;		/* "NetBSD's libkvm" */
	const char *os;			/* the oracle's; NULL: any */
	unsigned promises;		/* FLAVOR_* */
	const char *functions;		/* those that it must have, separated by spaces; NULL: all */
};

/* By its name, or NULL. */
const struct flavor *flavor_find(const char *name);
/* NULL, no flavor, promises everything. */
bool flavor_promises(const struct flavor *, unsigned what);
/* Takes functions out of the table that the flavor does not have. */
void flavor_apply(struct lib *);
/* Runs the checks library/has-...: is what the flavor must have there? */
void flavor_check(const struct lib *, struct report *);
/* May the library be asked about this image?  Else why not. */
bool flavor_reads(const struct lib *, const struct oracle *, char *why, size_t size);
/* Is the image one of the machine that the library runs on?  True if that is not known. */
bool flavor_native(const struct lib *, const struct oracle *);
/* Must it be opened by kvm_open2 with a resolver? */
bool flavor_resolves(const struct lib *, const struct oracle *);

#endif
