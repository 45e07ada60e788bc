"""Tables of settlements, their lines, and earnings that mature."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kernel.columns import BusinessTime, Currency, Id, currency_check, one_of
from ...kernel.database import Base
from .rules import SettlementState

_ADDS_UP = "net_minor = gross_minor - refunded_minor - commission_minor"


class Settlement(Base):
    """What a seller earned in one currency in one ISO week; sums and number are written when it is closed."""

    __tablename__ = "settlements"

    id: Mapped[Id]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    currency: Mapped[Currency]
    week_begins_at: Mapped[datetime]
    number: Mapped[int | None]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    line_count: Mapped[int] = mapped_column(server_default=text("0"))
    gross_minor: Mapped[int] = mapped_column(server_default=text("0"))
    refunded_minor: Mapped[int] = mapped_column(server_default=text("0"))
    commission_minor: Mapped[int] = mapped_column(server_default=text("0"))
    net_minor: Mapped[int] = mapped_column(server_default=text("0"))
    opened_at: Mapped[BusinessTime]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("seller_id", "currency", "week_begins_at"),
        UniqueConstraint("seller_id", "number"),
        one_of("state", SettlementState, "settlements_state_known"),
        currency_check("settlements"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="settlements_close_dated"),
        CheckConstraint("(state = 'open') = (number IS NULL)", name="settlements_numbered_when_closed"),
        CheckConstraint("number > 0", name="settlements_number_positive"),
        CheckConstraint(_ADDS_UP, name="settlements_add_up"),
        Index("settlements_open_idx", "week_begins_at", postgresql_where=text("state = 'open'")),
    )


class SettlementLine(Base):
    """One ended purchase in its seller's settlement; append-only."""

    __tablename__ = "settlement_lines"

    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"), primary_key=True)
    settlement_id: Mapped[UUID] = mapped_column(ForeignKey("settlements.id"))
    gross_minor: Mapped[int]
    refunded_minor: Mapped[int]
    commission_minor: Mapped[int]
    net_minor: Mapped[int]
    settled_at: Mapped[BusinessTime]

    __table_args__ = (
        CheckConstraint(_ADDS_UP, name="settlement_lines_add_up"),
        Index("settlement_lines_settlement_id_idx", "settlement_id", "purchase_id"),
    )


class Maturity(Base):
    """When the earnings of a purchase become available to the seller."""

    __tablename__ = "maturities"

    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"), primary_key=True)
    seller_id: Mapped[UUID]
    currency: Mapped[Currency]
    amount_minor: Mapped[int]
    matures_at: Mapped[datetime]
    matured_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="maturities_amount_positive"),
        CheckConstraint("matured_at >= matures_at", name="maturities_not_early"),
        Index("maturities_due_idx", "matures_at", postgresql_where=text("matured_at IS NULL")),
    )
