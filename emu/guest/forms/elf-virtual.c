/* SPDX-License-Identifier: BSD-2-Clause */
/* FreeBSD/powerpc's full dump: its only form by virtual address. */
#define ELF_VIRTUAL
#include "elf.c"
