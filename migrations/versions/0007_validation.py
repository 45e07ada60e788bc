"""Validation reports of batches and leads."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UP: tuple[str, ...] = (
    """
    CREATE TABLE batch_reports (
        batch_id uuid PRIMARY KEY REFERENCES batches (id),
        state text COLLATE "C" NOT NULL DEFAULT 'running',
        rows_total bigint NOT NULL DEFAULT 0,
        rows_accepted bigint NOT NULL DEFAULT 0,
        rows_refused bigint NOT NULL DEFAULT 0,
        bytes_read bigint,
        started_at timestamptz NOT NULL DEFAULT clock.now(),
        finished_at timestamptz,
        CONSTRAINT batch_reports_state_known CHECK (state IN ('running', 'done')),
        CONSTRAINT batch_reports_done_dated CHECK ((state = 'done') = (finished_at IS NOT NULL)),
        CONSTRAINT batch_reports_add_up CHECK (rows_accepted >= 0 AND rows_refused >= 0
            AND rows_total = rows_accepted + rows_refused)
    );
    CREATE TABLE batch_chunks (
        batch_id uuid NOT NULL REFERENCES batches (id),
        number integer NOT NULL,
        first_row bigint NOT NULL,
        rows integer NOT NULL,
        accepted integer NOT NULL,
        refused integer NOT NULL,
        checkpoint jsonb NOT NULL,
        is_last boolean NOT NULL,
        done_at timestamptz NOT NULL DEFAULT clock.now(),
        PRIMARY KEY (batch_id, number),
        CONSTRAINT batch_chunks_add_up CHECK (number >= 0 AND first_row >= 0 AND accepted >= 0 AND refused >= 0
            AND rows = accepted + refused)
    );
    CREATE TABLE lead_reports (
        lead_id uuid PRIMARY KEY REFERENCES leads (id),
        verdict text COLLATE "C" NOT NULL DEFAULT 'pass',
        answers jsonb NOT NULL,
        CONSTRAINT lead_reports_verdict_known CHECK (verdict IN ('pass', 'quarantined'))
    );
    CREATE INDEX lead_reports_quarantined_idx ON lead_reports (lead_id) WHERE verdict = 'quarantined';
    """,
)
_DOWN: tuple[str, ...] = ("DROP TABLE lead_reports, batch_chunks, batch_reports",)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
