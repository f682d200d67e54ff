/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of DragonFly's <kvm.h> that the worker uses, to see that it compiles with no more. */
#ifndef SHIM_KVM_H
#define SHIM_KVM_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "../nlist.h"

typedef struct __kvm kvm_t;

kvm_t	*kvm_open(const char *, const char *, const char *, int, const char *);
kvm_t	*kvm_openfiles(const char *, const char *, const char *, int, char *);
int	kvm_close(kvm_t *);
char	*kvm_geterr(kvm_t *);
ssize_t	kvm_read(kvm_t *, unsigned long, void *, size_t);
ssize_t	kvm_write(kvm_t *, unsigned long, const void *, size_t);
int	kvm_nlist(kvm_t *, struct nlist *);
char	*kvm_readstr(kvm_t *, unsigned long, char *, size_t *);

#endif
