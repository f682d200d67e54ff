/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Functions of the BSDs that ask a running kernel, or look into structures whose layout only
 * the target's headers tell: each says so, and returns its family's error.
 */
#include "api/handle.h"

#include <errno.h>

struct kinfo_proc *
kvm_getprocs(kvm_t *kd, int op, int arg, int *cnt)
{
	(void)op, (void)arg, (void)cnt;
	err_refuse(kd, __func__);
	return NULL;
}

struct kinfo_proc2 *
kvm_getproc2(kvm_t *kd, int op, int arg, size_t esize, int *cnt)
{
	(void)op, (void)arg, (void)esize, (void)cnt;
	err_refuse(kd, __func__);
	return NULL;
}

struct kinfo_lwp *
kvm_getlwps(kvm_t *kd, int pid, unsigned long paddr, size_t esize, int *cnt)
{
	(void)pid, (void)paddr, (void)esize, (void)cnt;
	err_refuse(kd, __func__);
	return NULL;
}

char **
kvm_getargv(kvm_t *kd, const struct kinfo_proc *kp, int nchr)
{
	(void)kp, (void)nchr;
	err_refuse(kd, __func__);
	return NULL;
}

char **
kvm_getenvv(kvm_t *kd, const struct kinfo_proc *kp, int nchr)
{
	(void)kp, (void)nchr;
	err_refuse(kd, __func__);
	return NULL;
}

char **
kvm_getargv2(kvm_t *kd, const struct kinfo_proc2 *kp, int nchr)
{
	(void)kp, (void)nchr;
	err_refuse(kd, __func__);
	return NULL;
}

char **
kvm_getenvv2(kvm_t *kd, const struct kinfo_proc2 *kp, int nchr)
{
	(void)kp, (void)nchr;
	err_refuse(kd, __func__);
	return NULL;
}

char *
kvm_getfiles(kvm_t *kd, int op, int arg, int *cnt)
{
	(void)op, (void)arg, (void)cnt;
	err_refuse(kd, __func__);
	return NULL;
}

ssize_t
kvm_uread(kvm_t *kd, pid_t pid, unsigned long uva, char *buf, size_t len)
{
	(void)pid, (void)uva, (void)buf, (void)len;
	err_refuse(kd, __func__);
	return -1;
}

struct vm_map_entry *
kvm_vm_map_entry_first(kvm_t *kd, struct vm_map *map, struct vm_map_entry *copy)
{
	(void)map, (void)copy;
	err_refuse(kd, __func__);
	return NULL;
}

struct vm_map_entry *
kvm_vm_map_entry_next(kvm_t *kd, struct vm_map_entry *entry, struct vm_map_entry *copy)
{
	(void)entry, (void)copy;
	err_refuse(kd, __func__);
	return NULL;
}

void
kvm_nch_cpuagg(struct nchstats *ncache, struct nchstats *total, int ncpus)
{
	(void)ncache, (void)total, (void)ncpus;
	errno = ENOSYS;
}
