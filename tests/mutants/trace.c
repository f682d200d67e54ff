/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which basic blocks of the library a test reaches: -fsanitize-coverage=trace-pc calls the hook at
 * each block's start.  At exit the addresses seen are appended to the file $TRACE_OUT, 8 bytes
 * each.  The program must be linked -no-pie, so that addresses are those of its symbol table.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

void __sanitizer_cov_trace_pc(void);

extern const char __executable_start[], etext[];	/* by the linker */

static unsigned char seen[1 << 24];

void
__sanitizer_cov_trace_pc(void)
{
	uintptr_t at = (uintptr_t)__builtin_return_address(0) - (uintptr_t)__executable_start;
	if (at < sizeof(seen))
		seen[at] = 1;
}

__attribute__((destructor)) static void
trace_write(void)
{
	const char *path = getenv("TRACE_OUT");
	int fd = path == NULL ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
	size_t n = 0;
	if (fd < 0)
		return;
	uint64_t *all = malloc(1 << 20);
	for (size_t i = 0; all != NULL && i < sizeof(seen) && n < (1 << 17); i++)
		if (seen[i])
			all[n++] = (uintptr_t)__executable_start + i;
	if (all != NULL && write(fd, all, n * sizeof(*all)) < 0)
		_exit(99);
	free(all);
	(void)close(fd);
}
