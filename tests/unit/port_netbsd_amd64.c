/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/port: NetBSD/amd64's header, the choice of the depth, and of the port. */
#include "port_rows.h"

#include "dump.h"
#include "port/amd64.h"

static uint8_t image[DUMP_SIZE];

/* A kernel is needed: without one OpenBSD's dumps of amd64 look alike. */
static const struct port_kernel netbsd = { .name = "k", .machine = 62, .bits = 64, .os = "netbsd",
	.lookup = port_sample_lookup };

/* The dump of dump.h; nothing is to be freed. */
static void
trial_make(struct port_trial *t)
{
	dump_make(image);
	*t = (struct port_trial) { .kernel = netbsd, .image = image, .size = DUMP_SIZE, .img = { .fd = -1 } };
}

static const struct {
	const char *name;
	size_t off;
	unsigned byte;
	enum kv_status st;
	const char *text;
} rows[] = {
	{ "good",		    0,		 0,	KV_OK,	    "" },
	{ "another machine id",	    1,		 0x7f,	KV_EUNSUP,  "machine id at offset 0 is 0x7f" },
	{ "nmemsegs 0",		    DUMP_CPU + 8, 0,	KV_EFORMAT, "nmemsegs at offset 0x20 is 0, wanted 1" },
	{ "nmemsegs 30",	    DUMP_CPU + 8, 30,	KV_OK,	    "" },	/* the rest are empty */
	{ "nmemsegs 31",	    DUMP_CPU + 8, 31,	KV_EFORMAT, "nmemsegs at offset 0x20 is 0x1f, wanted 1 to 0x1e" },
	{ "nmemsegs 2^60 + 2",	    DUMP_CPU + 15, 16,	KV_EFORMAT, "nmemsegs at offset 0x20 is 0x1000000000000002" },
	{ "overlap",		    DUMP_CPU + 34, 0,	KV_EFORMAT, "segment 1: " },
	{ "first wraps",	    DUMP_CPU + 31, 0xff, KV_OK,	    "" },	/* huge, cut by the file */
	{ "second huge",	    DUMP_CPU + 47, 0xff, KV_OK,	    "" },
	{ "flags of the root",	    DUMP_CPU,	 0x1f,	KV_OK,	    "" },	/* CR3 flags are masked */
};

static void
test_decode(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *row = rows[i].name;
		struct port_trial t;
		trial_make(&t);
		if (rows[i].off != 0)
			image[rows[i].off] = (uint8_t)rows[i].byte;
		if (strcmp(row, "first wraps") == 0)
			dump_put64(image + DUMP_CPU + 8, 1);
		if (port_trial_open(&t, row, rows[i].st, rows[i].text)) {
			CHECK(strcmp(t.dump.port->machine, "amd64") == 0, "%s: port", row);
			CHECK_EQ(row, "root", t.dump.root, 0x2000);
			CHECK_EQ(row, "native", port_native(t.dump.port, true), false);
		}
		port_trial_close(&t);
	}
}

/*
 * The root at 0x2000 read as a PML4 leads VA +0x10 to 0x7010; a second tree, one level deeper, is
 * hung above it at 0x1000.
 */
static void
test_depth(void)
{
	static const struct {
		const char *name;
		uint64_t root;
		vaddr_t dumpmag;	/* 0: no such symbol */
		bool magic;
		const char *regime;
	} depth[] = {
		{ "4 levels",		  0x2000, DUMP_VA + 0x10, true, "4level" },
		{ "5 levels",		  0x1000, DUMP_VA + 0x10, true, "5level" },
		{ "4 levels, invalidated", 0x2000, DUMP_VA + 0x10, false, "4level" },
		{ "5 levels, invalidated", 0x1000, DUMP_VA + 0x10, false, "5level" },
		{ "4 levels, unmapped",	  0x2000, DUMP_VA + 0x4010, false, "4level" },
		{ "5 levels, no symbol",  0x1000, 0, true, "4level" },
	};
	for (size_t i = 0; i < sizeof(depth) / sizeof(depth[0]); i++) {
		const vaddr_t va = depth[i].dumpmag;
		struct port_symbol symbols[] = { { va != 0 ? "dumpmag" : NULL, va }, { 0 } };
		struct port_trial t;
		trial_make(&t);
		t.kernel.arg = symbols;
		memset(image + dump_offset(0x1000), 0, 0x1000);
		dump_entry(image, 0x1000, 511, 0x2003);
		dump_put64(image + DUMP_CPU, depth[i].root);
		le32_put(image + dump_offset(0x7010), depth[i].magic ? 0x8fca0101 : 0);
		if (port_trial_open(&t, depth[i].name, KV_OK, ""))
			CHECK_TEXT(depth[i].name, t.dump.as[0].mmu.regime, depth[i].regime);
		port_trial_close(&t);
	}
}

static void
test_other_kernel(void)
{
	struct port_trial t;
	trial_make(&t);
	t.kernel.machine = 183;
	(void)port_trial_open(&t, "other kernel", KV_EFORMAT, "aarch64");
	CHECK_TEXT("other kernel", t.err.text, "amd64");
	port_trial_close(&t);
	/* The same header in the other byte order is no amd64's. */
	t.kernel = netbsd;
	be16_put(image + 4, 16);
	be16_put(image + 6, 8);
	be32_put(image + 8, 2);
	be32_put(image + 20, DUMP_CPU_SIZE);
	(void)port_trial_open(&t, "big-endian", KV_EFORMAT,
	    ": c_nseg at offset 0x8 is big-endian, but netbsd/amd64 or openbsd/amd64 is little-endian");
	port_trial_close(&t);
}

/* An entry that a segment cuts in two is none, whatever follows it in the file. */
static void
test_system(void)
{
	static const struct {
		const char *name;
		uint64_t len;		/* of the first segment, from 0x1000 on; the root is at 0x2000 */
		enum amd64_system want;
	} systems[] = {
		{ "whole",	0x1000 + 8 * 301,	AMD64_NETBSD },
		{ "7 bytes",	0x1000 + 8 * 301 - 1,	AMD64_EITHER },
		{ "none",	0x1000 + 8 * 300,	AMD64_EITHER },
	};
	for (size_t i = 0; i < sizeof(systems) / sizeof(systems[0]); i++) {
		struct image img;
		struct kv_err err = { .text = "" };
		struct netbsd_kcore kcore;
		dump_make(image);
		dump_entry(image, 0x2000, 510, 0);
		dump_entry(image, 0x2000, 511, 0);
		dump_entry(image, 0x2000, 300, 0x2003);
		dump_put64(image + DUMP_CPU + 24, systems[i].len);
		CHECK_EQ(systems[i].name, "image", image_open_mem(&img, "file", image, sizeof(image),
		    NULL), KV_OK);
		CHECK_EQ(systems[i].name, "header", netbsd_open_file(&kcore, &img, &err), KV_OK);
		CHECK_EQ(systems[i].name, "system", amd64_system(&kcore, &img), systems[i].want);
		netbsd_fini(&kcore);
		image_close(&img);
	}
}

static const struct unit_test tests[] = {
	{ "header", test_decode },
	{ "4 or 5 levels", test_depth },
	{ "other kernels", test_other_kernel },
	{ "which system", test_system },
	{ 0 },
};
const struct unit_suite unit_port_netbsd_amd64 = { "port_netbsd_amd64", tests };
