# SPDX-License-Identifier: BSD-2-Clause
"""Random small scenarios.  pick(n) gives a number in [0, n): Hypothesis or a seeded generator."""

from collections.abc import Callable

Pick = Callable[[int], int]

LEVELS = ["PML5", "PML4", "PDPT", "PD", "PT"]
SHIFTS = {"PML5": 48, "PML4": 39, "PDPT": 30, "PD": 21, "PT": 12}
EDGES = [0, 1, 2, 255, 256, 510, 511]
BASES = [0, 0x1000, 0x5_3000, 0x1f_f000, 0x40_0000, 0xffff_0000, 0x1_0000_0000, 0x2_3fff_d000]


def _index(pick: Pick) -> int:
    return EDGES[pick(len(EDGES))] if pick(4) else pick(512)


def _va(pick: Pick, levels: list[str], near: list[int]) -> int:
    """A canonical page address, off the kernel's top entry; often near one given before."""
    if near and pick(2):
        base = near[pick(len(near))]
        level = levels[1 + pick(len(levels) - 1)]
        va = base & ~(511 << SHIFTS[level]) | _index(pick) << SHIFTS[level]
        return va
    va = sum(_index(pick) << SHIFTS[level] for level in levels[1:])
    top = _index(pick) % 511
    va |= top << SHIFTS[levels[0]]
    bits = SHIFTS[levels[0]] + 9
    return va | ((1 << 64) - (1 << bits) if top >= 256 else 0)


def _ram(pick: Pick) -> list[tuple[int, int]]:
    """A few pieces of unequal size, one large enough for kernel and tables."""
    out, at = [], 0
    big = pick(3)
    for i in range(3 + pick(2)):
        start = max(at + 4096 * (1 + pick(4)), BASES[pick(len(BASES))])
        pages = 90 + pick(40) if i == big else 1 + pick(12)
        out.append((start, (pages + i) * 4096))
        at = start + (pages + i) * 4096
    return out


def scenario(pick: Pick, plain: bool = False) -> str:
    """TOML text; plain: only what every MMU that was given this memory must agree with."""
    regime = ("4level", "5level")[pick(2)]
    levels = LEVELS if regime == "5level" else LEVELS[1:]
    ram = _ram(pick)
    lines = ['os = "netbsd"', 'machine = "amd64"', f'regime = "{regime}"',
             f"seed = {pick(1 << 32):#x}"]
    if pick(3) == 0:
        lines.append(f"recursive = {256 + pick(254)}")
    if pick(4) == 0:
        lines.append("root_bits = 0x18")
    lines += ["[kernel]", 'text_page = "4K"']
    for start, size in ram:
        lines += ["[[ram]]", f"start = {start:#x}", f"size = {size:#x}", 'content = "hash"']
    near: list[int] = []
    frames = [start + 4096 * pick(size // 4096) for start, size in ram for _ in (0, 1)]
    for _ in range(1 + pick(6)):
        va = _va(pick, levels, near)
        near.append(va)
        page = (4096, 4096, 4096, 1 << 21, 1 << 30)[pick(5)]
        va &= -page
        size = page * (1 + pick(4))
        size = min(size, (-va) % (1 << SHIFTS[levels[0]]) or size)
        lines += ["[[map]]", f"va = {va:#x}", f"size = {size:#x}", f"page = {page:#x}",
                  f'prot = "{("rw-", "r--", "r-x", "rwx")[pick(4)]}"']
        if page > 4096 or pick(3) == 0:
            lines.append(f"pa = {frames[pick(len(frames))] & -page:#x}")
        else:
            lines.append(f'order = "{("scatter", "descending")[pick(2)]}"')
        if pick(4) == 0:
            lines.append(f"bits = {pick(1 << 11) << 52 | pick(8) << 9 | pick(4) << 3:#x}")
    for _ in range(pick(5)):
        va = near[pick(len(near))] if pick(2) else _va(pick, levels, near)
        level = levels[pick(len(levels))]
        lines += ["[[entry]]", f"va = {va:#x}", f'level = "{level}"', 'means = "any"']
        how = pick(6) % 5
        # Protection, large-page and lowest reserved bits are worth more than one in 64.
        bit = (63, 1, 7, 13, 20, 29)[pick(6)] if pick(2) else pick(64)
        if how == 0:
            lines.append(f"set = {1 << bit:#x}")
        elif how == 1:
            lines.append(f"clear = {1 << bit:#x}")
        elif how == 2 and level == levels[-1]:
            lines.append(f"raw = {frames[pick(len(frames))] | pick(1 << 12):#x}")
        elif how == 3 and not plain:
            # Memory that never was a table becomes one.
            lines.append(f"raw = {frames[pick(len(frames))] | 0x23:#x}")
        else:
            raw = pick(1 << 32) << 32 | pick(1 << 32)
            lines.append(f"raw = {raw & ~1 if plain else raw | (pick(4) > 0):#x}")
    if not plain:
        for _ in range(pick(3)):
            lines += ["[[absent]]", f"pa = {frames[pick(len(frames))]:#x}"]
    return "\n".join(lines) + "\n"
