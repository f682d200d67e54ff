# SPDX-License-Identifier: BSD-2-Clause
"""MC68030 User's Manual 9.5.1 (short descriptors), MC68040 User's Manual 3.2.2."""

import pytest
from dumpgen.mmu.m68k import REGIMES, constants, regime, registers
from mmu_check import INV, LEAF, RES, TAB, Ram, decoded, encoded, indexes

M030, M040 = REGIMES["68030"], REGIMES["68040"]
HP = regime("68030", hp=True)
M030_8K, M040_8K = regime("68030", 13), regime("68040", 13)


@pytest.mark.parametrize("reg, level, raw, want", [
    (M030, "A", 0xFFFF_FFFC, (INV,)),
    (M030, "A", 0x0012_3002, (TAB, 0x12_3000, "rwx")),
    (M030, "A", 0x0012_3006, (TAB, 0x12_3000, "r-x")),
    (M030, "A", 0x0012_3001, (RES,)),                               # ends early, unaligned
    (M030, "A", 0x0140_0005, (LEAF, 0x140_0000, "r-x")),
    (M030_8K, "A", 0x0140_0005, (RES,)),                            # 16 MiB
    (HP, "A", 0x0140_0001, (INV,)),
    (HP, "A", 0x0012_3007, (TAB, 0x12_3000, "r-x")),
    (HP, "B", 0x0012_3003, (LEAF, 0x12_3000, "rwx")),
    (HP, "B", 0x0012_3006, (INV,)),
    (M030, "A", 0x0012_3003, (RES,)),
    (M030, "B", 0x0012_3019, (LEAF, 0x12_3000, "rwx")),
    (M030, "B", 0x0012_305D, (LEAF, 0x12_3000, "r-x")),
    (M030, "B", 0x0012_3456, (TAB, 0x12_3454, "rwx")),              # indirect
    (M030, "B", 0x0012_3003, (RES,)),                               # to a long descriptor
    (M030, "indirect", 0x0012_3019, (LEAF, 0x12_3000, "rwx")),
    (M030, "indirect", 0x0012_3002, (INV,)),                        # once only
    (M030, "indirect", 0x0012_3003, (RES,)),
    (M030_8K, "B", 0x0012_3001, (LEAF, 0x12_2000, "rwx")),
    (M040, "A", 0x0012_3401, (INV,)),
    (M040, "A", 0x0012_350A, (TAB, 0x12_3400, "rwx")),              # 512 bytes
    (M040, "B", 0x0012_350B, (TAB, 0x12_3500, "rwx")),              # 256 bytes
    (M040, "B", 0x0012_358E, (TAB, 0x12_3500, "r-x")),
    (M040_8K, "B", 0x0012_3582, (TAB, 0x12_3580, "rwx")),           # 128 bytes
    (M040, "C", 0x0012_3001, (LEAF, 0x12_3000, "rwx")),
    (M040, "C", 0x0012_3FFF, (LEAF, 0x12_3000, "r-x")),
    (M040, "C", 0x0012_3003, (LEAF, 0x12_3000, "rwx")),
    (M040, "C", 0x0012_3FFE, (TAB, 0x12_3FFC, "rwx")),
    (M040, "indirect", 0x0012_3007, (LEAF, 0x12_3000, "r-x")),
    (M040, "indirect", 0x0012_3FFE, (INV,)),
    (M040, "indirect", 0xFFFF_FFFC, (INV,)),
    (M040, "C", 0xFFFF_FFFC, (INV,)),
    (M040_8K, "C", 0x0012_3001, (LEAF, 0x12_2000, "rwx")),
])
def test_decode(reg, level: str, raw: int, want: tuple) -> None:
    assert decoded(reg, level, raw) == want


def test_encode() -> None:
    assert encoded(M030, "B", 0x12_3000, "rw-") == 0x12_3019
    assert encoded(M030, "B", 0x12_3000, "r--") == 0x12_300D
    assert encoded(M040, "C", 0x12_3000, "rw-") == 0x12_3419


def test_indexes() -> None:
    assert indexes(M030, 0x00C0_1234) == (3, 1)
    assert indexes(M040, 0x00C0_1234) == (0, 0x30, 1)
    assert indexes(M030_8K, 0x0300_2000) == (3, 1)
    assert indexes(M040_8K, 0xFFFF_E000) == (127, 127, 31)


@pytest.mark.parametrize("reg, want", [
    (M040, (0xFFFF_F000, 22, 0x3F_F000, 0x3_F000, 12, 0xFFFF_FF00)),
    (M040_8K, (0xFFFF_E000, 24, 0xFF_E000, 0x3_E000, 13, 0xFFFF_FF80)),
])
def test_constants(reg, want: tuple) -> None:
    got = constants(reg)
    keys = ("pg_frame", "sg_ishift", "sg_pmask", "sg40_mask3", "sg40_shift3", "sg40_addr2")
    assert tuple(got[k] for k in keys) == want and got["sg_frame"] == got["pg_frame"]
    assert (got["sg40_shift1"], got["sg40_mask2"]) == (25, 0x1FC_0000)
    assert got["sg40_addr1"] == 0xFFFF_FE00


@pytest.mark.parametrize("reg", [M030, M030_8K, M040, M040_8K])
def test_the_constants_alone_find_every_page(reg) -> None:
    """The header's rules, step by step, on a tree that was built by levels."""
    ram, c = Ram(), constants(reg)
    tree, page = reg.builder(ram.alloc, ram.page), reg.levels[-1].size

    def word(pa: int) -> int:
        return int.from_bytes(ram.read(pa, 4), "big")

    wanted = {va & -page: 0x20_0000 + i * 3 * page for i, va in enumerate(
        (0, 0x1_2000, 0xC0_1234, 0x1FF_E000, 0x200_0000, 0x8765_4321, 0xFFFF_FFFF))}
    for va, pa in wanted.items():
        tree.map(va, pa, page, "rw-")
    for va, pa in wanted.items():
        if reg.name == "68030":
            ste = word(tree.root + 4 * (va >> c["sg_ishift"]))
            assert ste & c["sg_v"]
            pte = word((ste & c["sg_frame"]) + 4 * ((va & c["sg_pmask"]) >> c["sg40_shift3"]))
        else:
            one = word(tree.root + 4 * (va >> c["sg40_shift1"]))
            two = word((one & c["sg40_addr1"])
                       + 4 * ((va & c["sg40_mask2"]) >> c["sg40_shift2"]))
            assert one & two & c["sg_v"]
            pte = word((two & c["sg40_addr2"])
                       + 4 * ((va & c["sg40_mask3"]) >> c["sg40_shift3"]))
        assert pte & c["pg_v"] and pte & c["pg_frame"] == pa


def test_registers() -> None:
    assert registers(M040, 0x1200)["tc"] == 0x8000 and registers(M040_8K, 0x1200)["tc"] == 0xC000
    assert registers(M040, 0x1200)["srp"] == 0x1200 and registers(M030, 0x1200) == {}
