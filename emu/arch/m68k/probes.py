# SPDX-License-Identifier: BSD-2-Clause
"""m68k's 68040: three levels, pages of 4 or 8 KiB.  Only QEMU's debug walk is asked."""

from __future__ import annotations

import pathlib
import re

from harness.bare import Bare, Level
from harness.oracle import Oracle, Span
from harness.qemu import MachineError

ROOT = "srp"
INDIRECT = 2
REGIMES = ("68040",)                # QEMU has no 68030 or 68851
D0, PC = 0, 17                      # gdb's numbers
ITT_ALL = 0x00FFE000                # fetches are not translated: the code needs no mapping
# M68000 PRM, MOVEC: register number in bits 14:12, control register in 11:0.
CONTROL = {"srp": 0x807, "urp": 0x806, "dtt0": 0x006, "dtt1": 0x007, "itt0": 0x004,
           "itt1": 0x005, "tc": 0x003}
PFLUSHA, MOVEC = "f518", "4e7b"


class Machine(Bare):
    """One QEMU for many fixtures."""

    program = "qemu-system-m68k"
    arguments = ("-cpu", "m68040")
    xml = "m68k-core.xml"
    width = entry_size = 4
    big = True
    touches = False
    no_list = "QEMU's list of all pages: too long; holes are probed only"

    def code(self, work: pathlib.Path) -> bytes:
        """d0 .. d6 into the control registers, tc last."""
        moves = [f"{MOVEC}{i << 12 | number:04x}" for i, number in enumerate(CONTROL.values())]
        return bytes.fromhex("".join([*moves[:-1], PFLUSHA, moves[-1], "60fe"]))

    def registers(self, oracle: Oracle) -> None:
        """srp, urp, tc; the transparent translation registers where the oracle has them."""
        self.values = [oracle.regs["srp"], oracle.regs.get("urp", oracle.regs["srp"]),
                       oracle.regs.get("dtt0", 0), oracle.regs.get("dtt1", 0), ITT_ALL, 0,
                       oracle.regs["tc"] & 0xC000]
        shift = 13 if oracle.regs["tc"] & 0x4000 else 12
        self.levels = (Level("root", 25, 7), Level("pointer", 18, 7),
                       Level("page", shift, 18 - shift))
        self.root = oracle.regs["srp"] & ~0x1FF
        # NetBSD's reloc range is linear and has no protection; pages of it may be absent.
        self.linear: set[Span] = set()
        for spans in (oracle.spans, oracle.spans[::-1]):
            before = None
            for span in spans:
                touches = before is not None and before in self.linear and \
                    (before.last + 1 == span.va or span.last + 1 == before.va)
                if span.kind == "map" and span.prot == "-" or span.kind == "absent" and touches:
                    self.linear.add(span)
                before = span

    def next_table(self, entry: int, depth: int) -> int | None:
        """M68040 UM 3.2.2: resident table descriptors; an indirect page descriptor is no table."""
        if depth == 2 or not entry & 2:
            return None
        return entry & (~0x1FF if depth == 0 else ~((4 << self.levels[2].bits) - 1))

    def _steps(self, va: int) -> list[tuple[Level, int, int]]:
        steps = super()._steps(va)
        if len(steps) == 3 and steps[2][2] & 3 == INDIRECT:
            at = steps[2][2] & ~3
            steps.append((Level("indirect", self.levels[2].shift, 0), at, self.word_at(at)))
        return steps

    def cannot(self, span: Span) -> str | None:
        """What no table says."""
        return "that the port decides, not a table" if span in self.linear else None

    def lax(self, va: int) -> str | None:
        """M68040 UM 3.2.2.3: behind an indirect descriptor is a page's, 01 or 11."""
        steps = self._steps(va)
        if len(steps) == 4 and not steps[3][2] & 1:
            return "invalid or again indirect behind an indirect descriptor, where QEMU does not look"
        return None

    def select(self) -> None:
        """Runs the code."""
        self.scratch = next(iter(self.scratches()))
        self.ram[self.scratch:self.scratch + len(self.blob)] = self.blob
        for number, value in (*enumerate(self.values, D0), (PC, self.scratch)):
            if self.gdb.ask(f"P{number:x}={value:08x}") != b"OK":
                raise MachineError(f"gdb stub: register {number} refused")
        self.gdb.run_to(self.scratch + len(self.blob) - 2, self.qemu.timeout)

    def listed(self, limit: int = 60000) -> list[int] | None:
        """Where `info tlb` finds pages; it has a line for each run."""
        text = self.qemu.monitor("info tlb").partition("SRP:")[2].partition("URP:")[0]
        runs = [(int(first, 16), int(last, 16) + 1)
                for first, last in re.findall(r"^([0-9a-f]+) - ([0-9a-f]+) ->", text, re.M)]
        page = 1 << self.levels[2].shift
        if sum(end - first for first, end in runs) > limit * page:
            return None
        return [va for first, end in runs for va in range(first, end, page)]


MACHINES = {"m68k": Machine}
