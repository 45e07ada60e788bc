"""A chunk of rows judged and sealed, without the database: the work of the processor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .. import intake
from ..intake.fields import normalize_table
from ..intake.reading import BrokenRow, Chunk, apply_mapping
from .rules import Refusal, judge
from .terms import Terms

RowOf = Callable[[int], dict[str, str | None]]


@dataclass(frozen=True)
class Prepared:
    """A chunk ready to be written, but for what only the database knows: duplicates and suppressions."""

    chunk: Chunk
    leads: intake.NewLeads
    refusals: Sequence[intake.NewRefusal]

    def row_at(self, place: int) -> dict[str, str | None]:
        """The cells of a row by column, as they came."""
        return _row(self.chunk, place)


def prepare(chunk: Chunk, terms: Terms) -> Prepared:
    """Read, judge and seal the rows of *chunk*."""
    by_field, _ = apply_mapping(terms.mapping, chunk)
    table = normalize_table(by_field, terms.fields, terms.field_context)
    judgement = judge(table, terms.judge_context)
    places = [place for place, accepted in enumerate(judgement.accepted) if accepted]
    leads = intake.assemble(terms.lot, table, chunk.numbers, chunk.columns, places, judgement.answers)
    refusals = [_broken(row) for row in chunk.broken]
    refusals += _refused(judgement.refusals, chunk, terms)
    return Prepared(chunk, leads, refusals)


def _refused(refusals: Sequence[Refusal], chunk: Chunk, terms: Terms) -> list[intake.NewRefusal]:
    """One refusal for each row: the first fault decides the code, all of them are told."""
    by_row: dict[int, list[Refusal]] = {}
    for refusal in refusals:
        by_row.setdefault(refusal.row, []).append(refusal)
    return [
        intake.NewRefusal(
            chunk.numbers[place],
            faults[0].code,
            column_of(terms, faults[0].column),
            " ".join(dict.fromkeys(fault.detail for fault in faults)),
            _row(chunk, place),
        )
        for place, faults in by_row.items()
    ]


def column_of(terms: Terms, field: str | None) -> str | None:
    """The seller's own name for the column that gives *field*, the field's where the file has none."""
    return None if field is None else terms.mapping.column_of(field) or field


def _broken(row: BrokenRow) -> intake.NewRefusal:
    return intake.NewRefusal(row.row_no, row.code, row.column, row.detail, {intake.WHOLE_ROW: row.raw})


def _row(chunk: Chunk, place: int) -> dict[str, str | None]:
    return {name: values[place] for name, values in chunk.columns.items()}
