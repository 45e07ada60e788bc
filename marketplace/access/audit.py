"""The audit log: who did what, append-only, ids and numbers only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.columns import WallTime
from ..kernel.database import Base, db
from .actor import Actor


class AuditEntry(Base):
    """One act of one actor. The database refuses changes, also the owner's."""

    __tablename__ = "audit_log"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    organization_id: Mapped[UUID | None]
    principal_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    request_id: Mapped[str | None]
    created_at: Mapped[WallTime]

    __table_args__ = (Index(None, "subject_id"), Index(None, "organization_id", "id"))


def write_audit(
    actor: Actor | None, action: str, subject_id: UUID | None, **facts: str | int | bool | None
) -> None:
    """Write down that *actor* did *action* to the subject; *facts* hold no personal data."""
    db.session.add(
        AuditEntry(
            organization_id=actor.organization_id if actor else None,
            principal_id=actor.principal_id if actor else None,
            action=action,
            subject_id=subject_id,
            facts=facts,
        )
    )
