# SPDX-License-Identifier: BSD-2-Clause
"""Headers of FreeBSD's dump device: each member's place, parity, compression."""

import gzip
import struct

import pytest
from dumpgen import kerneldump as kd

# Where the members lie: freebsd sys/sys/kerneldump.h and kerneldump_compat.h.
PLACES = {
    1: {"dumplength": 40, "dumptime": 48, "blocksize": 56, "hostname": 60, "versionstring": 124,
        "panicstring": 316},
    2: {"dumplength": 40, "dumptime": 48, "dumpkeysize": 56, "blocksize": 60, "hostname": 64,
        "versionstring": 128, "panicstring": 320},
    3: {"dumplength": 40, "dumpextent": 48, "dumptime": 56, "dumpkeysize": 64, "blocksize": 68,
        "compression": 72, "hostname": 73, "versionstring": 137, "panicstring": 329},
    4: {"dumplength": 40, "dumptime": 48, "dumpkeysize": 56, "blocksize": 60, "hostname": 64,
        "versionstring": 128, "panicstring": 320, "compression": 495, "dumpextent": 496},
}


@pytest.mark.parametrize("version", PLACES)
def test_members(version: int) -> None:
    places = {n: f.offset for n, f in kd.fields(version).items()}
    common = {"magic": 0, "architecture": 20, "version": 32, "architectureversion": 36,
              "parity": 508}
    assert {**common, **PLACES[version]}.items() <= places.items()


@pytest.mark.parametrize("version", PLACES)
def test_header(version: int) -> None:
    h = kd.pack(version, {"magic": kd.MAGIC.decode(), "architecture": "amd64", "dumplength": 0x123000,
                          "dumpextent": 0x124000, "blocksize": 4096, "hostname": "h" * 99,
                          "compression": 2, "panicstring": "why"})
    assert len(h) == 512
    assert h[:32] == b"FreeBSD Kernel Dump\0amd64" + bytes(7)
    assert struct.unpack_from(">I", h, 32) == (version,)
    at = PLACES[version]
    assert struct.unpack_from(">Q", h, at["dumplength"]) == (0x123000,)
    assert struct.unpack_from(">I", h, at["blocksize"]) == (4096,)
    assert h[at["hostname"] : at["hostname"] + 64] == b"h" * 63 + b"\0"
    assert h[at["panicstring"] :][:4] == b"why\0"
    if "dumpextent" in at:
        assert struct.unpack_from(">Q", h, at["dumpextent"]) == (0x124000,)
        assert h[at["compression"]] == 2
    total = 0
    for (word,) in struct.iter_unpack("<I", h):     # either order will do
        total ^= word
    assert total == 0 and any(h[508:])


@pytest.mark.parametrize("size", [0, 1, 100_000])
def test_compression(size: int) -> None:
    data = (bytes(range(251)) * (size // 251 + 1))[:size]
    packed = kd.compress("gz", data)
    assert packed[:10].hex(" ") == "1f 8b 08 00 00 00 00 00 00 03"
    assert gzip.decompress(packed) == data
    packed = kd.compress("zst", data)
    assert packed[:4].hex(" ") == "28 b5 2f fd"
    # RFC 8878, 3.1.1.1.1: a checksum, and no size of the content
    assert packed[4] & 4 and not packed[4] & 0xE0
    zstandard = pytest.importorskip("zstandard")
    assert zstandard.ZstdDecompressor().decompressobj().decompress(packed) == data
    assert kd.compress("", data) == data


@pytest.mark.parametrize("block, size", [(512, 256), (4096, 256), (512, 475), (512, 476)])
def test_key(block: int, size: int) -> None:
    """37 bytes and the encrypted key, packed."""
    data = kd.key(1, size, block, 7)
    assert len(data) % block == 0 and len(data) >= 37 + size > len(data) - block
    assert data[0] == 1 and data[33:37] == size.to_bytes(4, "big")
    assert any(data[37 : 37 + size]) and not any(data[37 + size :])


def test_medium() -> None:
    image = bytes(5000)
    lay = kd.Medium(4, 4096, "gz", slack=3).layout(len(image), {"architecture": "amd64"}, 1)
    f = kd.fields(4)
    assert lay.extent == 5 * 4096
    assert lay.header[f["dumplength"].offset :][:8] == (5000).to_bytes(8, "big")
    assert lay.header[f["dumpextent"].offset :][:8] == (5 * 4096).to_bytes(8, "big")
    lay = kd.Medium(2, 512, keysize=256).layout(len(image), {}, 1)
    assert len(lay.key) == 512 and lay.extent == 5120
    assert lay.header[f["dumplength"].offset :][:8] == (5120).to_bytes(8, "big")
    assert lay.header[kd.fields(2)["dumpkeysize"].offset :][:4] == (512).to_bytes(4, "big")
