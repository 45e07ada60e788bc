"""A purchase written for pgbench and for one set-based transaction: what the product's own is divided by."""

from __future__ import annotations

from typing import Final

from .stock import CURRENCY, Parties

CLIENTS: Final = 16
#: Each client counts its transactions by itself: `first` is where this run's listings begin.
_NUMBER: Final = "\\set k :k + 1\n\\set n :first + :client_id * :each + :k\n"
_LISTING: Final = "('01900000-0000-7000-8000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid"
_PURCHASE: Final = "('01900000-0000-7000-a000-' || lpad(to_hex(:n::bigint), 12, '0'))::uuid"


def one_call(parties: Parties) -> str:
    """The product's own function, called once for each purchase."""
    return f"""{_NUMBER}
SELECT count(purchase_id) FROM buy_listings({_buyer(parties)}, ARRAY[{_LISTING}], true, NULL, NULL, NULL);
"""


def round_trips(parties: Parties) -> str:
    """The same purchase as an application would say it, statement by statement in one transaction.

    Keys are joined by concat_ws, since pgbench takes a colon before a letter for a variable of its own.
    """
    buyer = _buyer(parties)
    return f"""{_NUMBER}
BEGIN;
SELECT l.lead_id, l.batch_id, l.offer_id, l.seller_id, l.vertical_id, l.price_minor, l.currency, l.max_sales, l.sold,
       l.state, l.expires_at > clock.now() AS fresh
  FROM listings AS l WHERE l.id = {_LISTING} FOR NO KEY UPDATE \\gset
UPDATE listings SET sold = sold + 1, state = CASE WHEN sold + 1 >= max_sales THEN 'sold_out' ELSE state END
 WHERE id = {_LISTING};
INSERT INTO allocations (listing_id, buyer_id, purchase_id) VALUES ({_LISTING}, {buyer}, {_PURCHASE});
SELECT id AS wallet FROM ledger.account WHERE code = concat_ws(':', 'wallet', {buyer}, '{CURRENCY}') \\gset
SELECT account_id AS escrow
  FROM ledger.open_accounts('escrow', {buyer}, '{CURRENCY}', ARRAY[concat_ws(':', 'escrow', {_PURCHASE})]) \\gset
INSERT INTO purchases (id, listing_id, lead_id, batch_id, offer_id, seller_id, buyer_id, vertical_id, pricing,
                       price_minor, currency, commission_bps, commission_minor, escrow_account_id, purchased_at,
                       undisclosed_until, return_window_days, window_ends_at)
SELECT {_PURCHASE}, {_LISTING}, :lead_id::uuid, :batch_id::uuid, o.id, :seller_id::uuid, {buyer}, v.id, o.pricing,
       :price_minor::bigint, '{CURRENCY}', v.commission_bps, :price_minor::bigint * v.commission_bps / 10000,
       :escrow::bigint, clock.now(), clock.now() + v.disclosure_hours * interval '1 hour', v.return_window_days,
       clock.now() + v.disclosure_hours * interval '1 hour' + v.return_window_days * interval '24 hours'
  FROM offers AS o JOIN verticals AS v ON v.id = o.vertical_id WHERE o.id = :offer_id::uuid;
INSERT INTO ledger.transfer (movement_id, idem_key, code, debit_account, credit_account, debit_kind, credit_kind,
                             currency, amount, source)
VALUES ({_PURCHASE}, concat_ws(':', 'purchase', {_PURCHASE}, 'hold', 'wallet'), 'hold', :wallet::bigint,
        :escrow::bigint, 'buyer_wallet', 'escrow', '{CURRENCY}', :price_minor::bigint, 'purchases');
INSERT INTO evidence (purchase_id, facts, key_id, wrapped_key, sealed, digest)
SELECT f.purchase_id, f.facts, f.key_id, f.wrapped_key, f.sealed, evidence_digest(f.facts, f.sealed)
  FROM freeze_facts(ARRAY[{_PURCHASE}]) AS f;
INSERT INTO outbox (kind, topic, reference, dedup) VALUES
    ('event', 'LeadPurchased', {_PURCHASE}, concat_ws(':', 'event', 'LeadPurchased', {_PURCHASE}, '0'));
INSERT INTO stored_answers (organization_id, principal_id, route, key, request_digest, status, body, content_type,
                            wrapped_key, key_id, expires_at)
VALUES ({buyer}, {buyer}, 'POST /v1/purchases', :n::bigint::text, sha256(:n::bigint::text::bytea), 201,
        convert_to(repeat('x', 428), 'UTF8'), 'application/json', sha256('wrapped'), 'bench',
        clock_timestamp() + interval '30 days');
COMMIT;
"""


def _buyer(parties: Parties) -> str:
    listed = ",".join(str(buyer.id) for buyer in parties.buyers)
    return f"('{{{listed}}}'::uuid[])[:client_id + 1]"


#: Ten thousand at once, each statement planned for what it finds. Parameters: buyer, first and last listing.
SET_BASED: Final = (
    f"""
    CREATE TEMPORARY TABLE bought ON COMMIT DROP AS
    WITH locked AS MATERIALIZED (
        SELECT * FROM listings WHERE id = ANY (%(listings)s::uuid[]) ORDER BY id FOR NO KEY UPDATE
    ), numbered AS MATERIALIZED (
        SELECT new_id() AS id, l.id AS listing, l.lead_id, l.batch_id, l.offer_id, l.seller_id, l.vertical_id,
               l.price_minor, l.currency, clock.now() AS at, row_number() OVER (ORDER BY l.id) AS place
          FROM locked AS l
         WHERE l.state = 'live' AND l.expires_at > clock.now() AND l.seller_id <> %(buyer)s
    )
    SELECT n.*, a.escrow FROM numbered AS n
      JOIN ledger.open_accounts('escrow', %(buyer)s, '{CURRENCY}',
                                (SELECT array_agg('escrow:' || id ORDER BY place) FROM numbered))
           WITH ORDINALITY AS a (escrow, code, place) ON a.place = n.place
    """,
    "ANALYZE bought",
    """
    UPDATE listings AS l SET sold = l.sold + 1,
           state = CASE WHEN l.sold + 1 >= l.max_sales THEN 'sold_out' ELSE l.state END
      FROM bought AS b WHERE b.listing = l.id
    """,
    "INSERT INTO allocations (listing_id, buyer_id, purchase_id, allocated_at)"
    " SELECT listing, %(buyer)s, id, at FROM bought",
    """
    INSERT INTO purchases (id, listing_id, lead_id, batch_id, offer_id, seller_id, buyer_id, vertical_id, pricing,
                           price_minor, currency, commission_bps, commission_minor, escrow_account_id, purchased_at,
                           undisclosed_until, return_window_days, window_ends_at)
    SELECT b.id, b.listing, b.lead_id, b.batch_id, b.offer_id, b.seller_id, %(buyer)s, b.vertical_id, o.pricing,
           b.price_minor, b.currency, v.commission_bps, b.price_minor * v.commission_bps / 10000, b.escrow, b.at,
           b.at + v.disclosure_hours * interval '1 hour', v.return_window_days,
           b.at + v.disclosure_hours * interval '1 hour' + v.return_window_days * interval '24 hours'
      FROM bought AS b JOIN verticals AS v ON v.id = b.vertical_id JOIN offers AS o ON o.id = b.offer_id
     ORDER BY b.place
    """,
    """
    INSERT INTO evidence (purchase_id, facts, key_id, wrapped_key, sealed, digest)
    SELECT f.purchase_id, f.facts, f.key_id, f.wrapped_key, f.sealed, evidence_digest(f.facts, f.sealed)
      FROM freeze_facts((SELECT array_agg(id ORDER BY place) FROM bought)) AS f
    """,
    "INSERT INTO outbox (kind, topic, reference, dedup)"
    " SELECT 'event', 'LeadPurchased', id, 'event:LeadPurchased:' || id || ':0' FROM bought",
    f"""
    INSERT INTO ledger.transfer (movement_id, idem_key, code, debit_account, credit_account, debit_kind, credit_kind,
                                 currency, amount, source)
    SELECT b.id, 'purchase:' || b.id || ':hold:wallet', 'hold', w.id, b.escrow, 'buyer_wallet', 'escrow', b.currency,
           b.price_minor, 'purchases'
      FROM bought AS b,
           (SELECT id FROM ledger.account WHERE code = 'wallet:' || %(buyer)s::uuid || ':{CURRENCY}') AS w
     ORDER BY b.place
    """,
)
