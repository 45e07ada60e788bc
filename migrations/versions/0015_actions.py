"""Leads that are paid by what the person does: the action of an offer, its reports, and the end of the wait."""

from __future__ import annotations

from alembic import context, op

from migrations.buying import BUY, END, FREEZE
from migrations.buying_by_action import BUY_BY_ACTION, END_BY_ACTION, EXPIRE, FREEZE_BY_ACTION, replaced

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ACTIONS = "('application', 'appointment', 'visit', 'registration', 'contract', 'purchase', 'deposit')"

_OFFERS = f"""
ALTER TABLE offers
    ADD COLUMN action text COLLATE "C",
    ADD COLUMN attribution_days integer,
    DROP CONSTRAINT offers_pricing_known,
    ADD CONSTRAINT offers_pricing_known CHECK (pricing IN ('cpl', 'cpa')),
    ADD CONSTRAINT offers_action_known CHECK (action IN {_ACTIONS}),
    ADD CONSTRAINT offers_action_with_cpa CHECK ((pricing = 'cpa') = (action IS NOT NULL)),
    ADD CONSTRAINT offers_attribution_with_cpa CHECK ((pricing = 'cpa') = (attribution_days IS NOT NULL)),
    ADD CONSTRAINT offers_attribution_in_range CHECK (attribution_days BETWEEN 1 AND 90);

-- The rate that a seller pays in a vertical, in basis points: one place to ask.
CREATE FUNCTION commission_bps_of(of_seller uuid, of_vertical uuid, of_currency text) RETURNS bigint
LANGUAGE sql STABLE AS $$ SELECT v.commission_bps::bigint FROM verticals AS v WHERE v.id = of_vertical $$;
"""

_PURCHASES = f"""
ALTER TABLE purchases
    ADD COLUMN action text COLLATE "C",
    ADD COLUMN attribution_ends_at timestamptz,
    ADD CONSTRAINT purchases_action_known CHECK (action IN {_ACTIONS}),
    ADD CONSTRAINT purchases_action_with_cpa CHECK ((pricing = 'cpa') = (action IS NOT NULL)),
    ADD CONSTRAINT purchases_attribution_with_cpa CHECK ((pricing = 'cpa') = (attribution_ends_at IS NOT NULL)),
    ADD CONSTRAINT purchases_attribution_after_purchase CHECK (attribution_ends_at > purchased_at);
DROP INDEX purchases_due_idx;
CREATE INDEX purchases_due_idx ON purchases (window_ends_at)
    WHERE state = 'held' AND open_stops = 0 AND pricing = 'cpl';
CREATE INDEX purchases_attribution_idx ON purchases (attribution_ends_at)
    WHERE state = 'held' AND open_stops = 0 AND pricing = 'cpa';
"""

_REPORTS = f"""
CREATE TABLE actions (
    id uuid PRIMARY KEY DEFAULT new_id(),
    purchase_id uuid NOT NULL UNIQUE REFERENCES purchases (id),
    buyer_id uuid NOT NULL,
    seller_id uuid NOT NULL,
    action text COLLATE "C" NOT NULL,
    bid_minor bigint NOT NULL,
    value_minor bigint NOT NULL,
    currency text COLLATE "C" NOT NULL,
    happened_at timestamptz NOT NULL,
    reported_at timestamptz NOT NULL DEFAULT clock.now(),
    reported_by text COLLATE "C" NOT NULL,
    confirms_at timestamptz NOT NULL,
    state text COLLATE "C" NOT NULL DEFAULT 'reported',
    reversal text COLLATE "C",
    ended_at timestamptz,
    CONSTRAINT actions_action_known CHECK (action IN {_ACTIONS}),
    CONSTRAINT actions_value_within_bid CHECK (value_minor BETWEEN 1 AND bid_minor),
    CONSTRAINT actions_currency_is_iso CHECK (currency ~ '^[A-Z]{{3}}$'),
    CONSTRAINT actions_happened_before_report CHECK (happened_at <= reported_at),
    CONSTRAINT actions_reported_by_known CHECK (reported_by IN ('api', 'postback', 'file')),
    CONSTRAINT actions_confirmed_later CHECK (confirms_at > reported_at),
    CONSTRAINT actions_state_known CHECK (state IN ('reported', 'confirmed', 'reversed')),
    CONSTRAINT actions_reversal_known CHECK (reversal IN ('buyer', 'purchase_ended')),
    CONSTRAINT actions_reversal_said CHECK ((state = 'reversed') = (reversal IS NOT NULL)),
    CONSTRAINT actions_end_dated CHECK ((state = 'reported') = (ended_at IS NULL)),
    CONSTRAINT actions_not_confirmed_early CHECK (state <> 'confirmed' OR ended_at >= confirms_at)
);
CREATE INDEX actions_buyer_id_idx ON actions (buyer_id, id);
CREATE INDEX actions_seller_id_idx ON actions (seller_id, id);
CREATE INDEX actions_due_idx ON actions (confirms_at) WHERE state = 'reported';

-- A report repeats its purchase, whose price is the bid and whose offer defined the action.
CREATE FUNCTION actions_as_purchased() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM purchases AS p
         WHERE p.id = NEW.purchase_id AND p.state = 'held' AND p.open_stops > 0 AND NEW.state = 'reported'
           AND (p.buyer_id, p.seller_id, p.action, p.price_minor, p.currency)
             = (NEW.buyer_id, NEW.seller_id, NEW.action, NEW.bid_minor, NEW.currency)
           AND NEW.happened_at >= p.purchased_at)
    THEN
        RAISE EXCEPTION 'a report must repeat its purchase, which it has stopped'
            USING ERRCODE = 'LX001', CONSTRAINT = 'actions_as_purchased';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER actions_as_purchased BEFORE INSERT ON actions FOR EACH ROW EXECUTE FUNCTION actions_as_purchased();

CREATE FUNCTION actions_keep_course() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'reported' THEN
        RAISE EXCEPTION 'an action that was confirmed or reversed stays so'
            USING ERRCODE = 'LX001', CONSTRAINT = 'actions_keep_course';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER actions_keep_course BEFORE UPDATE ON actions FOR EACH ROW EXECUTE FUNCTION actions_keep_course();
CREATE TRIGGER actions_stay BEFORE DELETE OR TRUNCATE ON actions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Confirmed means that its value was paid, reversed that the purchase is over.
CREATE FUNCTION action_and_purchase_agree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM purchases AS p WHERE p.id = NEW.purchase_id
           AND CASE WHEN NEW.state = 'reversed' THEN p.state <> 'held'
                    ELSE p.state = 'clawed_back' OR (p.state IN ('released', 'partly_refunded')
                                                     AND p.price_minor - p.refunded_minor = NEW.value_minor) END)
    THEN
        RAISE EXCEPTION 'an action and its purchase must tell the same'
            USING ERRCODE = 'LX001', CONSTRAINT = 'action_and_purchase_agree';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER action_agrees_with_purchase AFTER UPDATE ON actions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION action_and_purchase_agree();
"""

_LISTED = """
CREATE OR REPLACE FUNCTION purchases_as_listed() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added AS p
          LEFT JOIN LATERAL (SELECT q.* FROM listings AS q WHERE q.id = p.listing_id OFFSET 0) AS l ON true
          LEFT JOIN LATERAL (SELECT q.purchase_id FROM allocations AS q
                              WHERE q.listing_id = p.listing_id AND q.buyer_id = p.buyer_id OFFSET 0) AS a ON true
          {offer}
         WHERE p.state <> 'held' OR p.open_stops <> 0 OR p.disclosed_at IS NOT NULL
            OR a.purchase_id IS DISTINCT FROM p.id
            OR (p.lead_id, p.batch_id, p.offer_id, p.seller_id, p.vertical_id, p.price_minor, p.currency{ours})
               IS DISTINCT FROM
               (l.lead_id, l.batch_id, l.offer_id, l.seller_id, l.vertical_id, l.price_minor, l.currency{theirs}))
    THEN
        RAISE EXCEPTION 'a purchase must repeat its listing and hold one of its slots'
            USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_as_listed';
    END IF;
    RETURN NULL;
END $$;
"""
_LISTED_BY_ACTION = _LISTED.format(
    offer="LEFT JOIN LATERAL (SELECT q.* FROM offers AS q WHERE q.id = p.offer_id OFFSET 0) AS o ON true",
    ours=",\n                p.pricing, p.action, p.attribution_ends_at",
    theirs=",\n                o.pricing, o.action, p.purchased_at + o.attribution_days * interval '24 hours'",
)

_COURSE = """
CREATE OR REPLACE FUNCTION purchases_keep_course() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (SELECT FROM purchase_transitions AS t
                        WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
            RAISE EXCEPTION 'a purchase cannot go from that state to the other'
                USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_keep_course';
        END IF;
        {window}
    ELSIF OLD.ended_at IS NOT NULL AND (NEW.refunded_minor, NEW.refund_reason, NEW.ended_at)
            IS DISTINCT FROM (OLD.refunded_minor, OLD.refund_reason, OLD.ended_at) THEN
        RAISE EXCEPTION 'the end of a purchase is not rewritten'
            USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_past_stays';
    END IF;
    IF OLD.disclosed_at IS NOT NULL AND NEW.disclosed_at IS DISTINCT FROM OLD.disclosed_at THEN
        RAISE EXCEPTION 'the first disclosure is not rewritten'
            USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_past_stays';
    END IF;
    -- A lead for free: the money went back before anybody read the contact, and then somebody reads it.
    IF OLD.disclosed_at IS NULL AND NEW.disclosed_at IS NOT NULL
       AND OLD.state NOT IN ('held', 'released', 'partly_refunded') THEN
        RAISE EXCEPTION 'what was refunded unread stays unread'
            USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_unread_stays_unread';
    END IF;
    RETURN NEW;
END $$;
"""
_COURSE_BY_WINDOW = _COURSE.format(
    window="""IF NEW.state = 'released' AND NEW.window_ends_at > clock.now() THEN
            RAISE EXCEPTION 'the return window is still open'
                USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_window_still_open';
        END IF;"""
)
# Under CPA nothing is paid but a confirmed action, and the wait ends at its time and not before.
_COURSE_BY_ACTION = _COURSE.format(
    window="""IF NEW.state = 'released' AND NEW.pricing = 'cpl' AND NEW.window_ends_at > clock.now() THEN
            RAISE EXCEPTION 'the return window is still open'
                USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_window_still_open';
        END IF;
        IF NEW.pricing = 'cpa' AND OLD.state = 'held' AND (NEW.state = 'released' OR NEW.refund_reason = 'below_bid')
           AND NOT EXISTS (SELECT FROM actions AS a WHERE a.purchase_id = NEW.id AND a.state = 'confirmed'
                              AND a.value_minor = NEW.price_minor - NEW.refunded_minor) THEN
            RAISE EXCEPTION 'under CPA only a confirmed action is paid'
                USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_paid_by_action';
        END IF;
        IF NEW.refund_reason = 'reversed' AND NOT EXISTS (
            SELECT FROM actions AS a WHERE a.purchase_id = NEW.id AND a.state = 'reversed') THEN
            RAISE EXCEPTION 'no action of this purchase was reversed'
                USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_reversed_by_action';
        END IF;
        IF NEW.refund_reason = 'expired' AND NEW.state = 'refunded'
           AND (NEW.pricing <> 'cpa' OR NEW.attribution_ends_at > clock.now() OR NEW.open_stops > 0) THEN
            RAISE EXCEPTION 'the attribution window is still open'
                USING ERRCODE = 'LX001', CONSTRAINT = 'purchases_attribution_still_open';
        END IF;"""
)

_STOPS = """
CREATE OR REPLACE FUNCTION stops_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.lifted_at IS NOT NULL THEN
            RAISE EXCEPTION 'a stop is placed before it is lifted'
                USING ERRCODE = 'LX001', CONSTRAINT = 'stops_placed_open';
        END IF;
        UPDATE public.purchases SET open_stops = open_stops + 1
         WHERE id = NEW.purchase_id AND state = 'held'
           AND (NEW.reason <> 'dispute' OR clock.now() < window_ends_at){action};
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the purchase can no longer be stopped' USING ERRCODE = 'LX001', CONSTRAINT =
                CASE WHEN EXISTS (SELECT FROM public.purchases WHERE id = NEW.purchase_id AND state = 'held')
                     THEN {closed} ELSE 'stops_purchase_ended' END;
        END IF;
    ELSIF OLD.lifted_at IS NOT NULL OR NEW.lifted_at IS NULL THEN
        RAISE EXCEPTION 'a stop is lifted once' USING ERRCODE = 'LX001', CONSTRAINT = 'stops_lifted_once';
    ELSE
        UPDATE public.purchases SET open_stops = open_stops - 1 WHERE id = NEW.purchase_id;
    END IF;
    RETURN NULL;
END $$;
"""
_STOPS_BEFORE = _STOPS.format(action="", closed="'stops_window_closed'")
_STOPS_BY_ACTION = _STOPS.format(
    action="\n           AND (NEW.reason <> 'action' OR clock.now() < attribution_ends_at)",
    closed="CASE NEW.reason WHEN 'action' THEN 'stops_attribution_over' ELSE 'stops_window_closed' END",
)

_GRANTS = """
REVOKE UPDATE, DELETE ON actions FROM {role};
GRANT UPDATE (state, reversal, ended_at) ON actions TO {role};
"""

# What is traded under CPA has no place in the tables of before; ended purchases and closed offers stay as history.
_DOWN = """
DO $$ BEGIN
    IF EXISTS (SELECT FROM purchases WHERE pricing = 'cpa' AND state = 'held')
       OR EXISTS (SELECT FROM offers WHERE pricing = 'cpa' AND state <> 'closed')
       OR EXISTS (SELECT FROM listings AS l JOIN offers AS o ON o.id = l.offer_id
                   WHERE o.pricing = 'cpa' AND l.state = 'live') THEN
        RAISE EXCEPTION 'something is traded under CPA: close the offers, withdraw the batches, let the purchases end';
    END IF;
END $$;
DROP FUNCTION expire_due_purchases;
DROP TABLE actions;
DROP FUNCTION actions_as_purchased, actions_keep_course, action_and_purchase_agree;
DROP INDEX purchases_attribution_idx, purchases_due_idx;
CREATE INDEX purchases_due_idx ON purchases (window_ends_at) WHERE state = 'held' AND open_stops = 0;
ALTER TABLE purchases DROP COLUMN action, DROP COLUMN attribution_ends_at;
DROP FUNCTION commission_bps_of;
ALTER TABLE offers DROP COLUMN action, DROP COLUMN attribution_days, DROP CONSTRAINT offers_pricing_known;
ALTER TABLE offers ADD CONSTRAINT offers_pricing_known CHECK (pricing IN ('cpl')) NOT VALID;
"""


def upgrade() -> None:
    for statements in (
        _OFFERS,
        _PURCHASES,
        _REPORTS,
        _LISTED_BY_ACTION,
        _COURSE_BY_ACTION,
        _STOPS_BY_ACTION,
        BUY_BY_ACTION,
        FREEZE_BY_ACTION,
        END_BY_ACTION,
        EXPIRE,
    ):
        op.execute(statements)
    op.execute(_GRANTS.format(role=context.config.attributes["app_role"]))


def downgrade() -> None:
    before = (
        _LISTED.format(offer="", ours="", theirs=""),
        _COURSE_BY_WINDOW,
        _STOPS_BEFORE,
        replaced(BUY),
        replaced(FREEZE),
        replaced(END),
    )
    for statements in before:
        op.execute(statements)
    op.execute(_DOWN)
