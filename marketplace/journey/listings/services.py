"""The verbs of listings: list a batch in slices, expire, withdraw."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import func, select, text, update

from ...access import Actor, write_audit
from ...kernel import clock, crypto, events, outbox
from ...kernel.database import db
from ...kernel.errors import NotFound
from .. import intake, spotchecks, validation
from ..intake import Lead
from .errors import NoLongerForSale
from .events import BatchListed, ListingWithdrawn
from .models import ListedBatch, Listing
from .rules import SLICE_ROWS, ListingState, Withdrawal, counted_after

COUNT_TOPIC: Final = "listings.count_not_listable"

# What is sold is what was frozen: price and terms of the offer, the lead's open values, never the contact.
_LIST = text("""
    INSERT INTO listings (lead_id, batch_id, offer_id, seller_id, vertical_id, price_minor, currency, max_sales,
                          verified, channel, country, region, temperature, points, attributes, lead_at,
                          listed_at, expires_at)
    SELECT l.id, l.batch_id, l.offer_id, l.seller_id, l.vertical_id, o.price_minor, o.currency, o.max_sales,
           l.id = ANY (CAST(:genuine AS uuid[])), o.channel, l.country, l.region, l.temperature, l.points,
           l.attributes, l.lead_at, moment.now, moment.now + make_interval(days => v.listing_days)
      FROM leads AS l
      JOIN offers AS o ON o.id = l.offer_id
      JOIN verticals AS v ON v.id = l.vertical_id
      LEFT JOIN lead_reports AS r ON r.lead_id = l.id
     CROSS JOIN (SELECT clock.now() AS now) AS moment
     WHERE l.batch_id = :batch AND l.row_no BETWEEN :first AND :last
       AND l.sealed IS NOT NULL
       AND r.verdict IS DISTINCT FROM 'quarantined'
       AND l.id <> ALL (CAST(:barred AS uuid[]))
    ON CONFLICT (lead_id) DO NOTHING
""")


def list_slice(*, batch_id: UUID, after_row: int) -> int | None:
    """List the next slice of an accepted batch; returns its last row, None when there is no more.

    Left out are fakes, sampled leads that nobody answered, quarantined ones, copies of another seller's
    lead, and erased ones. Safe to repeat: a lead is listed once.
    """
    rows = select(Lead.row_no).where(Lead.batch_id == batch_id, Lead.row_no > after_row)
    slice_ = rows.order_by(Lead.row_no).limit(SLICE_ROWS).subquery()
    last_row = db.session.execute(select(func.max(slice_.c.row_no))).scalar_one()
    if last_row is None:
        return None
    _list_rows(batch_id, after_row + 1, last_row)
    return int(last_row)


def _list_rows(batch_id: UUID, first_row: int, last_row: int) -> None:
    found = spotchecks.findings(batch_id)
    rows = Lead.row_no.between(first_row, last_row)
    copies = db.session.execute(validation.not_listable_leads(batch_id).where(rows)).scalars()
    db.session.execute(
        _LIST,
        {
            "batch": batch_id,
            "first": first_row,
            "last": last_row,
            "genuine": list(found.genuine),
            "barred": [*found.barred, *copies],
        },
    )


_LISTED = text("""
    INSERT INTO listed_batches (batch_id, copies, expires_at)
    SELECT b.id, :copies, clock.now() + make_interval(days => v.listing_days)
      FROM batches AS b JOIN verticals AS v ON v.id = b.vertical_id WHERE b.id = :batch
    ON CONFLICT (batch_id) DO NOTHING RETURNING listed_at
""")


def finish_listing(*, batch_id: UUID) -> None:
    """Say that a batch is for sale, and have it counted later what it could not sell."""
    barred = spotchecks.findings(batch_id).barred
    copies = validation.not_listable_leads(batch_id).where(Lead.sealed.is_not(None)).subquery()
    counted = select(func.count()).select_from(copies).where(copies.c.id.not_in(barred))
    number = db.session.execute(counted).scalar_one()
    listed_at = db.session.execute(_LISTED, {"batch": batch_id, "copies": number}).scalar_one_or_none()
    if listed_at is None:
        return
    due_at = listed_at + counted_after(crypto.keys().digest("not_listable", batch_id.bytes))
    outbox.enqueue(COUNT_TOPIC, batch_id, dedup=f"{COUNT_TOPIC}:{batch_id}", due_at=due_at)
    events.record(BatchListed(batch_id))


def count_not_listable(*, batch_id: UUID) -> None:
    """Count the leads of a batch that found no buyer so far, together with those that were never for sale.

    One number for both, whatever has become of the listings: its seller learns from it nothing about a
    single lead, nor what another seller holds.
    """
    unsold = (
        select(func.count())
        .select_from(Lead)
        .join(Listing, Listing.lead_id == Lead.id)
        .where(Lead.batch_id == batch_id, Listing.sold == 0)
        .scalar_subquery()
    )
    db.session.execute(
        update(ListedBatch)
        .where(ListedBatch.batch_id == batch_id, ListedBatch.not_listable.is_(None))
        .values(not_listable=ListedBatch.copies + unsold)
    )


_EXPIRE = text("""
    UPDATE listings SET state = 'expired'
     WHERE id IN (SELECT id FROM listings
                   WHERE state = 'live' AND expires_at <= (SELECT clock.now())
                   ORDER BY expires_at LIMIT :slice FOR NO KEY UPDATE SKIP LOCKED)
       AND state = 'live'
    RETURNING id
""")


def expire_slice() -> int:
    """Take off listings whose time is over; returns how many, at most a slice."""
    return len(db.session.execute(_EXPIRE, {"slice": SLICE_ROWS}).all())


def withdraw(*, actor: Actor, listing_id: UUID) -> Listing:
    """Take one of the actor's own listings off; what was sold stays sold. Raises NotFound, NoLongerForSale."""
    found = select(Listing).where(Listing.id == listing_id, Listing.seller_id == actor.organization_id)
    listing = db.session.execute(found.with_for_update(key_share=True)).scalar_one_or_none()
    if listing is None:
        raise NotFound
    if listing.state == ListingState.WITHDRAWN:
        return listing
    if listing.state != ListingState.LIVE:
        raise NoLongerForSale("This listing is over already: it is sold out or expired.")
    listing.state, listing.withdrawal = ListingState.WITHDRAWN, Withdrawal.SELLER
    events.record(ListingWithdrawn(listing.id))
    write_audit(actor, "listing.withdrawn", listing.id)
    db.session.flush()
    return listing


def withdraw_batch(*, actor: Actor, batch_id: UUID) -> None:
    """Ask that all live listings of an own batch be taken off, slice by slice. Raises NotFound."""
    intake.own_batch(actor, batch_id)
    # Asked of the batch and not of its listings: one that holds copies only answers like any other.
    listed = db.session.get(ListedBatch, batch_id, with_for_update=True)
    if listed is None:
        raise NotFound
    if listed.withdrawn_at is None:
        listed.withdrawn_at = clock.business_now()
    outbox.enqueue("listings.withdraw_batch", batch_id)
    write_audit(actor, "listings.batch_withdrawn", batch_id)


_WITHDRAW_SLICE = text("""
    UPDATE listings SET state = 'withdrawn', withdrawal = 'seller'
     WHERE id IN (SELECT id FROM listings WHERE batch_id = :batch AND state = 'live'
                   ORDER BY id LIMIT :slice FOR NO KEY UPDATE)
       AND state = 'live'
    RETURNING id
""")


def withdraw_slice(*, batch_id: UUID) -> int:
    """Take off a slice of a batch's live listings; returns how many."""
    return len(db.session.execute(_WITHDRAW_SLICE, {"batch": batch_id, "slice": SLICE_ROWS}).all())


def withdraw_lead(*, lead_id: UUID) -> None:
    """Take the listing of a lead off that was found fake; nothing when it is not live."""
    taken = db.session.execute(
        update(Listing)
        .where(Listing.lead_id == lead_id, Listing.state == ListingState.LIVE)
        .values(state=ListingState.WITHDRAWN, withdrawal=Withdrawal.FAKE)
        .returning(Listing.id)
    ).scalar_one_or_none()
    if taken is not None:
        events.record(ListingWithdrawn(taken))
