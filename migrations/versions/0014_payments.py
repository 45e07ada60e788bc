"""Wallet credits by the operator's hand."""

from __future__ import annotations

from alembic import context, op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_UP: tuple[str, ...] = (
    """
    CREATE TABLE wallet_credits (
        id uuid PRIMARY KEY DEFAULT new_id(),
        organization_id uuid NOT NULL REFERENCES organizations (id),
        amount_minor bigint NOT NULL,
        currency text COLLATE "C" NOT NULL,
        reference text NOT NULL,
        request_id text COLLATE "C" NOT NULL,
        made_by uuid NOT NULL,
        approved_by uuid,
        approved_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock.now(),
        UNIQUE (organization_id, request_id),
        CONSTRAINT wallet_credits_amount_in_range CHECK (amount_minor BETWEEN 1 AND 1000000000000),
        CONSTRAINT wallet_credits_currency_is_iso CHECK (currency ~ '^[A-Z]{3}$'),
        CONSTRAINT wallet_credits_reference_length CHECK (length(reference) BETWEEN 1 AND 200),
        CONSTRAINT wallet_credits_request_id_length CHECK (length(request_id) BETWEEN 1 AND 255),
        CONSTRAINT wallet_credits_approval_whole CHECK ((approved_by IS NULL) = (approved_at IS NULL)),
        CONSTRAINT wallet_credits_by_two_people CHECK (approved_by <> made_by)
    )
    """,
    """
    CREATE TRIGGER wallet_credits_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON wallet_credits
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)
_DOWN: tuple[str, ...] = ("DROP TABLE wallet_credits",)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)
    op.execute(f"REVOKE UPDATE, DELETE ON wallet_credits FROM {context.config.attributes['app_role']}")


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
