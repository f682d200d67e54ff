/* SPDX-License-Identifier: BSD-2-Clause */
/* Load average and CPU times.  Names and texts as in the BSDs' lib/libkvm. */
#include "api/handle.h"

#include <limits.h>
#include <string.h>

int
kvm_getloadavg(kvm_t *kd, double loadavg[], int nelem)
{
	/* sys/resource.h of all: struct loadavg { fixpt_t ldavg[3]; long fscale; }, fixpt_t 32 bits. */
	enum { NAVG = 3, FIXPT = 4 };
	struct kvm_symbol sym;
	uint64_t avg[NAVG], scale;
	if (kd->dump.port == NULL) {
		err_refuse(kd, __func__);
		return -1;
	}
	const unsigned word = kernel_word(kd), scale_off = word == 8 ? 16 : NAVG * FIXPT;
	if (!kernel_symbol(kd, "averunnable", &sym)) {
		err_hard(kd, "_averunnable: no such symbol in %s", kvm_getkernelname(kd));
		return -1;
	}
	bool there = kernel_uint(kd, sym.ky_value + scale_off, word, &scale);
	for (unsigned i = 0; there && i < NAVG; i++)
		there = kernel_uint(kd, sym.ky_value + i * FIXPT, FIXPT, &avg[i]);
	if (!there) {
		err_hard(kd, "can't read averunnable: %s", kd->deep.text);
		return -1;
	}
	/* An int, which is there for the sake of sysctl. */
	if (kernel_symbol(kd, "fscale", &sym)) {
		uint64_t other;
		if (kernel_uint(kd, sym.ky_value, 4, &other) && other != 0)
			scale = other;
	}
	if (scale == 0) {
		err_hard(kd, "can't read averunnable: its fscale is 0");
		return -1;
	}
	if (nelem > NAVG)
		nelem = NAVG;
	for (int i = 0; i < nelem; i++)
		loadavg[i] = (double)avg[i] / (double)scale;
	return nelem;
}

enum { CPUSTATES = 5 };	/* FreeBSD sys/resource.h */

/* Adds an array of the target's long. */
static bool
times_add(kvm_t *kd, const uint8_t *p, uint64_t sum[CPUSTATES])
{
	const unsigned word = kernel_word(kd);
	for (unsigned i = 0; i < CPUSTATES; i++) {
		const uint64_t part = kernel_get(kd, p + i * word, word);
		if (part > (uint64_t)LONG_MAX - sum[i]) {
			err_hard(kd, "cannot read cp_time array: state %u is %#jx, too large for "
			    "this host's long after a sum of %#jx", i, (uintmax_t)part,
			    (uintmax_t)sum[i]);
			return false;
		}
		sum[i] += part;
	}
	return true;
}

/* Adds up what each CPU has. */
static bool
times_of_cpus(kvm_t *kd, uint64_t sum[CPUSTATES])
{
	struct kvm_symbol array;
	struct elf_member m;
	uint8_t p[CPUSTATES * 8];
	const unsigned word = kernel_word(kd);
	const int max = kvm_getmaxcpu(kd);
	if (max == -1)
		return false;
	if (!kernel_symbol(kd, "cpuid_to_pcpu", &array)) {
		err_hard(kd, "unable to find cpuid_to_pcpu: not in name list of %s",
		    kvm_getkernelname(kd));
		return false;
	}
	if (!kernel_offsetof(kd, "pcpu", "pc_cp_time", &m)) {
		err_hard(kd, "cannot read cp_time array: %s", kd->deep.text);
		return false;
	}
	if (m.size != CPUSTATES * word) {
		err_hard(kd, "cannot read cp_time array: pc_cp_time has %ju bytes, wanted %u",
		    (uintmax_t)m.size, CPUSTATES * word);
		return false;
	}
	for (unsigned cpu = 0; cpu < (unsigned)max; cpu++) {
		uint64_t pcpu;
		if (!kernel_uint(kd, array.ky_value + cpu * word, word, &pcpu) ||
		    (pcpu != 0 && !kernel_read(kd, pcpu + m.off, p, CPUSTATES * word))) {
			err_hard(kd, "unable to read per-CPU data: %s", kd->deep.text);
			return false;
		}
		if (pcpu != 0 && !times_add(kd, p, sum))
			return false;
	}
	return true;
}

int
kvm_getcptime(kvm_t *kd, long *cp_time)
{
	struct kvm_symbol sym;
	uint64_t sum[CPUSTATES] = { 0 };
	uint8_t p[CPUSTATES * 8];
	if (kd == NULL)
		return 0;
	if (strcmp(os_of(kd), "freebsd") != 0) {
		err_refuse(kd, __func__);
		return -1;
	}
	if (kernel_symbol(kd, "cp_time", &sym)) {
		if (!kernel_read(kd, sym.ky_value, p, CPUSTATES * kernel_word(kd))) {
			err_hard(kd, "cannot read cp_time array: %s", kd->deep.text);
			return -1;
		}
		if (!times_add(kd, p, sum))
			return -1;
	} else if (!times_of_cpus(kd, sum))
		return -1;
	for (unsigned i = 0; i < CPUSTATES; i++)
		cp_time[i] = (long)sum[i];
	return 0;
}
