/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of ports, and the choice of one for an image. */
#include "port/port.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORT(os, machine, regimes) extern const struct port port_##os##_##machine;
#include "port/ports.def"
#undef PORT

static const struct {
	const struct port *port;
	const char *regimes;
} ports[] = {
#define PORT(os, machine, regimes) { &port_##os##_##machine, regimes },
#include "port/ports.def"
#undef PORT
};

#define NPORTS	(sizeof(ports) / sizeof(ports[0]))

const struct port *
port_at(size_t n, const char **regimes)
{
	if (n >= NPORTS)
		return NULL;
	if (regimes != NULL)
		*regimes = ports[n].regimes;
	return ports[n].port;
}

/* System V gABI, e_machine: those that a BSD or Linux of the plan runs on. */
static const struct {
	unsigned machine;
	const char *name;
} elf_machines[] = {
	{ 2, "sparc" }, { 3, "i386" }, { 4, "m68k" }, { 8, "mips" }, { 15, "hppa" },
	{ 20, "powerpc" }, { 21, "powerpc64" }, { 22, "s390x" }, { 40, "arm" }, { 42, "sh" },
	{ 43, "sparc64" }, { 50, "ia64" }, { 62, "x86-64" }, { 75, "vax" }, { 92, "or1k" },
	{ 183, "aarch64" }, { 243, "riscv" }, { 258, "loongarch" }, { 0x9026, "alpha" },
};

const char *
port_elf_machine_name(unsigned machine)
{
	for (size_t i = 0; i < sizeof(elf_machines) / sizeof(elf_machines[0]); i++)
		if (elf_machines[i].machine == machine)
			return elf_machines[i].name;
	return "unknown";
}

/* ---- The choice ------------------------------------------------------------------- */

/* Ports that an image may be of, in the order of the list. */
struct candidates {
	const struct port *v[NPORTS];
	size_t n;
};

static void
candidates_by_mid(struct candidates *c, unsigned mid)
{
	c->n = 0;
	for (size_t i = 0; i < NPORTS; i++)
		if (ports[i].port->mid == mid)
			c->v[c->n++] = ports[i].port;
}

/* "netbsd/amd64 or openbsd/amd64", cut where it does not fit. */
static const char *
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
	return (kernel->machine == port->elf_machine || kernel->machine == port->elf_machine2) &&
	    (kernel->os[0] == '\0' || strcmp(kernel->os, port->os) == 0) &&
	    (port->kernel_bits == 0 || kernel->bits == port->kernel_bits) &&
	    order_fits(port, kernel->big);
}

/* Keeps the candidates of this kernel. */
static enum kv_status
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

/* Keeps the candidates of this byte order. */
static enum kv_status
candidates_by_order(struct candidates *c, const struct image *img, bool big, struct kv_err *err)
{
	struct candidates all = *c;
	c->n = 0;
	for (size_t i = 0; i < all.n; i++)
		if (order_fits(all.v[i], big))
			c->v[c->n++] = all.v[i];
	if (c->n > 0)
		return KV_OK;
	char names[256];
	return kv_fail(err, KV_EFORMAT, "%s: c_nseg at offset 0x8 is %s-endian, but %s is %s-endian",
	    img->name, big ? "big" : "little", candidates_text(&all, names, sizeof(names)),
	    big ? "little" : "big");
}

/* The kernel is named as deciding only if none was given. */
static enum kv_status
undecided(const struct candidates *c, const struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	char names[256];
	return kv_fail(err, KV_EFORMAT, "%s may be a dump of %s: %s", img->name,
	    candidates_text(c, names, sizeof(names)), kernel->machine == 0 ?
	    "give the kernel, which decides" : "the kernel file does not tell its system");
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
	if (c->n > 1)
		return undecided(c, img, kernel, err);
	char names[256];
	return kv_fail(err, KV_EFORMAT, "%s: the cpu data at offset %#jx is not what %s has there",
	    img->name, (uintmax_t)kcore->cpu_off, candidates_text(&all, names, sizeof(names)));
}

/* ---- Decoding --------------------------------------------------------------------- */

static enum kv_status
dump_virt(void *arg, vaddr_t va, struct kv_run *run, struct kv_err *err)
{
	struct dump *dump = arg;
	const struct mmu_src src = { .read = memory_read, .arg = &dump->mem };
	for (unsigned i = 0; i < dump->nas; i++)
		if (va >= dump->as[i].lo && va <= dump->as[i].last) {
			enum kv_status s = mmu_walk(&dump->as[i].mmu, &src, va, run, NULL, NULL, err);
			if (s == KV_OK && run->last > dump->as[i].last)
				run->last = dump->as[i].last;
			return s;
		}
	return kv_fail(err, KV_EUNMAPPED, "the virtual address %#jx is in no range of %s/%s",
	    (uintmax_t)va, dump->port->os, dump->port->machine);
}

/* Decodes dump->kcore; frees all on failure. */
static enum kv_status
decode(struct dump *dump, const struct port *port, struct image *img,
    const struct port_kernel *kernel, struct kv_err *err)
{
	dump->port = port;
	dump->bits = port->bits;
	dump->vabits = port->vabits;
	dump->pagesize = port->pagesize;
	dump->mem = (struct memory) { .img = img, .fmt = &dump->ram, .blob = dump->kcore.cpu,
		.virt = dump_virt, .virt_arg = dump };
	enum kv_status s;
	if (port->undefined != NULL)
		s = kv_fail(err, KV_EUNSUP, "%s: %s/%s: translation is undefined: %s", img->name,
		    port->os, port->machine, port->undefined);
	else
		s = port->decode(dump, img, kernel, err);
	format_index(&dump->ram);
	if (s != KV_OK)
		port_close(dump);
	return s;
}

enum kv_status
port_open(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	*dump = (struct dump) { 0 };
	uint32_t midmag;
	if (netbsd_probe(img, &midmag, err) != NETBSD_FILE)
		return KV_OK;
	struct candidates c;
	candidates_by_mid(&c, NETBSD_MID(midmag));
	if (c.n == 0)
		return kv_fail(err, KV_EUNSUP, "%s: machine id at offset 0 is %#jx, which is of no "
		    "supported port", img->name, (uintmax_t)NETBSD_MID(midmag));
	enum kv_status s = netbsd_open_file(&dump->kcore, img, err);
	if (s != KV_OK)
		return s;
	s = candidates_by_order(&c, img, dump->kcore.cpu.big, err);
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
	candidates_by_mid(&c, NETBSD_MID(midmag));
	if (c.n == 0)
		return kv_fail(err, KV_EUNSUP, "invalid magic in cpu_hdr: %s: machine id at offset "
		    "%#jx is %#jx, which is of no supported port", img->name, (uintmax_t)off,
		    (uintmax_t)NETBSD_MID(midmag));
	s = candidates_by_kernel(&c, img, kernel, err);
	if (s != KV_OK)
		return s;
	if (c.n > 1) {
		struct candidates all = c;
		c.n = 0;
		for (int undefined = 0; undefined < 2 && c.n == 0; undefined++)
			for (size_t i = 0; i < all.n; i++) {
				if ((all.v[i]->undefined != NULL) == undefined &&
				    adopt_as(dump, all.v[i], img, off, kernel, NULL) == KV_OK &&
				    probe(all.v[i], &dump->kcore, img))
					c.v[c.n++] = all.v[i];
				netbsd_fini(&dump->kcore);
			}
		if (c.n != 1)
			return undecided(c.n == 0 ? &all : &c, img, kernel, err);
	}
	s = adopt_as(dump, c.v[0], img, off, kernel, err);
	if (s != KV_OK)
		return s;
	s = decode(dump, c.v[0], img, kernel, err);
	/* KV_EUNSUP says that there is no header at all. */
	return s == KV_EUNSUP ? KV_EFORMAT : s;
}

void
port_close(struct dump *dump)
{
	netbsd_fini(&dump->kcore);
	format_fini(&dump->ram);
	free(dump->as);
	for (unsigned i = 0; i < dump->nowned; i++)
		free(dump->owned[i]);
	free(dump->owned);
	*dump = (struct dump) { 0 };
}
