# SPDX-License-Identifier: BSD-2-Clause
"""i386: SDM vol. 3A, tables 4-4 to 4-6 (32-bit), 4-8 to 4-11 (PAE).  test_x86.py: long mode."""

import pytest
from dumpgen.mmu.x86 import REGIMES, registers
from mmu_check import INV, LEAF, RES, TAB, Ram, decoded, encoded, indexes

PAE, OLD = REGIMES["pae"], REGIMES["32bit"]
NX = 1 << 63


@pytest.mark.parametrize("regime, level, raw, want", [
    (PAE, "PT", 0, (INV,)),
    (PAE, "PT", 0xFFFF_FFFF_FFFF_FFFE, (INV,)),
    (PAE, "PT", NX | 0x1003, (LEAF, 0x1000, "rw-")),
    (PAE, "PT", 0xF_FFFF_FFFF_FFFF, (LEAF, 0xF_FFFF_FFFF_F000, "rwx")),
    (PAE, "PT", 1 << 52 | 1, (RES,)),
    (PAE, "PT", 1 << 62 | 1, (RES,)),
    (PAE, "PD", 0x1_2345_6023, (TAB, 0x1_2345_6000, "rwx")),
    (PAE, "PD", 1 << 52 | 0x23, (RES,)),
    (PAE, "PD", 0x12_0040_0083, (LEAF, 0x12_0040_0000, "rwx")),
    (PAE, "PD", 0x40_1083, (LEAF, 0x40_0000, "rwx")),       # PAT
    (PAE, "PD", 0x40_2083, (RES,)),
    (PAE, "PD", 0x50_0083, (RES,)),
    (OLD, "PT", 0xFFFF_FFFE, (INV,)),
    (OLD, "PT", 0xFFFF_FFFF, (LEAF, 0xFFFF_F000, "rwx")),
    (OLD, "PT", 0x1081, (LEAF, 0x1000, "r-x")),             # bit 7 is PAT
    (OLD, "PD", 0x1234_5023, (TAB, 0x1234_5000, "rwx")),
    (OLD, "PD", 0x40_0083, (LEAF, 0x40_0000, "rwx")),
    (OLD, "PD", 0x40_1083, (LEAF, 0x40_0000, "rwx")),       # PAT
    (OLD, "PD", 0x40_2083, (LEAF, 0x1_0040_0000, "rwx")),   # bit 13 is bit 32 of the frame
    (OLD, "PD", 0x5F_E081, (LEAF, 0xFF_0040_0000, "r-x")),
    (OLD, "PD", 0x60_0083, (RES,)),
])
def test_decode(regime, level: str, raw: int, want: tuple) -> None:
    assert decoded(regime, level, raw) == want


@pytest.mark.parametrize("regime, level, pa, prot, want", [
    (OLD, "PD", 0x12_3440_0000, "rw-", 0x3442_41E3),
    (OLD, "PT", 0x1234_5000, "r--", 0x1234_5121),
    (PAE, "PD", 0x12_3440_0000, "rw-", NX | 0x12_3440_01E3),
    (PAE, "PT", 0x12_3456_7000, "r-x", 0x12_3456_7121),
])
def test_encode(regime, level: str, pa: int, prot: str, want: int) -> None:
    assert encoded(regime, level, pa, prot) == want


def test_indexes() -> None:
    assert indexes(PAE, 0xC010_0000) == (0x600, 0x100)      # first entry of the fourth page
    assert indexes(PAE, 0xFFFF_FFFF) == (2047, 511)
    assert indexes(OLD, 0xC010_0000) == (0x300, 0x100)
    assert indexes(OLD, 0xBFC0_0000) == (767, 0)            # NetBSD's recursive slot


def test_large_frames_can_be_mapped_above_4g() -> None:
    ram = Ram()
    tree = OLD.builder(ram.alloc, ram.page)
    tree.map(0xC040_0000, 0x12_3440_0000, 4 << 20, "rw-")
    assert tree.reader(ram.read).lookup(0xC052_3456) == 0x12_3452_3456
    with pytest.raises(ValueError, match="does not fit"):
        tree.map(0xC080_0000, 1 << 40, 4 << 20, "rw-")


def test_pae_pointers() -> None:
    """CR3 names four entries with P alone, of directories in a row."""
    ram = Ram()
    tree = PAE.builder(ram.alloc, ram.page)
    assert tree.hardware % 32 == 0 and tree.hardware != tree.root
    for i in range(4):
        data = ram.read(tree.hardware + 8 * i, 8)
        assert int.from_bytes(data, "little") == tree.root + i * 0x1000 + 1


def test_registers() -> None:
    assert registers(PAE, 0x1FE0) == {"cr3": 0x1FE0, "cr4": 0xA0, "efer": 0x800}
    assert registers(OLD, 0x1000) == {"cr3": 0x1000, "cr4": 0x90, "efer": 0}
