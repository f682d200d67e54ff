/* SPDX-License-Identifier: BSD-2-Clause */
/* The library under test, as a table of functions: linked in, or from a shared object. */
#ifndef CONFORM_LIB_H
#define CONFORM_LIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <kvm.h>

typedef bool dump_write_t(void *cookie, const void *buf, size_t len);
typedef int resolver_t(const char *name, kvaddr_t *addr);

/*
 * FN(result, name, required, parameters): the only list.  The types are written out, so that
 * a library whose header differs does not compile here.
 */
#define LIB_FUNCTIONS(FN)                                                                      \
	FN(kvm_t *, kvm_openfiles, true,                                                       \
	    (const char *, const char *, const char *, int, char *))                           \
	FN(int, kvm_close, true, (kvm_t *))                                                    \
	FN(ssize_t, kvm_read, true, (kvm_t *, unsigned long, void *, size_t))                  \
	FN(char *, kvm_geterr, true, (kvm_t *))                                                \
	FN(kvm_t *, kvm_open, false,                                                           \
	    (const char *, const char *, const char *, int, const char *))                     \
	FN(kvm_t *, kvm_open2, false, (const char *, const char *, int, char *, resolver_t *)) \
	FN(const char *, kvm_getkernelname, false, (kvm_t *))                                  \
	FN(int, kvm_native, false, (kvm_t *))                                                  \
	FN(kssize_t, kvm_kerndisp, false, (kvm_t *))                                           \
	FN(kssize_t, kvm_read2, false, (kvm_t *, kvaddr_t, void *, size_t))                    \
	FN(ssize_t, kvm_write, false, (kvm_t *, unsigned long, const void *, size_t))          \
	FN(kssize_t, kvm_write2, false, (kvm_t *, kvaddr_t, const void *, size_t))             \
	FN(char *, kvm_readstr, false, (kvm_t *, unsigned long, char *, size_t *))             \
	FN(int, kvm_walk_pages, false, (kvm_t *, kvm_walk_pages_cb_t *, void *))               \
	FN(int, kvm_nlist, false, (kvm_t *, struct nlist *))                                   \
	FN(int, kvm_nlist2, false, (kvm_t *, struct kvm_nlist *))                              \
	FN(int, kvm_dump_mkheader, false, (kvm_t *, off_t))                                    \
	FN(int, kvm_dump_header, false, (kvm_t *, dump_write_t *, void *, int))                \
	FN(int, kvm_dump_wrtheader, false, (kvm_t *, FILE *, int))                             \
	FN(kssize_t, kvm_dump_header64, false, (kvm_t *, dump_write_t *, void *, uint64_t))    \
	FN(kssize_t, kvm_dump_wrtheader64, false, (kvm_t *, FILE *, uint64_t))                 \
	FN(int, kvm_dump_inval, false, (kvm_t *))                                              \
	FN(int, kvm_dump_find, false, (kvm_t *, struct kvm_dump_info *, size_t))               \
	FN(int, kvm_dump_clear, false, (kvm_t *))                                              \
	FN(kvm_t *, kvm_open_image, false,                                                     \
	    (const char *, const char *, int, const struct kvm_open_options *, char *))        \
	FN(kvm_t *, kvm_open_mem, false,                                                       \
	    (const char *, const void *, size_t, const struct kvm_open_options *, char *))     \
	FN(int, kvm_xlate, false,                                                              \
	    (kvm_t *, kvaddr_t, struct kvm_range *, kvm_step_cb_t *, void *))                  \
	FN(int, kvm_each_range, false, (kvm_t *, kvaddr_t, kvaddr_t, kvm_range_cb_t *, void *))\
	FN(int, kvm_each_extent, false, (kvm_t *, kvm_extent_cb_t *, void *))                  \
	FN(int, kvm_symbol_find, false, (kvm_t *, const char *, struct kvm_symbol *))          \
	FN(int, kvm_symbol_at, false, (kvm_t *, kvaddr_t, struct kvm_symbol *))                \
	FN(int, kvm_each_symbol, false, (kvm_t *, kvm_symbol_cb_t *, void *))                  \
	FN(int, kvm_getinfo, false, (kvm_t *, struct kvm_info *, size_t))

struct flavor;

struct lib {
#define FN(result, name, required, parameters) result (*name) parameters;
	LIB_FUNCTIONS(FN)
#undef FN
	bool ours;	/* promises all that <kvm.h> says, its sentences too */
	void *handle;	/* dlopen's */
	/* Of a library in another process (proxy.h). */
	bool remote;
	bool narrow;	/* its unsigned long has 32 bits */
	char family[16], machine[16];	/* whose <kvm.h> it was built with; where it runs */
	const struct flavor *flavor;	/* what it has to promise; NULL: what it has */
};

#define LIB_ERRLEN 2048		/* _POSIX2_LINE_MAX, as the BSDs' error buffers */

/* The library that the runner is linked with; false if it is linked with none. */
bool lib_linked(struct lib *);
/* A shared object; false with a sentence in err if it cannot be loaded or is no libkvm. */
bool lib_load(struct lib *, const char *path, char err[LIB_ERRLEN]);
void lib_fini(struct lib *);

/* kvm_read, or kvm_read2 where va does not fit in an unsigned long. */
kssize_t lib_read(const struct lib *, kvm_t *, uint64_t va, void *buf, size_t len);
/* kvm_write, or kvm_write2. */
kssize_t lib_write(const struct lib *, kvm_t *, uint64_t va, const void *buf, size_t len);

#endif
