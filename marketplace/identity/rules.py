"""The words of identity, and which permissions an actor really has."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from enum import StrEnum

from ..access import Permission, Role, permissions_of
from ..access.permissions import BUYERS_ONLY, OPERATOR_ROLES, SELLERS_ONLY

KEY_PREFIX = "lx_live_"
#: While a key is rotated the old one keeps working this long, in hours of wall time.
ROTATION_OVERLAP_HOURS = 24
MAX_KEYS = 50


class OrganizationState(StrEnum):
    """A new organization waits for the operator; a suspended one may only look at itself."""

    PENDING = "pending"
    APPROVED = "approved"
    SUSPENDED = "suspended"


_UNAPPROVED = frozenset({Permission.PUBLIC, Permission.ORGANIZATION_READ})


def effective_permissions(
    *, role: Role, scopes: Iterable[str], state: OrganizationState, sells: bool, buys: bool
) -> frozenset[Permission]:
    """What a key may do: its member's role, cut to its scopes, and to what its organization does."""
    if state is not OrganizationState.APPROVED:
        return _UNAPPROVED
    held = permissions_of(role) & frozenset(map(Permission, scopes))
    if not sells:
        held -= SELLERS_ONLY
    if not buys:
        held -= BUYERS_ONLY
    return held


def role_fits(role: Role, *, operates: bool) -> bool:
    """The operator's roles are for the operator's members only; an owner is found on both sides."""
    return role in OPERATOR_ROLES if operates else role not in OPERATOR_ROLES


def grantable(
    *, acting: frozenset[Permission], acting_full: frozenset[Permission], held: frozenset[Permission]
) -> frozenset[Permission]:
    """What a key may be given by one that has *acting*, for a member whose role holds *held*.

    A key gives on what it has itself. One that has everything its own member may do (*acting_full*), members
    among it, stands for who decides on roles: it makes keys for each member up to that member's role.
    """
    if acting_full <= acting and Permission.MEMBERS_WRITE in acting:
        return held
    return acting & held


def networks_within(wanted: Iterable[str], limits: Iterable[str]) -> bool:
    """True when *limits* is empty, or *wanted* names networks and each lies inside one of the limits."""
    allowed = [ipaddress.ip_network(network) for network in limits]
    asked = [ipaddress.ip_network(network) for network in wanted]
    if not allowed:
        return True
    return bool(asked) and all(any(_inside(one, limit) for limit in allowed) for one in asked)


def _inside(
    one: ipaddress.IPv4Network | ipaddress.IPv6Network, limit: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    if isinstance(one, ipaddress.IPv4Network):
        return isinstance(limit, ipaddress.IPv4Network) and one.subnet_of(limit)
    return isinstance(limit, ipaddress.IPv6Network) and one.subnet_of(limit)


def address_allowed(address: str | None, networks: Iterable[str]) -> bool:
    """True when *networks* is empty or holds *address*."""
    listed = list(networks)
    if not listed:
        return True
    if address is None:
        return False
    return any(ipaddress.ip_address(address) in ipaddress.ip_network(network) for network in listed)
