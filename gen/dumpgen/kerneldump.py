# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD's and DragonFly's dump device: headers, parity, key, compression.

Format: FreeBSD sys/sys/kerneldump.h (version 4), sys/sys/kerneldump_compat.h (1 to 3).  All
numbers are big-endian on every machine.
"""

import io
import struct
import tarfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from .container import Container, Field, Header, Image, Parts
from .hash import content

MAGIC = b"FreeBSD Kernel Dump"
TEXTDUMP = b"FreeBSD Text Dump"
CLEARED = b"Cleared Kernel Dump"
SIZE = 512
RESERVED = 1 << 16                  # bytes at the start of a medium that no kernel writes
HEADER_KEYS = ("magic", "version", "blocksize", "dumplength", "dumpextent", "dumpkeysize",
               "compression", "architecture")
COMPRESSION = {"": 0, "gz": 1, "zst": 2}
AES_256_CBC = 1

# (name, bytes, whether it is text), in the order of the struct; each is 512 bytes long.
_HEAD = (("magic", 20, True), ("architecture", 12, True), ("version", 4, False),
         ("architectureversion", 4, False))
_LAYOUTS = {
    1: (("dumplength", 8, False), ("dumptime", 8, False), ("blocksize", 4, False),
        ("hostname", 64, True), ("versionstring", 192, True), ("panicstring", 192, True)),
    2: (("dumplength", 8, False), ("dumptime", 8, False), ("dumpkeysize", 4, False),
        ("blocksize", 4, False), ("hostname", 64, True), ("versionstring", 192, True),
        ("panicstring", 188, True)),
    3: (("dumplength", 8, False), ("dumpextent", 8, False), ("dumptime", 8, False),
        ("dumpkeysize", 4, False), ("blocksize", 4, False), ("compression", 1, False),
        ("hostname", 64, True), ("versionstring", 192, True), ("panicstring", 179, True)),
    4: (("dumplength", 8, False), ("dumptime", 8, False), ("dumpkeysize", 4, False),
        ("blocksize", 4, False), ("hostname", 64, True), ("versionstring", 192, True),
        ("panicstring", 175, True), ("compression", 1, False), ("dumpextent", 8, False),
        ("unused", 4, True)),
}


# The architecture's name (MACHINE_ARCH) and its version of the dump.
_ARCH = {"i386": ("i386", 2), "amd64": ("amd64", 2), "x86_64": ("x86_64", 2),
         "arm64": ("aarch64", 1), "riscv": ("riscv64", 1)}


def names(os: str, machine: str, byteorder: str) -> dict[str, int | str]:
    """What the header says of machine and panic."""
    arch, number = _ARCH.get(machine, (machine, 1))
    if machine == "arm":
        arch = "armv7" if byteorder == "little" else "armeb"
    return {
        "architecture": arch, "architectureversion": number, "dumptime": 1_700_000_000,
        "hostname": f"{os}.model", "versionstring": f"{os} of the model #0",
        "panicstring": "kernel diagnostic assertion failed",
    }


def fields(version: int) -> dict[str, Field]:
    """Where each member lies, by its name."""
    out, at = {}, 0
    for name, size, _ in (*_HEAD, *_LAYOUTS[version], ("parity", 4, False)):
        out[name] = Field(at, size, "big")
        at += size
    assert at == SIZE
    return out


def parity(data: bytes) -> int:
    """The word that makes the XOR of all words of the header 0."""
    out = 0
    for (word,) in struct.iter_unpack(">I", data[: SIZE - 4]):
        out ^= word
    return out


def pack(version: int, values: Mapping[str, int | str]) -> bytes:
    """A header; what values lacks is 0 or empty, what the version lacks is left out."""
    data = bytearray()
    layout = _LAYOUTS.get(version, _LAYOUTS[4])
    for name, size, text in (*_HEAD, *layout):
        value = values.get(name, version if name == "version" else 0)
        if text:
            raw = str(value or "").encode()
            # The strings of the kernel end with a zero, but for the magic nobody checks.
            data += raw[: size - 1].ljust(size, b"\0")
        else:
            data += int(value).to_bytes(size, "big")
    return bytes(data + parity(bytes(data)).to_bytes(4, "big"))


def gzip(data: bytes) -> bytes:
    """sys/kern/subr_compressor.c: a member with the plain 10-byte header, no name, no time."""
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
    body = deflate.compress(data) + deflate.flush()
    head = bytes([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3])
    return head + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def zstd(data: bytes) -> bytes:
    """One frame with a checksum; its header does not tell the size, as streams do not."""
    import zstandard

    return zstandard.ZstdCompressor(
        level=9, write_checksum=True, write_content_size=False).compress(data)


def compress(how: str, data: bytes) -> bytes:
    """data as "gz", "zst", or as it is."""
    return {"": bytes, "gz": gzip, "zst": zstd}[how](data)


def key(encryption: int, size: int, block: int, salt: int) -> bytes:
    """struct kerneldumpkey: how, IV, size of the encrypted key, that key; padded to a block."""
    data = bytes([encryption]) + content(salt, 0, 32) + size.to_bytes(4, "big")
    data += content(salt, 32, -(-size // 8) * 8)[:size]
    return data + bytes(-len(data) % block)


@dataclass(frozen=True)
class Medium:
    """How a dump lies on its device."""

    version: int = 4
    block: int = 512
    compression: str = ""
    slack: int = 0              # blocks between a compressed dump's end and the last header
    before: int = RESERVED      # bytes before the first header
    keysize: int = 0            # of the encrypted key; 0: not encrypted
    stale: bool = False         # headers of an older dump lie around this one
    header: Mapping[str, int | str] = field(default_factory=dict)   # what else the header says

    def layout(self, size: int, names: Mapping[str, int | str], salt: int) -> "Layout":
        """size: bytes that the kernel writes, compressed already."""
        blocks = -(-size // self.block)
        extent = (blocks + (self.slack if self.compression else 0)) * self.block
        secret = key(AES_256_CBC, self.keysize, self.block, salt) if self.keysize else b""
        # An uncompressed dump is a whole number of blocks, and its length says so.
        head = pack(self.version, {
            "magic": MAGIC.decode(), **names, "blocksize": self.block,
            "dumplength": size if self.compression else extent, "dumpextent": extent,
            "dumpkeysize": len(secret), "compression": COMPRESSION[self.compression],
            **self.header,
        })
        return Layout(head, secret, extent)


@dataclass(frozen=True)
class Layout:
    """The parts of a dump on a device."""

    header: bytes
    key: bytes
    extent: int


def write(
    medium: Medium, image: bytes, names: Mapping[str, int | str], salt: int,
    noise: Callable[[int, int], bytes],
) -> tuple[bytes, dict[str, Field]]:
    """A medium with image, as the kernel wrote it, at its end; first.NAME and last.NAME are the
    fields of the two headers."""
    lay = medium.layout(len(image), names, salt)
    block = lay.header.ljust(medium.block, b"\0")
    data = content(salt ^ 0x5EC2E7, 0, -(-len(image) // 8) * 8)[: len(image)] if lay.key else image
    room = noise(lay.extent - len(data), salt | 4)
    before = noise(medium.before, salt | 1)
    if medium.stale:
        # Of a shorter dump that nobody saved: its last header is in the slack.
        old = pack(medium.version, {
            "magic": MAGIC.decode(), **names, "blocksize": medium.block, "dumptime": 1,
            "dumplength": medium.block, "dumpextent": medium.block,
        }).ljust(medium.block, b"\0")
        at = len(before) - 3 * medium.block
        before = before[:at] + old + before[at + medium.block :]
        if len(room) >= medium.block:
            room = room[: -medium.block] + old
    out = before + block + lay.key + data + room + block
    places = {}
    for where, at in (("first", len(before)), ("last", len(out) - medium.block)):
        for name, f in fields(medium.version).items():
            places[f"{where}.{name}"] = Field(at + f.offset, f.size, f.byteorder)
    return out, places


@dataclass(frozen=True)
class Fronted(Container):
    """A core file that begins with something else: a dump header that nobody took off, or what is
    no memory at all."""

    of: Container
    before: Callable[[int], bytes]      # takes the size of the dump
    places: Mapping[str, Field] = field(default_factory=dict)

    @property
    def form(self) -> str:
        """The other container's."""
        return self.of.form

    def image(self, parts: Parts) -> Image:
        """Fields of the header in front are kd.NAME."""
        image = self.of.image(parts)
        data = self.before(len(image.header.data) + parts.memory.size)
        found = {f"kd.{n}": f for n, f in self.places.items()}
        for name, f in image.header.fields.items():
            found[name] = Field(len(data) + f.offset, f.size, f.byteorder)
        return replace(image, header=Header(data + image.header.data, found))


def _tar() -> bytes:
    """The start of a textdump as savecore(8) leaves it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        info = tarfile.TarInfo("ddb.txt")
        info.size = 8
        tar.addfile(info, io.BytesIO(b"db> bt\n\n"))
    return out.getvalue()


def front(what: str, of: Container, arch: Mapping[str, int | str], salt: int) -> Container:
    """of behind "header", a good dump header; "encrypted", one with a key; "cleared"; "textdump";
    "tar", a textdump that savecore(8) took from its device."""
    if what == "tar":
        return Fronted(of, lambda size: _tar())
    magic = {"textdump": TEXTDUMP, "cleared": CLEARED}.get(what, MAGIC)
    secret = key(AES_256_CBC, 256, SIZE, salt) if what == "encrypted" else b""

    def head(size: int) -> bytes:
        return pack(4, {
            **arch, "magic": magic.decode(), "blocksize": SIZE, "dumpkeysize": len(secret),
            "dumplength": size, "dumpextent": size,
        }) + secret

    return Fronted(of, head, fields(4))
