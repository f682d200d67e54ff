# SPDX-License-Identifier: BSD-2-Clause
"""Sun's segment maps: an entry per segment names a group of PTEs (PMEG).  Neither is in memory:
a NetBSD dump has both in its header.  What sun2, sun3, sun4 and sun4c share."""

from collections.abc import Callable

from .radix import Builder, Entry, Kind, Level, Plant, Regime

V = 1 << 31


class PmegCodec:
    """PTEs with a frame number, a write bit, and a type that is 0 for memory.

    A page of another type is no memory, whatever its frame number: to read RAM there would
    answer with wrong bytes.
    """

    def __init__(self, *, page_shift: int, frame: int, write: int, type_shift: int, groups: int,
                 group_size: int, first: int) -> None:
        self.page_shift = page_shift
        self.frame = frame
        self.write = write
        self.type = 3 << type_shift
        self.groups = groups
        self.group_size = group_size
        self.first = first              # where in the blob the PTEs of group 0 are

    def number(self, raw: int) -> int:
        """The group that a segment map entry names."""
        return raw

    def link(self, group: int) -> int:
        """The segment map entry of a group."""
        return group

    def table(self, level: Level, pa: int) -> int:
        """pa is an offset in the blob."""
        return self.link((pa - self.first) // self.group_size)

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        """A page of memory."""
        return V | pa >> self.page_shift & self.frame | (self.write if prot[1] == "w" else 0)

    def decode(self, level: Level, raw: int) -> Entry:
        """The last group is nobody's: its PTEs are all invalid."""
        if level.table:
            group = self.number(raw)
            if group == self.groups - 1:
                return Entry(Kind.INVALID, why="is the invalid group")
            if group >= self.groups:
                return Entry(Kind.RESERVED, why=f"is group {group} of {self.groups}")
            return Entry(Kind.TABLE, self.first + group * self.group_size, "rwx")
        if not raw & V:
            return Entry(Kind.INVALID, why="V is clear")
        if raw & self.type:
            return Entry(Kind.RESERVED, why="is of a device")
        prot = "rwx" if raw & self.write else "r-x"
        return Entry(Kind.LEAF, (raw & self.frame) << self.page_shift, prot)

    def ignored(self, level: Level, kind: Kind) -> int:
        """System, no-cache, accessed, modified, and what lies between type and frame."""
        if kind is Kind.TABLE:
            return 0
        return 0x7FFF_FFFF & ~(self.frame | self.write | self.type)

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """Devices' pages are refused by the reader, not by the MMU."""
        if level.table:
            return (Plant("no-group", Kind.TABLE, Kind.INVALID, set=self.link(self.groups - 1)),)
        low = self.type & -self.type
        return (Plant("not-valid", Kind.LEAF, Kind.INVALID, clear=V),
                Plant("device-1", Kind.LEAF, Kind.RESERVED, set=low),
                Plant("device-2", Kind.LEAF, Kind.RESERVED, set=low << 1),
                Plant("device-3", Kind.LEAF, Kind.RESERVED, set=self.type))


class PmegBuilder(Builder):
    """Segment map and groups, in the blob: groups are taken in an order that is nobody's index."""

    regime: "PmegRegime"

    def __init__(
        self, regime: "PmegRegime", alloc: Callable[[int], int],
        page: Callable[[int], bytearray],
    ) -> None:
        self._free = [g * 5 % (regime.codec.groups - 1) for g in range(regime.codec.groups - 1)]
        super().__init__(regime, alloc, page)
        self.blob += bytes(regime.codec.first - len(self.blob))
        self.blob += bytes(regime.codec.groups * regime.codec.group_size)

    def place(self, at: int, size: int) -> int:
        if at == 0:
            return super().place(at, size)
        if not self._free:
            raise ValueError("all page map entry groups are taken")
        codec = self.regime.codec
        return codec.first + self._free.pop(0) * codec.group_size

    @property
    def segmap(self) -> bytes:
        """The header's segment map."""
        return bytes(self.blob[: self.regime.table_size(0)])

    @property
    def groups(self) -> bytes:
        """The header's table of PTEs."""
        return bytes(self.blob[self.regime.codec.first :])


class PmegRegime(Regime):
    """Two levels in the blob: the segment map at 0, all groups at codec.first."""

    codec: PmegCodec

    def builder(
        self, alloc: Callable[[int], int], page: Callable[[int], bytearray]
    ) -> PmegBuilder:
        """A builder whose segmap and groups belong into the header."""
        return PmegBuilder(self, alloc, page)
