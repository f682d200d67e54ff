/* SPDX-License-Identifier: BSD-2-Clause */
/* The head that all NetBSD ports to m68k begin their cpu data with (sys/arch/m68k/include/kcore.h). */
#ifndef PORT_NETBSD_M68K_H
#define PORT_NETBSD_M68K_H

#include "port/port.h"

#define EM_68K	4
/* <sys/aout_mids.h> */
#define MID_M68K	0x87
#define MID_M680002K	0x90	/* sun2 */

enum { M68K_NAME = 0, M68K_NAME_BYTES = 16, M68K_PAGE_SIZE = 16, M68K_KERNBASE = 20, M68K_UNION = 24 };

struct m68k_head {
	char name[M68K_NAME_BYTES + 1];	/* of the machine: the key to what follows */
	uint32_t page_size, kernbase;
};

/* Whether the cpu data begins with that name and a NUL. */
bool m68k_head_names(const struct netbsd_kcore *kcore, const char *name);

/*
 * Decodes the head of cpu data that must have size bytes, M68K_UNION or more.  name: what it must be named,
 * or NULL: any, of those that the probes leave, but sun2, which has a machine id of its own.
 */
enum kv_status m68k_head_decode(struct dump *dump, const struct image *img, uint64_t size,
    const char *name, struct m68k_head *ret, struct kv_err *err);

/* A word of the cpu data, 0 beyond its end: size was checked. */
uint32_t m68k_word(const struct dump *dump, unsigned off);

/* Appends [lo, end) at pa on, if there is anything; what names the field that end is from. */
enum kv_status m68k_linear_range(struct dump *dump, const struct image *img, vaddr_t lo,
    uint32_t end, uint32_t pa, unsigned off, const char *what, struct kv_err *err);

#endif
