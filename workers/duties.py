"""The statements of the sweeper: facts become tasks, due tasks are handed over, old rows go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text

from marketplace.kernel.database import db
from marketplace.kernel.events import Event

from .tasks import Task


@dataclass(frozen=True)
class Duty:
    """A due task row: which one, and the name of its task."""

    outbox_id: int
    topic: str


# A fact that this release does not know waits for the release that does; it is never marked done.
_EXPAND = text("""
    WITH due AS MATERIALIZED (
        SELECT id, topic, reference, part FROM outbox
         WHERE kind = 'event' AND done_at IS NULL AND dead_at IS NULL AND due_at <= clock.now()
           AND topic = ANY(CAST(:known AS text[]))
         ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED
    ), made AS (
        INSERT INTO outbox (kind, topic, reference, part, origin)
        SELECT 'task', reaction.task, due.reference, due.part, due.id
          FROM due JOIN unnest(CAST(:events AS text[]), CAST(:tasks AS text[])) AS reaction (event, task)
            ON reaction.event = due.topic
        ON CONFLICT (origin, topic) DO NOTHING
    )
    UPDATE outbox SET done_at = clock_timestamp() FROM due WHERE outbox.id = due.id RETURNING outbox.id
""")


def expand_events(reactions: Mapping[type[Event], Sequence[Task]], *, most: int = 500) -> int:
    """Turn due facts into one task row for each reaction; returns how many facts were done."""
    pairs = [(event.topic(), task.name) for event, tasks in reactions.items() for task in tasks]
    done = db.session.execute(
        _EXPAND,
        {
            "known": [event.topic() for event in reactions],
            "events": [event for event, _ in pairs],
            "tasks": [task for _, task in pairs],
            "most": most,
        },
    )
    return len(done.all())


# Each queue has a share of its own, so a flood on one does not delay another. The next nudge comes
# after 15 s, 30 s … 10 min: by then the message, or the broker that had it, is presumed lost.
_HAND_OVER = """
    WITH picked AS MATERIALIZED (
        SELECT o.id FROM unnest(CAST(:topic_lists AS text[])) AS q (topics)
         CROSS JOIN LATERAL (
            SELECT id FROM outbox
             WHERE kind = 'task' AND done_at IS NULL AND dead_at IS NULL AND due_at <= clock.now()
               AND {when} AND topic = ANY(string_to_array(q.topics, ','))
               AND (leased_until IS NULL OR leased_until < statement_timestamp())
             ORDER BY due_at LIMIT :most FOR UPDATE SKIP LOCKED) AS o
    )
    UPDATE outbox
       SET nudges = nudges + 1,
           nudge_at = clock_timestamp() + make_interval(secs => least(600, 15 * 2.0 ^ least(nudges, 6)))
      FROM picked WHERE outbox.id = picked.id
    RETURNING outbox.id, outbox.topic
"""
_DUE_FOR_NUDGE = text(_HAND_OVER.format(when="nudge_at <= statement_timestamp()"))
# Without a broker nobody else will do what was handed over already; what failed keeps its wait.
_DUE_WITHOUT_BROKER = text(
    _HAND_OVER.format(when="(nudge_at <= statement_timestamp() OR (last_error IS NULL AND nudges > 0))")
)


def hand_over(
    topics_by_queue: Mapping[str, Sequence[str]], *, most_per_queue: int = 200, without_broker: bool = False
) -> list[Duty]:
    """Take due tasks for publication and set when they are asked for again if nobody does them."""
    if not topics_by_queue:
        return []
    statement = _DUE_WITHOUT_BROKER if without_broker else _DUE_FOR_NUDGE
    lists = [",".join(topics) for topics in topics_by_queue.values()]
    rows = db.session.execute(statement, {"topic_lists": lists, "most": most_per_queue}).all()
    return [Duty(row.id, row.topic) for row in sorted(rows, key=lambda row: row.id)]


def put_back(outbox_ids: Sequence[int]) -> None:
    """Undo the handing over of duties that could not be published."""
    db.session.execute(
        text(
            "UPDATE outbox SET nudges = greatest(nudges - 1, 0), nudge_at = clock_timestamp()"
            " WHERE id = ANY(CAST(:ids AS bigint[])) AND lease_token IS NULL AND done_at IS NULL AND dead_at IS NULL"
        ),
        {"ids": list(outbox_ids)},
    )


def ask_again() -> int:
    """After trouble with the broker: what was handed over and not begun is handed over anew."""
    asked = db.session.execute(
        text(
            "UPDATE outbox SET nudges = 0, nudge_at = clock_timestamp() WHERE kind = 'task' AND done_at IS NULL"
            " AND dead_at IS NULL AND due_at <= clock.now() AND nudges > 0 AND last_error IS NULL"
            " AND (leased_until IS NULL OR leased_until < clock_timestamp()) RETURNING id"
        )
    )
    return len(asked.all())


def delete_taken_messages(*, slice_rows: int = 5_000) -> int:
    """Delete a slice of the broker's messages that are taken and were left behind; returns how many went."""
    gone = db.session.execute(
        text(
            "DELETE FROM kombu_message WHERE id IN (SELECT id FROM kombu_message WHERE NOT visible"
            " LIMIT :slice FOR UPDATE SKIP LOCKED) RETURNING id"
        ),
        {"slice": slice_rows},
    )
    return len(gone.all())
