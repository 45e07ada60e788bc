"""Phone numbers as people and export tools write them, read into E.164 with country and kind."""

import re
from collections.abc import Iterator

from .columns import MISSING, FieldContext, NormalColumn, Texts, clean
from .phone_engines import compiled_is_available, read_with_compiled, read_with_reference
from .phone_values import Phone
from .problems import Problem, Unreadable

_PLAIN = re.compile(r"\+?[0-9][0-9 ().\-]{4,22}(?<!\.0)(?<!\.00)")
_META_PREFIX = re.compile(r"(?:p|tel|phone|тел)\s*[.:]+\s*", re.IGNORECASE)
# A spreadsheet that took the number for a quantity has lost digits, or added a decimal part.
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?[eE]\+?\d{1,2}")
_DECIMAL_TAIL = re.compile(r"(\+?\d{7,15})[.,]0+")
_SEVERAL = re.compile(r"[,;/|]|\s(?:or|или|und|oder|lub|o|ou)\s")
_LONGEST = 100

# Ranges that numbering authorities keep for films and manuals: nobody answers there.
_FICTIONAL = re.compile(
    r"\+1\d{3}55501\d\d|\+447700900\d{3}|\+44(?:113|114|115|116|117|118|121|131|141|151|161)4960\d{3}"
    r"|\+442079460\d{3}|\+441632960\d{3}|\+448081570\d{3}|\+61491570\d{3}|\+6125550\d{4}|\+3531?20910\d{2}"
    r"|\+3361991\d{4}|\+3363998\d{4}"
)


def normalize_phones(values: Texts, default_country: str | None = None) -> NormalColumn[Phone]:
    """Read a column of numbers; *default_country* (ISO alpha-2) is meant where a number names no country."""
    return normalize_phone_column(values, FieldContext(default_country=default_country))


def normalize_phone_column(values: Texts, context: FieldContext) -> NormalColumn[Phone]:
    """Read a column of numbers, each under its row's country if known, else under the default.

    A number that reads but is not valid stays in the column with its problem, since buyers may see the reason.
    """
    phones: list[Phone | None] = []
    problems: dict[int, Problem] = {}
    default = context.default_country
    countries = context.row_countries
    plain = _PLAIN.fullmatch
    fast = compiled_is_available()
    for row, raw in enumerate(values):
        if not raw:
            phones.append(None)
            continue
        region = default if countries is None else countries[row] or default
        phone = read_with_compiled(raw, region) if fast and plain(raw) else None
        if phone is not None and (phone.valid or raw[0] == "+"):
            if phone.problem is not None:
                problems[row] = phone.problem
        else:
            # What is not valid as it stands may be so in a second reading.
            try:
                phone = read_phone(raw, region)
            except Unreadable as unreadable:
                phone = None
                problems[row] = unreadable.problem
            else:
                if phone is not None and phone.problem is not None:
                    problems[row] = phone.problem
        phones.append(phone)
    return NormalColumn(phones, problems)


def read_phone(raw: str, region: str | None) -> Phone | None:
    """Read one number under *region* (ISO alpha-2 or None), or None where *raw* means "missing".

    Raises Unreadable where no reading of *raw* gives a number at all.
    """
    text = _undressed(raw)
    return None if text is None else _best_reading(text, region)


def _undressed(raw: str) -> str | None:
    """The number without the label and the damage that export tools and spreadsheets add."""
    text = clean(raw, MISSING)
    if text is None:
        return None
    if len(text) > _LONGEST:
        raise Unreadable(Problem.PHONE_UNREADABLE)
    if not text[0].isdigit():
        text = clean(_META_PREFIX.sub("", text.lstrip("'`’"), count=1), MISSING)
        if text is None:
            return None
    if _SCIENTIFIC.fullmatch(text):
        raise Unreadable(Problem.PHONE_DAMAGED)
    tail = _DECIMAL_TAIL.fullmatch(text)
    return tail[1] if tail else text


def _best_reading(text: str, region: str | None) -> Phone:
    """The first reading that is valid, else the first that is a number at all."""
    first: Phone | Unreadable | None = None
    for reading in _readings(text, region):
        try:
            phone = _read_one(reading, region)
        except Unreadable as unreadable:
            first = first or unreadable
            continue
        if phone.valid:
            return phone
        if not isinstance(first, Phone):
            first = phone
    if isinstance(first, Phone):
        return first
    raise first or Unreadable(Problem.PHONE_UNREADABLE)


def is_fictional(phone: Phone) -> bool:
    """Whether the number lies in a range that is kept free for films, books and manuals."""
    return _FICTIONAL.fullmatch(phone.e164) is not None


def _readings(text: str, region: str | None) -> Iterator[str]:
    yield text
    if text.startswith("00"):
        yield "+" + text[2:]
    elif region is None and text[0].isdigit():
        # Without any country, digits that begin with a calling code are the only reading there is.
        yield "+" + text
    parts = _SEVERAL.split(text)
    if len(parts) > 1:
        yield from (part.strip() for part in parts if sum(map(str.isdigit, part)) >= 7)


def _read_one(text: str, region: str | None) -> Phone:
    if _PLAIN.fullmatch(text) and (phone := read_with_compiled(text, region)) is not None:
        return phone
    return read_with_reference(text, region)
