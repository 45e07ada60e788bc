"""Every select of validation."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, any_, bindparam, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlalchemy.types import Uuid

from ...kernel.database import db
from .. import intake, offers
from .models import BatchReport, LeadReport
from .states import Verdict


def report(batch_id: UUID) -> BatchReport | None:
    """How far the validation of a batch is; None before it has begun."""
    return db.session.get(BatchReport, batch_id)


def reports(batch_ids: Iterable[UUID]) -> dict[UUID, BatchReport]:
    """The reports of several batches."""
    wanted = bindparam("batches", list(batch_ids), ARRAY(Uuid()))
    found = select(BatchReport).where(BatchReport.batch_id == any_(wanted))
    return {row.batch_id: row for row in db.session.execute(found).scalars()}


def not_listable_leads(batch_id: UUID) -> Select[UUID]:
    """The ids of the batch's leads that another seller showed before, within the vertical's window.

    A select to be used inside of other statements. Who the other is, and when, never leaves the database.
    """
    mine, theirs = aliased(intake.LeadClaim), aliased(intake.LeadClaim)
    lead, vertical = intake.Lead, offers.Vertical
    earlier = exists().where(
        theirs.digest == mine.digest,
        theirs.vertical_id == mine.vertical_id,
        theirs.seller_id != mine.seller_id,
        theirs.seen_at <= mine.seen_at,
        # Of two that came at one instant the older id goes first.
        (theirs.seen_at < mine.seen_at) | (theirs.lead_id < mine.lead_id),
        theirs.seen_at >= mine.seen_at - func.make_interval(0, 0, 0, vertical.duplicate_window_days),
    )
    return (
        select(lead.id)
        .join(mine, mine.lead_id == lead.id)
        .join(vertical, vertical.id == lead.vertical_id)
        .where(lead.batch_id == batch_id, earlier)
        .distinct()
    )


def quarantined_leads(batch_id: UUID) -> Select[UUID]:
    """The ids of the batch's leads that wait for a person; a select to be used inside of other statements."""
    lead = intake.Lead
    return (
        select(lead.id)
        .join(LeadReport, LeadReport.lead_id == lead.id)
        .where(lead.batch_id == batch_id, LeadReport.verdict == Verdict.QUARANTINED)
    )
