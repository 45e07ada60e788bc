"""Settlements and earnings of a seller."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from ...access import Permission
from ...http import ListQuery, current_actor, endpoint, list_of, path_id
from . import queries, schemas, views

blueprint = Blueprint("settlements", __name__, url_prefix="/v1", description="What sellers earned")

_SettlementsOut = list_of(schemas.SettlementOut, "SettlementsOut")


@endpoint(
    blueprint,
    "/settlements",
    "GET",
    permission=Permission.SETTLEMENTS_READ,
    query=schemas.SettlementsQuery,
    answer=_SettlementsOut,
)
def list_settlements(query: dict[str, Any]) -> Any:
    """The seller's weeks, newest first."""
    return views.page(queries.settlements(current_actor(), **query))


@endpoint(
    blueprint,
    "/settlements/<settlement_id>",
    "GET",
    permission=Permission.SETTLEMENTS_READ,
    query=ListQuery,
    answer=schemas.StatementOut,
)
def read_settlement(query: dict[str, Any], settlement_id: str) -> Any:
    """The statement of one week: sums, and the lines page by page."""
    row = queries.settlement(current_actor(), path_id("stl", settlement_id))
    return views.statement(row, queries.lines(row.id, **query))


@endpoint(blueprint, "/earnings", "GET", permission=Permission.EARNINGS_READ, answer=schemas.EarningsOut)
def read_earnings() -> Any:
    """What is held, pending, available and paid, by currency."""
    return views.earnings(queries.earnings(current_actor().organization_id))
