/* SPDX-License-Identifier: BSD-2-Clause */
/* The sentence of a failure. */
#include "kv.h"

#include <stdio.h>
#include <string.h>

enum kv_status
kv_vfail(struct kv_err *err, enum kv_status st, const char *fmt, va_list ap)
{
	if (err == NULL)
		return st;
	/* Not formatted in place: an argument may be err->text itself. */
	char text[sizeof(err->text)];
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	err->st = st;
	memcpy(err->text, text, strlen(text) + 1);
	return st;
}

enum kv_status
kv_fail(struct kv_err *err, enum kv_status st, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	kv_vfail(err, st, fmt, ap);
	va_end(ap);
	return st;
}

enum kv_status
kv_prefix(struct kv_err *err, const char *fmt, ...)
{
	if (err == NULL)
		return KV_EINVAL;	/* nobody knows the status here: use your own */
	char text[sizeof(err->text)];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return err->st;
	/* Cut at the end, where the sentence is least telling, if both do not fit. */
	const char *parts[] = { ": ", err->text };
	size_t used = strlen(text);
	for (unsigned i = 0; i < 2; i++) {
		size_t room = sizeof(text) - 1 - used, len = strlen(parts[i]);
		if (len > room)
			len = room;
		memcpy(text + used, parts[i], len);
		used += len;
	}
	text[used] = '\0';
	memcpy(err->text, text, used + 1);
	return err->st;
}
