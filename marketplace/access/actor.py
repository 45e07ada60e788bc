"""The actor: who is behind a request, and for which organization."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from .permissions import BUYERS_ONLY, SELLERS_ONLY, Permission


class Principal(StrEnum):
    """What kind of credential stands behind an actor."""

    KEY = "key"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Who acts: the organization, the credential (and the member it stands for), what they may do."""

    organization_id: UUID
    principal_id: UUID
    principal: Principal
    member_id: UUID | None
    permissions: frozenset[Permission]
    is_operator: bool
    sells: bool
    buys: bool
    approved: bool = True

    def may(self, permission: Permission) -> bool:
        """True when the actor holds *permission*."""
        return permission is Permission.PUBLIC or permission in self.permissions

    def why_not(self, permission: Permission) -> str:
        """The sentence for an actor that lacks *permission*: what stands in the way, and the way out."""
        if not self.approved:
            return "Your organization waits for the operator or is suspended: GET /v1/organization tells its state."
        if permission in SELLERS_ONLY and not self.sells:
            return "Your organization does not sell; sign up one that does."
        if permission in BUYERS_ONLY and not self.buys:
            return "Your organization does not buy; sign up one that does."
        return f"This needs the permission {permission}; ask an owner for a key that has it."
