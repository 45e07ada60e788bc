"""Organizations with keys, made through the public doors."""

from __future__ import annotations

from tests.journey.conftest import operator, seller, sign_up

__all__ = ["operator", "seller", "sign_up"]
