/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Debug information apart from the kernel: .gnu_debuglink names the file and has its CRC (GDB
 * manual, "Separate Debug Files").  FreeBSD installs /usr/lib/debug/boot/kernel/kernel.debug.
 */
#define _XOPEN_SOURCE 700	/* realpath */
#include "private.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"

#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

struct link {
	char name[NAME_MAX + 1];
	uint32_t crc;
};

/* The section's bytes: a name, its NUL, up to three more, the CRC in the kernel's order. */
static bool
link_find(const struct elf_file *elf, struct link *ret)
{
	size_t names;
	if (elf_getshdrstrndx(elf->elf, &names) != 0)
		return false;
	for (size_t i = 1; i < elf->nsections; i++) {
		Elf_Scn *scn;
		GElf_Shdr sh;
		if (elf_section(elf, i, &scn, &sh, NULL) != KV_OK || sh.sh_type == SHT_NOBITS)
			continue;
		const char *is = elf_strptr(elf->elf, names, sh.sh_name);
		uint8_t p[sizeof(ret->name) + 8] = { 0 };
		if (is == NULL || strcmp(is, ".gnu_debuglink") != 0 || sh.sh_size > sizeof(p) ||
		    elf_bytes(elf, sh.sh_offset, p, (size_t)sh.sh_size, NULL) != KV_OK)
			continue;
		const size_t len = strnlen((const char *)p, (size_t)sh.sh_size), at = (len + 4) / 4 * 4;
		/* A path could lead anywhere. */
		if (len == 0 || len >= sizeof(ret->name) || at > sh.sh_size ||
		    sh.sh_size - at < 4 || memchr(p, '/', len) != NULL)
			continue;
		memcpy(ret->name, p, len + 1);
		ret->crc = elf->info.big ? be32_get(p + at) : le32_get(p + at);
		return true;
	}
	return false;
}

#ifdef HAVE_ZLIB
static enum kv_status
crc_of(const struct elf_file *elf, uint32_t *ret, struct kv_err *err)
{
	enum { CHUNK = 1 << 16 };
	uint8_t *buf = malloc(CHUNK);
	enum kv_status st = KV_OK;
	uLong crc = crc32(0, NULL, 0);
	if (buf == NULL)
		return kv_fail(err, KV_ENOMEM, "%s: %s", elf->name, strerror(ENOMEM));
	for (uint64_t off = 0; st == KV_OK && off < elf->size; off += CHUNK) {
		const uint64_t n = elf->size - off < CHUNK ? elf->size - off : CHUNK;
		st = elf_bytes(elf, off, buf, n, err);
		if (st == KV_OK)
			crc = crc32(crc, buf, (uInt)n);
	}
	free(buf);
	*ret = (uint32_t)crc;
	return st;
}
#else
static enum kv_status
crc_of(const struct elf_file *elf, uint32_t *ret, struct kv_err *err)
{
	(void)ret;
	return kv_fail(err, KV_EUNSUP, "%s: its CRC is not known: this library was built without "
	    "zlib", elf->name);
}
#endif

/* The file at path, if it is the one that was meant; else NULL, and *err says why. */
static struct elf_file *
link_open(const char *path, const struct link *link, struct kv_err *err)
{
	struct elf_file *file;
	uint32_t crc = 0;
	if (elf_file_open(&file, path, err) != KV_OK)
		return NULL;
	if (crc_of(file, &crc, err) == KV_OK) {
		if (crc == link->crc)
			return file;
		(void)kv_fail(err, KV_EFORMAT, "%s: its CRC is 0x%08" PRIx32 ", the kernel's "
		    ".gnu_debuglink wants 0x%08" PRIx32, path, crc, link->crc);
	}
	elf_file_close(file);
	return NULL;
}

enum kv_status
elf_debuglink_open(const struct elf_file *elf, struct elf_file **ret, struct kv_err *err)
{
	static const struct {
		const char *before, *after;	/* of the kernel's folder */
	} places[] = { { "", "" }, { "", "/.debug" }, { "/usr/lib/debug", "" } };
	struct link link;
	*ret = NULL;
	/* Memory lies in no folder.  Fuzzers read its link all the same. */
	if (!link_find(elf, &link) || elf->mem != NULL)
		return KV_OK;
	char *dir = realpath(elf->name, NULL), *path = NULL;
	const size_t room = dir != NULL ? strlen(dir) + sizeof(link.name) + 32 : 0;
	struct kv_err why = { .text = "" }, first = { .text = "" };
	if (dir != NULL)
		path = malloc(room);
	if (path == NULL) {
		free(dir);
		return kv_fail(err, KV_EIO, "%s: %s", elf->name, strerror(errno));
	}
	*strrchr(dir, '/') = '\0';
	for (size_t i = 0; *ret == NULL && i < sizeof(places) / sizeof(places[0]); i++) {
		(void)snprintf(path, room, "%s%s%s/%s", places[i].before, dir,
		    places[i].after, link.name);
		if (access(path, F_OK) != 0)
			continue;
		*ret = link_open(path, &link, &why);
		if (first.text[0] == '\0')
			first = why;
	}
	enum kv_status st = KV_OK;
	if (*ret == NULL && first.text[0] != '\0')
		st = kv_fail(err, KV_EUNSUP, "%s", first.text);
	else if (*ret == NULL)
		st = kv_fail(err, KV_EUNSUP, "%s has no debug information: its .gnu_debuglink names "
		    "%s, which is not in %s, its .debug, or /usr/lib/debug%s", elf->name,
		    link.name, dir, dir);
	free(path);
	free(dir);
	return st;
}
