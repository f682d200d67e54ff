# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/powerpc64 and powerpc64le: minidump headers as in FreeBSD sys/powerpc/include/minidump.h,
page maps as sys/powerpc/powerpc/minidump_machdep.c makes them, addresses and segments as in
sys/powerpc/include/vmparam.h and sys/powerpc/aim/moea64_native.c."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ..container import Parts
from ..elf import ET_DYN
from ..minidump import Minidump, Options, PageMap, Sizes, later, options
from ..mmu import powerpc64, radix64
from ..mmu.hashed import SEGMENT_SHIFT, HashedReader
from ..mmu.linear import Linear, Range, Space
from ..mmu.radix import Level, ReadTable, Run, Step, merge
from ..scenario import Scenario
from .base import Layout
from .freebsd import FreebsdPort

EM_PPC64 = 21
ELFV2 = 2
MAGIC = "minidump FreeBSD/powerpc64"
PPC64_KERNBASE = 0x10_0100              # where the kernel is linked
DMAP_BASE = 0xC000_0000_0000_0000
PAGE, TOP = 1 << 12, 1 << 64
# mmu_name; VM_MIN_KERNEL_ADDRESS and its end, the direct map's last address
LAYOUTS = {
    "hpt": ("mmu_g5", 0xE000_0000_0000_0000, 0xE000_0008_0000_0000, 0xCFFF_FFFF_FFFF_FFFF),
    "radix": ("mmu_radix", 0xC008_0000_0000_0000, 0xC008_0008_0000_0000, 0xC007_FFFF_FFFF_FFFF),
}


def vsid(esid: int) -> int:
    """The kernel's segment for 256 MiB of its space."""
    return (((esid << 8 | esid >> 28) * 0x13BB) & 0xF_FFFF_FFFF) | 0x10_0000_0000


class Builder(powerpc64.Oea64Builder):
    """Segments are computed, not counted."""

    def map(self, va, pa, page, prot, bits=0, level=None) -> None:
        esid = va >> SEGMENT_SHIFT
        if all(rb >> SEGMENT_SHIFT != esid for rb, _ in self.slb):
            flags = powerpc64.SLBV_L if page > PAGE else 0
            rb = esid << SEGMENT_SHIFT | powerpc64.SLBE_V | len(self.slb)
            self.slb.append((rb, vsid(esid) << powerpc64.VSID_SHIFT | flags))
        super().map(va, pa, page, prot, bits, level)


class Hpt(powerpc64.Oea64Regime):
    """The machine's table."""

    name = "hpt"

    def __init__(self, shift: int) -> None:
        self._shift = shift

    def builder(
        self, alloc: Callable[[int], int], page: Callable[[int], bytearray]
    ) -> Builder:
        return Builder(self, alloc, page, self._shift)


class HptMap(powerpc64.Oea64Regime):
    """The dump's copy of it: one page size, and the segments of the kernel's space."""

    name = "hpt"
    levels = (Level("PTEG", 12, 3, leaf=True, table=False, reserved=False),)

    def __init__(self, low: int, high: int) -> None:
        self._low, self._high = low, high

    def segments(self, root):
        return [s for s in super().segments(root) if self._low <= s.start < self._high]

    def position(self, raw: int) -> int:
        return 0

    def reader(self, root, read: ReadTable, blob: bytes = b"") -> HashedReader:
        base = self.table(root).base
        return HashedReader(self, root, lambda pa, size: blob[pa - base : pa - base + size])


def hpt_map(parts: Parts, low: int, high: int) -> PageMap:
    """The whole table; entries are big-endian on every kernel."""
    root = parts.tree.root
    table = parts.port.regimes["hpt"].table(root)
    data = parts.memory.read(table.base, table.groups * 128)
    return PageMap(data, HptMap(low, high), [], root)



def radix_map(parts: Parts, low: int, high: int) -> PageMap:
    """The root; the tables below it are pages of the dump."""
    tree, top = parts.tree, radix64.LEVELS[0]
    data = bytes(parts.memory.read(tree.root, 8 << top.bits))
    levels = (replace(top, space="blob"), *radix64.LEVELS[1:])
    regime = radix64.Regime("radix", 64, False, levels, radix64.RadixCodec(), byteorder="big",
                            spans=((low, high),))
    tables = [pa for at, pa in tree.tables if at]
    return PageMap(data, regime, tables)


@dataclass(frozen=True)
class Moved:
    """A reader of addresses that are to be moved before they are looked up."""

    space: Space
    by: int

    def lookup(self, va: int) -> int | None:
        """Physical address of va."""
        return self.space.lookup((va + self.by) % TOP)

    def walk(self, va: int) -> Iterator[Step]:
        """The tables visited for va."""
        return self.space.walk((va + self.by) % TOP)

    def visit(self) -> Iterator[tuple]:
        """The others tell of all entries."""
        yield from ()

    def runs(self) -> Iterator[Run]:
        """What each address translates to."""
        rows = []
        for run in self.space.runs():
            low, size = (run.start - self.by) % TOP, run.end - run.start
            first = min(size, TOP - low)
            rows.append(replace(run, start=low, end=low + first))
            if first < size:
                rows.append(replace(run, start=0, end=size - first, pa=run.pa + first))
        return merge(iter(sorted(rows, key=lambda r: r.start)))


@dataclass(frozen=True)
class PowerPort(FreebsdPort):
    """A kernel that is linked elsewhere than it runs."""

    dmapbase: int = DMAP_BASE
    kerndisp: int = 0

    def place(self, va: int) -> tuple[int | None, bool]:
        """The image lies in the direct map."""
        return super().place((va + self.kerndisp) % TOP if va < self.dmapbase else va)

    def space(self, tables: object) -> Space:
        """What is below the direct map is where the linker put it."""
        inner = super().space(tables)
        if not self.kerndisp or not self.dmapbase:
            return inner
        return Space([Range(0, self.dmapbase, Moved(inner, self.kerndisp)), *inner.ranges])


def minidump(scn: Scenario) -> PowerPort:
    """[port] mmu_name; kernend; dmapbase, dmapend (the last address); startkernel, endkernel;
    hw_direct_map; table_shift: log2 of the hashed table's bytes."""
    table = scn.options
    name, low, high, last = LAYOUTS.get(scn.regime, LAYOUTS["hpt"])
    byteorder = "little" if scn.machine == "powerpc64le" else "big"
    high = table.number("vm_end", high, TOP)
    opts: Options = options(table, 2, low)
    name = table.get("mmu_name", name, str)
    base = table.number("dmapbase", DMAP_BASE, TOP - 1)
    last = table.number("dmapend", last, TOP - 1)
    start = table.number("startkernel", base + PPC64_KERNBASE, TOP - 1)
    end = table.number("endkernel", start + 0x200_0000, TOP - 1)
    hw_direct_map = table.number("hw_direct_map", 1, (1 << 32) - 1)
    kerndisp = (start - PPC64_KERNBASE) % TOP

    def header(sizes: Sizes) -> Layout:
        out = Layout(byteorder)
        out.raw("magic", MAGIC.encode().ljust(32, b"\0"))
        out.raw("mmu_name", name.encode().ljust(32, b"\0"))
        out.add("version", 4, opts.version)
        out.add("msgbufsize", 4, sizes.msgbuf)
        out.add("bitmapsize", 4, sizes.bitmap)
        out.add("pmapsize", 4, sizes.pmap)
        out.add("kernbase", 8, opts.kernbase)
        out.add("kernend", 8, high)
        out.add("dmapbase", 8, base)
        out.add("dmapend", 8, last)
        out.add("hw_direct_map", 4, hw_direct_map)
        out.add("", 4, opts.garbage)
        out.add("startkernel", 8, start)
        out.add("endkernel", 8, end)
        later(out, opts, "dumpavailsize", 2, sizes.avail)
        return out

    direct = Range(base, last + 1, Linear(base, last + 1, 0))
    kind = hpt_map if scn.regime == "hpt" else radix_map
    hashed = scn.regime == "hpt"
    return PowerPort(
        machine=scn.machine,
        bits=64,
        byteorder=byteorder,
        pagesize=PAGE,
        elf_machine=EM_PPC64,
        elf_type=ET_DYN,
        elf_flags=ELFV2,
        container=Minidump(
            opts, PAGE, byteorder, 64, opts.version >= 2, header,
            lambda parts: kind(parts, opts.kernbase, high),
            (f"dmap {base:x} {last + 1 - base:x} 0", f"kerndisp {kerndisp:x}"),
        ),
        regimes={"hpt": Hpt(table.number("table_shift", 18, 46)),
                 "radix": radix64.REGIMES["radix"]},
        kernbase=0x10_0000,
        text=0x11_0000,
        registers=powerpc64.registers if hashed else radix64.registers,
        spread=0x8000,
        direct=(direct,),
        mapped=((opts.kernbase, high),),
        dmapbase=base,
        kerndisp=kerndisp,
    )
