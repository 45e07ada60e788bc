"""The functions of purchases: buying, freezing what was sold, releasing what is due."""

from __future__ import annotations

from typing import Final

BUY: Final = """
-- Buys listings for one buyer in one statement of the caller: all or nothing, or what is possible in the
-- order asked; at most `most_count` of them (then all-or-nothing means: that many) for at most `most_total`.
-- Answers each with its purchase or with the word of its refusal, and writes nothing where all were asked
-- for and cannot be had. Lock order: listings by id, then accounts by id. Listings are waited for, not
-- skipped: a rival who fails frees them in a moment, and what is called sold out is then sold out.
-- Every look goes by index, also in a young database that knows no statistics. LATERAL with OFFSET 0 keeps
-- the rows given the outer side. For a few, planning anew would cost more than the work, so that one plan is kept;
-- for many the server decides: a plan kept from a few would be wrong, and one made anew for each row's foreign
-- keys slow.
CREATE FUNCTION buy_listings(
    of_buyer uuid, wanted uuid[], all_or_nothing boolean, most_count bigint, most_total bigint, of_currency text
) RETURNS TABLE (listing_id uuid, purchase_id uuid, price_minor bigint, currency text, refusal text)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
SET plan_cache_mode = auto AS $$
#variable_conflict use_column
DECLARE
    business_time timestamptz := clock.now();
    paying_currency text := of_currency;
    prices bigint[];
    refusals text[];
    chosen uuid[];
    total numeric;
    refused bigint;
    wallet bigint;
    promo bigint;
    funds bigint;
    promo_funds bigint;
    purchase_ids uuid[];
    escrows bigint[];
BEGIN
    IF cardinality(wanted) <= 8 THEN
        -- Ends with the function, which sets it, too.
        PERFORM set_config('plan_cache_mode', 'force_generic_plan', true);
    END IF;
    PERFORM 1 FROM listings AS l WHERE l.id = ANY (wanted) ORDER BY l.id FOR NO KEY UPDATE;

    -- One listing is paid in its own currency, which the look below tells.
    IF paying_currency IS NULL AND cardinality(wanted) > 1 THEN
        SELECT l.currency INTO paying_currency
          FROM unnest(wanted) WITH ORDINALITY AS w (id, place) JOIN listings AS l ON l.id = w.id
         ORDER BY w.place LIMIT 1;
    END IF;
    SELECT array_agg(j.price_minor), array_agg(j.word), count(j.word),
           coalesce(sum(j.price_minor) FILTER (WHERE j.word IS NULL), 0),
           array_agg(j.id) FILTER (WHERE j.word IS NULL), coalesce(paying_currency, max(j.currency))
      INTO prices, refusals, refused, total, chosen, paying_currency
      FROM (SELECT w.id, l.price_minor, l.currency,
                   CASE WHEN l.id IS NULL THEN 'not_found'
                        WHEN l.seller_id = of_buyer THEN 'own_listing'
                        WHEN a.listing_id IS NOT NULL THEN 'already_bought'
                        WHEN l.state = 'sold_out' OR l.sold >= l.max_sales THEN 'sold_out'
                        WHEN l.state <> 'live' OR l.expires_at <= business_time THEN 'no_longer_for_sale'
                        WHEN (SELECT o.state FROM organizations AS o WHERE o.id = l.seller_id) <> 'approved'
                            THEN 'no_longer_for_sale'
                        WHEN l.currency <> paying_currency THEN 'currency_mismatch' END AS word
              FROM unnest(wanted) WITH ORDINALITY AS w (id, place)
              LEFT JOIN LATERAL (SELECT q.* FROM listings AS q WHERE q.id = w.id OFFSET 0) AS l ON true
              LEFT JOIN LATERAL (SELECT q.listing_id FROM allocations AS q
                                  WHERE q.listing_id = w.id AND q.buyer_id = of_buyer OFFSET 0) AS a ON true
             ORDER BY w.place) AS j;

    SELECT max(a.id) FILTER (WHERE a.kind = 'buyer_wallet'), max(a.id) FILTER (WHERE a.kind = 'buyer_promo')
      INTO wallet, promo
      FROM ledger.account AS a
     WHERE a.code IN (format('wallet:%s:%s', of_buyer, paying_currency),
                      format('promo:%s:%s', of_buyer, paying_currency));
    -- The wallet is held only where what it holds decides the choice; else the ledger itself refuses.
    IF promo IS NOT NULL OR most_count IS NOT NULL OR NOT all_or_nothing THEN
        SELECT coalesce(sum(locked.credits - locked.debits), 0),
               coalesce(sum(locked.credits - locked.debits) FILTER (WHERE locked.account_id = promo), 0)
          INTO funds, promo_funds
          FROM ledger.lock_accounts(array_remove(ARRAY[wallet, promo], NULL)) AS locked;
    END IF;

    IF most_count IS NOT NULL OR NOT all_or_nothing THEN
        IF total > least(funds, most_total) OR cardinality(chosen) > most_count THEN
            chosen := '{}';
            total := 0;
            FOR place IN 1 .. cardinality(wanted) LOOP
                IF refusals[place] IS NULL THEN
                    IF cardinality(chosen) >= most_count THEN
                        refusals[place] := 'not_needed';
                    ELSIF total + prices[place] > most_total THEN
                        refusals[place] := 'over_total';
                    ELSIF total + prices[place] > funds THEN
                        refusals[place] := 'insufficient_funds';
                    ELSE
                        chosen := array_append(chosen, wanted[place]);
                        total := total + prices[place];
                    END IF;
                END IF;
            END LOOP;
        END IF;
        IF all_or_nothing AND coalesce(cardinality(chosen), 0) < most_count THEN
            chosen := NULL;
        END IF;
    ELSIF refused > 0 THEN
        chosen := NULL;
    ELSIF total > most_total THEN
        RAISE EXCEPTION 'the total is more than was allowed'
            USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_within_total';
    END IF;

    IF coalesce(cardinality(chosen), 0) > 0 THEN
        IF wallet IS NULL AND total > coalesce(promo_funds, 0) THEN
            RAISE EXCEPTION 'there is no wallet in that currency'
                USING ERRCODE = 'LX001', CONSTRAINT = 'no_overdraft';
        END IF;
        IF cardinality(chosen) = 1 THEN
            purchase_ids := ARRAY[new_id()];
        ELSE
            SELECT array_agg(new_id()) INTO purchase_ids FROM unnest(chosen);
        END IF;
        SELECT array_agg(opened.account_id ORDER BY opened.place) INTO escrows
          FROM ledger.open_accounts('escrow', of_buyer, paying_currency,
                                    ARRAY(SELECT 'escrow:' || p.id
                                            FROM unnest(purchase_ids) WITH ORDINALITY AS p (id, n)
                                           ORDER BY p.n))
               WITH ORDINALITY AS opened (account_id, account_code, place);

        UPDATE listings AS l
           SET sold = l.sold + 1, state = CASE WHEN l.sold + 1 >= l.max_sales THEN 'sold_out' ELSE l.state END
         WHERE l.id = ANY (chosen);
        INSERT INTO allocations (listing_id, buyer_id, purchase_id, allocated_at)
        SELECT b.listing, of_buyer, b.id, business_time FROM unnest(purchase_ids, chosen) AS b (id, listing);

        INSERT INTO purchases (
            id, listing_id, lead_id, batch_id, offer_id, seller_id, buyer_id, vertical_id, pricing, price_minor,
            promo_minor, currency, commission_bps, commission_minor, escrow_account_id, purchased_at,
            undisclosed_until, return_window_days, window_ends_at)
        SELECT b.id, l.id, l.lead_id, l.batch_id, l.offer_id, l.seller_id, of_buyer, l.vertical_id, o.pricing,
               l.price_minor,
               greatest(0, least(l.price_minor, coalesce(promo_funds, 0)
                    - (sum(l.price_minor) OVER (ORDER BY b.place) - l.price_minor))),
               l.currency, v.commission_bps, l.price_minor * v.commission_bps / 10000, b.escrow, business_time,
               business_time + v.disclosure_hours * interval '1 hour', v.return_window_days,
               business_time + v.disclosure_hours * interval '1 hour' + v.return_window_days * interval '24 hours'
          FROM unnest(purchase_ids, chosen, escrows) WITH ORDINALITY AS b (id, listing, escrow, place)
         CROSS JOIN LATERAL (SELECT q.* FROM listings AS q WHERE q.id = b.listing OFFSET 0) AS l
          JOIN verticals AS v ON v.id = l.vertical_id
          JOIN offers AS o ON o.id = l.offer_id;

        INSERT INTO evidence (purchase_id, facts, key_id, wrapped_key, sealed, digest, frozen_at)
        SELECT f.purchase_id, f.facts, f.key_id, f.wrapped_key, f.sealed,
               evidence_digest(f.facts, f.sealed), business_time
          FROM freeze_facts(purchase_ids) AS f;

        INSERT INTO outbox (kind, topic, reference, dedup, due_at)
        SELECT 'event', 'LeadPurchased', b.id, format('event:LeadPurchased:%s:0', b.id), business_time
          FROM unnest(purchase_ids) AS b (id)
        ON CONFLICT (dedup) DO NOTHING;

        INSERT INTO ledger.transfer (movement_id, idem_key, code, debit_account, credit_account, debit_kind,
                                     credit_kind, currency, amount, source, event_at)
        SELECT p.id, format('purchase:%s:hold:%s', p.id, leg.name), 'hold', leg.account, p.escrow_account_id,
               leg.kind, 'escrow', p.currency, leg.amount, 'hold_price', business_time
          FROM unnest(purchase_ids) WITH ORDINALITY AS b (id, place)
         CROSS JOIN LATERAL (SELECT q.* FROM purchases AS q WHERE q.id = b.id OFFSET 0) AS p
         CROSS JOIN LATERAL (VALUES ('promo', promo, 'buyer_promo', p.promo_minor),
                               ('wallet', wallet, 'buyer_wallet', p.price_minor - p.promo_minor))
                    AS leg (name, account, kind, amount)
         WHERE leg.amount > 0
         ORDER BY b.place;
    END IF;

    -- Where something was bought, the words that are missing are those of the chosen, in their order.
    RETURN QUERY
        SELECT w.id,
               CASE WHEN w.word IS NULL
                    THEN purchase_ids[count(*) FILTER (WHERE w.word IS NULL) OVER (ORDER BY w.place)] END,
               w.price, paying_currency, w.word
          FROM unnest(wanted, prices, refusals) WITH ORDINALITY AS w (id, price, word, place)
         ORDER BY w.place;
END $$;
"""

FREEZE: Final = """
-- Over the letters of the facts and over the sealed record, each hashed first: both parties can recompute
-- it from what they are shown, without the sealed record itself.
CREATE FUNCTION evidence_digest(facts json, sealed bytea) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT sha256(sha256(convert_to(facts::text, 'UTF8')) || sha256(sealed)) $$;

-- What is frozen of a sale: nothing in the clear that names the person.
CREATE FUNCTION freeze_facts(of_purchases uuid[])
RETURNS TABLE (purchase_id uuid, facts json, key_id text, wrapped_key bytea, sealed bytea)
LANGUAGE sql STABLE AS $$
    SELECT p.id,
           json_build_object(
               'purchase', json_build_object(
                   'id', p.id, 'price_minor', p.price_minor, 'currency', p.currency, 'pricing', p.pricing,
                   'commission_bps', p.commission_bps, 'purchased_at', p.purchased_at,
                   'undisclosed_until', p.undisclosed_until, 'return_window_days', p.return_window_days),
               'listing', json_build_object(
                   'id', l.id, 'max_sales', l.max_sales, 'sold', l.sold, 'verified', l.verified,
                   'listed_at', l.listed_at, 'expires_at', l.expires_at),
               'offer', o.terms,
               'lead', json_build_object(
                   'id', d.id, 'row', d.row_no, 'received_at', d.received_at, 'lead_at', d.lead_at,
                   'attributes', d.attributes, 'country', d.country, 'region', d.region,
                   'temperature', d.temperature, 'points', d.points, 'phone_country', d.phone_country,
                   'phone_kind', d.phone_kind, 'email_class', d.email_class, 'contact_kinds', d.contact_kinds,
                   'source', d.source, 'campaign', d.campaign, 'ad_group', d.ad_group, 'audience', d.audience,
                   'leaf', encode(d.leaf, 'hex')),
               'consent', d.consent,
               'validation', json_build_object('verdict', r.verdict, 'answers', r.answers)),
           d.key_id, d.wrapped_key, d.sealed
      FROM unnest(of_purchases) AS b (id)
     CROSS JOIN LATERAL (SELECT q.* FROM purchases AS q WHERE q.id = b.id OFFSET 0) AS p
     CROSS JOIN LATERAL (SELECT q.* FROM listings AS q WHERE q.id = p.listing_id OFFSET 0) AS l
     CROSS JOIN LATERAL (SELECT q.* FROM leads AS q WHERE q.id = p.lead_id OFFSET 0) AS d
      LEFT JOIN LATERAL (SELECT q.* FROM lead_reports AS q WHERE q.lead_id = d.id OFFSET 0) AS r ON true
      JOIN (SELECT o.id, json_build_object(
                'id', o.id, 'name', o.name, 'kind', o.kind, 'price_minor', o.price_minor, 'currency', o.currency,
                'max_sales', o.max_sales, 'channel', o.channel, 'source', o.source, 'country', o.country,
                'consent_text', o.consent_text, 'consent_source', o.consent_source,
                'consent_channels', o.consent_channels) AS terms
              FROM offers AS o) AS o ON o.id = p.offer_id
$$;
"""

# Set-based, so that a sweep of thousands costs few statements; a single end goes the same way.
END: Final = """
-- Releases what is due: held, window over, no stop; the oldest first, passing by what another holds.
CREATE FUNCTION release_due_purchases(most bigint, only_purchase uuid)
RETURNS TABLE (purchase_id uuid, seller_id uuid, currency text, price_minor bigint, commission_minor bigint)
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    business_time timestamptz := clock.now();
    ended uuid[];
    party record;
BEGIN
    WITH due AS (
        SELECT p.id FROM purchases AS p
         WHERE p.state = 'held' AND p.open_stops = 0 AND p.window_ends_at <= business_time
           AND (only_purchase IS NULL OR p.id = only_purchase)
         ORDER BY p.window_ends_at LIMIT most FOR NO KEY UPDATE SKIP LOCKED
    ), released AS (
        UPDATE purchases AS p SET state = 'released', ended_at = business_time
          FROM due WHERE p.id = due.id AND p.state = 'held' AND p.open_stops = 0
        RETURNING p.id
    )
    SELECT array_agg(released.id ORDER BY released.id) INTO ended FROM released;
    IF ended IS NULL THEN
        RETURN;
    END IF;

    FOR party IN
        SELECT DISTINCT p.seller_id, p.currency FROM purchases AS p
         WHERE p.id = ANY (ended) AND NOT EXISTS (
            SELECT FROM ledger.account AS a
             WHERE a.code = format('commission:%s:%s', p.seller_id, p.currency) COLLATE "C")
         ORDER BY 1, 2
    LOOP
        PERFORM ledger.open_accounts('seller_pending', party.seller_id, party.currency,
                                     ARRAY[format('seller_pending:%s:%s', party.seller_id, party.currency)]);
        PERFORM ledger.open_accounts('commission', party.seller_id, party.currency,
                                     ARRAY[format('commission:%s:%s', party.seller_id, party.currency)]);
    END LOOP;

    INSERT INTO ledger.transfer (movement_id, idem_key, code, debit_account, credit_account, debit_kind,
                                 credit_kind, currency, amount, source, event_at)
    SELECT e.movement_id, format('purchase:%s:%s', p.id, leg.code), leg.code, p.escrow_account_id, a.id, 'escrow',
           a.kind, p.currency, leg.amount, 'release_price', business_time
      FROM (SELECT id, new_id() AS movement_id FROM unnest(ended) AS u (id)) AS e
     CROSS JOIN LATERAL (SELECT q.* FROM purchases AS q WHERE q.id = e.id OFFSET 0) AS p
     CROSS JOIN LATERAL (VALUES ('release', 'seller_pending', p.price_minor - p.commission_minor),
                           ('commission', 'commission', p.commission_minor)) AS leg (code, kind, amount)
      JOIN ledger.account AS a ON a.code = format('%s:%s:%s', leg.kind, p.seller_id, p.currency) COLLATE "C"
     WHERE leg.amount > 0;

    INSERT INTO outbox (kind, topic, reference, dedup, due_at)
    SELECT 'event', 'PurchaseReleased', e.id, format('event:PurchaseReleased:%s:0', e.id), business_time
      FROM unnest(ended) AS e (id)
    ON CONFLICT (dedup) DO NOTHING;

    RETURN QUERY
        SELECT p.id, p.seller_id, p.currency, p.price_minor, p.commission_minor
          FROM purchases AS p WHERE p.id = ANY (ended);
END $$;
"""
