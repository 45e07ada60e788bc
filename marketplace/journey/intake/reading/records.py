"""Cutting the bytes of a CSV file at the ends of its records, with line breaks inside of quotes kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .dialects import Dialect
from .limits import Limits

Positions = npt.NDArray[np.int64]
_FIRST_GUESS_BYTES = 256


@dataclass(frozen=True, slots=True)
class Records:
    """Some whole records: record *i* is ``data[starts[i]:ends[i]]`` with its line end.

    *quotes* are the positions of the quotation marks if every one of them opens, closes or doubles
    where it should, else None. *problems* has a code for the records that could not be closed.
    *file_bytes* is how far the file moved on, counted in its own encoding.
    """

    data: bytes
    starts: Positions
    ends: Positions
    quotes: Positions | None
    problems: dict[int, str]
    file_bytes: int


class RecordCutter:
    """Takes records from blocks of ASCII-compatible bytes; the same bytes give the same records.

    A quoted cell may span lines. If its quotation mark is never closed within
    `Limits.record_bytes`, or text follows the closing one, only the line in which the
    record begins is lost and cutting goes on with the next line. *measure* tells how many
    bytes of the file some of the given bytes stand for, where the blocks are recoded.
    """

    def __init__(
        self,
        blocks: Iterator[bytes],
        dialect: Dialect,
        limits: Limits,
        measure: Callable[[bytes], int] = len,
    ) -> None:
        self._blocks = blocks
        self._measure = measure
        self._dropped_bytes = 0
        self._dialect = dialect
        self._limits = limits
        self._line_end = dialect.line_end.encode("ascii")
        self._quote = ord(dialect.quote) if dialect.quote else None
        self._escape = dialect.escape.encode("ascii") if dialect.escape else None
        self._record = _record_pattern(dialect)
        self._buffer = b""
        self._ended = False
        self._average_bytes = float(_FIRST_GUESS_BYTES)

    def take(self, count: int) -> Records | None:
        """The next *count* records, fewer only at the end, None when nothing is left."""
        wanted = int(count * self._average_bytes * 1.1) + 1024
        while True:
            self._fill(wanted)
            if not self._buffer:
                return None
            breaks, quotes = self._outer_breaks()
            if len(breaks) >= count or self._ended or self._is_stuck(breaks):
                records = self._cut_fast(breaks[:count], quotes, count) or self._cut_slowly(count)
                if records is not None:
                    return self._move_on(records)
            wanted = max(2 * wanted, len(self._buffer) + 1)

    def _move_on(self, records: Records) -> Records:
        used = int(records.ends[-1])
        self._average_bytes = max(used / len(records.ends), 1.0)
        self._buffer = self._buffer[used:]
        self._dropped_bytes = 0
        return records

    def _is_stuck(self, breaks: Positions) -> bool:
        """Whether the last record is longer than a record may be: more bytes would not end it."""
        last = int(breaks[-1]) if len(breaks) else 0
        return len(self._buffer) - last > self._limits.record_bytes

    def _fill(self, wanted: int) -> None:
        if len(self._buffer) >= wanted or self._ended:
            return
        parts, size = [self._buffer], len(self._buffer)
        while size < wanted:
            block = next(self._blocks, b"")
            if not block:
                self._ended = True
                break
            parts.append(block)
            size += len(block)
        self._buffer = b"".join(parts)
        if self._ended and self._buffer and not self._buffer.endswith(self._line_end):
            # A last line without its break is a whole record too.
            self._buffer += self._line_end

    def _outer_breaks(self) -> tuple[Positions, Positions]:
        """The line ends outside of quotes, and the quotes, if every quote stands where it should."""
        view = np.frombuffer(self._buffer, dtype=np.uint8)
        breaks = np.flatnonzero(view == self._line_end[0])
        if self._quote is None:
            return breaks, breaks[:0]
        quotes = np.flatnonzero(view == self._quote)
        if len(quotes):
            breaks = breaks[np.searchsorted(quotes, breaks) % 2 == 0]
        return breaks, quotes

    def _cut_fast(self, breaks: Positions, quotes: Positions, count: int) -> Records | None:
        """Cut by counting quotation marks, if all of them stand where they should."""
        data = self._buffer
        ends = breaks + 1
        if not len(ends) or (len(ends) < count and int(ends[-1]) != len(data)):
            return None
        if self._escape and self._escape in data:
            return None
        starts = np.concatenate((np.zeros(1, dtype=np.int64), ends[:-1]))
        if int((ends - starts).max()) > self._limits.record_bytes:
            return None
        last = int(ends[-1])
        quotes = quotes[: int(np.searchsorted(quotes, last))]
        if not self._well_placed(np.frombuffer(data, dtype=np.uint8), quotes, last):
            return None
        return Records(data[:last], starts, ends, quotes, {}, self._measure(data[:last]))

    def _well_placed(self, view: npt.NDArray[np.uint8], quotes: Positions, last: int) -> bool:
        """Whether each opening mark begins a cell and each closing one ends it (or is doubled)."""
        if not len(quotes):
            return True
        if len(quotes) % 2:
            return False
        line_end, delimiter, quote = self._line_end[0], ord(self._dialect.delimiter), self._quote
        before = view[np.maximum(quotes[0::2] - 1, 0)]
        opens = (before == delimiter) | (before == line_end) | (before == quote)
        opens[0] |= quotes[0] == 0
        after = view[np.minimum(quotes[1::2] + 1, last - 1)]
        closes = (after == delimiter) | (after == line_end) | (after == quote)
        if line_end == 0x0A:
            after_next = view[np.minimum(quotes[1::2] + 2, last - 1)]
            closes |= (after == 0x0D) & (after_next == 0x0A)
        return bool(opens.all() and closes.all())

    def _cut_slowly(self, count: int) -> Records | None:
        """Cut record by record; None asks for more bytes."""
        ends: list[int] = []
        problems: dict[int, str] = {}
        position = 0
        while len(ends) < count and position < len(self._buffer):
            end, problem = self._next_end(position)
            if end is None:
                return None
            if problem:
                problems[len(ends)] = problem
            ends.append(end)
            position = end
        if len(ends) < count and not self._ended:
            return None
        starts = np.array([0, *ends[:-1]], dtype=np.int64)
        data = self._buffer[:position]
        file_bytes = self._measure(data) + self._dropped_bytes
        return Records(data, starts, np.array(ends, dtype=np.int64), None, problems, file_bytes)

    def _next_end(self, start: int) -> tuple[int | None, str | None]:
        limit = start + self._limits.record_bytes
        if match := self._record.match(self._buffer, start, limit):
            return match.end(), None
        if not self._ended and len(self._buffer) < limit:
            return None, None
        line_break = self._buffer.find(self._line_end, start)
        if line_break == -1:
            return self._swallow_line(limit), "row_too_long"
        if line_break - start > self._limits.record_bytes:
            return line_break + 1, "row_too_long"
        return line_break + 1, self._quote_problem(start, line_break)

    def _swallow_line(self, keep: int) -> int:
        """Let the rest of an endless line go by unkept; its end in the buffer."""
        self._dropped_bytes += self._measure(self._buffer[keep:])
        self._buffer = self._buffer[:keep]
        rest = self._line_end
        while block := next(self._blocks, b""):
            position = block.find(self._line_end)
            if position != -1:
                self._dropped_bytes += self._measure(block[:position])
                rest = block[position:]
                break
            self._dropped_bytes += self._measure(block)
        else:
            self._ended = True
        self._buffer += rest
        return keep + 1

    def _quote_problem(self, start: int, end: int) -> str:
        """An odd number of marks on the line means that one of them waits for its partner."""
        quote = bytes((self._quote,)) if self._quote is not None else b""
        odd = bool(quote) and self._buffer.count(quote, start, end) % 2 == 1
        return "quote_never_closed" if odd else "stray_quote"


def _record_pattern(dialect: Dialect) -> re.Pattern[bytes]:
    """One whole record with its line end; possessive, so that no input makes it go back."""
    delimiter = re.escape(dialect.delimiter.encode())
    if dialect.line_end == "\r":
        end, plain = rb"\r", rb"[^\r%b]" % delimiter
    else:
        end, plain = rb"\r?\n", rb"(?:[^\r\n%b]|\r(?!\n))" % delimiter
    if dialect.quote is None:
        cell = plain + rb"*+"
    else:
        quote = dialect.quote.encode()
        escaped = rb"|\\." if dialect.escape else b""
        inside = rb"[^\\%b]" % quote if dialect.escape else rb"[^%b]" % quote
        space = rb" *+" if dialect.space_after_delimiter else b""
        quoted = rb"%b%b(?:%b|%b%b%b)*+%b[ \t]*+" % (space, quote, inside, quote, quote, escaped, quote)
        if dialect.delimiter in " \t":
            quoted = quoted.removesuffix(rb"[ \t]*+")
        opening = rb"(?!%b%b)" % (space, quote)
        cell = rb"(?:%b|%b%b*+)" % (quoted, opening, plain)
    return re.compile(rb"%b(?:%b%b)*+%b" % (cell, delimiter, cell, end), re.DOTALL)
