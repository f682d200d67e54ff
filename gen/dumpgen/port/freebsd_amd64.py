# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/amd64: minidump headers as in FreeBSD sys/amd64/include/minidump.h, page maps as
sys/amd64/amd64/minidump_machdep.c makes them, addresses as in sys/amd64/include/vmparam.h."""

from ..container import Parts
from ..errors import ScenarioError
from ..minidump import (
    Minidump, Options, PageMap, Sizes, flat, head, in_ram, kernel_end, later, options, resize,
)
from ..mmu import x86
from ..mmu.linear import Linear, Range
from ..mmu.radix import Level, Regime
from ..scenario import Scenario
from . import freebsdfull
from .base import Layout
from .freebsd import FreebsdPort

EM_X86_64 = 62
MAGIC = "minidump FreeBSD/amd64"
KERNBASE = 0xFFFF_FFFF_8000_0000
VM_MIN_KERNEL_ADDRESS = 0xFFFF_FE00_0000_0000
DMAP_MIN_ADDRESS = 0xFFFF_F800_0000_0000
PAGE, NBPDR, NBPDP = 1 << 12, 1 << 21, 1 << 30
TOP = 1 << 64
VERSIONS = {"pte": (1,), "pde": (2, 3)}


def directories(parts: Parts, start: int, end: int) -> list[bytes]:
    """A page directory for each GiB: the machine's, or one made of a larger page."""
    reader, out = parts.tree.reader(), []
    for va in range(start, end, NBPDP):
        step = next((s for s in reader.walk(va) if s.level.name == "PDPT"), None)
        raw = step.raw if step is not None and step.raw is not None else 0
        table = raw & x86.FRAME
        if not raw & x86.P:
            out.append(bytes(PAGE))
        elif raw & x86.PS:
            out.append(b"".join(((raw + i * NBPDR) % TOP).to_bytes(8, "little")
                                for i in range(512)))
        elif in_ram(parts, table):
            out.append(parts.memory.read(table, PAGE))
        else:
            out.append(bytes(PAGE))
    return out


def page_tables(parts: Parts, data: bytes) -> list[int]:
    """The page tables that directories name."""
    raws = (int.from_bytes(data[i : i + 8], "little") for i in range(0, len(data), 8))
    wanted = [raw & x86.FRAME for raw in raws if raw & (x86.P | x86.PS) == x86.P]
    return [pa for pa in wanted if in_ram(parts, pa)]


def pde_map(parts: Parts, opts: Options) -> PageMap:
    """Version 2 and 3: page directories; page tables are pages of the dump."""
    start = opts.kernbase
    data = b"".join(directories(parts, start, kernel_end(parts, opts, NBPDP)))
    data = resize(data, opts)
    count = len(data) // 8
    levels = (
        Level("PDE", 21, (count - 1).bit_length(), leaf=True, table=True, reserved=True,
              limit=count, space="blob"),
        Level("PT", 12, 9, leaf=True, table=False, reserved=False),
    )
    regime = Regime("pde", 64, False, levels, x86.X86Codec(), origin=start,
                    spans=((start, start + count * NBPDR),))
    return PageMap(data, regime, page_tables(parts, data))


def pte_map(parts: Parts, opts: Options) -> PageMap:
    """Version 1: page tables; a 2 MiB page is written as 512 small ones that allow all."""
    start, out = opts.kernbase, []
    end = kernel_end(parts, opts, NBPDR)
    first = start // NBPDP * NBPDP
    pds = b"".join(directories(parts, first, end))
    for va in range(start, end, NBPDR):
        at = (va - first) // NBPDR * 8
        pde = int.from_bytes(pds[at : at + 8], "little")
        if not pde & x86.P:
            out.append(bytes(PAGE))
        elif pde & x86.PS:
            pa = pde & x86.FRAME & -NBPDR
            flags = x86.P | x86.RW | x86.A | x86.D
            out.append(b"".join((pa + i * PAGE | flags).to_bytes(8, "little") for i in range(512)))
        elif in_ram(parts, pde & x86.FRAME):
            out.append(parts.memory.read(pde & x86.FRAME, PAGE))
        else:
            out.append(bytes(PAGE))
    return flat(b"".join(out), opts, x86.X86Codec())


def direct_map(scn: Scenario, opts: Options, base: int) -> tuple[int, int]:
    """dmapbase and dmapend: the scenario's direct map, or what it says."""
    low, high = (scn.direct.va, scn.direct.va + scn.direct.size) if scn.direct else (base, base)
    low = opts.table.number("dmapbase", low, TOP - 1)
    return low, opts.table.number("dmapend", high, TOP - 1)


def late(low: int, high: int) -> tuple[Range, ...]:
    """The direct map: memory from address 0 on."""
    return (Range(low, high, Linear(low, high, 0)),) if low < high else ()


def hardware(scn: Scenario) -> Regime:
    """[port] mmu: how many levels the machine walks, which no dump tells."""
    return x86.REGIMES[scn.options.choice("mmu", "4level", "4level", "5level")]


def minidump(scn: Scenario) -> FreebsdPort:
    """pte is version 1, pde version 2 or 3."""
    old = scn.regime == "pte"
    opts = options(scn.options, 1 if old else 3, KERNBASE if old else VM_MIN_KERNEL_ADDRESS)
    if scn.regime in VERSIONS and opts.version not in VERSIONS[scn.regime]:
        raise ScenarioError(scn.name, "port.version", f"{opts.version} is not {scn.regime}")
    low, high = direct_map(scn, opts, DMAP_MIN_ADDRESS)
    machine = hardware(scn)

    def header(sizes: Sizes) -> Layout:
        out = head(MAGIC, opts, sizes)
        out.add("pmapsize", 4, sizes.pmap)
        out.add("kernbase", 8, opts.kernbase)
        out.add("dmapbase", 8, low)
        out.add("dmapend", 8, high)
        later(out, opts, "dumpavailsize", 3, sizes.avail)
        return out

    return FreebsdPort(
        machine="amd64",
        bits=64,
        byteorder="little",
        pagesize=PAGE,
        elf_machine=EM_X86_64,
        container=Minidump(
            opts, PAGE, "little", 64, opts.version >= 3, header,
            lambda parts: (pte_map if old else pde_map)(parts, opts),
            (f"dmap {low:x} {high - low:x} 0",) if low < high else (),
        ),
        regimes={"pte": machine, "pde": machine},
        kernbase=opts.kernbase,
        text=KERNBASE + 0x20_0000,
        registers=x86.registers,
        text_page=NBPDR,
        late=late(low, high),
        mapped=((opts.kernbase, TOP),),
    )


FORMS = {"freebsd-minidump": minidump, "elf": freebsdfull.amd64, "raw": freebsdfull.amd64}
