# SPDX-License-Identifier: BSD-2-Clause
"""Minidumps: headers byte by byte, page maps made of the machine's tables, and a plain reader that
must agree with the model, but not where DEFECTS.md says that the systems' own readers do not."""

import struct
from functools import lru_cache
from pathlib import Path

import pytest
from dumpgen.errors import FixtureError, ScenarioError
from dumpgen.minidump import set_bits
from dumpgen.model import Model, make
from dumpgen.scenario import load, parse
from minidump_reader import Reader

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ALL = sorted(p.stem for p in FIXTURES.glob("*.toml")
             if any(f'regime = "{r}"' in p.read_text() for r in
                    ("pte", "pde", "pdp", "hpt", "radix", "sysmap", "32bit", "pae", "armv5",
                     "armv7", "4k", "16k"))
             and p.stem.startswith(("freebsd-", "dragonfly-")) and "form = " not in p.read_text()
             and any(f"-v{v}" in p.stem for v in (1, 2, 3)))
GOOD = [name for name in ALL if "-bad-" not in name]


@lru_cache(maxsize=8)
def _model(name: str) -> Model:
    return make(load(FIXTURES / f"{name}.toml"))


def test_there_are_enough() -> None:
    assert len(GOOD) >= 56 and len(ALL) - len(GOOD) >= 35


# name: format of what follows bitmapsize, and the words; P stands for the page map's length
HEADS = {
    "freebsd-amd64-pde-v3": ("<IQQQI", lambda p: (
        p, 0xFFFF_FE00_0000_0000, 0xFFFF_F800_0000_0000, 0xFFFF_F801_4000_0000, 0x1000)),
    "freebsd-amd64-pde-v2": ("<IQQQI", lambda p: (
        p, 0xFFFF_FFFF_0000_0000, 0xFFFF_F800_0000_0000, 0xFFFF_F800_8000_0000, 0xDEAD_BEEF)),
    "freebsd-i386-pae-v2": ("<IIII", lambda p: (p, 0xC000_0000, 0x8000_0000, 0x1000)),
    "freebsd-arm-armv7-v1-big": (">IIIII", lambda p: (p, 0xC000_0000, 7, 0, 0x1000)),
    "freebsd-arm-armv5-v2-big": (">IIIII", lambda p: (p, 0xC000_0000, 5, 1, 0x1000)),
    "freebsd-arm64-4k-v3": ("<IQQQQII", lambda p: (
        p, 0xFFFF_0000_0000_0000, 0x4000_0000, 0xFFFF_A000_0000_0000, 0xFFFF_A008_8000_0000,
        0x1000, 0)),
    "freebsd-arm64-16k-v3": ("<IQQQQII", lambda p: (
        p, 0xFFFF_0000_0000_0000, 0x4000_0000, 0xFFFF_A000_0000_0000, 0xFFFF_A008_6000_0000,
        0x4000, 1)),
    "freebsd-riscv-pte-v2": ("<IQQQQI", lambda p: (
        p, 0xFFFF_FFC0_0000_0000, 0x8000_0000, 0xFFFF_FFD0_0000_0000, 0xFFFF_FFD0_4000_0000,
        0x1000)),
    "freebsd-mips-sysmap-o32-v2": (">IQQQI", lambda p: (
        p, 0xC000_0000, 0x1234_5678, 0x8765_4321, 0x1000)),
}


@pytest.mark.parametrize("name", HEADS)
def test_header(name: str) -> None:
    """sys/*/include/minidump.h: magic at 0, version at 24, three lengths, then the machine's."""
    fmt, words = HEADS[name]
    model = _model(name)
    data, order = model.header.data, fmt[0]
    machine = name.split("-")[1]
    assert data[:24] == f"minidump FreeBSD/{machine}".encode().ljust(24, b"\0")
    version, _, bitmap = struct.unpack_from(order + "III", data, 24)
    assert version == int(name.split("-v")[1][0]) and bitmap % 4096 == 0
    pmap = len(model.image.blob)
    assert struct.unpack_from(fmt, data, 36) == words(pmap)
    end = 36 + struct.calcsize(fmt)
    assert not any(data[end : model.port.pagesize])


@pytest.mark.parametrize("name, order", [("freebsd-powerpc64-radix-v2", ">"),
                                         ("freebsd-powerpc64le-radix-v2", "<")])
def test_header_of_powerpc64(name: str, order: str) -> None:
    data = _model(name).header.data
    assert data[:32] == b"minidump FreeBSD/powerpc64".ljust(32, b"\0")
    assert data[32:64] == b"mmu_radix".ljust(32, b"\0")
    assert struct.unpack_from(order + "IIIIQQQQIIQQI", data, 64) == (
        2, 0x1FB0, 0x1000, 65536, 0xC008_0000_0000_0000, 0xC008_0008_0000_0000,
        0xC000_0000_0000_0000, 0xC007_FFFF_FFFF_FFFF, 1, 0, 0xC000_0000_0210_0100,
        0xC000_0000_0410_0100, 0x1000)


def test_header_of_dragonfly() -> None:
    data = _model("dragonfly-x86_64-pdp-v2").header.data
    assert data[:24] == b"minidump DFlyBSD/x86-64\0"
    assert struct.unpack_from("<II6Q", data, 24) == (
        2, 0xFFFF_FFFF, 0x1FB0, 0x21000, 2 << 20, 0xFFFF_FF80_0000_0000, 0xFFFF_FF00_0000_0000,
        0xFFFF_FF01_4000_0000)


@pytest.mark.parametrize("name, kind, machine, flags", [
    ("freebsd-amd64-pde-v3", 2, 62, 0), ("freebsd-powerpc64le-hpt-v2", 3, 21, 2),
    ("freebsd-mips-sysmap-n32-v2", 2, 8, 0x20), ("freebsd-riscv-pte-v2", 2, 243, 0),
])
def test_kernel(name: str, kind: int, machine: int, flags: int) -> None:
    """e_type, e_machine, e_flags, EI_OSABI, and the note."""
    model = _model(name)
    file, wide = model.kernel.file, model.port.bits == 64
    order = "<" if model.port.byteorder == "little" else ">"
    assert struct.unpack_from(order + "HH", file, 16) == (kind, machine)
    assert struct.unpack_from(order + "I", file, 48 if wide else 36) == (flags,)
    assert file[7] == 9 and struct.pack(order + "III", 8, 4, 1) + b"FreeBSD\0" in file


def test_bits() -> None:
    """Bit n is bit n % 8 of byte n / 8."""
    for first, count in ((0, 1), (7, 2), (3, 30), (8, 8), (5, 0), (15, 17)):
        bitmap = bytearray(6)
        set_bits(bitmap, first, count)
        assert int.from_bytes(bitmap, "little") == ((1 << count) - 1) << first


@pytest.mark.parametrize("name, word", [
    ("freebsd-arm-armv7-v1-big", 4), ("freebsd-mips-sysmap-n32-v2", 4),
    ("freebsd-mips-sysmap-n64-v1", 4), ("freebsd-mips-sysmap-n64-v2", 8),
    ("freebsd-powerpc64-hpt-v2", 8),
    ("freebsd-powerpc64le-hpt-v2", 0), ("freebsd-amd64-pde-v3", 0),
])
def test_bitmap_is_the_targets(name: str, word: int) -> None:
    """A dumped page's bit lies where a kernel of that word would set it."""
    model = _model(name)
    at = model.header.fields["bitmap"].offset
    ranges = model.port.container.covered(model)
    before, page = 0, model.port.pagesize
    for lo, hi in ranges:
        for pa in range(lo, hi, page):
            n = before + (pa - lo) // page
            byte = n // 8 ^ (word - 1 if word else 0)
            bit = model.header.data[at + byte] >> n % 8 & 1
            assert bool(bit) == (model.memory.offset(pa) is not None), hex(pa)
        before += (hi - lo) // page



def _edges(model: Model) -> list[tuple[int, object]]:
    out = []
    for a in model.answers():
        out += [(va, a) for va in sorted({a.start, (a.start + a.end) // 2, a.end - 1})]
    return out


def _said(model: Model, answer: object, va: int) -> int | None:
    """The physical address that the oracle has for va, where it says so."""
    return answer.pa + va - answer.start if answer.word == "map" else None


def wrong(model: Model, reader: Reader) -> int:
    """At how many edges the reader finds other bytes than the oracle says, or any it denies."""
    found, full = 0, len(model.header.data)
    for va, answer in _edges(model):
        try:
            pa = reader.physical(va)
            off = None if pa is None else reader.offset(pa)
        except FixtureError:
            found += 1
            continue
        if answer.word == "map":
            found += off != full + (model.memory.offset(_said(model, answer, va)) or 0)
        elif answer.word == "short":
            found += off is None or off < model.end
        elif answer.word == "hole":
            found += pa is not None
        else:
            found += off is not None
    return found


@pytest.mark.parametrize("name", GOOD)
def test_plain_reader_agrees(name: str) -> None:
    model = _model(name)
    assert len(_edges(model)) > 20 and wrong(model, Reader(model)) == 0


MISTAKES = [
    ("no lower bound", "freebsd-amd64-pde-v3-holes"),
    ("host's bitmap", "freebsd-arm-armv7-v1-big"),
    ("host's bitmap", "freebsd-mips-sysmap-n32-v2"),
    ("host's bitmap", "freebsd-powerpc64-hpt-v2"),
    ("64-bit elements", "freebsd-i386-32bit-v2-ends"),
    ("64-bit elements", "freebsd-arm-armv7-v2-avail32-big"),
    ("all bits", "freebsd-riscv-pte-v2-sv48"),
    ("bitmap has no length", "dragonfly-x86_64-pte-v1"),
    ("no dmapend", "dragonfly-x86_64-pdp-v2-short"),
    ("offset before mask", "dragonfly-x86_64-pdp-v2"),
    ("no P", "dragonfly-x86_64-pdp-v2"),
]


@pytest.mark.parametrize("mistake, name", MISTAKES)
def test_reference_fails(mistake: str, name: str) -> None:
    model = _model(name)
    assert wrong(model, Reader(model, frozenset({mistake}))) > 0


@pytest.mark.parametrize("name", ["freebsd-powerpc64le-hpt-v2", "freebsd-powerpc64le-radix-v2"])
def test_big_endian_header_has_another_version(name: str) -> None:
    assert struct.unpack_from(">I", _model(name).header.data, 64)[0] not in (1, 2)


def test_xkphys_beyond_the_cpus_addresses() -> None:
    """What has the same low 40 bits as memory is no memory."""
    model = _model("freebsd-mips-sysmap-n64-v2")
    mapped = next(a for a in model.answers() if a.word == "map" and a.start >> 62 == 2)
    va = mapped.start + (5 << 40)
    answer = next(a for a in model.answers() if a.start <= va < a.end)
    assert answer.word == "absent" and Reader(model).offset(Reader(model).physical(va)) is None
    wrong = Reader(model, frozenset({"40 bits"}))
    assert wrong.offset(wrong.physical(va)) is not None


def _blob(model: Model, va: int, shift: int, size: int) -> int:
    at = (va - model.regime.spans[0][0] >> shift) * size
    return int.from_bytes(model.image.blob[at : at + size], model.port.byteorder)


def test_pages_of_1g_are_512_entries() -> None:
    """minidumpsys(): the entry, then 2 MiB more each time."""
    model = _model("freebsd-amd64-pde-v3-edges")
    first = _blob(model, 0xFFFF_FFFE_4000_0000, 21, 8)
    assert first & 0x1081 == 0x1081 and first >> 21 == 0
    for i in (1, 100, 511):
        assert _blob(model, 0xFFFF_FFFE_4000_0000 + i * 0x20_0000, 21, 8) == first + i * 0x20_0000


@pytest.mark.parametrize("name, va, shift, size, pa, flags", [
    ("freebsd-amd64-pte-v1", 0xFFFF_FFFF_8100_0000, 12, 8, None, 0x63),
    ("freebsd-i386-32bit-v2", 0xC140_0000, 12, 4, 0x80_0000, 0x63),
    ("freebsd-i386-pae-v2", 0xC100_0000, 12, 8, 0x2_4040_0000, 0x63),
    ("freebsd-arm64-4k-v3", 0xFFFF_0000_0100_0000, 12, 8, 0x8_8020_0000, 0x703),
    ("freebsd-arm64-4k-v3", 0xFFFF_0000_4000_0000, 12, 8, 0x4000_0000, 0x703),
    ("freebsd-arm64-16k-v3", 0xFFFF_0000_0400_0000, 14, 8, 0x4000_0000, 0x703),
])
def test_large_pages_are_written_as_small_ones(
    name: str, va: int, shift: int, size: int, pa: int | None, flags: int
) -> None:
    model = _model(name)
    pa = _blob(model, va, shift, size) & ~0xFFF if pa is None else pa
    for i in (0, 1, 511):
        step = i << shift
        if step < 0x20_0000:
            assert _blob(model, va + step, shift, size) == pa + step | flags


def test_sections_and_superpages() -> None:
    model = _model("freebsd-arm-armv7-v2")
    raw = _blob(model, 0xC0A0_3000, 12, 4)
    assert raw & 0xFFFF_F083 == 0x8010_3082         # small, executable, read-only
    model = _model("freebsd-riscv-pte-v2")
    raw = _blob(model, 0xFFFF_FFC0_0100_5000, 12, 8)
    assert raw >> 10 == 0x8_0405 and raw & 0xF == 0xF


def test_what_a_minidump_leaves_out() -> None:
    """Neither all of memory nor what is mapped alone."""
    model = _model("freebsd-amd64-pde-v3")
    ram = sum(hi - lo for lo, hi in model.memory.ram)
    assert ram // 4 < model.memory.size < ram * 3 // 4
    assert len(model.memory.segments.spans) > 20


@pytest.mark.parametrize("name, old, new, words", [
    ("freebsd-amd64-pde-v2", "version = 2", "version = 1", "port.version"),
    ("freebsd-amd64-pde-v3-partial", "bitmapsize = 0x6d", "bitmapsize = 0x5", "bitmapsize"),
    ("freebsd-amd64-pde-v3-noend", "dumpavailsize = 32", "dumpavailsize = 16", "dumpavailsize"),
    ("freebsd-amd64-pde-v3-partial", "dump_avail = [[", "dump_avail = [3, [", "dump_avail"),
    ("freebsd-arm64-16k-v3", "size = 0x6a_0000", "size = 0x69_d000", "no whole pages"),
    ("freebsd-i386-32bit-v1", "garbage = 0x1000", "garbag = 0x1000", "garbag"),
    ("freebsd-i386-32bit-v1", 'os = "freebsd"', 'os = "freebsd"\nform = "fullest"', "form"),
    ("freebsd-amd64-pde-v3-holes", "kernbase = 0xffff_ffff", "kernbase = 0xffff", "kernbase"),
    ("freebsd-riscv-pte-v2", 'regime = "pte"',
     'regime = "pte"\nport = { kernbase = 0xffff_ffc0_0100_1000 }', "the kernel begins before it"),
])
def test_impossible(name: str, old: str, new: str, words: str) -> None:
    text = (FIXTURES / f"{name}.toml").read_text()
    assert old in text
    with pytest.raises(ScenarioError, match=words):
        make(parse(name, text.replace(old, new)))
