/* SPDX-License-Identifier: BSD-2-Clause */
/* 64-bit arithmetic that compilers call for on 32-bit machines, where no libgcc is at hand. */
#include "kernel.h"

#if __SIZEOF_POINTER__ == 4
uint64_t __lshrdi3(uint64_t, int), __muldi3(uint64_t, uint64_t);
int64_t __ashldi3(int64_t, int);

uint64_t
__lshrdi3(uint64_t a, int n)
{
	const uint32_t high = (uint32_t)(a >> 32), low = (uint32_t)a;

	if (n >= 32)
		return high >> (n - 32);
	if (n == 0)
		return a;
	return (uint64_t)(high >> n) << 32 | (low >> n | high << (32 - n));
}

int64_t
__ashldi3(int64_t a, int n)
{
	const uint32_t high = (uint32_t)((uint64_t)a >> 32), low = (uint32_t)a;

	if (n >= 32)
		return (int64_t)((uint64_t)(low << (n - 32)) << 32);
	if (n == 0)
		return a;
	return (int64_t)((uint64_t)(high << n | low >> (32 - n)) << 32 | low << n);
}

/* In halves of 16 bits, so that no multiplication is wider than a register. */
uint64_t
__muldi3(uint64_t a, uint64_t b)
{
	const uint32_t al = (uint32_t)a, bl = (uint32_t)b;
	const uint32_t a0 = al & 0xffff, a1 = al >> 16, b0 = bl & 0xffff, b1 = bl >> 16;
	const uint32_t middle = a1 * b0 + (a0 * b0 >> 16), other = a0 * b1 + (middle & 0xffff);
	const uint32_t high = a1 * b1 + (middle >> 16) + (other >> 16) +
	    al * (uint32_t)(b >> 32) + (uint32_t)(a >> 32) * bl;

	return (uint64_t)high << 32 | al * bl;
}
#endif

#ifdef __sparc__			/* libgcc uses register windows, the kernels have no traps for them */
uint64_t __bswapdi2(uint64_t);

uint64_t
__bswapdi2(uint64_t n)
{
	uint64_t result = 0;

	for (unsigned i = 0; i < 8; i++)
		result = result << 8 | (n >> 8 * i & 255);
	return result;
}
#endif
