"""What identity refuses."""

from __future__ import annotations

from ..kernel.errors import DomainError


class WrongRole(DomainError):
    """A role that this organization cannot give."""

    code = "wrong_role"
    status = 422
    title = (
        "This organization cannot give that role; the operator's roles are for the operator's own members."
    )


class ScopeTooWide(DomainError):
    """A key may not have more than its member's role and the key that makes it: scopes, networks, time."""

    code = "scope_too_wide"
    status = 422
    title = (
        "A key can be given no more than the key that makes it and its member's role hold: narrow its scopes, "
        "networks or expiry, or use an owner's full key."
    )


class TooManyKeys(DomainError):
    """The organization holds the largest number of active keys."""

    code = "too_many_keys"
    title = "There are 50 active keys; revoke one that is no longer used."


class KeyNotActive(DomainError):
    """A revoked or expired key cannot be rotated."""

    code = "key_not_active"
    title = "This key is revoked or expired; create a new one."


class LastOwner(DomainError):
    """An organization keeps at least one owner."""

    code = "last_owner"
    title = "This is the last owner; make another member owner first."


class MemberExists(DomainError):
    """The address is already a member of this organization."""

    code = "member_exists"
    title = "There is already a member with this e-mail address."


class OperatorExists(DomainError):
    """An exchange has one operator."""

    code = "operator_exists"
    title = "This exchange has an operator already."


class DoesNothing(DomainError):
    """An organization sells, buys, or both."""

    code = "does_nothing"
    status = 422
    title = "An organization must sell, buy or both: set /sells or /buys to true."
