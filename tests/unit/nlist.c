/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libelf's <nlist.h> before kvm.h: it must compile, kvm_nlist2 must work, and kvm_nlist must be
 * out of reach, since struct nlist is the other one.
 */
#ifdef __has_include
#if __has_include(<nlist.h>)
#include <nlist.h>
#endif
#endif
#include "kvm.h"

#include <string.h>

#include "unit.h"

static int
resolve(const char *name, kvaddr_t *addr)
{
	if (strcmp(name, "_there") != 0)	/* verbatim */
		return -1;
	*addr = UINT64_C(0xffffffff80123456);
	return 0;
}

static void
test_resolver(void)
{
	struct kvm_open_options o = { .ko_size = sizeof(o), .ko_resolver = resolve };
	struct kvm_nlist nl[] = { { "_there", 9, 9 }, { "there", 9, 9 }, { "", 9, 9 } };
	kvm_t *kd = kvm_open_mem(NULL, NULL, 0, &o, NULL);
	if (!CHECK(kd != NULL, "an empty image opens"))
		return;
	CHECK_EQ("resolver", "missing", kvm_nlist2(kd, nl), 1);
	CHECK_EQ("resolver", "value", nl[0].n_value, UINT64_C(0xffffffff80123456));
	CHECK_EQ("resolver", "type", nl[0].n_type, N_DATA | N_EXT);
	CHECK_EQ("resolver", "value of none", nl[1].n_value, 0);
	CHECK_EQ("resolver", "type of none", nl[1].n_type, 0);
	CHECK_EQ("resolver", "past the end", nl[2].n_type, 9);
	kvm_close(kd);
}

static void
test_foreign(void)
{
#if defined(__GLIBC__) && defined(KVM_FOREIGN_NLIST)
	CHECK(sizeof(((struct nlist *)0)->n_value) == sizeof(long), "libelf's struct nlist");
#else
	unit_skip("this host has no foreign <nlist.h>");
#endif
}

static const struct unit_test tests[] = {
	{ "resolver", test_resolver },
	{ "foreign nlist.h", test_foreign },
	{ 0 },
};
const struct unit_suite unit_nlist = { "nlist", tests };
