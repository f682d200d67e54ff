# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD's full dumps: all of memory in ELF segments by physical address, or nothing but memory.

Such a dump does not say where its tables are: a reader takes that from variables of the kernel,
whose image lies in one piece in memory.  The functions here make a machine's port from a scenario
of form "elf" or "raw".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .. import elf
from ..container import Container, Image, Parts
from ..elfcore import ElfCore
from ..errors import ScenarioError
from ..mmu import aarch64, arm, riscv, x86
from ..raw import RawCore
from ..scenario import Scenario
from ..spans import Span
from .base import Facts
from .freebsd import FreebsdPort

EM_386, EM_ARM, EM_X86_64, EM_AARCH64, EM_RISCV = 3, 40, 62, 183, 243
MIB2 = 1 << 21
SMALL = 0x1_0000            # between the parts of a kernel that is mapped in small pages


@dataclass(frozen=True)
class FullPort(FreebsdPort):
    """A kernel in one piece; decoy: where a copy of its text, as the loader left it, lies."""

    decoy: int | None = None
    pcb: Callable[[Facts], bytes] = lambda facts: b""

    def dumppcb(self, facts: Facts) -> bytes:
        return self.pcb(facts)


@dataclass(frozen=True)
class Decoy(Container):
    """Another container, with the text's copy put into memory first."""

    of: Container
    at: int
    text: int               # physical

    @property
    def form(self) -> str:
        return self.of.form

    def image(self, parts: Parts) -> Image:
        for off in range(0, 0x2000, 0x1000):
            parts.memory.write(self.at + off, parts.memory.read(self.text + off, 0x1000), False)
        return self.of.image(parts)


def _absolute(**values: int | None) -> Callable[[Facts], Sequence[elf.Symbol]]:
    """Symbols that are numbers, as .set makes them."""
    rows = [elf.Symbol(n, v, "notype", "global") for n, v in values.items() if v is not None]
    return lambda facts: rows


def container(scn: Scenario, kind: elf.ElfKind, page: int, base: Span) -> Container:
    """[port] dump_delta: with the program header; shuffled, slack: see ElfCore.  base: VA and PA of
    the kernel."""
    if scn.form == "raw":
        return RawCore(scn.ram[0].start, scn.options.get("root", False, bool))
    delta = base if scn.options.get("dump_delta", False, bool) else None
    shuffled = scn.options.get("shuffled", False, bool)
    return ElfCore(kind, page, delta, shuffled, scn.options.number("slack", 0))


def _raw(scn: Scenario) -> dict[str, object]:
    """What a port of form "raw" has besides."""
    return {"linear": True, "origin": scn.ram[0].start} if scn.form == "raw" else {}


def load_address(scn: Scenario, default: int, align: int) -> int:
    """[port] load: the physical address of kernbase."""
    load = scn.options.number("load", default)
    if load % align:
        raise ScenarioError(scn.name, "port.load", f"{load:#x} is no multiple of {align:#x}")
    return load


def amd64(scn: Scenario) -> FullPort:
    """[port] load; kernphys = false: a kernel of before 13.1, which was always loaded at 2 MiB;
    la57 = false: one of before 13, which knew four levels."""
    load = load_address(scn, 0, MIB2)
    relocatable = scn.options.get("kernphys", load != 0, bool)
    la57 = scn.options.get("la57", True, bool)
    symbols = scn.options.get("symbols", True, bool)
    decoy = scn.options.number("decoy", None)
    base = 0xFFFF_FFFF_8000_0000
    text = base + MIB2
    five = scn.regime == "5level"

    def variables(facts: Facts) -> list[tuple[str, int | bytes]]:
        if not symbols:
            return []
        root, top = facts.root & x86.FRAME, 0
        if five:
            # The kernel's half of the table below is that of its last entry.
            top, root = root, facts.tree.get(root, 511) & x86.FRAME
        out: list[tuple[str, int | bytes]] = [("KPML4phys", root)]
        if la57:
            out += [("KPML5phys", top), ("la57", int(five).to_bytes(4, "little"))]
        if relocatable:
            out.append(("kernphys", load + MIB2))
        return out

    kind = elf.ElfKind(64, "little", EM_X86_64)
    box = container(scn, kind, 4096, (text, load + MIB2))
    if decoy is not None:
        box = Decoy(box, decoy, load + MIB2)
    return FullPort(
        machine="amd64", bits=64, byteorder="little", pagesize=4096, elf_machine=EM_X86_64,
        container=box, regimes={n: x86.REGIMES[n] for n in ("4level", "5level")},
        kernbase=base, text=text, registers=x86.registers, variables=variables,
        symbols=_absolute(kernbase=base if symbols else None), load=load, spread=SMALL,
        decoy=decoy, **_raw(scn),
    )
