/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of OpenBSD's <kvm.h> that the worker uses, to see that it compiles with no more. */
#ifndef SHIM_KVM_H
#define SHIM_KVM_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "../nlist.h"

#define KVM_NO_FILES ((int)0x80000000)

typedef struct __kvm kvm_t;

kvm_t	*kvm_open(const char *, const char *, const char *, int, const char *);
kvm_t	*kvm_openfiles(const char *, const char *, const char *, int, char *);
int	kvm_close(kvm_t *);
char	*kvm_geterr(kvm_t *);
ssize_t	kvm_read(kvm_t *, unsigned long, void *, size_t);
ssize_t	kvm_write(kvm_t *, unsigned long, const void *, size_t);
int	kvm_nlist(kvm_t *, struct nlist *);
int	kvm_dump_mkheader(kvm_t *, off_t);
int	kvm_dump_wrtheader(kvm_t *, FILE *, int);
int	kvm_dump_inval(kvm_t *);

#endif
