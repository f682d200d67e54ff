# SPDX-License-Identifier: BSD-2-Clause
"""DragonFly/x86-64: minidump headers as in DragonFly sys/platform/pc64/include/minidump.h, page
maps as sys/platform/pc64/x86_64/minidump_machdep.c makes them."""

from ..container import Parts
from ..errors import ScenarioError
from ..minidump import MAGIC_SIZE, Minidump, Options, PageMap, Sizes, head, in_ram, options
from ..mmu import x86
from ..mmu.radix import Kind, Level, Regime
from ..scenario import Scenario
from . import freebsdfull
from .base import Layout
from .freebsd import FreebsdPort
from .freebsd_amd64 import (
    EM_X86_64, KERNBASE, MAGIC, NBPDP, NBPDR, PAGE, TOP, direct_map, late, pte_map,
)

MAGIC_2 = "minidump DFlyBSD/x86-64"
VM_MIN_KERNEL_ADDRESS = 0xFFFF_FF80_0000_0000
DMAP_MIN_ADDRESS = 0xFFFF_FF00_0000_0000
ENTRIES = 1 << 18               # of 1 GiB each: all that four levels can say
VERSIONS = {"pte": 1, "pdp": 2}


def pdp_map(parts: Parts, opts: Options) -> PageMap:
    """The third level's entries of the kernel's space, in an array of the whole one; the tables
    below them are pages of the dump."""
    reader, data, pages = parts.tree.reader(), bytearray(ENTRIES * 8), []
    for va in range(opts.kernbase, TOP, NBPDP):
        step = next((s for s in reader.walk(va) if s.level.name == "PDPT"), None)
        if step is not None and step.raw:
            at = (va >> 30) % ENTRIES * 8
            data[at : at + 8] = step.raw.to_bytes(8, "little")
    levels = (
        Level("PDP", 30, 18, leaf=True, table=True, reserved=True, space="blob"),
        Level("PD", 21, 9, leaf=True, table=True, reserved=True),
        Level("PT", 12, 9, leaf=True, table=False, reserved=False),
    )
    regime = Regime("pdp", 48, True, levels, x86.X86Codec(), spans=((opts.kernbase, TOP),))
    for at, _, _, entry in regime.reader(0, parts.memory.read, bytes(data)).visit():
        if entry.kind is Kind.TABLE and in_ram(parts, entry.pa):
            pages.append(entry.pa)
    return PageMap(bytes(data), regime, pages)


def minidump(scn: Scenario) -> FreebsdPort:
    """pte is version 1, FreeBSD/amd64's to the bit; pdp is version 2."""
    old = scn.regime == "pte"
    opts = options(scn.options, VERSIONS.get(scn.regime, 2),
                   KERNBASE if old else VM_MIN_KERNEL_ADDRESS)
    if scn.regime in VERSIONS and opts.version != VERSIONS[scn.regime]:
        raise ScenarioError(scn.name, "port.version", f"{opts.version} is not {scn.regime}")
    low, high = direct_map(scn, opts, DMAP_MIN_ADDRESS)

    def header(sizes: Sizes) -> Layout:
        if old:
            out = head(MAGIC, opts, sizes)
            out.add("ptesize", 4, sizes.pmap)
        else:
            out = Layout("little")
            out.raw("magic", MAGIC_2.encode().ljust(MAGIC_SIZE, b"\0"))
            out.add("version", 4, opts.version)
            out.add("unused", 4, opts.garbage)
            out.add("msgbufsize", 8, sizes.msgbuf)
            out.add("bitmapsize", 8, sizes.bitmap)
            out.add("ptesize", 8, sizes.pmap)
        out.add("kernbase", 8, opts.kernbase)
        out.add("dmapbase", 8, low)
        out.add("dmapend", 8, high)
        return out

    machine = x86.REGIMES["4level"]
    return FreebsdPort(
        machine="x86_64",
        bits=64,
        byteorder="little",
        pagesize=PAGE,
        elf_machine=EM_X86_64,
        container=Minidump(
            opts, PAGE, "little", 64, False, header,
            lambda parts: (pte_map if old else pdp_map)(parts, opts),
            (f"dmap {low:x} {high - low:x} 0",) if low < high else (),
            "dragonfly-minidump",
        ),
        regimes={"pte": machine, "pdp": machine},
        kernbase=opts.kernbase,
        text=KERNBASE + 0x20_0000,
        registers=x86.registers,
        text_page=NBPDR,
        late=late(low, high),
        mapped=((opts.kernbase, TOP),),
        os="dragonfly",
    )


FORMS = {"dragonfly-minidump": minidump, "elf": freebsdfull.dragonfly, "raw": freebsdfull.dragonfly}
