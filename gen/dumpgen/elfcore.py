# SPDX-License-Identifier: BSD-2-Clause
"""Full dumps: ELF ET_CORE files with segments by physical or by virtual address.

Format: System V gABI, chapters 4 and 5; what FreeBSD puts in the fields: sys/kern/kern_dump.c.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .container import Container, Field, Header, Image, Parts
from .elf import ElfKind
from .errors import ScenarioError
from .hash import Rng

ET_CORE = 4
ELFOSABI_STANDALONE = 255
PT_LOAD = 1
PT_DUMP_DELTA = 0x6FB5D000      # sys/sys/elf_common.h: VA of the kernel and its PA
PF_R = 4
PN_XNUM = 0xFFFF                # gABI: the real number is section header 0's sh_info
NAMED = 64                      # so many program headers can be damaged by name

EHDR = {32: 52, 64: 64}
PHDR = {32: 32, 64: 56}
SHDR = {32: 40, 64: 64}
_PHDR_NAMES = {
    32: ("p_type", "p_offset", "p_vaddr", "p_paddr", "p_filesz", "p_memsz", "p_flags", "p_align"),
    64: ("p_type", "p_flags", "p_offset", "p_vaddr", "p_paddr", "p_filesz", "p_memsz", "p_align"),
}
_EHDR_NAMES = ("e_type", "e_machine", "e_version", "e_entry", "e_phoff", "e_shoff", "e_flags",
               "e_ehsize", "e_phentsize", "e_phnum", "e_shentsize", "e_shnum", "e_shstrndx")


@dataclass(frozen=True)
class Segment:
    """A program header; offset and size count in the ELF file."""

    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int
    type: int = PT_LOAD


def data_start(kind: ElfKind, count: int, page: int) -> int:
    """Where the first segment's bytes begin if there are count program headers."""
    size = EHDR[kind.bits] + count * PHDR[kind.bits]
    if count >= PN_XNUM:
        size += SHDR[kind.bits]
    return -(-size // page) * page


def header(kind: ElfKind, segments: Sequence[Segment], page: int) -> Header:
    """ELF header and program headers, padded to the first segment's bytes."""
    bits, order, count = kind.bits, kind.byteorder, len(segments)
    ehsize, phsize, shsize = EHDR[bits], PHDR[bits], SHDR[bits]
    fields: dict[str, Field] = {
        "ei_class": Field(4, 1, order), "ei_data": Field(5, 1, order),
        "ei_version": Field(6, 1, order), "ei_osabi": Field(7, 1, order),
    }
    large = count >= PN_XNUM
    shoff = ehsize + count * phsize if large else 0
    ident = b"\x7fELF" + bytes([bits // 32, 1 if order == "little" else 2, 1, ELFOSABI_STANDALONE])
    # e_version stays 0 and e_shentsize is set, as the kernel writes them.
    data = bytearray(ident.ljust(16, b"\0") + kind.pack(
        "HHINNNIHHHHHH", ET_CORE, kind.machine, 0, 0, ehsize, shoff, 0, ehsize, phsize,
        PN_XNUM if large else count, shsize, int(large), 0,
    ))
    at, word = 16, bits // 8
    for name, size in zip(_EHDR_NAMES, (2, 2, 4, word, word, word, 4, 2, 2, 2, 2, 2, 2)):
        fields[name] = Field(at, size, order)
        at += size
    sizes = [4 if n in ("p_type", "p_flags") else word for n in _PHDR_NAMES[bits]]
    for i, s in enumerate(segments):
        values = {
            "p_type": s.type, "p_flags": PF_R, "p_offset": s.offset, "p_vaddr": s.vaddr,
            "p_paddr": s.paddr, "p_filesz": s.filesz, "p_memsz": s.memsz, "p_align": page,
        }
        at = len(data)
        data += kind.pack("IINNNNNN" if bits == 64 else "IIIIIIII",
                          *(values[n] for n in _PHDR_NAMES[bits]))
        if i < NAMED:
            for name, size in zip(_PHDR_NAMES[bits], sizes):
                fields[f"ph{i}.{name}"] = Field(at, size, order)
                at += size
    if large:
        at = len(data)
        data += kind.pack("IINNNNIINN", 0, 0, 0, 0, 0, 0, 0, count, 0, 0)
        fields["sh0.sh_info"] = Field(at + 8 + 4 * word + 4, 4, order)
    return Header(bytes(data).ljust(data_start(kind, count, page), b"\0"), fields)


@dataclass(frozen=True)
class ElfCore(Container):
    """One PT_LOAD a piece of RAM, by physical address."""

    kind: ElfKind
    page: int                               # the kernel's PAGE_SIZE
    delta: tuple[int, int] | None = None    # VA and PA of PT_DUMP_DELTA
    shuffled: bool = False                  # program headers not in the order of addresses
    slack: int = 0                          # p_memsz goes so far beyond p_filesz, where there is room

    form = "elf"

    def image(self, parts: Parts) -> Image:
        """Segments back to back; machine-dependent headers behind the PT_LOADs."""
        spans = parts.memory.segments.spans
        if spans and spans[-1][1] > 1 << self.kind.bits:
            raise ScenarioError(parts.scn.name, "ram", f"{spans[-1][1]:#x} does not fit into a "
                                f"{self.kind.bits}-bit program header")
        at = data_start(self.kind, len(spans) + (self.delta is not None), self.page)
        rows = []
        for i, (start, end) in enumerate(spans):
            size = end - start
            room = spans[i + 1][0] - end if i + 1 < len(spans) else self.slack
            rows.append(Segment(at, start, start, size, size + min(self.slack, room)))
            at += size
        if self.shuffled:
            rng = Rng(parts.scn.seed ^ 0x7068_6472)
            rows = [rows.pop(rng.below(len(rows))) for _ in range(len(rows))]
            if all(a.paddr < b.paddr for a, b in zip(rows, rows[1:])):
                rows.reverse()
        if self.delta is not None:
            rows.append(Segment(0, *self.delta, 0, 0, PT_DUMP_DELTA))
        return Image(header(self.kind, rows, self.page))


@dataclass(frozen=True)
class VirtualCore(Container):
    """PT_LOADs of mapped kernel space; memory's addresses are offsets in the file."""

    kind: ElfKind
    page: int
    segments: tuple[tuple[int, int], ...]   # VA and size, in the order of the file
    physical: bool = False                  # says so, which no reader can use

    form = "elf-virtual"

    def start(self) -> int:
        """Where memory begins, in the ELF file."""
        return data_start(self.kind, len(self.segments), self.page)

    def image(self, parts: Parts) -> Image:
        """p_paddr is all ones (powerpc's cb_dumphdr)."""
        at, rows, none = self.start(), [], (1 << self.kind.bits) - 1
        for va, size in self.segments:
            rows.append(Segment(at, none if self.physical else va, va if self.physical else none,
                                size, size))
            at += size
        return Image(header(self.kind, rows, self.page))
