"""What reading gives: chunks of rows by column, the rows that are broken, and where to go on."""

from __future__ import annotations

from dataclasses import dataclass, field

RAW_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Where the next chunk begins: the row's number, and the offset in the unpacked bytes.

    *offset* is None for workbooks, which are read from their beginning and skipped.
    """

    row: int
    offset: int | None = None

    def to_json(self) -> dict[str, int | None]:
        """Plain values to keep between two runs."""
        return {"row": self.row, "offset": self.offset}

    @classmethod
    def from_json(cls, value: dict[str, int | None]) -> Checkpoint:
        """The checkpoint that `to_json` wrote."""
        return cls(int(value["row"] or 0), value["offset"])


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that cannot be read: a code of `ROW_REFUSALS`, the column where one is to blame, a sentence.

    *raw* is the beginning of the row as it stands in the file; it is personal data.
    """

    row_no: int
    code: str
    column: str | None
    detail: str
    raw: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a file, by column.

    Rows are numbered from 0, the first one under the header; blank rows are counted and left
    out. ``columns[header][i]`` is a cell of row ``numbers[i]``, as text; empty cells are None.
    """

    first_row: int
    numbers: list[int]
    columns: dict[str, list[str | None]] = field(repr=False)
    broken: list[BrokenRow] = field(repr=False)
    checkpoint: Checkpoint
    is_last: bool
