"""Real processes on a database of their own: they are started as an operator starts them, and killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import psutil
import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from config import Settings, load
from marketplace.kernel import events, ids, outbox
from marketplace.kernel.database import db, in_transaction
from tests.conftest import new_database

from . import example
from .brokers import broker_url

ROOT = Path(__file__).resolve().parents[2]
REGISTRY = "tests.workers.example:registry"
_EFFECTS = """
    CREATE TABLE test_effects (
        outbox_id bigint, topic text, process integer, at timestamptz NOT NULL DEFAULT clock_timestamp())
"""


class Exchange:
    """A database, and the worker and sweeper processes that a test runs on it."""

    def __init__(self, environment: dict[str, str], logs: Path) -> None:
        self.environment = environment
        self.settings: Settings = load(environment)
        self.app: Flask = example.create_app(self.settings)
        self.logs = logs
        self._processes: list[subprocess.Popen[bytes]] = []
        self.dsn = make_url(environment["DATABASE_URL"]).set(drivername="postgresql")

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start ``lead-exchange`` with these arguments in a session of its own."""
        log = self.logs / f"{len(self._processes)}-{command[0]}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "marketplace.cli", *command],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def worker(self, processes: int = 2) -> subprocess.Popen[bytes]:
        """A worker for all queues."""
        return self.start("worker", "--registry", REGISTRY, "--processes", str(processes))

    def sweeper(self, *more: str) -> subprocess.Popen[bytes]:
        """A sweeper."""
        return self.start("sweeper", "--registry", REGISTRY, *more)

    def end(self) -> None:
        """Kill every process that was started, with its children."""
        for process in self._processes:
            kill_all(process)
        with self.app.app_context():
            db.engine.dispose()

    def ask(self, topic: str, count: int = 1) -> None:
        """Ask for *count* duties of one task."""

        def work() -> None:
            for _ in range(count):
                outbox.enqueue(topic, ids.new_id())

        with self.app.app_context():
            in_transaction(work)

    def record(self, *facts: events.Event) -> None:
        """Tell facts."""

        def work() -> None:
            for fact in facts:
                events.record(fact)

        with self.app.app_context():
            in_transaction(work)

    def rows(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """What a statement answers."""
        with psycopg.connect(self.dsn.render_as_string(hide_password=False), autocommit=True) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def count(self, condition: str, table: str = "outbox") -> int:
        """How many rows of a table meet a condition."""
        return int(str(self.rows(f"SELECT count(*) FROM {table} WHERE {condition}")[0][0]))

    def undone(self) -> int:
        """How many duties are neither done nor dead."""
        return self.count("done_at IS NULL AND dead_at IS NULL")

    def all_logs(self) -> str:
        """Everything that the processes wrote."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.logs.iterdir()))

    def wait(self, condition: Callable[[], object], seconds: float = 25.0) -> None:
        """Wait until *condition* holds, or fail with what the processes wrote."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                state = self.rows(
                    "SELECT kind, topic, attempts, nudges, last_error, done_at IS NOT NULL,"
                    " dead_at IS NOT NULL, count(*) FROM outbox GROUP BY 1, 2, 3, 4, 5, 6, 7"
                )
                pytest.fail(f"not reached in {seconds} s; outbox: {state}\n{self.all_logs()[-6000:]}")
            time.sleep(0.05)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """``kill -9`` for a process and everything in its group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def children_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The pool children of a worker."""
    return [
        p for p in psutil.Process(process.pid).children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE
    ]


@pytest.fixture(scope="session")
def _database(worker_id: str) -> dict[str, str]:
    environment = new_database(f"workers_{worker_id}")
    owner = make_url(environment["DATABASE_OWNER_URL"]).set(drivername="postgresql")
    with psycopg.connect(owner.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(_EFFECTS)
    return environment


@pytest.fixture
def exchange(_database: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Exchange]:
    """An exchange without any work; tests marked ``broker("…")`` get that broker, others the database."""
    logs = tmp_path / "logs"
    logs.mkdir()
    marker = request.node.get_closest_marker("broker")
    environment = dict(_database)
    if marker is not None:
        environment["BROKER_URL"] = broker_url(marker.args[0], request)
    made = Exchange(environment, logs)
    try:
        yield made
    finally:
        made.end()
        made.rows("DELETE FROM outbox RETURNING 1")
        made.rows("DELETE FROM kombu_message RETURNING 1")
        made.rows("DELETE FROM schedule_slots RETURNING 1")
        made.rows("DELETE FROM heartbeats RETURNING 1")
        made.rows("DELETE FROM test_effects RETURNING 1")
        shutil.rmtree(logs)


def subject() -> UUID:
    """An id for a fact."""
    return ids.new_id()
