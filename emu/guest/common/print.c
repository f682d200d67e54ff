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

static void
put(char c)
{
	machine_putc(c);
	msgbuf.text[msgbuf.next_write] = c;
	msgbuf.next_write = (msgbuf.next_write + 1) % msgbuf.size;
}

static void
number(uint64_t n, unsigned base)
{
	char digits[24];
	unsigned i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n != 0);
	while (i > 0)
		put(digits[--i]);
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
			number(va_arg(ap, uint64_t), 16);
			break;
		case 'd':
			number(va_arg(ap, uint64_t), 10);
			break;
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
