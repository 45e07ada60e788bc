"""Finds the real data that some tests read in place; they skip where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared(relative: str) -> Path:
    """The file or folder of the shared data, or a skip that says what is missing."""
    root = Path(os.environ.get("EXCHANGE_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
    path = root / relative
    if not path.exists():
        pytest.skip(f"the shared data has no {relative} here")
    return path
