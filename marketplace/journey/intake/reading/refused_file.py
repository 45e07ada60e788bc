"""Giving refused rows back: the seller's own columns, and beside them why each row was refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

REFUSAL_COLUMNS = ("refusal_code", "refusal_column", "refusal_reason")
# A spreadsheet program takes a cell for a formula by its first sign; some also look behind blanks,
# and some read the wide signs of East Asian keyboards.
_FORMULA_SIGNS = frozenset("=+-@\t\r\n\x00＝＋－＠")
_BLANKS = " \u00a0\u3000\ufeff\u200b"
_FLUSH_CHARACTERS = 64 * 1024


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """One refused row: its cells in the order of the columns, and the refusal."""

    cells: Sequence[str | None] = field(repr=False)
    code: str
    column: str | None
    reason: str


def neutralized(cell: str | None) -> str:
    """*cell* so that no spreadsheet program runs it: an apostrophe before what looks like a formula.

    `apply_mapping` takes the apostrophe away again, so that a corrected file can be sent back.
    """
    if not cell:
        return ""
    start = cell.lstrip(_BLANKS)
    return "'" + cell if start[:1] in _FORMULA_SIGNS or cell[0] in _FORMULA_SIGNS else cell


def refused_file(
    columns: Sequence[str], rows: Iterable[RefusedRow], *, delimiter: str = ","
) -> Iterator[bytes]:
    """The refused rows as CSV in parts: UTF-8 with its mark, which spreadsheet programs need.

    A broken row, of which only its text is known, gives that as its one cell. A column of the
    seller's that has the name of one of ours gets a number.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    names = [*columns, *(_free_name(name, columns) for name in REFUSAL_COLUMNS)]
    writer.writerow([neutralized(name) for name in names])
    yield b"\xef\xbb\xbf"
    for row in rows:
        cells = _fitted(row.cells, len(columns), delimiter)
        why = (row.code, row.column or "", row.reason)
        writer.writerow([neutralized(cell) for cell in (*cells, *why)])
        if buffer.tell() > _FLUSH_CHARACTERS:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", errors="replace")


def _free_name(name: str, columns: Sequence[str]) -> str:
    candidate, number = name, 1
    while candidate in columns:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _fitted(cells: Sequence[str | None], width: int, delimiter: str) -> list[str | None]:
    """Exactly *width* cells; surplus ones are joined into the last."""
    if len(cells) <= width:
        return [*cells, *[None] * (width - len(cells))]
    kept = width - 1
    return [*cells[:kept], delimiter.join(cell or "" for cell in cells[kept:])]
