"""The sequential sampling plan of a batch: what it promises, how it is found, what it decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from .plan_table import EVERY_SIZE_ABOVE, ROWS, SMALL_ROWS

NEVER = -1
"""In `Plan.reject_by`: with so few fakes the batch is not rejected at any number of checks."""


class Decision(StrEnum):
    """What the evidence so far says of a batch."""

    ACCEPT = "accept"
    REJECT = "reject"
    CONTINUE = "continue"


@dataclass(frozen=True)
class Preset:
    """What a plan promises, as exact shares.

    A batch with at most *good_share* fakes is rejected with probability at most *seller_risk*; one
    with at least *bad_share* fakes is accepted with probability at most *buyer_risk*.
    """

    good_share: Fraction
    bad_share: Fraction
    seller_risk: Fraction
    buyer_risk: Fraction


def bad_share_among_answered(bad_share: Fraction, reach_ratio: Fraction) -> Fraction:
    """The fake share of answered leads in a batch with *bad_share* fakes: p / (p + (1 - p) rho).

    *reach_ratio* is rho = P(conclusive | genuine) / P(conclusive | fake); 1.25 until measured.
    """
    return bad_share / (bad_share + (1 - bad_share) * reach_ratio)


REACH_RATIO = Fraction(5, 4)
_TWO, _FIVE, _TEN = Fraction(2, 100), Fraction(5, 100), Fraction(10, 100)

PRESETS: dict[str, Preset] = {
    "standard": Preset(_TWO, _TEN, _FIVE, _FIVE),
    "trusted_beta10": Preset(_TWO, _TEN, _FIVE, _TEN),
    "answered": Preset(_TWO, bad_share_among_answered(_TEN, REACH_RATIO), _FIVE, _FIVE),
}

SKIPPING_PRESETS = frozenset({"answered"})
"""Presets whose inconclusive leads are skipped and replaced by the next of the order."""


@dataclass(frozen=True)
class Plan:
    """Two boundaries on the path (checked, fakes), for batches up to *batch_size* leads.

    `accept_at[d]`: with d fakes the batch is accepted from this many checks on.
    `reject_by[d]`: with d fakes it is rejected at up to this many checks (`NEVER`: not at all);
    with more fakes than the list knows it is rejected always. At *n_max* every state is decided.
    """

    preset: str
    batch_size: int
    accept_at: tuple[int, ...]
    reject_by: tuple[int, ...]
    n_max: int
    p0: Fraction
    p1: Fraction
    alpha: Fraction
    beta: Fraction

    def __post_init__(self) -> None:
        """Refuse boundaries that cross or never close, with ValueError."""
        rising = all(low < high for low, high in zip(self.accept_at, self.accept_at[1:], strict=False))
        falling = any(
            high <= low and low != NEVER
            for low, high in zip(self.reject_by, self.reject_by[1:], strict=False)
        )
        closed = self.accept_at[-1:] == (self.n_max,) and self.reject_by[-1:] == (self.n_max,)
        if not rising or falling or not closed or len(self.reject_by) != len(self.accept_at) + 1:
            raise ValueError("The boundaries must rise with the fakes and meet at n_max.")

    @property
    def skips_inconclusive(self) -> bool:
        """Whether a lead without an answer is replaced by the next one of the order."""
        return self.preset in SKIPPING_PRESETS

    def good_fakes(self, population: int) -> int:
        """D0: the most fakes that a batch of *population* leads may hold and still be good."""
        return int(self.p0 * population)

    def bad_fakes(self, population: int) -> int:
        """D1: the fewest fakes that make a batch of *population* leads bad."""
        return -int(-self.p1 * population // 1)


def decide(plan: Plan, checked: int, fakes: int) -> Decision:
    """What *checked* leads, in committed order, with *fakes* confirmed fakes say.

    Where both regions hold a state (at `n_max` only) acceptance wins. Raises ValueError outside
    0 <= fakes <= checked <= n_max: the risks are computed for these states only.
    """
    if not 0 <= fakes <= checked <= plan.n_max:
        raise ValueError("Needed: 0 <= fakes <= checked <= n_max.")
    if fakes < len(plan.accept_at) and checked >= plan.accept_at[fakes]:
        return Decision.ACCEPT
    if fakes >= len(plan.reject_by) or checked <= plan.reject_by[fakes]:
        return Decision.REJECT
    return Decision.CONTINUE


def decide_prefix(plan: Plan, checked: int, fakes: int, pending: int) -> Decision:
    """The decision that a prefix of *checked* leads allows while *pending* of them are still in work.

    *checked* counts the pending leads. A batch is accepted only if it would be with every pending
    lead fake, rejected only if it would be with every pending lead genuine; else quickly answering
    (genuine) leads would bias the sample.
    """
    if pending < 0 or fakes + pending > checked:
        raise ValueError("Needed: fakes + pending <= checked, none negative.")
    if decide(plan, checked, fakes + pending) is Decision.ACCEPT:
        return Decision.ACCEPT
    if decide(plan, checked, fakes) is Decision.REJECT:
        return Decision.REJECT
    return Decision.CONTINUE


@lru_cache(maxsize=4096)
def plan_for(batch_size: int, preset: str = "standard") -> Plan:
    """The plan for a batch of *batch_size* leads: the next larger row of the preset's table.

    Rounding up keeps both risks, rounding down does not. A small batch is never asked for more
    checks than it has leads. Raises ValueError for an unknown preset or an empty batch.
    """
    if batch_size < 1:
        raise ValueError("A batch needs at least one lead.")
    if preset not in PRESETS:
        raise ValueError("Unknown preset.")
    for small_size, clean_checks in SMALL_ROWS[preset].items():
        if batch_size <= small_size:
            return _one_fake_rejects(preset, small_size, min(clean_checks, batch_size))
    rows = ROWS[preset]
    size = next((size for size in rows if batch_size <= size), max(rows))
    if batch_size > size and batch_size <= EVERY_SIZE_ABOVE:
        raise ValueError("The table of this preset has no row so large.")
    plan = plan_of(preset, size, *rows[size])
    if plan.n_max > batch_size:
        raise ValueError("No row of this preset fits the batch.")
    return plan


def plan_of(preset: str, batch_size: int, accept_at: tuple[int, ...], reject_by: tuple[int, ...]) -> Plan:
    """The plan with these boundaries under the promise of *preset*."""
    promise = PRESETS[preset]
    return Plan(
        preset=preset,
        batch_size=batch_size,
        accept_at=accept_at,
        reject_by=reject_by,
        n_max=accept_at[-1],
        p0=promise.good_share,
        p1=promise.bad_share,
        alpha=promise.seller_risk,
        beta=promise.buyer_risk,
    )


def _one_fake_rejects(preset: str, batch_size: int, clean_checks: int) -> Plan:
    return plan_of(preset, batch_size, (clean_checks,), (NEVER, clean_checks))
