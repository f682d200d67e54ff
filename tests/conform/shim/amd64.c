/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "amd64.h"

#define MOST_HEADERS 65536

uint64_t
little(const uint8_t *p, unsigned n)
{
	uint64_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

int
hard(struct __kvm *kd, const char *fmt, ...)
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

int
soft(struct __kvm *kd, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(kd->err, sizeof(kd->err), fmt, ap);
	va_end(ap);
	return -1;
}

bool
full_read(int fd, void *buf, size_t n, uint64_t off)
{
	return pread(fd, buf, n, (off_t)off) == (ssize_t)n;
}

bool
piece_find(struct __kvm *kd, uint64_t pa, uint64_t *off)
{
	for (size_t i = 0; i < kd->npieces; i++)
		if (pa >= kd->piece[i].first && pa - kd->piece[i].first < kd->piece[i].size) {
			*off = kd->piece[i].off + (pa - kd->piece[i].first);
			return true;
		}
	return false;
}

/* ---- NetBSD's and OpenBSD's: sys/kcore.h, and {u64 root, u64 count, {u64 start, size}[]} ---- */

static uint32_t
midmag(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

bool
kcore_pieces(struct __kvm *kd, uint64_t memory)
{
	uint64_t n = kd->cpusize >= 16 ? little(kd->cpu + 8, 8) : UINT64_MAX;

	if (n > kd->cpusize / 16)
		return false;
	free(kd->piece);
	kd->piece = calloc((size_t)n + 1, sizeof(*kd->piece));
	if (kd->piece == NULL)
		return false;
	kd->root = little(kd->cpu, 8);
	kd->npieces = (size_t)n;
	for (size_t i = 0; i < kd->npieces; i++) {
		kd->piece[i] = (struct piece){ little(kd->cpu + 16 + 16 * i, 8),
			little(kd->cpu + 24 + 16 * i, 8), memory };
		memory += kd->piece[i].size;
	}
	return true;
}

bool
kcore_header(struct __kvm *kd)
{
	uint8_t h[12], seg[8];
	uint64_t at, step;

	if (!full_read(kd->core, h, 12, 0) || midmag(h) != 0x009d8fca || little(h + 8, 4) != 2)
		return false;
	at = little(h + 4, 2);
	step = little(h + 6, 2);
	if (!full_read(kd->core, seg, 8, at) || midmag(seg) != 0x04008fac)
		return false;
	kd->cpusize = (uint32_t)little(seg + 4, 4);
	at += step;
	kd->cpu = malloc((size_t)kd->cpusize + 1);
	if (kd->cpu != NULL && full_read(kd->core, kd->cpu, kd->cpusize, at) &&
	    full_read(kd->core, seg, 8, at + kd->cpusize) && midmag(seg) == 0x08008fac &&
	    kcore_pieces(kd, at + kd->cpusize + step))
		return true;
	free(kd->cpu);
	kd->cpu = NULL;
	return false;
}

int
kcore_adopt(struct __kvm *kd, off_t off)
{
	uint8_t seg[8];
	ssize_t n;

	if (kd->cpu != NULL)
		return hard(kd, "already has a dump header");
	n = pread(kd->core, seg, 8, off);
	if (n < 0)
		return hard(kd, "read 8 bytes at offset %llx for cpu_hdr failed: %s", (long long)off,
		    strerror(errno));
	if (n != 8)
		return hard(kd, "read %zx bytes at offset %llx for cpu_hdr instead of requested 8", (size_t)n,
		    (long long)off);
	if (midmag(seg) != 0x049d8fca)
		return 0;
	kd->cpusize = (uint32_t)little(seg + 4, 4);
	kd->cpu = malloc((size_t)kd->cpusize + 1);
	if (kd->cpu == NULL || !full_read(kd->core, kd->cpu, kd->cpusize, (uint64_t)off + 8) ||
	    !kcore_pieces(kd, (uint64_t)off + 8 + kd->cpusize)) {
		free(kd->cpu);
		kd->cpu = NULL;
		return hard(kd, "invalid size in cpu_hdr");
	}
	return (int)(8 + kd->cpusize);
}

int
kcore_write(struct __kvm *kd, bool (*write)(void *, const void *, size_t), void *cookie, int size)
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
to_stream(void *cookie, const void *buf, size_t len)
{
	return fwrite(buf, 1, len, cookie) == len;
}

int
kcore_write_stream(struct __kvm *kd, FILE *fp, int size)
{
	return kcore_write(kd, to_stream, fp, size);
}

/* ---- FreeBSD's and DragonFly's ---- */

bool
elf_pieces(struct __kvm *kd)
{
	Elf64_Ehdr e, k;
	Elf64_Phdr ph;
	Elf64_Shdr sh;
	size_t n;

	if (!full_read(kd->core, &e, sizeof(e), 0) || memcmp(e.e_ident, ELFMAG, SELFMAG) != 0 ||
	    !full_read(kd->kernel, &k, sizeof(k), 0) || e.e_ident[EI_CLASS] != ELFCLASS64 ||
	    e.e_machine != k.e_machine || e.e_type != ET_CORE || e.e_phentsize != sizeof(ph))
		return false;
	n = e.e_phnum;
	if (n == PN_XNUM) {
		if (!full_read(kd->core, &sh, sizeof(sh), e.e_shoff))
			return false;
		n = sh.sh_info;
	}
	if (n > MOST_HEADERS)
		return false;
	kd->piece = calloc(n + 1, sizeof(*kd->piece));
	if (kd->piece == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!full_read(kd->core, &ph, sizeof(ph), e.e_phoff + i * sizeof(ph)))
			return false;
		kd->piece[kd->npieces++] = (struct piece){ ph.p_paddr, ph.p_memsz, ph.p_offset };
	}
	return true;
}

/* ---- Memory: AMD64 APM vol. 2, 5.3; bits 63 to 48 of an address are not looked at ---- */

uint64_t
translate(struct __kvm *kd, uint64_t va, uint64_t *pa)
{
	uint64_t table = kd->root, entry, page, off;
	uint8_t p[8];

	for (int shift = 39; shift >= 12; shift -= 9) {
		if (!manner.find(kd, table + 8 * (va >> shift & 511), &off) || !full_read(kd->core, p, 8, off))
			return 0;
		entry = little(p, 8);
		if ((entry & 1) == 0)
			return 0;
		table = entry & FRAME;
		if (shift == 12 || (shift < (manner.no_gigabyte ? 30 : 39) && (entry & 0x80) != 0)) {
			page = UINT64_C(1) << shift;
			*pa = (table & ~(page - 1)) + (va & (page - 1));
			return page - (va & (page - 1));
		}
	}
	return 0;
}

bool
read_virtual(struct __kvm *kd, uint64_t va, void *buf, size_t len, uint64_t *bad, ssize_t *n_read)
{
	size_t done = 0;

	while (done < len) {
		uint64_t pa, off, n = manner.translate(kd, va + done, &pa);
		ssize_t got;

		if (n == 0 || !manner.find(kd, pa, &off)) {
			*bad = va + done;
			return false;
		}
		if (n > len - done)
			n = len - done;
		got = pread(kd->core, (char *)buf + done, (size_t)n, (off_t)off);
		if (got < 0 && manner.device != NULL)
			soft(kd, "%s: %s", manner.device, strerror(errno));
		else if (got < 0)
			hard(kd, "kvm_read: %s", strerror(errno));
		if (got <= 0)
			break;
		done += (size_t)got;
	}
	*n_read = (ssize_t)done;
	return true;
}

/* ---- Symbols ---- */

struct table {
	Elf64_Sym *sym;
	size_t n;
	char *names;
	size_t size;
};

static void
table_free(struct table *t)
{
	free(t->sym);
	free(t->names);
}

static bool
table_read(struct __kvm *kd, struct table *t)
{
	Elf64_Ehdr e;
	Elf64_Shdr s, str;

	*t = (struct table){ .sym = NULL };
	if (kd->kernel < 0 || !full_read(kd->kernel, &e, sizeof(e), 0))
		return false;
	for (unsigned i = 0; i < e.e_shnum; i++) {
		if (!full_read(kd->kernel, &s, sizeof(s), e.e_shoff + i * sizeof(s)) ||
		    s.sh_type != SHT_SYMTAB ||
		    !full_read(kd->kernel, &str, sizeof(str), e.e_shoff + s.sh_link * sizeof(str)))
			continue;
		t->sym = malloc(s.sh_size + 1);
		t->names = malloc(str.sh_size + 1);
		if (t->sym != NULL && t->names != NULL &&
		    full_read(kd->kernel, t->sym, s.sh_size, s.sh_offset) &&
		    full_read(kd->kernel, t->names, str.sh_size, str.sh_offset)) {
			t->n = s.sh_size / sizeof(Elf64_Sym);
			t->size = str.sh_size;
			t->names[t->size] = '\0';
			return true;
		}
		table_free(t);
		*t = (struct table){ .sym = NULL };
	}
	return false;
}

static int
rank(const Elf64_Sym *s)
{
	return ELF64_ST_BIND(s->st_info) == STB_GLOBAL ? 3 :
	    ELF64_ST_BIND(s->st_info) == STB_WEAK ? 2 : 1;
}

/* A global symbol is preferred. */
static const Elf64_Sym *
search(const struct table *t, const char *name)
{
	const Elf64_Sym *best = NULL;

	for (size_t i = 1; i < t->n; i++)
		if (t->sym[i].st_name < t->size && strcmp(t->names + t->sym[i].st_name, name) == 0 &&
		    t->sym[i].st_shndx != SHN_UNDEF && (best == NULL || rank(&t->sym[i]) > rank(best)))
			best = &t->sym[i];
	return best;
}

static const Elf64_Sym *
search_both(const struct table *t, const char *name, bool exact, bool strip)
{
	const Elf64_Sym *s = exact || name[0] != '_' ? search(t, name) : NULL;

	return s == NULL && strip && name[0] == '_' ? search(t, name + 1) : s;
}

bool
symbol_find(struct __kvm *kd, const char *name, bool exact, bool strip, Elf64_Sym *ret)
{
	struct table t;
	const Elf64_Sym *s = NULL;

	if (table_read(kd, &t)) {
		s = search_both(&t, name, exact, strip);
		if (s != NULL)
			*ret = *s;
		table_free(&t);
	}
	return s != NULL;
}

/* By the section that it lies in: N_ABS, N_BSS, N_TEXT or N_DATA. */
static unsigned char
section_type(struct __kvm *kd, const Elf64_Sym *s)
{
	Elf64_Ehdr e;
	Elf64_Shdr sh;

	if (ELF64_ST_TYPE(s->st_info) == STT_FILE)
		return 0x1e;
	if (s->st_shndx >= SHN_LORESERVE || !full_read(kd->kernel, &e, sizeof(e), 0) ||
	    !full_read(kd->kernel, &sh, sizeof(sh), e.e_shoff + s->st_shndx * sizeof(sh)))
		return 0x02;
	return sh.sh_type == SHT_NOBITS ? 0x08 : (sh.sh_flags & SHF_EXECINSTR) != 0 ? 0x04 : 0x06;
}

static unsigned char
type_of(struct __kvm *kd, const Elf64_Sym *s)
{
	static const unsigned char type[] = { [STT_OBJECT] = 0x06, [STT_FUNC] = 0x04, [STT_FILE] = 0x1e };
	unsigned t = ELF64_ST_TYPE(s->st_info);

	return (unsigned char)((manner.by_section ? section_type(kd, s) : t < sizeof(type) ? type[t] : 0) |
	    (ELF64_ST_BIND(s->st_info) != STB_LOCAL));
}

int
symbols(struct __kvm *kd, struct nlist *nl, bool exact)
{
	struct table t;
	int missing = 0;

	if (!table_read(kd, &t))
		return -1;
	for (; nl->n_name != NULL && nl->n_name[0] != '\0'; nl++) {
		const Elf64_Sym *s = search_both(&t, nl->n_name, exact, true);

		nl->n_type = s != NULL ? type_of(kd, s) : 0;
		nl->n_value = s != NULL ? s->st_value : 0;
		nl->n_other = 0;
		nl->n_desc = 0;
		missing += s == NULL;
	}
	table_free(&t);
	return missing;
}
