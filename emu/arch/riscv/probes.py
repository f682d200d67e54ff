# SPDX-License-Identifier: BSD-2-Clause
"""RISC-V: sv32, sv39, sv48, sv57.  The code stays in M-mode and borrows S-mode's translation."""

from __future__ import annotations

import os
import pathlib

from harness.bare import (EXECUTE, LIST, READ, WRITE_SAME, Bare, Level, Outcome, assemble,
                          judge_plain)
from harness.oracle import Oracle
from harness.qemu import MachineError

__all__ = ["EXECUTE", "READ", "WRITE_SAME", "judge_access", "judge_hole"]

ROOT = "satp"
JUMP_BACK = bytes.fromhex("73000000")   # ecall
VALID, R, W, X = 1, 2, 4, 8
RESERVED = 0x1FC0000000000000
# Privileged 20211203, table 3.6: fetch, load and store page faults.
FAULTS = (frozenset({13}), frozenset({15}), frozenset({12}))
NO_BYTES = -1
NO_MEMORY = {1, 5, 7}               # access faults: no PMP here, so there is no RAM
PRIV = 65                           # gdb's number: after pc (32) and 32 registers of F

LEVELS = {
    "sv32": (Level("L1", 22, 10), Level("L0", 12, 10)),
    "sv39": tuple(Level(f"L{i}", 12 + 9 * i, 9) for i in (2, 1, 0)),
    "sv48": tuple(Level(f"L{i}", 12 + 9 * i, 9) for i in (3, 2, 1, 0)),
    "sv57": tuple(Level(f"L{i}", 12 + 9 * i, 9) for i in (4, 3, 2, 1, 0)),
}
MODES = {8: "sv39", 9: "sv48", 10: "sv57"}     # of satp, 64 bits


class Riscv(Bare):
    """One QEMU for many fixtures."""

    march = ""
    mabi = ""
    root_bits = 44

    def code(self, work: pathlib.Path) -> bytes:
        """Batches."""
        return assemble(work, pathlib.Path(__file__).with_name("probe.S"),
                        [os.environ.get("CLANG", "clang"), f"--target=riscv{8 * self.width}",
                         f"-march={self.march}", f"-mabi={self.mabi}", "-fuse-ld=lld",
                         "-mno-relax"])

    def registers(self, oracle: Oracle) -> None:
        """satp."""
        self.satp = oracle.regs["satp"]
        # A minidump's regime is the form of its page map.
        regime = oracle.fields["regime"]
        self.levels = LEVELS[regime if regime in LEVELS else MODES.get(self.satp >> 60, "sv39")]
        self.root = (self.satp & (1 << self.root_bits) - 1) << 12

    def select(self) -> None:
        """Runs an empty batch, which sets satp; then S-mode, whose translation QEMU shows."""
        self.access_nothing()
        self._mode(1)

    def _mode(self, mode: int) -> None:
        if self.gdb.ask(f"P{PRIV:x}={mode:02x}{'00' * (self.width - 1)}") != b"OK":
            raise MachineError("gdb stub: register priv refused")

    def access_nothing(self) -> None:
        """The code alone."""
        for self.scratch in self.scratches():
            held = self.ram[self.scratch:self.scratch + self.scratch_size]
            self._run([])
            self.ram[self.scratch:self.scratch + self.scratch_size] = held
            return
        raise MachineError("no RAM is left for the code that sets registers")

    def batch(self, probes: list[tuple[int, int]]) -> None:
        """Runs probe.S at the scratch."""
        at = self.scratch
        for name, value in (("t0", self.satp), ("fp", at + LIST), ("s1", len(probes)),
                            ("pc", at)):
            self.gdb.set(name, value, self.width)
        self._mode(3)
        self.gdb.run_to(at + len(self.blob) - 4, self.qemu.timeout)

    def next_table(self, entry: int, depth: int) -> int | None:
        """Valid entries with neither R, W nor X."""
        if not entry & VALID or entry & (R | W | X) or depth + 1 == len(self.levels):
            return None
        return (entry >> 10 & (1 << self.root_bits) - 1) << 12

    def unreadable(self, va: int) -> bool:
        """Pages for fetches alone."""
        return not self._steps(va)[-1][2] & R

    def in_scratch(self, va: int) -> bool:
        """QEMU 7.2 keeps M-mode's fetches and MPRV's loads in one TLB: they would be mixed up."""
        return self.scratch <= va < self.scratch + self.scratch_size

    def outcome(self, value: int, status: int) -> Outcome:
        """A cause is stored 100 higher, so that cause 0 and 1 are seen."""
        if status == 1:
            return Outcome(value)
        cause = status - 0x100
        if cause in NO_MEMORY:          # it translated; no byte can be read there
            return Outcome(NO_BYTES)
        return Outcome(value, cause)


class Riscv64(Riscv):
    """sv39, sv48, sv57."""

    program = "qemu-system-riscv64"
    arguments = ("-cpu", "rv64,pmp=off,svpbmt=on,svnapot=on")
    xml = "riscv-64bit-cpu.xml"
    march, mabi = "rv64ima", "lp64"


class Riscv32(Riscv):
    """sv32."""

    program = "qemu-system-riscv32"
    arguments = ("-cpu", "rv32,pmp=off")
    xml = "riscv-32bit-cpu.xml"
    march, mabi = "rv32ima", "ilp32"
    width = entry_size = 4
    root_bits = 22
    reach = 1 << 32                 # 34 bits by Privileged 4.3.1; QEMU 7.2's TLB cuts them


MACHINES = {"riscv64": Riscv64, "riscv32": Riscv32, "riscv": Riscv64}


def judge_hole(va: int, machine: Riscv, outcome: Outcome, tables_translate: bool) \
        -> tuple[str, bool | None]:
    """A read of a hole is a load page fault at its address."""
    # Privileged 20211203, 4.4.1: bits 60:54 and PBMT 3 fault; QEMU 7.2 ignores them with Svpbmt.
    if machine.width == 8 and (outcome.cause is None or outcome.value != va) and any(
            entry & RESERVED or entry >> 61 & 3 == 3 for _, _, entry in machine._steps(va)):
        return "reserved bits 60:54 or PBMT 3, which QEMU does not look at", None
    return "load page fault", outcome.cause in FAULTS[READ] and outcome.value == va


def judge_access(prot: str, kind: int, outcome: Outcome) -> tuple[str, bool]:
    """A read, write or execution against the protection that the oracle states."""
    return judge_plain(prot, kind, outcome, FAULTS)
