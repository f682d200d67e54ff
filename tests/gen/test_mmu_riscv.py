# SPDX-License-Identifier: BSD-2-Clause
"""RISC-V Privileged 20211203, 4.3.1, 4.3.2, 4.4.1; Svnapot (5), Svpbmt (6)."""

import pytest
from dumpgen.mmu.riscv import REGIMES, registers
from mmu_check import INV, LEAF, RES, TAB, Ram, decoded, encoded, indexes

SV32, SV39, SV57 = REGIMES["sv32"], REGIMES["sv39"], REGIMES["sv57"]
N = 1 << 63


@pytest.mark.parametrize("regime, level, raw, want", [
    (SV39, "VPN[0]", 0xFFFF_FFFF_FFFF_FFFE, (INV,)),
    (SV39, "VPN[0]", 0x2000_04CF, (LEAF, 0x8000_1000, "rwx")),
    (SV39, "VPN[0]", 0x2000_0003, (LEAF, 0x8000_0000, "r--")),      # A and D are clear
    (SV39, "VPN[0]", 0x0009, (LEAF, 0, "--x")),
    (SV39, "VPN[0]", 0x0005, (RES,)),                               # W without R
    (SV39, "VPN[0]", 0x000D, (RES,)),
    (SV39, "VPN[0]", 0x2000_0401, (RES,)),                          # a pointer in the last level
    (SV39, "VPN[0]", 1 << 53 | 0xCF, (LEAF, 1 << 55, "rwx")),       # the highest frame bit
    (SV39, "VPN[0]", 1 << 54 | 0xCF, (RES,)),
    (SV39, "VPN[0]", 1 << 60 | 0xCF, (RES,)),
    (SV39, "VPN[0]", 1 << 61 | 0xCF, (LEAF, 0, "rwx")),             # PBMT: NC
    (SV39, "VPN[0]", 2 << 61 | 0xCF, (LEAF, 0, "rwx")),             # PBMT: IO
    (SV39, "VPN[0]", 3 << 61 | 0xCF, (RES,)),
    (SV39, "VPN[0]", N | 0x2000_20CF, (LEAF, 0x8000_0000, "rwx")),  # PPN ends with 1000b: 64 KiB
    (SV39, "VPN[0]", N | 0x2000_00CF, (RES,)),
    (SV39, "VPN[0]", N | 0x2000_10CF, (RES,)),
    (SV39, "VPN[1]", 0x2000_0401, (TAB, 0x8000_1000, "rwx")),
    (SV39, "VPN[1]", 0x2000_0421, (TAB, 0x8000_1000, "rwx")),       # G
    (SV39, "VPN[1]", 0x2000_0411, (RES,)),                          # U in a pointer
    (SV39, "VPN[1]", 0x2000_0441, (RES,)),                          # A
    (SV39, "VPN[1]", 0x2000_0481, (RES,)),                          # D
    (SV39, "VPN[1]", N | 0x2000_0401, (RES,)),
    (SV39, "VPN[1]", 1 << 61 | 0x2000_0401, (RES,)),
    (SV39, "VPN[1]", 0x2008_00CF, (LEAF, 0x8020_0000, "rwx")),
    (SV39, "VPN[1]", 0x2008_04CF, (RES,)),                          # misaligned by a page
    (SV39, "VPN[1]", N | 0x2000_20CF, (RES,)),
    (SV39, "VPN[2]", 0x1000_0000 | 0xCF, (LEAF, 0x4000_0000, "rwx")),
    (SV39, "VPN[2]", 0x0800_0000 | 0xCF, (RES,)),                   # by half a gigabyte
    (SV57, "VPN[4]", 0x2000_0401, (TAB, 0x8000_1000, "rwx")),
    (SV57, "VPN[4]", 1 << 46 | 0xCF, (LEAF, 1 << 48, "rwx")),
    (SV57, "VPN[4]", 1 << 45 | 0xCF, (RES,)),
    (SV32, "VPN[0]", 0xFFFF_FCCF, (LEAF, 0x3_FFFF_F000, "rwx")),    # 34 bits
    (SV32, "VPN[1]", 0xFFF0_00CF, (LEAF, 0x3_FFC0_0000, "rwx")),
    (SV32, "VPN[1]", 0xFFF0_04CF, (RES,)),
    (SV32, "VPN[1]", 0x2000_0401, (TAB, 0x8000_1000, "rwx")),
])
def test_decode(regime, level: str, raw: int, want: tuple) -> None:
    assert decoded(regime, level, raw) == want


def test_encode() -> None:
    assert encoded(SV39, "VPN[0]", 0x8000_1000, "rw-") == 0x2000_04E7
    assert encoded(SV39, "VPN[1]", 0x8020_0000, "r-x") == 0x2008_006B
    assert encoded(SV32, "VPN[0]", 0x3_FFFF_F000, "r--") == 0xFFFF_FC63
    assert encoded(SV39, "VPN[0]", 0x8000_3000, "rw-", shift=16) == N | 0x2000_20E7


def test_a_64k_range_is_sixteen_equal_entries() -> None:
    ram = Ram()
    tree = SV39.builder(ram.alloc, ram.page)
    tree.map(0xFFFF_FFC0_0001_0000, 0x8005_0000, 0x10000, "rw-")
    table, index = tree.slot(0xFFFF_FFC0_0001_0000, 2)
    assert {tree.get(table, index + i) for i in range(16)} == {N | 0x2001_60E7} and index == 16
    assert tree.reader(ram.read).lookup(0xFFFF_FFC0_0001_FFFF) == 0x8005_FFFF


def test_indexes() -> None:
    assert indexes(SV39, 0xFFFF_FFC0_0020_1000) == (256, 1, 1)
    assert indexes(SV32, 0x8040_1000) == (0x201, 1)
    assert indexes(SV57, 0xFFFF_FFFF_FFFF_F000) == (511,) * 5


@pytest.mark.parametrize("name, want", [
    ("sv32", 0x8008_0001), ("sv39", 0x8000_0000_0008_0001), ("sv48", 0x9000_0000_0008_0001),
    ("sv57", 0xA000_0000_0008_0001),
])
def test_satp(name: str, want: int) -> None:
    assert registers(REGIMES[name], 0x8000_1000) == {"satp": want}
