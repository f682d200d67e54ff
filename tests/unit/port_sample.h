/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small dump of each port, made by hand from what its header is documented to be.  Each group of
 * ports has its samples, and its rows about them, in tests/unit/port_<group>.c.
 */
#ifndef UNIT_PORT_SAMPLE_H
#define UNIT_PORT_SAMPLE_H

#include "port/port.h"

/* The image: 16 and 16 bytes of headers, cpu data, 16 bytes, memory. */
enum { SAMPLE_CPU = 32, SAMPLE_CPU_MAX = 0x8000, SAMPLE_MEM_MAX = 0x10000,
	SAMPLE_KCORE_MAX = 1024 + SAMPLE_CPU_MAX + SAMPLE_MEM_MAX,
	SAMPLE_MAX = 0x210000 };	/* DragonFly's page map alone has 2 MiB */

struct port_symbol {
	const char *name;	/* NULL: end of a list */
	vaddr_t va;
};

struct port_sample {
	const char *os, *machine;	/* NULL: end of a list */
	unsigned elf_machine, bits;	/* of its kernel */
	bool big;
	unsigned mid;
	uint32_t cpu_size;		/* c_size */
	/* Fills zeroed cpu data and memory, in the order of the image.  NULL: another container. */
	void (*fill)(uint8_t *cpu, uint8_t *mem);
	const struct port_symbol *symbols;	/* of its kernel, or NULL */
};

extern const struct port_sample port_samples_x86_arm64_alpha_riscv[],
    port_samples_arm_mips_m68k[],
    port_samples_powerpc_hppa_sh_vax[],
    port_samples_sparc[],
    port_samples_freebsd[];

/* The n-th of all; NULL past the end. */
const struct port_sample *port_sample_at(size_t n);

/* Makes the whole of a zeroed image in another container; returns its size. */
size_t port_freebsd_make(const struct port_sample *sample, uint8_t *image);
/* Makes the image of SAMPLE_MAX bytes; returns its size. */
size_t port_sample_make(const struct port_sample *sample, uint8_t *image);
/* The same on a dump device, from SAMPLE_DEVICE on; c_size must be that of whole disk blocks. */
enum { SAMPLE_DEVICE = 512 };
size_t port_sample_make_device(const struct port_sample *sample, uint8_t *image);
/* The same as a file whose cpu data has that size, and the memory behind it. */
size_t port_sample_cut(const struct port_sample *sample, uint32_t cpu_size, uint8_t *image);
/* Where its memory begins, in a file. */
size_t port_sample_mem(const struct port_sample *sample);
/* The kernel of that sample; without a file if machine is 0 in it afterwards. */
struct port_kernel port_sample_kernel(const struct port_sample *sample);
/* What looks symbols up for it: arg is a list of struct port_symbol, or NULL. */
bool port_sample_lookup(void *arg, const char *symbol, vaddr_t *ret);
extern const struct port_kernel port_no_kernel;

/* A number of 2, 4 or 8 bytes. */
void port_sample_put(uint8_t *p, uint64_t v, unsigned size, bool big);

/* Translates va as the API does, first range first.  UINT64_MAX: not mapped. */
paddr_t port_sample_xlate(struct dump *dump, vaddr_t va);

#endif
