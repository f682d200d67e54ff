/* SPDX-License-Identifier: BSD-2-Clause */
/* What the minidumps of FreeBSD and DragonFly share: which pages, in which order. */
#ifndef MINIDUMP_H
#define MINIDUMP_H

#include "kerneldump.h"

extern uint8_t minidump_header[160];
extern uint64_t minidump_msgbuf, minidump_avail, minidump_bitmap, minidump_map;	/* bytes of the parts */

void	minidump_text(const char *, unsigned size);	/* the header's next */
void	minidump_field(unsigned size, uint64_t value);
void	minidump_choose(bool pairs);	/* the pages, and the sizes of all parts but the map */
/* Writes all of it; map_page makes page `i` of the page map. */
void	minidump_write(void (*map_page)(uint64_t i, uint64_t *page));
uint64_t minidump_end(void);		/* of RAM */

#endif
