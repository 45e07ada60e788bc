"""Who is not let through is told what really stands in the way."""

from __future__ import annotations

from uuid import UUID

import pytest

from marketplace.access import Actor, Permission
from marketplace.access.actor import Principal


def somebody(*, sells: bool = True, buys: bool = True, approved: bool = True) -> Actor:
    return Actor(
        organization_id=UUID(int=1),
        principal_id=UUID(int=2),
        principal=Principal.KEY,
        member_id=None,
        permissions=frozenset(),
        is_operator=False,
        sells=sells,
        buys=buys,
        approved=approved,
    )


@pytest.mark.parametrize(
    ("actor", "permission", "told"),
    [
        (somebody(approved=False), Permission.OFFERS_WRITE, "waits for the operator"),
        (somebody(approved=False, sells=False), Permission.OFFERS_WRITE, "waits for the operator"),
        (somebody(sells=False), Permission.OFFERS_WRITE, "does not sell"),
        (somebody(buys=False), Permission.PURCHASES_BUY, "does not buy"),
        (somebody(), Permission.PURCHASES_BUY, "a key that has it"),
        (somebody(sells=False, buys=False), Permission.MEMBERS_WRITE, "a key that has it"),
    ],
)
def test_the_sentence_names_the_reason(actor: Actor, permission: Permission, told: str) -> None:
    assert told in actor.why_not(permission)
