"""JSON documents of many rows at once: a template for all of them, filled column by column."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import orjson

#: Signs that a JSON text writes in another way, beside those that are not printable.
_ESCAPED: Final = ('"', "\\")


def objects(columns: Sequence[tuple[str, Sequence[Any]]], rows: int) -> list[str]:
    """One JSON object for each row, of the columns that have a value there; values of a column are of one type."""
    if not columns:
        return ["{}"] * rows
    members = [_members(name, column) for name, column in columns]
    template = "".join(piece for piece, _ in members)
    # Every member begins with a comma, since any of them may be the first one.
    return [f"{{{(template % row)[1:]}}}" for row in zip(*(texts for _, texts in members), strict=True)]


def document(value: Any) -> str:
    """One value as JSON; letters that are no letters (half a surrogate pair) are kept as escapes."""
    try:
        return orjson.dumps(value).decode()
    except orjson.JSONEncodeError:
        return json.dumps(value)


def _members(name: str, column: Sequence[Any]) -> tuple[str, Sequence[Any]]:
    """A piece of the template, and the column that fills it."""
    head = f",{document(name)}:"
    if _is_plain(column):
        if None not in column:
            return f'{head.replace("%", "%%")}"%s"', column
        return "%s", ["" if text is None else f'{head}"{text}"' for text in column]
    known = {value: "" if value is None else head + document(value) for value in set(column)}
    return "%s", [known[value] for value in column]


def _is_plain(column: Sequence[Any]) -> bool:
    """Whether these are texts that JSON writes as they stand."""
    first = next((value for value in column if value is not None), None)
    if not isinstance(first, str):
        return False
    together = "".join(filter(None, column))
    return together.isprintable() and not any(sign in together for sign in _ESCAPED)
