"""Disputes: opened by buyers, answered by sellers, ruled by moderators."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, request
from flask_smorest import Blueprint

from ...access import Permission
from ...http import ListQuery, current_actor, endpoint, list_of, path_id
from . import queries, rulings, schemas, services, views
from .errors import NoGround, WrongFile
from .rules import MAX_FILE_BYTES, NO_REASON, Reason

blueprint = Blueprint("disputes", __name__, url_prefix="/v1", description="Claims about bought leads")

_P = Permission
_DisputesOut = list_of(schemas.DisputeOut, "DisputesOut")
_MessagesOut = list_of(schemas.MessageOut, "DisputeMessagesOut")
#: A form around the largest file.
_MOST_BODY = MAX_FILE_BYTES + (64 << 10)


def _take_larger_files() -> None:
    if request.endpoint == "disputes.add_file":
        request.max_content_length = _MOST_BODY


blueprint.before_request(_take_larger_files)


@endpoint(
    blueprint,
    "/disputes",
    "POST",
    permission=_P.DISPUTES_WRITE,
    body=schemas.DisputeIn,
    answer=schemas.DisputeOut,
    status=201,
    idempotent=True,
    money=True,
    refusals={409: "`window_closed`, `purchase_ended`, `already_disputed`.", 422: "`no_ground`, or a field."},
)
def open_dispute(body: dict[str, Any]) -> Any:
    """Dispute a purchase within its return window. The money stands still until the ruling."""
    reason, actor = body["reason"], current_actor()
    if reason in NO_REASON:
        raise NoGround(NO_REASON[reason])
    dispute = services.open_dispute(
        actor=actor, purchase_id=body["purchase_id"], reason=Reason(reason), statement=body["statement"]
    )
    return views.shown(actor, dispute)


@endpoint(
    blueprint,
    "/disputes",
    "GET",
    permission=_P.DISPUTES_READ,
    query=schemas.DisputesQuery,
    answer=_DisputesOut,
)
def list_disputes(query: dict[str, Any]) -> Any:
    """The disputes of the organization on either side, newest first; all of them for moderators."""
    return views.page(current_actor(), queries.disputes(current_actor(), **query))


@endpoint(blueprint, "/disputes/<dispute_id>", "GET", permission=_P.DISPUTES_READ, answer=schemas.DisputeOut)
def read_dispute(dispute_id: str) -> Any:
    """One dispute with its clocks."""
    found = queries.dispute_of(current_actor(), path_id("dsp", dispute_id))
    return views.shown(current_actor(), found)


@endpoint(
    blueprint,
    "/disputes/<dispute_id>/answer",
    "POST",
    permission=_P.DISPUTES_WRITE,
    body=schemas.TextIn,
    answer=schemas.DisputeOut,
    idempotent=True,
    money=True,
)
def answer_dispute(body: dict[str, Any], dispute_id: str) -> Any:
    """The seller answers within 72 hours; silence loses."""
    actor = current_actor()
    found = services.answer(actor=actor, dispute_id=path_id("dsp", dispute_id), text=body["text"])
    return views.shown(actor, found)


@endpoint(
    blueprint,
    "/disputes/<dispute_id>/withdrawal",
    "POST",
    permission=_P.DISPUTES_WRITE,
    answer=schemas.DisputeOut,
    idempotent=True,
    money=True,
)
def withdraw_dispute(dispute_id: str) -> Any:
    """The buyer takes the dispute back; the purchase goes on."""
    actor = current_actor()
    return views.shown(actor, services.withdraw(actor=actor, dispute_id=path_id("dsp", dispute_id)))


@endpoint(
    blueprint,
    "/disputes/<dispute_id>/ruling",
    "POST",
    permission=_P.DISPUTES_RULE,
    body=schemas.RulingIn,
    answer=schemas.DisputeOut,
    idempotent=True,
    money=True,
)
def rule_dispute(body: dict[str, Any], dispute_id: str) -> Any:
    """A moderator rules; money moves when the 7 days for an appeal are over."""
    actor = current_actor()
    ruled = rulings.rule(actor=actor, dispute_id=path_id("dsp", dispute_id), **body)
    return views.shown(actor, ruled)


@endpoint(
    blueprint,
    "/disputes/<dispute_id>/messages",
    "GET",
    permission=_P.DISPUTES_READ,
    query=ListQuery,
    answer=_MessagesOut,
)
def list_messages(query: dict[str, Any], dispute_id: str) -> Any:
    """The thread, oldest first."""
    found = queries.dispute_of(current_actor(), path_id("dsp", dispute_id))
    return views.thread(queries.messages(found.id, **query))


@endpoint(
    blueprint,
    "/disputes/<dispute_id>/messages",
    "POST",
    permission=_P.DISPUTES_WRITE,
    body=schemas.TextIn,
    answer=schemas.MessageOut,
    status=201,
    idempotent=True,
)
def add_message(body: dict[str, Any], dispute_id: str) -> Any:
    """Write into the thread; buyer, seller and moderators read it."""
    said = services.say(actor=current_actor(), dispute_id=path_id("dsp", dispute_id), text=body["text"])
    return views.message(said)


@endpoint(
    blueprint,
    "/disputes/<dispute_id>/evidence",
    "GET",
    permission=_P.DISPUTES_READ,
    answer=schemas.FilesOut,
)
def list_files(dispute_id: str) -> Any:
    """The files that were shown."""
    found = queries.dispute_of(current_actor(), path_id("dsp", dispute_id))
    return {"data": queries.files(found.id), "next_cursor": None}


@endpoint(
    blueprint,
    "/disputes/<dispute_id>/evidence",
    "POST",
    permission=_P.DISPUTES_WRITE,
    answer=schemas.FileOut,
    status=201,
    idempotent=True,
    takes=("multipart/form-data",),
)
def add_file(dispute_id: str) -> Any:
    """Show a file (multipart/form-data, one part `file`, at most 5 MiB; its content decides its type)."""
    actor, identifier = current_actor(), path_id("dsp", dispute_id)
    queries.dispute_of(actor, identifier)
    given = request.files.get("file")
    if given is None:
        raise WrongFile("Send the file as the part 'file' of a multipart/form-data body.")
    # From the beginning: a transaction that lost a deadlock runs the view again with the same stream.
    given.stream.seek(0)
    return services.show_file(
        actor=actor, dispute_id=identifier, name=given.filename or "file", content=given.stream.read()
    )


@endpoint(
    blueprint,
    "/disputes/<dispute_id>/evidence/<file_id>",
    "GET",
    permission=_P.DISPUTES_READ,
    answer=None,
)
def read_file(dispute_id: str, file_id: str) -> Any:
    """One file, always as a download."""
    found, name, content = services.read_file(
        actor=current_actor(), dispute_id=path_id("dsp", dispute_id), file_id=path_id("evd", file_id)
    )
    answer = Response(content, content_type=found.media_type)
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
