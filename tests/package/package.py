# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the package share: reporting, and the functions that kvm.h declares."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path


class Report:
    """TAP on standard output, and the totals."""

    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    def check(self, name: str, good: bool, *detail: object) -> bool:
        """One check; the details are shown if it fails."""
        number = self.passed + self.failed + self.skipped + 1
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
        if good:
            self.passed += 1
        else:
            self.failed += 1
            for item in detail:
                for line in str(item).splitlines():
                    print(f"#  {line}")
        return good

    def skip(self, name: str, why: str) -> None:
        """One check that cannot run here."""
        self.skipped += 1
        print(f"ok {self.passed + self.failed + self.skipped} - {name} # SKIP {why}")

    def finish(self) -> int:
        """Prints the plan and the totals; the exit status."""
        print(f"1..{self.passed + self.failed + self.skipped}")
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 0 if self.passed and not self.failed else 1


def prototypes(header: Path) -> set[str]:
    """The functions that kvm.h declares, as the preprocessor leaves it."""
    text = subprocess.run(
        ["cc", "-E", "-P", "-D_POSIX_C_SOURCE=200809L", header],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    found = set()
    for declaration in re.sub(r"\{[^{}]*\}", "", text).split(";"):
        if "typedef" in declaration:
            continue
        if match := re.search(r"\b(kvm_\w+)\s*\(", declaration):
            found.add(match[1])
    return found
