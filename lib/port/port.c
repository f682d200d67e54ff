/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of ports, and the choice of one for an image. */
#include "port/choose.h"

#include <stdlib.h>

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

void
dump_begin(struct dump *dump, const struct port *port, struct image *img, const char *form,
    bool big)
{
	dump->port = port;
	dump->form = form;
	dump->big = big;
	dump->bits = port->bits;
	dump->vabits = port->vabits;
	dump->pagesize = port->pagesize;
	dump->mem = (struct memory) { .img = img, .fmt = &dump->ram, .blob = dump->kcore.cpu,
		.virt = dump_virt, .virt_arg = dump };
}

/*
 * How often tables may be visited: entries that point back up make no end of them, but each
 * table of the dump is visited once, and a few times more where a recursive slot shows it.
 */
static uint32_t
table_limit(const struct dump *dump, const struct mmu *mmu)
{
	uint64_t smallest = dump->pagesize;
	for (unsigned i = 0; i < mmu->nlevels; i++) {
		const struct radix_level *lv = &mmu->levels[i];
		const uint64_t size = (uint64_t)lv->entry_size << lv->bits;
		smallest = size < smallest ? size : smallest;
	}
	const uint64_t have = format_present(&dump->ram);
	const uint64_t tables = have / smallest;
	return tables < MMU_TABLE_LIMIT / 4 - 1024 ? (uint32_t)tables * 4 + 1024 : MMU_TABLE_LIMIT;
}

enum kv_status
dump_end(struct dump *dump, enum kv_status s)
{
	format_index(&dump->ram);
	for (unsigned i = 0; s == KV_OK && i < dump->nas; i++)
		if (dump->as[i].mmu.nlevels > 0)
			dump->as[i].mmu.table_limit = table_limit(dump, &dump->as[i].mmu);
	if (s != KV_OK)
		port_close(dump);
	return s;
}

enum kv_status
port_open(struct dump *dump, struct image *img, const struct port_kernel *kernel,
    struct kv_err *err)
{
	/* The sentence of the first one stays if all say no. */
	static enum kv_status (*const containers[])(struct dump *, struct image *,
	    const struct port_kernel *, bool *, struct kv_err *) = {
		kcore_open, minidump_open, elfcore_open, other_open,
	};
	*dump = (struct dump) { 0 };
	for (size_t i = 0; i < sizeof(containers) / sizeof(containers[0]); i++) {
		bool found = false;
		enum kv_status s = containers[i](dump, img, kernel, &found, err);
		if (found || s != KV_OK)
			return s;
	}
	return KV_OK;
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
