# SPDX-License-Identifier: BSD-2-Clause
"""What DragonFly kernels have otherwise than FreeBSD's, from which they come."""

from dataclasses import dataclass

from .. import elf
from .base import Image
from .freebsd import FreebsdPort

VERSION = "DragonFly v6.5.0.1.g1-DEVELOPMENT #0: Thu Jan  1 00:00:00 UTC 1970\n" \
          "    kcore@model:/usr/obj/KCORE\n"
OSRELDATE = 600512              # sys/sys/param.h, __DragonFly_version


class Dragonfly:
    """The system's names; goes before a port's class."""

    def constants(self, ro: Image) -> None:
        """sys/conf/newvers.sh."""
        ro.add("ostype", b"DragonFly\0", align=1)
        ro.add("osrelease", b"6.5-DEVELOPMENT\0", align=1)
        ro.add("version", VERSION.encode() + b"\0", align=32)
        ro.add("osreldate", OSRELDATE.to_bytes(4, "little"), align=4)

    def note(self, kind: elf.ElfKind) -> tuple[str, bytes]:
        """lib/csu/common: the version of the system."""
        return ".note.tag", elf.note(kind, b"DragonFly", 1, OSRELDATE.to_bytes(4, "little"))


@dataclass(frozen=True)
class DragonflyPort(Dragonfly, FreebsdPort):
    """A machine under DragonFly."""

    os: str = "dragonfly"
    elf_osabi: int = 0
