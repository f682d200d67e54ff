/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols: kvm_nlist, kvm_nlist2, kvm_symbol_find, kvm_symbol_at, kvm_each_symbol. */
#include "api/handle.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool
of_freebsd(const kvm_t *kd)
{
	return kd->dump.port != NULL && (strcmp(kd->dump.port->os, "freebsd") == 0 ||
	    strcmp(kd->dump.port->os, "dragonfly") == 0);
}

static void
symbol_from_elf(const kvm_t *kd, const struct symbol *sym, struct kvm_symbol *ret)
{
	*ret = (struct kvm_symbol) { .ky_name = sym->name, .ky_value = sym->value,
		.ky_size = sym->size, .ky_type = of_freebsd(kd) ?
		symbol_nlist_type_section(kd->elf, sym) : symbol_nlist_type(sym) };
}

static enum kv_status
no_kernel(struct kv_err *err)
{
	return kv_fail(err, KV_EUNSUP, "no kernel file was given");
}

enum kv_status
symbol_lookup(kvm_t *kd, const char *name, struct kvm_symbol *ret, bool *found,
    struct kv_err *err)
{
	*found = false;
	if (kd->resolver != NULL) {
		kvaddr_t value = 0;
		if (kd->resolver(name, &value) != 0)
			return KV_OK;
		*ret = (struct kvm_symbol) { .ky_name = name, .ky_value = value,
			.ky_type = N_DATA | N_EXT };
		*found = true;
		return KV_OK;
	}
	if (kd->elf == NULL)
		return no_kernel(err);
	const struct symbol *sym;
	enum kv_status s = elf_symbol_nlist(kd->elf, name, &sym, err);
	if (s != KV_OK || sym == NULL)
		return s;
	symbol_from_elf(kd, sym, ret);
	*found = true;
	return KV_OK;
}

/*
 * kvm_nlist's rule for a name that begins with '_'.  NetBSD looks for the rest only: there
 * "_foo" means foo even if there is a _foo.  That one is our answer if there is no foo.
 */
static const char *
nlist_name(kvm_t *kd, const char *name)
{
	struct kvm_symbol sym;
	bool found;
	bool netbsd = kd->dump.port == NULL || strcmp(kd->dump.port->os, "netbsd") == 0;
	if (name[0] == '_' && name[1] != '\0' && netbsd && kd->resolver == NULL &&
	    kd->elf != NULL &&
	    symbol_lookup(kd, name + 1, &sym, &found, NULL) == KV_OK && found &&
	    strcmp(sym.ky_name, name + 1) == 0)
		return name + 1;
	return name;
}

/*
 * FreeBSD's variables of a network stack and of a CPU: the symbol is that of the initial value,
 * the answer is where the value lies (lib/libkvm/kvm.c).
 */
static const struct {
	const char *prefix;
	bool (*translate)(kvm_t *kd, vaddr_t *va);
} elsewhere[] = {
	{ "vnet_entry_", vnet_translate },
	{ "pcpu_entry_", dpcpu_translate },
};

static enum kv_status
lookup_elsewhere(kvm_t *kd, const char *name, struct kvm_symbol *ret, bool *found,
    struct kv_err *err)
{
	const char *bare = name + (name[0] == '_');
	enum kv_status s = KV_OK;
	for (size_t i = 0; s == KV_OK && i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		size_t n = strlen(elsewhere[i].prefix);
		char *full = malloc(n + strlen(bare) + 1);
		if (full == NULL)
			return kv_fail(err, KV_ENOMEM, "no memory for a name of %zu bytes",
			    strlen(bare));
		memcpy(full, elsewhere[i].prefix, n);
		memcpy(full + n, bare, strlen(bare) + 1);
		s = symbol_lookup(kd, full, ret, found, err);
		free(full);
		ret->ky_name = name;
		if (s == KV_OK && *found) {
			/* As there, without the way to the value the name is not found. */
			*found = elsewhere[i].translate(kd, &ret->ky_value);
			if (*found)
				return KV_OK;
		}
	}
	return s;
}

int
kvm_nlist2(kvm_t *kd, struct kvm_nlist *nl)
{
	int missing = 0;
	if (kd->resolver == NULL && kd->elf == NULL) {
		no_kernel(&kd->deep);
		err_soft(kd, "bad namelist: %s", kd->deep.text);
		return -1;
	}
	for (; nl->n_name != NULL && nl->n_name[0] != '\0'; nl++) {
		struct kvm_symbol sym = { 0 };
		bool found;
		nl->n_type = N_UNDF;
		nl->n_value = 0;
		enum kv_status s = symbol_lookup(kd, nl->n_name, &sym, &found, &kd->deep);
		if (s == KV_OK && !found && of_freebsd(kd))
			s = lookup_elsewhere(kd, nl->n_name, &sym, &found, &kd->deep);
		if (s != KV_OK) {
			err_soft(kd, "bad namelist: %s", kd->deep.text);
			return -1;
		}
		if (found) {
			nl->n_type = sym.ky_type;
			nl->n_value = sym.ky_value;
		}
		missing += !found;
	}
	return missing;
}

int
kvm_nlist(kvm_t *kd, struct nlist *nl)
{
	int missing = 0;
	if (nl->n_name == NULL || nl->n_name[0] == '\0') {
		struct kvm_nlist end = { 0 };
		return kvm_nlist2(kd, &end);
	}
	for (; nl->n_name != NULL && nl->n_name[0] != '\0'; nl++) {
		struct kvm_nlist one[2] = { { .n_name = nlist_name(kd, nl->n_name) },
			{ 0 } };
		nl->n_type = N_UNDF;
		nl->n_other = 0;
		nl->n_desc = 0;
		nl->n_value = 0;
		int n = kvm_nlist2(kd, one);
		if (n == -1)
			return -1;
		if (one[0].n_value > ULONG_MAX) {
			err_soft(kd, "bad namelist: %s is %#jx, too large for this host's unsigned "
			    "long: use kvm_nlist2", nl->n_name, (uintmax_t)one[0].n_value);
			return -1;
		}
		nl->n_type = one[0].n_type;
		nl->n_value = (unsigned long)one[0].n_value;
		missing += n;
	}
	return missing;
}

int
kvm_symbol_find(kvm_t *kd, const char *name, struct kvm_symbol *symbol)
{
	bool found;
	if (symbol_lookup(kd, name, symbol, &found, &kd->deep) != KV_OK) {
		err_soft(kd, "bad namelist: %s", kd->deep.text);
		return -1;
	}
	return found ? 0 : 1;
}

int
kvm_symbol_at(kvm_t *kd, kvaddr_t va, struct kvm_symbol *symbol)
{
	const struct symbol *sym = NULL;
	va = va_of(kd, va);
	enum kv_status s = kd->elf == NULL ? no_kernel(&kd->deep) :
	    elf_symbol_at(kd->elf, va, &sym, &kd->deep);
	if (s != KV_OK) {
		err_soft(kd, "bad namelist: %s", kd->deep.text);
		return -1;
	}
	if (sym == NULL)
		return 1;
	symbol_from_elf(kd, sym, symbol);
	return 0;
}

struct symbol_adapter {
	const kvm_t *kd;
	kvm_symbol_cb_t *cb;
	void *arg;
};

static bool
symbol_forward(void *arg, const struct symbol *sym)
{
	enum { UNDEFINED = 0 };	/* System V gABI: has no address here */
	const struct symbol_adapter *to = arg;
	struct kvm_symbol symbol;
	if (sym->section == UNDEFINED)
		return true;
	symbol_from_elf(to->kd, sym, &symbol);
	return to->cb(&symbol, to->arg) != 0;
}

int
kvm_each_symbol(kvm_t *kd, kvm_symbol_cb_t *cb, void *arg)
{
	struct symbol_adapter to = { .kd = kd, .cb = cb, .arg = arg };
	enum kv_status s = kd->elf == NULL ? no_kernel(&kd->deep) :
	    elf_symbol_each(kd->elf, symbol_forward, &to, &kd->deep);
	if (s == KV_OK)
		return 0;
	err_soft(kd, "bad namelist: %s", kd->deep.text);
	return -1;
}
