"""Every permission by name, and which role holds which."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """What a view asks for and a key's scope grants; `step:verb`."""

    PUBLIC = "public"
    ORGANIZATION_READ = "organization:read"
    ORGANIZATION_WRITE = "organization:write"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    VERTICALS_READ = "verticals:read"
    VERTICALS_WRITE = "verticals:write"
    OFFERS_READ = "offers:read"
    OFFERS_WRITE = "offers:write"
    BATCHES_READ = "batches:read"
    BATCHES_WRITE = "batches:write"
    SPOTCHECKS_READ = "spotchecks:read"
    SPOTCHECKS_WORK = "spotchecks:work"
    PLANS_WRITE = "plans:write"
    LISTINGS_READ = "listings:read"
    PURCHASES_READ = "purchases:read"
    PURCHASES_BUY = "purchases:buy"
    EVIDENCE_READ = "evidence:read"
    CONTACTS_READ = "contacts:read"
    DELIVERIES_READ = "deliveries:read"
    DELIVERIES_WRITE = "deliveries:write"
    OUTCOMES_READ = "outcomes:read"
    OUTCOMES_WRITE = "outcomes:write"
    DISPUTES_READ = "disputes:read"
    DISPUTES_WRITE = "disputes:write"
    DISPUTES_RULE = "disputes:rule"
    WALLET_READ = "wallet:read"
    EARNINGS_READ = "earnings:read"
    SETTLEMENTS_READ = "settlements:read"
    SUPPRESSIONS_WRITE = "suppressions:write"
    OPERATOR_ORGANIZATIONS = "operator:organizations"
    OPERATOR_CREDITS = "operator:credits"


class Role(StrEnum):
    """What a member is to the organization; the last four belong to the operator."""

    OWNER = "owner"
    TRADER = "trader"
    FINANCE = "finance"
    VIEWER = "viewer"
    ADMIN = "admin"
    MODERATOR = "moderator"
    CHECKER = "checker"
    OPERATOR_FINANCE = "operator_finance"


OPERATOR_ROLES = frozenset({Role.ADMIN, Role.MODERATOR, Role.CHECKER, Role.OPERATOR_FINANCE})

_P = Permission
#: What only organizations that sell, or that buy, may do whatever the role.
SELLERS_ONLY = frozenset({_P.OFFERS_WRITE, _P.BATCHES_WRITE})
BUYERS_ONLY = frozenset({_P.PURCHASES_BUY, _P.DELIVERIES_WRITE, _P.OUTCOMES_WRITE})
_VIEW = frozenset(
    {
        _P.PUBLIC,
        _P.ORGANIZATION_READ,
        _P.VERTICALS_READ,
        _P.OFFERS_READ,
        _P.BATCHES_READ,
        _P.SPOTCHECKS_READ,
        _P.LISTINGS_READ,
        _P.PURCHASES_READ,
        _P.EVIDENCE_READ,
        _P.DELIVERIES_READ,
        _P.OUTCOMES_READ,
        _P.DISPUTES_READ,
    }
)
_MONEY = frozenset({_P.WALLET_READ, _P.EARNINGS_READ, _P.SETTLEMENTS_READ})
_TRADE = frozenset(
    {
        _P.OFFERS_WRITE,
        _P.BATCHES_WRITE,
        _P.PURCHASES_BUY,
        _P.CONTACTS_READ,
        _P.DELIVERIES_WRITE,
        _P.OUTCOMES_WRITE,
        _P.DISPUTES_WRITE,
    }
)
_OWN = frozenset(
    {
        _P.ORGANIZATION_WRITE,
        _P.MEMBERS_READ,
        _P.MEMBERS_WRITE,
        _P.KEYS_READ,
        _P.KEYS_WRITE,
    }
)
_STAFF = frozenset({_P.PUBLIC, _P.ORGANIZATION_READ, _P.VERTICALS_READ})

_HELD: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _VIEW,
    Role.FINANCE: _VIEW | _MONEY,
    Role.TRADER: _VIEW | _MONEY | _TRADE,
    Role.OWNER: _VIEW | _MONEY | _TRADE | _OWN,
    Role.CHECKER: _STAFF | {_P.SPOTCHECKS_WORK},
    Role.MODERATOR: _STAFF
    | {_P.DISPUTES_READ, _P.DISPUTES_WRITE, _P.DISPUTES_RULE, _P.EVIDENCE_READ, _P.SPOTCHECKS_READ},
    Role.OPERATOR_FINANCE: _STAFF | {_P.OPERATOR_CREDITS, _P.SETTLEMENTS_READ},
    Role.ADMIN: _STAFF
    | _OWN
    | {
        _P.VERTICALS_WRITE,
        _P.OFFERS_READ,
        _P.BATCHES_READ,
        _P.SPOTCHECKS_READ,
        _P.PLANS_WRITE,
        _P.LISTINGS_READ,
        _P.OUTCOMES_READ,
        _P.DISPUTES_READ,
        _P.EVIDENCE_READ,
        _P.SETTLEMENTS_READ,
        _P.SUPPRESSIONS_WRITE,
        _P.OPERATOR_ORGANIZATIONS,
        _P.OPERATOR_CREDITS,
    },
}


def permissions_of(role: Role) -> frozenset[Permission]:
    """Everything that a member of *role* may do."""
    return _HELD[role]
