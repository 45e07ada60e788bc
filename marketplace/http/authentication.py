"""Who is asking: the bearer key of a request becomes an actor."""

from __future__ import annotations

from collections.abc import Callable

from flask import g, request

from ..access import Actor, Permission
from ..kernel.errors import NotAllowed, NotAuthenticated

Authenticator = Callable[[str, str | None], Actor | None]

_authenticator: Authenticator | None = None


def set_authenticator(authenticator: Authenticator) -> None:
    """Say how a key and the caller's address become an actor; done once by the application."""
    global _authenticator
    _authenticator = authenticator


def current_actor() -> Actor:
    """The actor of this request. Raises NotAuthenticated when the view is public and nobody is known."""
    actor: Actor | None = g.get("actor")
    if actor is None:
        raise NotAuthenticated
    return actor


def authenticate(permission: Permission) -> None:
    """Find the actor of this request and check *permission*.

    Raises NotAuthenticated (401) without a valid key and NotAllowed (403) without the permission.
    """
    g.actor = None
    if permission is Permission.PUBLIC:
        return
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token or _authenticator is None:
        raise NotAuthenticated
    actor = _authenticator(token.strip(), request.remote_addr)
    if actor is None:
        raise NotAuthenticated
    g.actor = actor
    if not actor.may(permission):
        raise NotAllowed(actor.why_not(permission))
