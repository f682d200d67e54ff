#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks the manual pages: mandoc has nothing to say, links lead somewhere, nothing is missing.

Usage: man.py KVM_H PAGE...
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from package import Report, prototypes


def names(page: Path) -> list[str]:
    """The names in a page's NAME section."""
    section = re.search(r"^\.Sh NAME\n(.*?)^\.Nd", page.read_text(), re.M | re.S)
    return re.findall(r"^\.Nm (\S+)", section[1], re.M) if section else []


def main() -> int:
    """Command line."""
    header, pages = Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
    report = Report()
    described = {f"{name}({page.suffix[1:]})" for page in pages for name in names(page)}
    for page in pages:
        lint = subprocess.run(
            ["mandoc", "-Tlint", "-Wstyle", page], capture_output=True, text=True, check=False
        )
        # Links are checked below against the pages of this tree; what this machine has of the
        # others says nothing.
        said = [
            line
            for line in (lint.stdout + lint.stderr).splitlines()
            if "referenced manual not found" not in line and "mandoc.db" not in line
        ]
        report.check(f"{page}: mandoc -Tlint", not said, *said)
        report.check(f"{page}: is among its own names", page.stem in names(page), *names(page))
        links = {f"{n}({s})" for n, s in re.findall(r"^\.Xr (\S+) (\d)", page.read_text(), re.M)}
        ours = {link for link in links if link.startswith(("kvm", "kcore"))}
        report.check(f"{page}: its links lead somewhere", ours <= described, *(ours - described))
    for function in sorted(prototypes(header)):
        report.check(f"{function} has a page", f"{function}(3)" in described)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
