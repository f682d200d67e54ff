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
	unsigned machine;	/* EM_*; 0: no kernel file */
	bool (*lookup)(void *arg, const char *symbol, vaddr_t *ret);
	void *arg;
};

/* A stretch of virtual addresses that one regime translates. */
struct as_range {
	vaddr_t lo, last;	/* inclusive */
	struct mmu mmu;
};

#define PORT_MAXRANGES	4

/* A decoded dump. */
struct dump {
	const struct port *port;	/* NULL: no header */
	struct netbsd_kcore kcore;
	struct format ram;
	struct as_range as[PORT_MAXRANGES];	/* first match wins */
	unsigned nas;
	paddr_t root;			/* the top table */
};

struct port {
	const char *os, *machine, *form;
	unsigned elf_machine;	/* EM_* */
	unsigned mid;		/* NetBSD's machine id */
	unsigned orders;	/* NETBSD_LITTLE, NETBSD_BIG */
	unsigned align;		/* ALIGNBYTES + 1 */
	unsigned bits, vabits, pagesize;
	/*
	 * Fills ram, as, nas and root from dump->kcore.  Sentences begin with the image's name.
	 */
	enum kv_status (*decode)(struct dump *dump, struct image *img,
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

/* ---- For the ports of NetBSD: lib/port/netbsd/segments.c --------------------------- */

/*
 * Fills dump->ram from n RAM segments (u64 start, u64 size) at off of the cpu data, back to
 * back in the image.  The caller has checked that they lie inside.
 */
enum kv_status netbsd_segments(struct dump *dump, struct image *img, uint64_t off, uint64_t n,
    struct kv_err *err);

#endif
