/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes with a process that a signal ends: the processes that it started, which may hang in the
 * library that is judged, and the files that it made.
 */
#ifndef CONFORM_STOP_H
#define CONFORM_STOP_H

#include <stdbool.h>
#include <sys/types.h>

/* To be called once, before the others; what is ignored, as nohup does, stays so. */
void stop_init(void);
/* fork.  group: the child has a process group, which is killed; else it is told by SIGTERM. */
pid_t stop_fork(bool group);
/* It was waited for. */
void stop_forget(pid_t);
/* mkstemp.  path must stay until stop_unlink. */
int stop_mkstemp(char *path);
void stop_unlink(const char *path);

#endif
