/* SPDX-License-Identifier: BSD-2-Clause */
/* What a kernel's ELF file says of its machine. */
#ifndef KERNELFILE_H
#define KERNELFILE_H

#include "kcore.h"

struct kernelfile {
	unsigned machine, bits;		/* e_machine; 32, 64 */
	uint32_t flags;			/* e_flags */
	bool big;
	uint8_t build_id[64];
	size_t build_id_len;		/* 0: it has none */
	uint64_t text, text_size;	/* what segments map for execution; 0: nothing */
};

/* False and a complaint if it cannot be read. */
bool kernelfile_read(struct kernelfile *ret, const char *path);

/* Reads initial memory from va on: so many bytes as the file has of one segment, at most len. */
size_t kernelfile_memory(const char *path, uint64_t va, void *buf, size_t len);

#endif
