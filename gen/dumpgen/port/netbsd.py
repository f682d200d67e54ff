# SPDX-License-Identifier: BSD-2-Clause
"""What NetBSD kernels of all machines have in common."""

from dataclasses import dataclass

from .. import elf
from .base import DUMPMAG, FRAME, MESSAGES, MSG_MAGIC, PANIC, Facts, Image, Port

VERSION = "NetBSD 10.99.12 (KCORE) #0: Thu Jan  1 00:00:00 UTC 1970\n"
IDENT = 1099001200              # __NetBSD_Version__ of 10.99.12


@dataclass(frozen=True)
class NetbsdPort(Port):
    """A machine under NetBSD."""

    os: str = "netbsd"

    def constants(self, ro: Image) -> None:
        """sys/conf/newvers.sh."""
        ro.add("version", VERSION.encode() + b"\0", align=32)
        ro.add("ostype", b"NetBSD\0", align=1)
        ro.add("osrelease", b"10.99.12\0", align=1)

    def state(self, data: Image, facts: Facts, msgbuf: int) -> None:
        """A neighbour on each side tells a wrong offset from a right one."""
        data.add("boothowto", self.pack("I", 0xB007), align=4)
        data.add("dumpmag", self.pack("I", DUMPMAG), align=4)
        data.add("dumpsize", self.pack("i", facts.pages & 0x7FFFFFFF), b"", align=4)
        data.add("dumpcdev", self.pack("Q", 0x1_0000_0001), b"")
        data.add("dumpdev", self.pack("Q", 0x1_0000_0001), b"")
        data.add("dumplo", self.pack("L", facts.dumplo), b"")
        data.add("time_second", self.pack("q", 1_700_000_000), b"")
        data.add("physmem", self.pack("L", facts.physical), b"")
        data.add("uvmexp", self.uvmexp(facts), b"")
        where = data.add("", PANIC.encode() + b"\0", align=1)
        data.add("panicstr", self.word(where), b"")
        data.add("msgbufp", self.word(msgbuf), b"")
        data.add("panicstart", self.pack("i", MESSAGES.index("panic:")), b"", align=4)
        data.add("panicend", self.pack("i", MESSAGES.index("syncing")), b"", align=4)

    def note(self, kind: elf.ElfKind) -> tuple[str, bytes]:
        """sys/sys/exec_elf.h: NetBSD's version."""
        return ".note.netbsd.ident", elf.note(kind, b"NetBSD", 1, self.pack("I", IDENT))

    def msgbuf(self) -> bytes:
        """struct kern_msgbuf: magic, next byte to write and to read, size."""
        size = min(self.pagesize, FRAME) - 4 * self.bits // 8
        return self.pack("LLLL", MSG_MAGIC, len(MESSAGES), 0, size) + MESSAGES.encode()
