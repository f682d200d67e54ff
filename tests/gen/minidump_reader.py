# SPDX-License-Identifier: BSD-2-Clause
"""A reader of minidumps as short as can be, by the formats' text alone; each flag is a mistake that
a system's own reader makes."""

import struct
from dataclasses import dataclass

from dumpgen.model import Model

F52 = 0x000F_FFFF_FFFF_F000
TOP = 1 << 64
# magic: names and sizes of the fields behind bitmapsize
FIELDS = {
    "FreeBSD/amd64": "pmap4 kernbase8 dmapbase8 dmapend8 avail4",
    "FreeBSD/i386": "pmap4 kernbase4 pae4 avail4",
    "FreeBSD/arm": "pmap4 kernbase4 arch4 format4 avail4",
    "FreeBSD/arm64": "pmap4 kernbase8 dmapphys8 dmapbase8 dmapend8 avail4 flags4",
    "FreeBSD/riscv": "pmap4 kernbase8 dmapphys8 dmapbase8 dmapend8 avail4",
    "FreeBSD/mips": "pmap4 kernbase8 dmapbase8 dmapend8 avail4",
}
AVAIL_SINCE = {"FreeBSD/amd64": 3}


@dataclass
class Reader:
    """Offsets of the parts, and how to get from an address to one."""

    model: Model
    flags: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        m = self.model
        self.order = "<" if m.port.byteorder == "little" else ">"
        self.bits, self.page = m.port.bits, 4096
        self.magic = self.read(9, 23).split(b"\0")[0].decode()
        self.h = h = {"dmapphys": 0, "dmapbase": 0, "dmapend": 0, "avail": 0}
        at = 24
        if self.magic == "FreeBSD/powerpc64":
            if "big-endian header" in self.flags:
                self.order = ">"
            self.mmu = self.read(32, 32).rstrip(b"\0").decode()
            names = "version4 msgbuf4 bitmap4 pmap4 kernbase8 kernend8 dmapbase8 dmapend8 " \
                    "hw4 pad4 start8 end8 avail4"
            at = 64
        elif self.magic == "DFlyBSD/x86-64":
            names = "version4 pad4 msgbuf8 bitmap8 pmap8 kernbase8 dmapbase8 dmapend8"
        else:
            names = "version4 msgbuf4 bitmap4 " + FIELDS[self.magic]
        for name in names.split():
            size = int(name[-1])
            h[name[:-1]] = self.number(at, size)
            at += size
        if h["version"] < AVAIL_SINCE.get(self.magic, 2) or m.port.os == "dragonfly":
            h["avail"] = 0
        if self.magic == "FreeBSD/arm64" and h["version"] == 3:
            self.page = 4096 << 2 * (h["flags"] & 3)
        if "no dmapend" in self.flags:
            h["dmapend"] = 0
        at = self.page + self.up(h["msgbuf"])
        self.ranges = self.avail(at, h["avail"]) if h["avail"] else [
            (0, h["bitmap"] * 8 * self.page)]
        at += self.up(h["avail"])
        self.bitmap = self.words(self.read(at, h["bitmap"]))
        at += self.up(h["bitmap"])
        if "bitmap has no length" in self.flags:
            at -= self.up(h["bitmap"])
        self.pmap = at
        self.pages = at + self.up(h["pmap"])

    def up(self, size: int) -> int:
        return -(-size // self.page) * self.page

    def read(self, off: int, size: int) -> bytes:
        """Bytes of the core file, as if it were complete."""
        head, memory, out = self.model.header.data, self.model.memory, b""
        while size:
            if off < len(head):
                part = head[off : off + size]
            else:
                in_page = (off - len(head)) % 4096
                part = memory.read(memory.address(off - len(head)), min(size, 4096 - in_page))
            out, off, size = out + part, off + len(part), size - len(part)
        return out

    def number(self, off: int, size: int, order: str = "") -> int:
        big = (order or self.order) == ">"
        return int.from_bytes(self.read(off, size), "big" if big else "little")

    def avail(self, at: int, size: int) -> list[tuple[int, int]]:
        data = self.read(at, size)
        for word in "QI":
            if word == "I" and "64-bit elements" in self.flags:
                break
            pairs, step = [], struct.calcsize(word)
            for i in range(0, size - 2 * step + 1, 2 * step):
                lo, hi = struct.unpack_from(self.order + 2 * word, data, i)
                if hi == 0:
                    break
                pairs.append((lo, hi))
            flat = [n for pair in pairs for n in pair]
            pages = sum(-(-hi // self.page) - lo // self.page for lo, hi in pairs)
            # Two words of 32 bits in order make one of 64 that looks as good.
            if flat == sorted(flat) and pages <= 8 * self.h["bitmap"]:
                return pairs
        return []

    def words(self, data: bytes) -> bytes:
        """Bit n becomes bit n % 8 of byte n / 8."""
        old_mips = self.magic == "FreeBSD/mips" and self.h["version"] == 1
        size = 4 if old_mips else self.bits // 8
        if self.order == "<" or "host's bitmap" in self.flags:
            return data
        return b"".join(data[i : i + size][::-1] for i in range(0, len(data), size))

    def offset(self, pa: int) -> int | None:
        """Where pa is; None: nowhere."""
        page, before = pa - pa % self.page, 0
        for lo, hi in self.ranges:
            first, last = lo // self.page, -(-hi // self.page)
            if page < hi and ("no lower bound" in self.flags or page >= first * self.page):
                bit = (page // self.page - first + before) % TOP
                break
            before += last - first
        else:
            return None
        if bit >= len(self.bitmap) * 8 or not self.bitmap[bit // 8] >> bit % 8 & 1:
            return None
        whole = int.from_bytes(self.bitmap[: bit // 8 + 1], "little") & (1 << bit) - 1
        return self.pages + whole.bit_count() * self.page + pa % self.page

    def entry(self, index: int, size: int, order: str = "") -> int | None:
        """An entry of the page map."""
        if not 0 <= index < self.h["pmap"] // size:
            return None
        return self.number(self.pmap + index * size, size, order)

    def in_table(self, pa: int, index: int, order: str = "") -> int | None:
        off = self.offset(pa + 8 * index)
        return None if off is None else self.number(off, 8, order)

    def physical(self, va: int) -> int | None:
        """By the rules of the machine; None: not mapped, or nobody knows."""
        h = self.h
        name = self.magic.removeprefix("FreeBSD/")
        if name in ("amd64", "DFlyBSD/x86-64"):
            if va >= h["kernbase"]:
                return self.x86(va)
            return va - h["dmapbase"] if h["dmapbase"] <= va < h["dmapend"] else None
        if name in ("arm64", "riscv") and h["dmapbase"] <= va < h["dmapend"]:
            return va - h["dmapbase"] + h["dmapphys"]
        if name == "powerpc64":
            return self.power(va)
        if name == "mips" and (pa := self.kseg(va)) is not None:
            return pa
        if va < h["kernbase"]:
            return None
        return getattr(self, name)(va, (va - h["kernbase"]) // self.page)

    def x86(self, va: int) -> int | None:
        if self.magic == "DFlyBSD/x86-64":
            entry, shift = self.entry(va >> 30 & 0x3FFFF, 8), 30
        elif self.h["version"] == 1:
            entry, shift = self.entry((va - self.h["kernbase"]) >> 12, 8), 12
        else:
            entry, shift = self.entry((va - self.h["kernbase"]) >> 21, 8), 21
        while True:
            if entry is None or not entry & 1 and not (shift == 12 and "no P" in self.flags):
                return None
            low = (1 << shift) - 1
            if shift == 12 or entry & 0x80:
                if shift > 12 and "offset before mask" in self.flags:
                    return entry + (va & low) & F52 | va & 0xFFF
                # PAT is bit 12; what is else below a large page is reserved.
                if entry & F52 & low & ~0x1000:
                    return None
                return entry & F52 & ~low | va & low
            shift -= 9
            entry = self.in_table(entry & F52, va >> shift & 511)

    def i386(self, va: int, index: int) -> int | None:
        pae = self.h["pae"] != 0
        pte = self.entry(index, 8 if pae else 4)
        if pte is None or not pte & 1 or pae and pte >> 52 & 0x7FF:
            return None
        return pte & (F52 if pae else 0xFFFF_F000) | va & 0xFFF

    def arm(self, va: int, index: int) -> int | None:
        pte = self.entry(index, 4)
        kind = (pte or 0) & 3
        if kind == 0 or kind == 3 and self.h["format"] == 1:
            return None
        mask = 0xFFFF_0000 if kind == 1 else 0xFFFF_F000
        return pte & mask | va & ~mask & 0xFFFF_FFFF

    def arm64(self, va: int, index: int) -> int | None:
        pte = self.entry(index, 8)
        if pte is None or pte & 3 != 3:
            return None
        return pte & (1 << 48) - self.page | va % self.page

    def riscv(self, va: int, index: int) -> int | None:
        pte = self.entry(index, 8)
        if pte is None or not pte & 1 or not pte & 0xE:
            return None
        if "all bits" in self.flags:
            return (pte >> 10 << 12) + va % 4096
        if pte & 6 == 4 or pte >> 54 & 0x7F or pte >> 61 & 3 == 3:
            return None
        pa = (pte >> 10 & (1 << 44) - 1) << 12
        if pte >> 63:
            return pa & -0x1_0000 | va & 0xFFFF
        return pa | va & 0xFFF

    def kseg(self, va: int) -> int | None:
        compat = 0xFFFF_FFFF_0000_0000 if self.bits == 64 else 0
        if compat + 0x8000_0000 <= va < compat + 0xC000_0000:
            return va & 0x1FFF_FFFF
        if self.bits == 64 and va >> 62 == 2:
            return va & ((1 << 40) - 1 if "40 bits" in self.flags else (1 << 59) - 1)
        return None

    def mips(self, va: int, index: int) -> int | None:
        wide = self.bits == 64 or self.model.port.elf_flags & 0x20
        pte = self.entry(index, 8 if wide else 4)
        if pte is None or not pte & 2:
            return None
        return (pte & (0x3_FFFF_FFC0 if wide else 0x1FFF_FFC0)) << 6 | va & 0xFFF

    def power(self, va: int) -> int | None:
        h = self.h
        if va < h["dmapbase"]:
            va = (va + h["start"] - 0x10_0100) % TOP
        if h["dmapbase"] <= va <= h["dmapend"]:
            return va & ~h["dmapbase"]
        if not h["kernbase"] <= va < h["kernend"]:
            return None
        return self.hpt(va) if self.mmu != "mmu_radix" else self.radix(va)

    def hpt(self, ea: int) -> int | None:
        esid, page = ea >> 28, (ea & 0xFFF_FFFF) >> 12
        vsid = (((esid << 8 | esid >> 28) * 0x13BB) & 0xF_FFFF_FFFF) | 0x10_0000_0000
        for hid in (0, 1):
            hashed = (vsid & 0x7F_FFFF_FFFF) ^ page
            group = (~hashed if hid else hashed) & (self.h["pmap"] // 128 - 1)
            for i in range(group * 8, group * 8 + 8):
                hi, lo = self.entry(2 * i, 8, ">"), self.entry(2 * i + 1, 8, ">")
                tag = hi & 1, hi >> 1 & 1, hi >> 2 & 1, hi >> 12, (hi & 0xF80) >> 7
                if tag == (1, hid, 0, vsid, page >> 11):
                    return lo & 0x0FFF_FFFF_FFFF_F000 | ea & 0xFFF
        return None

    def radix(self, va: int) -> int | None:
        entry, shift = self.entry(va >> 39 & 0x1FFF, 8, ">"), 39
        while entry is not None and entry >> 63:
            if entry >> 62 & 1:
                if shift == 39:
                    return None
                low = (1 << shift) - 1
                return entry & 0x00FF_FFFF_FFFF_F000 & ~low | va & low
            if shift == 12:
                return None
            shift -= 9
            entry = self.in_table(entry & 0x00FF_FFFF_FFFF_FF00, va >> shift & 511, ">")
        return None
