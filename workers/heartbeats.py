"""Signs of life: a process that carries work out writes them, so deafness shows as age."""

from __future__ import annotations

import time
from typing import Final

from sqlalchemy import text

from marketplace.kernel.database import db, in_transaction

SWEEPER: Final = "sweeper"
_THROTTLE_SECONDS: Final = 10.0

_BEAT = text("""
    INSERT INTO heartbeats (name) VALUES (:name)
    ON CONFLICT (name) DO UPDATE SET beaten_at = clock_timestamp()
""")
_last_beaten: dict[str, float] = {}


def of_queue(queue: str) -> str:
    """The name under which the workers of a queue beat."""
    return f"queue:{queue}"


def beat(name: str) -> None:
    """Write a sign of life, in a transaction of its own."""
    in_transaction(lambda: db.session.execute(_BEAT, {"name": name}))
    _last_beaten[name] = time.monotonic()


def beat_now_and_then(name: str) -> None:
    """Beat unless this process has just done so: work that was received is a sign of life as well.

    A heartbeat task waits behind a long queue; without this a busy worker would look deaf.
    """
    if time.monotonic() - _last_beaten.get(name, float("-inf")) >= _THROTTLE_SECONDS:
        beat(name)
