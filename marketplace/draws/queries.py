"""Every select of draws."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from ..kernel.database import db
from ..kernel.errors import NotFound
from .models import Draw


def draw(batch_id: UUID, *, lock: bool = False) -> Draw:
    """The draw of a batch. Raises NotFound."""
    found = select(Draw).where(Draw.batch_id == batch_id)
    row = db.session.execute(found.with_for_update() if lock else found).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row
