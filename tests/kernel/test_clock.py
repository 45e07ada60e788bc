"""Business time moves only where it may, and only forward."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError

from marketplace.kernel import clock
from marketplace.kernel.database import in_transaction
from tests.conftest import new_database


def test_a_demonstration_moves_business_time_and_not_wall_time(app: Flask) -> None:
    with app.app_context():
        before, wall_before = in_transaction(clock.business_now), clock.wall_now()
        in_transaction(lambda: clock.advance(3 * 86_400))
        after = in_transaction(clock.business_now)
    assert timedelta(days=3) <= after - before < timedelta(days=3, minutes=1)
    assert clock.wall_now() - wall_before < timedelta(minutes=1)


def test_business_time_never_goes_back(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError, match="clock_never_goes_back"):
        in_transaction(lambda: clock.advance(-10 * 365 * 86_400))


def test_in_production_the_database_refuses_a_moved_clock(worker_id: str) -> None:
    environment = new_database(f"clock_{worker_id}")
    owner = environment["DATABASE_OWNER_URL"].replace("postgresql+psycopg", "postgresql")
    app_role = environment["DATABASE_URL"].replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute("UPDATE clock.setting SET mode = 'production'")
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute("UPDATE clock.setting SET shift = interval '1 second'")
    with (
        psycopg.connect(app_role, autocommit=True) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("UPDATE clock.setting SET mode = 'demonstration'")
