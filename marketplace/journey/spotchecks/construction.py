"""The optimiser that makes a new preset's row: fewest checks under the market prior, both risks kept.

Needed when a preset is made, never when a batch is judged. The Lagrangian of the two risks turns the
search into optimal stopping, solved backwards over (checked, fakes); a nested bisection sets the two
multipliers, and single moves then use up what slack the risks leave.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from .evaluation import MARKET_PRIOR, risks
from .plan_table import Row
from .plans import NEVER, PRESETS, Plan, Preset, plan_of

Grid = NDArray[np.float64]

BISECTIONS = 13
LOG_MULTIPLIER_MAX = 7 * log(10)
MOST_FAKES = 80
"""States with more fakes than this are rejected by every plan of interest."""


@dataclass(frozen=True)
class _Problem:
    preset: str
    size: int
    promise: Preset
    horizon: int
    fewest_to_reject: int
    good_fakes: int
    cost: Grid
    good: Grid
    bad: Grid


@dataclass(frozen=True)
class _Candidate:
    plan: Plan
    checks: float
    seller: float
    buyer: float


def build_plan(
    preset: str,
    batch_size: int,
    *,
    horizon: int = 320,
    bad_fakes: int | None = None,
    bisections: int = BISECTIONS,
) -> Plan:
    """The cheapest plan of the family for *preset* at *batch_size* leads.

    *horizon*: the most checks that a plan may ask for (620 for presets as strict as 1 %/5 %).
    *bad_fakes*: fewer fakes than the promise calls bad, for a row that must also hold below its size.
    Raises ValueError where no plan within the horizon keeps both risks.
    """
    problem = _problem(preset, batch_size, horizon, bad_fakes)
    best = _search(problem, bisections)
    if best is None:
        raise ValueError("No plan within the horizon keeps both risks; raise the horizon.")
    return _fill_slack(problem, best).plan


def expected_checks(plan: Plan) -> float:
    """Expected number of checks under the market prior, for a batch whose size the plan fits."""
    return _forward(plan, _prior_paths(plan.n_max, len(plan.reject_by) + 1))


def row_of(plan: Plan) -> Row:
    """The plan as the table keeps it."""
    return plan.accept_at, plan.reject_by


def _problem(preset: str, size: int, horizon: int, bad_fakes: int | None) -> _Problem:
    promise = PRESETS[preset]
    depth = min(size, horizon)
    good = int(promise.good_share * size)
    bad = bad_fakes if bad_fakes is not None else -int(-promise.bad_share * size // 1)
    return _Problem(
        preset=preset,
        size=size,
        # A row made for fewer bad fakes is a row for a smaller bad share; the risk is measured there.
        promise=Preset(promise.good_share, Fraction(bad, size), promise.seller_risk, promise.buyer_risk),
        horizon=depth,
        # One wrong call must not sink a batch, unless a good batch may hold no fake at all.
        fewest_to_reject=2 if good >= 1 else 1,
        good_fakes=good,
        cost=_prior_paths(depth, MOST_FAKES + 1),
        good=_population_paths(size, good, depth),
        bad=_population_paths(size, bad, depth),
    )


def _population_paths(size: int, fakes: int, depth: int) -> Grid:
    """C(N-n, D-d) / C(N, D): the probability of one given sequence of n leads with d fakes."""
    with np.errstate(divide="ignore"):
        fake_steps = np.log(np.maximum(fakes - np.arange(depth, dtype=float), 0.0))
        real_steps = np.log(np.maximum(size - fakes - np.arange(depth, dtype=float), 0.0))
    all_steps = np.log(size - np.arange(depth, dtype=float))
    return _paths(fake_steps, real_steps, all_steps, depth, MOST_FAKES + 1)


def _prior_paths(depth: int, width: int) -> Grid:
    """The same under the market prior: a mixture of beta-binomials."""
    steps = np.arange(depth, dtype=float)
    total = np.zeros((depth + 1, width))
    for share, a, b in MARKET_PRIOR:
        total += share * _paths(np.log(a + steps), np.log(b + steps), np.log(a + b + steps), depth, width)
    return total


def _paths(fake_steps: Grid, real_steps: Grid, all_steps: Grid, depth: int, width: int) -> Grid:
    """exp of (first d fake steps + first n-d real steps - first n of all), zero where d > n."""

    def summed(steps: Grid) -> Grid:
        with np.errstate(invalid="ignore"):
            return np.concatenate(([0.0], np.cumsum(steps)))

    checked = np.arange(depth + 1)[:, None]
    fakes = np.arange(width)[None, :]
    inside = fakes <= checked
    real = np.where(inside, checked - fakes, 0)
    logs = (
        summed(fake_steps)[np.minimum(fakes, depth)] + summed(real_steps)[real] - summed(all_steps)[checked]
    )
    return np.exp(np.where(inside, logs, -np.inf))


def _search(problem: _Problem, bisections: int) -> _Candidate | None:
    """Nested bisection on the multipliers' logarithms: the cheapest plan met that keeps both risks."""
    best: _Candidate | None = None
    outer_low, outer_high = 0.0, LOG_MULTIPLIER_MAX
    for _ in range(bisections):
        outer = (outer_low + outer_high) / 2
        inner_low, inner_high = 0.0, LOG_MULTIPLIER_MAX
        seller_kept = False
        for _ in range(bisections):
            inner = (inner_low + inner_high) / 2
            candidate = _optimal(problem, exp(outer), exp(inner))
            if candidate is not None and candidate.buyer <= problem.promise.buyer_risk:
                inner_high = inner
                seller_kept = candidate.seller <= problem.promise.seller_risk
                if seller_kept and (best is None or candidate.checks < best.checks):
                    best = candidate
            else:
                inner_low = inner
        if seller_kept:
            outer_high = outer
        else:
            outer_low = outer
    return best


def _optimal(problem: _Problem, on_seller: float, on_buyer: float) -> _Candidate | None:
    """The optimal stopping plan for these multipliers, or None where it does not close."""
    accept = np.full(MOST_FAKES + 1, problem.horizon + 1)
    reject = np.full(MOST_FAKES + 1, NEVER)
    value = np.zeros(MOST_FAKES + 2)
    for checked in range(problem.horizon, -1, -1):
        top = min(checked, MOST_FAKES) + 1
        rejecting = on_seller * problem.good[checked, :top]
        rejecting[: problem.fewest_to_reject] = np.inf
        accepting = on_buyer * problem.bad[checked, :top]
        if checked == problem.horizon:
            going_on = np.full(top, np.inf)
        else:
            going_on = problem.cost[checked, :top] + value[:top] + value[1 : top + 1]
        stopping = np.minimum(rejecting, accepting)
        stop = stopping <= going_on
        # A state that neither the good nor the bad batch can reach costs nothing either way.
        tied = (accepting == rejecting) & (np.arange(top) <= problem.good_fakes)
        accepts = stop & ((accepting < rejecting) | tied)
        accept[:top][accepts] = checked
        newly = stop & ~accepts & (reject[:top] == NEVER)
        reject[:top][newly] = checked
        value = np.zeros(MOST_FAKES + 2)
        value[:top] = np.minimum(stopping, going_on)
    row = _close(accept, reject)
    return None if row is None else _measure(problem, row)


def _close(accept: NDArray[np.int64], reject: NDArray[np.int64]) -> Row | None:
    """Cut both boundaries where they meet: the first n at which every number of fakes is decided."""
    for last in range(int(accept[0]), int(accept.max()) + 1):
        accepted = int(np.searchsorted(accept, last, side="right"))
        if accepted < len(reject) and reject[accepted] >= last:
            return _cut(accept.tolist(), reject.tolist(), accepted, last)
    return None


def _cut(accept: list[int], reject: list[int], accepted: int, last: int) -> Row:
    # A step of the accept boundary at the very end is where both regions meet.
    accept_at = (*accept[: accepted - 1], last)
    reject_by = (*(min(n, last) if n > NEVER else NEVER for n in reject[:accepted]), last)
    return accept_at, reject_by


def _measure(problem: _Problem, row: Row) -> _Candidate | None:
    try:
        named = plan_of(problem.preset, problem.size, *row)
    except ValueError:
        return None
    at_design = Plan(
        preset=named.preset,
        batch_size=named.batch_size,
        accept_at=named.accept_at,
        reject_by=named.reject_by,
        n_max=named.n_max,
        p0=problem.promise.good_share,
        p1=problem.promise.bad_share,
        alpha=problem.promise.seller_risk,
        beta=problem.promise.buyer_risk,
    )
    found = risks(at_design, problem.size)
    return _Candidate(named, _forward(named, problem.cost), found.seller, found.buyer)


def _forward(plan: Plan, cost: Grid) -> float:
    """Mean number of checks: over undecided states, paths times the prior probability of one path."""
    paths = {0: 1.0}
    total = 0.0
    for checked in range(plan.n_max):
        grown: dict[int, float] = {}
        for fakes, count in paths.items():
            total += count * float(cost[checked, fakes])
            for after in (fakes, fakes + 1):
                if _undecided(plan, checked + 1, after):
                    grown[after] = grown.get(after, 0.0) + count
        paths = grown
    return total


def _undecided(plan: Plan, checked: int, fakes: int) -> bool:
    return (
        fakes < len(plan.reject_by)
        and checked > plan.reject_by[fakes]
        and not (fakes < len(plan.accept_at) and checked >= plan.accept_at[fakes])
    )


def _fill_slack(problem: _Problem, start: _Candidate) -> _Candidate:
    """Make the single move that saves most, as long as one keeps both risks within their limits."""
    best = start
    while True:
        moves = [measured for row in _moves(best.plan) if (measured := _measure(problem, row)) is not None]
        cheaper = [
            move
            for move in moves
            if move.checks < best.checks
            and move.seller <= problem.promise.seller_risk
            and move.buyer <= problem.promise.buyer_risk
        ]
        if not cheaper:
            return best
        best = min(cheaper, key=lambda move: move.checks)


def _moves(plan: Plan) -> Iterator[Row]:
    accept_at, reject_by = plan.accept_at, plan.reject_by
    for fakes in range(len(accept_at) - 1):
        yield (*accept_at[:fakes], accept_at[fakes] - 1, *accept_at[fakes + 1 :]), reject_by
    for fakes in range(len(reject_by) - 1):
        if reject_by[fakes] != NEVER and reject_by[fakes] < plan.n_max:
            yield accept_at, (*reject_by[:fakes], reject_by[fakes] + 1, *reject_by[fakes + 1 :])
    yield _shortened(accept_at, reject_by)


def _shortened(accept_at: tuple[int, ...], reject_by: tuple[int, ...]) -> Row:
    """End one check earlier: everything that met at n_max meets before it."""
    last = accept_at[-1] - 1
    return (*accept_at[:-1], last), tuple(min(n, last) for n in reject_by)
