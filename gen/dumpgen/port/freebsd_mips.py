# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/mips: minidump headers as in FreeBSD 12 sys/mips/include/minidump.h, page maps as
sys/mips/mips/minidump_machdep.c makes them, entries as in sys/mips/include/pte.h."""

from ..container import Parts
from ..minidump import Minidump, Options, PageMap, Sizes, flat, head, later, options
from ..mmu import mips
from ..mmu.radix import Entry, Kind, Level, Plant, Regime
from ..scenario import Scenario
from .base import Layout
from .freebsd import FreebsdPort
from .freebsd_arm64 import last_tables
from .netbsd_mipsel import EM_MIPS, KSEG_SIZE, windows

MAGIC = "minidump FreeBSD/mips"
EF_MIPS_ABI2 = 0x20
PAGE = 1 << 12
PTE_RO = {4: 1 << 29, 8: 1 << 55}
FORMATS = {4: mips.PteFormat(3, 6, 0x1FFF_FFC0, 2, 4, 1),
           8: mips.PteFormat(3, 6, 0x3_FFFF_FFC0, 2, 4, 1)}


class Codec(mips.MipsCodec):
    """Entries, and pointers to their tables, as this kernel has both."""

    def __init__(self, size: int, bits: int) -> None:
        super().__init__(FORMATS[size], bits)
        self._read_only = PTE_RO[size]

    def leaf(self, level: Level, pa: int, prot: str) -> int:
        return super().leaf(level, pa, prot) | (0 if prot[1] == "w" else self._read_only)

    def decode(self, level: Level, raw: int) -> Entry:
        """The dirty bit tells whether there was a write; another one whether there may be."""
        entry = super().decode(level, raw)
        if not level.leaf or entry.kind is not Kind.LEAF:
            return entry
        return Entry(Kind.LEAF, entry.pa, "r-x" if raw & self._read_only else "rwx")

    def plants(self, level: Level) -> tuple[Plant, ...]:
        return super().plants(level)


def machine(bits: int, size: int, byteorder: str) -> Regime:
    """The tables that the kernel's TLB refill code walks."""
    count = 10 if size == 4 else 9
    last = Level("PTE", 12, count, leaf=True, table=False, reserved=False, entry_size=size)
    if bits == 32:
        levels = (Level("segtab", 12 + count, 20 - count, leaf=False, table=True, reserved=True,
                        entry_size=4), last)
        spans, origin = ((mips.KSEG2, 1 << 32),), 0
    else:
        levels = (Level("segtab", 30, 9, leaf=False, table=True, reserved=True),
                  Level("PDE", 21, 9, leaf=False, table=True, reserved=True), last)
        spans, origin = ((mips.XKSEG, mips.XKSEG + (1 << 39)),), mips.XKSEG
    return Regime("sysmap", bits, False, levels, Codec(size, bits), byteorder=byteorder, word=bits,
                  spans=spans, origin=origin)


def minidump(scn: Scenario) -> FreebsdPort:
    """[port] byteorder; abi: "o32", "n32" or "n64"; dmapbase, dmapend: nobody looks at them."""
    abi = scn.options.choice("abi", "o32", "o32", "n32", "n64")
    byteorder = scn.options.choice("byteorder", "big", "little", "big")
    bits, size = 64 if abi == "n64" else 32, 4 if abi == "o32" else 8
    opts = options(scn.options, 2, mips.XKSEG if bits == 64 else mips.KSEG2)
    low, high = scn.options.number("dmapbase", 0), scn.options.number("dmapend", 0)
    compat = mips.COMPAT if bits == 64 else 0

    def page_map(parts: Parts) -> PageMap:
        data = last_tables(parts, opts, lambda raw, pa: 0, PAGE, size)
        return flat(data, opts, Codec(size, bits), entry_size=size, byteorder=byteorder, bits=bits,
                    name="sysmap")

    def header(sizes: Sizes) -> Layout:
        out = head(MAGIC, opts, sizes, byteorder)
        out.add("ptesize", 4, sizes.pmap)
        out.add("kernbase", 8, opts.kernbase)
        out.add("dmapbase", 8, low)
        out.add("dmapend", 8, high)
        later(out, opts, "dumpavailsize", 2, sizes.avail)
        return out

    return FreebsdPort(
        machine="mips",
        bits=bits,
        byteorder=byteorder,
        pagesize=PAGE,
        elf_machine=EM_MIPS,
        elf_flags=EF_MIPS_ABI2 if abi == "n32" else 0,
        # The bitmap of version 1 is one of uint32_t whatever the kernel; later, of longs.
        container=Minidump(opts, PAGE, byteorder, bits if opts.version >= 2 else 32,
                           opts.version >= 2, header, page_map),
        regimes={"sysmap": machine(bits, size, byteorder)},
        kernbase=mips.KSEG0 + compat,
        text=mips.KSEG0 + 0x10_0000 + compat,
        spread=0x1_0000,
        direct=windows(bits),
        mapped=((opts.kernbase, 1 << bits),) if bits == 32 else
               ((opts.kernbase, mips.COMPAT + mips.KSEG0),
                (mips.COMPAT + mips.KSEG2, 1 << 64)),
        root_limit=KSEG_SIZE,
    )


FORMS = {"freebsd-minidump": minidump}
