"""Tables of outcomes, actions, customers, and the addresses of postbacks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kernel.columns import BusinessTime, Code, Currency, Id, WallTime, currency_check, one_of
from ...kernel.database import Base
from ..offers import Action as ActionWord
from .rules import (
    MAX_CALL_SECONDS,
    ActionState,
    Disqualification,
    JudgedBy,
    Outcome,
    ReportedBy,
    Reversal,
)

_CODE = Text(collation="C")


class Action(Base):
    """The one action of a purchase under CPA, reported by its buyer; paid when confirmed."""

    __tablename__ = "actions"

    id: Mapped[Id]
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"), unique=True)
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    action: Mapped[Code]
    #: The price of the purchase: what is held.
    bid_minor: Mapped[int]
    #: What is paid of it.
    value_minor: Mapped[int]
    currency: Mapped[Currency]
    happened_at: Mapped[datetime]
    reported_at: Mapped[BusinessTime]
    reported_by: Mapped[Code]
    confirms_at: Mapped[datetime]
    state: Mapped[Code] = mapped_column(server_default=text("'reported'"))
    reversal: Mapped[str | None] = mapped_column(_CODE)
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("action", ActionWord, "actions_action_known"),
        CheckConstraint("value_minor BETWEEN 1 AND bid_minor", name="actions_value_within_bid"),
        currency_check("actions"),
        CheckConstraint("happened_at <= reported_at", name="actions_happened_before_report"),
        one_of("reported_by", ReportedBy, "actions_reported_by_known"),
        CheckConstraint("confirms_at > reported_at", name="actions_confirmed_later"),
        one_of("state", ActionState, "actions_state_known"),
        one_of("reversal", Reversal, "actions_reversal_known"),
        CheckConstraint("(state = 'reversed') = (reversal IS NOT NULL)", name="actions_reversal_said"),
        CheckConstraint("(state = 'reported') = (ended_at IS NULL)", name="actions_end_dated"),
        CheckConstraint(
            "state <> 'confirmed' OR ended_at >= confirms_at", name="actions_not_confirmed_early"
        ),
        Index("actions_buyer_id_idx", "buyer_id", "id"),
        Index("actions_seller_id_idx", "seller_id", "id"),
        Index("actions_due_idx", "confirms_at", postgresql_where=text("state = 'reported'")),
    )


class OutcomeReport(Base):
    """One report of a buyer on a bought lead; append-only."""

    __tablename__ = "outcomes"

    id: Mapped[Id]
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"))
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    outcome: Mapped[Code]
    #: With disqualified only.
    reason: Mapped[str | None] = mapped_column(_CODE)
    #: With converted only.
    action: Mapped[str | None] = mapped_column(_CODE)
    revenue_minor: Mapped[int | None]
    currency: Mapped[str | None] = mapped_column(_CODE)
    #: With follow_up only: when the lead comes back.
    follow_up_at: Mapped[datetime | None]
    call_seconds: Mapped[int | None]
    #: The buyer's own word for the report, by which a repeated one is known.
    reference: Mapped[str | None] = mapped_column(_CODE)
    happened_at: Mapped[datetime]
    reported_at: Mapped[BusinessTime]
    reported_by: Mapped[Code]

    __table_args__ = (
        one_of("outcome", Outcome, "outcomes_outcome_known"),
        one_of("reason", Disqualification, "outcomes_reason_known"),
        one_of("action", ActionWord, "outcomes_action_known"),
        one_of("reported_by", ReportedBy, "outcomes_reported_by_known"),
        CheckConstraint("(outcome = 'disqualified') = (reason IS NOT NULL)", name="outcomes_reason_said"),
        CheckConstraint(
            "outcome = 'converted' OR (action IS NULL AND revenue_minor IS NULL)",
            name="outcomes_action_when_converted",
        ),
        CheckConstraint(
            "(outcome = 'follow_up') = (follow_up_at IS NOT NULL)", name="outcomes_follow_up_dated"
        ),
        CheckConstraint("(revenue_minor IS NULL) = (currency IS NULL)", name="outcomes_revenue_whole"),
        CheckConstraint("revenue_minor >= 0", name="outcomes_revenue_positive"),
        currency_check("outcomes"),
        CheckConstraint(
            f"call_seconds BETWEEN 0 AND {MAX_CALL_SECONDS}", name="outcomes_call_seconds_in_range"
        ),
        CheckConstraint("reference ~ '^[A-Za-z0-9._:-]{1,100}$'", name="outcomes_reference_is_a_word"),
        CheckConstraint("happened_at <= reported_at", name="outcomes_happened_before_report"),
        Index("outcomes_purchase_id_idx", "purchase_id", "id"),
        Index("outcomes_buyer_id_idx", "buyer_id", "id"),
        Index("outcomes_seller_id_idx", "seller_id", "id"),
        Index(
            "outcomes_reference_idx",
            "buyer_id",
            "reference",
            unique=True,
            postgresql_where=text("reference IS NOT NULL"),
        ),
    )


class FollowedLead(Base):
    """What a buyer's reports on one purchase come to, and when a deferred lead comes back."""

    __tablename__ = "followed_leads"

    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"), primary_key=True)
    buyer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    #: Of the report about the latest moment.
    outcome: Mapped[str | None] = mapped_column(_CODE)
    reason: Mapped[str | None] = mapped_column(_CODE)
    outcome_at: Mapped[datetime | None]
    on_target: Mapped[bool | None]
    judged_by: Mapped[str | None] = mapped_column(_CODE)
    follow_up_at: Mapped[datetime | None]
    came_back_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("outcome", Outcome, "followed_leads_outcome_known"),
        one_of("reason", Disqualification, "followed_leads_reason_known"),
        one_of("judged_by", JudgedBy, "followed_leads_judged_by_known"),
        CheckConstraint("(outcome IS NULL) = (outcome_at IS NULL)", name="followed_leads_outcome_dated"),
        CheckConstraint("(on_target IS NULL) = (judged_by IS NULL)", name="followed_leads_judgement_whole"),
        CheckConstraint("came_back_at >= follow_up_at", name="followed_leads_back_on_its_date"),
        Index("followed_leads_buyer_id_idx", "buyer_id", "purchase_id"),
        Index("followed_leads_due_idx", "follow_up_at", postgresql_where=text("came_back_at IS NULL")),
        Index("followed_leads_deferred_idx", "buyer_id", "follow_up_at"),
    )


class Customer(Base):
    """A lead that became a customer; the lead's own history stays with the lead. Append-only."""

    __tablename__ = "customers"

    id: Mapped[Id]
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"), unique=True)
    buyer_id: Mapped[UUID]
    lead_id: Mapped[UUID]
    #: When the person showed interest: the first contact.
    lead_at: Mapped[datetime]
    became_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("became_at >= lead_at", name="customers_after_lead"),
        Index("customers_buyer_id_idx", "buyer_id", "id"),
    )


class PostbackAddress(Base):
    """Where a buyer's own system reports outcomes, and the sealed secret that it signs with."""

    __tablename__ = "postback_addresses"

    id: Mapped[Id]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), unique=True)
    key_id: Mapped[str]
    wrapped_key: Mapped[bytes]
    sealed: Mapped[bytes]
    made_at: Mapped[WallTime]
