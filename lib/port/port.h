/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports: what an OS's dump header means for one machine. */
#ifndef PORT_H
#define PORT_H

#include "format/format.h"
#include "format/netbsd.h"
#include "image/image.h"
#include "kv.h"
#include "mmu/mmu.h"

/* The kernel that goes with a dump, as far as ports look at it. */
struct port_kernel {
	const char *name;	/* file, for messages */
	unsigned machine;	/* EM_*; 0: no kernel file, and nothing below counts */
	unsigned bits;		/* 32, 64 */
	uint32_t e_flags;
	bool big;
	const char *os;		/* "netbsd", as its notes or its ostype tell; "": they do not */
	bool (*lookup)(void *arg, const char *symbol, vaddr_t *ret);
	/* The beginning of its code: the address, and up to len bytes.  False: not known. */
	bool (*code)(void *arg, vaddr_t *va, void *buf, size_t len, size_t *got);
	void *arg;		/* NULL: no kernel file */
};

/* A stretch of virtual addresses that one regime translates. */
struct as_range {
	vaddr_t lo, last;	/* inclusive */
	struct mmu mmu;
};

/* A decoded dump. */
struct dump {
	const struct port *port;	/* NULL: no header */
	const char *form;	/* the container: "netbsd-kcore" */
	bool big;		/* the target's byte order */
	struct netbsd_kcore kcore;	/* empty in other containers */
	unsigned align;			/* of its headers: the port's, unless decode knows better */
	struct format ram;
	struct memory mem;		/* of the image and ram: what walks read */
	struct as_range *as;		/* first match wins */
	unsigned nas;
	unsigned bits, vabits, pagesize;	/* the port's, unless decode knows better; vabits 0: it does */
	paddr_t root;			/* the top table */
	struct as_range dmap;		/* the direct map, if lo < last: its mmu is linear */
	bool open_end;			/* nothing tells where ram ends: it goes up to the image's end */
	int64_t kerndisp;		/* from where the kernel was linked to where it ran */
	void **owned;			/* what dump_alloc gave */
	unsigned nowned;
};

/*
 * Memory without a header, as the caller describes it.  regime NULL: the kernel's symbols tell
 * the rest.
 */
struct raw {
	paddr_t base;		/* of the image's first byte */
	const char *regime;	/* as in ports.def */
	uint64_t root;		/* its root register: cr3, satp, ttbr1 ... */
	unsigned vabits;	/* where the regime leaves it open; 0: its usual one */
};

/* Fills ram, as (dump_range), root and what is not as the port has it.  Sentences begin with the
 * image's name. */
typedef enum kv_status decode_fn(struct dump *dump, struct image *img,
    const struct port_kernel *kernel, struct kv_err *err);

struct port {
	const char *os, *machine;
	const char *form;	/* its containers, separated by spaces */
	unsigned elf_machine;	/* EM_* */
	unsigned kernel_bits;	/* ELF class of its kernels: 32, 64; 0: either */
	unsigned mid;		/* NetBSD's and OpenBSD's machine id */
	unsigned orders;	/* NETBSD_LITTLE, NETBSD_BIG */
	unsigned align;		/* ALIGNBYTES + 1 */
	unsigned bits, vabits, pagesize;
	/*
	 * Why nobody can translate for this port: neither its header nor its kernel's symbols
	 * define how.  Opening then fails with this.  NULL: decode does it.
	 */
	const char *undefined;
	/*
	 * Whether the cpu data may be this port's: asked where ports of several systems share
	 * machine id and order, and the kernel does not decide.  NULL: always.
	 */
	bool (*probe)(const struct netbsd_kcore *kcore, struct image *img);
	decode_fn *decode;	/* of dump->kcore.  NULL: not its container */
	/* A minidump: its first bytes (24, on powerpc64 32; NUL-padded). */
	const char *minidump_magic;
	const char *minidump_magic2;	/* another that its kernels wrote, or NULL */
	decode_fn *decode_minidump;
	/* A core file in ELF, checked as such; off: where the ELF header lies (512 or 0). */
	enum kv_status (*decode_elf)(struct dump *dump, struct image *img, uint64_t off,
	    const struct port_kernel *kernel, struct kv_err *err);
	/* Whether an image without any magic number is its own; then decode_other decodes it. */
	bool (*probe_other)(struct image *img, const struct port_kernel *kernel);
	decode_fn *decode_other;
	enum kv_status (*decode_raw)(struct dump *dump, struct image *img, const struct raw *raw,
	    const struct port_kernel *kernel, struct kv_err *err);
};

/* The n-th port of ports.def; NULL past the end.  *regimes is its column there. */
const struct port *port_at(size_t n, const char **regimes);

/*
 * Finds the port of an image and decodes it.  KV_OK with dump->port NULL: no header, and
 * *err then holds the reason.  Anything else: a header that is broken or not supported.
 */
enum kv_status port_open(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err);

/* The same for memory without a header. */
enum kv_status port_open_raw(struct dump *dump, struct image *img, const struct raw *raw,
    const struct port_kernel *kernel, struct kv_err *err);

/*
 * The same for the header of a dump device at off.  KV_EUNSUP: there is none ("invalid
 * magic in cpu_hdr").
 */
enum kv_status port_adopt(struct dump *dump, struct image *img, uint64_t off,
    const struct port_kernel *kernel, struct kv_err *err);

void port_close(struct dump *dump);

/* Whether this library was built for that OS, machine and byte order. */
bool port_native(const struct port *port, bool big);

/* "x86-64" for an EM_* number, or "unknown". */
const char *port_elf_machine_name(unsigned machine);

/* ---- For decode: lib/port/dump.c --------------------------------------------------- */

/* Appends a range; the instance is copied. */
enum kv_status dump_range(struct dump *dump, vaddr_t lo, vaddr_t last, const struct mmu *mmu,
    struct kv_err *err);

/* Zeroed memory that lives as long as the dump: a regime's argument.  NULL: none left. */
void *dump_alloc(struct dump *dump, size_t n, size_t size, struct kv_err *err);

/* KV_EFORMAT with a sentence if the cpu data has less than size bytes. */
enum kv_status dump_cpu_wants(const struct dump *dump, const struct image *img, uint64_t size,
    struct kv_err *err);

/*
 * KV_EFORMAT: "IMAGE: FIELD at offset X is FOUND, wanted ...".  off is counted from the start of
 * the cpu data.
 */
enum kv_status dump_bad(const struct dump *dump, const struct image *img, uint64_t off,
    const char *field, uint64_t found, struct kv_err *err, const char *wanted, ...)
    __attribute__((format(printf, 7, 8)));

/*
 * Reads a 4 or 8 byte integer that a kernel symbol names, through the ranges added so far.
 * KV_EUNSUP if there is no such symbol.
 */
enum kv_status dump_kernel_uint(struct dump *dump, const struct port_kernel *kernel,
    const char *symbol, unsigned size, uint64_t *ret, struct kv_err *err);

/*
 * What an instance makes of the kernel's dumpmag, from worst to best: it does not
 * translate, it leads into the dump, it reads as kvm_dump_inval leaves it, it reads as on every
 * NetBSD.
 */
enum dumpmag { DUMPMAG_FAILS, DUMPMAG_IN_DUMP, DUMPMAG_CLEARED, DUMPMAG_READS };
enum dumpmag dump_try_dumpmag(struct dump *dump, const struct mmu *mmu,
    const struct port_kernel *kernel);

/* ---- For the ports of NetBSD: lib/port/netbsd/segments.c, linear.c ----------------- */

/*
 * How a kernel writes what lies at physical address 0: it leaves out the first skip bytes, and goes
 * on in the image room bytes behind where they would begin.  NULL: it writes all.
 */
struct netbsd_page0 {
	uint64_t skip, room;
};

/*
 * Fills dump->ram from n RAM segments (u64 start, u64 size) at off of the cpu data, back to
 * back in the image.  The caller has checked that they lie inside.
 */
enum kv_status netbsd_segments(struct dump *dump, struct image *img, uint64_t off, uint64_t n,
    const struct netbsd_page0 *page0, struct kv_err *err);

/*
 * The same where an entry of size 0, or the max-th, ends the array and the entries may be in any
 * order.  KV_EFORMAT if there is none.
 */
enum kv_status netbsd_segments_ended(struct dump *dump, struct image *img, uint64_t off,
    unsigned max, const struct netbsd_page0 *page0, struct kv_err *err);

/*
 * Fills dump->ram for an image that is memory from physical address 0 on, without a list
 * of segments.  It begins skip bytes after the place that the headers tell.
 */
enum kv_status netbsd_linear(struct dump *dump, struct image *img, uint64_t skip,
    struct kv_err *err);

#endif
