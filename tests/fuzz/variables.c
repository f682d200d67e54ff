/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the API finds by the kernel's symbols and debug information: per-CPU data, network stacks,
 * swap devices, times.  The input is the kernel's ELF file, and what it would load is the memory
 * of the dump: damage to .data damages what the kernel's variables say.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bytes.h"
#include "fuzz.h"
#include "symbol/symbol.h"

enum { PAGE = 4096, NPAGES = 6, SMALL = 16, CPUS = 6, SWAP = 3, TIMES = 5 };
enum { EM_PPC = 20, EM_PPC64 = 21, EM_X86_64 = 62 };

/* Where kernels of tests/unit/kernel are linked to (tests/unit/module.mk). */
#define BASE_PPC	UINT64_C(0x00100000)
#define BASE_PPC64	UINT64_C(0xc000000000100000)
#define BASE_X86_64	UINT64_C(0xfffff80000200000)

/* Halves what cannot be read whole: a segment may begin or end inside. */
static void
load(struct elf_file *elf, uint64_t va, uint8_t *p, size_t len)
{
	if (elf_read_va(elf, va, p, len, NULL) == KV_OK)
		return;
	if (len > SMALL) {
		load(elf, va, p, len / 2);
		load(elf, va + len / 2, p + len / 2, len / 2);
	}
}

static void
put(uint8_t *p, uint64_t v, unsigned size, bool big)
{
	for (unsigned i = 0; i < size; i++)
		p[big ? size - 1 - i : i] = (uint8_t)(v >> 8 * i);
}

/* A core of one segment, whose address is virtual; returns where memory lies in it. */
static size_t
make_elf(uint8_t *image, unsigned word, unsigned machine, uint64_t base)
{
	const unsigned ehsize = word == 8 ? 64 : 52, phsize = word == 8 ? 56 : 32;
	memcpy(image, (uint8_t[]) { 0x7f, 'E', 'L', 'F', (uint8_t)(word / 4), 2, 1, 255 }, 8);
	put(image + 16, 4, 2, true);
	put(image + 18, machine, 2, true);
	put(image + 24 + word, ehsize, word, true);
	put(image + 28 + 3 * word, ehsize, 2, true);
	put(image + 30 + 3 * word, phsize, 2, true);
	put(image + 32 + 3 * word, 1, 2, true);
	uint8_t *ph = image + ehsize;
	put(ph, 1, 4, true);
	ph += word == 8 ? 8 : 4;	/* p_flags stands here, or later */
	const uint64_t members[] = { PAGE, base, UINT64_MAX, NPAGES * PAGE, NPAGES * PAGE };
	for (unsigned i = 0; i < 5; i++)
		put(ph + i * word, members[i], word, true);
	return PAGE;
}

/* A minidump of amd64, version 2 (sys/amd64/include/minidump.h), whose direct map has the memory. */
static size_t
make_minidump(uint8_t *image, uint64_t base)
{
	const uint64_t pa = 0x200000;
	memcpy(image, "minidump FreeBSD/amd64", 22);
	le32_put(image + 24, 2);
	le32_put(image + 32, PAGE);		/* bitmap */
	le32_put(image + 36, PAGE);		/* page directory */
	put(image + 40, UINT64_MAX << 30, 8, false);
	put(image + 48, base - pa, 8, false);
	put(image + 56, base + pa, 8, false);
	for (uint64_t k = pa / PAGE; k < pa / PAGE + NPAGES; k++)
		image[PAGE + k / 8] |= (uint8_t)(1 << k % 8);
	return 3 * PAGE;
}

/*
 * Names and what they come to; of two times the same.  Some are of variables that each CPU or network
 * stack has its own of.
 */
static void
check_names(kvm_t *kd)
{
	static const char *const names[] = { "proc0", "ticks", "if_count", "first", "both",
		"vnet_entry_both", "averunnable", "cpuid_to_pcpu", "nothing" };
	enum { N = sizeof(names) / sizeof(names[0]) };
	struct kvm_nlist once[N + 1] = { 0 }, again[N + 1] = { 0 };
	for (unsigned i = 0; i < N; i++)
		once[i].n_name = again[i].n_name = names[i];
	const int missing = kvm_nlist2(kd, once);
	MUST(missing >= -1 && missing <= N, "%d", missing);
	MUST(kvm_nlist2(kd, again) == missing, "then not %d", missing);
	for (unsigned i = 0; i < N; i++)
		MUST(once[i].n_value == again[i].n_value && once[i].n_type == again[i].n_type, "%s", names[i]);
	struct nlist old[N + 1] = { { 0 } };
	for (unsigned i = 0; i < N; i++)
		old[i].n_name = names[i];
	const int still = kvm_nlist(kd, old);
	MUST(still >= -1 && still <= N, "%d", still);
}

static void
check_cpus(kvm_t *kd)
{
	const int max = kvm_getmaxcpu(kd), n = kvm_getncpus(kd);
	MUST((max == -1 || max > 0) && (n == -1 || n > 0), "%d %d", max, n);
	MUST(max != -1 || kvm_geterr(kd)[0] != '\0', "no sentence");
	for (int cpu = -1; cpu < CPUS; cpu++) {
		void *const failed = (void *)(intptr_t)-1;
		void *pcpu = kvm_getpcpu(kd, cpu);
		MUST(pcpu == NULL || pcpu == failed || (cpu >= 0 && cpu < max), "CPU %d of %d", cpu, max);
		if (pcpu == failed)
			MUST(kvm_geterr(kd)[0] != '\0', "no sentence");
		else
			free(pcpu);
		const int set = kvm_dpcpu_setcpu(kd, (unsigned)cpu);
		MUST(set == -1 || (set == 0 && cpu < max), "CPU %d of %d: %d", cpu, max, set);
		if (set == 0 || cpu == -1)
			check_names(kd);
	}
}

static void
check_sums(kvm_t *kd)
{
	struct kvm_nlist nl[] = { { .n_name = "counters" }, { .n_name = NULL } };
	uint64_t item;
	if (kvm_nlist2(kd, nl) != 0)
		return;
	const unsigned long zone = (unsigned long)nl[0].n_value;
	const uint64_t sum = kvm_counter_u64_fetch(kd, zone);
	MUST(kvm_counter_u64_fetch(kd, zone) == sum, "then not %ju", (uintmax_t)sum);
	for (int cpu = -1; cpu < CPUS; cpu++) {
		const ssize_t n = kvm_read_zpcpu(kd, zone, &item, sizeof(item), cpu);
		MUST(n >= -1 && n <= (ssize_t)sizeof(item), "%zd", n);
	}
}

static void
check_all(kvm_t *kd)
{
	struct kvm_swap swap[SWAP];
	long times[TIMES], same[TIMES];
	double load[3];
	check_cpus(kd);
	check_sums(kd);
	for (int max = 0; max <= SWAP; max += SWAP) {
		const int n = kvm_getswapinfo(kd, swap, max, SWIF_DEV_PREFIX);
		MUST(n >= -1 && n <= max, "%d of %d", n, max);
		for (int i = 0; i < n; i++)
			MUST(memchr(swap[i].ksw_devname, '\0', sizeof(swap[i].ksw_devname)) != NULL, "%d", i);
	}
	const int n = kvm_getcptime(kd, times);
	MUST(kvm_getcptime(kd, same) == n && (n != 0 || memcmp(times, same, sizeof(times)) == 0), "%d", n);
	(void)kvm_getloadavg(kd, load, 3);
	(void)kvm_kerndisp(kd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t image[(3 + NPAGES) * PAGE];
	static char path[32];
	static int fd = -1;
	struct elf_file *elf;
	if (size < 20 || elf_file_open_mem(&elf, "kernel", data, size, NULL) != KV_OK)
		return 0;
	const bool wide = data[4] == 2;
	const unsigned machine = data[5] == 2 ? be16_get(data + 18) : le16_get(data + 18);
	uint64_t base = machine == EM_X86_64 ? BASE_X86_64 : wide ? BASE_PPC64 : BASE_PPC;
	memset(image, 0, sizeof(image));
	const size_t at = machine == EM_X86_64 ? make_minidump(image, base) :
	    make_elf(image, wide ? 8 : 4, wide ? EM_PPC64 : EM_PPC, base);
	for (size_t i = 0; i < NPAGES; i++)
		load(elf, base + i * PAGE, image + at + i * PAGE, PAGE);
	elf_file_close(elf);
	if (fd == -1) {
		fd = memfd_create("kernel", 0);
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	MUST(fd != -1 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size, "memfd");
	char err[2048] = "";
	kvm_t *kd = kvm_open_mem(path, image, at + NPAGES * PAGE, NULL, err);
	MUST(kd != NULL || err[0] != '\0', "no sentence");
	if (kd == NULL)
		return 0;
	check_all(kd);
	(void)kvm_close(kd);
	return 0;
}
