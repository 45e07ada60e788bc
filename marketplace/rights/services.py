"""The verbs of rights."""

from __future__ import annotations

from sqlalchemy.dialects.postgresql import insert

from ..access import Actor, write_audit
from ..kernel.database import db
from .digests import digest_of
from .models import Suppression
from .rules import ContactKind, SuppressionReason


def suppress(*, actor: Actor | None, kind: ContactKind, contact: str, reason: SuppressionReason) -> None:
    """Let *contact* (in normal form) never come in again; said twice, the first reason stays."""
    statement = insert(Suppression).values(
        digest=digest_of(kind, contact),
        kind=kind,
        reason=reason,
        added_by=actor.principal_id if actor else None,
    )
    db.session.execute(statement.on_conflict_do_nothing(index_elements=["digest"]))
    write_audit(actor, "suppression.added", None, kind=str(kind), reason=str(reason))
