# SPDX-License-Identifier: BSD-2-Clause
"""Alpha AARM, II-B 3.2 (virtual addresses) and 3.4 (PTEs)."""

import pytest
from dumpgen.mmu.alpha import K1SEG, REGIMES, registers
from mmu_check import INV, LEAF, TAB, decoded, encoded, indexes

ALPHA = REGIMES["alpha"]


@pytest.mark.parametrize("level, raw, want", [
    ("L3", 0xFFFF_FFFF_FFFF_FFFE, (INV,)),
    ("L3", 0x1234_0000_1111, (LEAF, 0x1234 << 13, "rwx")),
    ("L3", 0x1234_0000_1115, (LEAF, 0x1234 << 13, "r-x")),          # FOW
    ("L3", 0x1234_0000_1119, (LEAF, 0x1234 << 13, "rw-")),          # FOE
    ("L3", 0x1234_0000_1113, (LEAF, 0x1234 << 13, "-wx")),          # FOR
    ("L3", 0x1234_0000_0111, (LEAF, 0x1234 << 13, "r-x")),          # no KWE
    ("L3", 0x1234_0000_1171, (LEAF, 0x1234 << 13, "rwx")),          # granularity hint 3
    ("L3", 0x1234_FFFF_3111, (LEAF, 0x1234 << 13, "rwx")),          # software's bits, user's rights
    ("L3", 0xFFFF_FFFF_0000_0001, (LEAF, 0x1FFF_FFFF_E000, "---")),
    ("L1", 0x1234_0000_0001, (TAB, 0x1234 << 13, "rwx")),
    ("L2", 0x1234_0000_0111, (TAB, 0x1234 << 13, "rwx")),
    ("L2", 0x1234_0000_0110, (INV,)),
])
def test_decode(level: str, raw: int, want: tuple) -> None:
    assert decoded(ALPHA, level, raw) == want


def test_encode() -> None:
    assert encoded(ALPHA, "L3", 0x1234 << 13, "rwx") == 0x1234_0000_1111
    assert encoded(ALPHA, "L3", 0x1234 << 13, "r--") == 0x1234_0000_011D


def test_indexes() -> None:
    assert indexes(ALPHA, 0xFFFF_FE00_0000_2000) == (768, 0, 1)
    assert indexes(ALPHA, 0xFFFF_FFFF_FFFF_E000) == (1023, 1023, 1023)
    assert ALPHA.canonical(K1SEG[0]) and not ALPHA.canonical(0xFFFF_FBFF_FFFF_FFFF)


def test_registers() -> None:
    assert registers(ALPHA, 0x40_2000) == {"ptbr": 0x201}
