# SPDX-License-Identifier: BSD-2-Clause
"""What NetBSD kernels of all machines have in common: the image, its variables, its symbols."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from .. import elf
from ..hash import content
from ..mmu.radix import Regime
from ..netbsd import Container, Field
from ..spans import Span

PAGE = 4096
DUMPMAG = 0x8FCA0101
MSG_MAGIC = 0x063061            # sys/sys/msgbuf.h
VERSION = "NetBSD 10.99.12 (KCORE) #0: Thu Jan  1 00:00:00 UTC 1970\n"
PANIC = "kernel diagnostic assertion \"model == library\" failed"
MESSAGES = "booting the model\npanic: " + PANIC + "\nsyncing disks... done\ndumping\n"
NOTE_AT = 0x800                 # in the page of constants
IDENT = 1099001200              # __NetBSD_Version__ of 10.99.12


@dataclass(frozen=True)
class Area:
    """Part of the kernel image: pages of one protection."""

    name: str
    va: int
    size: int
    page: int
    prot: str


@dataclass(frozen=True)
class Facts:
    """What kernel variables tell of the rest of the dump."""

    root: int
    pages: int              # dumped
    physical: int           # pages of RAM
    dumplo: int             # blocks
    direct: Span | None     # virtual addresses of the direct map
    recursive: int | None   # virtual address of the recursive slot


@dataclass
class _Image:
    """An area being filled with variables; static: what the ELF file holds."""

    va: int
    live: bytearray = field(default_factory=bytearray)
    static: bytearray = field(default_factory=bytearray)
    symbols: list[elf.Symbol] = field(default_factory=list)

    def add(
        self, name: str, value: bytes, static: bytes | None = None, bind: str = "global",
        align: int = 8, kind: str = "object",
    ) -> int:
        """Places a variable; static None: the same in the file and at run time."""
        gap = bytes(-len(self.live) % align)
        self.live += gap
        self.static += gap
        va = self.va + len(self.live)
        self.live += value
        self.static += value if static is None else static.ljust(len(value), b"\0")
        if name:
            self.symbols.append(elf.Symbol(name, va, kind, bind, len(value)))
        return va


@dataclass(frozen=True)
class Kernel:
    """The finished kernel: its file, its symbols, and what its pages hold at the panic."""

    file: bytes
    fields: dict[str, Field]
    symbols: list[elf.Symbol]
    absent_symbols: list[str]
    content: list[tuple[int, bytes]]        # (va, bytes)


@dataclass(frozen=True)
class NetbsdPort:
    """A machine: its numbers, and the functions that only it has."""

    machine: str
    bits: int
    byteorder: str
    pagesize: int
    elf_machine: int
    container: Container
    regimes: dict[str, Regime]
    kernbase: int
    text: int                                           # virtual address of the kernel's text
    cpu_data: Callable[[int, list[Span]], tuple[bytes, dict[str, Field]]]
    registers: Callable[[Regime, int], dict[str, int]]
    variables: Callable[[Facts], list[tuple[str, int]]]  # machine-dependent words
    os: str = "netbsd"
    form: str = "netbsd-kcore"

    def areas(self, text: int, text_page: int) -> list[Area]:
        """The kernel's image from text on, in 4 KiB pages but for the text."""
        big = max(text_page, 0x200000)
        text_size = text_page if text_page > PAGE else 2 * PAGE
        rodata, data = text + big, text + 2 * big
        return [
            Area("text", text, text_size, text_page, "r-x"),
            Area("rodata", rodata, PAGE, PAGE, "r--"),
            Area("data", data, 2 * PAGE, PAGE, "rw-"),
            Area("msgbuf", data + 3 * PAGE, PAGE, PAGE, "rw-"),
        ]

    def _pack(self, fmt: str, *values: int) -> bytes:
        order = "<" if self.byteorder == "little" else ">"
        return struct.pack(order + fmt.replace("L", "q" if self.bits == 64 else "i"), *values)

    def _word(self, value: int) -> bytes:
        return value.to_bytes(self.bits // 8, self.byteorder)

    def kernel(self, image: list[Area], facts: Facts) -> Kernel:
        """Builds content, variables and symbols of an image."""
        areas = {a.name: a for a in image}
        text = content(0x7465_7874, 0, 2 * PAGE)
        code = areas["text"].va
        ro, data = _Image(areas["rodata"].va), _Image(areas["data"].va)
        msgbuf = areas["msgbuf"].va

        ro.add("version", VERSION.encode() + b"\0", align=32)
        ro.add("ostype", b"NetBSD\0", align=1)
        ro.add("osrelease", b"10.99.12\0", align=1)
        ro.add("_rodata_tag", b"one underscore\0", align=1, bind="local")
        ro.add("rcsid", b"$first$\0", align=1, bind="local")
        ro.add("rcsid", b"$second$\0", align=1, bind="local")

        # A neighbour on each side tells a wrong offset from a right one.
        data.add("boothowto", self._pack("I", 0xB007), align=4)
        data.add("dumpmag", self._pack("I", DUMPMAG), align=4)
        data.add("dumpsize", self._pack("i", facts.pages & 0x7FFFFFFF), b"", align=4)
        data.add("dumpcdev", self._pack("Q", 0x1_0000_0001), b"")
        data.add("dumpdev", self._pack("Q", 0x1_0000_0001), b"")
        data.add("dumplo", self._pack("L", facts.dumplo), b"")
        data.add("time_second", self._pack("q", 1_700_000_000), b"")
        data.add("physmem", self._pack("L", facts.physical), b"")
        uvmexp = self._pack("iiii", PAGE, PAGE - 1, 12, facts.physical & 0x7FFFFFFF)
        data.add("uvmexp", uvmexp + bytes(112), b"")
        where = data.add("", PANIC.encode() + b"\0", align=1)
        data.add("panicstr", self._word(where), b"")
        data.add("msgbufp", self._word(msgbuf), b"")
        data.add("panicstart", self._pack("i", MESSAGES.index("panic:")), b"", align=4)
        data.add("panicend", self._pack("i", MESSAGES.index("syncing")), b"", align=4)
        for name, value in self.variables(facts):
            data.add(name, self._word(value), b"")
        data.add("__two_underscores", self._word(2))
        data.add("_one_underscore", self._word(1))
        data.add("underscore_twin", self._word(0x10))
        data.add("_underscore_twin", self._word(0x11))
        data.add("weak_object", self._word(3), bind="weak")
        data.add("a_name_that_no_fixed_buffer_of_sixty_four_bytes_will_ever_hold_as_a_whole_",
                 self._word(4))
        # Runs over the page's end, into a frame that is somewhere else.
        data.add("", bytes(PAGE - 16 - len(data.live)), align=1)
        data.add("straddle", bytes(range(0xA0, 0xC0)), align=1)
        bss = data.add("dumppcb", bytes(192), b"", align=64)

        kind = elf.ElfKind(self.bits, self.byteorder, self.elf_machine)
        ident = elf.note(kind, b"NetBSD", 1, self._pack("I", IDENT))
        assert len(ro.live) < NOTE_AT

        msg = MESSAGES.encode()
        head = self._pack("LLLL", MSG_MAGIC, len(msg), 0, PAGE - 4 * self.bits // 8)
        live = {
            "text": text,
            "rodata": bytes(ro.live).ljust(NOTE_AT, b"\0") + ident,
            "data": bytes(data.live),
            "msgbuf": head + msg,
        }
        pages = []
        for name, value in live.items():
            size = 2 * PAGE if name in ("text", "data") else PAGE
            assert len(value) <= size
            pages.append((areas[name].va, value.ljust(size, b"\0")))

        cut = bss - data.va
        code_flags = elf.SHF_ALLOC | elf.SHF_EXECINSTR
        data_flags = elf.SHF_ALLOC | elf.SHF_WRITE
        sections = [
            elf.Section(".text", code, text, code_flags),
            elf.Section(".rodata", ro.va, bytes(ro.static), elf.SHF_ALLOC),
            elf.Section(".note.netbsd.ident", ro.va + NOTE_AT, ident, elf.SHF_ALLOC, note=True),
            elf.Section(".data", data.va, bytes(data.static[:cut]), data_flags),
            elf.Section(".bss", bss, b"", data_flags, memsize=192),
        ]
        hidden = [
            elf.Symbol("dumpmag", code + 0x40, "notype", "local"),
            elf.Symbol("version", code + 0x80, "func", "local", 16),
        ]
        shown = [
            elf.Symbol("kern_model.c", 0, "file", "local"),
            *ro.symbols,
            *data.symbols,
            elf.Symbol("start", code, "func", "global", 64),
            elf.Symbol("main", code + 0x100, "func", "global", 256),
            elf.Symbol("static_func", code + 0x200, "func", "local", 32),
            elf.Symbol("weak_func", code + 0x240, "func", "weak", 32),
            elf.Symbol("notype_label", code + 0x260, "notype", "global"),
            elf.Symbol("etext", code + 2 * PAGE, "notype", "global"),
            elf.Symbol("_end", bss + 192, "notype", "global"),
        ]
        bias = code - (self.text - self.kernbase)
        file = elf.executable(kind, code, bias, sections, hidden + shown)
        first: dict[str, elf.Symbol] = {}
        for s in shown:
            first.setdefault(s.name, s)
        return Kernel(
            file, {"e_machine": Field(18, 2, self.byteorder)}, list(first.values()),
            ["dumpma", "dumpmagic", "nosuchsymbol", "weak_objec", "DUMPMAG"], pages,
        )
