/* SPDX-License-Identifier: BSD-2-Clause */
/* From a machine that just started to a real panic: map, fill, verify, prove, fault. */
#include "kernel.h"

/* What savecore(8) and kvm_nlist users look for. */
const char ostype[] = OSTYPE, osrelease[] = OSRELEASE;
const char version[] = OSTYPE " " OSRELEASE " (KCORE) panicking guest\n";
char panicbuf[128];
const char *panicstr;
int64_t time_second = 1700000000;
struct {
	int32_t	pagesize, pagemask, pageshift, npages;
} uvmexp = { 1 << PAGE_SHIFT, (1 << PAGE_SHIFT) - 1, PAGE_SHIFT, 0 };
uint64_t dumppcb[48];		/* the faulting CPU's registers, as in its trap frame */

const uint64_t seed = UINT64_C(0x9a71c5eed0fface5);

static volatile struct {
	bool	on;
	uint64_t va;
	enum outcome outcome;
} trying;
static volatile unsigned cpus = 1, stop, stopped;
bool switched;
volatile uint32_t debugger_continue;	/* the harness sets it */
extern const char text_start[], kernel_end[];

/* splitmix64's finaliser. */
static uint64_t
mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* Hash content is little-endian on every target. */
static uint64_t
word_at(uint64_t pa)
{
	return le64(mix(pa ^ seed));
}

bool
in_ram(uint64_t pa)
{
	for (unsigned i = 0; i < nclusters; i++)
		if (pa >= clusters[i].start && pa - clusters[i].start < clusters[i].size)
			return true;
	return false;
}

uint64_t
virt_pa(const volatile void *at)
{
	const uintptr_t va = (uintptr_t)at;

	if (va >= (uintptr_t)text_start && va < (uintptr_t)kernel_end)
		return va - KERNEL_OFFSET;
	return DIRECT_PA(va);
}

uintptr_t
device_va(uint64_t pa)
{
	return switched ? (uintptr_t)DEVICE_VA(pa) : (uintptr_t)BOOT_VA(pa);
}

/* Calls for each hashed page behind a mapping: it may reach far beyond RAM. */
static void
each_page(void (*page_fn)(uint64_t va, uint64_t pa), uint64_t va, uint64_t pa, uint64_t len)
{
	for (unsigned i = 0; i < nclusters; i++) {
		const uint64_t end = clusters[i].start + clusters[i].size;
		uint64_t at = clusters[i].start > pa ? clusters[i].start : pa;

		for (; at < end && at - pa < len; at += PAGE)
			if (!owned(at))
				page_fn(va + (at - pa), at);
	}
}

static void
fill_page(uint64_t va, uint64_t pa)
{
	volatile uint64_t *at = (volatile uint64_t *)(uintptr_t)va;

	for (unsigned i = 0; i < PAGE / 8; i++)
		at[i] = word_at(pa + 8 * i);
}

static void
verify_page(uint64_t va, uint64_t pa)
{
	volatile uint64_t *at = (volatile uint64_t *)(uintptr_t)va;

	for (unsigned i = 0; i < PAGE / 8; i++)
		if (at[i] != word_at(pa + 8 * i)) {
			print("wrong word %x at %x\n", at[i], va + 8 * i);
			halt();
		}
}

bool
try_fault(uint64_t va, enum outcome outcome)
{
	if (!trying.on || va != trying.va)
		return false;
	trying.on = false;
	trying.outcome = outcome;
	return true;
}

/* An access that must end with exactly this or the guest stops before it panics. */
static void
must(uint64_t va, enum access access, enum outcome want)
{
	trying.va = va;
	trying.outcome = WELL;
	trying.on = true;
	machine_try((uintptr_t)va, access);
	trying.on = false;
	if (trying.outcome != want && (trying.outcome == WELL || want == WELL ||
	    (trying.outcome != FAULTED && want != FAULTED))) {
		print("wrong access %x to %x ended with %x wanted %x\n", U(access), va,
		    U(trying.outcome), U(want));
		halt();
	}
}

/* A read that may end in any way. */
static void
touch(uint64_t va)
{
	trying.va = va;
	trying.on = true;
	machine_try((uintptr_t)va, READ);
	trying.on = false;
}

static void
prove_byte(const struct fact *f, uint64_t offset)
{
	const uint64_t va = f->va + offset, code = (uintptr_t)machine_code;
	const uint64_t page = (f->pa + offset) & ~(PAGE - 1);

	must(va, READ, f->prot & PROT_R ? WELL : DENIED);
	must(va, WRITE, f->prot & PROT_W ? WELL : DENIED);
	if ((f->prot & PROT_X) == 0)
		must(va & ~UINT64_C(15), EXECUTE, DENIED);
	else if (page == ((code - KERNEL_OFFSET) & ~(PAGE - 1)))
		must((va & ~(PAGE - 1)) + (code & (PAGE - 1)), EXECUTE, WELL);
}

/* The first and the last byte of it that is RAM, and of a few pages each. */
static void
prove_ends(const struct fact *f)
{
	uint64_t low = f->len, high = 0;

	for (unsigned i = 0; i < nclusters; i++) {
		const uint64_t start = clusters[i].start, end = start + clusters[i].size;

		if (end <= f->pa || start >= f->pa + f->len)
			continue;
		if (low == f->len)
			low = start > f->pa ? start - f->pa : 0;
		high = end < f->pa + f->len ? end - f->pa : f->len;
	}
	for (uint64_t at = low + PAGE; at < high && high - low <= 16 * PAGE; at += PAGE)
		prove_byte(f, at);
	if (high > 0) {
		prove_byte(f, low);
		prove_byte(f, high - 1);
	}
}

static void
prove(const struct fact *f)
{
	switch (f->kind) {
	case MAP:
	case FILL:
		prove_ends(f);
		if (f->prot & PROT_R)
			each_page(verify_page, f->va, f->pa, f->len);
		/* FALLTHROUGH */
	case FRAME:
		if (f->kind == FRAME)		/* whatever is there, if anything */
			touch(f->va);
		/* FALLTHROUGH */
	case DEVICE:
		print("map %x %x %x %p\n", f->va, f->pa, f->len, U(f->prot));
		break;
	case HOLE_:
		must(f->va, READ, UNMAPPED);
		must(f->va + f->len - 8, READ, UNMAPPED);
		must(f->va, WRITE, UNMAPPED);
		must(f->va, EXECUTE, HOLE_FETCH);
		print("hole %x %x\n", f->va, f->len);
		break;
	case RESERVED_:
		must(f->va, READ, RESERVED);
		must(f->va + f->len - 8, READ, RESERVED);
		print("reserved %x %x\n", f->va, f->len);
		break;
	case RECURSIVE:
		print("recursive %x %x\n", f->va, f->len);
		break;
	}
}

/* Reads memory through one mapping after the other, all of them once, until it is told to stop. */
void
kernel_second_cpu(void)
{
	while (!stop) {
		for (unsigned i = 0; i < nfacts; i++)
			if (facts[i].kind == FILL)
				each_page(verify_page, facts[i].va, facts[i].pa, PAGE);
		cpus = 2;
	}
	stopped = 1;
	for (;;)
		CPU_IDLE;
}

_Noreturn void
kernel_main(void)
{
	machine_init();
	plan();
	machine_plan();
	machine_switch();
	switched = true;
	print("%s", version);
	print("seed %x\n", seed);
	print("kernel %x %x\n", virt_pa(text_start), U(kernel_end - text_start));
	machine_registers();
	for (unsigned i = 0; i < nclusters; i++) {
		print("cluster %x %x\n", clusters[i].start, clusters[i].size);
		uvmexp.npages += (int32_t)(clusters[i].size >> PAGE_SHIFT);
	}
	for (unsigned i = 0; i < nfacts; i++)	/* through the mappings under test first */
		if (facts[i].kind == FILL)
			each_page(fill_page, facts[i].va, facts[i].pa, facts[i].len);
	for (unsigned i = 0; i < nfacts; i++)
		if (facts[i].kind == FILL)
			each_page(verify_page, facts[i].va, facts[i].pa, facts[i].len);
	for (unsigned i = 0; i < nclusters; i++)	/* the rest through the direct map */
		for (uint64_t pa = clusters[i].start; pa < clusters[i].start + clusters[i].size;
		    pa += PAGE) {
			bool filled = false;

			for (unsigned j = 0; j < nfacts; j++)
				if (facts[j].kind == FILL && pa - facts[j].pa < facts[j].len)
					filled = true;
			if (!filled && !owned(pa))
				fill_page(DIRECT_VA(pa), pa);
		}
	for (unsigned i = 0; i < nfacts; i++)
		prove(&facts[i]);
#if CPUS > 1
	machine_start_cpu();
	while (cpus < 2)
		continue;
	print("cpus 2\n");
#endif
	print("proved\n");
	*(volatile char *)(uintptr_t)HOLE = 1;
	print("wrong: the write to a hole went through\n");
	halt();
}

/* Keeps the faulting CPU's registers, and panics. */
_Noreturn void
trap_fatal(const char *what, uint64_t va, const void *frame, size_t size)
{
	memcpy(dumppcb, frame, size < sizeof dumppcb ? size : sizeof dumppcb);
	panic(what, va);
}

_Noreturn void
panic(const char *why, uint64_t number)
{
	static bool panicking;
	unsigned i = 0, shift = 64;

	if (panicking) {
		print("wrong: panic in panic: %s%x\n", why, number);
		halt();
	}
	panicking = true;
	stop = 1;
	while (cpus > 1 && !stopped)
		continue;
	for (; why[i] != '\0' && i < sizeof panicbuf - 17; i++)
		panicbuf[i] = why[i];
	while (shift > 4 && number >> (shift - 4) == 0)
		shift -= 4;
	for (; shift > 0; shift -= 4)
		panicbuf[i++] = "0123456789abcdef"[number >> (shift - 4) & 15];
	panicstr = panicbuf;
	print("panic: %s\ndebugger\n", panicbuf);
	while (debugger_continue == 0)		/* the harness looks at the machine here */
		continue;
#ifdef DUMP_PREPARE
	DUMP_PREPARE;
#endif
	dumpsys();
	halt();
}

_Noreturn void
halt(void)
{
	print("halted\n");
	for (;;)
		continue;
}
