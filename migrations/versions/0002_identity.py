"""Organizations, members, API keys."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UP: tuple[str, ...] = (
    """
    CREATE TABLE organizations (
        id uuid PRIMARY KEY DEFAULT new_id(),
        name text NOT NULL,
        sells boolean NOT NULL,
        buys boolean NOT NULL,
        operates boolean NOT NULL DEFAULT false,
        state text NOT NULL DEFAULT 'pending',
        country text NOT NULL,
        currency text COLLATE "C" NOT NULL,
        time_zone text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT clock.now(),
        decided_at timestamptz,
        CONSTRAINT organizations_state_known CHECK (state IN ('pending', 'approved', 'suspended')),
        CONSTRAINT organizations_do_something CHECK (sells OR buys OR operates),
        CONSTRAINT organizations_country_is_iso CHECK (country ~ '^[A-Z]{2}$'),
        CONSTRAINT organizations_name_length CHECK (length(name) BETWEEN 1 AND 200),
        CONSTRAINT organizations_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$')
    );
    CREATE UNIQUE INDEX organizations_one_operator ON organizations (operates) WHERE operates;
    CREATE INDEX organizations_state_idx ON organizations (state);
    """,
    """
    CREATE TABLE members (
        id uuid PRIMARY KEY DEFAULT new_id(),
        organization_id uuid NOT NULL REFERENCES organizations (id),
        name text NOT NULL,
        email text NOT NULL,
        role text NOT NULL,
        removed_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock.now(),
        CONSTRAINT members_role_known CHECK (role IN ('owner', 'trader', 'finance', 'viewer', 'admin',
                                                      'moderator', 'checker', 'operator_finance')),
        UNIQUE (organization_id, email)
    );
    """,
    """
    CREATE TABLE api_keys (
        id uuid PRIMARY KEY DEFAULT new_id(),
        organization_id uuid NOT NULL REFERENCES organizations (id),
        member_id uuid NOT NULL REFERENCES members (id),
        name text NOT NULL,
        secret_hash bytea NOT NULL UNIQUE,
        hint text NOT NULL,
        scopes text[] NOT NULL,
        allowed_networks text[] NOT NULL DEFAULT '{}',
        rotated_from uuid REFERENCES api_keys (id),
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz,
        CONSTRAINT api_keys_hash_length CHECK (length(secret_hash) = 32)
    );
    CREATE INDEX api_keys_organization_id_idx ON api_keys (organization_id);
    CREATE INDEX api_keys_member_id_idx ON api_keys (member_id);
    """,
)
_DOWN: tuple[str, ...] = ("DROP TABLE api_keys, members, organizations",)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
