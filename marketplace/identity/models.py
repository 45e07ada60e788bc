"""Tables of organizations, members and API keys."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from ..access import Role
from ..kernel.columns import BusinessTime, Currency, Id, WallTime, currency_check, one_of
from ..kernel.database import Base, refuse_by_constraint
from .errors import DoesNothing, MemberExists, OperatorExists
from .rules import OrganizationState


class Organization(Base):
    """A legal party: sells, buys or both; exactly one operates the exchange."""

    __tablename__ = "organizations"

    id: Mapped[Id]
    name: Mapped[str]
    sells: Mapped[bool]
    buys: Mapped[bool]
    operates: Mapped[bool] = mapped_column(server_default=text("false"))
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    country: Mapped[str]
    currency: Mapped[Currency]
    time_zone: Mapped[str]
    created_at: Mapped[BusinessTime]
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("state", OrganizationState, "organizations_state_known"),
        CheckConstraint("sells OR buys OR operates", name="organizations_do_something"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="organizations_country_is_iso"),
        CheckConstraint("length(name) BETWEEN 1 AND 200", name="organizations_name_length"),
        currency_check("organizations"),
        Index("organizations_one_operator", "operates", unique=True, postgresql_where=text("operates")),
        Index(None, "state"),
    )


class Member(Base):
    """A person in an organization, with one role."""

    __tablename__ = "members"

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    name: Mapped[str]
    email: Mapped[str]
    role: Mapped[str]
    removed_at: Mapped[datetime | None]
    created_at: Mapped[BusinessTime]

    __table_args__ = (
        one_of("role", Role, "members_role_known"),
        UniqueConstraint("organization_id", "email"),
    )


class ApiKey(Base):
    """A key of an organization, standing for one member; only a hash of the secret is kept."""

    __tablename__ = "api_keys"

    id: Mapped[Id]
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organizations.id"))
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    name: Mapped[str]
    secret_hash: Mapped[bytes]
    hint: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    allowed_networks: Mapped[list[str]] = mapped_column(ARRAY(Text()), server_default=text("'{}'"))
    rotated_from: Mapped[UUID | None] = mapped_column(ForeignKey("api_keys.id"))
    created_at: Mapped[WallTime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("length(secret_hash) = 32", name="api_keys_hash_length"),
        UniqueConstraint("secret_hash"),
        Index(None, "organization_id"),
        Index(None, "member_id"),
    )


refuse_by_constraint(
    {
        "organizations_one_operator": OperatorExists,
        "organizations_do_something": DoesNothing,
        "members_organization_id_email_key": MemberExists,
    }
)
