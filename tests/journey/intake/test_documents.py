"""Documents that are made column by column say the same as those that are made row by row."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from marketplace.journey.intake.documents import document, objects

_TEXTS = st.one_of(
    st.none(), st.text(min_size=1, max_size=12), st.sampled_from(['"', "\\", "%s", "%", ",}", "é"])
)
_NUMBERS = st.one_of(st.none(), st.integers(-9, 9))


@st.composite
def _tables(draw: st.DrawFn) -> tuple[list[str], list[list[object]]]:
    names = draw(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=5, unique=True))
    rows = draw(st.integers(0, 5))
    kinds = [draw(st.sampled_from([_TEXTS, _NUMBERS])) for _ in names]
    return names, [draw(st.lists(kind, min_size=rows, max_size=rows)) for kind in kinds]


@given(_tables())
def test_every_value_is_told_under_its_own_name_and_what_is_missing_is_left_out(
    table: tuple[list[str], list[list[object]]],
) -> None:
    names, columns = table
    told = [json.loads(text) for text in objects(list(zip(names, columns, strict=True)), len(columns[0]))]
    rows = zip(*columns, strict=True)
    assert told == [
        {name: value for name, value in zip(names, row, strict=True) if value is not None} for row in rows
    ]
    assert all(list(one) == [name for name in names if name in one] for one in told)


def test_rows_without_columns_are_empty_objects() -> None:
    assert objects([], 3) == ["{}", "{}", "{}"]


def test_half_a_surrogate_pair_is_kept() -> None:
    assert json.loads(document("\ud800")) == "\ud800"
    assert json.loads(objects([("name", ["Ada", "\ud800"])], 2)[1]) == {"name": "\ud800"}


def test_a_time_is_told_with_its_zone() -> None:
    assert document(datetime(2026, 1, 31, 12, tzinfo=UTC)) == '"2026-01-31T12:00:00+00:00"'
