"""A whole exchange as a process of its own: started, watched, killed in parts, looked into, stopped."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import requests

from config import Settings, load
from marketplace.supervision.database import embedded

ROOT = Path(__file__).resolve().parents[2]
_OWN = ("DATABASE_URL", "DATABASE_OWNER_URL", "BROKER_URL", "MASTER_KEYS", "INDEX_KEY", "EXCHANGE_MODE")


class Exchange:
    """One installation in *folder*; *command* keeps it running (``up``, or ``demo --serve``).

    *module* is run in the place of ``lead-exchange``.
    """

    def __init__(
        self, folder: Path, *command: str, module: str = "marketplace.cli", **environment: str
    ) -> None:
        self.module = module
        self.folder = folder
        self.data = folder / "data"
        self.command = command or ("up",)
        self.screen = folder / "screen.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in _OWN},
            "DATA_DIR": str(self.data),
            "PORT": str(self.port),
            "WEB_PROCESSES": "1",
            "WORKER_PROCESSES": "1",
            "PYTHONUNBUFFERED": "1",
            **environment,
        }

    @property
    def settings(self) -> Settings:
        """The settings that the processes run with."""
        return load(self.environment)

    def start(self) -> None:
        """Start it and wait until it answers that it is ready."""
        with self.screen.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.command],
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.wait(self.ready, 90)

    def stop(self, number: int = signal.SIGTERM, seconds: float = 60) -> int:
        """Tell it to stop; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def run(self, *words: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run another command of the installation."""
        return subprocess.run(
            [sys.executable, "-m", "marketplace.cli", *words],
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def ready(self) -> bool:
        """True when web, database, sweeper and a worker are there."""
        try:
            return requests.get(f"{self.address}/health/ready", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def child(self, name: str) -> psutil.Process:
        """The supervised process called web, sweeper, or after a queue that it works for."""
        for fact in json.loads((self.data / "supervisor.json").read_text())["children"]:
            if fact is None:
                continue
            process = psutil.Process(fact["pid"])
            words = process.cmdline()
            works_for = words[-1].split(",") if "worker" in words else ()
            if name in works_for or (name == "web" and "granian" in words) or name in words:
                return process
        raise LookupError(f"nothing runs that is called {name}")

    def postmaster(self) -> psutil.Process:
        """The leading process of the embedded database."""
        server = embedded(self.settings)
        # Its file is away for a moment while another one starts.
        self.wait(lambda: psutil.pid_exists(server.process_id() or 0), every=0.01)
        return psutil.Process(server.process_id())

    def query(self, statement: str, *values: Any, tries: int = 1) -> list[tuple[Any, ...]]:
        """Look into the database as its superuser."""
        for attempt in range(tries):
            try:
                with psycopg.connect(embedded(self.settings).superuser_dsn("exchange")) as connection:
                    return connection.execute(statement.encode(), values or None).fetchall()
            except psycopg.OperationalError:
                if attempt == tries - 1:
                    raise
                time.sleep(0.25)
        raise AssertionError("unreachable")

    def wait(self, condition: Callable[[], Any], seconds: float = 30, *, every: float = 0.1) -> None:
        """Wait until *condition* holds; fails with the last lines of every log."""
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until or (self.process is not None and self.process.poll() is not None):
                pytest.fail(f"not reached in {seconds} s\n{self.last_lines()}")
            time.sleep(every)

    def last_lines(self) -> str:
        """The ends of all logs."""
        return "".join(f"\n== {path.name}\n" + _end(path) for path in (self.screen, *self.logs()))

    def logs(self) -> list[Path]:
        """The log files of all parts, the database's among them."""
        return [*self.data.glob("logs/*"), *self.data.glob("postgres/postgres.log")]

    def survivors(self) -> list[str]:
        """What still runs of this installation."""
        found = []
        for process in psutil.process_iter():
            try:
                words = process.cmdline()
                mine = any(str(self.folder) in word for word in words) or (
                    str(self.data) == process.environ().get("DATA_DIR", "")
                )
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(words))
            except psutil.Error:
                continue
        return found


def _end(path: Path) -> str:
    return path.read_text(errors="replace")[-2500:] if path.exists() else ""


@contextmanager
def folder_for_all() -> Iterator[Path]:
    """A temporary folder that the database's system user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="exchange-whole-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(*command: str, module: str = "marketplace.cli", **environment: str) -> Iterator[Exchange]:
    """A fresh exchange that is up; stopped and taken away at the end."""
    with folder_for_all() as folder:
        made = Exchange(folder, *command, module=module, **environment)
        try:
            made.start()
            yield made
        finally:
            if made.process is not None and made.process.poll() is None:
                made.stop()
