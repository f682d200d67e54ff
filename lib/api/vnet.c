/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's variables of a virtual network stack: in a dump those of process 0. */
#include "api/handle.h"

/* The link from one struct to the next. */
static const struct {
	const char *structure, *member;
} chain[] = {
	{ "proc", "p_ucred" }, { "ucred", "cr_prison" }, { "prison", "pr_vnet" },
};

bool
vnet_translate(kvm_t *kd, vaddr_t *va)
{
	/* FreeBSD sys/net/vnet.h */
	enum { VNET_MAGIC_N = 0x3e0d8f29 };
	struct kvm_symbol start, stop, sym;
	if (!kernel_symbol(kd, "__start_set_vnet", &start) ||
	    !kernel_symbol(kd, "__stop_set_vnet", &stop) || !kernel_symbol(kd, "proc0", &sym))
		return false;
	uint64_t at = sym.ky_value, magic, base;
	for (size_t i = 0; i < sizeof(chain) / sizeof(chain[0]); i++)
		if (!kernel_member(kd, at, chain[i].structure, chain[i].member, &at))
			return false;
	if (!kernel_member(kd, at, "vnet", "vnet_magic_n", &magic) || magic != VNET_MAGIC_N ||
	    !kernel_member(kd, at, "vnet", "vnet_data_base", &base))
		return false;
	if (*va >= start.ky_value && *va < stop.ky_value)
		*va = (*va + base) & low_mask(kd->dump.bits);
	return true;
}
