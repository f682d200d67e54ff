# SPDX-License-Identifier: BSD-2-Clause
"""NetBSD's container, byte by byte."""

import struct

import pytest
from dumpgen.netbsd import Container
from dumpgen.port.base import State
from dumpgen.port.netbsd_amd64 import PORT

SEGMENTS = [(0x1000, 0x3000), (0x100000000, 0x100007000)]


def _header(segments: list, memory: int = 0x9000):
    raw, fields = PORT.cpu_data(State(0x5018, segments, None))
    cpu = PORT.container.pad_cpu(raw)
    return cpu, PORT.container.file_header(cpu, fields, memory)


def test_offsets_of_amd64() -> None:
    cpu, header = _header(SEGMENTS)
    assert len(cpu) == 504
    assert len(header.data) == 536              # where memory begins
    assert header.fields["ptdpaddr"].offset == 24
    assert header.fields["data.c_midmag"].offset == 528
    assert header.data[:16].hex(" ") == "00 9d 8f ca 10 00 08 00 02 00 00 00 00 00 00 00"
    assert header.data[16:24].hex(" ") == "04 00 8f ac f8 01 00 00"
    assert header.data[528:536].hex(" ") == "08 00 8f ac 00 90 00 00"
    words = struct.unpack_from("<6Q", header.data, 24)
    assert words == (0x5018, 2, 0x1000, 0x2000, 0x100000000, 0x7000)
    assert not any(header.data[24 + 48 : 528])


@pytest.mark.parametrize("count, size", [(1, 504), (30, 504), (31, 1016), (62, 1016), (63, 1528)])
def test_cpu_data_fills_blocks(count: int, size: int) -> None:
    """roundup(8 + 16 + 16n, 512) - 8, as sys/arch/amd64 computes it."""
    cpu, _ = _header([(i * 0x2000, i * 0x2000 + 0x1000) for i in range(count)])
    assert len(cpu) == size == -(-(24 + 16 * count) // 512) * 512 - 8


def test_device_header() -> None:
    cpu, _ = _header(SEGMENTS)
    head = PORT.container.device_header(cpu)
    assert len(head) == 512
    assert head[:8].hex(" ") == "04 9d 8f ca f8 01 00 00"
    assert head[8:] == cpu


@pytest.mark.parametrize("memory, low", [
    (0x80000000, 0x80000000), (0x100000000, 0), (0x123456000, 0x23456000),
])
def test_data_size_wraps(memory: int, low: int) -> None:
    _, header = _header(SEGMENTS, memory)
    assert struct.unpack_from("<I", header.data, 532) == (low,)


@pytest.mark.parametrize("align, order, cpu_at, data_at, memory_at", [
    (8, "little", 24, 528, 536), (4, "little", 20, 524, 532), (16, "little", 32, 528, 544),
])
def test_offsets_by_alignment(align, order, cpu_at, data_at, memory_at) -> None:
    """amd64, i386 and aarch64."""
    box = Container(0x9D, align, order)
    cpu = box.pad_cpu(bytes(40))
    header = box.file_header(cpu, {}, 0)
    assert header.fields["cpu.c_size"].offset + box.up(8) - 4 == cpu_at
    assert (header.fields["data.c_midmag"].offset, len(header.data)) == (data_at, memory_at)


def test_big_endian_header() -> None:
    box = Container(0x087, 4, "big")
    header = box.file_header(box.pad_cpu(bytes(600)), {}, 0x2000)
    assert header.data[:20].hex(" ") == (
        "00 87 8f ca 00 0c 00 08 00 00 00 02 04 00 8f ac 00 00 03 f8")
    assert len(header.data) == 1044
