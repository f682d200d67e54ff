/* SPDX-License-Identifier: BSD-2-Clause */
/* What every guest kernel shares: the machine below, the sequence above.  README.md tells more. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "machine.h"

#define PAGE		(UINT64_C(1) << PAGE_SHIFT)
#define SECTOR		512
#ifndef CPU_IDLE
#define CPU_IDLE	continue
#endif
#ifndef DIRECT_VA
#define DIRECT_VA(pa)	((uintptr_t)(DIRECT + (pa)))
#define DIRECT_PA(va)	((uintptr_t)((va) - (uintptr_t)DIRECT))
#endif
#define KERNEL_OFFSET	((uintptr_t)KERNEL_VA_MINUS_PA)	/* of the kernel's image */
#define U(x)		((uint64_t)(x))		/* print() takes nothing else */

/* Between the CPU's order and little-endian, which most devices and the hash keep. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define le16(x)		__builtin_bswap16(x)
#define le32(x)		__builtin_bswap32(x)
#define le64(x)		__builtin_bswap64(x)
#else
#define le16(x)		((uint16_t)(x))
#define le32(x)		((uint32_t)(x))
#define le64(x)		((uint64_t)(x))
#endif

enum { PROT_X = 1, PROT_W = 2, PROT_R = 4 };
enum access { READ, WRITE, EXECUTE };

/* How an access ended.  FAULTED: where the CPU does not tell which of the others, or any of them. */
enum outcome { WELL, UNMAPPED, DENIED, RESERVED, FAULTED };
#ifndef HOLE_FETCH
#define HOLE_FETCH	UNMAPPED
#endif

struct cluster {			/* a stretch of RAM, whole pages, ascending */
	uint64_t	start, size;
};

/* A stretch of virtual addresses and what must happen there. */
struct fact {
	/* FILL: MAP, filled here.  FRAME: DEVICE that is touched, so that a TLB knows it. */
	enum fact_kind { MAP, FILL, DEVICE, FRAME, HOLE_, RESERVED_, RECURSIVE } kind;
	uint64_t	va, pa, len;
	unsigned	prot;
};

/* What an entry of PLANTS may come to, besides `HOLE_, 0` and `RESERVED_, 0`. */
#define GOOD		FILL, PROT_R | PROT_W
#define READ_ONLY	MAP, PROT_R
#define NO_ACCESS	MAP, 0

/* ---- provided by <machine>/ ---- */
extern struct cluster clusters[];
extern unsigned nclusters;
void	machine_init(void);		/* traps; clusters, if they are not constant */
void	machine_plan(void);		/* maps what only this machine has, beyond plan.c */
void	machine_switch(void);		/* from the boot map to the one that was planned */
void	machine_try(uintptr_t va, enum access);	/* a leaf function; see try_fault */
void	machine_registers(void);	/* prints `reg NAME VALUE` as the CPU holds them */
void	machine_start_cpu(void);	/* the second CPU, to call kernel_second_cpu; CPUS > 1 only */
extern const char machine_code[];	/* in text: code that only returns */

/* Enters one page of 1 << shift bytes; radix.c has it for page tables in trees. */
void	machine_enter(uint64_t va, uint64_t pa, unsigned shift, unsigned prot);

/* ---- the console and the disk: drivers/ or <machine>/ ---- */
void	console_put(char);
bool	disk_open(void);
bool	disk_transfer(uint64_t sector, void *buf, uint32_t sectors, bool write);

/* ---- main.c ---- */
extern const uint64_t seed;
extern bool switched;			/* machine_switch was called */
extern uint64_t dumppcb[48];
_Noreturn void kernel_main(void);
void	kernel_second_cpu(void);
/* From the trap handler: true if the fault was expected; then it goes on at the caller of machine_try. */
bool	try_fault(uint64_t va, enum outcome);
_Noreturn void trap_fatal(const char *what, uint64_t va, const void *frame, size_t);
_Noreturn void panic(const char *, uint64_t);
_Noreturn void halt(void);
bool	in_ram(uint64_t pa);
uint64_t virt_pa(const volatile void *);	/* of an address in the image or the direct map */
uintptr_t device_va(uint64_t pa);	/* of a device's registers, before and after machine_switch */

/* ---- plan.c ---- */
void	plan(void);
void	map(uint64_t va, uint64_t pa, uint64_t len, unsigned shift, unsigned prot, enum fact_kind);
void	fact(enum fact_kind, uint64_t va, uint64_t pa, uint64_t len, unsigned prot);
void	span(enum fact_kind, uint64_t va, uint64_t len);	/* that has neither frame nor rights */
uint64_t take(uint64_t size, uint64_t align);	/* RAM for tables and frames, never twice */
uint64_t take_below(uint64_t limit, uint64_t size, uint64_t align);
void	own(uint64_t pa, uint64_t size);	/* not hash: tables and such */
bool	owned(uint64_t pa);		/* a page that is the kernel's */
extern struct fact facts[];
extern unsigned nfacts;

/* ---- print.c ---- */
void	print(const char *fmt, ...);	/* %s, %x (uint64_t), %p: prot */
void	*memset(void *, int, size_t);
void	*memcpy(void *, const void *, size_t);
void	strcopy(void *, const char *, size_t);
extern char panicbuf[];
extern const char *msgbuf_text;
extern const uint32_t msgbuf_size;

/* ---- dump.c, and one of the formats ---- */
extern uint64_t dump_sector;		/* next to be written */
void	dump_put(const void *, uint64_t len);	/* whole sectors, gathered until dump_flush */
void	dump_flush(void);
void	dump_ram(uint64_t pa, uint64_t len);
bool	dump_wanted(uint64_t pa);	/* by forms that leave out what nobody uses */
_Noreturn void dump_failed(const char *why);
uint32_t swap_partition(uint32_t *retsize);
void	dumpsys(void);

/* ---- what a format wants of a machine ---- */
void	machine_kcore_header(void *);	/* NetBSD's cpu_kcore_hdr_t and its RAM segments */
void	kcore_ram(void *to);		/* for it: the segments, each two 64-bit words */
extern unsigned kcore_nram;
uint64_t kcore_choose(bool sparse);
void	kcore_dump(bool unpacked);	/* each segment at its address, if so, from here on */

/* ---- radix.c ---- */
struct radix_level {
	unsigned	shift, bits;
};
extern const struct radix_level radix_levels[];	/* top first */
extern unsigned radix_nlevels;
extern uint64_t radix_root;
uint64_t radix_table(unsigned level, uint64_t pa);	/* entry of this level that points to a table */
uint64_t radix_leaf(unsigned level, unsigned shift, uint64_t pa, unsigned prot);
uint64_t radix_next(uint64_t entry);		/* what it points to; 0: no table */
uint64_t radix_get(uint64_t va, unsigned level);	/* 0 where tables are missing */
uint64_t radix_find(uint64_t va, unsigned *retlevel);	/* the leaf, or 0 */
void	radix_set(uint64_t va, unsigned level, uint64_t entry);

#endif
