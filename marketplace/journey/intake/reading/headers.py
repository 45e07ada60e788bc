"""Finding the row that names the columns, and giving every column a name of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import refusal
from .limits import Limits
from .vocabulary import is_known_header

_SEARCHED_ROWS = 40
# In fewer rows a name may be found again below it by chance.
_LEAST_ROWS_TO_COMPARE = 5
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"'?(?:p:)?\+?[\d\s().\-/]{7,24}")
_NUMBER = re.compile(r"[-+]?[$€£]?\d[\d\s.,]*%?")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}(?:[T ]\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(?::\d{2})?")
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)

Cells = Sequence[str]


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header is among the first rows, and the names of the columns.

    *names* are unique and never blank; *given* are the names as they stand in the file.
    """

    place: int
    names: tuple[str, ...]
    given: tuple[str, ...]


def find_header(rows: Sequence[Cells | None], limits: Limits) -> Header:
    """The header among *rows*, the first rows of a file; None stands for a row that is broken.

    Raises `UnreadableFile` (`no_header`, `no_rows`, `not_a_table`, `too_many_columns`, `header_too_long`).
    """
    filled = [(place, row) for place, row in enumerate(rows) if row is not None and _filled(row)]
    if not filled:
        raise refusal("no_header")
    width = _usual_width([row for _, row in filled])
    if width > limits.columns:
        raise refusal("too_many_columns", found=width, limit=limits.columns)
    for index, (place, row) in enumerate(filled[:_SEARCHED_ROWS]):
        below = [other for _, other in filled[index + 1 :]]
        if not _could_be_header(row, below, width):
            continue
        if _is_data(row, below):
            break
        if not below and not any(other is None for other in rows[place + 1 :]):
            raise refusal("no_rows")
        _refuse_prose(row, rows[place + 1 :], width)
        return _named(place, row, max(width, len(_trimmed(row))), limits)
    raise refusal("no_header")


def needed_cells(given: Sequence[str]) -> int:
    """How many cells a row must have: unnamed columns at the end may be missing."""
    return len(_trimmed(given)) or 1


def looks_like_contact(value: str) -> bool:
    """Whether *value* could be an e-mail address or a telephone number."""
    return bool(_EMAIL.fullmatch(value.strip())) or is_phone_like(value)


def is_phone_like(value: str) -> bool:
    """Whether *value* could be a telephone number (and is not a date)."""
    text = value.strip()
    digits = sum(character.isdigit() for character in text)
    return bool(_PHONE.fullmatch(text)) and 7 <= digits <= 16 and not _DATE.fullmatch(text)


def is_email_like(value: str) -> bool:
    """Whether *value* could be an e-mail address."""
    return bool(_EMAIL.fullmatch(value.strip()))


def _filled(row: Cells) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _trimmed(row: Cells) -> list[str]:
    cells = list(row)
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _usual_width(rows: Sequence[Cells]) -> int:
    """The most frequent number of cells; of two equally frequent ones the larger."""
    counts = Counter(len(row) for row in rows)
    most = max(counts.values())
    return max(width for width, count in counts.items() if count == most)


def _could_be_header(row: Cells, below: Sequence[Cells], width: int) -> bool:
    if below and sum(is_known_header(cell) for cell in row) >= min(width, 2):
        return True
    if below and not min(width, 2) <= len(_trimmed(row)) <= width:
        return False
    if (
        len(row) != width
        and below
        and any(len(_trimmed(other)) > len(row) for other in below if len(other) == width)
    ):
        return False
    usual = sorted(_filled(other) for other in below[:20])
    enough = 0.6 * usual[len(usual) // 2] if usual else 1
    return _filled(row) >= max(enough, min(width, 2))


def _is_data(row: Cells, below: Sequence[Cells]) -> bool:
    """Whether *row* is a lead already: it holds an address or a date, mostly numbers, or values seen below."""
    cells = [cell.strip() for cell in row if cell.strip()]
    if any(looks_like_contact(cell) or _LINK.fullmatch(cell) for cell in cells):
        return True
    if any(is_known_header(cell) for cell in cells):
        return False
    if any(_DATE.fullmatch(cell) for cell in cells):
        return True
    if 2 * sum(bool(_NUMBER.fullmatch(cell)) for cell in cells) > len(cells):
        return True
    if len(below) < _LEAST_ROWS_TO_COMPARE:
        return False
    again = sum(
        any(place < len(other) and other[place] == cell for other in below if list(other) != list(row))
        for place, cell in enumerate(row)
        if cell.strip()
    )
    return 2 * again > len(cells)


def _refuse_prose(row: Cells, below: Sequence[Cells | None], width: int) -> None:
    """A text without regular columns is no table, unless its header or its values are those of leads."""
    if any(is_known_header(cell) for cell in row):
        return
    filled = [other for other in below if other is None or _filled(other)]
    regular = [other for other in filled if other is not None and len(_trimmed(other)) <= width == len(other)]
    contacts = sum(any(looks_like_contact(cell) for cell in other) for other in regular)
    if 2 * (contacts if width == 1 else len(regular)) < len(filled) + (width == 1):
        raise refusal("not_a_table", what="a text without columns")


def _named(place: int, row: Cells, width: int, limits: Limits) -> Header:
    given = tuple(cell.strip().strip("\ufeff").strip() for cell in [*row, *[""] * width][:width])
    names: list[str] = []
    for number, cell in enumerate(given, start=1):
        if len(cell) > limits.header_characters:
            raise refusal("header_too_long", column=number, limit=limits.header_characters)
        names.append(_unique(cell or f"column {number}", names))
    return Header(place, tuple(names), given)


def _unique(name: str, taken: Sequence[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name} ({number})"
    return candidate
