# SPDX-License-Identifier: BSD-2-Clause
"""Hash content against published vectors of splitmix64."""

import pytest
from dumpgen.hash import Rng, content, mix


@pytest.mark.parametrize("z, want", [(0, 0), (1, 0x5692161D100B05E5)])
def test_mix_vectors(z: int, want: int) -> None:
    assert mix(z) == want


def test_rng_is_splitmix64() -> None:
    """Steele, Lea, Flood: the generator's first outputs from seed 0."""
    rng = Rng(0)
    assert [rng.next() for _ in range(3)] == [
        0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F,
    ]


@pytest.mark.parametrize("seed", [0, 1, 0xFEDCBA9876543210])
@pytest.mark.parametrize("pa", [0, 8, 0xFFFFFFF8, 0x100000000, 0xFFFFFFFFFFFF8])
def test_content_is_mix_little_endian(seed: int, pa: int) -> None:
    want = b"".join(mix((pa + i) ^ seed).to_bytes(8, "little") for i in range(0, 64, 8))
    assert content(seed, pa, 64) == want


def test_content_at_odd_places() -> None:
    whole = content(7, 0x1000, 4096)
    for off in (1, 7, 8, 9, 4090):
        for size in (0, 1, 3, 6):
            assert content(7, 0x1000 + off, size) == whole[off : off + size]


def test_below_stays_below() -> None:
    rng = Rng(3)
    assert {rng.below(5) for _ in range(200)} == {0, 1, 2, 3, 4}
