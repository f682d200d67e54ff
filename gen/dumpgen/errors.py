# SPDX-License-Identifier: BSD-2-Clause
"""What goes wrong while a fixture is made."""


class ScenarioError(Exception):
    """A scenario asks for something impossible; the text names scenario, key and value."""

    def __init__(self, scenario: str, key: str, text: str) -> None:
        super().__init__(f"{scenario}: {key}: {text}")


class FixtureError(Exception):
    """A fixture directory is broken, or the model contradicts itself."""
