"""Rows as PostgreSQL's COPY takes them: text, tab-separated, one line for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import psycopg

from ...kernel.database import db

#: How COPY writes a missing value.
MISSING: Final = "\\N"

_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": ""})
_BLOCK_LINES: Final = 2_000


def escaped(text: str | None) -> str:
    """A text as a cell of a COPY line."""
    return MISSING if text is None else text.translate(_ESCAPES)


def escaped_json(document: str) -> str:
    """A JSON document as a cell: it has no line breaks of its own, only backslashes."""
    return document.replace("\\", "\\\\")


def binary(value: bytes | None) -> str:
    """Bytes as a cell, in hexadecimal digits."""
    return MISSING if value is None else "\\\\x" + value.hex()


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[bytes]) -> None:
    """Write finished lines into *table* within the session's transaction."""
    connection = db.session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("COPY needs a psycopg connection")
    db.session.flush()
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    waiting: list[bytes] = []
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for line in lines:
            waiting.append(line)
            if len(waiting) == _BLOCK_LINES:
                copy.write(b"".join(waiting))
                waiting.clear()
        if waiting:
            copy.write(b"".join(waiting))
