"""Operating curves of presets: what a plan does at each true share of fakes, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from .errors import NoPlanForSize
from .evaluation import evaluate, risks
from .plans import PRESETS, Plan, plan_for

#: The true shares of fakes that a curve shows, in per cent.
SHARES_PERCENT = (0, 1, 2, 4, 6, 8, 10, 12, 20)
LARGEST_BATCH = 10_000_000


@dataclass(frozen=True)
class CurvePoint:
    """How batches with this share of fakes fare."""

    share_percent: int
    fakes: int
    p_accept: float
    expected_checks: float


@dataclass(frozen=True)
class PresetCurve:
    """A preset, the plan that it gives a batch of one size, and the plan's operating curve."""

    name: str
    plan: Plan
    population: int
    seller_risk: float
    buyer_risk: float
    points: tuple[CurvePoint, ...]


def curve(name: str, population: int) -> PresetCurve:
    """The curve of a preset for batches of *population* leads. Raises NoPlanForSize."""
    try:
        plan = plan_for(population, name)
    except ValueError:
        raise NoPlanForSize from None
    found = risks(plan, population)
    points = tuple(_point(plan, population, percent) for percent in SHARES_PERCENT)
    return PresetCurve(name, plan, population, found.seller, found.buyer, points)


def curves(population: int) -> list[PresetCurve]:
    """The curves of all presets for batches of *population* leads."""
    return [curve(name, population) for name in PRESETS]


def _point(plan: Plan, population: int, percent: int) -> CurvePoint:
    fakes = int(Fraction(percent * population, 100))
    found = evaluate(plan, population, fakes)
    return CurvePoint(percent, fakes, found.p_accept, found.expected_checks)
