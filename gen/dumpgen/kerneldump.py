# SPDX-License-Identifier: BSD-2-Clause
"""FreeBSD's and DragonFly's dump device: headers, parity, key, compression.

Format: FreeBSD sys/sys/kerneldump.h (version 4), sys/sys/kerneldump_compat.h (1 to 3).  All
numbers are big-endian on every machine.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from .container import Field
from .hash import content

MAGIC = b"FreeBSD Kernel Dump"
TEXTDUMP = b"FreeBSD Text Dump"
CLEARED = b"Cleared Kernel Dump"
SIZE = 512
RESERVED = 1 << 16                  # bytes at the start of a medium that no kernel writes
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

    def layout(self, image: bytes, names: Mapping[str, int | str], salt: int) -> "Layout":
        """image is what the kernel writes: compressed already."""
        blocks = -(-len(image) // self.block)
        extent = (blocks + (self.slack if self.compression else 0)) * self.block
        secret = key(AES_256_CBC, self.keysize, self.block, salt) if self.keysize else b""
        # An uncompressed dump is a whole number of blocks, and its length says so.
        head = pack(self.version, {
            "magic": MAGIC.decode(), **names, "blocksize": self.block,
            "dumplength": len(image) if self.compression else extent, "dumpextent": extent,
            "dumpkeysize": len(secret), "compression": COMPRESSION[self.compression],
        })
        return Layout(head, secret, extent)


@dataclass(frozen=True)
class Layout:
    """The parts of a dump on a device."""

    header: bytes
    key: bytes
    extent: int
