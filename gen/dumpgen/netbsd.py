# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD's kernel dump container: the file that savecore(8) writes, and the dump device.

Formats: NetBSD sys/sys/kcore.h and sys/sys/core.h.
"""

import struct
from dataclasses import dataclass

from .container import Container as AnyContainer
from .container import Field, Header, Image, Parts, State

KCORE_MAGIC = 0x8FCA
KCORESEG_MAGIC = 0x8FAC
CORE_CPU, CORE_DATA = 1, 2
BLOCK = 512


@dataclass(frozen=True)
class Container(AnyContainer):
    """What the writer must know of a port."""

    mid: int
    align: int              # the port's ALIGN granularity
    byteorder: str

    form = "netbsd-kcore"   # OpenBSD's, too

    def up(self, size: int) -> int:
        """ALIGN(size)."""
        return -(-size // self.align) * self.align

    def _seg(self, midmag: int, size: int) -> bytes:
        order = "<" if self.byteorder == "little" else ">"
        return struct.pack(">I", midmag) + struct.pack(order + "I", size & 0xFFFFFFFF)

    def pad_cpu(self, cpu: bytes) -> bytes:
        """cpu data made so long that the device header is a whole number of blocks."""
        return cpu + bytes(-(self.up(8) + len(cpu)) % BLOCK)

    def image(self, parts: Parts) -> Image:
        """The file's header with the port's cpu data."""
        state = State(parts.root, parts.memory.segments.spans, parts.tree)
        raw, fields = parts.port.cpu_data(state)
        cpu, scn = self.pad_cpu(raw), parts.scn
        size = parts.memory.size
        return Image(self.file_header(cpu, fields, size, scn.hdrsize, scn.seghdrsize), cpu)

    def device_header(self, cpu: bytes) -> bytes:
        """What a dying kernel writes before the memory image."""
        head = self._seg(CORE_CPU << 26 | self.mid << 16 | KCORE_MAGIC, len(cpu))
        return head.ljust(self.up(8), b"\0") + cpu

    def file_header(
        self, cpu: bytes, cpu_fields: dict[str, Field], memory: int,
        hdrsize: int | None = None, seghdrsize: int | None = None,
    ) -> Header:
        """What kvm_dump_wrtheader writes before memory bytes of image."""
        hdr = self.up(12) if hdrsize is None else hdrsize
        seg = self.up(8) if seghdrsize is None else seghdrsize
        order = "<" if self.byteorder == "little" else ">"
        kcore = struct.pack(">I", self.mid << 16 | KCORE_MAGIC)
        kcore += struct.pack(order + "HHI", hdr, seg, 2)
        data = kcore.ljust(hdr, b"\0")
        data += self._seg(CORE_CPU << 26 | KCORESEG_MAGIC, len(cpu)).ljust(seg, b"\0") + cpu
        at = len(data)
        data += self._seg(CORE_DATA << 26 | KCORESEG_MAGIC, memory).ljust(seg, b"\0")
        mine = self.byteorder
        fields = {
            "c_midmag": Field(0, 4, "big"),
            "c_hdrsize": Field(4, 2, mine),
            "c_seghdrsize": Field(6, 2, mine),
            "c_nseg": Field(8, 4, mine),
            "cpu.c_midmag": Field(hdr, 4, "big"),
            "cpu.c_size": Field(hdr + 4, 4, mine),
            "data.c_midmag": Field(at, 4, "big"),
            "data.c_size": Field(at + 4, 4, mine),
        }
        for name, f in cpu_fields.items():
            fields[name] = Field(hdr + seg + f.offset, f.size, f.byteorder)
        return Header(data, fields)
