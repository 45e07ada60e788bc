"""Looks into the database for what no answer shows."""

from __future__ import annotations

from uuid import UUID

import psycopg


def fact_count(superuser: str, topic: str, subject: UUID | None) -> int:
    """How often a fact about a subject was written down."""
    with psycopg.connect(superuser) as connection:
        row = connection.execute(
            "SELECT count(*) FROM outbox WHERE kind = 'event' AND topic = %s AND reference = %s",
            (topic, subject),
        ).fetchone()
    assert row is not None
    return int(row[0])
