/* SPDX-License-Identifier: BSD-2-Clause */
/* The header of a dump device. */
#include "format/kerneldump.h"

#include <stdio.h>
#include <string.h>

#include "bytes.h"

/* char[20], padded with NULs. */
#define MAGIC_LEN	20
static const char magics[][MAGIC_LEN] = {
	[KERNELDUMP_DUMP] = "FreeBSD Kernel Dump",
	[KERNELDUMP_TEXT] = "FreeBSD Text Dump",
	[KERNELDUMP_CLEARED] = "Cleared Kernel Dump",
};

/* The fields that all versions share. */
enum { ARCHITECTURE = 20, VERSION = 32, ARCHITECTURE_VERSION = 36, LENGTH = 40, PARITY = 508 };

/* The others, by version; 0: there is none. */
static const struct layout {
	uint16_t extent, time, keysize, blocksize, compression, hostname, versionstring, panicstring,
	    panic_len;
} layouts[] = {
	[1] = { 0, 48, 0, 56, 0, 60, 124, 316, 192 },
	[2] = { 0, 48, 56, 60, 0, 64, 128, 320, 188 },
	[3] = { 48, 56, 64, 68, 72, 73, 137, 329, 179 },
	[4] = { 496, 48, 56, 60, 495, 64, 128, 320, 175 },
};
enum { VERSION_MAX = 4, HOSTNAME_LEN = 64, VERSIONSTRING_LEN = 192, ARCHITECTURE_LEN = 12 };

enum kerneldump_kind
kerneldump_probe(const uint8_t header[KERNELDUMP_LEN])
{
	for (size_t i = KERNELDUMP_DUMP; i <= KERNELDUMP_CLEARED; i++)
		if (memcmp(header, magics[i], MAGIC_LEN) == 0)
			return (enum kerneldump_kind)i;
	return KERNELDUMP_NONE;
}

const char *
kerneldump_compression(uint8_t compression)
{
	static const char *const names[] = { "none", "gzip", "zstd" };
	return compression < sizeof(names) / sizeof(names[0]) ? names[compression] : "unknown";
}

/* kerneldump.h: the sum without carries of all words is 0. */
static uint32_t
parity_of(const uint8_t header[KERNELDUMP_LEN])
{
	uint32_t sum = 0;
	for (size_t i = 0; i < KERNELDUMP_LEN; i += 4)
		sum ^= be32_get(header + i);
	return sum;
}

/* savecore(8) exchanges the magic of what it saved, and leaves the parity as it was. */
static uint32_t
sum_of(const uint8_t header[KERNELDUMP_LEN])
{
	const uint32_t sum = parity_of(header);
	if (kerneldump_probe(header) != KERNELDUMP_CLEARED)
		return sum;
	uint8_t was[KERNELDUMP_LEN];
	memcpy(was, header, KERNELDUMP_LEN);
	for (size_t i = KERNELDUMP_DUMP; i < KERNELDUMP_CLEARED; i++) {
		memcpy(was, magics[i], MAGIC_LEN);
		if (parity_of(was) == 0)
			return 0;
	}
	return sum;
}

static void
text_get(char *to, const uint8_t *from, size_t len)
{
	memcpy(to, from, len);
	to[len] = '\0';
}

static enum kv_status
decode(struct kerneldump *ret, const struct image *img, uint64_t off,
    const uint8_t b[KERNELDUMP_LEN], struct kv_err *err)
{
	ret->version = be32_get(b + VERSION);
	if (ret->version == 0 || ret->version > VERSION_MAX)
		return kv_fail(err, KV_EFORMAT, "%s: kernel dump header at offset %#jx: version is %ju, "
		    "wanted 1 to %d", img->name, (uintmax_t)off, (uintmax_t)ret->version, VERSION_MAX);
	const uint32_t sum = sum_of(b);
	if (sum != 0)
		return kv_fail(err, KV_EFORMAT, "%s: kernel dump header at offset %#jx: parity is wrong: "
		    "its words sum up to %#jx, wanted 0", img->name, (uintmax_t)off, (uintmax_t)sum);
	const struct layout *l = &layouts[ret->version];
	text_get(ret->architecture, b + ARCHITECTURE, ARCHITECTURE_LEN);
	ret->architecture_version = be32_get(b + ARCHITECTURE_VERSION);
	ret->length = be64_get(b + LENGTH);
	ret->time = be64_get(b + l->time);
	ret->keysize = l->keysize != 0 ? be32_get(b + l->keysize) : 0;
	ret->blocksize = be32_get(b + l->blocksize);
	ret->compression = l->compression != 0 ? b[l->compression] : 0;
	text_get(ret->hostname, b + l->hostname, HOSTNAME_LEN);
	text_get(ret->versionstring, b + l->versionstring, VERSIONSTRING_LEN);
	text_get(ret->panicstring, b + l->panicstring, l->panic_len);
	ret->extent = l->extent != 0 ? be64_get(b + l->extent) : ret->length;
	const uint64_t rest = ret->blocksize != 0 ? ret->extent % ret->blocksize : 0;
	if (rest != 0 && !u64_add(ret->extent, ret->blocksize - rest, &ret->extent))
		ret->extent = UINT64_MAX;	/* the medium is smaller */
	return KV_OK;
}

static enum kv_status
header_get(struct image *img, uint64_t off, uint8_t b[KERNELDUMP_LEN], struct kv_err *err)
{
	size_t got;
	return image_read(img, off, b, KERNELDUMP_LEN, &got, err);
}

static enum kv_status
read_at(struct kerneldump *ret, struct image *img, uint64_t off, uint8_t b[KERNELDUMP_LEN],
    struct kv_err *err)
{
	*ret = (struct kerneldump) { .kind = KERNELDUMP_NONE, .first = off };
	enum kv_status s = header_get(img, off, b, err);
	if (s != KV_OK)
		return s;
	ret->kind = kerneldump_probe(b);
	if (ret->kind == KERNELDUMP_NONE)
		return kv_fail(err, KV_EUNSUP, "%s: no kernel dump header at offset %#jx", img->name,
		    (uintmax_t)off);
	return decode(ret, img, off, b, err);
}

enum kv_status
kerneldump_read(struct kerneldump *ret, struct image *img, uint64_t off, struct kv_err *err)
{
	uint8_t b[KERNELDUMP_LEN];
	return read_at(ret, img, off, b, err);
}

/* The header in the last block: blocks have 512 bytes or a power of 2 times that. */
static enum kv_status
find_last(struct kerneldump *ret, struct image *img, uint8_t b[KERNELDUMP_LEN], struct kv_err *err)
{
	enum { BLOCK_MAX = 65536 };
	if (img->size == IMAGE_UNBOUNDED)
		return kv_fail(err, KV_EIO, "%s: a kernel dump is found from the end of the medium, "
		    "but this device does not tell its size", img->name);
	for (uint64_t block = KERNELDUMP_LEN; block <= BLOCK_MAX && block <= img->size; block *= 2) {
		enum kv_status s = read_at(ret, img, img->size - block, b, err);
		if (s == KV_EUNSUP)	/* and nothing else: what cannot be read may be one */
			continue;
		ret->last = img->size - block;
		if (s == KV_OK && ret->blocksize != block)
			return kv_fail(err, KV_EFORMAT, "%s: kernel dump header at offset %#jx: blocksize "
			    "is %ju, but the medium ends %ju bytes behind it", img->name,
			    (uintmax_t)ret->last, (uintmax_t)ret->blocksize, (uintmax_t)block);
		return s;
	}
	return kv_fail(err, KV_EUNSUP, "%s: no kernel dump: the last block of the medium, which has "
	    "%#jx bytes, holds no dump header", img->name, (uintmax_t)img->size);
}

enum kv_status
kerneldump_find(struct kerneldump *ret, struct image *img, struct kv_err *err)
{
	*ret = (struct kerneldump) { .kind = KERNELDUMP_NONE };
	uint8_t last[KERNELDUMP_LEN], first[KERNELDUMP_LEN];
	enum kv_status s = find_last(ret, img, last, err);
	if (s != KV_OK)
		return s;
	/* Blocks from the end: trailer, dump, key, leader. */
	const uint64_t before = ret->last;
	if (ret->extent > before || ret->keysize > before - ret->extent ||
	    ret->blocksize > before - ret->extent - ret->keysize)
		return kv_fail(err, KV_EFORMAT, "%s: kernel dump header at offset %#jx: a dump of %#jx "
		    "bytes (dumpextent), a key of %#jx and a header do not fit before it", img->name,
		    (uintmax_t)ret->last, (uintmax_t)ret->extent, (uintmax_t)ret->keysize);
	if (ret->length > ret->extent)
		return kv_fail(err, KV_EFORMAT, "%s: kernel dump header at offset %#jx: dumplength is "
		    "%#jx, more than dumpextent, %#jx", img->name, (uintmax_t)ret->last,
		    (uintmax_t)ret->length, (uintmax_t)ret->extent);
	ret->data = before - ret->extent;
	ret->first = ret->data - ret->keysize - ret->blocksize;
	/* savecore(8) clears only the last one, and then others may write where the first one is. */
	if (ret->kind != KERNELDUMP_DUMP)
		return KV_OK;
	s = header_get(img, ret->first, first, err);
	if (s != KV_OK || memcmp(first, last, KERNELDUMP_LEN) == 0)
		return s;
	size_t at = 0;
	while (first[at] == last[at])
		at++;
	return kv_fail(err, KV_EFORMAT, "%s: the kernel dump headers before and behind the dump differ: "
	    "byte %zu is %#x at offset %#jx and %#x at offset %#jx: the dump was overwritten in part",
	    img->name, at, first[at], (uintmax_t)(ret->first + at), last[at],
	    (uintmax_t)(ret->last + at));
}

enum kv_status
kerneldump_clear(const struct kerneldump *kd, struct image *img, struct kv_err *err)
{
	if (kd->kind == KERNELDUMP_CLEARED)
		return KV_OK;
	uint8_t b[KERNELDUMP_LEN];
	enum kv_status s = header_get(img, kd->last, b, err);
	if (s != KV_OK)
		return s;
	memcpy(b, magics[KERNELDUMP_CLEARED], MAGIC_LEN);
	be32_put(b + PARITY, 0);
	be32_put(b + PARITY, parity_of(b));
	s = image_put(img, kd->last, b, sizeof(b), err);
	/* Of a dump kerneldump_find has compared both; what lies before others is not known. */
	return s == KV_OK && kd->kind == KERNELDUMP_DUMP ?
	    image_put(img, kd->first, b, sizeof(b), err) : s;
}
