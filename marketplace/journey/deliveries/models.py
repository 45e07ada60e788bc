"""Tables of targets, deliveries and attempts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kernel.columns import BusinessTime, Id, WallTime, one_of
from ...kernel.database import Base
from .rules import DeliveryState, Outcome, TargetState


class DeliveryTarget(Base):
    """Where a buyer wants bought contacts: a webhook with its signing secret, sealed."""

    __tablename__ = "delivery_targets"

    id: Mapped[Id]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str]
    url: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'active'"))
    key_id: Mapped[str]
    wrapped_key: Mapped[bytes]
    sealed: Mapped[bytes]
    created_at: Mapped[BusinessTime]
    removed_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("state", TargetState, "delivery_targets_state_known"),
        Index(None, "buyer_id"),
    )


class Delivery(Base):
    """One bought lead on its way to one target."""

    __tablename__ = "deliveries"

    id: Mapped[Id]
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"))
    target_id: Mapped[UUID] = mapped_column(ForeignKey("delivery_targets.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    #: How often an attempt was asked for, by the schedule or by hand; each asking is a duty of its own.
    asked: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    created_at: Mapped[BusinessTime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("state", DeliveryState, "deliveries_state_known"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="deliveries_end_dated"),
        CheckConstraint("attempts BETWEEN 0 AND asked", name="deliveries_attempts_counted"),
        UniqueConstraint("purchase_id", "target_id"),
        Index(None, "target_id"),
        Index(None, "buyer_id", "id"),
        Index("deliveries_waiting_idx", "id", postgresql_where=text("state = 'waiting'")),
    )


class DeliveryAttempt(Base):
    """One attempt and how it ended; never changed."""

    __tablename__ = "delivery_attempts"

    delivery_id: Mapped[UUID] = mapped_column(ForeignKey("deliveries.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    outcome: Mapped[str]
    status: Mapped[int | None] = mapped_column(Integer)
    latency_ms: Mapped[int] = mapped_column(Integer)
    attempted_at: Mapped[WallTime]

    __table_args__ = (
        one_of("outcome", Outcome, "delivery_attempts_outcome_known"),
        CheckConstraint("number > 0 AND latency_ms >= 0", name="delivery_attempts_counts"),
    )
