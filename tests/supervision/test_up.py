"""One command brings up an exchange from nothing; whatever is killed comes back; nothing is left behind."""

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
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import make_url

from config import load
from config.settings import database_folder
from workers import queues

ROOT = Path(__file__).resolve().parents[2]


class Running:
    """An exchange started by ``lead-exchange up`` in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "up.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        kept = {
            name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "BROKER_URL")
        }
        facts = {"DATA_DIR": str(self.folder / "data"), "PORT": str(self.port), "WEB_PROCESSES": "1"}
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "marketplace.cli", "up"],
                env={**kept, **facts, "WORKER_PROCESSES": "1"},
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def children(self) -> dict[str, int]:
        """The process ids of the children by what they run."""
        try:
            facts = json.loads((self.folder / "data" / "supervisor.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}
        found = {}
        for child in facts["children"]:
            try:
                words = psutil.Process(child["pid"]).cmdline()
            except psutil.Error:
                continue
            name = next((w for w in ("granian", "sweeper", "worker") if w in words), "web")
            found[name + (words[-1] if name == "worker" else "")] = child["pid"]
        return found

    def postmaster(self) -> int:
        pid_file = database_folder((self.folder / "data").resolve()) / "cluster" / "postmaster.pid"
        return int(pid_file.read_text().splitlines()[0])

    def heard_of(self) -> set[str]:
        """Who has shown a sign of life."""
        settings = load({"DATA_DIR": str(self.folder / "data")})
        dsn = (
            make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        )
        with psycopg.connect(dsn) as connection:
            return {name for (name,) in connection.execute("SELECT name FROM heartbeats")}

    def wait(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                logs = "".join(
                    p.read_text(errors="replace")[-2000:] for p in self.folder.glob("data/logs/*.log")
                )
                pytest.fail(f"not reached in {seconds} s\n{self.log.read_text()[-4000:]}\n{logs}")
            time.sleep(0.1)

    def survivors(self) -> list[str]:
        """What still runs of this installation."""
        mark = str(self.folder)
        found = []
        for process in psutil.process_iter():
            try:
                mine = mark in process.environ().get("DATA_DIR", "") or any(
                    mark in w for w in process.cmdline()
                )
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()))
            except psutil.Error:
                continue
        return found


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    folder = Path(tempfile.mkdtemp(prefix="exchange-up-"))
    made = Running(folder)
    made.start()
    try:
        made.wait(lambda: made.answers() and len(made.children()) == 5, 60)
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.process.send_signal(signal.SIGTERM)
            made.process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def test_sweeper_and_workers_of_every_queue_are_heard_of(running: Running) -> None:
    expected = {"sweeper", *(f"queue:{queue}" for queue in queues.ALL)}
    running.wait(lambda: running.heard_of() == expected)


@pytest.mark.parametrize("name", ["granian", "sweeper", "workerdeliver,mail"])
def test_a_killed_process_is_started_again(running: Running, name: str) -> None:
    running.wait(lambda: name in running.children())
    before = running.children()[name]
    os.kill(before, signal.SIGKILL)
    running.wait(lambda: running.children().get(name, before) != before)
    running.wait(running.answers)


def test_a_killed_database_is_started_again(running: Running) -> None:
    before = running.postmaster()
    os.kill(before, signal.SIGKILL)
    running.wait(lambda: running.postmaster() != before)
    running.wait(running.answers)


def test_a_second_one_on_the_same_data_is_refused(running: Running) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "marketplace.cli", "up"],
        env={**os.environ, "DATA_DIR": str(running.folder / "data"), "PORT": str(running.port)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 2
    assert "The exchange runs already" in told.stderr
    assert running.process is not None
    assert running.process.poll() is None


def test_after_a_killed_supervisor_the_next_one_ends_what_was_left(running: Running) -> None:
    assert running.process is not None
    left = set(running.children().values())
    running.process.kill()
    running.process.wait()
    assert running.survivors() != []
    running.start()
    running.wait(lambda: len(running.children()) == 5 and not left & set(running.children().values()), 60)
    running.wait(running.answers)
    assert [pid for pid in left if psutil.pid_exists(pid)] == []


def test_told_to_stop_it_stops_everything_and_leaves_nothing(running: Running) -> None:
    assert running.process is not None
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(60) == 0
    assert running.survivors() == []
