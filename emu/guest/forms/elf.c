/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A full dump as sys/kern/kern_dump.c writes it: ELF, a PT_LOAD for each piece of RAM by PA, or
 * (ELF_VIRTUAL) for each of mapped kernel space by VA.
 */
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

static union {
	struct {
		struct elf_header header;
		struct segment segments[(PAGE - sizeof(struct elf_header)) / sizeof(struct segment)];
	} elf;
	uint8_t bytes[PAGE];
} u __attribute__((__aligned__(512)));
static uint64_t offset = PAGE;

static void
add_segment(uint64_t va, uint64_t pa, uint64_t size)
{
	if (u.elf.header.phnum == sizeof u.elf.segments / sizeof u.elf.segments[0])
		dump_failed("too many segments");
	struct segment *s = &u.elf.segments[u.elf.header.phnum++];

	s->type = 1;				/* PT_LOAD */
	s->flags = 4;				/* PF_R */
	s->offset = (elf_word)offset;
	s->vaddr = (elf_word)va;
	s->paddr = (elf_word)pa;
	s->filesz = s->memsz = (elf_word)size;
	s->align = (elf_word)PAGE;
	offset += size;
}

#ifdef ELF_VIRTUAL
extern const char text_start[], kernel_end[];

/* The kernel, and runs of mapped pages; sys/powerpc/powerpc/dump_machdep.c. */
static void
choose(void)
{
	uint64_t end = 0;

	add_segment((uintptr_t)text_start, UINT64_MAX, (uint64_t)(kernel_end - text_start));
	for (uint64_t va = MAIN; va < MAIN + 3 * ALIAS; va += PAGE)
		for (unsigned i = 0; i < nfacts; i++) {
			const struct fact *f = &facts[i];

			if (f->kind > FILL || va - f->va >= f->len)
				continue;
			if (va == end) {
				struct segment *s = &u.elf.segments[u.elf.header.phnum - 1];

				s->filesz = s->memsz = (elf_word)(s->memsz + PAGE);
				offset += PAGE;
			} else
				add_segment(va, UINT64_MAX, PAGE);
			end = va + PAGE;
		}
}

static void
put_memory(void)				/* through the MMU */
{
	for (unsigned i = 0; i < u.elf.header.phnum; i++)
		dump_put((const void *)(uintptr_t)u.elf.segments[i].vaddr, u.elf.segments[i].memsz);
}
#else
static void
choose(void)
{
	for (unsigned i = 0; i < nclusters; i++)
		add_segment(clusters[i].start, clusters[i].start, clusters[i].size);
}

static void
put_memory(void)
{
	for (unsigned i = 0; i < nclusters; i++)
		dump_ram(clusters[i].start, clusters[i].size);
}
#endif

void
dumpsys(void)
{
	struct elf_header *h = &u.elf.header;
	static const uint8_t ident[16] = { 0x7f, 'E', 'L', 'F', ELF_CLASS, ELF_DATA, 1, 255 };

	memcpy(h->ident, ident, sizeof ident);	/* ELFOSABI_STANDALONE */
	h->type = 4;				/* ET_CORE; e_version stays 0 */
	h->machine = ELF_MACHINE;
	h->phoff = h->ehsize = sizeof *h;
	h->phentsize = sizeof(struct segment);
	h->shentsize = ELF_CLASS == 2 ? 64 : 40;
	choose();
#ifdef DUMP_DELTA				/* sys/arm/arm/dump_machdep.c */
	u.elf.segments[h->phnum++] = (struct segment){ .type = 0x6fb5d000, .vaddr = KERNEL_VA,
	    .paddr = (elf_word)(KERNEL_VA - KERNEL_OFFSET) };
#endif
	kerneldump_begin(offset);
	dump_put(&u, PAGE);
	put_memory();
	kerneldump_end();
}
