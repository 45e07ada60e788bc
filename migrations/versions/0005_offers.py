"""Verticals with their fields, and offers."""

from __future__ import annotations

import json

from alembic import op
from sqlalchemy import text

from migrations.catalogue import BENCHMARK_CURRENCY, VERTICALS

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_UP: tuple[str, ...] = (
    """
    CREATE TABLE verticals (
        id uuid PRIMARY KEY DEFAULT new_id(),
        code text COLLATE "C" NOT NULL UNIQUE,
        name text NOT NULL,
        duplicate_window_days integer NOT NULL DEFAULT 90,
        return_window_days integer NOT NULL DEFAULT 7,
        disclosure_hours integer NOT NULL DEFAULT 72,
        plan_preset text COLLATE "C" NOT NULL DEFAULT 'standard',
        commission_bps integer NOT NULL,
        benchmark_price_minor bigint,
        benchmark_currency text COLLATE "C",
        sell_modes text[] NOT NULL DEFAULT '{exclusive,shared}',
        max_lead_age_days integer NOT NULL DEFAULT 30,
        warm_points integer NOT NULL DEFAULT 15,
        hot_points integer NOT NULL DEFAULT 40,
        minimum_age integer,
        call_seconds integer NOT NULL DEFAULT 40,
        listing_days integer NOT NULL DEFAULT 30,
        consent_rules jsonb NOT NULL DEFAULT '[]',
        created_at timestamptz NOT NULL DEFAULT clock.now(),
        CONSTRAINT verticals_code_is_a_word CHECK (code ~ '^[a-z][a-z0-9_]{1,49}$'),
        CONSTRAINT verticals_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT verticals_plan_preset_known CHECK (plan_preset IN ('standard', 'trusted_beta10', 'answered')),
        CONSTRAINT verticals_windows CHECK (duplicate_window_days BETWEEN 0 AND 3650
            AND return_window_days BETWEEN 1 AND 60 AND disclosure_hours BETWEEN 1 AND 720
            AND max_lead_age_days BETWEEN 1 AND 3650 AND listing_days BETWEEN 1 AND 365),
        CONSTRAINT verticals_commission_in_range CHECK (commission_bps BETWEEN 0 AND 10000),
        CONSTRAINT verticals_benchmark_whole CHECK ((benchmark_price_minor IS NULL) = (benchmark_currency IS NULL)),
        CONSTRAINT verticals_benchmark_positive CHECK (benchmark_price_minor > 0),
        CONSTRAINT verticals_benchmark_currency_is_iso CHECK (benchmark_currency ~ '^[A-Z]{3}$'),
        CONSTRAINT verticals_sell_modes_known CHECK (cardinality(sell_modes) > 0
            AND sell_modes <@ '{exclusive,shared}'),
        CONSTRAINT verticals_points_rise CHECK (warm_points BETWEEN 0 AND hot_points),
        CONSTRAINT verticals_minimum_age_in_range CHECK (minimum_age BETWEEN 14 AND 99),
        CONSTRAINT verticals_call_seconds_in_range CHECK (call_seconds BETWEEN 1 AND 3600),
        CONSTRAINT verticals_consent_rules_listed CHECK (jsonb_typeof(consent_rules) = 'array')
    );
    """,
    """
    CREATE TABLE vertical_fields (
        vertical_id uuid NOT NULL REFERENCES verticals (id),
        name text COLLATE "C" NOT NULL,
        label text NOT NULL,
        type text COLLATE "C" NOT NULL,
        required boolean NOT NULL DEFAULT false,
        filterable boolean NOT NULL DEFAULT true,
        personal boolean NOT NULL DEFAULT false,
        choices jsonb NOT NULL DEFAULT '{}',
        synonyms jsonb NOT NULL DEFAULT '[]',
        position integer NOT NULL DEFAULT 0,
        PRIMARY KEY (vertical_id, name),
        CONSTRAINT vertical_fields_name_is_a_word CHECK (name ~ '^[a-z][a-z0-9_]{0,49}$'),
        CONSTRAINT vertical_fields_type_known CHECK (type IN ('text', 'date', 'moment', 'boolean', 'integer',
            'decimal', 'money', 'choice', 'country', 'region', 'postal_code', 'url', 'name', 'phone', 'email')),
        CONSTRAINT vertical_fields_personal_hidden CHECK (NOT (personal AND filterable)),
        CONSTRAINT vertical_fields_free_text_is_personal CHECK (personal
            OR type NOT IN ('text', 'name', 'phone', 'email', 'url', 'postal_code')),
        CONSTRAINT vertical_fields_choices_listed CHECK ((type = 'choice') = (choices <> '{}')),
        CONSTRAINT vertical_fields_position_positive CHECK (position >= 0)
    );
    """,
    """
    CREATE TABLE offers (
        id uuid PRIMARY KEY DEFAULT new_id(),
        seller_id uuid NOT NULL REFERENCES organizations (id),
        vertical_id uuid NOT NULL REFERENCES verticals (id),
        name text NOT NULL,
        kind text COLLATE "C" NOT NULL DEFAULT 'consumer',
        pricing text COLLATE "C" NOT NULL DEFAULT 'cpl',
        price_minor bigint NOT NULL,
        currency text COLLATE "C" NOT NULL,
        max_sales integer NOT NULL,
        channel text COLLATE "C" NOT NULL,
        source text NOT NULL,
        country text COLLATE "C",
        consent_text text,
        consent_source text,
        consent_channels text[] NOT NULL DEFAULT '{}',
        state text COLLATE "C" NOT NULL DEFAULT 'draft',
        below_benchmark boolean NOT NULL DEFAULT false,
        moves integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT clock.now(),
        CONSTRAINT offers_kind_known CHECK (kind IN ('consumer')),
        CONSTRAINT offers_pricing_known CHECK (pricing IN ('cpl')),
        CONSTRAINT offers_channel_known CHECK (channel IN ('spear', 'seed', 'net')),
        CONSTRAINT offers_state_known CHECK (state IN ('draft', 'open', 'paused', 'closed')),
        CONSTRAINT offers_price_in_range CHECK (price_minor BETWEEN 1 AND 1000000000),
        CONSTRAINT offers_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT offers_max_sales_in_range CHECK (max_sales BETWEEN 1 AND 5),
        CONSTRAINT offers_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT offers_source_length CHECK (length(source) BETWEEN 1 AND 200),
        CONSTRAINT offers_country_is_iso CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT offers_consent_channels_known CHECK (consent_channels <@ '{phone,sms,email,messenger,social}')
    );
    CREATE INDEX offers_seller_id_id_idx ON offers (seller_id, id);
    CREATE INDEX offers_vertical_id_idx ON offers (vertical_id);
    """,
)
_STOCK = """
    WITH given AS (
        SELECT * FROM jsonb_to_recordset(CAST(:verticals AS jsonb)) AS v (code text, name text,
            commission_bps integer, benchmark_price_minor bigint, duplicate_window_days integer,
            max_lead_age_days integer, minimum_age integer, fields jsonb)
    ), made AS (
        INSERT INTO verticals (code, name, commission_bps, benchmark_price_minor, benchmark_currency,
                               duplicate_window_days, max_lead_age_days, minimum_age)
        SELECT code, name, commission_bps, benchmark_price_minor,
               CASE WHEN benchmark_price_minor IS NOT NULL THEN CAST(:currency AS text) END,
               duplicate_window_days, max_lead_age_days, minimum_age FROM given
        RETURNING id, code
    )
    INSERT INTO vertical_fields (vertical_id, name, label, type, required, filterable, personal, choices,
                                 synonyms, position)
    SELECT made.id, f.name, f.label, f.type, f.required, f.filterable, f.personal, f.choices, f.synonyms,
           row_number() OVER (PARTITION BY made.id ORDER BY place) - 1
      FROM made JOIN given USING (code),
           jsonb_array_elements(given.fields) WITH ORDINALITY AS listed (item, place),
           jsonb_to_record(item) AS f (name text, label text, type text, required boolean,
               filterable boolean, personal boolean, choices jsonb, synonyms jsonb)
"""
_DOWN: tuple[str, ...] = ("DROP TABLE offers, vertical_fields, verticals",)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)
    op.get_bind().execute(text(_STOCK), {"verticals": json.dumps(VERTICALS), "currency": BENCHMARK_CURRENCY})


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
