/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel whose struct pcpu has SIZE bytes, of which it says that they are the CPU's times; and
 * whose devices' names have as many.
 */
struct pcpu {
	char pc_cp_time[SIZE];
};
struct pcpu *pcpu;

/* As in freebsd.c, whose variables these are laid over. */
struct cdev {
	char odd[5];
	struct { } empty;
	char si_name[SIZE];
};
struct vnode {
	int v_type;
	struct cdev *v_rdev;
};
struct swdevt {
	int sw_flags;
	int sw_nblks;
	int sw_used;
	unsigned long long sw_dev;
	struct vnode *sw_vp;
	struct {
		struct swdevt *tqe_next;
		struct swdevt **tqe_prev;
	} sw_list;
} *swdevt;
