"""A process that runs but hears nothing is ended, so that it is started again; one that hears is left alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from config import load
from marketplace.supervision import Child, ChildPlan, Supervisor

_SLEEPS = (sys.executable, "-c", "import time; time.sleep(60)")


@pytest.fixture
def watched(environment: dict[str, str], tmp_path: Path) -> Iterator[Supervisor]:
    """A worker that never works, with the patience of an impatient supervisor."""
    (tmp_path / "logs").mkdir()
    settings = load({**environment, "DATA_DIR": str(tmp_path)})
    plan = ChildPlan("worker-test", _SLEEPS, heartbeats=("queue:money", "queue:default"))
    supervisor = Supervisor(settings, [plan], deaf_seconds=0.0)
    supervisor.children[0].start()
    yield supervisor
    supervisor.children[0].ask_to_stop()
    supervisor.children[0].wait(5)


def _beat(environment: dict[str, str], **ages_seconds: int) -> None:
    url = make_url(environment["DATABASE_URL"]).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("DELETE FROM heartbeats")
        for queue, age in ages_seconds.items():
            connection.execute(
                "INSERT INTO heartbeats VALUES (%s, clock_timestamp() - make_interval(secs => %s))",
                (f"queue:{queue}", age),
            )


def _is_started_again(child: Child) -> bool:
    before = child.process_id
    return child.watch() and child.process_id != before


def test_a_worker_that_does_not_hear_one_of_its_queues_is_ended(
    environment: dict[str, str], watched: Supervisor
) -> None:
    _beat(environment, money=0, default=300)
    watched.kill_deaf()
    assert _is_started_again(watched.children[0])


def test_a_worker_that_was_never_heard_of_is_ended(environment: dict[str, str], watched: Supervisor) -> None:
    _beat(environment)
    watched.kill_deaf()
    assert _is_started_again(watched.children[0])


def test_a_worker_that_hears_is_left_alone(environment: dict[str, str], watched: Supervisor) -> None:
    # Beats from the future: whatever the speed of this machine, they are not too old.
    _beat(environment, money=-60, default=-60)
    watched.kill_deaf()
    assert not _is_started_again(watched.children[0])
