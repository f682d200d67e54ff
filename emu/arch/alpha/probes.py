# SPDX-License-Identifier: BSD-2-Clause
"""alpha: three levels of 8 KiB, and K0SEG.  Only QEMU's debug walk is asked.

QEMU walks OSF/1's tables itself, from a register that its PALcode sets; so do we, without it.
"""

from __future__ import annotations

import pathlib

from harness.bare import Bare, Level
from harness.oracle import Oracle, Span
from harness.qemu import MachineError

ROOT = "ptbr"
R1, PC = 1, 64                      # gdb's numbers
PTBR = 8                            # QEMU's processor register, target/alpha's cpu_pr_data
HW_MTPR, BR_SELF = 0x1D, 0xC3FFFFFF
VALID = 1
K0SEG = 0xFFFFFC0000000000          # PALmode's own addresses, too, in QEMU


def walked(span: Span) -> bool:
    """The port reads kernel addresses only; hardware walks the user's half, too."""
    return span.va >= K0SEG


class Machine(Bare):
    """One QEMU for many fixtures.  The CPU stays in PALmode."""

    program = "qemu-system-alpha"
    arguments = ("-cpu", "ev67-alpha-cpu")
    xml = "alpha-core.xml"
    touches = False

    def code(self, work: pathlib.Path) -> bytes:
        """hw_mtpr r1, PTBR; br ."""
        move = HW_MTPR << 26 | R1 << 21 | R1 << 16 | PTBR
        return move.to_bytes(4, "little") + BR_SELF.to_bytes(4, "little")

    def boot(self) -> None:
        """QEMU's CPU first takes a reset to PAL base 0."""
        self.gdb.run_to(0, self.qemu.timeout)

    def registers(self, oracle: Oracle) -> None:
        """ptbr is a frame number."""
        self.root = oracle.regs["ptbr"] << 13
        self.levels = (Level("L1", 33, 10), Level("L2", 23, 10), Level("L3", 13, 10))

    def next_table(self, entry: int, depth: int) -> int | None:
        """Valid entries."""
        return entry >> 32 << 13 if depth < 2 and entry & VALID else None

    def select(self) -> None:
        """Runs the code."""
        self.scratch = next(iter(self.scratches()))
        self.ram[self.scratch:self.scratch + len(self.blob)] = self.blob
        # The stub knows no register names of alpha, and then only writes all at once.
        values = bytearray.fromhex(self.gdb.ask("g").decode().replace("x", "0"))
        for number, value in ((R1, self.root), (PC, K0SEG + self.scratch)):
            values[8 * number:8 * number + 8] = value.to_bytes(8, "little")
        if self.gdb.ask("G" + values.hex()) != b"OK":
            raise MachineError("gdb stub: registers refused")
        self.gdb.run_to(K0SEG + self.scratch + 4, self.qemu.timeout)


MACHINES = {"alpha": Machine}
