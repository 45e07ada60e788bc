"""Real and deliberately damaged files: each gives rows or a refusal with a known reason, soon."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from marketplace.journey.intake.reading import (
    FILE_REFUSALS,
    ROW_REFUSALS,
    STANDARD_FIELDS,
    UnreadableFile,
    propose_mapping,
    read_chunks,
    recognize,
)
from tests.shared_data import shared

SETS = ["csv-dirty", "lead-export-formats", "xeducation", "bank-marketing", "olist-funnel"]


def read_through(path: Path) -> tuple[int, int]:
    """How many rows are read and how many are broken."""

    def open_stream():  # type: ignore[no-untyped-def]
        return path.open("rb")

    recognition = recognize(open_stream, path.name, size_bytes=path.stat().st_size)
    good = broken = 0
    expected = 0
    for chunk in read_chunks(open_stream, recognition):
        assert chunk.first_row == expected
        assert set(recognition.columns) <= set(chunk.columns)
        assert all(len(values) == len(chunk.numbers) for values in chunk.columns.values())
        assert {row.code for row in chunk.broken} <= set(ROW_REFUSALS)
        assert not set(chunk.numbers) & {row.row_no for row in chunk.broken}
        good += len(chunk.numbers)
        broken += len(chunk.broken)
        expected = chunk.checkpoint.row
    propose_mapping(recognition.columns, STANDARD_FIELDS, recognition.sample)
    return good, broken


@pytest.mark.parametrize("name", SETS)
def test_every_file_is_read_or_refused_with_a_reason(name: str) -> None:
    files = sorted(path for path in shared(name).rglob("*") if path.is_file())
    assert files
    for path in files:
        begun = time.monotonic()
        reason = refusal_of(path)
        assert reason is None or reason in FILE_REFUSALS, path.name
        assert time.monotonic() - begun < 30, path.name


def refusal_of(path: Path) -> str | None:
    """Why the file cannot be read, None if it can."""
    try:
        read_through(path)
    except UnreadableFile as refused:
        return refused.reason
    return None


@pytest.mark.parametrize(
    "name", ["bank-marketing/bank-full.csv", "olist-funnel/olist_marketing_qualified_leads_dataset.csv"]
)
def test_no_row_of_a_clean_large_file_is_lost(name: str) -> None:
    path = shared(name)
    count = sum(1 for line in path.open("rb") if line.strip()) - 1
    assert read_through(path) == (count, 0)
