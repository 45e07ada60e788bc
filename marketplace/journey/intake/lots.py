"""What goes into the making of leads, and what comes out of it: everything by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from .fields import Thresholds


@dataclass(frozen=True)
class Lot:
    """What all leads of a batch share."""

    batch_id: UUID
    offer_id: UUID
    seller_id: UUID
    vertical_id: UUID
    received_at: datetime
    default_country: str | None
    default_source: str | None
    consent_channels: Sequence[str]
    thresholds: Thresholds
    #: The vertical's own fields that may be shown in clear.
    open_fields: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class NewLeads:
    """Leads ready to be written: their lines for COPY, and what has to be looked up first."""

    #: Where each row stands in the chunk's columns, and its number in the file.
    places: Sequence[int]
    row_numbers: Sequence[int]
    lead_ids: Sequence[bytes]
    lines: Sequence[bytes]
    report_lines: Sequence[bytes]
    claims: Sequence[tuple[bytes, ...]]
    phones: Sequence[tuple[str, ...]]
    emails: Sequence[str | None]


class Picked:
    """The values of some rows of a chunk, by column."""

    def __init__(self, columns: Mapping[str, Sequence[Any]], places: Sequence[int]) -> None:
        self._columns = columns
        self._places = places
        self.row_count = len(places)
        self._known: dict[str, Sequence[Any]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that there are."""
        return tuple(self._columns)

    def __getitem__(self, name: str) -> Sequence[Any]:
        """A column, or one of nothing where there is none."""
        known = self._known.get(name)
        if known is None:
            column = self._columns.get(name)
            known = (None,) * self.row_count if column is None else picked(column, self._places)
            self._known[name] = known
        return known


def picked(column: Sequence[Any], places: Sequence[int]) -> Sequence[Any]:
    """The values at *places*."""
    if len(places) < 2:
        return tuple(column[place] for place in places)
    values: tuple[Any, ...] = itemgetter(*places)(column)
    return values
