# SPDX-License-Identifier: BSD-2-Clause
"""What all ports share: where the kernel lies, its image, its variables and its symbols.

A port is a file <os>_<machine>.py with PORT, or with port(scn), which makes one from a scenario:
scn.regime says which form of the machine is meant, scn.options (the table [port]) what else differs
between its kernels.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .. import elf
from ..container import Container, Field, State
from ..hash import content
from ..mmu.linear import Range, Space
from ..spans import Span

FRAME = 4096
DUMPMAG = 0x8FCA0101
MSG_MAGIC = 0x063061            # sys/sys/msgbuf.h
PANIC = "kernel diagnostic assertion \"model == library\" failed"
MESSAGES = "booting the model\npanic: " + PANIC + "\nsyncing disks... done\ndumping\n"


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

    root: object            # what the header names
    pages: int              # dumped
    physical: int           # pages of RAM
    dumplo: int             # blocks
    direct: Span | None     # virtual addresses of the direct map
    recursive: int | None   # virtual address of the recursive slot
    tree: object = None     # the builder of the tables


@dataclass
class Image:
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


class Layout:
    """A header under construction: bytes, and the place of each field by its name."""

    def __init__(self, byteorder: str) -> None:
        self.byteorder = byteorder
        self.data = bytearray()
        self.fields: dict[str, Field] = {}

    def add(self, name: str, size: int, value: int) -> None:
        """A number of size bytes; without a name it cannot be damaged."""
        if name:
            self.fields[name] = Field(len(self.data), size, self.byteorder)
        self.data += (value & (1 << 8 * size) - 1).to_bytes(size, self.byteorder)

    def raw(self, name: str, data: bytes) -> None:
        """Bytes, as a field of that name."""
        self.fields[name] = Field(len(self.data), len(data), self.byteorder)
        self.data += data

    def pad(self, to: int, fill: bytes = b"\0") -> None:
        """Fills up to offset to."""
        assert len(self.data) <= to, f"the header is {len(self.data)} bytes long, not {to}"
        self.data = self.data.ljust(to, fill)

    def segments(self, spans: Sequence[Span]) -> None:
        """RAM segments: phys_ram_seg_t is two u64 everywhere."""
        for i, (start, end) in enumerate(spans):
            self.fields[f"seg{i}"] = Field(len(self.data), 16, self.byteorder)
            self.add(f"seg{i}.start", 8, start)
            self.add(f"seg{i}.size", 8, end - start)

    def done(self) -> tuple[bytes, dict[str, Field]]:
        """What cpu_data returns."""
        return bytes(self.data), self.fields


@dataclass(frozen=True)
class Kernel:
    """The finished kernel: its file, its symbols, and what its pages hold at the panic."""

    file: bytes
    fields: dict[str, Field]
    symbols: list[elf.Symbol]
    absent_symbols: list[str]
    content: list[tuple[int, bytes]]        # (va, bytes)


Read = Callable[[int, int], bytes | None]


def _frame(root: int) -> int:
    return root & ~(FRAME - 1)


@dataclass(frozen=True)
class Port:
    """A machine: its numbers, and the functions that only it has."""

    machine: str
    bits: int
    byteorder: str
    pagesize: int                   # the smallest page of this dump
    elf_machine: int
    container: Container
    regimes: dict[str, object]
    kernbase: int
    text: int                       # virtual address of the kernel's text
    # NetBSD's and OpenBSD's containers ask for it
    cpu_data: Callable[[State], tuple[bytes, dict[str, Field]]] | None = None
    registers: Callable[[object, object], dict[str, int]] = lambda regime, root: {}
    # machine-dependent variables: words, or bytes
    variables: Callable[[Facts], Sequence[tuple[str, int | bytes]]] = lambda facts: ()
    symbols: Callable[[Facts], Sequence[elf.Symbol]] = lambda facts: ()     # that are no variables
    text_page: int = 0              # pages that map the text; 0: pagesize
    spread: int = 0x200000          # from the text to the constants, and on to the data
    windows: tuple[Range, ...] = ()     # asked before the tables; the image may lie in one
    mapped: tuple[Span, ...] = ()   # addresses that the tables answer for; (): all
    load: int | None = None         # physical address of kernbase if the image may not scatter
    # the reader of the dump's tables, where a kernel goes another way than the MMU
    tables: Callable[[object, object, Read, bytes], object] = (
        lambda regime, root, read, blob: regime.reader(root, read, blob))
    linear: bool = False            # a page at PA p lies p bytes into the memory image
    origin: int = 0                 # of a linear image: its first address
    skipped: tuple[Span, ...] = ()  # memory for which the writer leaves room that it never fills
    passed: tuple[Span, ...] = ()   # memory for which it leaves no room, though the header lists it
    root_limit: int = 1 << 64       # where the first tables must lie below
    root_within: Span | None = None     # where they must lie, if they are part of the kernel
    ends: tuple[str, ...] = ("_end",)   # names of the end of the image
    root_field: str = ""            # the header's field that names the tables
    root_of: Callable[[int], int] = _frame      # what a damaged root_field means
    os: str = ""
    elf_type: int = elf.ET_EXEC     # of the kernel's file
    elf_osabi: int = 0
    elf_flags: int = 0

    def areas(self, text: int, text_page: int) -> list[Area]:
        """The kernel's image from text on, in the smallest pages but for the text."""
        page = self.pagesize
        big = max(text_page, self.spread)
        text_size = text_page if text_page > page else 2 * page
        rodata, data = text + big, text + 2 * big
        return [
            Area("text", text, text_size, text_page, "r-x"),
            Area("rodata", rodata, page, page, "r--"),
            Area("data", data, 2 * page, page, "rw-"),
            Area("msgbuf", data + 3 * page, page, page, "rw-"),
        ]

    def place(self, va: int) -> tuple[int | None, bool]:
        """Where the image's page at va must lie, if anywhere; and whether tables map it."""
        for window in self.windows:
            if window.start <= va < window.end:
                return window.reader.lookup(va), False
        return None if self.load is None else va - self.kernbase + self.load, True

    def space(self, tables: object) -> object:
        """The reader of the whole address space."""
        if not self.windows and not self.mapped:
            return tables
        mapped = self.mapped or ((0, 1 << self.bits),)
        return Space([*self.windows, *(Range(lo, hi, tables) for lo, hi in mapped)], self.bits)

    def pack(self, fmt: str, *values: int) -> bytes:
        """struct.pack in the target's order; L is its long."""
        order = "<" if self.byteorder == "little" else ">"
        return struct.pack(order + fmt.replace("L", "q" if self.bits == 64 else "i"), *values)

    def word(self, value: int) -> bytes:
        """A pointer."""
        return value.to_bytes(self.bits // 8, self.byteorder)

    def uvmexp(self, facts: Facts) -> bytes:
        """The first members of struct uvmexp, which are the same everywhere."""
        page = self.pagesize
        first = page, page - 1, page.bit_length() - 1, facts.physical & 0x7FFFFFFF
        return self.pack("iiii", *first) + bytes(112)

    def constants(self, ro: Image) -> None:
        """The system's names."""
        raise NotImplementedError

    def state(self, data: Image, facts: Facts, msgbuf: int) -> None:
        """The system's variables."""
        raise NotImplementedError

    def dumppcb(self, facts: Facts) -> bytes:
        """The registers of the CPU that dumped."""
        return b""

    def note(self, kind: elf.ElfKind) -> tuple[str, bytes]:
        """Section and content of the note that says which system this is."""
        raise NotImplementedError

    def msgbuf(self) -> bytes:
        """The message buffer with its head."""
        raise NotImplementedError

    def kernel(self, image: list[Area], facts: Facts) -> Kernel:
        """Builds content, variables and symbols of an image."""
        page = self.pagesize
        areas = {a.name: a for a in image}
        text = content(0x7465_7874, 0, 2 * min(page, FRAME))
        code = areas["text"].va
        ro, data = Image(areas["rodata"].va), Image(areas["data"].va)
        note_at = min(page, FRAME) // 2

        self.constants(ro)
        ro.add("_rodata_tag", b"one underscore\0", align=1, bind="local")
        ro.add("rcsid", b"$first$\0", align=1, bind="local")
        ro.add("rcsid", b"$second$\0", align=1, bind="local")

        self.state(data, facts, areas["msgbuf"].va)
        for name, value in self.variables(facts):
            data.add(name, value if isinstance(value, bytes) else self.word(value), b"")
        data.add("__two_underscores", self.word(2))
        data.add("_one_underscore", self.word(1))
        data.add("underscore_twin", self.word(0x10))
        data.add("_underscore_twin", self.word(0x11))
        data.add("weak_object", self.word(3), bind="weak")
        data.add("a_name_that_no_fixed_buffer_of_sixty_four_bytes_will_ever_hold_as_a_whole_",
                 self.word(4))
        # Runs over the page's end, into a frame that is somewhere else.
        data.add("", bytes(page - 16 - len(data.live)), align=1)
        data.add("straddle", bytes(range(0xA0, 0xC0)), align=1)
        bss = data.add("dumppcb", self.dumppcb(facts).ljust(192, b"\0"), b"", align=64)

        kind = elf.ElfKind(self.bits, self.byteorder, self.elf_machine, self.elf_type,
                           self.elf_osabi, self.elf_flags)
        note_name, ident = self.note(kind)
        assert len(ro.live) < note_at

        live = {
            "text": text,
            "rodata": bytes(ro.live).ljust(note_at, b"\0") + ident,
            "data": bytes(data.live),
            "msgbuf": self.msgbuf(),
        }
        pages = []
        for name, value in live.items():
            assert len(value) <= areas[name].size
            whole = -(-len(value) // min(page, FRAME)) * min(page, FRAME)
            pages.append((areas[name].va, value.ljust(whole, b"\0")))

        cut = bss - data.va
        code_flags = elf.SHF_ALLOC | elf.SHF_EXECINSTR
        data_flags = elf.SHF_ALLOC | elf.SHF_WRITE
        sections = [
            elf.Section(".text", code, text, code_flags),
            elf.Section(".rodata", ro.va, bytes(ro.static), elf.SHF_ALLOC),
            elf.Section(note_name, ro.va + note_at, ident, elf.SHF_ALLOC, note=True),
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
            elf.Symbol("etext", code + len(text), "notype", "global"),
            *(elf.Symbol(name, bss + 192, "notype", "global") for name in self.ends),
            *self.symbols(facts),
        ]
        bias = code - (self.text - self.kernbase)
        file = elf.executable(kind, code, bias, sections, hidden + shown)
        first: dict[str, elf.Symbol] = {}
        for s in shown:
            first.setdefault(s.name, s)
        return Kernel(
            file,
            {"e_machine": Field(18, 2, self.byteorder), "ei_class": Field(4, 1, self.byteorder),
             "ei_data": Field(5, 1, self.byteorder)},
            list(first.values()),
            ["dumpma", "dumpmagic", "nosuchsymbol", "weak_objec", "DUMPMAG"], pages,
        )
