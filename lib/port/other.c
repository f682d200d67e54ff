/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Images that no magic number of a port's own tells: by what the ports make of them and the kernel,
 * and those of FreeBSD's that hold no memory to read, or not yet.
 */
#include "port/choose.h"

#include <string.h>

#include "format/kerneldump.h"

/*
 * A dump as it lies on the device, with its header before it: encrypted, of text, or saved.  KV_OK:
 * it is nothing of that kind.
 */
static enum kv_status
dump_header(struct image *img, struct kv_err *err)
{
	struct kerneldump kd;
	enum kv_status s = kerneldump_read(&kd, img, 0, err);
	if (kd.kind == KERNELDUMP_NONE)
		return KV_OK;
	if (kd.kind == KERNELDUMP_TEXT)
		return kv_fail(err, KV_EUNSUP, "%s: a textdump: it holds no memory, but files of text",
		    img->name);
	if (kd.kind == KERNELDUMP_CLEARED)
		return kv_fail(err, KV_EUNSUP, "%s: begins with the header of a dump that is cleared: it "
		    "was saved before", img->name);
	if (s != KV_OK)
		return s;
	if (kd.keysize != 0)
		return kv_fail(err, KV_EUNSUP, "%s: an encrypted dump: decrypt it first, as decryptcore(8) "
		    "does", img->name);
	return kv_fail(err, KV_EUNSUP, "%s: begins with the kernel dump header of a %s dump (%s), whose "
	    "%#jx bytes follow it: what is opened must begin with the dump", img->name,
	    kd.architecture, kerneldump_compression(kd.compression), (uintmax_t)kd.length);
}

/* textdump(4): a tar file (POSIX ustar) of some of these. */
static bool
is_textdump(struct image *img)
{
	static const char *const members[] = {
		"ddb.txt", "config.txt", "msgbuf.txt", "panic.txt", "version.txt",
	};
	enum { USTAR = 257 };
	uint8_t b[USTAR + 5];
	size_t got;
	if (image_read(img, 0, b, sizeof(b), &got, NULL) != KV_OK || memcmp(b + USTAR, "ustar", 5) != 0)
		return false;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp((const char *)b, members[i]) == 0)
			return true;
	return false;
}

struct question {
	struct image *img;
	const struct port_kernel *kernel;
};

static bool
takes(const struct port *port, const void *arg)
{
	const struct question *q = arg;
	return port->probe_other != NULL && port->probe_other(q->img, q->kernel);
}

/* For the sentence of a handle without a header: the systems' dumps begin differently. */
static void
name_beginning(struct image *img, const struct port_kernel *kernel, struct kv_err *err)
{
	uint8_t b[8];
	size_t got;
	if ((strcmp(kernel->os, "freebsd") != 0 && strcmp(kernel->os, "dragonfly") != 0) ||
	    image_read(img, 0, b, sizeof(b), &got, NULL) != KV_OK)
		return;
	(void)kv_fail(err, KV_EFORMAT, "%s: magic number at offset 0 is %02x %02x %02x %02x %02x %02x "
	    "%02x %02x, wanted \"minidump\" or an ELF file's, 7f 45 4c 46", img->name, b[0], b[1], b[2],
	    b[3], b[4], b[5], b[6], b[7]);
}

/* And what a device has at its end. */
static void
name_device(struct image *img, struct kv_err *err)
{
	struct kerneldump kd;
	enum kv_status s = kerneldump_find(&kd, img, NULL);
	if (kd.kind == KERNELDUMP_NONE)
		return;
	const char *what = kd.kind == KERNELDUMP_TEXT ? "a textdump" : kd.kind == KERNELDUMP_CLEARED ?
	    "a cleared kernel dump" : s != KV_OK ? "a damaged kernel dump" : kd.keysize != 0 ?
	    "an encrypted kernel dump" : "a kernel dump";
	(void)kv_fail(err, KV_EUNSUP, "%s: a dump device: %s ends at offset %#jx: save it first",
	    img->name, what, (uintmax_t)kd.last);
}

enum kv_status
other_open(struct dump *dump, struct image *img, const struct port_kernel *kernel, bool *found,
    struct kv_err *err)
{
	struct kv_err deep;
	enum kv_status s = dump_header(img, &deep);
	if (s != KV_OK)
		return kv_fail(err, s, "%s", deep.text);
	if (is_textdump(img))
		return kv_fail(err, KV_EUNSUP, "%s: a textdump: it holds no memory, but files of text",
		    img->name);
	const struct question q = { .img = img, .kernel = kernel };
	struct candidates c;
	candidates_where(&c, takes, &q);
	*found = c.n == 1;
	if (!*found) {
		name_beginning(img, kernel, err);
		name_device(img, err);
		return KV_OK;
	}
	/* The port sets its byte order. */
	dump_begin(dump, c.v[0], img, c.v[0]->form, false);
	return dump_end(dump, c.v[0]->decode_other(dump, img, kernel, err));
}
