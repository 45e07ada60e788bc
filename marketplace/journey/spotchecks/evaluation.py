"""Exact operating characteristics of a plan: hypergeometric, by forward recursion."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import comb, exp, lgamma, log, sqrt

from .errors import PlanTooRisky
from .plans import Decision, Plan, decide

MARKET_PRIOR: tuple[tuple[float, float, float], ...] = ((0.75, 1.0, 99.0), (0.25, 2.0, 8.0))
"""Fake rate of batches on the market: weight, a and b of each Beta component."""

RISK_ROUNDING = 1e-9
RISK_TOLERANCE_ABOVE_TABLE = 1e-6
"""Above the largest finite row the last row is used; its risk exceeds the limit by at most this."""


@dataclass(frozen=True)
class Characteristics:
    """How a plan behaves on a batch with a known number of fakes."""

    p_accept: float
    p_reject: float
    expected_checks: float
    sd_checks: float
    outgoing_fake_share: float
    """Expected fakes left in accepted batches, per lead of the batch (AOQ: rejected ones are cleaned)."""


@dataclass(frozen=True)
class Risks:
    """Probabilities that a boundary is ever crossed, the other boundary ignored."""

    seller: float
    buyer: float


@lru_cache(maxsize=20_000)
def evaluate(plan: Plan, population: int, fakes: int, looks: Set[int] | None = None) -> Characteristics:
    """Behaviour on *population* leads with exactly *fakes* fakes.

    *looks*: the numbers of checks at which the boundaries are consulted (default: every one);
    `n_max` always is. Raises ValueError where the plan does not fit into the population.
    """
    _check_population(plan, population, fakes)
    undecided = {0: 1.0}
    accepted = rejected = mean = square = outgoing = 0.0
    for checked in range(1, plan.n_max + 1):
        undecided = _one_more_check(undecided, population - checked + 1, fakes)
        if looks is not None and checked not in looks and checked != plan.n_max:
            continue
        for found in list(undecided):
            decision = decide(plan, checked, found)
            if decision is Decision.CONTINUE:
                continue
            weight = undecided.pop(found)
            mean += weight * checked
            square += weight * checked * checked
            if decision is Decision.ACCEPT:
                accepted += weight
                outgoing += weight * (fakes - found) / population
            else:
                rejected += weight
    deviation = sqrt(max(0.0, square - mean * mean))
    return Characteristics(accepted, rejected, mean, deviation, outgoing)


def risks(plan: Plan, population: int) -> Risks:
    """Seller's and buyer's risk at the worst good and the least bad batch, at any time of looking.

    P(ever in the reject region | D0) and P(ever in the accept region | D1), each with the other
    boundary ignored, so that no stopping rule can raise them.
    """
    good, bad = plan.good_fakes(population), plan.bad_fakes(population)
    return Risks(
        _ever(plan, population, good, Decision.REJECT), _ever(plan, population, bad, Decision.ACCEPT)
    )


def refuse_if_risky(plan: Plan, population: int) -> None:
    """Raise PlanTooRisky where the plan would break a promise on a batch of this size."""
    found = risks(plan, population)
    tolerance = RISK_TOLERANCE_ABOVE_TABLE if population > 100_000 else RISK_ROUNDING
    if found.seller > plan.alpha + tolerance or found.buyer > plan.beta + tolerance:
        raise PlanTooRisky(
            facts={
                "preset": plan.preset,
                "batch_size": population,
                "seller": found.seller,
                "buyer": found.buyer,
            }
        )


def accept_probability(plan: Plan, population: int, fakes: int) -> Fraction:
    """P(accept) as an exact fraction: paths to accepting states times C(N-n, D-d) / C(N, D)."""
    _check_population(plan, population, fakes)
    paths = {0: 1}
    ways = 0
    for checked in range(1, plan.n_max + 1):
        grown: dict[int, int] = {}
        for found, count in paths.items():
            for after in (found, found + 1):
                grown[after] = grown.get(after, 0) + count
        paths = {}
        for found, count in grown.items():
            decision = decide(plan, checked, found)
            if decision is Decision.CONTINUE:
                paths[found] = count
            elif decision is Decision.ACCEPT and found <= fakes:
                ways += count * comb(population - checked, fakes - found)
    return Fraction(ways, comb(population, fakes))


def evaluate_with_checker_error(
    plan: Plan, population: int, fakes: int, *, sensitivity: float, specificity: float
) -> Characteristics:
    """Behaviour when verdicts err: P(verdict fake | fake) and P(verdict genuine | genuine) are given.

    Each lead has one latent verdict, so the verdicts are a finite population with
    Bin(D, sensitivity) + Bin(N - D, 1 - specificity) fakes, and the result is their exact mixture.
    """
    true_fakes = _binomial(fakes, sensitivity)
    false_fakes = _binomial(population - fakes, 1.0 - specificity)
    verdicts: dict[int, float] = {}
    for found, weight in true_fakes.items():
        for wrong, share in false_fakes.items():
            verdicts[found + wrong] = verdicts.get(found + wrong, 0.0) + weight * share
    accepted = rejected = mean = square = outgoing = 0.0
    for count, weight in verdicts.items():
        if weight < 1e-14:
            continue
        part = evaluate(plan, population, count)
        accepted += weight * part.p_accept
        rejected += weight * part.p_reject
        mean += weight * part.expected_checks
        square += weight * (part.sd_checks**2 + part.expected_checks**2)
        outgoing += weight * part.outgoing_fake_share
    return Characteristics(accepted, rejected, mean, sqrt(max(0.0, square - mean * mean)), outgoing)


def posterior_fake_rate(
    checked: int, fakes: int, prior: tuple[tuple[float, float, float], ...] = MARKET_PRIOR
) -> float:
    """Posterior mean fake rate r of the unchecked leads, under a mixture of Beta priors.

    For money; statistics about sellers need an unbiased estimate.
    """
    logs = [log(share) + _log_beta(a + fakes, b + checked - fakes) - _log_beta(a, b) for share, a, b in prior]
    top = max(logs)
    weights = [exp(value - top) for value in logs]
    means = [(a + fakes) / (a + b + checked) for _, a, b in prior]
    return sum(weight * mean for weight, mean in zip(weights, means, strict=True)) / sum(weights)


def _ever(plan: Plan, population: int, fakes: int, region: Decision) -> float:
    _check_population(plan, population, fakes)
    outside = {0: 1.0}
    crossed = 0.0
    for checked in range(1, plan.n_max + 1):
        outside = _one_more_check(outside, population - checked + 1, fakes)
        for found in list(outside):
            if _inside(plan, checked, found, region):
                crossed += outside.pop(found)
    return crossed


def _inside(plan: Plan, checked: int, fakes: int, region: Decision) -> bool:
    if region is Decision.ACCEPT:
        return fakes < len(plan.accept_at) and checked >= plan.accept_at[fakes]
    return fakes >= len(plan.reject_by) or checked <= plan.reject_by[fakes]


def _one_more_check(states: dict[int, float], left: int, fakes: int) -> dict[int, float]:
    grown: dict[int, float] = {}
    for found, weight in states.items():
        to_fake = (fakes - found) / left
        if to_fake < 1.0:
            grown[found] = grown.get(found, 0.0) + weight * (1.0 - to_fake)
        if to_fake > 0.0:
            grown[found + 1] = grown.get(found + 1, 0.0) + weight * to_fake
    return grown


def _binomial(count: int, probability: float) -> dict[int, float]:
    if probability in (0.0, 1.0):
        return {round(count * probability): 1.0}
    ratio = log(probability) - log(1.0 - probability)
    base = count * log(1.0 - probability)
    weights = {k: exp(base + _log_choose(count, k) + k * ratio) for k in range(count + 1)}
    return {k: weight for k, weight in weights.items() if weight > 1e-15}


def _log_choose(count: int, chosen: int) -> float:
    return lgamma(count + 1) - lgamma(chosen + 1) - lgamma(count - chosen + 1)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _check_population(plan: Plan, population: int, fakes: int) -> None:
    if not 0 <= fakes <= population or population < plan.n_max:
        raise ValueError("Needed: 0 <= fakes <= population and n_max <= population.")
