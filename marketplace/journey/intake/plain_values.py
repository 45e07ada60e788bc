"""Values in normal form as JSON holds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final

from ...kernel.money import Money
from .fields import Account, Email, Phone

#: Amounts are kept in minor units of the offer's currency; what JSON knows by itself stays as it is.
_PLAIN: Final[tuple[tuple[type, Callable[[Any], Any]], ...]] = (
    (Phone, attrgetter("e164")),
    (Email, attrgetter("address")),
    (Account, attrgetter("index_form")),
    (Money, attrgetter("amount")),
    (Decimal, float),
    (StrEnum, str),
)


def plain(column: Sequence[Any]) -> Sequence[Any]:
    """A column as JSON holds it; all its values are of one type, which the first one tells."""
    first = next((value for value in column if value is not None), None)
    make = next((make for kind, make in _PLAIN if isinstance(first, kind)), None)
    return column if make is None else [None if value is None else make(value) for value in column]
