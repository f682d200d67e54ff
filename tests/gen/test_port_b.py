# SPDX-License-Identifier: BSD-2-Clause
"""Ports of arm, MIPS, m68k and m88k: headers byte by byte, layouts, and what the systems' own
libraries would make of the fixtures that DEFECTS.md names for them."""

import struct
from functools import lru_cache
from pathlib import Path

import pytest
from dumpgen.model import Model, make
from dumpgen.scenario import load

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@lru_cache
def _model(name: str) -> Model:
    return make(load(FIXTURES / f"{name}.toml"))


# name: midmag, size of a padded segment header, of the whole header without its DATA segment
CONTAINERS = {
    "netbsd-arm-armv7": ("008f", 8, 16 + 8 + 504),
    "netbsd-armeb-armv7-oabi": ("008f", 8, 12 + 8 + 504),
    "netbsd-mipsel-segtab": ("008b", 8, 16 + 8 + 504),
    "netbsd-mipseb-segtab-64": ("008e", 8, 16 + 8 + 504),
    "netbsd-m68k-68030": ("0087", 8, 12 + 8 + 1016),
    "netbsd-gen68k-gen68k": ("0087", 8, 12 + 8 + 1016),
    "netbsd-sun3-sun3": ("0087", 8, 12 + 8 + 24568),
    "netbsd-sun3x-sun3x": ("0087", 8, 12 + 8 + 8184),
    "netbsd-sun2-sun2-whole": ("0090", 8, 12 + 8 + 18424),
    "openbsd-arm-linear": ("008f", 8, 16 + 8 + 504),
    "openbsd-m88k-linear": ("0099", 16, 16 + 16 + 496),
    "openbsd-mips64-sysmap": ("009e", 8, 16 + 8 + 504),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_container(name: str) -> None:
    """Atlas: MID, ALIGN, and blocks of the device header."""
    mid, align, data_at = CONTAINERS[name]
    model = _model(name)
    data = model.header.data
    hdr = int.from_bytes(data[4:6], model.port.byteorder)
    assert data[:4].hex() == mid + "8fca" and data[hdr:hdr + 4].hex() == "04008fac"
    assert int.from_bytes(data[6:8], model.port.byteorder) == align
    assert data[data_at:data_at + 4].hex() == "08008fac" and len(data) == data_at + align


# name: format of what is before the RAM segments, where they begin, what the words are
HEADS = {
    "netbsd-arm-armv7": ("<IIIIHHII", 32, lambda m: (1, 0, m.root, 0, 0, 0, 3, 32)),
    "netbsd-armeb-armv7-oabi": (">IIIIHHII", 28, lambda m: (1, 0, m.root, 0, 0, 0, 3, 28)),
    "netbsd-mipsel-segtab": ("<Q6I", 32, lambda m: (m.root, 0, 3, 6, 0x3FFF_FFC0, 2, 3)),
    "netbsd-mipsel-segtab-vr41xx": ("<Q6I", 32, lambda m: (m.root, 0, 3, 4, 0x3FFF_FFC0, 2, 3)),
    "netbsd-mipseb-segtab-old": (">7I", 32, lambda m: (m.root, 0, 3, 6, 0x3FFF_FFC0, 2, 3)),
    "netbsd-mipseb-segtab-mips1": (
        ">Q6I", 32, lambda m: (m.root, 0, 1, 12, 0xFFFF_F000, 0x200, 3)),
    "netbsd-mipseb-sysmap-mips1": (
        ">7I", 32, lambda m: (m.root, 0x1235, 1, 12, 0xFFFF_F000, 0x200, 3)),
    "netbsd-m68k-68030": (">16s2Ii16I", 92, lambda m: (
        b"hp300".ljust(16, b"\0"), 4096, 0, -1, 2, 0xFFFF_F000, 22, 0x3F_F000, 25, 0x1FC_0000, 18,
        0x3_F000, 12, 0xFFFF_FE00, 0xFFFF_FF00, 1, 0xFFFF_F000, m.root, 0x40_0000, 0x6_0000)),
    "netbsd-m68k-68040-8k": (">16s2Ii16I", 92, lambda m: (
        b"mac68k".ljust(16, b"\0"), 8192, 0, -2, 2, 0xFFFF_E000, 24, 0xFF_E000, 25, 0x1FC_0000, 18,
        0x3_E000, 13, 0xFFFF_FE00, 0xFFFF_FF80, 1, 0xFFFF_E000, m.root, 0x800_0000, 0x6_0000)),
    "netbsd-gen68k-gen68k-tt": (">16s2Ii9I", 64, lambda m: (
        b"gen68k".ljust(16, b"\0"), 4096, 0, -2, 0x80C0_7760, 0x8000_0002, m.root, 0x6000_4040, 0,
        0x5003_C040, 0xFF00_C040, 0x40_0000, 0x6_0000)),
    "netbsd-sun3x-sun3x": (">16s6I", 40, lambda m: (
        b"sun3x".ljust(16, b"\0"), 8192, 0xF800_0000, 0xFFFF_FF00, 1, 0xF810_0000,
        0xF800_0000 + m.root)),
    "openbsd-m88k-linear": (">iI", 8, lambda m: (0, 0)),
    "openbsd-mips64-sysmap-big": (">QiI", 16, lambda m: (0x20_0000, 0, 0)),
}


@pytest.mark.parametrize("name", HEADS)
def test_header(name: str) -> None:
    """Atlas, sections 4, 6, 9, 11 and 13, and OpenBSD's 3.7 and 3.8."""
    fmt, at, words = HEADS[name]
    model = _model(name)
    order = "<" if model.port.byteorder == "little" else ">"
    assert struct.unpack_from(fmt, model.cpu) == words(model)
    spans = model.memory.segments.spans
    found = [struct.unpack_from(order + "QQ", model.cpu, at + 16 * i) for i in range(len(spans))]
    assert [(start, start + size) for start, size in found] == spans
    assert not any(model.cpu[at + 16 * len(spans):])


@pytest.mark.parametrize("name, page, words, groups_at", [
    ("netbsd-sun3-sun3", 8192, (0x0E00_0000, 17, 0x7_FFFF, 1 << 31), 8184),
    ("netbsd-sun2-sun2", 2048, (0x6000, 15, 0xFFF, 1 << 31), 2040),
])
def test_segment_maps(name: str, page: int, words: tuple[int, ...], groups_at: int) -> None:
    """Atlas, sections 10 and 12; the text's PTE by hand."""
    model = _model(name)
    cpu, text = model.cpu, model.port.text
    assert struct.unpack_from(">5I", cpu, 16) == (page, *words)
    segment = (text >> words[1]) - (words[0] >> words[1])
    group = cpu[36 + segment]
    pte = struct.unpack_from(">I", cpu, groups_at + 64 * group + 4 * (text // page % 16))[0]
    assert pte >> 31 and (pte & words[2]) * page == model.reader().lookup(text)


def test_sun2_loses_the_end_of_memory() -> None:
    """Atlas, section 12: three pages claimed, nine written."""
    model = _model("netbsd-sun2-sun2")
    data, size = model.header.data, model.memory.size
    assert struct.unpack_from(">I", data, 16)[0] == 6136
    assert struct.unpack_from(">I", data, 20 + 6136 + 4)[0] == size
    assert len(data) == 20 + 6136 + 8 + 12288 and data[-12288:] == model.cpu[6136:]
    assert model.end == 20 + 6136 + 8 + size


# name: an address that the fixture maps, what the system's library makes of it
WRONG = {
    "netbsd-arm-armv7": (                               # XN small pages as tiny ones
        0x9001_0FFC, lambda pte, va: pte & 0xFFFF_FC00 | va & 0x3FF),
    "netbsd-mipsel-segtab-8k": (                        # frame counted in pages
        0xC004_0000, lambda pte, va: (pte & 0x3FFF_FFC0) >> 6 << 13 | va & 0x1FFF),
    "netbsd-mipsel-segtab-vr41xx": (
        0xC004_0000, lambda pte, va: (pte & 0x3FFF_FFC0) >> 4 << 12 | va & 0xFFF),
}


@pytest.mark.parametrize("name", WRONG)
def test_reference_would_answer_wrong(name: str) -> None:
    va, reference = WRONG[name]
    model = _model(name)
    *_, step = model.reader().walk(va)
    assert step.raw is not None and reference(step.raw, va) != model.reader().lookup(va)


def test_openbsd_mips64_finds_its_array() -> None:
    for name, size in (("openbsd-mips64-sysmap", 4), ("openbsd-mips64-sysmap-big", 8)):
        model = _model(name)
        symbols = {s.name: s.va for s in model.kernel.symbols}

        def variable(symbol: str, count: int, model: Model = model) -> int:
            data = model.memory.read(model.reader().lookup(symbols[symbol]), count)
            return int.from_bytes(data, model.port.byteorder)

        assert variable("Sysmap", 8) == 0x9800_0000_0000_0000 | model.root
        assert variable("Sysmapsize", 4) == 0x4000
        assert variable("Sysmapbase", 8) == 0xC000_0000_0000_0000
        raw = int.from_bytes(model.memory.read(model.root + size, size), model.port.byteorder)
        assert raw & 2 and (raw & 0x0FFF_FFC0) << 6 == model.reader().lookup(0xC000_0000_0000_4000)
