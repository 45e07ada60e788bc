"""The table of suppressed contacts: keyed digests, never the contacts."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.columns import BusinessTime, Code, one_of
from ..kernel.database import Base
from .rules import ContactKind, SuppressionReason


class Suppression(Base):
    """A contact that must not come in again, known by its digest only."""

    __tablename__ = "suppressions"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    kind: Mapped[Code]
    reason: Mapped[Code]
    added_by: Mapped[UUID | None]
    added_at: Mapped[BusinessTime]

    __table_args__ = (
        CheckConstraint("length(digest) = 16", name="suppressions_digest_length"),
        one_of("kind", ContactKind, "suppressions_kind_known"),
        one_of("reason", SuppressionReason, "suppressions_reason_known"),
    )
