"""Writing a judged chunk: what the database alone knows decides, then everything at once or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from ... import rights
from ...kernel import clock, events
from ...kernel.database import db
from .. import intake
from .events import BatchValidated
from .models import BatchChunk, BatchReport
from .preparing import Prepared, column_of
from .reasons import Refused, sentence
from .states import ReportState
from .terms import Terms

_REPORT_COLUMNS: Final = ("lead_id", "answers")


@dataclass
class _Decided:
    """Which leads of a chunk are taken, and the claims on contacts that they make."""

    #: Where the leads that are taken stand among those of the chunk.
    kept: list[int]
    refusals: list[intake.NewRefusal]
    new_claims: list[tuple[bytes, bytes]]
    stale_claims: list[tuple[bytes, bytes]]


def store(prepared: Prepared, terms: Terms, number: int) -> bool:
    """Write chunk *number* with its leads, reports, claims and refusals; a chunk that is there stays.

    Returns False when it had been written before.
    """
    chunk = prepared.chunk
    if db.session.get(BatchChunk, (terms.batch_id, number)) is not None:
        return False
    lot = terms.lot
    intake.hold_claims(vertical_id=lot.vertical_id, seller_id=lot.seller_id)
    decided = _decide(prepared, terms)
    intake.copy_leads(prepared.leads, decided.kept)
    report_lines = intake.picked(prepared.leads.report_lines, decided.kept)
    intake.copy_lines("lead_reports", _REPORT_COLUMNS, report_lines)
    intake.take_claims(
        vertical_id=lot.vertical_id,
        seller_id=lot.seller_id,
        seen_at=lot.received_at,
        new=decided.new_claims,
        stale=decided.stale_claims,
    )
    refusals = [*prepared.refusals, *decided.refusals]
    intake.copy_refusals(terms.batch_id, refusals)
    accepted, refused = len(decided.kept), len(refusals)
    db.session.add(
        BatchChunk(
            batch_id=terms.batch_id,
            number=number,
            first_row=chunk.first_row,
            rows=accepted + refused,
            accepted=accepted,
            refused=refused,
            checkpoint=chunk.checkpoint.to_json(),
            is_last=chunk.is_last,
        )
    )
    _count(terms, accepted, refused, chunk.checkpoint.offset)
    if chunk.is_last:
        conclude(terms)
    return True


def begin_report(terms: Terms) -> None:
    """Write down that validation has begun; once."""
    db.session.execute(insert(BatchReport).values(batch_id=terms.batch_id).on_conflict_do_nothing())


def refuse_rest(terms: Terms, *, code: str, detail: str) -> None:
    """Refuse what comes behind the last chunk as one row that says why, and end."""
    last = (
        select(BatchChunk.checkpoint)
        .where(BatchChunk.batch_id == terms.batch_id)
        .order_by(BatchChunk.number.desc())
        .limit(1)
    )
    checkpoint = db.session.execute(last).scalar_one_or_none()
    row_no = int(checkpoint["row"]) if checkpoint else 0
    rest = intake.NewRefusal(row_no, code, None, detail, {intake.WHOLE_ROW: None})
    intake.copy_refusals(terms.batch_id, [rest])
    _count(terms, 0, 1, None)
    conclude(terms)


def conclude(terms: Terms) -> None:
    """All rows are judged."""
    db.session.execute(
        update(BatchReport)
        .where(BatchReport.batch_id == terms.batch_id)
        .values(state=ReportState.DONE, finished_at=clock.now_sql())
    )
    events.record(BatchValidated(terms.batch_id))


def _count(terms: Terms, accepted: int, refused: int, bytes_read: int | None) -> None:
    report = BatchReport
    db.session.execute(
        update(report)
        .where(report.batch_id == terms.batch_id)
        .values(
            rows_total=report.rows_total + accepted + refused,
            rows_accepted=report.rows_accepted + accepted,
            rows_refused=report.rows_refused + refused,
            bytes_read=func.coalesce(bytes_read, report.bytes_read),
        )
    )


def _decide(prepared: Prepared, terms: Terms) -> _Decided:
    """Refuse suppressed contacts and duplicates: inside the file and of the seller's own earlier leads.

    Rows are taken in the file's order. A refused row claims nothing, so a later row with the same
    contact is judged by itself.
    """
    leads = prepared.leads
    suppressed = _suppressed_columns(leads)
    seen = intake.claims_seen(
        vertical_id=terms.lot.vertical_id,
        seller_id=terms.lot.seller_id,
        digests=[digest for claims in leads.claims for digest in claims],
    )
    oldest = terms.lot.received_at - terms.duplicate_window
    alive = {digest for digest, seen_at in seen.items() if seen_at >= oldest}
    decided = _Decided([], [], [], [])
    for place, (lead_id, claims) in enumerate(zip(leads.lead_ids, leads.claims, strict=True)):
        if place in suppressed:
            column = suppressed[place]
            decided.refusals.append(_refusal(prepared, terms, place, Refused.SUPPRESSED, column))
        elif not alive.isdisjoint(claims):
            decided.refusals.append(_refusal(prepared, terms, place, Refused.DUPLICATE, None))
        else:
            decided.kept.append(place)
            alive.update(claims)
            for digest in claims:
                (decided.stale_claims if digest in seen else decided.new_claims).append((digest, lead_id))
    return decided


def _suppressed_columns(leads: intake.NewLeads) -> dict[int, str]:
    """The leads with a contact that must not come in again, and the column it stands in."""
    phones = rights.suppressed(rights.ContactKind.PHONE, (phone for own in leads.phones for phone in own))
    emails = rights.suppressed(rights.ContactKind.EMAIL, filter(None, leads.emails))
    if not phones and not emails:
        return {}
    found = {place: "email" for place, email in enumerate(leads.emails) if email in emails}
    return found | {place: "phone" for place, own in enumerate(leads.phones) if not phones.isdisjoint(own)}


def _refusal(
    prepared: Prepared, terms: Terms, place: int, code: Refused, column: str | None
) -> intake.NewRefusal:
    leads = prepared.leads
    return intake.NewRefusal(
        leads.row_numbers[place],
        code,
        column_of(terms, column),
        sentence(code, column),
        prepared.row_at(leads.places[place]),
    )
