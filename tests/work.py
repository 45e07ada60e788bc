"""Does due work inside a test, through the same functions as the sweeper, without a broker."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from flask import Flask

from marketplace.kernel.database import in_transaction
from workers import duties
from workers.registry import Registry, exchange
from workers.tasks import Outcome, perform

_ROUNDS: Final = 1_000
_FAILED: Final = (Outcome.RETRY, Outcome.DEAD, Outcome.UNREACHABLE)


class DutyFailed(AssertionError):
    """A duty failed that the test expected to be done."""


def work_off(
    app: Flask,
    *,
    registry: Registry | None = None,
    only: Collection[str] | None = None,
    failing: bool = False,
) -> list[tuple[str, Outcome]]:
    """Expand due facts and perform due tasks until nothing is due; returns what was done, in order.

    With *only* no other tasks are begun. A failing duty raises DutyFailed unless *failing* says that
    failures are looked at by the test.
    """
    known = registry or exchange()
    topics = {
        queue: [name for name in names if only is None or name in only]
        for queue, names in known.topics_by_queue.items()
    }
    topics = {queue: names for queue, names in topics.items() if names}
    done: list[tuple[str, Outcome]] = []
    for _ in range(_ROUNDS):
        with app.app_context():
            expanded = in_transaction(lambda: duties.expand_events(known.reactions))
            due = in_transaction(lambda: duties.hand_over(topics, without_broker=True))
        for duty in due:
            outcome = perform(known.tasks[duty.topic], duty.outbox_id, app=app)
            done.append((duty.topic, outcome))
            if outcome in _FAILED and not failing:
                raise DutyFailed(f"{duty.topic} ended with {outcome}")
        if not due and not expanded:
            return done
    raise AssertionError("work that never ends")
