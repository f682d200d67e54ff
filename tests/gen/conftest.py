# SPDX-License-Identifier: BSD-2-Clause
"""Where the built parts are, and the rule that no test may silently go missing."""

import os
import sys
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "gen"))

BUILD = ROOT / os.environ.get("BUILD", "build")

settings.register_profile(
    "gen", max_examples=int(os.environ.get("GEN_EXAMPLES", "200")), deadline=None, database=None,
    print_blob=True, suppress_health_check=list(HealthCheck),
)
settings.load_profile("gen")


@pytest.fixture(scope="session")
def fixtures() -> list[Path]:
    """Directories of the built fixtures."""
    where = ROOT / os.environ.get("FIXTURES", str(BUILD / "fixtures"))
    found = sorted(p.parent for p in where.glob("*/oracle"))
    assert found, f"no fixtures in {where}: make fixtures"
    return found


@pytest.fixture(scope="session")
def library() -> Path:
    """The shared library under test."""
    path = ROOT / os.environ.get("KCORE_LIB", str(BUILD / "lib" / "libkvm.so"))
    if not path.exists():
        pytest.skip(f"no library at {path}: make")
    return path


def _counts(config: pytest.Config) -> tuple[int, int]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("passed", [])), len(reporter.stats.get("skipped", []))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fails the run if fewer tests took part than GEN_COUNT names."""
    wanted = os.environ.get("GEN_COUNT")
    if wanted and exitstatus == 0 and sum(_counts(session.config)) < int(wanted):
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """One line of totals; skips are counted apart, with their reasons."""
    passed, skipped = _counts(terminalreporter.config)
    wanted = os.environ.get("GEN_COUNT", "any number")
    terminalreporter.write_line(f"gen: {passed} passed, {skipped} skipped, {wanted} wanted")
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"gen: skipped {report.nodeid}: {report.longrepr[2]}")
