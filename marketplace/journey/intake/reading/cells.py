"""Splitting records of a CSV file into cells: whole chunks at once, odd rows one by one."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from .chunks import RAW_CHARACTERS, BrokenRow
from .dialects import Dialect
from .errors import row_sentence
from .limits import Limits
from .records import Records

Row = list[str | None]
_UTF8_MARK = b"\xef\xbb\xbf"


class RowProblem(Exception):
    """One row cannot be read; carries the code, the column's place and the facts of the sentence."""

    def __init__(self, code: str, *, place: int | None = None, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.place = place
        self.facts = facts


@dataclass(frozen=True, slots=True)
class CellSplitter:
    """Splits records of one file; *names* are its columns, the last unnamed ones may be left out."""

    dialect: Dialect
    encoding: str
    names: tuple[str, ...]
    needed: int
    limits: Limits

    def split(
        self, records: Records, first_row: int
    ) -> tuple[list[int], list[list[str | None]], list[BrokenRow]]:
        """The numbers of the rows, their cells by column, and the broken rows."""
        blank, regular = self._sort_out(records)
        bulk, columns = self._split_regular(records, np.flatnonzero(regular))
        rest = ~(blank | regular)
        rest[np.setdiff1d(np.flatnonzero(regular), bulk, assume_unique=True)] = True
        numbers = (bulk + first_row).tolist()
        odd = np.flatnonzero(rest).tolist()
        if not odd:
            return numbers, columns, []
        more, rows, broken = self._split_odd(records, odd, first_row)
        return *_merge(numbers, columns, more, rows), broken

    def split_record(self, record: bytes) -> list[str]:
        """The cells of one record. Raises `RowProblem`."""
        if b"\x00" in record:
            raise RowProblem("nul_byte")
        try:
            text = record.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise RowProblem("bad_encoding", encoding=self.encoding) from error
        text = text.removesuffix("\r") if self.dialect.line_end == "\r" else re.sub(r"\r?\n\Z", "", text)
        if self.dialect.quote and not self.dialect.escape and self._spans_separators(text):
            raise RowProblem("stray_quote")
        try:
            return next(_csv_reader(text, self.dialect), [])
        except csv.Error as error:
            if "field limit" in str(error):
                raise RowProblem("field_too_long", limit=self.limits.field_bytes) from error
            raise RowProblem("stray_line_break") from error

    def _spans_separators(self, text: str) -> bool:
        """Whether a pair of marks, opened in the middle of a cell, may have a separator between them.

        One mark in a cell may mean inches. Two cells with one each may be one cell that lost the
        separator before it, whose values would then stand in the wrong columns.
        """
        quote = self.dialect.quote or ""
        if text.count(quote) < 2:
            return False
        edge = re.escape(self.dialect.delimiter)
        space = " *" if self.dialect.space_after_delimiter else ""
        rest = re.sub(rf"(?:^|(?<={edge})){space}{quote}(?:[^{quote}]|{quote}{quote})*+{quote}", "", text)
        return sum(cell.count(quote) % 2 for cell in rest.split(self.dialect.delimiter)) > 1

    def fit(self, cells: list[str]) -> Row:
        """The cells as one row of the table. Raises `RowProblem` if they do not fit the header."""
        width = len(self.names)
        if len(cells) > width:
            raise RowProblem("too_many_cells", found=len(cells), expected=width)
        if len(cells) < self.needed:
            raise RowProblem("too_few_cells", found=len(cells), expected=width)
        for place, cell in enumerate(cells):
            if len(cell) > self.limits.field_bytes // 4 and len(cell.encode()) > self.limits.field_bytes:
                raise RowProblem("field_too_long", place=place, limit=self.limits.field_bytes)
        row: Row = [cell or None for cell in cells]
        return row + [None] * (width - len(row))

    def broken(self, row_no: int, record: bytes, problem: RowProblem) -> BrokenRow:
        """The report on one broken row."""
        raw = (
            record[: 4 * RAW_CHARACTERS]
            .decode(self.encoding, errors="replace")
            .rstrip("\r\n")[:RAW_CHARACTERS]
        )
        column = self.names[problem.place] if problem.place is not None else None
        return BrokenRow(row_no, problem.code, column, row_sentence(problem.code, **problem.facts), raw)

    def _sort_out(self, records: Records) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """Which records are blank, and which can be split together without looking at each."""
        data = np.frombuffer(records.data, dtype=np.uint8)
        separators = np.flatnonzero(data == ord(self.dialect.delimiter))
        lengths = records.ends - records.starts - 1
        lengths -= (lengths > 0) & (data[np.maximum(records.ends - 2, 0)] == 0x0D)
        none = np.zeros(len(lengths), dtype=np.bool_)
        if records.quotes is not None and len(records.quotes) and len(separators):
            separators = separators[np.searchsorted(records.quotes, separators) % 2 == 0]
        counts = np.searchsorted(separators, records.ends) - np.searchsorted(separators, records.starts)
        blank = lengths == (counts if self.dialect.delimiter != " " else 0)
        if self.dialect.escape or self.dialect.space_after_delimiter:
            return blank, none
        regular = (counts == len(self.names) - 1) & (lengths <= self.limits.field_bytes) & ~blank
        for byte in [0, *(_marks_to_fear(self.dialect) if records.quotes is None else ())]:
            positions = np.flatnonzero(data == byte)
            regular[np.searchsorted(records.ends, positions, side="right")] = False
        regular &= ~_has_other_break(records, data, self.dialect.line_end)
        regular[list(records.problems)] = False
        blank[list(records.problems)] = False
        if records.data.startswith(_UTF8_MARK):
            regular[0] = False
        return blank, regular

    def _split_regular(
        self, records: Records, places: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], list[list[str | None]]]:
        """The records at *places* by column, without those that must be looked at one by one."""
        if not len(places):
            return places, [[] for _ in self.names]
        data = self._joined(records, places)
        recoded = self._recoded(data)
        if recoded is None:
            places = np.array([i for i in places.tolist() if self._is_text(records, i)], dtype=np.int64)
            if not len(places):
                return places, [[] for _ in self.names]
            recoded = self._recoded(self._joined(records, places)) or b""
        columns = self._parse(recoded, len(places))
        if columns is None:
            return places[:0], [[] for _ in self.names]
        return places, columns

    def _parse(self, data: bytes, count: int) -> list[list[str | None]] | None:
        """The cells by column; None if the fast reader sees other rows than were cut."""
        quoted = self.dialect.quote is not None and self.dialect.quote.encode() in data
        try:
            frame = pl.read_csv(
                data,
                has_header=False,
                new_columns=[f"c{i}" for i in range(len(self.names))],
                separator=self.dialect.delimiter,
                quote_char=self.dialect.quote if quoted else None,
                eol_char=self.dialect.line_end,
                infer_schema=False,
            )
        except pl.exceptions.PolarsError:
            return None
        if frame.shape != (count, len(self.names)):
            return None
        if quoted:
            frame = frame.with_columns(pl.all().replace("", None))
        return [series.to_list() for series in frame.get_columns()]

    def _recoded(self, data: bytes) -> bytes | None:
        if data.isascii():
            return data
        try:
            text = data.decode(self.encoding)
        except UnicodeDecodeError:
            return None
        return data if self.encoding == "utf-8" else text.encode("utf-8")

    def _is_text(self, records: Records, place: int) -> bool:
        try:
            records.data[records.starts[place] : records.ends[place]].decode(self.encoding)
        except UnicodeDecodeError:
            return False
        return True

    @staticmethod
    def _joined(records: Records, places: npt.NDArray[np.int64]) -> bytes:
        if len(places) == len(records.starts):
            return records.data
        starts, ends = records.starts.tolist(), records.ends.tolist()
        return b"".join([records.data[starts[i] : ends[i]] for i in places.tolist()])

    def _split_odd(
        self, records: Records, places: Iterable[int], first_row: int
    ) -> tuple[list[int], list[Row], list[BrokenRow]]:
        numbers: list[int] = []
        rows: list[Row] = []
        broken: list[BrokenRow] = []
        for place in places:
            record = records.data[records.starts[place] : records.ends[place]]
            if len(self.names) > 1 and not record.strip():
                continue
            try:
                if place in records.problems:
                    raise RowProblem(records.problems[place], limit=self.limits.record_bytes)
                row = self.fit(self.split_record(record))
            except RowProblem as problem:
                broken.append(self.broken(first_row + place, record, problem))
                continue
            numbers.append(first_row + place)
            rows.append(row)
        return numbers, rows, broken


def _csv_reader(text: str, dialect: Dialect) -> Iterator[list[str]]:
    return csv.reader(
        [text],
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape,
        skipinitialspace=dialect.space_after_delimiter,
    )


def _marks_to_fear(dialect: Dialect) -> list[int]:
    return [ord(dialect.quote)] if dialect.quote else []


def _has_other_break(records: Records, data: npt.NDArray[np.uint8], line_end: str) -> npt.NDArray[np.bool_]:
    """Records with a line break of another kind than those that end the records."""
    result = np.zeros(len(records.starts), dtype=np.bool_)
    if line_end == "\r":
        other = np.flatnonzero(data == 0x0A)
    else:
        other = np.flatnonzero(data == 0x0D)
        other = other[data[np.minimum(other + 1, len(data) - 1)] != 0x0A]
    result[np.searchsorted(records.ends, other, side="right")] = True
    return result


def _merge(
    numbers: list[int], columns: list[list[str | None]], more: list[int], rows: list[Row]
) -> tuple[list[int], list[list[str | None]]]:
    """Put the rows that were split one by one back between the others."""
    if not more:
        return numbers, columns
    together = numbers + more
    order = sorted(range(len(together)), key=together.__getitem__)
    merged: list[list[str | None]] = []
    for place, column in enumerate(columns):
        values = [*column, *(row[place] for row in rows)]
        merged.append([values[i] for i in order])
    return [together[i] for i in order], merged
