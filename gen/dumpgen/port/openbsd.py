# SPDX-License-Identifier: BSD-2-Clause
"""What OpenBSD kernels of all machines have in common."""

from dataclasses import dataclass

from .. import elf
from ..errors import ScenarioError
from ..mmu.linear import Linear, NoTables
from ..netbsd import Container, Field
from ..scenario import Scenario
from .base import (
    DUMPMAG, FRAME, MESSAGES, MSG_MAGIC, PANIC, Facts, Image, Layout, Port, State,
)

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


@dataclass(frozen=True)
class StaticPort(OpenbsdPort):
    """A machine of which the dump knows only the kernel's static part."""

    static: tuple[int, int] = (0, 0)    # virtual addresses that are translated
    ram: int = 0                        # where the memory begins that kernbase is mapped to

    def place(self, va: int) -> tuple[int | None, bool]:
        """The whole kernel lies in one stretch, also what is not translated."""
        return self.ram + va - self.kernbase, False

    def space(self, tables: object) -> object:
        """sys/arch/{arm,arm64,riscv64}/include/kcore.h: nothing else."""
        lo, hi = self.static
        if lo == hi:
            return tables
        return Linear(lo, hi, self.ram + lo - self.kernbase, word=self.bits)


def static_port(
    scn: Scenario, machine: str, bits: int, elf_machine: int, mid: int, kernelbase: int
) -> StaticPort:
    """[port] kerneloffs, staticsize: what of the kernel is translated; l1, l2: PAs nobody needs.

    The header has 16 words, then eight RAM segments of two u64.
    """
    word = bits // 8
    offset = scn.options.number("kerneloffs", 0x20_0000)
    size = scn.options.number("staticsize", 0x5_0000)
    l1, l2 = scn.options.number("l1", 0), scn.options.number("l2", 0)
    base = scn.options.number("kernelbase", kernelbase)
    start = (base + offset) & (1 << bits) - 1

    def cpu_data(state: State) -> tuple[bytes, dict[str, Field]]:
        out = Layout("little")
        names = ("kernelbase", "kerneloffs", "staticsize", "pmap_kernel_l1", "pmap_kernel_l2")
        for name, value in zip(names, (base, offset, size, l1, l2)):
            out.add(name, word, value)
        out.pad(16 * word)
        if len(state.segments) > 8:
            raise ScenarioError(scn.name, "ram", f"{len(state.segments)} segments, 8 are possible")
        out.segments(state.segments)
        out.pad(16 * word + 8 * 16)
        return out.done()

    return StaticPort(
        machine=machine,
        bits=bits,
        byteorder="little",
        pagesize=4096,
        elf_machine=elf_machine,
        container=Container(mid, 8, "little"),
        regimes={"linear": NoTables(4096, bits)},
        kernbase=base,
        text=start,
        cpu_data=cpu_data,
        spread=0x10000,
        static=(start, start + size),
        ram=scn.ram[0].start,
        dumpmag_size=4 if bits == 32 else 0,
    )
