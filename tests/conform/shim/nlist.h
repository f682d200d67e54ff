/* SPDX-License-Identifier: BSD-2-Clause */
/* struct nlist as the BSDs have it, on a host where <nlist.h> is another one or none. */
#ifndef SHIM_NLIST_H
#define SHIM_NLIST_H

struct nlist {
	const char	*n_name;
	unsigned char	n_type;
	char		n_other;
	short		n_desc;
	unsigned long	n_value;
};

#endif
