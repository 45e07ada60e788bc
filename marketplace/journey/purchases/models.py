"""Tables of purchases, stops and frozen evidence."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from ...kernel.columns import BusinessTime, Currency, Id, currency_check, one_of
from ...kernel.database import Base
from ..offers import Action, Pricing
from .rules import PurchaseState, RefundReason, StopReason


class Purchase(Base):
    """One lead sold to one buyer. What it copies of its listing is compared with it when written."""

    __tablename__ = "purchases"

    id: Mapped[Id]
    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"))
    lead_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    offer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    vertical_id: Mapped[UUID]
    pricing: Mapped[str]
    #: Under CPA: what is paid, and until when it can be reported.
    action: Mapped[str | None] = mapped_column(Text(collation="C"))
    attribution_ends_at: Mapped[datetime | None]
    price_minor: Mapped[int]
    #: The part of the price that the buyer's promotion paid.
    promo_minor: Mapped[int] = mapped_column(server_default=text("0"))
    currency: Mapped[Currency]
    commission_bps: Mapped[int]
    #: Taken, or to be taken, of what is not refunded: floor((price - refunded) x bps / 10000).
    commission_minor: Mapped[int]
    refunded_minor: Mapped[int] = mapped_column(server_default=text("0"))
    escrow_account_id: Mapped[int] = mapped_column(ForeignKey("ledger.account.id"), unique=True)
    state: Mapped[str] = mapped_column(server_default=text("'held'"))
    refund_reason: Mapped[str | None]
    #: Counted by the trigger of stops alone; a release needs 0.
    open_stops: Mapped[int] = mapped_column(server_default=text("0"))
    purchased_at: Mapped[BusinessTime]
    disclosed_at: Mapped[datetime | None]
    undisclosed_until: Mapped[datetime]
    return_window_days: Mapped[int]
    window_ends_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("state", PurchaseState, "purchases_state_known"),
        one_of("pricing", Pricing, "purchases_pricing_known"),
        one_of("refund_reason", RefundReason, "purchases_refund_reason_known"),
        one_of("action", Action, "purchases_action_known"),
        CheckConstraint("(pricing = 'cpa') = (action IS NOT NULL)", name="purchases_action_with_cpa"),
        CheckConstraint(
            "(pricing = 'cpa') = (attribution_ends_at IS NOT NULL)", name="purchases_attribution_with_cpa"
        ),
        CheckConstraint("attribution_ends_at > purchased_at", name="purchases_attribution_after_purchase"),
        CheckConstraint("buyer_id <> seller_id", name="purchases_not_own"),
        CheckConstraint("price_minor > 0", name="purchases_price_positive"),
        CheckConstraint("promo_minor BETWEEN 0 AND price_minor", name="purchases_promo_within_price"),
        currency_check("purchases"),
        CheckConstraint("commission_bps BETWEEN 0 AND 10000", name="purchases_rate_in_range"),
        CheckConstraint(
            "commission_minor = (price_minor - refunded_minor) * commission_bps / 10000",
            name="purchases_commission_by_rate",
        ),
        CheckConstraint(
            "CASE state WHEN 'refunded' THEN refunded_minor = price_minor"
            " WHEN 'partly_refunded' THEN refunded_minor > 0 AND refunded_minor < price_minor"
            " WHEN 'clawed_back' THEN refunded_minor > 0 AND refunded_minor <= price_minor"
            " ELSE refunded_minor = 0 END",
            name="purchases_refund_by_state",
        ),
        CheckConstraint(
            "(refund_reason IS NULL) = (state IN ('held', 'released'))", name="purchases_reason_with_refund"
        ),
        CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="purchases_end_dated"),
        CheckConstraint("open_stops >= 0", name="purchases_stops_counted"),
        CheckConstraint("state <> 'released' OR open_stops = 0", name="purchases_no_release_under_stop"),
        CheckConstraint("disclosed_at >= purchased_at", name="purchases_disclosed_after_purchase"),
        CheckConstraint(
            "window_ends_at = least(disclosed_at, undisclosed_until) + return_window_days * interval '24 hours'",
            name="purchases_window_by_rule",
        ),
        Index("purchases_buyer_id_idx", "buyer_id", "id"),
        Index("purchases_seller_id_idx", "seller_id", "id"),
        Index("purchases_lead_id_idx", "lead_id"),
        Index(
            "purchases_due_idx",
            "window_ends_at",
            postgresql_where=text("state = 'held' AND open_stops = 0 AND pricing = 'cpl'"),
        ),
        Index(
            "purchases_attribution_idx",
            "attribution_ends_at",
            postgresql_where=text("state = 'held' AND open_stops = 0 AND pricing = 'cpa'"),
        ),
    )


class PurchaseTransition(Base):
    """A state that may follow another; the database refuses the rest."""

    __tablename__ = "purchase_transitions"

    from_state: Mapped[str] = mapped_column(primary_key=True)
    to_state: Mapped[str] = mapped_column(primary_key=True)


class Stop(Base):
    """What blocks the release of a purchase until it is lifted."""

    __tablename__ = "stops"

    id: Mapped[Id]
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"))
    reason: Mapped[str]
    #: The dispute or action that placed it.
    source_id: Mapped[UUID]
    placed_at: Mapped[BusinessTime]
    lifted_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("reason", StopReason, "stops_reason_known"),
        CheckConstraint("lifted_at >= placed_at", name="stops_lifted_after_placed"),
        Index(
            "stops_one_open_idx",
            "purchase_id",
            "reason",
            "source_id",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )


class Evidence(Base):
    """What was sold, frozen at the moment of sale: facts in the clear, the person sealed, a digest over both."""

    __tablename__ = "evidence"

    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"), primary_key=True)
    #: Kept letter by letter, since the digest is over its letters.
    facts: Mapped[dict[str, Any]] = mapped_column(JSON())
    #: Destroyed by an erasure; the digest stays.
    key_id: Mapped[str | None]
    wrapped_key: Mapped[bytes | None]
    sealed: Mapped[bytes]
    digest: Mapped[bytes]
    frozen_at: Mapped[BusinessTime]

    __table_args__ = (CheckConstraint("length(digest) = 32", name="evidence_digest_length"),)
