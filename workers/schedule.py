"""Everything periodic: each run is a slot that exactly one sweeper wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import text

from marketplace.kernel.database import db

from . import deliveries, listings, outcomes, settlements
from .tasks import Task


class Time(StrEnum):
    """Which clock counts: business time moves with a demonstration, wall time does not."""

    BUSINESS = "business"
    WALL = "wall"


@dataclass(frozen=True)
class Periodic:
    """A task that runs once in every slot of *every_seconds* (slots begin at multiples since 1970)."""

    name: str
    every_seconds: int
    task: Task
    time: Time = Time.BUSINESS


#: The periodic jobs of the exchange.
SCHEDULE: Final[tuple[Periodic, ...]] = (
    Periodic("settlements.release_due", 60, settlements.release_due),
    Periodic("settlements.mature_due", 300, settlements.mature_due),
    Periodic("settlements.close_due", 3_600, settlements.close_due),
    Periodic("outcomes.confirm_due", 60, outcomes.confirm_due),
    Periodic("outcomes.expire_due", 60, outcomes.expire_due),
    Periodic("outcomes.return_deferred", 60, outcomes.return_deferred),
    Periodic("listings.expire", 60, listings.expire),
    Periodic("deliveries.fail_stranded", 600, deliveries.fail_stranded, Time.WALL),
    Periodic("listings.compact_facets", 60, listings.compact_facets, Time.WALL),
)

# Only the slot of this moment is tried, so slots missed in an outage are caught up by one run. A run
# that waits and was never tried does for the new slot too: an outage of workers piles up nothing.
_RUN = text("""
    WITH jobs AS (
        SELECT job, task, every,
               to_timestamp(floor(extract(epoch FROM CASE WHEN business THEN clock.now() ELSE now() END)
                                  / every) * every) AS slot
          FROM unnest(CAST(:names AS text[]), CAST(:tasks AS text[]), CAST(:every AS bigint[]),
                      CAST(:business AS boolean[])) AS j (job, task, every, business)
    ), won AS (
        INSERT INTO schedule_slots (job, slot) SELECT job, slot FROM jobs
        ON CONFLICT DO NOTHING RETURNING job, slot
    )
    INSERT INTO outbox (kind, topic, dedup)
    SELECT 'task', jobs.task, 'schedule:' || jobs.job || ':' || extract(epoch FROM jobs.slot)::bigint
      FROM won JOIN jobs USING (job, slot)
     WHERE NOT EXISTS (
        SELECT FROM outbox AS waiting
         WHERE waiting.topic = jobs.task AND waiting.reference IS NULL AND waiting.attempts = 0
           AND waiting.dedup LIKE 'schedule:' || jobs.job || ':%' AND waiting.done_at IS NULL
           AND waiting.dead_at IS NULL)
    ON CONFLICT (dedup) DO NOTHING
    RETURNING topic
""")


def run_due(schedule: Sequence[Periodic]) -> list[str]:
    """Ask for the tasks whose slot has begun and that nobody has asked for yet; returns their names."""
    if not schedule:
        return []
    asked = db.session.execute(
        _RUN,
        {
            "names": [job.name for job in schedule],
            "tasks": [job.task.name for job in schedule],
            "every": [job.every_seconds for job in schedule],
            "business": [job.time is Time.BUSINESS for job in schedule],
        },
    )
    return list(asked.scalars())


def delete_old_slots(*, older_than_days: int = 7, slice_rows: int = 5_000) -> int:
    """Delete a slice of slots long past, but never the newest of a job: it guards the present slot."""
    gone = db.session.execute(
        text(
            "DELETE FROM schedule_slots WHERE (job, slot) IN (SELECT old.job, old.slot FROM schedule_slots AS old"
            " WHERE old.started_at < clock_timestamp() - make_interval(days => :days)"
            " AND EXISTS (SELECT FROM schedule_slots AS newer WHERE newer.job = old.job AND newer.slot > old.slot)"
            " LIMIT :slice) RETURNING job"
        ),
        {"days": older_than_days, "slice": slice_rows},
    )
    return len(gone.all())
