# SPDX-License-Identifier: BSD-2-Clause
"""OpenBSD/i386: a header without meaning, the image unpacked, the tables named by kernel variables
that lie at their address less KERNBASE.  OpenBSD sys/arch/i386/i386/{machdep.c,locore.s}."""

from ..hash import content
from ..mmu import x86
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import Facts, State
from .netbsd_i386 import EM_386, MID_I386
from .openbsd import OpenbsdPort

KERNBASE = 0xD000_0000
CPU_SIZE = 504                  # one block with its head


def port(scn: Scenario) -> OpenbsdPort:
    """PTDsize and cpu_pae tell what the tables are."""
    pae = scn.regime == "pae"

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        """What was on the stack."""
        return content(scn.seed ^ 0x7374_6163_6B, 0, CPU_SIZE), {}

    def variables(facts: Facts) -> list[tuple[str, int]]:
        return [("PTDpaddr", facts.root), ("PTDsize", 0x4000 if pae else 0x1000),
                ("cpu_pae", int(pae))]

    return OpenbsdPort(
        machine="i386",
        bits=32,
        byteorder="little",
        pagesize=4096,
        elf_machine=EM_386,
        container=Container(MID_I386, 4, "little"),
        regimes={name: x86.REGIMES[name] for name in ("32bit", "pae")},
        kernbase=KERNBASE,
        text=KERNBASE + 0x20_0000,
        cpu_data=cpu_data,
        registers=x86.registers,
        variables=variables,
        root_limit=1 << 32,
        spread=0x10000,
        load=0,
        linear=True,
    )
