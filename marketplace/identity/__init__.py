"""Who takes part: organizations, their members and their API keys.

States of an organization::

    pending ──> approved <──> suspended
"""

from .authenticator import authenticate, forget
from .events import OrganizationApproved, OrganizationSignedUp
from .models import Organization
from .queries import operator, organization, organizations
from .rules import OrganizationState
from .services import (
    NewKey,
    SignedUp,
    add_member,
    create_key,
    create_key_for_owner,
    decide,
    establish_operator,
    sign_up,
)

__all__ = [
    "NewKey",
    "Organization",
    "OrganizationApproved",
    "OrganizationSignedUp",
    "OrganizationState",
    "SignedUp",
    "add_member",
    "authenticate",
    "create_key",
    "create_key_for_owner",
    "decide",
    "establish_operator",
    "forget",
    "operator",
    "organization",
    "organizations",
    "sign_up",
]
