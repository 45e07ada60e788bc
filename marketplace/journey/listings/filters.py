"""What a buyer asks about a vertical's own fields: ``attribute.NAME``, ``attribute.NAME_min``, ``…_max``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from ...kernel.errors import FieldProblem, InvalidInput
from .. import offers
from ..offers import FieldKind
from .rules import NUMBERS, TIMES, AttributeFilter

PREFIX = "attribute."
_EDGES = {"_min": "low", "_max": "high"}
_MOST_VALUES = 50
_LONGEST_VALUE = 200


def read_attributes(vertical_id: UUID, asked: Mapping[str, Sequence[str]]) -> tuple[AttributeFilter, ...]:
    """The filters that *asked* (name, or name with ``_min``/``_max``, to values) means.

    Raises InvalidInput that names each field which the vertical does not have, or does not filter by.
    """
    known = {field.name: field for field in offers.fields_of(vertical_id) if field.filterable}
    found: dict[str, AttributeFilter] = {}
    problems = []
    for word, values in asked.items():
        name, edge = _split(word, known)
        field = known.get(name)
        try:
            if field is None:
                raise _WrongFilterError(
                    "unknown_field", f"There is no field to filter by here: {_listed(known)}."
                )
            earlier = found.get(name, AttributeFilter(name, FieldKind(field.type)))
            found[name] = _extended(earlier, edge, values, field)
        except _WrongFilterError as wrong:
            problems.append(FieldProblem(f"/{PREFIX}{word}"[:200], wrong.code, str(wrong)))
    if problems:
        raise InvalidInput(problems[0].detail, problems=tuple(problems))
    return tuple(found.values())


class _WrongFilterError(Exception):
    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


def _split(word: str, known: Mapping[str, offers.VerticalField]) -> tuple[str, str | None]:
    """A field called ``income_min`` comes before the lower edge of ``income``."""
    for ending, edge in _EDGES.items():
        if word not in known and word.endswith(ending):
            return word.removesuffix(ending), edge
    return word, None


def _extended(
    earlier: AttributeFilter, edge: str | None, values: Sequence[str], field: offers.VerticalField
) -> AttributeFilter:
    if not 1 <= len(values) <= _MOST_VALUES or not all(map(_is_plain, values)):
        raise _WrongFilterError("invalid", "Give 1 to 50 values of at most 200 printable characters.")
    if edge is None:
        return replace(earlier, values=tuple(_value(value, earlier.kind, field) for value in values))
    if earlier.kind not in NUMBERS | TIMES:
        raise _WrongFilterError("no_order", "This field has no order: leave out _min and _max.")
    if len(values) > 1:
        raise _WrongFilterError("invalid", "Give one value for an edge.")
    limit = _edge(values[0], earlier.kind)
    return replace(earlier, low=limit) if edge == "low" else replace(earlier, high=limit)


def _is_plain(value: str) -> bool:
    return 0 < len(value) <= _LONGEST_VALUE and value.isprintable()


def _value(value: str, kind: FieldKind, field: offers.VerticalField) -> str:
    if kind is FieldKind.CHOICE and value not in field.choices:
        raise _WrongFilterError("unknown_choice", f"Choose among: {', '.join(sorted(field.choices))}.")
    if kind is FieldKind.BOOLEAN and value not in ("true", "false"):
        raise _WrongFilterError("invalid", "Say true or false.")
    return str(_edge(value, kind)) if kind in NUMBERS | TIMES else value


def _edge(value: str, kind: FieldKind) -> Decimal | str:
    try:
        if kind in NUMBERS:
            number = Decimal(value)
            if not number.is_finite() or abs(number.adjusted()) > 30:
                raise _WrongFilterError("invalid", "Give a number of at most 30 digits.")
            return number
        if kind is FieldKind.DATE:
            return date.fromisoformat(value).isoformat()
        datetime.fromisoformat(value)
        return value
    except (InvalidOperation, ValueError):
        wanted = "a number" if kind in NUMBERS else "a date such as 2026-01-31"
        raise _WrongFilterError("invalid", f"Give {wanted}.") from None


def _listed(known: Mapping[str, offers.VerticalField]) -> str:
    return "filter by " + (", ".join(sorted(known)) or "nothing, this vertical has no such fields")
