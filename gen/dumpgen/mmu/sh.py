# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD and OpenBSD/sh kernel tables for P3, which the TLB miss handler walks: 512 pointers into
P1, then pages of PTEs in the form of PTEL (SH7750 hardware manual 3.2); sys/arch/sh3/include/pte.h.
P1 and P2 are linear."""

from .radix import Entry, Kind, Level, Plant, Regime

V = 1 << 8
PR_W, PR_U = 1 << 5, 1 << 6         # protection key: writable, user
SZ0, C, D, SH, WT = 1 << 4, 1 << 3, 1 << 2, 1 << 1, 1 << 0
SZ1 = 1 << 7
FRAME = 0x1FFF_F000
P1, P2, P3, P4 = 0x8000_0000, 0xA000_0000, 0xC000_0000, 0xE000_0000
P1_PA = 0x1FFF_FFFF


class ShCodec:
    """Pointers and PTEs; the manual's size bits are ignored, the kernel has 4 KiB pages only."""

    def table(self, level: Level, pa: int) -> int:
        """ValueError where P1 does not reach."""
        if pa > P1_PA:
            raise ValueError(f"{pa:#x} is beyond P1")
        return P1 | pa

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        """A shared, cacheable kernel page."""
        return pa | V | SZ0 | C | SH | (PR_W | D if prot[1] == "w" else 0)

    def decode(self, level: Level, raw: int) -> Entry:
        """All pages can be executed."""
        if level.table:
            if not raw:
                return Entry(Kind.INVALID, why="a null pointer")
            if not P1 <= raw < P2:
                return Entry(Kind.RESERVED, why="a pointer out of P1")
            return Entry(Kind.TABLE, raw & P1_PA, "rwx")
        if not raw & V:
            return Entry(Kind.INVALID, why="V is clear")
        return Entry(Kind.LEAF, raw & FRAME, "rwx" if raw & PR_W else "r-x")

    def ignored(self, level: Level, kind: Kind) -> int:
        """Bits above the frame and software's, size, caching, dirty, user."""
        if kind is Kind.TABLE:
            return 0
        return 0xE000_0E00 | SZ1 | PR_U | SZ0 | C | D | SH | WT

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """Pointers must be into P1."""
        if level.leaf:
            return (Plant("not-valid", Kind.LEAF, Kind.INVALID, clear=V),)
        return (Plant("null", Kind.TABLE, Kind.INVALID, clear=0xFFFF_FFFF),
                Plant("p2-pointer", Kind.TABLE, Kind.RESERVED, set=P2),
                Plant("user-pointer", Kind.TABLE, Kind.RESERVED, clear=P1))


_LEVELS = (
    Level("L1", 22, 9, leaf=False, table=True, reserved=True),
    Level("L2", 12, 10, leaf=True, table=False, reserved=False),
)

REGIMES = {"sh": Regime("sh", 32, False, _LEVELS, ShCodec(), entry_size=4, word=32, origin=P3,
                        spans=((P3, P4),))}


def registers(regime: Regime, root: int) -> dict[str, int]:
    """None: the CPU knows its TLB only."""
    return {}
