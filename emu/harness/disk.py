# SPDX-License-Identifier: BSD-2-Clause
"""The guest's disk: an MBR partition with a disklabel, or a bare dump device; marks elsewhere."""

from __future__ import annotations

import pathlib
import struct

SECTOR = 512
NETBSD_START, SWAP_START = 2051, 6144
BEHIND = 2000                           # sectors after the swap partition
MARK = b"untouched sector"


def _label(order: str, swap: int) -> bytes:
    """A disklabel with partition b: sys/disklabel.h, in the machine's byte order."""
    text = bytearray(SECTOR)
    struct.pack_into(order + "I", text, 0, 0x82564557)
    struct.pack_into(order + "I", text, 132, 0x82564557)
    struct.pack_into(order + "HII", text, 138, 2, 8192, 8192)
    struct.pack_into(order + "IIIBBH", text, 148, 4096, NETBSD_START, 0, 7, 0, 0)
    struct.pack_into(order + "IIIBBH", text, 164, swap, SWAP_START, 0, 1, 0, 0)
    total = 0
    for (word,) in struct.iter_unpack(order + "H", text[:148 + 2 * 16]):
        total ^= word
    struct.pack_into(order + "H", text, 136, total)
    return bytes(text)


def write(path: pathlib.Path, sectors: int, labelled: bool, byteorder: str) -> None:
    """Makes the disk's file."""
    with open(path, "wb") as disk:
        disk.write(MARK * (sectors * SECTOR // len(MARK)))
        if not labelled:
            return
        mbr = bytearray(SECTOR)
        struct.pack_into("<BBBBBBBBII", mbr, 446 + 3 * 16, 0x80, 0, 0, 0, 0xA9, 0, 0, 0, NETBSD_START,
                         sectors - NETBSD_START)
        mbr[510:] = b"\x55\xaa"
        disk.seek(0)
        disk.write(mbr)
        disk.seek((NETBSD_START + 1) * SECTOR)
        disk.write(_label("<" if byteorder == "little" else ">",
                          sectors - SWAP_START - BEHIND))


def first_touched(data: bytes, first: int, end: int) -> int | None:
    """The first sector of first .. end-1 that does not hold the mark any more."""
    sector = MARK * (SECTOR // len(MARK))
    if data[first * SECTOR:end * SECTOR] == sector * (end - first):
        return None
    return next(i for i in range(first, end) if data[i * SECTOR:(i + 1) * SECTOR] != sector)
