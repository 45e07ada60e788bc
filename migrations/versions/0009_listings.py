"""Listings, allocations, and the roll-up behind facets."""

from __future__ import annotations

from alembic import context, op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# What a search filters by travels in each index, so that a page is found without touching the table.
_COVERED = (
    "INCLUDE (seller_id, expires_at, lead_at, points, price_minor, currency, country, region, temperature,"
    " channel, verified, max_sales) WHERE state = 'live'"
)

_UP: tuple[str, ...] = (
    """
    CREATE TABLE listings (
        id uuid PRIMARY KEY DEFAULT new_id(),
        lead_id uuid NOT NULL UNIQUE REFERENCES leads (id),
        batch_id uuid NOT NULL,
        offer_id uuid NOT NULL,
        seller_id uuid NOT NULL,
        vertical_id uuid NOT NULL,
        price_minor bigint NOT NULL,
        currency text COLLATE "C" NOT NULL,
        max_sales integer NOT NULL,
        sold integer NOT NULL DEFAULT 0,
        state text COLLATE "C" NOT NULL DEFAULT 'live',
        withdrawal text,
        verified boolean NOT NULL DEFAULT false,
        channel text COLLATE "C" NOT NULL,
        country text COLLATE "C",
        region text COLLATE "C",
        temperature text COLLATE "C" NOT NULL,
        points integer NOT NULL,
        attributes jsonb NOT NULL DEFAULT '{}',
        lead_at timestamptz NOT NULL,
        listed_at timestamptz NOT NULL DEFAULT clock.now(),
        expires_at timestamptz NOT NULL,
        FOREIGN KEY (batch_id, offer_id, seller_id, vertical_id)
            REFERENCES batches (id, offer_id, seller_id, vertical_id),
        CONSTRAINT listings_sold_within_max CHECK (sold BETWEEN 0 AND max_sales),
        CONSTRAINT listings_max_sales_few CHECK (max_sales BETWEEN 1 AND 5),
        CONSTRAINT listings_price_positive CHECK (price_minor > 0),
        CONSTRAINT listings_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT listings_state_known CHECK (state IN ('live', 'sold_out', 'withdrawn', 'expired')),
        CONSTRAINT listings_sold_out_when_full CHECK ((state = 'sold_out') = (sold = max_sales)),
        CONSTRAINT listings_withdrawal_known CHECK (withdrawal IN ('seller', 'fake', 'erased')),
        CONSTRAINT listings_withdrawal_said CHECK ((state = 'withdrawn') = (withdrawal IS NOT NULL)),
        CONSTRAINT listings_channel_known CHECK (channel IN ('spear', 'seed', 'net')),
        CONSTRAINT listings_temperature_known CHECK (temperature IN ('cold', 'warm', 'hot'))
    ) WITH (fillfactor = 90);
    """,
    f"CREATE INDEX listings_score_idx ON listings (vertical_id, points, id) {_COVERED.replace(' points,', '')}",
    f"CREATE INDEX listings_newest_idx ON listings (vertical_id, lead_at, id) {_COVERED.replace(' lead_at,', '')}",
    "CREATE INDEX listings_price_idx ON listings (vertical_id, currency, price_minor, id) "
    + _COVERED.replace(" price_minor, currency,", ""),
    "CREATE INDEX listings_region_idx ON listings (vertical_id, country, region, points, id) "
    + _COVERED.replace(" points,", "").replace(" country, region,", ""),
    """
    CREATE INDEX listings_seller_id_id_idx ON listings (seller_id, id);
    CREATE INDEX listings_batch_id_idx ON listings (batch_id) WHERE state = 'live';
    CREATE INDEX listings_expires_at_idx ON listings (expires_at) WHERE state = 'live';
    """,
    """
    CREATE TABLE listed_batches (
        batch_id uuid PRIMARY KEY REFERENCES batches (id),
        listed_at timestamptz NOT NULL DEFAULT clock.now(),
        expires_at timestamptz NOT NULL,
        withdrawn_at timestamptz,
        copies bigint NOT NULL,
        not_listable bigint,
        CONSTRAINT listed_batches_counts CHECK (copies >= 0 AND not_listable >= copies)
    );
    """,
    """
    CREATE TABLE allocations (
        listing_id uuid NOT NULL REFERENCES listings (id),
        buyer_id uuid NOT NULL REFERENCES organizations (id),
        purchase_id uuid NOT NULL UNIQUE,
        allocated_at timestamptz NOT NULL DEFAULT clock.now(),
        PRIMARY KEY (listing_id, buyer_id)
    );
    """,
    """
    -- The lower edge of a price's band in the series 1, 2, 5, 10, 20, 50 …
    CREATE FUNCTION price_band(price_minor bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT (CASE WHEN left(price_minor::text, 1) >= '5' THEN 5 WHEN left(price_minor::text, 1) >= '2' THEN 2
                     ELSE 1 END) * (10 ^ (length(price_minor::text) - 1)::numeric)::bigint
    $$;

    -- How many listings are live in each cell: the roll-up, and changes that it has not taken in yet.
    CREATE TABLE listing_facets (
        vertical_id uuid NOT NULL,
        country text COLLATE "C" NOT NULL,
        region text COLLATE "C" NOT NULL,
        temperature text COLLATE "C" NOT NULL,
        currency text COLLATE "C" NOT NULL,
        price_band bigint NOT NULL,
        live bigint NOT NULL,
        PRIMARY KEY (vertical_id, country, region, temperature, currency, price_band)
    );
    CREATE TABLE listing_facet_changes (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        vertical_id uuid NOT NULL,
        country text COLLATE "C" NOT NULL,
        region text COLLATE "C" NOT NULL,
        temperature text COLLATE "C" NOT NULL,
        currency text COLLATE "C" NOT NULL,
        price_band bigint NOT NULL,
        live bigint NOT NULL
    ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
    CREATE INDEX listing_facet_changes_vertical_id_idx ON listing_facet_changes (vertical_id);
    """,
    """
    CREATE FUNCTION count_listings_in() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO listing_facet_changes (vertical_id, country, region, temperature, currency, price_band, live)
        SELECT vertical_id, coalesce(country, ''), coalesce(region, ''), temperature, currency,
               price_band(price_minor), count(*)
          FROM added WHERE state = 'live' GROUP BY 1, 2, 3, 4, 5, 6;
        RETURN NULL;
    END $$;
    CREATE FUNCTION count_listings_out() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO listing_facet_changes (vertical_id, country, region, temperature, currency, price_band, live)
        SELECT vertical_id, coalesce(country, ''), coalesce(region, ''), temperature, currency,
               price_band(price_minor), -count(*)
          FROM removed WHERE state = 'live' GROUP BY 1, 2, 3, 4, 5, 6;
        RETURN NULL;
    END $$;
    -- A sale that leaves the listing live changes no count and writes nothing.
    CREATE FUNCTION count_listings_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO listing_facet_changes (vertical_id, country, region, temperature, currency, price_band, live)
        SELECT vertical_id, coalesce(country, ''), coalesce(region, ''), temperature, currency,
               price_band(price_minor), sum(live)
          FROM (SELECT n.vertical_id, n.country, n.region, n.temperature, n.currency, n.price_minor, 1 AS live
                  FROM added AS n WHERE n.state = 'live'
                 UNION ALL
                SELECT o.vertical_id, o.country, o.region, o.temperature, o.currency, o.price_minor, -1
                  FROM removed AS o WHERE o.state = 'live') AS moved
         GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(live) <> 0;
        RETURN NULL;
    END $$;
    CREATE TRIGGER listings_counted_in AFTER INSERT ON listings
        REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_listings_in();
    CREATE TRIGGER listings_counted_out AFTER DELETE ON listings
        REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_listings_out();
    CREATE TRIGGER listings_counted_again AFTER UPDATE ON listings
        REFERENCING OLD TABLE AS removed NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION count_listings_changed();
    """,
)
_DOWN: tuple[str, ...] = (
    "DROP TABLE listing_facet_changes, listing_facets, allocations, listed_batches, listings",
    "DROP FUNCTION count_listings_in(), count_listings_out(), count_listings_changed(), price_band(bigint)",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)
    role = context.config.attributes["app_role"]
    op.execute(f"REVOKE UPDATE, DELETE ON allocations FROM {role}")
    op.execute(f"REVOKE DELETE ON listings, listed_batches FROM {role}")


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
