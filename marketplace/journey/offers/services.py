"""The verbs of offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from ...access import Actor, write_audit
from ...kernel import events
from ...kernel.database import db
from ...kernel.errors import InvalidInput, NotFound
from ...kernel.money import Money
from . import queries
from .errors import NotASeller, SellModeNotAllowed, WrongOfferState
from .events import OfferOpened, OfferPaused
from .models import Offer, Vertical, VerticalField
from .rules import (
    ATTRIBUTION_DAYS,
    PERSONAL_KINDS,
    Action,
    Channel,
    OfferState,
    Pricing,
    is_far_below,
    may_become,
    sells_as,
)


def create_vertical(
    *, actor: Actor, fields: Sequence[Mapping[str, Any]], benchmark_price: Money | None, **terms: Any
) -> Vertical:
    """Make a vertical with its *fields*. Raises VerticalExists, InvalidInput."""
    vertical = Vertical(**terms)
    _set_benchmark(vertical, benchmark_price)
    _check_points(vertical.warm_points, vertical.hot_points)
    db.session.add(vertical)
    db.session.flush()
    _set_fields(vertical.id, fields)
    write_audit(actor, "vertical.created", vertical.id)
    return vertical


def change_vertical(*, actor: Actor, word: str, changes: dict[str, Any]) -> Vertical:
    """Change terms of a vertical; *fields*, where given, replace the present ones.

    What was sold keeps the terms of its day. Raises NotFound, InvalidInput.
    """
    vertical = queries.vertical_by_word(word, lock=True)
    terms = dict(changes)
    fields = terms.pop("fields", None)
    if "benchmark_price" in terms:
        _set_benchmark(vertical, terms.pop("benchmark_price"))
    for column, value in terms.items():
        setattr(vertical, column, value)
    _check_points(vertical.warm_points, vertical.hot_points)
    db.session.flush()
    if fields is not None:
        _set_fields(vertical.id, fields)
    write_audit(actor, "vertical.changed", vertical.id)
    return vertical


def _set_benchmark(vertical: Vertical, price: Money | None) -> None:
    if price is not None and price.amount == 0:
        raise InvalidInput.field("/benchmark_price/amount", "invalid", "A benchmark is above zero, or null.")
    vertical.benchmark_price_minor = price.amount if price else None
    vertical.benchmark_currency = price.currency if price else None


def _check_points(warm: int, hot: int) -> None:
    if warm > hot:
        raise InvalidInput.field("/warm_points", "invalid", "warm_points cannot be above hot_points.")


def _set_fields(vertical_id: UUID, fields: Sequence[Mapping[str, Any]]) -> None:
    names = [field["name"] for field in fields]
    if len(set(names)) < len(names):
        raise InvalidInput.field("/fields", "invalid", "Each field needs a name of its own.")
    for position, field in enumerate(fields):
        _check_field(position, field)
    db.session.execute(delete(VerticalField).where(VerticalField.vertical_id == vertical_id))
    for position, field in enumerate(fields):
        personal = field["personal"] or field["type"] in PERSONAL_KINDS
        values = {**field, "type": str(field["type"]), "personal": personal}
        values["filterable"] = field["filterable"] and not personal
        db.session.add(VerticalField(vertical_id=vertical_id, position=position, **values))
    db.session.flush()
    db.session.expire(queries.vertical(vertical_id), ["fields"])


def _check_field(position: int, field: Mapping[str, Any]) -> None:
    if (field["type"] == "choice") != bool(field["choices"]):
        raise InvalidInput.field(
            f"/fields/{position}/choices",
            "invalid",
            "A field of type choice needs choices, and only such a field has them.",
        )


def create_offer(
    *,
    actor: Actor,
    vertical_word: str,
    name: str,
    price: Money,
    max_sales: int,
    channel: Channel,
    source: str,
    country: str | None,
    consent_text: str | None,
    consent_source: str | None,
    consent_channels: Sequence[str],
    opened: bool,
    pricing: Pricing = Pricing.CPL,
    action: Action | None = None,
    attribution_days: int | None = None,
) -> Offer:
    """Make an offer of the actor's organization, open at once or as a draft.

    Under CPA *price* is the bid, paid for the one *action* within *attribution_days* after the purchase.
    Raises NotASeller, SellModeNotAllowed, InvalidInput for an unknown vertical.
    """
    if not actor.sells:
        raise NotASeller
    vertical = _vertical_of(vertical_word)
    _check_pricing(pricing, action, attribution_days)
    if price.amount == 0:
        raise InvalidInput.field("/price/amount", "invalid", "A price is above zero.")
    if sells_as(max_sales) not in vertical.sell_modes:
        raise SellModeNotAllowed(
            f"Leads of {vertical.code} are sold as: {', '.join(vertical.sell_modes)}; see /max_sales."
        )
    offer = Offer(
        seller_id=actor.organization_id,
        vertical_id=vertical.id,
        name=name,
        pricing=pricing,
        action=action,
        attribution_days=(attribution_days or ATTRIBUTION_DAYS) if pricing is Pricing.CPA else None,
        price_minor=price.amount,
        currency=price.currency,
        max_sales=max_sales,
        channel=channel,
        source=source,
        country=country,
        consent_text=consent_text,
        consent_source=consent_source,
        consent_channels=sorted(set(consent_channels)),
        below_benchmark=is_far_below(price, vertical.benchmark_price),
        state=OfferState.DRAFT,
        moves=0,
    )
    db.session.add(offer)
    db.session.flush()
    write_audit(actor, "offer.created", offer.id)
    if opened:
        _move(offer, OfferState.OPEN)
    return offer


def _check_pricing(pricing: Pricing, action: Action | None, attribution_days: int | None) -> None:
    if pricing is Pricing.CPA and action is None:
        raise InvalidInput.field(
            "/action", "missing", f"Under CPA name the one action that is paid: {', '.join(Action)}."
        )
    for name, value in (("action", action), ("attribution_days", attribution_days)):
        if pricing is Pricing.CPL and value is not None:
            raise InvalidInput.field(
                f"/{name}", "not_cpa", f"Under CPL the contact is paid: leave {name} out, or say cpa."
            )


def _vertical_of(word: str) -> Vertical:
    try:
        return queries.vertical_by_word(word)
    except NotFound:
        raise InvalidInput.field(
            "/vertical", "unknown", "There is no such vertical; GET /v1/verticals lists them."
        ) from None


def open_offer(*, actor: Actor, offer_id: UUID) -> Offer:
    """Let batches come in. Raises WrongOfferState for a closed offer."""
    return _moved(actor, offer_id, OfferState.OPEN)


def pause_offer(*, actor: Actor, offer_id: UUID) -> Offer:
    """Take no batches for now. Raises WrongOfferState."""
    return _moved(actor, offer_id, OfferState.PAUSED)


def close_offer(*, actor: Actor, offer_id: UUID) -> Offer:
    """Take no batches any more; what is listed stays for sale. Raises WrongOfferState."""
    return _moved(actor, offer_id, OfferState.CLOSED)


def _moved(actor: Actor, offer_id: UUID, target: OfferState) -> Offer:
    offer = queries.own_offer(actor, offer_id)
    if offer.state != target:
        if not may_become(OfferState(offer.state), target):
            raise WrongOfferState(f"The offer is {offer.state} and cannot become {target}.")
        _move(offer, target)
        write_audit(actor, f"offer.{target}", offer.id)
    return offer


def _move(offer: Offer, target: OfferState) -> None:
    offer.state = target
    offer.moves += 1
    db.session.flush()
    # An offer may be opened and paused many times: each is a fact of its own.
    if target is OfferState.OPEN:
        events.record(OfferOpened(offer.id, offer.moves))
    elif target is OfferState.PAUSED:
        events.record(OfferPaused(offer.id, offer.moves))
