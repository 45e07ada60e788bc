"""Reporting what came of bought leads, and what is paid for it under CPA."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from ...access import Actor, Permission
from ...http import ListQuery, answer_once, current_actor, endpoint, path_id, render
from ...kernel import ids
from . import actions, postbacks, queries, schemas, services, views
from .rules import ReportedBy

blueprint = Blueprint(
    "outcomes", __name__, url_prefix="/v1", description="What came of bought leads, and actions under CPA"
)

_P = Permission
_REFUSALS = {
    409: "`action_already_reported`, `attribution_over`, `purchase_ended`, `reference_taken`.",
    422: "A field: its pointer says which; `value` is at most the bid.",
}


@endpoint(
    blueprint,
    "/purchases/<purchase_id>/outcomes",
    "POST",
    permission=_P.OUTCOMES_WRITE,
    body=schemas.OutcomeIn,
    answer=schemas.ReportedOut,
    status=201,
    idempotent=True,
    money=True,
    refusals=_REFUSALS,
)
def report_outcome(body: dict[str, Any], purchase_id: str) -> Any:
    """Say what came of a lead. Under CPA the purchase's own action is billed: paid 14 days later."""
    actor = current_actor()
    made = services.report(
        actor=actor,
        purchase_id=path_id("pur", purchase_id),
        told=services.Told(**body),
        reported_by=ReportedBy.API,
    )
    return views.reported(actor, made)


@endpoint(
    blueprint,
    "/outcomes",
    "GET",
    permission=_P.OUTCOMES_READ,
    query=schemas.OutcomesQuery,
    answer=schemas.OutcomesOut,
)
def list_outcomes(query: dict[str, Any]) -> Any:
    """What buyers reported, newest first: your own reports, and those on leads that you sold."""
    return views.reports(current_actor(), queries.reports(current_actor(), **query))


@endpoint(
    blueprint,
    "/outcomes/summary",
    "GET",
    permission=_P.OUTCOMES_READ,
    query=schemas.SummaryQuery,
    answer=schemas.SummaryOut,
)
def summarize_outcomes(query: dict[str, Any]) -> Any:
    """Leads counted by their latest outcome and the reason of a disqualification."""
    return views.summary(current_actor(), query["by"])


@endpoint(
    blueprint,
    "/purchases/<purchase_id>/follow-up",
    "GET",
    permission=_P.OUTCOMES_READ,
    answer=schemas.FollowedOut,
)
def read_follow_up(purchase_id: str) -> Any:
    """What the reports on a purchase come to: latest outcome, on target, the date of coming back."""
    return services.followed_of(actor=current_actor(), purchase_id=path_id("pur", purchase_id))


@endpoint(
    blueprint,
    "/purchases/<purchase_id>/on-target",
    "PUT",
    permission=_P.OUTCOMES_WRITE,
    body=schemas.JudgementIn,
    answer=schemas.FollowedOut,
)
def judge_lead(body: dict[str, Any], purchase_id: str) -> Any:
    """Overrule what the length of the calls says."""
    return services.judge(
        actor=current_actor(), purchase_id=path_id("pur", purchase_id), on_target=body["on_target"]
    )


@endpoint(
    blueprint,
    "/follow-ups",
    "GET",
    permission=_P.OUTCOMES_READ,
    query=schemas.FollowUpsQuery,
    answer=schemas.FollowUpsOut,
)
def list_follow_ups(query: dict[str, Any]) -> Any:
    """The leads that you deferred; those that came back are to be called again."""
    return queries.deferred(current_actor().organization_id, **query)


@endpoint(
    blueprint,
    "/customers",
    "GET",
    permission=_P.OUTCOMES_READ,
    query=ListQuery,
    answer=schemas.CustomersOut,
)
def list_customers(query: dict[str, Any]) -> Any:
    """Your leads that became customers, with lead time and revenue; newest first."""
    return views.customers(queries.customers(current_actor().organization_id, **query))


@endpoint(
    blueprint,
    "/actions",
    "GET",
    permission=_P.OUTCOMES_READ,
    query=schemas.ActionsQuery,
    answer=schemas.ActionsOut,
)
def list_actions(query: dict[str, Any]) -> Any:
    """The actions under CPA that you reported or are paid by, newest first."""
    return views.actions(queries.actions(current_actor(), **query))


@endpoint(blueprint, "/actions/<action_id>", "GET", permission=_P.OUTCOMES_READ, answer=schemas.ActionOut)
def read_action(action_id: str) -> Any:
    """One action with its value and its clock."""
    return views.action(queries.action_of(current_actor(), path_id("act", action_id)))


@endpoint(
    blueprint,
    "/actions/<action_id>/reversal",
    "POST",
    permission=_P.OUTCOMES_WRITE,
    answer=schemas.ActionOut,
    idempotent=True,
    money=True,
    refusals={409: "It was confirmed or reversed already (`action_ended`)."},
)
def reverse_action(action_id: str) -> Any:
    """Take a report back before it is confirmed: a cancelled contract, a returned purchase. The hold is refunded."""
    reversed_now = actions.reverse(actor=current_actor(), action_id=path_id("act", action_id))
    return views.action(reversed_now)


@endpoint(
    blueprint,
    "/postback-address",
    "POST",
    permission=_P.OUTCOMES_WRITE,
    answer=schemas.PostbackAddressOut,
    status=201,
    idempotent=True,
)
def make_postback_address() -> Any:
    """Get the address for your system's reports and a new secret, shown once; the earlier secret is void."""
    return postbacks.make_address(actor=current_actor())


def _sender(address_id: str) -> Actor:
    signed = request.get_data(cache=True)
    return postbacks.sender_of(ids.parse("pbk", address_id), dict(request.headers.items()), signed)


@endpoint(
    blueprint,
    "/postbacks/<address_id>",
    "POST",
    permission=_P.OUTCOMES_WRITE,
    door=_sender,
    body=schemas.PostbackIn,
    answer=schemas.ReportedOut,
    status=201,
    transactional=False,
    refusals={401: "The signature is not right (`bad_signature`).", **_REFUSALS},
)
def take_postback(body: dict[str, Any], address_id: str) -> Any:
    """Report an outcome from your own system, signed as Standard Webhooks says; webhook-id makes it count once."""
    sender = current_actor()
    told = {name: value for name, value in body.items() if name != "purchase_id"}

    def work() -> Response:
        made = services.report(
            actor=sender,
            purchase_id=body["purchase_id"],
            told=services.Told(**told),
            reported_by=ReportedBy.POSTBACK,
        )
        return render(views.reported(sender, made), schemas.ReportedOut(), 201)

    return answer_once(sender, work, money=True, key=request.headers["webhook-id"])
