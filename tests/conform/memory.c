/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "util.h"

/* Memory that ram lines place in the core must be there wherever a map shows it. */
static bool
in_core(const struct memory *m, char err[ORACLE_ERRLEN])
{
	const struct oracle *o = m->o;

	for (size_t i = 0; i < o->nspan; i++) {
		const struct span *s = &o->span[i];
		uint64_t pa = s->pa, last = s->pa + (s->last - s->first);

		if (s->kind != SPAN_MAP)
			continue;
		for (;;) {
			const struct ram *r = oracle_ram(o, pa);
			uint64_t end = r->last < last ? r->last : last;

			if (r->kind == RAM_FILE &&
			    (r->off > m->size || end - r->first >= m->size - r->off)) {
				snprintf(err, ORACLE_ERRLEN,
				    "%s:%u: map 0x%" PRIx64 ": physical 0x%" PRIx64
				    " should lie in the core, which ends at 0x%" PRIx64 " (ram: line %u)",
				    o->path, s->line, s->first, end, m->size, r->line);
				return false;
			}
			if (end == last)
				break;
			pa = end + 1;
		}
	}
	return true;
}

bool
memory_init(struct memory *m, const struct oracle *o, const char *core, char err[ORACLE_ERRLEN])
{
	struct stat st;

	*m = (struct memory){ .o = o, .fd = -1 };
	if (core == NULL)
		return true;
	if (stat(core, &st) != 0) {
		snprintf(err, ORACLE_ERRLEN, "%s: %s: %s", o->path, core, strerror(errno));
		return false;
	}
	m->size = (uint64_t)st.st_size;
	return in_core(m, err);
}

bool
memory_adopt(struct memory *m, int fd, char err[ORACLE_ERRLEN])
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		fatal("fstat: %s", strerror(errno));
	m->fd = fd;
	m->size = (uint64_t)st.st_size;
	return in_core(m, err);
}

void
memory_open(struct memory *m, const char *core)
{
	m->fd = open(core, O_RDONLY | O_CLOEXEC);
	if (m->fd < 0)
		fatal("%s: %s", core, strerror(errno));
#ifdef POSIX_FADV_RANDOM
	/* Of a core with holes of a terabyte what is read ahead is what the time goes into. */
	(void)posix_fadvise(m->fd, 0, 0, POSIX_FADV_RANDOM);
#endif
}

void
memory_fini(struct memory *m)
{
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

/* Little-endian words of mix(p ^ seed) on every target. */
static void
fill_hash(uint64_t seed, uint64_t pa, size_t len, uint8_t *p)
{
	while (len > 0) {
		uint64_t w = mix64((pa & ~UINT64_C(7)) ^ seed) >> (pa & 7) * 8;
		size_t n = (size_t)(8 - (pa & 7));

		if (n > len)
			n = len;
		pa += n;
		len -= n;
		for (; n > 0; n--, w >>= 8)
			*p++ = (uint8_t)w;
	}
}

/* How many bytes there are: fewer than len where the file ends, which no map line shows. */
static size_t
fill_file(const struct memory *m, uint64_t off, size_t len, uint8_t *p)
{
	size_t done = 0;

	if (off >= m->size)
		return 0;
	if (len > m->size - off)
		len = (size_t)(m->size - off);
	while (done < len) {
		ssize_t n = pread(m->fd, p + done, len - done, (off_t)(off + done));

		if (n <= 0)
			fatal("%s: reading the core at 0x%" PRIx64 ": %s", m->o->path, off + done,
			    n < 0 ? strerror(errno) : "the file ends");
		done += (size_t)n;
	}
	return len;
}

/* bytes lines override ram. */
static void
fill_exact(const struct oracle *o, uint64_t pa, size_t len, uint8_t *want, bool *known)
{
	size_t lo = 0, hi = o->nexact;

	while (lo < hi) {	/* the first one that ends after pa */
		size_t mid = lo + (hi - lo) / 2;
		const struct exact *e = &o->exact[mid];

		if (e->pa <= pa && pa - e->pa >= e->len)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < o->nexact; lo++) {
		const struct exact *e = &o->exact[lo];
		size_t skip = e->pa < pa ? (size_t)(pa - e->pa) : 0;
		size_t at, n = e->len - skip;

		if (e->pa > pa && e->pa - pa >= len)
			break;
		at = e->pa > pa ? (size_t)(e->pa - pa) : 0;
		if (n > len - at)
			n = len - at;
		memcpy(want + at, e->p + skip, n);
		memset(known + at, true, n);
	}
}

bool
memory_want(const struct memory *m, uint64_t pa, size_t len, uint8_t *want, bool *known)
{
	size_t done = 0;

	while (done < len) {
		uint64_t at = pa + done;
		const struct ram *r = oracle_ram(m->o, at);
		size_t n = len - done, stated;

		if (r == NULL) {	/* byte by byte up to the next ram line: rare */
			want[done] = 0;
			known[done++] = false;
			continue;
		}
		if (r->last - at < n - 1)
			n = (size_t)(r->last - at) + 1;
		stated = n;
		switch (r->kind) {
		case RAM_HASH:
			fill_hash(m->o->seed, at, n, want + done);
			break;
		case RAM_FILE:
			stated = fill_file(m, r->off + (at - r->first), n, want + done);
			break;
		case RAM_ANY:
			stated = 0;
			break;
		case RAM_ZERO:
			memset(want + done, 0, n);
			break;
		}
		memset(want + done + stated, 0, n - stated);
		memset(known + done, true, stated);
		memset(known + done + stated, false, n - stated);
		done += n;
	}
	if (len > 0)
		fill_exact(m->o, pa, len, want, known);
	return memchr(known, false, len) == NULL;
}
