# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/i386: minidump headers as in FreeBSD sys/i386/include/minidump.h, page maps as
sys/i386/i386/minidump_machdep_base.c makes them."""

from ..container import Parts
from ..minidump import (
    Minidump, Options, PageMap, Sizes, flat, head, in_ram, kernel_end, later, options,
)
from ..mmu import x86
from ..scenario import Scenario
from . import freebsdfull
from .base import Layout
from .freebsd import FreebsdPort

EM_386 = 3
MAGIC = "minidump FreeBSD/i386"
KERNBASE = 0xC000_0000
PAGE = 1 << 12


def page_map(parts: Parts, opts: Options, pae: bool) -> PageMap:
    """A page of entries for each directory entry; a large page is written as small ones."""
    shift, size = (21, 8) if pae else (22, 4)
    frame = x86.FRAME if pae else 0xFFFF_F000
    reader, out = parts.tree.reader(), []
    for va in range(opts.kernbase, kernel_end(parts, opts, 1 << shift), 1 << shift):
        pde = next(reader.walk(va)).raw or 0
        if pde & x86.P and pde & x86.PS:
            pa = pde & frame & -(1 << shift)
            flags = x86.P | x86.RW | x86.A | x86.D
            out += [(pa + i * PAGE | flags).to_bytes(size, "little") for i in range(PAGE // size)]
        elif pde & x86.P and in_ram(parts, pde & frame):
            out.append(parts.memory.read(pde & frame, PAGE))
        else:
            out.append(bytes(PAGE))
    codec = x86.PaeCodec() if pae else x86.Pse36Codec()
    return flat(b"".join(out), opts, codec, entry_size=size, bits=32,
                name="pae" if pae else "32bit", reserved=pae)


def minidump(scn: Scenario) -> FreebsdPort:
    """[port] paemode: what is not zero means PAE."""
    opts = options(scn.options, 2, KERNBASE)
    pae = scn.regime == "pae"
    paemode = scn.options.number("paemode", int(pae), (1 << 32) - 1)

    def header(sizes: Sizes) -> Layout:
        out = head(MAGIC, opts, sizes)
        out.add("ptesize", 4, sizes.pmap)
        out.add("kernbase", 4, opts.kernbase)
        out.add("paemode", 4, paemode)
        later(out, opts, "dumpavailsize", 2, sizes.avail)
        return out

    return FreebsdPort(
        machine="i386",
        bits=32,
        byteorder="little",
        pagesize=PAGE,
        elf_machine=EM_386,
        container=Minidump(opts, PAGE, "little", 32, opts.version >= 2, header,
                           lambda parts: page_map(parts, opts, pae)),
        regimes={name: x86.REGIMES[name] for name in ("32bit", "pae")},
        kernbase=opts.kernbase,
        text=KERNBASE + 0x40_0000,
        registers=x86.registers,
        spread=0x10_0000,
        mapped=((opts.kernbase, 1 << 32),),
    )


FORMS = {"freebsd-minidump": minidump, "elf": freebsdfull.i386, "raw": freebsdfull.i386}
