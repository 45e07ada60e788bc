"""Sign-up, profile, members, keys, and the operator's approval."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from ..access import Permission, Role
from ..http import current_actor, endpoint, list_of
from ..http.routing import path_id
from ..kernel.errors import InvalidInput
from . import queries, schemas, services
from .rules import OrganizationState

blueprint = Blueprint("identity", __name__, url_prefix="/v1", description="Organizations, members and keys")

_P = Permission
_OrganizationsOut = list_of(schemas.OrganizationOut, "OrganizationsOut")


@endpoint(
    blueprint,
    "/organizations",
    "POST",
    permission=_P.PUBLIC,
    body=schemas.SignUpIn,
    answer=schemas.SignedUpOut,
    status=201,
    idempotent=True,
)
def sign_up(body: dict[str, Any]) -> Any:
    """Sign up. The organization waits for the operator's approval; the answer holds its first key."""
    # Read, not taken out: a transaction that lost a deadlock runs the view again with the same body.
    owner = body["owner"]
    profile = {name: value for name, value in body.items() if name != "owner"}
    return services.sign_up(**profile, owner_name=owner["name"], owner_email=owner["email"])


@endpoint(blueprint, "/organization", "GET", permission=_P.ORGANIZATION_READ, answer=schemas.OrganizationOut)
def read_organization() -> Any:
    """The organization behind the key, and whether it is approved."""
    return queries.organization(current_actor().organization_id)


@endpoint(
    blueprint,
    "/organization",
    "PATCH",
    permission=_P.ORGANIZATION_WRITE,
    body=schemas.OrganizationPatch,
    answer=schemas.OrganizationOut,
)
def change_organization(body: dict[str, Any]) -> Any:
    """Change name, currency or time zone."""
    return services.change_organization(actor=current_actor(), changes=body)


@endpoint(blueprint, "/members", "GET", permission=_P.MEMBERS_READ, answer=schemas.MembersOut)
def list_members() -> Any:
    """The members of the organization."""
    return {"data": queries.members(current_actor()), "next_cursor": None}


@endpoint(
    blueprint,
    "/members",
    "POST",
    permission=_P.MEMBERS_WRITE,
    body=schemas.MemberIn,
    answer=schemas.MemberOut,
    status=201,
    idempotent=True,
)
def add_member(body: dict[str, Any]) -> Any:
    """Add a member with a role."""
    return services.add_member(
        actor=current_actor(), name=body["name"], email=body["email"], role=Role(body["role"])
    )


@endpoint(
    blueprint,
    "/members/<member_id>",
    "PATCH",
    permission=_P.MEMBERS_WRITE,
    body=schemas.MemberPatch,
    answer=schemas.MemberOut,
)
def change_member(body: dict[str, Any], member_id: str) -> Any:
    """Give a member another role."""
    return services.change_role(
        actor=current_actor(), member_id=path_id("mem", member_id), role=Role(body["role"])
    )


@endpoint(blueprint, "/members/<member_id>", "DELETE", permission=_P.MEMBERS_WRITE, answer=schemas.MemberOut)
def remove_member(member_id: str) -> Any:
    """Take a member away; their keys stop working."""
    return services.remove_member(actor=current_actor(), member_id=path_id("mem", member_id))


@endpoint(blueprint, "/api-keys", "GET", permission=_P.KEYS_READ, answer=schemas.KeysOut)
def list_keys() -> Any:
    """The keys of the organization, without their secrets."""
    return {"data": queries.api_keys(current_actor()), "next_cursor": None}


@endpoint(
    blueprint,
    "/api-keys",
    "POST",
    permission=_P.KEYS_WRITE,
    body=schemas.KeyIn,
    answer=schemas.NewKeyOut,
    status=201,
    idempotent=True,
)
def create_key(body: dict[str, Any]) -> Any:
    """Create a key; its secret is in this answer only."""
    scopes = None if body["scopes"] is None else [Permission(scope) for scope in body["scopes"]]
    return services.create_key(
        actor=current_actor(),
        name=body["name"],
        member_id=body["member_id"],
        scopes=scopes,
        allowed_networks=tuple(body["allowed_networks"]),
        expires_at=body["expires_at"],
    )


@endpoint(
    blueprint,
    "/api-keys/<key_id>/rotate",
    "POST",
    permission=_P.KEYS_WRITE,
    answer=schemas.NewKeyOut,
    status=201,
    idempotent=True,
)
def rotate_key(key_id: str) -> Any:
    """A new secret for the key; the old one works 24 more hours."""
    return services.rotate_key(actor=current_actor(), key_id=path_id("key", key_id))


@endpoint(blueprint, "/api-keys/<key_id>", "DELETE", permission=_P.KEYS_WRITE, answer=schemas.KeyOut)
def revoke_key(key_id: str) -> Any:
    """Revoke a key; it stops working within five seconds."""
    return services.revoke_key(actor=current_actor(), key_id=path_id("key", key_id))


@endpoint(
    blueprint,
    "/operator/organizations",
    "GET",
    permission=_P.OPERATOR_ORGANIZATIONS,
    query=schemas.OrganizationsQuery,
    answer=_OrganizationsOut,
)
def list_organizations(query: dict[str, Any]) -> Any:
    """All organizations, newest first; filter by state to see who waits."""
    return queries.organizations(query["state"], query["limit"], query["cursor"])


@endpoint(
    blueprint,
    "/operator/organizations/<organization_id>/decision",
    "POST",
    permission=_P.OPERATOR_ORGANIZATIONS,
    body=schemas.DecisionIn,
    answer=schemas.OrganizationOut,
    idempotent=True,
)
def decide_organization(body: dict[str, Any], organization_id: str) -> Any:
    """Approve or suspend an organization."""
    if body["state"] is OrganizationState.PENDING:
        raise InvalidInput.field("/state", "invalid", "Decide 'approved' or 'suspended'.")
    return services.decide(
        actor=current_actor(), organization_id=path_id("org", organization_id), state=body["state"]
    )
