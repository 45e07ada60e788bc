"""Publishes duties from a thread of its own, which may hang in the broker without harming the sweeper."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import structlog
from celery import Celery

from .app import HEARTBEAT
from .duties import Duty
from .tasks import Task

_log = structlog.get_logger("workers.publisher")

_CAPACITY: Final = 2_000
_PAUSE_SECONDS: Final = 1.0
#: A heartbeat that nobody took for so long tells nothing any more.
_HEARTBEAT_EXPIRES_SECONDS: Final = 60


class Publisher:
    """Takes duties, publishes them in order, and says since when the broker fails."""

    def __init__(self, celery: Celery, tasks: Mapping[str, Task]) -> None:
        self._celery = celery
        self._tasks = tasks
        self._waiting: queue.Queue[Duty | str] = queue.Queue(_CAPACITY)
        self._lock = threading.Lock()
        self._returned: list[int] = []
        self._failing_since: float | None = None
        self._busy_since: float | None = None
        self._recovered = False
        self._connection: Any = None
        self._producer: Any = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publisher", daemon=True)

    def start(self) -> None:
        """Begin to publish."""
        self._thread.start()

    def stop(self, *, seconds: float = 2.0) -> None:
        """Stop after what waits is published, or after *seconds* if the broker hangs."""
        self._stopping.set()
        self._thread.join(seconds)

    def offer(self, duties: Sequence[Duty]) -> None:
        """Publish these when their turn comes; what does not fit is returned at once."""
        for duty in duties:
            try:
                self._waiting.put_nowait(duty)
            except queue.Full:
                self._give_back([duty])

    def offer_heartbeat(self, queue_name: str) -> None:
        """Publish a heartbeat task on a queue; a full publisher has other worries."""
        with suppress(queue.Full):
            self._waiting.put_nowait(queue_name)

    def room(self) -> int:
        """How many duties fit; 1 while the broker fails, as a probe."""
        free = _CAPACITY - self._waiting.qsize()
        return min(free, 1) if self.failing_seconds() > 0 else free

    def failing_seconds(self) -> float:
        """For how long the broker has failed or hung by now; 0 when it works."""
        now = time.monotonic()
        with self._lock:
            hanging = now - self._busy_since if self._busy_since is not None else 0.0
            failing = now - self._failing_since if self._failing_since is not None else 0.0
        return max(failing, hanging if hanging > _PAUSE_SECONDS else 0.0)

    def returned(self) -> list[int]:
        """The duties that could not be published since the last call."""
        with self._lock:
            returned, self._returned = self._returned, []
        return returned

    def recovered(self) -> bool:
        """True once after the broker came back: what it had may be gone."""
        with self._lock:
            recovered, self._recovered = self._recovered, False
        return recovered

    def _give_back(self, duties: Sequence[Duty | str]) -> None:
        with self._lock:
            self._returned += [duty.outbox_id for duty in duties if isinstance(duty, Duty)]

    def _run(self) -> None:
        while not (self._stopping.is_set() and self._waiting.empty()):
            try:
                item = self._waiting.get(timeout=0.2)
            except queue.Empty:
                continue
            if not self._try(item):
                self._give_back([item, *self._drained()])
                self._stopping.wait(_PAUSE_SECONDS)
        self._disconnect()

    def _try(self, item: Duty | str) -> bool:
        with self._lock:
            self._busy_since = time.monotonic()
        try:
            self._publish(item)
        except Exception as error:
            self._failed(error)
            return False
        else:
            self._succeeded()
            return True
        finally:
            with self._lock:
                self._busy_since = None

    def _publish(self, item: Duty | str) -> None:
        if self._producer is None:
            self._connection = self._celery.connection_for_write()
            self._connection.connect()
            self._producer = self._celery.amqp.Producer(self._connection, auto_declare=False)
        if isinstance(item, Duty):
            task = self._tasks[item.topic]
            self._send(task.name, [item.outbox_id], queue=task.queue)
        else:
            self._send(HEARTBEAT, [item], queue=item, expires=_HEARTBEAT_EXPIRES_SECONDS)

    def _send(self, name: str, arguments: list[object], **options: Any) -> None:
        self._celery.send_task(name, arguments, producer=self._producer, retry=False, **options)

    def _failed(self, error: Exception) -> None:
        with self._lock:
            first = self._failing_since is None
            self._failing_since = self._failing_since or self._busy_since or time.monotonic()
        if first:
            _log.warning("the broker fails", error=type(error).__name__)
        self._disconnect()

    def _succeeded(self) -> None:
        with self._lock:
            was_failing, self._failing_since = self._failing_since is not None, None
            self._recovered = self._recovered or was_failing
        if was_failing:
            _log.info("the broker works again")

    def _disconnect(self) -> None:
        connection, self._connection, self._producer = self._connection, None, None
        if connection is not None:
            with suppress(Exception):
                connection.release()

    def _drained(self) -> list[Duty | str]:
        drained: list[Duty | str] = []
        while True:
            try:
                drained.append(self._waiting.get_nowait())
            except queue.Empty:
                return drained
