/* SPDX-License-Identifier: BSD-2-Clause */
/* The port of NetBSD's and OpenBSD's container: by machine id, byte order, kernel, cpu data. */
#include "port/choose.h"

/* Whose header says so: a port without one has no machine id. */
static bool
has_mid(const struct port *port, const void *arg)
{
	return (port->decode != NULL || port->undefined != NULL) &&
	    port->mid == *(const unsigned *)arg;
}

static bool
probe(const struct port *port, const struct netbsd_kcore *kcore, struct image *img)
{
	return port->probe == NULL || port->probe(kcore, img);
}

/*
 * Keeps the one candidate that takes the cpu data.  A single one is left to its decode.  A port of
 * which nothing is defined takes what no other does.
 */
static enum kv_status
candidates_by_data(struct candidates *c, const struct netbsd_kcore *kcore, struct image *img,
    const struct port_kernel *kernel, struct kv_err *err)
{
	if (c->n == 1)
		return KV_OK;
	struct candidates all = *c;
	c->n = 0;
	for (int undefined = 0; undefined < 2 && c->n == 0; undefined++)
		for (size_t i = 0; i < all.n; i++)
			if ((all.v[i]->undefined != NULL) == undefined && probe(all.v[i], kcore, img))
				c->v[c->n++] = all.v[i];
	if (c->n == 1)
		return KV_OK;
	if (c->n != 0)
		return candidates_undecided(c, img, kernel, err);
	char names[256];
	return kv_fail(err, KV_EFORMAT, "%s: the cpu data at offset %#jx is not what %s has there",
	    img->name, (uintmax_t)kcore->cpu_off, candidates_text(&all, names, sizeof(names)));
}

/* Decodes dump->kcore; frees all on failure. */
static enum kv_status
decode(struct dump *dump, const struct port *port, struct image *img,
    const struct port_kernel *kernel, struct kv_err *err)
{
	dump_begin(dump, port, img, "netbsd-kcore", dump->kcore.cpu.big);
	dump->align = port->align;
	enum kv_status s;
	if (port->undefined != NULL)
		s = kv_fail(err, KV_EUNSUP, "%s: %s/%s: translation is undefined: %s", img->name,
		    port->os, port->machine, port->undefined);
	else
		s = port->decode(dump, img, kernel, err);
	return dump_end(dump, s);
}

enum kv_status
kcore_open(struct dump *dump, struct image *img, const struct port_kernel *kernel, bool *found,
    struct kv_err *err)
{
	uint32_t midmag;
	*found = netbsd_probe(img, &midmag, err) == NETBSD_FILE;
	if (!*found)
		return KV_OK;
	struct candidates c;
	const unsigned mid = NETBSD_MID(midmag);
	candidates_where(&c, has_mid, &mid);
	if (c.n == 0)
		return kv_fail(err, KV_EUNSUP, "%s: machine id at offset 0 is %#jx, which is of no "
		    "supported port", img->name, (uintmax_t)mid);
	enum kv_status s = netbsd_open_file(&dump->kcore, img, err);
	if (s != KV_OK)
		return s;
	s = candidates_by_order(&c, img, "c_nseg at offset 0x8", dump->kcore.cpu.big, err);
	if (s == KV_OK)
		s = candidates_by_kernel(&c, img, kernel, err);
	if (s == KV_OK)
		s = candidates_by_data(&c, &dump->kcore, img, kernel, err);
	if (s == KV_OK)
		return decode(dump, c.v[0], img, kernel, err);
	port_close(dump);
	return s;
}

/* A device tells neither padding nor order: each candidate reads the header in its own way. */
static enum kv_status
adopt_as(struct dump *dump, const struct port *port, struct image *img, uint64_t off,
    const struct port_kernel *kernel, struct kv_err *err)
{
	unsigned orders = port->orders;
	if (kernel->machine != 0)
		orders = kernel->big ? NETBSD_BIG : NETBSD_LITTLE;
	return netbsd_open_device(&dump->kcore, img, off, port->align, orders, err);
}

enum kv_status
port_adopt(struct dump *dump, struct image *img, uint64_t off, const struct port_kernel *kernel,
    struct kv_err *err)
{
	*dump = (struct dump) { 0 };
	uint32_t midmag;
	enum kv_status s = netbsd_probe_device(img, off, &midmag, err);
	if (s != KV_OK)
		return s;
	struct candidates c;
	const unsigned mid = NETBSD_MID(midmag);
	candidates_where(&c, has_mid, &mid);
	if (c.n == 0)
		return kv_fail(err, KV_EUNSUP, "invalid magic in cpu_hdr: %s: machine id at offset "
		    "%#jx is %#jx, which is of no supported port", img->name, (uintmax_t)off,
		    (uintmax_t)mid);
	s = candidates_by_kernel(&c, img, kernel, err);
	if (s != KV_OK)
		return s;
	if (c.n > 1) {
		struct candidates all = c;
		const struct port *failed = NULL;
		struct kv_err first = { .text = "" };
		c.n = 0;
		for (int undefined = 0; undefined < 2 && c.n == 0; undefined++)
			for (size_t i = 0; i < all.n; i++) {
				if ((all.v[i]->undefined != NULL) != undefined)
					continue;
				struct kv_err why;
				s = adopt_as(dump, all.v[i], img, off, kernel, &why);
				/* The system's failure, and not what the header is like. */
				if (s == KV_EIO || s == KV_ENOMEM)
					return kv_fail(err, s, "%s", why.text);
				if (s == KV_OK && probe(all.v[i], &dump->kcore, img))
					c.v[c.n++] = all.v[i];
				netbsd_fini(&dump->kcore);
				if (s != KV_OK && failed == NULL) {
					failed = all.v[i];
					first = why;
				}
			}
		if (c.n == 0 && failed != NULL) {
			struct kv_err all_of_them;
			s = candidates_undecided(&all, img, kernel, &all_of_them);
			return kv_fail(err, s, "%s; as %s/%s: %s", all_of_them.text, failed->os,
			    failed->machine, first.text);
		}
		if (c.n != 1)
			return candidates_undecided(c.n == 0 ? &all : &c, img, kernel, err);
	}
	s = adopt_as(dump, c.v[0], img, off, kernel, err);
	if (s != KV_OK)
		return s;
	s = decode(dump, c.v[0], img, kernel, err);
	/* Only the cpu data told the alignment, by which the file's header is laid out. */
	if (s == KV_OK)
		netbsd_align(&dump->kcore, dump->align);
	/* KV_EUNSUP says that there is no header at all. */
	return s == KV_EUNSUP ? KV_EFORMAT : s;
}
