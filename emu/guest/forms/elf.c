/* SPDX-License-Identifier: BSD-2-Clause */
/* A full dump as sys/kern/kern_dump.c writes it: ELF, a PT_LOAD for each piece of RAM by PA. */
#include "kerneldump.h"

#if UINTPTR_MAX > UINT32_MAX
typedef uint64_t elf_word;
#define ELF_CLASS	2
#else
typedef uint32_t elf_word;
#define ELF_CLASS	1
#endif
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define ELF_DATA	2
#else
#define ELF_DATA	1
#endif

struct elf_header {
	uint8_t		ident[16];
	uint16_t	type, machine;
	uint32_t	version;
	elf_word	entry, phoff, shoff;
	uint32_t	flags;
	uint16_t	ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct segment {
#if ELF_CLASS == 2
	uint32_t	type, flags;
	uint64_t	offset, vaddr, paddr, filesz, memsz, align;
#else
	uint32_t	type, offset, vaddr, paddr, filesz, memsz, flags, align;
#endif
};

void
dumpsys(void)
{
	static union {
		struct {
			struct elf_header header;
			struct segment segments[16];
		} elf;
		uint8_t bytes[PAGE];
	} u __attribute__((__aligned__(512)));
	struct elf_header *h = &u.elf.header;
	uint64_t offset = PAGE;
	static const uint8_t ident[16] = { 0x7f, 'E', 'L', 'F', ELF_CLASS, ELF_DATA, 1, 255 };

	memcpy(h->ident, ident, sizeof ident);	/* ELFOSABI_STANDALONE */
	h->type = 4;				/* ET_CORE; e_version stays 0 */
	h->machine = ELF_MACHINE;
	h->phoff = h->ehsize = sizeof *h;
	h->phentsize = sizeof(struct segment);
	h->shentsize = ELF_CLASS == 2 ? 64 : 40;
	for (; h->phnum < nclusters; h->phnum++) {
		struct segment *s = &u.elf.segments[h->phnum];
		const struct cluster *c = &clusters[h->phnum];

		s->type = 1;			/* PT_LOAD */
		s->flags = 4;			/* PF_R */
		s->offset = (elf_word)offset;
		s->vaddr = s->paddr = (elf_word)c->start;
		s->filesz = s->memsz = (elf_word)c->size;
		s->align = (elf_word)PAGE;
		offset += c->size;
	}
#ifdef DUMP_DELTA				/* sys/arm/arm/dump_machdep.c */
	u.elf.segments[h->phnum++] = (struct segment){ .type = 0x6fb5d000, .vaddr = KERNEL_VA,
	    .paddr = (elf_word)(KERNEL_VA - KERNEL_OFFSET) };
#endif
	kerneldump_begin(offset);
	dump_put(&u, PAGE);
	for (unsigned i = 0; i < nclusters; i++)
		dump_ram(clusters[i].start, clusters[i].size);
	kerneldump_end();
}
