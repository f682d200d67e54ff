/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening and closing. */
#include "api/handle.h"

#include "image/compressed.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif

/* What the public functions ask for. */
struct request {
	const char *kernel;	/* or NULL */
	const char *core;	/* a path; NULL: the running kernel */
	const void *mem;	/* instead of core, if in_memory */
	size_t mem_len;
	bool in_memory;
	int flags;
	const char *errstr;	/* kvm_open's */
	unsigned options;	/* KVM_OPEN_* */
	int (*resolver)(const char *, kvaddr_t *);
	bool header_only;	/* kvm_open2: what has no header does not open */
	struct raw raw;		/* with KVM_OPEN_RAW */
};

static bool
kernel_lookup(void *arg, const char *name, vaddr_t *ret)
{
	kvm_t *kd = arg;
	struct kvm_symbol sym;
	if (!kernel_symbol(kd, name, &sym))
		return false;
	*ret = sym.ky_value;
	return true;
}

static bool
kernel_code(void *arg, vaddr_t *va, void *buf, size_t len, size_t *got)
{
	kvm_t *kd = arg;
	return kd->elf != NULL && elf_code(kd->elf, va, buf, len, got);
}

/* The systems' names in notes and in the kernel's ostype, and ours. */
static const struct {
	const char *theirs, *ours;
} systems[] = {
	{ "NetBSD", "netbsd" }, { "OpenBSD", "openbsd" }, { "FreeBSD", "freebsd" },
	{ "DragonFly", "dragonfly" },
};

/* The system that a kernel file names: by its ident note (type 1), else by ostype. */
static const char *
kernel_os(struct elf_file *elf)
{
	const size_t n = sizeof(systems) / sizeof(systems[0]);
	for (size_t i = 0; i < n; i++) {
		uint8_t desc[4];
		size_t len;
		bool found;
		if (elf_note(elf, systems[i].theirs, 1, &desc, sizeof(desc), &len, &found, NULL) == KV_OK &&
		    found)
			return systems[i].ours;
	}
	const struct symbol *sym;
	char text[16] = "";
	if (elf_symbol(elf, "ostype", &sym, NULL) == KV_OK && sym != NULL)
		for (size_t len = sizeof(text) - 1; len > 0; len--)
			if (elf_read_va(elf, sym->value, text, len, NULL) == KV_OK)
				break;
	for (size_t i = 0; i < n; i++)
		if (strcmp(text, systems[i].theirs) == 0)
			return systems[i].ours;
	return "";
}

struct port_kernel
kernel_of(kvm_t *kd)
{
	struct port_kernel kernel = { .name = kvm_getkernelname(kd), .lookup = kernel_lookup,
		.code = kernel_code, .arg = kd, .os = "" };
	if (kd->elf != NULL) {
		const struct elf_info *info = elf_file_info(kd->elf);
		kernel.machine = info->machine;
		kernel.bits = info->bits;
		kernel.e_flags = info->flags;
		kernel.big = info->big;
		kernel.os = kernel_os(kd->elf);
	}
	return kernel;
}

/* The running kernel's memory, which the BSDs name so. */
static bool
is_live(const char *core)
{
	static const char *const names[] = { "/dev/mem", "/dev/kmem", "/dev/null" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(core, names[i]) == 0)
			return true;
	return false;
}

/* Memory of a virtual machine or behind FireWire, as FreeBSD names them: from address 0 on. */
static bool
is_raw(const char *core)
{
	return core != NULL && (strncmp(core, "/dev/vmm/", 9) == 0 ||
	    strncmp(core, "/dev/fwmem", 10) == 0);
}

static bool
open_core(kvm_t *kd, const struct request *rq)
{
	enum kv_status s;
	unsigned how = 0;
	if (rq->in_memory) {
		s = image_open_mem(&kd->img, "memory image", rq->mem, rq->mem_len, &kd->deep);
	} else {
		const char *core = rq->core != NULL ? rq->core : "/dev/mem";
		if (is_live(core)) {
			err_hard(kd, "%s: not supported for a running kernel: give a memory image",
			    core);
			return false;
		}
		if ((rq->flags & O_ACCMODE) != O_RDONLY)
			how |= IMAGE_WRITE;
		if ((rq->options & KVM_OPEN_PREAD) != 0)
			how |= IMAGE_NOMAP;
		s = image_open(&kd->img, core, how, &kd->deep);
	}
	if (s == KV_OK && (rq->options & KVM_OPEN_DEVICE) == 0)
		s = image_decompress(&kd->img, how, &kd->deep);
	if (s != KV_OK)
		err_hard(kd, "%s", kd->deep.text);
	return s == KV_OK;
}

static bool
open_dump(kvm_t *kd, const struct request *rq)
{
	if ((rq->options & KVM_OPEN_DEVICE) != 0) {
		(void)kv_fail(&kd->deep, KV_EUNSUP, "%s was opened as a dump device", kd->img.name);
		memcpy(kd->no_header, kd->deep.text, strlen(kd->deep.text) + 1);
		return true;
	}
	struct port_kernel kernel = kernel_of(kd);
	enum kv_status s;
	if ((rq->options & KVM_OPEN_RAW) != 0 || is_raw(rq->core))
		s = port_open_raw(&kd->dump, &kd->img, &rq->raw, &kernel, &kd->deep);
	else
		s = port_open(&kd->dump, &kd->img, &kernel, &kd->deep);
	if (s != KV_OK) {
		err_hard(kd, "%s", kd->deep.text);
		return false;
	}
	if (kd->dump.port != NULL)
		return true;
	memcpy(kd->no_header, kd->deep.text, strlen(kd->deep.text) + 1);
	/*
	 * NetBSD and OpenBSD open what has no header, for kvm_dump_mkheader; FreeBSD and
	 * DragonFly do not.  An empty image in memory stands for none.
	 */
	const bool bare = rq->in_memory && rq->mem_len == 0;
	if (!bare && (rq->header_only || strcmp(kernel.os, "freebsd") == 0 ||
	    strcmp(kernel.os, "dragonfly") == 0)) {
		if (kd->img.size == 0)
			err_hard(kd, "empty file: %s: %s", strerror(EINVAL), kd->no_header);
		else
			err_hard(kd, "invalid core: %s", kd->no_header);
		return false;
	}
	return true;
}

/* Opens all that the request names.  False: the sentence is reported. */
static bool
open_files(kvm_t *kd, const struct request *rq)
{
	if (rq->kernel != NULL && strlen(rq->kernel) >= PATH_MAX) {
		err_hard(kd, "exec file name too long: %zu bytes, %d are allowed",
		    strlen(rq->kernel), PATH_MAX - 1);
		return false;
	}
	if ((rq->flags & ~O_ACCMODE) != 0 || (rq->flags != O_RDONLY && rq->flags != O_WRONLY &&
	    rq->flags != O_RDWR)) {
		err_hard(kd, "bad flags arg: %#x, wanted O_RDONLY, O_WRONLY or O_RDWR",
		    (unsigned)rq->flags);
		return false;
	}
	if (rq->kernel != NULL && elf_file_open(&kd->elf, rq->kernel, &kd->deep) != KV_OK) {
		err_hard(kd, "%s", kd->deep.text);
		return false;
	}
	enum { ET_CORE = 4 };
	if (kd->elf != NULL && elf_file_info(kd->elf)->type == ET_CORE) {
		err_hard(kd, "%s: e_type is 4 (ET_CORE): a core file, not a kernel", rq->kernel);
		return false;
	}
	kd->caching = (rq->options & KVM_OPEN_NOCACHE) == 0;
	return open_core(kd, rq) && open_dump(kd, rq);
}

static kvm_t *
no_memory(const struct request *rq, char *errbuf)
{
	if (errbuf != NULL)
		(void)snprintf(errbuf, KV_ERRLEN, "%s", strerror(ENOMEM));
	else if (rq->errstr != NULL)
		(void)fprintf(stderr, "%s: %s\n", rq->errstr, strerror(ENOMEM));
	return NULL;
}

static kvm_t *
open_request(const struct request *rq, char *errbuf)
{
	kvm_t *kd = calloc(1, sizeof(*kd));
	if (kd == NULL)
		return no_memory(rq, errbuf);
	kd->img.fd = -1;
	if (rq->errstr != NULL) {
		kd->program = malloc(strlen(rq->errstr) + 1);
		if (kd->program == NULL) {
			free(kd);
			return no_memory(rq, errbuf);
		}
		memcpy(kd->program, rq->errstr, strlen(rq->errstr) + 1);
	}
	kd->resolver = rq->resolver;
	kd->no_files = (rq->flags & KVM_NO_FILES) != 0;
	if (kd->no_files || open_files(kd, rq))
		return kd;
	if (errbuf != NULL)
		memcpy(errbuf, kd->errbuf, strlen(kd->errbuf) + 1);
	kvm_close(kd);
	return NULL;
}

kvm_t *
kvm_open(const char *execfile, const char *corefile, const char *swapfile, int flags,
    const char *errstr)
{
	(void)swapfile;
	const struct request rq = { .kernel = execfile, .core = corefile, .flags = flags,
		.errstr = errstr };
	return open_request(&rq, NULL);
}

kvm_t *
kvm_openfiles(const char *execfile, const char *corefile, const char *swapfile, int flags,
    char *errbuf)
{
	(void)swapfile;
	const struct request rq = { .kernel = execfile, .core = corefile, .flags = flags };
	return open_request(&rq, errbuf);
}

kvm_t *
kvm_open2(const char *execfile, const char *corefile, int flags, char *errbuf,
    int (*resolver)(const char *, kvaddr_t *))
{
	const struct request rq = { .kernel = execfile, .core = corefile, .flags = flags,
		.resolver = resolver, .header_only = true };
	return open_request(&rq, errbuf);
}

/* Takes as much of the options as the caller's header had. */
static void
take_options(struct request *rq, const struct kvm_open_options *options)
{
	struct kvm_open_options ours = { 0 };
	if (options != NULL)
		memcpy(&ours, options, options->ko_size < sizeof(ours) ? options->ko_size :
		    sizeof(ours));
	rq->options = ours.ko_flags;
	rq->resolver = ours.ko_resolver;
	rq->raw = (struct raw) { .base = ours.ko_base, .regime = ours.ko_regime,
		.root = ours.ko_root, .vabits = ours.ko_vabits };
}

kvm_t *
kvm_open_image(const char *kernel, const char *core, int flags,
    const struct kvm_open_options *options, char *errbuf)
{
	struct request rq = { .kernel = kernel, .core = core, .flags = flags };
	take_options(&rq, options);
	return open_request(&rq, errbuf);
}

kvm_t *
kvm_open_mem(const char *kernel, const void *image, size_t len,
    const struct kvm_open_options *options, char *errbuf)
{
	struct request rq = { .kernel = kernel, .mem = image, .mem_len = len,
		.in_memory = true };
	take_options(&rq, options);
	return open_request(&rq, errbuf);
}

int
kvm_close(kvm_t *kd)
{
	if (kd == NULL) {
		errno = EINVAL;
		return -1;
	}
	port_close(&kd->dump);
	int ret = image_close(&kd->img);
	elf_file_close(kd->elf);
	cache_free(kd->cache);
	free(kd->program);
	free(kd);
	return ret;
}
