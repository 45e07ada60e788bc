"""Arms, rounds and ratios: how a figure comes about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

#: Rounds of an arm; fewer only where one takes more than a minute, and then the row says so.
ROUNDS = 5


@dataclass(frozen=True)
class Arm:
    """What one way of doing the work measured, round by round."""

    name: str
    unit: str
    samples: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.samples)

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "unit": self.unit,
            "median": self.median,
            "min": min(self.samples),
            "max": max(self.samples),
            "samples": list(self.samples),
        }


@dataclass(frozen=True)
class Goal:
    """The bounds of a ratio; where *at_most* holds, smaller is better."""

    floor: float
    goal: float
    at_most: bool = False

    def verdict(self, ratio: float) -> str:
        if self._reaches(ratio, self.goal):
            return "goal"
        return "floor" if self._reaches(ratio, self.floor) else "missed"

    def words(self, bound: float) -> str:
        return f"{'≤ ' if self.at_most else ''}{bound:g}"

    def _reaches(self, ratio: float, bound: float) -> bool:
        return ratio <= bound if self.at_most else ratio >= bound


@dataclass(frozen=True)
class Row:
    """One row of the speed table: the first arm divided by the second, round by round, then the median."""

    number: str
    title: str
    goal: Goal
    arms: tuple[Arm, ...]
    ratios: tuple[float, ...]
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    #: False where less was done than floor and goal speak of.
    comparable: bool = True

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def verdict(self) -> str:
        return self.goal.verdict(self.ratio) if self.comparable else "not comparable"

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "title": self.title,
            "ratio": self.ratio,
            "ratios": list(self.ratios),
            "floor": self.goal.words(self.goal.floor),
            "goal": self.goal.words(self.goal.goal),
            "verdict": self.verdict,
            "arms": [arm.as_json() for arm in self.arms],
            "notes": list(self.notes),
            "facts": dict(self.facts),
        }


def ratio_row(
    number: str,
    title: str,
    goal: Goal,
    over: Arm,
    under: Arm,
    *others: Arm,
    notes: tuple[str, ...] = (),
    facts: Mapping[str, Any] | None = None,
    comparable: bool = True,
) -> Row:
    """The row *over* ÷ *under*. Arms of one length are divided round by round, so that drift cancels out."""
    if len(over.samples) == len(under.samples):
        ratios = tuple(a / b for a, b in zip(over.samples, under.samples, strict=True))
    else:
        ratios = (over.median / under.median,)
    return Row(number, title, goal, (over, under, *others), ratios, notes, facts or {}, comparable)


def interleaved(rounds: int, arms: Mapping[str, Callable[[int], float]], unit: str) -> dict[str, Arm]:
    """Run the arms A B A B …: machines drift, and neighbours in time are comparable."""
    samples: dict[str, list[float]] = {name: [] for name in arms}
    for number in range(rounds):
        for name, arm in arms.items():
            value = arm(number)
            samples[name].append(value)
            print(f"    round {number + 1}/{rounds}  {name}: {value:,.2f} {unit}", flush=True)
    return {name: Arm(name, unit, tuple(values)) for name, values in samples.items()}
