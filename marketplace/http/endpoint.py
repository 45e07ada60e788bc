"""The one way to write a view: permission, shape in, one transaction, shape out."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import marshmallow as ma
import orjson
from flask import Response, g
from flask_smorest import Blueprint

from ..access import Actor, Permission
from ..kernel.database import in_transaction
from . import idempotency
from .authentication import authenticate
from .parsing import PARSER
from .schemas import ProblemSchema

View = Callable[..., Any]

_RETRIES = 3
_PROBLEMS = {
    400: "The request cannot be read.",
    401: "No valid API key.",
    403: "The key lacks the permission.",
    404: "There is no such resource, or it belongs to somebody else.",
    405: "The resource does not know that method.",
    409: "What was asked lost a race or does not fit the state; the code says why.",
    413: "The body is too large.",
    415: "The body is not of a type that is taken here.",
    422: "Fields are not valid; `errors` names each.",
    503: "Busy or restarting; try again as Retry-After says.",
}


def endpoint(
    blueprint: Blueprint,
    rule: str,
    method: str,
    *,
    permission: Permission,
    answer: type[ma.Schema] | None,
    status: int = 200,
    body: type[ma.Schema] | None = None,
    query: type[ma.Schema] | None = None,
    idempotent: bool = False,
    money: bool = False,
    transactional: bool = True,
    takes: tuple[str, ...] = (),
    refusals: dict[int, str] | None = None,
    door: Callable[..., Actor] | None = None,
) -> Callable[[View], View]:
    """Register a view.

    The view gets the parsed query and body as one dict each (in this order, where asked for), then the
    parts of the path; it returns what *answer* dumps, a pair with headers, or a whole Response.
    *idempotent*: an Idempotency-Key is required and answered once; *money*: kept 30 days instead of one.
    *transactional* False leaves transactions to the view. *takes*: media types of a body that is no JSON.
    *door*: who asks is told by something else than a key (a signature): it gets the parts of the path and
    returns the actor, or refuses, before anything is parsed.
    """

    def register(view: View) -> View:
        handler = _in_one_transaction(view, answer, status, idempotent, money) if transactional else view
        handler = _described(blueprint, handler, view, answer, status, body, query, idempotent, refusals)
        if permission is Permission.PUBLIC or door is not None:
            handler = blueprint.doc(security=[])(handler)
        if takes:
            content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in takes}
            handler = blueprint.doc(requestBody={"required": True, "content": content})(handler)
        handler = _guarded(handler, permission, door)
        handler.permission = permission  # type: ignore[attr-defined]  # read by the test that proves none lacks one
        blueprint.route(rule, methods=[method], endpoint=view.__name__)(handler)
        return view

    return register


def _guarded(handler: View, permission: Permission, door: Callable[..., Actor] | None) -> View:
    @wraps(handler)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if door is None:
            authenticate(permission)
        else:
            g.actor = in_transaction(lambda: door(**kwargs))
        return handler(*args, **kwargs)

    return guarded


def _in_one_transaction(
    view: View, answer: type[ma.Schema] | None, status: int, idempotent: bool, money: bool
) -> View:
    schema = answer() if answer else None

    @wraps(view)
    def handler(*args: Any, **kwargs: Any) -> Response:
        def work() -> Response:
            return render(view(*args, **kwargs), schema, status)

        return answer_once(g.actor, work, money=money) if idempotent else in_transaction(work)

    return handler


def answer_once(
    actor: Actor | None, work: Callable[[], Response], *, money: bool, key: str | None = None
) -> Response:
    """Give the stored answer to this request, or do *work* in one transaction and keep what came of it.

    *key* stands for the header Idempotency-Key where a format has one of its own.
    """
    identity = idempotency.identify(
        actor.organization_id if actor else None, actor.principal_id if actor else None, key
    )
    for attempt in range(_RETRIES):
        try:
            return idempotency.answer_once(identity, work, money=money)
        except idempotency.AnsweredMeanwhile:
            if attempt == _RETRIES - 1:
                raise idempotency.RequestInFlight from None
    raise AssertionError("unreachable")


def render(result: Any, schema: ma.Schema | None, status: int) -> Response:
    """The response of a view's result, dumped while its transaction is open."""
    headers: dict[str, str] = {}
    if isinstance(result, Response):
        return result
    if isinstance(result, tuple):
        result, headers = result
    if schema is None:
        return Response(status=status, headers=headers)
    dumped = orjson.dumps(schema.dump(result))
    return Response(dumped, status=status, content_type="application/json", headers=headers)


def _described(
    blueprint: Blueprint,
    handler: View,
    view: View,
    answer: type[ma.Schema] | None,
    status: int,
    body: type[ma.Schema] | None,
    query: type[ma.Schema] | None,
    idempotent: bool,
    refusals: dict[int, str] | None,
) -> View:
    """Add parsing and the description for OpenAPI."""
    blueprint.ARGUMENTS_PARSER = PARSER
    handler = blueprint.response(status, answer if answer else None)(handler)
    for code, words in {**_PROBLEMS, **(refusals or {})}.items():
        handler = blueprint.alt_response(
            code,
            schema=ProblemSchema,
            description=words,
            content_type="application/problem+json",
            success=False,
        )(handler)
    # Applied innermost first: the query is the first argument of the view, the body the second.
    # Instances: from a class, a schema would be built for each request.
    if body is not None:
        handler = blueprint.arguments(body(), location="json")(handler)
    if query is not None:
        handler = blueprint.arguments(query(), location="query")(handler)
    if idempotent:
        handler = blueprint.doc(
            parameters=[
                {
                    "in": "header",
                    "name": "Idempotency-Key",
                    "required": True,
                    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
                    "description": "A value of your own; the same key and body get the first answer again.",
                }
            ]
        )(handler)
    return handler
