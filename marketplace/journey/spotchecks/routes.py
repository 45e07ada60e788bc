"""The worklist of checkers, the published check of a batch, the seller's choice, plans and fees."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from flask_smorest import Blueprint

from ... import draws
from ...access import Permission
from ...http import current_actor, endpoint, list_of, path_id
from ...kernel import ids
from ...kernel.errors import InvalidInput
from ...kernel.money import Money
from .. import offers
from . import choices, curves, queries, record, schemas, services
from .models import CheckFee, SpotCheck
from .rules import CHOOSING, SampleOutcome

blueprint = Blueprint(
    "spotchecks", __name__, url_prefix="/v1", description="Random samples, checked by people"
)

_P = Permission
_WorklistOut = list_of(schemas.WorkItemOut, "WorklistOut")


@endpoint(
    blueprint,
    "/spot-checks",
    "GET",
    permission=_P.SPOTCHECKS_WORK,
    query=schemas.WorklistQuery,
    answer=_WorklistOut,
)
def list_work(query: dict[str, Any]) -> Any:
    """The leads that wait for this checker."""
    page = queries.worklist(queries.checker_of(current_actor()), query["limit"], query["cursor"])
    rows = [
        {"id": sample.id, "vertical": vertical.code, "claimed_until": sample.claimed_until}
        for sample, vertical in page.rows
    ]
    return {"rows": rows, "next_cursor": page.next_cursor}


@endpoint(
    blueprint,
    "/spot-checks/<sample_id>",
    "GET",
    permission=_P.SPOTCHECKS_WORK,
    answer=schemas.OpenedSampleOut,
)
def open_sample(sample_id: str) -> Any:
    """Open a lead: it is yours for 30 minutes, and its contact is shown in clear."""
    opened = services.open_sample(actor=current_actor(), sample_id=path_id("chk", sample_id))
    return {
        "id": opened.sample.id,
        "vertical": opened.vertical.code,
        "vertical_name": opened.vertical.name,
        "lead_at": opened.lead.lead_at,
        "country": opened.lead.country,
        "region": opened.lead.region,
        "attributes": opened.lead.attributes,
        "contact": opened.contact,
        "claimed_until": opened.sample.claimed_until,
    }


@endpoint(
    blueprint,
    "/spot-checks/<sample_id>/verdict",
    "POST",
    permission=_P.SPOTCHECKS_WORK,
    body=schemas.VerdictIn,
    answer=schemas.VerdictOut,
    status=201,
    idempotent=True,
)
def give_verdict(body: dict[str, Any], sample_id: str) -> Any:
    """Say what was found. A 'fake' counts when another checker confirms it."""
    sample = services.give_verdict(actor=current_actor(), sample_id=path_id("chk", sample_id), **body)
    return {"id": sample.id, "verdict": body["verdict"]}


@endpoint(
    blueprint,
    "/batches/<batch_id>/spot-check",
    "GET",
    permission=_P.SPOTCHECKS_READ,
    answer=schemas.SpotCheckOut,
)
def read_check(batch_id: str) -> Any:
    """Plan, commitment and live figures; after the decision seed, outcomes and the record."""
    return _shown(queries.check_of(current_actor(), path_id("bat", batch_id)))


def _shown(check: SpotCheck) -> dict[str, Any]:
    told = draws.draw(check.batch_id)
    published = record.is_published(check)
    outcomes = [_word(SampleOutcome(sample.outcome)) for sample in queries.tried(check.batch_id)]
    return {
        **{column.key: getattr(check, column.key) for column in SpotCheck.__table__.columns},
        "figures": check,
        "commitment": told.commitment,
        "root": told.root,
        "beacon_used": None if check.drawn_at is None else told.beacon is not None,
        "server_seed": draws.reveal(batch_id=check.batch_id) if published else None,
        "outcomes": outcomes if published else None,
        "record_url": _record_url(check) if published else None,
        "full_check_fee": choices.full_check_fee(check) if check.state in CHOOSING else None,
    }


def _word(outcome: SampleOutcome) -> str:
    return "pending" if outcome is SampleOutcome.DROPPED else outcome.value


def _record_url(check: SpotCheck) -> str:
    return url_for("spotchecks.read_record", batch_id=ids.public("bat", check.batch_id))


@endpoint(
    blueprint,
    "/batches/<batch_id>/spot-check/record",
    "GET",
    permission=_P.SPOTCHECKS_READ,
    answer=None,
)
def read_record(batch_id: str) -> Any:
    """The record as a file: whoever has it can recompute the draw without asking us."""
    check = queries.check_of(current_actor(), path_id("bat", batch_id))
    name = f"spot-check-{ids.public('bat', check.batch_id)}.json"
    return Response(
        "".join(record.pieces(check)),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@endpoint(
    blueprint,
    "/batches/<batch_id>/spot-check/choice",
    "POST",
    permission=_P.BATCHES_WRITE,
    body=schemas.ChoiceIn,
    answer=schemas.SpotCheckOut,
    idempotent=True,
    money=True,
)
def choose(body: dict[str, Any], batch_id: str) -> Any:
    """Within 72 hours of a rejection or hold: take the batch back, or have every lead checked for a fee."""
    actor = current_actor()
    return _shown(choices.choose(actor=actor, batch_id=path_id("bat", batch_id), choice=body["choice"]))


@endpoint(
    blueprint,
    "/plans",
    "GET",
    permission=_P.VERTICALS_READ,
    query=schemas.PlansQuery,
    answer=schemas.PlansOut,
)
def list_plans(query: dict[str, Any]) -> Any:
    """The sampling presets with their plans and exact operating curves for a size of batch."""
    return {"data": curves.curves(query["batch_size"]), "next_cursor": None}


@endpoint(blueprint, "/check-fees", "GET", permission=_P.VERTICALS_READ, answer=schemas.FeesOut)
def list_fees() -> Any:
    """What full checks cost where the operator has set a fee of the vertical."""
    return {"data": [_shown_fee(fee) for fee in queries.fees()], "next_cursor": None}


@endpoint(
    blueprint,
    "/check-fees/<vertical>",
    "PUT",
    permission=_P.PLANS_WRITE,
    body=schemas.FeeIn,
    answer=schemas.FeeOut,
)
def set_fee(body: dict[str, Any], vertical: str) -> Any:
    """Set the fee of a vertical in the currency of the amount."""
    fee: Money = body["fee"]
    if fee.amount == 0:
        raise InvalidInput.field("/fee/amount", "invalid", "A fee is at least one minor unit.")
    found = offers.vertical_by_word(vertical)
    return _shown_fee(choices.set_fee(actor=current_actor(), vertical_id=found.id, fee=fee))


def _shown_fee(fee: CheckFee) -> dict[str, Any]:
    return {
        "vertical_id": fee.vertical_id,
        "fee": Money(fee.fee_minor, fee.currency),
        "changed_at": fee.changed_at,
    }
