/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port of a minidump: by the magic string, which names the machine, by the byte order that
 * makes the version plausible, and by the kernel.
 */
#include "port/choose.h"

#include <string.h>

/* FreeBSD sys/powerpc/include/minidump.h has 32 bytes for the magic and as many for the MMU's
 * name; the others 24 for the magic. */
enum { MAGIC_LEN = 24, VERSION_OFF = 24, POWERPC64_VERSION_OFF = 64, HEAD_LEN = 68 };

static bool
has_magic(const struct port *port, const void *arg)
{
	return (port->minidump_magic != NULL &&
	    strncmp(port->minidump_magic, arg, MAGIC_LEN) == 0) ||
	    (port->minidump_magic2 != NULL && strncmp(port->minidump_magic2, arg, MAGIC_LEN) == 0);
}

enum kv_status
minidump_open(struct dump *dump, struct image *img, const struct port_kernel *kernel, bool *found,
    struct kv_err *err)
{
	uint8_t head[HEAD_LEN] = { 0 };
	size_t got;
	enum kv_status s = image_read(img, 0, head, sizeof(head), &got, NULL);
	*found = memcmp(head, "minidump", 8) == 0;
	if (!*found)
		return KV_OK;
	const char *magic = (const char *)head;
	const bool ppc64 = strncmp(magic, "minidump FreeBSD/powerpc64", MAGIC_LEN) == 0;
	if (s != KV_OK)
		return kv_fail(err, s, "%s: cannot read %s header: %#zx bytes are there, wanted "
		    "%#x or more", img->name, ppc64 ? "minidump" : "dump", got,
		    (unsigned)sizeof(head));

	struct candidates c;
	candidates_where(&c, has_magic, magic);
	if (c.n == 0)
		return kv_fail(err, KV_EUNSUP, "%s: not a minidump for this platform: the magic at "
		    "offset 0 is \"%.*s\", which is of no supported port", img->name, MAGIC_LEN, magic);

	const unsigned off = ppc64 ? POWERPC64_VERSION_OFF : VERSION_OFF;
	/* A version is small, and not 0: only one order reads it so. */
	const uint32_t little = le32_get(head + off);
	const bool big = little > UINT16_MAX;
	const uint32_t version = big ? be32_get(head + off) : little;
	if (version == 0 || version > UINT16_MAX)
		return kv_fail(err, KV_EFORMAT, "%s: wrong minidump version: at offset %#x it is %#jx, "
		    "wanted a small number in either byte order", img->name, off, (uintmax_t)little);
	s = candidates_by_order(&c, img, ppc64 ? "the version at offset 0x40" :
	    "the version at offset 0x18", big, err);
	if (s == KV_OK)
		s = candidates_by_kernel(&c, img, kernel, err);
	if (s != KV_OK)
		return s;
	/* What several systems write alike (amd64's version 1) is read alike: the first. */
	dump_begin(dump, c.v[0], img, strcmp(c.v[0]->os, "dragonfly") == 0 ?
	    "dragonfly-minidump" : "freebsd-minidump", big);
	return dump_end(dump, c.v[0]->decode_minidump(dump, img, kernel, err));
}
