# SPDX-License-Identifier: BSD-2-Clause
"""AArch64 stage 1 tables of TTBR1: Arm ARM DDI 0487, D5.2 (walk), D5.3 (descriptors)."""

from .radix import Entry, Kind, Level, Plant, Regime

VALID = 1 << 0
TABLE = 1 << 1              # a table; in the last level: a page
AP_EL0 = 1 << 6             # programs may do what the kernel may
AP_RO = 1 << 7
SH_INNER = 3 << 8
AF = 1 << 10
NG = 1 << 11
CONTIG = 1 << 52
PXN = 1 << 53
UXN = 1 << 54
PXN_TABLE = 1 << 59
AP_TABLE_RO = 1 << 62
OA = (1 << 48) - 1          # FEAT_LPA and FEAT_LPA2 are not used

# log2 of the granule: first level with blocks, log2 of a contiguous range by level, TCR.TG1
_GRANULES = {12: (1, {1: 34, 2: 25, 3: 16}, 2), 14: (2, {2: 30, 3: 21}, 1),
             16: (2, {2: 34, 3: 21}, 3)}


class Aarch64Codec:
    """Descriptors of one granule with 48-bit output addresses."""

    def __init__(self, shift: int) -> None:
        self._oa = OA & -1 << shift

    def table(self, level: Level, pa: int) -> int:
        """A link that limits nothing."""
        return pa | TABLE | VALID

    def leaf(self, level: Level, pa: int, prot: str, shift: int = 0) -> int:
        """A global kernel page of memory type 0; a contiguous one names its own share."""
        raw = pa | VALID | AF | SH_INNER | UXN | (0 if level.table else TABLE)
        raw |= (0 if prot[1] == "w" else AP_RO) | (0 if prot[2] == "x" else PXN)
        return raw | (CONTIG if shift else 0)

    def decode(self, level: Level, raw: int) -> Entry:
        """D5.3.1 and D5.3.2; a dump is read even where AF is clear."""
        if not raw & VALID:
            return Entry(Kind.INVALID, why="bit 0 is clear")
        if raw & TABLE and level.table:
            prot = "r" + ("-" if raw & AP_TABLE_RO else "w") + ("-" if raw & PXN_TABLE else "x")
            return Entry(Kind.TABLE, raw & self._oa, prot)
        # D5.4.6: what EL0 may write EL1 never executes.
        closed = raw & PXN or raw & (AP_RO | AP_EL0) == AP_EL0
        prot = "r" + ("-" if raw & AP_RO else "w") + ("-" if closed else "x")
        if raw & TABLE:
            return Entry(Kind.LEAF, raw & self._oa, prot)
        if not level.leaf or not level.table:
            return Entry(Kind.RESERVED, why=f"a block in {level.name}")
        return Entry(Kind.LEAF, raw & OA & -level.size, prot)

    def ignored(self, level: Level, kind: Kind) -> int:
        """Attributes, software's bits, and what is RES0 without an extension."""
        if kind is Kind.TABLE:
            return 0x00F << 52 | 1 << 63 | 0x1F << 55 & ~PXN_TABLE | 1 << 60 | 1 << 61 | 0xFFC
        low = 0xF3C | AF | NG
        return low | CONTIG | 1 << 51 | 1 << 50 | UXN | 0x1FF << 55

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """What is a translation fault."""
        res = Kind.RESERVED
        if not level.table:
            return (Plant("not-valid", Kind.LEAF, Kind.INVALID, clear=VALID),
                    Plant("block", Kind.LEAF, res, clear=TABLE))
        out = [Plant("no-table", Kind.TABLE, Kind.INVALID, clear=VALID)]
        if level.leaf:
            out.append(Plant("not-valid", Kind.LEAF, Kind.INVALID, clear=VALID))
        else:
            out.append(Plant("block", Kind.TABLE, res, clear=TABLE))
        return tuple(out)


def regime(name: str, va_bits: int = 48, byteorder: str = "little") -> Regime:
    """Granule 4k, 16k or 64k and 64 - TCR.T1SZ address bits: the levels that this needs."""
    shift = {"4k": 12, "16k": 14, "64k": 16}[name]
    first_block, contig, _ = _GRANULES[shift]
    step = shift - 3
    if not shift < va_bits <= 52 or (va_bits > 48 and shift != 16):
        raise ValueError(f"{name} tables cannot translate {va_bits} bits")
    count = -(-(va_bits - shift) // step)
    levels = []
    for number in range(4 - count, 4):
        low = shift + step * (3 - number)
        bits = min(step, va_bits - low)
        leaf = number == 3 or number >= first_block
        wide = contig.get(number, 0)
        levels.append(Level(
            f"L{number}", low, bits, leaf=leaf, table=number < 3,
            reserved=number == 3 or not leaf, wide=(wide,) if leaf and wide <= low + bits else (),
        ))
    return Regime(
        name, va_bits, False, tuple(levels), Aarch64Codec(shift), byteorder=byteorder,
        spans=(((1 << 64) - (1 << va_bits), 1 << 64),),
    )


REGIMES = {name: regime(name) for name in ("4k", "16k", "64k")}


def tcr(reg: Regime) -> int:
    """TCR_EL1: T1SZ and TG1 as the tables want, TTBR0 with 48 bits of 4 KiB, 48-bit outputs."""
    tg1 = _GRANULES[reg.levels[-1].shift][2]
    walk = 1 | 1 << 2 | 3 << 4              # write-back, write-back, inner shareable
    return 5 << 32 | tg1 << 30 | walk << 24 | 64 - reg.va_bits << 16 | walk << 8 | 16


def registers(reg: Regime, root: int) -> dict[str, int]:
    """What a CPU needs to use these tables: memory type 0 is write-back, MMU and caches on."""
    sctlr = 0x30D0_1805 | (1 << 25 if reg.byteorder == "big" else 0)     # EE
    return {"ttbr1": root, "tcr": tcr(reg), "mair": 0xFF, "sctlr": sctlr}
