"""The verbs of deliveries."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlalchemy.dialects.postgresql import insert

from ...access import Actor, write_audit
from ...kernel import clock, crypto, events, ids, outbox, randomness
from ...kernel.database import db
from ...kernel.errors import InvalidInput
from .. import purchases
from . import queries
from .errors import NotRedeliverable, TargetGone, TooManyTargets
from .events import DeliveryFailed, LeadDelivered
from .models import Delivery, DeliveryAttempt, DeliveryTarget
from .rules import (
    MAX_TARGETS,
    Answer,
    DeliveryState,
    Outcome,
    TargetState,
    address_problem,
    seconds_to_next,
)

ATTEMPT = "deliveries.attempt"
REFUND_IF_UNDELIVERED = "deliveries.refund_if_undelivered"


@dataclass(frozen=True)
class NewTarget:
    """A target and its signing secret, which is shown this once."""

    target: DeliveryTarget
    secret: str


@dataclass(frozen=True)
class Parcel:
    """What one attempt sends, and where; lives only in the memory of the job."""

    url: str
    secret: str
    message_id: str
    sent_at: datetime
    body: bytes


def create_target(*, actor: Actor, name: str, url: str, allow_loopback: bool) -> NewTarget:
    """Add a webhook that gets every lead bought from now on. Raises InvalidInput, TooManyTargets."""
    if (problem := address_problem(url, allow_loopback=allow_loopback)) is not None:
        raise InvalidInput.field("/url", "bad_address", problem)
    if len(queries.targets(actor)) >= MAX_TARGETS:
        raise TooManyTargets
    secret = "whsec_" + base64.b64encode(randomness.secret_bytes(32)).decode()
    target_id = ids.new_id()
    sealed = crypto.keys().seal(secret.encode(), bound_to=target_id.bytes)
    target = DeliveryTarget(
        id=target_id,
        buyer_id=actor.organization_id,
        name=name,
        url=url,
        state=TargetState.ACTIVE,
        key_id=sealed.key_id,
        wrapped_key=sealed.wrapped_key,
        sealed=sealed.ciphertext,
    )
    db.session.add(target)
    db.session.flush()
    write_audit(actor, "delivery_target.created", target.id)
    return NewTarget(target, secret)


def change_target(
    *,
    actor: Actor,
    target_id: UUID,
    name: str | None,
    url: str | None,
    state: TargetState | None,
    allow_loopback: bool,
) -> DeliveryTarget:
    """Rename, move, pause or activate a target. Raises InvalidInput, NotFound."""
    target = queries.target(actor, target_id)
    if url is not None:
        if (problem := address_problem(url, allow_loopback=allow_loopback)) is not None:
            raise InvalidInput.field("/url", "bad_address", problem)
        target.url = url
    if name is not None:
        target.name = name
    if state is not None:
        target.state = state
    write_audit(actor, "delivery_target.changed", target.id)
    db.session.flush()
    return target


def remove_target(*, actor: Actor, target_id: UUID) -> DeliveryTarget:
    """Take a target away; what waits for it fails. Raises NotFound."""
    target = queries.target(actor, target_id)
    target.removed_at = clock.business_now()
    write_audit(actor, "delivery_target.removed", target.id)
    db.session.flush()
    return target


def deliver(*, purchase_id: UUID) -> None:
    """Start the deliveries of a purchase: one for each active target of the buyer."""
    try:
        purchase = purchases.lock_owed(purchase_id)
    except purchases.RefundedUnread:
        return
    target_ids = queries.active_target_ids(purchase.buyer_id)
    for target_id in target_ids:
        row = {"purchase_id": purchase_id, "target_id": target_id, "buyer_id": purchase.buyer_id}
        made = db.session.execute(
            insert(Delivery).values(id=ids.new_id(), **row).on_conflict_do_nothing().returning(Delivery)
        ).scalar_one_or_none()
        if made is not None:
            _ask(made)
    if target_ids:
        outbox.enqueue(
            REFUND_IF_UNDELIVERED,
            purchase_id,
            dedup=f"{REFUND_IF_UNDELIVERED}:{purchase_id}",
            due_at=purchase.undisclosed_until,
        )


def _ask(delivery: Delivery, due_at: datetime | None = None) -> None:
    # The number of asking, not of attempt: a delivery that ended without an attempt can be asked for again.
    delivery.asked += 1
    outbox.enqueue(
        ATTEMPT,
        delivery.id,
        part=delivery.asked,
        dedup=f"{ATTEMPT}:{delivery.id}:{delivery.asked}",
        due_at=due_at,
    )


def prepare(*, delivery_id: UUID) -> Parcel | None:
    """What the next attempt sends; None when the delivery has ended or must end now.

    It ends when its target takes nothing any more, and when there is nothing that may be sent: the purchase
    was refunded unread, or the person's data was erased.
    """
    # The purchase first, here and wherever both are held: a refund locks it, too.
    purchases.lock(queries.purchase_id_of(delivery_id))
    delivery, target = queries.lock(delivery_id)
    if delivery.state != DeliveryState.WAITING:
        return None
    if target.removed_at is not None or target.state == TargetState.DISABLED:
        _give_up(delivery)
        return None
    try:
        return _parcel(delivery, target)
    except (purchases.RefundedUnread, purchases.ContactErased):
        _give_up(delivery)
        return None


def _parcel(delivery: Delivery, target: DeliveryTarget) -> Parcel:
    sealed = crypto.Sealed(target.key_id, target.wrapped_key, target.sealed)
    secret = crypto.keys().unseal(sealed, bound_to=target.id.bytes).decode()
    sent_at = clock.wall_now()
    return Parcel(target.url, secret, ids.public("dlv", delivery.id), sent_at, _body(delivery, sent_at))


def _body(delivery: Delivery, sent_at: datetime) -> bytes:
    bought = purchases.bought_lead(delivery.purchase_id)
    return orjson.dumps(
        {
            "type": "lead.sold",
            "timestamp": sent_at.isoformat().replace("+00:00", "Z"),
            "data": {"delivery_id": ids.public("dlv", delivery.id), **bought},
        }
    )


def write_attempt(*, delivery_id: UUID, answer: Answer) -> Delivery:
    """Write down how an attempt ended and what follows: delivered, another attempt, or given up.

    The first accepted delivery discloses the contact, so the return window runs from now.
    """
    purchases.lock(queries.purchase_id_of(delivery_id))
    delivery, target = queries.lock(delivery_id)
    if delivery.state != DeliveryState.WAITING:
        return delivery
    delivery.attempts += 1
    db.session.add(
        DeliveryAttempt(
            delivery_id=delivery.id,
            number=delivery.attempts,
            outcome=answer.outcome,
            status=answer.status,
            latency_ms=answer.latency_ms,
        )
    )
    if answer.outcome is Outcome.ACCEPTED:
        _end(delivery, DeliveryState.DELIVERED)
        purchases.mark_disclosed(purchase_ids=[delivery.purchase_id])
        events.record(LeadDelivered(delivery.id))
    else:
        if answer.outcome is Outcome.GONE:
            target.state = TargetState.DISABLED
        _try_later(delivery, answer)
    db.session.flush()
    return delivery


def _try_later(delivery: Delivery, answer: Answer) -> None:
    wait = seconds_to_next(delivery.attempts, answer, randomness.uniform())
    if wait is None:
        _give_up(delivery)
        return
    _ask(delivery, clock.business_now() + timedelta(seconds=wait))


def _end(delivery: Delivery, state: DeliveryState) -> None:
    # Asked before anything is set: the question writes down what was changed so far, and half is refused.
    now = clock.business_now()
    delivery.state, delivery.ended_at = state, now


def _give_up(delivery: Delivery) -> None:
    _end(delivery, DeliveryState.FAILED)
    events.record(DeliveryFailed(delivery.id, occurrence=delivery.asked))


def redeliver(*, actor: Actor, delivery_id: UUID) -> Delivery:
    """Send a delivery again by hand, under the same webhook-id.

    Raises NotFound, NotRedeliverable, TargetGone, RefundedUnread for a purchase that was refunded unread.
    """
    # Also against the question of a refund: it finds this delivery waiting, or this finds the refund.
    purchases.lock_owed(queries.delivery(actor, delivery_id, lock_it=False).purchase_id)
    delivery = queries.delivery(actor, delivery_id)
    target = db.session.get_one(DeliveryTarget, delivery.target_id)
    if target.removed_at is not None:
        raise TargetGone
    if target.state != TargetState.ACTIVE:
        raise NotRedeliverable
    if delivery.state != DeliveryState.WAITING:
        delivery.state = DeliveryState.WAITING
        delivery.ended_at = None
        _ask(delivery)
    write_audit(actor, "delivery.redelivered", delivery.id)
    db.session.flush()
    return delivery


def refund_if_undelivered(*, purchase_id: UUID) -> None:
    """Refund a purchase that nobody could read: every delivery failed and the contact was not disclosed.

    A delivery that ended because its buyer removed or paused the target, or before any attempt, is no
    failure of ours: without another that failed nothing is refunded, and the contact may be read. Nor is
    anything refunded once a connection stood: a system that answers with an error, or not at all, may have
    kept the contact. While attempts still wait, the question is put again a day later.
    """
    purchases.lock(purchase_id)
    tally = queries.tally_of(purchase_id)
    if tally.delivered:
        return
    if tally.waiting:
        now = clock.business_now()
        outbox.enqueue(
            REFUND_IF_UNDELIVERED,
            purchase_id,
            dedup=f"{REFUND_IF_UNDELIVERED}:{purchase_id}:{now.date()}",
            due_at=now + timedelta(days=1),
        )
        return
    if tally.failed_in_earnest and not tally.may_have_arrived:
        purchases.refund_undelivered(purchase_id=purchase_id)


def fail_stranded(*, most: int) -> int:
    """End waiting deliveries that nobody will attempt any more, since their duty is dead; returns how many."""
    stranded = queries.stranded(ATTEMPT, most)
    for delivery in stranded:
        _give_up(delivery)
    db.session.flush()
    return len(stranded)
