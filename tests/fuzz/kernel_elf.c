/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels made for one another: ELF files in memory, with every symbol that a port looks for. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bytes.h"
#include "fuzz.h"
#include "port/port.h"

/* Each at 16 bytes more than the one before, from 0x40 on. */
static const char *const symbols[] = {
	"dumpmag", "ostype", "kernbase", "KPML4phys", "KPML5phys", "kernphys", "la57", "dumppcb",
	"IdlePTD", "IdlePTD_nopae", "IdlePDPT", "pae_mode", "pagetable_l0_ttbr1", "kernel_pagetable_l0",
	"uvmexp", "physmem", "va2pa_offset", "Sysmap", "Sysmapsize", "Sysmapbase", "kernel_l1pa",
	"pmap_kernel_l1", "kernel_l1", "kernbasephys", "averunnable", "_end", "end", "PTDpaddr",
	"cpu_pae", "pae_mode_", "kernel_pmap_store", "pmap_kernel_l0", "ktextbase", "tramp_idleptd",
	"physaddr", "PTDsize", "pmap_pte_init_armv7", "pmap_pte_init_generic",
};

/* Which of them kernels lack that have few: older ones do, in part; and what newer ones lack. */
static const char *const few_lack[] = { "va2pa_offset", "_end", "end", "Sysmapbase", "tramp_idleptd",
	"IdlePTD_nopae", "physmem", "dumppcb", "pagetable_l0_ttbr1", "pmap_pte_init_armv7" };
static const char *const only_few_have[] = { "pmap_pte_init_generic" };

enum { NSYMBOLS = sizeof(symbols) / sizeof(symbols[0]), TEXT = 0x120, CODE = 0x400, SIZE = 0x1800, KERNELS = 256 };

struct writer {
	uint8_t *p;
	int wide, big;
};

static void
put(struct writer *w, uint64_t v, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		w->p[w->big ? size - 1 - i : i] = (uint8_t)(v >> (8 * i));
	w->p += size;
}

static void
section(struct writer *w, unsigned name, unsigned type, uint64_t flags, uint64_t addr, uint64_t off,
    uint64_t size, unsigned link, uint64_t entsize)
{
	const unsigned word = w->wide ? 8 : 4;
	put(w, name, 4), put(w, type, 4), put(w, flags, word), put(w, addr, word), put(w, off, word);
	put(w, size, word), put(w, link, 4), put(w, 1, 4), put(w, 8, word), put(w, entsize, word);
}

static bool
is_among(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}
#define AMONG(name, names)	is_among((name), (names), sizeof(names) / sizeof((names)[0]))

/* What a kernel is made from; base is where it is linked to. */
struct kind {
	unsigned bits, machine;
	int big;
	bool few;
	const char *os;
	uint64_t base;
};

/* System V gABI, chapters 4 and 5. */
static void
make(uint8_t elf[SIZE], const struct kind *kind)
{
	const unsigned bits = kind->bits;
	const uint64_t base = kind->base;
	struct writer w = { elf, bits == 64, kind->big };
	const unsigned word = bits / 8, eh = w.wide ? 64 : 52, sh = w.wide ? 64 : 40,
	    sym = w.wide ? 24 : 16;
	const uint64_t shoff = 0x600, symoff = 0x700, stroff = 0x1200;
	memcpy(elf, (uint8_t[]) { 0x7f, 'E', 'L', 'F', w.wide ? 2 : 1, w.big ? 2 : 1, 1 }, 7);
	w.p = elf + 16;
	put(&w, 2, 2), put(&w, kind->machine, 2), put(&w, 1, 4), put(&w, base, word), put(&w, eh, word);
	put(&w, shoff, word), put(&w, 0, 4), put(&w, eh, 2), put(&w, w.wide ? 56 : 32, 2);
	put(&w, 1, 2), put(&w, sh, 2), put(&w, 4, 2), put(&w, 3, 2);
	/* One segment: its file has the text, ostype at the end; PT_NOTE is none that is loaded. */
	put(&w, kind->few ? 4 : 1, 4);
	if (w.wide)
		put(&w, 5, 4);
	put(&w, 0, word), put(&w, base, word), put(&w, base, word), put(&w, TEXT, word), put(&w, CODE, word);
	if (!w.wide)
		put(&w, 5, 4);
	put(&w, 4096, word);
	w.p = elf + shoff + sh;
	section(&w, 1, 1, 6, base, 0, CODE, 0, 0);		/* .text */
	section(&w, 1, 2, 0, 0, symoff, (NSYMBOLS + 1) * sym, 3, sym);
	section(&w, 1, 3, 0, 0, stroff, SIZE - stroff, 0, 0);
	uint64_t name = 8;
	w.p = elf + symoff + sym;
	for (unsigned i = 0; i < NSYMBOLS; i++) {
		if (kind->few ? AMONG(symbols[i], few_lack) : AMONG(symbols[i], only_few_have)) {
			w.p += sym;
			continue;
		}
		uint64_t value = base + 0x100 + 16 * i;
		if (strcmp(symbols[i], "kernbase") == 0)
			value = base & ~UINT64_C(0xfff);
		put(&w, name, 4);
		if (w.wide)
			put(&w, 0x11, 1), put(&w, 0, 1), put(&w, 1, 2), put(&w, value, 8), put(&w, 8, 8);
		else
			put(&w, value, 4), put(&w, 8, 4), put(&w, 0x11, 1), put(&w, 0, 1), put(&w, 1, 2);
		(void)strcpy((char *)elf + stroff + name, symbols[i]);
		name += strlen(symbols[i]) + 1;
		if (strcmp(symbols[i], "ostype") == 0)
			(void)strcpy((char *)elf + (value - base), kind->os);
	}
}

static const char *
kernel_of(const struct kind *kind)
{
	static struct {
		struct kind kind;
		char path[32];
	} made[KERNELS];
	static unsigned n;
	for (unsigned i = 0; i < n; i++) {
		const struct kind *is = &made[i].kind;
		if (is->bits == kind->bits && is->machine == kind->machine && is->big == kind->big &&
		    is->few == kind->few && is->os == kind->os && is->base == kind->base)
			return made[i].path;
	}
	if (n == KERNELS)
		return NULL;
	static uint8_t elf[SIZE];
	memset(elf, 0, sizeof(elf));
	make(elf, kind);
	const int fd = memfd_create("kernel", 0);
	MUST(fd != -1 && write(fd, elf, sizeof(elf)) == SIZE, "memfd");
	made[n].kind = *kind;
	(void)snprintf(made[n].path, sizeof(made[n].path), "/proc/self/fd/%d", fd);
	return made[n++].path;
}

const char *
fuzz_kernel(unsigned bits, int big, unsigned machine, const char *os, uint64_t base, unsigned how)
{
	enum { EM_X86_64 = 62, EM_AARCH64 = 183 };
	struct kind kind = { .bits = bits, .machine = machine, .big = big, .few = (how & FUZZ_FEW) != 0,
		.os = os, .base = base };
	if ((how & FUZZ_ELSEWHERE) != 0)
		kind.base += UINT64_C(0x40000000);
	if ((how & FUZZ_OTHER) != 0)
		kind = (struct kind) { .bits = 64, .os = os, .base = UINT64_C(0xffffffff80001000),
			.machine = machine == EM_X86_64 ? EM_AARCH64 : EM_X86_64 };
	return kernel_of(&kind);
}

unsigned
fuzz_how(const uint8_t *image, size_t size)
{
	enum { FROM = 0xf8 };
	return size > 0 && image[size - 1] >= FROM ? image[size - 1] - FROM : 0;
}

/* Where kernels are linked whose ports say so; else, where those of that width are. */
static uint64_t
base_of(const struct port *port)
{
	enum { EM_SPARC = 2, EM_386 = 3, EM_MIPS = 8, EM_PARISC = 15, EM_VAX = 75 };
	switch (port->elf_machine) {
	case EM_PARISC:
		return 0x1000;
	case EM_VAX:
		return 0x80001000;
	case EM_SPARC:
		return 0xff004000;
	case EM_386:
		return strcmp(port->os, "openbsd") == 0 ? 0xd0001000 : 0xc0001000;
	case EM_MIPS:
		return port->kernel_bits == 64 ? UINT64_C(0xffffffff80001000) : 0x80001000;
	default:
		return port->bits == 32 ? UINT64_C(0xc0001000) : UINT64_C(0xffffffff80001000);
	}
}

const char *
fuzz_kernel_of(const char *os, const uint8_t *image, size_t size)
{
	const struct port *port;
	if (size < 12)
		return NULL;
	/* The word is big-endian on every machine; c_nseg, at 8, is 2 in the machine's own order. */
	const unsigned mid = NETBSD_MID(be32_get(image));
	for (size_t i = 0; (port = port_at(i, NULL)) != NULL; i++)
		if (strcmp(port->os, os) == 0 && port->mid == mid && port->orders != 0) {
			const int big = port->orders == NETBSD_BIG ||
			    (port->orders != NETBSD_LITTLE && be32_get(image + 8) == NETBSD_NSEG);
			return fuzz_kernel(port->kernel_bits != 0 ? port->kernel_bits : port->bits, big,
			    port->elf_machine, strcmp(os, "netbsd") == 0 ? "NetBSD" : "OpenBSD",
			    base_of(port), fuzz_how(image, size));
		}
	return NULL;
}
