# SPDX-License-Identifier: BSD-2-Clause
"""Names the smallest intact fixture of each system, machine and form: pick.py FIXTURES."""

import sys
from pathlib import Path

LARGEST = 24 << 20      # IMAGE_MAX of damage.c


def main() -> None:
    """Prints the directories, one a line."""
    best: dict[tuple[str, ...], tuple[int, Path]] = {}
    for directory in sorted(Path(sys.argv[1]).iterdir()):
        core, facts = directory / "core", {}
        if not core.is_file() or not (directory / "oracle").is_file():
            continue
        with (directory / "oracle").open() as oracle:
            for line in oracle:
                words = line.split()
                if words and words[0] in ("map", "hole", "ram"):
                    break
                facts.setdefault(words[0] if words else "", " ".join(words[1:]))
        undefined = facts.get("regime") == "undefined"
        if facts.get("open") != "ok" and not undefined:
            continue
        size = core.stat().st_size
        if size > LARGEST or directory.name.endswith("-short"):
            continue
        key = tuple(facts.get(k, "") for k in ("os", "machine", "form"))
        if key not in best or size < best[key][0]:
            best[key] = (size, directory)
    for _, directory in best.values():
        print(directory)


if __name__ == "__main__":
    main()
