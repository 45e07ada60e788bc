"""Credits by the operator's hand."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..kernel.columns import BusinessTime, Currency, Id, currency_check
from ..kernel.database import Base


class WalletCredit(Base):
    """Money that came by bank and was credited to an organization's wallet by a person of the operator."""

    __tablename__ = "wallet_credits"

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    amount_minor: Mapped[int]
    currency: Mapped[Currency]
    #: The bank's reference as typed; may name a person, so it is shown to the operator only.
    reference: Mapped[str]
    request_id: Mapped[str] = mapped_column(Text(collation="C"))
    made_by: Mapped[UUID]
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]
    created_at: Mapped[BusinessTime]

    __table_args__ = (
        UniqueConstraint("organization_id", "request_id"),
        CheckConstraint("amount_minor BETWEEN 1 AND 1000000000000", name="wallet_credits_amount_in_range"),
        currency_check("wallet_credits"),
        CheckConstraint("length(reference) BETWEEN 1 AND 200", name="wallet_credits_reference_length"),
        CheckConstraint("length(request_id) BETWEEN 1 AND 255", name="wallet_credits_request_id_length"),
        CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)", name="wallet_credits_approval_whole"
        ),
        CheckConstraint("approved_by <> made_by", name="wallet_credits_by_two_people"),
    )
