/* SPDX-License-Identifier: BSD-2-Clause */
/* Narrows the ports that an image may be of down to one. */
#include "port/choose.h"

#include <stdio.h>
#include <string.h>

void
candidates_where(struct candidates *c, bool (*fits)(const struct port *port, const void *arg),
    const void *arg)
{
	const struct port *port;
	c->n = 0;
	for (size_t i = 0; (port = port_at(i, NULL)) != NULL && c->n < CANDIDATES_MAX; i++)
		if (fits(port, arg))
			c->v[c->n++] = port;
}

const char *
candidates_text(const struct candidates *c, char *buf, size_t size)
{
	size_t len = 0;
	buf[0] = '\0';
	for (size_t i = 0; i < c->n && len < size; i++) {
		int n = snprintf(buf + len, size - len, "%s%s/%s", i == 0 ? "" : " or ",
		    c->v[i]->os, c->v[i]->machine);
		len += n < 0 ? size : (size_t)n;
	}
	return buf;
}

static bool
order_fits(const struct port *port, bool big)
{
	return (port->orders & (big ? NETBSD_BIG : NETBSD_LITTLE)) != 0;
}

static bool
kernel_fits(const struct port *port, const struct port_kernel *kernel)
{
	if (kernel->machine == 0)
		return true;
	return kernel->machine == port->elf_machine &&
	    (kernel->os[0] == '\0' || strcmp(kernel->os, port->os) == 0) &&
	    (port->kernel_bits == 0 || kernel->bits == port->kernel_bits) &&
	    order_fits(port, kernel->big);
}

enum kv_status
candidates_by_kernel(struct candidates *c, const struct image *img,
    const struct port_kernel *kernel, struct kv_err *err)
{
	struct candidates all = *c;
	c->n = 0;
	for (size_t i = 0; i < all.n; i++)
		if (kernel_fits(all.v[i], kernel))
			c->v[c->n++] = all.v[i];
	if (c->n > 0)
		return KV_OK;
	char names[256];
	const struct port *port = all.v[0];
	return kv_fail(err, KV_EFORMAT, "%s is a kernel for %s%s%s (ELF machine %u, %u bits, %s-"
	    "endian), but %s is a dump of %s (ELF machine %u, %s)", kernel->name, kernel->os,
	    kernel->os[0] == '\0' ? "" : "/", port_elf_machine_name(kernel->machine),
	    kernel->machine, kernel->bits, kernel->big ? "big" : "little", img->name,
	    candidates_text(&all, names, sizeof(names)), port->elf_machine,
	    port_elf_machine_name(port->elf_machine));
}

enum kv_status
candidates_by_order(struct candidates *c, const struct image *img, const char *field, bool big,
    struct kv_err *err)
{
	struct candidates all = *c;
	c->n = 0;
	for (size_t i = 0; i < all.n; i++)
		if (order_fits(all.v[i], big))
			c->v[c->n++] = all.v[i];
	if (c->n > 0)
		return KV_OK;
	char names[256];
	return kv_fail(err, KV_EFORMAT, "%s: %s is %s-endian, but %s is %s-endian", img->name,
	    field, big ? "big" : "little", candidates_text(&all, names, sizeof(names)),
	    big ? "little" : "big");
}

enum kv_status
candidates_undecided(const struct candidates *c, const struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	char names[256];
	return kv_fail(err, KV_EFORMAT, "%s may be a dump of %s: %s", img->name,
	    candidates_text(c, names, sizeof(names)), kernel->machine == 0 ?
	    "give the kernel, which decides" : "the kernel file does not tell its system");
}
