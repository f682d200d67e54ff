# SPDX-License-Identifier: BSD-2-Clause
"""The kernel ELF as pyelftools reads it, and the variables in memory."""

import io
import struct
from pathlib import Path

import pytest
from dumpgen.elf import ElfKind, Section, Symbol, executable
from dumpgen.model import make
from dumpgen.scenario import load
from elftools.elf.elffile import ELFFile

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model():
    return make(load(ROOT / "fixtures" / "netbsd-amd64-4level-recursive.toml"))


@pytest.fixture(scope="module")
def elf(model) -> ELFFile:
    return ELFFile(io.BytesIO(model.kernel.file))


def _read(model, name: str, size: int) -> bytes:
    va = next(s.va for s in model.kernel.symbols if s.name == name)
    for step in model.reader().walk(va):
        pa = step.entry.pa + va % step.level.size
    return model.memory.read(pa, size)


def test_header(elf: ELFFile) -> None:
    assert elf.header.e_machine == "EM_X86_64" and elf.header.e_type == "ET_EXEC"
    assert elf.header.e_entry == 0xFFFFFFFF80200000


def test_symbols_are_the_oracles(model, elf: ELFFile) -> None:
    table = elf.get_section_by_name(".symtab")
    for s in model.kernel.symbols:
        same = table.get_symbol_by_name(s.name)
        best = sorted(same, key=lambda e: e.entry.st_info.bind == "STB_LOCAL")
        assert best[0].entry.st_value == s.va
        assert best[0].entry.st_info.type == f"STT_{s.type.upper()}"
        assert best[0].entry.st_info.bind == f"STB_{s.bind.upper()}"
    assert len(table.get_symbol_by_name("dumpmag")) == 2
    for name in model.kernel.absent_symbols:
        assert table.get_symbol_by_name(name) is None


def test_locals_come_first(elf: ELFFile) -> None:
    table = elf.get_section_by_name(".symtab")
    binds = [s.entry.st_info.bind for s in table.iter_symbols()]
    assert all(b == "STB_LOCAL" for b in binds[: table.header.sh_info])
    assert "STB_LOCAL" not in binds[table.header.sh_info :]


def test_sections_hold_their_symbols(elf: ELFFile) -> None:
    table = elf.get_section_by_name(".symtab")
    for s in table.iter_symbols():
        index = s.entry.st_shndx
        if isinstance(index, int):
            section = elf.get_section(index).header
            assert section.sh_addr <= s.entry.st_value <= section.sh_addr + section.sh_size


def test_ident_note(elf: ELFFile) -> None:
    note = next(elf.get_section_by_name(".note.netbsd.ident").iter_notes())
    assert note.n_name == "NetBSD" and note.n_descdata == struct.pack("<I", 1099001200)


def test_file_and_memory_agree_where_constant(model, elf: ELFFile) -> None:
    for seg in elf.iter_segments():
        if seg.header.p_type == "PT_LOAD" and not seg.header.p_flags & 2:
            for step in model.reader().walk(seg.header.p_vaddr):
                pa = step.entry.pa + seg.header.p_vaddr % step.level.size
            assert model.memory.read(pa, seg.header.p_filesz) == seg.data()


def test_variables(model) -> None:
    assert _read(model, "dumpmag", 4) == struct.pack("<I", 0x8FCA0101)
    assert _read(model, "dumpsize", 4) == struct.pack("<i", model.memory.size // 4096)
    assert _read(model, "ostype", 7) == b"NetBSD\0"
    assert _read(model, "osrelease", 9) == b"10.99.12\0"
    assert _read(model, "version", 16) == b"NetBSD 10.99.12 "
    assert _read(model, "pte_base", 8) == struct.pack("<Q", 0xFFFFA00000000000)
    assert _read(model, "pmap_direct_base", 8) == struct.pack("<Q", 0xFFFFA08000000000)
    assert _read(model, "PDPpaddr", 8) == struct.pack("<Q", model.root)


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("order", ["little", "big"])
def test_all_classes_and_orders(bits: int, order: str) -> None:
    kind = ElfKind(bits, order, 8)
    file = executable(
        kind, 0x80001000, 0x80000000, [Section(".data", 0x80001000, b"abcdefgh", 3)],
        [Symbol("global_one", 0x80001004, "object", "global", 4),
         Symbol("l", 0x80001000, "func", "local")],
    )
    elf = ELFFile(io.BytesIO(file))
    assert (elf.elfclass, elf.little_endian) == (bits, order == "little")
    assert elf.header.e_machine == "EM_MIPS"
    symbol = elf.get_section_by_name(".symtab").get_symbol_by_name("global_one")[0].entry
    assert (symbol.st_value, symbol.st_size) == (0x80001004, 4)
    seg = elf.get_segment(0)
    assert (seg.header.p_vaddr, seg.header.p_paddr, seg.data()) == (0x80001000, 0x1000, b"abcdefgh")
