/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "range.h"

const char *
range_kind_name(enum kvm_kind kind)
{
	switch (kind) {
	case KVM_MAPPED:
		return "mapped";
	case KVM_UNMAPPED:
		return "unmapped";
	case KVM_ABSENT:
		return "absent";
	case KVM_TRUNCATED:
		return "truncated";
	case KVM_UNKNOWN:
		return "unknown";
	}
	return "not a kind";
}

/* An absent line may stand for a page table that is absent: then nobody knows what lies below. */
static bool
kind_agrees(enum span_kind want, enum kvm_kind got)
{
	switch (want) {
	case SPAN_MAP:
		return got == KVM_MAPPED;
	case SPAN_HOLE:
		return got == KVM_UNMAPPED;
	case SPAN_ABSENT:
		return got == KVM_ABSENT || got == KVM_UNKNOWN;
	case SPAN_SHORT:
		return got == KVM_TRUNCATED || got == KVM_UNKNOWN;
	}
	return false;
}

/* The bytes in the core at the offset that the library names. */
static bool
offset_agrees(struct subject *s, const struct kvm_range *kr, uint64_t va, uint64_t pa)
{
	uint8_t got[16], want[16];
	bool known[16];
	uint64_t left = kr->kr_last - va;
	size_t n = left < sizeof(got) ? (size_t)left + 1 : sizeof(got);

	if (kr->kr_offset < 0) {
		report_fail(s->r, "0x%" PRIx64 " is mapped, but its offset is %" PRId64, va, kr->kr_offset);
		return false;
	}
	memory_want(&s->f->m, pa, n, want, known);
	if (pread(s->f->m.fd, got, n, (off_t)((uint64_t)kr->kr_offset + (va - kr->kr_first))) !=
	    (ssize_t)n) {
		report_fail(s->r, "0x%" PRIx64 " is mapped, but offset 0x%" PRIx64 " of the core does not "
		    "read", va, (uint64_t)kr->kr_offset + (va - kr->kr_first));
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (known[i] && got[i] != want[i]) {
			report_fail(s->r, "0x%" PRIx64 ": the core holds %02x at offset 0x%" PRIx64
			    ", physical 0x%" PRIx64 " is %02x", va + i, got[i],
			    (uint64_t)kr->kr_offset + (va - kr->kr_first) + i, pa + i, want[i]);
			return false;
		}
	return true;
}

static bool
paddr_agrees(struct subject *s, const struct kvm_range *kr, const struct span *sp, uint64_t lo)
{
	uint64_t want = sp->pa + (lo - sp->first), got = kr->kr_paddr + (lo - kr->kr_first);

	if (got == want)
		return true;
	report_fail(s->r, "0x%" PRIx64 ": the translation\n  wanted: physical 0x%" PRIx64
	    "\n  got:    physical 0x%" PRIx64, lo, want, got);
	return false;
}

static bool
map_agrees(struct subject *s, const struct kvm_range *kr, const struct span *sp, uint64_t lo,
    uint64_t hi)
{
	uint64_t pa = sp->pa + (lo - sp->first), tail = hi - lo >= 16 ? hi - 15 : lo;

	if (!paddr_agrees(s, kr, sp, lo))
		return false;
	if (sp->prot != PROT_UNSTATED && (!kr->kr_prot_known || kr->kr_prot != sp->prot)) {
		report_fail(s->r, "0x%" PRIx64 ": protection %s%u, wanted %u (1 read, 2 write, 4 execute)",
		    lo, kr->kr_prot_known ? "" : "not known, ", kr->kr_prot, sp->prot);
		return false;
	}
	return offset_agrees(s, kr, lo, pa) && offset_agrees(s, kr, tail, sp->pa + (tail - sp->first));
}

bool
range_agrees(struct subject *s, const struct kvm_range *kr)
{
	const struct oracle *o = s->o;

	if (kr->kr_first > kr->kr_last || kr->kr_last > o->top) {
		report_fail(s->r, "a range from 0x%" PRIx64 " to 0x%" PRIx64, kr->kr_first, kr->kr_last);
		return false;
	}
	for (size_t i = oracle_span_index(o, kr->kr_first);
	    i < o->nspan && o->span[i].first <= kr->kr_last; i++) {
		const struct span *sp = &o->span[i];
		uint64_t lo = sp->first > kr->kr_first ? sp->first : kr->kr_first;
		uint64_t hi = sp->last < kr->kr_last ? sp->last : kr->kr_last;

		if (!kind_agrees(sp->kind, kr->kr_kind)) {
			report_fail(s->r, "0x%" PRIx64 ": the range 0x%" PRIx64 " to 0x%" PRIx64
			    "\n  wanted: %s (line %u)\n  got:    %s", lo, kr->kr_first, kr->kr_last,
			    span_kind_name(sp->kind), sp->line, range_kind_name(kr->kr_kind));
			return false;
		}
		if (sp->kind == SPAN_MAP && !map_agrees(s, kr, sp, lo, hi))
			return false;
		if (sp->kind == SPAN_ABSENT && sp->has_pa && kr->kr_kind == KVM_ABSENT &&
		    !paddr_agrees(s, kr, sp, lo))
			return false;
	}
	return true;
}
