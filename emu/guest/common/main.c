/* SPDX-License-Identifier: BSD-2-Clause */
/* From a machine with its tables on to a real panic: fill, verify, fault. */
#include "kernel.h"

/* What savecore(8) and kvm_nlist users look for. */
const char ostype[] = "NetBSD", osrelease[] = "10.99.12";
const char version[] = "NetBSD 10.99.12 (KCORE) panicking guest\n";
const char *panicstr;
int64_t time_second = 1700000000;
struct {
	int32_t	pagesize, pagemask, pageshift, npages;
} uvmexp = { 4096, 4095, 12, 0 };

static const uint64_t seed = UINT64_C(0x9a71c5eed0fface5);

/* splitmix64's finaliser. */
uint64_t
mix(uint64_t z)
{
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static bool
owned(uint64_t pa)
{
	return (pa >= kernel_first_pa && pa < kernel_end_pa) || machine_is_table(pa);
}

static bool
behind_a_fact(uint64_t pa)
{
	for (unsigned i = 0; i < nfacts; i++)
		if (facts[i].kind == FACT_RW && pa - facts[i].pa < facts[i].len)
			return true;
	return false;
}

static void
fill(uint64_t va, uint64_t pa, uint64_t len)
{
	for (uint64_t i = 0; i < len; i += 8)
		*(volatile uint64_t *)(va + i) = mix((pa + i) ^ seed);
}

static void
verify(const char *what, uint64_t va, uint64_t pa, uint64_t len)
{
	for (uint64_t i = 0; i < len; i += 8)
		if (*(volatile uint64_t *)(va + i) != mix((pa + i) ^ seed)) {
			print("wrong %s %x\n", what, va + i);
			machine_halt();
		}
}

/* An access that must end with exactly this (0: well) or the guest stops before it panics. */
static void
must(const struct fact *fact, uint64_t va, int write, uint64_t want)
{
	const uint64_t got = machine_try(va, write);

	if (got != want) {
		print("wrong %s %x write %d got %x wanted %x\n", fact->name, va, (uint64_t)write, got,
		    want);
		machine_halt();
	}
}

static void
prove(const struct fact *fact)
{
	const uint64_t last = fact->va + fact->len - 8;

	switch (fact->kind) {
	case FACT_RW:
	case FACT_ALIAS:
		must(fact, fact->va, 1, 0);
		must(fact, last, 1, 0);
		verify(fact->name, fact->va, fact->pa, fact->len);
		break;
	case FACT_RO:
		must(fact, fact->va, 1, FAULTED | machine_protection_error());
		must(fact, last, 0, 0);
		verify(fact->name, fact->va, fact->pa, fact->len);
		break;
	case FACT_HOLE:
		must(fact, fact->va, 0, FAULTED | machine_hole_error());
		must(fact, last, 0, FAULTED | machine_hole_error());
		break;
	case FACT_RESERVED:
		must(fact, fact->va, 0, FAULTED | machine_reserved_error());
		must(fact, last, 0, FAULTED | machine_reserved_error());
		break;
	}
	print("fact %s %x %x %x\n", fact->name, fact->va, fact->len, fact->pa);
}

void
kernel_main(void)
{
	uint64_t filled = 0;

	machine_map();
	print("%s", version);
	print("seed %x\n", seed);
	print("root %x\n", machine_root());
	for (unsigned i = 0; i < nclusters; i++) {
		print("cluster %x %x\n", clusters[i].start, clusters[i].size);
		uvmexp.npages += (int32_t)(clusters[i].size / PAGE);
	}
	print("kernel %x %x\n", kernel_first_pa, kernel_end_pa - kernel_first_pa);
	for (unsigned i = 0; i < nfacts; i++)	/* through the mappings under test first */
		if (facts[i].kind == FACT_RW)
			fill(facts[i].va, facts[i].pa, facts[i].len);
	for (unsigned i = 0; i < nclusters; i++)	/* the rest through the direct map */
		for (uint64_t pa = clusters[i].start; pa < clusters[i].start + clusters[i].size;
		    pa += PAGE) {
			if (owned(pa))
				continue;
			if (!behind_a_fact(pa))
				fill(machine_direct(pa), pa, PAGE);
			else
				verify("direct", machine_direct(pa), pa, PAGE);
			filled += PAGE;
		}
	print("filled %x\n", filled);
	for (unsigned i = 0; i < nfacts; i++)
		prove(&facts[i]);
	machine_panic_by_fault();
}

_Noreturn void
panic(const char *why, uint64_t number)
{
	panicstr = why;
	print("panic: %s%x\n", why, number);
	machine_debugger();
	dumpsys();
	machine_halt();
}
