"""Tables of listings, who got them, and how many are live."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ...kernel.columns import BusinessTime, Currency, Id, currency_check, one_of
from ...kernel.database import Base, refuse_by_constraint
from ..intake.fields import Temperature
from ..offers import Channel
from .errors import AlreadyBought, NoLongerForSale
from .rules import ListingState, Withdrawal

_LIVE = text("state = 'live'")
_CODE = Text(collation="C")
_COVERED = (
    *("seller_id", "expires_at", "lead_at", "points", "price_minor", "currency", "country", "region"),
    *("temperature", "channel", "verified", "max_sales"),
)


class Listing(Base):
    """One lead for sale, up to *max_sales* times."""

    __tablename__ = "listings"

    id: Mapped[Id]
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("leads.id"))
    batch_id: Mapped[UUID]
    offer_id: Mapped[UUID]
    seller_id: Mapped[UUID]
    vertical_id: Mapped[UUID]
    price_minor: Mapped[int]
    currency: Mapped[Currency]
    max_sales: Mapped[int] = mapped_column(Integer)
    sold: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    state: Mapped[str] = mapped_column(_CODE, server_default=text("'live'"))
    withdrawal: Mapped[str | None]
    #: A person has checked this very lead and found it genuine.
    verified: Mapped[bool] = mapped_column(server_default=text("false"))
    channel: Mapped[str] = mapped_column(_CODE)
    country: Mapped[str | None] = mapped_column(_CODE)
    region: Mapped[str | None] = mapped_column(_CODE)
    temperature: Mapped[str] = mapped_column(_CODE)
    points: Mapped[int] = mapped_column(Integer)
    #: Values of the vertical's fields that say nothing about who the person is.
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    lead_at: Mapped[datetime]
    listed_at: Mapped[BusinessTime]
    expires_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("lead_id"),
        ForeignKeyConstraint(
            ["batch_id", "offer_id", "seller_id", "vertical_id"],
            ["batches.id", "batches.offer_id", "batches.seller_id", "batches.vertical_id"],
        ),
        CheckConstraint("sold BETWEEN 0 AND max_sales", name="listings_sold_within_max"),
        CheckConstraint("max_sales BETWEEN 1 AND 5", name="listings_max_sales_few"),
        CheckConstraint("price_minor > 0", name="listings_price_positive"),
        currency_check("listings"),
        one_of("state", ListingState, "listings_state_known"),
        CheckConstraint("(state = 'sold_out') = (sold = max_sales)", name="listings_sold_out_when_full"),
        one_of("withdrawal", Withdrawal, "listings_withdrawal_known"),
        CheckConstraint("(state = 'withdrawn') = (withdrawal IS NOT NULL)", name="listings_withdrawal_said"),
        one_of("channel", Channel, "listings_channel_known"),
        one_of("temperature", Temperature, "listings_temperature_known"),
        *(
            Index(
                f"listings_{name}_idx",
                *keys,
                postgresql_where=_LIVE,
                postgresql_include=[column for column in _COVERED if column not in keys],
            )
            for name, keys in {
                "score": ("vertical_id", "points", "id"),
                "newest": ("vertical_id", "lead_at", "id"),
                "price": ("vertical_id", "currency", "price_minor", "id"),
                "region": ("vertical_id", "country", "region", "points", "id"),
            }.items()
        ),
        Index(None, "seller_id", "id"),
        Index("listings_batch_id_idx", "batch_id", postgresql_where=_LIVE),
        Index("listings_expires_at_idx", "expires_at", postgresql_where=_LIVE),
    )


class ListedBatch(Base):
    """A batch whose leads are for sale, with what nobody is told of each lead by itself."""

    __tablename__ = "listed_batches"

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("batches.id"), primary_key=True)
    listed_at: Mapped[BusinessTime]
    expires_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    #: Leads that another seller showed before. Never told: for their seller they are like unsold ones.
    copies: Mapped[int]
    #: Leads that found no buyer, or were never shown to one; counted once, a day to three after the listing.
    not_listable: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("copies >= 0 AND not_listable >= copies", name="listed_batches_counts"),
    )


class Allocation(Base):
    """A buyer got a listed lead, once."""

    __tablename__ = "allocations"

    listing_id: Mapped[UUID] = mapped_column(ForeignKey("listings.id"), primary_key=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    purchase_id: Mapped[UUID]
    allocated_at: Mapped[BusinessTime]

    __table_args__ = (UniqueConstraint("purchase_id"),)


class ListingFacet(Base):
    """How many listings were live in one cell when changes were last taken in."""

    __tablename__ = "listing_facets"

    vertical_id: Mapped[UUID] = mapped_column(primary_key=True)
    country: Mapped[str] = mapped_column(_CODE, primary_key=True)
    region: Mapped[str] = mapped_column(_CODE, primary_key=True)
    temperature: Mapped[str] = mapped_column(_CODE, primary_key=True)
    currency: Mapped[Currency] = mapped_column(primary_key=True)
    price_band: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    live: Mapped[int]


class ListingFacetChange(Base):
    """What one statement changed in one cell; taken into the roll-up later."""

    __tablename__ = "listing_facet_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    vertical_id: Mapped[UUID]
    country: Mapped[str] = mapped_column(_CODE)
    region: Mapped[str] = mapped_column(_CODE)
    temperature: Mapped[str] = mapped_column(_CODE)
    currency: Mapped[Currency]
    price_band: Mapped[int]
    live: Mapped[int]

    __table_args__ = (Index(None, "vertical_id"),)


refuse_by_constraint({"listings_sold_within_max": NoLongerForSale, "allocations_pkey": AlreadyBought})
