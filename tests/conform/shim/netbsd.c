/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A libkvm in the manner of NetBSD's on amd64, for its own dumps only: no copy of the core is
 * mapped, every level of every walk is one pread.  It has the two defects of the one it stands for:
 * bits 63 to 48 of an address are not looked at, and memory that is not in the dump reads as the
 * dump's first bytes.  The self-test sees that both are found, and nothing else.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <kvm.h>

#define FRAME	UINT64_C(0x000ffffffffff000)
#define ERRLEN	2048

struct __kvm {
	int core, kernel;
	int flags;
	char *name;		/* of the kernel */
	const char *program;	/* NULL: messages are stored */
	char err[ERRLEN];
	uint8_t *cpu;		/* the machine's part of the header; NULL: no header */
	uint32_t cpusize;
	uint64_t memory;	/* its offset in the core */
};

static uint64_t
little(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static uint32_t
midmag(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Stored, or printed if the handle has a program's name. */
__attribute__((format(printf, 2, 3))) static int
hard(kvm_t *kd, const char *fmt, ...)
{
	char s[ERRLEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(s, sizeof(s), fmt, ap);
	va_end(ap);
	if (kd->program != NULL)
		fprintf(stderr, "%s: %s\n", kd->program, s);
	else
		memcpy(kd->err, s, sizeof(s));
	return -1;
}

static int
full_read(int fd, void *buf, size_t n, uint64_t off)
{
	return pread(fd, buf, n, (off_t)off) == (ssize_t)n;
}

/* The header of a file that savecore(8) made; without one nothing is said. */
static void
read_header(kvm_t *kd)
{
	uint8_t h[12], seg[8];
	uint64_t at;

	if (!full_read(kd->core, h, 12, 0) || midmag(h) != 0x009d8fca || little(h + 8, 4) != 2)
		return;
	at = little(h + 4, 2);
	if (!full_read(kd->core, seg, 8, at) || midmag(seg) != 0x04008fac)
		return;
	kd->cpusize = (uint32_t)little(seg + 4, 4);
	at += little(h + 6, 2);
	kd->cpu = malloc(kd->cpusize > 16 ? kd->cpusize : 16);
	if (kd->cpu == NULL)
		return;
	kd->memory = at + kd->cpusize + little(h + 6, 2);
	if (!full_read(kd->core, kd->cpu, kd->cpusize, at) ||
	    !full_read(kd->core, seg, 8, at + kd->cpusize) || midmag(seg) != 0x08008fac ||
	    little(kd->cpu + 8, 8) > (kd->cpusize - 16) / 16) {
		free(kd->cpu);
		kd->cpu = NULL;
	}
}

static int
start(kvm_t *kd, const char *kernel, const char *core, int flags)
{
	kd->core = kd->kernel = -1;
	kd->flags = flags;
	if ((flags & KVM_NO_FILES) != 0)
		return 0;
	if (strlen(kernel) >= 1024)
		return hard(kd, "exec file name too long");
	if ((flags & ~O_RDWR) != 0)
		return hard(kd, "bad flags arg");
	kd->name = strdup(kernel);
	kd->kernel = open(kernel, O_RDONLY | O_CLOEXEC);
	if (kd->kernel < 0)
		return hard(kd, "%s: %s", kernel, strerror(errno));
	kd->core = open(core, flags | O_CLOEXEC);
	if (kd->core < 0)
		return hard(kd, "%s: %s", core, strerror(errno));
	read_header(kd);
	return 0;
}

kvm_t *
kvm_openfiles(const char *kernel, const char *core, const char *swap, int flags, char *errbuf)
{
	kvm_t *kd = calloc(1, sizeof(*kd));

	(void)swap;
	if (kd != NULL && start(kd, kernel, core, flags) == 0)
		return kd;
	if (errbuf != NULL)
		strcpy(errbuf, kd != NULL ? kd->err : "no memory");
	if (kd != NULL)
		kvm_close(kd);
	return NULL;
}

kvm_t *
kvm_open(const char *kernel, const char *core, const char *swap, int flags, const char *errstr)
{
	kvm_t *kd = calloc(1, sizeof(*kd));

	(void)swap;
	if (kd == NULL)
		return NULL;
	kd->program = errstr;
	if (start(kd, kernel, core, flags) == 0)
		return kd;
	kvm_close(kd);
	return NULL;
}

int
kvm_close(kvm_t *kd)
{
	int n = 0;

	if (kd->core >= 0)
		n |= close(kd->core);
	if (kd->kernel >= 0)
		n |= close(kd->kernel);
	free(kd->name);
	free(kd->cpu);
	free(kd);
	return n;
}

char *
kvm_geterr(kvm_t *kd)
{
	return kd->err;
}

const char *
kvm_getkernelname(kvm_t *kd)
{
	return kd->name;
}

/* Where physical memory lies in the core.  A miss is taken for the first byte. */
static uint64_t
offset(kvm_t *kd, uint64_t pa)
{
	uint64_t n = little(kd->cpu + 8, 8), off = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t first = little(kd->cpu + 16 + 16 * i, 8), size = little(kd->cpu + 24 + 16 * i, 8);

		if (pa >= first && pa - first < size)
			return kd->memory + off + (pa - first);
		off += size;
	}
	return kd->memory;
}

/* Bytes from va on that lie together from *pa on; 0: it is not mapped. */
static uint64_t
translate(kvm_t *kd, uint64_t va, uint64_t *pa)
{
	uint64_t table = little(kd->cpu, 8), entry, page;
	uint8_t p[8];

	for (int shift = 39; shift >= 12; shift -= 9) {
		if (!full_read(kd->core, p, 8, offset(kd, table + 8 * (va >> shift & 511))))
			return 0;
		entry = little(p, 8);
		if ((entry & 1) == 0)
			return 0;
		table = entry & FRAME;
		if (shift == 12 || (shift < 39 && (entry & 0x80) != 0)) {
			page = UINT64_C(1) << shift;
			*pa = (table & ~(page - 1)) + (va & (page - 1));
			return page - (va & (page - 1));
		}
	}
	return 0;
}

ssize_t
kvm_read(kvm_t *kd, unsigned long va, void *buf, size_t len)
{
	size_t done = 0;

	if ((kd->flags & KVM_NO_FILES) != 0)
		return hard(kd, "kvm_open called with KVM_NO_FILES, can't use kvm_read");
	if (kd->cpu == NULL)
		return hard(kd, "no valid dump header");
	while (done < len) {
		uint64_t pa, n = translate(kd, va + done, &pa);
		ssize_t got;

		if (n == 0)
			return hard(kd, "_kvm_kvatop(%lx)", va + done);
		if (n > len - done)
			n = len - done;
		got = pread(kd->core, (char *)buf + done, (size_t)n, (off_t)offset(kd, pa));
		if (got < 0)
			hard(kd, "kvm_read: %s", strerror(errno));
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

/* As NetBSD before 2016. */
ssize_t
kvm_write(kvm_t *kd, unsigned long va, const void *buf, size_t len)
{
	(void)va;
	(void)buf;
	(void)len;
	if ((kd->flags & KVM_NO_FILES) != 0)
		return hard(kd, "kvm_open called with KVM_NO_FILES, can't use kvm_write");
	return hard(kd, "kvm_write not implemented for dead kernels");
}

/* ---- nlist(3): one leading underscore is dropped; a global symbol is preferred ---- */

static unsigned char
type_of(const Elf64_Sym *s)
{
	static const unsigned char type[] = { [STT_OBJECT] = 0x06, [STT_FUNC] = 0x04, [STT_FILE] = 0x1e };
	unsigned t = ELF64_ST_TYPE(s->st_info);

	return (unsigned char)((t < sizeof(type) ? type[t] : 0) |
	    (ELF64_ST_BIND(s->st_info) != STB_LOCAL));
}

static int
rank(const Elf64_Sym *s)
{
	return ELF64_ST_BIND(s->st_info) == STB_GLOBAL ? 3 :
	    ELF64_ST_BIND(s->st_info) == STB_WEAK ? 2 : 1;
}

static int
search(struct nlist *nl, const Elf64_Sym *sym, size_t n, const char *names, size_t size)
{
	int missing = 0;

	for (; nl->n_name != NULL && nl->n_name[0] != '\0'; nl++) {
		const char *name = nl->n_name + (nl->n_name[0] == '_');
		const Elf64_Sym *best = NULL;

		for (size_t i = 1; i < n; i++)
			if (sym[i].st_name < size && strcmp(names + sym[i].st_name, name) == 0 &&
			    sym[i].st_shndx != SHN_UNDEF && (best == NULL || rank(&sym[i]) > rank(best)))
				best = &sym[i];
		nl->n_type = best != NULL ? type_of(best) : 0;
		nl->n_value = best != NULL ? best->st_value : 0;
		nl->n_other = 0;
		nl->n_desc = 0;
		missing += best == NULL;
	}
	return missing;
}

int
kvm_nlist(kvm_t *kd, struct nlist *nl)
{
	Elf64_Ehdr e;
	Elf64_Shdr s, t;
	int ret = -1;

	if (kd->kernel < 0 || !full_read(kd->kernel, &e, sizeof(e), 0))
		return hard(kd, "bad namelist");
	for (unsigned i = 0; i < e.e_shnum && ret < 0; i++) {
		Elf64_Sym *sym;
		char *names;

		if (!full_read(kd->kernel, &s, sizeof(s), e.e_shoff + i * sizeof(s)) ||
		    s.sh_type != SHT_SYMTAB ||
		    !full_read(kd->kernel, &t, sizeof(t), e.e_shoff + s.sh_link * sizeof(t)))
			continue;
		sym = malloc(s.sh_size + 1);
		names = malloc(t.sh_size + 1);
		if (sym != NULL && names != NULL && full_read(kd->kernel, sym, s.sh_size, s.sh_offset) &&
		    full_read(kd->kernel, names, t.sh_size, t.sh_offset)) {
			names[t.sh_size] = '\0';
			ret = search(nl, sym, s.sh_size / sizeof(*sym), names, t.sh_size);
		}
		free(sym);
		free(names);
	}
	return ret < 0 ? hard(kd, "bad namelist") : ret;
}

/* ---- Dump headers ---- */

int
kvm_dump_mkheader(kvm_t *kd, off_t off)
{
	uint8_t seg[8];
	ssize_t n;

	if (kd->cpu != NULL)
		return hard(kd, "already has a dump header");
	if ((kd->flags & KVM_NO_FILES) != 0)
		return hard(kd, "don't use on live kernel");
	n = pread(kd->core, seg, 8, off);
	if (n < 0)
		return hard(kd, "read 8 bytes at offset %llx for cpu_hdr failed: %s", (long long)off,
		    strerror(errno));
	if (n != 8)
		return hard(kd, "read %zx bytes at offset %llx for cpu_hdr instead of requested 8", (size_t)n,
		    (long long)off);
	if (midmag(seg) != 0x049d8fca) {
		hard(kd, "invalid magic in cpu_hdr");
		return 0;
	}
	kd->cpusize = (uint32_t)little(seg + 4, 4);
	kd->cpu = malloc(kd->cpusize > 16 ? kd->cpusize : 16);
	if (kd->cpu == NULL || !full_read(kd->core, kd->cpu, kd->cpusize, (uint64_t)off + 8)) {
		free(kd->cpu);
		kd->cpu = NULL;
		return hard(kd, "size %u != cpu_hdr.csize %u", 0, kd->cpusize);
	}
	kd->memory = (uint64_t)off + 8 + kd->cpusize;
	return (int)(8 + kd->cpusize);
}

int
kvm_dump_header(kvm_t *kd, bool (*write)(void *, const void *, size_t), void *cookie, int size)
{
	uint8_t file[12] = { 0x00, 0x9d, 0x8f, 0xca, 16, 0, 8, 0, 2, 0, 0, 0 };
	uint8_t cpu[8] = { 0x04, 0x00, 0x8f, 0xac }, data[8] = { 0x08, 0x00, 0x8f, 0xac };
	static const uint8_t zero[4];

	if (kd->cpu == NULL)
		return hard(kd, "no valid dump header(s)");
	for (unsigned i = 0; i < 4; i++) {
		cpu[4 + i] = (uint8_t)(kd->cpusize >> 8 * i);
		data[4 + i] = (uint8_t)((unsigned)size >> 8 * i);
	}
	if (!write(cookie, file, 12))
		return hard(kd, "kvm_dump_header: %s", strerror(errno));
	if (!write(cookie, zero, 4))
		return hard(kd, "clear_gap: %s", strerror(errno));
	if (!write(cookie, cpu, 8) || !write(cookie, kd->cpu, kd->cpusize) || !write(cookie, data, 8))
		return hard(kd, "kvm_dump_header: %s", strerror(errno));
	return (int)(16 + 8 + kd->cpusize + 8);
}

static bool
to_file(void *cookie, const void *buf, size_t len)
{
	return fwrite(buf, 1, len, cookie) == len;
}

int
kvm_dump_wrtheader(kvm_t *kd, FILE *fp, int size)
{
	return kvm_dump_header(kd, to_file, fp, size);
}

int
kvm_dump_inval(kvm_t *kd)
{
	struct nlist nl[2];
	uint64_t pa;

	if ((kd->flags & KVM_NO_FILES) != 0)
		return hard(kd, "clearing dump on live kernel");
	memset(nl, 0, sizeof(nl));
	nl[0].n_name = "_dumpmag";
	if (kvm_nlist(kd, nl) != 0 || kd->cpu == NULL)
		return hard(kd, "bad namelist");
	if (translate(kd, nl[0].n_value, &pa) == 0)
		return hard(kd, "_kvm_kvatop(%lx)", nl[0].n_value);
	if (pwrite(kd->core, "\0\0\0\0\0\0\0", 8, (off_t)offset(kd, pa)) != 8)
		return hard(kd, "cannot invalidate dump - pwrite: %s", strerror(errno));
	return 0;
}
