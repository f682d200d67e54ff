#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes fixtures into one small file, from which unfold.c makes them again with libc alone.

Most of a fixture is hash content (fixtures/README.md), which does not compress.  But the hash
can be undone: a word tells the physical address that it stands for, so runs of it are found in
any container, whatever its form, and only named.  Zeros become holes.

The file is a line "kcore-fold 1", and for each fixture's file

    file PATH SIZE SEED         the rest of the file is zero
    hash OFFSET LEN PA          LEN bytes at OFFSET are the hash of physical memory from PA on
    fill OFFSET LEN HEX         HEX, over and over
    data OFFSET LEN             LEN bytes follow, and a newline
    end CRC                     CRC-32 of the bytes of all these records, in order

with numbers hexadecimal; then a line "kcore-fold end".

usage: fold.py OUT DIR...      fixtures are the directories with an oracle at or below DIR
"""

import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

BLOCK = 4096
CHUNK = 16 << 20
LEAST = 8               # words of hash that are worth a record
PERIOD = 16             # of what a device holds where nobody wrote
LEAST_FILL = 512        # bytes of it
INVERSE_1 = np.uint64(pow(0xBF58476D1CE4E5B9, -1, 1 << 64))
INVERSE_2 = np.uint64(pow(0x94D049BB133111EB, -1, 1 << 64))

Piece = tuple[int, bytes]       # offset in the file, bytes
Part = tuple[int, bytes, str]   # and how to say it: "hash PA", "fill HEX" or "data"


def unshift(z: np.ndarray, n: int) -> np.ndarray:
    """The x of which z is x ^ x >> n."""
    x = z.copy()
    for _ in range(64 // n):
        x = z ^ (x >> np.uint64(n))
    return x


def unmix(z: np.ndarray) -> np.ndarray:
    """splitmix64's finaliser, backwards."""
    z = unshift(z, 31) * INVERSE_2
    z = unshift(z, 27) * INVERSE_1
    return unshift(z, 30)


def hash_runs(words: np.ndarray, seed: int) -> Iterator[tuple[int, int, int]]:
    """Runs of hash among words: first word, count, physical address."""
    pa = unmix(words) ^ np.uint64(seed)
    follows = np.concatenate(([False], (pa[1:] - pa[:-1]) == 8, [False]))
    edges = np.flatnonzero(follows[1:] != follows[:-1])
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist()):
        if last - first + 1 >= LEAST and int(pa[first]) % 8 == 0:
            yield first, last - first + 1, int(pa[first])


def fills(off: int, data: bytes) -> Iterator[Part]:
    """A piece as parts that repeat, and the others."""
    a = np.frombuffer(data, np.uint8)
    again = np.concatenate(([False], a[PERIOD:] == a[:-PERIOD], [False]))
    edges = np.flatnonzero(again[1:] != again[:-1])
    done = 0
    for first, last in zip(edges[::2].tolist(), edges[1::2].tolist()):
        end = last + PERIOD
        first = max(first, done)
        if end - first < LEAST_FILL:
            continue
        if first > done:
            yield off + done, data[done:first], "data"
        yield off + first, data[first:end], f"fill {data[first:first + PERIOD].hex()}"
        done = end
    if done < len(data):
        yield off + done, data[done:], "data"


class Folder:
    """Writes files one after the other."""

    def __init__(self, out: BinaryIO) -> None:
        self.out = out
        self.align = 0          # of hash words, modulo 8: mostly as in the data before

    def pieces(self, fd: int, size: int) -> Iterator[Piece]:
        """What is not zero, in blocks that lie together."""
        at = 0
        while at < size:
            try:
                at = os.lseek(fd, at, os.SEEK_DATA) // BLOCK * BLOCK
            except OSError:
                return          # zeros to the end
            data = os.pread(fd, CHUNK, at)
            whole = data + bytes(-len(data) % BLOCK)
            used = np.frombuffer(whole, np.uint64).reshape(-1, BLOCK // 8).any(axis=1)
            edges = np.flatnonzero(np.diff(np.concatenate(([0], used.view(np.int8), [0]))))
            for first, last in zip(edges[::2].tolist(), edges[1::2].tolist()):
                yield at + first * BLOCK, data[first * BLOCK:last * BLOCK]
            at += len(data)

    def split(self, piece: Piece, seed: int) -> list[Part]:
        """A piece as parts in order."""
        rest: list[Piece] = [piece]
        found: list[Part] = []
        for align in sorted(range(8), key=lambda a: a != self.align):
            left: list[Piece] = []
            for off, data in rest:
                skip = (align - off) % 8
                count = (len(data) - skip) // 8
                done = 0
                if count >= LEAST:
                    words = np.frombuffer(data, "<u8", count, skip)
                    for first, n, pa in hash_runs(words, seed):
                        start = skip + 8 * first
                        if start > done:
                            left.append((off + done, data[done:start]))
                        done = start + 8 * n
                        found.append((off + start, data[start:done], f"hash {pa:x}"))
                        self.align = align
                if done < len(data):
                    left.append((off + done, data[done:]))
            rest = left
        return sorted([*found, *(part for p in rest for part in fills(*p))])

    def file(self, path: Path, name: str, seed: int) -> None:
        """One file, under that name."""
        crc = 0
        fd = os.open(path, os.O_RDONLY)
        self.out.write(f"file {name} {os.fstat(fd).st_size:x} {seed:x}\n".encode())
        for piece in self.pieces(fd, os.fstat(fd).st_size):
            for off, data, how in self.split(piece, seed):
                crc = zlib.crc32(data, crc)
                kind, _, what = how.partition(" ")
                self.out.write(f"{kind} {off:x} {len(data):x}{what and ' ' + what}\n".encode())
                if kind == "data":
                    self.out.write(data + b"\n")
        self.out.write(f"end {crc:x}\n".encode())
        os.close(fd)


def seed_of(oracle: Path) -> int:
    """The seed that the oracle states; without one nothing is hash."""
    with oracle.open() as f:
        for line in f:
            if line.startswith("seed "):
                return int(line.split()[1], 16)
    return 0


def main() -> int:
    """All files of all fixtures; of one name together, which is how they compress best."""
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    fixtures = [p.parent for d in sys.argv[2:] for p in Path(d).rglob("oracle")
                if not any(part.startswith(".") for part in p.relative_to(d).parts)]
    files = sorted((f.name, d) for d in fixtures for f in d.iterdir() if f.is_file())
    with open(sys.argv[1], "wb") as out:
        folder = Folder(out)
        out.write(b"kcore-fold 1\n")
        for name, where in sorted(files, key=lambda f: (f[0], f[1].name)):
            folder.file(where / name, f"{where.name}/{name}", seed_of(where / "oracle"))
        out.write(b"kcore-fold end\n")
    return 0 if fixtures else 1


if __name__ == "__main__":
    sys.exit(main())
