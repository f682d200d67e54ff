# SPDX-License-Identifier: BSD-2-Clause
"""32-bit ARM tables of one base register: ARM ARM DDI 0406C, B3.5 (armv7: VMSAv6/v7 short
descriptors) and DDI 0100I, B4.7 (armv5: the older format, with XScale's extended small pages)."""

from .radix import Entry, Kind, Level, Plant, Regime

FAULT, COARSE, SECTION, FINE = range(4)     # types of L1 entries
LARGE, SMALL, TINY = 1, 2, 3                # types of L2 entries; TINY: in coarse tables, others

PXN_TABLE = 1 << 2           # B3.5.1, Figure B3-4; of CPUs that have PXN
XN_SECTION = 1 << 4
AP2_SECTION = 1 << 15
SUPER = 1 << 18
XN_LARGE = 1 << 15
XN_SMALL = 1 << 0
AP2_PAGE = 1 << 9
AP_RW = 1                   # AP[1:0]: the kernel alone
SUPER_SHIFT, LARGE_SHIFT, SMALL_SHIFT = 24, 16, 12


def _prot7(ap2: int, ap: int, xn: int | bool) -> str:
    """B3.7.1, privileged accesses, SCTLR.AFE clear; 100 is reserved, and allows nothing."""
    if not ap:
        return "---"
    return "r" + ("-" if ap2 else "w") + ("-" if xn else "x")


class Armv7Codec:
    """Descriptors with execute-never, supersections, and 40-bit supersection addresses."""

    def table(self, level: Level, pa: int) -> int:
        """A coarse table in domain 0."""
        return pa | COARSE

    def leaf(self, level: Level, pa: int, prot: str, shift: int = 0) -> int:
        """A shared, global, write-back kernel page in domain 0."""
        read_only, never = prot[1] != "w", prot[2] != "x"
        if level.name == "L1":
            raw = SECTION | 1 << 16 | 3 << 2 | AP_RW << 10
            raw |= AP2_SECTION * read_only | XN_SECTION * never
            if not shift:
                return raw | pa
            high = (pa >> 32 & 15) << 20 | (pa >> 36 & 15) << 5
            return raw | SUPER | pa & 0xFF00_0000 | high
        raw = 1 << 10 | 3 << 2 | AP_RW << 4 | AP2_PAGE * read_only
        if shift:
            return raw | LARGE | XN_LARGE * never | pa & 0xFFFF_0000
        return raw | SMALL | XN_SMALL * never | pa

    def decode(self, level: Level, raw: int) -> Entry:
        """Figures B3-4 and B3-5."""
        kind = raw & 3
        if kind == FAULT:
            return Entry(Kind.INVALID, why="bits 1:0 are 0")
        if level.name == "L1":
            if kind == COARSE:
                prot = "rw-" if raw & PXN_TABLE else "rwx"
                return Entry(Kind.TABLE, raw & 0xFFFF_FC00, prot)
            # B3.5.1: bit 0 of a section is PXN, to the CPUs that have it; to others this is a fault.
            never = raw & XN_SECTION or kind == FINE
            prot = _prot7(raw & AP2_SECTION, raw >> 10 & 3, never)
            if not raw & SUPER:
                return Entry(Kind.LEAF, raw & 0xFFF0_0000, prot)
            pa = raw & 0xFF00_0000 | (raw >> 20 & 15) << 32 | (raw >> 5 & 15) << 36
            return Entry(Kind.LEAF, pa, prot, shift=SUPER_SHIFT)
        if kind == LARGE:
            prot = _prot7(raw & AP2_PAGE, raw >> 4 & 3, raw & XN_LARGE)
            return Entry(Kind.LEAF, raw & 0xFFFF_0000, prot, shift=LARGE_SHIFT)
        return Entry(Kind.LEAF, raw & 0xFFFF_F000,
                     _prot7(raw & AP2_PAGE, raw >> 4 & 3, raw & XN_SMALL))

    def ignored(self, level: Level, kind: Kind) -> int:
        """Memory type, shareability, nG, and bit 9 of the first level."""
        if kind is Kind.TABLE:
            return 1 << 9 | 1 << 3
        if level.name == "L1":
            return 1 << 19 | 1 << 17 | 1 << 16 | 7 << 12 | 1 << 9 | 3 << 2
        return 1 << 11 | 1 << 10 | 3 << 2

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """Type 3 of the first level is not among them: CPUs with PXN take it as a section."""
        out = [Plant("fault", Kind.LEAF, Kind.INVALID, clear=3)]
        if level.table:
            out.append(Plant("no-table", Kind.TABLE, Kind.INVALID, clear=3))
        return tuple(out)


class Armv5Codec:
    """Descriptors of four subpages, fine tables and tiny pages; nothing forbids execution.

    An access permission of 0 reads in kernel mode where SCTLR.S is set, as NetBSD sets it.
    """

    def table(self, level: Level, pa: int, to: str = "coarse") -> int:
        """A table in domain 0; bit 4 must be one (DDI 0100I, B4.7.4)."""
        return pa | 1 << 4 | (FINE if to == "fine" else COARSE)

    def leaf(self, level: Level, pa: int, prot: str, shift: int = 0) -> int:
        """A cached kernel page: all subpages alike."""
        ap = 1 if prot[1] == "w" else 0
        raw = 3 << 2
        if level.name == "L1":
            return raw | SECTION | 1 << 4 | ap << 10 | pa
        if shift == LARGE_SHIFT:
            return raw | LARGE | ap * 0x55 << 4 | pa & 0xFFFF_0000
        if level.name == "fine" and not shift:
            return raw | TINY | ap << 4 | pa
        return raw | SMALL | ap * 0x55 << 4 | pa & 0xFFFF_F000

    @staticmethod
    def _prot(ap: int) -> str:
        return "r" + ("w" if ap else "-") + "x"

    def _page(self, raw: int, pa: int, shift: int) -> Entry:
        """A small or large page: each fourth of it has an access permission of its own."""
        parts = tuple(self._prot(raw >> at & 3) for at in (4, 6, 8, 10))
        differ = len(set(parts)) > 1
        return Entry(Kind.LEAF, pa, parts[0], shift=shift, parts=parts if differ else ())

    def decode(self, level: Level, raw: int) -> Entry:
        """B4.7.4 to B4.7.8; XScale core manual 7.2.2 for type 3 in a coarse table."""
        kind = raw & 3
        if kind == FAULT:
            return Entry(Kind.INVALID, why="bits 1:0 are 0")
        if level.name == "L1":
            if kind == COARSE:
                return Entry(Kind.TABLE, raw & 0xFFFF_FC00, "rwx")
            if kind == FINE:
                return Entry(Kind.TABLE, raw & 0xFFFF_F000, "rwx", to="fine")
            return Entry(Kind.LEAF, raw & 0xFFF0_0000, self._prot(raw >> 10 & 3))
        if kind == LARGE:
            return self._page(raw, raw & 0xFFFF_0000, LARGE_SHIFT)
        if kind == SMALL:
            return self._page(raw, raw & 0xFFFF_F000, SMALL_SHIFT)
        one = self._prot(raw >> 4 & 3)
        frame = 0xFFFF_FC00 if level.name == "fine" else 0xFFFF_F000
        return Entry(Kind.LEAF, raw & frame, one)

    def ignored(self, level: Level, kind: Kind) -> int:
        """Bit 9 of the first level, cacheable and bufferable."""
        if kind is Kind.TABLE:
            return 1 << 9
        return 3 << 2 | (1 << 9 if level.name == "L1" else 0)

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """Type 0 is the only one that no table has."""
        out = [Plant("fault", Kind.LEAF, Kind.INVALID, clear=3)]
        if level.table:
            out.append(Plant("no-table", Kind.TABLE, Kind.INVALID, clear=3))
        return tuple(out)


EXTENDED_SMALL = 3          # type of an XScale 4 KiB page in a coarse table: or-ed into a SMALL one

_V7 = (
    Level("L1", 20, 12, leaf=True, table=True, reserved=False, wide=(SUPER_SHIFT,)),
    Level("L2", 12, 8, leaf=True, table=False, reserved=False, wide=(LARGE_SHIFT,)),
)
_V5 = (
    Level("L1", 20, 12, leaf=True, table=True, reserved=False),
    Level("coarse", 12, 8, leaf=True, table=False, reserved=False, wide=(LARGE_SHIFT,)),
    Level("fine", 10, 10, leaf=True, table=False, reserved=False, wide=(SMALL_SHIFT, LARGE_SHIFT),
          parent="L1"),
)

REGIMES = {
    "armv7": Regime("armv7", 32, False, _V7, Armv7Codec(), entry_size=4, word=32),
    "armv5": Regime("armv5", 32, False, _V5, Armv5Codec(), entry_size=4, word=32),
}


def registers(regime: Regime, root: int) -> dict[str, int]:
    """What a CPU needs to use these tables: all of the space by TTBR0, domain 0 a client."""
    sctlr = 1                                   # M
    if regime.name == "armv7":
        sctlr |= 1 << 23                        # XP: the new descriptors (v6)
        sctlr |= 1 << 25 if regime.byteorder == "big" else 0    # EE
    else:
        sctlr |= 1 << 8                         # S: see Armv5Codec
        sctlr |= 1 << 7 if regime.byteorder == "big" else 0     # B
    return {"ttbr0": root, "ttbcr": 0, "dacr": 1, "sctlr": sctlr}
