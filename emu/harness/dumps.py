# SPDX-License-Identifier: BSD-2-Clause
"""What a guest wrote to its disk: where it is, how it is saved, where the core has each page."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import struct
import subprocess
from collections.abc import Iterable

import numpy as np

from . import disk
from .guest import Failure, Guest
from .machines import Target
from .qemu import CannotRun

SECTOR = disk.SECTOR
MAGIC = struct.pack("<I", 0x8FCA0101)


def _run(guest: Guest, command: list[object]) -> None:
    """Runs kcore."""
    try:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True,
                              timeout=guest.timeout + 60, check=False)
    except FileNotFoundError as error:
        raise CannotRun(f"{command[0]}: not built") from error
    except subprocess.TimeoutExpired as error:
        raise Failure("kcore save hangs") from error
    if done.returncode:
        raise Failure(f"kcore save failed with status {done.returncode}: "
                      f"{(done.stderr or done.stdout).strip()[-500:]}")


def _untouched(guest: Guest, data: bytes, ranges: list[tuple[int, int]]) -> None:
    """Nothing but the dump may have been written."""
    for first, end in ranges:
        sector = disk.first_touched(data, first, end)
        if sector is not None:
            raise guest.fail(f"{guest.device.name}: sector {sector} was written, which is no part "
                             f"of the dump")


class Netbsd:
    """At an offset of the swap partition, no header at its end."""

    def __init__(self, guest: Guest) -> None:
        match = re.search(r"^dumping to partition (\w+) offset (\w+)$", guest.console(), re.M)
        if match is None:
            raise guest.fail("the guest did not say where it dumps")
        self.guest = guest
        self.block = int(match[2], 16)
        self.offset = int(match[1], 16) + self.block * SECTOR
        self.segments = [(int(a, 16), int(b, 16)) for a, b in guest.lines("segment")]
        self.length = sum(size for _, size in self.segments)
        if guest.lines("unpacked"):             # each page at its address: gaps between segments
            self.length = guest.numbers("unpacked")[0]
            ends = [0, *(start + size for start, size in self.segments)]
            starts = [*(start for start, _ in self.segments), self.length]
            guest.gaps = [(end, start - end) for end, start in zip(ends, starts) if end < start]
        sectors = guest.target.disk_sectors
        end = sectors - disk.BEHIND
        if match[1] != f"{disk.SWAP_START * SECTOR:x}":
            raise guest.fail(f"the guest dumps to partition {match[1]}")
        _untouched(guest, guest.device.read_bytes(), [
            (1, disk.NETBSD_START + 1), (disk.NETBSD_START + 2, self.offset // SECTOR),
            (end, sectors)])        # a sparse dump ends earlier, at nobody knows where
        if guest.target.regime == "linear" or guest.gaps:   # only the partition's end tells the dump's
            os.truncate(guest.device, end * SECTOR)
        self.line = f"device {self.offset:x}"

    def save(self, kcore: pathlib.Path, core: pathlib.Path) -> None:
        """The core, by kcore save, which also destroys dumpmag on the device and nothing else."""
        guest = self.guest
        copy = guest.work / "device.saved"
        shutil.copyfile(guest.device, copy)
        _run(guest, [kcore, "save", "-k", guest.kernel, "--offset", f"{self.offset:#x}", copy,
                     core])
        saved = core.read_bytes()
        self.start = len(saved) - self.length
        word, = struct.unpack_from("<I" if guest.target.byteorder == "little" else ">I",
                                   guest.device.read_bytes(), self.offset + 4)
        first = self.offset + -(-word // SECTOR) * SECTOR   # c_size and ALIGN(8) fill blocks
        end = (guest.target.disk_sectors - disk.BEHIND) * SECTOR
        if first + self.length != end and self.segments == guest.clusters():
            raise guest.fail(f"a full dump ends at {first + self.length:#x}, the partition at "
                             f"{end:#x}")
        _untouched(guest, guest.device.read_bytes(), [
            ((first + pa) // SECTOR, (first + pa + size) // SECTOR) for pa, size in guest.gaps])
        memory = guest.device.read_bytes()[first:first + self.length]
        if self.start < 0 or saved[self.start:] != memory:
            raise Failure(f"kcore save: the memory in {core.name} ({len(saved):#x} bytes) is not "
                          f"what the guest wrote ({self.length:#x} bytes)")
        a = np.fromfile(guest.device, dtype=np.uint8).reshape(-1, SECTOR)
        b = np.fromfile(copy, dtype=np.uint8).reshape(-1, SECTOR)
        changed = np.flatnonzero((a != b).any(axis=1)).tolist()
        magic = MAGIC if guest.target.byteorder == "little" else MAGIC[::-1]
        if len(changed) != 1:
            raise Failure(f"kcore save changed {len(changed)} sectors of the device, wanted 1: "
                          f"dumpmag's")
        if magic not in a[changed[0]].tobytes() or magic in b[changed[0]].tobytes():
            raise Failure(f"kcore save changed sector {changed[0]}, which is not dumpmag's")
        copy.unlink()
        for name, size, wanted in (("dumpsize", 4, self.length // guest.target.page),
                                   ("dumplo", guest.target.bits // 8, self.block)):
            found = self._variable(name, size, saved)
            if found != wanted:
                raise guest.fail(f"the kernel's {name} is {found:#x}, wanted {wanted:#x}")

    def _variable(self, name: str, size: int, core: bytes) -> int:
        """An integer of the kernel that was dumped: savecore(8) reads it there."""
        guest = self.guest
        pa = guest.numbers("kernel")[0] + guest.symbol(name) - guest.symbol("text_start")
        found = [offset + pa - start for start, length, offset in self.pieces(core)
                 if start <= pa < start + length]
        if not found:
            raise guest.fail(f"the dump does not hold {name}, at {pa:x}")
        at = found[0]
        return int.from_bytes(core[at:at + size], guest.target.byteorder)

    def pieces(self, core: bytes) -> list[tuple[int, int, int]]:
        """(pa, bytes, offset in the core) of all memory in the dump, gaps of unpacked ones too."""
        if self.guest.lines("unpacked"):
            return [(pa, size, self.start + pa) for pa, size in self.segments + self.guest.gaps]
        found, at = [], self.start
        for start, size in self.segments:
            found.append((start, size, at))
            at += size
        return found


def _architecture(target: Target) -> tuple[str, int]:
    """MACHINE_ARCH (FreeBSD sys/<machine>/include/param.h), and KERNELDUMP_<machine>_VERSION of
    sys/sys/kerneldump.h."""
    big, name = target.byteorder == "big", target.arch
    if name == "arm":
        name = ("armv7" if target.regime == "armv7" else "arm") + "eb" * big
    elif name == "mips":
        name += "64" * (target.bits == 64) + "el" * (not big)
    else:
        name = {"arm64": "aarch64", "riscv": "riscv64"}.get(name, name)
    return name, 2 if name in ("amd64", "i386", "x86_64") else 1


class Bsd:
    """Between two kernel dump headers at the end of the device."""

    line = "device end"

    def __init__(self, guest: Guest) -> None:
        self.guest = guest
        data = guest.device.read_bytes()
        trailer = data[-SECTOR:]
        if not trailer.startswith(b"FreeBSD Kernel Dump\0"):
            raise guest.fail("no kernel dump header in the last sector of the device")
        version, arch_version, length, time = struct.unpack_from(">IIQQ", trailer, 32)
        at = 56 if version == 1 else 60         # sys/sys/kerneldump.h: a key's size since 4
        blocksize, = struct.unpack_from(">I", trailer, at)
        texts = [trailer[a:a + n].rstrip(b"\0").decode(errors="replace")
                 for a, n in ((at + 4, 64), (at + 68, 192), (at + 260, 192 if version == 1 else 175))]
        arch = trailer[20:32].rstrip(b"\0").decode(errors="replace")
        told = [arch, arch_version, time, blocksize, *texts]
        text, panic = guest.text_and_panic()
        wanted = [*_architecture(guest.target), 1700000000, SECTOR, "guest",
                  text.partition("\n")[0] + "\n", panic]
        if told != wanted:
            raise guest.fail(f"the kernel dump header tells {told}, wanted {wanted}")
        extent = length if version == 1 else struct.unpack_from(">Q", trailer, 496)[0]
        first = len(data) // SECTOR - 2 - -(-extent // SECTOR)
        if data[first * SECTOR:(first + 1) * SECTOR] != trailer:
            raise guest.fail(f"the leading dump header, sector {first}, is not the trailing one")
        _untouched(guest, data, [(0, first)])
        self.first = first
        self.image = data[(first + 1) * SECTOR:][:length]

    def save(self, kcore: pathlib.Path, core: pathlib.Path) -> None:
        """The core, by kcore save, which finds it from the device's end."""
        copy = self.guest.work / "device.saved"
        shutil.copyfile(self.guest.device, copy)
        _run(self.guest, [kcore, "save", copy, core])
        if core.read_bytes() != self.image:
            raise Failure(f"kcore save: {core.name} is not what the guest wrote")
        after = copy.read_bytes()
        for sector in (self.first, len(after) // SECTOR - 1):
            if not after[sector * SECTOR:].startswith(b"Cleared Kernel Dump\0"):
                raise Failure(f"kcore save left the device's dump header in sector {sector}")
        copy.unlink()


class Elf(Bsd):
    """ELF core: PT_LOAD segments by physical address."""

    def segments(self, core: bytes) -> list[tuple[int, int, int, int]]:
        """(va, pa, bytes, offset in the core) of each PT_LOAD."""
        order = "<" if core[5] == 1 else ">"
        wide = core[4] == 2
        at, = struct.unpack_from(order + ("Q" if wide else "I"), core, 32 if wide else 28)
        size, count = struct.unpack_from(order + "HH", core, 54 if wide else 42)
        found = []
        for i in range(count):
            if wide:
                kind, _, offset, va, pa, length = struct.unpack_from(order + "IIQQQQ", core,
                                                                     at + i * size)
            else:
                kind, offset, va, pa, length = struct.unpack_from(order + "IIIII", core,
                                                                  at + i * size)
            if kind == 1:
                found.append((va, pa, length, offset))
        return found

    def pieces(self, core: bytes) -> list[tuple[int, int, int]]:
        """(pa, bytes, offset in the core) of all memory in the dump."""
        return [(pa, length, offset) for _, pa, length, offset in self.segments(core)]


class Virtual(Elf):
    """ELF core: PT_LOAD segments by virtual address, which the guest wrote through its MMU."""

    def pieces(self, core: bytes) -> list[tuple[int, int, int]]:
        """(pa, bytes, offset in the core) of each page, as the guest has it mapped."""
        guest, page = self.guest, self.guest.target.page
        found = []
        guest.segments = self.segments(core)
        count, wanted = len(guest.segments), guest.target.segments
        if count != wanted:                     # the kernel, and runs of pages between holes
            raise guest.fail(f"the dump has {count} segments, wanted {wanted}")
        for start, _, length, offset in guest.segments:
            for at in range(0, length, page):
                pa = [p + start + at - v for v, p, n, _ in guest.maps if v <= start + at < v + n]
                if not pa:
                    raise guest.fail(f"the dump has {start + at:x}, which the guest does not map")
                found.append((pa[0], page, offset + at))
        return found


class Minidump(Bsd):
    """A bitmap says which pages follow."""

    def pieces(self, core: bytes) -> list[tuple[int, int, int]]:
        """(pa, bytes, offset in the core) of all memory in the dump."""
        guest, page = self.guest, self.guest.target.page
        at, avail, bitmap, end, bits = guest.numbers("minidump")    # page map: after the bitmap
        order = "<" if guest.target.byteorder == "little" else ">"
        ranges: list[tuple[int, int]] = []
        for i in range(0, avail, 16):
            pair = struct.unpack_from(order + "QQ", core, at + i)
            if pair[1] == 0:
                break
            ranges.append(pair)
        at += avail and -(-avail // page) * page
        data = at + bitmap + end
        if not ranges:
            ranges = [(0, bitmap * 8 * page)]
        number, found = 0, []
        for start, stop in ranges:
            for pa in range(start // page * page, -(-stop // page) * page, page):
                word, = struct.unpack_from(order + ("Q" if bits == 64 else "I"), core,
                                           at + number // bits * (bits // 8))
                if word >> number % bits & 1:
                    found.append((pa, page, data))
                    data += page
                number += 1
        if data != len(core):
            raise guest.fail(f"the minidump's bitmap accounts for {data:#x} bytes of "
                             f"{len(core):#x}")
        return found


class Regions(Bsd):
    """FreeBSD/sparc64: a header lists RAM."""

    def pieces(self, core: bytes) -> list[tuple[int, int, int]]:
        """(pa, bytes, offset in the core) of all memory in the dump."""
        count, = struct.unpack_from(">i", core, 32)
        return [struct.unpack_from(">QQQ", core, 40 + 24 * i) for i in range(count)]


FORMS = {"netbsd-kcore": Netbsd, "elf": Elf, "elf-virtual": Virtual, "freebsd-minidump": Minidump,
         "dragonfly-minidump": Minidump, "freebsd-sparc64": Regions}


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """(start, size), ascending, without borders between neighbours."""
    found: list[tuple[int, int]] = []
    for start, size in sorted(spans):
        if found and sum(found[-1]) == start:
            start, size = found[-1][0], found.pop()[1] + size
        found.append((start, size))
    return found


def _shown(spans: list[tuple[int, int]]) -> str:
    """For a sentence."""
    return " ".join(f"{start:x}-{start + size:x}" for start, size in spans)


def fetch(guest: Guest, kcore: pathlib.Path, result: pathlib.Path) -> tuple[str, list]:
    """Saves the core into the fixture; the oracle's device line, and the core's pieces."""
    dump = FORMS[guest.target.form](guest)
    dump.save(kcore, result / "core")
    core = (result / "core").read_bytes()
    guest.check_text(core)
    guest.check_told()
    pieces = dump.pieces(core)
    t = guest.target
    ram = _joined(guest.clusters())
    dumped = _joined((pa, size) for pa, size, _ in pieces if (pa, size) not in guest.gaps)
    if t.form.endswith("minidump") or "SPARSE=1" in t.defines:
        wanted, there = (sum(size for _, size in spans) for spans in (ram, dumped))
        if not wanted * 9 < there * 10 < wanted * 10:
            raise guest.fail(f"the dump has {there:#x} of {wanted:#x} bytes: it should leave out "
                             "some")
    elif t.form != "elf-virtual" and dumped != ram:
        raise guest.fail(f"a full dump has {_shown(dumped)} of the memory {_shown(ram)}")
    os.rename(guest.device, result / "device")
    return dump.line, pieces
