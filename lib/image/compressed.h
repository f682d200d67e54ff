/* SPDX-License-Identifier: BSD-2-Clause */
/* Images that a kernel or savecore(8) compressed. */
#ifndef COMPRESSED_H
#define COMPRESSED_H

#include "image/image.h"

/*
 * If the image is a gzip or zstd stream: decompresses all of it into an unlinked file below
 * $TMPDIR (or /tmp), which then is the image, read-only; flags as of image_open.  Blocks of zeros take
 * no space there.  A stream that ends early gives what was there of it.
 * KV_EFORMAT: the stream is damaged; KV_EUNSUP: this library was built without its format, or the
 * image was opened for writing; KV_EIO: there is no room.
 */
enum kv_status image_decompress(struct image *img, unsigned flags, struct kv_err *err);

#endif
