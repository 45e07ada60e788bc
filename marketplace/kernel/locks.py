"""Advisory locks of the database, held until the transaction ends."""

from __future__ import annotations

from hashlib import blake2b

from sqlalchemy import text

from .database import db


def lock_number(name: str) -> int:
    """The signed 64-bit number under which *name* is locked."""
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)


def hold(name: str) -> None:
    """Wait for the lock *name* and keep it until the transaction ends."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": lock_number(name)})


def try_hold(name: str) -> bool:
    """Take the lock *name* until the transaction ends, or say at once that another holds it."""
    taken = db.session.execute(
        text("SELECT pg_try_advisory_xact_lock(:number)"), {"number": lock_number(name)}
    )
    return bool(taken.scalar_one())
