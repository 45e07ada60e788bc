"""The table of draws: commitment, sealed seed, root, beacon, and when each became known."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.columns import BusinessTime
from ..kernel.database import Base


class Draw(Base):
    """The draw of one batch. The database lets nothing change that was once published."""

    __tablename__ = "draws"

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    commitment: Mapped[bytes]
    key_id: Mapped[str]
    wrapped_key: Mapped[bytes]
    sealed_seed: Mapped[bytes]
    root: Mapped[bytes | None]
    leaf_count: Mapped[int | None]
    frozen_at: Mapped[datetime | None]
    #: The round of the public beacon that goes into the seed, fixed at the freeze.
    beacon_round: Mapped[int | None]
    beacon: Mapped[bytes | None]
    revealed_at: Mapped[datetime | None]
    created_at: Mapped[BusinessTime]

    __table_args__ = (
        CheckConstraint("length(commitment) = 32", name="draws_commitment_length"),
        CheckConstraint("length(root) = 32", name="draws_root_length"),
        CheckConstraint("length(beacon) = 32", name="draws_beacon_length"),
        CheckConstraint(
            "(root IS NULL) = (frozen_at IS NULL) AND (root IS NULL) = (leaf_count IS NULL)",
            name="draws_frozen_whole",
        ),
        CheckConstraint("beacon_round IS NULL OR root IS NOT NULL", name="draws_round_fixed_at_freeze"),
        CheckConstraint("beacon IS NULL OR beacon_round IS NOT NULL", name="draws_beacon_of_its_round"),
        CheckConstraint("revealed_at IS NULL OR root IS NOT NULL", name="draws_revealed_after_freeze"),
    )
