# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/mips64 (loongson, octeon): header as in OpenBSD sys/arch/mips64/include/kcore.h, which no
kernel writes; the PTE array and its size are the kernel's variables Sysmap and Sysmapsize."""

from ..mmu import mips
from ..netbsd import Container, Field
from ..scenario import Scenario, ScenarioError
from .base import Facts, Layout, State
from .netbsd_mipsel import EM_MIPS, KSEG_SIZE, windows
from .openbsd import OpenbsdPort

MID_MIPS64 = 0x09E
COMPAT_BASE = 0xFFFF_FFFF_C000_0000


def port(scn: Scenario) -> OpenbsdPort:
    """[port] byteorder: "little" (loongson) or "big" (octeon); page; entries; base: Sysmapbase, 0
    for a kernel without that variable."""
    options = scn.options
    byteorder = options.choice("byteorder", "little", "little", "big")
    page = options.number("page", 16384, 16384)
    entries = options.number("entries", 0x4000, 1 << 32)
    base = options.number("base", mips.XKSEG, (1 << 64) - 1)
    pte = mips.OPENBSD if byteorder == "little" else mips.OPENBSD64
    regime = mips.sysmap(entries, pte, page.bit_length() - 1, 64, byteorder, base or COMPAT_BASE)

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        out = Layout(byteorder)
        out.add("kernel_pa", 8, 0x20_0000)
        out.add("mmutype", 4, 0)
        out.pad(16)
        if len(state.segments) > 8:
            raise ScenarioError(scn.name, "ram", f"{len(state.segments)} segments, 8 are possible")
        out.segments(state.segments)
        out.pad(16 + 8 * 16)
        return out.done()

    def variables(facts: Facts) -> list[tuple[str, int | bytes]]:
        out = [("Sysmap", mips.XKPHYS_CACHED | facts.root),
               ("Sysmapsize", entries.to_bytes(4, byteorder))]
        return out + ([("Sysmapbase", base)] if base else [])

    return OpenbsdPort(
        machine="mips64",
        bits=64,
        byteorder=byteorder,
        pagesize=page,
        elf_machine=EM_MIPS,
        container=Container(MID_MIPS64, 8, byteorder),
        regimes={"sysmap": regime},
        kernbase=mips.KSEG0 + mips.COMPAT,
        text=0xFFFF_FFFF_8020_0000,
        cpu_data=cpu_data,
        registers=mips.registers,
        variables=variables,
        spread=0x1_0000,
        windows=windows(64),
        mapped=regime.spans,
        root_limit=KSEG_SIZE,
    )
