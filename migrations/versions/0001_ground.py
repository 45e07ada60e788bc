"""The ground: business clock, ids, outbox, heartbeats, schedule, stored answers, audit log, broker tables."""

from __future__ import annotations

from alembic import context, op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# The role of the application owns nothing: what it may do is granted here, table by table.
_GRANTS = """
GRANT USAGE ON SCHEMA public, clock TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {role};
GRANT SELECT, UPDATE (shift) ON clock.setting TO {role};
-- Made before these default privileges; the application reads it at start.
GRANT SELECT ON alembic_version TO {role};
"""

_CLOCK = """
CREATE SCHEMA clock;

-- One row. The shift of business time is refused outside of demonstration and test.
CREATE TABLE clock.setting (
    singleton boolean PRIMARY KEY DEFAULT true,
    mode text NOT NULL,
    shift interval NOT NULL DEFAULT '0',
    CONSTRAINT setting_only_one CHECK (singleton),
    CONSTRAINT setting_mode_known CHECK (mode IN ('production', 'demonstration', 'test')),
    CONSTRAINT clock_stands_in_production CHECK (mode <> 'production' OR shift = interval '0'),
    CONSTRAINT clock_never_goes_back CHECK (shift >= interval '0')
);

-- STABLE with the statement's time: both sides of a deadline see one instant, and indexes can be used.
CREATE FUNCTION clock.now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT statement_timestamp() + shift FROM clock.setting $$;
"""

_IDS = """
-- 48 bits of milliseconds, then random bits, marked as version 7 (RFC 9562). PostgreSQL has its own
-- from 18 on; this one runs from 15 on.
CREATE FUNCTION new_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(
        set_bit(set_bit(
            overlay(uuid_send(gen_random_uuid())
                    placing substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
                    FROM 1 FOR 6),
            52, 1), 53, 1), 'hex')::uuid
$$;

-- Append-only tables carry this trigger; it binds the owner too.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'LX001', CONSTRAINT = 'append_only';
END $$;
"""

_OUTBOX = """
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    topic text NOT NULL,
    reference uuid,
    part integer NOT NULL DEFAULT 0,
    origin bigint,
    dedup text UNIQUE,
    due_at timestamptz NOT NULL DEFAULT clock.now(),
    nudge_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts integer NOT NULL DEFAULT 0,
    nudges integer NOT NULL DEFAULT 0,
    leased_until timestamptz,
    lease_token uuid,
    done_at timestamptz,
    dead_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT outbox_kind_known CHECK (kind IN ('event', 'task')),
    CONSTRAINT outbox_done_or_dead CHECK (done_at IS NULL OR dead_at IS NULL),
    CONSTRAINT outbox_lease_whole CHECK ((leased_until IS NULL) = (lease_token IS NULL)),
    CONSTRAINT outbox_counts CHECK (attempts >= 0 AND part >= 0),
    UNIQUE (origin, topic)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500, fillfactor = 70);
CREATE INDEX outbox_open_idx ON outbox (kind, due_at) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_done_idx ON outbox (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX outbox_work_idx ON outbox (reference, topic) WHERE done_at IS NULL AND dead_at IS NULL;

CREATE TABLE heartbeats (
    name text PRIMARY KEY,
    beaten_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row for each run of a periodic job: whoever inserts it runs the slot.
CREATE TABLE schedule_slots (
    job text NOT NULL,
    slot timestamptz NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (job, slot)
);
"""

_ANSWERS = """
CREATE TABLE stored_answers (
    organization_id uuid NOT NULL,
    principal_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    request_digest bytea NOT NULL,
    status integer NOT NULL,
    body bytea NOT NULL,
    content_type text NOT NULL,
    location text,
    wrapped_key bytea NOT NULL,
    key_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, principal_id, route, key),
    CONSTRAINT stored_answers_key_length CHECK (length(key) BETWEEN 1 AND 255)
);

-- The lock first, then the look with a newer snapshot: what the holder before us committed is seen.
CREATE FUNCTION look_up_answer(
    lock_number bigint, of_organization uuid, of_principal uuid, of_route text, of_key text)
RETURNS TABLE (taken boolean, request_digest bytea, status integer, body bytea, content_type text,
               location text, wrapped_key bytea, key_id text)
LANGUAGE plpgsql AS $$
BEGIN
    taken := pg_try_advisory_xact_lock(lock_number);
    IF taken THEN
        SELECT a.request_digest, a.status, a.body, a.content_type, a.location, a.wrapped_key, a.key_id
          INTO request_digest, status, body, content_type, location, wrapped_key, key_id
          FROM stored_answers AS a
         WHERE a.organization_id = of_organization AND a.principal_id = of_principal
           AND a.route = of_route AND a.key = of_key AND a.expires_at > clock_timestamp();
    END IF;
    RETURN NEXT;
END $$;
CREATE INDEX stored_answers_expires_at_idx ON stored_answers (expires_at);

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id uuid,
    principal_id uuid,
    action text NOT NULL,
    subject_id uuid,
    facts jsonb NOT NULL DEFAULT '{}',
    request_id text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX audit_log_subject_id_idx ON audit_log (subject_id);
CREATE INDEX audit_log_organization_id_id_idx ON audit_log (organization_id, id);
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

# What the message library expects to find when the database is the broker; it is never used otherwise.
_BROKER = """
CREATE SEQUENCE queue_id_sequence;
-- Message ids are 32 bits wide: a busy year would use them up.
CREATE SEQUENCE message_id_sequence AS integer CYCLE;
CREATE TABLE kombu_queue (id integer PRIMARY KEY, name varchar(200) UNIQUE);
CREATE TABLE kombu_message (
    id integer PRIMARY KEY,
    visible boolean,
    timestamp timestamp without time zone,
    payload text NOT NULL,
    version smallint NOT NULL,
    queue_id integer CONSTRAINT "FK_kombu_message_queue" REFERENCES kombu_queue (id)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
CREATE INDEX ix_kombu_message_visible ON kombu_message (visible);
CREATE INDEX ix_kombu_message_timestamp ON kombu_message (timestamp);
CREATE INDEX ix_kombu_message_timestamp_id ON kombu_message (timestamp, id);
CREATE INDEX kombu_message_waiting_idx ON kombu_message (queue_id, timestamp, id) WHERE visible;
"""


def upgrade() -> None:
    attributes = context.config.attributes
    role, mode = attributes["app_role"], attributes["mode"]
    op.execute(_CLOCK)
    op.execute(f"INSERT INTO clock.setting (mode) VALUES ('{mode}')")
    op.execute(_GRANTS.format(role=role))
    op.execute(_IDS)
    op.execute(_OUTBOX)
    op.execute(_ANSWERS)
    op.execute(f"REVOKE UPDATE, DELETE ON audit_log FROM {role}")
    op.execute(_BROKER)


def downgrade() -> None:
    role = context.config.attributes["app_role"]
    op.execute("DROP TABLE kombu_message, kombu_queue")
    op.execute("DROP SEQUENCE message_id_sequence, queue_id_sequence")
    op.execute("DROP TABLE audit_log, stored_answers, schedule_slots, heartbeats, outbox")
    op.execute("DROP FUNCTION look_up_answer, refuse_change(), new_id()")
    op.execute(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT, INSERT, UPDATE, DELETE ON TABLES FROM {role};"
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE USAGE, SELECT, UPDATE ON SEQUENCES FROM {role};"
        f"REVOKE SELECT ON alembic_version FROM {role};"
        f"REVOKE USAGE ON SCHEMA public, clock FROM {role}"
    )
    op.execute("DROP SCHEMA clock CASCADE")
