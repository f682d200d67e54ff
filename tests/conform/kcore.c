/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: NetBSD sys/sys/kcore.h and core.h; lib/libkvm/kvm.c for the device's form. */
#include <string.h>
#include <unistd.h>

#include "kcore.h"
#include "util.h"

#define KCORE_MAGIC 0x8fcau	/* of the file's header, and of the device's only header */
#define CORE_CPU 1u		/* flag of the CPU segment */

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* n bytes in the target's order. */
static uint32_t
number(bool big, const uint8_t *p, unsigned n)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v = v << 8 | p[big ? i : n - 1 - i];
	return v;
}

bool
kcore_read(const struct fixture *f, struct kcore *k)
{
	bool big = f->o.big;
	uint8_t p[12], seg[8];
	uint64_t data;

	if (strcmp(f->o.form, "netbsd-kcore") != 0 || pread(f->m.fd, p, 12, 0) != 12)
		return false;
	*k = (struct kcore){ .midmag = be32(p), .hdrsize = number(big, p + 4, 2),
		.seghdrsize = number(big, p + 6, 2) };
	if ((k->midmag & 0xffff) != KCORE_MAGIC || pread(f->m.fd, seg, 8, (off_t)k->hdrsize) != 8)
		return false;
	k->cpusize = number(big, seg + 4, 4);
	data = (uint64_t)k->hdrsize + k->seghdrsize + k->cpusize;
	if (pread(f->m.fd, seg, 8, (off_t)data) != 8)
		return false;
	k->datasize = number(big, seg + 4, 4);
	k->memory = data + k->seghdrsize;
	if (k->memory > f->m.size)
		return false;
	k->memory_len = f->m.size - k->memory;
	return true;
}

uint64_t
kcore_device_offset(const struct fixture *f, const struct kcore *k, uint64_t device_size)
{
	uint64_t dump = (uint64_t)k->seghdrsize + k->cpusize + k->memory_len;

	if (!f->o.device_at_end)
		return f->o.device_off;
	if (dump > device_size)
		fatal("%s: the device is smaller than the dump in the core", f->o.path);
	return device_size - dump;
}

uint8_t *
kcore_device_header(const struct fixture *f, const struct kcore *k, const uint8_t *header)
{
	uint8_t *p = xmalloc((size_t)k->seghdrsize + k->cpusize);
	uint32_t midmag = (k->midmag & 0x03ffffff) | CORE_CPU << 26;

	memset(p, 0, k->seghdrsize);
	for (unsigned i = 0; i < 4; i++) {
		p[i] = (uint8_t)(midmag >> (24 - 8 * i));
		p[4 + i] = (uint8_t)(k->cpusize >> (f->o.big ? 24 - 8 * i : 8 * i));
	}
	memcpy(p + k->seghdrsize, header + k->hdrsize + k->seghdrsize, k->cpusize);
	return p;
}
