/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel file: opened by libelf, its headers checked against the file's size. */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"

const char *
libelf_text(void)
{
	const char *s = elf_errmsg(-1);
	return s != NULL ? s : "no reason given";
}

enum kv_status
elf_bytes(const struct elf_file *elf, uint64_t off, void *buf, uint64_t len, struct kv_err *err)
{
	if (off > elf->size || elf->size - off < len)
		return kv_fail(err, KV_ETRUNC,
		    "%s: 0x%" PRIx64 " bytes wanted at offset 0x%" PRIx64 ", file has 0x%" PRIx64,
		    elf->name, len, off, elf->size);
	if (elf->mem != NULL) {
		memcpy(buf, elf->mem + off, (size_t)len);
		return KV_OK;
	}
	for (uint64_t done = 0; done < len;) {
		ssize_t n = pread(elf->fd, (char *)buf + done, (size_t)(len - done), (off_t)(off + done));
		if (n > 0)
			done += (uint64_t)n;
		else if (n == 0)
			return kv_fail(err, KV_ETRUNC,
			    "%s: ends at offset 0x%" PRIx64 ", had 0x%" PRIx64 " bytes at open",
			    elf->name, off + done, elf->size);
		else if (errno != EINTR)
			return kv_fail(err, KV_EIO, "%s: %s", elf->name, strerror(errno));
	}
	return KV_OK;
}

enum kv_status
elf_section(const struct elf_file *elf, size_t i, Elf_Scn **scn, GElf_Shdr *ret,
    struct kv_err *err)
{
	*scn = elf_getscn(elf->elf, i);	/* NULL has no header */
	if (gelf_getshdr(*scn, ret) == NULL)
		return kv_fail(err, KV_EFORMAT, "%s: section header %zu: %s", elf->name, i,
		    libelf_text());
	return KV_OK;
}

enum kv_status
elf_segment(const struct elf_file *elf, size_t i, GElf_Phdr *ret, struct kv_err *err)
{
	if (i > INT_MAX || gelf_getphdr(elf->elf, (int)i, ret) == NULL)
		return kv_fail(err, KV_EFORMAT, "%s: program header %zu: %s", elf->name, i,
		    libelf_text());
	return KV_OK;
}

/* count headers of entsize bytes at off: libelf hides tables that do not fit, this says so. */
static enum kv_status
table_check(const struct elf_file *elf, const char *what, uint64_t off, uint64_t count,
    uint64_t entsize, uint64_t wantsize, struct kv_err *err)
{
	if (off == 0)
		return KV_OK;
	if (entsize != wantsize)
		return kv_fail(err, KV_EFORMAT,
		    "%s: %s header size is %" PRIu64 ", wanted %" PRIu64, elf->name, what, entsize,
		    wantsize);
	if (off > elf->size || (elf->size - off) / entsize < count)
		return kv_fail(err, KV_EFORMAT,
		    "%s: %" PRIu64 " %s headers at offset 0x%" PRIx64
		    " do not fit, file has 0x%" PRIx64 " bytes",
		    elf->name, count, what, off, elf->size);
	return KV_OK;
}

/* Numbers that their fields have no room for are in section 0 (gABI, chapter 4). */
static enum kv_status
counts_read(const struct elf_file *elf, const GElf_Ehdr *eh, uint64_t *shnum, uint64_t *phnum,
    struct kv_err *err)
{
	*shnum = eh->e_shnum;
	*phnum = eh->e_phnum;
	if (eh->e_shoff == 0 || (*shnum != 0 && *phnum != PN_XNUM))
		return KV_OK;
	uint8_t p[64];	/* Elf64_Shdr, or an Elf32_Shdr of 40 bytes */
	const bool is64 = elf->info.bits == 64;
	const struct view header = { p, sizeof(p), elf->info.big };
	enum kv_status st = elf_bytes(elf, eh->e_shoff, p, is64 ? 64 : 40, err);
	if (st != KV_OK)
		return st;
	if (*shnum == 0)
		*shnum = is64 ? view_get64(&header, 32) : view_get32(&header, 20);
	if (*phnum == PN_XNUM)
		*phnum = view_get32(&header, is64 ? 44 : 28);
	return KV_OK;
}

/* The identification that libelf needs, for a sentence that says what is there instead. */
static enum kv_status
ident_check(const struct elf_file *elf, struct kv_err *err)
{
	uint8_t id[EI_NIDENT];
	if (elf->size < EI_NIDENT)
		return kv_fail(err, KV_EFORMAT, "%s: not an ELF file: only %" PRIu64 " bytes long",
		    elf->name, elf->size);
	enum kv_status st = elf_bytes(elf, 0, id, EI_NIDENT, err);
	if (st != KV_OK)
		return st;
	if (memcmp(id, ELFMAG, SELFMAG) != 0)
		return kv_fail(err, KV_EFORMAT,
		    "%s: not an ELF file: begins with %02x %02x %02x %02x, wanted 7f 45 4c 46",
		    elf->name, id[0], id[1], id[2], id[3]);
	if (id[EI_CLASS] != ELFCLASS32 && id[EI_CLASS] != ELFCLASS64)
		return kv_fail(err, KV_EFORMAT, "%s: ELF class at offset 4 is %u, wanted 1 or 2",
		    elf->name, id[EI_CLASS]);
	if (id[EI_DATA] != ELFDATA2LSB && id[EI_DATA] != ELFDATA2MSB)
		return kv_fail(err, KV_EFORMAT, "%s: ELF byte order at offset 5 is %u, wanted 1 or 2",
		    elf->name, id[EI_DATA]);
	if (id[EI_VERSION] != EV_CURRENT)
		return kv_fail(err, KV_EFORMAT, "%s: ELF version at offset 6 is %u, wanted 1",
		    elf->name, id[EI_VERSION]);
	return KV_OK;
}

static enum kv_status
headers_read(struct elf_file *elf, struct kv_err *err)
{
	enum kv_status st = ident_check(elf, err);
	if (st != KV_OK)
		return st;
	if (elf_version(EV_CURRENT) == EV_NONE)
		return kv_fail(err, KV_EUNSUP, "libelf is too old: %s", libelf_text());
	/* Not ELF_C_READ_MMAP: a mapping of a file that shrinks is a SIGBUS. */
	elf->elf = elf->mem != NULL ? elf_memory((char *)(uintptr_t)elf->mem, (size_t)elf->size) :
				      elf_begin(elf->fd, ELF_C_READ, NULL);
	GElf_Ehdr eh;
	if (elf->elf == NULL || elf_kind(elf->elf) != ELF_K_ELF ||
	    gelf_getehdr(elf->elf, &eh) == NULL)
		return kv_fail(err, KV_EFORMAT, "%s: ELF header: %s", elf->name, libelf_text());
	elf->info = (struct elf_info){
		.bits = eh.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32,
		.big = eh.e_ident[EI_DATA] == ELFDATA2MSB,
		.machine = eh.e_machine,
		.flags = eh.e_flags,
		.type = eh.e_type,
		.entry = eh.e_entry,
	};
	uint64_t shnum, phnum;
	const bool is64 = elf->info.bits == 64;
	st = counts_read(elf, &eh, &shnum, &phnum, err);
	if (st == KV_OK)
		st = table_check(elf, "section", eh.e_shoff, shnum, eh.e_shentsize, is64 ? 64 : 40, err);
	if (st == KV_OK)
		st = table_check(elf, "program", eh.e_phoff, phnum, eh.e_phentsize, is64 ? 56 : 32, err);
	if (st != KV_OK)
		return st;
	if (elf_getshdrnum(elf->elf, &elf->nsections) != 0 ||
	    elf_getphdrnum(elf->elf, &elf->nsegments) != 0)
		return kv_fail(err, KV_EFORMAT, "%s: number of headers: %s", elf->name,
		    libelf_text());
	return KV_OK;
}

static enum kv_status
file_open(struct elf_file *elf, struct kv_err *err)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer. */
	elf->fd = open(elf->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat sb;
	if (elf->fd == -1 || fstat(elf->fd, &sb) != 0)
		return kv_fail(err, KV_EIO, "%s: %s", elf->name, strerror(errno));
	if (!S_ISREG(sb.st_mode))
		return kv_fail(err, KV_EFORMAT, "%s: not a regular file", elf->name);
	elf->size = (uint64_t)sb.st_size;
	return KV_OK;
}

static enum kv_status
elf_new(struct elf_file **ret, const char *name, const void *image, size_t size,
    struct kv_err *err)
{
	struct elf_file *elf = calloc(1, sizeof(*elf));
	size_t len = strlen(name) + 1;
	if (elf == NULL || (elf->name = malloc(len)) == NULL) {
		free(elf);
		return kv_fail(err, KV_ENOMEM, "%s: out of memory", name);
	}
	memcpy(elf->name, name, len);
	elf->fd = -1;
	elf->mem = image;
	elf->size = size;
	enum kv_status st = image != NULL ? KV_OK : file_open(elf, err);
	if (st == KV_OK)
		st = headers_read(elf, err);
	if (st != KV_OK) {
		elf_file_close(elf);
		return st;
	}
	*ret = elf;
	return KV_OK;
}

enum kv_status
elf_file_open(struct elf_file **ret, const char *path, struct kv_err *err)
{
	return elf_new(ret, path, NULL, 0, err);
}

enum kv_status
elf_file_open_mem(struct elf_file **ret, const char *name, const void *image, size_t size,
    struct kv_err *err)
{
	return elf_new(ret, name, image != NULL ? image : "", image != NULL ? size : 0, err);
}

void
elf_file_close(struct elf_file *elf)
{
	if (elf == NULL)
		return;
	elf_names_free(elf);
	elf_layouts_free(elf);
	elf_ctf_free(elf);
	(void)elf_end(elf->elf);	/* NULL is allowed */
	if (elf->fd != -1)
		(void)close(elf->fd);
	free(elf->name);
	free(elf);
}

const struct elf_info *
elf_file_info(const struct elf_file *elf)
{
	return &elf->info;
}

const char *
elf_file_name(const struct elf_file *elf)
{
	return elf->name;
}
