# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD/sun2: as sun3 with pages of 2 KiB (sys/arch/sun2/include/pmap.h, pte.h)."""

from dataclasses import dataclass

from ..netbsd import Container, Field, Header
from ..scenario import Scenario
from .netbsd import NetbsdPort
from .netbsd_sun3 import make

MID_SUN2 = 0x090
CLAIMED = 3 * 2048 - 8          # c_size of a real kernel, which writes nine pages


@dataclass(frozen=True)
class DamagedContainer(Container):
    """sys/arch/sun2/sun2/machdep.c: six pages of groups come behind what c_size says."""

    def device_header(self, cpu: bytes) -> bytes:
        return super().device_header(cpu[:CLAIMED]) + cpu[CLAIMED:]

    def file_header(
        self, cpu: bytes, cpu_fields: dict[str, Field], memory: int,
        hdrsize: int | None = None, seghdrsize: int | None = None,
    ) -> Header:
        out = super().file_header(cpu[:CLAIMED], cpu_fields, memory, hdrsize, seghdrsize)
        return Header(out.data + cpu[CLAIMED:], out.fields)

    @property
    def lost(self) -> int:
        """Bytes at the end of memory that the image has no room for."""
        return 6 * 2048


def port(scn: Scenario) -> NetbsdPort:
    """[port] damaged = false: a header with all of its groups."""
    damaged = scn.options.get("damaged", True, bool)
    container = (DamagedContainer if damaged else Container)(MID_SUN2, 4, "big")
    return make(scn, 0x6000, 15, 0xFFF, 0x6000, container)
