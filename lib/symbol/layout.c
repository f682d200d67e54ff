/* SPDX-License-Identifier: BSD-2-Clause */
/* Layout of the kernel's structures: by DWARF, or by CTF where there is none. */
#include "private.h"

/*
 * What CTF says counts only where DWARF says nothing, because there is none, or this library cannot
 * read it: its sentence then stays, unless the kernel has CTF.
 */
static bool
ask_ctf(struct elf_file *elf, enum kv_status *st, struct kv_err *err)
{
	bool found;
	struct kv_err why;
	if (*st != KV_EUNSUP)
		return false;
	const enum kv_status opened = elf_ctf_open(elf, &found, &why);
	if (opened == KV_OK)
		return found;
	*st = kv_fail(err, opened, "%s", why.text);
	return false;
}

enum kv_status
elf_struct_size(struct elf_file *elf, const char *name, uint64_t *ret, struct kv_err *err)
{
	enum kv_status st = elf_dwarf_struct_size(elf, name, ret, err);
	return ask_ctf(elf, &st, err) ? elf_ctf_struct_size(elf, name, ret, err) : st;
}

enum kv_status
elf_struct_member(struct elf_file *elf, const char *name, const char *member,
    struct elf_member *ret, struct kv_err *err)
{
	enum kv_status st = elf_dwarf_struct_member(elf, name, member, ret, err);
	return ask_ctf(elf, &st, err) ? elf_ctf_struct_member(elf, name, member, ret, err) : st;
}
