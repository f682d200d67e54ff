# SPDX-License-Identifier: BSD-2-Clause
"""SPARC's reference MMU (sun4m, sun4d), as the microSPARC-II of an SS-5 walks it.

The CPU sees the scratch at its physical address through a copy of the first-level table.
"""

from __future__ import annotations

import os
import pathlib
import re

from harness.bare import (EXECUTE, LIST, PAGE, READ, WRITE_SAME, Level, Outcome, Switched,
                          judge_plain, text_of)
from harness.oracle import Oracle
from harness.qemu import MachineError

__all__ = ["EXECUTE", "READ", "WRITE_SAME", "judge_access", "judge_hole"]

ROOT = "ctxtable"
REGIMES = ("srmmu",)                # sun4 and sun4c: segment and page map RAM, which QEMU lacks
JUMP_BACK = bytes.fromhex("81c3e00801000000")   # retl; nop
G0, PSR, WIM, TBR, PC, NPC = 0, 65, 66, 67, 68, 69   # gdb's numbers
SUPERVISOR = 0xFA0                  # PSR: S, ET, no interrupts
PTD, PTE, ALL = 1, 2, 7 << 2
REACH = 0xFFFFFF                    # bits of the CPU's context table pointer
# Traps: instruction and data access; fault types (V8 H.5): invalid, protection,
# privilege, translation error.
FETCH, DATA = 0x01, 0x09
NO_RAM, NO_BYTES = {0x21, 0x29}, -1
INVALID, DENIED = {1, 4}, {2, 3}


class Machine(Switched):
    """One QEMU for many fixtures."""

    program = "qemu-system-sparc"
    board = "SS-10"                 # an SS-5 takes only 256 MiB
    limit = reach = 60 << 30
    rom = True
    arguments = ("-cpu", "Fujitsu-MB86904")
    xml = "sparc-core.xml"          # there is none
    big = True
    order = "big"
    width = entry_size = 4
    scratch_size = 1 << 20
    scratch_top = 1 << 28           # what a context table pointer reaches
    no_list = "QEMU's list of all pages: too long; holes are probed only"
    off, end = 0x200, 0x240

    def code(self, work: pathlib.Path) -> bytes:
        """Batches."""
        return text_of(work, pathlib.Path(__file__).with_name("probe.S"),
                       [os.environ.get("CLANG", "clang"), "--target=sparc-none-elf"])

    def boot(self) -> None:
        """Ends the MMU's boot mode, which fetches from firmware."""
        self.ram[:len(self.blob)] = self.blob
        self._set({PSR: SUPERVISOR, TBR: 0, PC: self.off, NPC: self.off + 4})
        self.gdb.run_to(self.end, self.qemu.timeout)

    def _set(self, new: dict[int, int]) -> None:
        # The stub knows no register names of sparc, and then only writes all at once.
        values = bytearray.fromhex(self.gdb.ask("g").decode())
        for number, value in new.items():
            values[4 * number:4 * number + 4] = value.to_bytes(4, "big")
        if self.gdb.ask("G" + values.hex()) != b"OK":
            raise MachineError("gdb stub: registers refused")

    def leave(self) -> None:
        """Turns the MMU off."""
        if self._on is not None:
            here, self._on = self._on, None
            self._set({PC: here + self.off, NPC: here + self.off + 4})
            self.gdb.run_to(here + self.end, self.qemu.timeout)

    def registers(self, oracle: Oracle) -> None:
        """The context table's address shifted right by 4; context 0 is the kernel's."""
        self.ctxtable = oracle.regs["ctxtable"]
        self.levels = (Level("L1", 24, 8), Level("L2", 18, 6), Level("L3", 12, 6))

    @property
    def root(self) -> int:
        """The first-level table of context 0."""
        return (self.word_at(self.ctxtable << 4) & ~3) << 4

    def entries(self, va: int) -> list[int]:
        """The context table's, too."""
        return [self.ctxtable << 4, *super().entries(va)]

    def next_table(self, entry: int, depth: int) -> int | None:
        """V8 H.2.1."""
        return (entry & ~3) << 4 if depth < 2 and entry & 3 == PTD else None

    def in_scratch(self, va: int) -> bool:
        """The 16 MiB that are ours."""
        return self.scratch >> 24 == va >> 24

    def in_use(self, scratch: int) -> bool:
        """Whether the fixture says anything but hole there."""
        first = scratch & 0xFF000000
        return any(s.kind != "hole" and s.va < first + (1 << 24) and s.last >= first
                   for s in self.oracle.spans)

    def start(self, count: int, stay: bool) -> None:
        """The first-level table's copy, registers."""
        at = self.scratch
        copy = at + self.scratch_size // 2
        self.ram[copy:copy + 1024] = self.root_table(self.root, 1024)
        self.put(copy + 4 * (at >> 24), (at & 0xFF000000) >> 4 | ALL | PTE)
        context = copy + PAGE
        self.put(context, copy >> 4 | PTD)
        if context >> 4 > REACH:
            raise MachineError(f"the scratch at {at:x} is too high for a context table")
        self._set({PSR: SUPERVISOR, WIM: 0, G0 + 1: context >> 4, G0 + 3: at + LIST,
                   G0 + 4: count, G0 + 5: at, PC: at, NPC: at + 4})

    def outcome(self, value: int, status: int) -> Outcome:
        """Status is the trap and the fault status register."""
        if status >> 16 in NO_RAM:      # it translated; no byte can be read there
            return Outcome(NO_BYTES)
        return Outcome(value, None if status == 1 else status)

    def listed(self, limit: int = 60000) -> list[int] | None:
        """Where `info tlb` finds pages; it has a line for each 4 KiB."""
        data = self.ram[self.root:self.root + 1024]
        if 4096 * sum(data[i] & 3 == PTE for i in range(3, 1024, 4)) > limit:
            return None
        found = re.findall(r"^  VA: ([0-9a-f]+)", self.qemu.monitor("info tlb"), re.M)
        return [va for va in (int(text, 16) for text in found) if not self.in_scratch(va)]


MACHINES = {"sparc": Machine}


def _fault(kind: int, outcome: Outcome, types: set[int]) -> bool:
    return outcome.cause is not None and outcome.cause >> 16 == (
        FETCH if kind == EXECUTE else DATA) and outcome.cause >> 2 & 7 in types


def judge_hole(va: int, machine: Machine, outcome: Outcome, tables_translate: bool) \
        -> tuple[str, bool]:
    """Invalid address error or a translation error, in its page: QEMU drops the rest."""
    return "invalid address or translation error", _fault(READ, outcome, INVALID) and outcome.value == va & -PAGE


def judge_access(prot: str, kind: int, outcome: Outcome) -> tuple[str, bool]:
    """A read, write or execution against the protection that the oracle states."""
    denied = _fault(kind, outcome, DENIED)
    return judge_plain(prot, kind, outcome,
                       (frozenset({outcome.cause} if denied else ()),) * 3)
