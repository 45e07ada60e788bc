"""Recognizing an uploaded file: its format, its letters, its dialect and its columns."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from . import json_lines
from .cells import CellSplitter, RowProblem
from .containers import ZIP_MAGIC, is_ole, refuse_markup, refuse_ole, refuse_other_formats
from .dialects import Dialect, detect_dialect
from .encodings import WIDE, detect, split_bom
from .errors import UnreadableFile, refusal
from .headers import Header, find_header
from .limits import Limits
from .recoding import recoded_blocks, recoded_length
from .records import RecordCutter
from .streams import GZIP_MAGIC, Compression, OpenStream, Unpacked, unpacked
from .workbooks import sample_sheets

Format = Literal["csv", "xlsx", "jsonl"]
_HEAD_BYTES = 8 * 1024
_SAMPLE_RECORDS = 200


@dataclass(frozen=True, slots=True)
class Recognition:
    """What is known of a file before its rows are read.

    *columns* are unique names in the file's order, *headers* the same as they are written.
    *rows_above* counts the records up to and with the header: row *n* of the chunks is row
    ``rows_above + n + 1`` of the file as a spreadsheet shows it. *data_offset* is where row 0
    begins in the unpacked bytes (text formats). *sample* holds first rows for a preview and
    for `propose_mapping`; it is personal data and does not travel in `to_json`.
    """

    format: Format
    compression: Compression
    columns: tuple[str, ...]
    headers: tuple[str, ...]
    encoding: str = "utf-8"
    has_bom: bool = False
    dialect: Dialect | None = None
    rows_above: int = 0
    data_offset: int = 0
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    sample: tuple[tuple[str | None, ...], ...] = field(default=(), repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Plain values to keep until the file is read."""
        value = dataclasses.asdict(self)
        del value["sample"]
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Recognition:
        """The recognition that `to_json` wrote."""
        dialect = Dialect(**value["dialect"]) if value["dialect"] else None
        lists = {name: tuple(value[name]) for name in ("columns", "headers", "sheets")}
        return cls(**{**value, **lists, "dialect": dialect})


def recognize(
    open_stream: OpenStream, name: str = "", limits: Limits | None = None, *, size_bytes: int | None = None
) -> Recognition:
    """What the file is. *name* only breaks ties; it is never trusted.

    Raises `UnreadableFile` with a reason of `FILE_REFUSALS`.
    """
    limits = limits or Limits()
    if size_bytes is not None and size_bytes > limits.file_bytes:
        raise refusal("file_too_large", limit=limits.file_bytes)
    compression, head = _look_inside(open_stream, limits)
    refuse_other_formats(head)
    if is_ole(head):
        with unpacked(open_stream, compression, limits.file_bytes) as source:
            refuse_ole(source.read(limits.workbook_file_bytes))
    if head.startswith(ZIP_MAGIC):
        return _recognize_workbook(open_stream, compression, limits)
    with unpacked(open_stream, compression, limits.file_bytes) as source:
        return _recognize_text(source, compression, name, limits)


def _look_inside(open_stream: OpenStream, limits: Limits) -> tuple[Compression, bytes]:
    with unpacked(open_stream, "none", limits.file_bytes) as source:
        head = source.read(_HEAD_BYTES)
    if not head:
        raise refusal("empty_file")
    if not head.startswith(GZIP_MAGIC):
        return "none", head
    with unpacked(open_stream, "gzip", limits.file_bytes) as source:
        inside = source.read(_HEAD_BYTES)
    if not inside:
        raise refusal("empty_file")
    if inside.startswith(GZIP_MAGIC):
        raise refusal("nested_archive")
    return "gzip", inside


def _recognize_text(source: Unpacked, compression: Compression, name: str, limits: Limits) -> Recognition:
    sample = source.read(limits.sample_bytes)
    complete = len(sample) < limits.sample_bytes
    encoding, mark = split_bom(sample)
    if encoding is None:
        telling = sample if complete or not sample.isascii() else sample + _foreign_lines(source, limits)
        encoding = detect(telling, complete=complete)
    body = sample[mark:]
    text = body.decode(encoding, errors="replace")
    if not text.strip("\ufeff \t\r\n\x00"):
        raise refusal("empty_file")
    refuse_markup(text)
    found = Recognition("csv", compression, (), (), encoding, mark > 0, None, 0, mark)
    if json_lines.is_json(text) or name.lower().endswith((".jsonl", ".ndjson")):
        return _recognize_json_lines(found, text if complete else text.rpartition("\n")[0] or text, limits)
    return _recognize_csv(found, body, text, complete, limits)


def _foreign_lines(source: Unpacked, limits: Limits) -> bytes:
    """Lines with letters beyond ASCII from behind a sample that has none."""
    while source.position < limits.encoding_scan_bytes:
        block = source.read(limits.sample_bytes)
        if not block:
            break
        if not block.isascii():
            return b"\n" + b"\n".join(line for line in block.split(b"\n")[1:-1] if not line.isascii())
    return b""


def _recognize_json_lines(found: Recognition, text: str, limits: Limits) -> Recognition:
    columns, sample = json_lines.recognize_columns(text, limits)
    rows = tuple(tuple(row.get(column) for column in columns) for row in sample)
    return dataclasses.replace(found, format="jsonl", columns=columns, headers=columns, sample=rows)


def _recognize_csv(found: Recognition, body: bytes, text: str, complete: bool, limits: Limits) -> Recognition:
    dialect = detect_dialect(text)
    wide = found.encoding in WIDE
    measure = recoded_length(found.encoding) if wide else len
    blocks: Iterator[bytes] = recoded_blocks(iter((body,)), found.encoding) if wide else iter((body,))
    cutter = RecordCutter(blocks, dialect, limits, measure)
    records = cutter.take(_SAMPLE_RECORDS)
    if records is None:
        raise refusal("empty_file")
    splitter = CellSplitter(dialect, "utf-8" if wide else found.encoding, (), 0, limits)
    pieces = [records.data[s:e] for s, e in zip(records.starts.tolist(), records.ends.tolist(), strict=True)]
    rows = [None if i in records.problems else _cells(splitter, piece) for i, piece in enumerate(pieces)]
    if not complete and len(rows) < _SAMPLE_RECORDS and len(rows) > 1:
        rows.pop()
    header = _header(rows, records.problems, limits)
    offset = found.data_offset + sum(measure(piece) for piece in pieces[: header.place + 1])
    return dataclasses.replace(
        found,
        dialect=dialect,
        columns=header.names,
        headers=header.given,
        rows_above=header.place + 1,
        data_offset=offset,
        sample=_sample(rows, header),
    )


def _header(rows: list[list[str] | None], problems: dict[int, str], limits: Limits) -> Header:
    try:
        return find_header(rows, limits)
    except UnreadableFile as error:
        # Where the header's own quotation mark is the fault, saying so is the better help.
        if error.reason == "no_header" and problems.get(0) == "quote_never_closed":
            raise refusal("quote_never_closed") from error
        raise


def _cells(splitter: CellSplitter, piece: bytes) -> list[str] | None:
    try:
        return splitter.split_record(piece)
    except RowProblem:
        return None


def _sample(rows: list[list[str] | None], header: Header) -> tuple[tuple[str | None, ...], ...]:
    width = len(header.names)
    below = [row for row in rows[header.place + 1 :] if row is not None and len(row) <= width and any(row)]
    return tuple((*(cell or None for cell in row), *[None] * (width - len(row))) for row in below)


def _recognize_workbook(open_stream: OpenStream, compression: Compression, limits: Limits) -> Recognition:
    """The first visible sheet that has a header with rows under it."""
    limits = dataclasses.replace(limits, columns=limits.workbook_columns)
    first_error: UnreadableFile | None = None
    samples = sample_sheets(open_stream, compression, limits)
    for sheet in samples:
        rows: list[list[str] | None] = list(_squared(sheet.rows))
        try:
            header = find_header(rows, limits)
        except UnreadableFile as error:
            first_error = first_error or error
            continue
        return Recognition(
            "xlsx",
            compression,
            header.names,
            header.given,
            rows_above=header.place + 1,
            sheet=sheet.name,
            sheets=sheet.sheets,
            sample=_sample(rows, header),
        )
    if len(samples) == 1 and first_error is not None and first_error.reason != "no_header":
        raise first_error
    raise refusal("no_sheet")


def _squared(rows: list[list[str]]) -> list[list[str]]:
    """Rows cut after the last column that has anything in it, so that formatting adds no columns."""
    width = max((i + 1 for row in rows for i, cell in enumerate(row) if cell.strip()), default=0)
    return [[*row, *[""] * width][:width] for row in rows]
