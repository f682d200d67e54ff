/* SPDX-License-Identifier: BSD-2-Clause */
/* What this library was built for. */
#include <string.h>

#include "port/port.h"

#if defined(__NetBSD__)
#define HOST_OS	"netbsd"
#elif defined(__OpenBSD__)
#define HOST_OS	"openbsd"
#elif defined(__DragonFly__)
#define HOST_OS	"dragonfly"
#elif defined(__FreeBSD__)
#define HOST_OS	"freebsd"
#elif defined(__linux__)
#define HOST_OS	"linux"
#else
#define HOST_OS	"other"
#endif

#if defined(__x86_64__) && defined(__LP64__)
#define HOST_MACHINE "amd64"
#else
#define HOST_MACHINE "other"
#endif

bool
port_native(const struct port *port, bool big)
{
	const union {
		uint16_t word;
		uint8_t byte[2];
	} one = { .word = 1 };
	return strcmp(port->os, HOST_OS) == 0 && strcmp(port->machine, HOST_MACHINE) == 0 &&
	    big == (one.byte[0] == 0);
}
