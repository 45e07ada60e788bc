"""Every select of identity."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, Select, func, or_, select

from ..access import Actor, Role
from ..kernel.database import db
from ..kernel.errors import NotFound
from ..kernel.paging import Page, id_after, page_of
from .models import ApiKey, Member, Organization
from .rules import OrganizationState


def organization(organization_id: UUID) -> Organization:
    """One organization. Raises NotFound."""
    found = db.session.get(Organization, organization_id)
    if found is None:
        raise NotFound
    return found


def operator() -> Organization | None:
    """The organization that runs the exchange."""
    return db.session.execute(select(Organization).where(Organization.operates)).scalar_one_or_none()


def organizations(state: OrganizationState | None, limit: int, cursor: str | None) -> Page[Organization]:
    """All organizations, newest first; for the operator."""
    found = select(Organization).order_by(Organization.id.desc()).limit(limit + 1)
    if state is not None:
        found = found.where(Organization.state == state)
    if cursor:
        found = found.where(Organization.id < id_after(cursor))
    return page_of(db.session.execute(found).scalars().all(), limit, lambda row: [row.id])


def members(actor: Actor) -> Sequence[Member]:
    """The members of the actor's organization."""
    found = select(Member).where(Member.organization_id == actor.organization_id, Member.removed_at.is_(None))
    return db.session.execute(found.order_by(Member.id)).scalars().all()


def member(actor: Actor, member_id: UUID) -> Member:
    """One active member of the actor's organization. Raises NotFound."""
    found = select(Member).where(
        Member.id == member_id, Member.organization_id == actor.organization_id, Member.removed_at.is_(None)
    )
    row = db.session.execute(found.with_for_update()).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def lock_owners(organization_id: UUID) -> int:
    """How many owners or admins the organization has, with their rows locked."""
    found = (
        select(Member.id)
        .where(
            Member.organization_id == organization_id,
            Member.role.in_([Role.OWNER, Role.ADMIN]),
            Member.removed_at.is_(None),
        )
        .with_for_update()
    )
    return len(db.session.execute(found).all())


def first_owner(organization_id: UUID) -> Member:
    """The member who has been owner (or admin) longest. Raises NotFound."""
    found = select(Member).where(
        Member.organization_id == organization_id,
        Member.role.in_([Role.OWNER, Role.ADMIN]),
        Member.removed_at.is_(None),
    )
    row = db.session.execute(found.order_by(Member.id).limit(1)).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def _active_keys() -> Select[ApiKey]:
    alive = or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.clock_timestamp())
    return select(ApiKey).where(ApiKey.revoked_at.is_(None), alive)


def api_keys(actor: Actor) -> Sequence[ApiKey]:
    """All keys of the actor's organization, revoked ones too."""
    found = select(ApiKey).where(ApiKey.organization_id == actor.organization_id).order_by(ApiKey.id.desc())
    return db.session.execute(found.limit(200)).scalars().all()


def api_key(actor: Actor, key_id: UUID) -> ApiKey:
    """One key of the actor's organization, locked. Raises NotFound."""
    found = select(ApiKey).where(ApiKey.id == key_id, ApiKey.organization_id == actor.organization_id)
    row = db.session.execute(found.with_for_update()).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def active_key_count(organization_id: UUID) -> int:
    """How many keys of the organization work now."""
    found = _active_keys().where(ApiKey.organization_id == organization_id).subquery()
    return int(db.session.execute(select(func.count()).select_from(found)).scalar_one())


def credential(secret_hash: bytes) -> Row[ApiKey, Member, Organization] | None:
    """The active key behind a secret's hash, with its member and organization."""
    found = (
        select(ApiKey, Member, Organization)
        .join(Member, Member.id == ApiKey.member_id)
        .join(Organization, Organization.id == ApiKey.organization_id)
        .where(
            ApiKey.secret_hash == secret_hash,
            ApiKey.revoked_at.is_(None),
            or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.clock_timestamp()),
            Member.removed_at.is_(None),
        )
    )
    return db.session.execute(found).one_or_none()
