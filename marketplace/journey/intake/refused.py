"""Refused rows given back as the seller's own file with the reasons beside them, as a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from ...kernel.database import in_transaction
from . import queries, vault
from .models import Batch, RefusedRow
from .reading import RefusedRow as FileRow
from .reading import refused_file
from .rules import WHOLE_ROW

_SLICE_ROWS = 1_000


def refused_rows_file(batch: Batch) -> Iterator[bytes]:
    """The CSV in parts. Each slice of rows is read in a transaction of its own."""
    columns = tuple((batch.recognition or {}).get("file", {}).get("columns", ()))
    return refused_file(columns, _rows(batch.id, columns))


def _rows(batch_id: UUID, columns: Sequence[str]) -> Iterator[FileRow]:
    rows = _slice(batch_id, -1)
    while rows:
        for refused in rows:
            yield _row(refused, columns)
        rows = _slice(batch_id, rows[-1].row_no)


def _slice(batch_id: UUID, after: int) -> Sequence[RefusedRow]:
    return in_transaction(lambda: queries.refused_after(batch_id, after, _SLICE_ROWS))


def _row(refused: RefusedRow, columns: Sequence[str]) -> FileRow:
    cells = vault.open_row(refused)
    whole = WHOLE_ROW in cells and WHOLE_ROW not in columns
    given = [cells[WHOLE_ROW]] if whole else [cells.get(column) for column in columns]
    return FileRow(given, refused.code, refused.column_name, refused.detail)
