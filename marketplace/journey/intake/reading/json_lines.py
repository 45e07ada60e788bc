"""Reading JSON Lines: one object in each line, its keys as columns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from .chunks import RAW_CHARACTERS, BrokenRow
from .errors import refusal, row_sentence
from .limits import Limits
from .records import Records

_SAMPLE_LINES = 200


class LineReader:
    """Turns lines into rows of text; knows the columns of the header and meets new ones on its way."""

    def __init__(self, names: tuple[str, ...], encoding: str, limits: Limits) -> None:
        self._names = names
        self._encoding = encoding
        self._limits = limits

    def split(
        self, records: Records, first_row: int
    ) -> tuple[list[int], dict[str, list[str | None]], list[BrokenRow]]:
        """The numbers of the rows, the cells by column, and the broken rows."""
        numbers: list[int] = []
        columns: dict[str, list[str | None]] = {name: [] for name in self._names}
        broken: list[BrokenRow] = []
        starts, ends = records.starts.tolist(), records.ends.tolist()
        for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
            line = records.data[start:end].strip()
            if not line:
                continue
            row = self._read(line, first_row + place, place in records.problems, broken)
            if row is None:
                continue
            new = [key for key in row if key not in columns]
            if len(columns) + len(new) > self._limits.columns:
                broken.append(
                    self._broken(first_row + place, "too_many_columns", None, line, self._limits.columns)
                )
                continue
            for key in new:
                columns[key] = [None] * len(numbers)
            for name, values in columns.items():
                values.append(row.get(name))
            numbers.append(first_row + place)
        return numbers, columns, broken

    def _read(
        self, line: bytes, row_no: int, too_long: bool, broken: list[BrokenRow]
    ) -> dict[str, str | None] | None:
        if too_long:
            broken.append(self._broken(row_no, "row_too_long", None, line, self._limits.record_bytes))
            return None
        try:
            row = read_object(line.decode(self._encoding))
        except UnicodeDecodeError:
            broken.append(self._broken(row_no, "bad_encoding", None, line, 0))
            return None
        except ValueError:
            broken.append(self._broken(row_no, "not_an_object", None, line, 0))
            return None
        for key, value in row.items():
            if len(key) > self._limits.header_characters:
                broken.append(self._broken(row_no, "not_an_object", None, line, 0))
                return None
            if value is None:
                continue
            column = key if key in self._names else None
            if "\x00" in value:
                broken.append(self._broken(row_no, "nul_byte", column, line, 0))
                return None
            if len(value.encode(errors="replace")) > self._limits.field_bytes:
                broken.append(self._broken(row_no, "field_too_long", column, line, self._limits.field_bytes))
                return None
        return row

    def _broken(self, row_no: int, code: str, column: str | None, line: bytes, limit: int) -> BrokenRow:
        raw = line[: 4 * RAW_CHARACTERS].decode(self._encoding, errors="replace")[:RAW_CHARACTERS]
        return BrokenRow(row_no, code, column, row_sentence(code, limit=limit, encoding=self._encoding), raw)


def read_object(line: str) -> dict[str, str | None]:
    """The object in *line* with its values as text; numbers keep their digits. Raises `ValueError`."""
    try:
        value = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not isinstance(value, dict):
        raise ValueError("not an object")
    row = {key: _as_text(cell) for key, cell in value.items()}
    if any("\x00" in key for key in row):
        raise ValueError("a key holds a NUL")
    return row


def _as_text(value: object) -> str | None:
    if isinstance(value, str):
        # A lone half of a surrogate pair has no form in UTF-8.
        return (value if value.isprintable() else value.encode("utf-8", "replace").decode()) or None
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def is_json(text: str) -> bool:
    """Whether *text* begins as JSON and not as a CSV file with odd names."""
    start = text.lstrip()
    return start.startswith(("{", "[")) and start[1:].lstrip()[:1] in {'"', "{", "}", "]", "["}


def recognize_columns(text: str, limits: Limits) -> tuple[tuple[str, ...], list[Mapping[str, str | None]]]:
    """The keys and the objects of the first lines. Raises `UnreadableFile`."""
    lines = [line for line in _lines(text) if line.strip()][:_SAMPLE_LINES]
    names: dict[str, None] = {}
    sample: list[Mapping[str, str | None]] = []
    for number, line in enumerate(lines):
        try:
            row = read_object(line)
        except ValueError as error:
            if number == 0:
                raise refusal("json_document" if _is_document(text) else "json_damaged") from error
            continue
        sample.append(row)
        names.update(dict.fromkeys(key for key in row if len(key) <= limits.header_characters))
    if len(names) > limits.columns:
        raise refusal("too_many_columns", found=len(names), limit=limits.columns)
    if not names:
        raise refusal("no_header")
    return tuple(names), sample


def _lines(text: str) -> Iterator[str]:
    yield from text.split("\n")


def _is_document(text: str) -> bool:
    """One object or list over several lines, to which the remedy differs from that for damage."""
    start = text.lstrip()
    first = start.split("\n", 1)[0].rstrip()
    return start.startswith("[") or first in {"{", "["} or first.endswith((",", "{", "["))
