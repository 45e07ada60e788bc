"""A bearer key becomes an actor; remembered for two seconds, so that revoking works within five."""

from __future__ import annotations

import time

from sqlalchemy import func, update

from ..access import Actor, Principal, Role
from ..kernel import crypto
from ..kernel.database import db, in_transaction
from . import queries
from .models import ApiKey
from .rules import KEY_PREFIX, OrganizationState, address_allowed, effective_permissions

_REMEMBERED_SECONDS = 2.0
_MOST_REMEMBERED = 10_000
#: last_used_at is written at most this often for one key, in seconds.
_USE_NOTED_EVERY = 60.0

_Known = tuple[float, Actor, tuple[str, ...]]
_remembered: dict[bytes, _Known] = {}
_noted: dict[bytes, float] = {}


def authenticate(token: str, address: str | None) -> Actor | None:
    """The actor behind *token*; None when it is unknown, revoked, expired or used from elsewhere."""
    if not token.startswith(KEY_PREFIX) or len(token) > 200:
        return None
    secret_hash = crypto.secret_hash(token)
    now = time.monotonic()
    known = _remembered.get(secret_hash)
    if known is None or known[0] < now:
        known = in_transaction(lambda: _look_up(secret_hash, now))
        if known is None:
            _remembered.pop(secret_hash, None)
            return None
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[secret_hash] = known
    _, actor, networks = known
    return actor if address_allowed(address, networks) else None


def forget() -> None:
    """Forget every remembered key."""
    _remembered.clear()


def _look_up(secret_hash: bytes, now: float) -> _Known | None:
    found = queries.credential(secret_hash)
    if found is None:
        return None
    key, member, organization = found
    if _noted.get(secret_hash, -_USE_NOTED_EVERY) + _USE_NOTED_EVERY <= now:
        if len(_noted) >= _MOST_REMEMBERED:
            _noted.clear()
        _noted[secret_hash] = now
        db.session.execute(
            update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=func.clock_timestamp())
        )
    permissions = effective_permissions(
        role=Role(member.role),
        scopes=key.scopes,
        state=OrganizationState(organization.state),
        sells=organization.sells,
        buys=organization.buys,
    )
    actor = Actor(
        organization_id=organization.id,
        principal_id=key.id,
        principal=Principal.KEY,
        member_id=member.id,
        permissions=permissions,
        is_operator=organization.operates,
        sells=organization.sells,
        buys=organization.buys,
        approved=organization.state == OrganizationState.APPROVED,
    )
    return now + _REMEMBERED_SECONDS, actor, tuple(key.allowed_networks)
