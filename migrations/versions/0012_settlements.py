"""Settlements by seller, currency and week; their lines; earnings that mature."""

from __future__ import annotations

from alembic import context, op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE settlements (
    id uuid PRIMARY KEY DEFAULT new_id(),
    seller_id uuid NOT NULL REFERENCES organizations (id),
    currency text COLLATE "C" NOT NULL,
    week_begins_at timestamptz NOT NULL,
    number bigint,
    state text NOT NULL DEFAULT 'open',
    line_count bigint NOT NULL DEFAULT 0,
    gross_minor bigint NOT NULL DEFAULT 0,
    refunded_minor bigint NOT NULL DEFAULT 0,
    commission_minor bigint NOT NULL DEFAULT 0,
    net_minor bigint NOT NULL DEFAULT 0,
    opened_at timestamptz NOT NULL DEFAULT clock.now(),
    closed_at timestamptz,
    UNIQUE (seller_id, currency, week_begins_at),
    UNIQUE (seller_id, number),
    CONSTRAINT settlements_state_known CHECK (state IN ('open', 'closed', 'paid')),
    CONSTRAINT settlements_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT settlements_close_dated CHECK ((state = 'open') = (closed_at IS NULL)),
    CONSTRAINT settlements_numbered_when_closed CHECK ((state = 'open') = (number IS NULL)),
    CONSTRAINT settlements_number_positive CHECK (number > 0),
    CONSTRAINT settlements_add_up CHECK (net_minor = gross_minor - refunded_minor - commission_minor)
);
CREATE INDEX settlements_open_idx ON settlements (week_begins_at) WHERE state = 'open';

CREATE TABLE settlement_lines (
    purchase_id uuid PRIMARY KEY REFERENCES purchases (id),
    settlement_id uuid NOT NULL REFERENCES settlements (id),
    gross_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL,
    commission_minor bigint NOT NULL,
    net_minor bigint NOT NULL,
    settled_at timestamptz NOT NULL DEFAULT clock.now(),
    CONSTRAINT settlement_lines_add_up CHECK (net_minor = gross_minor - refunded_minor - commission_minor)
);
CREATE INDEX settlement_lines_settlement_id_idx ON settlement_lines (settlement_id, purchase_id);

CREATE TABLE maturities (
    purchase_id uuid PRIMARY KEY REFERENCES purchases (id),
    seller_id uuid NOT NULL,
    currency text COLLATE "C" NOT NULL,
    amount_minor bigint NOT NULL,
    matures_at timestamptz NOT NULL,
    matured_at timestamptz,
    CONSTRAINT maturities_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT maturities_not_early CHECK (matured_at >= matures_at)
);
CREATE INDEX maturities_due_idx ON maturities (matures_at) WHERE matured_at IS NULL;

-- A line is taken by an open settlement only: what comes late belongs to the next week.
CREATE FUNCTION settlement_lines_while_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM settlements AS s WHERE s.state <> 'open'
                  AND s.id IN (SELECT DISTINCT added.settlement_id FROM added)) THEN
        RAISE EXCEPTION 'the settlement is closed'
            USING ERRCODE = 'LX001', CONSTRAINT = 'settlement_lines_while_open';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_lines_while_open AFTER INSERT ON settlement_lines
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION settlement_lines_while_open();
CREATE TRIGGER settlement_lines_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON settlement_lines
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

_MATURE = """
-- LATERAL with OFFSET 0 keeps the rows given the outer side, also in a young database without statistics.
-- Posts earnings that have just been marked as matured, and pays an open debt of the seller from them.
CREATE FUNCTION mature_earnings(matured uuid[]) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    business_time timestamptz := clock.now();
    party record;
BEGIN
    FOR party IN
        SELECT DISTINCT m.seller_id, m.currency FROM maturities AS m
         WHERE m.purchase_id = ANY (matured) AND NOT EXISTS (
            SELECT FROM ledger.account AS a
             WHERE a.code = format('seller_available:%s:%s', m.seller_id, m.currency) COLLATE "C")
         ORDER BY 1, 2
    LOOP
        PERFORM ledger.open_accounts('seller_available', party.seller_id, party.currency,
                                     ARRAY[format('seller_available:%s:%s', party.seller_id, party.currency)]);
    END LOOP;
    -- Who owes is locked before the debt is read, in the order of ids as every posting locks.
    PERFORM ledger.lock_accounts(array_agg(a.id))
       FROM (SELECT DISTINCT m.seller_id, m.currency FROM maturities AS m WHERE m.purchase_id = ANY (matured)) AS s
       JOIN ledger.account AS d ON d.code = format('seller_receivable:%s:%s', s.seller_id, s.currency) COLLATE "C"
        AND d.debits > d.credits
       JOIN ledger.account AS a ON a.code IN (
                format('seller_pending:%s:%s', s.seller_id, s.currency),
                format('seller_available:%s:%s', s.seller_id, s.currency),
                format('seller_receivable:%s:%s', s.seller_id, s.currency))
     HAVING count(*) > 0;

    INSERT INTO ledger.transfer (movement_id, idem_key, code, debit_account, credit_account, debit_kind,
                                 credit_kind, currency, amount, source, event_at)
    SELECT leg.purchase_id, leg.key, leg.code, d.id, c.id, d.kind, c.kind, leg.currency, leg.amount,
           'mature_earnings', business_time
      FROM (SELECT 1 AS step, m.purchase_id, format('mature:%s', m.purchase_id) AS key, 'mature' AS code,
                   format('seller_pending:%s:%s', m.seller_id, m.currency) AS debit,
                   format('seller_available:%s:%s', m.seller_id, m.currency) AS credit,
                   m.currency, m.amount_minor AS amount
              FROM unnest(matured) AS e (id)
                   CROSS JOIN LATERAL (SELECT q.* FROM maturities AS q WHERE q.purchase_id = e.id OFFSET 0) AS m
             UNION ALL
            SELECT 2, s.last_purchase, format('debt:%s:%s', s.seller_id, s.last_purchase), 'seller_debt',
                   format('seller_available:%s:%s', s.seller_id, s.currency),
                   format('seller_receivable:%s:%s', s.seller_id, s.currency), s.currency,
                   least(s.amount, a.debits - a.credits)
              FROM (SELECT m.seller_id, m.currency, sum(m.amount_minor)::bigint AS amount,
                           (array_agg(m.purchase_id ORDER BY m.purchase_id DESC))[1] AS last_purchase
                      FROM unnest(matured) AS e (id)
                   CROSS JOIN LATERAL (SELECT q.* FROM maturities AS q WHERE q.purchase_id = e.id OFFSET 0) AS m
                     GROUP BY m.seller_id, m.currency) AS s
              JOIN ledger.account AS a
                ON a.code = format('seller_receivable:%s:%s', s.seller_id, s.currency) COLLATE "C"
             WHERE a.debits > a.credits) AS leg
      JOIN ledger.account AS d ON d.code = leg.debit COLLATE "C"
      JOIN ledger.account AS c ON c.code = leg.credit COLLATE "C"
     ORDER BY leg.step, leg.purchase_id;
END $$;

-- Makes due earnings available, the oldest first, passing by what another holds. Answers how many.
CREATE FUNCTION mature_due_earnings(most bigint) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    business_time timestamptz := clock.now();
    matured uuid[];
BEGIN
    WITH due AS (
        SELECT m.purchase_id FROM maturities AS m
         WHERE m.matured_at IS NULL AND m.matures_at <= business_time
         ORDER BY m.matures_at LIMIT most FOR NO KEY UPDATE SKIP LOCKED
    ), done AS (
        UPDATE maturities AS m SET matured_at = business_time
          FROM due WHERE m.purchase_id = due.purchase_id AND m.matured_at IS NULL
        RETURNING m.purchase_id
    )
    SELECT array_agg(done.purchase_id ORDER BY done.purchase_id) INTO matured FROM done;
    IF matured IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM mature_earnings(matured);
    RETURN cardinality(matured);
END $$;
"""

_SETTLE = """
-- Writes ended purchases into their sellers' open settlements, each once; earnings of new sellers mature
-- later, of others at once. Answers how many lines were new.
CREATE FUNCTION settle_purchases(of_purchases uuid[], new_sellers uuid[], days_for_new bigint) RETURNS bigint
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    business_time timestamptz := clock.now();
    week timestamptz := date_trunc('week', clock.now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    fresh uuid[];
    mature uuid[];
BEGIN
    INSERT INTO settlements (seller_id, currency, week_begins_at)
    SELECT DISTINCT p.seller_id, p.currency, week FROM purchases AS p
     WHERE p.id = ANY (of_purchases) AND p.state IN ('released', 'partly_refunded', 'refunded')
     ORDER BY 1, 2
    ON CONFLICT (seller_id, currency, week_begins_at) DO NOTHING;

    WITH written AS (
        INSERT INTO settlement_lines
            (purchase_id, settlement_id, gross_minor, refunded_minor, commission_minor, net_minor, settled_at)
        SELECT p.id, s.id, p.price_minor, p.refunded_minor, p.commission_minor,
               p.price_minor - p.refunded_minor - p.commission_minor, business_time
          FROM unnest(of_purchases) AS e (id)
         CROSS JOIN LATERAL (
                SELECT q.* FROM purchases AS q
                 WHERE q.id = e.id AND q.state IN ('released', 'partly_refunded', 'refunded') OFFSET 0) AS p
         CROSS JOIN LATERAL (
                SELECT q.id FROM settlements AS q
                 WHERE q.seller_id = p.seller_id AND q.currency = p.currency AND q.week_begins_at = week OFFSET 0) AS s
        ON CONFLICT (purchase_id) DO NOTHING
        RETURNING purchase_id
    )
    SELECT array_agg(written.purchase_id) INTO fresh FROM written;

    WITH waiting AS (
        INSERT INTO maturities (purchase_id, seller_id, currency, amount_minor, matures_at, matured_at)
        SELECT p.id, p.seller_id, p.currency, p.price_minor - p.refunded_minor - p.commission_minor,
               CASE WHEN is_new THEN p.ended_at + days_for_new * interval '24 hours' ELSE p.ended_at END,
               CASE WHEN NOT is_new THEN business_time END
          FROM unnest(fresh) AS e (id)
         CROSS JOIN LATERAL (SELECT q.* FROM purchases AS q WHERE q.id = e.id OFFSET 0) AS p
         CROSS JOIN LATERAL (SELECT p.seller_id = ANY (new_sellers) AS is_new) AS standing
         WHERE p.price_minor > p.refunded_minor + p.commission_minor
        RETURNING purchase_id, matured_at
    )
    SELECT array_agg(waiting.purchase_id ORDER BY waiting.purchase_id) INTO mature
      FROM waiting WHERE waiting.matured_at IS NOT NULL;
    IF mature IS NOT NULL THEN
        PERFORM mature_earnings(mature);
    END IF;
    RETURN coalesce(cardinality(fresh), 0);
END $$;
"""

_CLOSE = """
-- Closes one settlement whose week is over: adds its lines up and gives it the seller's next number.
CREATE FUNCTION close_settlement(of_settlement uuid) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    party settlements;
BEGIN
    -- FOR UPDATE waits for who is just writing a line, and they for us.
    SELECT s.* INTO party FROM settlements AS s
     WHERE s.id = of_settlement AND s.state = 'open' AND s.week_begins_at + interval '168 hours' <= clock.now()
       FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Numbers of one seller are given one after the other.
    PERFORM pg_advisory_xact_lock(hashtextextended('settlement:' || party.seller_id, 0));
    UPDATE settlements AS s
       SET state = 'closed', closed_at = clock.now(), line_count = t.line_count, gross_minor = t.gross_minor,
           refunded_minor = t.refunded_minor, commission_minor = t.commission_minor, net_minor = t.net_minor,
           number = (SELECT coalesce(max(o.number), 0) + 1 FROM settlements AS o WHERE o.seller_id = party.seller_id)
      FROM (SELECT count(*) AS line_count, coalesce(sum(l.gross_minor), 0)::bigint AS gross_minor,
                   coalesce(sum(l.refunded_minor), 0)::bigint AS refunded_minor,
                   coalesce(sum(l.commission_minor), 0)::bigint AS commission_minor,
                   coalesce(sum(l.net_minor), 0)::bigint AS net_minor
              FROM settlement_lines AS l WHERE l.settlement_id = of_settlement) AS t
     WHERE s.id = of_settlement;
    RETURN true;
END $$;
"""

_GRANTS = """
REVOKE UPDATE, DELETE ON settlements, settlement_lines, maturities FROM {role};
GRANT UPDATE (state, number, closed_at, line_count, gross_minor, refunded_minor, commission_minor, net_minor)
    ON settlements TO {role};
GRANT UPDATE (matured_at) ON maturities TO {role};
"""

_DOWN = """
DROP FUNCTION close_settlement, settle_purchases, mature_due_earnings, mature_earnings;
DROP TABLE maturities, settlement_lines, settlements;
DROP FUNCTION settlement_lines_while_open;
"""


def upgrade() -> None:
    for statements in (_TABLES, _MATURE, _SETTLE, _CLOSE):
        op.execute(statements)
    op.execute(_GRANTS.format(role=context.config.attributes["app_role"]))


def downgrade() -> None:
    op.execute(_DOWN)
