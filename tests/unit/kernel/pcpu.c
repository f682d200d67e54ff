/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel whose struct pcpu has SIZE bytes. */
struct pcpu {
	char bytes[SIZE];
};
struct pcpu *pcpu;
