"""The verbs of spot checks: freeze and draw a batch, take a lead in hand, judge it, decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ... import draws, standing
from ...access import Actor, write_audit
from ...kernel import clock, crypto, events, ids, outbox
from ...kernel.database import db
from .. import intake, offers
from . import queries, recorded_plan
from .confirmation import Outcome, Verdict, confirm
from .errors import AlreadyChecked, InOtherHands, NotClaimed, NothingToCheck, TooFewAttempts
from .events import BatchAccepted, BatchEmpty, BatchOnHold, BatchRejected, LeadFoundFake
from .models import GivenVerdict, Sample, SpotCheck
from .progress import Progress, Standing, progress
from .rules import (
    CHOICE_HOURS,
    CLAIM_MINUTES,
    FEWEST_ATTEMPTS_WITHOUT_ANSWER,
    SHOWN_TO_CHECKERS,
    CheckState,
    Part,
    SampleOutcome,
    as_evidence,
    drawn_ahead,
)


@dataclass(frozen=True)
class OpenedSample:
    """A lead as its checker sees it: what to ask and whom, never who sells it."""

    sample: Sample
    vertical: offers.Vertical
    lead: intake.Lead
    contact: Mapping[str, Any]


def freeze(*, batch_id: UUID, chain: draws.BeaconChain | None) -> int | None:
    """Freeze a validated batch under its Merkle root; returns the beacon's round that the draw waits for.

    Safe to repeat: what was frozen stays as it is.
    """
    check = queries.lock(batch_id)
    if check is None:
        check = _frozen(intake.batch(batch_id), chain)
    if check.state != CheckState.FROZEN:
        return None
    told = draws.draw(batch_id)
    return told.beacon_round if told.beacon is None else None


def _frozen(batch: intake.Batch, chain: draws.BeaconChain | None) -> SpotCheck:
    leaves = queries.leaves(batch.id)
    preset = offers.vertical(batch.vertical_id).plan_preset
    check = SpotCheck(
        batch_id=batch.id,
        seller_id=batch.seller_id,
        vertical_id=batch.vertical_id,
        preset=preset,
        population=len(leaves),
        state=CheckState.FROZEN if leaves else CheckState.EMPTY,
    )
    if leaves:
        draws.freeze(batch_id=batch.id, leaves=leaves, chain=chain)
    else:
        check.decided_at = clock.business_now()
        events.record(BatchEmpty(batch.id))
    db.session.add(check)
    db.session.flush()
    return check


def draw(*, batch_id: UUID) -> None:
    """Derive the order of a frozen batch, keep the plan with its risks, hand out the first leads.

    Nothing when the batch was drawn before. Raises NotFound, PlanTooRisky, BeaconNotYet.
    """
    check = queries.lock_existing(batch_id)
    if check.state != CheckState.FROZEN:
        return
    public_id = ids.public("bat", batch_id)
    seed = draws.seed_of(batch_id=batch_id, public_id=public_id)
    used = recorded_plan.choose(check.population, check.preset)
    plan = recorded_plan.plan_from(used)
    count = drawn_ahead(plan.n_max, check.population)
    order = draws.first(seed, public_id, queries.leaves(batch_id), count)
    at_once = progress(plan, check.population, []).hand_out
    drawn_at = clock.business_now()
    check.state, check.plan, check.drawn_at, check.pending = CheckState.SAMPLING, used, drawn_at, at_once
    db.session.flush()
    _write_samples(batch_id, order, at_once)


def _write_samples(batch_id: UUID, order: list[int], at_once: int) -> None:
    leads = queries.leads_at(batch_id, order)
    for position, place in enumerate(order):
        handed_out = position < at_once
        db.session.add(
            Sample(
                batch_id=batch_id,
                lead_id=leads[place],
                position=position,
                leaf_index=place,
                part=Part.SAMPLE,
                outcome=SampleOutcome.PENDING if handed_out else SampleOutcome.WAITING,
            )
        )
    db.session.flush()


def open_sample(*, actor: Actor, sample_id: UUID) -> OpenedSample:
    """Take a lead in hand for 30 minutes and show whom to ask; written to the audit log.

    Raises NotFound, AlreadyChecked, NothingToCheck, InOtherHands.
    """
    checker_id = queries.checker_of(actor)
    sample = queries.sample(sample_id, lock_it=True)
    _may_judge(checker_id, sample)
    now = clock.wall_now()
    if sample.claimed_by != checker_id and _is_claimed(sample, now):
        raise InOtherHands
    sample.claimed_by, sample.claimed_until = checker_id, now + timedelta(minutes=CLAIM_MINUTES)
    write_audit(actor, "spotcheck.contact_read", sample.lead_id)
    db.session.flush()
    lead = queries.lead(sample.lead_id)
    return OpenedSample(sample, offers.vertical(lead.vertical_id), lead, contact_to_check(lead))


def contact_to_check(lead: intake.Lead) -> dict[str, Any]:
    """The contact as a checker needs it: what says who sells the lead is left out. Empty when erased."""
    try:
        values = intake.contact_of(lead).values
    except intake.Erased:
        return {}
    return {name: value for name, value in values.items() if name in SHOWN_TO_CHECKERS}


def give_verdict(
    *, actor: Actor, sample_id: UUID, verdict: Verdict, attempts: int, note: str | None
) -> Sample:
    """Write down what a checker found; the batch is decided as soon as the plan allows.

    Raises NotFound, AlreadyChecked, NothingToCheck, NotClaimed, TooFewAttempts.
    """
    checker_id = queries.checker_of(actor)
    if verdict is Verdict.INCONCLUSIVE and attempts < FEWEST_ATTEMPTS_WITHOUT_ANSWER:
        raise TooFewAttempts
    # All verdicts of a batch pass here one after the other, so that two at once cannot decide twice.
    check = queries.lock_existing(queries.batch_of(sample_id))
    sample = queries.sample(sample_id, lock_it=True)
    _may_judge(checker_id, sample)
    if sample.claimed_by != checker_id:
        raise NotClaimed
    _write_verdict(sample, checker_id, verdict, attempts, note)
    sample.claimed_by = sample.claimed_until = None
    _settle(sample)
    write_audit(actor, "spotcheck.verdict", sample.lead_id, verdict=verdict)
    db.session.flush()
    if check.state == CheckState.SAMPLING:
        judge(check)
    elif check.state == CheckState.FULL_CHECK:
        finish_full_check(check)
    db.session.flush()
    return sample


def _may_judge(checker_id: UUID, sample: Sample) -> None:
    if queries.has_judged(checker_id, sample.id):
        raise AlreadyChecked
    if sample.outcome != SampleOutcome.PENDING:
        raise NothingToCheck


def _is_claimed(sample: Sample, now: datetime) -> bool:
    return sample.claimed_until is not None and sample.claimed_until > now


def _write_verdict(
    sample: Sample, checker_id: UUID, verdict: Verdict, attempts: int, note: str | None
) -> None:
    given = GivenVerdict(
        id=ids.new_id(), sample_id=sample.id, checker_id=checker_id, verdict=verdict, attempts=attempts
    )
    if note:
        sealed = crypto.keys().seal(note.encode(), bound_to=given.id.bytes)
        given.key_id, given.wrapped_key, given.sealed = (
            sealed.key_id,
            sealed.wrapped_key,
            sealed.ciphertext,
        )
    db.session.add(given)
    db.session.flush()


def _settle(sample: Sample) -> None:
    """Make one outcome of all verdicts on a lead, once they agree."""
    outcome = confirm([Verdict(given.verdict) for given in queries.verdicts(sample.id)])
    if outcome is Outcome.PENDING:
        return
    sample.outcome, sample.settled_at = SampleOutcome(outcome.value), clock.business_now()
    if outcome is Outcome.FAKE:
        events.record(LeadFoundFake(sample.lead_id))


def judge(check: SpotCheck) -> None:
    """Ask the plan where the batch stands, with the check locked: decide, or hand out more leads."""
    tried = queries.tried(check.batch_id)
    evidence = [as_evidence(SampleOutcome(sample.outcome)) for sample in tried]
    found = progress(recorded_plan.plan_from(check.plan), check.population, evidence)
    if found.standing is Standing.CONTINUE:
        more = queries.waiting(check.batch_id, found.hand_out)
        for sample in more:
            sample.outcome = SampleOutcome.PENDING
        if not more and Outcome.PENDING not in evidence:
            # Nothing is in work and nothing is left to hand out: nobody could ever decide.
            _decide(check, Standing.ON_HOLD)
        _show(check, found, handed_out=len(more))
        return
    _show(check, found, handed_out=0)
    _decide(check, found.standing)


def _show(check: SpotCheck, found: Progress, *, handed_out: int) -> None:
    check.checked, check.fakes = found.checked - found.pending, found.fakes
    check.inconclusive, check.pending = found.inconclusive, found.pending + handed_out


_DECISIONS = {
    Standing.ACCEPT: (CheckState.ACCEPTED, BatchAccepted, standing.Fact.BATCH_ACCEPTED),
    Standing.REJECT: (CheckState.REJECTED, BatchRejected, standing.Fact.BATCH_REJECTED),
    Standing.ON_HOLD: (CheckState.ON_HOLD, BatchOnHold, None),
}


def _decide(check: SpotCheck, decision: Standing) -> None:
    state, event, fact = _DECISIONS[decision]
    check.state, check.decided_at = state, clock.business_now()
    _put_down(check)
    draws.reveal(batch_id=check.batch_id)
    events.record(event(check.batch_id))
    if fact is not None:
        standing.remember(organization_id=check.seller_id, fact=fact, subject_id=check.batch_id)
    if state != CheckState.ACCEPTED:
        check.choose_by = check.decided_at + timedelta(hours=CHOICE_HOURS)
        outbox.enqueue("spotchecks.return_unchosen", check.batch_id, due_at=check.choose_by)


def _put_down(check: SpotCheck) -> None:
    """Take leads out of work that the decision does without.

    An accepted batch has none: no lead is handed out that acceptance does not wait for.
    """
    for sample in queries.tried(check.batch_id):
        if sample.outcome == SampleOutcome.PENDING:
            sample.outcome = SampleOutcome.DROPPED
            sample.claimed_by = sample.claimed_until = None


def finish_full_check(check: SpotCheck) -> None:
    """End a full check when no lead is in work: what is genuine may be listed, as verified."""
    counts = queries.outcome_counts(check.batch_id)
    check.pending = counts.get(SampleOutcome.PENDING, 0)
    if check.pending:
        return
    check.state, check.fully_checked = CheckState.ACCEPTED, True
    events.record(BatchAccepted(check.batch_id))
