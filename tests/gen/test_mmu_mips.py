# SPDX-License-Identifier: BSD-2-Clause
"""EntryLo of the R3000 (6.3 of its manual) and R4000 (4.3); NetBSD's segment tables and Sysmap."""

import pytest
from dumpgen.mmu.mips import MIPS1, MIPS3, VR41XX, direct, segtab, sysmap
from mmu_check import INV, LEAF, RES, TAB, Ram, decoded, encoded, indexes

S32, S64 = segtab(), segtab(bits=64)
OLD, VR = segtab(MIPS1), segtab(VR41XX)
K8, K16 = segtab(page_shift=13), segtab(page_shift=14)


@pytest.mark.parametrize("regime, level, raw, want", [
    (S32, "PTE", 0x0200_005F, (LEAF, 0x8000_1000, "rwx")),
    (S32, "PTE", 0x0200_005B, (LEAF, 0x8000_1000, "r-x")),
    (S32, "PTE", 0xC200_005F, (LEAF, 0x8000_1000, "rwx")),          # bits 31:30 are software's
    (S32, "PTE", 0x0200_005D, (INV,)),
    (S32, "PTE", 0x3FFF_FFC2, (LEAF, 0xF_FFFF_F000, "r-x")),
    (VR, "PTE", 0x0800_011F, (LEAF, 0x8000_1000, "rwx")),           # units of 1 KiB
    (K8, "PTE", 0x0200_009F, (LEAF, 0x8000_2000, "rwx")),
    (K16, "PTE", 0x0200_011F, (LEAF, 0x8000_4000, "rwx")),
    (OLD, "PTE", 0x8000_1700, (LEAF, 0x8000_1000, "rwx")),
    (OLD, "PTE", 0x8000_1300, (LEAF, 0x8000_1000, "r-x")),
    (OLD, "PTE", 0x8000_1500, (INV,)),
    (OLD, "PTE", 0x0000_0002, (INV,)),                              # an R4000's valid bit
    (S32, "segtab", 0, (INV,)),
    (S32, "segtab", 0x8041_2000, (TAB, 0x41_2000, "rwx")),
    (S32, "segtab", 0xA041_2000, (TAB, 0x41_2000, "rwx")),
    (S32, "segtab", 0xC041_2000, (RES,)),
    (S32, "segtab", 0x0041_2000, (RES,)),
    (S64, "xsegtab", 0x9800_0001_0041_2000, (TAB, 0x1_0041_2000, "rwx")),
    (S64, "segtab", 0x9000_0000_0041_2000, (TAB, 0x41_2000, "rwx")),
    (S64, "segtab", 0xFFFF_FFFF_8041_2000, (TAB, 0x41_2000, "rwx")),
    (S64, "segtab", 0xFFFF_FFFF_C041_2000, (RES,)),
    (S64, "segtab", 0xC000_0000_0041_2000, (RES,)),
    (S64, "segtab", 0x0000_0000_8041_2000, (RES,)),
])
def test_decode(regime, level: str, raw: int, want: tuple) -> None:
    assert decoded(regime, level, raw) == want


def test_encode() -> None:
    assert encoded(S32, "PTE", 0x8000_1000, "rw-") == 0x0200_005F
    assert encoded(VR, "PTE", 0x8000_1000, "r--") == 0x0800_011B
    assert encoded(OLD, "PTE", 0x8000_1000, "rw-") == 0x8000_1700
    with pytest.raises(ValueError, match="beyond KSEG0"):
        S32.codec.table(S32.levels[0], 1 << 29)


@pytest.mark.parametrize("regime, va, want", [
    (S32, 0xC000_0000, (256, 0)), (S32, 0xC040_1000, (257, 1)), (S32, 0xFFFF_F000, (511, 1023)),
    (K8, 0xC000_2000, (64, 1)), (K16, 0xC000_4000, (16, 1)),
    (S64, 0xC000_0000_0000_1000, (0, 0, 1)), (S64, 0xC000_0000_8040_0000, (1, 1, 0)),
    (segtab(page_shift=13, bits=64), 0xC000_0004_0100_2000, (1, 1, 1)),
    (segtab(page_shift=14, bits=64), 0xC000_0020_0400_4000, (1, 1, 1)),
])
def test_indexes(regime, va: int, want: tuple) -> None:
    assert indexes(regime, va) == want


@pytest.mark.parametrize("va, bits, want", [
    (0x8000_0000, 32, 0), (0xBFFF_FFFF, 32, 0x1FFF_FFFF), (0xC000_0000, 32, None),
    (0x7FFF_FFFF, 32, None), (0x9812_3456_789A_BCDE, 64, 0x12_3456_789A_BCDE),
    (0xBFFF_FFFF_FFFF_FFFF, 64, 0x7FF_FFFF_FFFF_FFFF), (0xFFFF_FFFF_A000_1234, 64, 0x1234),
    (0xC000_0000_0000_0000, 64, None), (0x8000_0000, 64, None),
])
def test_direct(va: int, bits: int, want: int | None) -> None:
    assert direct(va, bits) == want


@pytest.mark.parametrize("bits, base, given", [
    (32, 0xC000_0000, None), (64, 0xC000_0000_0000_0000, None),
    (64, 0xFFFF_FFFF_C000_0000, 0xFFFF_FFFF_C000_0000),     # OpenBSD's Sysmapbase
])
def test_sysmap_ends(bits: int, base: int, given: int | None) -> None:
    ram = Ram()
    regime = sysmap(3, MIPS3, 12, bits, base=given)
    tree = regime.builder(ram.alloc, ram.page)
    tree.map(base + 0x2000, 0x12_3000, 0x1000, "rw-")
    with pytest.raises(ValueError, match="beyond the 3 entries"):
        tree.map(base + 0x3000, 0x12_3000, 0x1000, "rw-")
    assert ram.read(tree.root + 8, 4) == bytes([0xDF, 0x48, 0, 0])
    reader = tree.reader(ram.read)
    tree.store.write(tree.root + 12, bytes([0xDF, 0x48, 0, 0]))     # what follows is no PTE
    assert (reader.lookup(base + 0x2FFF), reader.lookup(base + 0x3000)) == (0x12_3FFF, None)
    assert [r.start for r in reader.runs() if r.state == "map"] == [base + 0x2000]
