"""Batches, uploaded files, leads, refusals, saved mappings."""

from __future__ import annotations

from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_UP: tuple[str, ...] = (
    """
    CREATE TABLE batches (
        id uuid PRIMARY KEY DEFAULT new_id(),
        offer_id uuid NOT NULL REFERENCES offers (id),
        seller_id uuid NOT NULL REFERENCES organizations (id),
        vertical_id uuid NOT NULL REFERENCES verticals (id),
        state text COLLATE "C" NOT NULL DEFAULT 'open',
        commitment bytea NOT NULL,
        upload_id uuid,
        file_name_key_id text,
        file_name_wrapped_key bytea,
        file_name_sealed bytea,
        file_bytes bigint,
        file_digest bytea,
        refusal_code text COLLATE "C",
        refusal_detail text,
        attempts integer NOT NULL DEFAULT 0,
        mapping jsonb,
        recognition_key_id text,
        recognition_wrapped_key bytea,
        recognition_sealed bytea,
        opened_at timestamptz NOT NULL DEFAULT clock.now(),
        received_at timestamptz,
        read_at timestamptz,
        UNIQUE (id, offer_id, seller_id, vertical_id),
        CONSTRAINT batches_state_known CHECK (state IN ('open', 'received', 'read', 'refused')),
        CONSTRAINT batches_commitment_length CHECK (length(commitment) = 32),
        CONSTRAINT batches_file_whole CHECK ((file_digest IS NULL) = (file_bytes IS NULL)
            AND (file_digest IS NULL) = (received_at IS NULL)),
        CONSTRAINT batches_received_has_file CHECK (state = 'open' OR file_digest IS NOT NULL),
        CONSTRAINT batches_read_is_recognized CHECK (state <> 'read' OR recognition_sealed IS NOT NULL),
        CONSTRAINT batches_read_dated CHECK ((state = 'read') = (read_at IS NOT NULL)),
        CONSTRAINT batches_refused_says_why CHECK ((state = 'refused') = (refusal_code IS NOT NULL)
            AND (refusal_code IS NULL) = (refusal_detail IS NULL)),
        CONSTRAINT batches_file_name_seal_whole CHECK (
            (file_name_sealed IS NULL) = (file_name_wrapped_key IS NULL)
            AND (file_name_sealed IS NULL) = (file_name_key_id IS NULL)),
        CONSTRAINT batches_recognition_seal_whole CHECK (
            (recognition_sealed IS NULL) = (recognition_wrapped_key IS NULL)
            AND (recognition_sealed IS NULL) = (recognition_key_id IS NULL))
    );
    CREATE INDEX batches_seller_id_id_idx ON batches (seller_id, id);
    CREATE INDEX batches_offer_id_id_idx ON batches (offer_id, id);
    """,
    """
    -- The uploaded bytes as they came, sealed.
    CREATE TABLE batch_file_parts (
        batch_id uuid NOT NULL REFERENCES batches (id),
        part integer NOT NULL,
        upload_id uuid NOT NULL,
        byte_count integer NOT NULL,
        key_id text NOT NULL,
        wrapped_key bytea NOT NULL,
        sealed bytea NOT NULL,
        PRIMARY KEY (batch_id, part),
        CONSTRAINT batch_file_parts_numbered CHECK (part >= 0 AND byte_count > 0)
    );
    ALTER TABLE batch_file_parts ALTER COLUMN sealed SET STORAGE EXTERNAL;
    """,
    """
    CREATE TABLE saved_mappings (
        seller_id uuid NOT NULL REFERENCES organizations (id),
        vertical_id uuid NOT NULL REFERENCES verticals (id),
        header_signature bytea NOT NULL,
        mapping jsonb NOT NULL,
        saved_at timestamptz NOT NULL DEFAULT clock.now(),
        PRIMARY KEY (seller_id, vertical_id, header_signature)
    );
    """,
    """
    CREATE TABLE leads (
        id uuid PRIMARY KEY DEFAULT new_id(),
        batch_id uuid NOT NULL,
        offer_id uuid NOT NULL,
        seller_id uuid NOT NULL,
        vertical_id uuid NOT NULL,
        row_no bigint NOT NULL,
        received_at timestamptz NOT NULL,
        lead_at timestamptz NOT NULL,
        attributes jsonb NOT NULL,
        country text COLLATE "C",
        region text,
        points integer NOT NULL,
        temperature text COLLATE "C" NOT NULL,
        phone_country text COLLATE "C",
        phone_kind text COLLATE "C",
        email_class text COLLATE "C",
        contact_kinds text[] NOT NULL,
        masked jsonb NOT NULL,
        consent jsonb NOT NULL,
        source text,
        campaign text,
        ad_group text,
        audience text,
        leaf bytea NOT NULL,
        key_id text NOT NULL,
        wrapped_key bytea,
        sealed bytea,
        phone_search bytea,
        email_search bytea,
        UNIQUE (batch_id, row_no),
        -- One look-up instead of four for every lead of a batch.
        FOREIGN KEY (batch_id, offer_id, seller_id, vertical_id)
            REFERENCES batches (id, offer_id, seller_id, vertical_id),
        CONSTRAINT leads_row_numbered CHECK (row_no >= 0),
        CONSTRAINT leads_temperature_known CHECK (temperature IN ('cold', 'warm', 'hot')),
        CONSTRAINT leads_leaf_length CHECK (length(leaf) = 32),
        CONSTRAINT leads_seal_whole CHECK ((wrapped_key IS NULL) = (sealed IS NULL)),
        CONSTRAINT leads_country_is_iso CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT leads_can_be_reached CHECK (cardinality(contact_kinds) > 0)
    );
    CREATE INDEX leads_phone_search_idx ON leads (phone_search) WHERE phone_search IS NOT NULL;
    CREATE INDEX leads_email_search_idx ON leads (email_search) WHERE email_search IS NOT NULL;
    -- What a lead is, is not changed after the fact; the sealed contact can be erased and re-wrapped (grants).
    """,
    """
    -- Which seller has shown which contact; keyed digests only. A claim is taken over after the window.
    CREATE TABLE lead_claims (
        digest bytea NOT NULL,
        vertical_id uuid NOT NULL,
        seller_id uuid NOT NULL,
        lead_id uuid NOT NULL,
        seen_at timestamptz NOT NULL,
        PRIMARY KEY (digest, vertical_id, seller_id),
        CONSTRAINT lead_claims_digest_length CHECK (length(digest) = 16)
    );
    CREATE INDEX lead_claims_lead_id_idx ON lead_claims (lead_id);
    """,
    """
    CREATE TABLE refusals (
        batch_id uuid NOT NULL REFERENCES batches (id),
        row_no bigint NOT NULL,
        code text COLLATE "C" NOT NULL,
        column_name text,
        detail text NOT NULL,
        key_id text NOT NULL,
        wrapped_key bytea,
        sealed bytea,
        PRIMARY KEY (batch_id, row_no),
        CONSTRAINT refusals_row_numbered CHECK (row_no >= 0),
        CONSTRAINT refusals_seal_whole CHECK ((wrapped_key IS NULL) = (sealed IS NULL))
    );
    """,
)
_DOWN: tuple[str, ...] = (
    "DROP TABLE refusals, lead_claims, leads, saved_mappings, batch_file_parts, batches",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)
    role = context.config.attributes["app_role"]
    op.execute(f"REVOKE UPDATE, DELETE ON leads, refusals FROM {role}")
    op.execute(
        f"GRANT UPDATE (key_id, wrapped_key, sealed, masked, phone_search, email_search) ON leads TO {role}"
    )
    op.execute(f"GRANT UPDATE (key_id, wrapped_key, sealed) ON refusals TO {role}")


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
