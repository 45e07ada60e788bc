"""Rulings: by a rule, by default, by a moderator; and how they are carried out."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from ...access import Actor, write_audit
from ...kernel import clock, events, outbox
from ...kernel.database import db
from ...kernel.errors import InvalidInput
from ...kernel.money import Money
from .. import purchases, spotchecks
from . import queries, services
from .errors import DisputeDecided, NotAnsweredYet
from .events import DisputeRuled
from .models import Dispute
from .rules import (
    ANSWER_HOURS,
    APPEAL_DAYS,
    STATE_OF,
    UNDECIDED,
    Author,
    Decision,
    DisputeState,
    Kind,
    OpenedBy,
    Reason,
    RuledBy,
)

CARRY_OUT = "disputes.carry_out"


def rule(
    *, actor: Actor, dispute_id: UUID, decision: Decision, refund: Money | None, grounds: str
) -> Dispute:
    """A moderator decides; no money moves before the 7 days for an appeal are over.

    Raises NotFound, DisputeDecided, NotAnsweredYet (the seller still has time, and it is no denial),
    InvalidInput when a partial refund is not more than nothing and less than the price.
    """
    queries.dispute_of(actor, dispute_id)
    dispute, purchase = queries.lock(dispute_id)
    if dispute.state not in UNDECIDED:
        raise DisputeDecided
    if dispute.state == DisputeState.OPEN and decision is not Decision.DENY:
        raise NotAnsweredYet
    refund_minor = _checked_refund(decision, refund, Money(purchase.price_minor, purchase.currency))
    effect = clock.business_now() + timedelta(days=APPEAL_DAYS)
    services.write_message(dispute.id, Author.MODERATOR, Kind.RULING, grounds)
    _decide(dispute, STATE_OF[decision], RuledBy.MODERATOR, effect, refund_minor)
    outbox.enqueue(CARRY_OUT, dispute.id, dedup=f"{CARRY_OUT}:{dispute.id}", due_at=effect)
    write_audit(actor, f"dispute.ruled_{decision}", dispute.id, refund_minor=refund_minor)
    return dispute


def _checked_refund(decision: Decision, refund: Money | None, price: Money) -> int | None:
    if decision is not Decision.PARTIAL:
        if refund is not None:
            raise InvalidInput.field(
                "/refund", "not_partial", "Send a refund with the decision 'partial' only."
            )
        return None
    if refund is None or refund.currency != price.currency or not 0 < refund.amount < price.amount:
        raise InvalidInput.field(
            "/refund",
            "out_of_range",
            f"Send a refund of more than 0 and less than the price, in {price.currency}.",
        )
    return refund.amount


def uphold_by_default(*, dispute_id: UUID) -> bool:
    """The seller was silent for 72 hours: the buyer is refunded at once. False when it is not so."""
    dispute, purchase = queries.lock(dispute_id)
    if dispute.state != DisputeState.OPEN or dispute.answer_due_at > clock.business_now():
        return False
    _uphold_now(dispute, purchase, RuledBy.DEFAULT)
    return True


def refund_overdue(*, dispute_id: UUID) -> bool:
    """Nobody ruled for 10 weekdays: the buyer is refunded at once. False when it is not so."""
    dispute, purchase = queries.lock(dispute_id)
    overdue = dispute.refund_due_at is not None and dispute.refund_due_at <= clock.business_now()
    if dispute.state != DisputeState.ANSWERED or not overdue:
        return False
    _uphold_now(dispute, purchase, RuledBy.DEFAULT)
    return True


def try_automatic_ruling(*, dispute_id: UUID) -> bool:
    """What a machine can decide is decided at once, for the buyer; False leaves it to people.

    A lead that a spot check found fake, or the buyer's own earlier purchase of the same contact.
    """
    dispute, purchase = queries.lock(dispute_id)
    if dispute.state not in UNDECIDED:
        return False
    proven = spotchecks.found_fake(purchase.lead_id) or (
        dispute.reason == Reason.DUPLICATE
        and purchases.earlier_purchase_of_same_contact(purchase.id) is not None
    )
    if proven:
        _uphold_now(dispute, purchase, RuledBy.RULE)
    return proven


def uphold_for_fake(*, lead_id: UUID) -> int:
    """A spot check found a sold lead fake: every buyer whose money is held gets it back at once.

    Whoever has not disputed gets a dispute opened and upheld by rule, so that the record says why money
    moved. Returns how many purchases were refunded.
    """
    held = purchases.held_of_lead(lead_id)
    return sum(_refund_fake(purchase.id) for purchase in held)


def _refund_fake(purchase_id: UUID) -> bool:
    purchase = purchases.lock(purchase_id)
    if purchase.state != purchases.PurchaseState.HELD:
        return False
    standing = queries.standing_of(purchase_id)
    if standing is None:
        now = clock.business_now()
        standing = Dispute(
            purchase_id=purchase.id,
            buyer_id=purchase.buyer_id,
            seller_id=purchase.seller_id,
            reason=Reason.FAKE_IDENTITY,
            opened_by=OpenedBy.RULE,
            state=DisputeState.OPEN,
            answer_due_at=now + timedelta(hours=ANSWER_HOURS),
        )
        db.session.add(standing)
        db.session.flush()
    if standing.state in UNDECIDED:
        _uphold_now(standing, purchase, RuledBy.RULE)
    else:
        # Ruled, and still within the time for an appeal: the proof overtakes the ruling.
        purchases.refund(purchase_id=purchase.id, reason=purchases.RefundReason.DISPUTE)
        _finish(standing)
        write_audit(None, "dispute.overtaken_by_fake", standing.id)
    return True


def carry_out(*, dispute_id: UUID) -> bool:
    """Move the money of a ruling whose time has come, once; False when there is nothing to do."""
    dispute, purchase = queries.lock(dispute_id)
    if dispute.takes_effect_at is None or dispute.executed_at is not None:
        return False
    if dispute.takes_effect_at > clock.business_now():
        return False
    _carry_out(dispute, purchase)
    return True


def _uphold_now(dispute: Dispute, purchase: purchases.Purchase, ruled_by: RuledBy) -> None:
    _decide(dispute, DisputeState.UPHELD, ruled_by, clock.business_now(), None)
    write_audit(None, f"dispute.upheld_by_{ruled_by}", dispute.id)
    _carry_out(dispute, purchase)


def _decide(
    dispute: Dispute, state: DisputeState, ruled_by: RuledBy, effect: datetime, refund_minor: int | None
) -> None:
    # Read first: a half-written ruling must not be flushed by the reading.
    now = clock.business_now()
    dispute.state = state
    dispute.ruled_by = ruled_by
    dispute.ruled_at = now
    dispute.takes_effect_at = effect
    dispute.refund_minor = refund_minor
    db.session.flush()
    events.record(DisputeRuled(dispute.id))


def _carry_out(dispute: Dispute, purchase: purchases.Purchase) -> None:
    reason = purchases.RefundReason.DISPUTE
    if purchase.state == purchases.PurchaseState.HELD:
        if dispute.state == DisputeState.UPHELD:
            purchases.refund(purchase_id=purchase.id, reason=reason)
        elif dispute.state == DisputeState.PARTLY_UPHELD and dispute.refund_minor is not None:
            purchases.refund_partly(
                purchase_id=purchase.id, refunded_minor=dispute.refund_minor, reason=reason
            )
    _finish(dispute)


def _finish(dispute: Dispute) -> None:
    purchases.lift_stop(
        purchase_id=dispute.purchase_id, reason=purchases.StopReason.DISPUTE, source_id=dispute.id
    )
    dispute.executed_at = clock.business_now()
    db.session.flush()
