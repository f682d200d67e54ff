/* SPDX-License-Identifier: BSD-2-Clause */
/* What every guest kernel shares: the machine below, the sequence above. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE		UINT64_C(4096)
#define FAULTED		(UINT64_C(1) << 32)	/* machine_try: the access faulted; low half says how */

struct cluster {			/* a stretch of RAM, whole pages */
	uint64_t	start, size;
};

/* A stretch of virtual addresses and what must happen there. */
struct fact {
	const char	*name;
	uint64_t	va, len, pa;
	enum { FACT_RW, FACT_RO, FACT_HOLE, FACT_RESERVED, FACT_ALIAS } kind;
};

/* ---- provided by <machine>/ ---- */
extern const char machine_name[];
extern const uint32_t machine_mid;	/* NetBSD's MID, for the dump header */
extern const uint32_t machine_dump_align;	/* NetBSD's ALIGN(8) */
extern const unsigned machine_dump_segments;	/* that fit into a header of one sector */
extern struct cluster clusters[];
extern unsigned nclusters;
extern struct fact facts[];
extern unsigned nfacts;
extern uint64_t kernel_first_pa, kernel_end_pa;	/* the kernel's own image, data and stack */

void	machine_putc(char);
void	machine_map(void);		/* builds the tables, turns them on, lists clusters and facts */
uint64_t machine_direct(uint64_t pa);	/* where the direct map shows pa */
uint64_t machine_try(uint64_t va, int write);	/* 0, or FAULTED | error code */
bool	machine_is_table(uint64_t pa);
uint64_t machine_protection_error(void), machine_reserved_error(void), machine_hole_error(void);
uint64_t machine_root(void);
void	machine_dump_header(void *);	/* writes the port's cpu_kcore_hdr_t and RAM segments */
_Noreturn void machine_panic_by_fault(void);
void	machine_debugger(void);		/* the harness looks at the machine here */
_Noreturn void machine_halt(void);

bool	machine_virtio_open(uint64_t queue_pa, unsigned size);	/* finds the disk, gives it its ring */
void	machine_virtio_notify(void);
uint64_t machine_pa(const volatile void *);	/* of an image or direct-map address */

/* ---- provided by common/ ---- */
void	kernel_main(void);
_Noreturn void panic(const char *, uint64_t);
void	print(const char *fmt, ...);	/* %s, %x (uint64_t), %d (uint64_t) */
uint64_t mix(uint64_t);
void	dumpsys(void);
bool	disk_open(void);
bool	disk_transfer(uint64_t sector, void *buf, uint32_t sectors, bool write);
void	*memset(void *, int, size_t);
void	*memcpy(void *, const void *, size_t);

#endif
