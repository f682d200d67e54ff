# SPDX-License-Identifier: BSD-2-Clause
"""One run of a guest: boot, panic, QEMU asked at that instant, dump."""

from __future__ import annotations

import bisect
import pathlib
import random
import re
import struct
import subprocess
import time

from . import disk, listing
from .machines import Target, loaded
from .qemu import Gdb, MachineError, Qemu, registers

PROBES = 128                    # pages of one map, beyond its edges, that gva2gpa is asked about
FACTS = ("cluster", "map", "hole", "reserved", "recursive", "linear", "window", "beyond", "dmap",
         "mirror", "unstated", "cpus")
PAGE_BITS = 12                  # of an address in an x86's page
READ_THROUGH = 32 << 20         # bytes of one map that are read through the MMU
# The words of each line of the console that is read, and those that are no hexadecimal numbers.
WORDS = {
    **dict.fromkeys(("hole", "reserved", "recursive", "linear", "window", "unstated"), "va size"),
    **dict.fromkeys(("kernel", "cluster", "segment"), "pa size"),
    "map": "va pa size prot", "beyond": "va pa size", "dmap": "va size pa",
    "mirror": "start size displacement", "seed": "number", "cpus": "count", "reg": "name value",
    "unpacked": "size", "minidump": "header ranges bitmap table bits",
    "dumping to partition": "start offset blocks",
}
OTHER_WORDS = {"prot": "[r-][w-][x-]", "name": r"\w+", "offset": "offset"}


class Failure(Exception):
    """One clear sentence about what went wrong."""


class Guest:
    """The run, and what is known after it."""

    def __init__(self, target: Target, kernel: pathlib.Path, work: pathlib.Path,
                 timeout: float) -> None:
        self.target, self.kernel, self.work = target, kernel, work
        self.timeout = max(timeout, float(target.timeout))
        self.device = work / "device"
        self.memory: dict[int, bytes] = {}      # cluster's start -> its bytes at the panic
        self.segments: list[tuple[int, int, int, int]] = []     # va, pa, bytes, offset of ELF's
        self.gaps: list[tuple[int, int]] = []   # pa, bytes: in the dump, which nobody wrote
        self.qemu_version = ""
        self.asked = 0

    # -- the console

    def console(self) -> str:
        """All that the guest has printed."""
        try:
            return (self.work / "console").read_text(errors="replace").replace("\r", "")
        except OSError:
            return ""

    def _fetch_console(self, qemu: Qemu) -> None:
        if self.target.console < 0:
            return
        raw = qemu.memory(self.target.console, 4, physical=True)
        length = int.from_bytes(raw, self.target.byteorder)
        if length < 1 << 16:
            text = qemu.memory(self.target.console, 4 + length, physical=True)[4:]
            (self.work / "console").write_bytes(text)

    def fail(self, sentence: str) -> Failure:
        """A failure with the console's last lines."""
        tail = self.console().splitlines()[-8:]
        shown = "\n".join("    | " + line for line in tail) or "    | (nothing was printed)"
        return Failure(f"{sentence}; the console's last lines:\n{shown}")

    def _wait(self, qemu: Qemu, text: str, what: str) -> None:
        """Until the console has a line that begins with text."""
        limit = time.monotonic() + self.timeout
        while True:
            events = qemu.take_events()
            self._fetch_console(qemu)
            console = self.console()
            if re.search(rf"^{text}", console, re.M):
                return
            if "BLOCK_IO_ERROR" in events:
                raise self.fail(f"I/O error on the guest's disk {self.device} while waiting for "
                                f"{what} (is the file system full?)")
            if events & {"SHUTDOWN", "RESET"}:
                raise self.fail(f"the machine reset before {what} (a triple fault)")
            if re.search(r"^halted\n", console, re.M):
                raise self.fail(f"the guest stopped before {what}")
            if time.monotonic() > limit:
                where = ", ".join(f"CPU {cpu}: {line}" for cpu, line in qemu.where().items())
                raise self.fail(f"no {what} within {self.timeout:g} s: the guest hangs ({where})")
            time.sleep(0.01)

    # -- facts

    def lines(self, key: str) -> list[list[str]]:
        """The words after `key` of each such line; one that is not as WORDS says is a failure."""
        found = [m.split() for m in re.findall(rf"^{key} (.*)$", self.console(), re.M)]
        wanted = WORDS[key].split() if key in WORDS else []
        for words in found if wanted else []:
            if len(words) != len(wanted) or not all(
                    re.fullmatch(OTHER_WORDS.get(what, "[0-9a-f]{1,16}"), word)
                    for what, word in zip(wanted, words)):
                raise self.fail(f"the guest tells `{' '.join([key, *words])}`, wanted "
                                f"`{key} {' '.join(wanted)}`")
        return found

    def check_words(self) -> None:
        """All lines: what it told while it dumped is read in other ways, too."""
        for key in WORDS:
            self.lines(key)

    def numbers(self, key: str) -> list[int]:
        """The numbers of the only line `key N...`."""
        found = self.lines(key)
        if not found:
            raise self.fail(f"the guest did not print a line `{key}`")
        return [int(word, 16) for word in found[0]]

    def clusters(self) -> list[tuple[int, int]]:
        """RAM as the guest dumps it: (start, size)."""
        return [(int(a, 16), int(b, 16)) for a, b in self.lines("cluster")]

    def content(self, pa: int, length: int) -> bytes | None:
        """Physical memory at the panic; None outside of the clusters."""
        starts = sorted(self.memory)
        i = bisect.bisect_right(starts, pa) - 1
        if i < 0:
            return None
        at = pa - starts[i]
        found = self.memory[starts[i]][at:at + length]
        return found if len(found) == length else None

    # -- the run

    def arguments(self, kernel: pathlib.Path) -> list[str]:
        """QEMU's command line."""
        t = self.target
        found = ["-accel", "tcg", "-nic", "none", "-vga", "none", "-action", "panic=pause",
                 *t.arguments, *t.more]
        if t.console < 0:
            found += ["-serial", "file:console"]
        if t.ram:
            found += ["-object", f"memory-backend-file,id=ram,size={t.ram},mem-path=ram,share=on",
                      "-machine", "memory-backend=ram"]
        elif t.disk.startswith("memory:"):
            found += ["-device", f"loader,file=device,addr={t.disk[7:]},force-raw=on"]
        else:
            found += ["-drive", "if=none,id=disk,file=device,format=raw,werror=stop",
                      "-device", f"{t.disk},drive=disk"]
        if t.load == "loader":
            return [*found, "-device", f"loader,file={kernel},cpu-num=0"]
        return [*found, t.load, str(kernel)]

    def run(self) -> None:
        """Boot, panic, ask, dump."""
        t = self.target
        disk.write(self.device, t.disk_sectors, t.form == "netbsd-kcore", t.byteorder)
        try:
            with Qemu(t.qemu, self.arguments(loaded(t, self.kernel, self.work)), self.work,
                      self.timeout) as qemu:
                version = qemu.command("query-version")
                number = version["qemu"]
                self.qemu_version = (f"{number['major']}.{number['minor']}.{number['micro']} "
                                     f"{version['package']}").strip()
                qemu.command("cont")
                self._wait(qemu, "debugger\n", "panic")
                qemu.command("stop")
                if "\nproved\npanic: " not in self.console():
                    raise self.fail("the guest stopped before its panic")
                self._ask(qemu)
                if t.ram:               # no firmware is left that might clear it
                    with open(self.work / "ram", "r+b") as ram:
                        ram.seek(int(t.disk[7:], 0))
                        ram.write(self.device.read_bytes())
                self._resume(qemu)
                qemu.command("cont")
                self._wait(qemu, "dump succeeded\n", "end of the dump")
                if t.disk.startswith("memory:"):
                    self.device.write_bytes(qemu.memory(
                        int(t.disk[7:], 0), t.disk_sectors * disk.SECTOR, physical=True))
                qemu.command("quit")
                qemu.process.wait(self.timeout)
        except MachineError as error:
            raise self.fail(str(error)) from error
        except subprocess.TimeoutExpired as error:
            raise self.fail("QEMU does not end") from error

    def symbol(self, name: str) -> int:
        """The value of a symbol of the kernel."""
        from elftools.elf.elffile import ELFFile
        with open(self.kernel, "rb") as file:
            found = ELFFile(file).get_section_by_name(".symtab").get_symbol_by_name(name)
        if not found:
            raise Failure(f"{self.kernel}: no symbol {name}")
        return int(found[0]["st_value"])

    def _resume(self, qemu: Qemu) -> None:
        """Lets the kernel go on from where it waits.  The stub is entered while all stands still:
        else it reports each stop by itself."""
        at = self.symbol("debugger_continue")
        gdb = Gdb(qemu)
        try:
            if gdb.ask(f"M{at:x},4:ffffffff") != b"OK":
                raise MachineError(f"gdb stub: cannot write debugger_continue at {at:#x}")
        finally:
            gdb.close()

    def _ask(self, qemu: Qemu) -> None:
        """The machine's answers at the panic."""
        for start, size in self.clusters():
            self.memory[start] = qemu.memory(start, size, physical=True)
            if len(self.memory[start]) != size:
                raise MachineError(f"pmemsave gives {len(self.memory[start]):#x} bytes of "
                                   f"{size:#x} at {start:#x}")
        self._check_registers(qemu)
        self.maps = self._maps(qemu)
        self._check_frames()
        self._check_recursive()
        self._check_pages(qemu)
        for words in self.lines("map"):
            self._check_content(qemu, *(int(word, 16) for word in words[:3]))
        self._check_holes(qemu)

    def _check_registers(self, qemu: Qemu) -> None:
        """The guest tells all registers of its machine; those that QEMU shows must be as it says."""
        self.registers = {name: int(value, 16) for name, value in self.lines("reg")}
        wanted = self.target.registers
        odd = sorted(self.registers.keys() ^ wanted.keys())
        if odd:
            raise self.fail(f"the guest {'told' if odd[0] in self.registers else 'did not tell'} "
                            f"reg {odd[0]}, unlike {self.target.folder.name}/machine.toml")
        for name, value in registers(qemu, wanted, self.target.byteorder).items():
            if value != self.registers[name]:
                raise MachineError(f"QEMU has {name} {value:x}, the guest "
                                   f"{self.registers[name]:x}")

    def _maps(self, qemu: Qemu) -> list[tuple[int, int, int, str]]:
        """(va, pa, bytes, prot), ascending: what the guest mapped; QEMU's list must agree."""
        told = [(int(v, 16), int(p, 16), int(s, 16), prot) for v, p, s, prot in self.lines("map")]
        told.sort()
        spans = sorted([(va, size, "map") for va, _, size, _ in told] +
                       [(int(v, 16), int(n, 16), word) for word in ("hole", "reserved")
                        for v, n in self.lines(word)])
        for (va, size, word), (after, _, other) in zip(spans, spans[1:]):
            if va + size > after:
                raise self.fail(f"the guest tells of {after:x} twice: `{word}` and `{other}`")
        if self.target.oracle == "guest":
            return told
        apart = [(int(v, 16), int(n, 16)) for key in ("recursive", "reserved")
                 for v, n in self.lines(key)]
        listed = listing.read(self.target.oracle, qemu, self.target.bits)
        beyond = [leaf for leaf in listed if not any(
            v <= leaf[0] < v + n for v, n in apart)]
        a, b = listing.merge(told), listing.merge(beyond)
        if a != b:
            odd = sorted(set(a) ^ set(b))[0]
            who = "the guest" if odd in a else "QEMU"
            raise MachineError(f"{who} alone maps {odd[0]:x} to {odd[1]:x}, {odd[2]:x} bytes, "
                               f"{odd[3]}")
        recursive = [(int(v, 16), int(n, 16)) for v, n in self.lines("recursive")]
        for v, n in recursive:
            if not any(v <= leaf[0] < v + n for leaf in listed):
                raise MachineError(f"the guest says that its tables see themselves at {v:x}, "
                                   f"QEMU has nothing in those {n:x} bytes")
        reserved = [(int(v, 16), int(n, 16)) for v, n in self.lines("reserved")]
        more = [leaf for leaf in listed if any(v <= leaf[0] < v + n for v, n in recursive) and
                not any(v <= leaf[0] < v + n for v, n in reserved)]
        if self.target.bits == 64:              # QEMU lists a leaf's own rights; the slot is NX
            more = [(v, p, n, prot[:2] + "-") for v, p, n, prot in more]
        return sorted(told + more)

    def _check_frames(self) -> None:
        """Of each size, for each bit of a frame's address, two that differ in it alone: a reader that
        drops the bit, or takes another one for it, finds the wrong memory."""
        for size, end in self.target.frames.items():
            length = self.target.page if size == "page" else 1 << int(size)
            first = length.bit_length() - 1
            found = {pa for _, pa, n, _ in self.maps if n == length}
            lacks = [[bit for bit in range(first, end) if pa ^ 1 << first ^ 1 << bit not in found]
                     for pa in found]
            lacking = min(lacks, key=len, default=[first])
            if lacking:
                raise self.fail(f"no two maps of {length:#x} bytes show what bit {lacking[0]} of a "
                                f"frame's address is, wanted all from {first} to {end - 1}")

    def _check_recursive(self) -> None:
        """Where tables see themselves, the entry of each page must be at its place.  x86 only."""
        t = self.target
        for start, size in [(int(v, 16), int(n, 16)) for v, n in self.lines("recursive")]:
            length = size >> t.vabits - PAGE_BITS           # of an entry
            for va, pa, n, _ in self.maps:
                if n != t.page or start <= va < start + size:
                    continue
                at = start + ((va & (1 << t.vabits) - 1) >> PAGE_BITS) * length
                seen = [p + at - v for v, p, m, _ in self.maps if v <= at < v + m]
                entry = int.from_bytes(seen and self.content(seen[0], length) or b"", "little")
                if entry & 0x000FFFFFFFFFF000 != pa:
                    raise self.fail(f"the entry of {va:x}, which means {pa:x}, is not seen at "
                                    f"{at:x}: {entry:x}")

    def _check_pages(self, qemu: Qemu) -> None:
        """gva2gpa for the pages of each map."""
        page, asked = self.target.page, []
        told = {int(words[0], 16) for words in self.lines("map")}
        beyond = [m for m in self.maps if m[0] not in told]     # QEMU's list has them: a sample
        random.Random(0).shuffle(beyond)
        for va, pa, size, _ in [m for m in self.maps if m[0] in told] + beyond[:2 * PROBES]:
            offsets = {0, size - 1}
            if 1 < size // page <= PROBES:
                offsets |= {i * page for i in range(size // page)}
            elif size > page:
                chance = random.Random(va)
                offsets |= {chance.randrange(size) for _ in range(PROBES)}
            asked += [(va + offset, pa + offset) for offset in sorted(offsets)]
        self.asked += len(asked)
        for (va, pa), answer in zip(asked, qemu.gva2gpa([va for va, _ in asked]), strict=True):
            if answer != pa:
                said = "unmapped" if answer is None else f"{answer:x}"
                raise MachineError(f"gva2gpa {va:x}: {said}, the guest means {pa:x}")

    def _check_content(self, qemu: Qemu, va: int, pa: int, size: int) -> None:
        """The bytes that memsave reads through the MMU must be those that pmemsave reads."""
        for start, memory in self.memory.items():
            low, high = max(start, pa), min(start + len(memory), pa + size)
            high = min(high, low + READ_THROUGH)
            if low >= high:
                continue
            if qemu.memory(va + low - pa, high - low) != memory[low - start:high - start]:
                raise MachineError(f"memsave at {va + low - pa:x} is not what pmemsave has at "
                                   f"{low:x} ({high - low:x} bytes)")

    def _check_holes(self, qemu: Qemu) -> None:
        """The edges of each hole, powers of two into it, and random places must be unmapped."""
        reserved = [(int(v, 16), int(n, 16)) for v, n in self.lines("reserved")]
        probes: list[int] = []
        at = 0
        for va, _, size, _ in [*self.maps, (1 << self.target.bits, 0, 0, "")]:
            if va > at:
                length, chance = va - at, random.Random(at)
                offsets = {0, length - 1} | {chance.randrange(length) for _ in range(8)}
                offsets |= {1 << k for k in range(12, 64) if 1 << k < length}
                offsets |= {length - (1 << k) for k in range(12, 64, 3) if 1 << k < length}
                probes += [at + offset for offset in sorted(offsets)]
            at = va + size
        probes = [p for p in probes if not any(v <= p < v + n for v, n in reserved)]
        self.asked += len(probes)
        for va, answer in zip(probes, qemu.gva2gpa(probes), strict=True):
            if answer is not None and not self._tolerated(va):
                raise MachineError(f"gva2gpa {va:x}: {answer:x}, but the guest maps nothing there")

    def _tolerated(self, va: int) -> bool:
        """Addresses that gva2gpa does not know to be none: the middle of a 64-bit space."""
        t = self.target
        top = (1 << t.bits) - (1 << t.vabits)
        return t.bits == 64 and t.oracle != "guest" and (1 << t.vabits) <= va < top

    def text_and_panic(self) -> tuple[str, str]:
        """All that the kernel printed until it panicked, and why it did."""
        said = self.console()               # a firmware may have spoken before
        text = said[said.rfind("\n", 0, said.find("(KCORE)")) + 1:].partition("debugger\n")[0]
        return text, text.rpartition("panic: ")[2].strip()

    def check_told(self) -> None:
        """How many lines of each kind there are (a guest that tells less proves less, and passes),
        and that each is about whole pages."""
        page = self.target.oracle_pagesize or self.target.page
        top = 1 << max(self.target.bits, self.target.oracle_vabits)
        for word in FACTS:
            lines, wanted = self.lines(word), self.target.tells.get(word, 0)
            count = len(lines)
            twice = [line for i, line in enumerate(lines) if line in lines[:i]]
            if twice:
                raise self.fail(f"the guest tells `{word} {' '.join(twice[0])}` twice")
            if count != wanted:
                raise self.fail(f"the guest tells {count} lines of `{word}`, "
                                f"{self.target.folder.name}/machine.toml wants {wanted}")
            for line in lines:
                told = {what: int(number, 16) for what, number in zip(WORDS[word].split(), line)
                        if what not in ("prot", "count")}
                if any(number % page for number in told.values()) or \
                        told.get("size") == 0 or told.get("va", 0) + told.get("size", 0) > top:
                    raise self.fail(f"the guest tells `{word} {' '.join(line)}`, wanted whole pages"
                                    f" of {page:#x} bytes, up to {top:#x}")
        for line in self.lines("dmap"):
            va, size, pa = (int(number, 16) for number in line)
            for start, length in self.clusters():
                if start < pa or start + length > pa + size:
                    raise self.fail(f"the guest's direct map at {va:x} has {pa:x} to {pa + size:x} "
                                    f"of RAM, wanted {start:x} to {start + length:x}, too")

    def check_text(self, core: bytes) -> None:
        """The message buffer in the dump must have the console's text, up to the panic."""
        text, panic = self.text_and_panic()
        if text[-4000:].encode() not in core:
            raise self.fail("the dump does not hold the message buffer's text")
        if panic.encode() + b"\0" not in core:
            raise self.fail(f"the dump does not hold the panic string {panic!r}")
        where = panic.rpartition(" ")[2]
        if where not in {line[0] for line in self.lines("hole")}:
            raise self.fail(f"the guest panicked at {where}, which is no hole: {panic!r}")


def pack(value: int, size: int, byteorder: str) -> bytes:
    """An integer in the machine's byte order."""
    return value.to_bytes(size, byteorder)  # type: ignore[arg-type]


def unpack(form: str, data: bytes, at: int, byteorder: str) -> tuple:
    """struct.unpack_from in the machine's byte order."""
    return struct.unpack_from(("<" if byteorder == "little" else ">") + form, data, at)
