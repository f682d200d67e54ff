# SPDX-License-Identifier: BSD-2-Clause
"""AArch64, both byte orders, granules of 4, 16 and 64 KiB: TTBR1 is the fixture's, TTBR0 ours."""

from __future__ import annotations

import os
import pathlib

from harness.bare import (EXECUTE, LIST, PAGE, READ, WRITE_SAME, Level, Outcome, Switched,
                          assemble, judge_plain)
from harness.oracle import Oracle

__all__ = ["EXECUTE", "READ", "WRITE_SAME", "judge_access", "judge_hole"]

ROOT = "ttbr1"
JUMP_BACK = bytes.fromhex("c0021fd6")   # br x22
GRANULES = {"4k": 12, "16k": 14, "64k": 16}
TABLE, BLOCK = 3, 0x701             # block: AF, inner shareable, attribute 0, EL1 read and write
TCR0 = 0x3510                       # 48 bits, 4 KiB
TCR_HA = 1 << 39                    # a clear access flag is for the kernel to count, not a hole
NO_BYTES = -1
NO_RAM = {0x10, 0x14, 0x15, 0x16, 0x17}
NO_BLOCKS = {"4k": (0,), "16k": (0, 1), "64k": (0, 1)}  # levels, without FEAT_LPA2


class Machine(Switched):
    """One QEMU for many fixtures."""

    program = "qemu-system-aarch64"
    arguments = ("-cpu", "max,has_el3=off,has_el2=off")
    xml = "aarch64-core.xml"
    off, end = 0x100, 0x140

    def code(self, work: pathlib.Path) -> bytes:
        """Batches."""
        return assemble(work, pathlib.Path(__file__).with_name("probe.S"),
                        [os.environ.get("CLANG", "clang"), "--target=aarch64-none-elf",
                         "-fuse-ld=lld"])

    def registers(self, oracle: Oracle) -> None:
        """ttbr1, tcr, and mair and sctlr where the oracle has them."""
        self.regime = oracle.fields["regime"]
        grain = GRANULES[self.regime]
        self.big = oracle.fields["byteorder"] == "big"
        self.tcr = oracle.regs["tcr"] & ~0xFFFF | TCR0 | TCR_HA
        self.ttbr1 = oracle.regs["ttbr1"]
        self.mair = oracle.regs.get("mair", 0xFF) & ~0xFF | 0xFF
        self.sctlr = oracle.regs.get("sctlr", 0x30D01805 | (0x2000000 if self.big else 0)) | 1
        bits = 64 - (self.tcr >> 16 & 63)
        levels, shift = [], grain
        while shift < bits:
            levels.append((shift, min(grain - 3, bits - shift)))
            shift += grain - 3
        self.levels = tuple(Level(f"level {4 - len(levels) + i}", shift, width)
                            for i, (shift, width) in enumerate(reversed(levels)))
        self.frame = (1 << 48) - (1 << grain)
        self.root = self.ttbr1 & (1 << 48) - (8 << self.levels[0].bits)

    def next_table(self, entry: int, depth: int) -> int | None:
        """Table descriptors."""
        if depth + 1 == len(self.levels) or entry & 3 != TABLE:
            return None
        return entry & self.frame

    def in_scratch(self, va: int) -> bool:
        """What TTBR0 maps."""
        return self.scratch <= va < self.scratch + self.scratch_size

    def start(self, count: int, stay: bool) -> None:
        """TTBR0's tables, general registers, pc."""
        at = self.scratch
        tables = [at + self.scratch_size // 2 + PAGE * i for i in range(3)]
        self.ram[tables[0]:tables[0] + 3 * PAGE] = bytes(3 * PAGE)
        self.put(tables[0], tables[1] | TABLE)
        self.put(tables[1] + 8 * (at >> 30), tables[2] | TABLE)
        self.put(tables[2] + 8 * (at >> 21 & 511), at | BLOCK)
        for name, value in (("x0", self.ttbr1), ("x1", self.tcr), ("x2", self.mair),
                            ("x3", self.sctlr), ("x4", tables[0]), ("x19", at + LIST),
                            ("x20", count), ("pc", at)):
            self.gdb.set(name, value)

    def outcome(self, value: int, status: int) -> Outcome:
        """Status is ESR; an external abort, be it a walk's, means: no RAM there."""
        if status == 1:
            return Outcome(value)
        if status >> 26 in (0x21, 0x25) and status & 63 in NO_RAM:
            return Outcome(NO_BYTES)
        return Outcome(value, status)


MACHINES = {"aarch64": Machine, "aarch64eb": Machine, "arm64": Machine}


def _fault(kind: int, outcome: Outcome, codes: range) -> bool:
    # Arm ARM D17.2.37: EC 21 instruction abort, 25 data abort, of the same EL; fault status 5:0.
    return outcome.cause is not None and \
        outcome.cause >> 26 == (0x21 if kind == EXECUTE else 0x25) and outcome.cause & 63 in codes


def judge_hole(va: int, machine: Machine, outcome: Outcome, tables_translate: bool) \
        -> tuple[str, bool | None]:
    """Address size or translation fault, at its address."""
    level, _, entry = machine._steps(va)[-1]
    depth = int(level.name.rpartition(" ")[2])
    if entry & 3 == 1 and depth in NO_BLOCKS[machine.regime] and \
            (outcome.cause is None or outcome.value != va):     # the read ends beyond the block
        # Arm ARM D8.3.1: such a descriptor is invalid; QEMU 7.2 follows it.
        return "a block descriptor at a level without blocks, which QEMU takes for one", None
    return "address size or translation fault", \
        _fault(READ, outcome, range(8)) and outcome.value == va


def judge_access(prot: str, kind: int, outcome: Outcome) -> tuple[str, bool]:
    """A read, write or execution against the protection that the oracle states."""
    if outcome.cause is not None and _fault(kind, outcome, range(12, 16)):
        return judge_plain(prot, kind, outcome, (frozenset({outcome.cause}),) * 3)
    return judge_plain(prot, kind, outcome, (frozenset(),) * 3)
