"""Batches: open, send the file, say what its columns are, fetch what was refused; one's own leads."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response, current_app, request, stream_with_context
from flask_smorest import Blueprint

from ...access import Permission
from ...http import current_actor, endpoint, path_id
from ...kernel.database import in_transaction
from ...kernel.errors import InvalidInput
from . import queries, schemas, services, uploads
from .contacts import given_contact
from .multipart import incoming_file
from .refused import refused_rows_file

blueprint = Blueprint("intake", __name__, url_prefix="/v1", description="Batches and their files")

_P = Permission
_SEARCH_LIMIT = 200


@endpoint(
    blueprint,
    "/offers/<offer_id>/batches",
    "POST",
    permission=_P.BATCHES_WRITE,
    body=schemas.BatchIn,
    answer=schemas.BatchOut,
    status=201,
    idempotent=True,
)
def open_batch(body: dict[str, Any], offer_id: str) -> Any:
    """Open a batch. The answer holds the commitment to the order of its spot check; then send the file."""
    return services.open_batch(
        actor=current_actor(), offer_id=path_id("off", offer_id), mapping=body["mapping"]
    )


@endpoint(
    blueprint,
    "/batches/<batch_id>/file",
    "PUT",
    permission=_P.BATCHES_WRITE,
    query=schemas.UploadQuery,
    answer=schemas.BatchOut,
    status=202,
    transactional=False,
    takes=("application/octet-stream", "text/csv", "application/gzip", "multipart/form-data"),
)
def send_file(query: dict[str, Any], batch_id: str) -> Any:
    """Send the file: CSV, XLSX or JSON Lines, plain or gzip, as the body or as the one file of a form.

    The same file again gets the same answer. A cut upload leaves the batch open: send it again.
    """
    actor, identifier = current_actor(), path_id("bat", batch_id)
    max_bytes: int = current_app.config["EXCHANGE"].max_upload_bytes
    # Only this view takes large bodies, and it never holds them; a form has some bytes around its file.
    request.max_content_length = max_bytes + (1 << 20)
    if query["mapping"] is not None:
        mapping = _mapping_in(query["mapping"])
        in_transaction(lambda: services.map_open_batch(actor=actor, batch_id=identifier, mapping=mapping))
    incoming = incoming_file(request)
    batch = uploads.receive(actor=actor, batch_id=identifier, incoming=incoming, max_bytes=max_bytes)
    dumped = orjson.dumps(schemas.BatchOut().dump(batch))
    return Response(dumped, status=202, content_type="application/json")


def _mapping_in(text: str) -> dict[str, str | None]:
    try:
        loaded = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidInput.field("/mapping", "invalid", "The mapping is a JSON object.") from None
    if errors := schemas.MappingIn().validate({"mapping": loaded}):
        raise InvalidInput.field("/mapping", "invalid", f"The mapping is not valid: {_first(errors)}")
    mapping: dict[str, str | None] = loaded
    return mapping


def _first(messages: Any) -> str:
    while isinstance(messages, dict | list):
        messages = next(iter(messages.values() if isinstance(messages, dict) else messages))
    return str(messages)


@endpoint(
    blueprint,
    "/batches/<batch_id>/mapping",
    "PUT",
    permission=_P.BATCHES_WRITE,
    body=schemas.MappingIn,
    answer=schemas.BatchOut,
)
def set_mapping(body: dict[str, Any], batch_id: str) -> Any:
    """Say which column is which field, before the file or when its columns were not understood.

    It is remembered for the next file with the same columns.
    """
    return services.set_mapping(
        actor=current_actor(), batch_id=path_id("bat", batch_id), mapping=body["mapping"]
    )


@endpoint(
    blueprint,
    "/batches/<batch_id>/refusals",
    "GET",
    permission=_P.BATCHES_READ,
    query=schemas.RefusalsQuery,
    answer=schemas.RefusedRowsOut,
)
def list_refusals(query: dict[str, Any], batch_id: str) -> Any:
    """Refused rows in the file's order; `format=csv` gives the same rows as a file with the reasons.

    The file holds contacts: only the seller's own organization gets it.
    """
    actor, identifier = current_actor(), path_id("bat", batch_id)
    if query["format"] == "csv":
        batch = queries.own_batch(actor, identifier)
        return Response(
            stream_with_context(refused_rows_file(batch)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="refused-{batch_id}.csv"'},
        )
    batch = queries.batch_of(actor, identifier)
    return queries.refused_rows(batch.id, query["limit"], query["cursor"])


@endpoint(
    blueprint,
    "/leads/search",
    "POST",
    permission=_P.BATCHES_READ,
    body=schemas.ContactIn,
    answer=schemas.LeadsOut,
)
def search_leads(body: dict[str, Any]) -> Any:
    """Your own leads with exactly this phone or e-mail address, newest first, at most 200."""
    contact = given_contact(phone=body.get("phone"), email=body.get("email"), country=body["country"])
    return {
        "rows": services.find_leads(actor=current_actor(), contact=contact, limit=_SEARCH_LIMIT),
        "next_cursor": None,
    }


@endpoint(
    blueprint,
    "/suppressions",
    "POST",
    permission=_P.SUPPRESSIONS_WRITE,
    body=schemas.SuppressionIn,
    answer=None,
    status=204,
    idempotent=True,
)
def suppress_contact(body: dict[str, Any]) -> Any:
    """Let a contact never come in again; only a keyed digest of it is kept."""
    contact = given_contact(phone=body.get("phone"), email=body.get("email"), country=body["country"])
    services.suppress_contact(actor=current_actor(), contact=contact, reason=body["reason"])
