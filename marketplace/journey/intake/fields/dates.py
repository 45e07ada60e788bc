"""Dates and moments in the many ways in which export tools write them."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple

from .columns import FieldContext, NormalColumn, Texts, read_distinct
from .months import date_fillers, month_numbers
from .problems import Problem, Unreadable

_LONGEST = 80
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
# Countries whose numeric dates put the month first; elsewhere the day leads.
_MONTH_FIRST_COUNTRIES = frozenset({"US", "PH", "PW", "FM", "MH", "GU", "AS", "MP", "VI", "PR", "UM"})

_NUMERIC = re.compile(
    r"(\d{1,4})\s?([./\-\s])\s?(\d{1,2})\s?\2\s?(\d{1,4})(?:\s*г\.?)?(?:(?:,?\s+|T)(\S.*))?"
)
_EPOCH = re.compile(r"1\d{9}(?:\d{3})?|[2-4]\d{9}")
_TIME = re.compile(
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d{1,9})?)?\s*([ap])?\.?(?:m\.?)?\s*(\(?[A-Za-z]{1,5}\)?)?\s*([+\-−]\d{2}:?\d{2}|[+\-−]\d{1,2})?",
    re.IGNORECASE,
)
_TIME_INSIDE = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?.*?(?=\s\d{4}$|$)")
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip


class _Parts(NamedTuple):
    """A calendar date as written and, where one stands beside it, the time of day and its zone."""

    day: date
    hour: int = 0
    minute: int = 0
    second: int = 0
    zone: tzinfo | None = None


def normalize_moments(values: Texts, context: FieldContext) -> NormalColumn[datetime]:
    """Read a column of points in time into aware UTC; a time without a zone is in the context's *time_zone*."""
    read_parts = _parts_reader(values, context)
    local = context.time_zone

    def read(text: str) -> datetime:
        try:
            moment = datetime.fromisoformat(text) if not text.isdigit() else _from_epoch(text)
        except ValueError:
            parts = read_parts(text)
            moment = datetime(
                parts.day.year,
                parts.day.month,
                parts.day.day,
                parts.hour,
                parts.minute,
                parts.second,
                tzinfo=parts.zone,
            )
        if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
            raise Unreadable(Problem.DATE_OUT_OF_RANGE)
        if moment.tzinfo is UTC:
            return moment
        return (moment.replace(tzinfo=local) if moment.tzinfo is None else moment).astimezone(UTC)

    return read_distinct(values, read)


def normalize_dates(values: Texts, context: FieldContext) -> NormalColumn[date]:
    """Read a column of calendar dates, such as birthdays; a time of day beside the date is dropped."""
    read_parts = _parts_reader(values, context)

    def read(text: str) -> date:
        try:
            day = datetime.fromisoformat(text).date()
        except ValueError:
            day = read_parts(text).day
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise Unreadable(Problem.DATE_OUT_OF_RANGE)
        return day

    return read_distinct(values, read)


def infer_day_first(values: Texts) -> bool | None:
    """Tell from a column whether the day stands before the month; None where it does not say, or contradicts itself.

    Of a large file the answer of the first chunk that has one should be given to the others, as *day_first*.
    """
    seen: set[bool] = set()
    for raw in set(values):
        match = _NUMERIC.fullmatch(raw.strip()) if raw else None
        if match is None or len(match[1]) == 4 or match[2] == ".":
            continue
        first, second = int(match[1]), int(match[3])
        if first > 12 >= second:
            seen.add(True)
        elif second > 12 >= first:
            seen.add(False)
    return seen.pop() if len(seen) == 1 else None


def _parts_reader(values: Texts, context: FieldContext) -> Callable[[str], _Parts]:
    """A reader of what is not ISO; the order of day and month is settled at its first use."""
    settled: list[bool | None] = []

    def day_first() -> bool | None:
        if not settled:
            settled.append(_settle(values, context))
        return settled[0]

    def read(text: str) -> _Parts:
        if len(text) > _LONGEST:
            raise Unreadable(Problem.DATE_UNREADABLE)
        text = text.lstrip("'")
        if _EPOCH.fullmatch(text):
            moment = _from_epoch(text)
            return _Parts(moment.date(), moment.hour, moment.minute, moment.second, UTC)
        if match := _NUMERIC.fullmatch(text):
            first, mark, second, third, rest = match.groups()
            clock = _time(rest) if rest else (0, 0, 0, None)
            return _Parts(_numeric_date((first, second, third), mark, day_first, context.now), *clock)
        return _in_words(text, context.now)

    return read


def _settle(values: Texts, context: FieldContext) -> bool | None:
    if context.day_first is not None:
        return context.day_first
    inferred = infer_day_first(values)
    if inferred is not None or _contradicts_itself(values):
        return inferred
    return None if context.default_country is None else context.default_country not in _MONTH_FIRST_COUNTRIES


def _contradicts_itself(values: Iterable[str | None]) -> bool:
    """Whether some dates of the column can only be day first and others only month first."""
    matches = [match for raw in set(values) if raw and (match := _NUMERIC.fullmatch(raw.strip()))]
    numbers = [(int(match[1]), int(match[3])) for match in matches if len(match[1]) < 4 and match[2] != "."]
    return any(a > 12 >= b for a, b in numbers) and any(b > 12 >= a for a, b in numbers)


def _numeric_date(
    parts: tuple[str, str, str], mark: str, day_first: Callable[[], bool | None], now: datetime | None
) -> date:
    first, second, third = map(int, parts)
    if len(parts[0]) == 4:
        return _calendar(first, second, third)
    if len(parts[0]) > 2 or len(parts[2]) not in (2, 4):
        raise Unreadable(Problem.DATE_UNREADABLE)
    year = third if len(parts[2]) == 4 else _full_year(third, now)
    if first > 12 and second > 12:
        raise Unreadable(Problem.DATE_IMPOSSIBLE)
    if mark == "." or first > 12 or first == second:
        return _calendar(year, second, first)
    if second > 12:
        return _calendar(year, first, second)
    if (leads := day_first()) is None:
        raise Unreadable(Problem.DATE_AMBIGUOUS)
    return _calendar(year, second, first) if leads else _calendar(year, first, second)


def _full_year(two_digits: int, now: datetime | None) -> int:
    """The latest year ending in *two_digits* that is not after next year (POSIX's 1969-2068 without a clock)."""
    if now is None:
        return two_digits + (2000 if two_digits < 69 else 1900)
    year = now.year - now.year % 100 + two_digits
    return year if year <= now.year + 1 else year - 100


def _calendar(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unreadable(Problem.DATE_IMPOSSIBLE) from None


def _in_words(text: str, now: datetime | None) -> _Parts:
    clock: tuple[int, int, int, tzinfo | None] = (0, 0, 0, None)
    if inside := _TIME_INSIDE.search(text):
        clock = _time(inside[0].strip())
        text = text[: inside.start()] + text[inside.end() :]
    months, fillers = month_numbers(), date_fillers()
    month: int | None = None
    numbers: list[str] = []
    for word in _WORDS.findall(text.casefold()):
        if word.isdigit():
            numbers.append(word)
        elif word in months and month is None:
            month = months[word]
        elif word not in fillers:
            raise Unreadable(Problem.DATE_UNREADABLE)
    if month is None or len(numbers) != 2:
        raise Unreadable(Problem.DATE_UNREADABLE)
    day, year = (numbers[1], numbers[0]) if len(numbers[0]) == 4 else (numbers[0], numbers[1])
    if len(day) > 2 or len(year) not in (2, 4):
        raise Unreadable(Problem.DATE_UNREADABLE)
    return _Parts(
        _calendar(int(year) if len(year) == 4 else _full_year(int(year), now), month, int(day)), *clock
    )


def _time(text: str) -> tuple[int, int, int, tzinfo | None]:
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise Unreadable(Problem.DATE_UNREADABLE)
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[4]:
        if not 1 <= hour <= 12:
            raise Unreadable(Problem.DATE_IMPOSSIBLE)
        hour = hour % 12 + (12 if match[4].lower() == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        raise Unreadable(Problem.DATE_IMPOSSIBLE)
    return hour, minute, second, _zone(match[5], match[6])


def _zone(name: str | None, offset: str | None) -> tzinfo | None:
    hours = 0
    if name:
        word = name.strip("()").upper()
        if word not in _ZONES:
            raise Unreadable(Problem.DATE_UNREADABLE)
        hours = _ZONES[word]
    if not offset:
        return timezone(timedelta(hours=hours)) if name else None
    digits = offset[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    if minutes > 14 * 60:
        raise Unreadable(Problem.DATE_IMPOSSIBLE)
    return timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes))


def _from_epoch(text: str) -> datetime:
    """Seconds or milliseconds since 1970; other digits are left to the reader of dates (ValueError)."""
    if not _EPOCH.fullmatch(text):
        return datetime.fromisoformat(text)
    seconds = int(text[:10])
    return datetime.fromtimestamp(seconds, UTC)
