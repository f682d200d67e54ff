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

/* Ports whose kernels run on this host's processor; the byte order is compared apart. */
static const char *const host_machines[] = {
#if defined(__x86_64__) && defined(__LP64__)
	"amd64",
#elif defined(__i386__)
	"i386",
#elif defined(__aarch64__)
	"aarch64", "aarch64eb", "arm64",
#elif defined(__arm__)
	"arm", "armeb",
#elif defined(__alpha__)
	"alpha",
#elif defined(__mips__)
	"mipsel", "mipseb", "mips64",
#elif defined(__sparc__) && defined(__arch64__)
	"sparc64",
#elif defined(__sparc__)
	"sparc",
#elif defined(__mc68010__)
	"sun2",
#elif defined(__m68k__)
	"m68k", "gen68k", "sun3", "sun3x",
#elif defined(__powerpc64__)
	"powerpc64",
#elif defined(__powerpc__)
	"powerpc",
#elif defined(__riscv) && __riscv_xlen == 64
	"riscv64",
#elif defined(__riscv)
	"riscv32",
#elif defined(__hppa__)
	"hppa",
#elif defined(__m88k__)
	"m88k",
#elif defined(__or1k__)
	"or1k",
#elif defined(__sh__)
	"sh3", "sh",
#elif defined(__vax__)
	"vax",
#elif defined(__ia64__)
	"ia64",
#endif
	NULL
};

bool
port_native(const struct port *port, bool big)
{
	const union {
		uint16_t word;
		uint8_t byte[2];
	} one = { .word = 1 };
	if (strcmp(port->os, HOST_OS) != 0 || big != (one.byte[0] == 0))
		return false;
	for (const char *const *m = host_machines; *m != NULL; m++)
		if (strcmp(port->machine, *m) == 0)
			return true;
	return false;
}
