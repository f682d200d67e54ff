/* SPDX-License-Identifier: BSD-2-Clause */
/* Full dumps: where the kernel's image lies, and through it the page tables. */
#include "port/freebsd/full.h"

#include <string.h>

enum kv_status
full_symbol(const struct full *full, const char *name, vaddr_t *ret, struct kv_err *err)
{
	const struct port_kernel *kernel = full->kernel;
	if (kernel->machine == 0)
		return kv_fail(err, KV_EUNSUP, "%s: a full dump does not tell where its page tables "
		    "are: give the kernel, whose symbol %s does", full->img->name, name);
	if (!kernel->lookup(kernel->arg, name, ret))
		return kv_fail(err, KV_EUNSUP, "%s: bad namelist: the kernel %s has no symbol %s, "
		    "which leads to the page tables", full->img->name, kernel->name, name);
	return KV_OK;
}

bool
full_has(const struct full *full, const char *name)
{
	vaddr_t va;
	return full_symbol(full, name, &va, NULL) == KV_OK;
}

/* Physical addresses of a 32-bit kernel's image wrap at 2^32. */
static paddr_t
image_pa(const struct full *full, vaddr_t va, uint64_t delta)
{
	return (va + delta) & low_mask(full->dump->bits);
}

/* size bytes at off from a symbol. */
static enum kv_status
bytes_at(const struct full *full, uint64_t delta, const char *name, uint64_t off, size_t size,
    const uint8_t **p, struct kv_err *err)
{
	vaddr_t va;
	enum kv_status s = full_symbol(full, name, &va, err);
	if (s != KV_OK)
		return s;
	const struct kv_loc at = { .addr = image_pa(full, va + off, delta), .space = KV_PHYS };
	size_t got;
	s = memory_read(&full->dump->mem, at, size, p, &got, err);
	if (s != KV_OK)
		kv_prefix(err, "%s at %#jx cannot be read", name, (uintmax_t)va);
	return s;
}

enum kv_status
full_u32(const struct full *full, uint64_t delta, const char *name, uint64_t off, uint64_t *ret,
    struct kv_err *err)
{
	const uint8_t *p;
	const enum kv_status s = bytes_at(full, delta, name, off, sizeof(uint32_t), &p, err);
	if (s != KV_OK)
		return s;
	*ret = full->dump->big ? be32_get(p) : le32_get(p);
	return KV_OK;
}

enum kv_status
full_u64(const struct full *full, uint64_t delta, const char *name, uint64_t off, uint64_t *ret,
    struct kv_err *err)
{
	const uint8_t *p;
	const enum kv_status s = bytes_at(full, delta, name, off, sizeof(uint64_t), &p, err);
	if (s != KV_OK)
		return s;
	*ret = le64_get(p);	/* as all machines that have such variables */
	return KV_OK;
}

enum kv_status
full_root(const struct full *full, paddr_t root, size_t len, const char *name, struct kv_err *err)
{
	const struct kv_loc at = { .addr = root, .space = KV_PHYS };
	const uint8_t *p;
	size_t got;
	enum kv_status s = memory_read(&full->dump->mem, at, len, &p, &got, err);
	if (s != KV_OK)
		kv_prefix(err, "the page table at %#jx, which the kernel's %s tells, cannot be read",
		    (uintmax_t)root, name);
	return s;
}

/* ---- Finding the kernel's image ------------------------------------------------------ */

/* Loaders put a kernel at multiples of 2 MiB, and at the same offset as its link address. */
#define PLACE_ALIGN	UINT64_C(0x200000)

/*
 * 256 GiB: a second with the wrong kernel.  EFI's loader takes what pages it gets
 * (stand/efi/loader/copy.c, AllocateAnyPages), which may be memory's last.
 */
#define PLACES_MAX	(UINT32_C(1) << 17)

/* Enough of a kernel's code to know it by. */
#define CODE_LEN	4096

struct code {
	bool known;
	vaddr_t va;
	size_t len;		/* 0: the kernel file holds symbols only */
	uint8_t bytes[CODE_LEN];
};

static void
code_get(const struct full *full, struct code *code)
{
	const struct port_kernel *kernel = full->kernel;
	code->known = kernel->code != NULL &&
	    kernel->code(kernel->arg, &code->va, code->bytes, sizeof(code->bytes), &code->len);
}

/* Whether the tables say of the code that it lies where delta says. */
static bool
agrees(const struct full *full, const struct mmu *mmu, uint64_t delta, const struct code *code)
{
	const struct mmu_src src = { .read = memory_read, .arg = &full->dump->mem };
	struct kv_run run;
	return code->known &&
	    mmu_walk(mmu, &src, code->va, &run, NULL, NULL, NULL) == KV_OK &&
	    run.at.space == KV_PHYS &&
	    run.at.addr + (code->va - run.first) == image_pa(full, code->va, delta);
}

/* Whether memory at pa holds the code; it may lie across segments. */
static bool
holds_code(const struct full *full, paddr_t pa, const struct code *code)
{
	for (size_t done = 0; done < code->len;) {
		const struct kv_loc at = { .addr = pa + done, .space = KV_PHYS };
		const uint8_t *p;
		size_t got;
		if (memory_read(&full->dump->mem, at, 1, &p, &got, NULL) != KV_OK)
			return false;
		if (got > code->len - done)
			got = code->len - done;
		if (memcmp(p, code->bytes + done, got) != 0)
			return false;
		done += got;
	}
	return true;
}

/* How far a search went. */
struct searched {
	uint32_t places;
	paddr_t last;
	bool cut;		/* there is more memory */
};

/* Tries each place in the dump.  Of those that tables agree with the first wins that holds the code. */
static bool
search_places(const struct full *full, const struct full_machine *machine,
    const struct code *code, struct mmu *ret, struct searched *seen)
{
	const struct format *ram = &full->dump->ram;
	bool found = false;
	*seen = (struct searched) { 0 };
	for (size_t i = 0; i < ram->n; i++) {
		const struct extent *x = &ram->v[i];
		if (x->off >= ram->end)
			continue;
		/* What lies behind the file's end is not there. */
		const uint64_t have = ram->end - x->off;
		const paddr_t last = x->first + u64_min(x->last - x->first, have - 1);
		paddr_t pa = x->first - x->first % PLACE_ALIGN + code->va % PLACE_ALIGN;
		if (pa < x->first && !u64_add(pa, PLACE_ALIGN, &pa))
			break;	/* extents ascend */
		while (pa <= last) {
			seen->cut = pa > machine->highest || seen->places == PLACES_MAX;
			if (seen->cut)
				return found;
			seen->places++;
			seen->last = pa;
			const uint64_t delta = pa - code->va;
			struct mmu mmu;
			if (machine->tables(full, delta, &mmu, NULL) == KV_OK &&
			    agrees(full, &mmu, delta, code)) {
				const bool sure = holds_code(full, pa, code);
				if (sure || !found)
					*ret = mmu;
				if (sure)
					return true;
				found = true;
			}
			if (!u64_add(pa, PLACE_ALIGN, &pa))
				return found;
		}
	}
	return found;
}

/*
 * Searches memory for a kernel whose tables map it where it is: a loader's stale copy, which lacks
 * them, may lie elsewhere.  Kernels patch their code, and so it decides only if two are there.
 */
static enum kv_status
search(const struct full *full, const struct full_machine *machine, const struct code *code,
    struct mmu *ret, struct kv_err *err)
{
	if (!code->known)
		return kv_fail(err, KV_EUNSUP, "%s: where the kernel lies in memory is not known "
		    "(%s), and %s has no segment of code to search for", full->img->name,
		    machine->missing, full->kernel->name);
	struct searched seen;
	image_random(full->dump->mem.img, true);
	const bool found = search_places(full, machine, code, ret, &seen);
	image_random(full->dump->mem.img, false);
	if (found)
		return KV_OK;
	const uint64_t missing = format_missing(&full->dump->ram);
	if (missing > 0)
		return kv_fail(err, KV_ETRUNC, "%s: the file is truncated: %#jx bytes of its memory are "
		    "missing, and the kernel's page tables among them, it seems (%s)", full->img->name,
		    (uintmax_t)missing, machine->missing);
	return kv_fail(err, KV_EFORMAT, "%s: where the kernel lies in memory is not known (%s): at no "
	    "multiple of %#jx in the dump is a kernel whose page tables map it there (places tried: %ju, "
	    "the last at %#jx%s): is %s the kernel of this dump?", full->img->name, machine->missing,
	    (uintmax_t)PLACE_ALIGN, (uintmax_t)seen.places, (uintmax_t)seen.last,
	    seen.cut ? ", as far as it is searched for" : "", full->kernel->name);
}

static enum kv_status
find_tables(const struct full *full, const struct full_machine *machine, struct mmu *ret,
    struct kv_err *err)
{
	if (full->has_delta)
		return machine->tables(full, full->delta, ret, err);
	struct code code;
	code_get(full, &code);
	if (machine->delta != NULL) {
		uint64_t delta;
		bool sure = false;
		enum kv_status s = machine->delta(full, &delta, &sure, err);
		if (s != KV_OK)
			return s;
		s = machine->tables(full, delta, ret, sure ? err : NULL);
		if (sure || s == KV_EUNSUP)
			return sure ? s : machine->tables(full, delta, ret, err);
		if (s == KV_OK && agrees(full, ret, delta, &code))
			return KV_OK;
	} else {
		/* For the sentence about a symbol that is missing, whatever is searched for. */
		enum kv_status s = machine->tables(full, 0, ret, err);
		if (s == KV_EUNSUP)
			return s;
	}
	return search(full, machine, &code, ret, err);
}

static enum kv_status
decode(const struct full *full, const struct full_machine *machine, struct kv_err *err)
{
	struct dump *dump = full->dump;
	struct mmu mmu;
	format_index(&dump->ram);
	enum kv_status s = find_tables(full, machine, &mmu, err);
	if (s != KV_OK)
		return s;
	dump->root = mmu.root.addr;
	dump->vabits = mmu.va_bits;
	return dump_range(dump, 0, low_mask(dump->bits), &mmu, err);
}

enum kv_status
full_elf(const struct full_machine *machine, struct dump *dump, struct image *img, uint64_t off,
    const struct port_kernel *kernel, struct kv_err *err)
{
	struct elfcore core;
	enum kv_status s = elfcore_read(&core, img, off, err);
	if (s != KV_OK)
		return s;
	struct full full = { .dump = dump, .img = img, .kernel = kernel, .pagesize = core.align,
		.has_delta = core.has_delta, .delta = core.delta_pa - core.delta_va };
	if (core.is_virtual)
		s = kv_fail(err, KV_EUNSUP, "%s: an ELF core by virtual addresses, which %s/%s does not "
		    "write", img->name, dump->port->os, dump->port->machine);
	else
		s = elfcore_physical(&core, img, &dump->ram, err);
	elfcore_fini(&core);
	return s == KV_OK ? decode(&full, machine, err) : s;
}

enum kv_status
full_raw(const struct full_machine *machine, struct dump *dump, struct image *img,
    const struct port_kernel *kernel, struct kv_err *err)
{
	const struct full full = { .dump = dump, .img = img, .kernel = kernel,
		.pagesize = machine->raw_pagesize };
	return decode(&full, machine, err);
}
