/* SPDX-License-Identifier: BSD-2-Clause */
/* What the image and the library are. */
#include "api/handle.h"

#include <string.h>

const char *
kvm_getkernelname(kvm_t *kd)
{
	return kd->elf != NULL ? elf_file_name(kd->elf) : "";
}

int
kvm_native(kvm_t *kd)
{
	return kd->dump.port != NULL && port_native(kd->dump.port, kd->dump.big);
}

kssize_t
kvm_kerndisp(kvm_t *kd)
{
	return kd->dump.port != NULL ? kd->dump.kerndisp : 0;
}

/* The tables' regime: the first that is not a direct range. */
static const char *
dump_regime(const struct dump *dump)
{
	static const char linear[] = "linear";
	for (unsigned i = 0; i < dump->nas; i++)
		if (strcmp(dump->as[i].mmu.regime, linear) != 0)
			return dump->as[i].mmu.regime;
	return linear;
}

int
kvm_getinfo(kvm_t *kd, struct kvm_info *info, size_t size)
{
	if (kd->no_files) {
		(void)header_wanted(kd, "kvm_getinfo");
		return -1;
	}
	struct kvm_info all = { 0 };
	const struct dump *dump = &kd->dump;
	if (dump->port != NULL) {
		all = (struct kvm_info) {
			.ki_os = dump->port->os,
			.ki_machine = dump->port->machine,
			.ki_regime = dump_regime(dump),
			.ki_form = dump->form,
			.ki_byteorder = dump->big ? "big" : "little",
			.ki_bits = dump->bits,
			.ki_vabits = dump->vabits,
			.ki_pagesize = dump->pagesize,
			.ki_root = dump->root,
			.ki_nextents = format_count(&dump->ram),
			.ki_memory = dump->ram.total,
			.ki_missing = format_missing(&dump->ram),
			.ki_header = true,
			.ki_open_end = dump->open_end,
		};
	}
	memcpy(info, &all, size < sizeof(all) ? size : sizeof(all));
	return 0;
}

bool
kvm_port_at(size_t n, struct kvm_port *port)
{
	const char *regimes;
	const struct port *p = port_at(n, &regimes);
	if (p == NULL)
		return false;
	*port = (struct kvm_port) { .kt_os = p->os, .kt_machine = p->machine,
		.kt_regimes = regimes, .kt_form = p->form };
	return true;
}
