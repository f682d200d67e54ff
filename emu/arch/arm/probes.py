# SPDX-License-Identifier: BSD-2-Clause
"""ARM's short descriptors, both byte orders: armv7 (with XP) and armv5 (without).

The CPU sees the scratch at its physical address through a copy of the first-level table.
"""

from __future__ import annotations

import os
import pathlib

from harness.bare import (EXECUTE, LIST, PAGE, READ, WRITE_SAME, Level, Outcome, Switched,
                          assemble, judge_plain)
from harness.oracle import Oracle, Span

__all__ = ["EXECUTE", "READ", "WRITE_SAME", "judge_access", "judge_hole"]

ROOT = "ttbr0"
JUMP_BACK = bytes.fromhex("1bff2fe1")   # bx r11
SECTION = 0xC02                     # AP = 3, domain 0
M, B, V, XP, EE = 1, 1 << 7, 1 << 13, 1 << 23, 1 << 25
COARSE, FINE = 1, 3
NO_BYTES = 0xFFFFFFFF0
# Arm ARM (v7) table B3-23, v5 table B4-1: fault status of section and page.
TRANSLATION, DOMAIN, PERMISSION = {5, 7}, {9, 11}, {13, 15}
NO_RAM = {8, 12, 14}


class Machine(Switched):
    """One QEMU for many fixtures of a regime: arm1176 walks as armv5 does while XP is clear.

    That core, because it alone has XScale's extended pages, tiny pages and, by EE, either order.
    """

    program = "qemu-system-arm"
    arguments = ("-cpu", "arm1176")
    xml = "arm-core.xml"
    off, end = 0x100, 0x140
    width = entry_size = 4
    scratch_size = 1 << 20

    def code(self, work: pathlib.Path) -> bytes:
        """Batches."""
        return assemble(work, pathlib.Path(__file__).with_name("probe.S"),
                        [os.environ.get("CLANG", "clang"), "--target=armv7-none-eabi",
                         "-fuse-ld=lld"])

    def registers(self, oracle: Oracle) -> None:
        """ttbr0; ttbcr, dacr and sctlr where the oracle has them."""
        self.old = oracle.fields["regime"] == "armv5"
        self.big = oracle.fields["byteorder"] == "big"
        self.ttbr0 = oracle.regs["ttbr0"]
        self.ttbcr = oracle.regs.get("ttbcr", 0)
        # Domains without access are the user's affair or nobody's: their pages translate.
        dacr = oracle.regs.get("dacr", 1)
        self.dacr = sum((dacr >> i & 3 or 1) << i for i in range(0, 32, 2))
        # B is BE-32, whose memory holds words, not bytes; EE reads the same tables as bytes.
        sctlr = oracle.regs.get("sctlr", 0) & ~(B | V | XP | EE) | M
        self.sctlr = sctlr | (EE if self.big else 0) | (0 if self.old else XP)
        self.levels = (Level("L1", 20, 12), Level("L2", 12, 8))
        self.root = self.ttbr0 & ~0x3FFF

    def _kind(self, entry: int) -> int:
        kind = entry & 3
        return 0 if kind == FINE and not self.old else kind

    def next_table(self, entry: int, depth: int) -> int | None:
        """Coarse tables; fine ones, of 1024 entries, on armv5."""
        if depth:
            return None
        return {COARSE: entry & ~0x3FF, FINE: entry & ~0xFFF}.get(self._kind(entry))

    def _steps(self, va: int) -> list[tuple[Level, int, int]]:
        steps = super()._steps(va)
        if self._kind(steps[0][2]) == FINE:
            at = (steps[0][2] & ~0xFFF) + 4 * (va >> 10 & 1023)
            steps[1:] = [(Level("fine L2", 10, 10), at, self.word_at(at))]
        return steps

    def cannot(self, span: Span) -> str | None:
        """ARMv7-A B3.5.1: type 3 is a section for CPUs with PXN alone; this one has none."""
        first = self.word_at(self.root + 4 * (span.va >> 20))
        if span.kind != "hole" and not self.old and first & 3 == FINE:
            return "in sections with PXN, which this CPU does not have"
        return None

    def unseen(self, va: int) -> bool:
        """AP 00: no access for anybody, unless S or R are set (Arm ARM v5, table B4-1)."""
        entries = [entry for _, _, entry in self._steps(va)]
        last = entries[-1]
        if len(entries) == 1:
            return last & 3 != 0 and not last & 0xC00 and not self.sctlr & 0x300
        part = 0
        if self.old and last & 3 in (1, 2):         # AP of each quarter
            part = va >> (14 if last & 3 == 1 else 10) & 3
        return last & 3 != 0 and not last >> 4 + 2 * part & 3 and not self.sctlr & 0x300

    def unreadable(self, va: int) -> bool:
        """The same for the CPU."""
        return self.unseen(va)

    def in_scratch(self, va: int) -> bool:
        """The section that is ours."""
        return self.scratch <= va < self.scratch + self.scratch_size

    def in_use(self, scratch: int) -> bool:
        """Whether the fixture says anything but hole there."""
        return any(s.kind != "hole" and s.va < scratch + self.scratch_size and s.last >= scratch
                   for s in self.oracle.spans)

    def start(self, count: int, stay: bool) -> None:
        """The first-level table's copy, general registers, pc."""
        at = self.scratch
        copy = at + self.scratch_size // 2
        self.ram[copy:copy + 4 * PAGE] = self.root_table(self.root, 4 * PAGE)
        self.put(copy + 4 * (at >> 20), at | SECTION)
        for name, value in (("r0", copy | self.ttbr0 & 0x3FFF), ("r1", self.ttbcr),
                            ("r2", self.dacr), ("r3", self.sctlr), ("r4", at + LIST),
                            ("r5", count), ("pc", at)):
            self.gdb.set(name, value)

    def outcome(self, value: int, status: int) -> Outcome:
        """Status is DFSR or IFSR; an external abort, be it a walk's, means: no RAM there."""
        if status == 1:
            return Outcome(value)
        if status & 15 in NO_RAM:
            return Outcome(NO_BYTES)
        return Outcome(value, status)


MACHINES = {"arm": Machine, "armeb": Machine}


def judge_hole(va: int, machine: Machine, outcome: Outcome, tables_translate: bool) \
        -> tuple[str, bool | None]:
    """Translation fault at its address."""
    level, _, entry = machine._steps(va)[-1]
    if machine.old and level.name == "L2" and entry & 3 == 3 and \
            machine.oracle.fields["os"] == "freebsd":
        # Arm ARM v5, table B4-3: reserved; FreeBSD's page map leaves XScale's pages out.
        return "an extended small page, which only XScale has", None
    return "translation fault", outcome.cause is not None and \
        outcome.cause & 15 in TRANSLATION and outcome.value == va


def judge_access(prot: str, kind: int, outcome: Outcome) -> tuple[str, bool]:
    """A read, write or execution against the protection that the oracle states."""
    denied = outcome.cause is not None and outcome.cause & 15 in PERMISSION and \
        bool(outcome.cause & 0x40000000) == (kind == EXECUTE)
    return judge_plain(prot, kind, outcome,
                       (frozenset({outcome.cause} if denied else ()),) * 3)
