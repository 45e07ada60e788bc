"""What is remembered of an organization."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from ..kernel import clock
from ..kernel.database import db
from .models import TrackRecord
from .rules import MEMORY_DAYS, Fact, Record


def records(organization_ids: Collection[UUID]) -> dict[UUID, Record]:
    """The counts of the last 180 days of business time, for every organization asked about."""
    counted = db.session.execute(
        select(TrackRecord.organization_id, TrackRecord.fact, func.count())
        .where(
            TrackRecord.organization_id.in_(organization_ids),
            TrackRecord.at > clock.now_sql() - timedelta(days=MEMORY_DAYS),
        )
        .group_by(TrackRecord.organization_id, TrackRecord.fact)
    )
    found = {(organization_id, fact): count for organization_id, fact, count in counted}
    return {
        organization_id: Record(
            accepted_batches=found.get((organization_id, Fact.BATCH_ACCEPTED), 0),
            rejected_batches=found.get((organization_id, Fact.BATCH_REJECTED), 0),
        )
        for organization_id in organization_ids
    }


def record_of(organization_id: UUID) -> Record:
    """The counts of the last 180 days of one organization."""
    return records([organization_id])[organization_id]


def is_new_seller(seller_id: UUID) -> bool:
    """True with fewer than five accepted batches, or one rejected, in the last 180 days."""
    return record_of(seller_id).is_new


def new_sellers(seller_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the sellers who count as new; one statement for any number of them."""
    return frozenset(seller_id for seller_id, record in records(seller_ids).items() if record.is_new)
