# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD's full dumps of PowerPC: ELF segments by virtual address, no tables."""

from .. import elf
from ..elfcore import VirtualCore
from ..errors import ScenarioError
from ..mmu.linear import Linear, NoTables, Range
from ..scenario import Scenario, Table
from .freebsd import FreebsdPort
from .freebsdfull import fronted

ET_DYN = 3
PAGE = 4096


def _segments(scn: Scenario) -> tuple[tuple[int, int], ...]:
    """[port] segments: VA and size of each, in the order of the file."""
    out = []
    for i, row in enumerate(scn.options.get("segments", ..., list)):
        if not isinstance(row, list) or len(row) != 2:
            scn.options.fail(f"segments[{i}]", f"{row!r} is not [va, size]")
        part = Table(scn.name, f"port.segments[{i}]", dict(zip(("va", "size"), row)))
        out.append((part.number("va"), part.number("size")))
    return tuple(out)


def make(scn: Scenario, bits: int, byteorder: str, elf_machine: int) -> FreebsdPort:
    """Addresses of memory are offsets in the ELF file: its [[ram]] begins where the headers end.
    [port] physical: a dump by physical address, which nobody can read."""
    kind = elf.ElfKind(bits, byteorder, elf_machine)
    segments = _segments(scn)
    box = VirtualCore(kind, PAGE, segments, scn.options.get("physical", False, bool))
    total = sum(size for _, size in segments)
    if len(scn.ram) != 1 or (scn.ram[0].start, scn.ram[0].size) != (box.start(), total):
        raise ScenarioError(scn.name, "ram", f"one piece of {total:#x} bytes from {box.start():#x} "
                            "on is what the segments take")
    windows, at = [], box.start()
    for va, size in segments:
        windows.append(Range(va, va + size, Linear(va, va + size, at, word=bits)))
        at += size
    return FreebsdPort(
        machine=scn.machine, bits=bits, byteorder=byteorder, pagesize=PAGE, elf_machine=elf_machine,
        elf_type=ET_DYN, container=fronted(scn, box, byteorder),
        regimes={"virtual": NoTables(PAGE, bits, byteorder, "virtual")},
        kernbase=segments[0][0], text=segments[0][0], spread=0x1_0000, windows=tuple(windows),
    )


def powerpc(scn: Scenario) -> FreebsdPort:
    """32 bits."""
    return make(scn, 32, "big", 20)


def powerpc64(scn: Scenario) -> FreebsdPort:
    """64 bits, either order."""
    return make(scn, 64, "little" if scn.machine == "powerpc64le" else "big", 21)
