/* SPDX-License-Identifier: BSD-2-Clause */
/* A PC: console, traps, and what only this CPU knows.  Tables are in map.c, the disk in disk.c. */
#include "machine.h"

#define CONSOLE		0x3f8		/* 16550 */
#define PVPANIC		0x505		/* QEMU docs/specs/pvpanic */
#define PF_PRESENT	1
#define PF_WRITE	2
#define PF_RESERVED	8

const char machine_name[] = "amd64";
const uint32_t machine_mid = 0x09d;	/* X86_64: sys/aout_mids.h */
const uint32_t machine_dump_align = 8;
const unsigned machine_dump_segments = 30;

struct frame {
	uint64_t r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax;
	uint64_t vector, error, rip, cs, rflags, rsp, ss;
};
extern const char try_read[], try_write[], try_done[], trap_table[];
void trap(struct frame *);

static struct {
	uint16_t low, selector, type, middle;
	uint32_t high, zero;
} idt[32];

void
machine_putc(char c)
{
	while ((in8(CONSOLE + 5) & 0x20) == 0)
		continue;
	out8(CONSOLE, (uint8_t)c);
}

void
trap_init(void)
{
	struct {
		uint16_t pad[3], limit;
		uint64_t base;
	} pointer = { { 0 }, sizeof idt - 1, (uint64_t)idt };

	for (unsigned i = 0; i < 32; i++) {
		const uint64_t at = (uint64_t)trap_table + 16 * i;

		idt[i].low = (uint16_t)at;
		idt[i].selector = 8;
		idt[i].type = 0x8e00;
		idt[i].middle = (uint16_t)(at >> 16);
		idt[i].high = (uint32_t)(at >> 32);
	}
	__asm__ volatile("lidt %0" : : "m"(pointer.limit) : "memory");
}

void
trap(struct frame *f)
{
	uint64_t cr2;

	__asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
	if (f->vector == 14 && (f->rip == (uint64_t)try_read || f->rip == (uint64_t)try_write)) {
		f->rax = FAULTED | f->error;
		/* P comes with RSVD (AMD64 APM vol. 2, 8.4.2); QEMU 7.2 leaves it clear. */
		if (f->error & PF_RESERVED)
			f->rax &= ~(uint64_t)PF_PRESENT;
		f->rip = (uint64_t)try_done;
		return;
	}
	if (f->vector == 14)
		panic("trap: page fault at ", cr2);
	panic("trap: vector ", f->vector);
}

uint64_t
machine_protection_error(void)
{
	return PF_PRESENT | PF_WRITE;
}

uint64_t
machine_reserved_error(void)
{
	return PF_RESERVED;
}

uint64_t
machine_hole_error(void)
{
	return 0;
}

_Noreturn void
machine_panic_by_fault(void)
{
	*(volatile uint64_t *)HOLE = 0xdead;
	print("wrong: the write to a hole went through\n");
	machine_halt();
}

void
machine_debugger(void)
{
	out8(PVPANIC, 1);
}

_Noreturn void
machine_halt(void)
{
	print("halted\n");
	for (;;) {
		out8(PVPANIC, 1);
		__asm__ volatile("cli; hlt");
	}
}
