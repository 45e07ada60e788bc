"""What a person did adds up to points, and points to a temperature."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.journey.intake.fields import (
    SEED_POINTS,
    Temperature,
    Thresholds,
    points,
    points_by_row,
    temperature,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
COUNTS = st.dictionaries(st.sampled_from(sorted(SEED_POINTS)), st.integers(0, 50))


@pytest.mark.parametrize(("kind", "seed"), sorted(SEED_POINTS.items()))
def test_the_first_touch_of_a_kind_is_worth_its_seed(kind: str, seed: float) -> None:
    assert points({kind: 1}, None, NOW) == seed


def test_recency_fades_with_fourteen_days() -> None:
    assert points({}, NOW, NOW) == 10
    assert points({}, NOW - timedelta(days=14), NOW) == round(10 * math.exp(-1), 2)
    assert points({}, NOW + timedelta(days=3), NOW) == 10


@given(COUNTS, st.sampled_from(sorted(SEED_POINTS)))
def test_one_more_touch_never_cools_a_lead(counts: dict[str, int], kind: str) -> None:
    more = {**counts, kind: counts.get(kind, 0) + 1}
    assert points(more, None, NOW) >= points(counts, None, NOW)


def test_nothing_done_and_unknown_kinds_earn_nothing() -> None:
    assert points({"opened": None, "sneezed": 9, "clicked": -3}, None, NOW) == 0


def test_the_verticals_thresholds_decide_the_temperature() -> None:
    thresholds = Thresholds(warm=15, hot=40)
    assert [temperature(total, thresholds) for total in (14.99, 15, 39.99, 40)] == [
        Temperature.COLD, Temperature.WARM, Temperature.WARM, Temperature.HOT,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="warm before"):
        Thresholds(warm=50, hot=40)


_COUNTS = st.none() | st.integers(-1, 12)


@given(
    st.lists(
        st.tuples(
            _COUNTS, _COUNTS, st.none() | st.integers(-40, 400).map(lambda days: NOW - timedelta(days=days))
        ),
        max_size=8,
    )
)
def test_points_of_a_whole_column_are_those_of_each_lead_and_nothing_without_a_touch(
    rows: list[tuple[int | None, int | None, datetime | None]],
) -> None:
    columns = {"opened": [row[0] for row in rows], "demo": [row[1] for row in rows]}
    assert points_by_row(columns, [row[2] for row in rows], NOW) == [
        round(points({"opened": opened, "demo": demo}, last, NOW)) if opened or demo else 0
        for opened, demo, last in rows
    ]
