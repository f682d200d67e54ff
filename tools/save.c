/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kcore save: what savecore(8) does.  The dump on the device is invalidated only when the file
 * is safely on disk under its name.
 */
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernelmatch.h"
#include "output.h"

enum { BLOCK = 1 << 20 };

/*
 * The memory image on the device: extents lie there back to back, but for the room of page 0, which
 * some kernels of NetBSD never write and savecore(8) copies.  NetBSD/sun2's kernels write some
 * pages between what they call the header and memory, which belong to the file.
 */
struct memory {
	uint64_t off, len;
	uint64_t before;	/* bytes of these pages */
	bool known, packed;
};

enum { PAGE0_MOST = 0x2000 };	/* of any machine that does not write it */

static int
gather(const struct kvm_extent *x, void *arg)
{
	struct memory *mem = arg;
	const uint64_t at = (uint64_t)x->ke_offset, end = mem->off + mem->len;
	const bool first = !mem->known;
	mem->known = true;
	if (at > end && at - end <= x->ke_paddr && x->ke_paddr <= PAGE0_MOST)
		mem->len += at - end;
	else if (at > end && first) {
		mem->before = at - end;
		mem->off = at;
	} else if (at != end)
		mem->packed = false;
	mem->len += x->ke_len;
	return 1;
}

/* The device is read in whole blocks, as raw devices want it; p receives [off, off + len). */
static bool
device_read(int fd, const char *name, uint64_t off, uint8_t *block, size_t len,
    const uint8_t **ret)
{
	enum { SECTOR = 512 };
	size_t skip = (size_t)(off % SECTOR);
	size_t want = (skip + len + SECTOR - 1) / SECTOR * SECTOR, got = 0;
	while (got < skip + len) {
		ssize_t n = pread(fd, block + got, want - got, (off_t)(off - skip + got));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			complain("%s: offset %#jx: %s", name, (uintmax_t)(off - skip + got),
			    n == 0 ? "the device ends here" : strerror(errno));
			return false;
		}
		got += (size_t)n;
	}
	*ret = block + skip;
	return true;
}

static bool
copy_memory(struct output *out, uint64_t to, const char *device, const struct memory *mem)
{
	const uint64_t off = mem->off - mem->before, len = mem->before + mem->len;
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	uint8_t *block = malloc(BLOCK + 1024);
	bool ok = fd != -1 && block != NULL;
	if (!ok)
		complain("%s: %s", device, strerror(errno));
	for (uint64_t done = 0; ok && done < len;) {
		size_t n = len - done < BLOCK ? (size_t)(len - done) : BLOCK;
		const uint8_t *p;
		ok = device_read(fd, device, off + done, block, n, &p) &&
		    output_write(out, to + done, p, n);
		done += n;
	}
	free(block);
	if (fd != -1)
		close(fd);
	return ok;
}

static bool
write_header(kvm_t *kd, int out, const char *name, uint64_t len, kssize_t *ret)
{
	int dup_fd = dup(out);
	FILE *fp = dup_fd == -1 ? NULL : fdopen(dup_fd, "wb");
	if (fp == NULL) {
		complain("%s: %s", name, strerror(errno));
		if (dup_fd != -1)
			close(dup_fd);
		return false;
	}
	*ret = kvm_dump_wrtheader64(kd, fp, len);
	if (*ret == -1)
		complain("%s: %s", name, kvm_geterr(kd));
	if (fclose(fp) == EOF && *ret != -1) {
		complain("%s: %s", name, strerror(errno));
		return false;
	}
	return *ret != -1;
}

/* Writes the whole file under a temporary name, then gives it its own.  kd NULL: without a header. */
static bool
write_file(kvm_t *kd, const struct args *args, const struct memory *mem)
{
	struct output out;
	kssize_t header = 0;
	bool ok = output_open(&out, args) &&
	    (kd == NULL || write_header(kd, out.fd, out.temp, mem->len, &header)) &&
	    copy_memory(&out, (uint64_t)header, args->operands[0], mem) &&
	    output_finish(&out, (uint64_t)header + mem->before + mem->len);
	output_drop(&out);
	return ok;
}

/* Where the header names no memory (vax, sun3): as savecore(8), by the kernel's dumpsize, in pages. */
static void
memory_end(kvm_t *kd, const struct kvm_info *info, const char *device, struct memory *mem)
{
	struct kvm_symbol sym;
	uint8_t b[4];
	if (!info->ki_open_end)
		return;
	if (kvm_symbol_find(kd, "dumpsize", &sym) != 0 ||
	    kvm_read2(kd, sym.ky_value, b, sizeof(b)) != (kssize_t)sizeof(b)) {
		complain("warning: the kernel's dumpsize, which tells how much memory was dumped, cannot be "
		    "read: all to the end of %s is saved", device);
		return;
	}
	const bool big = strcmp(info->ki_byteorder, "big") == 0;
	uint64_t pages = 0;
	for (unsigned i = 0; i < sizeof(b); i++)
		pages = pages << 8 | b[big ? i : sizeof(b) - 1 - i];
	const uint64_t len = pages * info->ki_pagesize;
	if (len == 0 || len > mem->len)
		complain("warning: the kernel's dumpsize says that %#jx bytes of memory were dumped, and %s "
		    "has %#jx to its end: all of them are saved", (uintmax_t)len, device,
		    (uintmax_t)mem->len);
	else
		mem->len = len;
}

static bool
save(kvm_t *kd, const struct args *args, uint64_t offset)
{
	const char *device = args->operands[0], *out = args->operands[1];
	int header = kvm_dump_mkheader(kd, (off_t)offset);
	if (header <= 0) {
		complain("%s%s", header == 0 ? "no dump: " : "", kvm_geterr(kd));
		return false;
	}
	struct kvm_info info;
	struct memory mem = { .off = offset + (unsigned)header, .packed = true };
	char why[512];
	if (kvm_getinfo(kd, &info, sizeof(info)) == -1 || kvm_each_extent(kd, gather, &mem) == -1) {
		complain("%s", kvm_geterr(kd));
		return false;
	}
	/* savecore's own check: whether the kernel's dumpmag still says that there is a dump. */
	if (kernelmatch(kd, &info, why) != MATCH_SAME) {
		complain("%s: %s", device, why);
		return false;
	}
	if (info.ki_missing > 0) {
		complain("%s: ends %#jx bytes before the dump does", device,
		    (uintmax_t)info.ki_missing);
		return false;
	}
	if (!mem.known || !mem.packed) {
		complain("%s: memory does not lie in one piece", device);
		return false;
	}
	memory_end(kd, &info, device, &mem);
	if (!write_file(kd, args, &mem))
		return false;
	if (!args->keep && kvm_dump_inval(kd) == -1) {
		complain("%s is saved, but the dump on %s is not invalidated: %s", out, device,
		    kvm_geterr(kd));
		return false;
	}
	printf("%s: %#jx bytes of memory, %s on %s\n", out, (uintmax_t)mem.len,
	    args->keep ? "kept" : "invalidated", device);
	return true;
}

bool
save_bytes(const struct args *args, uint64_t off, uint64_t len)
{
	const struct memory mem = { .off = off, .len = len };
	return write_file(NULL, args, &mem);
}

static int
run(const struct args *args)
{
	uint64_t offset;
	if (args->offset == NULL)
		return save_from_end(args);
	if (args->kernel == NULL) {
		complain("save: --offset needs -k KERNEL");
		return EXIT_USAGE;
	}
	if (!number_parse(args->offset, &offset))
		return EXIT_USAGE;
	if (offset > INT64_MAX) {
		complain("save: offset %#jx is too large", (uintmax_t)offset);
		return EXIT_USAGE;
	}
	char err[2048];
	kvm_t *kd = kvm_open_image(args->kernel, args->operands[0],
	    args->keep ? O_RDONLY : O_RDWR, NULL, err);
	if (kd == NULL) {
		complain("%s", err);
		return EXIT_NO;
	}
	bool ok = save(kd, args, offset);
	kvm_close(kd);
	return ok ? EXIT_OK : EXIT_NO;
}

const struct command cmd_save = {
	.name = "save", .usage = "[--keep] [-k KERNEL [--offset N]] DEVICE OUT",
	.what = "as savecore(8)", .options = "koK", .min = 2, .max = 2, .run = run,
};
