/* SPDX-License-Identifier: BSD-2-Clause */
/* The port of an ELF core: by e_machine, class and byte order, and by the kernel. */
#include "port/choose.h"

#include <stdio.h>
#include <string.h>

/* System V gABI, ELF header. */
enum { EI_CLASS = 4, EI_DATA = 5, E_TYPE = 16, E_MACHINE = 18, HEAD_LEN = 20, ET_CORE = 4 };

struct elf_head {
	unsigned machine, bits;
	bool big;
};

static bool
is_of(const struct port *port, const void *arg)
{
	const struct elf_head *head = arg;
	return port->decode_elf != NULL && port->bits == head->bits &&
	    (port->elf_machine == head->machine || port->elf_machine2 == head->machine);
}

enum kv_status
elfcore_open(struct dump *dump, struct image *img, const struct port_kernel *kernel, bool *found,
    struct kv_err *err)
{
	const uint64_t off = 0;
	uint8_t head[HEAD_LEN] = { 0 };
	size_t got;
	enum kv_status s = image_read(img, off, head, sizeof(head), &got, NULL);
	*found = got >= 4 && memcmp(head, "\177ELF", 4) == 0;
	if (!*found)
		return KV_OK;
	if (s != KV_OK)
		return kv_fail(err, s, "%s: cannot read the ELF header: %#zx bytes are there",
		    img->name, got);
	if ((head[EI_CLASS] != 1 && head[EI_CLASS] != 2) ||
	    (head[EI_DATA] != 1 && head[EI_DATA] != 2))
		return kv_fail(err, KV_EFORMAT, "%s: invalid core: e_ident has class %u and data "
		    "encoding %u, wanted 1 or 2 for both", img->name, head[EI_CLASS],
		    head[EI_DATA]);
	struct elf_head is = { .bits = head[EI_CLASS] * 32u, .big = head[EI_DATA] == 2 };
	is.machine = is.big ? be16_get(head + E_MACHINE) : le16_get(head + E_MACHINE);
	const unsigned type = is.big ? be16_get(head + E_TYPE) : le16_get(head + E_TYPE);
	if (type != ET_CORE)
		return kv_fail(err, KV_EFORMAT, "%s: invalid core: e_type at offset %#jx is %u, "
		    "wanted 4 (ET_CORE)", img->name, (uintmax_t)(off + E_TYPE), type);
	struct candidates c;
	candidates_where(&c, is_of, &is);
	if (c.n == 0)
		return kv_fail(err, KV_EUNSUP, "%s: ELF core of machine %u (%s), %u bits, %s-endian, "
		    "which is of no supported port", img->name, is.machine,
		    port_elf_machine_name(is.machine), is.bits, is.big ? "big" : "little");
	s = candidates_by_order(&c, img, "e_ident", is.big, err);
	if (s == KV_OK)
		s = candidates_by_kernel(&c, img, kernel, err);
	if (s == KV_OK && c.n > 1)
		s = candidates_undecided(&c, img, kernel, err);
	if (s != KV_OK)
		return s;
	dump_begin(dump, c.v[0], img, "elf", is.big);
	return dump_end(dump, c.v[0]->decode_elf(dump, img, off, kernel, err));
}
