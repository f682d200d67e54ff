# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/mips, 32 and 64 bits: header as in NetBSD sys/arch/mips/include/kcore.h, addresses as in
sys/arch/mips/include/cpuregs.h and vmparam.h."""

from ..mmu import mips
from ..mmu.linear import Linear, Range
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Layout, State
from .netbsd import NetbsdPort

EM_MIPS = 8
MIDS = {"little": 0x08B, "big": 0x08E}
SEGMENTS_AT = 32
KSEG_SIZE = 0x2000_0000
XKPHYS_WRAP = 1 << 59
TEXT = 0x8002_0000


def windows(bits: int) -> tuple[Range, ...]:
    """KSEG0 and KSEG1; of 64 bits also XKPHYS, eight times all of memory by cache attribute."""
    out = []
    for base in (mips.KSEG0, mips.KSEG1):
        start = base + (mips.COMPAT if bits == 64 else 0)
        end = start + KSEG_SIZE
        out.append(Range(start, end, Linear(start, end, 0, word=bits)))
    if bits == 64:
        start, end = mips.XKPHYS, mips.XKSEG
        out.append(Range(start, end, Linear(start, end, 0, wrap=XKPHYS_WRAP)))
    return tuple(out)


def make(scn: Scenario, machine: str, byteorder: str) -> NetbsdPort:
    """[port] bits; page; pte: "mips1", "mips3" or "vr41xx"; entries: of a Sysmap; old = true: the
    header before 2020."""
    options = scn.options
    bits = options.number("bits", 32, 64)
    page = options.number("page", 4096, 16384)
    pte = mips.FORMATS[options.choice("pte", "mips3", *mips.FORMATS)]
    entries = options.number("entries", 0x4000, 1 << 32)
    old = options.get("old", False, bool)
    shift = page.bit_length() - 1
    regimes = {
        "segtab": mips.segtab(pte, shift, bits, byteorder),
        "sysmap": mips.sysmap(entries, pte, shift, bits, byteorder),
    }
    compat = mips.COMPAT if bits == 64 else 0

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        out = Layout(byteorder)
        out.add("sysmappa", 4 if old else 8, state.root)
        out.add("sysmapsize", 4, entries if scn.regime == "sysmap" else 0)
        out.add("archlevel", 4, pte.archlevel)
        out.add("pg_shift", 4, pte.pg_shift)
        out.add("pg_frame", 4, pte.pg_frame)
        out.add("pg_v", 4, pte.pg_v)
        out.add("nmemsegs", 4, len(state.segments))
        out.pad(SEGMENTS_AT)
        out.segments(state.segments)
        return out.done()

    return NetbsdPort(
        machine=machine,
        bits=bits,
        byteorder=byteorder,
        pagesize=page,
        elf_machine=EM_MIPS,
        container=Container(MIDS[byteorder], 8, byteorder),
        regimes=regimes,
        kernbase=mips.KSEG0 + compat,
        text=TEXT + compat,
        cpu_data=cpu_data,
        registers=mips.registers,
        spread=0x1_0000,
        windows=windows(bits),
        mapped=regimes[scn.regime].spans if scn.regime in regimes else (),
        root_limit=KSEG_SIZE,
        root_field="sysmappa",
    )


def port(scn: Scenario) -> NetbsdPort:
    """Little-endian."""
    return make(scn, "mipsel", "little")
