"""What the tests of reading share: files in memory, and reading one through."""

from __future__ import annotations

import io
from collections.abc import Sequence

from marketplace.journey.intake.reading import (
    Checkpoint,
    Chunk,
    Limits,
    OpenStream,
    Recognition,
    read_chunks,
    recognize,
)


class OneWay(io.RawIOBase):
    """Bytes that can be read once from front to back, as a stored upload may be."""

    def __init__(self, data: bytes) -> None:
        self._inner = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        return self._inner.read(size)


def opened(data: bytes) -> OpenStream:
    return lambda: OneWay(data)  # type: ignore[return-value]  # all that reading needs of a stream


def read_all(
    data: bytes,
    *,
    limits: Limits | None = None,
    chunk_rows: int = 25_000,
    start: Checkpoint | None = None,
) -> tuple[Recognition, list[Chunk]]:
    recognition = recognize(opened(data), "leads.csv", limits)
    chunks = list(read_chunks(opened(data), recognition, limits=limits, chunk_rows=chunk_rows, start=start))
    return recognition, chunks


def rows_of(chunks: Sequence[Chunk]) -> list[tuple[int, tuple[str | None, ...]]]:
    """Number and cells of every good row."""
    rows = []
    for chunk in chunks:
        cells = zip(*chunk.columns.values(), strict=True)
        rows += list(zip(chunk.numbers, cells, strict=True))
    return rows


def broken_of(chunks: Sequence[Chunk]) -> dict[int, str]:
    """Number and code of every broken row."""
    return {row.row_no: row.code for chunk in chunks for row in chunk.broken}
