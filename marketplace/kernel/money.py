"""Money: integer minor units with an ISO 4217 currency, and the only ways to split it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from babel.numbers import list_currencies

#: The largest single amount that the ledger takes (its CHECK says the same), in minor units.
MAX_AMOUNT_MINOR = 1_000_000_000_000
BASIS_POINTS = 10_000
_CURRENCY = re.compile(r"[A-Z]{3}")

# ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV")
        + ("XAF", "XOF", "XPF"),
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


@dataclass(frozen=True, order=False)
class Money:
    """An amount in minor units (cents, kopecks, fils) of one currency.

    Raises ValueError for a fractional amount or a currency that is not three capital letters.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise ValueError("an amount is a whole number of minor units")
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError("a currency is an ISO 4217 code such as EUR")


def is_currency(code: str) -> bool:
    """True for a code of ISO 4217."""
    return code in _codes()


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    return frozenset(list_currencies())


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit has (ISO 4217): EUR 2, JPY 0, KWD 3."""
    return _EXPONENTS.get(currency, 2)


def share_floor(amount_minor: int, rate_bps: int) -> int:
    """*rate_bps* basis points of *amount_minor*, rounded down once: floor(amount x bps / 10000).

    The other side of a split is always found by subtraction, so that nothing is created or lost.
    """
    if amount_minor < 0 or not 0 <= rate_bps <= BASIS_POINTS:
        raise ValueError("a share is taken of a non-negative amount at 0 to 10000 basis points")
    return amount_minor * rate_bps // BASIS_POINTS


def readable(money: Money) -> str:
    """The amount as people write it: ``20.00 EUR``, ``2000 JPY``."""
    places = exponent(money.currency)
    if places == 0:
        return f"{money.amount} {money.currency}"
    sign = "-" if money.amount < 0 else ""
    whole, fraction = divmod(abs(money.amount), 10**places)
    return f"{sign}{whole}.{fraction:0{places}d} {money.currency}"
