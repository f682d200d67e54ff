/* SPDX-License-Identifier: BSD-2-Clause */
/* Ports that an image may be of, and what lib/port's files share about containers. */
#ifndef CHOOSE_H
#define CHOOSE_H

#include "port/port.h"

#define CANDIDATES_MAX	32

struct candidates {
	const struct port *v[CANDIDATES_MAX];	/* in the order of ports.def */
	size_t n;
};

/* Those of all ports that fit. */
void candidates_where(struct candidates *c, bool (*fits)(const struct port *port, const void *arg),
    const void *arg);

/* Keeps those of this byte order; field: what told it ("c_nseg at offset 0x8"). */
enum kv_status candidates_by_order(struct candidates *c, const struct image *img,
    const char *field, bool big, struct kv_err *err);

/* Keeps those of this kernel: all, if there is none. */
enum kv_status candidates_by_kernel(struct candidates *c, const struct image *img,
    const struct port_kernel *kernel, struct kv_err *err);

/* "netbsd/amd64 or openbsd/amd64", cut where it does not fit. */
const char *candidates_text(const struct candidates *c, char *buf, size_t size);

/* KV_EFORMAT for more than one.  The kernel is named as deciding only if none was given. */
enum kv_status candidates_undecided(const struct candidates *c, const struct image *img,
    const struct port_kernel *kernel, struct kv_err *err);

/*
 * Before and after a decode: dump is the port's, with nothing in it; then ready for walks, or
 * closed if s is a failure.  Returns s.
 */
void dump_begin(struct dump *dump, const struct port *port, struct image *img, const char *form,
    bool big);
enum kv_status dump_end(struct dump *dump, enum kv_status s);

/* ---- Containers: each a file.  *dump is empty; found false: the image is not such a one. ---- */

/* kcore.c.  *err: what is there instead of its magic number. */
enum kv_status kcore_open(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    bool *found, struct kv_err *err);
/* minidump.c */
enum kv_status minidump_open(struct dump *dump, struct image *img,
    const struct port_kernel *kernel, bool *found, struct kv_err *err);
/* elfcore.c */
enum kv_status elfcore_open(struct dump *dump, struct image *img,
    const struct port_kernel *kernel, bool *found, struct kv_err *err);
/* other.c: without a magic number. */
enum kv_status other_open(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    bool *found, struct kv_err *err);

#endif
