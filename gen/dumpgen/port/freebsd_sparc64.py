# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/sparc64: addresses as in sys/sparc64/include/vmparam.h and tlb.h."""

from ..mmu.linear import Linear, Range
from ..mmu.tsb import STRIDE, TsbRegime
from ..scenario import Scenario
from ..sparc64dump import Sparc64Dump
from .freebsd import FreebsdPort

EM_SPARCV9 = 43
KERNBASE = 0xC000_0000
VM_MIN_DIRECT_ADDRESS = 0xFFFF_F800_0000_0000
TLB_DIRECT = 1 << 43                    # bits of the physical address


def dump(scn: Scenario) -> FreebsdPort:
    """[port] tsb: log2 of the TSB's entries; shuffled: regions in another order."""
    regime = TsbRegime(scn.options.number("tsb", 10, 20))
    low, high = VM_MIN_DIRECT_ADDRESS, 1 << 64
    return FreebsdPort(
        machine="sparc64", bits=64, byteorder="big", pagesize=8192, elf_machine=EM_SPARCV9,
        container=Sparc64Dump((regime.size, STRIDE), scn.options.get("shuffled", False, bool),
                              (f"dmap {low:x} {high - low:x} 0",)),
        regimes={"tsb": regime}, kernbase=KERNBASE, text=KERNBASE, spread=0x1_0000,
        windows=(Range(low, high, Linear(low, high, 0)),), mapped=((0, low),),
        root_field="dh_tsb_pa", root_of=lambda value: value,
    )


FORMS = {"freebsd-sparc64": dump}
