"""Every select of rights."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import LargeBinary, any_, bindparam, exists, select
from sqlalchemy.dialects.postgresql import ARRAY

from ..kernel.database import db
from .digests import digest_of
from .models import Suppression
from .rules import ContactKind


def suppressed(kind: ContactKind, contacts: Iterable[str]) -> frozenset[str]:
    """Those of *contacts* (in normal form) that must not come in again."""
    # Most exchanges hold none for long: then nothing is digested at all.
    if not db.session.execute(select(exists().where(Suppression.kind == kind))).scalar_one():
        return frozenset()
    by_digest = {digest_of(kind, contact): contact for contact in contacts}
    found = select(Suppression.digest).where(
        Suppression.digest == any_(bindparam("digests", list(by_digest), ARRAY(LargeBinary)))
    )
    return frozenset(by_digest[digest] for digest in db.session.execute(found).scalars())
