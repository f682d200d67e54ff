/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libkvm: reads kernel memory images of any BSD, of any machine, on any host.
 *
 * The first part is the union of the four BSDs' <kvm.h>; the second, "kcore extensions",
 * is what a debugger or a conformance runner needs beyond it.
 */
#ifndef KVM_H
#define KVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* TODO(library): the BSDs' part goes here. */

typedef struct __kvm kvm_t;
typedef uint64_t kvaddr_t;
typedef uint64_t kpaddr_t;
typedef int64_t kssize_t;

/* ---- kcore extensions ------------------------------------------------------------- */

/* What a stretch of kernel virtual addresses is. */
enum kvm_kind {
	KVM_MAPPED,	/* translates, and its bytes are in the dump */
	KVM_UNMAPPED,	/* the page tables say no */
	KVM_ABSENT,	/* translates, page not in the dump */
	KVM_TRUNCATED,	/* in the dump, but the file ends before */
	KVM_UNKNOWN	/* a page-table page is itself not readable */
};

#define KVM_PROT_READ	1u
#define KVM_PROT_WRITE	2u
#define KVM_PROT_EXEC	4u

/* One answer: all bytes from kr_first to kr_last, inclusive, behave alike and, if they
 * translate, lie at consecutive physical addresses from kr_paddr on. */
struct kvm_range {
	kvaddr_t	kr_first;
	kvaddr_t	kr_last;
	kpaddr_t	kr_paddr;	/* MAPPED, ABSENT, TRUNCATED */
	int64_t		kr_offset;	/* MAPPED: of kr_first in the core file; else -1 */
	enum kvm_kind	kr_kind;
	unsigned	kr_prot;	/* KVM_PROT_*, if kr_prot_known */
	bool		kr_prot_known;
};

/* One table visited by a walk. */
struct kvm_step {
	unsigned	ks_level;	/* tables still below this one; 0 is the last */
	const char	*ks_name;	/* "PML4", "PD" ... */
	kpaddr_t	ks_table;	/* where the table starts */
	uint64_t	ks_index;	/* entry in it */
	kpaddr_t	ks_entry;	/* where the entry lies */
	uint64_t	ks_raw;		/* the entry */
	const char	*ks_verdict;	/* "table", "leaf", "invalid", "reserved" */
	const char	*ks_why;	/* a phrase, or NULL */
	kpaddr_t	ks_next;	/* table or page that it points to */
	unsigned	ks_prot;	/* what this entry allows: KVM_PROT_* */
};
typedef void kvm_step_cb_t(const struct kvm_step *, void *);
/* Return 0 to stop. */
typedef int kvm_range_cb_t(const struct kvm_range *, void *);

/* A stretch of physical memory in the dump. */
struct kvm_extent {
	kpaddr_t	ke_paddr;
	uint64_t	ke_len;
	int64_t		ke_offset;	/* in the core file */
};
typedef int kvm_extent_cb_t(const struct kvm_extent *, void *);

struct kvm_info {
	const char	*ki_os;		/* "netbsd" */
	const char	*ki_machine;	/* "amd64" */
	const char	*ki_regime;	/* "4level" */
	const char	*ki_form;	/* "netbsd-kcore" */
	const char	*ki_byteorder;	/* "little", "big" */
	unsigned	ki_bits;	/* 32, 64 */
	unsigned	ki_vabits;
	unsigned	ki_pagesize;	/* bytes of the smallest page */
	kpaddr_t	ki_root;	/* physical address of the top table */
	size_t		ki_nextents;
	uint64_t	ki_memory;	/* bytes of physical memory that the dump claims */
	uint64_t	ki_missing;	/* of these, bytes past the end of the file */
	bool		ki_header;	/* false: opened without a dump header */
};

struct kvm_open_options {
	size_t		ko_size;	/* sizeof(struct kvm_open_options) */
	unsigned	ko_flags;	/* KVM_OPEN_* */
	int		(*ko_resolver)(const char *, kvaddr_t *);	/* or NULL */
};
#define KVM_OPEN_PREAD	1u	/* never map: survives a file that shrinks */
#define KVM_OPEN_NOCACHE 2u	/* no translation cache: for measuring and for tests */

#endif
