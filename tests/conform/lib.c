/* SPDX-License-Identifier: BSD-2-Clause */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib.h"
#include "util.h"

/* CONFORM_ALONE: built where none of ours is, for another library only. */
bool
lib_linked(struct lib *lib)
{
#ifdef CONFORM_ALONE
	*lib = (struct lib){ .ours = false };
	return false;
#else
	*lib = (struct lib){
#define FN(result, name, required, parameters) .name = name,
		LIB_FUNCTIONS(FN)
#undef FN
		.ours = true,
	};
	return true;
#endif
}

/* POSIX promises that dlsym's object pointer holds a function; C has no cast for it. */
static bool
symbol(void *handle, const char *name, void *ret, size_t size)
{
	void *p = dlsym(handle, name);

	if (p == NULL || size != sizeof(p))
		return false;
	memcpy(ret, &p, sizeof(p));
	return true;
}

bool
lib_load(struct lib *lib, const char *path, char err[LIB_ERRLEN])
{
	/* Without a slash dlopen would search the system's folders. */
	char *file = strchr(path, '/') != NULL ? xstrdup(path) : xasprintf("./%s", path);

	*lib = (struct lib){ .handle = dlopen(file, RTLD_NOW | RTLD_LOCAL) };
	if (lib->handle == NULL) {
		snprintf(err, LIB_ERRLEN, "%s", dlerror());
		free(file);
		return false;
	}
	free(file);
#define FN(result, name, required, parameters)                                                 \
	if (!symbol(lib->handle, #name, &lib->name, sizeof(lib->name)) && (required)) {        \
		snprintf(err, LIB_ERRLEN, "%s: no function %s: not a libkvm", path, #name);    \
		return false;                                                                  \
	}
	LIB_FUNCTIONS(FN)
#undef FN
	lib->ours = lib->kvm_getinfo != NULL;
	return true;
}

void
lib_fini(struct lib *lib)
{
	if (lib->handle != NULL)
		dlclose(lib->handle);
	lib->handle = NULL;
}

kssize_t
lib_read(const struct lib *lib, kvm_t *kd, uint64_t va, void *buf, size_t len)
{
	if (va <= ULONG_MAX)
		return lib->kvm_read(kd, (unsigned long)va, buf, len);
	return lib->kvm_read2 != NULL ? lib->kvm_read2(kd, va, buf, len) : -1;
}

kssize_t
lib_write(const struct lib *lib, kvm_t *kd, uint64_t va, const void *buf, size_t len)
{
	if (va <= ULONG_MAX)
		return lib->kvm_write(kd, (unsigned long)va, buf, len);
	return lib->kvm_write2 != NULL ? lib->kvm_write2(kd, va, buf, len) : -1;
}
