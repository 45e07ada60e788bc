"""Reading XLSX through a child process that may not take more than its share."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import refusal
from .limits import Limits
from .streams import Compression, OpenStream, unpacked

_CHILD = Path(__file__).with_name("workbook_child.py")
_SAMPLE_ROWS = 200
_HEADER_ROWS = 200
_START_SECONDS = 5


@dataclass(frozen=True, slots=True)
class SheetSample:
    """The first rows of one sheet; *width* is the place of its last filled column."""

    name: str
    sheets: tuple[str, ...]
    width: int
    rows: list[list[str]]


def sample_sheets(open_stream: OpenStream, compression: Compression, limits: Limits) -> list[SheetSample]:
    """The first rows of the visible sheets, in the workbook's order. Raises `UnreadableFile`."""
    samples: list[SheetSample] = []
    with _written_down(open_stream, compression, limits, sheet=None, sample_rows=_SAMPLE_ROWS) as lines:
        for line in lines:
            value = json.loads(line)
            if isinstance(value, dict):
                samples.append(SheetSample(value["sheet"], tuple(value["sheets"]), value["width"], []))
            else:
                samples[-1].rows.append(value)
    return samples


@contextmanager
def sheet_rows(
    open_stream: OpenStream, compression: Compression, limits: Limits, sheet: str
) -> Iterator[Iterator[list[str]]]:
    """All rows of one sheet from its first one. Raises `UnreadableFile`."""
    with _written_down(open_stream, compression, limits, sheet=sheet, sample_rows=None) as lines:
        next(lines, None)
        yield (json.loads(line) for line in lines)


@contextmanager
def _written_down(
    open_stream: OpenStream,
    compression: Compression,
    limits: Limits,
    *,
    sheet: str | None,
    sample_rows: int | None,
) -> Iterator[Iterator[str]]:
    """The lines that the child wrote, without the last one, which says how it ended."""
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        path, out = Path(folder, "in.xlsx"), Path(folder, "out.jsonl")
        _copy(open_stream, compression, path, limits)
        task = {"path": str(path), "out": str(out), "sheet": sheet, "sample_rows": sample_rows}
        _run({**task, "limits": _child_limits(limits)}, limits)
        _check_ending(out)
        with out.open(encoding="ascii") as lines:
            yield _without_last(lines)


def _copy(open_stream: OpenStream, compression: Compression, path: Path, limits: Limits) -> None:
    with unpacked(open_stream, compression, limits.workbook_file_bytes) as source, path.open("wb") as target:
        for block in source.blocks():
            target.write(block)


def _child_limits(limits: Limits) -> dict[str, int]:
    return {
        "unpacked_bytes": limits.workbook_unpacked_bytes,
        "ratio": limits.workbook_ratio,
        "parts": limits.workbook_parts,
        "rows": limits.workbook_rows,
        "header_rows": _HEADER_ROWS,
        "columns": limits.workbook_columns,
        "memory_bytes": limits.workbook_memory_bytes,
        "seconds": limits.workbook_seconds,
        "text_bytes": limits.workbook_text_bytes,
    }


def _run(task: dict[str, Any], limits: Limits) -> None:
    # Isolated and without the parent's environment: the child has no secrets to lose.
    with contextlib.suppress(subprocess.TimeoutExpired):
        subprocess.run(  # noqa: S603  # our own script; the task goes in by standard input
            [sys.executable, "-I", str(_CHILD)],
            input=json.dumps(task).encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"},
            timeout=limits.workbook_seconds + _START_SECONDS,
            check=False,
        )
        return
    raise refusal("workbook_too_slow", limit=limits.workbook_seconds)


def _check_ending(out: Path) -> None:
    """Raise the refusal that the child wrote; a child that ended without a word ran into a limit."""
    ending = _last_line(out)
    try:
        value = json.loads(ending)
    except ValueError:
        value = None
    if not isinstance(value, dict) or not {"done", "refused"} & set(value):
        raise refusal("workbook_too_large", detail="it needs too much memory or time")
    if "refused" in value:
        raise refusal(value["refused"], **value["facts"])


def _last_line(path: Path) -> bytes:
    if not path.exists():
        return b""
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(file.tell() - 4096, 0))
        return file.read().rstrip(b"\n").rpartition(b"\n")[2]


def _without_last(lines: Iterator[str]) -> Iterator[str]:
    held: str | None = None
    for line in lines:
        if held is not None:
            yield held
        held = line
