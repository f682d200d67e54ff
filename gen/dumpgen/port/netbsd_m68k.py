# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD's m68k ports with Motorola's or HP's MMU: header as in NetBSD
sys/arch/m68k/include/kcore.h, which all m68k share, and which the machine's name opens."""

from collections.abc import Callable
from dataclasses import replace

from ..mmu import m68k
from ..mmu.linear import Linear, Range
from ..netbsd import Container, Field
from ..scenario import Scenario, ScenarioError
from .base import Layout, State
from .netbsd import NetbsdPort

EM_68K = 4
MID_M68K = 0x087
CONTAINER = Container(MID_M68K, 4, "big")
UNION = 24                      # where a machine's own part begins
BLOCK = 512
HEADER = 548                    # the largest machine's


def head(name: str, page: int, kernbase: int) -> Layout:
    """What all have."""
    out = Layout("big")
    out.raw("name", name.encode().ljust(16, b"\0"))
    out.add("page_size", 4, page)
    out.add("kernbase", 4, kernbase)
    return out


def ram(scn: Scenario, out: Layout, state: State, most: int) -> None:
    """An array of most segments; a size of 0 ends it."""
    if len(state.segments) > most:
        raise ScenarioError(scn.name, "ram", f"{len(state.segments)} segments, {most} are possible")
    at = len(out.data)
    out.segments(state.segments)
    out.pad(at + 16 * most)


def relocated(start: int, end: int, pa: int) -> tuple[Range, ...]:
    """The kernel's image, which is linear; none if the range is empty."""
    return (Range(start, end, Linear(start, end, pa, word=32)),) if start < end else ()


def machine(
    scn: Scenario, cpu_data: Callable[[State], tuple[bytes, dict[str, Field]]], **rest: object,
) -> NetbsdPort:
    """What all these machines have in common."""
    return NetbsdPort(bits=32, byteorder="big", elf_machine=EM_68K, cpu_data=cpu_data,
                      **({"container": CONTAINER, "machine": scn.machine} | rest))


def port(scn: Scenario) -> NetbsdPort:
    """[port] name; page; mmutype: a name of m68k.MMUTYPE; reloc, relocend; kernbase (cesfic: 0x2000);
    text."""
    options = scn.options
    name = options.get("name", "hp300", str)
    page = options.number("page", 4096, 8192)
    mmutype = options.choice("mmutype", scn.regime, *m68k.MMUTYPE)
    reloc = options.number("reloc", scn.ram[0].start, 1 << 32)
    relocend = options.number("relocend", 0x6_0000, 1 << 32)
    kernbase = options.number("kernbase", 0, 1 << 31)
    text = options.number("text", kernbase, 1 << 31)
    shift = page.bit_length() - 1
    from_0 = scn.ram[0].start == 0
    # Neither writes page 0; amiga's goes on one block behind where it would be (machdep.c of each).
    skipped = {"x68k": page, "amiga": BLOCK}.get(name, 0) if from_0 else 0
    passed = ((BLOCK, page),) if name == "amiga" and from_0 else ()
    regimes = {one: m68k.regime(one, shift, mmutype == "hp") for one in ("68030", "68040")}

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        out = head(name, page, kernbase)
        out.add("mmutype", 4, m68k.MMUTYPE[mmutype])
        constants = m68k.constants(regimes[scn.regime])
        for key in ("sg_v", "sg_frame", "sg_ishift", "sg_pmask", "sg40_shift1", "sg40_mask2",
                    "sg40_shift2", "sg40_mask3", "sg40_shift3", "sg40_addr1", "sg40_addr2",
                    "pg_v", "pg_frame"):
            out.add(key, 4, constants[key])
        out.add("sysseg_pa", 4, state.root)
        out.add("reloc", 4, reloc)
        out.add("relocend", 4, relocend)
        segments = state.segments
        if passed:
            segments = [(0, segments[1][1]), *segments[2:]]
        ram(scn, out, replace(state, segments=segments), 8)
        out.pad(HEADER)
        return out.done()

    return machine(
        scn, cpu_data,
        pagesize=page,
        regimes=regimes,
        kernbase=kernbase,
        text=text,
        registers=m68k.registers,
        spread=0x8000,
        windows=relocated(kernbase, relocend, reloc),
        skipped=((0, skipped),) if skipped else (),
        passed=passed,
        root_field="sysseg_pa",
    )
