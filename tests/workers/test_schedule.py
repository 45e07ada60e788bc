"""Periodic work runs once in its slot, whoever runs the schedule and however many do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from marketplace.kernel.clock import advance
from marketplace.kernel.database import in_transaction
from workers import schedule

from . import example
from .conftest import Exchange


@pytest.fixture(autouse=True)
def _clock_back(exchange: Exchange, superuser: str) -> Iterator[None]:
    yield
    dsn = psycopg.conninfo.make_conninfo(superuser, dbname=str(exchange.dsn.database))
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE clock.setting SET shift = '0'")


def _run(exchange: Exchange) -> list[str]:
    with exchange.app.app_context():
        return in_transaction(lambda: schedule.run_due(example.SCHEDULE))


def _advance(exchange: Exchange, seconds: int) -> None:
    with exchange.app.app_context():
        in_transaction(lambda: advance(seconds))


def _done(exchange: Exchange) -> None:
    exchange.rows(
        "UPDATE outbox SET attempts = 1, done_at = clock_timestamp() WHERE done_at IS NULL RETURNING 1"
    )


def test_three_runners_at_once_ask_once_for_each_slot(exchange: Exchange) -> None:
    together = Barrier(3)

    def runner(_: int) -> list[str]:
        asked = []
        for _round in range(10):
            together.wait()
            asked += _run(exchange)
        return asked

    with ThreadPoolExecutor(3) as pool:
        asked = [name for names in pool.map(runner, range(3)) for name in names]
    assert asked == ["example.periodic"] * 2
    assert exchange.count("true", "schedule_slots") == 2
    assert exchange.count("true") == 2


def test_slots_missed_in_an_outage_are_caught_up_by_one_run(exchange: Exchange) -> None:
    _run(exchange)
    _done(exchange)
    _advance(exchange, 10 * 3600)
    assert _run(exchange) == ["example.periodic"]
    assert _run(exchange) == []
    assert exchange.count("job = 'example.every_hour'", "schedule_slots") == 2


def test_wall_time_jobs_do_not_run_because_business_time_moved(exchange: Exchange) -> None:
    _run(exchange)
    _done(exchange)
    _advance(exchange, 5 * 86_400)
    _run(exchange)
    assert exchange.count("job = 'example.every_day'", "schedule_slots") == 1


def test_an_outage_of_workers_piles_up_nothing(exchange: Exchange) -> None:
    for _ in range(5):
        _run(exchange)
        _advance(exchange, 3600)
    assert exchange.count("dedup LIKE 'schedule:example.every_hour:%%'") == 1


def test_a_run_under_way_does_not_swallow_the_next_slot(exchange: Exchange) -> None:
    _run(exchange)
    exchange.rows("UPDATE outbox SET attempts = 1 RETURNING 1")
    _advance(exchange, 3600)
    assert _run(exchange) == ["example.periodic"]


def test_old_slots_go_but_the_newest_of_each_job_stays(exchange: Exchange) -> None:
    for _ in range(4):
        _run(exchange)
        _advance(exchange, 3600)
    exchange.rows("UPDATE schedule_slots SET started_at = clock_timestamp() - interval '30 days' RETURNING 1")
    with exchange.app.app_context():
        assert in_transaction(lambda: schedule.delete_old_slots(older_than_days=7)) == 3
    assert sorted(exchange.rows("SELECT job, count(*) FROM schedule_slots GROUP BY job")) == [
        ("example.every_day", 1),
        ("example.every_hour", 1),
    ]
