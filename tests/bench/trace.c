/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The child stops itself before and after the function; between the stops the parent steps it
 * instruction by instruction, then, in a second child, system call by system call.  A run with
 * an empty function is what stopping costs, and is subtracted.
 */
#define _GNU_SOURCE
#include "trace.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static void
nothing(void *arg)
{
	(void)arg;
}

/* How often the child stops under request between its two SIGSTOPs; -1 if it cannot be traced. */
static int64_t
stops(enum __ptrace_request request, void (*fn)(void *), void *arg)
{
	int64_t n = -1;
	int status, markers = 0;
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) < 0)
		return -1;
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
			_exit(77);
		raise(SIGSTOP);
		fn(arg);
		raise(SIGSTOP);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		if (WSTOPSIG(status) == SIGSTOP) {
			if (++markers == 2) {
				kill(pid, SIGKILL);
				(void)waitpid(pid, &status, 0);
				return n;
			}
			n = 0;
		} else if (WSTOPSIG(status) == SIGTRAP)
			n++;
		else
			break;
		if (ptrace(request, pid, NULL, NULL) != 0)
			break;
	}
	kill(pid, SIGKILL);
	(void)waitpid(pid, &status, 0);
	return -1;
}

bool
trace_count(void (*fn)(void *), void *arg, struct trace_counts *ret)
{
	int64_t step = stops(PTRACE_SINGLESTEP, fn, arg), step0 = stops(PTRACE_SINGLESTEP, nothing, arg);
	int64_t call = stops(PTRACE_SYSCALL, fn, arg), call0 = stops(PTRACE_SYSCALL, nothing, arg);

	if (step < 0 || call < 0 || step0 < 0 || call0 < 0) {
		ret->why = "ptrace is not allowed here";
		return false;
	}
	ret->instructions = (uint64_t)(step - step0);
	/* Each call stops at its entry and at its exit. */
	ret->calls = (uint64_t)(call - call0) / 2;
	return true;
}
