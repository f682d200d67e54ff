/* SPDX-License-Identifier: BSD-2-Clause */
/* kvm_read, kvm_write, kvm_readstr. */
#include "api/cache.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* How a read or write that failed at va ends; the sentence is in kd->deep. */
static void
report(kvm_t *kd, const char *who, vaddr_t va, enum kv_status s)
{
	if (s == KV_EIO)
		err_hard(kd, "%s: %s", who, kd->deep.text);
	else if (s == KV_ETRUNC)
		err_hard(kd, "short %s: %s", who + strlen("kvm_"), kd->deep.text);
	else
		err_address(kd, va);
}

/* Checks what can be checked before the first byte. */
static bool
arguments_ok(kvm_t *kd, vaddr_t va, size_t len)
{
	if (len > SSIZE_MAX) {
		kv_fail(&kd->deep, KV_EINVAL, "%zu bytes are more than a call can return", len);
		err_address(kd, va);
		return false;
	}
	if (len > 0 && len - 1 > UINT64_MAX - va) {
		kv_fail(&kd->deep, KV_EUNMAPPED, "%zu bytes at %#jx go past the top of the "
		    "address space", len, (uintmax_t)va);
		err_address(kd, 0);
		return false;
	}
	return true;
}

static inline uint64_t
span_off(const struct span *span, vaddr_t va)
{
	return span->off + (va - span->first);
}

/* Bytes from va to the span's end, no more than limit. */
static inline size_t
span_len(const struct span *span, vaddr_t va, size_t limit)
{
	return span->last - va >= limit ? limit : (size_t)(span->last - va) + 1;
}

static inline enum kv_status
copy_out(kvm_t *kd, uint64_t off, void *buf, size_t len, size_t *got)
{
	if (kd->img.map == NULL)
		return image_read(&kd->img, off, buf, len, got, &kd->deep);
	memcpy(buf, kd->img.map + off, len);	/* a span ends where the image does */
	*got = len;
	return KV_OK;
}

/* Reads from a span that was found for va; the rest of the range is found on the way. */
static kssize_t
read_spans(kvm_t *kd, vaddr_t va, uint8_t *buf, size_t len, struct span span)
{
	size_t done = 0;
	while (done < len) {
		uint64_t off = span_off(&span, va);
		size_t n = span_len(&span, va, len - done);
		/* Spans that follow each other in the image are one copy. */
		enum kv_status s = KV_OK;
		while (done + n < len) {
			s = cache_find(kd, va + n, &span);
			if (s != KV_OK || span_off(&span, va + n) != off + n)
				break;
			n += span_len(&span, va + n, len - done - n);
		}
		size_t got;
		enum kv_status io = copy_out(kd, off, buf + done, n, &got);
		done += got;
		va += got;
		if (io != KV_OK)
			s = io;
		if (s != KV_OK) {
			/* What could not be found comes after what could not be read. */
			report(kd, "kvm_read", va, s);
			return s == KV_ETRUNC ? (kssize_t)done : -1;
		}
	}
	return (kssize_t)done;
}

/* Reads what lies inside one span of a mapped image.  False: it does not. */
static inline bool
read_inside(const kvm_t *kd, const struct span *span, vaddr_t va, void *buf, size_t len)
{
	if (kd->img.map == NULL || len - 1 > span->last - va)	/* len 0: never */
		return false;
	const uint8_t *p = kd->img.map + span_off(span, va);
	if (len == 8)	/* a constant length is one load */
		memcpy(buf, p, 8);
	else
		memcpy(buf, p, len);
	return true;
}

/* All that is not one hit.  Apart, so that a hit saves no registers for it. */
static __attribute__((noinline)) kssize_t
read_checked(kvm_t *kd, vaddr_t va, void *buf, size_t len, const struct span *known)
{
	if (kd->dump.port == NULL && !header_wanted(kd, "kvm_read"))
		return -1;
	if (!arguments_ok(kd, va, len))
		return -1;
	if (len == 0)
		return 0;
	struct span span;
	enum kv_status s = KV_OK;
	if (known != NULL)
		span = *known;	/* of no address that va_of changes */
	else
		s = cache_miss(kd, va = va_of(kd, va), &span);
	if (s != KV_OK) {
		report(kd, "kvm_read", va, s);
		return s == KV_ETRUNC ? 0 : -1;
	}
	if (read_inside(kd, &span, va, buf, len))
		return (kssize_t)len;
	return read_spans(kd, va, buf, len, span);
}

kssize_t
kvm_read2(kvm_t *kd, kvaddr_t va, void *buf, size_t len)
{
	const struct span *known = kd->cache != NULL ? cache_hit(kd->cache, va) : NULL;
	if (known != NULL && len <= SSIZE_MAX && read_inside(kd, known, va, buf, len))
		return (kssize_t)len;
	return read_checked(kd, va, buf, len, known);
}

ssize_t
kvm_read(kvm_t *kd, unsigned long va, void *buf, size_t len)
{
	return (ssize_t)kvm_read2(kd, va, buf, len);
}

struct piece {
	uint64_t off;
	size_t len;
};

/* Finds every byte of a range, as a list for the caller to free; NULL on failure. */
static struct piece *
find_pieces(kvm_t *kd, vaddr_t va, size_t len, size_t *retn)
{
	struct piece *v = NULL;
	size_t n = 0, cap = 0;
	for (size_t done = 0; done < len;) {
		struct span span;
		enum kv_status s = cache_find(kd, va + done, &span);
		if (s == KV_OK && n == cap) {
			cap = cap == 0 ? 8 : cap * 2;
			struct piece *grown = realloc(v, cap * sizeof(*v));
			if (grown == NULL)
				s = kv_fail(&kd->deep, KV_ENOMEM, "no memory for a list of %zu "
				    "pages", cap);
			else
				v = grown;
		}
		if (s != KV_OK) {
			report(kd, "kvm_write", va + done, s);
			free(v);
			return NULL;
		}
		v[n] = (struct piece) { .off = span_off(&span, va + done),
			.len = span_len(&span, va + done, len - done) };
		done += v[n++].len;
	}
	*retn = n;
	return v;
}

kssize_t
kvm_write2(kvm_t *kd, kvaddr_t va, const void *buf, size_t len)
{
	if (!header_wanted(kd, "kvm_write"))
		return -1;
	if (!kd->img.writable) {
		err_hard(kd, "%s: %s was opened read-only", family_of(kd)->read_only, kd->img.name);
		return -1;
	}
	if (!arguments_ok(kd, va, len))
		return -1;
	if (len == 0)
		return 0;
	va = va_of(kd, va);
	/* All are found before the first is written: the write may change the tables. */
	size_t n;
	struct piece *v = find_pieces(kd, va, len, &n);
	if (v == NULL)
		return -1;
	enum kv_status s = KV_OK;
	size_t done = 0;
	for (size_t i = 0; s == KV_OK && i < n; i++) {
		s = image_put(&kd->img, v[i].off, (const uint8_t *)buf + done, v[i].len,
		    &kd->deep);
		done += v[i].len;
	}
	free(v);
	cache_drop(kd->cache);
	if (s == KV_OK)
		return (kssize_t)len;
	report(kd, "kvm_write", va, s);
	return -1;
}

ssize_t
kvm_write(kvm_t *kd, unsigned long va, const void *buf, size_t len)
{
	return (ssize_t)kvm_write2(kd, va, buf, len);
}

/* A longer string is a dump gone wrong: tables that map one page everywhere, say. */
#define STRING_MAX	(UINT64_C(1) << 30)

/* Where a string goes: the caller's buffer, or one that grows. */
struct string {
	char *buf;
	size_t cap, len;	/* len: with what did not fit */
	bool grows;
};

static bool
string_add(struct string *str, const uint8_t *p, size_t n)
{
	if (str->grows && str->len + n > str->cap) {
		/* Twice: what is there may be copied each time. */
		const size_t cap = 2 * (str->len + n);
		char *grown = realloc(str->buf, cap);
		if (grown == NULL)
			return false;
		str->buf = grown;
		str->cap = cap;
	}
	if (str->len < str->cap)
		memcpy(str->buf + str->len, p, (size_t)u64_min(n, str->cap - str->len));
	str->len += n;
	return true;
}

/* Appends all up to and with the NUL.  False: the sentence is reported. */
static bool
string_read(kvm_t *kd, vaddr_t va, struct string *str)
{
	enum { CHUNK = 4096 };
	vaddr_t start = va;
	for (;;) {
		struct span span;
		const uint8_t *p = NULL;
		size_t got = 0;
		enum kv_status s = va < start ? kv_fail(&kd->deep, KV_EUNMAPPED,
		    "the string goes past the top of the address space") :
		    cache_find(kd, va, &span);
		if (s == KV_OK)
			s = image_get(&kd->img, span_off(&span, va), span_len(&span, va, CHUNK),
			    &p, &got, &kd->deep);
		if (s == KV_EIO) {
			err_soft(kd, "kvm_readstr: %s", kd->deep.text);
			return false;
		}
		if (s != KV_OK) {
			const struct family *family = family_of(kd);
			err_soft(kd, "%s%jx%s: %s", family->before, (uintmax_t)va, family->after,
			    kd->deep.text);
			return false;
		}
		size_t n = (size_t)u64_min(span_len(&span, va, CHUNK), got);
		const uint8_t *nul = memchr(p, '\0', n);
		if (nul != NULL)
			n = (size_t)(nul - p) + 1;
		if (str->len + n > STRING_MAX || !string_add(str, p, n)) {
			err_soft(kd, "kvm_readstr: no memory for a string of %zu bytes or more at "
			    "%#jx", str->len + n, (uintmax_t)start);
			return false;
		}
		if (nul != NULL)
			return true;
		va += n;
	}
}

char *
kvm_readstr(kvm_t *kd, unsigned long va, char *buf, size_t *lenp)
{
	if (!header_wanted(kd, "kvm_readstr"))
		return NULL;
	if (buf != NULL && lenp == NULL) {
		err_soft(kd, "kvm_readstr: a buffer without its size");
		return NULL;
	}
	struct string str = { .buf = buf, .grows = buf == NULL };
	if (!str.grows)
		str.cap = *lenp;
	if (!string_read(kd, va_of(kd, va), &str)) {
		if (str.grows)
			free(str.buf);
		return NULL;
	}
	if (lenp != NULL)
		*lenp = str.len;
	if (str.len > str.cap) {
		err_soft(kd, "kvm_readstr: the string at %#jx has %zu bytes, the buffer %zu",
		    (uintmax_t)va, str.len, str.cap);
		return NULL;
	}
	return str.buf;
}
