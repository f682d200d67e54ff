# SPDX-License-Identifier: BSD-2-Clause
"""Hash content of physical memory, and the model's only source of random numbers."""

import numpy as np

MASK64 = (1 << 64) - 1
MUL1 = 0xBF58476D1CE4E5B9
MUL2 = 0x94D049BB133111EB


def mix(z: int) -> int:
    """splitmix64's finaliser: mix(0) = 0, mix(1) = 5692161d100b05e5."""
    z = ((z ^ z >> 30) * MUL1) & MASK64
    z = ((z ^ z >> 27) * MUL2) & MASK64
    return z ^ z >> 31


def _mix_words(z: np.ndarray) -> np.ndarray:
    """mix of each element, in place."""
    z ^= z >> np.uint64(30)
    z *= np.uint64(MUL1)
    z ^= z >> np.uint64(27)
    z *= np.uint64(MUL2)
    z ^= z >> np.uint64(31)
    return z


def content(seed: int, pa: int, size: int) -> bytes:
    """Hash content of size bytes from physical address pa on; any alignment."""
    first, end = pa & ~7, (pa + size + 7) & ~7
    words = np.arange((end - first) // 8, dtype=np.uint64)
    words <<= np.uint64(3)
    words += np.uint64(first)
    words ^= np.uint64(seed)
    raw = _mix_words(words).astype("<u8", copy=False).tobytes()
    return raw[pa - first : pa - first + size]


class Rng:
    """splitmix64: the same numbers on every machine and under every Python."""

    GAMMA = 0x9E3779B97F4A7C15

    def __init__(self, seed: int) -> None:
        self._state = seed & MASK64

    def next(self) -> int:
        """The next 64-bit number."""
        self._state = (self._state + self.GAMMA) & MASK64
        return mix(self._state)

    def below(self, limit: int) -> int:
        """A number in [0, limit); limit may not exceed 2**64."""
        return (self.next() * limit) >> 64
