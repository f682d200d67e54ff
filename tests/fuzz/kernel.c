/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel file: ELF, symbols, notes, initial memory, debug information. */
#include <string.h>

#include "fuzz.h"
#include "symbol/symbol.h"

static bool
visit(void *arg, const struct symbol *sym)
{
	unsigned *n = arg;
	MUST(strlen(sym->name) < SIZE_MAX, "name");
	return ++*n < 200;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const structs[] = { "pcpu", "swdevt", "vnode", "s" };
	struct elf_file *elf;
	struct kv_err err = { .text = "" };
	if (elf_file_open_mem(&elf, "kernel", data, size, &err) != KV_OK) {
		MUST(err.text[0] != '\0', "no sentence");
		return 0;
	}
	const struct symbol *sym;
	unsigned n = 0;
	uint8_t buf[64];
	uint64_t va, bytes;
	size_t got;
	bool found;
	if (elf_symbol_each(elf, visit, &n, &err) == KV_OK && n > 0 &&
	    elf_symbol_at(elf, UINT64_MAX, &sym, NULL) == KV_OK && sym != NULL) {
		const struct symbol *same;
		MUST(elf_symbol(elf, sym->name, &same, NULL) == KV_OK && same != NULL, "%s", sym->name);
		(void)symbol_nlist_type(sym), (void)symbol_nlist_type_section(elf, sym);
		(void)elf_read_va(elf, sym->value, buf, sizeof(buf), NULL);
	}
	(void)elf_symbol_nlist(elf, "_dumpmag", &sym, NULL);
	(void)elf_note(elf, "NetBSD", 1, buf, sizeof(buf), &got, &found, NULL);
	if (elf_code(elf, &va, buf, sizeof(buf), &got))
		MUST(got <= sizeof(buf), "%zu", got);
	for (size_t i = 0; i < sizeof(structs) / sizeof(structs[0]); i++) {
		struct elf_member member;
		(void)elf_struct_size(elf, structs[i], &bytes, NULL);
		(void)elf_struct_member(elf, structs[i], "pc_cpuid", &member, NULL);
	}
	elf_file_close(elf);
	return 0;
}
