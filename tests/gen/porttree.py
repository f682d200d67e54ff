# SPDX-License-Identifier: BSD-2-Clause
"""Random small scenarios of any port whose tables are a tree; pick(n) gives a number in [0, n)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dumpgen.mmu.radix import Regime

Pick = Callable[[int], int]


@dataclass(frozen=True)
class Row:
    """A port, and what a scenario of it must not leave to chance."""

    os: str
    machine: str
    regime: Regime
    ram: tuple[int, ...]                # where pieces of memory begin; the first holds the kernel
    options: dict[str, int] = field(default_factory=dict)
    text: int | None = None
    taken: tuple[int, ...] = ()         # indexes of the top table that the kernel needs
    absent: bool = True                 # whether a dump can lack pages

    @property
    def name(self) -> str:
        """For the test's name."""
        more = "".join(f"-{k}{v}" for k, v in self.options.items())
        return f"{self.os}-{self.machine}-{self.regime.name}{more}"


def _index(pick: Pick, count: int) -> int:
    edges = (0, 1, count // 2 - 1, count // 2, count - 1)
    return edges[pick(5)] % count if pick(4) else pick(count)


def _va(pick: Pick, row: Row, near: list[int]) -> int:
    """An address that the tables translate, off the kernel's; often near one given before."""
    levels = row.regime.levels
    if near and len(levels) > 1 and pick(2):
        lv = levels[1 + pick(len(levels) - 1)]
        base = near[pick(len(near))]
        return base & ~((lv.count - 1) << lv.shift) | _index(pick, lv.count) << lv.shift
    top = _index(pick, levels[0].count)
    while top in row.taken:
        top = (top + 1) % levels[0].count
    va = top << levels[0].shift
    va |= sum(_index(pick, lv.count) << lv.shift for lv in levels[1:])
    if not row.regime.canonical(va):
        va += (1 << 64) - (1 << row.regime.va_bits)
    return va


def scenario(pick: Pick, row: Row) -> str:
    """TOML text."""
    regime, levels = row.regime, row.regime.levels
    pages = regime.page_sizes()
    small = pages[0]
    lines = [f'os = "{row.os}"', f'machine = "{row.machine}"', f'regime = "{regime.name}"',
             f"seed = {pick(1 << 32):#x}"]
    lines += ["[kernel]", f"text_page = {small}"]
    if row.text is not None:
        lines.append(f"text = {row.text:#x}")
    if row.options:
        lines += ["[port]", *(f"{k} = {v}" for k, v in row.options.items())]
    ram = []
    for i, start in enumerate(row.ram):
        # No two of a size, and none a whole number of large pages.
        size = ((120 if i == 0 else 3) + 3 * pick(8) + i) * max(small, 4096)
        ram.append((start, size))
        lines += ["[[ram]]", f"start = {start:#x}", f"size = {size:#x}", 'content = "hash"']
    frames = [start + small * pick(size // small) for start, size in ram for _ in (0, 1)]
    near: list[int] = []
    for _ in range(1 + pick(5)):
        va = _va(pick, row, near)
        near.append(va)
        page = small if pick(2) else pages[pick(len(pages))]
        va &= -page
        size = page * (1 + pick(4))
        size = min(size, (1 << 64) - va)
        lines += ["[[map]]", f"va = {va:#x}", f"size = {size:#x}", f"page = {page:#x}",
                  f'prot = "{("rw-", "r--", "r-x", "rwx")[pick(4)]}"']
        if page > small or pick(3) == 0:
            lines.append(f"pa = {frames[pick(len(frames))] & -page:#x}")
        else:
            lines.append(f'order = "{("scatter", "descending")[pick(2)]}"')
    for _ in range(pick(6)):
        va = near[pick(len(near))] if pick(2) else _va(pick, row, near)
        at = pick(len(levels))
        bits = 8 * regime.size_of(at)
        lines += ["[[entry]]", f"va = {va:#x}", f'level = "{levels[at].name}"', 'means = "any"']
        # What plants and ignored bits name is worth more than one bit of many.
        plants = regime.codec.plants(levels[at])
        how = pick(5)
        if how == 0 and plants:
            plant = plants[pick(len(plants))]
            lines += [f"set = {plant.set:#x}", f"clear = {plant.clear:#x}"]
        elif how == 1:
            lines.append(f"{('set', 'clear')[pick(2)]} = {1 << pick(bits):#x}")
        elif how == 2 and not levels[at].table:
            raw = regime.codec.leaf(levels[at], frames[pick(len(frames))], "rwx")
            lines.append(f"raw = {raw | 1 << pick(bits):#x}")
        elif how == 3:
            raw = pick(1 << 32) << 32 | pick(1 << 32)
            lines.append(f"raw = {(raw | pick(2)) & ((1 << bits) - 1):#x}")
        else:
            # Memory that never was a table becomes one, or a page.
            raw = regime.codec.table(levels[at], frames[pick(len(frames))]) if levels[at].table \
                else pick(1 << bits if bits < 33 else 1 << 32)
            lines.append(f"raw = {raw:#x}")
    for _ in range(pick(3) if row.absent else 0):
        lines += ["[[absent]]", f"pa = {frames[pick(len(frames))] & -4096:#x}"]
    return "\n".join(lines) + "\n"
