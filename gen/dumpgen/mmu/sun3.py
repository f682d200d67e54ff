# SPDX-License-Identifier: BSD-2-Clause
"""sun3 and sun2: one byte a segment names one of 256 groups of 16 PTEs, both in the dump's header
(sys/arch/sun3/include/pte3.h, sys/arch/sun2/include/pte.h); sun3x: a linear array of MC68851 short
page descriptors in memory, behind a part that is linear (sys/arch/sun3/sun3x/pmap.c)."""

from .m68k import M68kCodec, indirect
from .pmeg import PmegCodec, PmegRegime
from .radix import Level, Regime

GROUPS, PTES = 256, 16
NO_GROUP = GROUPS - 1


def _segments(
    name: str, kernbase: int, segments: int, segment_shift: int, page_shift: int, frame: int,
    write: int, type_shift: int,
) -> PmegRegime:
    """Entry k of the segment map is of the k-th segment from the one that kernbase lies in."""
    codec = PmegCodec(page_shift=page_shift, frame=frame, write=write, type_shift=type_shift,
                      groups=GROUPS, group_size=4 * PTES, first=segments)
    levels = (
        Level("segmap", segment_shift, (segments - 1).bit_length(), leaf=False, table=True,
              reserved=False, entry_size=1, empty=NO_GROUP, limit=segments, space="blob"),
        Level("PMEG", page_shift, 4, leaf=True, table=False, reserved=True, space="blob"),
    )
    origin = kernbase & -(1 << segment_shift)
    return PmegRegime(name, 32, False, levels, codec, entry_size=4, byteorder="big", word=32,
                      origin=origin, spans=((kernbase, origin + (segments << segment_shift)),))


SUN3X_BASE = 0xF800_0000


def sun3x(kernbase: int = SUN3X_BASE) -> Regime:
    """The array at kernCbase: as many entries as there are pages up to 4 GiB."""
    pages = (1 << 32) - kernbase >> 13
    level = Level("C", 13, (pages - 1).bit_length(), leaf=True, table=True, reserved=True,
                  limit=pages)
    return Regime("sun3x", 32, False, (level, indirect(level)), M68kCodec(13, "C"), entry_size=4,
                  byteorder="big", word=32, origin=kernbase, spans=((kernbase, 1 << 32),))


REGIMES = {
    "sun3": _segments("sun3", 0x0E00_0000, 256, 17, 13, 0x7_FFFF, 1 << 30, 26),
    "sun2": _segments("sun2", 0x6000, 512, 15, 11, 0xFFF, 1 << 29, 22),
    "sun3x": sun3x(),
}


def registers(regime: Regime, root: int) -> dict[str, int]:
    """None: no QEMU has these MMUs."""
    return {}
