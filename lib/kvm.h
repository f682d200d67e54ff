/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libkvm: reads kernel memory images of any BSD, of any machine, on any host.
 *
 * The first part is the union of the four BSDs' <kvm.h>; the second, "kcore extensions",
 * is what a debugger or a conformance runner needs beyond it.
 *
 * Errors.  A function that fails leaves one sentence for kvm_geterr: the BSDs' own text, then
 * ": " and what was found where.  A handle of kvm_open with a non-NULL errstr prints its hard
 * errors to standard error as "errstr: sentence" instead, as the BSDs do.  A success never
 * clears the sentence.  After a failure the handle still works.
 *
 * Threads.  Handles are independent of each other; one handle serves one thread at a time.
 */
#ifndef KVM_H
#define KVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * struct nlist.  The BSDs have theirs in <nlist.h>, guarded by _NLIST_H_.  Elsewhere it is
 * declared here under the guard _NLIST_H, which keeps out the different struct nlist of
 * libelf's <nlist.h>.  If that one was included first, kvm_nlist cannot be called: use
 * kvm_nlist2, or include <kvm.h> first.
 */
#if defined(__NetBSD__) || defined(__OpenBSD__) || defined(__FreeBSD__) || \
    defined(__DragonFly__)
#include <nlist.h>
#elif defined(_NLIST_H)
#define KVM_FOREIGN_NLIST
#else
#define _NLIST_H
struct nlist {
	const char	*n_name;	/* ends a list if NULL or "" */
	unsigned char	n_type;		/* N_TEXT ... | N_EXT; 0 if not found */
	char		n_other;
	short		n_desc;
	unsigned long	n_value;	/* 0 if not found */
};
#endif

#ifndef N_UNDF
#define N_UNDF	0x00	/* undefined, or without a type */
#endif
#ifndef N_EXT
#define N_EXT	0x01	/* or-ed: not local to its file */
#endif
#ifndef N_ABS
#define N_ABS	0x02
#endif
#ifndef N_TEXT
#define N_TEXT	0x04	/* function */
#endif
#ifndef N_DATA
#define N_DATA	0x06	/* object */
#endif
#ifndef N_BSS
#define N_BSS	0x08
#endif
#ifndef N_COMM
#define N_COMM	0x12
#endif
#ifndef N_FN
#define N_FN	0x1e	/* file name */
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct __kvm kvm_t;
typedef uint64_t kvaddr_t;	/* of the target's kernel */
typedef uint64_t kpaddr_t;	/* of the target's memory */
typedef int64_t kssize_t;

/* kvm_open flag: no files, for queries to a running NetBSD or OpenBSD only. */
#define KVM_NO_FILES	((int)0x80000000)

/* kvm_getswapinfo */
#define SWIF_DUMP_TREE	0x0001
#define SWIF_DEV_PREFIX	0x0002
#define VRS_SYM		"_version"
#define VRS_KEY		"VERSION"

struct kvm_nlist {
	const char	*n_name;
	unsigned char	n_type;
	kvaddr_t	n_value;
};

struct kvm_swap {
	char		ksw_devname[32];
	unsigned int	ksw_used;
	unsigned int	ksw_total;
	int		ksw_flags;
	unsigned int	ksw_reserved1;
	unsigned int	ksw_reserved2;
};

#define LIBKVM_WALK_PAGES_VERSION	2

struct kvm_page {
	unsigned int	kp_version;	/* LIBKVM_WALK_PAGES_VERSION */
	kpaddr_t	kp_paddr;
	kvaddr_t	kp_kmap_vaddr;	/* where the kernel maps it */
	kvaddr_t	kp_dmap_vaddr;	/* in the direct map; 0: not known */
	unsigned char	kp_prot;	/* VM_PROT_*: 1 read, 2 write, 4 execute */
	off_t		kp_offset;	/* in the core file; -1: not in the dump */
	size_t		kp_len;
};
/* Return 0 to stop. */
typedef int kvm_walk_pages_cb_t(struct kvm_page *, void *);

/* Kernel structures of one OS and machine; nothing here looks into them. */
struct kinfo_proc;
struct kinfo_proc2;
struct kinfo_lwp;
struct nchstats;
struct vm_map;
struct vm_map_entry;

/* ---- Opening and closing ---------------------------------------------------------- */

/**
 * Opens a memory image together with the kernel it came from.
 *
 * @param execfile  the kernel's ELF file, for symbols; NULL: none (the BSDs take the running
 *                  kernel's, which would be wrong for a dump of another machine)
 * @param corefile  the image: a file, or a dump device.  NULL, /dev/mem, /dev/kmem and
 *                  /dev/null mean the running kernel, which is not supported and fails
 * @param swapfile  ignored
 * @param flags     O_RDONLY, O_WRONLY or O_RDWR; with O_WRONLY reading works too, because
 *                  writing needs the page tables.  KVM_NO_FILES: opens nothing, every
 *                  other argument is ignored, and the handle cannot read
 * @param errstr    name printed before hard errors, which then go to standard error and
 *                  not to kvm_geterr; NULL: all go to kvm_geterr
 * @return a handle for kvm_close, or NULL
 *
 * A file without the magic number of a dump opens, without a header: reads then fail with
 * "no valid dump header" until kvm_dump_mkheader adopts one (NetBSD, OpenBSD); with a kernel of
 * FreeBSD or DragonFly it does not open.  A file with the magic number whose header contradicts
 * itself does not open.
 */
kvm_t	*kvm_open(const char *execfile, const char *corefile, const char *swapfile, int flags,
	    const char *errstr);

/**
 * As kvm_open, but never prints.
 *
 * @param errbuf  receives the sentence if NULL is returned: _POSIX2_LINE_MAX (2048) bytes;
 *                untouched on success; may be NULL
 */
kvm_t	*kvm_openfiles(const char *execfile, const char *corefile, const char *swapfile,
	    int flags, char *errbuf);

/**
 * As kvm_openfiles, with the caller's own symbol table (FreeBSD).
 *
 * @param resolver  called with a bare name; returns 0 and sets the address if it knows it.
 *                  NULL: the symbols of execfile (FreeBSD refuses this for a foreign dump)
 * A file without a dump's header does not open.
 */
kvm_t	*kvm_open2(const char *execfile, const char *corefile, int flags, char *errbuf,
	    int (*resolver)(const char *name, kvaddr_t *addr));

/**
 * Closes a handle and frees all that belongs to it, kvm_geterr's string too.
 *
 * @return 0; -1 if a file could not be closed, or with errno EINVAL if kd is NULL
 */
int	kvm_close(kvm_t *kd);

/**
 * The last error's sentence.
 *
 * @return a string that stays valid until kvm_close and is overwritten by the next error;
 *         "" if there was none, or if kd is NULL
 */
char	*kvm_geterr(kvm_t *kd);

/**
 * The path of the kernel file (NetBSD).
 *
 * @return "" if there is none, as with KVM_NO_FILES; valid until kvm_close
 */
const char *kvm_getkernelname(kvm_t *kd);

/**
 * Whether the image is of the OS, machine and byte order that this library was built for.
 *
 * @return 1 or 0
 */
int	kvm_native(kvm_t *kd);

/* ---- Memory ----------------------------------------------------------------------- */

/*
 * Addresses of 32-bit targets may be extended to 64 bits by zeros or by their sign; what is
 * returned is extended by zeros.
 */

/**
 * Reads kernel memory.
 *
 * @param va   first byte, a kernel virtual address of the target
 * @param buf  receives up to len bytes; untouched beyond those read
 * @param len  bytes wanted; 0 reads nothing and returns 0
 * @return len; fewer, even 0, only where the image file ends early; -1 if a byte is unmapped
 *         or not in the dump, even if others before it were read (buf then holds these), and
 *         if the range goes past the top of the address space
 * Errors: "_kvm_kvatop(ADDRESS): ..." (NetBSD, OpenBSD) or "invalid address (0xADDRESS): ..."
 * (FreeBSD; DragonFly without 0x), "no valid dump header", "short read",
 * "kvm_read: ...".  Unmapped, absent and truncated memory have different sentences.
 */
ssize_t	kvm_read(kvm_t *kd, unsigned long va, void *buf, size_t len);

/** As kvm_read, for 64-bit targets on 32-bit hosts too (FreeBSD). */
kssize_t kvm_read2(kvm_t *kd, kvaddr_t va, void *buf, size_t len);

/**
 * Changes kernel memory in the image file, which must have been opened for writing.
 *
 * @return len; or -1, and then nothing was written: every byte is found first.  -1 with fewer
 *         bytes written only where the system refuses a write half way.
 * Later reads see the change, and translate by changed page tables.  (NetBSD changes a private
 * copy only; OpenBSD and FreeBSD refuse to write to dumps.)
 */
ssize_t	kvm_write(kvm_t *kd, unsigned long va, const void *buf, size_t len);

/**
 * Reads a string that ends in NUL (DragonFly).
 *
 * @param buf   receives it, *lenp bytes at most; NULL: it is allocated, the caller frees it
 * @param lenp  in: bytes at buf.  out: bytes of the string with its NUL.  May be NULL if buf is
 * @return the string; NULL if it does not fit (*lenp is then the size it needs and buf holds
 *         its beginning without a NUL), or if memory cannot be read (*lenp is untouched)
 * Errors: of an address as kvm_read's; "kvm_readstr: ...".
 */
char	*kvm_readstr(kvm_t *kd, unsigned long va, char *buf, size_t *lenp);

/**
 * Calls cb for every page (FreeBSD): first for all that the kernel maps outside of the direct map,
 * by address, one record for each place where a page is mapped; then, with kp_kmap_vaddr 0, for
 * the pages of the dump that only the direct map shows.
 *
 * @return 1 after a complete walk; 0 if cb returned 0, or without a header
 * kp_len is a page, a large page of 2 MiB or, where kp_offset is -1, a stretch of any length.
 * kp_kmap_vaddr also is 0 for what the kernel maps at 0.
 */
int	kvm_walk_pages(kvm_t *kd, kvm_walk_pages_cb_t *cb, void *closure);

/* ---- Symbols ---------------------------------------------------------------------- */

/**
 * Looks names up in the kernel's symbol table.
 *
 * @param nl  a list that ends with a NULL or empty name; n_type, n_other, n_desc and n_value
 *            are set, to 0 where the name is not found
 * @return how many were not found; -1 if the kernel cannot be read ("bad namelist"), or if a
 *         value does not fit in this host's unsigned long
 * A name that begins with '_' is looked for without that one underscore, then as it stands
 * (NetBSD, which never does the latter); for dumps of other systems, and by kvm_nlist2, it is
 * the other way round.  A name that a FreeBSD kernel lacks may be a variable of a network stack
 * (process 0's) or of a CPU (kvm_dpcpu_setcpu's): the value is then where that variable lies.
 * n_type is by the symbol's type (NetBSD) or its section (FreeBSD, DragonFly).  A global symbol
 * is preferred to a weak one, a weak one to a local one.
 */
#ifdef KVM_FOREIGN_NLIST
struct kvm_nlist_needs_kvm_h_included_before_nlist_h;
int	kvm_nlist(kvm_t *kd, struct kvm_nlist_needs_kvm_h_included_before_nlist_h *nl)
#if defined(__GNUC__) && (!defined(__clang__) || __clang_major__ >= 14)
	    __attribute__((error("<nlist.h>'s struct nlist is not a BSD's: include <kvm.h> "
	    "first, or use kvm_nlist2")))
#endif
	    ;
#else
int	kvm_nlist(kvm_t *kd, struct nlist *nl);
#endif

/** As kvm_nlist, with 64-bit values on every host (FreeBSD).  A resolver's answers have type
 * N_DATA | N_EXT. */
int	kvm_nlist2(kvm_t *kd, struct kvm_nlist *nl);

/* ---- Dump headers: what savecore(8) needs (NetBSD, OpenBSD) ------------------------ */

/**
 * Adopts the header that a dying kernel left on a dump device.
 *
 * @param dump_off  byte offset of the header on the device
 * @return bytes of header, after which memory follows; 0 if there is none ("invalid magic in
 *         cpu_hdr"; OpenBSD returns -1); -1 if it cannot be read or contradicts itself, or if
 *         the handle already has one
 */
int	kvm_dump_mkheader(kvm_t *kd, off_t dump_off);

/**
 * Emits the header of a dump file, in order and without seeking.
 *
 * @param write     called with each piece; false: failed
 * @param dumpsize  bytes of memory that will follow; the file keeps the low 32 bits
 * @return bytes emitted, so where memory must follow; -1, also for a dump of any other form
 *         than "netbsd-kcore", which has no such header
 */
int	kvm_dump_header(kvm_t *kd, bool (*write)(void *cookie, const void *buf, size_t len),
	    void *cookie, int dumpsize);
/** The same into a stream. */
int	kvm_dump_wrtheader(kvm_t *kd, FILE *fp, int dumpsize);
/** The same for dumps of 2 GiB and more. */
kssize_t kvm_dump_header64(kvm_t *kd, bool (*write)(void *cookie, const void *buf, size_t len),
	    void *cookie, uint64_t dumpsize);
kssize_t kvm_dump_wrtheader64(kvm_t *kd, FILE *fp, uint64_t dumpsize);

/**
 * Destroys the dump, so that it is not saved twice: zeroes the kernel's variable dumpmag in
 * the image, which must have been opened for writing.
 *
 * @return 0; -1 also if the kernel has no such symbol or the dump does not hold it
 */
int	kvm_dump_inval(kvm_t *kd);

/* ---- What a kernel counts --------------------------------------------------------- */

/*
 * By the kernel's symbols and, where a struct has to be looked into, its debug information (DWARF,
 * else CTF): on dumps of every machine and byte order.  A failure says what is missing.  Those for
 * FreeBSD are "not supported for" others.
 */

/**
 * The load averages of 1, 5 and 15 minutes (all systems).
 *
 * @return how many were set: nelem, or 3 if that is less; -1
 */
int	kvm_getloadavg(kvm_t *kd, double loadavg[], int nelem);

/**
 * Swap devices, in pages, and their total behind them (FreeBSD, DragonFly).
 *
 * @param max    entries of swap
 * @param flags  SWIF_DEV_PREFIX: names begin with /dev/
 * @return how many devices were set, which is the index of the total; -1; 0 if kd is NULL
 * Debug information: struct swdevt; vnode and cdev for names, else they are "#" and a number.
 */
int	kvm_getswapinfo(kvm_t *kd, struct kvm_swap *swap, int max, int flags);

/**
 * Ticks of all CPUs in each of the 5 states (FreeBSD).
 *
 * @return 0, also if kd is NULL; -1, also if one does not fit in this host's long
 * Debug information: struct pcpu, unless the kernel has a variable cp_time.
 */
int	kvm_getcptime(kvm_t *kd, long *cp_time);

/** The kernel's mp_maxcpus: CPU numbers are less (FreeBSD).  -1; 0 if kd is NULL. */
int	kvm_getmaxcpu(kvm_t *kd);
/** The kernel's mp_ncpus: how many there are (FreeBSD).  -1 */
int	kvm_getncpus(kvm_t *kd);

/**
 * A copy of a CPU's struct pcpu, as it lies in the target's memory (FreeBSD).
 *
 * @return for the caller to free; NULL if there is no such CPU, or kd is NULL; (void *)-1
 * Debug information: struct pcpu, for its size.
 */
void	*kvm_getpcpu(kvm_t *kd, int cpu);

/**
 * Chooses the CPU whose dynamic per-CPU variables kvm_nlist finds; at first CPU 0 (FreeBSD).
 *
 * @return 0; -1 if the kernel has no such CPU, and then the choice stays
 */
int	kvm_dpcpu_setcpu(kvm_t *kd, unsigned int cpu);

/**
 * Reads from a CPU's item of a per-CPU zone (FreeBSD).
 *
 * @param base  as the kernel keeps it: on amd64 since 13 that is a distance
 * @return as kvm_read; 0 without the size of struct pcpu, by which items are apart
 */
ssize_t	kvm_read_zpcpu(kvm_t *kd, unsigned long base, void *buf, size_t size, int cpu);
/** The sum of a counter(9): of the CPUs from 0 to kvm_getncpus - 1.  0 also on errors. */
uint64_t kvm_counter_u64_fetch(kvm_t *kd, unsigned long base);

/** From where the kernel was linked to where it ran, as the dump tells: reads take symbols as they
 * are linked (FreeBSD).  0 also if the dump says nothing. */
kssize_t kvm_kerndisp(kvm_t *kd);

/* ---- Not supported ---------------------------------------------------------------- */

/*
 * These ask a running kernel, or look into structures whose layout only the target's own
 * headers tell.  Each fails with "FUNCTION: not supported for WHAT", and returns what its
 * family returns for an error, which is given beside it.
 */
struct kinfo_proc *kvm_getprocs(kvm_t *kd, int op, int arg, int *cnt);		/* NULL */
struct kinfo_proc2 *kvm_getproc2(kvm_t *kd, int op, int arg, size_t esize,
	    int *cnt);								/* NULL */
struct kinfo_lwp *kvm_getlwps(kvm_t *kd, int pid, unsigned long paddr, size_t esize,
	    int *cnt);								/* NULL */
char	**kvm_getargv(kvm_t *kd, const struct kinfo_proc *kp, int nchr);		/* NULL */
char	**kvm_getenvv(kvm_t *kd, const struct kinfo_proc *kp, int nchr);		/* NULL */
char	**kvm_getargv2(kvm_t *kd, const struct kinfo_proc2 *kp, int nchr);	/* NULL */
char	**kvm_getenvv2(kvm_t *kd, const struct kinfo_proc2 *kp, int nchr);	/* NULL */
char	*kvm_getfiles(kvm_t *kd, int op, int arg, int *cnt);			/* NULL */
ssize_t	kvm_uread(kvm_t *kd, pid_t pid, unsigned long uva, char *buf,
	    size_t len);							/* -1 */
struct vm_map_entry *kvm_vm_map_entry_first(kvm_t *kd, struct vm_map *map,
	    struct vm_map_entry *copy);						/* NULL */
struct vm_map_entry *kvm_vm_map_entry_next(kvm_t *kd, struct vm_map_entry *entry,
	    struct vm_map_entry *copy);						/* NULL */
/* Has no handle and so no sentence: sets errno to ENOSYS and leaves total as it is. */
void	kvm_nch_cpuagg(struct nchstats *ncache, struct nchstats *total, int ncpus);

/* ---- kcore extensions ------------------------------------------------------------- */

/* What a stretch of kernel virtual addresses is. */
enum kvm_kind {
	KVM_MAPPED,	/* translates, and its bytes are in the dump */
	KVM_UNMAPPED,	/* the page tables say no */
	KVM_ABSENT,	/* translates, page not in the dump */
	KVM_TRUNCATED,	/* in the dump, but the file ends before */
	KVM_UNKNOWN	/* not known where: a page-table page is itself not readable, or there is none */
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

/* What the addresses of tables count. */
enum kvm_space {
	KVM_SPACE_MEMORY,	/* physical memory */
	KVM_SPACE_VIRTUAL,	/* kernel virtual addresses */
	KVM_SPACE_HEADER,	/* the machine's part of the dump header */
	KVM_SPACE_FILE		/* the core file */
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
	enum kvm_space	ks_space;	/* of ks_table and ks_entry */
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
	bool		ki_open_end;	/* nothing tells where memory ends: it is said to go up to the
					 * end of the file or device */
};

struct kvm_open_options {
	size_t		ko_size;	/* sizeof(struct kvm_open_options) */
	unsigned	ko_flags;	/* KVM_OPEN_* */
	int		(*ko_resolver)(const char *, kvaddr_t *);	/* or NULL */
	/* With KVM_OPEN_RAW: */
	kpaddr_t	ko_base;	/* physical address of the image's first byte */
	const char	*ko_regime;	/* "sv39" ...; NULL: the kernel's symbols tell the rest */
	uint64_t	ko_root;	/* the regime's root register: cr3, satp, ttbr1 ... */
	unsigned	ko_vabits;	/* width of virtual addresses where the regime leaves it
					 * open; 0: its usual one */
};
#define KVM_OPEN_PREAD	1u	/* never map: survives a file that shrinks */
#define KVM_OPEN_NOCACHE 2u	/* no translation cache: for measuring and for tests */
#define KVM_OPEN_RAW	4u	/* memory without a header, as ko_base and what follows say */
#define KVM_OPEN_DEVICE	8u	/* a dump device: whatever it begins with is no dump.  The handle
				 * has no header; for kvm_dump_find and kvm_dump_mkheader */

struct kvm_symbol {
	const char	*ky_name;	/* valid until kvm_close */
	kvaddr_t	ky_value;
	uint64_t	ky_size;	/* 0: not known */
	unsigned char	ky_type;	/* N_TEXT ... | N_EXT, as kvm_nlist */
};
/* Return 0 to stop. */
typedef int kvm_symbol_cb_t(const struct kvm_symbol *, void *);

/**
 * As kvm_openfiles, with options.
 *
 * @param kernel   may be NULL: no symbols
 * @param core     as kvm_open's corefile
 * @param options  may be NULL: defaults.  ko_size must be set
 */
kvm_t	*kvm_open_image(const char *kernel, const char *core, int flags,
	    const struct kvm_open_options *options, char *errbuf);

/**
 * Opens an image that is in memory, read-only.
 *
 * @param image  must stay as it is until kvm_close; may be NULL if len is 0.  An empty image
 *               has no header: such a handle serves to look at a kernel's symbols
 */
kvm_t	*kvm_open_mem(const char *kernel, const void *image, size_t len,
	    const struct kvm_open_options *options, char *errbuf);

/* The dump on a dump device of FreeBSD or DragonFly, as its header tells. */
struct kvm_dump_info {
	char		kd_architecture[13];	/* "amd64", "aarch64" ... */
	char		kd_hostname[65];
	char		kd_versionstring[193];
	char		kd_panicstring[193];
	unsigned	kd_version;		/* of the header: 1 to 4 */
	unsigned	kd_architecture_version;
	uint64_t	kd_time;		/* of the dump, in seconds since 1970 */
	uint64_t	kd_length;		/* bytes of the dump, as it lies there */
	uint64_t	kd_offset;		/* where it begins on the device */
	uint64_t	kd_extent;		/* bytes that are kept for it */
	uint64_t	kd_header, kd_trailer;	/* offsets of its two headers; if it is cleared or
						 * a textdump, what is at kd_header is not known */
	unsigned	kd_blocksize;
	unsigned	kd_keysize;		/* bytes of key before an encrypted dump; else 0 */
	const char	*kd_compression;	/* "none", "gzip", "zstd", "unknown" */
	bool		kd_encrypted;
	bool		kd_text;		/* a textdump: it holds no memory */
	bool		kd_cleared;		/* it was saved before */
};

/**
 * Finds the dump that a FreeBSD or DragonFly kernel left at the end of a dump device.
 *
 * @param size  sizeof(*info): so many bytes are set at most
 * @return 0; 1 if there is none; -1 if its headers are damaged, or differ, or cannot be read, or if
 *         the device does not tell its size.  kvm_geterr tells why unless it is 0
 */
int	kvm_dump_find(kvm_t *kd, struct kvm_dump_info *info, size_t size);

/**
 * Marks that dump as saved: both headers are then "Cleared Kernel Dump"; of a textdump, the last one
 * alone, as savecore(8) leaves every dump.  The image must have been opened for writing.  What is
 * cleared already stays as it is.
 *
 * @return 0; -1, also if there is none, or if its headers are damaged or differ: nothing is written
 *         then.  kvm_geterr tells why
 */
int	kvm_dump_clear(kvm_t *kd);

/** kvm_write for 64-bit targets on 32-bit hosts too. */
kssize_t kvm_write2(kvm_t *kd, kvaddr_t va, const void *buf, size_t len);

/**
 * What is at va.
 *
 * @param range  the stretch around va for which one answer holds
 * @param step   called once for each table visited, if not NULL
 * @return 0 whatever the answer, of which kvm_geterr holds the sentence unless it is
 *         KVM_MAPPED; -1 if the question cannot be answered, as without a header
 */
int	kvm_xlate(kvm_t *kd, kvaddr_t va, struct kvm_range *range, kvm_step_cb_t *step,
	    void *arg);

/**
 * All stretches of [lo, last] that are not unmapped, in ascending order, neighbours merged
 * where they are linear in memory and alike in kind and protection.
 *
 * @param last  inclusive
 * @return 0 also if cb stopped it; -1
 */
int	kvm_each_range(kvm_t *kd, kvaddr_t lo, kvaddr_t last, kvm_range_cb_t *cb, void *arg);

/** All stretches of physical memory that the dump claims, in ascending order.  0 or -1. */
int	kvm_each_extent(kvm_t *kd, kvm_extent_cb_t *cb, void *arg);

/**
 * What the image is.
 *
 * @param size  sizeof(*info): so many bytes are set at most
 * @return 0; -1 with KVM_NO_FILES.  Without a header only ki_header is set.  The strings
 *         are valid until kvm_close
 */
int	kvm_getinfo(kvm_t *kd, struct kvm_info *info, size_t size);

/**
 * The symbol of that name as it stands or, if there is none and the name begins with '_', without
 * that one underscore: 0; 1 if there is none; -1.
 */
int	kvm_symbol_find(kvm_t *kd, const char *name, struct kvm_symbol *symbol);
/** The nearest symbol at or below va: 0; 1 if there is none; -1. */
int	kvm_symbol_at(kvm_t *kd, kvaddr_t va, struct kvm_symbol *symbol);
/** Every symbol, in the order of the table.  0 or -1. */
int	kvm_each_symbol(kvm_t *kd, kvm_symbol_cb_t *cb, void *arg);

struct kvm_port {
	const char	*kt_os, *kt_machine;
	const char	*kt_regimes;	/* separated by spaces */
	const char	*kt_form;
};
/** The support table: sets *port to its n-th line; false past the end. */
bool	kvm_port_at(size_t n, struct kvm_port *port);

#ifdef __cplusplus
}
#endif

#endif
