# SPDX-License-Identifier: BSD-2-Clause
"""A bare CPU whose RAM is a file: what the machines of arch/ but amd64's have in common.

QEMU's `none` machine is a CPU and flat RAM from 0 on, so that every fixture's physical addresses
exist.  Our own code and shadow tables lie in a *scratch*: RAM that no ram line claims.
"""

from __future__ import annotations

import dataclasses
import mmap
import os
import pathlib
import shutil
import struct
import subprocess
from collections.abc import Iterable

from harness.oracle import Oracle, OracleError, Span
from harness.qemu import CannotRun, Gdb, MachineError, Qemu

PAGE = 4096
BIGGEST = 4 << 40                   # RAM that one QEMU is given at most (a sparse file)
READ, WRITE_SAME, EXECUTE = 0, 1, 2
LIST = 0x4000                       # offset of a batch's entries in the scratch


@dataclasses.dataclass(frozen=True)
class Level:
    """One table of a walk: index is va >> shift, bits wide."""

    name: str
    shift: int
    bits: int


@dataclasses.dataclass
class Outcome:
    """What one access did: cause None means that it went through."""

    value: int
    cause: int | None = None

    def __str__(self) -> str:
        if self.cause is None:
            return f"went through, read {self.value:x}"
        return f"fault {self.cause:#x} at {self.value:x}"


def assemble(work: pathlib.Path, source: pathlib.Path, command: list[str]) -> bytes:
    """The flat binary of an assembly file; `command` is compiler and target flags."""
    if shutil.which(command[0]) is None:
        raise CannotRun(f"{command[0]}: not installed")
    target = work / f"{source.stem}.bin"
    done = subprocess.run(
        [*command, "-nostdlib", "-static", "-Wl,-Ttext=0,--oformat=binary,--build-id=none",
         "-o", str(target), str(source)], capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise CannotRun(f"cannot assemble {source.name}: {done.stderr.strip()[:300]}")
    return target.read_bytes()


def text_of(work: pathlib.Path, source: pathlib.Path, command: list[str]) -> bytes:
    """As assemble, where no linker knows the target: the .text of an object without relocations."""
    if shutil.which(command[0]) is None:
        raise CannotRun(f"{command[0]}: not installed")
    target = work / f"{source.stem}.o"
    done = subprocess.run([*command, "-fintegrated-as", "-c", "-o", str(target), str(source)],
                          capture_output=True, text=True, timeout=60, check=False)
    if done.returncode:
        raise CannotRun(f"cannot assemble {source.name}: {done.stderr.strip()[:300]}")
    data = target.read_bytes()
    order = "<" if data[5] == 1 else ">"
    wide = data[4] == 2
    at, = struct.unpack_from(order + ("Q" if wide else "I"), data, 40 if wide else 32)
    size, count, names = struct.unpack_from(order + "3H", data, 58 if wide else 46)
    form = struct.Struct(order + ("2I4Q" if wide else "6I"))    # name, type, flags, addr, at, size
    sections = [form.unpack_from(data, at + i * size) for i in range(count)]
    found = {data[sections[names][4] + s[0]:].partition(b"\0")[0]: s for s in sections}
    if b".rela.text" in found or b".rel.text" in found:
        raise CannotRun(f"{source.name}: not independent of its position")
    return data[found[b".text"][4]:][:found[b".text"][5]]


class Doubts:
    """What a machine must not be asked; most have nothing of the kind."""

    def cannot(self, span: Span) -> str | None:
        """Why QEMU cannot be asked about this line."""
        return None

    def no_execution(self, va: int) -> str | None:
        """Why an execution of va would say nothing of what the oracle says."""
        return None

    def lax(self, va: int) -> str | None:
        """Why QEMU may translate va though it is a hole."""
        return None

    def unreadable(self, va: int) -> bool:
        """Whether loads from va fault although it translates, where no protection is stated."""
        return False

    def unseen(self, va: int) -> bool:
        """Whether QEMU's debug walk finds nothing at va although it translates."""
        return False


class Bare(Doubts):
    """One QEMU for many fixtures.  A machine says what is below, and how it sets registers."""

    program = ""
    board = "none"
    arguments: tuple[str, ...] = ()
    limit = BIGGEST                  # RAM that the board takes
    rom = False                      # the code is the board's firmware, too
    xml = ""
    order = "little"                 # of registers in the gdb stub
    width = 8                        # bytes of a register, and of a field of a batch's entry
    touches = True                  # the CPU makes accesses; else QEMU's debug walk alone is asked
    big = False                     # byte order of tables and of a batch's entries
    reach = 1 << 64                 # physical addresses that QEMU's CPU reaches, not only its walk
    entry_size = 8
    scratch_size = 2 << 20          # and its alignment
    scratch_top = 1 << 32           # scratches lie below
    no_list = "QEMU has no list of this machine's pages; holes are probed only"

    def __init__(self, work: pathlib.Path, size: int, timeout: float) -> None:
        self.size = self.area = size = min(size, self.limit)
        self._file = os.memfd_create("ram", os.MFD_CLOEXEC)
        os.ftruncate(self._file, size)
        self.ram = mmap.mmap(self._file, size)
        self.levels: tuple[Level, ...] = ()
        try:
            self.blob = self.code(work)
            if self.rom:
                (work / "rom").write_bytes(self.blob)
            self.qemu = Qemu(self.program, [
                "-M", f"{self.board},memory-backend=ram", "-accel", "tcg", "-m", str(size >> 20),
                *self.arguments, *(("-bios", "rom") if self.rom else ()), "-object",
                f"memory-backend-file,id=ram,size={size},mem-path=/proc/self/fd/{self._file},"
                "share=on,reserve=off"], work, timeout, (self._file,))
        except BaseException:
            self.ram.close()
            os.close(self._file)
            raise
        try:
            self.gdb = Gdb(self.qemu, self.xml, self.order)
            self.boot()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends QEMU and drops the RAM."""
        self.qemu.close()
        self.ram.close()
        os.close(self._file)

    # What a machine says.

    def code(self, work: pathlib.Path) -> bytes:
        """The code that makes accesses."""
        raise NotImplementedError

    def boot(self) -> None:
        """Once, before the first fixture."""

    def registers(self, oracle: Oracle) -> None:
        """Takes registers, levels and root from the oracle."""
        raise NotImplementedError

    def select(self) -> None:
        """Puts the fixture's own root into the CPU, for gva2gpa and memsave."""
        raise NotImplementedError

    def batch(self, probes: list[tuple[int, int]]) -> None:
        """Runs the code over the entries that are laid out in the scratch."""
        raise MachineError("this machine makes no accesses")

    def leave(self) -> None:
        """Makes the CPU ready for another batch."""

    def next_table(self, entry: int, depth: int) -> int | None:
        """The table that an entry of this level points to; None: a leaf, or nothing."""
        raise NotImplementedError

    def outcome(self, value: int, status: int) -> Outcome:
        """An entry after the batch; status 1 means that the access went through."""
        return Outcome(value, None if status == 1 else status)

    def in_scratch(self, va: int) -> bool:
        """Whether the CPU would see the scratch there instead of the fixture's own answer."""
        return False

    # What they share.

    def lay(self, oracle: Oracle) -> None:
        """Empties RAM and takes what the oracle says."""
        os.ftruncate(self._file, 0)
        os.ftruncate(self._file, self.size)
        self.oracle = oracle
        self.registers(oracle)
        self.shifts = tuple(level.shift for level in self.levels)

    def word_at(self, pa: int, size: int = 0) -> int:
        """The entry at a physical address; RAM that is not there reads as 0."""
        size = size or self.entry_size
        if pa + size > self.area:
            return 0
        return int.from_bytes(self.ram[pa:pa + size], "big" if self.big else "little")

    def root_table(self, pa: int, size: int) -> bytes:
        """The bytes of the table that the fixture's registers name; it must be in RAM."""
        if pa + size > self.area:
            raise OracleError(f"{self.oracle.path}: its registers name a root table of {size:#x} "
                              f"bytes at {pa:#x}, RAM ends at {self.area:#x}")
        return self.ram[pa:pa + size]

    def put(self, pa: int, value: int, size: int = 0) -> None:
        """Writes an entry."""
        size = size or self.entry_size
        self.ram[pa:pa + size] = value.to_bytes(size, "big" if self.big else "little")

    def scratches(self) -> Iterable[int]:
        """Places for the scratch: in no ram line, or else where nothing says or maps anything."""
        size = self.scratch_size
        spare = []
        for pa in range(min(self.size, self.scratch_top) - size, size, -size):
            claimed = self.oracle.ram_between(pa, pa + size)
            if not claimed:
                yield pa
            elif all(piece.kind in ("any", "zero") for piece in claimed):
                spare.append(pa)
        for pa in spare:
            if not any(s.kind == "map" and s.pa < pa + size and s.pa + s.length > pa
                       for s in self.oracle.spans):
                yield pa

    def access(self, probes: list[tuple[int, int]]) -> list[Outcome]:
        """Makes the CPU do each (va, kind) access; one outcome each."""
        answers: list[Outcome | None] = [None] * len(probes)
        left = list(range(len(probes)))
        room = (self.scratch_size // 2 - LIST) // (4 * self.width)
        for self.scratch in self.scratches():
            if not left:
                break
            if self.in_use(self.scratch):
                continue
            held = self.ram[self.scratch:self.scratch + self.scratch_size]
            now = [i for i in left if not self.in_scratch(probes[i][0])]
            for first in range(0, len(now), room):
                part = now[first:first + room]
                for i, outcome in zip(part, self._run([probes[i] for i in part]), strict=True):
                    answers[i] = outcome
            self.ram[self.scratch:self.scratch + self.scratch_size] = held
            left = [i for i in left if answers[i] is None]
        if left:
            raise MachineError("no RAM is left for the code that makes accesses")
        return [a for a in answers if a is not None]

    def in_use(self, scratch: int) -> bool:
        """Whether the fixture uses the scratch's addresses."""
        return False

    def _run(self, probes: list[tuple[int, int]]) -> list[Outcome]:
        self.leave()
        at = self.scratch
        order = ">" if self.big else "<"
        entry = struct.Struct(order + ("4Q" if self.width == 8 else "4I"))
        self.ram[at:at + len(self.blob)] = self.blob
        data = b"".join(entry.pack(va, kind, 0, 0) for va, kind in probes)
        self.ram[at + LIST:at + LIST + len(data)] = data
        self.batch(probes)
        outcomes = []
        for _, _, value, status in entry.iter_unpack(self.ram[at + LIST:at + LIST + len(data)]):
            if status == 0:
                raise MachineError("an access was never made")
            outcomes.append(self.outcome(value, status))
        return outcomes

    def _steps(self, va: int) -> list[tuple[Level, int, int]]:
        """(level, where the entry lies, entry) of each step of the walk."""
        table, steps = self.root, []
        for depth, level in enumerate(self.levels):
            at = table + self.entry_size * (va >> level.shift & (1 << level.bits) - 1)
            entry = self.word_at(at)
            steps.append((level, at, entry))
            following = self.next_table(entry, depth)
            if following is None:
                break
            table = following
        return steps

    def entries(self, va: int) -> list[int]:
        """Where the entries lie that translate va."""
        return [at for _, at, _ in self._steps(va)]

    def walk(self, va: int) -> list[str]:
        """The raw walk as the machine's memory shows it, for a mismatch's report."""
        return [f"{level.name} entry {va >> level.shift & (1 << level.bits) - 1} at {at:x} = "
                f"{entry:0{2 * self.entry_size}x}"
                f"{'' if at < self.area else ' (no RAM there)'}"
                for level, at, entry in self._steps(va)]

    def listed(self) -> list[int] | None:
        """Where QEMU's own walk of all tables finds pages; None: it has none."""
        return None

    def tables(self, limit: int = 1 << 14) -> set[int]:
        """Pages that the walk may read as tables: not to be patched."""
        seen: set[int] = set()
        todo, visited = [(self.root, 0)], set()
        while todo and len(visited) < limit:
            item = todo.pop()
            table, depth = item
            size = self.entry_size << self.levels[depth].bits
            if item in visited or table + size > self.area:
                continue
            visited.add(item)
            seen.update(range(table & -PAGE, table + size, PAGE))
            if depth + 1 < len(self.levels):
                data = self.ram[table:table + size]
                for i in range(0, size, self.entry_size):
                    entry = int.from_bytes(data[i:i + self.entry_size],
                                           "big" if self.big else "little")
                    following = self.next_table(entry, depth) if entry else None
                    if following is not None:
                        todo.append((following, depth + 1))
        return seen


class Switched(Bare):
    """A CPU whose registers only its own code can write.

    The code starts with the MMU off at the scratch's physical address, is mapped there too when
    it turns the MMU on, and turns it off at its end; for gva2gpa it is stopped before that.
    """

    off = 0                         # offset of the code that turns the MMU off, and of its end
    end = 0
    _on: int | None = None

    def start(self, count: int, stay: bool) -> None:
        """Sets the general registers and pc for the code at the scratch."""
        raise NotImplementedError

    def lay(self, oracle: Oracle) -> None:
        """As Bare; the MMU is off before RAM is emptied."""
        self.leave()
        super().lay(oracle)

    def leave(self) -> None:
        """Turns the MMU off."""
        if self._on is not None:
            self.gdb.set("pc", self._on + self.off)
            self.gdb.run_to(self._on + self.end, self.qemu.timeout)
            self._on = None

    def select(self) -> None:
        """An empty batch that does not turn the MMU off."""
        self.scratch = next(s for s in self.scratches() if not self.in_use(s))
        self._stay = True
        self._run([])
        self._stay = False

    _stay = False

    def batch(self, probes: list[tuple[int, int]]) -> None:
        """Runs the code at the scratch."""
        here = self.scratch
        self.start(len(probes), self._stay)
        self.gdb.run_to(here + (self.off if self._stay else self.end), self.qemu.timeout)
        if self._stay:
            self._on = here


def judge_plain(prot: str, kind: int, outcome, causes: tuple[frozenset[int], ...]) \
        -> tuple[str, bool]:
    """An access against its stated protection; `causes` are the faults of read, write, execute."""
    letter = "rwx"[kind]
    if letter in prot:
        return f"{letter} allowed ({prot})", outcome.cause is None
    return f"a fault: {letter} not allowed ({prot})", outcome.cause in causes[kind]
