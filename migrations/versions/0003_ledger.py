"""The ledger: accounts, posting rules, transfers, entries, and the trigger that keeps balances."""

from __future__ import annotations

from alembic import context, op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Code columns compare by bytes, whatever the database's language is.
_TABLES = """
CREATE SCHEMA ledger;

-- The chart of accounts as data. `refusal` is the constraint that is reported when the limit would be broken.
CREATE TABLE ledger.account_kind (
    kind text COLLATE "C" PRIMARY KEY,
    side text COLLATE "C" NOT NULL,
    code_prefix text COLLATE "C" NOT NULL UNIQUE,
    one_per text COLLATE "C" NOT NULL,
    debits_must_not_exceed_credits boolean NOT NULL,
    credits_must_not_exceed_debits boolean NOT NULL,
    refusal text COLLATE "C" NOT NULL,
    CONSTRAINT account_kind_side_known CHECK (side IN ('asset', 'liability', 'revenue', 'expense')),
    CONSTRAINT account_kind_one_per_known CHECK (one_per IN ('organization', 'currency', 'purchase'))
);

CREATE TABLE ledger.posting_rule (
    code text COLLATE "C" NOT NULL,
    debit_kind text COLLATE "C" NOT NULL REFERENCES ledger.account_kind (kind),
    credit_kind text COLLATE "C" NOT NULL REFERENCES ledger.account_kind (kind),
    PRIMARY KEY (code, debit_kind, credit_kind)
);

CREATE TABLE ledger.account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text COLLATE "C" NOT NULL UNIQUE,
    -- Not a foreign key: no posting rule, so no transfer, knows a kind that is not in the chart, and each
    -- purchase opens an account.
    kind text COLLATE "C" NOT NULL,
    owner_org uuid,
    currency text COLLATE "C" NOT NULL,
    debits_must_not_exceed_credits boolean NOT NULL,
    credits_must_not_exceed_debits boolean NOT NULL,
    debits bigint NOT NULL DEFAULT 0,
    credits bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 0,
    closed boolean NOT NULL DEFAULT false,
    UNIQUE (id, currency, kind),
    CONSTRAINT account_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT account_counters_positive CHECK (debits >= 0 AND credits >= 0 AND version >= 0),
    CONSTRAINT no_overdraft CHECK (NOT debits_must_not_exceed_credits OR debits <= credits),
    CONSTRAINT no_overcredit CHECK (NOT credits_must_not_exceed_debits OR credits <= debits),
    CONSTRAINT closed_is_zero CHECK (NOT closed OR debits = credits)
) WITH (fillfactor = 70);
-- Counters change with every transfer, so no index may hold them: updates stay within the page.
CREATE INDEX account_owner_org_kind_idx ON ledger.account (owner_org, kind);

CREATE TABLE ledger.transfer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    movement_id uuid NOT NULL,
    idem_key text COLLATE "C" NOT NULL UNIQUE,
    code text COLLATE "C" NOT NULL,
    debit_account bigint NOT NULL,
    credit_account bigint NOT NULL,
    debit_kind text COLLATE "C" NOT NULL,
    credit_kind text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount bigint NOT NULL,
    source text COLLATE "C" NOT NULL,
    stripe_object_id text COLLATE "C",
    event_at timestamptz NOT NULL DEFAULT clock.now(),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT transfer_amount_in_range CHECK (amount > 0 AND amount <= 1000000000000),
    CONSTRAINT transfer_between_two CHECK (debit_account <> credit_account),
    CONSTRAINT transfer_key_length CHECK (length(idem_key) BETWEEN 1 AND 200),
    CONSTRAINT transfer_source_length CHECK (length(source) BETWEEN 1 AND 60),
    FOREIGN KEY (debit_account, currency, debit_kind) REFERENCES ledger.account (id, currency, kind),
    FOREIGN KEY (credit_account, currency, credit_kind) REFERENCES ledger.account (id, currency, kind),
    FOREIGN KEY (code, debit_kind, credit_kind) REFERENCES ledger.posting_rule (code, debit_kind, credit_kind)
);
CREATE INDEX transfer_movement_id_idx ON ledger.transfer (movement_id);
CREATE UNIQUE INDEX transfer_stripe_object_id_idx ON ledger.transfer (stripe_object_id)
    WHERE stripe_object_id IS NOT NULL;

-- Written by the trigger alone, from transfers whose accounts were just locked: no foreign keys needed.
CREATE TABLE ledger.entry (
    account_id bigint NOT NULL,
    account_version bigint NOT NULL,
    transfer_id bigint NOT NULL,
    side text COLLATE "C" NOT NULL,
    amount bigint NOT NULL,
    debits_after bigint NOT NULL,
    credits_after bigint NOT NULL,
    PRIMARY KEY (account_id, account_version),
    CONSTRAINT entry_side_known CHECK (side IN ('D', 'C'))
);
-- Entries lie in the order of their transfers, so block ranges find them at almost no cost to writers.
CREATE INDEX entry_transfer_id_idx ON ledger.entry USING brin (transfer_id) WITH (pages_per_range = 16);
"""

_CHART = """
INSERT INTO ledger.account_kind
    (kind, side, code_prefix, one_per, debits_must_not_exceed_credits, credits_must_not_exceed_debits, refusal)
VALUES
    ('buyer_wallet',      'liability', 'wallet',            'organization', true,  false, 'no_overdraft'),
    ('buyer_promo',       'liability', 'promo',             'organization', true,  false, 'no_overdraft'),
    ('escrow',            'liability', 'escrow',            'purchase',     true,  false, 'escrow_exhausted'),
    ('seller_pending',    'liability', 'seller_pending',    'organization', true,  false, 'no_seller_overdraft'),
    ('seller_available',  'liability', 'seller_available',  'organization', true,  false, 'no_seller_overdraft'),
    ('seller_reserve',    'liability', 'seller_reserve',    'organization', true,  false, 'no_seller_overdraft'),
    ('seller_receivable', 'asset',     'seller_receivable', 'organization', false, true,  'no_overcredit'),
    ('buyer_receivable',  'asset',     'buyer_receivable',  'organization', false, true,  'no_overcredit'),
    ('commission',        'revenue',   'commission',        'organization', false, false, 'no_limit'),
    ('check_fee',         'revenue',   'check_fee',         'organization', false, false, 'no_limit'),
    ('bank_clearing',     'asset',     'bank_clearing',     'currency',     false, false, 'no_limit'),
    ('marketing',         'expense',   'marketing',         'currency',     false, false, 'no_limit');

INSERT INTO ledger.posting_rule (code, debit_kind, credit_kind) VALUES
    ('manual_credit', 'bank_clearing', 'buyer_wallet'),
    ('buyer_debt', 'buyer_wallet', 'buyer_receivable'),
    ('promotion', 'marketing', 'buyer_promo'),
    ('hold', 'buyer_wallet', 'escrow'),
    ('hold', 'buyer_promo', 'escrow'),
    ('release', 'escrow', 'seller_pending'),
    ('commission', 'escrow', 'commission'),
    ('refund', 'escrow', 'buyer_wallet'),
    ('refund', 'escrow', 'buyer_promo'),
    ('mature', 'seller_pending', 'seller_available'),
    ('mature', 'seller_pending', 'seller_reserve'),
    ('reserve_release', 'seller_reserve', 'seller_available'),
    ('seller_debt', 'seller_available', 'seller_receivable'),
    ('check_fee', 'seller_pending', 'check_fee'),
    ('check_fee', 'seller_reserve', 'check_fee'),
    ('check_fee', 'seller_available', 'check_fee'),
    ('check_fee', 'seller_receivable', 'check_fee');
INSERT INTO ledger.posting_rule (code, debit_kind, credit_kind)
SELECT 'clawback', source.kind, target.kind
  FROM unnest(ARRAY['seller_pending', 'seller_reserve', 'seller_available', 'seller_receivable', 'commission'])
           AS source (kind),
       unnest(ARRAY['buyer_wallet', 'buyer_promo']) AS target (kind);
"""

# One plan for each statement, made once and always by index: planning anew would cost more than the work,
# and a scan of all accounts, right for the first call, would stay for the session.
_KEEP_BALANCES = """
-- Says by which rule an account may not take a posting: closed, or over its limit.
CREATE FUNCTION ledger.refuse_posting(account_kind text, is_closed boolean) RETURNS boolean LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF is_closed THEN
        RAISE EXCEPTION 'an account of kind % is closed', account_kind
            USING ERRCODE = 'LX001', CONSTRAINT = 'account_closed';
    END IF;
    RAISE EXCEPTION 'an account of kind % would pass its limit', account_kind USING ERRCODE = 'LX001',
        CONSTRAINT = (SELECT k.refusal FROM ledger.account_kind AS k WHERE k.kind = account_kind);
END $$;

-- Locks all accounts touched in the order of ids, then counts transfer by transfer: every state in between
-- must be allowed, so that a top-up in the same statement can't hide an overdraft.
CREATE FUNCTION ledger.keep_balances() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    transfers bigint;
    named bigint[];
    locked bigint;
    kept bigint;
    one record;
BEGIN
    SELECT count(*), array_agg(debit_account) || array_agg(credit_account) INTO transfers, named FROM added;
    IF transfers = 0 THEN
        RETURN NULL;
    END IF;
    PERFORM 1 FROM ledger.account WHERE id = ANY (named) ORDER BY id FOR NO KEY UPDATE;
    GET DIAGNOSTICS locked = ROW_COUNT;

    -- A few transfers one by one: starting the statement below costs more than they do.
    IF transfers <= 8 THEN
        FOR one IN SELECT id, debit_account, credit_account, amount FROM added ORDER BY id LOOP
            WITH posted AS (
                UPDATE ledger.account AS a
                   SET debits = debits + CASE WHEN a.id = one.debit_account THEN one.amount ELSE 0 END,
                       credits = credits + CASE WHEN a.id = one.credit_account THEN one.amount ELSE 0 END,
                       version = version + 1
                 WHERE a.id IN (one.debit_account, one.credit_account)
                   AND CASE WHEN closed
                              OR a.id = one.debit_account AND debits_must_not_exceed_credits
                                 AND debits + one.amount > credits
                              OR a.id = one.credit_account AND credits_must_not_exceed_debits
                                 AND credits + one.amount > debits
                            THEN ledger.refuse_posting(kind, closed) ELSE true END
                RETURNING id, version, debits, credits
            )
            INSERT INTO ledger.entry
                (account_id, account_version, transfer_id, side, amount, debits_after, credits_after)
            SELECT posted.id, posted.version, one.id, CASE WHEN posted.id = one.debit_account THEN 'D' ELSE 'C' END,
                   one.amount, posted.debits, posted.credits
              FROM posted;
            GET DIAGNOSTICS kept = ROW_COUNT;
            IF kept <> 2 THEN
                RAISE EXCEPTION 'the accounts kept are not the accounts touched'
                    USING ERRCODE = 'LX001', CONSTRAINT = 'balances_not_kept';
            END IF;
        END LOOP;
        RETURN NULL;
    END IF;

    -- Planned anew each time: a plan kept from a small statement would be wrong for ten thousand.
    EXECUTE $statement$
        WITH leg AS (
            SELECT id AS transfer_id, debit_account AS account_id, 'D' AS side, amount, amount AS debit, 0 AS credit
              FROM added
             UNION ALL
            SELECT id, credit_account, 'C', amount, 0, amount FROM added
        ), counted AS (
            SELECT l.account_id, l.transfer_id, l.side, l.amount, a.kind, a.closed,
                   a.debits_must_not_exceed_credits AS limited, a.credits_must_not_exceed_debits AS limited_other,
                   a.version + row_number() OVER story AS account_version,
                   (a.debits + sum(l.debit) OVER story)::bigint AS debits_after,
                   (a.credits + sum(l.credit) OVER story)::bigint AS credits_after
              FROM leg AS l JOIN ledger.account AS a ON a.id = l.account_id
            WINDOW story AS (PARTITION BY l.account_id ORDER BY l.transfer_id ROWS UNBOUNDED PRECEDING)
        ), running AS MATERIALIZED (
            SELECT * FROM counted
             WHERE CASE WHEN closed OR limited AND debits_after > credits_after
                          OR limited_other AND credits_after > debits_after
                        THEN ledger.refuse_posting(kind, closed) ELSE true END
        ), written AS (
            INSERT INTO ledger.entry
                (account_id, account_version, transfer_id, side, amount, debits_after, credits_after)
            SELECT account_id, account_version, transfer_id, side, amount, debits_after, credits_after
              FROM running
        )
        UPDATE ledger.account AS a
           SET debits = last.debits_after, credits = last.credits_after, version = last.account_version
          FROM (SELECT account_id, max(debits_after) AS debits_after, max(credits_after) AS credits_after,
                       max(account_version) AS account_version
                  FROM running GROUP BY account_id) AS last
         WHERE a.id = last.account_id
    $statement$;
    GET DIAGNOSTICS kept = ROW_COUNT;
    IF kept <> locked OR kept <> (SELECT count(DISTINCT id) FROM unnest(named) AS touched (id)) THEN
        RAISE EXCEPTION 'the accounts kept are not the accounts touched'
            USING ERRCODE = 'LX001', CONSTRAINT = 'balances_not_kept';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER transfer_keep_balances AFTER INSERT ON ledger.transfer
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.keep_balances();
CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_stays BEFORE DELETE OR TRUNCATE ON ledger.account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- Counters and what an account is change only from inside the trigger above; binds the owner too.
CREATE TRIGGER account_kept_by_transfers
    BEFORE UPDATE OF id, code, kind, owner_org, currency, debits, credits, version,
        debits_must_not_exceed_credits, credits_must_not_exceed_debits ON ledger.account
    FOR EACH STATEMENT WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_written_by_transfers BEFORE INSERT ON ledger.entry
    FOR EACH STATEMENT WHEN (pg_trigger_depth() < 1) EXECUTE FUNCTION refuse_change();
"""

_OPEN_ACCOUNTS = """
-- Opens what is missing among the codes and answers with all of them, in the order asked.
-- An organization's or a currency's code says all that the account is, so it can't be opened twice.
CREATE FUNCTION ledger.open_accounts(
    wanted_kind text, wanted_owner uuid, wanted_currency text, wanted_codes text[]
) RETURNS TABLE (account_id bigint, account_code text) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    chart ledger.account_kind;
    pattern text;
    fitting boolean;
    answered bigint;
BEGIN
    SELECT k.* INTO chart FROM ledger.account_kind AS k WHERE k.kind = wanted_kind;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no account kind %', wanted_kind
            USING ERRCODE = 'LX001', CONSTRAINT = 'account_kind_unknown';
    END IF;
    IF chart.one_per = 'purchase' THEN
        pattern := '^' || chart.code_prefix || ':[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
        IF cardinality(wanted_codes) = 1 THEN
            fitting := wanted_owner IS NOT NULL AND wanted_codes[1] ~ pattern;
        ELSE
            fitting := wanted_owner IS NOT NULL AND NOT EXISTS (
                SELECT FROM unnest(wanted_codes) AS asked (code) WHERE (asked.code ~ pattern) IS NOT TRUE);
        END IF;
    ELSE
        fitting := (chart.one_per = 'currency') = (wanted_owner IS NULL)
            AND wanted_codes = ARRAY[concat_ws(':', chart.code_prefix, wanted_owner, wanted_currency)];
    END IF;
    IF fitting IS NOT TRUE THEN
        RAISE EXCEPTION 'the code or the owner does not fit an account of kind %', wanted_kind
            USING ERRCODE = 'LX001', CONSTRAINT = 'account_code_wrong';
    END IF;

    IF cardinality(wanted_codes) = 1 THEN
        INSERT INTO ledger.account
            (code, kind, owner_org, currency, debits_must_not_exceed_credits, credits_must_not_exceed_debits)
        VALUES (wanted_codes[1], chart.kind, wanted_owner, wanted_currency,
                chart.debits_must_not_exceed_credits, chart.credits_must_not_exceed_debits)
        ON CONFLICT (code) DO NOTHING RETURNING id, code INTO account_id, account_code;
        IF FOUND THEN
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;

    -- In the order of codes, so that two who open the same accounts wait for each other only one way.
    INSERT INTO ledger.account
        (code, kind, owner_org, currency, debits_must_not_exceed_credits, credits_must_not_exceed_debits)
    SELECT DISTINCT asked.code COLLATE "C", chart.kind, wanted_owner, wanted_currency,
           chart.debits_must_not_exceed_credits, chart.credits_must_not_exceed_debits
      FROM unnest(wanted_codes) AS asked (code) ORDER BY 1
    ON CONFLICT (code) DO NOTHING;

    RETURN QUERY
        SELECT a.id, a.code FROM unnest(wanted_codes) WITH ORDINALITY AS asked (code, place)
          -- OFFSET 0 keeps the planner from looking by any other index than that of the code.
         CROSS JOIN LATERAL (
            SELECT * FROM ledger.account AS known WHERE known.code = asked.code COLLATE "C" OFFSET 0) AS a
         WHERE a.kind = chart.kind AND a.currency = wanted_currency AND a.owner_org IS NOT DISTINCT FROM wanted_owner
         ORDER BY asked.place;
    GET DIAGNOSTICS answered = ROW_COUNT;
    IF answered <> cardinality(wanted_codes) THEN
        RAISE EXCEPTION 'an account of that code exists and is another one'
            USING ERRCODE = 'LX001', CONSTRAINT = 'account_differs';
    END IF;
END $$;
"""

_LOOK = """
-- Positive on the account's own side: credits over debits for liabilities and revenue, else the reverse.
CREATE FUNCTION ledger.balance_of(wanted_account bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN k.side IN ('liability', 'revenue') THEN a.credits - a.debits ELSE a.debits - a.credits END
      FROM ledger.account AS a JOIN ledger.account_kind AS k ON k.kind = a.kind
     WHERE a.id = wanted_account
$$;

-- Locks accounts in the order of ids until the transaction ends, for who must decide by a balance.
CREATE FUNCTION ledger.lock_accounts(wanted_accounts bigint[])
RETURNS TABLE (account_id bigint, debits bigint, credits bigint) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    PERFORM 1 FROM ledger.account AS a WHERE a.id = ANY (wanted_accounts) ORDER BY a.id FOR NO KEY UPDATE;
    RETURN QUERY SELECT a.id, a.debits, a.credits FROM ledger.account AS a
        WHERE a.id = ANY (wanted_accounts) ORDER BY a.id;
END $$;
"""

_POST = """
-- Posts movements, each once, and answers how many of them were new. Runs with the caller's rights.
-- Arrays run in parallel: legs (movement, key, rule, debited code, credited code, amount) and the accounts
-- that they name (code, kind, owner, currency), of which the missing ones are opened.
CREATE FUNCTION ledger.post(
    leg_movements uuid[], leg_keys text[], leg_rules text[], leg_debits text[], leg_credits text[],
    leg_amounts bigint[], leg_sources text[],
    account_codes text[], account_kinds text[], account_owners uuid[], account_currencies text[]
) RETURNS bigint LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    missing record;
    business_time timestamptz := clock.now();
    written bigint;
    differing bigint;
BEGIN
    FOR missing IN
        SELECT named.kind, named.owner, named.currency, array_agg(named.code) AS codes
          FROM unnest(account_codes, account_kinds, account_owners, account_currencies)
                   AS named (code, kind, owner, currency)
         WHERE NOT EXISTS (SELECT FROM ledger.account AS a WHERE a.code = named.code COLLATE "C")
         GROUP BY named.kind, named.owner, named.currency ORDER BY named.kind, named.owner, named.currency
    LOOP
        PERFORM ledger.open_accounts(missing.kind, missing.owner, missing.currency, missing.codes);
    END LOOP;

    INSERT INTO ledger.transfer (movement_id, idem_key, code, debit_account, credit_account, debit_kind,
                                 credit_kind, currency, amount, source, event_at)
    SELECT leg.movement, leg.key, leg.rule, d.id, c.id, d.kind, c.kind, d.currency, leg.amount, leg.source,
           business_time
      FROM unnest(leg_movements, leg_keys, leg_rules, leg_debits, leg_credits, leg_amounts, leg_sources)
               WITH ORDINALITY AS leg (movement, key, rule, debit, credit, amount, source, place)
      JOIN ledger.account AS d ON d.code = leg.debit COLLATE "C"
      JOIN ledger.account AS c ON c.code = leg.credit COLLATE "C"
     ORDER BY leg.place
    ON CONFLICT (idem_key) DO NOTHING;
    GET DIAGNOSTICS written = ROW_COUNT;
    IF written = cardinality(leg_keys) THEN
        RETURN (SELECT count(DISTINCT movement) FROM unnest(leg_movements) AS given (movement));
    END IF;

    -- Something was there before: it must be whole movements, the same leg by leg, none with more legs.
    WITH leg AS (
        SELECT given.movement, t.movement_id AS stored,
               t.code = given.rule AND t.amount = given.amount AND d.code = given.debit COLLATE "C"
                   AND c.code = given.credit COLLATE "C" AS same
          FROM unnest(leg_movements, leg_keys, leg_rules, leg_debits, leg_credits, leg_amounts)
                   AS given (movement, key, rule, debit, credit, amount)
          LEFT JOIN ledger.transfer AS t ON t.idem_key = given.key COLLATE "C"
          LEFT JOIN ledger.account AS d ON d.id = t.debit_account
          LEFT JOIN ledger.account AS c ON c.id = t.credit_account
    ), movement AS (
        SELECT movement, bool_and(coalesce(same, false)) AND count(DISTINCT stored) = 1
                   AND count(*) = (SELECT count(*) FROM ledger.transfer AS t
                                    WHERE t.movement_id = min(leg.stored::text)::uuid) AS whole,
               min(stored::text)::uuid = movement AS fresh
          FROM leg GROUP BY movement
    )
    SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT whole) INTO written, differing FROM movement;
    IF differing > 0 THEN
        RAISE EXCEPTION 'a movement of that key was posted before and differs'
            USING ERRCODE = 'LX001', CONSTRAINT = 'movement_differs';
    END IF;
    RETURN written;
END $$;
"""

_GRANTS = """
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO {role};
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO {role};
GRANT INSERT (movement_id, idem_key, code, debit_account, credit_account, debit_kind, credit_kind, currency,
              amount, source, stripe_object_id, event_at) ON ledger.transfer TO {role};
GRANT EXECUTE ON FUNCTION ledger.open_accounts(text, uuid, text, text[]), ledger.balance_of(bigint),
    ledger.lock_accounts(bigint[]),
    ledger.post(uuid[], text[], text[], text[], text[], bigint[], text[], text[], text[], uuid[], text[]) TO {role};
"""


def upgrade() -> None:
    for statements in (_TABLES, _CHART, _KEEP_BALANCES, _OPEN_ACCOUNTS, _LOOK, _POST):
        op.execute(statements)
    op.execute(_GRANTS.format(role=context.config.attributes["app_role"]))


def downgrade() -> None:
    op.execute("DROP SCHEMA ledger CASCADE")
