/* SPDX-License-Identifier: BSD-2-Clause */
/* Dump devices of FreeBSD and DragonFly: every version of the header, found from the end. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocations.h"
#include "bytes.h"
#include "format/kerneldump.h"
#include "kvm.h"
#include "unit.h"

/* sys/sys/kerneldump.h and kerneldump_compat.h, written out once more; 0: there is none. */
static const struct {
	unsigned extent, key, blocksize, compression, hostname, version, panic, panic_len;
} at[] = {
	[1] = { 0, 0, 56, 0, 60, 124, 316, 192 },
	[2] = { 0, 56, 60, 0, 64, 128, 320, 188 },
	[3] = { 48, 64, 68, 72, 73, 137, 329, 179 },
	[4] = { 496, 56, 60, 495, 64, 128, 320, 175 },
};

enum { MEDIUM = 0x20000, LEN = 0x3200 };

struct medium {
	uint8_t *b;
	unsigned version, block, key, extent;
};

static void
sum(uint8_t *h)
{
	uint32_t x = 0;
	be32_put(h + 508, 0);
	for (size_t i = 0; i < 512; i += 4)
		x ^= be32_get(h + i);
	be32_put(h + 508, x);
}

static void
header(uint8_t *h, const struct medium *m, const char *magic)
{
	const unsigned v = m->version;
	memset(h, 0, 512);
	memcpy(h, magic, strlen(magic));
	memcpy(h + 20, "powerpc64le!", 12);	/* all of the field */
	be32_put(h + 32, v);
	be32_put(h + 36, 7);
	be32_put(h + 44, LEN);
	be32_put(h + (v == 3 ? 60 : 52), 1700000000);
	be32_put(h + at[v].blocksize, m->block);
	if (at[v].key != 0)
		be32_put(h + at[v].key, m->key);
	if (at[v].extent != 0)
		be32_put(h + at[v].extent + 4, m->extent);
	if (at[v].compression != 0)
		h[at[v].compression] = 2;
	memset(h + at[v].hostname, 'h', 64);
	memset(h + at[v].version, 'v', 192);
	memset(h + at[v].panic, 'p', at[v].panic_len);
	sum(h);
}

/* The offset of the leading header. */
static uint64_t
medium_make(struct medium *m, const char *magic)
{
	const uint64_t last = MEDIUM - m->block;
	for (size_t i = 0; i < MEDIUM; i++)
		m->b[i] = (uint8_t)(i * 5 + 1);
	header(m->b + last, m, magic);
	const uint64_t first = last - m->extent - m->key - m->block;
	header(m->b + first, m, magic);
	return first;
}

static enum kv_status
medium_find(const struct medium *m, size_t len, struct kerneldump *kd, struct kv_err *err)
{
	struct image img;
	err->text[0] = '\0';
	if (image_open_mem(&img, "disk", m->b, len, err) != KV_OK)
		return KV_ENOMEM;
	enum kv_status s = kerneldump_find(kd, &img, err);
	image_close(&img);
	return s;
}

static bool
all_are(const char *text, char c, size_t len)
{
	size_t n = 0;
	while (text[n] == c)
		n++;
	return n == len && text[n] == '\0';
}

static void
found(void)
{
	struct medium m = { .b = malloc(MEDIUM) };
	if (!CHECK(m.b != NULL, "memory"))
		return;
	for (m.version = 1; m.version <= 4; m.version++)
		for (m.block = 512; m.block <= 4096; m.block *= 8)
			for (unsigned k = 0; k < 2; k++) {
				char name[32];
				(void)snprintf(name, sizeof(name), "v%u, %u, key %u", m.version, m.block, k);
				struct kerneldump kd;
				struct kv_err err;
				/* What a version does not tell is computed: the length, rounded up. */
				m.extent = m.version >= 3 && k == 1 ? 0x8000 :
				    (LEN + m.block - 1) / m.block * m.block;
				m.key = m.version >= 2 && k == 1 ? m.block : 0;
				const uint64_t first = medium_make(&m, "FreeBSD Kernel Dump");
				if (!CHECK(medium_find(&m, MEDIUM, &kd, &err) == KV_OK, "%s: %s", name, err.text))
					continue;
				CHECK_EQ(name, "kind", kd.kind, KERNELDUMP_DUMP);
				CHECK_EQ(name, "version", kd.version, m.version);
				CHECK_EQ(name, "architecture version", kd.architecture_version, 7);
				CHECK_EQ(name, "length", kd.length, LEN);
				CHECK_EQ(name, "extent", kd.extent, m.extent);
				CHECK_EQ(name, "time", kd.time, 1700000000);
				CHECK_EQ(name, "key", kd.keysize, m.key);
				CHECK_EQ(name, "block", kd.blocksize, m.block);
				CHECK_EQ(name, "compression", kd.compression, m.version >= 3 ? 2 : 0);
				CHECK_EQ(name, "first", kd.first, first);
				CHECK_EQ(name, "data", kd.data, first + m.block + m.key);
				CHECK_EQ(name, "last", kd.last, MEDIUM - m.block);
				CHECK(strcmp(kd.architecture, "powerpc64le!") == 0, "%s: %s", name, kd.architecture);
				CHECK(all_are(kd.hostname, 'h', 64), "%s: hostname %s", name, kd.hostname);
				CHECK(all_are(kd.versionstring, 'v', 192), "%s: version %s", name, kd.versionstring);
				CHECK(all_are(kd.panicstring, 'p', at[m.version].panic_len), "%s: panic %s", name,
				    kd.panicstring);
			}
	free(m.b);
}

static void
refused(void)
{
	static const struct {
		const char *name;
		unsigned off;	/* in both headers, or, odd, in the first alone; 0: none */
		uint8_t xor;
		bool sums;	/* parity is made right again */
		const char *magic, *text;
		size_t len;
		enum kv_status st;
	} rows[] = {
		{ "parity", 320, 1, false, "FreeBSD Kernel Dump", "parity", MEDIUM, KV_EFORMAT },
		{ "parity itself", 510, 1, false, "FreeBSD Kernel Dump", "parity", MEDIUM, KV_EFORMAT },
		{ "version 5", 35, 1, true, "FreeBSD Kernel Dump", "version", MEDIUM, KV_EFORMAT },
		{ "version 0", 35, 4, true, "FreeBSD Kernel Dump", "version", MEDIUM, KV_EFORMAT },
		{ "blocksize", 62, 3, true, "FreeBSD Kernel Dump", "blocksize", MEDIUM, KV_EFORMAT },
		{ "no blocksize", 62, 2, true, "FreeBSD Kernel Dump", "blocksize is 0", MEDIUM, KV_EFORMAT },
		{ "extent", 501, 2, true, "FreeBSD Kernel Dump", "dumpextent", MEDIUM, KV_EFORMAT },
		{ "key", 56, 1, true, "FreeBSD Kernel Dump", "a key of 0x1000000 ", MEDIUM, KV_EFORMAT },
		{ "length", 46, 0x40, true, "FreeBSD Kernel Dump", "dumplength", MEDIUM, KV_EFORMAT },
		{ "first differs", 321, 1, true, "FreeBSD Kernel Dump", "differ: byte 321 is 0x71 at offset "
		    "0x1bd41 and 0x70 at offset 0x1ff41: the dump was overwritten in part", MEDIUM, KV_EFORMAT },
		{ "another magic", 0, 0, true, "FreeBSD Kernel dump", "no kernel dump", MEDIUM, KV_EUNSUP },
		{ "magic and more", 0, 0, true, "FreeBSD Kernel Dump!", "no kernel dump", MEDIUM, KV_EUNSUP },
		{ "a byte short", 0, 0, true, "FreeBSD Kernel Dump", "no kernel dump", MEDIUM - 1, KV_EUNSUP },
		{ "empty", 0, 0, true, "FreeBSD Kernel Dump", "no kernel dump", 0, KV_EUNSUP },
		{ "511 bytes", 0, 0, true, "FreeBSD Kernel Dump", "no kernel dump", 511, KV_EUNSUP },
	};
	struct medium m = { .b = malloc(MEDIUM), .version = 4, .block = 512, .extent = 0x4000 };
	if (!CHECK(m.b != NULL, "memory"))
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kerneldump kd;
		struct kv_err err;
		const uint64_t first = medium_make(&m, rows[i].magic);
		uint8_t *headers[] = { m.b + first, m.b + MEDIUM - 512 };
		for (unsigned k = 0; k < 2; k++) {
			if (k == 0 || strcmp(rows[i].name, "first differs") != 0)
				headers[k][rows[i].off] ^= rows[i].xor;
			if (rows[i].sums)
				sum(headers[k]);
		}
		CHECK_EQ(rows[i].name, "status", medium_find(&m, rows[i].len, &kd, &err), rows[i].st);
		CHECK_TEXT(rows[i].name, err.text, rows[i].text);
		if (rows[i].st == KV_EUNSUP)
			CHECK_EQ(rows[i].name, "kind", kd.kind, KERNELDUMP_NONE);
	}
	/* Extents that leave no room for the first header, and that no block rounds up below 2^64. */
	static const uint64_t extents[] = { MEDIUM - 512, MEDIUM - 513, UINT64_MAX };
	for (size_t i = 0; i < sizeof(extents) / sizeof(extents[0]); i++) {
		struct kerneldump kd;
		struct kv_err err;
		(void)medium_make(&m, "FreeBSD Kernel Dump");
		uint8_t *h = m.b + MEDIUM - 512;
		be32_put(h + 496, (uint32_t)(extents[i] >> 32));
		be32_put(h + 500, (uint32_t)extents[i]);
		sum(h);
		CHECK_EQ("no room", "status", medium_find(&m, MEDIUM, &kd, &err), KV_EFORMAT);
		CHECK_TEXT("no room", err.text, "and a header do not fit before it");
		CHECK_TEXT("no room", err.text, i < 2 ? "0x1fe00 " : "0xffffffffffffffff ");
	}
	/* Keys: one that leaves no block for the first header, and a larger one than there is room for. */
	static const uint32_t keys[] = { MEDIUM - 512 - 0x4000 - 511, MEDIUM - 512 - 0x4000 + 1, 0x1fffe };
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct kerneldump kd;
		struct kv_err err;
		(void)medium_make(&m, "FreeBSD Kernel Dump");
		uint8_t *h = m.b + MEDIUM - 512;
		be32_put(h + 56, keys[i]);
		sum(h);
		CHECK_EQ("no room for a key", "status", medium_find(&m, MEDIUM, &kd, &err), KV_EFORMAT);
		CHECK_TEXT("no room for a key", err.text, "and a header do not fit before it");
	}
	static const struct {
		const char *magic;
		enum kerneldump_kind kind;
	} kinds[] = {
		{ "FreeBSD Text Dump", KERNELDUMP_TEXT }, { "Cleared Kernel Dump", KERNELDUMP_CLEARED },
	};
	for (size_t i = 0; i < 2; i++) {
		struct kerneldump kd;
		struct kv_err err;
		m.b[medium_make(&m, kinds[i].magic) + 100] ^= 1;	/* the leader does not matter */
		CHECK_EQ(kinds[i].magic, "status", medium_find(&m, MEDIUM, &kd, &err), KV_OK);
		CHECK_EQ(kinds[i].magic, "kind", kd.kind, kinds[i].kind);
	}
	free(m.b);
}

/* Blocks of 64 KiB are the largest. */
static void
blocks(void)
{
	enum { BLOCK = 65536, ALL = 4 * BLOCK };
	struct medium m = { .b = calloc(1, ALL), .version = 4, .block = BLOCK, .extent = BLOCK };
	struct kerneldump kd;
	struct kv_err err;
	if (!CHECK(m.b != NULL, "memory"))
		return;
	header(m.b + ALL - BLOCK, &m, "FreeBSD Kernel Dump");
	header(m.b + ALL - 3 * BLOCK, &m, "FreeBSD Kernel Dump");
	CHECK(medium_find(&m, ALL, &kd, &err) == KV_OK, "64 KiB: %s", err.text);
	CHECK_EQ("64 KiB", "last", kd.last, ALL - BLOCK);
	CHECK_EQ("64 KiB", "data", kd.data, ALL - 2 * BLOCK);
	CHECK_EQ("64 KiB", "first", kd.first, ALL - 3 * BLOCK);
	memset(m.b, 0, ALL);
	m.block *= 2;
	header(m.b + ALL - 2 * BLOCK, &m, "FreeBSD Kernel Dump");
	CHECK_EQ("128 KiB", "status", medium_find(&m, ALL, &kd, &err), KV_EUNSUP);
	CHECK_TEXT("128 KiB", err.text, "disk: no kernel dump: the last block of the medium, which has 0x40000 "
	    "bytes, holds no dump header");
	free(m.b);
}

/* A header at a place that is told. */
static void
at_offset(void)
{
	struct medium m = { .b = malloc(MEDIUM), .version = 2, .block = 512, .extent = 0x3200 };
	struct kerneldump kd;
	struct kv_err err = { .text = "" };
	struct image img;
	if (!CHECK(m.b != NULL, "memory"))
		return;
	const uint64_t first = medium_make(&m, "FreeBSD Kernel Dump");
	CHECK_EQ("at", "image", image_open_mem(&img, "disk", m.b, MEDIUM, &err), KV_OK);
	CHECK_EQ("at", "status", kerneldump_read(&kd, &img, first, &err), KV_OK);
	CHECK_EQ("at", "first", kd.first, first);
	CHECK_EQ("at", "kind", kd.kind, KERNELDUMP_DUMP);
	CHECK_EQ("at", "text", err.text[0], 0);
	be32_put(m.b + first + 60, 0);	/* no blocks: nothing is rounded up */
	sum(m.b + first);
	CHECK_EQ("no blocks", "status", kerneldump_read(&kd, &img, first, &err), KV_OK);
	CHECK_EQ("no blocks", "extent", kd.extent, LEN);
	CHECK_EQ("at another", "status", kerneldump_read(&kd, &img, first + 1, &err), KV_EUNSUP);
	CHECK_TEXT("at another", err.text, "disk: no kernel dump header at offset 0x1ca01");
	CHECK_EQ("at the end", "status", kerneldump_read(&kd, &img, MEDIUM - 511, &err), KV_ETRUNC);
	CHECK_EQ("at the end", "kind", kd.kind, KERNELDUMP_NONE);
	image_close(&img);
	free(m.b);
}

/* A dump with its key that fills the medium, and one that is a block larger. */
static void
full(void)
{
	struct medium m = { .b = malloc(MEDIUM), .version = 4, .block = 512, .key = 512,
		.extent = MEDIUM - 3 * 512 };
	struct kerneldump kd;
	struct kv_err err;
	if (!CHECK(m.b != NULL, "memory"))
		return;
	CHECK_EQ("full", "first", medium_make(&m, "FreeBSD Kernel Dump"), 0);
	CHECK_EQ("full", "status", medium_find(&m, MEDIUM, &kd, &err), KV_OK);
	CHECK_EQ("full", "first", kd.first, 0);
	CHECK_EQ("full", "data", kd.data, 1024);
	m.extent += 512;
	header(m.b + MEDIUM - 512, &m, "FreeBSD Kernel Dump");
	CHECK_EQ("more than full", "status", medium_find(&m, MEDIUM, &kd, &err), KV_EFORMAT);
	CHECK_TEXT("more than full", err.text, "a dump of 0x1fc00 bytes (dumpextent), a key of 0x200 and a "
	    "header do not fit before it");
	free(m.b);
}

static void
cleared(void)
{
	char name[] = "/tmp/unit-kerneldump.XXXXXX";
	struct medium m = { .b = malloc(MEDIUM), .version = 4, .block = 4096, .extent = 0x4000 };
	uint8_t *after = malloc(MEDIUM);
	const int fd = mkstemp(name);
	if (!CHECK(m.b != NULL && after != NULL && fd != -1, "file"))
		return;
	const uint64_t first = medium_make(&m, "FreeBSD Kernel Dump"), last = MEDIUM - 4096;
	struct image img;
	struct kerneldump kd;
	struct kv_err err;
	CHECK_EQ("cleared", "write", write(fd, m.b, MEDIUM), MEDIUM);
	CHECK_EQ("cleared", "open", image_open(&img, name, IMAGE_WRITE, &err), KV_OK);
	CHECK_EQ("cleared", "find", kerneldump_find(&kd, &img, &err), KV_OK);
	/* What cannot be read is not written either. */
	struct kerneldump gone = kd;
	gone.last = MEDIUM - 256;
	CHECK_EQ("gone", "status", kerneldump_clear(&gone, &img, &err), KV_ETRUNC);
	CHECK_EQ("gone", "read", pread(fd, after, MEDIUM, 0), MEDIUM);
	CHECK(memcmp(after, m.b, MEDIUM) == 0, "gone: all bytes are as they were");
	CHECK_EQ("cleared", "clear", kerneldump_clear(&kd, &img, &err), KV_OK);
	CHECK_EQ("cleared", "find", kerneldump_find(&kd, &img, &err), KV_OK);
	CHECK_EQ("cleared", "kind", kd.kind, KERNELDUMP_CLEARED);
	CHECK_EQ("cleared", "read", pread(fd, after, MEDIUM, 0), MEDIUM);
	/* Nothing but magic and parity has changed, in both. */
	for (unsigned k = 0; k < 2; k++) {
		uint8_t *h = after + (k == 0 ? first : last);
		CHECK(memcmp(h, "Cleared Kernel Dump", 20) == 0, "cleared: header %u", k);
		uint32_t x = 0;
		for (size_t i = 0; i < 512; i += 4)
			x ^= be32_get(h + i);
		CHECK_EQ("cleared", "parity", x, 0);
		memcpy(h, m.b + first, 20);
		memcpy(h + 508, m.b + first + 508, 4);
	}
	CHECK(memcmp(after, m.b, MEDIUM) == 0, "cleared: other bytes are as they were");
	image_close(&img);
	close(fd);
	unlink(name);
	free(m.b);
	free(after);
}

/* What is cleared of a device: never what lies where a first header would, unless it is one. */
static void
clear_what(void)
{
	static const struct {
		const char *name, *magic;
		unsigned off;		/* xor 1 in the last header; 0: none */
		int ret;
		size_t changed;		/* headers, from the last on */
		bool foreign;		/* other bytes lie where the first header was */
		bool savecore;		/* which exchanged the last header's magic alone */
	} rows[] = {
		{ "a dump", "FreeBSD Kernel Dump", 0, 0, 2, false, false },
		{ "a dump, overwritten in part", "FreeBSD Kernel Dump", 0, -1, 0, true, false },
		{ "a textdump", "FreeBSD Text Dump", 0, 0, 1, false, false },
		{ "a textdump, overwritten in part", "FreeBSD Text Dump", 0, 0, 1, true, false },
		{ "cleared", "Cleared Kernel Dump", 0, 0, 0, false, false },
		{ "cleared, and swap again", "Cleared Kernel Dump", 0, 0, 0, true, false },
		{ "cleared, parity", "Cleared Kernel Dump", 300, -1, 0, true, false },
		{ "a dump saved by savecore", "FreeBSD Kernel Dump", 0, 0, 0, false, true },
		{ "a dump saved by savecore, swap again", "FreeBSD Kernel Dump", 0, 0, 0, true, true },
		{ "a textdump saved by savecore", "FreeBSD Text Dump", 0, 0, 0, false, true },
		{ "saved by savecore, parity", "FreeBSD Kernel Dump", 300, -1, 0, false, true },
	};
	const struct kvm_open_options options = { .ko_size = sizeof(options),
		.ko_flags = KVM_OPEN_DEVICE };
	struct medium m = { .b = malloc(MEDIUM), .version = 4, .block = 512, .extent = 0x4000 };
	uint8_t *after = malloc(MEDIUM);
	char path[] = "/tmp/unit-kerneldump.XXXXXX";
	const int fd = mkstemp(path);
	if (!CHECK(m.b != NULL && after != NULL && fd != -1, "file"))
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = rows[i].name;
		const uint64_t where[] = { MEDIUM - 512, medium_make(&m, rows[i].magic) };
		if (rows[i].foreign)
			memset(m.b + where[1], 0xa5, 512);
		/* sbin/savecore/savecore.c, DoFile, nuke. */
		if (rows[i].savecore)
			memcpy(m.b + where[0], "Cleared Kernel Dump", 20);
		if (rows[i].off != 0)
			m.b[where[0] + rows[i].off] ^= 1;
		CHECK_EQ(name, "write", pwrite(fd, m.b, MEDIUM, 0), MEDIUM);
		char err[2048] = "";
		kvm_t *kd = kvm_open_image(NULL, path, O_RDWR, &options, err);
		if (!CHECK(kd != NULL, "%s: %s", name, err))
			continue;
		struct kvm_dump_info info;
		CHECK(kvm_dump_clear(kd) == rows[i].ret, "%s: clear: %s", name, kvm_geterr(kd));
		CHECK_EQ(name, "find", kvm_dump_find(kd, &info, sizeof(info)), rows[i].ret);
		if (rows[i].ret == 0) {
			CHECK(info.kd_cleared && !info.kd_text, "%s: it is not cleared", name);
			CHECK(kvm_dump_clear(kd) == 0, "%s: again: %s", name, kvm_geterr(kd));
		} else
			CHECK_TEXT(name, kvm_geterr(kd), rows[i].off != 0 ? "parity is wrong" : "headers before "
			    "and behind the dump differ");
		kvm_close(kd);
		CHECK_EQ(name, "read", pread(fd, after, MEDIUM, 0), MEDIUM);
		for (size_t k = 0; k < rows[i].changed; k++) {
			uint32_t x = 0;
			CHECK(memcmp(after + where[k], "Cleared Kernel Dump", 20) == 0, "%s: header %zu", name, k);
			for (size_t n = 0; n < 512; n += 4)
				x ^= be32_get(after + where[k] + n);
			CHECK_EQ(name, "parity", x, 0);
			memcpy(after + where[k], m.b + where[k], 512);
		}
		CHECK(memcmp(after, m.b, MEDIUM) == 0, "%s: other bytes are not as they were", name);
		/* Read-only: no byte that would change can be written. */
		kd = rows[i].ret == 0 && ftruncate(fd, 0) == 0 && pwrite(fd, m.b, MEDIUM, 0) == MEDIUM ?
		    kvm_open_image(NULL, path, O_RDONLY, &options, err) : NULL;
		if (kd == NULL)
			continue;
		CHECK_EQ(name, "read-only", kvm_dump_clear(kd), rows[i].changed == 0 ? 0 : -1);
		kvm_close(kd);
	}
	close(fd);
	unlink(path);
	free(m.b);
	free(after);
}

/* A medium that cannot be read is not one without a dump. */
static void
unreadable(void)
{
	static const struct {
		const char *name, *magic;
		int ret;
	} rows[] = {
		{ "a dump", "FreeBSD Kernel Dump", 0 }, { "no dump", "FreeBSD Kernel dump", 1 },
		{ "cleared", "Cleared Kernel Dump", 0 },
	};
	const struct kvm_open_options options = { .ko_size = sizeof(options),
		.ko_flags = KVM_OPEN_DEVICE | KVM_OPEN_PREAD };
	/* Farther apart than what is read at once. */
	struct medium m = { .b = malloc(MEDIUM), .version = 4, .block = 512, .extent = 0x1d000 };
	char path[] = "/tmp/unit-kerneldump.XXXXXX";
	const int fd = mkstemp(path);
	if (!CHECK(m.b != NULL && fd != -1, "file"))
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		(void)medium_make(&m, rows[i].magic);
		CHECK_EQ(rows[i].name, "write", pwrite(fd, m.b, MEDIUM, 0), MEDIUM);
		int ret = -1, n = 0;
		for (; ret == -1 && n < 20; n++) {
			struct kvm_dump_info info;
			char err[2048] = "";
			kvm_t *kd = kvm_open_image(NULL, path, O_RDONLY, &options, err);
			if (!CHECK(kd != NULL, "%s: %s", rows[i].name, err))
				break;
			reads_left = n;
			ret = kvm_dump_find(kd, &info, sizeof(info));
			const bool failed = reads_left == 0;
			reads_left = -1;
			if (ret == -1) {
				CHECK_TEXT(rows[i].name, kvm_geterr(kd), strerror(EIO));
				CHECK_TEXT(rows[i].name, kvm_geterr(kd), path);
			} else
				CHECK(n > 0 || !failed, "%s: nothing could be read, and yet it is %d: %s",
				    rows[i].name, ret, kvm_geterr(kd));
			kvm_close(kd);
		}
		CHECK(n > 1, "%s: no read failed", rows[i].name);
		CHECK_EQ(rows[i].name, "find", ret, rows[i].ret);
	}
	close(fd);
	unlink(path);
	free(m.b);
}

/* The same through the library's own functions. */
static void
api(void)
{
	struct medium m = { .b = malloc(MEDIUM), .version = 4, .block = 512, .extent = 0x4000,
		.key = 512 };
	const struct kvm_open_options options = { .ko_size = sizeof(options),
		.ko_flags = KVM_OPEN_DEVICE };
	struct kvm_dump_info info;
	if (!CHECK(m.b != NULL, "memory"))
		return;
	const uint64_t first = medium_make(&m, "FreeBSD Kernel Dump");
	memcpy(m.b, "\037\213\010", 3);	/* what a device begins with does not matter */
	kvm_t *kd = kvm_open_mem(NULL, m.b, MEDIUM, &options, NULL);
	if (!CHECK(kd != NULL, "api: no handle"))
		return;
	memset(&info, 0xee, sizeof(info));
	CHECK_EQ("api", "find", kvm_dump_find(kd, &info, offsetof(struct kvm_dump_info, kd_keysize)), 0);
	CHECK_EQ("api", "keysize, beyond size", info.kd_keysize, 0xeeeeeeee);
	CHECK_EQ("api", "find", kvm_dump_find(kd, &info, sizeof(info)), 0);
	CHECK_EQ("api", "header", info.kd_header, first);
	CHECK_EQ("api", "offset", info.kd_offset, first + 1024);
	CHECK_EQ("api", "trailer", info.kd_trailer, MEDIUM - 512);
	CHECK_EQ("api", "length", info.kd_length, LEN);
	CHECK_EQ("api", "keysize", info.kd_keysize, 512);
	CHECK(info.kd_encrypted && !info.kd_text && !info.kd_cleared, "api: kind");
	CHECK(strcmp(info.kd_compression, "zstd") == 0, "api: %s", info.kd_compression);
	CHECK(all_are(info.kd_panicstring, 'p', 175), "api: %s", info.kd_panicstring);
	CHECK(all_are(info.kd_hostname, 'h', 64), "api: %s", info.kd_hostname);
	CHECK(all_are(info.kd_versionstring, 'v', 192), "api: %s", info.kd_versionstring);
	CHECK(strcmp(info.kd_architecture, "powerpc64le!") == 0, "api: %s", info.kd_architecture);
	CHECK(kvm_geterr(kd)[0] == '\0', "api: it is found, and says %s", kvm_geterr(kd));
	CHECK_EQ("api, read-only", "clear", kvm_dump_clear(kd), -1);
	CHECK_TEXT("api, read-only", kvm_geterr(kd), "kvm_dump_clear: ");
	CHECK_TEXT("api, read-only", kvm_geterr(kd), " was opened read-only");
	m.b[MEDIUM - 100] ^= 1;
	CHECK_EQ("api, damaged", "find", kvm_dump_find(kd, &info, sizeof(info)), -1);
	CHECK_TEXT("api, damaged", kvm_geterr(kd), "parity");
	m.b[MEDIUM - 512] = 'f';
	CHECK_EQ("api, none", "find", kvm_dump_find(kd, &info, sizeof(info)), 1);
	CHECK_TEXT("api, none", kvm_geterr(kd), "no kernel dump");
	kvm_close(kd);
	free(m.b);
}

static void
compressions(void)
{
	static const char *const names[] = { "none", "gzip", "zstd", "unknown", "unknown" };
	for (uint8_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK(strcmp(kerneldump_compression(i), names[i]) == 0, "compression %u: %s", i,
		    kerneldump_compression(i));
	CHECK(strcmp(kerneldump_compression(255), "unknown") == 0, "compression 255");
}

/* A device that is opened as an image: what lies at its end is said. */
static void
not_saved(void)
{
	static const struct {
		const char *magic, *text;
		unsigned key;
		bool damaged;
	} rows[] = {
		{ "FreeBSD Kernel Dump", "a dump device: a kernel dump ends at offset 0x1fe00: save it first",
		    0, false },
		{ "FreeBSD Kernel Dump", "a dump device: a damaged kernel dump ends at", 0, true },
		{ "FreeBSD Kernel Dump", "a dump device: a damaged kernel dump ends at", 512, true },
		{ "FreeBSD Kernel Dump", "a dump device: an encrypted kernel dump ends at", 512, false },
		{ "FreeBSD Text Dump", "a dump device: a textdump ends at", 0, false },
		{ "Cleared Kernel Dump", "a dump device: a cleared kernel dump ends at", 0, false },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct medium m = { .b = malloc(MEDIUM), .version = 4, .block = 512, .extent = 0x4000,
			.key = rows[i].key };
		uint8_t b;
		if (!CHECK(m.b != NULL, "memory"))
			return;
		const uint64_t first = medium_make(&m, rows[i].magic);
		if (rows[i].damaged)
			m.b[first + 400] ^= 1;	/* the headers differ */
		kvm_t *kd = kvm_open_mem(NULL, m.b, MEDIUM, NULL, NULL);
		if (CHECK(kd != NULL, "%s: no handle", rows[i].text)) {
			CHECK_EQ(rows[i].text, "read", kvm_read2(kd, 0, &b, 1), -1);
			CHECK_TEXT(rows[i].magic, kvm_geterr(kd), rows[i].text);
			kvm_close(kd);
		}
		free(m.b);
	}
}


/* A device that does not tell its size has no end to look at. */
static void
test_unbounded(void)
{
	struct image img;
	struct kerneldump kd;
	struct kv_err err = { .text = "" };
	if (!CHECK(image_open(&img, "/dev/zero", 0, &err) == KV_OK, "/dev/zero: %s", err.text))
		return;
	CHECK_EQ("/dev/zero", "size", img.size, IMAGE_UNBOUNDED);
	CHECK_EQ("/dev/zero", "status", kerneldump_find(&kd, &img, &err), KV_EIO);
	CHECK_TEXT("/dev/zero", err.text, "/dev/zero: a kernel dump is found from the end of the medium, "
	    "but this device does not tell its size");
	image_close(&img);
	/* Nobody has looked: it is not known that there is none. */
	const struct kvm_open_options options = { .ko_size = sizeof(options),
		.ko_flags = KVM_OPEN_DEVICE };
	struct kvm_dump_info info;
	kvm_t *device = kvm_open_image(NULL, "/dev/zero", O_RDONLY, &options, err.text);
	if (!CHECK(device != NULL, "/dev/zero: %s", err.text))
		return;
	CHECK_EQ("/dev/zero", "find", kvm_dump_find(device, &info, sizeof(info)), -1);
	CHECK_TEXT("/dev/zero", kvm_geterr(device), "this device does not tell its size");
	kvm_close(device);
}

static const struct unit_test tests[] = {
	{ "compressions", compressions }, { "not saved", not_saved }, { "no end", test_unbounded },
	{ "blocks", blocks }, { "at an offset", at_offset },
	{ "a full medium", full }, { "api", api }, { "found", found }, { "refused", refused }, { "cleared", cleared },
	{ "what is cleared", clear_what }, { "unreadable", unreadable }, { NULL, NULL },
};
const struct unit_suite unit_kerneldump = { "kerneldump", tests };
