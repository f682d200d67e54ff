/* SPDX-License-Identifier: BSD-2-Clause */
/* The port of an ELF core: by e_machine, class and byte order, and by the kernel. */
#include "port/choose.h"

#include <stdio.h>
#include <string.h>

#include "format/kerneldump.h"

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
	    port->elf_machine == head->machine;
}

static bool
is_elf(struct image *img, uint64_t off)
{
	uint8_t magic[4];
	size_t got;
	return image_read(img, off, magic, sizeof(magic), &got, NULL) == KV_OK &&
	    memcmp(magic, "\177ELF", sizeof(magic)) == 0;
}

/*
 * Where the ELF header is, if there is one: at 0, or behind the header of a dump device, which
 * FreeBSD's powerpc kernels leave there when they dump over a network.
 */
static bool
find_elf(struct image *img, uint64_t *off)
{
	uint8_t b[KERNELDUMP_LEN];
	size_t got;
	*off = 0;
	if (is_elf(img, *off))
		return true;
	*off = sizeof(b);
	return image_read(img, 0, b, sizeof(b), &got, NULL) == KV_OK &&
	    kerneldump_probe(b) == KERNELDUMP_DUMP && is_elf(img, *off);
}

static enum kv_status
check_dump_header(struct image *img, const struct port *port, struct kv_err *err)
{
	struct kerneldump kd;
	enum kv_status s = kerneldump_read(&kd, img, 0, err);
	if (s != KV_OK)
		return s;
	if (kd.keysize != 0)
		return kv_fail(err, KV_EUNSUP, "%s: an encrypted dump: decrypt it first, as decryptcore(8) "
		    "does", img->name);
	const bool leaves = strncmp(port->machine, "powerpc", 7) == 0;
	if (!leaves || strcmp(kd.architecture, port->machine) != 0)
		return kv_fail(err, KV_EFORMAT, "%s: the kernel dump header before the ELF header is for "
		    "\"%s\", wanted %s", img->name, kd.architecture, leaves ? port->machine :
		    "none there: only powerpc's ELF cores have one");
	return KV_OK;
}

/* The kernel tells what the core must be: first what its other fields are read by. */
static enum kv_status
check_ident(const struct image *img, const struct port_kernel *kernel, const struct elf_head *is,
    uint64_t off, struct kv_err *err)
{
	if (kernel->machine == 0)
		return KV_OK;
	if (is->bits != kernel->bits)
		return kv_fail(err, KV_EFORMAT, "%s: invalid core: EI_CLASS at offset %#jx is for %u bits, "
		    "wanted %u as in %s", img->name, (uintmax_t)(off + EI_CLASS), is->bits, kernel->bits,
		    kernel->name);
	if (is->big != kernel->big)
		return kv_fail(err, KV_EFORMAT, "%s: invalid core: EI_DATA at offset %#jx is %s-endian, "
		    "wanted %s-endian as in %s", img->name, (uintmax_t)(off + EI_DATA),
		    is->big ? "big" : "little", kernel->big ? "big" : "little", kernel->name);
	return KV_OK;
}

static enum kv_status
check_machine(const struct image *img, const struct port_kernel *kernel, const struct elf_head *is,
    uint64_t off, struct kv_err *err)
{
	if (kernel->machine == 0 || is->machine == kernel->machine)
		return KV_OK;
	return kv_fail(err, KV_EFORMAT, "%s: invalid core: e_machine at offset %#jx is %u (%s), "
	    "wanted %u (%s) as in %s", img->name, (uintmax_t)(off + E_MACHINE), is->machine,
	    port_elf_machine_name(is->machine), kernel->machine,
	    port_elf_machine_name(kernel->machine), kernel->name);
}

enum kv_status
elfcore_open(struct dump *dump, struct image *img, const struct port_kernel *kernel, bool *found,
    struct kv_err *err)
{
	uint64_t off;
	*found = find_elf(img, &off);
	if (!*found)
		return KV_OK;
	uint8_t head[HEAD_LEN];
	size_t got;
	enum kv_status s = image_read(img, off, head, sizeof(head), &got, NULL);
	if (s != KV_OK)
		return kv_fail(err, s, "%s: cannot read the ELF header: %#zx bytes are there",
		    img->name, got);
	if ((head[EI_CLASS] != 1 && head[EI_CLASS] != 2) ||
	    (head[EI_DATA] != 1 && head[EI_DATA] != 2))
		return kv_fail(err, KV_EFORMAT, "%s: invalid core: EI_CLASS is %u and EI_DATA %u, "
		    "wanted 1 or 2 for both", img->name, head[EI_CLASS], head[EI_DATA]);
	struct elf_head is = { .bits = head[EI_CLASS] * 32u, .big = head[EI_DATA] == 2 };
	s = check_ident(img, kernel, &is, off, err);
	if (s != KV_OK)
		return s;
	is.machine = is.big ? be16_get(head + E_MACHINE) : le16_get(head + E_MACHINE);
	const unsigned type = is.big ? be16_get(head + E_TYPE) : le16_get(head + E_TYPE);
	if (type != ET_CORE)
		return kv_fail(err, KV_EFORMAT, "%s: invalid core: e_type at offset %#jx is %u, "
		    "wanted 4 (ET_CORE)", img->name, (uintmax_t)(off + E_TYPE), type);
	s = check_machine(img, kernel, &is, off, err);
	if (s != KV_OK)
		return s;
	struct candidates c;
	candidates_where(&c, is_of, &is);
	if (c.n == 0)
		return kv_fail(err, KV_EUNSUP, "%s: ELF core of machine %u (%s), %u bits, %s-endian, "
		    "which is of no supported port", img->name, is.machine,
		    port_elf_machine_name(is.machine), is.bits, is.big ? "big" : "little");
	s = candidates_by_order(&c, img, "EI_DATA", is.big, err);
	if (s == KV_OK)
		s = candidates_by_kernel(&c, img, kernel, err);
	if (s == KV_OK && c.n > 1)
		s = candidates_undecided(&c, img, kernel, err);
	if (s == KV_OK && off != 0)
		s = check_dump_header(img, c.v[0], err);
	if (s != KV_OK)
		return s;
	dump_begin(dump, c.v[0], img, "elf", is.big);
	return dump_end(dump, c.v[0]->decode_elf(dump, img, off, kernel, err));
}
