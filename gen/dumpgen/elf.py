# SPDX-License-Identifier: BSD-2-Clause
"""Writes kernel ELF files: segments, notes and a symbol table; System V gABI, chapter 4 and 5."""

import struct
from dataclasses import dataclass

SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_NOTE, SHT_NOBITS = 1, 2, 3, 7, 8
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR = 1, 2, 4
SHN_ABS = 0xFFF1
TYPES = {"notype": 0, "object": 1, "func": 2, "file": 4}
BINDS = {"local": 0, "global": 1, "weak": 2}
PT_LOAD, PT_NOTE = 1, 4
ET_EXEC, ET_DYN = 2, 3


@dataclass(frozen=True)
class Section:
    """A section that is loaded; memsize beyond its data is NOBITS and needs empty data."""

    name: str
    va: int
    data: bytes
    flags: int
    memsize: int = 0
    note: bool = False


@dataclass(frozen=True)
class Symbol:
    """A symbol as the oracle states it, plus its size."""

    name: str
    va: int
    type: str
    bind: str
    size: int = 0


@dataclass(frozen=True)
class ElfKind:
    """What the file header says."""

    bits: int
    byteorder: str
    machine: int
    type: int = ET_EXEC
    osabi: int = 0
    flags: int = 0

    def pack(self, fmt: str, *values: int) -> bytes:
        """struct.pack; N in fmt stands for a native word of the class."""
        order = "<" if self.byteorder == "little" else ">"
        return struct.pack(order + fmt.replace("N", "Q" if self.bits == 64 else "I"), *values)


def note(kind: ElfKind, name: bytes, number: int, desc: bytes) -> bytes:
    """One note; name without its terminating zero."""
    def pad(b: bytes) -> bytes:
        return b + bytes(-len(b) % 4)

    name += b"\0"
    return kind.pack("III", len(name), len(desc), number) + pad(name) + pad(desc)


class _Strings:
    def __init__(self) -> None:
        self.data = bytearray(b"\0")
        self._at: dict[str, int] = {"": 0}

    def add(self, text: str) -> int:
        if text not in self._at:
            self._at[text] = len(self.data)
            self.data += text.encode() + b"\0"
        return self._at[text]


def _symbols(
    kind: ElfKind, sections: list[Section], symbols: list[Symbol], strings: _Strings
) -> tuple[bytes, int]:
    """The table, locals first as the gABI wants, and the index of the first other."""
    order = sorted(symbols, key=lambda s: s.bind != "local")
    rows = [bytes(24 if kind.bits == 64 else 16)]
    for s in order:
        index = SHN_ABS
        if s.type != "file":
            for at, sec in enumerate(sections):
                if sec.va <= s.va <= sec.va + max(len(sec.data), sec.memsize):
                    index = at + 1
                    if s.va < sec.va + max(len(sec.data), sec.memsize):
                        break
        name, info = strings.add(s.name), BINDS[s.bind] << 4 | TYPES[s.type]
        if kind.bits == 64:
            rows.append(kind.pack("IBBHQQ", name, info, 0, index, s.va, s.size))
        else:
            rows.append(kind.pack("IIIBBH", name, s.va, s.size, info, 0, index))
    return b"".join(rows), 1 + sum(s.bind == "local" for s in symbols)


def executable(
    kind: ElfKind, entry: int, load_bias: int, sections: list[Section], symbols: list[Symbol]
) -> bytes:
    """A kernel's file, one PT_LOAD a section; p_paddr is va - load_bias."""
    wide = kind.bits == 64
    ehsize, phsize, shsize = (64, 56, 64) if wide else (52, 32, 40)
    names, strings = _Strings(), _Strings()
    notes = [s for s in sections if s.note]
    body = bytearray(bytes(ehsize + phsize * (len(sections) + len(notes))))
    headers, programs = [kind.pack("IINNNNIINN", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)], []

    def append(data: bytes, align: int, va: int = 0) -> int:
        body.extend(bytes((va - len(body)) % align))
        body.extend(data)
        return len(body) - len(data)

    for s in sections:
        offset = append(s.data, 4096, s.va)
        size = max(len(s.data), s.memsize)
        sort = SHT_NOTE if s.note else SHT_PROGBITS if s.data else SHT_NOBITS
        headers.append(kind.pack(
            "IINNNNIINN", names.add(s.name), sort, s.flags, s.va, offset, size, 0, 0,
            4 if s.note else 32, 0,
        ))
        flags = 4 | (2 if s.flags & SHF_WRITE else 0) | (1 if s.flags & SHF_EXECINSTR else 0)
        for ptype, align in ((PT_LOAD, 4096), (PT_NOTE, 4))[: 1 + s.note]:
            place = (offset, s.va, s.va - load_bias, len(s.data), size)
            if wide:
                programs.append(kind.pack("IIQQQQQQ", ptype, flags, *place, align))
            else:
                programs.append(kind.pack("IIIIIIII", ptype, *place, flags, align))
    table, first = _symbols(kind, sections, symbols, strings)
    word = kind.bits // 8
    symtab = len(headers)
    headers.append(kind.pack(
        "IINNNNIINN", names.add(".symtab"), SHT_SYMTAB, 0, 0, append(table, word), len(table),
        symtab + 1, first, word, 24 if wide else 16,
    ))
    headers.append(kind.pack(
        "IINNNNIINN", names.add(".strtab"), SHT_STRTAB, 0, 0, append(bytes(strings.data), 1),
        len(strings.data), 0, 0, 1, 0,
    ))
    name = names.add(".shstrtab")
    headers.append(kind.pack(
        "IINNNNIINN", name, SHT_STRTAB, 0, 0, append(bytes(names.data), 1), len(names.data),
        0, 0, 1, 0,
    ))
    shoff = append(b"".join(headers), word)
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if kind.byteorder == "little" else 2, 1])
    body[:ehsize] = ident + bytes([kind.osabi]) + bytes(8) + kind.pack(
        "HHINNNIHHHHHH", kind.type, kind.machine, 1, entry, ehsize, shoff, kind.flags, ehsize,
        phsize,
        len(programs), shsize, len(headers), len(headers) - 1,
    )
    body[ehsize : ehsize + phsize * len(programs)] = b"".join(programs)
    return bytes(body)
