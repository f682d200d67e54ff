# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD's full dumps: all of memory in ELF segments by physical address, or nothing but memory.

Such a dump does not say where its tables are: a reader takes that from variables of the kernel,
whose image lies in one piece in memory.  The functions here make a machine's port from a scenario
of form "elf" or "raw".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from .. import elf, kerneldump
from ..container import Container, Image, Parts
from ..elfcore import ElfCore
from ..errors import ScenarioError
from ..mmu import aarch64, arm, riscv, x86
from ..raw import RawCore
from ..scenario import Scenario
from ..spans import Span
from .base import Facts
from .dragonfly import Dragonfly
from .freebsd import FreebsdPort

EM_386, EM_ARM, EM_X86_64, EM_AARCH64, EM_RISCV = 3, 40, 62, 183, 243
MIB2 = 1 << 21
SMALL = 0x1_0000            # between the parts of a kernel that is mapped in small pages


@dataclass(frozen=True)
class FullPort(FreebsdPort):
    """A kernel in one piece; pcb: the registers that the panic left."""

    pcb: Callable[[Facts], bytes] = lambda facts: b""

    def dumppcb(self, facts: Facts) -> bytes:
        return self.pcb(facts)


@dataclass(frozen=True)
class Decoy(Container):
    """Another container; before it is written a copy of the text, as a loader leaves it, is put into
    memory."""

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
    return fronted(scn, ElfCore(kind, page, delta, shuffled, scn.options.number("slack", 0)),
                   kind.byteorder)


def fronted(scn: Scenario, box: Container, byteorder: str) -> Container:
    """[port] front: what lies before the dump in the core file."""
    what = scn.options.choice("front", "", "header", "encrypted", "cleared", "textdump", "tar")
    arch = kerneldump.names(scn.os, scn.machine, byteorder)
    return kerneldump.front(what, box, arch, scn.seed) if what else box


def load_address(scn: Scenario, default: int, align: int) -> int:
    """[port] load: the physical address of kernbase."""
    load = scn.options.number("load", default)
    if load % align:
        raise ScenarioError(scn.name, "port.load", f"{load:#x} is no multiple of {align:#x}")
    return load


def _place(scn: Scenario, load: int) -> dict[str, object]:
    """Where the kernel lies: in one piece, but anywhere if the reader is told the root."""
    raw: dict[str, object] = {"load": load}
    if scn.form == "raw":
        raw = {"linear": True, "origin": scn.ram[0].start}
        if not scn.options.get("root", False, bool):
            raw["load"] = load
    return raw


def _with_decoy(scn: Scenario, box: Container, text: int) -> Container:
    """[port] decoy: where a copy of the text lies."""
    decoy = scn.options.number("decoy", None)
    return box if decoy is None else Decoy(box, decoy, text)


def amd64(scn: Scenario) -> FullPort:
    """[port] load; kernphys = false: a kernel of before 13.1, which was always loaded at 2 MiB;
    la57 = false: one of before 13, which knew four levels; symbols = false: none but kernbase; lost:
    they are zero."""
    load = load_address(scn, 0, MIB2)
    relocatable = scn.options.get("kernphys", load != 0, bool)
    la57 = scn.options.get("la57", True, bool)
    symbols = scn.options.get("symbols", True, bool)
    lost = scn.options.get("lost", False, bool)
    base = 0xFFFF_FFFF_8000_0000
    text = base + MIB2
    five = scn.regime == "5level"

    def variables(facts: Facts) -> list[tuple[str, int | bytes]]:
        if not symbols:
            return []
        root, top = 0 if lost else facts.root & x86.FRAME, 0
        if five:
            # The kernel's half of the space is that of the top table's last entry.
            top, root = root, facts.tree.get(root, 511) & x86.FRAME
        out: list[tuple[str, int | bytes]] = [("KPML4phys", root)]
        if la57:
            out += [("KPML5phys", top), ("la57", int(five).to_bytes(4, "little"))]
        if relocatable:
            out.append(("kernphys", load + MIB2))
        return out

    box = container(scn, elf.ElfKind(64, "little", EM_X86_64), 4096, (text, load + MIB2))
    return FullPort(
        machine="amd64", bits=64, byteorder="little", pagesize=4096, elf_machine=EM_X86_64,
        container=_with_decoy(scn, box, load + MIB2),
        regimes={n: x86.REGIMES[n] for n in ("4level", "5level")},
        kernbase=base, text=text, registers=x86.registers, variables=variables,
        symbols=_absolute(kernbase=base), spread=SMALL, **_place(scn, load),
    )


def i386(scn: Scenario) -> FullPort:
    """[port] kernel: "old", where memory begins at kernbase; "44", FreeBSD 12, where the kernel runs
    where it lies; "merged", FreeBSD 13 on, which has both kinds of tables; "none": no symbols.  pdpte: more bits in the four
    pointers of PAE."""
    kernel = scn.options.choice("kernel", "old", "old", "44", "merged", "none")
    pae, pdpte = scn.regime == "pae", scn.options.number("pdpte", 0, 0xFFF)
    base = 0xC000_0000 if kernel == "old" else 0x80_0000
    load, text = (0, base + 0x40_0000) if kernel == "old" else (base, base + 0x1000)

    def variables(facts: Facts) -> list[tuple[str, int | bytes]]:
        root, pdpt = facts.root, facts.tree.hardware if pae else 0
        for i in range(4 if pdpte and pae else 0):
            raw = int.from_bytes(facts.tree.store.read(pdpt + 8 * i, 8), "little") | pdpte
            facts.tree.store.write(pdpt + 8 * i, raw.to_bytes(8, "little"))
        if kernel == "none":
            return []
        if kernel == "merged":
            return [("IdlePTD_nopae", 0 if pae else root), ("IdlePTD_pae", root if pae else 0),
                    ("IdlePDPT", pdpt), ("pae_mode", int(pae)), ("tramp_idleptd", pdpt or root)]
        out: list[tuple[str, int | bytes]] = [("IdlePTD", root)]
        out += [("IdlePDPT", pdpt)] if pae else []
        return out + ([("tramp_idleptd", pdpt or root)] if kernel == "44" else [])

    return FullPort(
        machine="i386", bits=32, byteorder="little", pagesize=4096, elf_machine=EM_386,
        container=container(scn, elf.ElfKind(32, "little", EM_386), 4096, (text, text - base + load)),
        regimes={n: x86.REGIMES[n] for n in ("32bit", "pae")},
        kernbase=base, text=text, registers=x86.registers, variables=variables,
        symbols=_absolute(kernbase=None if kernel == "none" else base), spread=SMALL,
        root_limit=1 << 32, **_place(scn, load),
    )


def arm32(scn: Scenario) -> FullPort:
    """[port] load: physaddr; byteorder; symbols = false: what the program header says is not said by
    symbols."""
    load = load_address(scn, 0x1000_0000, 1 << 20)
    order = scn.options.choice("byteorder", "little", "little", "big")
    base, symbols = 0xC000_0000, scn.options.get("symbols", True, bool)
    kind = elf.ElfKind(32, order, EM_ARM)

    def variables(facts: Facts) -> list[tuple[str, int | bytes]]:
        # Of the two pmaps only that of ARMv5 and before (pmap-v4.c) has the other one.
        old = [("pmap_pte_init_generic", 0)] if scn.regime == "armv5" else []
        return [("kernel_l1pa", facts.root), *old]

    return FullPort(
        machine="arm", bits=32, byteorder=order, pagesize=4096,
        elf_machine=EM_ARM, container=container(scn, kind, 4096, (base, load)),
        regimes={n: replace(r, byteorder=order) for n, r in arm.REGIMES.items()},
        kernbase=base, text=base, registers=arm.registers,
        variables=variables,
        symbols=_absolute(**({"kernbase": base, "physaddr": load} if symbols else {})),
        text_page=1 << 20, spread=SMALL, **_place(scn, load),
    )


def arm64(scn: Scenario) -> FullPort:
    """[port] load; the first table is part of the kernel, and has a symbol."""
    load = load_address(scn, 0x4020_0000, MIB2)
    symbols = scn.options.get("symbols", True, bool)
    base, page = 0xFFFF_0000_0000_0000, {"16k": 1 << 14}.get(scn.regime, 1 << 12)
    place = _place(scn, load)

    def table(facts: Facts) -> list[elf.Symbol]:
        if not symbols:
            return []
        va = base + facts.root - load
        return [elf.Symbol("kernbase", base, "notype", "global"),
                elf.Symbol("pagetable_l0_ttbr1", va, "notype", "global")]

    box = container(scn, elf.ElfKind(64, "little", EM_AARCH64), page, (base, load))
    return FullPort(
        machine="arm64", bits=64, byteorder="little", pagesize=page, elf_machine=EM_AARCH64,
        container=_with_decoy(scn, box, load + page),
        regimes={n: aarch64.REGIMES[n] for n in ("4k", "16k")},
        kernbase=base, text=base + page, registers=aarch64.registers, symbols=table, spread=4 * page,
        root_within=(load + 16 * page, load + 64 * page) if "load" in place else None, **place,
    )


DMAP_RISCV = 0xFFFF_FFD0_0000_0000      # sys/riscv/include/vmparam.h, DMAP_MIN_ADDRESS


def riscv64(scn: Scenario) -> FullPort:
    """[port] load; the kernel's struct pmap: a mutex, two counters, the root's address in the direct
    map, satp (sys/riscv/include/pmap.h)."""
    load = load_address(scn, 0x8020_0000, MIB2)
    symbols = scn.options.get("symbols", True, bool)
    base = 0xFFFF_FFC0_0000_0000

    def variables(facts: Facts) -> list[tuple[str, int | bytes]]:
        if not symbols:
            return []
        top = DMAP_RISCV + facts.root - scn.ram[0].start
        satp = riscv.satp(riscv.REGIMES[scn.regime], facts.root)
        words = (0, 0x0103_0000, 0, 4, 0x1234, 0x1234, top, satp)
        return [("kernel_pmap_store", b"".join(w.to_bytes(8, "little") for w in words) + bytes(96))]

    box = container(scn, elf.ElfKind(64, "little", EM_RISCV), 4096, (base, load))
    return FullPort(
        machine="riscv", bits=64, byteorder="little", pagesize=4096, elf_machine=EM_RISCV,
        container=_with_decoy(scn, box, load),
        regimes={n: riscv.REGIMES[n] for n in ("sv39", "sv48")},
        kernbase=base, text=base, registers=riscv.registers, variables=variables,
        symbols=_absolute(kernbase=base if symbols else None), spread=SMALL, **_place(scn, load),
    )


@dataclass(frozen=True)
class DragonflyFull(Dragonfly, FullPort):
    """The same under DragonFly."""

    os: str = "dragonfly"
    elf_osabi: int = 0


def dragonfly(scn: Scenario) -> FullPort:
    """The root is in the registers of the CPU that dumped: struct pcb of sys/platform/pc64 has eight
    words of padding, then pcb_cr3."""
    base = 0xFFFF_FFFF_8000_0000
    return DragonflyFull(
        machine="x86_64", bits=64, byteorder="little", pagesize=4096, elf_machine=EM_X86_64,
        container=container(scn, elf.ElfKind(64, "little", EM_X86_64), 4096, (base, 0)),
        regimes={"4level": x86.REGIMES["4level"]},
        kernbase=base, text=base + MIB2, registers=x86.registers, symbols=_absolute(kernbase=base),
        spread=SMALL,
        pcb=lambda facts: bytes(64) + (facts.root & (1 << 64) - 1).to_bytes(8, "little"),
        **_place(scn, 0),
    )
