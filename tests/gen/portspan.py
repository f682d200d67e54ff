# SPDX-License-Identifier: BSD-2-Clause
"""Random small scenarios of any port by the addresses that its tables serve: trees with an origin,
segment maps, arrays and hashed tables; pick(n) gives a number in [0, n)."""

from collections.abc import Callable
from dataclasses import dataclass

from dumpgen.mmu.radix import Regime
from dumpgen.port import find
from dumpgen.scenario import parse

Pick = Callable[[int], int]
Pairs = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Row:
    """A port, and what its scenarios must not leave to chance."""

    kind: str                           # os-machine-regime
    spans: Pairs                        # addresses worth mapping: first, and the one behind
    ram: Pairs                          # start, size
    options: str = ""                   # the table [port]
    levels: tuple[str, ...] = ("",)     # what a map's level may be
    edges: tuple[int, ...] = (12, 18, 22)   # log2 of what pages, tables and segments have
    case: str = ""                      # which of several rows of a kind
    biggest: int = 1 << 16              # of the pages to be mapped
    absent: bool = True                 # whether a dump can lack pages

    @property
    def name(self) -> str:
        """For the test's name."""
        return f"{self.kind}-{self.case}" if self.case else self.kind

    def serves(self, va: int) -> bool:
        """Whether the tables answer for va."""
        return any(lo <= va < hi for lo, hi in self.spans)

    def head(self, seed: int) -> str:
        """How its scenarios begin."""
        os, machine, regime = self.kind.split("-")
        return (f'os = "{os}"\nmachine = "{machine}"\nregime = "{regime}"\nseed = {seed}\n'
                f"[port]\n{self.options}\n")


def ram_lines(row: Row) -> str:
    """All of the row's memory."""
    return "".join(f'[[ram]]\nstart = {start:#x}\nsize = {size:#x}\ncontent = "hash"\n'
                   for start, size in row.ram)


def _va(pick: Pick, row: Row, near: list[int]) -> int:
    """Often at the edge of a table, or near an address given before."""
    lo, hi = row.spans[pick(len(row.spans))]
    if near and pick(2):
        return near[pick(len(near))] + (pick(9) - 4 << row.edges[0])
    if pick(2):
        edge = row.edges[pick(len(row.edges))]
        va = (lo >> edge) + pick((hi - lo >> edge) + 1) << edge
        return va - (pick(2) << row.edges[0])
    return lo + pick(hi - lo)


def _place(pick: Pick, row: Row) -> int:
    start, size = row.ram[pick(len(row.ram))]
    return start + pick(size)


def _change(pick: Pick, row: Row, regime: object, at: int) -> str:
    """What becomes of an entry: a plant, a bit; in a tree also chance, or a page of memory."""
    level = regime.levels[at]
    codec = getattr(regime, "codec", regime)
    plants = codec.plants(level) if codec is not regime else codec.plants
    tree = isinstance(regime, Regime)
    bits = 8 * (regime.size_of(at) if tree else regime.entry_size)
    how = pick(5 if tree else 2)
    if how == 0:
        plant = plants[pick(len(plants))]
        return f"set = {plant.set:#x}\nclear = {plant.clear & (1 << bits) - 1:#x}"
    if how == 1 or (how == 4 and level.space == "blob"):
        # A bit of a pointer may lead anywhere; only trees tell what is there.
        return "" if level.table and not tree else \
            f"{('set', 'clear')[pick(2)]} = {1 << pick(bits):#x}"
    if how == 2 and level.leaf:
        try:
            raw = codec.leaf(level, _place(pick, row) & -level.size, "rwx")
        except ValueError:
            raw = 0
        return f"raw = {(raw | 1 << pick(bits)) & (1 << bits) - 1:#x}"
    if how == 4 and level.table and level.space == "phys":
        # Memory that never was a table becomes one.
        try:
            return f"raw = {codec.table(level, _place(pick, row) & -4096):#x}"
        except ValueError:
            pass
    raw = pick(1 << 32) << 32 | pick(1 << 32) | pick(4)
    return f"raw = {raw & (1 << bits) - 1:#x}"


def scenario(pick: Pick, row: Row) -> str:
    """TOML text."""
    port = find(parse(row.name, f"{row.head(0)}\n[[ram]]\nstart = 0\nsize = 4096\n"))
    regime = port.regimes[row.kind.split("-")[2]]
    lines = [row.head(pick(1 << 32)), ram_lines(row)]
    near: list[int] = []
    depth: dict[int, int] = {}          # of these, the position of the level that maps them
    taken: list[tuple[int, int]] = []
    for _ in range(1 + pick(6)):
        level = row.levels[pick(len(row.levels))]
        sizes = [128 << 10, 256 << 10] if "bat" in level else [
            s for s in regime.page_sizes() if s <= row.biggest]
        page = sizes[pick(len(sizes))] if pick(2) else sizes[0]
        va = _va(pick, row, near) & -page & (1 << port.bits) - 1
        size = min(page * (1 + pick(4)), (1 << port.bits) - va)
        if any(va < hi and lo < va + size for lo, hi in taken) or not row.serves(va):
            continue
        taken.append((va, va + size))
        near.append(va)
        lines.append(f"[[map]]\nva = {va:#x}\npage = {page}\nsize = {size}\n"
                     f'prot = "{("rw-", "r--", "r-x", "rwx")[pick(4)]}"')
        if isinstance(regime, Regime):
            depth[va] = regime.level(level) if level else regime.leaf_level(page) or 0
        if level:
            lines.append(f'level = "{level}"')
        if page > port.pagesize or pick(3) == 0:
            lines.append(f"pa = {_place(pick, row) & -page:#x}")
    edits = []
    for _ in range(pick(5) if near else 0):
        va = near[pick(len(near))]
        at = pick(len(regime.levels))
        if va in depth:
            path = regime.path(depth[va])
            at = path[pick(len(path))]
        if "BAT" != regime.levels[at].name:
            edits.append((at, va))
    # From the leaves up: a changed entry above would be in the way.
    for at, va in sorted(edits, reverse=True):
        lines.append(f'[[entry]]\nva = {va:#x}\nlevel = "{regime.levels[at].name}"\n'
                     'means = "any"\n' + _change(pick, row, regime, at))
    for _ in range(pick(3) if row.absent else 0):
        lines.append(f"[[absent]]\npa = {_place(pick, row) & -4096:#x}")
    return "\n".join(lines) + "\n"
