"""From what a client sent to a search: the vertical by its word, fields of the vertical by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...kernel.errors import InvalidInput, NotFound
from .. import offers
from .filters import read_attributes
from .rules import Search, Sort


def read_search(asked: Mapping[str, Any]) -> Search:
    """The search that the fields of `SearchFields` mean. Raises InvalidInput that names the faulty field."""
    vertical = _vertical(asked["vertical"])
    _check_prices(asked)
    return Search(
        vertical_id=vertical.id,
        countries=tuple(asked["country"]),
        regions=tuple(asked["region"]),
        temperatures=tuple(asked["temperature"]),
        channels=tuple(asked["channel"]),
        points_min=asked["points_min"],
        price_min_minor=asked["price_min"],
        price_max_minor=asked["price_max"],
        currency=asked["currency"],
        max_age_days=asked["max_age_days"],
        verified=asked["verified"],
        exclusive=asked["exclusive"],
        pricing=asked["pricing"],
        attributes=read_attributes(vertical.id, asked["attributes"]),
    )


def read_sort(asked: Mapping[str, Any], search: Search) -> Sort:
    """The order asked for. Raises InvalidInput: prices of several currencies have no order."""
    sort: Sort = asked["sort"]
    if sort is Sort.PRICE and search.currency is None:
        raise InvalidInput.field("/currency", "missing", "Say in which currency to sort by price.")
    return sort


def _vertical(word: str | None) -> offers.Vertical:
    if word is None:
        raise InvalidInput.field("/vertical", "missing", "Say which vertical to search: its code or id.")
    try:
        return offers.vertical_by_word(word)
    except NotFound:
        raise InvalidInput.field(
            "/vertical", "unknown", "There is no such vertical; see /v1/verticals."
        ) from None


def _check_prices(asked: Mapping[str, Any]) -> None:
    low, high = asked["price_min"], asked["price_max"]
    if (low is not None or high is not None) and asked["currency"] is None:
        raise InvalidInput.field("/currency", "missing", "Say the currency of price_min and price_max.")
