# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/arm: minidump headers as in FreeBSD sys/arm/include/minidump.h, page maps as
sys/arm/arm/minidump_machdep.c makes them, entries as in pte-v6.h and the older pte-v4.h."""

from dataclasses import replace

from ..container import Parts
from ..minidump import (
    Minidump, Options, PageMap, Sizes, flat, head, in_ram, kernel_end, later, options,
)
from ..mmu import arm
from ..mmu.radix import Entry, Kind, Level, Plant
from ..scenario import Scenario
from . import freebsdfull
from .base import Layout
from .freebsd import FreebsdPort

EM_ARM = 40
MAGIC = "minidump FreeBSD/arm"
KERNBASE = 0xC000_0000
PAGE, SECTION = 1 << 12, 1 << 20
PTE1_RO, PTE2_RO = 1 << 13, 1 << 7      # TEX[1]: with TEX remap it is software's
V4, V6 = 1, 2                           # mmuformat
FORMATS = {"armv5": V4, "armv7": V6}
EABI5 = 0x0500_0000


class V6Codec(arm.Armv7Codec):
    """The machine's entries, with the bit by which the kernel knows a read-only page."""

    def leaf(self, level: Level, pa: int, prot: str, shift: int = 0) -> int:
        raw = super().leaf(level, pa, prot, shift)
        if prot[1] == "w" or shift:
            return raw
        return raw | (PTE1_RO if level.name == "L1" else PTE2_RO)


class MapCodec:
    """Entries of the page map: a second level's."""

    def __init__(self, old: bool) -> None:
        self._old = old

    def decode(self, level: Level, raw: int) -> Entry:
        """Without the domain and the first level, the kernel's own bits tell what is allowed."""
        kind = raw & 3
        if kind == arm.FAULT:
            return Entry(Kind.INVALID, why="bits 1:0 are 0")
        if self._old and kind == arm.TINY:
            return Entry(Kind.RESERVED, why="a tiny page")
        if self._old:
            prot = "r" + ("w" if raw & 0x10 else "-") + "x"
        else:
            never = arm.XN_LARGE if kind == arm.LARGE else arm.XN_SMALL
            prot = "r" + ("-" if raw & PTE2_RO else "w") + ("-" if raw & never else "x")
        if kind == arm.LARGE:
            return Entry(Kind.LEAF, raw & 0xFFFF_0000, prot, shift=arm.LARGE_SHIFT)
        return Entry(Kind.LEAF, raw & 0xFFFF_F000, prot)

    def plants(self, level: Level) -> tuple[Plant, ...]:
        """Type 0."""
        return (Plant("fault", Kind.LEAF, Kind.INVALID, clear=3),)


def page_map(parts: Parts, opts: Options, name: str, byteorder: str) -> PageMap:
    """The second level's tables; sections are written as small pages."""
    reader, codec, out = parts.tree.reader(), parts.tree.regime.codec, []
    small = parts.tree.regime.levels[1]
    for va in range(opts.kernbase, kernel_end(parts, opts, SECTION), SECTION):
        step = next(reader.walk(va))
        entry = step.entry
        if entry is None or entry.kind not in (Kind.LEAF, Kind.TABLE):
            out.append(bytes(1024))
        elif entry.kind is Kind.LEAF:
            # This kernel knows no supersections.
            first = step.raw & 0xFFF0_0000
            pages = range(first, first + SECTION, PAGE)
            out += [codec.leaf(small, pa, entry.prot).to_bytes(4, byteorder) for pa in pages]
        elif in_ram(parts, entry.pa) and not entry.to:
            out.append(parts.memory.read(entry.pa, 1024))
        else:
            out.append(bytes(1024))
    return flat(b"".join(out), opts, MapCodec(name == "armv5"), entry_size=4, byteorder=byteorder,
                bits=32, name=name, level="L2", reserved=name == "armv5", wide=(arm.LARGE_SHIFT,))


def minidump(scn: Scenario) -> FreebsdPort:
    """[port] byteorder; arch: __ARM_ARCH of the kernel; mmuformat: 1 V4, 2 V6, 0 as V6."""
    opts = options(scn.options, 2, KERNBASE)
    byteorder = scn.options.choice("byteorder", "little", "little", "big")
    old = scn.regime == "armv5"
    arch = scn.options.number("arch", 5 if old else 7, (1 << 32) - 1)
    mmuformat = scn.options.number("mmuformat", FORMATS.get(scn.regime, 0), (1 << 32) - 1)
    v6 = replace(arm.REGIMES["armv7"], codec=V6Codec())
    regimes = {"armv7": v6, "armv5": arm.REGIMES["armv5"]}

    def header(sizes: Sizes) -> Layout:
        out = head(MAGIC, opts, sizes, byteorder)
        out.add("ptesize", 4, sizes.pmap)
        out.add("kernbase", 4, opts.kernbase)
        out.add("arch", 4, arch)
        out.add("mmuformat", 4, mmuformat)
        later(out, opts, "dumpavailsize", 2, sizes.avail)
        return out

    return FreebsdPort(
        machine="arm",
        bits=32,
        byteorder=byteorder,
        pagesize=PAGE,
        elf_machine=EM_ARM,
        elf_flags=EABI5,
        container=Minidump(opts, PAGE, byteorder, 32, opts.version >= 2, header,
                           lambda parts: page_map(parts, opts, scn.regime, byteorder)),
        regimes={name: replace(r, byteorder=byteorder) for name, r in regimes.items()},
        kernbase=opts.kernbase,
        text=KERNBASE + 0x10_0000,
        registers=arm.registers,
        spread=0x10_0000,
        mapped=((opts.kernbase, 1 << 32),),
    )


FORMS = {"freebsd-minidump": minidump, "elf": freebsdfull.arm32, "raw": freebsdfull.arm32}
