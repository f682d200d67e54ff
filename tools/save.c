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
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 20, HOLE = 4096 };

/* The memory image on the device: extents lie there back to back. */
struct memory {
	uint64_t off, len;
	bool known, packed;
};

static int
gather(const struct kvm_extent *x, void *arg)
{
	struct memory *mem = arg;
	if (!mem->known) {
		mem->off = (uint64_t)x->ke_offset;
		mem->known = mem->packed = true;
	}
	mem->packed = mem->packed && (uint64_t)x->ke_offset == mem->off + mem->len;
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
file_write(int fd, const char *name, uint64_t off, const uint8_t *p, size_t len)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, p + done, len - done, (off_t)(off + done));
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			complain("%s: %s", name, n == 0 ? "nothing was written" :
			    strerror(errno));
			return false;
		}
		done += (size_t)n;
	}
	return true;
}

/* Pages of zeros become holes of the file. */
static bool
file_write_sparse(int fd, const char *name, uint64_t off, const uint8_t *p, size_t len)
{
	static const uint8_t zeros[HOLE];
	for (size_t i = 0; i < len;) {
		size_t n = len - i < HOLE ? len - i : HOLE;
		if (memcmp(p + i, zeros, n) == 0) {
			i += n;
			continue;
		}
		size_t run = n;		/* neighbours that are not zero go along */
		while (i + run < len) {
			size_t m = len - i - run < HOLE ? len - i - run : HOLE;
			if (memcmp(p + i + run, zeros, m) == 0)
				break;
			run += m;
		}
		if (!file_write(fd, name, off + i, p + i, run))
			return false;
		i += run;
	}
	return true;
}

static bool
copy_memory(int out, const char *out_name, uint64_t to, const char *device,
    const struct memory *mem)
{
	int fd = open(device, O_RDONLY | O_CLOEXEC);
	uint8_t *block = malloc(BLOCK + 1024);
	bool ok = fd != -1 && block != NULL;
	if (!ok)
		complain("%s: %s", device, strerror(errno));
	for (uint64_t done = 0; ok && done < mem->len;) {
		size_t n = mem->len - done < BLOCK ? (size_t)(mem->len - done) : BLOCK;
		const uint8_t *p;
		ok = device_read(fd, device, mem->off + done, block, n, &p) &&
		    file_write_sparse(out, out_name, to + done, p, n);
		done += n;
	}
	if (ok && ftruncate(out, (off_t)(to + mem->len)) == -1) {
		complain("%s: %s", out_name, strerror(errno));
		ok = false;
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

/* A rename is on disk when its directory is. */
static bool
sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
	char *dir = malloc(n + 1);
	if (dir == NULL) {
		complain("%s: %s", path, strerror(errno));
		return false;
	}
	memcpy(dir, slash == NULL ? "." : path, n);
	dir[n] = '\0';
	int fd = open(dir, O_RDONLY | O_CLOEXEC);
	/* Some file systems cannot sync a directory: EINVAL. */
	bool ok = fd != -1 && (fsync(fd) == 0 || errno == EINVAL);
	if (!ok)
		complain("%s: %s", dir, strerror(errno));
	if (fd != -1)
		close(fd);
	free(dir);
	return ok;
}

/* Writes the whole file under a temporary name, then gives it its own.  kd NULL: without a header. */
static bool
write_file(kvm_t *kd, const char *device, const char *out, const struct memory *mem)
{
	static const char suffix[] = ".XXXXXX";
	size_t n = strlen(out);
	char *temp = malloc(n + sizeof(suffix));
	if (temp == NULL) {
		complain("%s: %s", out, strerror(errno));
		return false;
	}
	memcpy(temp, out, n);
	memcpy(temp + n, suffix, sizeof(suffix));
	int fd = mkstemp(temp);
	if (fd == -1) {
		complain("%s: %s", temp, strerror(errno));
		free(temp);
		return false;
	}
	kssize_t header = 0;
	bool ok = (kd == NULL || write_header(kd, fd, temp, mem->len, &header)) &&
	    copy_memory(fd, temp, (uint64_t)header, device, mem);
	if (ok && (fsync(fd) == -1)) {
		complain("%s: %s", temp, strerror(errno));
		ok = false;
	}
	if (close(fd) == -1 && ok) {
		complain("%s: %s", temp, strerror(errno));
		ok = false;
	}
	if (ok && rename(temp, out) == -1) {
		complain("%s: %s", out, strerror(errno));
		ok = false;
	}
	if (!ok)
		unlink(temp);
	free(temp);
	return ok && sync_directory(out);
}

/* Whether the kernel's dumpmag still says that there is a dump: savecore's own check. */
static bool
dump_valid(kvm_t *kd)
{
	struct kvm_symbol sym;
	uint8_t b[4];
	int found = kvm_symbol_find(kd, "dumpmag", &sym);
	if (found != 0) {
		complain("%s", found == -1 ? kvm_geterr(kd) :
		    "the kernel has no symbol dumpmag: it cannot be this dump's");
		return false;
	}
	if (kvm_read2(kd, sym.ky_value, b, sizeof(b)) != (kssize_t)sizeof(b)) {
		complain("dumpmag cannot be read, so this is not the dump's kernel: %s",
		    kvm_geterr(kd));
		return false;
	}
	uint32_t le = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
	    (uint32_t)b[3] << 24;
	uint32_t be = (uint32_t)b[3] | (uint32_t)b[2] << 8 | (uint32_t)b[1] << 16 |
	    (uint32_t)b[0] << 24;
	if (le == UINT32_C(0x8fca0101) || be == UINT32_C(0x8fca0101))
		return true;
	complain("no dump: dumpmag at %#jx reads %02x %02x %02x %02x: %s", (uintmax_t)sym.ky_value,
	    b[0], b[1], b[2], b[3], le == 0 ? "it was saved before" : "another kernel's dump");
	return false;
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
	struct memory mem = { 0 };
	if (!dump_valid(kd))
		return false;
	if (kvm_getinfo(kd, &info, sizeof(info)) == -1 || kvm_each_extent(kd, gather, &mem) == -1) {
		complain("%s", kvm_geterr(kd));
		return false;
	}
	if (info.ki_missing > 0) {
		complain("%s: ends %#jx bytes before the dump does", device,
		    (uintmax_t)info.ki_missing);
		return false;
	}
	if (!mem.packed) {
		complain("%s: memory does not lie in one piece", device);
		return false;
	}
	if (!write_file(kd, device, out, &mem))
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
save_bytes(const char *device, const char *out, uint64_t off, uint64_t len)
{
	const struct memory mem = { .off = off, .len = len };
	return write_file(NULL, device, out, &mem);
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
	.name = "save", .usage = "[--keep] [-k KERNEL --offset N] DEVICE OUT",
	.what = "as savecore(8)", .options = "koK", .min = 2, .max = 2, .run = run,
};
