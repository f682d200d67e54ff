# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/arm, 32 bits: header as in NetBSD sys/arch/arm/include/kcore.h, addresses as in
sys/arch/evbarm/include/vmparam.h."""

from dataclasses import dataclass, replace

from ..mmu import arm
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Facts, Layout, State
from .netbsd import NetbsdPort

EM_ARM = 40
MID_ARM = 0x08F
KERNEL_BASE = 0x8000_0000
SECTION = 1 << 20
SEGMENTS_AT = 28                # end of the fixed part, before alignment


@dataclass(frozen=True)
class ArmPort(NetbsdPort):
    """The kernel's own page has 4 KiB, whatever the tables can say."""

    def uvmexp(self, facts: Facts) -> bytes:
        return self.pack("iiii", 4096, 4095, 12, facts.physical & 0x7FFF_FFFF) + bytes(112)


def make(scn: Scenario, machine: str, byteorder: str) -> ArmPort:
    """[port] align: 8, or 4 of the old ABI; version, flags.  armv5: the kernel's data lie in tiny
    pages, which say that the tables are of the older format."""
    options = scn.options
    align = options.number("align", 8, 16)
    version, flags = options.number("version", 1), options.number("flags", 0)
    user, user_size = options.number("user_table", 0), options.number("user_size", 0)

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        out, at = Layout(byteorder), -(-SEGMENTS_AT // align) * align
        out.add("version", 4, version)
        out.add("flags", 4, flags)
        out.add("PAKernelL1Table", 4, state.root)
        out.add("PAUserL1Table", 4, user)
        out.add("UserL1TableSize", 2, user_size)
        out.add("", 2, 0)
        out.add("nmemsegs", 4, len(state.segments))
        out.add("omemsegs", 4, at)
        out.pad(at)
        out.segments(state.segments)
        return out.done()

    return ArmPort(
        machine=machine,
        bits=32,
        byteorder=byteorder,
        pagesize=1024 if scn.regime == "armv5" else 4096,
        elf_machine=EM_ARM,
        container=Container(MID_ARM, align, byteorder),
        regimes={n: replace(r, byteorder=byteorder) for n, r in arm.REGIMES.items()},
        kernbase=KERNEL_BASE,
        text=KERNEL_BASE,
        cpu_data=cpu_data,
        registers=arm.registers,
        text_page=SECTION,
        spread=SECTION,
        root_field="PAKernelL1Table",
        root_of=lambda value: value & ~0x3FFF,
    )


def port(scn: Scenario) -> ArmPort:
    """Little-endian."""
    return make(scn, "arm", "little")
