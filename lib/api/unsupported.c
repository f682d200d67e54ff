/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions of the BSDs that ask a running kernel, or look into structures whose layout only
 * the target's headers tell: each says so, and returns its family's error.
 */
#include "api/handle.h"

#include <errno.h>

static void
refuse(kvm_t *kd, const char *who)
{
	if (kd->no_files)
		err_soft(kd, "%s: not supported for a running kernel", who);
	else if (kd->dump.port == NULL)
		err_soft(kd, "%s: not supported for a file without a dump header", who);
	else
		err_soft(kd, "%s: not supported for dumps of %s/%s", who, kd->dump.port->os,
		    kd->dump.port->machine);
}

struct kinfo_proc *
kvm_getprocs(kvm_t *kd, int op, int arg, int *cnt)
{
	(void)op, (void)arg, (void)cnt;
	refuse(kd, __func__);
	return NULL;
}

struct kinfo_proc2 *
kvm_getproc2(kvm_t *kd, int op, int arg, size_t esize, int *cnt)
{
	(void)op, (void)arg, (void)esize, (void)cnt;
	refuse(kd, __func__);
	return NULL;
}

struct kinfo_lwp *
kvm_getlwps(kvm_t *kd, int pid, unsigned long paddr, size_t esize, int *cnt)
{
	(void)pid, (void)paddr, (void)esize, (void)cnt;
	refuse(kd, __func__);
	return NULL;
}

char **
kvm_getargv(kvm_t *kd, const struct kinfo_proc *kp, int nchr)
{
	(void)kp, (void)nchr;
	refuse(kd, __func__);
	return NULL;
}

char **
kvm_getenvv(kvm_t *kd, const struct kinfo_proc *kp, int nchr)
{
	(void)kp, (void)nchr;
	refuse(kd, __func__);
	return NULL;
}

char **
kvm_getargv2(kvm_t *kd, const struct kinfo_proc2 *kp, int nchr)
{
	(void)kp, (void)nchr;
	refuse(kd, __func__);
	return NULL;
}

char **
kvm_getenvv2(kvm_t *kd, const struct kinfo_proc2 *kp, int nchr)
{
	(void)kp, (void)nchr;
	refuse(kd, __func__);
	return NULL;
}

char *
kvm_getfiles(kvm_t *kd, int op, int arg, int *cnt)
{
	(void)op, (void)arg, (void)cnt;
	refuse(kd, __func__);
	return NULL;
}

int
kvm_getloadavg(kvm_t *kd, double loadavg[], int nelem)
{
	(void)loadavg, (void)nelem;
	refuse(kd, __func__);
	return -1;
}

int
kvm_getswapinfo(kvm_t *kd, struct kvm_swap *swap, int max, int flags)
{
	(void)swap, (void)max, (void)flags;
	if (kd == NULL)
		return 0;
	refuse(kd, __func__);
	return -1;
}

int
kvm_getcptime(kvm_t *kd, long *cp_time)
{
	(void)cp_time;
	if (kd == NULL)
		return 0;
	refuse(kd, __func__);
	return -1;
}

int
kvm_getmaxcpu(kvm_t *kd)
{
	if (kd == NULL)
		return 0;
	refuse(kd, __func__);
	return -1;
}

int
kvm_getncpus(kvm_t *kd)
{
	refuse(kd, __func__);
	return -1;
}

void *
kvm_getpcpu(kvm_t *kd, int cpu)
{
	(void)cpu;
	if (kd == NULL)
		return NULL;
	refuse(kd, __func__);
	return (void *)(intptr_t)-1;
}

int
kvm_dpcpu_setcpu(kvm_t *kd, unsigned int cpu)
{
	(void)cpu;
	refuse(kd, __func__);
	return -1;
}

ssize_t
kvm_read_zpcpu(kvm_t *kd, unsigned long base, void *buf, size_t size, int cpu)
{
	(void)base, (void)buf, (void)size, (void)cpu;
	refuse(kd, __func__);
	return -1;
}

uint64_t
kvm_counter_u64_fetch(kvm_t *kd, unsigned long base)
{
	(void)base;
	refuse(kd, __func__);
	return 0;
}

kssize_t
kvm_kerndisp(kvm_t *kd)
{
	refuse(kd, __func__);
	return 0;
}

ssize_t
kvm_uread(kvm_t *kd, pid_t pid, unsigned long uva, char *buf, size_t len)
{
	(void)pid, (void)uva, (void)buf, (void)len;
	refuse(kd, __func__);
	return -1;
}

struct vm_map_entry *
kvm_vm_map_entry_first(kvm_t *kd, struct vm_map *map, struct vm_map_entry *copy)
{
	(void)map, (void)copy;
	refuse(kd, __func__);
	return NULL;
}

struct vm_map_entry *
kvm_vm_map_entry_next(kvm_t *kd, struct vm_map_entry *entry, struct vm_map_entry *copy)
{
	(void)entry, (void)copy;
	refuse(kd, __func__);
	return NULL;
}

void
kvm_nch_cpuagg(struct nchstats *ncache, struct nchstats *total, int ncpus)
{
	(void)ncache, (void)total, (void)ncpus;
	errno = ENOSYS;
}
