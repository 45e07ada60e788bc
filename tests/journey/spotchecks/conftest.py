"""People who check, and a batch that waits for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.journey import checks
from tests.journey.conftest import Party


@pytest.fixture(scope="session")
def checkers(app: Flask, operator: Party) -> list[Party]:
    """Three people who check."""
    return [checks.hire(app, operator) for _ in range(3)]


@pytest.fixture
def batch(app: Flask, seller: Party, make_offer: Callable[..., dict[str, Any]]) -> str:
    """A batch of 60 leads whose sample is drawn."""
    return checks.drawn(app, seller, make_offer(seller), 60)
