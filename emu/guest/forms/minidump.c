/* SPDX-License-Identifier: BSD-2-Clause */
/* Header, message buffer, dump_avail, bitmap, page map, pages: sys/amd64/amd64/minidump_machdep.c. */
#include "minidump.h"

#ifndef BITMAP_BYTES
#define BITMAP_BYTES	0x10000
#endif

uint8_t minidump_header[160];
uint64_t minidump_msgbuf, minidump_avail, minidump_bitmap, minidump_map;

#ifndef MINIDUMP_BITS
#define MINIDUMP_BITS	unsigned long
#endif
typedef MINIDUMP_BITS	bits_t;
#define WORD_BITS	(8 * sizeof(bits_t))

static bits_t bitmap[BITMAP_BYTES / sizeof(bits_t)];
static uint64_t page[PAGE / 8] __attribute__((__aligned__(4096)));
static unsigned header_at;
static bool use_pairs;
static uint64_t npages;

static uint64_t
round_page(uint64_t n)
{
	return (n + PAGE - 1) & ~(PAGE - 1);
}

void
minidump_text(const char *text, unsigned size)
{
	strcopy(minidump_header + header_at, text, size);
	header_at += size;
}

void
minidump_field(unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		const unsigned shift = 8 * (size - 1 - i);
#else
		const unsigned shift = 8 * i;
#endif
		minidump_header[header_at++] = (uint8_t)(value >> shift);
	}
}

uint64_t
minidump_end(void)
{
	return clusters[nclusters - 1].start + clusters[nclusters - 1].size;
}

static uint64_t
bit_of(unsigned cluster, uint64_t pa)
{
	uint64_t before = 0;

	if (!use_pairs)
		return pa >> PAGE_SHIFT;
	for (unsigned i = 0; i < cluster; i++)
		before += clusters[i].size >> PAGE_SHIFT;
	return before + ((pa - clusters[cluster].start) >> PAGE_SHIFT);
}

void
minidump_choose(bool pairs)
{
	uint64_t bit = 0;

	use_pairs = pairs;
	for (unsigned i = 0; i < nclusters; i++)
		for (uint64_t at = 0; at < clusters[i].size; at += PAGE) {
			bit = bit_of(i, clusters[i].start + at);
			if (bit / 8 >= sizeof bitmap)
				dump_failed("bitmap too small");
			if (dump_wanted(clusters[i].start + at)) {
				bitmap[bit / WORD_BITS] |= (bits_t)1 << bit % WORD_BITS;
				npages++;
			}
		}
	minidump_msgbuf = msgbuf_size;
	minidump_avail = pairs ? PAGE : 0;
	minidump_bitmap = round_page(bit / 8 + 1);
}

static void
put_padded(const void *from, uint64_t len)
{
	const char *p = from;

	for (uint64_t done = 0; done < len; done += PAGE) {
		memset(page, 0, PAGE);
		memcpy(page, p + done, (size_t)(len - done < PAGE ? len - done : PAGE));
		dump_put(page, PAGE);
	}
}

void
minidump_write(void (*map_page)(uint64_t, uint64_t *))
{
	kerneldump_begin(PAGE + round_page(minidump_msgbuf) + minidump_avail + minidump_bitmap +
	    minidump_map + npages * PAGE);
	print("minidump %x %x %x %x %x\n", PAGE + round_page(minidump_msgbuf), minidump_avail,
	    minidump_bitmap, minidump_map, U(WORD_BITS));
	put_padded(minidump_header, sizeof minidump_header);
	put_padded(msgbuf_text, minidump_msgbuf);
	if (minidump_avail > 0) {
		memset(page, 0, PAGE);
		for (unsigned i = 0; i < nclusters; i++) {
			page[2 * i] = clusters[i].start;
			page[2 * i + 1] = clusters[i].start + clusters[i].size;
		}
		dump_put(page, PAGE);
	}
	put_padded(bitmap, minidump_bitmap);
	for (uint64_t i = 0; i < minidump_map >> PAGE_SHIFT; i++) {
		memset(page, 0, PAGE);
		map_page(i, page);
		dump_put(page, PAGE);
	}
	for (unsigned i = 0; i < nclusters; i++) {
		const uint64_t end = clusters[i].start + clusters[i].size;

		for (uint64_t at = clusters[i].start, run; at < end; at = run) {
			for (run = at; run < end && dump_wanted(run); run += PAGE)
				continue;
			if (run > at)
				dump_ram(at, run - at);
			else
				run += PAGE;
		}
	}
	kerneldump_end();
}
