"""Reading the rows of a recognized file in chunks of even size, from the start or from a checkpoint."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import islice

from .cells import CellSplitter, RowProblem
from .chunks import RAW_CHARACTERS, BrokenRow, Checkpoint, Chunk
from .dialects import Dialect
from .encodings import WIDE
from .errors import refusal, row_sentence
from .headers import needed_cells
from .json_lines import LineReader
from .limits import Limits
from .recoding import recoded_blocks, recoded_length
from .recognition import Recognition
from .records import RecordCutter, Records
from .streams import OpenStream, unpacked
from .workbooks import sheet_rows

#: Twice so many rows are in memory at once: one chunk is read while the one before is written.
CHUNK_ROWS = 10_000
_LINES = Dialect(delimiter="\x1f", quote=None)


def read_chunks(
    open_stream: OpenStream,
    recognition: Recognition,
    *,
    first_row: int = 0,
    start: Checkpoint | None = None,
    chunk_rows: int = CHUNK_ROWS,
    limits: Limits | None = None,
) -> Iterator[Chunk]:
    """The rows of the file, *chunk_rows* records to a chunk, blank and broken ones counted.

    *start* goes on where an earlier chunk's `Chunk.checkpoint` says; without it rows before
    *first_row* are read and left out. The same *chunk_rows* gives the same chunks however often
    reading was taken up again. Raises `UnreadableFile`.
    """
    limits = limits or Limits()
    begin = start or Checkpoint(0, recognition.data_offset if recognition.format != "xlsx" else None)
    read = _read_workbook if recognition.format == "xlsx" else _read_text
    for chunk in read(open_stream, recognition, begin, chunk_rows, limits):
        if chunk.checkpoint.row <= first_row and not chunk.is_last:
            continue
        yield _without_rows_before(chunk, first_row)


def _without_rows_before(chunk: Chunk, first_row: int) -> Chunk:
    if chunk.first_row >= first_row:
        return chunk
    left_out = sum(number < first_row for number in chunk.numbers)
    return dataclasses.replace(
        chunk,
        first_row=first_row,
        numbers=chunk.numbers[left_out:],
        columns={name: values[left_out:] for name, values in chunk.columns.items()},
        broken=[row for row in chunk.broken if row.row_no >= first_row],
    )


def _read_text(
    open_stream: OpenStream, recognition: Recognition, begin: Checkpoint, chunk_rows: int, limits: Limits
) -> Iterator[Chunk]:
    encoding = recognition.encoding
    wide = encoding in WIDE
    measure = recoded_length(encoding) if wide else len
    split = _Splitter(recognition, "utf-8" if wide else encoding, limits)
    row = begin.row
    with unpacked(open_stream, recognition.compression, limits.file_bytes) as source:
        source.skip_to(begin.offset or 0)
        blocks = recoded_blocks(source.blocks(), encoding) if wide else source.blocks()
        cutter = RecordCutter(blocks, recognition.dialect or _LINES, limits, measure)
        offset = begin.offset or 0
        records = cutter.take(chunk_rows)
        while records is not None:
            following = cutter.take(chunk_rows)
            offset += records.file_bytes
            count = len(records.ends)
            if row + count > limits.rows:
                raise refusal("too_many_rows", limit=limits.rows)
            checkpoint = Checkpoint(row + count, offset)
            yield split(records, row, checkpoint, following is None)
            row += count
            records = following


class _Splitter:
    """Makes chunks of records, by the format of the file."""

    def __init__(self, recognition: Recognition, encoding: str, limits: Limits) -> None:
        self._columns = recognition.columns
        self._lines = LineReader(recognition.columns, encoding, limits)
        self._cells = (
            CellSplitter(
                recognition.dialect, encoding, recognition.columns, needed_cells(recognition.headers), limits
            )
            if recognition.dialect
            else None
        )

    def __call__(self, records: Records, row: int, checkpoint: Checkpoint, is_last: bool) -> Chunk:
        if self._cells is None:
            numbers, columns, broken = self._lines.split(records, row)
        else:
            numbers, lists, broken = self._cells.split(records, row)
            columns = dict(zip(self._columns, lists, strict=True))
        return Chunk(row, numbers, columns, broken, checkpoint, is_last)


def _read_workbook(
    open_stream: OpenStream, recognition: Recognition, begin: Checkpoint, chunk_rows: int, limits: Limits
) -> Iterator[Chunk]:
    limits = dataclasses.replace(limits, field_bytes=limits.workbook_field_bytes, rows=limits.workbook_rows)
    fit = CellSplitter(_LINES, "utf-8", recognition.columns, 0, limits)
    row = begin.row
    with sheet_rows(open_stream, recognition.compression, limits, recognition.sheet or "") as rows:
        rest = islice(rows, recognition.rows_above + row, None)
        batch = list(islice(rest, chunk_rows))
        while batch:
            following = list(islice(rest, chunk_rows))
            if row + len(batch) > limits.rows:
                raise refusal("too_many_rows", limit=limits.rows)
            yield _workbook_chunk(fit, batch, row, not following)
            row += len(batch)
            batch = following


def _workbook_chunk(fit: CellSplitter, batch: list[list[str]], first_row: int, is_last: bool) -> Chunk:
    numbers: list[int] = []
    rows: list[list[str | None]] = []
    broken: list[BrokenRow] = []
    for number, cells in enumerate(batch, start=first_row):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            row = fit.fit(_cut(cells, len(fit.names)))
            if any("\x00" in cell for cell in cells):
                raise RowProblem("nul_byte")
        except RowProblem as problem:
            column = fit.names[problem.place] if problem.place is not None else None
            detail = row_sentence(problem.code, **problem.facts)
            broken.append(BrokenRow(number, problem.code, column, detail, "\t".join(cells)[:RAW_CHARACTERS]))
            continue
        numbers.append(number)
        rows.append(row)
    columns = {name: [row[place] for row in rows] for place, name in enumerate(fit.names)}
    return Chunk(first_row, numbers, columns, broken, Checkpoint(first_row + len(batch)), is_last)


def _cut(cells: list[str], width: int) -> list[str]:
    """The cells without blank ones behind the last column: formatting, not content."""
    return cells[:width] if not any(cell.strip() for cell in cells[width:]) else cells
