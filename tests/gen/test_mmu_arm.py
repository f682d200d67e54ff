# SPDX-License-Identifier: BSD-2-Clause
"""ARM ARM DDI 0406C, figures B3-4 and B3-5, table B3-8 (armv7); DDI 0100I, B4.7 (armv5)."""

from dataclasses import replace

import pytest
from dumpgen.mmu.arm import EXTENDED_SMALL, REGIMES, registers
from mmu_check import INV, LEAF, RES, TAB, Ram, decoded, encoded, indexes

V7, V5 = REGIMES["armv7"], REGIMES["armv5"]


@pytest.mark.parametrize("regime, level, raw, want", [
    (V7, "L1", 0xFFFF_FFFC, (INV,)),
    (V7, "L1", 0x8000_1C01, (TAB, 0x8000_1C00, "rwx")),
    (V7, "L1", 0x8000_1C0E, (LEAF, 0x8000_0000, "rwx")),
    (V7, "L1", 0x8000_0412, (LEAF, 0x8000_0000, "rw-")),            # XN
    (V7, "L1", 0x8000_8402, (LEAF, 0x8000_0000, "r-x")),            # AP[2]
    (V7, "L1", 0x8000_0002, (LEAF, 0x8000_0000, "---")),            # AP 0
    (V7, "L1", 0x8004_0402, (LEAF, 0x8000_0000, "rwx")),            # 16 MiB
    (V7, "L1", 0x8104_0402, (LEAF, 0x8100_0000, "rwx")),
    (V7, "L1", 0x8114_0402, (LEAF, 0x1_8100_0000, "rwx")),          # bits 23:20 are PA 35:32
    (V7, "L1", 0x8104_0422, (LEAF, 0x10_8100_0000, "rwx")),         # bits 8:5 are PA 39:36
    (V7, "L1", 0x8000_0403, (LEAF, 0x8000_0000, "rw-")),            # PXN
    (V7, "L1", 0x8100_8403 | 1 << 18, (LEAF, 0x8100_0000, "r--")),
    (V7, "L2", 0x8000_0202, (LEAF, 0x8000_0000, "---")),            # AP 100 is reserved
    (V7, "L2", 0xFFFF_FFFC, (INV,)),
    (V7, "L2", 0x8000_1012, (LEAF, 0x8000_1000, "rwx")),
    (V7, "L2", 0x8000_1013, (LEAF, 0x8000_1000, "rw-")),            # XN is bit 0 of the type
    (V7, "L2", 0x8000_1C13, (LEAF, 0x8000_1000, "rw-")),            # nG and S are no frame bits
    (V7, "L2", 0x8000_1212, (LEAF, 0x8000_1000, "r-x")),
    (V7, "L2", 0x8000_1002, (LEAF, 0x8000_1000, "---")),
    (V7, "L2", 0x8001_0011, (LEAF, 0x8001_0000, "rwx")),            # 64 KiB
    (V7, "L2", 0x8001_8011, (LEAF, 0x8001_0000, "rw-")),
    (V7, "L2", 0x8001_7011, (LEAF, 0x8001_0000, "rwx")),            # TEX
    (V5, "L1", 0x8000_2C11, (TAB, 0x8000_2C00, "rwx")),
    (V5, "L1", 0x8000_2C13, (TAB, 0x8000_2000, "rwx")),             # a fine table is 4 KiB
    (V5, "L1", 0x8004_0412, (LEAF, 0x8000_0000, "rwx")),            # bit 18 means nothing
    (V5, "L1", 0x8000_0012, (LEAF, 0x8000_0000, "r-x")),
    (V5, "coarse", 0x8000_1552, (LEAF, 0x8000_1000, "rwx")),
    (V5, "coarse", 0x8001_0551, (LEAF, 0x8001_0000, "rwx")),
    (V5, "coarse", 0x8000_1C13, (LEAF, 0x8000_1000, "rwx")),        # XScale's extended small page
    (V5, "fine", 0x8000_1C13, (LEAF, 0x8000_1C00, "rwx")),          # a tiny page
    (V5, "fine", 0x8000_1552, (LEAF, 0x8000_1000, "rwx")),
    (V5, "fine", 0x8001_0551, (LEAF, 0x8001_0000, "rwx")),
    (V5, "fine", 0x8000_1C10, (INV,)),
])
def test_decode(regime, level: str, raw: int, want: tuple) -> None:
    assert decoded(regime, level, raw) == want


@pytest.mark.parametrize("regime, level, pa, prot, wide, want", [
    (V7, "L1", 0x8010_0000, "rwx", 0, 0x8011_040E),
    (V7, "L1", 0x8010_0000, "r--", 0, 0x8011_841E),
    (V7, "L1", 0x56_8100_0000, "rwx", 24, 0x8165_04AE),
    (V7, "L2", 0x8000_1000, "rw-", 0, 0x8000_141F),
    (V7, "L2", 0x8001_3000, "r-x", 16, 0x8001_061D),
    (V5, "coarse", 0x8000_1000, "rw-", 0, 0x8000_155E),
    (V5, "fine", 0x8000_1400, "r--", 0, 0x8000_140F),
    (V5, "fine", 0x8000_1400, "rw-", 12, 0x8000_155E),
])
def test_encode(regime, level: str, pa: int, prot: str, wide: int, want: int) -> None:
    assert encoded(regime, level, pa, prot, **({"shift": wide} if wide else {})) == want


def test_indexes() -> None:
    assert indexes(V7, 0x8000_1000) == (0x800, 1)
    assert indexes(V5, 0x8000_1C00) == (0x800, 1, 7)


def test_large_pages_are_repeated() -> None:
    ram = Ram()
    tree = V7.builder(ram.alloc, ram.page)
    tree.map(0x8300_0000, 0x56_8100_0000, 1 << 24, "rwx")
    assert [tree.get(tree.root, 0x830 + i) for i in range(16)] == [0x8165_04AE] * 16
    assert tree.get(tree.root, 0x840) == tree.get(tree.root, 0x82F) == 0
    assert tree.reader(ram.read).lookup(0x83FE_DCBA) == 0x56_81FE_DCBA


def test_both_kinds_of_table_in_one_tree() -> None:
    ram = Ram()
    tree = V5.builder(ram.alloc, ram.page)
    tree.map(0x8000_0000, 0x100_0000, 0x1000, "rw-", bits=EXTENDED_SMALL)
    tree.map(0x8010_0400, 0x100_1C00, 0x400, "rw-")
    tree.map(0x8010_1000, 0x100_3000, 0x1000, "rw-", level="fine")
    with pytest.raises(ValueError, match="is no table"):
        tree.map(0x8010_2000, 0x100_3000, 0x1000, "rw-")
    with pytest.raises(ValueError, match="is no table"):
        tree.map(0x8000_2000, 0x100_3000, 0x400, "rw-")
    reader = tree.reader(ram.read)
    got = [reader.lookup(va) for va in (0x8000_0FFF, 0x8010_07FF, 0x8010_0800, 0x8010_1FFF)]
    assert got == [0x100_0FFF, 0x100_1FFF, None, 0x100_3FFF]
    assert [s.level.name for s in reader.walk(0x8010_1C00)] == ["L1", "fine"]


@pytest.mark.parametrize("page, level, aps, prots", [
    (0x1000, "coarse", (1, 1, 1, 0), "wwwr"),
    (0x1000, "fine", (0, 2, 0, 3), "rwrw"),
    (0x1_0000, "coarse", (0, 3, 0, 0), "rwrr"),
    (0x1_0000, "fine", (2, 0, 0, 1), "wrrw"),
])
def test_subpages_have_rights_of_their_own(page: int, level: str, aps: tuple[int, ...],
                                           prots: str) -> None:
    ram = Ram()
    tree = V5.builder(ram.alloc, ram.page)
    bits = sum(ap << 4 + 2 * i for i, ap in enumerate(aps))
    tree.map(0x8003_0000, 0x103_0000, page, "r--", bits=bits, level=level)
    reader, part = tree.reader(ram.read), page // 4
    for i, want in enumerate({"r": "r-x", "w": "rwx"}[letter] for letter in prots):
        va, pa = 0x8003_0000 + i * part, 0x103_0000 + i * part
        runs = [run for run in reader.runs() if run.start <= va < run.end]
        assert [(run.pa + va - run.start, run.prot) for run in runs] == [(pa, want)]
        for at in (va, va + part - 1):
            *_, last = reader.walk(at)
            assert last.entry.prot == want
        assert reader.lookup(va) == pa


def test_tables_lie_as_the_hardware_wants() -> None:
    ram = Ram()
    tree = V7.builder(ram.alloc, ram.page)
    for i in range(5):
        tree.map(0x8000_0000 + i * 0x10_0000, 0x100_0000, 0x1000, "rw-")
    assert tree.root % 0x4000 == 0 and len({pa for _, pa in tree.tables}) == 6
    assert all(pa % 0x400 == 0 for _, pa in tree.tables)
    assert any(pa & 0xC00 for _, pa in tree.tables), "all tables begin a frame"


def test_registers() -> None:
    assert registers(V7, 0x4000) == {"ttbr0": 0x4000, "ttbcr": 0, "dacr": 1, "sctlr": 0x80_0001}
    assert registers(replace(V7, byteorder="big"), 0x4000)["sctlr"] == 0x280_0001
