"""Amounts of money as people write them, read into minor units of one currency."""

import re
from collections.abc import Callable
from decimal import Decimal

from marketplace.kernel.money import Money, exponent

from .columns import FieldContext, NormalColumn, Texts, read_distinct
from .numbers import decimal_mark, parse_decimal
from .problems import Problem, Unreadable

_SIGNS = {
    "€": "EUR", "£": "GBP", "₽": "RUB", "₴": "UAH", "₸": "KZT", "₹": "INR", "₺": "TRY", "₪": "ILS", "₩": "KRW",
    "₫": "VND", "₱": "PHP", "₦": "NGN", "₾": "GEL", "₼": "AZN", "zł": "PLN", "zl": "PLN", "kč": "CZK", "руб": "RUB",
    "р": "RUB", "rub": "RUB", "грн": "UAH", "тг": "KZT", "тенге": "KZT", "r$": "BRL", "us$": "USD", "a$": "AUD",
    "c$": "CAD", "ft": "HUF", "lei": "RON", "euro": "EUR", "eur": "EUR", "tl": "TRY", "rs": "INR", "chf": "CHF",
}  # fmt: skip
# Signs that several countries share: the offer's own currency is meant where it is one of them.
_SHARED_SIGNS = {
    "$": ("USD", "CAD", "AUD", "NZD", "MXN", "ARS", "CLP", "COP", "SGD", "HKD"),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "¥": ("JPY", "CNY"),
}
_SHAPE = re.compile(r"([^\d+\-−.,]*?)\s*([+\-−]?\s?[\d.,][\d.,\s'’]*?)\s*([^\d+\-−,]*)")
_LARGEST_MINOR = 10**15


def normalize_amounts(values: Texts, context: FieldContext) -> NormalColumn[Money]:
    """Read a column of amounts in the context's *currency*; another currency beside a number is refused.

    A lone "19.999" is refused where neither the column nor the country tells whether it is twenty or twenty thousand.
    """
    numbers = [match[2] for raw in set(values) if raw and (match := _SHAPE.fullmatch(raw.strip()))]
    return read_distinct(values, _reader(context.currency, decimal_mark(numbers, context, whole=False)))


def _reader(offered: str | None, mark: Callable[[], str | None]) -> Callable[[str], Money]:
    scale = None if offered is None else 10 ** exponent(offered)

    def read(text: str) -> Money:
        if scale is not None and offered is not None and text.isdecimal() and len(text) <= 12:
            return Money(int(text) * scale, offered)
        match = _SHAPE.fullmatch(text) if len(text) <= 60 else None
        if match is None:
            raise Unreadable(Problem.MONEY_UNREADABLE)
        before, number, after = match.groups()
        currency = _currency(before.strip() or after.strip(), offered)
        try:
            amount = parse_decimal(number.strip().replace("- ", "-"), mark)
        except Unreadable as unreadable:
            ambiguous = unreadable.problem is Problem.NUMBER_AMBIGUOUS
            raise Unreadable(Problem.NUMBER_AMBIGUOUS if ambiguous else Problem.MONEY_UNREADABLE) from None
        return Money(_minor(amount, currency), currency)

    return read


def _currency(sign: str, offered: str | None) -> str:
    if not sign:
        if offered is None:
            raise Unreadable(Problem.MONEY_CURRENCY_UNKNOWN)
        return offered
    word = sign.casefold().rstrip(". ")
    if word in _SHARED_SIGNS:
        meant = _SHARED_SIGNS[word]
        return offered if offered in meant else _same(meant[0], offered)
    if word in _SIGNS:
        return _same(_SIGNS[word], offered)
    if re.fullmatch(r"[A-Za-z]{3}", sign):
        return _same(sign.upper(), offered)
    raise Unreadable(Problem.MONEY_UNREADABLE)


def _same(found: str, offered: str | None) -> str:
    if offered is not None and found != offered:
        raise Unreadable(Problem.MONEY_OTHER_CURRENCY)
    return found


def _minor(amount: Decimal, currency: str) -> int:
    minor = amount.scaleb(exponent(currency))
    if minor != minor.to_integral_value():
        raise Unreadable(Problem.MONEY_TOO_PRECISE)
    if abs(minor) > _LARGEST_MINOR:
        raise Unreadable(Problem.NUMBER_TOO_LARGE)
    return int(minor)
