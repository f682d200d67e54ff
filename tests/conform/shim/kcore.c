/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a library that wants to be like kcore's might begin with: NetBSD's (netbsd.c), and from the
 * second part of <kvm.h> translations, but of a page at most and without protection.
 */
#include <string.h>

#include <kvm.h>

#include "amd64.h"

kssize_t
kvm_read2(kvm_t *kd, kvaddr_t va, void *buf, size_t len)
{
	return kvm_read(kd, va, buf, len);
}

int
kvm_native(kvm_t *kd)
{
	(void)kd;
	return 0;
}

int
kvm_getinfo(kvm_t *kd, struct kvm_info *info, size_t size)
{
	struct kvm_info i = { .ki_os = "netbsd", .ki_machine = "amd64", .ki_regime = "4level",
		.ki_form = "netbsd-kcore", .ki_byteorder = "little", .ki_bits = 64, .ki_vabits = 48,
		.ki_pagesize = 4096, .ki_root = kd->root, .ki_nextents = kd->npieces,
		.ki_header = kd->cpu != NULL };

	for (size_t k = 0; k < kd->npieces; k++)
		i.ki_memory += kd->piece[k].size;
	memcpy(info, &i, size < sizeof(i) ? size : sizeof(i));
	return 0;
}

int
kvm_xlate(kvm_t *kd, kvaddr_t va, struct kvm_range *range, kvm_step_cb_t *step, void *arg)
{
	uint64_t pa, off, n;

	(void)step;
	(void)arg;
	if (kd->cpu == NULL)
		return hard(kd, "no valid dump header");
	n = translate(kd, va, &pa);
	*range = (struct kvm_range){ .kr_first = va, .kr_last = va + (n > 0 ? n - 1 : 0), .kr_offset = -1,
		.kr_kind = KVM_UNMAPPED };
	if (n > 0) {
		range->kr_kind = piece_find(kd, pa, &off) ? KVM_MAPPED : KVM_ABSENT;
		range->kr_paddr = pa;
		if (range->kr_kind == KVM_MAPPED)
			range->kr_offset = (int64_t)off;
	}
	return 0;
}
