/* SPDX-License-Identifier: BSD-2-Clause */
/* The handle, and what the files of lib/api share. */
#ifndef HANDLE_H
#define HANDLE_H

#include "kvm.h"

#include "format/format.h"
#include "image/image.h"
#include "kv.h"
#include "port/port.h"
#include "symbol/symbol.h"

struct cache;

struct __kvm {
	struct dump dump;	/* dump.port NULL: no header */
	struct image img;	/* closed with KVM_NO_FILES */
	struct cache *cache;	/* NULL until something is read, and with KVM_OPEN_NOCACHE */
	struct elf_file *elf;	/* NULL without a kernel */
	int (*resolver)(const char *, kvaddr_t *);
	char *program;		/* kvm_open's errstr: hard errors are printed */
	bool no_files;
	bool caching;		/* without KVM_OPEN_NOCACHE */
	unsigned dpcpu_cpu;	/* kvm_dpcpu_setcpu's */
	struct kv_err deep;	/* the deepest sentence of the call at work */
	char no_header[KV_ERRLEN];	/* why the image has none */
	char errbuf[KV_ERRLEN];	/* kvm_geterr's */
};

/* ---- error.c ---------------------------------------------------------------------- */

/* Stores a sentence for kvm_geterr. */
void err_soft(kvm_t *kd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The same, or prints it if kvm_open was given a name. */
void err_hard(kvm_t *kd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What a system's own libkvm says, of which programs know the beginnings. */
struct family {
	const char *os;
	const char *before, *after;	/* round the address that cannot be read */
	const char *read_only;	/* before what says that the image was not opened for writing */
	bool soft;		/* an address is stored even if its reason is printed */
};
const struct family *family_of(const kvm_t *kd);

/* Reports that va cannot be read or written; the sentence is in kd->deep. */
void err_address(kvm_t *kd, vaddr_t va);

/* Reports that who is not supported for what the handle is of. */
void err_refuse(kvm_t *kd, const char *who);

/* True if the handle has a header.  Else reports that who cannot be used, and why. */
bool header_wanted(kvm_t *kd, const char *who);

/* The system of the dump; "" without a header. */
static inline const char *
os_of(const kvm_t *kd)
{
	return kd->dump.port != NULL ? kd->dump.port->os : "";
}

/* ---- find.c ----------------------------------------------------------------------- */

/* An address of a 32-bit target as the caller may have extended it: by its sign or by zeros. */
static inline vaddr_t
va_of(const kvm_t *kd, vaddr_t va)
{
	return kd->dump.bits == 32 && va >> 31 == UINT64_MAX >> 31 ? va & UINT32_MAX : va;
}

/* Virtual addresses whose bytes lie one after the other in the image. */
struct span {
	vaddr_t first, last;	/* inclusive */
	uint64_t off;		/* of first */
};

/*
 * The first range that holds va (NULL: none), and the stretch around va for which that is so.
 */
const struct as_range *find_as(const struct dump *dump, vaddr_t va, vaddr_t *lo, vaddr_t *last);

/*
 * Finds va: the stretch around it for which one answer holds, by walking the tables.
 * *why is KV_OK if range->kr_kind is KVM_MAPPED, else the failure behind it, with its sentence
 * in err.
 */
void find_range(kvm_t *kd, vaddr_t va, struct kvm_range *range, mmu_step_fn *step, void *arg,
    enum kv_status *why, struct kv_err *err);

/*
 * The same for a read: a part of that stretch which is cheap to tell, or what is wrong.  In a large
 * minidump it takes longer to find both ends of a run of pages than to find one page.
 */
enum kv_status find_span(kvm_t *kd, vaddr_t va, struct span *ret, mmu_step_fn *step, void *arg,
    struct kv_err *err);

/* Intersects a run of a regime with the memory that the dump holds around its byte at va. */
void range_from_run(kvm_t *kd, const struct kv_run *run, vaddr_t va, struct kvm_range *range);

/* ---- cache.c ---------------------------------------------------------------------- */

/* NULL if there is no memory: reading works without, too.  The first miss makes it: many handles never read. */
struct cache *cache_new(void);
void cache_free(struct cache *cache);
/* Forgets all: tables or the header have changed. */
void cache_drop(struct cache *cache);

/*
 * Finds the bytes of va: KV_OK, or the failure with its sentence in kd->deep.  *ret holds va,
 * and is as large as is cheap to tell.
 */
enum kv_status cache_find(kvm_t *kd, vaddr_t va, struct span *ret);

/* ---- open.c ----------------------------------------------------------------------- */

/* The kernel as ports see it; valid while kd is. */
struct port_kernel kernel_of(kvm_t *kd);

/* ---- nlist.c ---------------------------------------------------------------------- */

/* A symbol by the rules of kvm_nlist; KV_OK with *found false if there is none. */
enum kv_status symbol_lookup(kvm_t *kd, const char *name, struct kvm_symbol *ret, bool *found,
    struct kv_err *err);

/* ---- kernel.c: the kernel's own variables.  Names are bare, without an underscore. -- */

/* A symbol, by the caller's resolver, else by the kernel file. */
bool kernel_symbol(kvm_t *kd, const char *name, struct kvm_symbol *ret);

/* As kvm_read2, but without a sentence in kvm_geterr: that is in kd->deep. */
bool kernel_read(kvm_t *kd, vaddr_t va, void *buf, size_t len);
/* A target integer of 1 to 8 bytes. */
bool kernel_uint(kvm_t *kd, vaddr_t va, unsigned size, uint64_t *ret);
uint64_t kernel_get(const kvm_t *kd, const uint8_t *p, unsigned size);
/* The same of a struct's member at va, which the kernel's debug information places. */
bool kernel_member(kvm_t *kd, vaddr_t va, const char *structure, const char *member,
    uint64_t *ret);
/* The bytes of the target's pointers and of its long. */
static inline unsigned
kernel_word(const kvm_t *kd)
{
	return kd->dump.bits / 8;
}

/* The layout of a struct, by the kernel's debug information; the sentence is in kd->deep. */
bool kernel_sizeof(kvm_t *kd, const char *structure, uint64_t *ret);
bool kernel_offsetof(kvm_t *kd, const char *structure, const char *member,
    struct elf_member *ret);

/* ---- percpu.c, vnet.c: FreeBSD's per-CPU and per-network-stack variables ----------- */

/* Where a symbol's value lies that names the original: *ret is left as it is if nowhere else. */
bool dpcpu_translate(kvm_t *kd, vaddr_t *va);
bool vnet_translate(kvm_t *kd, vaddr_t *va);

#endif
