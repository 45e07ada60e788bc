"""Points for what a person did, and the temperature that they add up to."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: Points for the first touch of each kind (quality.md 6.1); a refit per vertical replaces them.
SEED_POINTS: Mapping[str, float] = {
    "opened": 1, "clicked": 3, "visited": 5, "pricing_page": 10, "form": 15, "demo": 30, "answered_call": 20,
}  # fmt: skip
RECENCY_POINTS = 10.0
RECENCY_DAYS = 14.0
MOST_COUNTED = 8

_SECONDS_PER_DAY = 86_400


class Temperature(StrEnum):
    """How near a person is to buying."""

    COLD = "cold"
    WARM = "warm"
    HOT = "hot"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The points from which a vertical calls a lead warm and hot."""

    warm: float = 15.0
    hot: float = 40.0

    def __post_init__(self) -> None:
        if not self.warm <= self.hot:
            raise ValueError("a lead is warm before it is hot")


def points(counts: Mapping[str, int | None], last_touch_at: datetime | None, now: datetime) -> float:
    """Points of one lead: sum of seed x log2(1 + min(count, 8)), plus 10 x exp(-age / 14 days) for recency.

    The logarithm makes the first touch worth its seed and each further one less. *counts* are touches by kind;
    kinds that earn nothing are ignored. The result is rounded to two decimals.
    """
    total = _for_touches(counts)
    if last_touch_at is not None:
        total += _for_recency(last_touch_at, now)
    return round(total, 2)


def points_by_row(
    counts: Mapping[str, Sequence[int | None]], last_touches: Sequence[datetime | None], now: datetime
) -> list[int]:
    """Whole points of many leads by the columns of their touches; a lead without any touch earns nothing."""
    touched: dict[tuple[int | None, ...], float] = {}
    recent: dict[datetime, float] = {}
    earned = []
    for row, last_touch_at in zip(zip(*counts.values(), strict=True), last_touches, strict=True):
        if not any(row):
            earned.append(0)
            continue
        total = touched.get(row)
        if total is None:
            total = touched[row] = _for_touches(dict(zip(counts, row, strict=True)))
        if last_touch_at is not None:
            recency = recent.get(last_touch_at)
            if recency is None:
                recency = recent[last_touch_at] = _for_recency(last_touch_at, now)
            total += recency
        earned.append(round(round(total, 2)))
    return earned


def _for_touches(counts: Mapping[str, int | None]) -> float:
    return sum(
        seed * math.log2(1 + min(count, MOST_COUNTED))
        for kind, seed in SEED_POINTS.items()
        if (count := counts.get(kind) or 0) > 0
    )


def _for_recency(last_touch_at: datetime, now: datetime) -> float:
    age_days = max(0.0, (now - last_touch_at).total_seconds() / _SECONDS_PER_DAY)
    return RECENCY_POINTS * math.exp(-age_days / RECENCY_DAYS)


def temperature(total_points: float, thresholds: Thresholds) -> Temperature:
    """The word for *total_points* under the vertical's thresholds, which belong to the warmer side."""
    if total_points >= thresholds.hot:
        return Temperature.HOT
    return Temperature.WARM if total_points >= thresholds.warm else Temperature.COLD
