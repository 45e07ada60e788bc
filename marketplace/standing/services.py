"""Writing facts into a track record."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from ..kernel.database import db
from .models import TrackRecord
from .rules import Fact


def remember(*, organization_id: UUID, fact: Fact, subject_id: UUID) -> None:
    """Remember *fact* about the organization; the same fact about the same subject counts once."""
    db.session.execute(
        insert(TrackRecord)
        .values(organization_id=organization_id, fact=fact, subject_id=subject_id)
        .on_conflict_do_nothing(index_elements=["fact", "subject_id"])
    )
