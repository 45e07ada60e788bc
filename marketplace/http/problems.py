"""Everything that is not a success, as application/problem+json (RFC 9457)."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException

from ..kernel.database import refusal_of
from ..kernel.errors import DomainError, FieldProblem

CONTENT_TYPE = "application/problem+json"
_log = structlog.get_logger(__name__)

_DATA_EXCEPTION = "22"

_WORDS = {
    400: ("malformed_request", "The request cannot be read; check that its body is valid JSON."),
    404: ("not_found", "There is no such resource, or it is not yours."),
    405: ("method_not_allowed", "This resource does not know that method."),
    406: ("not_acceptable", "This resource cannot be given in that form."),
    408: ("request_timeout", "The request took too long to arrive; send it again."),
    411: ("length_required", "Send a Content-Length."),
    413: ("too_large", "The request body is larger than this resource takes."),
    415: ("unsupported_media_type", "Send the body as application/json."),
    422: ("invalid_input", "Some fields are not valid."),
    429: ("too_many_requests", "Too many requests; wait as long as Retry-After says."),
}


def problem(
    status: int,
    code: str,
    title: str,
    detail: str | None = None,
    *,
    problems: tuple[FieldProblem, ...] = (),
    facts: dict[str, Any] | None = None,
) -> Response:
    """One problem document; *facts* become members of their own."""
    body: dict[str, Any] = {
        "type": f"/problems/{code}",
        "title": title,
        "status": status,
        "detail": detail or title,
        "code": code,
        "errors": [{"pointer": p.pointer, "code": p.code, "detail": p.detail} for p in problems],
        "request_id": g.get("request_id"),
        **(facts or {}),
    }
    return Response(orjson.dumps(body, default=str), status=status, content_type=CONTENT_TYPE)


def refusal(error: DomainError) -> Response:
    """The problem document of a refusal."""
    return problem(
        error.status, error.code, error.title, error.detail, problems=error.problems, facts=error.facts
    )


def field_problems(messages: Any, pointer: str = "") -> Iterator[FieldProblem]:
    """marshmallow's nested messages as one problem for each field."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            step = "" if key == "_schema" else "/" + str(key).replace("~", "~0").replace("/", "~1")
            yield from field_problems(inner, pointer + step)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        if isinstance(message, dict):
            yield from field_problems(message, pointer)
        else:
            yield FieldProblem(pointer, _code_of(str(message)), str(message))


def _code_of(message: str) -> str:
    if message.startswith("Missing data"):
        return "missing"
    if message.startswith("Unknown field"):
        return "unknown_field"
    return "invalid"


def install(app: Flask) -> None:
    """Make every error of *app* a problem document; a fault shows nothing of its inside."""
    app.register_error_handler(DomainError, refusal)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(Exception, _fault)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return Response(status=status, headers=list(error.get_headers()))
    messages = getattr(error, "data", {}).get("messages") if status in (400, 422) else None
    if messages:
        # webargs says where it looked (json, query, path, headers); the pointer is into that place.
        problems = tuple(p for inner in messages.values() for p in field_problems(inner))
        answer = problem(status, *_WORDS[422], problems[0].detail if problems else None, problems=problems)
    else:
        code, title = _WORDS.get(status, ("refused", error.name))
        answer = problem(status, code, title)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            answer.headers[name] = value
    return answer


def _database_error(error: DBAPIError) -> Response:
    if (known := refusal_of(error)) is not None:
        return refusal(known)
    if isinstance(error, (OperationalError, InterfaceError)):
        _log.error("database unavailable", error=type(error.orig).__name__)
        answer = problem(503, "temporarily_unavailable", "The exchange is busy or restarting; try again.")
        answer.headers["Retry-After"] = "2"
        return answer
    if (getattr(error.orig, "sqlstate", None) or "").startswith(_DATA_EXCEPTION):
        # A value that no column of its type can hold, such as a number beyond 64 bits.
        return problem(422, *_WORDS[422], "A value is larger than anything that is kept here.")
    return _fault(error)


def _fault(error: Exception) -> Response:
    # The message of an error can hold personal data (a statement's parameters); class and place cannot.
    _log.error("fault", error=type(error).__name__, places=_places(error))
    return problem(500, "fault", "Something went wrong on our side; it was logged.")


def _places(error: Exception) -> list[str]:
    """The way to the fault as file and line, innermost last; no values."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{'/'.join(frame.filename.split('/')[-3:])}:{frame.lineno}" for frame in frames[-12:]]
