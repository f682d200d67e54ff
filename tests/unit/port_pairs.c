/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/port: no port takes another's dump, with any kernel or without. */
#include "port_sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* A group adds its list here. */
static const struct port_sample *const lists[] = {
	port_samples_x86_arm64_alpha_riscv,
	port_samples_arm_mips_m68k,
	port_samples_powerpc_hppa_sh_vax,
	port_samples_sparc,
	port_samples_freebsd,
};

const struct port_sample *
port_sample_at(size_t n)
{
	for (size_t l = 0; l < sizeof(lists) / sizeof(lists[0]); l++)
		for (const struct port_sample *s = lists[l]; s->os != NULL; s++)
			if (n-- == 0)
				return s;
	return NULL;
}

void
port_sample_put(uint8_t *p, uint64_t v, unsigned size, bool big)
{
	for (unsigned i = 0; i < size; i++)
		p[big ? size - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

size_t
port_sample_mem(const struct port_sample *sample)
{
	return SAMPLE_CPU + sample->cpu_size + 16;
}

size_t
port_sample_make(const struct port_sample *sample, uint8_t *image)
{
	const bool big = sample->big;
	if (sample->fill == NULL) {
		memset(image, 0, SAMPLE_MAX);
		return port_freebsd_make(sample, image);
	}
	uint8_t *data = image + SAMPLE_CPU + sample->cpu_size;
	memset(image, 0, SAMPLE_KCORE_MAX);
	be32_put(image, sample->mid << 16 | 0x8fca);
	port_sample_put(image + 4, 16, 2, big);
	port_sample_put(image + 6, 16, 2, big);
	port_sample_put(image + 8, 2, 4, big);
	be32_put(image + 16, 0x04008fac);
	port_sample_put(image + 20, sample->cpu_size, 4, big);
	be32_put(data, 0x08008fac);
	port_sample_put(data + 4, SAMPLE_MEM_MAX, 4, big);
	sample->fill(image + SAMPLE_CPU, data + 16);
	return port_sample_mem(sample) + SAMPLE_MEM_MAX;
}

size_t
port_sample_cut(const struct port_sample *sample, uint32_t cpu_size, uint8_t *image)
{
	const size_t rest = port_sample_make(sample, image) - SAMPLE_CPU - sample->cpu_size;
	memmove(image + SAMPLE_CPU + cpu_size, image + SAMPLE_CPU + sample->cpu_size, rest);
	port_sample_put(image + 20, cpu_size, 4, sample->big);
	return SAMPLE_CPU + cpu_size + rest;
}

size_t
port_sample_make_device(const struct port_sample *sample, uint8_t *image)
{
	memset(image, 0, SAMPLE_KCORE_MAX);
	uint8_t *hdr = image + SAMPLE_DEVICE, *cpu = hdr + (512 - sample->cpu_size % 512);
	be32_put(hdr, UINT32_C(0x04000000) | sample->mid << 16 | 0x8fca);
	port_sample_put(hdr + 4, sample->cpu_size, 4, sample->big);
	sample->fill(cpu, cpu + sample->cpu_size);
	return (size_t)(cpu - image) + sample->cpu_size + SAMPLE_MEM_MAX;
}

bool
port_sample_lookup(void *arg, const char *symbol, vaddr_t *ret)
{
	for (const struct port_symbol *s = arg; s != NULL && s->name != NULL; s++)
		if (strcmp(s->name, symbol) == 0) {
			*ret = s->va;
			return true;
		}
	return false;
}

const struct port_kernel port_no_kernel = { .name = "", .os = "", .lookup = port_sample_lookup };

struct port_kernel
port_sample_kernel(const struct port_sample *sample)
{
	return (struct port_kernel) { .name = "kernel", .machine = sample->elf_machine,
		.bits = sample->bits, .big = sample->big, .os = sample->os,
		.lookup = port_sample_lookup, .arg = (void *)(uintptr_t)sample->symbols };
}

paddr_t
port_sample_xlate(struct dump *dump, vaddr_t va)
{
	const struct mmu_src src = { .read = memory_read, .arg = &dump->mem };
	for (unsigned i = 0; i < dump->nas; i++)
		if (va >= dump->as[i].lo && va <= dump->as[i].last) {
			struct kv_run run;
			if (mmu_walk(&dump->as[i].mmu, &src, va, &run, NULL, NULL, NULL) != KV_OK)
				return UINT64_MAX;
			return run.at.addr + (va - run.first);
		}
	return UINT64_MAX;
}

/* Where the kernel is all that tells two systems apart. */
static bool
twins(const struct port_sample *a, const struct port_sample *b)
{
	static const char *const machines[] = { "amd64", "alpha" };
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (strcmp(a->machine, machines[i]) == 0 && strcmp(b->machine, machines[i]) == 0)
			return true;
	return false;
}

static bool
is_port(const struct dump *dump, const struct port_sample *sample)
{
	return dump->port != NULL && strcmp(dump->port->os, sample->os) == 0 &&
	    strcmp(dump->port->machine, sample->machine) == 0;
}

/* Of which no dump opens. */
static bool
is_undefined(const struct port_sample *sample)
{
	const struct port *port;
	for (size_t n = 0; (port = port_at(n, NULL)) != NULL; n++)
		if (strcmp(sample->os, port->os) == 0 && strcmp(sample->machine, port->machine) == 0)
			return port->undefined != NULL;
	return false;
}

static void
pair(const struct port_sample *dump_of, const struct port_sample *kernel_of, struct image *img)
{
	char row[160];
	struct dump dump;
	struct kv_err err = { .text = "" };
	(void)snprintf(row, sizeof(row), "dump of %s/%s, kernel of %s/%s (%u bits)", dump_of->os,
	    dump_of->machine, kernel_of->os, kernel_of->machine, kernel_of->bits);
	const struct port_kernel kernel = port_sample_kernel(kernel_of);
	enum kv_status st = port_open(&dump, img, &kernel, &err);
	if (dump_of == kernel_of && is_undefined(dump_of)) {
		CHECK(st == KV_EUNSUP && strstr(err.text, "translation is undefined") != NULL, "%s: %s", row,
		    err.text);
	} else if (dump_of == kernel_of) {
		CHECK(st == KV_OK && is_port(&dump, dump_of), "%s: %s", row, err.text);
	} else if (st == KV_OK && dump.port == NULL) {
		/* FreeBSD/sparc64 has no magic number: without its kernel it is no dump at all. */
		CHECK(dump_of->fill == NULL && strcmp(dump_of->machine, "sparc64") == 0,
		    "%s: no header", row);
	} else if (st == KV_OK) {
		/* A kernel of another word size or system may fit, but the port is the dump's. */
		CHECK(is_port(&dump, dump_of) || twins(dump_of, kernel_of), "%s: opened as %s/%s", row,
		    dump.port != NULL ? dump.port->os : "", dump.port != NULL ? dump.port->machine : "");
	} else {
		CHECK(err.text[0] != '\0', "%s: fails without a sentence", row);
	}
	if (st == KV_OK)
		port_close(&dump);
}

static void
without_kernel(const struct port_sample *sample, struct image *img)
{
	char row[160], name[64];
	struct dump dump;
	struct kv_err err = { .text = "" };
	(void)snprintf(name, sizeof(name), "%s/%s", sample->os, sample->machine);
	(void)snprintf(row, sizeof(row), "dump of %s, no kernel", name);
	if (port_open(&dump, img, &port_no_kernel, &err) == KV_OK) {
		CHECK(is_port(&dump, sample), "%s: opened as %s/%s", row, dump.port->os,
		    dump.port->machine);
		port_close(&dump);
	} else if (is_undefined(sample)) {
		CHECK(strstr(err.text, name) != NULL &&
		    strstr(err.text, "translation is undefined") != NULL, "%s: %s", row, err.text);
	} else {
		/* It asks for the kernel, and names what the dump may be of. */
		CHECK(strstr(err.text, "give the kernel") != NULL, "%s: %s", row, err.text);
	}
}

static void
test_pairs(void)
{
	uint8_t *image = malloc(SAMPLE_MAX);
	if (!CHECK(image != NULL, "no memory"))
		return;
	const struct port_sample *a, *b;
	for (size_t i = 0; (a = port_sample_at(i)) != NULL; i++) {
		struct image img;
		const size_t size = port_sample_make(a, image);
		CHECK_EQ(a->machine, "open", image_open_mem(&img, "file", image, size, NULL), KV_OK);
		for (size_t k = 0; (b = port_sample_at(k)) != NULL; k++)
			pair(a, b, &img);
		without_kernel(a, &img);
		image_close(&img);
	}
	free(image);
}

/* The same on a device, where the kernel is asked for more: the header tells less. */
static void
device_pair(const struct port_sample *dump_of, const struct port_sample *kernel_of,
    struct image *img)
{
	char row[160];
	struct dump dump;
	struct kv_err err = { .text = "" };
	const struct port_kernel kernel = kernel_of != NULL ? port_sample_kernel(kernel_of) :
	    port_no_kernel;
	(void)snprintf(row, sizeof(row), "device of %s/%s, kernel of %s/%s", dump_of->os,
	    dump_of->machine, kernel.os, kernel_of != NULL ? kernel_of->machine : "");
	if (port_adopt(&dump, img, SAMPLE_DEVICE, &kernel, &err) == KV_OK) {
		CHECK(is_port(&dump, dump_of) || (kernel_of != NULL && twins(dump_of, kernel_of)),
		    "%s: adopted as %s/%s", row, dump.port->os, dump.port->machine);
		port_close(&dump);
	} else
		CHECK_TEXT(row, err.text, "device");
}

static void
test_device_pairs(void)
{
	uint8_t *image = malloc(SAMPLE_MAX);
	if (!CHECK(image != NULL, "no memory"))
		return;
	const struct port_sample *a, *b;
	for (size_t i = 0; (a = port_sample_at(i)) != NULL; i++) {
		if (a->fill == NULL)
			continue;
		struct image img;
		const size_t size = port_sample_make_device(a, image);
		CHECK_EQ(a->machine, "open", image_open_mem(&img, "device", image, size, NULL), KV_OK);
		for (size_t k = 0; (b = port_sample_at(k)) != NULL; k++)
			device_pair(a, b, &img);
		device_pair(a, NULL, &img);
		/* A machine id that is nobody's. */
		struct dump dump;
		struct kv_err err = { .text = "" };
		const struct port_kernel kernel = port_sample_kernel(a);
		be32_put(image + SAMPLE_DEVICE, UINT32_C(0x07ff8fca));
		CHECK_EQ(a->machine, "machine id 0x3ff",
		    port_adopt(&dump, &img, SAMPLE_DEVICE, &kernel, &err), KV_EUNSUP);
		CHECK_TEXT(a->machine, err.text, "device: machine id at offset 0x200 is 0x3ff, which is of no "
		    "supported port");
		image_close(&img);
	}
	free(image);
}

/* Every line of ports.def is somebody's sample. */
static void
test_complete(void)
{
	const struct port *port;
	const struct port_sample *s;
	for (size_t n = 0; (port = port_at(n, NULL)) != NULL; n++) {
		bool found = false;
		for (size_t i = 0; (s = port_sample_at(i)) != NULL; i++)
			found |= strcmp(s->os, port->os) == 0 && strcmp(s->machine, port->machine) == 0;
		CHECK(found, "%s/%s has no sample in tests/unit/port_<group>.c", port->os,
		    port->machine);
		char row[80];
		(void)snprintf(row, sizeof(row), "%s/%s", port->os, port->machine);
		CHECK((port->pagesize & (port->pagesize - 1)) == 0, "%s: pages of %u bytes", row, port->pagesize);
		CHECK((port->align & (port->align - 1)) == 0, "%s: alignment %u", row, port->align);
	}
}

static const struct unit_test tests[] = {
	{ "pairs of ports", test_pairs },
	{ "pairs on devices", test_device_pairs },
	{ "all ports have a sample", test_complete },
	{ 0 },
};
const struct unit_suite unit_port_pairs = { "port_pairs", tests };
