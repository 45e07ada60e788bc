"""The published record of a check: who drew what, written piece by piece, and checked again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from ... import draws
from ...kernel import ids
from . import queries, recorded_plan
from .errors import RecordNotPublished
from .models import SpotCheck
from .progress import Standing, progress
from .rules import CheckState, SampleOutcome, as_evidence

_LEAVES_AT_ONCE = 1_000
_SAID = {
    CheckState.ACCEPTED: Standing.ACCEPT,
    CheckState.REJECTED: Standing.REJECT,
    CheckState.ON_HOLD: Standing.ON_HOLD,
}


def is_published(check: SpotCheck) -> bool:
    """Whether the record may be told: the decision is made, so that nobody can use the seed any more."""
    return check.decided_at is not None and check.population > 0


def pieces(check: SpotCheck) -> Iterator[str]:
    """The record as published, in its one canonical spelling. Raises RecordNotPublished.

    Needs an open transaction until the last piece; the leaves are never all in memory.
    """
    if not is_published(check):
        raise RecordNotPublished
    told = draws.draw(check.batch_id)
    public_id = ids.public("bat", check.batch_id)
    checked = [sample.leaf_index for sample in queries.tried(check.batch_id)]
    head = {
        "batch_id": public_id,
        "beacon": None if told.beacon is None else told.beacon.hex(),
        "checked": checked,
        "commitment": told.commitment.hex(),
        "format": draws.FORMAT,
    }
    tail = {
        "nonces": [],
        "root": (told.root or b"").hex(),
        "seed": draws.seed_of(batch_id=check.batch_id, public_id=public_id).hex(),
        "server_seed": draws.reveal(batch_id=check.batch_id).hex(),
    }
    # The keys are in the order of the alphabet, as the canonical spelling wants: head, leaves, tail.
    yield draws.record_text(head)[:-1] + ',"leaves":['
    yield from _leaf_pieces(check.batch_id)
    yield "]," + draws.record_text(tail)[1:]


def _leaf_pieces(batch_id: UUID) -> Iterator[str]:
    part: list[str] = []
    separator = ""
    for leaf in queries.each_leaf(batch_id):
        part.append(f'"{leaf.hex()}"')
        if len(part) == _LEAVES_AT_ONCE:
            yield separator + ",".join(part)
            part, separator = [], ","
    if part:
        yield separator + ",".join(part)


def verify_record_of(batch_id: UUID) -> list[str]:
    """The findings about one batch. Raises NotFound, RecordNotPublished."""
    return verify(queries.lock_existing(batch_id))


def verify(check: SpotCheck) -> list[str]:
    """Recompute the draw and the decision of a check from what is stored; no findings when all agrees."""
    findings = draws.verify_record_text("".join(pieces(check)))
    return findings + _verify_decision(check)


def _verify_decision(check: SpotCheck) -> list[str]:
    if check.plan is None:
        return ["The plan is missing."]
    plan = recorded_plan.plan_from(check.plan)
    findings = []
    if json.loads(json.dumps(recorded_plan.as_data(plan, check.population))) != check.plan:
        findings.append("The risks of the plan are not the ones that were published.")
    outcomes = [as_evidence(SampleOutcome(sample.outcome)) for sample in queries.tried(check.batch_id)]
    said = _SAID.get(CheckState(check.state))
    if said is None or check.fully_checked:
        # After a choice the state no longer tells the decision: a batch that was accepted has none.
        if progress(plan, check.population, outcomes).standing is Standing.ACCEPT:
            findings.append("The outcomes say 'accept', the batch was not accepted.")
    elif progress(plan, check.population, outcomes).standing is not said:
        findings.append(f"The outcomes do not say '{said}'.")
    return findings
