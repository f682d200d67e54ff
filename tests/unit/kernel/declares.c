/* SPDX-License-Identifier: BSD-2-Clause */
/* Comes first in the kernels of the suite freebsd: names structs that it does not define. */
struct pcpu;
struct swdevt;
struct pcpu *undefined_here;
struct swdevt *nor_here;
