"""Reads over the steps of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid

from ..access import Actor
from ..journey import intake, listings, spotchecks, validation
from ..kernel import clock
from ..kernel.database import db
from ..kernel.paging import Page
from .rules import Stage, as_seen, stage


@dataclass(frozen=True)
class BatchStory:
    """A batch and how far it has come."""

    batch: intake.Batch
    stage: Stage
    report: validation.BatchReport | None
    #: Leads that found no buyer or were never for sale, counted together and late; None before that.
    not_listable: int | None = None

    @property
    def rows_done(self) -> int:
        """Rows that were judged so far."""
        return self.report.rows_total if self.report else 0

    @property
    def rows_expected(self) -> int | None:
        """How many rows the file has: counted at the end, before that estimated from the bytes read so far."""
        report = self.report
        if report is None:
            return None
        if report.state == validation.ReportState.DONE:
            return report.rows_total
        packed = (self.batch.recognition or {}).get("file", {}).get("compression") != "none"
        if packed or not report.bytes_read or not self.batch.file_bytes:
            return None
        return max(report.rows_total, report.rows_total * self.batch.file_bytes // report.bytes_read)


def story(actor: Actor, batch_id: UUID) -> BatchStory:
    """One batch that the actor may see. Raises NotFound."""
    return _stories([intake.batch_of(actor, batch_id)])[0]


def stories(actor: Actor, offer_id: UUID | None, limit: int, cursor: str | None) -> Page[BatchStory]:
    """The batches that the actor may see, newest first."""
    page = intake.batches(actor, offer_id, limit, cursor)
    return Page(_stories(page.rows), page.next_cursor)


def _stories(batches: Sequence[intake.Batch]) -> list[BatchStory]:
    """A fixed number of statements, however many batches there are."""
    ids = [batch.id for batch in batches]
    reports, checks, states = validation.reports(ids), spotchecks.states(ids), _listing_states(ids)
    listed, now = _listed(ids), clock.business_now()
    return [
        _told(
            batch,
            reports.get(batch.id),
            checks.get(batch.id),
            listed.get(batch.id),
            states.get(batch.id, frozenset()),
            now,
        )
        for batch in batches
    ]


def _listed(batch_ids: Sequence[UUID]) -> dict[UUID, listings.ListedBatch]:
    wanted = bindparam("batches", list(batch_ids), ARRAY(Uuid()))
    found = select(listings.ListedBatch).where(listings.ListedBatch.batch_id == any_(wanted))
    return {row.batch_id: row for row in db.session.execute(found).scalars()}


def _told(
    batch: intake.Batch,
    report: validation.BatchReport | None,
    check: spotchecks.CheckState | None,
    listed: listings.ListedBatch | None,
    states: frozenset[listings.ListingState],
    now: datetime,
) -> BatchStory:
    validated = validation.ReportState(report.state) if report else None
    seen: frozenset[listings.ListingState] = frozenset()
    if listed is not None:
        seen = as_seen(
            states,
            copies=listed.copies > 0,
            withdrawn=listed.withdrawn_at is not None,
            expired=listed.expires_at <= now,
        )
    word = stage(intake.BatchState(batch.state), validated, check, seen)
    return BatchStory(batch, word, report, listed.not_listable if listed else None)


def _listing_states(batch_ids: Sequence[UUID]) -> dict[UUID, frozenset[listings.ListingState]]:
    """Which states the listings of each batch have; asked one by one, since a batch may have a million."""
    listing, batch = listings.Listing, intake.Batch
    has = [
        select(listing.id).where(listing.batch_id == batch.id, listing.state == state).exists().label(state)
        for state in listings.ListingState
    ]
    wanted = bindparam("batches", list(batch_ids), ARRAY(Uuid()))
    found = db.session.execute(select(batch.id, *has).where(batch.id == any_(wanted)))
    return {
        row[0]: frozenset(state for state, there in zip(listings.ListingState, row[1:], strict=True) if there)
        for row in found
    }
