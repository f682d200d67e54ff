# SPDX-License-Identifier: BSD-2-Clause
"""ELF cores, byte by byte, and as another reader sees them."""

import io
import struct

import pytest
from dumpgen import elfcore
from dumpgen.elf import ElfKind
from dumpgen.elfcore import Segment
from elftools.elf.elffile import ELFFile

AMD64 = ElfKind(64, "little", 62)
POWERPC = ElfKind(32, "big", 20)
ROWS = [Segment(0x1000, 0x1000, 0x1000, 0x3000, 0x3000),
        Segment(0x4000, 0x1_0000_0000, 0x1_0000_0000, 0x7000, 0x9000)]
DELTA = Segment(0, 0xFFFFFFFF80200000, 0x600000, 0, 0, elfcore.PT_DUMP_DELTA)


def test_header_of_amd64() -> None:
    h = elfcore.header(AMD64, ROWS, 4096)
    assert len(h.data) == 4096
    assert h.data[:16].hex(" ") == "7f 45 4c 46 02 01 01 ff 00 00 00 00 00 00 00 00"
    # ET_CORE, EM_X86_64, e_version 0, no entry, program headers at 64, no sections
    assert struct.unpack_from("<HHIQQQIHHHHHH", h.data, 16) == (
        4, 62, 0, 0, 64, 0, 0, 64, 56, 2, 64, 0, 0)
    assert struct.unpack_from("<IIQQQQQQ", h.data, 64 + 56) == (
        1, 4, 0x4000, 0x1_0000_0000, 0x1_0000_0000, 0x7000, 0x9000, 4096)
    assert not any(h.data[64 + 2 * 56 :])


def test_header_of_powerpc() -> None:
    h = elfcore.header(POWERPC, [Segment(0x1000, 0xD0000000, 0xFFFFFFFF, 0x2000, 0x2000)], 4096)
    assert h.data[4:8].hex(" ") == "01 02 01 ff"
    assert struct.unpack_from(">HHIIIIIHHHHHH", h.data, 16) == (
        4, 20, 0, 0, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    assert struct.unpack_from(">8I", h.data, 52) == (
        1, 0x1000, 0xD0000000, 0xFFFFFFFF, 0x2000, 0x2000, 4, 4096)


@pytest.mark.parametrize("kind", [AMD64, POWERPC, ElfKind(64, "big", 21), ElfKind(32, "little", 40)])
def test_fields_are_where_they_are_named(kind: ElfKind) -> None:
    rows = [Segment(0x1000, 0x11, 0x22, 0x33, 0x44), Segment(0x2000, 0x55, 0x66, 0x77, 0x88)]
    h = elfcore.header(kind, rows, 0x4000)

    def value(name: str) -> int:
        f = h.fields[name]
        return int.from_bytes(h.data[f.offset : f.offset + f.size], f.byteorder)

    assert [value(f"ph1.{n}") for n in ("p_type", "p_flags", "p_offset", "p_vaddr", "p_paddr",
            "p_filesz", "p_memsz", "p_align")] == [1, 4, 0x2000, 0x55, 0x66, 0x77, 0x88, 0x4000]
    assert (value("e_type"), value("e_machine"), value("e_phnum")) == (4, kind.machine, 2)
    assert (value("ei_osabi"), value("e_shentsize")) == (255, elfcore.SHDR[kind.bits])


@pytest.mark.parametrize("count, start", [(1, 0x1000), (72, 0x1000), (73, 0x2000)])
def test_first_byte_is_page_aligned(count: int, start: int) -> None:
    """64 + 72 * 56 is the last that fits into a page."""
    assert elfcore.data_start(AMD64, count, 4096) == start


@pytest.mark.parametrize("count", [0xFFFE, 0xFFFF, 70000])
@pytest.mark.parametrize("kind", [AMD64, POWERPC])
def test_many_segments(kind: ElfKind, count: int) -> None:
    rows = [Segment(i << 12, i << 13, i << 13, 4096, 4096) for i in range(count)]
    h = elfcore.header(kind, rows, 4096)
    large = count >= 0xFFFF
    f = h.fields["e_phnum"]
    assert int.from_bytes(h.data[f.offset : f.offset + 2], f.byteorder) == (
        0xFFFF if large else count)
    if large:
        f = h.fields["sh0.sh_info"]
        assert int.from_bytes(h.data[f.offset : f.offset + 4], f.byteorder) == count
    assert ELFFile(io.BytesIO(h.data + bytes(64))).num_segments() == count


def test_another_reader_agrees() -> None:
    elf = ELFFile(io.BytesIO(elfcore.header(AMD64, [*ROWS, DELTA], 4096).data))
    assert (elf.elfclass, elf.header.e_type, elf.header.e_machine) == (64, "ET_CORE", "EM_X86_64")
    assert [s["p_paddr"] for s in elf.iter_segments()] == [0x1000, 0x1_0000_0000, 0x600000]
    assert [s["p_filesz"] for s in elf.iter_segments()] == [0x3000, 0x7000, 0]
    assert elf.get_segment(2)["p_type"] in ("PT_DUMP_DELTA", 0x6FB5D000)
