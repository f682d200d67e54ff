# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/sparc: sun4, sun4c, and the SRMMU of sun4m and sun4d; header as in NetBSD
sys/arch/sparc/include/kcore.h, segment maps as in pmap.h."""

from ..mmu import srmmu, sun4
from ..mmu.radix import Builder, Kind, Reader, Regime
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Facts, Layout, State
from .netbsd import NetbsdPort

EM_SPARC = 2
MID_SPARC = 0x08A
KERNBASE = 0xF000_0000
CPUTYPES = {"sun4": 0, "sun4c": 1, "srmmu": 2}
HEADER = 32
SEGMAP = 16                     # sizeof struct segmap


class SegmapBuilder(srmmu.SrmmuBuilder):
    """The MMU's tree, and the segment map by which the dump knows of it."""

    def __init__(self, regime: "Segmap", alloc, page) -> None:
        self._edits: dict[int, int] = {}
        self._dump = regime
        self._ready = False
        super().__init__(srmmu.REGIMES["srmmu"], alloc, page)
        self._ready = True

    @property
    def blob(self) -> bytes:
        """The header's segment map."""
        if not self._ready:
            return b""
        out = bytearray(self.segmap(self._dump.kernbase, self._dump.va2pa))
        for index, raw in self._edits.items():
            at = index * SEGMAP + srmmu.SG_PTE
            out[at : at + 4] = raw.to_bytes(4, "big")
        return bytes(out)

    @blob.setter
    def blob(self, value: bytes) -> None:
        """Nobody else's."""

    def reader(self, read=None) -> Reader:
        """The dump's tables: the header's map is the root, at its offset 0."""
        if not self._ready:
            return super().reader(read)
        return self._dump.reader(0, read or self.store.read, self.blob)

    def map(self, va, pa, page, prot, bits=0, level=None) -> None:
        """The segment map knows small pages only."""
        if page != self._dump.levels[1].size:
            raise ValueError(f"the segment map has no pages of {page:#x} bytes")
        super().map(va, pa, page, prot, bits)

    def slot(self, va: int, at: int) -> tuple[int, int]:
        """The segment map is no table of the MMU's; PTEs are its third level."""
        if self._ready and not self._dump.canonical(va):
            raise ValueError(f"{va:#x} is below the kernel, and in no dump")
        if at:
            return super().slot(va, 2)
        return -1, self._dump.index(va, 0)

    def get(self, pa: int, index: int) -> int:
        if pa >= 0:
            return super().get(pa, index)
        at = index * SEGMAP + srmmu.SG_PTE
        return int.from_bytes(self.blob[at : at + 4], "big")

    def put(self, pa: int, index: int, raw: int) -> None:
        """What the dump's map says, the MMU shall do."""
        if pa >= 0:
            super().put(pa, index, raw)
            return
        self._edits[index] = raw
        entry = self._dump.codec.decode(self._dump.levels[0], raw)
        va = self._dump.kernbase + (index << srmmu.SEGMENT_SHIFT)
        table, place = super().slot(va, 1)
        pointer = entry.pa >> 4 | srmmu.PTD
        super().put(table, place, pointer if entry.kind is Kind.TABLE else 0)


class Segmap(Regime):
    """srmmu as dumps have it; its tables are made for the MMU as well."""

    def __init__(self, kernbase: int, va2pa: int) -> None:
        of = srmmu.segmap_regime(kernbase, va2pa)
        fields = of.__dataclass_fields__
        super().__init__(**{name: getattr(of, name) for name in fields})
        object.__setattr__(self, "kernbase", kernbase)
        object.__setattr__(self, "va2pa", va2pa)

    def builder(self, alloc, page) -> Builder:
        return SegmapBuilder(self, alloc, page)



def port(scn: Scenario) -> NetbsdPort:
    """[port] kernbase; cputype: 2 and 4 are both srmmu; load: where kernbase is in memory; npmeg;
    symbol = false: the kernel does not tell of load."""
    options, name = scn.options, scn.regime
    kernbase = options.number("kernbase", KERNBASE, (1 << 32) - (1 << 24))
    cputype = options.number("cputype", CPUTYPES.get(name, 0), (1 << 32) - 1)
    load = options.number("load", 0, 1 << 31)
    npmeg = options.number("npmeg", {"sun4": 512, "sun4c": 128}.get(name, 0), 0x8000)
    told = options.get("symbol", True, bool)
    page = 8192 if name == "sun4" else 4096
    va2pa = kernbase - load
    groups = {one: sun4.regime(one, kernbase, npmeg) for one in ("sun4", "sun4c") if one == name}
    segments = (1 << 32) - kernbase >> srmmu.SEGMENT_SHIFT

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        """Counts and offsets, RAM, the segment map, page map entry groups."""
        out, count = Layout("big"), len(state.segments)
        segmap = HEADER + 16 * count
        out.add("cputype", 4, cputype)
        out.add("kernbase", 4, kernbase)
        out.add("nmemseg", 4, count)
        out.add("memsegoffset", 4, HEADER)
        out.add("nsegmap", 4, segments)
        out.add("segmapoffset", 4, segmap)
        out.add("npmeg", 4, npmeg)
        out.add("pmegoffset", 4, segmap + SEGMAP * segments)
        out.segments(state.segments)
        blob, size = bytes(state.tree.blob), SEGMAP * segments
        out.raw("segmap", blob[:size])
        if groups:
            out.raw("pmeg", blob[size:])
        return out.done()

    def variables(facts: Facts) -> list[tuple[str, int]]:
        return [("va2pa_offset", va2pa)] if name == "srmmu" and told else []

    return NetbsdPort(
        machine="sparc",
        bits=32,
        byteorder="big",
        pagesize=page,
        elf_machine=EM_SPARC,
        container=Container(MID_SPARC, 8, "big"),
        regimes={**groups, "srmmu": Segmap(kernbase, va2pa)},
        kernbase=kernbase,
        text=kernbase + 0x4000,
        cpu_data=cpu_data,
        registers=srmmu.registers if name == "srmmu" else sun4.registers,
        variables=variables,
        spread=0x4_0000,
        load=load if name == "srmmu" else None,
        tables=lambda regime, root, read, blob: regime.reader(0, read, blob),
        skipped=((0, page),),
    )
