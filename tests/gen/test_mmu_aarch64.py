# SPDX-License-Identifier: BSD-2-Clause
"""Arm ARM DDI 0487, D5.2.4 to D5.2.6 (levels by granule), D5.3.1 and D5.3.3 (descriptors)."""

from dataclasses import replace

import pytest
from dumpgen.mmu.aarch64 import REGIMES, regime, registers, tcr
from mmu_check import INV, LEAF, RES, TAB, Ram, decoded, encoded, indexes

K4, K16, K64 = (REGIMES[n] for n in ("4k", "16k", "64k"))
ONES = (1 << 64) - 1


@pytest.mark.parametrize("reg, level, raw, want", [
    (K4, "L3", ONES - 1, (INV,)),
    (K4, "L3", 0x4020_1703, (LEAF, 0x4020_1000, "rwx")),
    (K4, "L3", 0x4020_1303, (LEAF, 0x4020_1000, "rwx")),        # AF is clear
    (K4, "L3", 0x4020_1701, (RES,)),                            # a block in the last level
    (K4, "L3", ONES, (LEAF, 0xFFFF_FFFF_F000, "r--")),
    (K4, "L3", 1 << 53 | 0x1783, (LEAF, 0x1000, "r--")),
    (K4, "L3", 1 << 54 | 0x1783, (LEAF, 0x1000, "r-x")),        # UXN is the user's
    (K4, "L2", 0x4020_1003, (TAB, 0x4020_1000, "rwx")),
    (K4, "L2", 1 << 62 | 0x4020_1003, (TAB, 0x4020_1000, "r-x")),
    (K4, "L2", 1 << 59 | 0x4020_1003, (TAB, 0x4020_1000, "rw-")),
    (K4, "L2", 1 << 60 | 0x4020_1003, (TAB, 0x4020_1000, "rwx")),
    (K4, "L2", 0x4020_0701, (LEAF, 0x4020_0000, "rwx")),
    (K4, "L2", 0x4030_0701, (LEAF, 0x4020_0000, "rwx")),        # RES0 below the block
    (K4, "L1", 0x4000_0701, (LEAF, 0x4000_0000, "rwx")),
    (K4, "L0", 0x4000_0701, (RES,)),
    (K16, "L3", 0x4020_4703, (LEAF, 0x4020_4000, "rwx")),
    (K16, "L3", 0x4020_3703, (LEAF, 0x4020_0000, "rwx")),
    (K16, "L2", 0x4200_0701, (LEAF, 0x4200_0000, "rwx")),       # 32 MiB
    (K16, "L1", 0x4200_0701, (RES,)),
    (K16, "L0", 0x4200_0701, (RES,)),
    (K64, "L3", ONES, (LEAF, 0xFFFF_FFFF_0000, "r--")),
    (K64, "L2", 0x6000_0701, (LEAF, 0x6000_0000, "rwx")),       # 512 MiB
    (K64, "L1", 0x6000_0701, (RES,)),
    (K64, "L1", 0x6001_F003, (TAB, 0x6001_0000, "rwx")),
])
def test_decode(reg, level: str, raw: int, want: tuple) -> None:
    assert decoded(reg, level, raw) == want


def test_encode() -> None:
    assert encoded(K4, "L3", 0x4020_1000, "rw-") == 0x0060_0000_4020_1703
    assert encoded(K4, "L2", 0x4020_0000, "r-x") == 0x0040_0000_4020_0781
    assert encoded(K64, "L3", 0xFFFF_FFFF_0000, "rwx") == 0x0040_FFFF_FFFF_0703


@pytest.mark.parametrize("name, bits, want", [
    ("4k", 48, [("L0", 39, 9), ("L1", 30, 9), ("L2", 21, 9), ("L3", 12, 9)]),
    ("4k", 39, [("L1", 30, 9), ("L2", 21, 9), ("L3", 12, 9)]),
    ("4k", 40, [("L0", 39, 1), ("L1", 30, 9), ("L2", 21, 9), ("L3", 12, 9)]),
    ("4k", 25, [("L2", 21, 4), ("L3", 12, 9)]),
    ("16k", 48, [("L0", 47, 1), ("L1", 36, 11), ("L2", 25, 11), ("L3", 14, 11)]),
    ("16k", 47, [("L1", 36, 11), ("L2", 25, 11), ("L3", 14, 11)]),
    ("64k", 48, [("L1", 42, 6), ("L2", 29, 13), ("L3", 16, 13)]),
    ("64k", 42, [("L2", 29, 13), ("L3", 16, 13)]),
    ("64k", 52, [("L1", 42, 10), ("L2", 29, 13), ("L3", 16, 13)]),
])
def test_levels(name: str, bits: int, want: list) -> None:
    assert [(lv.name, lv.shift, lv.bits) for lv in regime(name, bits).levels] == want


def test_sizes_that_cannot_be() -> None:
    for name, bits in (("4k", 52), ("4k", 12), ("16k", 49), ("64k", 53)):
        with pytest.raises(ValueError, match="cannot translate"):
            regime(name, bits)


def test_the_upper_half_alone_is_translated() -> None:
    assert indexes(K4, 0xFFFF_C000_0000_1000) == (384, 0, 0, 1)
    assert K4.canonical(0xFFFF_0000_0000_0000) and not K4.canonical(0xFFFE_FFFF_FFFF_FFFF)
    assert not K4.canonical(0) and not regime("4k", 39).canonical(0xFFFF_FF7F_FFFF_FFFF)


def test_contiguous_pages_name_their_own_frames() -> None:
    ram = Ram()
    tree = K4.builder(ram.alloc, ram.page)
    tree.map(0xFFFF_0000_0001_0000, 0x4567_0000, 0x10000, "rw-")
    table, index = tree.slot(0xFFFF_0000_0001_0000, 3)
    want = [0x0070_0000_4567_0703 + i * 0x1000 for i in range(16)]
    assert [tree.get(table, index + i) for i in range(16)] == want


@pytest.mark.parametrize("reg, want", [
    (K4, 0x5_B510_3510), (K16, 0x5_7510_3510), (K64, 0x5_F510_3510),
    (regime("4k", 39), 0x5_B519_3510),
])
def test_tcr(reg, want: int) -> None:
    assert tcr(reg) == want


def test_registers() -> None:
    got = registers(K4, 0x4010_0000)
    assert got["ttbr1"] == 0x4010_0000 and got["mair"] == 0xFF and got["sctlr"] & 0x1005 == 0x1005
    big = registers(replace(K4, byteorder="big"), 0x4010_0000)
    assert big["sctlr"] == got["sctlr"] | 1 << 25
