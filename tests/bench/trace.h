/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts instructions and system calls of a function, exactly, by ptrace. */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stdint.h>

struct trace_counts {
	uint64_t instructions, calls;
	const char *why;	/* it could not count */
};

/* Runs fn in a child, one step at a time.  False, and why, where that is not possible. */
bool trace_count(void (*fn)(void *), void *arg, struct trace_counts *ret);

#endif
