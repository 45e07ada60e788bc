"""Whole and decimal numbers with the separators of any country."""

import re
from collections.abc import Callable
from decimal import Decimal

from .columns import FieldContext, NormalColumn, Texts, read_distinct
from .problems import Problem, Unreadable

_LARGEST_DIGITS = 18
# Countries that write a decimal point; in most others the point groups thousands.
_POINT_COUNTRIES = frozenset(
    {
        "US", "GB", "IE", "CA", "AU", "NZ", "IN", "PK", "BD", "LK", "PH", "SG", "MY", "HK", "TW", "CN",
        "JP", "KR", "TH", "IL", "MX", "GT", "HN", "NI", "SV", "PA", "DO", "PR", "KE", "NG", "GH", "UG",
        "TZ", "ZW", "BW", "CH", "LI", "MT", "EG", "SA", "AE", "JO", "KW", "QA", "OM", "BH",
    }
)  # fmt: skip
_SPACES = re.compile(r"(?<=\d)[\s'’`_](?=\d{3}(?:\D|$))")
_SHAPE = re.compile(r"([+\-−]?)(\d+(?:[.,]\d+)*|[.,]\d+)")
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_SOUTH_ASIAN = re.compile(r"\d{1,2}(?:,\d{2})*,\d{3}")


def normalize_integers(values: Texts, context: FieldContext) -> NormalColumn[int]:
    """Read a column of whole numbers; a decimal part is taken only where it is zero."""
    mark = decimal_mark(values, context, whole=True)

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) <= _LARGEST_DIGITS:
            return int(text)
        number = parse_decimal(text, mark)
        if number != number.to_integral_value():
            raise Unreadable(Problem.NUMBER_NOT_WHOLE)
        return int(number)

    return read_distinct(values, read)


def normalize_decimals(values: Texts, context: FieldContext) -> NormalColumn[Decimal]:
    """Read a column of decimal numbers; what the separators mean is settled by the column as a whole."""
    mark = decimal_mark(values, context, whole=False)
    return read_distinct(values, lambda text: parse_decimal(text, mark))


def infer_decimal_mark(values: Texts) -> str | None:
    """Tell from a column which sign, point or comma, begins the decimals; None where it does not say."""
    marks = {mark for raw in set(values) if raw and (mark := _mark_of(_SPACES.sub("", raw.strip())))}
    return marks.pop() if len(marks) == 1 else None


def parse_decimal(text: str, mark: Callable[[], str | None]) -> Decimal:
    """Read one number; *mark* is asked for the column's decimal sign only where the number itself is unclear."""
    plain = _SPACES.sub("", text)
    match = _SHAPE.fullmatch(plain)
    if match is None:
        raise Unreadable(Problem.NUMBER_UNREADABLE)
    sign, digits = match.groups()
    if sum(map(str.isdigit, digits)) > _LARGEST_DIGITS:
        raise Unreadable(Problem.NUMBER_TOO_LARGE)
    number = Decimal(_with_point(digits, mark))
    return -number if sign in ("-", "−") else number


def decimal_mark(values: Texts, context: FieldContext, *, whole: bool) -> Callable[[], str | None]:
    """The decimal sign of a column, found at its first use: given, seen in the column, or usual in the country.

    Whole numbers have no decimals to be seen, so that a lone group of three is always thousands.
    """
    settled: list[str | None] = []

    def mark() -> str | None:
        if not settled:
            country = context.default_country
            usual = None if country is None else "." if country in _POINT_COUNTRIES else ","
            settled.append(context.decimal_mark or infer_decimal_mark(values) or ("" if whole else usual))
        return settled[0]

    return mark


def _mark_of(text: str) -> str | None:
    """The decimal sign that one number gives away, if it does."""
    if "," in text and "." in text:
        return "," if text.rfind(",") > text.rfind(".") else "."
    for sign in ",.":
        if text.count(sign) == 1 and len(re.split(r"\D", text.rpartition(sign)[2])[0]) != 3:
            return sign
        if text.count(sign) > 1:
            return "." if sign == "," else ","
    return None


def _with_point(digits: str, mark: Callable[[], str | None]) -> str:
    signs = {sign for sign in ".," if sign in digits}
    if not signs:
        return digits
    if len(signs) == 2:
        decimal = _mark_of(digits)
    elif _GROUPED.fullmatch(digits):
        # "1.234" is a thousand and more, or one and a bit: only the column or the country can tell.
        decimal = None if digits.count(next(iter(signs))) > 1 or digits[0] == "0" else mark()
        if digits[0] == "0":
            decimal = next(iter(signs))
        elif decimal is None and digits.count(next(iter(signs))) == 1:
            raise Unreadable(Problem.NUMBER_AMBIGUOUS)
    else:
        decimal = _mark_of(digits)
    return _ungroup(digits, decimal or None)


def _ungroup(digits: str, decimal: str | None) -> str:
    whole, fraction = digits, ""
    if decimal is not None and decimal in digits:
        whole, _, fraction = digits.rpartition(decimal)
        if "." in fraction or "," in fraction:
            raise Unreadable(Problem.NUMBER_UNREADABLE)
    if ("." in whole or "," in whole) and not (_GROUPED.fullmatch(whole) or _SOUTH_ASIAN.fullmatch(whole)):
        raise Unreadable(Problem.NUMBER_UNREADABLE)
    bare = whole.replace(",", "").replace(".", "") or "0"
    return f"{bare}.{fraction}" if fraction else bare
