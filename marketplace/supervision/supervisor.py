"""The supervisor: starts everything, restarts what dies or goes deaf, stops everything in order."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import click
import psutil
import psycopg
import structlog
from sqlalchemy.engine import make_url

from config import Settings
from marketplace.kernel import logs, provisioning
from marketplace.kernel.embedded_database import EmbeddedDatabase, EmbeddedDatabaseError

from . import leftovers
from .children import Child, ChildPlan
from .database import embedded, insist_on_database, prepare_embedded
from .log_files import LogTail

_log = structlog.get_logger("marketplace.supervision")

ROUND_SECONDS: Final = 0.2
LOOK_SECONDS: Final = 5.0
DEAF_SECONDS: Final = 90.0
STOP_SECONDS: Final = 40.0
_AGES = "SELECT name, extract(epoch FROM clock_timestamp() - beaten_at)::float FROM heartbeats"


class Supervisor:
    """Watches over the children of one installation.

    *plans* are in the order of stopping; a child whose heartbeat is older than *deaf_seconds* is restarted.
    """

    def __init__(
        self, settings: Settings, plans: Sequence[ChildPlan], *, deaf_seconds: float = DEAF_SECONDS
    ) -> None:
        self._deaf_seconds = deaf_seconds
        folder = settings.data_dir / "logs"
        self._settings = settings
        self._pid_file = settings.data_dir / "supervisor.json"
        self.children = [Child(plan, folder / f"{plan.name}.log") for plan in plans]
        self._tails = [LogTail(child.log_file) for child in self.children]
        self._database: EmbeddedDatabase | None = None
        self._stopping = threading.Event()

    def prepare(self) -> None:
        """End leftovers, bring the database up and check it.

        Raises AlreadyRunning, EmbeddedDatabaseError, UnsafeDatabase, or OperationalError.
        """
        self._settings.data_dir.mkdir(parents=True, exist_ok=True)
        (self._settings.data_dir / "logs").mkdir(exist_ok=True)
        logs.configure(self._settings.log_level)
        leftovers.end_leftovers(self._pid_file)
        leftovers.remember(self._pid_file, [])
        try:
            self._prepare_database()
        except BaseException:
            self._stop_database()
            leftovers.forget(self._pid_file)
            raise

    def run(self) -> None:
        """Keep everything running until SIGTERM, SIGINT or `stop`; then nothing is left running."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        try:
            # Web first is the order of stopping; work comes first at the start.
            for child in reversed(self.children):
                child.start()
            self._remember()
            self._watch()
        finally:
            self._stop_all()

    def stop(self) -> None:
        """Leave `run` after stopping everything."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """True once it was told to stop."""
        return self._stopping.is_set()

    def _prepare_database(self) -> None:
        if self._settings.embedded_database:
            self._database = embedded(self._settings)
            prepare_embedded(self._settings)
        elif self._settings.owner_database_url is not None:
            provisioning.migrate(
                owner_url=self._settings.owner_database_url,
                app_url=self._settings.database_url,
                mode=self._settings.mode,
            )
        insist_on_database(self._settings)

    def _watch(self) -> None:
        next_look = time.monotonic() + LOOK_SECONDS
        while not self._stopping.wait(ROUND_SECONDS):
            self._watch_database()
            changed = [child for child in self.children if child.watch()]
            if changed:
                self._remember()
            for tail in self._tails:
                tail.show_warnings(lambda line: click.echo(line, err=True))
            if time.monotonic() >= next_look:
                self.kill_deaf()
                for tail in self._tails:
                    tail.keep_small()
                next_look = time.monotonic() + LOOK_SECONDS

    def _watch_database(self) -> None:
        if self._database is None:
            return
        pid = self._database.process_id()
        if pid is not None and psutil.pid_exists(pid):
            return
        _log.warning("the embedded database ended and is started again")
        try:
            self._database.start()
        except EmbeddedDatabaseError as error:
            # Processes of the dead server may hold its files a moment longer.
            _log.warning("the embedded database does not start yet", error=type(error).__name__)
            self._stopping.wait(1.0)

    def kill_deaf(self) -> None:
        """Kill the children that run but hear nothing; the next round starts them again."""
        ages = self._ages()
        if ages is None:
            return
        for child in self.children:
            silent = max((ages.get(name, float("inf")) for name in child.plan.heartbeats), default=0.0)
            if min(silent, child.age_seconds) > self._deaf_seconds:
                _log.warning("process is deaf and is started again", process=child.plan.name)
                child.kill()

    def _ages(self) -> dict[str, float] | None:
        """Seconds since each heartbeat; None when the database does not answer, which is nobody's deafness."""
        dsn = make_url(self._settings.database_url).set(drivername="postgresql")
        try:
            with psycopg.connect(dsn.render_as_string(hide_password=False), connect_timeout=3) as connection:
                return dict(connection.execute(_AGES).fetchall())
        except psycopg.OperationalError:
            return None

    def _remember(self) -> None:
        leftovers.remember(self._pid_file, [c.process_id for c in self.children if c.process_id is not None])

    def _stop_all(self) -> None:
        # One after the other: no request may come when the sweeper is gone, no work when its worker is.
        until = time.monotonic() + STOP_SECONDS
        workers = [child for child in self.children if child.plan.name.startswith("worker")]
        for child in self.children:
            if child not in workers:
                child.ask_to_stop()
                child.wait(max(1.0, until - time.monotonic()))
        for child in workers:
            child.ask_to_stop()
        for child in workers:
            child.wait(max(1.0, until - time.monotonic()))
        self._stop_database()
        leftovers.forget(self._pid_file)

    def _stop_database(self) -> None:
        if self._database is not None:
            with suppress(EmbeddedDatabaseError):
                self._database.stop()
