# SPDX-License-Identifier: BSD-2-Clause
"""ctf.py VERSION [z] KERNEL OUT: the types of a kernel's DWARF as CTF, compressed with z.

Written from ctf(5).  Types that no kernel here has come first: a reader must step over them.
"""

import struct
import sys
import zlib
from pathlib import Path

from elftools.dwarf.die import DIE
from elftools.elf.elffile import ELFFile

(INTEGER, FLOAT, POINTER, ARRAY, FUNCTION, STRUCT, UNION, ENUM, FORWARD, TYPEDEF, VOLATILE,
 CONST, RESTRICT) = range(1, 14)
KINDS = {"base_type": INTEGER, "pointer_type": POINTER, "array_type": ARRAY,
         "subroutine_type": FUNCTION, "structure_type": STRUCT, "union_type": UNION,
         "enumeration_type": ENUM, "typedef": TYPEDEF, "volatile_type": VOLATILE,
         "const_type": CONST}


class Writer:
    """Types in the order of their numbers, which begin at 1."""

    def __init__(self, version: int, order: str) -> None:
        self.version, self.order = version, order
        self.half = "I" if version == 3 else "H"
        self.types, self.strings = b"", b"\0"

    def pack(self, fmt: str, *values: int) -> bytes:
        """Numbers; h is what has two bytes in version 2, four in 3."""
        return struct.pack(self.order + fmt.replace("h", self.half), *values)

    def name(self, text: str) -> int:
        """Where a string lies; "" is 0."""
        if text == "":
            return 0
        self.strings += text.encode() + b"\0"
        return len(self.strings) - len(text) - 1

    def type(self, kind: int, name: str, n: int, size: int, body: bytes) -> None:
        """One type; n: how many members it has, size: or the type that it is made of."""
        v3 = self.version == 3
        info = kind << 26 | 1 << 25 | n if v3 else kind << 11 | 1 << 10 | n
        most = 0xFFFF_FFFF if v3 else 0xFFFF
        self.types += self.pack("Ihh", self.name(name), info, min(size, most))
        if size >= most:
            self.types += self.pack("II", size >> 32, size & 0xFFFF_FFFF)
        self.types += body

    def compound(self, kind: int, name: str, size: int, members: list[tuple[str, int, int]]) -> None:
        """A struct or union; members: name, type, bit."""
        large = size >= (1 << 29 if self.version == 3 else 1 << 13)
        body = b""
        for member, type_, bit in members:
            if not large:
                body += self.pack("Ihh", self.name(member), type_, bit)
            elif self.version == 3:
                body += self.pack("IIII", self.name(member), type_, bit >> 32, bit & 0xFFFF_FFFF)
            else:
                body += self.pack("IHHII", self.name(member), type_, 0, bit >> 32,
                                  bit & 0xFFFF_FFFF)
        self.type(kind, name, len(members), size, body)

    def function(self, arguments: list[int]) -> None:
        """One that returns type 1."""
        body = self.pack("h" * len(arguments), *arguments)
        self.type(FUNCTION, "", len(arguments), 1, body + bytes(-len(body) % 4))

    def file(self, compressed: bool) -> bytes:
        """The section."""
        data = self.types + self.strings
        head = self.pack("HBBIIIIIIII", 0xCFF1, self.version, int(compressed), 0, 0, 0, 0, 0, 0,
                         len(self.types), len(self.strings))
        return head + (zlib.compress(data) if compressed else data)


def extras(w: Writer) -> int:
    """Types of no kernel: how many."""
    w.type(INTEGER, "octet", 0, 1, w.pack("I", 8))
    w.type(INTEGER, "number", 0, 4, w.pack("I", 0x0100_0020))
    w.type(FLOAT, "real", 0, 8, w.pack("I", 0x0200_0040))
    w.function([1, 2, 3])
    w.function([])
    w.type(ENUM, "colour", 3, 4, w.pack("IiIiIi", w.name("red"), 1, w.name("green"), -2,
                                        w.name("blue"), 3))
    w.type(FORWARD, "pcpu", 0, STRUCT, b"")
    w.type(ARRAY, "", 0, 0, w.pack("hhI", 1, 2, 70000))
    w.compound(STRUCT, "large", 70004, [("first", 8, 0), ("last", 2, 560000)])
    w.compound(STRUCT, "bits", 4, [("whole", 2, 0), ("part", 2, 3), ("call", 4, 0),
                                   ("itself", 11, 0), ("beyond", 2, 8)])
    w.type(CONST, "", 0, 11, b"")
    # A qualifier of itself has no end; a struct with itself in it, without a name, neither.
    w.compound(STRUCT, "round", 4, 8 * [("", 12, 0)] + [("behind", 2, 0)])
    w.compound(STRUCT, "wide", 600, [("w", 1, 8 * i) for i in range(599)] + [("end", 1, 8 * 599)])
    w.type(RESTRICT, "", 0, 2, b"")
    w.compound(STRUCT, "limited", 4, [("only", 14, 0)])
    return 15


def bit_of(die: DIE) -> int:
    """Where a member begins."""
    if "DW_AT_data_member_location" not in die.attributes:
        return 0
    value = die.attributes["DW_AT_data_member_location"].value
    if isinstance(value, int):
        return 8 * value
    assert value[0] == 0x23, "DWARF 2: DW_OP_plus_uconst and a number, 7 bits a byte"
    return 8 * sum((b & 0x7F) << 7 * i for i, b in enumerate(value[1:]))


def members(die: DIE, number: dict[int, int]) -> list[tuple[str, int, int]]:
    """Of a struct or union: name, type, bit."""
    return [(m.attributes["DW_AT_name"].value.decode() if "DW_AT_name" in m.attributes else "",
             number[m.get_DIE_from_attribute("DW_AT_type").offset], bit_of(m))
            for m in die.iter_children() if m.tag == "DW_TAG_member"]


def elements(die: DIE) -> int:
    """Of an array."""
    n = 1
    for r in die.iter_children():
        a = r.attributes
        n *= a["DW_AT_count"].value if "DW_AT_count" in a else a["DW_AT_upper_bound"].value + 1 \
            if "DW_AT_upper_bound" in a else 0
    return n


def convert(w: Writer, kernel: Path) -> None:
    """All types of its DWARF."""
    with kernel.open("rb") as f:
        dwarf = ELFFile(f).get_dwarf_info()
        dies = [d for cu in dwarf.iter_CUs() for d in cu.iter_DIEs()
                if (d.tag or "").removeprefix("DW_TAG_") in KINDS]
        first = extras(w) + 1
        number = {d.offset: first + i for i, d in enumerate(dies)}
        for d in dies:
            a, kind = d.attributes, KINDS[d.tag.removeprefix("DW_TAG_")]
            name = a["DW_AT_name"].value.decode() if "DW_AT_name" in a else ""
            size = a["DW_AT_byte_size"].value if "DW_AT_byte_size" in a else 0
            ref = number[d.get_DIE_from_attribute("DW_AT_type").offset] if "DW_AT_type" in a else 0
            if "DW_AT_declaration" in a:
                w.type(FORWARD, name, 0, kind, b"")
            elif kind in (STRUCT, UNION):
                w.compound(kind, name, size, members(d, number))
            elif kind == ARRAY:
                w.type(kind, "", 0, 0, w.pack("hhI", ref, ref, elements(d)))
            elif kind == INTEGER:
                w.type(kind, name, 0, size, w.pack("I", 8 * size))
            elif kind == ENUM:
                w.type(kind, name, 0, size, b"")
            else:
                w.type(kind, name, 0, ref, b"")


def main() -> None:
    """See above."""
    version, *compressed, kernel, out = sys.argv[1:]
    with open(kernel, "rb") as f:
        order = "<" if ELFFile(f).little_endian else ">"
    w = Writer(int(version), order)
    convert(w, Path(kernel))
    Path(out).write_bytes(w.file(compressed == ["z"]))


if __name__ == "__main__":
    main()
