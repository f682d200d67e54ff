/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Full dumps of FreeBSD's powerpc, powerpc64 and powerpc64le: the kernel's address space, segment
 * by segment.  Sources: lib/libkvm/kvm_powerpc.c, kvm_powerpc64.c, sys/powerpc/powerpc/dump_machdep.c.
 */
#include "port/freebsd/full.h"

/* gABI, chapter 4; these machines' dumps are told from core files of programs by it. */
enum { EI_OSABI = 7, ELFOSABI_STANDALONE = 255 };

static enum kv_status
ranges_make(struct dump *dump, const struct elfcore *core, struct kv_err *err)
{
	struct mmu_segment *v = dump_alloc(dump, core->n, sizeof(*v), err);
	if (v == NULL)
		return KV_ENOMEM;
	for (size_t i = 0; i < core->n; i++) {
		const struct elfcore_segment *x = &core->v[i];
		v[i] = (struct mmu_segment) { .first = x->vaddr, .last = x->vaddr + (x->memsz - 1),
			.addr = x->off, .dumped = x->filesz, .number = x->number };
	}
	struct mmu mmu = mmu_virtual(v, core->n);
	return dump_range(dump, 0, low_mask(dump->bits), &mmu, err);
}

enum kv_status
freebsd_powerpc_elf(struct dump *dump, struct image *img, uint64_t off,
    const struct port_kernel *kernel, struct kv_err *err)
{
	(void)kernel;
	struct elfcore core;
	uint8_t osabi;
	size_t got;
	enum kv_status s = image_read(img, off + EI_OSABI, &osabi, 1, &got, err);
	if (s == KV_OK && osabi != ELFOSABI_STANDALONE)
		s = kv_fail(err, KV_EFORMAT, "%s: invalid core: EI_OSABI at offset %#jx is %u, wanted %d "
		    "(ELFOSABI_STANDALONE)", img->name, (uintmax_t)(off + EI_OSABI), osabi,
		    ELFOSABI_STANDALONE);
	if (s == KV_OK)
		s = elfcore_read(&core, img, off, err);
	if (s != KV_OK)
		return s;
	if (!core.is_virtual)
		s = kv_fail(err, KV_EUNSUP, "%s: Raw corefile not supported: p_paddr of the first "
		    "program header is %#jx, wanted all ones: a core by virtual addresses", img->name,
		    (uintmax_t)core.v[0].paddr);
	else
		s = elfcore_virtual(&core, img, &dump->ram, err);
	if (s == KV_OK)
		s = ranges_make(dump, &core, err);
	elfcore_fini(&core);
	dump->form = "elf-virtual";
	return s;
}
