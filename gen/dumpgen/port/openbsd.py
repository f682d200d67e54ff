# SPDX-License-Identifier: BSD-2-Clause
"""What OpenBSD kernels of all machines have in common."""

from dataclasses import dataclass

from .. import elf
from .base import DUMPMAG, FRAME, MESSAGES, MSG_MAGIC, PANIC, Facts, Image, Port

VERSION = "OpenBSD 7.7-current (KCORE) #0: Thu Jan  1 00:00:00 UTC 1970\n" \
          "    kcore@model:/sys/compile/KCORE\n"


@dataclass(frozen=True)
class OpenbsdPort(Port):
    """A machine under OpenBSD."""

    os: str = "openbsd"
    dumpmag: int = DUMPMAG
    dumpmag_size: int = 0           # bytes; 0: a u_long

    def constants(self, ro: Image) -> None:
        """sys/conf/newvers.sh."""
        ro.add("ostype", b"OpenBSD\0", align=1)
        ro.add("osrelease", b"7.7\0", align=1)
        ro.add("osversion", b"KCORE#0\0", align=1)
        ro.add("version", VERSION.encode() + b"\0", align=32)

    def state(self, data: Image, facts: Facts, msgbuf: int) -> None:
        """A neighbour on each side tells a wrong offset from a right one."""
        size = self.dumpmag_size or self.bits // 8
        data.add("boothowto", self.pack("I", 0xB007), align=4)
        data.add("dumpmag", self.dumpmag.to_bytes(size, self.byteorder), align=size)
        data.add("dumpsize", self.pack("i", facts.pages & 0x7FFFFFFF), b"", align=4)
        data.add("dumpdev", self.pack("i", 0x0401), b"", align=4)
        data.add("dumplo", self.pack("L", facts.dumplo), b"")
        data.add("time_second", self.pack("q", 1_700_000_000), b"")
        data.add("physmem", self.pack("L", facts.physical), b"")
        data.add("uvmexp", self.uvmexp(facts), b"")
        where = data.add("", PANIC.encode() + b"\0", align=1)
        data.add("panicstr", self.word(where), b"")
        data.add("msgbufp", self.word(msgbuf), b"")

    def note(self, kind: elf.ElfKind) -> tuple[str, bytes]:
        """sys/sys/exec_elf.h: the note has no version."""
        return ".note.openbsd.ident", elf.note(kind, b"OpenBSD", 1, bytes(4))

    def msgbuf(self) -> bytes:
        """struct msgbuf: magic, next byte to write and to read, size, length, lost bytes."""
        size = min(self.pagesize, FRAME) - 6 * self.bits // 8
        head = self.pack("LLLLLL", MSG_MAGIC, len(MESSAGES), 0, size, len(MESSAGES), 0)
        return head + MESSAGES.encode()
