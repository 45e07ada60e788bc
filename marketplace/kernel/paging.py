"""Lists by keyset: a page, and the cursor that leads to the next one."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from .errors import InvalidInput

MAX_LIMIT = 200
DEFAULT_LIMIT = 50

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows of one page and the cursor of the next, None at the end."""

    rows: Sequence[Row]
    next_cursor: str | None


def encode_cursor(values: Sequence[Any]) -> str:
    """A cursor that holds the sort values of the last row of a page."""
    body = json.dumps([str(value) if value is not None else None for value in values]).encode()
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def decode_cursor(cursor: str, length: int) -> list[str | None]:
    """The sort values in a cursor. Raises InvalidInput when it is not one of ours."""
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise bad_cursor() from None
    if not isinstance(values, list) or len(values) != length:
        raise bad_cursor()
    if not all(value is None or isinstance(value, str) for value in values):
        raise bad_cursor()
    return values


def id_after(cursor: str) -> UUID:
    """The id in a cursor of a list that is sorted by id alone. Raises InvalidInput."""
    try:
        return UUID(decode_cursor(cursor, 1)[0] or "")
    except ValueError:
        raise bad_cursor() from None


def bad_cursor() -> InvalidInput:
    """The refusal of a cursor that was not given out by this list."""
    return InvalidInput.field(
        "/cursor", "bad_cursor", "Send the next_cursor of the page before, or leave it out."
    )


def page_of(rows: Sequence[Row], limit: int, key: Callable[[Row], Sequence[Any]]) -> Page[Row]:
    """Cut *rows* (fetched with limit + 1) to a page and its next cursor."""
    if len(rows) <= limit:
        return Page(rows, None)
    kept = rows[:limit]
    return Page(kept, encode_cursor(key(kept[-1])))
