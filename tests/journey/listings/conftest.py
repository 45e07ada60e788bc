"""People who check, for batches that are to be listed."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.journey import checks
from tests.journey.conftest import Party


@pytest.fixture(scope="session")
def checkers(app: Flask, operator: Party) -> list[Party]:
    """Three people who check."""
    return [checks.hire(app, operator) for _ in range(3)]
