/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of FreeBSD's <kvm.h> that the worker uses, to see that it compiles with no more. */
#ifndef SHIM_KVM_H
#define SHIM_KVM_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "../nlist.h"

typedef uint64_t kvaddr_t;
typedef uint64_t kpaddr_t;
typedef int64_t kssize_t;
typedef unsigned char vm_prot_t;

struct kvm_nlist {
	const char	*n_name;
	unsigned char	n_type;
	kvaddr_t	n_value;
};

struct kvm_page {
	unsigned int	kp_version;
	kpaddr_t	kp_paddr;
	kvaddr_t	kp_kmap_vaddr;
	kvaddr_t	kp_dmap_vaddr;
	vm_prot_t	kp_prot;
	off_t		kp_offset;
	size_t		kp_len;
};

typedef struct __kvm kvm_t;

kvm_t	*kvm_open(const char *, const char *, const char *, int, const char *);
kvm_t	*kvm_openfiles(const char *, const char *, const char *, int, char *);
int	kvm_close(kvm_t *);
char	*kvm_geterr(kvm_t *);
ssize_t	kvm_read(kvm_t *, unsigned long, void *, size_t);
ssize_t	kvm_write(kvm_t *, unsigned long, const void *, size_t);
int	kvm_nlist(kvm_t *, struct nlist *);
typedef int kvm_walk_pages_cb_t(struct kvm_page *, void *);
kvm_t	*kvm_open2(const char *, const char *, int, char *, int (*)(const char *, kvaddr_t *));
int	kvm_native(kvm_t *);
kssize_t kvm_kerndisp(kvm_t *);
kssize_t kvm_read2(kvm_t *, kvaddr_t, void *, size_t);
int	kvm_nlist2(kvm_t *, struct kvm_nlist *);
int	kvm_walk_pages(kvm_t *, kvm_walk_pages_cb_t *, void *);

#endif
