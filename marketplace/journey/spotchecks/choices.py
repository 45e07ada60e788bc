"""What a seller does with a batch that was not accepted: take it back, or have every lead checked."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text, update

from ... import ledger
from ...access import Actor, write_audit
from ...kernel import clock, events
from ...kernel.database import db
from ...kernel.money import Money
from .. import intake, offers
from . import queries
from .errors import FullCheckNotPriced, NothingToChoose
from .events import BatchReturned
from .models import CheckFee, Sample, SpotCheck
from .rules import CHOOSING, DEFAULT_FEES_MINOR, CheckState, Choice, SampleOutcome
from .services import finish_full_check


def choose(*, actor: Actor, batch_id: UUID, choice: Choice) -> SpotCheck:
    """The seller's choice within 72 hours of a rejection or a hold.

    Raises NotFound, NothingToChoose, FullCheckNotPriced and, from the ledger, DebtExceeded.
    """
    check = queries.lock_own(actor, batch_id)
    now = clock.business_now()
    if check.state not in CHOOSING or check.choose_by is None or now >= check.choose_by:
        raise NothingToChoose
    if choice is Choice.FULL_CHECK:
        _begin_full_check(check)
    else:
        _give_back(check)
    write_audit(actor, "spotcheck.choice", batch_id, choice=choice)
    db.session.flush()
    return check


def return_unchosen(*, batch_id: UUID) -> None:
    """Give a batch back when the seller's time to choose is over; nothing when it was chosen about."""
    check = queries.lock(batch_id)
    if check is not None and check.state in CHOOSING:
        _give_back(check)
        db.session.flush()


def _give_back(check: SpotCheck) -> None:
    check.state, check.choice, check.chosen_at = CheckState.RETURNED, Choice.RETURN, clock.business_now()
    events.record(BatchReturned(check.batch_id))


def full_check_fee(check: SpotCheck) -> Money | None:
    """What the check of all leads without an outcome costs, None where no fee is set for the currency."""
    offer = offers.offer(intake.batch(check.batch_id).offer_id)
    each_minor = queries.fee_minor(check.vertical_id, offer.currency) or DEFAULT_FEES_MINOR.get(
        offer.currency
    )
    if each_minor is None:
        return None
    return Money(each_minor * _unsettled(check), offer.currency)


def _unsettled(check: SpotCheck) -> int:
    counts = queries.outcome_counts(check.batch_id)
    settled = (SampleOutcome.GENUINE, SampleOutcome.FAKE, SampleOutcome.INCONCLUSIVE)
    return check.population - sum(counts.get(outcome, 0) for outcome in settled)


def _begin_full_check(check: SpotCheck) -> None:
    fee = full_check_fee(check)
    if fee is None:
        raise FullCheckNotPriced
    if fee.amount:
        balances = ledger.lock_seller_balances(check.seller_id, fee.currency)
        ledger.post(
            ledger.charge_check(check.batch_id, seller_id=check.seller_id, fee=fee, balances=balances)
        )
    check.chosen_at, check.state, check.choice = (
        clock.business_now(),
        CheckState.FULL_CHECK,
        Choice.FULL_CHECK,
    )
    db.session.flush()
    _hand_out_all(check.batch_id)
    finish_full_check(check)


# Positions go on after those of the drawn order; the places among the leaves are those of the record.
_HAND_OUT_REST = text("""
    INSERT INTO spot_check_samples (batch_id, lead_id, position, leaf_index, part, outcome)
    SELECT :batch, rest.id,
           (SELECT count(*) FROM spot_check_samples AS s WHERE s.batch_id = :batch)
               + row_number() OVER (ORDER BY rest.place) - 1,
           rest.place, 'full_check', 'pending'
      FROM (SELECT l.id, row_number() OVER (ORDER BY l.row_no) - 1 AS place
              FROM leads AS l WHERE l.batch_id = :batch) AS rest
     WHERE NOT EXISTS (SELECT FROM spot_check_samples AS s WHERE s.lead_id = rest.id)
""")


def _hand_out_all(batch_id: UUID) -> None:
    db.session.execute(
        update(Sample)
        .where(Sample.batch_id == batch_id, Sample.outcome == SampleOutcome.WAITING)
        .values(part="full_check", outcome=SampleOutcome.PENDING)
    )
    db.session.execute(
        update(Sample)
        .where(Sample.batch_id == batch_id, Sample.outcome == SampleOutcome.DROPPED)
        .values(outcome=SampleOutcome.PENDING)
    )
    db.session.execute(_HAND_OUT_REST, {"batch": batch_id})
    db.session.expire_all()


def set_fee(*, actor: Actor, vertical_id: UUID, fee: Money) -> CheckFee:
    """Set what the full check of one lead costs in this vertical and currency."""
    found = db.session.get(CheckFee, (vertical_id, fee.currency))
    if found is None:
        found = CheckFee(vertical_id=vertical_id, currency=fee.currency, fee_minor=fee.amount)
        db.session.add(found)
    else:
        found.fee_minor, found.changed_at = fee.amount, clock.business_now()
    write_audit(actor, "check_fee.set", vertical_id, fee_minor=fee.amount, currency=fee.currency)
    db.session.flush()
    return found
