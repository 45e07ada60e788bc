"""The verbs of outcomes: say what came of a lead, overrule a judgement, let deferred leads come back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from ...access import Actor, write_audit
from ...kernel import clock, events
from ...kernel.database import db
from ...kernel.errors import InvalidInput, NotFound
from ...kernel.money import Money
from .. import intake, offers, purchases
from ..offers import Action as ActionWord
from . import actions, queries
from .errors import ReferenceTaken
from .events import FollowUpDue, LeadConverted, OutcomeReported
from .models import Action, Customer, FollowedLead, OutcomeReport
from .rules import FOLLOW_UP_DAYS, Disqualification, JudgedBy, Outcome, ReportedBy, is_on_target


@dataclass(frozen=True)
class Told:
    """What a buyer says of one bought lead. *value* is of the action, *revenue* what the buyer earned."""

    outcome: Outcome
    reason: Disqualification | None = None
    action: ActionWord | None = None
    value: Money | None = None
    revenue: Money | None = None
    happened_at: datetime | None = None
    follow_up_at: datetime | None = None
    call_seconds: int | None = None
    reference: str | None = None


@dataclass(frozen=True)
class Reported:
    """A report, and the action that it reported if the purchase is paid by it."""

    report: OutcomeReport
    action: Action | None


def report(*, actor: Actor, purchase_id: UUID, told: Told, reported_by: ReportedBy) -> Reported:
    """Write down what came of a bought lead; under CPA the offer's own action is reported with it.

    A report with a reference that was used for the same words is the first one. Raises NotFound for what
    the actor did not buy, ReferenceTaken, InvalidInput that names the faulty field, and what a report of
    an action raises.
    """
    purchase = _bought(actor, purchase_id)
    if told.reference is not None:
        earlier = queries.report_by_reference(actor.organization_id, told.reference)
        if earlier is not None:
            return _same(earlier, purchase, told)
    now = clock.business_now()
    happened_at = told.happened_at or now
    _check_words(told, purchase)
    _check_times(told, happened_at, now, purchase)
    # The purchase first, as everybody who ends it does.
    purchases.lock(purchase.id)
    action = None
    if actions.is_paid_by(purchase, told.action):
        action = actions.report(
            actor=actor, purchase=purchase, value=told.value, happened_at=happened_at, reported_by=reported_by
        )
    written = OutcomeReport(
        purchase_id=purchase.id,
        buyer_id=purchase.buyer_id,
        seller_id=purchase.seller_id,
        outcome=told.outcome,
        reason=told.reason,
        action=told.action,
        revenue_minor=told.revenue.amount if told.revenue else None,
        currency=told.revenue.currency if told.revenue else None,
        follow_up_at=told.follow_up_at,
        call_seconds=told.call_seconds,
        reference=told.reference,
        happened_at=happened_at,
        reported_by=reported_by,
    )
    db.session.add(written)
    db.session.flush()
    db.session.refresh(written)
    _follow(purchase, written)
    if told.outcome is Outcome.CONVERTED:
        _make_customer(purchase, happened_at)
    events.record(OutcomeReported(written.id))
    write_audit(actor, "outcome.reported", purchase.id, outcome=told.outcome.value)
    return Reported(written, action)


def _bought(actor: Actor, purchase_id: UUID) -> purchases.Purchase:
    purchase = purchases.purchase_of(actor, purchase_id)
    if purchase.buyer_id != actor.organization_id:
        raise NotFound
    return purchase


def _same(earlier: OutcomeReport, purchase: purchases.Purchase, told: Told) -> Reported:
    if (earlier.purchase_id, earlier.outcome, earlier.action) != (purchase.id, told.outcome, told.action):
        raise ReferenceTaken
    action = queries.action_of_purchase(purchase.id) if actions.is_paid_by(purchase, told.action) else None
    return Reported(earlier, action)


def _check_words(told: Told, purchase: purchases.Purchase) -> None:
    paid = actions.is_paid_by(purchase, told.action)
    for name, given, wanted, words in (
        ("reason", told.reason, told.outcome is Outcome.DISQUALIFIED, "disqualified"),
        ("follow_up_at", told.follow_up_at, told.outcome is Outcome.FOLLOW_UP, "follow_up"),
    ):
        if (given is not None) != wanted:
            code, verb = ("missing", "Send") if wanted else ("not_fitting", "Leave out")
            raise InvalidInput.field(
                f"/{name}", code, f"{verb} {name}: it goes with the outcome {words} and with no other."
            )
    for name, value in (("action", told.action), ("revenue", told.revenue), ("value", told.value)):
        if value is not None and told.outcome is not Outcome.CONVERTED:
            raise InvalidInput.field(f"/{name}", "not_fitting", f"{name} goes with the outcome converted.")
    if told.outcome is Outcome.CONVERTED and purchase.action is not None and told.action is None:
        raise InvalidInput.field(
            "/action", "missing", f"Say which action it was; this purchase is paid by: {purchase.action}."
        )
    if told.value is not None and not paid:
        raise InvalidInput.field(
            "/value",
            "not_fitting",
            "A value belongs to the action that the purchase is paid by; see its action.",
        )
    if told.revenue is not None and told.revenue.currency != purchase.currency:
        raise InvalidInput.field(
            "/revenue/currency",
            "currency_mismatch",
            f"Say the revenue in {purchase.currency}, as it was bought.",
        )


def _check_times(told: Told, happened_at: datetime, now: datetime, purchase: purchases.Purchase) -> None:
    if not purchase.purchased_at <= happened_at <= now:
        raise InvalidInput.field(
            "/happened_at", "out_of_range", "It happened after the purchase and not in the future."
        )
    latest = now + timedelta(hours=24 * FOLLOW_UP_DAYS)
    if told.follow_up_at is not None and not now < told.follow_up_at <= latest:
        raise InvalidInput.field(
            "/follow_up_at",
            "out_of_range",
            f"A lead comes back in the future, in {FOLLOW_UP_DAYS} days at most.",
        )


def _follow(purchase: purchases.Purchase, report: OutcomeReport) -> None:
    """Carry a report into what the reports on the purchase come to; the purchase is locked."""
    lead = queries.followed(purchase.id)
    if lead is None:
        lead = FollowedLead(purchase_id=purchase.id, buyer_id=purchase.buyer_id, seller_id=purchase.seller_id)
        db.session.add(lead)
    on_target = is_on_target(
        call_seconds=report.call_seconds,
        threshold_seconds=offers.vertical(purchase.vertical_id).call_seconds,
        before=lead.on_target,
        judged_by=JudgedBy(lead.judged_by) if lead.judged_by else None,
    )
    if on_target is not None and lead.judged_by is None:
        lead.judged_by = JudgedBy.CALL
    lead.on_target = on_target
    # What is told late about an earlier moment does not undo what is known of a later one.
    if lead.outcome_at is None or report.happened_at >= lead.outcome_at:
        lead.outcome, lead.reason, lead.outcome_at = report.outcome, report.reason, report.happened_at
        lead.follow_up_at, lead.came_back_at = report.follow_up_at, None
    db.session.flush()


def _make_customer(purchase: purchases.Purchase, happened_at: datetime) -> None:
    lead_at = db.session.execute(
        select(intake.Lead.lead_at).where(intake.Lead.id == purchase.lead_id)
    ).scalar_one()
    made = db.session.execute(
        insert(Customer)
        .values(
            purchase_id=purchase.id,
            buyer_id=purchase.buyer_id,
            lead_id=purchase.lead_id,
            lead_at=lead_at or purchase.purchased_at,
            became_at=happened_at,
        )
        .on_conflict_do_nothing(index_elements=["purchase_id"])
        .returning(Customer.id)
    ).scalar_one_or_none()
    if made is not None:
        events.record(LeadConverted(purchase.id))


def judge(*, actor: Actor, purchase_id: UUID, on_target: bool) -> FollowedLead:
    """A person says whether a lead is on target, whatever the calls say. Raises NotFound."""
    purchase = _bought(actor, purchase_id)
    purchases.lock(purchase.id)
    lead = queries.followed(purchase.id)
    if lead is None:
        lead = FollowedLead(purchase_id=purchase.id, buyer_id=purchase.buyer_id, seller_id=purchase.seller_id)
        db.session.add(lead)
    lead.on_target, lead.judged_by = on_target, JudgedBy.PERSON
    db.session.flush()
    write_audit(actor, "outcome.judged", purchase.id, on_target=on_target)
    return lead


def followed_of(*, actor: Actor, purchase_id: UUID) -> FollowedLead:
    """What the reports on a purchase come to, for both of its sides. Raises NotFound before the first one."""
    purchase = purchases.purchase_of(actor, purchase_id)
    lead = queries.followed(purchase.id)
    if lead is None:
        raise NotFound("Nobody has reported an outcome of this purchase yet.")
    return lead


def return_deferred_slice(*, most: int) -> int:
    """Let up to *most* deferred leads come back whose date has come; returns how many."""
    now = clock.now_sql()
    lead = FollowedLead
    due = (
        select(lead.purchase_id)
        .where(lead.follow_up_at <= now, lead.came_back_at.is_(None))
        .order_by(lead.follow_up_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    back = db.session.execute(
        update(lead)
        .where(lead.purchase_id.in_(due.scalar_subquery()), lead.came_back_at.is_(None))
        .values(came_back_at=now)
        .returning(lead.purchase_id, lead.follow_up_at)
        .execution_options(synchronize_session=False)
    ).all()
    for row in back:
        # A lead may be deferred again: each date is a fact of its own.
        events.record(FollowUpDue(row.purchase_id, int(row.follow_up_at.timestamp() // 60)))
    return len(back)
