"""Delivery targets and deliveries of a buyer."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_smorest import Blueprint

from ...access import Permission
from ...http import current_actor, endpoint, list_of, path_id
from . import queries, schemas, services
from .rules import TargetState

blueprint = Blueprint("deliveries", __name__, url_prefix="/v1", description="Where bought contacts are sent")

_READ, _WRITE = Permission.DELIVERIES_READ, Permission.DELIVERIES_WRITE
_DeliveriesOut = list_of(schemas.DeliveryOut, "DeliveriesOut")


def _allow_loopback() -> bool:
    allowed: bool = current_app.config["EXCHANGE"].delivery_allow_loopback
    return allowed


@endpoint(blueprint, "/delivery-targets", "GET", permission=_READ, answer=schemas.TargetsOut)
def list_targets() -> Any:
    """The delivery targets of the organization."""
    return {"data": queries.targets(current_actor()), "next_cursor": None}


@endpoint(
    blueprint,
    "/delivery-targets",
    "POST",
    permission=_WRITE,
    body=schemas.TargetIn,
    answer=schemas.NewTargetOut,
    status=201,
    idempotent=True,
)
def create_target(body: dict[str, Any]) -> Any:
    """Add a webhook; its signing secret is in this answer only."""
    return services.create_target(actor=current_actor(), **body, allow_loopback=_allow_loopback())


@endpoint(
    blueprint,
    "/delivery-targets/<target_id>",
    "PATCH",
    permission=_WRITE,
    body=schemas.TargetPatch,
    answer=schemas.TargetOut,
)
def change_target(body: dict[str, Any], target_id: str) -> Any:
    """Rename, move, pause or activate a target."""
    state = body.get("state")
    return services.change_target(
        actor=current_actor(),
        target_id=path_id("dtg", target_id),
        name=body.get("name"),
        url=body.get("url"),
        state=TargetState(state) if state else None,
        allow_loopback=_allow_loopback(),
    )


@endpoint(blueprint, "/delivery-targets/<target_id>", "DELETE", permission=_WRITE, answer=schemas.TargetOut)
def remove_target(target_id: str) -> Any:
    """Take a target away."""
    return services.remove_target(actor=current_actor(), target_id=path_id("dtg", target_id))


@endpoint(
    blueprint, "/deliveries", "GET", permission=_READ, query=schemas.DeliveriesQuery, answer=_DeliveriesOut
)
def list_deliveries(query: dict[str, Any]) -> Any:
    """Deliveries, newest first."""
    return queries.deliveries(current_actor(), **query)


@endpoint(
    blueprint, "/deliveries/<delivery_id>", "GET", permission=_READ, answer=schemas.DeliveryWithAttemptsOut
)
def read_delivery(delivery_id: str) -> Any:
    """One delivery with every attempt."""
    delivery = queries.delivery(current_actor(), path_id("dlv", delivery_id))
    attempts = queries.attempts(delivery.id)
    return {
        **{name: getattr(delivery, name) for name in schemas.DeliveryOut().fields},
        "attempt_list": attempts,
    }


@endpoint(
    blueprint,
    "/deliveries/<delivery_id>/redeliver",
    "POST",
    permission=_WRITE,
    answer=schemas.DeliveryOut,
    idempotent=True,
)
def redeliver(delivery_id: str) -> Any:
    """Send a delivery again, under the same webhook-id."""
    return services.redeliver(actor=current_actor(), delivery_id=path_id("dlv", delivery_id))
