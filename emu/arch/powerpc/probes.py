# SPDX-License-Identifier: BSD-2-Clause
"""PowerPC's hashed page tables: 32 bits with BATs (OEA), 64 bits with an SLB (970).

The CPU's code stays in real mode and turns on translation for an access alone.
"""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterable

from harness.bare import (EXECUTE, LIST, READ, WRITE_SAME, Bare, Level, Outcome, judge_plain,
                          text_of)
from harness.oracle import Oracle, Span
from harness.qemu import MachineError

__all__ = ["EXECUTE", "READ", "WRITE_SAME", "judge_access", "judge_hole"]

ROOT = "sdr1"
JUMP_BACK = bytes.fromhex("44000002")   # sc
ROM = 0xFFF00000                        # of mac99, and where MSR.IP has the vectors
START, REGS = 0x2000, 0x3000
IP, IR_DR, SF = 0x40, 0x30, 1 << 63     # MSR
SEGMENT_T = 1 << 31
GUARDED = 8
SLB_V, SLB_L = 1 << 27, 0x100
# Vectors; DSISR and SRR1 (bits 1, 3, 4 from the left, PEM 6.4.3, 6.4.4): no translation;
# guarded, no-execute or T = 1; protection.  0380 and 0480 (970): no segment.
DATA, CODE = {0x300, 0x380}, {0x400, 0x480}
NO_PAGE, NO_EXECUTE, PROTECTED = 0x40000000, 0x10000000, 0x08000000


class Hashed(Bare):
    """What both sizes share."""

    board = "mac99"
    limit = reach = 2 << 30             # what the board takes
    rom = big = True
    order = "big"
    flags = ()
    group = 8 * 8                       # bytes of a PTE group

    def code(self, work: pathlib.Path) -> bytes:
        """Batches."""
        return text_of(work, pathlib.Path(__file__).with_name("probe.S"),
                       [os.environ.get("CLANG", "clang"), *self.flags])

    def values(self) -> list[int]:
        """Registers after SDR1, in the code's order."""
        raise NotImplementedError

    def msr(self) -> int:
        """Real mode, vectors in the scratch."""
        raise NotImplementedError

    def groups(self, va: int) -> tuple[int, list[tuple[int, int]]]:
        """The segment descriptor; (PA, wanted first word of an entry) of both groups, if any."""
        raise NotImplementedError

    def select(self) -> None:
        """An empty batch, which sets the registers; then translation for fetches, too.

        QEMU's debug walk tries a load, then a fetch: in real mode that would find everything.
        """
        self.scratch = next(iter(self.scratches()), None)
        if self.scratch is None:
            raise MachineError("no RAM is left for the code that sets registers")
        held = self.ram[self.scratch:self.scratch + self.scratch_size]
        self._run([])
        self.ram[self.scratch:self.scratch + self.scratch_size] = held
        self.gdb.set("msr", self.msr() | IR_DR)

    def batch(self, probes: list[tuple[int, int]]) -> None:
        """Runs probe.S at the scratch."""
        at = self.scratch
        data = b"".join(v.to_bytes(self.width, "big") for v in (self.sdr1, *self.values()))
        self.ram[at + REGS:at + REGS + len(data)] = data
        self.gdb.set("msr", self.msr())
        for name, value in (("r3", at + LIST), ("r4", len(probes)), ("r5", at), ("r6", ROM),
                            ("pc", ROM + START)):
            self.gdb.set(name, value)
        self.gdb.run_to(ROM + len(self.blob) - 4, self.qemu.timeout)

    def outcome(self, value: int, status: int) -> Outcome:
        """Status is the vector and the upper half of DSISR or SRR1."""
        return Outcome(value, None if status == 1 else status)

    def entries(self, va: int) -> list[int]:
        """The primary group; the secondary one where the first does not hold the entry."""
        _, groups = self.groups(va)
        for i, (at, tag) in enumerate(groups):
            if any(self.word_at(at + j) & self.tag_bits == tag
                   for j in range(0, self.group, 2 * self.entry_size)):
                return [pa for pa, _ in groups[:i + 1]]
        return [pa for pa, _ in groups]

    tag_bits = 0

    def walk(self, va: int) -> list[str]:
        """Segment and both groups."""
        descriptor, groups = self.groups(va)
        lines = [f"segment of {va:x} = {descriptor:x}"]
        for name, (at, tag) in zip(("primary", "secondary"), groups, strict=False):
            lines.append(f"{name} group at {at:x}, wanted {tag:x}" +
                         ("" if at < self.area else " (no RAM there)"))
            for j in range(0, self.group, 2 * self.entry_size):
                high, low = self.word_at(at + j), self.word_at(at + j + self.entry_size)
                if high:
                    lines.append(f"  {high:x} {low:x}")
        return lines

    def tables(self, limit: int = 1 << 14) -> set[int]:
        """The hash table."""
        return set(range(self.root, self.root + self.table_size, 4096))


class Powerpc(Hashed):
    """OEA.  QEMU's 7445 has the BATs of all of them; the hash table is the same since the 601."""

    program = "qemu-system-ppc"
    arguments = ("-cpu", "7445")
    xml = "power-core.xml"
    flags = ("--target=powerpc-none-elf", "-mcpu=7450")
    width = entry_size = 4
    tag_bits = 0xFFFFFFFF

    def registers(self, oracle: Oracle) -> None:
        """sdr1, sr0 .. sr15, BATs."""
        regs = oracle.regs
        self.old = oracle.fields["regime"] == "oea601"
        self.sdr1 = regs["sdr1"]
        self.root = self.sdr1 & 0xFFFF0000
        self.mask = (self.sdr1 & 0x1FF) << 16 | 0xFFFF
        self.table_size = self.mask + 1
        self.segments = [regs.get(f"sr{i}", SEGMENT_T) for i in range(16)]
        self.bats = [regs.get(f"{kind}bat{i}{half}", 0) for first in (0, 4) for kind in "id"
                     for i in range(first, first + 4) for half in "ul"]
        self.old_bats = [(regs.get(f"bat{i}u", 0), regs.get(f"bat{i}l", 0)) for i in range(4)]
        self.levels = (Level("segment", 28, 4), Level("bat", 17, 11), Level("page", 12, 5))

    def values(self) -> list[int]:
        """Segments, BATs."""
        return self.segments + self.bats

    def msr(self) -> int:
        """IP."""
        return IP

    def groups(self, va: int) -> tuple[int, list[tuple[int, int]]]:
        """None where a data BAT says it all."""
        return (0, []) if self._bat(va, "d") is not None else self._groups(va)

    def _groups(self, va: int) -> tuple[int, list[tuple[int, int]]]:
        """PEM 7.6.1.2."""
        descriptor = self.segments[va >> 28 & 15]
        if descriptor & SEGMENT_T:
            return descriptor, []
        vsid, page = descriptor & 0xFFFFFF, va >> 12 & 0xFFFF
        found = vsid & 0x7FFFF ^ page
        tag = 1 << 31 | vsid << 7 | page >> 10
        return descriptor, [(self.root | value << 6 & self.mask, tag | secondary << 6)
                            for secondary, value in ((0, found), (1, ~found))]

    def _bat(self, va: int, kind: str) -> int | None:
        """What an instruction or data BAT makes of va."""
        for first in (0, 16) if kind == "i" else (8, 24):
            for i in range(first, first + 8, 2):
                upper, lower = self.bats[i:i + 2]
                size = ((upper & 0x1FFC) << 15) + (1 << 17)
                if upper & 2 and upper & 0xFFFE0000 & -size == va & -size:
                    return lower & 0xFFFE0000 & -size | va & size - 1
        return None

    def unreadable(self, va: int) -> bool:
        """In an instruction BAT only."""
        return self._bat(va, "i") is not None and self._bat(va, "d") is None and \
            self._low(va) is None

    def _low(self, va: int) -> int | None:
        """Second word of the PTE."""
        return next((self.word_at(at + j + 4) for at, tag in self._groups(va)[1]
                     for j in range(0, self.group, 8) if self.word_at(at + j) == tag), None)

    def no_execution(self, va: int) -> str | None:
        """Why an execution of va would say nothing."""
        data, code = self._bat(va, "d"), self._bat(va, "i")
        low = self._low(va)
        if data != code and (low is not None or None not in (data, code)):
            return "executions where fetches are translated by something else than loads"
        if code is None and low is not None and low & GUARDED:
            # PEM 6.4.4: ISI, SRR1 bit 3.
            return "executions from guarded memory, which QEMU lets through"
        return None

    def cannot(self, span: Span) -> str | None:
        """What QEMU's 7445 does not do."""
        for i in range(0, len(self.bats), 2):
            upper = self.bats[i]
            size = ((upper & 0x1FFFC) << 15) + (1 << 17)
            base = upper & 0xFFFE0000 & -size
            if upper & 2 and size > 1 << 28 and span.va < base + size and span.last >= base:
                return "in a BAT longer than 256 MiB (HID0.XBSEN), which QEMU does not know"
        for upper, lower in self.old_bats if self.old else ():
            size = ((lower & 0x3F) << 17) + (1 << 17)
            base = upper & 0xFFFE0000 & -size
            if lower & 0x40 and span.va < base + size and span.last >= base:
                return "in a BAT of the 601, which QEMU does not have"
        for i in range(span.va >> 28, (span.last >> 28) + 1):
            if self.old and self.segments[i] & SEGMENT_T and span.va >> 28 == span.last >> 28:
                return "in a segment with T = 1 of the 601, which QEMU does not have"
        return None


class Powerpc64(Hashed):
    """The 970: SLB, hash table in RAM.  HIOR puts the vectors into the scratch."""

    program = "qemu-system-ppc64"
    arguments = ("-cpu", "970fx")
    xml = "power64-core.xml"
    flags = ("--target=powerpc64-none-elf", "-mcpu=970")
    group = 8 * 16
    tag_bits = 0xFFFFFFFFFFFFFF83 & ~4  # without software's bits and L

    def registers(self, oracle: Oracle) -> None:
        """sdr1, SLB entries."""
        regs = oracle.regs
        self.sdr1 = regs["sdr1"]
        self.root = self.sdr1 & ~0x3FFFF
        self.table_size = 1 << 18 + (self.sdr1 & 31)
        self.slb = [(regs[f"slbe{i}"], regs[f"slbv{i}"]) if f"slbe{i}" in regs else (i, 0)
                    for i in range(64)]
        self.levels = (Level("segment", 28, 36), Level("large page", 24, 4), Level("page", 12, 12))

    def cannot(self, span: Span) -> str | None:
        """FreeBSD fills the SLB when it faults."""
        if self.oracle.fields["os"] == "freebsd" and not (
                self.groups(span.va)[1] and self.groups(span.last)[1]):
            return "in segments that are not in the SLB, which the kernel fills"
        return None

    def values(self) -> list[int]:
        """SLB entries."""
        return [value for pair in self.slb for value in pair]

    def msr(self) -> int:
        """64 bits."""
        return SF

    def groups(self, va: int) -> tuple[int, list[tuple[int, int]]]:
        """PowerPC Architecture Book III, 4.5."""
        for upper, lower in self.slb:
            if upper & SLB_V and upper >> 28 == va >> 28:
                shift = 24 if lower & SLB_L else 12
                vsid = lower >> 12
                found = vsid & 0x7FFFFFFFFF ^ (va & 0xFFFFFFF) >> shift
                tag = vsid << 12 | (va >> 23 & 0x1F) << 7 | 1
                if shift == 24:
                    tag &= ~0x80
                return lower, [
                    (self.root | value << 7 & self.table_size - 1, tag | secondary << 1)
                    for secondary, value in ((0, found), (1, ~found))]
        return 0, []


MACHINES = {"powerpc": Powerpc, "powerpc64": Powerpc64}


def _fault(kind: int, outcome: Outcome, bits: int) -> bool:
    if outcome.cause is None or outcome.cause & 0xFFF not in (CODE if kind == EXECUTE else DATA):
        return False
    return bool(outcome.cause & bits) or outcome.cause & 0xFFF in (0x380, 0x480)


def judge_hole(va: int, machine: Hashed, outcome: Outcome, tables_translate: bool) \
        -> tuple[str, bool | None]:
    """No translation, at its address."""
    if machine.width == 4 and machine.segments[va >> 28 & 15] & SEGMENT_T:
        # PEM 7.8: the bus's I/O protocol, not memory; QEMU takes the address for a physical one.
        return "a direct-store segment, which QEMU takes for real mode", None
    return "DSI: no translation, or no segment", \
        _fault(READ, outcome, NO_PAGE) and outcome.value == va


def judge_access(prot: str, kind: int, outcome: Outcome) -> tuple[str, bool]:
    """A read, write or execution against the protection that the oracle states."""
    denied = _fault(kind, outcome, PROTECTED | NO_EXECUTE | NO_PAGE)
    return judge_plain(prot, kind, outcome,
                       (frozenset({outcome.cause} if denied else ()),) * 3)
