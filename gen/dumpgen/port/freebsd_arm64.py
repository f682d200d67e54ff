# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/arm64: minidump headers as in FreeBSD sys/arm64/include/minidump.h, page maps as
sys/arm64/arm64/minidump_machdep.c makes them, addresses as in sys/arm64/include/vmparam.h."""

from collections.abc import Callable

from ..container import Parts
from ..minidump import (
    Minidump, Options, PageMap, Sizes, flat, head, in_ram, kernel_end, later, options,
)
from ..mmu import aarch64
from ..mmu.linear import Linear, Range
from ..mmu.radix import Kind
from ..scenario import Scenario
from . import freebsdfull
from .base import Layout
from .freebsd import FreebsdPort

EM_AARCH64 = 183
MAGIC = "minidump FreeBSD/arm64"
VM_MIN_KERNEL_ADDRESS = 0xFFFF_0000_0000_0000
DMAP_MIN_ADDRESS = 0xFFFF_A000_0000_0000
TOP = 1 << 64
ATTR_DEFAULT = aarch64.AF | aarch64.SH_INNER
FLAGS = {"4k": 0, "16k": 1}


def last_tables(
    parts: Parts, opts: Options, fake: Callable[[int, int], int], page: int, size: int = 8
) -> bytes:
    """The last level's tables, with entries of size bytes; fake(raw, pa) makes the entry of a page
    within a larger one."""
    reader, out = parts.tree.reader(), []
    span = page // size * page
    for va in range(opts.kernbase, kernel_end(parts, opts, span), span):
        steps = list(reader.walk(va))
        above = next((s for s in steps if s.level.size == span), steps[-1])
        entry = above.entry
        if entry is None or entry.kind not in (Kind.LEAF, Kind.TABLE):
            out.append(bytes(page))
        elif entry.kind is Kind.LEAF:
            pa = entry.pa + va % above.level.size
            out += [fake(above.raw, at).to_bytes(8, "little")
                    for at in range(pa, pa + span, page)]
        elif in_ram(parts, entry.pa):
            out.append(parts.memory.read(entry.pa, page))
        else:
            out.append(bytes(page))
    return b"".join(out)


def page_map(parts: Parts, opts: Options, name: str, page: int) -> PageMap:
    """Blocks are written as pages that allow all."""
    data = last_tables(parts, opts, lambda raw, pa: pa | ATTR_DEFAULT | 3, page)
    shift = page.bit_length() - 1
    codec = aarch64.Aarch64Codec(shift)
    return flat(data, opts, codec, shift, name=name, level="L3", reserved=True)


def direct_map(
    scn: Scenario, opts: Options, base: int
) -> tuple[int, int, int, tuple[Range, ...], tuple[str, ...]]:
    """dmapbase, dmapend, dmapphys; the range, and the oracle's line: the scenario's direct map, or
    what [port] says."""
    d, table = scn.direct, opts.table
    low, high, pa = (d.va, d.va + d.size, d.pa or 0) if d else (base, base, 0)
    low = table.number("dmapbase", low, TOP - 1)
    high = table.number("dmapend", high, TOP - 1)
    pa = table.number("dmapphys", pa, TOP - 1)
    if low >= high:
        return low, high, pa, (), ()
    line = f"dmap {low:x} {high - low:x} {pa:x}"
    return low, high, pa, (Range(low, high, Linear(low, high, pa)),), (line,)


def minidump(scn: Scenario) -> FreebsdPort:
    """[port] flags: bits 1:0 are the page's size; it decides where everything is."""
    opts = options(scn.options, 3, VM_MIN_KERNEL_ADDRESS)
    flags = scn.options.number("flags", FLAGS.get(scn.regime, 0), (1 << 32) - 1)
    low, high, phys, direct, lines = direct_map(scn, opts, DMAP_MIN_ADDRESS)
    page = 1 << 14 if scn.regime == "16k" else 1 << 12

    def header(sizes: Sizes) -> Layout:
        out = head(MAGIC, opts, sizes)
        out.add("pmapsize", 4, sizes.pmap)
        out.add("kernbase", 8, opts.kernbase)
        out.add("dmapphys", 8, phys)
        out.add("dmapbase", 8, low)
        out.add("dmapend", 8, high)
        later(out, opts, "dumpavailsize", 2, sizes.avail)
        later(out, opts, "flags", 3, flags)
        return out

    return FreebsdPort(
        machine="arm64",
        bits=64,
        byteorder="little",
        pagesize=page,
        elf_machine=EM_AARCH64,
        container=Minidump(opts, page, "little", 64, opts.version >= 2, header,
                           lambda parts: page_map(parts, opts, scn.regime, page), lines),
        regimes={name: aarch64.REGIMES[name] for name in FLAGS},
        kernbase=opts.kernbase,
        text=VM_MIN_KERNEL_ADDRESS + 0x20_0000,
        registers=aarch64.registers,
        text_page=1 << 21 if page == 1 << 12 else page,
        direct=direct,
        mapped=((opts.kernbase, TOP),),
    )


FORMS = {"freebsd-minidump": minidump, "elf": freebsdfull.arm64, "raw": freebsdfull.arm64}
