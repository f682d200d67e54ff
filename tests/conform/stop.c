/* SPDX-License-Identifier: BSD-2-Clause */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stop.h"
#include "util.h"

#define PROCESSES	512
#define FILES		32

/* SIGALRM: a check took too long (report.c). */
static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM };
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

/* 0: free; -PID: a process group. */
static volatile sig_atomic_t processes[PROCESSES];
static const char *volatile files[FILES];

static void
stop(int sig)
{
	for (size_t i = 0; i < PROCESSES; i++)
		if (processes[i] != 0)
			kill((pid_t)processes[i], processes[i] < 0 ? SIGKILL : SIGTERM);
	for (size_t i = 0; i < FILES; i++)
		if (files[i] != NULL)
			unlink(files[i]);
	raise(sig);	/* its own action again: SA_RESETHAND */
}

void
stop_init(void)
{
	struct sigaction sa, was;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = stop;
	sa.sa_flags = (int)SA_RESETHAND;
	sigemptyset(&sa.sa_mask);
	for (size_t i = 0; i < SIGNALS; i++)
		if (sigaction(signals[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
}

/* Between a thing's beginning and its place in the list no signal may come. */
static void
hold(sigset_t *was)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&set, signals[i]);
	sigprocmask(SIG_BLOCK, &set, was);
}

static void
release(const sigset_t *was)
{
	sigprocmask(SIG_SETMASK, was, NULL);
}

pid_t
stop_fork(bool group)
{
	sigset_t was;
	size_t i = 0;
	pid_t pid;

	while (i < PROCESSES && processes[i] != 0)
		i++;
	if (i == PROCESSES)
		fatal("more than %d processes", PROCESSES);
	hold(&was);
	pid = fork();
	if (pid == 0) {
		/* They are its parent's. */
		for (i = 0; i < PROCESSES; i++)
			processes[i] = 0;
		for (i = 0; i < FILES; i++)
			files[i] = NULL;
	}
	/* Both do it: who comes second does nothing. */
	if (group && pid >= 0)
		setpgid(pid, pid);
	if (pid > 0)
		processes[i] = group ? -pid : pid;
	release(&was);
	return pid;
}

void
stop_forget(pid_t pid)
{
	for (size_t i = 0; i < PROCESSES; i++)
		if (processes[i] == pid || processes[i] == -pid)
			processes[i] = 0;
}

int
stop_mkstemp(char *path)
{
	sigset_t was;
	size_t i = 0;
	int fd;

	while (i < FILES && files[i] != NULL)
		i++;
	if (i == FILES)
		fatal("more than %d temporary files", FILES);
	hold(&was);
	fd = mkstemp(path);
	if (fd >= 0)
		files[i] = path;
	release(&was);
	return fd;
}

void
stop_unlink(const char *path)
{
	unlink(path);
	for (size_t i = 0; i < FILES; i++)
		if (files[i] == path)
			files[i] = NULL;
}
