"""The sweeper: a plain loop that lives when the broker does not. Any number of copies may run."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import dataclass, field
from typing import Final

import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError

from config import Settings
from marketplace.http import idempotency
from marketplace.kernel import outbox
from marketplace.kernel.database import in_transaction

from . import duties, heartbeats, queues, schedule
from .app import build
from .publisher import Publisher
from .registry import Registry
from .tasks import perform

_log = structlog.get_logger("workers.sweeper")

LOOP_SECONDS: Final = 0.25
_SLICE: Final = 500
_INLINE_BUDGET_SECONDS: Final = 1.0
_TROUBLE_PAUSE_SECONDS: Final = 1.0


@dataclass(frozen=True)
class Pace:
    """How often the sweeper does what it does not do in every round, in seconds."""

    heartbeat_seconds: float = 5.0
    queue_heartbeat_seconds: float = 15.0
    schedule_seconds: float = 1.0
    housekeeping_seconds: float = 10.0
    inline_after_seconds: float = 30.0


@dataclass
class _Every:
    seconds: float
    next_at: float = field(default=0.0)

    def due(self) -> bool:
        now = time.monotonic()
        if now < self.next_at:
            return False
        self.next_at = now + self.seconds
        return True


class Sweeper:
    """Expands facts, hands over due tasks, runs the schedule, cleans up; works itself without a broker."""

    def __init__(
        self, app: Flask, registry: Registry, publisher: Publisher, pace: Pace | None = None
    ) -> None:
        pace = pace or Pace()
        self._app = app
        self._registry = registry
        self._publisher = publisher
        self._inline_after = pace.inline_after_seconds
        self._heartbeat = _Every(pace.heartbeat_seconds)
        self._queue_heartbeat = _Every(pace.queue_heartbeat_seconds)
        self._schedule = _Every(pace.schedule_seconds)
        self._housekeeping = _Every(pace.housekeeping_seconds)
        self._stopping = threading.Event()
        self._inline = False

    def stop(self) -> None:
        """Leave the loop after this round."""
        self._stopping.set()

    def run(self) -> None:
        """Go round until stopped; trouble with the database is waited out."""
        while not self._stopping.is_set():
            try:
                busy = self.round()
            except DBAPIError as error:
                _log.warning("the database did not answer", error=type(error).__name__)
                self._stopping.wait(_TROUBLE_PAUSE_SECONDS)
                continue
            if not busy:
                self._stopping.wait(LOOP_SECONDS)

    def round(self) -> bool:
        """One round; True when there is more to do at once."""
        with self._app.app_context():
            if self._schedule.due():
                in_transaction(lambda: schedule.run_due(self._registry.schedule))
            expanded = in_transaction(lambda: duties.expand_events(self._registry.reactions, most=_SLICE))
            self._take_back()
            handed = self._work_inline() if self._without_broker() else self._hand_over()
            self._signs_of_life()
            if self._housekeeping.due():
                self._clean_up()
        return expanded == _SLICE or handed

    def _take_back(self) -> None:
        if returned := self._publisher.returned():
            in_transaction(lambda: duties.put_back(returned))
        if self._publisher.recovered():
            count = in_transaction(duties.ask_again)
            _log.info("asked again for what the broker had", count=count)

    def _without_broker(self) -> bool:
        inline = self._publisher.failing_seconds() >= self._inline_after
        if inline != self._inline:
            self._inline = inline
            _log.warning("working without the broker" if inline else "handing over to the broker again")
        return inline

    def _hand_over(self) -> bool:
        most = min(200, self._publisher.room() // len(queues.ALL) or self._publisher.room())
        if most <= 0:
            return False
        topics = self._registry.topics_by_queue
        handed = in_transaction(lambda: duties.hand_over(topics, most_per_queue=most))
        self._publisher.offer(handed)
        return len(handed) >= most and self._publisher.failing_seconds() == 0

    def _work_inline(self) -> bool:
        """Perform duties one by one for a while; what was picked and not begun is put back."""
        topics = self._registry.topics_by_queue
        picked = in_transaction(lambda: duties.hand_over(topics, most_per_queue=20, without_broker=True))
        until = time.monotonic() + _INLINE_BUDGET_SECONDS
        while picked and time.monotonic() < until and not self._stopping.is_set():
            duty = picked.pop(0)
            perform(self._registry.tasks[duty.topic], duty.outbox_id, app=self._app)
        if picked:
            left = [duty.outbox_id for duty in picked]
            in_transaction(lambda: duties.put_back(left))
        return bool(picked)

    def _signs_of_life(self) -> None:
        if self._heartbeat.due():
            heartbeats.beat(heartbeats.SWEEPER)
        if self._queue_heartbeat.due():
            for queue in queues.ALL:
                self._publisher.offer_heartbeat(queue)

    def _clean_up(self) -> None:
        in_transaction(duties.delete_taken_messages)
        in_transaction(lambda: outbox.delete_done(older_than_days=30))
        in_transaction(schedule.delete_old_slots)
        in_transaction(idempotency.delete_expired)


def run(settings: Settings, registry: Registry, pace: Pace | None = None) -> None:
    """Run a sweeper in this process until SIGTERM or SIGINT."""
    publisher = Publisher(build(settings, registry), registry.tasks)
    sweeper = Sweeper(registry.create_app(settings), registry, publisher, pace)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sweeper.stop())
    publisher.start()
    _log.info("sweeper runs")
    sweeper.run()
    publisher.stop()
    _log.info("sweeper stopped")
