# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD's common m68k header of December 2025, of the name gen68k: a tree whose shape the
translation control register states, and transparent translation."""

from dataclasses import replace

from ..mmu import m68k, m68kgen
from ..mmu.linear import Linear, Range
from ..netbsd import Field
from ..scenario import Scenario
from .base import Layout, State
from .netbsd import NetbsdPort
from .netbsd_m68k import HEADER, head, machine, ram, relocated

ENABLE = 1 << 15


def transparent(registers: list[int]) -> tuple[Range, ...]:
    """MC68040 User's Manual 3.1.3: base 31:24, bits 23:16 of the mask are not compared."""
    out = []
    for raw in registers:
        base, mask = raw >> 24, raw >> 16 & 0xFF
        for high in range(256 if raw & ENABLE else 0):
            if not (high ^ base) & ~mask & 0xFF:
                start, end = high << 24, high + 1 << 24
                out.append(Range(start, end, Linear(start, end, start, word=32)))
    return tuple(out)


def port(scn: Scenario) -> NetbsdPort:
    """[port] page; widths; initial; mmutype; itt0, itt1, tt0, tt1; reloc, relocend; text."""
    options = scn.options
    page = options.number("page", 4096, 1 << 15)
    widths = options.get("widths", [7, 7, 6], list)
    initial = options.number("initial", 0, 15)
    mmutype = options.get("mmutype", m68k.MMUTYPE["68040"], int)
    names = ("itt0", "itt1", "tt0", "tt1")
    tts = [options.number(one, 0, (1 << 32) - 1) for one in names]
    reloc = options.number("reloc", scn.ram[0].start, 1 << 32)
    relocend = options.number("relocend", 0x6_0000, 1 << 32)
    text = options.number("text", 0x2000, 1 << 31)
    regime = m68kgen.regime(page.bit_length() - 1, widths, initial)
    if mmutype in (m68k.MMUTYPE["68040"], m68k.MMUTYPE["68060"]):
        # Whose pages are in the last tables only.
        regime = replace(m68k.regime("68040", page.bit_length() - 1), name="gen68k")
        if [lv.bits for lv in regime.levels if lv.bits] != widths or initial:
            options.fail("widths", f"{widths} are no 68040's")

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        out = head("gen68k", page, 0)
        out.add("mmutype", 4, mmutype)
        out.add("tcr", 4, m68kgen.regime_tcr(regime))
        out.add("srp0", 4, 0x8000_0000 | m68kgen.SRP_SHORT)
        out.add("srp1", 4, state.root)
        for name, value in zip(names, tts):
            out.add(name, 4, value)
        out.add("reloc", 4, reloc)
        out.add("relocend", 4, relocend)
        ram(scn, out, state, 8)
        out.pad(HEADER)
        return out.done()

    return machine(
        scn, cpu_data,
        pagesize=page,
        regimes={"gen68k": regime},
        kernbase=0,
        text=text,
        registers=m68kgen.registers,
        spread=0x8000,
        windows=transparent(tts) + relocated(0, relocend, reloc),
        root_field="srp1",
        root_of=lambda value: value & ~15,
    )
