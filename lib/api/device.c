/* SPDX-License-Identifier: BSD-2-Clause */
/* Dump devices of FreeBSD and DragonFly, whose dump is found from the end. */
#include "api/handle.h"

#include <string.h>

#include "format/kerneldump.h"

static enum kv_status
find(kvm_t *kd, const char *who, struct kerneldump *ret)
{
	if (kd->no_files) {
		err_hard(kd, "%s: don't use on live kernel: kvm_open was called with KVM_NO_FILES", who);
		return KV_EINVAL;
	}
	enum kv_status s = kerneldump_find(ret, &kd->img, &kd->deep);
	if (s != KV_OK)
		err_soft(kd, "%s: %s", who, kd->deep.text);
	return s;
}

int
kvm_dump_find(kvm_t *kd, struct kvm_dump_info *info, size_t size)
{
	struct kerneldump d;
	enum kv_status s = find(kd, "kvm_dump_find", &d);
	if (s != KV_OK)
		return s == KV_EUNSUP ? 1 : -1;
	struct kvm_dump_info all = {
		.kd_version = d.version,
		.kd_architecture_version = d.architecture_version,
		.kd_time = d.time,
		.kd_length = d.length,
		.kd_offset = d.data,
		.kd_extent = d.extent,
		.kd_header = d.first,
		.kd_trailer = d.last,
		.kd_blocksize = d.blocksize,
		.kd_keysize = d.keysize,
		.kd_compression = kerneldump_compression(d.compression),
		.kd_encrypted = d.keysize != 0,
		.kd_text = d.kind == KERNELDUMP_TEXT,
		.kd_cleared = d.kind == KERNELDUMP_CLEARED,
	};
	memcpy(all.kd_architecture, d.architecture, sizeof(all.kd_architecture));
	memcpy(all.kd_hostname, d.hostname, sizeof(all.kd_hostname));
	memcpy(all.kd_versionstring, d.versionstring, sizeof(all.kd_versionstring));
	memcpy(all.kd_panicstring, d.panicstring, sizeof(all.kd_panicstring));
	memcpy(info, &all, size < sizeof(all) ? size : sizeof(all));
	return 0;
}

int
kvm_dump_clear(kvm_t *kd)
{
	struct kerneldump d;
	if (find(kd, "kvm_dump_clear", &d) != KV_OK)
		return -1;
	if (kerneldump_clear(&d, &kd->img, &kd->deep) == KV_OK)
		return 0;
	err_soft(kd, "kvm_dump_clear: %s", kd->deep.text);
	return -1;
}
