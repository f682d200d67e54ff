/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes fixtures from the file that holds them (fold.py says how it is built), with libc alone:
 *
 *	unfold FILE DIR [PATTERN]...        all whose name matches one of the patterns; default: all
 *
 * Their bytes that no record names are holes of the file: the largest has a terabyte of them.
 */
#define _POSIX_C_SOURCE 200809L
#define _FILE_OFFSET_BITS 64
#include <sys/stat.h>
#include <sys/types.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE	1024
#define PART	65536		/* bytes that are made at a time; a multiple of 8 and of every period */
#define PERIOD	16

struct unfold {
	const char *path, *dir;
	FILE *in, *out;		/* out NULL: this file is not wanted */
	char name[LINE];	/* of the file that is made */
	uint64_t size, seed;
	uint64_t free_from;	/* records do not overlap, and ascend */
	uint32_t crc, table[256];
	unsigned long line, files;
};

static void
fail(const struct unfold *u, const char *what, const char *why)
{
	fprintf(stderr, "unfold: %s, record %lu: %s%s%s\n", u->path, u->line, what, *why != '\0' ? ": " : "",
	    why);
	exit(1);
}

/* The one of zlib and Ethernet: polynomial 0x04c11db7, reflected. */
static void
crc_init(struct unfold *u)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;

		for (int k = 0; k < 8; k++)
			c = c >> 1 ^ ((c & 1) != 0 ? UINT32_C(0xedb88320) : 0);
		u->table[i] = c;
	}
}

static uint32_t
crc(const struct unfold *u, uint32_t c, const uint8_t *p, size_t n)
{
	c = ~c;
	while (n-- > 0)
		c = u->table[(c ^ *p++) & 0xff] ^ c >> 8;
	return ~c;
}

/* splitmix64's finaliser. */
static uint64_t
mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
put(struct unfold *u, const uint8_t *p, size_t n)
{
	u->crc = crc(u, u->crc, p, n);
	if (fwrite(p, 1, n, u->out) != n)
		fail(u, u->name, strerror(errno));
}

static void
make_folder(const struct unfold *u, const char *path)
{
	if (mkdir(path, 0777) != 0 && errno != EEXIST)
		fail(u, path, strerror(errno));
}

/* DIR/FIXTURE/FILE, in which nothing leads elsewhere. */
static void
file_begin(struct unfold *u, const char *pattern[], int patterns)
{
	char path[3 * LINE], *slash = strchr(u->name, '/');
	bool wanted = patterns == 0;

	if (slash == NULL || slash == u->name || slash[1] == '\0' || strchr(slash + 1, '/') != NULL ||
	    u->name[0] == '.' || slash[1] == '.')
		fail(u, "a name that is not FIXTURE/FILE", u->name);
	*slash = '\0';
	for (int i = 0; i < patterns; i++)
		wanted = wanted || fnmatch(pattern[i], u->name, 0) == 0;
	if (wanted) {
		snprintf(path, sizeof(path), "%s/%s", u->dir, u->name);
		make_folder(u, path);
		*slash = '/';
		snprintf(path, sizeof(path), "%s/%s", u->dir, u->name);
		u->out = fopen(path, "wb");
		if (u->out == NULL)
			fail(u, path, strerror(errno));
	}
	*slash = '/';
	u->free_from = 0;
	u->crc = 0;
}

/* Its last byte must be there, for its length. */
static void
file_end(struct unfold *u, uint32_t want)
{
	if (u->out == NULL)
		return;
	if (u->crc != want)
		fail(u, u->name, "the checksum differs");
	if (u->size > u->free_from &&
	    (fseeko(u->out, (off_t)(u->size - 1), SEEK_SET) != 0 || putc(0, u->out) == EOF))
		fail(u, u->name, strerror(errno));
	if (fclose(u->out) != 0)
		fail(u, u->name, strerror(errno));
	u->out = NULL;
	u->files++;
}

/* Goes to where the record's bytes belong. */
static void
seek(struct unfold *u, uint64_t off, uint64_t len)
{
	if (off < u->free_from || len == 0 || len > u->size || off > u->size - len)
		fail(u, u->name, "a record outside of its file, or out of order");
	u->free_from = off + len;
	if (u->out != NULL && fseeko(u->out, (off_t)off, SEEK_SET) != 0)
		fail(u, u->name, strerror(errno));
}

static void
hash(struct unfold *u, uint64_t off, uint64_t len, uint64_t pa)
{
	uint8_t part[PART];

	if (len % 8 != 0)
		fail(u, u->name, "a length that is no multiple of 8");
	seek(u, off, len);
	while (len > 0 && u->out != NULL) {
		size_t n = len < PART ? (size_t)len : PART;

		for (size_t i = 0; i < n; i += 8, pa += 8) {
			uint64_t word = mix(pa ^ u->seed);

			for (unsigned k = 0; k < 8; k++)
				part[i + k] = (uint8_t)(word >> 8 * k);
		}
		put(u, part, n);
		len -= n;
	}
}

static void
fill(struct unfold *u, uint64_t off, uint64_t len, const char *hex)
{
	uint8_t part[PART];

	if (strlen(hex) != 2 * PERIOD)
		fail(u, u->name, "a period of another length");
	for (size_t i = 0; i < PART; i++) {
		unsigned byte;

		if (i >= PERIOD)
			part[i] = part[i - PERIOD];
		else if (sscanf(hex + 2 * i, "%2x", &byte) == 1)
			part[i] = (uint8_t)byte;
		else
			fail(u, u->name, "no hexadecimal digits");
	}
	seek(u, off, len);
	for (; len > 0 && u->out != NULL; len -= len < PART ? len : PART)
		put(u, part, len < PART ? (size_t)len : PART);
}

static void
data(struct unfold *u, uint64_t off, uint64_t len)
{
	uint8_t part[PART];

	seek(u, off, len);
	while (len > 0) {
		size_t n = len < PART ? (size_t)len : PART;

		if (fread(part, 1, n, u->in) != n)
			fail(u, u->name, "the file ends too early");
		if (u->out != NULL)
			put(u, part, n);
		len -= n;
	}
	if (getc(u->in) != '\n')
		fail(u, u->name, "no newline after the bytes");
}

int
main(int argc, char **argv)
{
	struct unfold u = { .in = NULL };
	char line[LINE], hex[LINE];
	uint64_t a, b, c;
	uint32_t sum;
	bool inside = false, whole = false;

	if (argc < 3) {
		fprintf(stderr, "usage: unfold FILE DIR [PATTERN]...\n");
		return 2;
	}
	u.path = argv[1];
	u.dir = argv[2];
	crc_init(&u);
	u.in = fopen(u.path, "rb");
	if (u.in == NULL)
		fail(&u, "it does not open", strerror(errno));
	if (fgets(line, LINE, u.in) == NULL || strcmp(line, "kcore-fold 1\n") != 0)
		fail(&u, "this is no file of fixtures", "");
	make_folder(&u, u.dir);
	while (!whole && fgets(line, LINE, u.in) != NULL) {
		u.line++;
		if (!inside && sscanf(line, "file %1000s %" SCNx64 " %" SCNx64, u.name, &u.size, &u.seed) == 3) {
			file_begin(&u, (const char **)(argv + 3), argc - 3);
			inside = true;
		} else if (inside && sscanf(line, "hash %" SCNx64 " %" SCNx64 " %" SCNx64, &a, &b, &c) == 3)
			hash(&u, a, b, c);
		else if (inside && sscanf(line, "fill %" SCNx64 " %" SCNx64 " %1000s", &a, &b, hex) == 3)
			fill(&u, a, b, hex);
		else if (inside && sscanf(line, "data %" SCNx64 " %" SCNx64, &a, &b) == 2)
			data(&u, a, b);
		else if (inside && sscanf(line, "end %" SCNx32, &sum) == 1) {
			file_end(&u, sum);
			inside = false;
		} else if (!inside && strcmp(line, "kcore-fold end\n") == 0)
			whole = true;
		else
			fail(&u, "a record that is none", line);
	}
	if (!whole)
		fail(&u, "the file ends too early", "");
	fclose(u.in);
	if (u.files == 0) {
		fprintf(stderr, "unfold: no fixture has such a name\n");
		return 1;
	}
	return 0;
}
