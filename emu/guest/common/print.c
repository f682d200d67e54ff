/* SPDX-License-Identifier: BSD-2-Clause */
/* Console text, kept in the message buffer as well. */
#include <stdarg.h>
#include "kernel.h"

/* NetBSD's struct kern_msgbuf: sys/msgbuf.h. */
#define MSG_MAGIC	0x063061
static struct {
	long	magic, next_write, next_read, size;
	char	text[8192];
} msgbuf = { MSG_MAGIC, 0, 0, sizeof msgbuf.text, "" };
void *msgbufp = &msgbuf;
const char *msgbuf_text = msgbuf.text;
const uint32_t msgbuf_size = sizeof msgbuf.text;

static void
put(char c)
{
	console_put(c);
	msgbuf.text[msgbuf.next_write++] = c;
	if (msgbuf.next_write == msgbuf.size)
		msgbuf.next_write = 0;
}

static void
hex(uint64_t n)
{
	int at = 60;

	while (at > 0 && n >> at == 0)
		at -= 4;
	for (; at >= 0; at -= 4)
		put("0123456789abcdef"[n >> at & 15]);
}

void
print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	for (; *fmt != '\0'; fmt++) {
		if (*fmt != '%') {
			put(*fmt);
			continue;
		}
		switch (*++fmt) {
		case 's':
			for (const char *s = va_arg(ap, const char *); *s != '\0'; s++)
				put(*s);
			break;
		case 'x':
			hex(va_arg(ap, uint64_t));
			break;
		case 'p': {
			const uint64_t prot = va_arg(ap, uint64_t);

			put(prot & PROT_R ? 'r' : '-');
			put(prot & PROT_W ? 'w' : '-');
			put(prot & PROT_X ? 'x' : '-');
			break;
		}
		}
	}
	va_end(ap);
}

void *
memset(void *to, int c, size_t n)
{
	for (volatile char *p = to; n > 0; n--)	/* volatile: or it becomes a call of itself */
		*p++ = (char)c;
	return to;
}

void *
memcpy(void *to, const void *from, size_t n)
{
	const char *q = from;

	for (volatile char *p = to; n > 0; n--)	/* volatile: or it becomes a call of itself */
		*p++ = *q++;
	return to;
}

/* Copies a string into a field of n bytes, cut and ended by NUL. */
void
strcopy(void *to, const char *from, size_t n)
{
	char *p = to;

	for (size_t i = 0; i + 1 < n && from[i] != '\0'; i++)
		p[i] = from[i];
}
