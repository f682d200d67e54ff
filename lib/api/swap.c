/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Swap devices: FreeBSD's list of struct swdevt, and DragonFly's array of them.  The members'
 * places come from the kernel's debug information.
 */
#include "api/handle.h"

#include <string.h>

/* A list that goes round ends here: no kernel has as many devices. */
#define DEVICES_MAX	4096u

static bool
cannot(kvm_t *kd, const char *what)
{
	err_hard(kd, "cannot read %s: %s", what, kd->deep.text);
	return false;
}

/* The name of a character device, which the kernel has beside it; else its number. */
static void
device_name(kvm_t *kd, vaddr_t sp, uint64_t dev, char *buf, size_t size)
{
	struct elf_member m;
	uint64_t at;
	bool there = kernel_member(kd, sp, "swdevt", "sw_vp", &at) && at != 0 &&
	    kernel_member(kd, at, "vnode", "v_rdev", &at) && at != 0 &&
	    kernel_offsetof(kd, "cdev", "si_name", &m);
	if (there && m.size == kernel_word(kd)) {
		there = kernel_uint(kd, at + m.off, kernel_word(kd), &at);
		m = (struct elf_member) { 0, size };
	}
	/* Byte by byte: a short name may end where the memory ends.  buf is all zeros. */
	for (size_t i = 0; there && i < size - 1 && i < m.size; i++) {
		uint64_t c;
		there = kernel_uint(kd, at + m.off + i, 1, &c);
		if (!there || c == '\0')
			break;
		buf[i] = (char)c;
	}
	if (!there || buf[0] == '\0')
		(void)snprintf(buf, size, "#%#jx", (uintmax_t)dev);
}

static bool
device(kvm_t *kd, vaddr_t sp, const char *used_member, uint64_t dmmax, int flags,
    struct kvm_swap *ret)
{
	uint64_t blocks, used, bits, dev;
	struct elf_member m;
	if (!kernel_member(kd, sp, "swdevt", "sw_nblks", &blocks) ||
	    !kernel_member(kd, sp, "swdevt", used_member, &used) ||
	    !kernel_member(kd, sp, "swdevt", "sw_flags", &bits) ||
	    !kernel_member(kd, sp, "swdevt", "sw_dev", &dev) ||
	    !kernel_offsetof(kd, "swdevt", "sw_dev", &m))
		return cannot(kd, "swinfo");
	*ret = (struct kvm_swap) { .ksw_total = (unsigned)(blocks - dmmax),
		.ksw_used = (unsigned)used, .ksw_flags = (int)bits };
	if (dev == low_mask(8 * (unsigned)m.size)) {	/* NODEV */
		memcpy(ret->ksw_devname, "[NFS swap]", sizeof("[NFS swap]"));
		return true;
	}
	const size_t prefix = (flags & SWIF_DEV_PREFIX) != 0 ? 5 : 0;
	memcpy(ret->ksw_devname, "/dev/", prefix);
	device_name(kd, sp, dev, ret->ksw_devname + prefix, sizeof(ret->ksw_devname) - prefix);
	return true;
}

/* Where the devices are. */
struct walk {
	bool array;		/* DragonFly's */
	vaddr_t at;		/* the device that comes; 0: none in a list */
	uint64_t left;		/* devices of an array */
	uint64_t size;		/* of struct swdevt */
};

static bool
walk_begin(kvm_t *kd, struct walk *w)
{
	struct kvm_symbol head, number;
	const char *name = w->array ? "swdevt" : "swtailq", *missing = name;
	if (!kernel_symbol(kd, name, &head) ||
	    (w->array && !kernel_symbol(kd, missing = "nswdev", &number))) {
		err_hard(kd, "unable to find %s: not in name list of %s", missing,
		    kvm_getkernelname(kd));
		return false;
	}
	if (!kernel_uint(kd, head.ky_value, kernel_word(kd), &w->at))
		return cannot(kd, name);
	if (w->array && (!kernel_uint(kd, number.ky_value, 4, &w->left) ||
	    !kernel_sizeof(kd, "swdevt", &w->size)))
		return cannot(kd, "nswdev");
	return true;
}

/* To the next device. */
static bool
walk_next(kvm_t *kd, struct walk *w)
{
	struct elf_member m;
	if (w->array) {
		w->at += w->size;
		w->left--;
		return true;
	}
	/* TAILQ_ENTRY: the pointer to the next comes first (sys/queue.h). */
	if (!kernel_offsetof(kd, "swdevt", "sw_list", &m) ||
	    !kernel_uint(kd, w->at + m.off, kernel_word(kd), &w->at))
		return cannot(kd, "swinfo");
	return true;
}

int
kvm_getswapinfo(kvm_t *kd, struct kvm_swap *swap, int max, int flags)
{
	struct kvm_swap total = { 0 }, one;
	struct kvm_symbol sym;
	uint64_t dmmax = 0;
	int n = 0;
	if (kd == NULL)
		return 0;
	struct walk w = { .array = strcmp(os_of(kd), "dragonfly") == 0 };
	if (!w.array && strcmp(os_of(kd), "freebsd") != 0) {
		err_refuse(kd, __func__);
		return -1;
	}
	/* Blocks that are never used, of kernels that have the variable. */
	if (kernel_symbol(kd, "dmmax", &sym) && !kernel_uint(kd, sym.ky_value, 4, &dmmax)) {
		cannot(kd, "dmmax");
		return -1;
	}
	if (!walk_begin(kd, &w))
		return -1;
	for (unsigned seen = 0; w.array ? w.left > 0 : w.at != 0; seen++) {
		if (seen == DEVICES_MAX) {
			err_hard(kd, "cannot read swinfo: more than %u devices: the list goes round",
			    DEVICES_MAX);
			return -1;
		}
		if (!device(kd, w.at, w.array ? "sw_nused" : "sw_used", dmmax, flags, &one))
			return -1;
		/* An array has room for devices that are not there. */
		if (!w.array || one.ksw_total + (unsigned)dmmax != 0) {
			if (n < max)	/* the last becomes the total */
				swap[n] = one;
			total.ksw_total += one.ksw_total;
			total.ksw_used += one.ksw_used;
			n++;
		}
		if (!walk_next(kd, &w))
			return -1;
	}
	if (n >= max)
		n = max > 0 ? max - 1 : 0;
	if (max > 0)
		swap[n] = total;
	return n;
}
