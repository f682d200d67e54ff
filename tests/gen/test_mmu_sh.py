# SPDX-License-Identifier: BSD-2-Clause
"""PTEL (SH7750 hardware manual 3.2), and NetBSD's kernel table for P3."""

import pytest
from dumpgen.mmu.sh import REGIMES
from mmu_check import INV, LEAF, RES, TAB, decoded, encoded, indexes

SH = REGIMES["sh"]


@pytest.mark.parametrize("level, raw, want", [
    ("L1", 0, (INV,)),
    ("L1", 0x8C41_2000, (TAB, 0x0C41_2000, "rwx")),
    ("L1", 0x9FFF_F000, (TAB, 0x1FFF_F000, "rwx")),
    ("L1", 0xAC41_2000, (RES,)),
    ("L1", 0x0C41_2000, (RES,)),
    ("L1", 0x0C41_2100, (RES,)),            # the valid bit of a PTE means nothing here
    ("L2", 0xFFFF_FEFF, (INV,)),
    ("L2", 0x0C41_213E, (LEAF, 0x0C41_2000, "rwx")),
    ("L2", 0x0C41_211A, (LEAF, 0x0C41_2000, "r-x")),
    ("L2", 0xFFFF_FFFF, (LEAF, 0x1FFF_F000, "rwx")),
])
def test_decode(level: str, raw: int, want: tuple) -> None:
    assert decoded(SH, level, raw) == want


def test_encode() -> None:
    assert encoded(SH, "L2", 0x0C41_2000, "rw-") == 0x0C41_213E
    assert encoded(SH, "L2", 0x0C41_2000, "r--") == 0x0C41_211A
    with pytest.raises(ValueError, match="beyond P1"):
        SH.codec.table(SH.levels[0], 1 << 29)


def test_indexes() -> None:
    assert indexes(SH, 0xC000_0000) == (0, 0)
    assert indexes(SH, 0xC040_1000) == (1, 1)
    assert indexes(SH, 0xDFFF_FFFF) == (127, 1023)
    assert SH.canonical(0xDFFF_FFFF) and not SH.canonical(0xE000_0000)
