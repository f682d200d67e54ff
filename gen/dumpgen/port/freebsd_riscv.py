# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/riscv: minidump headers as in FreeBSD sys/riscv/include/minidump.h, page maps as
sys/riscv/riscv/minidump_machdep.c makes them, addresses as in sys/riscv/include/vmparam.h."""

from ..container import Parts
from ..minidump import Minidump, Options, PageMap, Sizes, flat, head, later, options
from ..mmu import riscv
from ..scenario import Scenario
from . import freebsdfull
from .base import Layout
from .freebsd import FreebsdPort
from .freebsd_arm64 import direct_map, last_tables

EM_RISCV = 243
MAGIC = "minidump FreeBSD/riscv"
VM_MIN_KERNEL_ADDRESS = 0xFFFF_FFC0_0000_0000
DMAP_MIN_ADDRESS = 0xFFFF_FFD0_0000_0000
PAGE = 1 << 12
TOP = 1 << 64
ATTRIBUTES = 0x3FF              # the bits below the frame


def page_map(parts: Parts, opts: Options) -> PageMap:
    """Superpages are written as pages with their bits."""
    data = last_tables(parts, opts, lambda raw, pa: pa >> 12 << 10 | raw & ATTRIBUTES, PAGE)
    return flat(data, opts, riscv.RiscvCodec(44), level="VPN[0]", reserved=True,
                wide=(riscv.NAPOT_64K,))


def minidump(scn: Scenario) -> FreebsdPort:
    """[port] mmu: how many levels the machine walks, which no dump tells."""
    opts = options(scn.options, 2, VM_MIN_KERNEL_ADDRESS)
    machine = riscv.REGIMES[scn.options.choice("mmu", "sv39", "sv39", "sv48")]
    low, high, phys, direct, lines = direct_map(scn, opts, DMAP_MIN_ADDRESS)

    def header(sizes: Sizes) -> Layout:
        out = head(MAGIC, opts, sizes)
        out.add("pmapsize", 4, sizes.pmap)
        out.add("kernbase", 8, opts.kernbase)
        out.add("dmapphys", 8, phys)
        out.add("dmapbase", 8, low)
        out.add("dmapend", 8, high)
        later(out, opts, "dumpavailsize", 2, sizes.avail)
        return out

    return FreebsdPort(
        machine="riscv",
        bits=64,
        byteorder="little",
        pagesize=PAGE,
        elf_machine=EM_RISCV,
        container=Minidump(opts, PAGE, "little", 64, opts.version >= 2, header,
                           lambda parts: page_map(parts, opts), lines),
        regimes={"pte": machine},
        kernbase=opts.kernbase,
        text=VM_MIN_KERNEL_ADDRESS + 0x20_0000,
        registers=riscv.registers,
        text_page=1 << 21,
        direct=direct,
        mapped=((opts.kernbase, TOP),),
    )


FORMS = {"freebsd-minidump": minidump, "elf": freebsdfull.riscv64, "raw": freebsdfull.riscv64}
