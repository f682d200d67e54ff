# SPDX-License-Identifier: BSD-2-Clause
"""fixtures/DEFECTS.md: rows in order, and none with a check of a fixture that is not there."""

from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


def test_rows() -> None:
    lines = (FIXTURES / "DEFECTS.md").read_text().splitlines()
    rows = [[c.strip() for c in ln.strip("|").split("|")] for ln in lines if ln.startswith("|")][2:]
    assert len(rows) >= 30
    names = {p.stem for p in FIXTURES.glob("*.toml")}
    for row in rows:
        assert len(row) == 4 and all(row), row
        assert row[3].split("/")[0] in names, row
        assert row[3].startswith(row[0].replace("/", "-") + "-"), row
    assert [r[0] for r in rows] == sorted(r[0] for r in rows)
    assert len({tuple(r) for r in rows}) == len(rows)
