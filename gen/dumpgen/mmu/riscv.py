# SPDX-License-Identifier: BSD-2-Clause
"""RISC-V page tables: Privileged Architecture 20211203, 4.3 (Sv32) to 4.6 (Sv57), 5 (Svnapot),
6 (Svpbmt)."""

from .radix import Entry, Kind, Level, Plant, Regime

V, R, W, X, U, G, A, D = (1 << i for i in range(8))
RSW = 3 << 8
PBMT = 3 << 61
N = 1 << 63
HIGH = 0x7F << 54           # 60:54, reserved
NAPOT_64K = 16              # log2 of the only contiguous size that is defined
MODES = {"sv39": 8, "sv48": 9, "sv57": 10}


class RiscvCodec:
    """Entries of all modes; those of Sv32 have neither N, PBMT nor reserved high bits."""

    def __init__(self, ppn_bits: int) -> None:
        self._ppn = ((1 << ppn_bits) - 1) << 10
        self._wide = ppn_bits == 44

    def table(self, level: Level, pa: int) -> int:
        """A pointer: V alone."""
        return pa >> 12 << 10 | V

    def leaf(self, level: Level, pa: int, prot: str, shift: int = 0) -> int:
        """A global supervisor page, accessed, and dirty if writable; 64 KiB: a NAPOT range."""
        raw = V | R | G | A | (W | D if prot[1] == "w" else 0) | (X if prot[2] == "x" else 0)
        if shift:
            return raw | (pa & -1 << shift) >> 12 << 10 | 8 << 10 | N
        return raw | pa >> 12 << 10

    def decode(self, level: Level, raw: int) -> Entry:
        """The algorithm of 4.3.2."""
        if not raw & V:
            return Entry(Kind.INVALID, why="V is clear")
        if raw & W and not raw & R:
            return Entry(Kind.RESERVED, why="W is set without R")
        if self._wide and raw & HIGH:
            return Entry(Kind.RESERVED, why=f"reserved bits {raw & HIGH:#x} are set")
        pa = (raw & self._ppn) >> 10 << 12
        if not raw & (R | X):
            if not level.table:
                return Entry(Kind.RESERVED, why="a pointer in the last table")
            odd = raw & (D | A | U | (PBMT | N if self._wide else 0))
            if odd:
                return Entry(Kind.RESERVED, why=f"bits {odd:#x} are set in a pointer")
            return Entry(Kind.TABLE, pa, "rwx")
        prot = ("r" if raw & R else "-") + ("w" if raw & W else "-") + ("x" if raw & X else "-")
        if self._wide and raw & PBMT == PBMT:
            return Entry(Kind.RESERVED, why="PBMT is 3")
        if self._wide and raw & N:
            if level.table or pa >> 12 & 15 != 8:
                return Entry(Kind.RESERVED, why="N is set and the frame does not say 64 KiB")
            return Entry(Kind.LEAF, pa & -1 << NAPOT_64K, prot, shift=NAPOT_64K)
        if pa % level.size:
            return Entry(Kind.RESERVED, why=f"frame bits {pa % level.size:#x} below the page size")
        return Entry(Kind.LEAF, pa, prot)

    def ignored(self, level: Level, kind: Kind) -> int:
        """RSW and G; in a leaf U, A, D (a dump is read even where A is clear) and PBMT 1."""
        if kind is Kind.TABLE:
            return RSW | G
        return RSW | G | U | A | D | (1 << 61 if self._wide else 0)

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """4.3.2, steps 3, 5 and 6."""
        res = Kind.RESERVED
        out = [Plant("not-valid", Kind.LEAF, Kind.INVALID, clear=V),
               Plant("write-only", Kind.LEAF, res, set=W, clear=R | X),
               Plant("write-execute", Kind.LEAF, res, set=W | X, clear=R)]
        if self._wide:
            out += [Plant("bit-54", Kind.LEAF, res, set=1 << 54),
                    Plant("bit-60", Kind.LEAF, res, set=1 << 60),
                    Plant("pbmt-3", Kind.LEAF, res, set=PBMT)]
        if not level.table:
            return (*out, Plant("pointer", Kind.LEAF, res, clear=R | W | X))
        out += [Plant("misaligned", Kind.LEAF, res, set=1 << 10),
                Plant("misaligned-high", Kind.LEAF, res, set=level.size >> 1 >> 2),
                Plant("no-table", Kind.TABLE, Kind.INVALID, clear=V),
                Plant("pointer-dirty", Kind.TABLE, res, set=D),
                Plant("pointer-accessed", Kind.TABLE, res, set=A),
                Plant("pointer-user", Kind.TABLE, res, set=U)]
        if self._wide:
            out += [Plant("napot-superpage", Kind.LEAF, res, set=N),
                    Plant("pointer-pbmt", Kind.TABLE, res, set=1 << 61),
                    Plant("pointer-napot", Kind.TABLE, res, set=N)]
        return tuple(out)


def _levels(count: int, bits: int) -> tuple[Level, ...]:
    """count levels, named as 4.3 names their indexes; the last one knows 64 KiB ranges."""
    out = []
    for i in reversed(range(count)):
        wide = (NAPOT_64K,) if i == 0 and bits == 9 else ()
        out.append(Level(f"VPN[{i}]", 12 + bits * i, bits, leaf=True, table=i > 0, reserved=True,
                         wide=wide))
    return tuple(out)


REGIMES = {
    "sv32": Regime("sv32", 32, False, _levels(2, 10), RiscvCodec(22), entry_size=4, word=32),
    "sv39": Regime("sv39", 39, True, _levels(3, 9), RiscvCodec(44)),
    "sv48": Regime("sv48", 48, True, _levels(4, 9), RiscvCodec(44)),
    "sv57": Regime("sv57", 57, True, _levels(5, 9), RiscvCodec(44)),
}


def satp(regime: Regime, root: int) -> int:
    """The register, as header and CPU have it."""
    return 1 << 31 | root >> 12 if regime.name == "sv32" else MODES[regime.name] << 60 | root >> 12


def registers(regime: Regime, root: int) -> dict[str, int]:
    """What a CPU needs to use these tables."""
    return {"satp": satp(regime, root)}
