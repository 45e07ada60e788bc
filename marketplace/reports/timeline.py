"""The timeline of a lead: every fact across all steps, in order. Ids, states and numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import text

from ..kernel.database import db
from ..kernel.errors import NotFound


@dataclass(frozen=True)
class Moment:
    """One fact: when (business time), in which step, and what happened."""

    at: datetime
    step: str
    what: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}  {self.step:12}  {self.what}"


# One branch for each step, in the order of the journey; a step that is added adds its branch.
_FACTS = text("""
    WITH subject AS (SELECT * FROM leads WHERE id = :lead),
         bought AS (SELECT p.* FROM purchases AS p JOIN subject ON p.lead_id = subject.id)
    SELECT lead_at AS at, 'person' AS step, 'showed interest' AS what, 0 AS place FROM subject WHERE lead_at IS NOT NULL
    UNION ALL SELECT b.opened_at, 'intake', 'batch opened', 1 FROM batches AS b JOIN subject AS s ON b.id = s.batch_id
    UNION ALL SELECT received_at, 'intake', 'row ' || row_no || ' received', 2 FROM subject
    UNION ALL SELECT r.finished_at, 'validation', 'batch validated, ' || l.verdict, 3
      FROM subject AS s JOIN batch_reports AS r ON r.batch_id = s.batch_id JOIN lead_reports AS l ON l.lead_id = s.id
     WHERE r.finished_at IS NOT NULL
    UNION ALL SELECT v.given_at, 'spot check', 'verdict ' || v.verdict, 4
      FROM spot_check_samples AS c JOIN verdicts AS v ON v.sample_id = c.id WHERE c.lead_id = :lead
    UNION ALL SELECT c.settled_at, 'spot check', 'found ' || c.outcome, 5
      FROM spot_check_samples AS c WHERE c.lead_id = :lead AND c.settled_at IS NOT NULL
    UNION ALL SELECT k.decided_at, 'spot check', 'batch ' || k.state, 6
      FROM spot_checks AS k JOIN subject AS s ON s.batch_id = k.batch_id WHERE k.decided_at IS NOT NULL
    UNION ALL SELECT listed_at, 'listings', 'listed', 7 FROM listings WHERE lead_id = :lead
    UNION ALL SELECT purchased_at, 'purchases', 'bought for ' || price_minor || ' minor units of ' || currency, 8
      FROM bought
    UNION ALL SELECT disclosed_at, 'purchases', 'contact disclosed', 9 FROM bought WHERE disclosed_at IS NOT NULL
    UNION ALL SELECT d.ended_at, 'deliveries', d.state || ' after ' || d.attempts || ' attempts', 10
      FROM deliveries AS d JOIN bought ON d.purchase_id = bought.id WHERE d.ended_at IS NOT NULL
    UNION ALL SELECT o.happened_at, 'outcomes', replace(o.outcome, '_', ' ') || coalesce(': ' || o.reason, ''), 16
      FROM outcomes AS o JOIN bought ON o.purchase_id = bought.id
    UNION ALL SELECT f.came_back_at, 'outcomes', 'came back to its buyer', 17
      FROM followed_leads AS f JOIN bought ON f.purchase_id = bought.id WHERE f.came_back_at IS NOT NULL
    UNION ALL SELECT a.reported_at, 'outcomes',
           'action reported: ' || a.action || ', worth ' || a.value_minor || ' of ' || a.bid_minor, 18
      FROM actions AS a JOIN bought ON a.purchase_id = bought.id
    UNION ALL SELECT a.ended_at, 'outcomes', 'action ' || a.state, 13
      FROM actions AS a JOIN bought ON a.purchase_id = bought.id WHERE a.ended_at IS NOT NULL
    UNION ALL SELECT d.opened_at, 'disputes', 'opened: ' || d.reason, 11
      FROM disputes AS d JOIN bought ON d.purchase_id = bought.id
    UNION ALL SELECT d.answered_at, 'disputes', 'answered', 12
      FROM disputes AS d JOIN bought ON d.purchase_id = bought.id WHERE d.answered_at IS NOT NULL
    UNION ALL SELECT d.ruled_at, 'disputes', d.state || ' by ' || d.ruled_by, 13
      FROM disputes AS d JOIN bought ON d.purchase_id = bought.id WHERE d.ruled_at IS NOT NULL
    UNION ALL SELECT ended_at, 'purchases', replace(state || coalesce(': ' || refund_reason, ''), '_', ' '), 14
      FROM bought WHERE ended_at IS NOT NULL
    UNION ALL SELECT l.settled_at, 'settlements',
           'settled, the seller earns ' || l.net_minor || ' minor units of ' || bought.currency, 15
      FROM settlement_lines AS l JOIN bought ON l.purchase_id = bought.id
    ORDER BY at, place
""")


def timeline(lead_id: UUID) -> Sequence[Moment]:
    """Everything that happened to a lead, oldest first. Raises NotFound."""
    rows = db.session.execute(_FACTS, {"lead": lead_id}).all()
    if not rows:
        raise NotFound
    return [Moment(row.at, row.step, row.what) for row in rows]
