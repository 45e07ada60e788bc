"""A plan as data: what a check really used is kept with it, whatever the tables say later."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from .evaluation import refuse_if_risky, risks
from .plans import Plan, plan_for


def choose(population: int, preset: str) -> dict[str, Any]:
    """The plan of a batch of *population* leads as data, with its exact risks for just this size.

    Raises PlanTooRisky where a risk exceeds its limit.
    """
    plan = plan_for(population, preset)
    refuse_if_risky(plan, population)
    return as_data(plan, population)


def as_data(plan: Plan, population: int) -> dict[str, Any]:
    """Boundaries, promises (as exact fractions) and what they come to for *population* leads."""
    found = risks(plan, population)
    return {
        "preset": plan.preset,
        "batch_size": plan.batch_size,
        "accept_at": list(plan.accept_at),
        "reject_by": list(plan.reject_by),
        "n_max": plan.n_max,
        "good_share": str(plan.p0),
        "bad_share": str(plan.p1),
        "seller_risk_limit": str(plan.alpha),
        "buyer_risk_limit": str(plan.beta),
        "population": population,
        "good_fakes": plan.good_fakes(population),
        "bad_fakes": plan.bad_fakes(population),
        "seller_risk": found.seller,
        "buyer_risk": found.buyer,
        "skips_inconclusive": plan.skips_inconclusive,
    }


def plan_from(data: Mapping[str, Any] | None) -> Plan:
    """The plan that was kept as data. Raises LookupError for a batch that was not drawn yet."""
    if data is None:
        raise LookupError("The batch has no plan before it is drawn.")
    return Plan(
        preset=data["preset"],
        batch_size=data["batch_size"],
        accept_at=tuple(data["accept_at"]),
        reject_by=tuple(data["reject_by"]),
        n_max=data["n_max"],
        p0=Fraction(data["good_share"]),
        p1=Fraction(data["bad_share"]),
        alpha=Fraction(data["seller_risk_limit"]),
        beta=Fraction(data["buyer_risk_limit"]),
    )
