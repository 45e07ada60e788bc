"""Two clocks: business time, which a demonstration may move, and wall time, which nobody moves."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, DateTime, func, select, text

from .database import db


def now_sql() -> ColumnElement[datetime]:
    """Business time inside a statement: ``clock.now()``; windows and due times compare with it."""
    return func.clock.now(type_=DateTime(timezone=True))


def business_now() -> datetime:
    """Business time as the database tells it now (aware, UTC)."""
    told = db.session.execute(select(now_sql())).scalar_one()
    return told.astimezone(UTC)


def wall_now() -> datetime:
    """The machine's own time, for leases, tokens and signatures (aware, UTC)."""
    return datetime.now(UTC)


def advance(seconds: float) -> datetime:
    """Move business time forward; the database refuses it outside demonstration and test.

    Returns the business time after the move.
    """
    db.session.execute(
        text("UPDATE clock.setting SET shift = shift + make_interval(secs => :seconds)"), {"seconds": seconds}
    )
    return business_now()
