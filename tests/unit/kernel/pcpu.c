/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel whose struct pcpu has SIZE bytes, of which it says that they are the CPU's times. */
struct pcpu {
	char pc_cp_time[SIZE];
};
struct pcpu *pcpu;
