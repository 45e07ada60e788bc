"""What a vertical and an offer demand of a lead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from marketplace.journey.intake.fields import Field

from .consent import DEFAULT_RULES, ConsentRule, Evidence


@dataclass(frozen=True, slots=True)
class JudgeContext:
    """What vertical and offer demand of a row.

    *max_age* is the age of the lead, *minimum_age_years* that of the person; *held_countries* are the ISO codes
    whose people this installation may hold (None: all); *offered_evidence* is what the offer states for everyone.
    """

    vertical: str
    now: datetime
    required_fields: frozenset[str] = frozenset()
    own_fields: Mapping[str, Field] = field(default_factory=dict)
    default_country: str | None = None
    held_countries: frozenset[str] | None = None
    max_age: timedelta | None = None
    minimum_age_years: int | None = None
    contact_channels: frozenset[str] = frozenset()
    offered_evidence: frozenset[Evidence] = frozenset()
    consent_rules: Sequence[ConsentRule] = DEFAULT_RULES
    refuse_fictional_phone: bool = False


def column_of(columns: Mapping[str, Sequence[Any]], name: str, rows: int) -> Sequence[Any]:
    """The column *name*, or a column of nothing where the file has none."""
    return columns.get(name) or [None] * rows
