"""Whoever holds the application's own password cannot write a purchase that lies about its money."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask

from config import Settings
from marketplace.journey import purchases
from marketplace.kernel import ids
from tests.journey.conftest import Party
from tests.journey.trade import advance, books_are_clean, buy, fund, run, stock

Make = Callable[..., Any]


@pytest.fixture
def bought(app: Flask, operator: Party, buyer: Party, seller: Party, make_offer: Make) -> UUID:
    fund(operator, buyer, 100_000)
    found = ids.parse("pur", buy(buyer, stock(app, make_offer(seller))[0]))
    assert found is not None
    return found


def app_dsn(settings: Settings) -> str:
    return settings.database_url.replace("+psycopg", "")


def attempt(settings: Settings, statements: tuple[str, ...], bought: UUID) -> None:
    """Run the statements as the application's role and commit them together."""
    with psycopg.connect(app_dsn(settings)) as connection:
        for statement in statements:
            connection.execute(statement, {"id": bought})


_OUT = """
    INSERT INTO ledger.transfer (movement_id, idem_key, code, debit_account, credit_account, debit_kind,
                                 credit_kind, currency, amount, source)
    SELECT new_id(), new_id()::text, '{code}', p.escrow_account_id, a.account_id, 'escrow', '{kind}', p.currency,
           {amount}, 'hostile'
      FROM purchases AS p,
           LATERAL ledger.open_accounts('{kind}', {owner}, p.currency,
                                        ARRAY['{prefix}:' || {owner} || ':' || p.currency]) AS a
     WHERE p.id = %(id)s
"""
_END = "UPDATE purchases SET state = '{state}', ended_at = clock.now(){more} WHERE id = %(id)s"
_ALL = ", refunded_minor = price_minor, commission_minor = 0, refund_reason = 'dispute'"


def _out(code: str, kind: str, prefix: str, owner: str, amount: str = "p.price_minor") -> str:
    return _OUT.format(code=code, kind=kind, prefix=prefix, owner=owner, amount=amount)


_TO_BUYER = _out("refund", "buyer_wallet", "wallet", "p.buyer_id")
_TO_SELLER = _out("release", "seller_pending", "seller_pending", "p.seller_id")

HOSTILE: dict[str, tuple[str, ...]] = {
    "refunded without the money": (_END.format(state="refunded", more=_ALL),),
    "the money without the state": (_TO_BUYER,),
    "refunded, and the money to the seller": (_END.format(state="refunded", more=_ALL), _TO_SELLER),
    "released before the window ends": (_END.format(state="released", more=""), _TO_SELLER),
    "refunded, and the money to a stranger": (
        _END.format(state="refunded", more=_ALL),
        _out("refund", "buyer_wallet", "wallet", "p.seller_id"),
    ),
    "partly refunded, and all to the buyer": (
        _END.format(
            state="partly_refunded",
            more=", refunded_minor = 1000, refund_reason = 'dispute',"
            " commission_minor = (price_minor - 1000) * commission_bps / 10000",
        ),
        _TO_BUYER,
    ),
    "from held to clawed back": (_END.format(state="clawed_back", more=_ALL),),
    "an ended state without its date": ("UPDATE purchases SET state = 'released' WHERE id = %(id)s",),
    "a word that is no state": ("UPDATE purchases SET state = 'free' WHERE id = %(id)s",),
    "another price": ("UPDATE purchases SET price_minor = 1 WHERE id = %(id)s",),
    "another buyer": ("UPDATE purchases SET buyer_id = seller_id WHERE id = %(id)s",),
    "another commission": ("UPDATE purchases SET commission_minor = 0 WHERE id = %(id)s",),
    "a shorter window": ("UPDATE purchases SET window_ends_at = purchased_at WHERE id = %(id)s",),
    "a stop counted away": ("UPDATE purchases SET open_stops = 0 WHERE id = %(id)s",),
    "a purchase deleted": ("DELETE FROM purchases WHERE id = %(id)s",),
    "a stop deleted": ("DELETE FROM stops WHERE purchase_id = %(id)s",),
    "evidence rewritten": ("UPDATE evidence SET facts = '{}' WHERE purchase_id = %(id)s",),
    "evidence deleted": ("DELETE FROM evidence WHERE purchase_id = %(id)s",),
    "a new course": ("INSERT INTO purchase_transitions VALUES ('refunded', 'held')",),
    "an allocation given away": ("UPDATE allocations SET buyer_id = new_id() WHERE purchase_id = %(id)s",),
    "a slot without a sale": (
        "UPDATE listings SET sold = max_sales + 1 WHERE id = (SELECT listing_id FROM purchases WHERE id = %(id)s)",
    ),
    "a second purchase on the same money": (
        "INSERT INTO purchases (listing_id, lead_id, batch_id, offer_id, seller_id, buyer_id, vertical_id, pricing,"
        " price_minor, currency, commission_bps, commission_minor, escrow_account_id, undisclosed_until,"
        " return_window_days, window_ends_at)"
        " SELECT listing_id, lead_id, batch_id, offer_id, seller_id, buyer_id, vertical_id, pricing, price_minor,"
        " currency, commission_bps, commission_minor, escrow_account_id, undisclosed_until, return_window_days,"
        " window_ends_at FROM purchases WHERE id = %(id)s",
    ),
    "a purchase without a hold and a slot": (
        "INSERT INTO purchases (listing_id, lead_id, batch_id, offer_id, seller_id, buyer_id, vertical_id, pricing,"
        " price_minor, currency, commission_bps, commission_minor, escrow_account_id, undisclosed_until,"
        " return_window_days, window_ends_at)"
        " SELECT listing_id, lead_id, batch_id, offer_id, seller_id, buyer_id, vertical_id, pricing, price_minor,"
        " currency, commission_bps, commission_minor, o.account_id, undisclosed_until, return_window_days,"
        " window_ends_at FROM purchases AS p, LATERAL ledger.open_accounts('escrow', p.buyer_id, p.currency,"
        " ARRAY['escrow:' || new_id()]) AS o WHERE p.id = %(id)s",
    ),
}


@pytest.mark.parametrize("lie", HOSTILE, ids=str)
def test_a_lie_is_refused(app: Flask, settings: Settings, bought: UUID, lie: str) -> None:
    with pytest.raises(psycopg.Error) as refused:
        attempt(settings, HOSTILE[lie], bought)
    # Refused for what it is: by a rule of the database or a missing right, not for a slip of the test.
    assert (refused.value.sqlstate or "")[:2] in ("23", "LX") or refused.value.sqlstate == "42501", (
        refused.value
    )
    assert run(app, lambda: purchases.purchase(bought)).state == "held"
    assert books_are_clean(app)


def test_nothing_leaves_the_end(app: Flask, settings: Settings, bought: UUID) -> None:
    run(app, lambda: purchases.refund(purchase_id=bought, reason=purchases.RefundReason.DISPUTE))
    for statements in (
        (
            "UPDATE purchases SET state = 'held', ended_at = NULL, refund_reason = NULL, refunded_minor = 0,"
            " commission_minor = price_minor * commission_bps / 10000 WHERE id = %(id)s",
        ),
        ("UPDATE purchases SET refund_reason = 'undelivered' WHERE id = %(id)s",),
        (_TO_SELLER,),
    ):
        with pytest.raises(psycopg.Error):
            attempt(settings, statements, bought)


def test_a_release_under_a_stop_is_refused(app: Flask, settings: Settings, bought: UUID) -> None:
    reason = purchases.StopReason.DISPUTE
    run(app, lambda: purchases.place_stop(purchase_id=bought, reason=reason, source_id=bought))
    advance(app, days=11)
    assert not run(app, lambda: purchases.release(purchase_id=bought))
    with (
        pytest.raises(psycopg.Error, match="purchases_no_release_under_stop"),
        psycopg.connect(app_dsn(settings)) as connection,
    ):
        connection.execute(_END.format(state="released", more=""), {"id": bought})
    assert run(app, lambda: purchases.lift_stop(purchase_id=bought, reason=reason, source_id=bought))
    assert not run(app, lambda: purchases.lift_stop(purchase_id=bought, reason=reason, source_id=bought))
    assert run(app, lambda: purchases.release(purchase_id=bought))
    assert books_are_clean(app)
