# SPDX-License-Identifier: BSD-2-Clause
"""Where the built parts are, and the rule that no test may silently go missing."""

import os
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def kcore() -> Path:
    """The tool under test."""
    path = ROOT / os.environ.get("KCORE", "build/bin/kcore")
    assert path.exists(), f"no tool at {path}: make"
    return path


@pytest.fixture(scope="session")
def fixtures() -> Path:
    """The folder of the built fixtures."""
    return ROOT / os.environ.get("FIXTURES", "build/fixtures")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How many tests must take part."""
    parser.addoption("--count-at-least", type=int, default=0)


def _counts(config: pytest.Config) -> tuple[int, int]:
    stats = config.pluginmanager.get_plugin("terminalreporter").stats
    return len(stats.get("passed", [])), len(stats.get("skipped", []))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fails the run if fewer took part."""
    if exitstatus == 0 and sum(_counts(session.config)) < session.config.option.count_at_least:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Skips with their reasons."""
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"convert: skipped {report.nodeid}: {report.longrepr[2]}")
