"""Behind a proxy the caller's address is the one that the trusted proxy saw, and nobody else's word."""

from __future__ import annotations

import dataclasses

import pytest
from flask import request

from config import Settings
from marketplace.app import create_app


@pytest.mark.parametrize(
    ("proxies", "forwarded", "believed"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.9, 10.0.0.1", "203.0.113.9"),
    ],
)
def test_only_trusted_proxies_are_believed(
    settings: Settings, proxies: int, forwarded: str, believed: str
) -> None:
    app = create_app(dataclasses.replace(settings, trusted_proxies=proxies))
    seen: list[str | None] = []
    app.before_request(lambda: seen.append(request.remote_addr))
    app.test_client().get("/health/live", headers={"X-Forwarded-For": forwarded})
    assert seen == [believed]
