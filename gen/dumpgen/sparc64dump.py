# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD/sparc64's own dump: a header, a list of regions, memory.

Format: sys/sparc64/include/kerneldump.h (removed in 2020).  All numbers are big-endian.
"""

import struct
from dataclasses import dataclass

from .container import Container, Field, Header, Image, Parts

FIXED, REGION, BLOCK = 40, 24, 512


@dataclass(frozen=True)
class Sparc64Dump(Container):
    """tsb: bytes of the TSB and of an entry."""

    tsb: tuple[int, int]
    shuffled: bool = False      # regions not in the order of addresses
    lines: tuple[str, ...] = ()

    form = "freebsd-sparc64"

    def image(self, parts: Parts) -> Image:
        """dh_tsb_mask is a mask of indexes."""
        spans = parts.memory.segments.spans
        size = -(-(FIXED + REGION * len(spans)) // BLOCK) * BLOCK
        total, entry = self.tsb
        values = (size, parts.root, total, total // entry - 1, len(spans))
        data = bytearray(struct.pack(">QQQQi4x", *values))
        names = ("dh_hdr_size", "dh_tsb_pa", "dh_tsb_size", "dh_tsb_mask")
        fields = {n: Field(8 * i, 8, "big") for i, n in enumerate(names)}
        fields["dh_nregions"] = Field(32, 4, "big")
        at, rows = size, []
        for start, end in spans:
            rows.append((start, end - start, at))
            at += end - start
        if self.shuffled:
            rows.reverse()
        for i, row in enumerate(rows):
            for j, name in enumerate(("dr_pa", "dr_size", "dr_offs")):
                fields[f"reg{i}.{name}"] = Field(len(data) + 8 * j, 8, "big")
            data += struct.pack(">QQQ", *row)
        return Image(Header(bytes(data).ljust(size, b"\0"), fields), lines=self.lines)
