/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/symbol/debuglink: kernels whose debug information objcopy has put into another file. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "symbol/symbol.h"
#include "unit.h"

static void
test_places(void)
{
#if defined(HAVE_LIBDW) && defined(HAVE_ZLIB)
	static const struct {
		const char *name, *path;
		enum kv_status st;
		const char *text;
	} rows[] = {
		{ "in the kernel",	"freebsd-amd64", KV_OK, "" },
		{ "beside it",		"linked/beside/kernel", KV_OK, "" },
		{ "in .debug",		"linked/sub/kernel", KV_OK, "" },
		{ "beside one of another kernel", "linked/both/kernel", KV_OK, "" },
		{ "beside what is left of it", "linked/few/kernel", KV_OK, "" },
		{ "missing",		"linked/missing/kernel", KV_EUNSUP,
		    ".gnu_debuglink names kernel.debug, which is not in /" },
		{ "of another kernel",	"linked/wrong/kernel", KV_EUNSUP,
		    "/kernel.debug: its CRC is 0x" },
		{ "none of two: the first's fault", "linked/first/kernel", KV_EUNSUP,
		    "/first/kernel.debug: its CRC is 0x" },
		{ "no debug file",	"linked/text/kernel", KV_EUNSUP, "/kernel.debug: " },
		{ "without information", "linked/empty/kernel", KV_EUNSUP,
		    "/kernel.debug has no debug information (.debug_info, .SUNW_ctf)" },
		{ "a path",		"linked/path/kernel", KV_EUNSUP,
		    "kernel has no debug information (.debug_info, .SUNW_ctf)" },
		{ "no CRC",		"linked/cut/kernel", KV_EUNSUP,
		    "kernel has no debug information (.debug_info, .SUNW_ctf)" },
	};
	uint64_t wanted = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[256];
		struct elf_file *elf;
		struct kv_err err = { .text = "" };
		uint64_t size = 0;
		(void)snprintf(path, sizeof(path), "%s/%s", UNIT_KERNELS, rows[i].path);
		if (!CHECK(elf_file_open(&elf, path, &err) == KV_OK, "%s: %s", path, err.text))
			continue;
		const enum kv_status st = elf_struct_size(elf, "pcpu", &size, &err);
		CHECK(st == rows[i].st, "%s: status %d, wanted %d (%s)", rows[i].name, (int)st,
		    (int)rows[i].st, err.text);
		if (i == 0)
			wanted = size;
		if (rows[i].st == KV_OK)
			CHECK(size == wanted && size != 0, "%s: struct pcpu has %ju bytes", rows[i].name,
			    (uintmax_t)size);
		else
			CHECK_TEXT(rows[i].name, err.text, rows[i].text);
		elf_file_close(elf);
	}
#else
	unit_skip("this library was built without libdw or zlib");
#endif
}

/* Where a kernel lay that is gone since it was opened, its debug file cannot be looked for. */
static void
test_gone(void)
{
#if defined(HAVE_LIBDW) && defined(HAVE_ZLIB)
	struct elf_file *elf;
	struct kv_err err = { .text = "" };
	uint64_t size = 0;
	const char *const path = UNIT_KERNELS "/linked/gone";
	(void)unlink(path);
	if (!CHECK(link(UNIT_KERNELS "/linked/missing/kernel", path) == 0, "gone: no second name") ||
	    !CHECK(elf_file_open(&elf, path, &err) == KV_OK, "gone: %s", err.text))
		return;
	CHECK_EQ("gone", "unlink", unlink(path), 0);
	CHECK_EQ("gone", "status", elf_struct_size(elf, "pcpu", &size, &err), KV_EIO);
	CHECK_TEXT("gone", err.text, "linked/gone: ");
	elf_file_close(elf);
#else
	unit_skip("this library was built without libdw or zlib");
#endif
}

static const struct unit_test tests[] = {
	{ "places", test_places },
	{ "gone", test_gone },
	{ 0 },
};
const struct unit_suite unit_debuglink = { "debuglink", tests };
