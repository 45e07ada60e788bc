"""The functions of purchases once a lead can also be paid by what the person does: changed where they differ."""

from __future__ import annotations

from typing import Final

from migrations.buying import BUY, END, FREEZE


def replaced(statements: str) -> str:
    """The same functions, taking the place of those that are there."""
    return statements.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def changed(statements: str, *changes: tuple[str, str]) -> str:
    """*statements* with the first text of each change replaced by the second; ValueError unless it is there once."""
    for before, after in changes:
        if statements.count(before) != 1:
            raise ValueError(f"found {statements.count(before)} times: {before}")
        statements = statements.replace(before, after)
    return replaced(statements)


BUY_BY_ACTION: Final = changed(
    BUY,
    (
        "undisclosed_until, return_window_days, window_ends_at)",
        "undisclosed_until, return_window_days, window_ends_at, action, attribution_ends_at)",
    ),
    (
        "l.currency, v.commission_bps, l.price_minor * v.commission_bps / 10000, b.escrow, business_time,",
        "l.currency, rate.bps, l.price_minor * rate.bps / 10000, b.escrow, business_time,",
    ),
    (
        "business_time + v.disclosure_hours * interval '1 hour' + v.return_window_days * interval '24 hours'\n",
        "business_time + v.disclosure_hours * interval '1 hour' + v.return_window_days * interval '24 hours',\n"
        "               o.action, business_time + o.attribution_days * interval '24 hours'\n",
    ),
    (
        "          JOIN offers AS o ON o.id = l.offer_id;",
        "          JOIN offers AS o ON o.id = l.offer_id\n"
        "          JOIN (SELECT known.seller_id, known.vertical_id,\n"
        "                       commission_bps_of(known.seller_id, known.vertical_id, paying_currency) AS bps\n"
        "                  FROM (SELECT DISTINCT q.seller_id, q.vertical_id\n"
        "                          FROM listings AS q WHERE q.id = ANY (chosen)) AS known) AS rate\n"
        "            ON rate.seller_id = l.seller_id AND rate.vertical_id = l.vertical_id;",
    ),
)

FREEZE_BY_ACTION: Final = changed(
    FREEZE[FREEZE.index("-- What is frozen") :],
    (
        "'undisclosed_until', p.undisclosed_until, 'return_window_days', p.return_window_days),",
        "'undisclosed_until', p.undisclosed_until, 'return_window_days', p.return_window_days,\n"
        "                   'action', p.action, 'attribution_ends_at', p.attribution_ends_at),",
    ),
    ("'name', o.name, 'kind', o.kind,", "'name', o.name, 'kind', o.kind, 'pricing', o.pricing,"),
)

END_BY_ACTION: Final = changed(
    END,
    (
        "WHERE p.state = 'held' AND p.open_stops = 0 AND p.window_ends_at <= business_time",
        "WHERE p.state = 'held' AND p.open_stops = 0 AND p.pricing = 'cpl' AND p.window_ends_at <= business_time",
    ),
)

EXPIRE: Final = """
-- Gives back what was held for an action that was not reported in time; the oldest first, passing by what
-- another holds. Whoever reports an action at the same moment meets the same row: one of the two finds it taken.
CREATE FUNCTION expire_due_purchases(most bigint, only_purchase uuid) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    business_time timestamptz := clock.now();
    ended uuid[];
BEGIN
    WITH due AS (
        SELECT p.id FROM purchases AS p
         WHERE p.state = 'held' AND p.open_stops = 0 AND p.pricing = 'cpa' AND p.attribution_ends_at <= business_time
           AND (only_purchase IS NULL OR p.id = only_purchase)
         ORDER BY p.attribution_ends_at LIMIT most FOR NO KEY UPDATE SKIP LOCKED
    ), expired AS (
        UPDATE purchases AS p
           SET state = 'refunded', refund_reason = 'expired', refunded_minor = p.price_minor, commission_minor = 0,
               ended_at = business_time
          FROM due WHERE p.id = due.id AND p.state = 'held' AND p.open_stops = 0
        RETURNING p.id
    )
    SELECT array_agg(expired.id ORDER BY expired.id) INTO ended FROM expired;
    IF ended IS NULL THEN
        RETURN 0;
    END IF;

    INSERT INTO ledger.transfer (movement_id, idem_key, code, debit_account, credit_account, debit_kind,
                                 credit_kind, currency, amount, source, event_at)
    SELECT e.movement_id, format('purchase:%s:refund:%s', p.id, leg.name), 'refund', p.escrow_account_id, a.id,
           'escrow', a.kind, p.currency, leg.amount, 'refund_price', business_time
      FROM (SELECT id, new_id() AS movement_id FROM unnest(ended) AS u (id)) AS e
     CROSS JOIN LATERAL (SELECT q.* FROM purchases AS q WHERE q.id = e.id OFFSET 0) AS p
     CROSS JOIN LATERAL (VALUES ('wallet', p.price_minor - p.promo_minor), ('promo', p.promo_minor))
                     AS leg (name, amount)
      JOIN ledger.account AS a ON a.code = format('%s:%s:%s', leg.name, p.buyer_id, p.currency) COLLATE "C"
     WHERE leg.amount > 0;

    INSERT INTO outbox (kind, topic, reference, dedup, due_at)
    SELECT 'event', 'PurchaseRefunded', e.id, format('event:PurchaseRefunded:%s:0', e.id), business_time
      FROM unnest(ended) AS e (id)
    ON CONFLICT (dedup) DO NOTHING;
    RETURN cardinality(ended);
END $$;
"""
