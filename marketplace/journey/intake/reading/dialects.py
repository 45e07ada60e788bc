"""How a CSV file separates its cells, quotes them and ends its lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clevercsv import Detector
from clevercsv.dialect import SimpleDialect
from clevercsv.exceptions import Error, NoDetectionResult

_DELIMITERS = [",", ";", "\t", "|"]
_RARE_DELIMITERS = [*_DELIMITERS, " ", "^", "~", ":"]
_DETECT_CHARACTERS = 12 * 1024
_SEP_LINE = re.compile(r"\ufeff?\"?sep=(.)\"?\r?\n?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dialect:
    """The dialect of a CSV file. *quote* and *escape* are None where the file has none."""

    delimiter: str
    quote: str | None = '"'
    escape: str | None = None
    line_end: str = "\n"
    space_after_delimiter: bool = False


def detect_dialect(text: str) -> Dialect:
    """The dialect of *text*, which should end with a whole line.

    `clevercsv` judges the regularity of rows and the types of cells over the first 12 KiB.
    """
    line_end = _line_end(text)
    if sep := _SEP_LINE.match(text):
        return Dialect(sep[1], line_end=line_end)
    part = _first_lines(text, line_end)
    found = _ask(part, _DELIMITERS)
    if found is None or not found.delimiter:
        found = _rare(part) or found
    delimiter = (found.delimiter if found else "") or ","
    quote = "'" if _quotes_cells(part, delimiter) else '"'
    return Dialect(
        delimiter,
        quote=quote,
        escape="\\" if _escapes(part, quote) else None,
        line_end=line_end,
        space_after_delimiter=delimiter != " " and _spaced(part, delimiter, quote),
    )


def _ask(part: str, delimiters: list[str]) -> SimpleDialect | None:
    try:
        return Detector().detect(part, delimiters=delimiters)
    except (NoDetectionResult, Error, ValueError):
        return None


def _rare(part: str) -> SimpleDialect | None:
    """A rare separator counts only if each line has it equally often: prose has spaces too."""
    found = _ask(part, _RARE_DELIMITERS)
    if found is None or not found.delimiter:
        return None
    lines = [re.sub(r'"[^"]*"', "", line) for line in part.splitlines() if line.strip()]
    counts = {line.count(found.delimiter) for line in lines[:50]}
    return found if len(lines) > 1 and len(counts) == 1 else None


def _line_end(text: str) -> str:
    breaks = text.count("\n")
    return "\r" if text.count("\r") > 2 * breaks and breaks <= text.count('"') else "\n"


def _first_lines(text: str, line_end: str) -> str:
    # A NUL, which breaks its own row later, would stop the detector.
    part = text[:_DETECT_CHARACTERS].replace("\x00", "")
    if len(text) > _DETECT_CHARACTERS and line_end in part:
        part = part[: part.rindex(line_end) + 1]
    return part.replace("\r", "\n") if line_end == "\r" else part


def _quotes_cells(part: str, delimiter: str) -> bool:
    """Whether apostrophes stand around cells, and quotation marks around none."""
    edge = re.escape(delimiter)
    wrapped = r"(?:^|{edge}){mark}[^{mark}\n]*{mark}(?={edge}|\r?$)"
    found = {
        mark: len(re.findall(wrapped.format(edge=edge, mark=mark), part, re.MULTILINE)) for mark in ("'", '"')
    }
    return found["'"] > 1 and not found['"']


def _escapes(part: str, quote: str) -> bool:
    return f"\\{quote}" in part and f"{quote}{quote}" not in part


def _spaced(part: str, delimiter: str, quote: str) -> bool:
    return part.count(f"{delimiter} {quote}") > part.count(f"{delimiter}{quote}")
