/* SPDX-License-Identifier: BSD-2-Clause */
/* struct nlist as the BSDs have it, on a host where <nlist.h> is another one or none; the guard is
 * that of <kvm.h> of ours, so that one of the two is enough. */
#ifndef _NLIST_H
#define _NLIST_H

struct nlist {
	const char	*n_name;
	unsigned char	n_type;
	char		n_other;
	short		n_desc;
	unsigned long	n_value;
};

#endif
