/* SPDX-License-Identifier: BSD-2-Clause */
/* Dump headers: adopting, emitting, destroying. */
#include "api/handle.h"

#include <errno.h>
#include <string.h>

int
kvm_dump_mkheader(kvm_t *kd, off_t dump_off)
{
	if (kd->no_files) {
		err_hard(kd, "don't use on live kernel: kvm_open was called with KVM_NO_FILES");
		return -1;
	}
	if (kd->dump.port != NULL) {
		err_hard(kd, "already has a dump header: %s is a dump of %s/%s", kd->img.name,
		    kd->dump.port->os, kd->dump.port->machine);
		return -1;
	}
	if (dump_off < 0) {
		err_soft(kd, "read 8 bytes at offset %jx for cpu_hdr failed: %s: the offset is "
		    "negative", (uintmax_t)dump_off, strerror(EINVAL));
		return -1;
	}
	struct port_kernel kernel = kernel_of(kd);
	enum kv_status s = port_adopt(&kd->dump, &kd->img, (uint64_t)dump_off, &kernel, &kd->deep);
	if (s == KV_OK) {
		cache_drop(kd->cache);
		return (int)(kd->dump.kcore.mem_off - (uint64_t)dump_off);
	}
	if (s == KV_EFORMAT || s == KV_ENOMEM)
		err_hard(kd, "%s", kd->deep.text);
	else
		err_soft(kd, "%s", kd->deep.text);
	return s == KV_EUNSUP ? 0 : -1;
}

/* Emits under a caller's name; the low 32 bits of dumpsize are all that the format holds. */
static kssize_t
emit_header(kvm_t *kd, const char *who, bool (*write)(void *, const void *, size_t),
    void *cookie, uint64_t dumpsize)
{
	if (kd->no_files || kd->dump.port == NULL) {
		err_hard(kd, "no valid dump header(s): %s", kd->no_files ?
		    "kvm_open was called with KVM_NO_FILES" : kd->no_header);
		return -1;
	}
	if (kd->dump.kcore.hdrsize == 0) {	/* no dump of NetBSD or OpenBSD */
		err_hard(kd, "no valid dump header(s): %s is of the form %s, wanted netbsd-kcore",
		    kd->img.name, kd->dump.form);
		return -1;
	}
	const char *part;
	errno = 0;
	uint64_t n = netbsd_emit(&kd->dump.kcore, kd->dump.align, (uint32_t)dumpsize, write,
	    cookie, &part);
	if (n > 0)
		return (kssize_t)n;
	err_hard(kd, "%s: %s", strcmp(part, "clear_gap") == 0 ? part : who,
	    errno != 0 ? strerror(errno) : "the write function failed");
	return -1;
}

static bool
write_stream(void *cookie, const void *buf, size_t len)
{
	return fwrite(buf, 1, len, cookie) == len;
}

/* A stream that buffers notices a full disk only when it is flushed. */
static kssize_t
emit_stream(kvm_t *kd, const char *who, FILE *fp, uint64_t dumpsize)
{
	kssize_t n = emit_header(kd, who, write_stream, fp, dumpsize);
	if (n != -1 && fflush(fp) == EOF) {
		err_hard(kd, "%s: %s", who, strerror(errno));
		return -1;
	}
	return n;
}

int
kvm_dump_header(kvm_t *kd, bool (*write)(void *, const void *, size_t), void *cookie,
    int dumpsize)
{
	return (int)emit_header(kd, "kvm_dump_header", write, cookie, (uint32_t)dumpsize);
}

int
kvm_dump_wrtheader(kvm_t *kd, FILE *fp, int dumpsize)
{
	return (int)emit_stream(kd, "kvm_dump_header", fp, (uint32_t)dumpsize);
}

kssize_t
kvm_dump_header64(kvm_t *kd, bool (*write)(void *, const void *, size_t), void *cookie,
    uint64_t dumpsize)
{
	return emit_header(kd, "kvm_dump_header", write, cookie, dumpsize);
}

kssize_t
kvm_dump_wrtheader64(kvm_t *kd, FILE *fp, uint64_t dumpsize)
{
	return emit_stream(kd, "kvm_dump_header", fp, dumpsize);
}

int
kvm_dump_inval(kvm_t *kd)
{
	static const uint8_t zeros[8];
	if (kd->no_files) {
		err_hard(kd, "clearing dump on live kernel: kvm_open was called with "
		    "KVM_NO_FILES");
		return -1;
	}
	if (!header_wanted(kd, "kvm_dump_inval"))
		return -1;
	struct kvm_nlist nl[] = { { .n_name = "_dumpmag" }, { 0 } };
	int missing = kvm_nlist2(kd, nl);
	if (missing > 0)
		err_soft(kd, "bad namelist: _dumpmag: not in name list of %s",
		    kvm_getkernelname(kd));
	if (missing != 0)
		return -1;
	if (!kd->img.writable) {
		err_soft(kd, "cannot invalidate dump - pwrite: %s: %s was opened read-only",
		    strerror(EBADF), kd->img.name);
		return -1;
	}
	/*
	 * Only the variable itself: kvm_write takes care of a device's sectors.  It is a uint32_t
	 * on NetBSD, a u_long on OpenBSD.
	 */
	const struct dump *dump = &kd->dump;
	const size_t size = strcmp(dump->port->os, "openbsd") == 0 ? dump->bits / 8 : 4;
	return kvm_write2(kd, nl[0].n_value, zeros, size) == (kssize_t)size ? 0 : -1;
}
