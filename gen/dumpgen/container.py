# SPDX-License-Identifier: BSD-2-Clause
"""What the model asks of the files that a dump comes in: netbsd.py, minidump.py, elfcore.py.

A core file is a header, then the pages of memory that the container keeps, in the order of
Memory.segments.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .spans import Span

if TYPE_CHECKING:
    from .memory import Memory
    from .port.base import Port
    from .scenario import Scenario


@dataclass(frozen=True)
class Field:
    """A number in a header, by which a scenario may damage it."""

    offset: int
    size: int
    byteorder: str


@dataclass(frozen=True)
class Header:
    """Header bytes and the place of each field in them."""

    data: bytes
    fields: dict[str, Field]


@dataclass(frozen=True)
class State:
    """What a port of NetBSD or OpenBSD makes its header from."""

    root: object            # the builder's, with the scenario's root_bits if it is a number
    segments: list[Span]    # of the dump
    tree: object            # the builder, for .blob and its like


@dataclass(frozen=True)
class Parts:
    """What a container is made from: the machine at its panic."""

    scn: "Scenario"
    port: "Port"
    memory: "Memory"
    tree: Any               # the builder of the machine's tables
    root: Any               # what names them, with the scenario's root_bits
    kernel: list[Span]      # where the kernel's image lies in memory


@dataclass(frozen=True)
class Image:
    """What is in the core file before its memory, and how a reader sees it."""

    header: Header
    cpu: bytes = b""                # the port's own part of it
    regime: Any = None              # that of the tables in the dump; None: the machine's
    root: Any = 0                   # its tables, if there is such a regime
    blob: bytes | None = None       # tables in the header; None: the builder's
    lines: tuple[str, ...] = ()     # of the oracle, as they are


@dataclass(frozen=True)
class Container:
    """A kind of core file."""

    form = ""                       # the oracle's name for it
    lost = 0                        # bytes of memory that the end of the image lacks

    def select(self, parts: Parts) -> None:
        """Drops from memory what the image leaves out; the tables are finished."""

    def image(self, parts: Parts) -> Image:
        """What goes before the memory that select() has left, whose content is known now."""
        raise NotImplementedError

    def device_header(self, cpu: bytes) -> bytes:
        """What a dying kernel writes before the memory image."""
        raise NotImplementedError
