/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "flavor.h"
#include "try.h"

void
fixture_options(const struct fixture *f, unsigned how, struct kvm_open_options *ret)
{
	const struct oracle *o = &f->o;

	*ret = (struct kvm_open_options){ .ko_size = sizeof(*ret), .ko_flags = how };
	if (!o->is_raw)
		return;
	ret->ko_flags |= KVM_OPEN_RAW;
	ret->ko_base = o->raw_base;
	ret->ko_regime = o->raw_regime;
	ret->ko_root = o->raw_root;
	ret->ko_vabits = o->raw_regime != NULL ? o->vabits : 0;
}

/* FreeBSD's function is given no argument of the caller's. */
static const struct oracle *resolver_oracle;

static int
resolver(const char *name, kvaddr_t *addr)
{
	const struct sym *sym = oracle_sym(resolver_oracle, name);

	if (sym == NULL)
		return -1;
	*addr = sym->va;
	return 0;
}

kvm_t *
fixture_try(const struct lib *lib, const struct fixture *f, const char *kernel, const char *file,
    int flags, unsigned how, char *err)
{
	struct kvm_open_options opt;

	if (!f->o.is_raw && how == 0 && flavor_resolves(lib, &f->o)) {
		resolver_oracle = &f->o;
		return lib->kvm_open2(kernel, file, flags, err, resolver);
	}
	if (!f->o.is_raw && how == 0)
		return lib->kvm_openfiles(kernel, file, NULL, flags, err);
	fixture_options(f, how, &opt);
	if (lib->kvm_open_image != NULL)
		return lib->kvm_open_image(kernel, file, flags, &opt, err);
	if (err != NULL)
		snprintf(err, LIB_ERRLEN, "the library has no kvm_open_image");
	return NULL;
}
