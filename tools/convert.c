/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kcore convert: any dump as an ELF core by virtual address, for debuggers of any host.  Memory
 * that is mapped at several addresses is in the file once; zeros are holes.
 */
#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elfnotes.h"
#include "kcore.h"
#include "kernelfile.h"
#include "kernelmatch.h"
#include "output.h"

enum { CHUNK = 1 << 20, PAGE = 4096 };

/* Mapped addresses, linear in the core. */
struct stretch {
	uint64_t va, pa, len;
	uint64_t off;		/* in the core; later in the converted file */
	unsigned prot;
};

struct map {
	struct stretch *v;
	size_t n, cap;
	uint64_t lost;		/* mapped bytes that the dump does not hold */
	bool failed;
};

struct conversion {
	kvm_t *kd;
	const struct kernelfile *kernel;
	struct output out;
	struct map map;
	struct notes notes;
	uint64_t total, done;	/* bytes of memory to write */
	bool terminal;
};

static int
take(const struct kvm_range *r, void *arg)
{
	struct map *map = arg;
	if (r->kr_kind != KVM_MAPPED) {
		map->lost += r->kr_last - r->kr_first + 1;
		return 1;
	}
	if (map->n == map->cap) {
		size_t cap = map->cap == 0 ? 1024 : 2 * map->cap;
		struct stretch *grown = realloc(map->v, cap * sizeof(*grown));
		map->failed = grown == NULL;
		if (map->failed)
			return 0;
		map->v = grown;
		map->cap = cap;
	}
	map->v[map->n++] = (struct stretch) { .va = r->kr_first, .pa = r->kr_paddr,
		.len = r->kr_last - r->kr_first + 1, .off = (uint64_t)r->kr_offset,
		.prot = r->kr_prot_known ? r->kr_prot : KVM_PROT_READ | KVM_PROT_WRITE |
		    KVM_PROT_EXEC };
	return 1;
}

static int
by_offset(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;
	return x->off < y->off ? -1 : x->off > y->off;
}

static int
by_address(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;
	return x->va < y->va ? -1 : x->va > y->va;
}

static void
progress(struct conversion *c)
{
	if (c->terminal && c->total > 0)
		(void)fprintf(stderr, "\r%3.0f %% of %#jx bytes", 100.0 * (double)c->done /
		    (double)c->total, (uintmax_t)c->total);
}

/* Copies memory from va on to off in the file. */
static bool
copy(struct conversion *c, uint8_t *buf, uint64_t va, uint64_t off, uint64_t len)
{
	while (len > 0) {
		size_t n = len < CHUNK ? (size_t)len : CHUNK;
		kssize_t got = kvm_read2(c->kd, va, buf, n);
		if (got != (kssize_t)n) {
			complain("%s", kvm_geterr(c->kd));
			return false;
		}
		if (!output_write(&c->out, off, buf, n))
			return false;
		va += n;
		off += n;
		len -= n;
		c->done += n;
		progress(c);
	}
	return true;
}

/*
 * Lays memory out from base on, in the core's order, each byte once; with buf NULL it only counts.
 * Each stretch's place in the core becomes its place in the file.  True unless copying fails.
 */
static bool
lay_out(struct conversion *c, uint64_t base, uint8_t *buf, uint64_t *end)
{
	uint64_t next = 0;	/* of the core: what lies before is laid out */
	uint64_t at = base;	/* where it goes */
	qsort(c->map.v, c->map.n, sizeof(*c->map.v), by_offset);
	for (size_t i = 0; i < c->map.n; i++) {
		struct stretch *s = &c->map.v[i];
		/* A gap of the core is none of the file, but pages stay aligned as they were. */
		if (s->off > next || i == 0) {
			at = (at + PAGE - 1) / PAGE * PAGE + s->off % PAGE;
			next = s->off;
		}
		uint64_t known = next - s->off, place = at - known;
		if (s->len > known) {
			if (buf != NULL && !copy(c, buf, s->va + known, at, s->len - known))
				return false;
			at += s->len - known;
			next += s->len - known;
		}
		if (buf != NULL)
			s->off = place;
	}
	*end = at;
	return true;
}

/* ---- Headers ---------------------------------------------------------------------- */

struct sizes {
	unsigned word, ehdr, phdr, shdr;
};

static struct sizes
sizes_of(const struct kernelfile *kernel)
{
	return kernel->bits == 64 ? (struct sizes) { 8, 64, 56, 64 } :
	    (struct sizes) { 4, 52, 32, 40 };
}

/* Both ELF headers have the same members in the same order. */
static void
elf_header(const struct conversion *c, uint8_t *p, uint64_t phnum, uint64_t shoff)
{
	const struct kernelfile *k = c->kernel;
	const struct sizes z = sizes_of(k);
	const bool many = phnum >= PN_XNUM;
	memcpy(p, ELFMAG, SELFMAG);
	p[EI_CLASS] = k->bits == 64 ? ELFCLASS64 : ELFCLASS32;
	p[EI_DATA] = k->big ? ELFDATA2MSB : ELFDATA2LSB;
	p[EI_VERSION] = EV_CURRENT;
	put(k, p + 16, 2, ET_CORE);
	put(k, p + 18, 2, k->machine);
	put(k, p + 20, 4, EV_CURRENT);
	p += 24 + z.word;
	put(k, p, z.word, z.ehdr);			/* e_phoff */
	put(k, p + z.word, z.word, many ? shoff : 0);
	p += 2 * z.word;
	put(k, p, 4, k->flags);
	put(k, p + 4, 2, z.ehdr);
	put(k, p + 6, 2, z.phdr);
	put(k, p + 8, 2, many ? PN_XNUM : phnum);
	put(k, p + 10, 2, z.shdr);
	put(k, p + 12, 2, many ? 1 : 0);
}

static void
program_header(const struct kernelfile *k, uint8_t *p, unsigned type, const struct stretch *s,
    unsigned align)
{
	/* PT_LOAD's flags are the other way round: 4 read, 1 execute. */
	const unsigned flags = ((s->prot & KVM_PROT_READ) != 0 ? PF_R : 0) |
	    ((s->prot & KVM_PROT_WRITE) != 0 ? PF_W : 0) |
	    ((s->prot & KVM_PROT_EXEC) != 0 ? PF_X : 0);
	if (k->bits == 64) {
		put(k, p, 4, type);
		put(k, p + 4, 4, flags);
		put(k, p + 8, 8, s->off);
		put(k, p + 16, 8, s->va);
		put(k, p + 24, 8, s->pa);
		put(k, p + 32, 8, s->len);
		put(k, p + 40, 8, type == PT_NOTE ? 0 : s->len);
		put(k, p + 48, 8, align);
		return;
	}
	put(k, p, 4, type);
	put(k, p + 4, 4, s->off);
	put(k, p + 8, 4, s->va);
	put(k, p + 12, 4, s->pa > UINT32_MAX ? 0 : s->pa);
	put(k, p + 16, 4, s->len);
	put(k, p + 20, 4, type == PT_NOTE ? 0 : s->len);
	put(k, p + 24, 4, flags);
	put(k, p + 28, 4, align);
}

static bool
write_headers(struct conversion *c, uint64_t notes_off)
{
	const struct kernelfile *k = c->kernel;
	const struct sizes z = sizes_of(k);
	const size_t n = c->map.n + 1;		/* with the notes */
	const uint64_t shoff = z.ehdr + (uint64_t)n * z.phdr;
	uint8_t *p = calloc(1, (size_t)shoff + z.shdr);
	if (p == NULL) {
		complain("%s: %s", c->out.path, strerror(errno));
		return false;
	}
	elf_header(c, p, n, shoff);
	const struct stretch notes = { .off = notes_off, .len = c->notes.n };
	program_header(k, p + z.ehdr, PT_NOTE, &notes, 4);
	qsort(c->map.v, c->map.n, sizeof(*c->map.v), by_address);
	for (size_t i = 0; i < c->map.n; i++)
		program_header(k, p + z.ehdr + (i + 1) * z.phdr, PT_LOAD, &c->map.v[i], PAGE);
	/* System V gABI, e_phnum: the real number is sh_info of the first section. */
	if (n >= PN_XNUM)
		put(k, p + shoff + (k->bits == 64 ? 44 : 28), 4, n);
	bool ok = output_write(&c->out, 0, p, (size_t)shoff + z.shdr) &&
	    output_write(&c->out, notes_off, c->notes.p, c->notes.n);
	free(p);
	return ok;
}

/* ---- The command ------------------------------------------------------------------ */

static bool
convert(struct conversion *c)
{
	const struct sizes z = sizes_of(c->kernel);
	const uint64_t headers = z.ehdr + ((uint64_t)c->map.n + 1) * z.phdr + z.shdr;
	const uint64_t notes_off = (headers + 3) / 4 * 4;
	const uint64_t base = (notes_off + c->notes.n + PAGE - 1) / PAGE * PAGE;
	uint64_t end;
	(void)lay_out(c, base, NULL, &end);
	c->total = end - base;
	if (c->kernel->bits == 32 && end > UINT32_MAX) {
		complain("%s: %#jx bytes do not fit in a 32-bit ELF file", c->out.path,
		    (uintmax_t)end);
		return false;
	}
	uint8_t *buf = malloc(CHUNK);
	if (buf == NULL) {
		complain("%s", strerror(errno));
		return false;
	}
	bool ok = lay_out(c, base, buf, &end) && write_headers(c, notes_off) &&
	    output_finish(&c->out, end);
	free(buf);
	if (c->terminal)
		(void)fprintf(stderr, "\r%*s\r", 40, "");
	return ok;
}

static bool
prepare(struct conversion *c, const struct args *args)
{
	struct kvm_info info;
	if (kvm_getinfo(c->kd, &info, sizeof(info)) == -1 || !info.ki_header ||
	    kvm_each_range(c->kd, 0, info.ki_bits == 32 ? UINT32_MAX : UINT64_MAX, take, &c->map) == -1) {
		complain("%s: %s", args->operands[0], kvm_geterr(c->kd)[0] != '\0' ?
		    kvm_geterr(c->kd) : "it has no dump header");
		return false;
	}
	if (c->map.failed) {
		complain("%zu mappings: %s", c->map.n, strerror(ENOMEM));
		return false;
	}
	if (c->map.n == 0) {
		complain("%s: nothing is mapped in it", args->operands[0]);
		return false;
	}
	char why[512];
	if (kernelmatch(c->kd, &info, why) == MATCH_OTHER)
		complain("warning: %s", why);
	return notes_make(&c->notes, c->kd, c->kernel, info.ki_os);
}

static int
run(const struct args *args)
{
	if (args->kernel == NULL) {
		complain("convert: -k KERNEL is needed");
		return EXIT_USAGE;
	}
	struct kernelfile kernel;
	struct conversion c = { .kernel = &kernel, .terminal = isatty(STDERR_FILENO) != 0,
		.out = { .fd = -1 } };
	/* It opens no kernel that is none: a FIFO would hang libelf's. */
	c.kd = core_open(args, args->operands[0]);
	bool ok = c.kd != NULL && kernelfile_read(&kernel, args->kernel) && prepare(&c, args) &&
	    output_open(&c.out, args) && convert(&c);
	output_drop(&c.out);
	if (ok)
		printf("%s: %zu segments, %#jx bytes of memory%s\n", args->operands[1], c.map.n,
		    (uintmax_t)c.total, c.notes.registers ? ", registers of the panic" : "");
	if (ok && !c.notes.registers)
		printf("no registers: %s\n", c.notes.why);
	if (ok && c.map.lost > 0)
		printf("%#jx mapped bytes are not in the dump, and not in the file\n",
		    (uintmax_t)c.map.lost);
	free(c.map.v);
	free(c.notes.p);
	if (c.kd != NULL)
		kvm_close(c.kd);
	return ok ? EXIT_OK : EXIT_NO;
}

const struct command cmd_convert = {
	.name = "convert", .usage = "-k KERNEL CORE OUT.elf",
	.what = "an ELF core for debuggers", .options = "kC", .min = 2, .max = 2, .run = run,
};
