# SPDX-License-Identifier: BSD-2-Clause
"""A fixture's core file, as if it were not compressed."""

import gzip
import io
from pathlib import Path
from typing import BinaryIO


def open_core(where: Path) -> BinaryIO:
    """The core of a fixture directory, for reading; the caller closes it."""
    if (where / "core.gz").exists():
        return io.BytesIO(gzip.decompress((where / "core.gz").read_bytes()))
    if (where / "core.zst").exists():
        import zstandard

        data = (where / "core.zst").read_bytes()
        return io.BytesIO(zstandard.ZstdDecompressor().decompressobj().decompress(data))
    return open(where / "core", "rb")
