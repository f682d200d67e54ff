/* SPDX-License-Identifier: BSD-2-Clause */
/* The port of an image without any magic number: by what the ports make of it and the kernel. */
#include "port/choose.h"

#include <string.h>

struct question {
	struct image *img;
	const struct port_kernel *kernel;
};

static bool
takes(const struct port *port, const void *arg)
{
	const struct question *q = arg;
	return port->probe_other != NULL && port->probe_other(q->img, q->kernel);
}

enum kv_status
other_open(struct dump *dump, struct image *img, const struct port_kernel *kernel, bool *found,
    struct kv_err *err)
{
	const struct question q = { .img = img, .kernel = kernel };
	struct candidates c;
	candidates_where(&c, takes, &q);
	*found = c.n == 1;
	if (!*found)
		return KV_OK;
	/* The port sets its form. */
	dump_begin(dump, c.v[0], img, c.v[0]->form, false);
	return dump_end(dump, c.v[0]->decode_other(dump, img, kernel, err));
}

static bool
takes_raw(const struct port *port, const void *arg)
{
	const struct port_kernel *kernel = arg;
	return port->decode_raw != NULL && kernel->machine != 0 &&
	    (port->elf_machine == kernel->machine || port->elf_machine2 == kernel->machine);
}

enum kv_status
port_open_raw(struct dump *dump, struct image *img, const struct raw *raw,
    const struct port_kernel *kernel, struct kv_err *err)
{
	*dump = (struct dump) { 0 };
	struct candidates c;
	candidates_where(&c, takes_raw, kernel);
	if (c.n == 0)
		return kv_fail(err, KV_EUNSUP, "%s: raw memory of %s (ELF machine %u): no supported "
		    "port reads it", img->name, port_elf_machine_name(kernel->machine),
		    kernel->machine);
	enum kv_status s = candidates_by_kernel(&c, img, kernel, err);
	if (s == KV_OK && c.n > 1)
		s = candidates_undecided(&c, img, kernel, err);
	if (s != KV_OK)
		return s;
	dump_begin(dump, c.v[0], img, "raw", kernel->big);
	return dump_end(dump, c.v[0]->decode_raw(dump, img, raw, kernel, err));
}
