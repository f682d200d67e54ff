# SPDX-License-Identifier: BSD-2-Clause
"""i386, with and without PAE.  The CPU sees the scratch through a copy of the page directory."""

from __future__ import annotations

import os
import pathlib
import struct

from arch.amd64.probes import PAGE_FAULT, PF_PRESENT, PF_RESERVED, Outcome, judge_access
from harness.bare import EXECUTE, LIST, PAGE, READ, WRITE_SAME, Bare, Level, assemble
from harness.oracle import Oracle
from harness.qemu import MachineError

__all__ = ["EXECUTE", "READ", "WRITE_SAME", "judge_access", "judge_hole"]

ROOT = "cr3"
WORD = 4
JUMP_BACK = b"\xff\xe6"             # jmp *%esi
BATCH, DONE, BOOT_DONE, VECTORS, GDTR, IDTR = 0x200, 0x2C0, 0x140, 0x400, 0x800, 0x810
IDT, STACK = 0x1000, 0x3000

PRESENT, WRITE, LARGE = 1, 2, 0x80
FRAME, FRAME32 = 0x000FFFFFFFFFF000, 0xFFFFF000
CR0 = 0x80010011                    # PG, WP, ET, PE
CR4_NOT_WHILE_PROBING = 0x01F20000  # PCIDE, SMEP, SMAP, PKE, CET, PKS
LEVELS = {
    "32bit": (Level("PD", 22, 10), Level("PT", 12, 10)),
    "pae": (Level("PDPT", 30, 2), Level("PD", 21, 9), Level("PT", 12, 9)),
}


class Machine(Bare):
    """One QEMU for many fixtures."""

    program = "qemu-system-x86_64"
    arguments = ("-cpu", "max,phys-bits=52,-apic,apic-id=0")
    xml = "i386-64bit.xml"
    width = WORD
    scratch_size = 4 << 20
    no_list = "QEMU's list of all pages: too long; holes are probed only"

    def code(self, work: pathlib.Path) -> bytes:
        """start-up and batches."""
        compiler = os.environ.get("AMD64_CC", "gcc")
        return assemble(work, pathlib.Path(__file__).with_name("probe.S"),
                        [compiler, "-m32", "-fno-pic", "-no-pie", "-Wl,-melf_i386"])

    def boot(self) -> None:
        """Start-up code at 0x8000 takes the CPU to protected mode, paging off."""
        self.ram[0x8000:0x8000 + len(self.blob)] = self.blob
        self.gdb.set("cs", 0x800)
        self.gdb.set("rip", 0)
        self.gdb.run_to(0x8000 + BOOT_DONE, self.qemu.timeout)
        if not self.gdb.get("cr0") & 1:
            raise MachineError("the machine did not reach protected mode")

    def registers(self, oracle: Oracle) -> None:
        """cr3; cr4 and efer where the oracle has them."""
        regime = oracle.fields["regime"]
        pae = regime == "pae"
        self.levels = LEVELS[regime]
        self.entry_size = 8 if pae else 4
        self.cr3 = oracle.regs["cr3"]
        self.root = self.cr3 & (0xFFFFFFE0 if pae else FRAME32)
        self.cr4 = oracle.regs.get("cr4", 0xA0 if pae else 0x90)
        if bool(self.cr4 & 0x20) != pae:
            raise MachineError(f"reg cr4 {self.cr4:x}: PAE does not fit regime {regime}")
        self.efer = oracle.regs.get("efer", 0x800 if pae else 0)

    def select(self) -> None:
        """The fixture's own root."""
        self._set(self.cr3, self.cr4)

    def _set(self, cr3: int, cr4: int) -> None:
        for name, value in (("cr0", 0x11), ("cr4", cr4), ("efer", self.efer), ("cr3", cr3),
                            ("cr0", CR0)):
            self.gdb.set(name, value, 8)

    def next_table(self, entry: int, depth: int) -> int | None:
        """Present entries that are no large page."""
        last = depth + 1 == len(self.levels)
        if last or not entry & PRESENT:
            return None
        if self.entry_size == 4:
            return None if entry & LARGE and self.cr4 & 0x10 else entry & FRAME32
        return None if depth == 1 and entry & LARGE else entry & FRAME

    def in_scratch(self, va: int) -> bool:
        """The addresses that the shadow tables give to the scratch."""
        return self.scratch <= va < self.scratch + self.scratch_size

    def in_use(self, scratch: int) -> bool:
        """Fixture pages that a probe might touch there would never be asked."""
        return any(s.kind == "map" and s.va < scratch + self.scratch_size and s.last >= scratch
                   for s in self.oracle.spans)

    def _shadow(self) -> int:
        """A copy of the fixture's tables in which the scratch is seen at its own address."""
        at = self.scratch + self.scratch_size // 2
        self.ram[at:at + PAGE] = self._page(self.root, self.entry_size << self.levels[0].bits)
        if self.entry_size == 4:
            self.put(at + 4 * (self.scratch >> 22), self.scratch | LARGE | WRITE | PRESENT)
            return at
        slot = self.scratch >> 30
        held = self.word_at(at + 8 * slot)
        page = self._page(held & FRAME, PAGE) if held & PRESENT else bytes(PAGE)
        self.ram[at + PAGE:at + 2 * PAGE] = page
        self.put(at + 8 * slot, (at + PAGE) | PRESENT)
        for i in range(2):
            self.put(at + PAGE + 8 * (self.scratch + (i << 21) >> 21 & 511),
                     self.scratch + (i << 21) | LARGE | WRITE | PRESENT)
        return at

    def _page(self, pa: int, size: int) -> bytes:
        data = self.ram[pa:pa + size] if pa + size <= self.area else b""
        return data + bytes(PAGE - len(data))

    def batch(self, probes: list[tuple[int, int]]) -> None:
        """Runs probe.S at the scratch."""
        at = self.scratch
        idt = b""
        for vector in range(32):
            handler = at + VECTORS + 16 * vector
            idt += struct.pack("<HHHH", handler & 0xFFFF, 8, 0x8E00, handler >> 16)
        self.ram[at + IDT:at + IDT + len(idt)] = idt
        for offset, limit, base in ((GDTR, 23, at + _gdt_offset(self.blob)),
                                    (IDTR, len(idt) - 1, at + IDT)):
            self.ram[at + offset:at + offset + 6] = struct.pack("<HI", limit, base)
        self._set(self._shadow(), self.cr4 & ~CR4_NOT_WHILE_PROBING | 0x10)
        for name, value in (("rbx", at + LIST), ("rbp", len(probes)), ("rdx", at),
                            ("rsp", at + STACK), ("rip", at + BATCH)):
            self.gdb.set(name, value, 8)
        self.gdb.set("eflags", 2)
        self.gdb.run_to(at + DONE, self.qemu.timeout)

    def outcome(self, value: int, status: int) -> Outcome:
        """Status holds vector and error code."""
        if status == 1:
            return Outcome(value)
        return Outcome(value, status >> 16 & 0xFF, status & 0xFFFF)

    def listed(self, limit: int = 60000) -> list[int] | None:
        """Where `info tlb` finds pages."""
        text = self.qemu.monitor("info tlb")
        lines = text.splitlines()
        return [int(line[:16], 16) for line in lines] if len(lines) <= limit else None


MACHINES = {"i386": Machine}


def _gdt_offset(blob: bytes) -> int:
    return blob.index(struct.pack("<Q", 0x00CF9B000000FFFF)) - 8


def judge_hole(va: int, machine: Machine, outcome: Outcome, tables_translate: bool) \
        -> tuple[str, bool]:
    """A read of a hole must fault, and for the reason that the tables show."""
    # AMD64 APM vol. 2, 8.4.2 sets P with RSVD; QEMU 7.2 sets RSVD alone, so P is not asked.
    reserved = outcome.vector == PAGE_FAULT and outcome.error & ~PF_PRESENT == PF_RESERVED
    if tables_translate:
        return "#PF(RSVD)", reserved and outcome.value == va
    return "#PF(not present), or #PF(RSVD)", outcome.value == va and \
        (reserved or (outcome.vector, outcome.error) == (PAGE_FAULT, 0))
