"""The verbs of identity."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ..access import Actor, Permission, Principal, Role, permissions_of, write_audit
from ..kernel import clock, crypto, events, randomness
from ..kernel.database import db
from ..kernel.errors import InvalidInput
from . import queries
from .errors import KeyNotActive, LastOwner, ScopeTooWide, TooManyKeys, WrongRole
from .events import OrganizationApproved, OrganizationSignedUp
from .models import ApiKey, Member, Organization
from .rules import (
    KEY_PREFIX,
    MAX_KEYS,
    ROTATION_OVERLAP_HOURS,
    OrganizationState,
    effective_permissions,
    grantable,
    networks_within,
    role_fits,
)


@dataclass(frozen=True)
class NewKey:
    """A key and its secret, which is shown this once."""

    key: ApiKey
    secret: str


@dataclass(frozen=True)
class SignedUp:
    """What a sign-up leaves: the organization, its first owner and the owner's key."""

    organization: Organization
    member: Member
    new_key: NewKey


def sign_up(
    *,
    name: str,
    sells: bool,
    buys: bool,
    country: str,
    currency: str,
    time_zone: str,
    owner_name: str,
    owner_email: str,
) -> SignedUp:
    """Take a new organization down; it waits for the operator's approval.

    Raises DoesNothing when it neither sells nor buys.
    """
    organization = Organization(
        name=name, sells=sells, buys=buys, country=country, currency=currency, time_zone=time_zone
    )
    db.session.add(organization)
    db.session.flush()
    signed_up = _first_member(organization, Role.OWNER, owner_name, owner_email)
    events.record(OrganizationSignedUp(organization.id))
    return signed_up


def establish_operator(
    *, name: str, country: str, currency: str, admin_name: str, admin_email: str
) -> SignedUp:
    """Make the organization that runs the exchange. Raises OperatorExists for a second one."""
    organization = Organization(
        name=name,
        sells=False,
        buys=False,
        operates=True,
        state=OrganizationState.APPROVED,
        country=country,
        currency=currency,
        time_zone="UTC",
    )
    db.session.add(organization)
    db.session.flush()
    return _first_member(organization, Role.ADMIN, admin_name, admin_email)


def _first_member(organization: Organization, role: Role, name: str, email: str) -> SignedUp:
    member = Member(organization_id=organization.id, name=name, email=email.lower(), role=role)
    db.session.add(member)
    db.session.flush()
    new_key = _issue(member, "first key", permissions_of(role), networks=(), expires_at=None)
    return SignedUp(organization, member, new_key)


def decide(*, actor: Actor | None, organization_id: UUID, state: OrganizationState) -> Organization:
    """Approve or suspend an organization; the operator's own cannot be suspended."""
    organization = queries.organization(organization_id)
    if organization.operates:
        raise InvalidInput.field("/state", "operator", "The operator's own organization is always approved.")
    if organization.state != state:
        organization.state = state
        organization.decided_at = clock.business_now()
        write_audit(actor, f"organization.{state}", organization.id)
        if state is OrganizationState.APPROVED:
            events.record(OrganizationApproved(organization.id))
    db.session.flush()
    return organization


def change_organization(*, actor: Actor, changes: dict[str, str]) -> Organization:
    """Change the profile of the actor's organization: name, currency, time zone."""
    organization = queries.organization(actor.organization_id)
    for column, value in changes.items():
        setattr(organization, column, value)
    write_audit(actor, "organization.changed", organization.id)
    db.session.flush()
    return organization


def add_member(*, actor: Actor, name: str, email: str, role: Role) -> Member:
    """Add a person to the actor's organization. Raises WrongRole, MemberExists."""
    if not role_fits(role, operates=actor.is_operator):
        raise WrongRole
    member = Member(organization_id=actor.organization_id, name=name, email=email.lower(), role=role)
    db.session.add(member)
    db.session.flush()
    write_audit(actor, "member.added", member.id, role=role)
    return member


def change_role(*, actor: Actor, member_id: UUID, role: Role) -> Member:
    """Give a member another role. Raises WrongRole, LastOwner, NotFound."""
    if not role_fits(role, operates=actor.is_operator):
        raise WrongRole
    owners = queries.lock_owners(actor.organization_id)
    member = queries.member(actor, member_id)
    leading = (Role.OWNER, Role.ADMIN)
    if member.role in leading and role not in leading and owners == 1:
        raise LastOwner
    member.role = role
    write_audit(actor, "member.role_changed", member.id, role=role)
    db.session.flush()
    return member


def remove_member(*, actor: Actor, member_id: UUID) -> Member:
    """Take a member away; their keys stop working. Raises LastOwner, NotFound."""
    owners = queries.lock_owners(actor.organization_id)
    member = queries.member(actor, member_id)
    if member.role in (Role.OWNER, Role.ADMIN) and owners == 1:
        raise LastOwner
    member.removed_at = clock.wall_now()
    write_audit(actor, "member.removed", member.id)
    db.session.flush()
    return member


def create_key(
    *,
    actor: Actor,
    name: str,
    member_id: UUID | None = None,
    scopes: Iterable[Permission] | None = None,
    allowed_networks: tuple[str, ...] = (),
    expires_at: datetime | None = None,
) -> NewKey:
    """Create a key for a member (the actor's own by default), no wider than the key that makes it.

    By default it has every scope that it can be given (see `rules.grantable`), and the networks and the expiry
    of the acting key. Raises ScopeTooWide, TooManyKeys, NotFound.
    """
    own = member_id or actor.member_id
    if own is None:
        raise InvalidInput.field("/member_id", "missing", "Say for which member the key is.")
    member = queries.member(actor, own)
    allowed = _grantable(actor, member)
    wanted = allowed if scopes is None else frozenset(scopes)
    if not wanted <= allowed:
        raise ScopeTooWide(facts={"scopes": sorted(wanted - allowed)})
    acting = _acting_key(actor)
    if acting is not None:
        allowed_networks = allowed_networks or tuple(acting.allowed_networks)
        expires_at = expires_at or acting.expires_at
        _refuse_wider(acting, allowed_networks, expires_at)
    if queries.active_key_count(actor.organization_id) >= MAX_KEYS:
        raise TooManyKeys
    made = _issue(member, name, wanted, networks=allowed_networks, expires_at=expires_at)
    write_audit(actor, "key.created", made.key.id)
    return made


def create_key_for_owner(*, organization_id: UUID, name: str) -> NewKey:
    """A key for the first owner, made from the command line when all others are lost. Raises NotFound."""
    owner = queries.first_owner(organization_id)
    made = _issue(owner, name, permissions_of(Role(owner.role)), networks=(), expires_at=None)
    write_audit(None, "key.created_by_command", made.key.id)
    return made


def rotate_key(*, actor: Actor, key_id: UUID) -> NewKey:
    """A new secret for a key; the old one works 24 more hours.

    Raises KeyNotActive, NotFound, and ScopeTooWide for a key that is wider than the acting one.
    """
    old = queries.api_key(actor, key_id)
    now = clock.wall_now()
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise KeyNotActive
    member = queries.member(actor, old.member_id)
    _refuse_wider_key(actor, old, member)
    made = _issue(
        member,
        old.name,
        map(Permission, old.scopes),
        networks=tuple(old.allowed_networks),
        expires_at=old.expires_at,
    )
    made.key.rotated_from = old.id
    last = now + timedelta(hours=ROTATION_OVERLAP_HOURS)
    old.expires_at = last if old.expires_at is None else min(last, old.expires_at)
    write_audit(actor, "key.rotated", old.id)
    db.session.flush()
    return made


def revoke_key(*, actor: Actor, key_id: UUID) -> ApiKey:
    """Stop a key for good (every process has forgotten it within 5 seconds). Raises NotFound."""
    key = queries.api_key(actor, key_id)
    if key.revoked_at is None:
        key.revoked_at = clock.wall_now()
        write_audit(actor, "key.revoked", key.id)
    db.session.flush()
    return key


def _grantable(actor: Actor, member: Member) -> frozenset[Permission]:
    held = permissions_of(Role(member.role))
    if actor.member_id is None:
        return actor.permissions & held
    role = Role(queries.member(actor, actor.member_id).role)
    full = effective_permissions(
        role=role,
        scopes=permissions_of(role),
        state=OrganizationState.APPROVED,
        sells=actor.sells,
        buys=actor.buys,
    )
    return grantable(acting=actor.permissions, acting_full=full, held=held)


def _acting_key(actor: Actor) -> ApiKey | None:
    return queries.api_key(actor, actor.principal_id) if actor.principal is Principal.KEY else None


def _refuse_wider_key(actor: Actor, key: ApiKey, member: Member) -> None:
    """What a rotation hands out is a working key: the acting one must be able to make it."""
    works = frozenset(map(Permission, key.scopes)) & permissions_of(Role(member.role))
    too_wide = works - _grantable(actor, member)
    if too_wide:
        raise ScopeTooWide(facts={"scopes": sorted(too_wide)})
    acting = _acting_key(actor)
    if acting is not None:
        _refuse_wider(acting, key.allowed_networks, key.expires_at)


def _refuse_wider(acting: ApiKey, networks: Iterable[str], expires_at: datetime | None) -> None:
    if not networks_within(networks, acting.allowed_networks):
        raise ScopeTooWide("The key that you use is bound to networks: a new key stays inside them.")
    if acting.expires_at is not None and (expires_at is None or expires_at > acting.expires_at):
        raise ScopeTooWide("The key that you use expires: a new key expires no later.")


def _issue(
    member: Member,
    name: str,
    scopes: Iterable[Permission],
    *,
    networks: tuple[str, ...],
    expires_at: datetime | None,
) -> NewKey:
    secret = KEY_PREFIX + base64.urlsafe_b64encode(randomness.secret_bytes(32)).rstrip(b"=").decode()
    key = ApiKey(
        organization_id=member.organization_id,
        member_id=member.id,
        name=name,
        secret_hash=crypto.secret_hash(secret),
        hint=secret[-4:],
        scopes=sorted(scopes),
        allowed_networks=list(networks),
        expires_at=expires_at,
    )
    db.session.add(key)
    db.session.flush()
    return NewKey(key, secret)
