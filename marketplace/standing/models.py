"""The table of track records."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from ..kernel.columns import BusinessTime, Code, Id
from ..kernel.database import Base


class TrackRecord(Base):
    """One fact about one organization, remembered once for each subject. Append-only."""

    __tablename__ = "track_records"

    id: Mapped[Id]
    organization_id: Mapped[UUID]
    fact: Mapped[Code]
    #: What the fact is about: a batch, a purchase.
    subject_id: Mapped[UUID]
    at: Mapped[BusinessTime]

    __table_args__ = (
        CheckConstraint("fact ~ '^[a-z_]+$'", name="track_records_fact_is_a_word"),
        UniqueConstraint("fact", "subject_id"),
        Index(None, "organization_id", "at"),
    )
