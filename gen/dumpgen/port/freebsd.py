# SPDX-License-Identifier: BSD-2-Clause
"""What FreeBSD kernels of all machines have in common."""

from dataclasses import dataclass

from .. import elf
from ..mmu.linear import Range, Space
from .base import FRAME, MESSAGES, PANIC, Facts, Image, Port

VERSION = "FreeBSD 15.0-CURRENT #0 main-n1: Thu Jan  1 00:00:00 UTC 1970\n" \
          "    kcore@model:/usr/obj/usr/src/sys/KCORE\n"
OSRELDATE = 1500000             # sys/sys/param.h, __FreeBSD_version
MSG_MAGIC = 0x063062            # sys/sys/msgbuf.h
ELFOSABI_FREEBSD = 9
# ostype, osrelease, and what the note says: the name and __FreeBSD_version, __DragonFly_version
SYSTEMS = {"freebsd": (b"FreeBSD", b"15.0-CURRENT", OSRELDATE),
           "dragonfly": (b"DragonFly", b"6.5-DEVELOPMENT", 600512)}


@dataclass(frozen=True)
class FreebsdPort(Port):
    """A machine under FreeBSD."""

    os: str = "freebsd"
    elf_osabi: int = ELFOSABI_FREEBSD
    direct: tuple[Range, ...] = ()  # ranges that a reader knows without tables, asked before them
    late: tuple[Range, ...] = ()    # the same, asked where the tables' range does not begin

    def place(self, va: int) -> tuple[int | None, bool]:
        """Direct ranges that come first are as good as windows."""
        for one in self.direct:
            if one.start <= va < one.end:
                return one.reader.lookup(va), False
        return super().place(va)

    def space(self, tables: object) -> object:
        """Direct ranges, what the page map covers, and again direct ranges."""
        if not self.direct and not self.late:
            return super().space(tables)
        mapped = self.mapped or ((self.kernbase, 1 << self.bits),)
        ranges = [*self.direct, *(Range(lo, hi, tables) for lo, hi in mapped), *self.late]
        return Space(ranges, self.bits)

    def constants(self, ro: Image) -> None:
        """sys/conf/newvers.sh."""
        name, release, number = SYSTEMS[self.os]
        version = VERSION.encode().replace(b"FreeBSD 15.0-CURRENT", name + b" " + release)
        ro.add("ostype", name + b"\0", align=1)
        ro.add("osrelease", release + b"\0", align=1)
        ro.add("version", version + b"\0", align=32)
        ro.add("osreldate", self.pack("i", number), align=4)

    def state(self, data: Image, facts: Facts, msgbuf: int) -> None:
        """A neighbour on each side tells a wrong offset from a right one."""
        data.add("boothowto", self.pack("I", 0xB007), align=4)
        data.add("dumping", self.pack("i", 1), b"", align=4)
        data.add("dumptid", self.pack("i", 100042), b"", align=4)
        data.add("hz", self.pack("i", 1000), align=4)
        data.add("ticks", self.pack("i", 0x7FFF_0001), b"", align=4)
        data.add("time_second", self.pack("q", 1_700_000_000), b"")
        data.add("physmem", self.pack("L", facts.physical & 0x7FFFFFFF), b"")
        where = data.add("", PANIC.encode() + b"\0", align=1)
        data.add("panicstr", self.word(where), b"")
        data.add("msgbufp", self.word(msgbuf), b"")

    def note(self, kind: elf.ElfKind) -> tuple[str, bytes]:
        """NT_FREEBSD_ABI_TAG and its like: the version of the system."""
        name, _, number = SYSTEMS[self.os]
        return ".note.tag", elf.note(kind, name, 1, self.pack("I", number))

    def msgbuf(self) -> bytes:
        """struct msgbuf: pointer, magic, size, write and read sequence; its text is elsewhere."""
        head = self.word(0) + self.pack("IIII", MSG_MAGIC, FRAME, len(MESSAGES), 0)
        return head.ljust(64, b"\0") + MESSAGES.encode()
