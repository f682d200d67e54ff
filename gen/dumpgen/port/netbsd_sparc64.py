# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/sparc64: header as in NetBSD sys/arch/sparc64/include/kcore.h, addresses as in param.h."""

from ..errors import ScenarioError
from ..mmu import sparc64
from ..mmu.linear import Linear, Range
from ..netbsd import Container, Field
from ..scenario import Scenario, Table
from .base import Layout, State
from .netbsd import NetbsdPort

EM_SPARCV9 = 43
MID_SPARC64 = 0x09C
PAGE = 8192
KERNBASE = 0x100_0000
CPUINFO_VA = 0xE004_8000
LOCKED = 4 << 20                # bytes behind a locked TTE
CPUTYPES = {"sun4u": 3, "sun4v": 5}
MAGIC = 0x3AFE_C01E             # newmagic
NEW_SIZE = 160                  # of the header with per-CPU data, ALIGNed
OLD_SIZE = 96
HALF = 1 << 43
# Addresses whose bits 63:43 differ are no addresses.
MAPPED = ((KERNBASE, HALF), ((1 << 64) - HALF, 1 << 64))


def window(va: int, size: int, pa: int) -> Range:
    """Addresses that no table is asked for."""
    return Range(va, va + size, Linear(va, va + size, pa))


def rows(options: Table, key: str, count: int, default: list | None = None) -> list[list[int]]:
    """Lists of so many numbers at a key."""
    out = options.get(key, default or [], list)
    for row in out:
        if not isinstance(row, list) or len(row) != count or any(type(n) is not int for n in row):
            options.fail(key, f"{row!r} is no list of {count} numbers")
    return out


def old_header(
    out: Layout, state: State, cputype: int, text: list[int], data: list[int], memsegs: int
) -> None:
    """The members that there always were; text and data are [va, pa, size]."""
    out.add("cputype", 4, cputype)
    out.add("nmemseg", 4, len(state.segments))
    out.add("memsegoffset", 8, memsegs)
    out.add("nsegmap", 4, 1024)
    out.pad(24)
    out.add("segmapoffset", 8, state.root)
    out.add("kernbase", 8, KERNBASE)
    out.add("cpubase", 8, CPUINFO_VA)
    for name, row in (("ktext", text), ("kdata", data)):
        for member, value in zip(("base", "p", "sz"), row):
            out.add(name + member, 8, value)


def statics(options: Table) -> tuple[list[int], list[int]]:
    """[port] ktext and kdata, each [va, pa, size]: the kernel's locked pages as old headers
    name them."""
    text, data = rows(options, "ktext", 3), rows(options, "kdata", 3)
    for key, found in (("ktext", text), ("kdata", data)):
        if len(found) > 1:
            options.fail(key, f"{len(found)} ranges, one is possible")
    return (text or [[KERNBASE, 0, 0]])[0], (data or [[0, 0, 0]])[0]


def port(scn: Scenario) -> NetbsdPort:
    """[port] old: a header without per-CPU data, ktext and kdata; otherwise locked: pairs of va
    and pa; percpu: [cpusp, numcpuinfos, thiscpu, percpusz]; cputype."""
    options = scn.options
    cputype = options.number("cputype", CPUTYPES.get(scn.regime, 0), (1 << 32) - 1)
    old = options.get("old", False, bool)
    text, data = statics(options)
    locked = rows(options, "locked", 2)
    percpu = rows(options, "percpu", 4)
    if old and (locked or percpu) or len(percpu) > 1:
        raise ScenarioError(scn.name, "port.old", "locked or percpu do not go with it")
    cpusp, cpus, cpu, size = (percpu or [[0, 0, 0, 0]])[0]

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        out = Layout("big")
        memsegs = OLD_SIZE if old else NEW_SIZE + 16 * len(locked)
        old_header(out, state, cputype, text, data, memsegs)
        if not old:
            out.add("newmagic", 8, MAGIC)
            out.add("num4mbsegs", 8, len(locked))
            out.add("off4mbsegs", 8, NEW_SIZE)
            out.add("numcpuinfos", 8, cpus)
            out.add("percpusz", 8, size)
            out.add("thiscpu", 8, cpu)
            out.add("cpusp", 8, cpusp)
            out.pad(NEW_SIZE)
            for i, (va, pa) in enumerate(locked):
                out.add(f"4mbseg{i}.va", 8, va)
                out.add(f"4mbseg{i}.pa", 8, pa)
        out.segments(state.segments)
        return out.done()

    windows = [window(va, LOCKED, pa) for va, pa in locked]
    if cpus:
        windows.append(window(CPUINFO_VA - 0x8000, size, cpusp + cpu * size))
    if old:
        windows = [window(va, span, pa) for va, pa, span in (text, data) if span]
    return NetbsdPort(
        machine="sparc64",
        bits=64,
        byteorder="big",
        pagesize=PAGE,
        elf_machine=EM_SPARCV9,
        container=Container(MID_SPARC64, 16, "big"),
        regimes=sparc64.REGIMES,
        kernbase=KERNBASE,
        text=KERNBASE,
        cpu_data=cpu_data,
        registers=sparc64.registers,
        spread=LOCKED,
        windows=tuple(windows),
        mapped=MAPPED,
        root_field="segmapoffset",
    )
