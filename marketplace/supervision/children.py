"""One child process: started in a session of its own, restarted with patience, stopped to the last."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from . import leftovers

_log = structlog.get_logger("marketplace.supervision")

FIRST_WAIT_SECONDS: Final = 0.2
LONGEST_WAIT_SECONDS: Final = 5.0
#: A child that ran this long was healthy, so its next death is a first one again.
HEALTHY_AFTER_SECONDS: Final = 30.0


@dataclass(frozen=True)
class ChildPlan:
    """What to run, and the heartbeats that show whether it hears (none for the web server)."""

    name: str
    command: tuple[str, ...]
    heartbeats: tuple[str, ...] = ()


class Child:
    """A child process and its restarts; its output goes to *log_file*."""

    def __init__(self, plan: ChildPlan, log_file: Path) -> None:
        self.plan = plan
        self.log_file = log_file
        self.restarts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._start_after = 0.0
        self._wait = FIRST_WAIT_SECONDS

    @property
    def process_id(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process is not None else None

    @property
    def age_seconds(self) -> float:
        """How long it has been running; 0 when it is not."""
        return time.monotonic() - self._started_at if self._process is not None else 0.0

    def start(self) -> None:
        """Start it now."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  # the plans are our own words
                self.plan.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._started_at = time.monotonic()

    def watch(self) -> bool:
        """Notice a death and start again when its wait is over; True when processes have changed."""
        if self._process is not None:
            if (code := self._process.poll()) is None:
                return False
            self._died(code)
            return True
        if time.monotonic() < self._start_after:
            return False
        self.restarts += 1
        self.start()
        return True

    def kill(self) -> None:
        """End it at once with everything it has started; it is started again by the next watch."""
        if self._process is not None:
            leftovers.kill_group(self._process.pid)

    def ask_to_stop(self) -> None:
        """Tell it to finish."""
        if self._process is not None and self._process.poll() is None:
            # Only the leader is told: it decides how its own children end.
            os.kill(self._process.pid, signal.SIGTERM)

    def wait(self, seconds: float) -> None:
        """Wait until it has ended; what is left after *seconds* is killed."""
        if self._process is None:
            return
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            _log.warning("process did not stop in time", process=self.plan.name)
        leftovers.kill_group(self._process.pid)
        self._process.wait()
        self._process = None

    def _died(self, code: int) -> None:
        process, self._process = self._process, None
        if process is not None:
            # Children of a killed worker would go on without anybody who gives them work.
            leftovers.kill_group(process.pid)
        if time.monotonic() - self._started_at >= HEALTHY_AFTER_SECONDS:
            self._wait = FIRST_WAIT_SECONDS
        _log.warning(
            "process ended and is started again", process=self.plan.name, exit_code=code, seconds=self._wait
        )
        self._start_after = time.monotonic() + self._wait
        self._wait = min(LONGEST_WAIT_SECONDS, self._wait * 2)
