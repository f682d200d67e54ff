# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/sun3: segment map and page map entry groups in the header, memory from address 0 on
(sys/arch/m68k/include/kcore.h, sys/arch/sun3/sun3/machdep.c)."""

from ..mmu import sun3
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Layout, State
from .netbsd import NetbsdPort
from .netbsd_m68k import CONTAINER, head, machine

PG_VALID = 0x8000_0000


def make(
    scn: Scenario, kernbase: int, segshift: int, pg_frame: int, text: int,
    container: Container = CONTAINER,
) -> NetbsdPort:
    """The groups begin where the device's second page does, 8 bytes before the header's."""
    regime = sun3.REGIMES[scn.machine]
    page = 1 << regime.levels[-1].shift

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        out = head(scn.machine, page, kernbase)
        out.add("segshift", 4, segshift)
        out.add("pg_frame", 4, pg_frame)
        out.add("pg_valid", 4, PG_VALID)
        out.raw("ksegmap", state.tree.segmap)
        out.pad(page - 8)
        out.raw("pmeg", state.tree.groups)
        return out.done()

    return machine(
        scn, cpu_data,
        container=container,
        pagesize=page,
        regimes={scn.machine: regime},
        kernbase=kernbase,
        text=text,
        registers=sun3.registers,
        spread=1 << segshift,
        tables=lambda one, root, read, blob: one.reader(0, read, blob),
        linear=True,
    )


def port(scn: Scenario) -> NetbsdPort:
    """sys/arch/sun3/include/pmap3.h, pte3.h."""
    return make(scn, 0x0E00_0000, 17, 0x7_FFFF, 0x0E00_4000)
