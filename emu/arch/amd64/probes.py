# SPDX-License-Identifier: BSD-2-Clause
"""A bare amd64 machine whose RAM is a file: lay memory in, set the registers, ask the MMU.

QEMU's `none` machine is a CPU and flat RAM from 0 on: no devices, no holes.  The last 2 MiB
belong to probe.S; it is seen by the CPU through a *copy* of the fixture's root table in which
one entry, unused by the address asked, is ours.  gva2gpa and memsave go through the fixture's
own root.
"""

from __future__ import annotations

import dataclasses
import mmap
import os
import pathlib
import shutil
import struct

import numpy as np

from harness.bare import Doubts, assemble
from harness.oracle import Oracle
from harness.qemu import Gdb, MachineError, Qemu

PAGE = 4096
AREA = 2 << 20                      # ours, at the end of RAM
BOOT_DONE, BATCH, DONE, VECTORS = 0x140, 0x200, 0x2C0, 0x400
GDTR, IDTR, COUNT, IDT, LIST = 0x800, 0x810, 0x820, 0x1000, 0x3000
TABLES = AREA - 8 * PAGE            # shadow root and the tables below our entry
BATCH_MAX = (TABLES - LIST) // 32

PRESENT, WRITE, LARGE = 1, 2, 0x80
FRAME = 0x000FFFFFFFFFF000
CR0 = 0x80010011                    # PG, WP, ET, PE
EFER_LONG = 0x500                   # LME, LMA
CR4_LA57 = 0x1000
CR4_NOT_WHILE_PROBING = 0x01F20000    # PCIDE, SMEP, SMAP, PKE, CET, PKS
JUMP_BACK = b"\x41\xff\xe7"         # jmp *%r15

READ, WRITE_SAME, EXECUTE = 0, 1, 2
PAGE_FAULT, PROTECTION_FAULT = 14, 13
PF_PRESENT, PF_WRITE, PF_RESERVED, PF_FETCH = 1, 2, 8, 16

DIRECT = {"openbsd": (0xFFFFFD8000000000, 4 << 39)}     # PMAP_DIRECT_BASE, 4 slots: pa = va - base
LEVELS = {"4level": (39, 30, 21, 12), "5level": (48, 39, 30, 21, 12)}
NAMES = {48: "PML5", 39: "PML4", 30: "PDPT", 21: "PD", 12: "PT"}
ROOT = "cr3"                        # without this reg line there is nothing to ask


@dataclasses.dataclass
class Outcome:
    """What one access did: vector None means that it went through."""

    value: int
    vector: int | None = None
    error: int = 0

    def __str__(self) -> str:
        if self.vector is None:
            return f"went through, read {self.value:016x}"
        if self.vector == PAGE_FAULT:
            bits = [n for b, n in ((PF_PRESENT, "P"), (PF_WRITE, "W"), (PF_RESERVED, "RSVD"),
                                   (PF_FETCH, "I")) if self.error & b]
            return f"#PF({'|'.join(bits) or 'not present'}) at {self.value:x}"
        return "#GP" if self.vector == PROTECTION_FAULT else f"vector {self.vector}"


def canonical(va: int, vabits: int) -> bool:
    """Whether the bits above the translated ones repeat the highest of these."""
    return va >> (vabits - 1) in (0, (1 << (65 - vabits)) - 1)


class Machine(Doubts):
    """One QEMU for many fixtures."""

    big = False
    width = 8
    touches = True
    reach = 1 << 64

    def __init__(self, work: pathlib.Path, size: int, timeout: float) -> None:
        self.size = size + AREA
        self.area = size
        self._blob = assemble(work, pathlib.Path(__file__).with_name("probe.S"),
                              [_compiler()])
        self._file = os.memfd_create("ram", os.MFD_CLOEXEC)     # no disk, no size of /dev/shm
        os.ftruncate(self._file, self.size)
        self.ram = mmap.mmap(self._file, self.size)
        self.qemu = Qemu("qemu-system-x86_64", [
            "-M", "none,memory-backend=ram", "-accel", "tcg", "-m", str(self.size >> 20),
            "-cpu", "max,phys-bits=52,la57=on,-apic,apic-id=0", "-object",
            f"memory-backend-file,id=ram,size={self.size},mem-path=/proc/self/fd/{self._file},"
            "share=on,reserve=off"], work, timeout, (self._file,))
        try:
            self.gdb = Gdb(self.qemu, "i386-64bit.xml")
            self._boot()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends QEMU and drops the RAM."""
        self.qemu.close()
        self.ram.close()
        os.close(self._file)

    def _boot(self) -> None:
        """Start-up code at 0x8000 takes the CPU to long mode; its place is the fixture's after."""
        self.ram[0x8000:0x8000 + len(self._blob)] = self._blob
        for table, entry in ((0x10000, 0x11000 | 3), (0x11000, 0x12000 | 3), (0x12000, 0x83)):
            self.ram[table:table + 8] = struct.pack("<Q", entry)
        self.gdb.set("cs", 0x800)
        self.gdb.set("rip", 0)
        self.gdb.run_to(0x8000 + BOOT_DONE, self.qemu.timeout)
        if self.gdb.get("efer") & EFER_LONG != EFER_LONG:
            raise MachineError("the machine did not reach long mode")

    def lay(self, oracle: Oracle) -> None:
        """Empties RAM; then the start-up registers that the oracle names are for this fixture."""
        os.ftruncate(self._file, 0)
        os.ftruncate(self._file, self.size)
        regime = oracle.fields["regime"]
        if regime not in LEVELS:        # a minidump's: the form of its page map
            regime = "5level" if oracle.regs.get("cr4", 0) & CR4_LA57 else "4level"
        self.shifts = LEVELS[regime]
        self.cr3 = oracle.regs["cr3"]
        cr4 = oracle.regs.get("cr4", 0x20 | (CR4_LA57 if regime == "5level" else 0))
        if bool(cr4 & CR4_LA57) != (regime == "5level"):
            raise MachineError(f"reg cr4 {cr4:x}: LA57 does not fit regime {regime}")
        self.cr4 = cr4 | 0x20
        self.efer = oracle.regs.get("efer", 0xD00) | EFER_LONG
        self.cr0 = oracle.regs.get("cr0", CR0) | CR0

    def word(self, pa: int) -> int:
        """The 64-bit word at a physical address; RAM that is not there reads as 0."""
        if pa + 8 > self.area:
            return 0
        return struct.unpack_from("<Q", self.ram, pa)[0]

    def select(self) -> None:
        """Puts the fixture's own root into CR3, for gva2gpa and memsave."""
        for name in ("cr0", "cr4", "efer"):
            self.gdb.set(name, getattr(self, name), 8)
        self.gdb.set("cr3", self.cr3, 8)

    def _slot(self, busy: set[int]) -> int:
        root = self.cr3 & FRAME
        for index in range(511, -1, -1):
            if index not in busy and not self.word(root + 8 * index) & PRESENT:
                return index
        return next(i for i in range(511, -1, -1) if i not in busy)

    def access(self, probes: list[tuple[int, int]]) -> list[Outcome]:
        """Makes the CPU do each (va, kind) access; one outcome each."""
        top = self.shifts[0]
        answers: list[Outcome | None] = [None] * len(probes)
        left = list(range(len(probes)))
        slot = self._slot(set())
        avoid: set[int] = set()
        while left:
            now = [i for i in left if probes[i][0] >> top & 511 != slot]
            for first in range(0, len(now), BATCH_MAX):
                part = now[first:first + BATCH_MAX]
                for i, outcome in zip(part, self._batch(slot, [probes[i] for i in part]),
                                      strict=True):
                    answers[i] = outcome
            left = [i for i in left if answers[i] is None]
            avoid.add(slot)
            slot = self._slot(avoid)
        return [a for a in answers if a is not None]

    def _batch(self, slot: int, probes: list[tuple[int, int]]) -> list[Outcome]:
        area, top = self.area, self.shifts[0]
        base = slot << top
        if slot & 256:
            base |= ((1 << 64) - 1) & ~((1 << (top + 9)) - 1)
        self.ram[area:area + len(self._blob)] = self._blob
        idt = b""
        for vector in range(32):
            at = base + VECTORS + 16 * vector
            idt += struct.pack("<HHHHII", at & 0xFFFF, 8, 0x8E00, at >> 16 & 0xFFFF, at >> 32, 0)
        self._put(IDT, idt)
        self._put(GDTR, struct.pack("<HQ", 23, base + _gdt_offset(self._blob)))
        self._put(IDTR, struct.pack("<HQ", len(idt) - 1, base + IDT))
        self._put(COUNT, struct.pack("<Q", len(probes)))
        entries = np.zeros((len(probes), 4), dtype="<u8")
        entries[:, 0] = np.array([va for va, _ in probes], dtype=np.uint64)
        entries[:, 1] = np.array([kind for _, kind in probes], dtype=np.uint64)
        self._put(LIST, entries.tobytes())
        shadow = area + TABLES
        root = self.cr3 & FRAME
        held = self.ram[root:root + PAGE] if root + PAGE <= area else bytes(PAGE)
        self.ram[shadow:shadow + PAGE] = held
        at = shadow + 8 * slot
        for depth in range(1, len(self.shifts) - 1):
            table = shadow + depth * PAGE
            self.ram[at:at + 8] = struct.pack("<Q", table | PRESENT | WRITE)
            at = table
        self.ram[at:at + 8] = struct.pack("<Q", area | PRESENT | WRITE | LARGE)
        for name, value in (("cr0", self.cr0), ("cr4", self.cr4 & ~CR4_NOT_WHILE_PROBING),
                            ("efer", self.efer), ("cr3", shadow), ("rip", base + BATCH)):
            self.gdb.set(name, value, 8)
        self.gdb.set("eflags", 2)
        self.gdb.run_to(base + DONE, self.qemu.timeout)
        done = np.frombuffer(self.ram[area + LIST:area + LIST + 32 * len(probes)],
                             dtype="<u8").reshape(-1, 4)
        outcomes = []
        for value, status in zip(done[:, 2].tolist(), done[:, 3].tolist(), strict=True):
            if status == 0:
                raise MachineError("an access was never made")
            if status >> 63:
                outcomes.append(Outcome(value, status >> 32 & 0xFF, status & 0xFFFFFFFF))
            else:
                outcomes.append(Outcome(value))
        return outcomes

    def _put(self, offset: int, data: bytes) -> None:
        self.ram[self.area + offset:self.area + offset + len(data)] = data

    def _steps(self, va: int) -> list[tuple[int, int, int]]:
        """(level's shift, where the entry lies, entry) of each step of the walk."""
        table, steps = self.cr3 & FRAME, []
        for shift in self.shifts:
            at = table + 8 * (va >> shift & 511)
            entry = self.word(at)
            steps.append((shift, at, entry))
            if not entry & PRESENT or shift == 12 or shift < 39 and entry & LARGE:
                break
            table = entry & FRAME
        return steps

    def entries(self, va: int) -> list[int]:
        """Where the entries lie that translate va."""
        return [at for _, at, _ in self._steps(va)]

    def walk(self, va: int) -> list[str]:
        """The raw walk as the machine's memory shows it, for a mismatch's report."""
        return [f"{NAMES[shift]} {at & -PAGE:x}[{va >> shift & 511}] = {entry:016x}"
                f"{'' if at < self.area else ' (no RAM there)'}"
                for shift, at, entry in self._steps(va)]

    def listed(self, limit: int = 60000) -> list[int] | None:
        """Where QEMU's own walk of all tables finds pages; None: too many to list."""
        self.tables()
        if self.entries_seen > limit:
            return None
        text = self.qemu.monitor("info tlb")
        return [int(line[:16], 16) for line in text.splitlines()]

    def tables(self, limit: int = 1 << 16) -> set[int]:
        """Pages that the walk may read as tables: not to be patched."""
        seen: set[int] = set()
        self.entries_seen = 0
        todo = [(self.cr3 & FRAME, 0)]
        visited: set[tuple[int, int]] = set()
        while todo and len(visited) < limit:
            item = todo.pop()
            table, depth = item
            if item in visited or table + PAGE > self.area:
                continue
            visited.add(item)
            seen.add(table)
            if depth + 1 == len(self.shifts):
                continue
            words = np.frombuffer(self.ram[table:table + PAGE], dtype="<u8")
            present = words[words & PRESENT != 0].tolist()
            self.entries_seen += len(present)
            for entry in present:
                if self.shifts[depth] >= 39 or not entry & LARGE:
                    todo.append((entry & FRAME, depth + 1))
        return seen


MACHINES = {"amd64": Machine, "x86_64": Machine}


def _gdt_offset(blob: bytes) -> int:
    """Where probe.S put its descriptors: found by the 64-bit code segment's."""
    return blob.index(struct.pack("<Q", 0x00AF9B000000FFFF)) - 8


def _compiler() -> str:
    compiler = os.environ.get("AMD64_CC", "x86_64-linux-gnu-gcc")
    return compiler if shutil.which(compiler) else "gcc"


def judge_hole(va: int, machine: Machine, outcome: Outcome, tables_translate: bool) \
        -> tuple[str, bool]:
    """A read of a hole must fault, and for the reason that the tables show."""
    if not canonical(va, machine.shifts[0] + 9):
        return "#GP: not canonical", outcome.vector == PROTECTION_FAULT
    # AMD64 APM vol. 2, 8.4.2 sets P with RSVD; QEMU 7.2 sets RSVD alone, so P is not asked.
    reserved = outcome.vector == PAGE_FAULT and outcome.error & ~PF_PRESENT == PF_RESERVED
    if tables_translate:                # QEMU's debug walk ignores reserved bits, its CPU does not
        return "#PF(RSVD)", reserved and outcome.value == va
    return "#PF(not present), or #PF(RSVD)", outcome.value == va and \
        (reserved or (outcome.vector, outcome.error) == (PAGE_FAULT, 0))


def judge_access(prot: str, kind: int, outcome: Outcome) -> tuple[str, bool]:
    """A read, write or execution against the protection that the oracle states."""
    letter = "rwx"[kind]
    if letter in prot:
        return f"{letter} allowed ({prot})", outcome.vector is None
    want = PF_PRESENT | {READ: 0, WRITE_SAME: PF_WRITE, EXECUTE: PF_FETCH}[kind]
    return f"#PF: {letter} not allowed ({prot})", \
        (outcome.vector, outcome.error & 31) == (PAGE_FAULT, want)
