"""The one source of randomness: the system's by default, seedable for demonstrations and tests."""

from __future__ import annotations

import os
import random
import threading

_seeded: random.Random | None = None
_lock = threading.Lock()


def seed(value: int | None) -> None:
    """Make everything that follows repeatable; None goes back to the system's source.

    Never used where a secret must stay secret from whoever knows the seed: `secret_bytes` ignores it.
    """
    global _seeded
    _seeded = None if value is None else random.Random(value)  # noqa: S311 - repeatable on purpose; secrets never come from here


def random_bytes(count: int) -> bytes:
    """*count* random bytes for ids and jitter."""
    if _seeded is None:
        return os.urandom(count)
    with _lock:
        return _seeded.randbytes(count)


def secret_bytes(count: int) -> bytes:
    """*count* bytes for keys, nonces, salts and seeds of draws: always the system's source."""
    return os.urandom(count)


def uniform() -> float:
    """A number in [0, 1) for jitter."""
    return int.from_bytes(random_bytes(7), "big") / (1 << 56)
