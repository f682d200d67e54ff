# SPDX-License-Identifier: BSD-2-Clause
"""Physical memory and nothing else: /dev/mem of a virtual machine, a FireWire or JTAG copy."""

from dataclasses import dataclass

from .container import Container, Header, Image, Parts


@dataclass(frozen=True)
class RawCore(Container):
    """Memory from base on; what is no RAM leaves room."""

    base: int
    named: bool = False         # the reader is told regime and root

    form = "raw"

    def image(self, parts: Parts) -> Image:
        """No header at all."""
        line = f"raw {self.base:x}"
        if self.named:
            registers = parts.port.registers(parts.port.regimes[parts.scn.regime],
                                             parts.tree.hardware)
            root = next(registers[n] for n in ("cr3", "ttbr1", "ttbr0", "satp") if n in registers)
            line += f" {parts.scn.regime} {root:x}"
        return Image(Header(b"", {}), lines=(line,))
