/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD's and DragonFly's dump device: a dump between two headers at the end of the medium. */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "conform.h"
#include "files.h"

#define HEADER 512	/* <sys/kerneldump.h>: sizeof(struct kerneldumpheader) */

/* Opened alone: the device has no header of a core. */
static kvm_t *
device_open(struct subject *s, const char *path, int flags)
{
	char err[LIB_ERRLEN] = "";
	struct kvm_open_options opt = { .ko_size = sizeof(opt), .ko_flags = KVM_OPEN_DEVICE };
	kvm_t *kd;

	if (lacks(s, s->lib->kvm_open_image == NULL, "kvm_open_image") ||
	    lacks(s, s->lib->kvm_dump_find == NULL, "kvm_dump_find"))
		return NULL;
	kd = s->lib->kvm_open_image(NULL, path, flags, &opt, err);
	if (kd == NULL)
		report_fail(s->r, "%s does not open: \"%s\"", path, err);
	return kd;
}

/* What lies between the headers is the core, byte for byte, compressed or not. */
static void
find(struct subject *s)
{
	kvm_t *kd = device_open(s, s->f->device, O_RDONLY);
	struct kvm_dump_info info;
	uint64_t first = 0, last = 0, differ;
	int core, device, n;

	if (kd == NULL)
		return;
	memset(&info, 0, sizeof(info));
	n = s->lib->kvm_dump_find(kd, &info, sizeof(info));
	if (n != 0) {
		report_fail(s->r, "kvm_dump_find returned %d: \"%s\"", n, s->lib->kvm_geterr(kd));
		subject_close(s, kd);
		return;
	}
	core = open(s->f->core, O_RDONLY | O_CLOEXEC);
	device = open(s->f->device, O_RDONLY | O_CLOEXEC);
	if (core < 0 || device < 0)
		fatal("%s: it does not open", s->f->dir);
	if (info.kd_length != file_size(core))
		report_fail(s->r, "the dump has 0x%" PRIx64 " bytes, the core 0x%" PRIx64, info.kd_length,
		    file_size(core));
	differ = file_differ(device, info.kd_offset, core, 0, file_size(core), &first, &last);
	if (differ != 0)
		report_fail(s->r, "%" PRIu64 " bytes of the dump differ, from 0x%" PRIx64 " to 0x%" PRIx64,
		    differ, first, last);
	if ((strcmp(info.kd_compression, "none") != 0) != s->f->packed)
		report_fail(s->r, "compression is \"%s\"", info.kd_compression);
	if (info.kd_encrypted || info.kd_text || info.kd_cleared)
		report_fail(s->r, "encrypted %d, text %d, cleared %d, wanted none of them",
		    info.kd_encrypted, info.kd_text, info.kd_cleared);
	if (info.kd_panicstring[0] == '\0' || info.kd_hostname[0] == '\0' ||
	    info.kd_architecture[0] == '\0' || info.kd_version < 1 || info.kd_version > 4)
		report_fail(s->r, "version %u, architecture \"%s\", host \"%s\", panic \"%s\"",
		    info.kd_version, info.kd_architecture, info.kd_hostname, info.kd_panicstring);
	close(core);
	close(device);
	subject_close(s, kd);
}

/* A device that cannot be saved: an error, or a fact that says why not. */
static void
not_saved(struct subject *s)
{
	kvm_t *kd = device_open(s, s->f->device, O_RDONLY);
	const char *want = s->o->save_text;
	struct kvm_dump_info info;
	bool said;

	if (kd == NULL)
		return;
	memset(&info, 0, sizeof(info));
	if (s->lib->kvm_dump_find(kd, &info, sizeof(info)) != 0)
		expect_error(s, kd, "kvm_dump_find", want);
	else {
		said = (info.kd_encrypted && strcmp(want, "encrypted") == 0) ||
		    (info.kd_text && strcmp(want, "textdump") == 0) ||
		    (info.kd_cleared && strcmp(want, "cleared") == 0) ||
		    (strcmp(info.kd_compression, "unknown") == 0 && strcmp(want, "compress") == 0);
		if (!said)
			report_fail(s->r, "kvm_dump_find found a dump to save\n  wanted: \"%s\"", want);
	}
	subject_close(s, kd);
}

/* A header of the device: marked as cleared, and its parity right. */
static void
cleared(struct subject *s, int fd, uint64_t at)
{
	static const char magic[20] = "Cleared Kernel Dump";
	uint8_t p[HEADER], parity[4] = { 0 };

	if (pread(fd, p, HEADER, (off_t)at) != HEADER) {
		report_fail(s->r, "the header at 0x%" PRIx64 " does not read", at);
		return;
	}
	if (memcmp(p, magic, sizeof(magic)) != 0)
		report_fail(s->r, "the header at 0x%" PRIx64 " begins \"%.20s\"", at, (const char *)p);
	for (size_t i = 0; i < HEADER; i++)
		parity[i % 4] = (uint8_t)(parity[i % 4] ^ p[i]);
	if (memcmp(parity, "\0\0\0", 4) != 0)
		report_fail(s->r, "the header at 0x%" PRIx64 " has a wrong parity", at);
}

/* Clearing changes the two headers, and nothing else. */
static void
clear(struct subject *s)
{
	struct kvm_dump_info info;
	uint64_t first = 0, last = 0;
	char *path;
	kvm_t *kd;
	int copy, original;

	if (lacks(s, s->lib->kvm_dump_clear == NULL, "kvm_dump_clear"))
		return;
	path = file_copy(s->f->device);
	kd = path != NULL ? device_open(s, path, O_RDWR) : NULL;
	if (kd == NULL) {
		if (path == NULL)
			report_skip(s->r, "the device is too large to copy");
		file_drop(path);
		return;
	}
	memset(&info, 0, sizeof(info));
	expect_number(s, "kvm_dump_find", s->lib->kvm_dump_find(kd, &info, sizeof(info)), 0);
	if (s->lib->kvm_dump_clear(kd) != 0)
		report_fail(s->r, "kvm_dump_clear: \"%s\"", s->lib->kvm_geterr(kd));
	subject_close(s, kd);
	copy = open(path, O_RDONLY | O_CLOEXEC);
	original = open(s->f->device, O_RDONLY | O_CLOEXEC);
	if (copy < 0 || original < 0)
		fatal("%s: it does not open", s->f->dir);
	cleared(s, copy, info.kd_header);
	cleared(s, copy, info.kd_trailer);
	if (file_size(copy) != file_size(original) ||
	    file_differ(copy, 0, original, 0, info.kd_header, &first, &last) != 0 ||
	    file_differ(copy, info.kd_header + HEADER, original, info.kd_header + HEADER,
	    info.kd_trailer - info.kd_header - HEADER, &first, &last) != 0)
		report_fail(s->r, "clearing changed more than the headers");
	close(copy);
	close(original);
	kd = device_open(s, path, O_RDONLY);
	if (kd != NULL) {
		memset(&info, 0, sizeof(info));
		if (s->lib->kvm_dump_find(kd, &info, sizeof(info)) == 0 && !info.kd_cleared)
			report_fail(s->r, "a cleared dump is found as one to save");
		subject_close(s, kd);
	}
	file_drop(path);
}

void
check_kerneldump(struct subject *s)
{
	static const struct {
		const char *name;
		void (*run)(struct subject *);
		bool good;
	} checks[] = {
		{ "device/find", find, true },
		{ "device/clear", clear, true },
		{ "device/not-saved", not_saved, false },
	};

	if (!s->o->device_at_end || strcmp(s->o->form, "netbsd-kcore") == 0)
		return;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (checks[i].good == (s->o->save_text == NULL) && begin(s, "%s", checks[i].name)) {
			checks[i].run(s);
			report_end(s->r);
		}
}
