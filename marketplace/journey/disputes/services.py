"""The verbs of the parties: open, answer, write, show a file, withdraw."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import update

from ...access import Actor, write_audit
from ...kernel import clock, crypto, events, ids, outbox
from ...kernel.database import db
from ...kernel.errors import NotFound
from .. import purchases
from . import queries
from .errors import AlreadyAnswered, AlreadyDisputed, AnswerTooLate, DisputeDecided, TooManyFiles, WrongFile
from .events import DisputeOpened
from .models import Dispute, DisputeFile, DisputeMessage
from .rules import (
    ANSWER_HOURS,
    MAX_FILE_BYTES,
    MAX_FILES,
    REFUND_WEEKDAYS,
    RULING_WEEKDAYS,
    UNDECIDED,
    Author,
    DisputeState,
    Kind,
    Reason,
    media_type_of,
    weekdays_after,
)

UPHOLD_BY_DEFAULT = "disputes.uphold_by_default"
REFUND_OVERDUE = "disputes.refund_overdue"
_DIGEST = "dispute:file"


def open_dispute(*, actor: Actor, purchase_id: UUID, reason: Reason, statement: str) -> Dispute:
    """Dispute a purchase within its return window: its money stands still until the ruling.

    The database decides against a release at the same moment. Raises NotFound for what the actor did not
    buy, AlreadyDisputed; the edge raises WindowClosed, PurchaseEnded.
    """
    purchase = purchases.purchase_of(actor, purchase_id)
    if purchase.buyer_id != actor.organization_id:
        raise NotFound
    purchases.lock(purchase.id)
    if queries.standing_of(purchase.id) is not None:
        raise AlreadyDisputed
    dispute_id = ids.new_id()
    purchases.place_stop(purchase_id=purchase.id, reason=purchases.StopReason.DISPUTE, source_id=dispute_id)
    due = clock.business_now() + timedelta(hours=ANSWER_HOURS)
    dispute = Dispute(
        id=dispute_id,
        purchase_id=purchase.id,
        buyer_id=purchase.buyer_id,
        seller_id=purchase.seller_id,
        reason=reason,
        answer_due_at=due,
    )
    db.session.add(dispute)
    db.session.flush()
    write_message(dispute_id, Author.BUYER, Kind.STATEMENT, statement)
    outbox.enqueue(UPHOLD_BY_DEFAULT, dispute_id, dedup=f"{UPHOLD_BY_DEFAULT}:{dispute_id}", due_at=due)
    events.record(DisputeOpened(dispute_id))
    write_audit(actor, "dispute.opened", dispute_id, reason=reason.value)
    db.session.refresh(dispute)
    return dispute


def answer(*, actor: Actor, dispute_id: UUID, text: str) -> Dispute:
    """The seller answers, once and in time; from then on a moderator's ruling is due.

    Raises NotFound for who is not the seller, AlreadyAnswered, AnswerTooLate, DisputeDecided.
    """
    dispute = _seen_by(actor, dispute_id)
    if dispute.seller_id != actor.organization_id:
        raise NotFound
    dispute, _ = queries.lock(dispute_id)
    now = clock.business_now()
    refund_due = weekdays_after(now, REFUND_WEEKDAYS)
    answered = db.session.execute(
        update(Dispute)
        .where(
            Dispute.id == dispute_id,
            Dispute.state == DisputeState.OPEN,
            Dispute.answer_due_at > clock.now_sql(),
        )
        .values(
            state=DisputeState.ANSWERED,
            answered_at=now,
            ruling_due_at=weekdays_after(now, RULING_WEEKDAYS),
            refund_due_at=refund_due,
        )
        .returning(Dispute.id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if answered is None:
        raise _why_not_answered(dispute)
    write_message(dispute_id, Author.SELLER, Kind.ANSWER, text)
    outbox.enqueue(REFUND_OVERDUE, dispute_id, dedup=f"{REFUND_OVERDUE}:{dispute_id}", due_at=refund_due)
    write_audit(actor, "dispute.answered", dispute_id)
    db.session.refresh(dispute)
    return dispute


def _why_not_answered(dispute: Dispute) -> AlreadyAnswered | AnswerTooLate | DisputeDecided:
    if dispute.state == DisputeState.OPEN:
        return AnswerTooLate()
    return AlreadyAnswered() if dispute.state == DisputeState.ANSWERED else DisputeDecided()


def withdraw(*, actor: Actor, dispute_id: UUID) -> Dispute:
    """The buyer takes the dispute back; the purchase goes on. Raises NotFound, DisputeDecided."""
    if _seen_by(actor, dispute_id).buyer_id != actor.organization_id:
        raise NotFound
    dispute, purchase = queries.lock(dispute_id)
    if dispute.state not in UNDECIDED:
        raise DisputeDecided
    now = clock.business_now()
    dispute.state = DisputeState.WITHDRAWN
    dispute.withdrawn_at = now
    db.session.flush()
    purchases.lift_stop(purchase_id=purchase.id, reason=purchases.StopReason.DISPUTE, source_id=dispute.id)
    write_audit(actor, "dispute.withdrawn", dispute_id)
    return dispute


def say(*, actor: Actor, dispute_id: UUID, text: str) -> DisputeMessage:
    """Write into the thread of a dispute that is not decided. Raises NotFound, DisputeDecided."""
    dispute = _undecided(actor, dispute_id)
    message = write_message(dispute.id, side_of(actor, dispute), Kind.MESSAGE, text)
    write_audit(actor, "dispute.message", dispute_id)
    return message


def show_file(*, actor: Actor, dispute_id: UUID, name: str, content: bytes) -> DisputeFile:
    """Add a file to a dispute that is not decided; the same file again is the first one.

    Raises NotFound, DisputeDecided, WrongFile, TooManyFiles.
    """
    dispute = _undecided(actor, dispute_id)
    media_type = media_type_of(content) if 0 < len(content) <= MAX_FILE_BYTES else None
    if media_type is None:
        raise WrongFile
    digest = crypto.keys().digest(_DIGEST, content)
    if (earlier := queries.file_by_digest(dispute.id, digest)) is not None:
        return earlier
    if queries.file_count(dispute.id) >= MAX_FILES:
        raise TooManyFiles
    file_id = ids.new_id()
    label = name.encode()[:1_000]
    sealed = crypto.keys().seal(len(label).to_bytes(2, "big") + label + content, bound_to=file_id.bytes)
    shown = DisputeFile(
        id=file_id,
        dispute_id=dispute.id,
        author=side_of(actor, dispute),
        media_type=media_type,
        size_bytes=len(content),
        digest=digest,
        key_id=sealed.key_id,
        wrapped_key=sealed.wrapped_key,
        sealed=sealed.ciphertext,
    )
    db.session.add(shown)
    db.session.flush()
    write_audit(actor, "dispute.file_added", dispute_id, file_id=str(file_id))
    return shown


def read_file(*, actor: Actor, dispute_id: UUID, file_id: UUID) -> tuple[DisputeFile, str, bytes]:
    """A file with its name and content; the reading is written down. Raises NotFound."""
    dispute = _seen_by(actor, dispute_id)
    found = queries.file(dispute.id, file_id)
    opened = _open(found.id, found.key_id, found.wrapped_key, found.sealed)
    length = int.from_bytes(opened[:2], "big")
    write_audit(actor, "dispute.file_read", dispute_id, file_id=str(file_id))
    return found, opened[2 : 2 + length].decode(errors="replace"), opened[2 + length :]


def side_of(actor: Actor, dispute: Dispute) -> Author:
    """In which role the actor speaks."""
    if actor.is_operator:
        return Author.MODERATOR
    return Author.BUYER if dispute.buyer_id == actor.organization_id else Author.SELLER


def write_message(dispute_id: UUID, author: Author, kind: Kind, text: str) -> DisputeMessage:
    """Seal a text into the thread."""
    message_id = ids.new_id()
    sealed = crypto.keys().seal(text.encode(), bound_to=message_id.bytes)
    message = DisputeMessage(
        id=message_id,
        dispute_id=dispute_id,
        author=author,
        kind=kind,
        key_id=sealed.key_id,
        wrapped_key=sealed.wrapped_key,
        sealed=sealed.ciphertext,
    )
    db.session.add(message)
    db.session.flush()
    return message


def text_of(message: DisputeMessage) -> str:
    """The words of a message. Raises NotFound when they were erased."""
    return _open(message.id, message.key_id, message.wrapped_key, message.sealed).decode()


def _open(bound_to: UUID, key_id: str, wrapped_key: bytes | None, sealed: bytes | None) -> bytes:
    if wrapped_key is None or sealed is None:
        raise NotFound("This was erased.")
    return crypto.keys().unseal(crypto.Sealed(key_id, wrapped_key, sealed), bound_to=bound_to.bytes)


def _seen_by(actor: Actor, dispute_id: UUID) -> Dispute:
    return queries.dispute_of(actor, dispute_id)


def _undecided(actor: Actor, dispute_id: UUID) -> Dispute:
    _seen_by(actor, dispute_id)
    dispute, _ = queries.lock(dispute_id)
    if dispute.state not in UNDECIDED:
        raise DisputeDecided
    return dispute
