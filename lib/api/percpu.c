/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FreeBSD's per-CPU data: struct pcpu, the dynamic per-CPU variables (DPCPU) and the UMA zones
 * with one item for each CPU.  Names and texts as in FreeBSD's lib/libkvm/kvm_pcpu.c.
 */
#include "api/handle.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* FreeBSD's largest MAXCPU is 1024 (sys/amd64/include/param.h); a larger number is damage. */
#define CPUS_MAX	65536u

/* Whether the handle has these at all.  Else reports it. */
static bool
has_percpu(kvm_t *kd, const char *who)
{
	if (strcmp(os_of(kd), "freebsd") == 0)
		return true;
	err_refuse(kd, who);
	return false;
}

static bool
fail_deep(kvm_t *kd, const char *text)
{
	err_hard(kd, "%s: %s", text, kd->deep.text);
	return false;
}

/* For what variable() and count() leave in kd->deep. */
static bool
fail(kvm_t *kd)
{
	err_hard(kd, "%s", kd->deep.text);
	return false;
}

static bool
variable(kvm_t *kd, const char *name, vaddr_t *ret)
{
	struct kvm_symbol sym;
	if (kernel_symbol(kd, name, &sym)) {
		*ret = sym.ky_value;
		return true;
	}
	(void)kv_fail(&kd->deep, KV_EUNSUP, "unable to find %s: not in name list of %s", name,
	    kvm_getkernelname(kd));
	return false;
}

/* A number of CPUs. */
static bool
count(kvm_t *kd, const char *name, unsigned *ret)
{
	vaddr_t va;
	uint64_t n;
	if (!variable(kd, name, &va))
		return false;
	if (!kernel_uint(kd, va, 4, &n)) {
		(void)kv_prefix(&kd->deep, "cannot read %s", name);
		return false;
	}
	if (n == 0 || n > CPUS_MAX) {
		(void)kv_fail(&kd->deep, KV_EFORMAT, "cannot read %s: it is %ju at %#jx, wanted 1 to %u",
		    name, (uintmax_t)n, (uintmax_t)va, CPUS_MAX);
		return false;
	}
	*ret = (unsigned)n;
	return true;
}

int
kvm_getmaxcpu(kvm_t *kd)
{
	unsigned n;
	if (kd == NULL)
		return 0;
	return has_percpu(kd, __func__) && (count(kd, "mp_maxcpus", &n) || fail(kd)) ? (int)n : -1;
}

int
kvm_getncpus(kvm_t *kd)
{
	unsigned n;
	return has_percpu(kd, __func__) && (count(kd, "mp_ncpus", &n) || fail(kd)) ? (int)n : -1;
}

static bool
pcpu_size(kvm_t *kd, uint64_t *ret)
{
	enum { LARGEST = 1 << 20 };
	if (!kernel_sizeof(kd, "pcpu", ret))
		return fail_deep(kd, "unable to find the size of struct pcpu");
	if (*ret == 0 || *ret > LARGEST) {
		err_hard(kd, "unable to find the size of struct pcpu: the debug information says "
		    "%ju, wanted 1 to %d", (uintmax_t)*ret, LARGEST);
		return false;
	}
	return true;
}

void *
kvm_getpcpu(kvm_t *kd, int cpu)
{
	void *const failed = (void *)(intptr_t)-1;
	unsigned max;
	vaddr_t array;
	uint64_t pcpu, size;
	if (kd == NULL)
		return NULL;
	if (!has_percpu(kd, __func__))
		return failed;
	if (!variable(kd, "cpuid_to_pcpu", &array) || !count(kd, "mp_maxcpus", &max)) {
		fail(kd);
		return failed;
	}
	if (cpu < 0 || (unsigned)cpu >= max)
		return NULL;
	if (!kernel_uint(kd, array + (unsigned)cpu * kernel_word(kd), kernel_word(kd), &pcpu)) {
		fail_deep(kd, "cannot read cpuid_to_pcpu array");
		return failed;
	}
	if (pcpu == 0)
		return NULL;
	if (!pcpu_size(kd, &size))
		return failed;
	void *copy = malloc((size_t)size);
	if (copy == NULL) {
		err_hard(kd, "out of memory: %ju bytes for struct pcpu", (uintmax_t)size);
		return failed;
	}
	if (!kernel_read(kd, pcpu, copy, (size_t)size)) {
		fail_deep(kd, "unable to read per-CPU data");
		free(copy);
		return failed;
	}
	return copy;
}

/* ---- Dynamic per-CPU variables ---------------------------------------------------- */

struct dpcpu {
	vaddr_t start, stop;	/* of the initial values */
	vaddr_t off;		/* the array of distances to each CPU's copy */
	unsigned max;
};

static bool
dpcpu_find(kvm_t *kd, struct dpcpu *ret)
{
	return variable(kd, "__start_set_pcpu", &ret->start) &&
	    variable(kd, "__stop_set_pcpu", &ret->stop) &&
	    variable(kd, "dpcpu_off", &ret->off) && count(kd, "mp_maxcpus", &ret->max);
}

static bool
dpcpu_offset(kvm_t *kd, const struct dpcpu *dpcpu, unsigned cpu, uint64_t *ret)
{
	return kernel_uint(kd, dpcpu->off + cpu * kernel_word(kd), kernel_word(kd), ret);
}

int
kvm_dpcpu_setcpu(kvm_t *kd, unsigned int cpu)
{
	struct dpcpu dpcpu;
	uint64_t off;
	if (!has_percpu(kd, __func__))
		return -1;
	if (!dpcpu_find(kd, &dpcpu)) {
		err_hard(kd, "%s: init failed: %s", __func__, kd->deep.text);
		return -1;
	}
	if (cpu >= dpcpu.max) {
		err_hard(kd, "%s: CPU %u too big: mp_maxcpus is %u", __func__, cpu, dpcpu.max);
		return -1;
	}
	if (!dpcpu_offset(kd, &dpcpu, cpu, &off)) {
		err_hard(kd, "%s: init failed: cannot read dpcpu_off: %s", __func__, kd->deep.text);
		return -1;
	}
	if (off == 0) {
		err_hard(kd, "%s: CPU %u not found: its dpcpu_off is 0", __func__, cpu);
		return -1;
	}
	kd->dpcpu_cpu = cpu;
	return 0;
}

bool
dpcpu_translate(kvm_t *kd, vaddr_t *va)
{
	/* What is missing is no error here: the symbol then stays what it is. */
	struct kvm_symbol start, stop, off, max;
	uint64_t distance, n;
	if (!kernel_symbol(kd, "__start_set_pcpu", &start) ||
	    !kernel_symbol(kd, "__stop_set_pcpu", &stop) ||
	    !kernel_symbol(kd, "dpcpu_off", &off) || !kernel_symbol(kd, "mp_maxcpus", &max) ||
	    !kernel_uint(kd, max.ky_value, 4, &n) || kd->dpcpu_cpu >= n)
		return false;
	const struct dpcpu dpcpu = { .off = off.ky_value };
	if (!dpcpu_offset(kd, &dpcpu, kd->dpcpu_cpu, &distance))
		return false;
	if (*va >= start.ky_value && *va < stop.ky_value)
		*va = (*va + distance) & low_mask(kd->dump.bits);
	return true;
}

/* ---- Zones with an item for each CPU ---------------------------------------------- */

/*
 * Where CPU 0's item lies.  On amd64 since version 13 what the kernel keeps is the distance
 * from __pcpu, which is a pointer there and in 12, and an array before: where the sum is mapped it
 * is meant, because the sum of two kernel addresses is none.
 */
static vaddr_t
zone_base(kvm_t *kd, vaddr_t base)
{
	struct kvm_symbol sym;
	uint64_t pcpu, byte;
	if (strcmp(kd->dump.port->machine, "amd64") != 0 || !kernel_symbol(kd, "__pcpu", &sym))
		return base;
	if (sym.ky_size > kernel_word(kd))
		pcpu = sym.ky_value;
	else if (!kernel_uint(kd, sym.ky_value, kernel_word(kd), &pcpu))
		return base;
	return kernel_uint(kd, base + pcpu, 1, &byte) ? base + pcpu : base;
}

ssize_t
kvm_read_zpcpu(kvm_t *kd, unsigned long base, void *buf, size_t size, int cpu)
{
	uint64_t step;
	if (!has_percpu(kd, __func__))
		return -1;
	if (cpu < 0) {
		err_soft(kd, "%s: CPU %d is negative", __func__, cpu);
		return -1;
	}
	if (!pcpu_size(kd, &step))
		return 0;
	return (ssize_t)kvm_read2(kd, zone_base(kd, base) + step * (unsigned)cpu, buf, size);
}

uint64_t
kvm_counter_u64_fetch(kvm_t *kd, unsigned long base)
{
	unsigned n;
	uint64_t step, sum = 0;
	if (!has_percpu(kd, __func__) || (!count(kd, "mp_ncpus", &n) && !fail(kd)) ||
	    !pcpu_size(kd, &step))
		return 0;
	const vaddr_t first = zone_base(kd, base);
	for (unsigned cpu = 0; cpu < n; cpu++) {
		uint64_t part;
		vaddr_t va = first + step * cpu;
		if (!kernel_uint(kd, va, 8, &part)) {
			err_address(kd, va);
			return 0;
		}
		sum += part;
	}
	return sum;
}
