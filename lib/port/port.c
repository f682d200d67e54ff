/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of ports, and the choice of one for an image. */
#include "port/port.h"

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

static const struct port *
port_by_mid(unsigned mid)
{
	for (size_t i = 0; i < NPORTS; i++)
		if (ports[i].port->mid == mid)
			return ports[i].port;
	return NULL;
}

static enum kv_status
check_kernel(const struct port *port, const struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	if (kernel->machine == 0 || kernel->machine == port->elf_machine)
		return KV_OK;
	return kv_fail(err, KV_EFORMAT, "%s is a kernel for %s (ELF machine %u), but %s is a dump "
	    "of %s/%s (ELF machine %u, %s)", kernel->name,
	    port_elf_machine_name(kernel->machine), kernel->machine, img->name, port->os,
	    port->machine, port->elf_machine, port_elf_machine_name(port->elf_machine));
}

static enum kv_status
check_order(const struct port *port, const struct image *img, bool big, struct kv_err *err)
{
	if ((port->orders & (big ? NETBSD_BIG : NETBSD_LITTLE)) != 0)
		return KV_OK;
	return kv_fail(err, KV_EFORMAT, "%s: c_nseg at offset 0x8 is %s-endian, but %s/%s is %s-"
	    "endian", img->name, big ? "big" : "little", port->os, port->machine,
	    big ? "little" : "big");
}

/* Decodes dump->kcore; frees all on failure. */
static enum kv_status
decode(struct dump *dump, const struct port *port, struct image *img,
    const struct port_kernel *kernel, struct kv_err *err)
{
	dump->port = port;
	enum kv_status s = check_order(port, img, dump->kcore.cpu.big, err);
	if (s == KV_OK)
		s = check_kernel(port, img, kernel, err);
	if (s == KV_OK)
		s = port->decode(dump, img, kernel, err);
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
	const struct port *port = port_by_mid(NETBSD_MID(midmag));
	if (port == NULL)
		return kv_fail(err, KV_EUNSUP, "%s: machine id at offset 0 is %#jx, which is of no "
		    "supported port", img->name, (uintmax_t)NETBSD_MID(midmag));
	enum kv_status s = netbsd_open_file(&dump->kcore, img, err);
	return s == KV_OK ? decode(dump, port, img, kernel, err) : s;
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
	const struct port *port = port_by_mid(NETBSD_MID(midmag));
	if (port == NULL)
		return kv_fail(err, KV_EUNSUP, "invalid magic in cpu_hdr: %s: machine id at offset "
		    "%#jx is %#jx, which is of no supported port", img->name, (uintmax_t)off,
		    (uintmax_t)NETBSD_MID(midmag));
	s = netbsd_open_device(&dump->kcore, img, off, port->align, port->orders, err);
	if (s != KV_OK)
		return s;
	s = decode(dump, port, img, kernel, err);
	/* KV_EUNSUP says that there is no header at all. */
	return s == KV_EUNSUP ? KV_EFORMAT : s;
}

void
port_close(struct dump *dump)
{
	netbsd_fini(&dump->kcore);
	format_fini(&dump->ram);
	*dump = (struct dump) { 0 };
}
