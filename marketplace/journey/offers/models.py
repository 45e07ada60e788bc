"""Tables of verticals, their fields, and offers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ...kernel.columns import BusinessTime, Code, Currency, Id, currency_check, one_of
from ...kernel.database import Base, refuse_by_constraint
from ...kernel.money import Money
from .errors import VerticalExists
from .rules import (
    MAX_ATTRIBUTION_DAYS,
    MAX_PRICE_MINOR,
    MAX_SALES,
    PERSONAL_KINDS,
    Action,
    Channel,
    ContactChannel,
    FieldKind,
    OfferKind,
    OfferState,
    PlanPreset,
    Pricing,
    SellMode,
)


def _quoted(words: Any) -> str:
    return "'{" + ",".join(words) + "}'"


class Vertical(Base):
    """A market segment: its windows, commission, benchmark, and what its leads must be."""

    __tablename__ = "verticals"

    id: Mapped[Id]
    code: Mapped[Code]
    name: Mapped[str]
    duplicate_window_days: Mapped[int] = mapped_column(Integer, server_default=text("90"))
    return_window_days: Mapped[int] = mapped_column(Integer, server_default=text("7"))
    disclosure_hours: Mapped[int] = mapped_column(Integer, server_default=text("72"))
    plan_preset: Mapped[Code] = mapped_column(server_default=text("'standard'"))
    commission_bps: Mapped[int] = mapped_column(Integer)
    benchmark_price_minor: Mapped[int | None]
    benchmark_currency: Mapped[str | None] = mapped_column(Text(collation="C"))
    sell_modes: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{exclusive,shared}'"))
    max_lead_age_days: Mapped[int] = mapped_column(Integer, server_default=text("30"))
    warm_points: Mapped[int] = mapped_column(Integer, server_default=text("15"))
    hot_points: Mapped[int] = mapped_column(Integer, server_default=text("40"))
    #: Youngest age of a person, in years.
    minimum_age: Mapped[int | None] = mapped_column(Integer)
    #: A call at least this long marks a lead as on target.
    call_seconds: Mapped[int] = mapped_column(Integer, server_default=text("40"))
    listing_days: Mapped[int] = mapped_column(Integer, server_default=text("30"))
    #: Which evidence of consent is needed: a list of {country?, channel?, evidence: [field]}.
    consent_rules: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    created_at: Mapped[BusinessTime]
    fields: Mapped[list[VerticalField]] = relationship(
        order_by="(VerticalField.position, VerticalField.name)", lazy="selectin", viewonly=True
    )

    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("code ~ '^[a-z][a-z0-9_]{1,49}$'", name="verticals_code_is_a_word"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="verticals_name_length"),
        one_of("plan_preset", PlanPreset, "verticals_plan_preset_known"),
        CheckConstraint(
            "duplicate_window_days BETWEEN 0 AND 3650 AND return_window_days BETWEEN 1 AND 60"
            " AND disclosure_hours BETWEEN 1 AND 720 AND max_lead_age_days BETWEEN 1 AND 3650"
            " AND listing_days BETWEEN 1 AND 365",
            name="verticals_windows",
        ),
        CheckConstraint("commission_bps BETWEEN 0 AND 10000", name="verticals_commission_in_range"),
        CheckConstraint(
            "(benchmark_price_minor IS NULL) = (benchmark_currency IS NULL)", name="verticals_benchmark_whole"
        ),
        CheckConstraint("benchmark_price_minor > 0", name="verticals_benchmark_positive"),
        currency_check("verticals", "benchmark_currency"),
        CheckConstraint(
            f"cardinality(sell_modes) > 0 AND sell_modes <@ {_quoted(SellMode)}",
            name="verticals_sell_modes_known",
        ),
        CheckConstraint("warm_points BETWEEN 0 AND hot_points", name="verticals_points_rise"),
        CheckConstraint("minimum_age BETWEEN 14 AND 99", name="verticals_minimum_age_in_range"),
        CheckConstraint("call_seconds BETWEEN 1 AND 3600", name="verticals_call_seconds_in_range"),
        CheckConstraint("jsonb_typeof(consent_rules) = 'array'", name="verticals_consent_rules_listed"),
    )

    @property
    def benchmark_price(self) -> Money | None:
        """What a lead of this vertical usually costs, None where nobody knows."""
        if self.benchmark_price_minor is None or self.benchmark_currency is None:
            return None
        return Money(self.benchmark_price_minor, self.benchmark_currency)


class VerticalField(Base):
    """One field that leads of a vertical have beyond the contact."""

    __tablename__ = "vertical_fields"

    vertical_id: Mapped[UUID] = mapped_column(ForeignKey("verticals.id"), primary_key=True)
    name: Mapped[Code] = mapped_column(primary_key=True)
    label: Mapped[str]
    type: Mapped[Code]
    required: Mapped[bool] = mapped_column(server_default=text("false"))
    filterable: Mapped[bool] = mapped_column(server_default=text("true"))
    #: Sealed with the contact, never shown before the purchase.
    personal: Mapped[bool] = mapped_column(server_default=text("false"))
    #: For type choice: code to synonyms.
    choices: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    #: How sellers' files call the column.
    synonyms: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    position: Mapped[int] = mapped_column(Integer, server_default=text("0"))

    __table_args__ = (
        CheckConstraint("name ~ '^[a-z][a-z0-9_]{0,49}$'", name="vertical_fields_name_is_a_word"),
        one_of("type", FieldKind, "vertical_fields_type_known"),
        CheckConstraint("NOT (personal AND filterable)", name="vertical_fields_personal_hidden"),
        CheckConstraint(
            "personal OR type NOT IN (" + ", ".join(f"'{kind}'" for kind in PERSONAL_KINDS) + ")",
            name="vertical_fields_free_text_is_personal",
        ),
        CheckConstraint("(type = 'choice') = (choices <> '{}')", name="vertical_fields_choices_listed"),
        CheckConstraint("position >= 0", name="vertical_fields_position_positive"),
    )


class Offer(Base):
    """A seller's standing terms for leads of one vertical."""

    __tablename__ = "offers"

    id: Mapped[Id]
    seller_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    vertical_id: Mapped[UUID] = mapped_column(ForeignKey("verticals.id"))
    name: Mapped[str]
    kind: Mapped[Code] = mapped_column(server_default=text("'consumer'"))
    pricing: Mapped[Code] = mapped_column(server_default=text("'cpl'"))
    price_minor: Mapped[int]
    currency: Mapped[Currency]
    #: Under CPA: what is paid, and for how many days of 24 hours after the purchase it counts.
    action: Mapped[str | None] = mapped_column(Text(collation="C"))
    attribution_days: Mapped[int | None] = mapped_column(Integer)
    #: To how many buyers one lead may be sold.
    max_sales: Mapped[int] = mapped_column(Integer)
    channel: Mapped[Code]
    source: Mapped[str]
    #: Where the people are, when the rows do not say.
    country: Mapped[str | None] = mapped_column(Text(collation="C"))
    consent_text: Mapped[str | None]
    consent_source: Mapped[str | None]
    consent_channels: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))
    state: Mapped[Code] = mapped_column(server_default=text("'draft'"))
    below_benchmark: Mapped[bool] = mapped_column(server_default=text("false"))
    #: How often the state was changed.
    moves: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    created_at: Mapped[BusinessTime]

    __table_args__ = (
        one_of("kind", OfferKind, "offers_kind_known"),
        one_of("pricing", Pricing, "offers_pricing_known"),
        one_of("action", Action, "offers_action_known"),
        CheckConstraint("(pricing = 'cpa') = (action IS NOT NULL)", name="offers_action_with_cpa"),
        CheckConstraint(
            "(pricing = 'cpa') = (attribution_days IS NOT NULL)", name="offers_attribution_with_cpa"
        ),
        CheckConstraint(
            f"attribution_days BETWEEN 1 AND {MAX_ATTRIBUTION_DAYS}", name="offers_attribution_in_range"
        ),
        one_of("channel", Channel, "offers_channel_known"),
        one_of("state", OfferState, "offers_state_known"),
        CheckConstraint(f"price_minor BETWEEN 1 AND {MAX_PRICE_MINOR}", name="offers_price_in_range"),
        currency_check("offers"),
        CheckConstraint(f"max_sales BETWEEN 1 AND {MAX_SALES}", name="offers_max_sales_in_range"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="offers_name_length"),
        CheckConstraint("length(source) BETWEEN 1 AND 200", name="offers_source_length"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="offers_country_is_iso"),
        CheckConstraint(
            f"consent_channels <@ {_quoted(ContactChannel)}", name="offers_consent_channels_known"
        ),
        Index(None, "seller_id", "id"),
        Index(None, "vertical_id"),
    )

    @property
    def price(self) -> Money:
        """What a buyer pays for one lead."""
        return Money(self.price_minor, self.currency)


refuse_by_constraint({"verticals_code_key": VerticalExists})
