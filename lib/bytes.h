/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes of a dump: checked views and checked arithmetic, never structs or casts. */
#ifndef BYTES_H
#define BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Byte by byte: no alignment, no host order; compilers merge these into one load. */
static inline uint16_t
le16_get(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint16_t
be16_get(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
le32_get(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t
be32_get(const uint8_t *p)
{
	return (uint32_t)p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}

static inline uint64_t
le64_get(const uint8_t *p)
{
	return (uint64_t)le32_get(p) | (uint64_t)le32_get(p + 4) << 32;
}

static inline uint64_t
be64_get(const uint8_t *p)
{
	return (uint64_t)be32_get(p + 4) | (uint64_t)be32_get(p) << 32;
}

static inline void
le32_put(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)(v >> 16);
	p[3] = (uint8_t)(v >> 24);
}

static inline void
be32_put(uint8_t *p, uint32_t v)
{
	p[3] = (uint8_t)v;
	p[2] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)(v >> 16);
	p[0] = (uint8_t)(v >> 24);
}

static inline void
le16_put(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static inline void
be16_put(uint8_t *p, uint16_t v)
{
	p[1] = (uint8_t)v;
	p[0] = (uint8_t)(v >> 8);
}

/* A stretch of target bytes in the target's order. */
struct view {
	const uint8_t *p;
	size_t len;
	bool big;
};

/* True if [off, off + n) lies wholly inside v.  This order: off + n may wrap. */
static inline bool
view_has(const struct view *v, uint64_t off, uint64_t n)
{
	return off <= v->len && v->len - off >= n;
}

/* Each reads a target integer at off: false, and *ret untouched, if not wholly inside. */
static inline bool
view_u16(const struct view *v, uint64_t off, uint16_t *ret)
{
	if (!view_has(v, off, 2))
		return false;
	*ret = v->big ? be16_get(v->p + off) : le16_get(v->p + off);
	return true;
}

static inline bool
view_u32(const struct view *v, uint64_t off, uint32_t *ret)
{
	if (!view_has(v, off, 4))
		return false;
	*ret = v->big ? be32_get(v->p + off) : le32_get(v->p + off);
	return true;
}

static inline bool
view_u64(const struct view *v, uint64_t off, uint64_t *ret)
{
	if (!view_has(v, off, 8))
		return false;
	*ret = v->big ? be64_get(v->p + off) : le64_get(v->p + off);
	return true;
}

/* The same, 0 if not wholly inside: for what the caller has checked, or where a 0 ends a list. */
static inline uint16_t
view_get16(const struct view *v, uint64_t off)
{
	uint16_t x = 0;
	(void)view_u16(v, off, &x);
	return x;
}

static inline uint32_t
view_get32(const struct view *v, uint64_t off)
{
	uint32_t x = 0;
	(void)view_u32(v, off, &x);
	return x;
}

static inline uint64_t
view_get64(const struct view *v, uint64_t off)
{
	uint64_t x = 0;
	(void)view_u64(v, off, &x);
	return x;
}

/* a + b into *ret; false on overflow. */
static inline bool
u64_add(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_add_overflow(a, b, ret);
}

static inline bool
u64_mul(uint64_t a, uint64_t b, uint64_t *ret)
{
	return !__builtin_mul_overflow(a, b, ret);
}

/* The order of two numbers as qsort(3) wants it. */
static inline int
u64_compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static inline uint64_t
u64_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t
u64_max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

#endif
