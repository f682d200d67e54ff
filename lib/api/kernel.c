/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's own variables and structures, in the target's order and widths. */
#include "api/handle.h"

bool
kernel_symbol(kvm_t *kd, const char *name, struct kvm_symbol *ret)
{
	bool found;
	if (symbol_lookup(kd, name, ret, &found, NULL) == KV_OK && found)
		return true;
	/* What the caller's resolver does not know the kernel file may. */
	const struct symbol *elf;
	if (kd->resolver == NULL || kd->elf == NULL ||
	    elf_symbol_nlist(kd->elf, name, &elf, NULL) != KV_OK || elf == NULL)
		return false;
	*ret = (struct kvm_symbol) { .ky_name = elf->name, .ky_value = elf->value,
		.ky_size = elf->size, .ky_type = symbol_nlist_type(elf) };
	return true;
}

/* Leaves a sentence; who asked looks at nothing else. */
static bool __attribute__((format(printf, 2, 3)))
cannot(kvm_t *kd, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)kv_vfail(&kd->deep, KV_EUNSUP, fmt, ap);
	va_end(ap);
	return false;
}

bool
kernel_read(kvm_t *kd, vaddr_t va, void *buf, size_t len)
{
	uint8_t *to = buf;
	va = va_of(kd, va);
	for (size_t done = 0; done < len;) {
		struct span span;
		vaddr_t at = va + done;
		if (at < va)
			return cannot(kd, "%zu bytes at %#jx go past the top of the address space", len,
			    (uintmax_t)va);
		if (cache_find(kd, at, &span) != KV_OK)
			return false;
		size_t n = len - done, got;
		if (span.last - at < n)
			n = (size_t)(span.last - at) + 1;
		if (image_read(&kd->img, span.off + (at - span.first), to + done, n, &got,
		    &kd->deep) != KV_OK)
			return false;
		done += n;
	}
	return true;
}

uint64_t
kernel_get(const kvm_t *kd, const uint8_t *p, unsigned size)
{
	uint64_t v = 0;
	for (unsigned i = 0; i < size; i++)
		v = v << 8 | p[kd->dump.big ? i : size - 1 - i];
	return v;
}

bool
kernel_uint(kvm_t *kd, vaddr_t va, unsigned size, uint64_t *ret)
{
	uint8_t b[8];
	if (!kernel_read(kd, va, b, size))
		return false;
	*ret = kernel_get(kd, b, size);
	return true;
}

static bool
no_kernel_file(kvm_t *kd, const char *structure)
{
	return cannot(kd, "the layout of struct %s is not known: no kernel file with debug information was "
	    "given", structure);
}

bool
kernel_sizeof(kvm_t *kd, const char *structure, uint64_t *ret)
{
	if (kd->elf == NULL)
		return no_kernel_file(kd, structure);
	return elf_struct_size(kd->elf, structure, ret, &kd->deep) == KV_OK;
}

bool
kernel_offsetof(kvm_t *kd, const char *structure, const char *member, struct elf_member *ret)
{
	if (kd->elf == NULL)
		return no_kernel_file(kd, structure);
	return elf_struct_member(kd->elf, structure, member, ret, &kd->deep) == KV_OK;
}

bool
kernel_member(kvm_t *kd, vaddr_t va, const char *structure, const char *member, uint64_t *ret)
{
	struct elf_member m;
	if (!kernel_offsetof(kd, structure, member, &m))
		return false;
	if (m.size == 0 || m.size > 8)
		return cannot(kd, "member %s of struct %s has %ju bytes, wanted 1 to 8", member, structure,
		    (uintmax_t)m.size);
	return kernel_uint(kd, va + m.off, (unsigned)m.size, ret);
}
